"""Warnings by CAP 1.0 to 1.2, one by one and by way of an index, of whatever agency (b2)."""

from __future__ import annotations

from typing import ClassVar

from sync.feed import FeedFace
from sync.feeds._cap.feed import ACCEPT, AlertFeed


class Cap(AlertFeed):
    """Options of a pack: hosts (other hosts that messages may be fetched from), language (of the texts shown)."""

    face: ClassVar[FeedFace] = FeedFace("cap", "sync.cap.title", ACCEPT)
