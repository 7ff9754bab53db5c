"""How the console stands to the centre, put together from engine, switch and sources."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import QObject, Signal

from console.core.clock import TurnedClock
from console.core.records import SourceHealth
from console.models.desk import Desk
from console.models.news import LinkState
from console.shell.child import ChildState
from console.shell.connection import PATIENCE_S, Connection
from tests.shell.conftest import AT


class FakeEngine(QObject):
    hello = Signal(object)
    state_changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.state = ChildState.STOPPED
        self.said: list[str] = []

    def cut(self, cut: bool) -> None:
        self.said.append(f"cut {cut}")

    def ask_now(self, source: str = "") -> None:
        self.said.append(f"now {source}")

    def turn(self, state: ChildState) -> None:
        self.state = state
        self.state_changed.emit(state)
        if state is ChildState.RUNNING:
            self.hello.emit({})


HEALTH = SourceHealth(
    id="laksa", title="LAKSA", kind="open311", cadence_s=5, stale_after_s=60, last_good_at=AT - timedelta(hours=9),
    last_try_at=None, next_at=None, newest_at=None, records_last=0, records_total=0, refused_last=0, error="",
    error_values={}, trouble="", lost_since=None,
)  # fmt: skip


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def link(desk: Desk, engine: FakeEngine) -> Connection:
    return Connection(desk, engine, False)  # type: ignore[arg-type]


def tell(desk: Desk, *health: SourceHealth) -> None:
    desk.sources.rows = health
    desk.sources.changed.emit()


def test_it_starts_until_a_source_answers(desk: Desk, engine: FakeEngine, link: Connection, clock: TurnedClock) -> None:
    told: list[LinkState] = []
    desk.news.link.connect(told.append)
    tell(desk, HEALTH)
    assert link.state is LinkState.STARTING
    engine.turn(ChildState.RUNNING)
    assert link.state is LinkState.STARTING  # what was good yesterday says nothing of today
    clock.turn(1)
    tell(desk, replace(HEALTH, last_good_at=clock.now()))
    assert link.state is LinkState.ONLINE
    assert told == [LinkState.ONLINE]


def test_a_source_that_cannot_be_reached_is_offline_at_once(
    desk: Desk, engine: FakeEngine, link: Connection, clock: TurnedClock
) -> None:
    engine.turn(ChildState.RUNNING)
    clock.turn(1)
    tell(desk, replace(HEALTH, last_try_at=clock.now(), trouble="away", lost_since=clock.now()))
    assert link.state is LinkState.OFFLINE


def test_one_of_two_sources_is_enough(desk: Desk, engine: FakeEngine, link: Connection, clock: TurnedClock) -> None:
    engine.turn(ChildState.RUNNING)
    clock.turn(1)
    lost = replace(HEALTH, id="b", last_try_at=clock.now(), trouble="away")
    tell(desk, lost, replace(HEALTH, last_good_at=clock.now()))
    assert link.state is LinkState.ONLINE
    tell(desk, lost)
    assert link.state is LinkState.OFFLINE


def test_no_word_at_all_is_offline_after_a_while(
    desk: Desk, engine: FakeEngine, link: Connection, clock: TurnedClock
) -> None:
    engine.turn(ChildState.RUNNING)
    clock.turn(PATIENCE_S - 1)
    desk.ticks.second.emit()
    assert link.state is LinkState.STARTING
    clock.turn(1)
    desk.ticks.second.emit()
    assert link.state is LinkState.OFFLINE


def test_an_engine_that_died_is_offline_and_its_return_starts_anew(
    desk: Desk, engine: FakeEngine, link: Connection, clock: TurnedClock
) -> None:
    engine.turn(ChildState.RUNNING)
    clock.turn(1)
    tell(desk, replace(HEALTH, last_good_at=clock.now()))
    engine.turn(ChildState.WAITING)
    assert link.state is LinkState.OFFLINE
    engine.turn(ChildState.RUNNING)
    assert link.state is LinkState.STARTING


def test_the_switch_goes_before_everything(desk: Desk, engine: FakeEngine, link: Connection) -> None:
    engine.turn(ChildState.RUNNING)
    link.cut = True
    assert link.state is LinkState.CUT
    link.cut = False
    assert link.state is LinkState.STARTING
    assert engine.said == ["cut False", "cut True", "cut False", "now "]
