"""What the engine says to its screen: nothing lost, changes folded, and never held up by one who does not read."""

from __future__ import annotations

import threading

import pytest

from console.core import notes
from console.core.clock import SystemClock
from console.core.command import Outcome, Receipt
from console.core.records import Changes, Kind
from sync.outlet import MOST_LINES, Outlet

NEWS = Changes(frozenset({Kind.COMPLAINT}), frozenset({"laksa:1"}), "laksa")


class Pipe:
    """Collects what is written; can be blocked, broken, or take little at a time."""

    def __init__(self) -> None:
        self.data = b""
        self.calls = 0
        self.free = threading.Event()
        self.free.set()
        self.broken = False
        self.at_most = 1 << 20

    def write(self, data: bytes) -> int:
        self.free.wait(20)
        if self.broken:
            raise BrokenPipeError
        self.calls += 1
        self.data += data[: self.at_most]
        return min(len(data), self.at_most)

    def notes(self):
        return [notes.parse(line) for line in self.data.splitlines()]


@pytest.fixture
def pipe():
    made = Pipe()
    yield made
    made.free.set()


def a_receipt(number: int) -> Receipt:
    return Receipt(f"{number:032x}", Outcome.TAKEN, "laksa:1")


def test_everything_said_goes_out_in_order(pipe):
    outlet = Outlet(pipe, SystemClock())
    outlet.say("hello", pack="rekaan")
    for number in range(100):
        outlet.receipt(a_receipt(number))
    outlet.close()
    told = pipe.notes()
    assert told[0] == ("hello", {"pack": "rekaan"})
    assert [notes.read_receipt(values) for _, values in told[1:]] == [a_receipt(number) for number in range(100)]


def test_a_pipe_that_takes_little_at_a_time_gets_all(pipe):
    pipe.at_most = 7
    outlet = Outlet(pipe, SystemClock())
    outlet.receipt(a_receipt(1))
    outlet.close()
    assert notes.read_receipt(pipe.notes()[0][1]) == a_receipt(1)


def test_a_screen_that_does_not_read_holds_up_nobody(pipe):
    pipe.free.clear()
    outlet = Outlet(pipe, SystemClock())
    for number in range(MOST_LINES + 500):
        outlet.receipt(a_receipt(number))
        outlet.changes(NEWS)
    assert len(outlet._lines) <= MOST_LINES
    outlet.close(within_s=0.05)
    pipe.free.set()
    outlet._thread.join(10)
    told = pipe.notes()
    assert notes.read_receipt(told[-1][1]) == a_receipt(MOST_LINES + 499)
    assert sum(name == "changes" for name, _ in told) <= 2


def test_changes_are_folded_into_one(pipe):
    pipe.free.clear()
    outlet = Outlet(pipe, SystemClock())
    outlet.say("hello")
    for number in range(50):
        outlet.changes(Changes(frozenset({Kind.COMPLAINT}), frozenset({f"laksa:{number}"}), "laksa"))
    pipe.free.set()
    outlet.close()
    changes = [notes.read_changes(values) for name, values in pipe.notes() if name == "changes"]
    assert len(changes) <= 2
    assert len(changes[-1].ids) >= 49


def test_changes_reach_one_who_only_watches(pipe):
    outlet = Outlet(pipe, SystemClock())
    outlet.changes(NEWS)
    outlet.changes(NEWS)
    outlet.close()
    assert notes.read_changes(pipe.notes()[-1][1]) == NEWS


def test_a_broken_pipe_is_noticed(pipe):
    pipe.broken = True
    outlet = Outlet(pipe, SystemClock())
    outlet.say("hello")
    assert outlet.gone.wait(10)
    outlet.close()
