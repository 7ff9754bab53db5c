"""Warnings by the Common Alerting Protocol, one by one and by way of an index."""

from sync.feeds.cap.feed import Cap

__all__ = ["Cap"]
