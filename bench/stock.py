"""A store of many complaints, taken in once by the product's own feed and store, and kept for all benchmarks.

It is made anew whenever anything changes that could make it different.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from bench.fresh import ROOT, WORK
from bench.pages import END, city, pages
from console.core.clock import TurnedClock
from console.core.pack import CityPack, FeedEntry
from console.core.records import Batch, SourceHealth
from console.store.files import Profile
from console.store.pause import never
from console.store.store import Store
from sync.feed import Answer, Feed
from sync.feeds.open311 import Open311

_MADE_BY = ("console/core", "console/store", "sync/feeds", "sync/feed.py", "bench/pages.py", "bench/stock.py")


def feed_of(pack: CityPack) -> Feed:
    """The pack's first source as its feed."""
    return Open311(pack.feeds[0], pack)


def entry_of(pack: CityPack) -> FeedEntry:
    """The pack's first source."""
    return pack.feeds[0]


def answer(body: bytes) -> Answer:
    """A page as it comes off the wire."""
    return Answer(body, "application/json", "utf-8", END + timedelta(hours=1), "")


def batches(rows: int) -> Iterator[Batch]:
    """All pages, decoded by the product's feed."""
    feed = feed_of(city())
    for page in pages(rows):
        yield feed.decode(answer(page.read_bytes()), {})


def healthy(pack: CityPack, rows: int) -> SourceHealth:
    """The source as it stands after a good answer."""
    entry = entry_of(pack)
    return SourceHealth(
        id=entry.id,
        title=entry.title["id"],
        kind=entry.kind,
        cadence_s=entry.cadence_s,
        stale_after_s=entry.stale_after_s,
        last_good_at=END,
        last_try_at=END,
        next_at=None,
        newest_at=END,
        records_last=1000,
        records_total=rows,
        refused_last=0,
        error="",
        error_values={},
        trouble="",
        lost_since=None,
    )


def _mark() -> str:
    """Tells one making of the sources from another."""
    digest = hashlib.blake2b(digest_size=6)
    for place in _MADE_BY:
        files = sorted((ROOT / place).rglob("*")) if (ROOT / place).is_dir() else [ROOT / place]
        for path in files:
            if path.suffix in (".py", ".sql"):
                digest.update(path.read_bytes())
    return digest.hexdigest()


def stocked(rows: int) -> Path:
    """Profile folder of a store of that many complaints. Do not write into it: take `copied`."""
    folder = WORK / f"store-{rows}-{_mark()}"
    if (folder / "whole").exists():
        return folder
    for old in WORK.glob(f"store-{rows}-*"):
        shutil.rmtree(old)
    pack = city()
    start = time.perf_counter()
    store = Store.open(Profile.at(folder), TurnedClock(END + timedelta(hours=1)), pack)
    for batch in batches(rows):
        store.take(batch)
        store.rest()
    store.health(healthy(pack, rows))
    store.rest(urgent=never)
    store.close()
    (folder / "whole").touch()
    print(f"  (a store of {rows:,} complaints made in {time.perf_counter() - start:.0f} s)", file=sys.stderr)
    return folder


def copied(rows: int, to: Path) -> Path:
    """A copy of that store to write into."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(stocked(rows), to)
    return to
