"""What reads the answers of an invented newspaper."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

from console.core.items import Item
from console.core.pack import FeedEntry
from console.core.records import Batch
from sync.feed import Answer
from sync.feeds.press import Press
from tests.cities import small_pack

AT = datetime(2026, 11, 21, 3, 42, tzinfo=UTC)


@cache
def press() -> Press:
    return Press(FeedEntry("warta", "press", {}, "https://warta.invalid/rss", 300, 3600), small_pack())


def answer(body: bytes, charset: str = "", **changes: Any) -> Answer:
    return Answer(body, "application/xml", charset, AT, "https://warta.invalid/rss", **changes)


def decoded(body: bytes, memo: Any = None, charset: str = "") -> Batch:
    return press().decode(answer(body, charset), memo or {})


def rss(*items: str, head: str = '<?xml version="1.0" encoding="utf-8"?>') -> bytes:
    inside = "".join(f"<item>{each}</item>" for each in items)
    return f'{head}<rss version="2.0"><channel><title>W</title>{inside}</channel></rss>'.encode()


def one(item: str) -> Item:
    """The only article of a feed."""
    batch = decoded(rss(item))
    assert batch.refused == []
    (found,) = batch.items
    return found
