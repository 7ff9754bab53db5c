"""Commands from envelope to receipt: repeats, unsound ones, and a disk that takes nothing for a while."""

from __future__ import annotations

import pytest

from console.core.clock import TurnedClock
from console.core.command import Envelope, Outcome
from console.core.errors import DiskTrouble, Refused
from console.core.people import Right
from sync.engine_log import EngineLog
from sync.orders import LATER, Orders
from tests.cities import small_pack
from tests.sync.stand_ins import AT, SlowKeeper


def an_envelope(number: int, kind: str = "note") -> Envelope:
    return Envelope(f"{number:032x}", kind, {"complaint": "laksa:1", "text": "x"}, "Rani", AT)


class Doorman:
    """Lets pass whom a test names."""

    def __init__(self):
        self.heard, self.shut = [], False

    def asked(self, envelope, right, *, replayed=False):
        self.heard.append((int(envelope.id, 16), right, replayed))
        return Refused("people.no_session") if self.shut else None


class Bench:
    def __init__(self, folder):
        self.doorman = Doorman()
        self.keeper = SlowKeeper()
        self.told, self.troubles = [], []
        self.log = EngineLog(folder, TurnedClock(AT))
        self.taken = 0
        self.orders = Orders(
            self.keeper,
            small_pack(),
            self.log,
            self.told.append,
            self.troubles.append,
            taken=self._took,
            people=self.doorman,
        )

    def _took(self):
        self.taken += 1

    def says(self):
        return [(int(each.command, 16), str(each.outcome), each.says) for each in self.told]


@pytest.fixture
def on(tmp_path):
    return Bench(tmp_path)


def test_a_command_is_done_and_receipted(on):
    on.orders.do(an_envelope(1))
    assert on.keeper.done == [an_envelope(1)]
    assert on.says() == [(1, "taken", "")]


def test_a_repeat_of_the_screen_is_receipted_again(on):
    on.orders.do(an_envelope(1))
    on.orders.do(an_envelope(1))
    assert [each.again for each in on.told] == [False, True]


def test_what_stands_in_the_black_box_twice_is_told_once(on):
    on.orders.replay([an_envelope(1), an_envelope(2), an_envelope(1)])
    assert [int(each.id, 16) for each in on.keeper.done] == [1, 2, 1]
    assert [int(each.command, 16) for each in on.told] == [1, 2]


def test_an_unsound_one_is_refused_for_good(on):
    on.orders.do(an_envelope(1, "explode"))
    assert on.says() == [(1, "refused", "commands.unknown")]
    assert on.keeper.refused[0][1].values == {"kind": "explode"}


def test_a_full_disk_postpones_and_keeps_the_order(on):
    on.keeper.trouble = DiskTrouble("store.full")
    on.orders.do(an_envelope(1))
    on.orders.do(an_envelope(2))
    assert on.orders.waiting == 2
    assert on.says() == [(1, "refused", LATER), (2, "refused", LATER)]
    assert [trouble.says for trouble in on.troubles] == ["store.full"]
    on.orders.retry()
    assert on.orders.waiting == 2 and on.taken == 0
    assert len(on.told) == 2, "what is known to wait is not told again"
    on.keeper.trouble = None
    on.orders.retry()
    on.orders.do(an_envelope(3))
    assert [int(each.id, 16) for each in on.keeper.done] == [1, 2, 3]
    assert on.says()[2:] == [(1, "taken", ""), (2, "taken", ""), (3, "taken", "")]
    assert on.taken == 3, "also while nothing else is written the trouble is over"


def test_our_own_bug_is_logged_told_and_not_tried_again(on):
    on.keeper.trouble = ZeroDivisionError("Rumah Pak Budi")
    on.orders.do(an_envelope(1))
    assert on.says() == [(1, "refused", "engine.bug_command")]
    assert on.told[0].outcome is Outcome.REFUSED
    assert "ZeroDivisionError" in on.log.path.read_text("utf-8")
    assert "Budi" not in on.log.path.read_text("utf-8")


def test_who_may_not_is_refused_for_good_before_anything_is_done(on):
    on.doorman.shut = True
    on.orders.do(an_envelope(1))
    on.orders.replay([an_envelope(2)])
    assert on.doorman.heard == [(1, Right.WORK, False), (2, Right.WORK, True)]
    assert on.says() == [(1, "refused", "people.no_session"), (2, "refused", "people.no_session")]
    assert on.keeper.done == [] and [each.id for each, _ in on.keeper.refused] == [f"{n:032x}" for n in (1, 2)]


def test_what_waits_for_room_was_judged_when_it_was_asked(on):
    on.keeper.trouble = DiskTrouble("store.full")
    on.orders.do(an_envelope(1))
    on.orders.do(an_envelope(2))
    on.doorman.shut = True
    on.orders.do(an_envelope(3))
    on.keeper.trouble = None
    on.orders.retry()
    assert [int(each.id, 16) for each in on.keeper.done] == [1, 2], "also where the session ended meanwhile"
    assert [number for number, _, _ in on.doorman.heard] == [1, 2, 3]
