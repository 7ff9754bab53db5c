"""Twelve sources, of which one hangs and one sends a gigabyte: the other ten stay on time (GOALS R29)."""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from console.core.clock import SystemClock
from console.core.pack import FeedEntry
from sync.feed import Answer, Ask
from sync.feeds.open311 import Open311
from sync.wire import Wire
from tests.sync.faults import FaultServer
from tests.sync.stand_ins import an_entry
from tests.sync.test_engine import Running

CADENCE_S = 3.0
TURNS = 8
LATE = 1.2
"""Times its period, at most."""


class Watched(Wire):
    """The real wire; when each source was asked."""

    def __init__(self, clock: SystemClock) -> None:
        super().__init__(clock, agent="kendali-test")
        self._watch = clock
        self.asked: dict[str, list[float]] = defaultdict(list)
        self.enough = threading.Event()
        self.wanted: set[str] = set()

    def fetch(self, ask: Ask, *, allow_private: bool = False, deadline_s: float | None = None) -> Answer:
        self.asked[ask.url].append(self._watch.monotonic_s())
        if all(len(self.asked[url]) > TURNS for url in self.wanted):
            self.enough.set()
        return super().fetch(ask, allow_private=True, deadline_s=deadline_s)


def source(faults: FaultServer, number: int, does: str) -> FeedEntry:
    entry = an_entry(f"s{number}", cadence_s=CADENCE_S, kind="open311")
    return replace(entry, address=f"{faults.url(does)}/{number}/requests.json")


@pytest.mark.nightly
def test_ten_stay_on_time_beside_one_that_hangs_and_one_that_floods(tmp_path: Path) -> None:
    faults, clock = FaultServer(), SystemClock()
    wire = Watched(clock)
    entries = [source(faults, number, "none") for number in range(10)]
    wire.wanted = {entry.address for entry in entries}
    entries += [source(faults, 10, "hang"), source(faults, 11, "huge")]
    on = Running(tmp_path / "profile", wire, *entries, clock=clock, given={"kinds": {"open311": Open311}})
    try:
        assert wire.enough.wait(CADENCE_S * TURNS * 3)
    finally:
        faults.released.set()
        on.hang_up()
        wire.close()
        faults.close()
    flooded = wire.asked[source(faults, 11, "huge").address]
    assert len(flooded) > 1  # it was met, more than once
    for url in wire.wanted:
        times = wire.asked[url]
        gaps = [later - former for former, later in pairwise(times)]
        assert max(gaps) <= LATE * CADENCE_S, (url, gaps)
