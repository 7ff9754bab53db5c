"""Open311 GeoReport v2: complaints of a city."""

from sync.feeds.open311.feed import Open311

__all__ = ["Open311"]
