"""An outage practised: whatever the disk does meanwhile, the cable is joined at its end and the report is told."""

from __future__ import annotations

import threading
from typing import Any

from console.core.clock import TurnedClock
from console.core.errors import DiskTrouble
from sync.rehearsal import Rehearsal
from tests.sync.stand_ins import AT


class Hasty(TurnedClock):
    """A wait is over at once, and has taken its time."""

    def wait(self, until: threading.Event, timeout_s: float) -> bool:
        self.turn(timeout_s)
        return until.is_set()


def rehearsed(*counts: int | DiskTrouble) -> tuple[list[bool], dict[str, Any]]:
    """What became of the cable, and the report."""
    cuts: list[bool] = []
    told: list[dict[str, Any]] = []
    done = threading.Event()
    left = list(counts)

    def waiting() -> int:
        found = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(found, DiskTrouble):
            raise found
        return found

    def tell(report: dict[str, Any]) -> None:
        told.append(report)
        done.set()

    rehearsal = Rehearsal(Hasty(AT), cut=cuts.append, waiting=waiting, sources=lambda: 2, sends=lambda: True, tell=tell)
    assert rehearsal.begin(60.0)
    assert done.wait(20.0)
    rehearsal.stop()
    return cuts, told[0]


def test_what_waited_is_counted_until_it_is_sent() -> None:
    cuts, report = rehearsed(3, 3, 1, 0)
    assert cuts == [True, False]
    assert (report["waited"], report["left"], report["sent_s"], report["early"]) == (3, 0, 1.0, False)


def test_a_disk_that_does_not_tell_leaves_nothing_cut() -> None:
    broken = DiskTrouble("store.broken")
    assert rehearsed(broken, broken, 2, 0)[1]["sent_s"] == 1.0
    cuts, report = rehearsed(4, broken)
    assert cuts == [True, False]
    assert (report["waited"], report["left"], report["sent_s"]) == (4, 4, None)
