"""A profile for who only looks: which panels open there, and that nothing about a person was ever handed to one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import shiboken6
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from console.commands.intake import Take
from console.commands.work import Note
from console.core.audience import EVERYBODY, WORKERS, Audience, on_grid
from console.core.people import Right, Role
from console.core.records import ComplaintId, Kind, SourceComplaint
from console.models.people import Stand
from console.panels import found
from console.panels.panel import Condition, Panel
from console.panels.situation_map import SituationMap
from console.store.read import Read
from tests.contracts.test_panels import texts
from tests.town import OPERATOR, Town, complaint, hub

PANELS = found()
PATIENCE_MS = 20_000
MARK = "kenari"
NARROW = [each for each in Audience if each.narrow]


def marked(number: int) -> SourceComplaint:
    """A complaint with something about a person in every field."""
    words = {name: f"{MARK} {name}" for name in ("title", "text", "address", "agency", "native_state", "media_url")}
    return complaint(number, id=f"rekaan:{MARK}{number}", native_id=f"{MARK}{number}", extra=f'["{MARK}"]', **words)


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Every row that a reader for who only looks is handed by SQLite from now on."""
    rows: list[tuple[Any, ...]] = []

    def note(_cursor: sqlite3.Cursor, row: tuple[Any, ...]) -> tuple[Any, ...]:
        rows.append(row)
        return row

    def spied(name: str) -> None:
        before = getattr(Read, name)

        def after(read: Read, *given: Any) -> Any:
            answer = before(read, *given)
            for db in (read._db, read._readings):
                if db is not None and read.audience.narrow:
                    db.row_factory = note
            return answer

        monkeypatch.setattr(Read, name, after)

    spied("narrow")
    spied("_second")
    return rows


Make = Callable[..., Town]


@pytest.fixture
def make(qtbot: QtBot, tmp_path: Path) -> Iterator[Make]:
    """Makes a town where everything bears a mark."""
    made: list[Town] = []

    def town(**kind: Any) -> Town:
        town = Town(tmp_path, **kind)
        made.append(town)
        town.take(marked(number) for number in range(30))
        town.stand()
        for number in (0, 1):
            town.writer.apply(*_asked(town, Take(ComplaintId(f"rekaan:{MARK}{number}"))))
            town.writer.apply(*_asked(town, Note(ComplaintId(f"rekaan:{MARK}{number}"), MARK)))
        town.desk.news.changed.emit(_everything())
        return town

    yield town
    for each in made:
        each.close()


def _asked(town: Town, command: Any) -> tuple[Any, Any]:
    from console import commands

    envelope = commands.seal(command, town.clock, f"{MARK} {OPERATOR}")
    return envelope, commands.open_envelope(envelope, town.pack)


def _everything() -> Any:
    from console.core.records import Changes

    return Changes(frozenset(Kind))


@pytest.fixture
def show(qtbot: QtBot) -> Iterator[Callable[[Town, type[Panel]], Panel]]:
    made: list[Panel] = []

    def open_it(town: Town, kind: type[Panel]) -> Panel:
        panel = kind(town.desk)
        made.append(panel)
        panel.resize(1000, 700)
        panel.show()
        qtbot.waitUntil(lambda: panel.condition is not Condition.LOADING, timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: town.desk.work.waiting == 0, timeout=PATIENCE_MS)
        return panel

    yield open_it
    for panel in made:
        if shiboken6.isValid(panel):
            panel.close()
            panel.deleteLater()


def hints(panel: QWidget) -> str:
    return " ".join(f"{each.toolTip()} {each.accessibleName()}" for each in panel.findChildren(QWidget))


def test_which_panels_open_for_who_only_looks() -> None:
    assert {name for name, kind in PANELS.items() if kind.face.audiences == EVERYBODY} == {
        *("situation_map", "indicators", "sources", "warnings")
    }
    for name, kind in PANELS.items():
        assert kind.face.audiences in (EVERYBODY, WORKERS), name
        assert not (kind.face.personal and kind.face.audiences != WORKERS), name


@pytest.mark.parametrize("audience", NARROW)
def test_nothing_about_a_person_was_ever_handed_to_one(
    make: Make, show: Any, seen: list[tuple[Any, ...]], qtbot: QtBot, audience: Audience
) -> None:
    town = make(audience=audience)
    town.hand(Kind.HUB, hub())
    for kind in PANELS.values():
        if audience in kind.face.audiences:
            panel = show(town, kind)
            if isinstance(panel, SituationMap):
                panel.points_chip.click()
                qtbot.waitUntil(lambda at=panel: at.situation.points is not None, timeout=PATIENCE_MS)  # type: ignore[misc]
                points = panel.situation.points
                assert len(points.lon) > 0
                for lat, lon in zip(points.lat, points.lon, strict=True):
                    assert (lat, lon) == pytest.approx(on_grid(lat, lon))
                panel.map.point_clicked.emit(0)
            assert MARK not in " ".join(texts(panel)) + hints(panel)
    qtbot.waitUntil(lambda: town.desk.work.waiting == 0, timeout=PATIENCE_MS)
    assert len(seen) > 20
    assert MARK not in repr(seen)
    assert town.desk.links.complaint == ""


def test_a_panel_for_those_who_work_has_nothing_to_show_there(make: Make, show: Any, seen: Any, qtbot: QtBot) -> None:
    """It is not offered; were it opened by a slip, it would be empty."""
    town = make(audience=Audience.WALL)
    for name in ("queue", "complaint", "people", "ledger", "outbox", "conflicts", "exchange"):
        panel = show(town, PANELS[name])
        assert MARK not in " ".join(texts(panel)) + hints(panel), name
    assert MARK not in repr(seen)


def test_nobody_signs_in_there_and_nothing_may_be_done(make: Make) -> None:
    people = make(audience=Audience.PUBLIC, known=True, accounts=True).desk.people
    assert people.stand is Stand.OPEN
    assert not people.covered, "there is nothing to cover"
    assert people.rights == {Right.LOOK}
    assert people.why_not(Right.WORK).says == "people.not_allowed"  # type: ignore[union-attr]


def test_a_guest_is_read_for_as_a_guest_and_who_works_again_as_before(
    make: Make, seen: list[tuple[Any, ...]], qtbot: QtBot
) -> None:
    town = make(known=True)
    qtbot.waitUntil(lambda: town.desk.people.stand is Stand.OUT, timeout=PATIENCE_MS)
    told: list[Any] = []

    def title() -> Any:
        told.clear()
        town.desk.work.run(lambda read: read.complaint(f"rekaan:{MARK}3"), told.append)
        qtbot.waitUntil(lambda: bool(told), timeout=PATIENCE_MS)
        return told[0]

    town.enter(Role.OPERATOR)
    assert title().title == f"{MARK} title"
    town.enter(Role.GUEST, "Tamu")
    assert town.desk.people.audience is Audience.GUEST
    assert title() is None
    assert MARK not in repr(seen)
    town.enter(Role.OPERATOR)
    assert title().title == f"{MARK} title"
