"""GTFS: the timetable of a transit agency."""

from sync.feeds.gtfs.feed import Gtfs

__all__ = ["Gtfs"]
