"""GTFS-Realtime: where vehicles are, how trips run, what an agency has to say."""

from sync.feeds.gtfs_rt.feed import GtfsRt

__all__ = ["GtfsRt"]
