"""A link of 9.6 kbit/s with 2 s there and back: what an operator does arrives within a minute of a first sync."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from pathlib import Path

import pytest

from console.commands.intake import Record, new_complaint_id
from console.core.clock import SystemClock
from console.core.places import complaints_place
from console.core.replica import Page, Revised
from console.store.documents import name_rev
from sync.visits import Pace
from tests.cities import ONE
from tests.sync.fault_proxy import FaultProxy, Thin
from tests.sync.posts import PATIENCE_S, Post, serving

BYTES_S = 9600 / 8
ROUND_TRIP_S = 2.0
FASTER = 6.0
"""So many times faster than the clock on the wall does the link live, and all who use it."""


class FastClock(SystemClock):
    """Time on a quick machine: monotonic time and waits, not the time of day."""

    def monotonic_s(self) -> float:
        return super().monotonic_s() * FASTER

    def wait(self, until: threading.Event, timeout_s: float) -> bool:
        return super().wait(until, timeout_s / FASTER)


def _filled(centre: Post, count: int) -> None:
    """A centre with a history."""
    place = complaints_place("rekaan", ONE)
    revisions = []
    for number in range(count):
        body = {
            "type": "deed",
            "complaint": f"lama:{number:06}",
            "deed": "note",
            "by": f"petugas {number % 40}",
            "at": "2026-03-01T02:00:00+00:00",
            "text": f"Catatan lapangan ke-{number}: " + f"sudah diperiksa regu {number * 7919 % 997} " * 6,
        }
        revisions.append(Revised(f"deed:{number:032x}", (name_rev("", body),), body))
    centre.keeper.write(lambda store, pause: store.replica.take(Page(place, revisions), pause)).result(60)


@pytest.mark.nightly
def test_an_urgent_deed_arrives_within_a_minute_of_a_first_sync(tmp_path: Path) -> None:
    clock = FastClock()
    with ExitStack() as ending:
        centre = Post(tmp_path / "centre")
        ending.callback(centre.close)
        _filled(centre, 4000)
        url = ending.enter_context(serving(centre))
        thin = Thin(clock, BYTES_S, ROUND_TRIP_S)
        proxy = FaultProxy(int(url.rpartition(":")[2]), thin=thin, clock=clock)
        ending.callback(proxy.close)
        post = Post(tmp_path / "post", clock=clock)
        ending.callback(post.close)
        hub = post.begin(proxy.url, pace=Pace())
        there = complaints_place("rekaan", ONE)
        post.waiting.until(lambda: len(post.leaves()) > 100, 4 * PATIENCE_S)
        took: list[float] = []
        for number in range(3):
            begin_s = clock.monotonic_s()
            name = new_complaint_id(post.clock)
            post.do(Record(name, title=f"Pohon tumbang {number}", channel="telepon", area=f"{ONE}.1001"))
            centre.waiting.until(lambda name=name: centre.store.read.complaint(name) is not None)  # type: ignore[misc]
            took.append(clock.monotonic_s() - begin_s)
        assert not hub.visits.all[there].done, "the first sync was over before"
        assert max(took) <= 60, took
