"""One source: pages in a pipe of two, memo only after the disk, each trouble with its name, and nobody else harmed."""

from __future__ import annotations

import json
import threading
from concurrent.futures import CancelledError
from dataclasses import replace
from datetime import timedelta

import pytest

from console.core.clock import TurnedClock
from console.core.errors import Away, BadAnswer, ConsoleError, Denied, DiskTrouble
from console.core.records import Batch
from sync.engine_log import EngineLog
from sync.feed import Ask, Memo
from sync.pull import Gate, Hands, Pull, first_health
from tests.sync.stand_ins import AT, Counting, SlowKeeper, TalkWire, an_entry

EMPTY = {"ids": []}


class Bench:
    """A pull and everything around it."""

    def __init__(self, folder, *said, memo=None, known=None, cadence_s=60.0):
        self.clock = TurnedClock(AT, seed=1)
        self.wire = TalkWire(*said)
        self.keeper = SlowKeeper()
        self.troubles = []
        self.cleared = 0
        self.gate = Gate(self.troubles.append, self._cleared)
        self.log = EngineLog(folder, self.clock)
        hands = Hands(self.wire, self.keeper, self.clock, self.log, self.gate)
        self.pull = Pull(Counting(an_entry(cadence_s=cadence_s), None), hands, memo=memo or {}, known=known)

    def _cleared(self):
        self.cleared += 1

    def logged(self):
        if not self.log.path.exists():
            return []
        return [json.loads(line)["what"] for line in self.log.path.read_text("utf-8").splitlines()]


@pytest.fixture
def bench(tmp_path):
    return lambda *said, **more: Bench(tmp_path, *said, **more)


def test_a_visit_takes_all_pages_and_says_how_the_source_stands(bench):
    on = bench({"ids": [1, 2], "more": True}, {"ids": [3], "refused": 1})
    on.pull.visit()
    assert [[each.id for each in batch.complaints] for batch in on.keeper.taken] == [
        ["laksa:1", "laksa:2"],
        ["laksa:3"],
    ]
    assert [ask.params["after"] for ask in on.wire.asked] == ["0", "1"]
    health = on.keeper.healths[-1]
    assert (health.records_last, health.records_total, health.refused_last) == (3, 3, 1)
    assert (health.last_good_at, health.newest_at, health.trouble) == (AT, AT, "")
    assert health.title == "LAKSA"
    assert 57 <= (health.next_at - AT).total_seconds() <= 63
    assert on.logged() == ["engine.taken"]


def test_a_newest_record_of_another_time_does_not_hide_silence(bench):
    known = replace(first_health(an_entry(), None), newest_at=AT + timedelta(days=36 * 365))
    on = bench({"ids": [1], "ahead_d": 36 * 365}, EMPTY, known=known)
    on.pull.visit()
    assert on.keeper.healths[-1].newest_at is None
    on.wire.said = [{"ids": [2]}]
    on.pull.visit()
    assert on.keeper.healths[-1].newest_at == AT
    on.wire.said = [{"ids": [3], "ahead_d": 2}]
    on.pull.visit()
    assert on.keeper.healths[-1].newest_at == AT


def test_it_goes_on_from_the_stored_memo(bench):
    on = bench(EMPTY, memo={"page": 7})
    on.pull.visit()
    assert on.wire.asked[0].params["after"] == "7"


def test_an_answer_without_news_writes_nothing_but_health(bench):
    on = bench(EMPTY, memo={"page": 7})
    on.pull.visit()
    assert on.keeper.taken == []
    assert on.keeper.healths[-1].last_good_at == AT


def test_a_source_asked_every_second_that_has_nothing_new_says_seldom_how_it_stands(bench):
    on = bench(*[EMPTY] * 9, {"ids": [1]}, memo={"page": 7}, cadence_s=1.0)
    on.pull.feed.entry = replace(on.pull.feed.entry, stale_after_s=120.0)
    said = []
    for _ in range(10):
        on.pull.visit()
        said.append(len(on.keeper.healths))
        on.clock.turn(1.0)
    assert said == [1, 1, 1, 1, 2, 2, 2, 2, 3, 4]
    assert on.pull.health.last_try_at == AT + timedelta(seconds=9)


def test_a_person_who_asks_for_it_is_told_how_it_stands(bench):
    on = bench(EMPTY, EMPTY, EMPTY, memo={"page": 7}, cadence_s=1.0)
    for wanted in (False, False, True):
        if wanted:
            on.pull.now()
        on.pull._heed()
        on.pull.visit()
    assert len(on.keeper.healths) == 2


@pytest.mark.parametrize("last", [Away("sync.away.link"), {"ids": [], "refused": 1}])
def test_what_is_news_is_said_at_once(bench, last):
    on = bench(EMPTY, EMPTY, last, memo={"page": 7}, cadence_s=1.0)
    for count in (1, 1, 2):
        on.pull.visit()
        assert len(on.keeper.healths) == count


def test_a_source_that_is_soon_late_says_how_it_stands_before_it_is(bench):
    on = bench(EMPTY, EMPTY, memo={"page": 7}, cadence_s=1.0)
    on.pull.feed.entry = replace(on.pull.feed.entry, stale_after_s=4.0)
    on.pull.visit()
    on.clock.turn(1.0)
    on.pull.visit()
    assert len(on.keeper.healths) == 2


def test_while_one_page_is_written_the_next_is_fetched_and_no_third(bench):
    """Two in flight: the third is fetched only after the first is on the disk."""
    on = bench({"ids": [1], "more": True}, {"ids": [2], "more": True}, {"ids": [3]})
    on.keeper.held = True
    seen = []

    def settle_one():
        seen.append((len(on.wire.asked), len(on.keeper.waiting)))
        if len(on.wire.asked) == 2:
            on.keeper.waiting[0].set_result(None)
        if len(on.wire.asked) == 3:
            on.keeper.held = False
            on.keeper.waiting[1].set_result(None)

    on.wire.before = settle_one
    on.pull.visit()
    assert seen == [(1, 0), (2, 1), (3, 2)]
    assert len(on.keeper.taken) == 3


def test_the_memo_does_not_pass_what_the_disk_refused(bench):
    on = bench({"ids": [1], "more": True}, {"ids": [2]})
    on.keeper.trouble = DiskTrouble("store.full")
    on.pull.visit()
    assert [trouble.says for trouble in on.troubles] == ["store.full"]
    assert not on.gate.is_open
    on.keeper.trouble = None
    on.gate.reopen()
    on.pull.visit()
    assert on.wire.asked[-1].params["after"] == "0"
    assert on.cleared == 1


def test_a_shut_gate_stops_between_pages(bench):
    on = bench({"ids": [1], "more": True})
    on.wire.before = lambda: on.gate.shut(DiskTrouble("store.little_room"))
    on.pull.visit()
    assert len(on.wire.asked) == 1
    assert on.pull._wait_s() > 0


def test_good_pages_before_a_fault_count(bench):
    on = bench({"ids": [1], "more": True}, Away("sync.away.reset", source="centre"))
    on.pull.visit()
    health = on.keeper.healths[-1]
    assert (health.trouble, health.error, health.records_total) == ("away", "sync.away.reset", 1)
    on.wire.said = [EMPTY]
    on.pull.visit()
    assert on.wire.asked[-1].params["after"] == "1"


@pytest.mark.parametrize(
    ("fault", "trouble"),
    [
        (Away("sync.away.link", source="x"), "away"),
        (Denied("sync.denied", source="x"), "denied"),
        (BadAnswer("sync.bad.big", source="x", limit_mb=64), "shape"),
    ],
)
def test_every_fault_has_its_name_on_screen(bench, fault, trouble):
    on = bench(fault)
    on.pull.visit()
    health = on.keeper.healths[-1]
    assert (health.trouble, health.error, health.lost_since) == (trouble, fault.says, AT)
    assert health.error_values["source"] == "x"
    assert health.last_good_at is None


def test_lost_is_logged_once_and_back_once(bench):
    on = bench(Away("sync.away.link"))
    for _ in range(4):
        on.pull.visit()
        on.clock.turn(60)
    on.wire.said = [EMPTY]
    on.pull.visit()
    on.pull.visit()
    assert on.logged() == ["engine.lost", "engine.back"]
    assert on.pull.health.lost_since is None


def test_a_bad_answer_is_kept_as_a_sample(bench):
    on = bench(b"[1, 2]")
    on.pull.visit()
    assert on.keeper.bad == [("laksa", b"[1, 2]", "sync.bad.shape")]
    assert on.pull.health.trouble == "shape"


def test_a_source_that_runs_in_a_circle_is_stopped(bench):
    on = bench({"ids": [1], "more": True, "stuck": True})
    on.pull.visit()
    assert on.pull.health.error == "engine.feed_stuck"
    assert len(on.wire.asked) == 1


def test_cut_on_purpose_is_no_loss(bench):
    on = bench(EMPTY)
    on.wire.cut = True
    on.pull.visit()
    assert on.pull.health.trouble == "cut"
    assert on.logged() == []
    on.wire.cut = False
    on.pull.joined()
    on.pull._heed()
    assert (on.pull.health.trouble, on.pull._wait_s()) == ("", 0)


def test_how_it_stood_before_is_not_forgotten(bench):
    first = bench({"ids": [1, 2]})
    first.pull.visit()
    again = bench(Away("sync.away.link"), known=first.pull.health)
    again.pull.visit()
    health = again.pull.health
    assert (health.last_good_at, health.records_total, health.newest_at) == (AT, 2, AT)


def test_it_moves_with_the_centre(bench):
    on = bench(EMPTY)
    on.pull.visit()
    entry = an_entry()
    on.pull.moved(Counting(type(entry)(**{**_fields(entry), "address": "http://elsewhere.invalid/"}), None))
    on.pull._heed()
    on.clock.turn(1)
    assert on.pull._wait_s() == 0
    on.pull.visit()
    assert on.wire.asked[-1].url == "http://elsewhere.invalid/"


def _fields(entry):
    return {name: getattr(entry, name) for name in entry.__dataclass_fields__}


def test_the_thread_asks_every_period_until_it_is_stopped(bench):
    """On a turned clock a wait passes at once: ten periods, ten asks."""
    on = bench(EMPTY, cadence_s=10.0)

    def tenth():
        if len(on.wire.asked) == 10:
            on.pull.stop()

    on.wire.before = tenth
    thread = threading.Thread(target=on.pull.run)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    assert len(on.wire.asked) == 10
    assert 85 <= (on.clock.now() - AT).total_seconds() <= 105


def test_a_keeper_that_ended_first_ends_the_thread(bench):
    on = bench({"ids": [1]})
    on.keeper.trouble = CancelledError()
    thread = threading.Thread(target=on.pull.run)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()


def test_a_long_catching_up_says_how_it_stands_meanwhile(bench):
    on = bench(*[{"ids": [number], "more": number < 5} for number in range(1, 6)])
    on.wire.before = lambda: on.clock.turn(0.6)
    on.pull.visit()
    totals = [health.records_total for health in on.keeper.healths]
    assert totals == sorted(totals)
    assert 2 <= len(totals) <= 4


def test_a_source_that_is_back_is_not_called_lost_while_it_catches_up(bench):
    on = bench(Away("sync.away.link"))
    on.pull.visit()
    on.clock.turn(60)
    on.wire.said = [{"ids": [number], "more": number < 5} for number in range(1, 6)]
    on.wire.before = lambda: on.clock.turn(0.6)
    first = len(on.keeper.healths)
    on.pull.visit()
    meanwhile = on.keeper.healths[first:-1]
    assert [(each.trouble, each.error, each.lost_since) for each in meanwhile][-1] == ("", "", None)
    assert on.logged()[-2:] == ["engine.back", "engine.taken"]


def test_a_short_visit_whose_last_question_fails_as_ever_is_lost_since_the_first(bench):
    on = bench(Away("sync.away.link"))
    on.pull.visit()
    on.clock.turn(60)
    on.wire.said = [{"ids": [1], "more": True}, Away("sync.away.link")]
    on.pull.visit()
    assert {each.lost_since for each in on.keeper.healths} == {AT}
    assert "engine.back" not in on.logged()


def test_a_memo_about_another_address_is_not_gone_on_from(bench):
    on = bench(EMPTY, memo={"page": 7, "of": "http://elsewhere.invalid/x"})
    on.pull.visit()
    assert on.wire.asked[0].params["after"] == "0"


def test_a_source_that_moved_elsewhere_is_asked_from_its_beginning(bench):
    on = bench(EMPTY, EMPTY, memo={"page": 7})
    entry = on.pull.feed.entry
    on.pull.moved(Counting(type(entry)(**{**_fields(entry), "address": "http://elsewhere.invalid/"}), None))
    on.pull._heed()
    on.pull.visit()
    assert on.wire.asked[0].params["after"] == "0"


def test_the_embedded_centre_is_the_same_at_another_port_and_another_with_another_recording(bench):
    def at(address):
        return Counting(type(entry)(**{**_fields(entry), "address": address}), None)

    on = bench(EMPTY, EMPTY, memo={"page": 7, "of": "/town-21/open311/v2"})
    entry = on.pull.feed.entry
    on.pull.feed = at("http://127.0.0.1:4001/town-21/open311/v2")
    on.pull._memo = {"page": 7, "of": "/town-21/open311/v2"}
    on.pull.moved(at("http://127.0.0.1:4002/town-21/open311/v2"))
    on.pull._heed()
    on.pull.visit()
    on.pull.moved(at("http://127.0.0.1:4003/replay-9f/open311/v2"))
    on.pull._heed()
    on.pull.visit()
    assert [ask.params["after"] for ask in on.wire.asked] == ["7", "0"]


def test_a_gate_that_is_shut_is_not_opened_by_something_small() -> None:
    """What is taken meanwhile would else end the tries of the disk, and nothing would ever open it again."""
    told: list[str] = []
    gate = Gate(lambda trouble: told.append(trouble.says), lambda: told.append("again"))
    gate.shut(DiskTrouble("store.little_room"))
    gate.taken()
    assert told == ["store.little_room"]
    gate.reopen()
    gate.taken()
    assert told == ["store.little_room", "again"]


class Knowing(Counting):
    """Knows what it means when nothing comes of an ask."""

    def missed(self, ask: Ask, trouble: ConsoleError, memo: Memo) -> Batch | None:
        return None if isinstance(trouble, Denied) else Batch(self.entry.id, memo={"page": 9}, newest_at=AT)


@pytest.mark.parametrize("trouble", [Away("sync.away.gone", source="x", status="404"), BadAnswer("sync.bad.cut")])
def test_a_feed_may_know_what_it_means_that_nothing_came(bench, trouble):
    on = bench(trouble)
    on.pull.feed = Knowing(an_entry(), None)
    on.pull.visit()
    assert on.keeper.taken[0].memo["page"] == 9
    assert (on.keeper.healths[-1].trouble, on.keeper.healths[-1].last_good_at) == ("", AT)


def test_what_it_does_not_know_stands_for_the_source(bench):
    on = bench(Denied("sync.denied", source="x", status="401"))
    on.pull.feed = Knowing(an_entry(), None)
    on.pull.visit()
    assert (on.keeper.healths[-1].trouble, on.keeper.taken) == ("denied", [])


def test_a_cut_cable_is_no_news_of_an_application(bench):
    on = bench(EMPTY)
    on.pull.feed = Knowing(an_entry(), None)
    on.wire.cut = True
    on.pull.visit()
    assert (on.keeper.healths[-1].trouble, on.keeper.taken) == ("cut", [])
