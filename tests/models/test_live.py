"""Queries that stay fresh: only their kinds, only while seen, never too often, and over faults they try again."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from console.core.clock import TurnedClock
from console.core.errors import DiskTrouble
from console.core.records import Changes, Kind
from console.models import live
from console.models.live import LiveQuery
from console.models.news import News, Ticks
from console.models.work import Work

COMPLAINTS = Changes(frozenset({Kind.COMPLAINT}), frozenset({"kota:1"}))
SOURCES = Changes(frozenset({Kind.SOURCE}))


class Paper:
    replaced = False

    def close(self):
        pass


@pytest.fixture
def desk(qtbot):
    work = Work(Paper, workers=1)
    yield SimpleNamespace(work=work, clock=TurnedClock(datetime(2026, 11, 21, tzinfo=UTC)), news=News(), ticks=Ticks())
    work.close()


class Watcher:
    """Counts readings, and what came of them."""

    def __init__(self, desk, took_s=0.0, **more):
        self.desk = desk
        self.took_s = took_s
        self.asked = 0
        self.got = []
        self.troubles = []
        self.trouble = None
        self.query = LiveQuery(desk, {Kind.COMPLAINT}, self.ask, self.got.append, fail=self.troubles.append, **more)

    def ask(self):
        self.asked += 1
        number = self.asked

        def job(read):
            self.desk.clock.turn(self.took_s)
            if self.trouble is not None:
                raise self.trouble
            return number

        return job


def test_nothing_is_read_before_somebody_looks(desk, qtbot):
    watcher = Watcher(desk)
    desk.news.changed.emit(COMPLAINTS)
    assert watcher.asked == 0
    watcher.query.seen = True
    qtbot.waitUntil(lambda: watcher.got == [1])
    assert not watcher.query.stale


def test_changes_of_other_kinds_are_no_news(desk, qtbot):
    watcher = Watcher(desk)
    watcher.query.seen = True
    qtbot.waitUntil(lambda: watcher.got == [1])
    desk.news.changed.emit(SOURCES)
    assert not watcher.query.stale
    assert watcher.asked == 1


def test_out_of_sight_it_remembers_and_reads_when_looked_at(desk, qtbot):
    watcher = Watcher(desk)
    watcher.query.seen = True
    qtbot.waitUntil(lambda: watcher.got == [1])
    watcher.query.seen = False
    desk.clock.turn(10)
    for _ in range(5):
        desk.news.changed.emit(COMPLAINTS)
    assert watcher.query.stale
    assert watcher.asked == 1
    watcher.query.seen = True
    qtbot.waitUntil(lambda: watcher.got == [1, 2])


def test_a_hundred_changes_at_once_are_read_once_after_the_pause(desk, qtbot):
    watcher = Watcher(desk, every_s=0.05)
    watcher.query.seen = True
    qtbot.waitUntil(lambda: watcher.got == [1])
    for _ in range(100):
        desk.news.changed.emit(COMPLAINTS)
    assert watcher.asked == 1
    qtbot.waitUntil(lambda: watcher.got == [1, 2])


def test_a_query_that_takes_long_rests_four_times_as_long(desk, qtbot):
    watcher = Watcher(desk, took_s=3.0)
    watcher.query.seen = True
    qtbot.waitUntil(lambda: watcher.got == [1])
    desk.clock.turn(11.9)
    desk.news.changed.emit(COMPLAINTS)
    assert watcher.query._pause.isActive()
    assert watcher.query._pause.remainingTime() <= 200
    qtbot.waitUntil(lambda: watcher.got == [1, 2])


def test_what_came_while_it_was_read_is_read_again(desk, qtbot):
    watcher = Watcher(desk, every_s=0.01)
    watcher.query.seen = True
    desk.news.changed.emit(COMPLAINTS)
    qtbot.waitUntil(lambda: watcher.got == [1, 2])


def test_another_question_is_asked_at_once(desk, qtbot):
    watcher = Watcher(desk, every_s=60.0)
    watcher.query.seen = True
    qtbot.waitUntil(lambda: watcher.got == [1])
    watcher.query.again()
    qtbot.waitUntil(lambda: watcher.got == [1, 2])


def test_time_alone_makes_an_answer_old(desk, qtbot):
    watcher = Watcher(desk, at_least_every_s=60.0)
    watcher.query.seen = True
    qtbot.waitUntil(lambda: watcher.got == [1])
    desk.clock.turn(59)
    desk.ticks.second.emit()
    assert not watcher.query.stale
    desk.clock.turn(1)
    desk.ticks.second.emit()
    qtbot.waitUntil(lambda: watcher.got == [1, 2])
    desk.ticks.second.emit()
    assert not watcher.query.stale


def test_what_grew_old_out_of_sight_is_read_when_looked_at(desk, qtbot):
    watcher = Watcher(desk, at_least_every_s=60.0)
    watcher.query.seen = True
    qtbot.waitUntil(lambda: watcher.got == [1])
    watcher.query.seen = False
    desk.clock.turn(61)
    desk.ticks.second.emit()
    assert watcher.query.stale
    assert watcher.asked == 1
    watcher.query.seen = True
    qtbot.waitUntil(lambda: watcher.got == [1, 2])
    watcher.query.seen = False
    desk.clock.turn(61)
    watcher.query.seen = True
    qtbot.waitUntil(lambda: watcher.got == [1, 2, 3])


def test_without_a_limit_time_alone_reads_nothing(desk, qtbot):
    watcher = Watcher(desk)
    watcher.query.seen = True
    qtbot.waitUntil(lambda: watcher.got == [1])
    desk.clock.turn(3600)
    desk.ticks.second.emit()
    assert not watcher.query.stale


def test_changes_that_do_not_touch_it_are_no_news(desk, qtbot):
    watcher = Watcher(desk, touches=lambda changes: "kota:2" in changes.ids)
    watcher.query.seen = True
    qtbot.waitUntil(lambda: watcher.got == [1])
    desk.news.changed.emit(COMPLAINTS)
    assert not watcher.query.stale


def test_after_a_fault_it_is_told_and_read_again(desk, qtbot, monkeypatch):
    monkeypatch.setattr(live, "RETRY_S", 0.01)
    watcher = Watcher(desk)
    watcher.trouble = DiskTrouble("store.absent")
    watcher.query.seen = True
    qtbot.waitUntil(lambda: len(watcher.troubles) == 2)
    assert watcher.troubles[0].says == "store.absent"
    watcher.trouble = None
    qtbot.waitUntil(lambda: len(watcher.got) == 1)
