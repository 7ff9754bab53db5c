"""Files of this machine, or at an address: tables as CSV, XLSX, JSON or GeoJSON."""

from sync.feeds.file.feed import File

__all__ = ["File"]
