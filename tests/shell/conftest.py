"""A desk over an invented city, panels that only say their name, and a wall of virtual monitors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout

from console.core.clock import TurnedClock
from console.core.command import Command
from console.core.errors import Fault
from console.core.forwarding import Forwarded
from console.core.people import Person
from console.core.records import (
    AreaCount,
    Complaint,
    Conflict,
    Event,
    FileRow,
    HubState,
    Kind,
    OutboxRow,
    OutboxSummary,
    QueueFilter,
    QueueRow,
    SourceHealth,
)
from console.models.desk import Desk
from console.panels.panel import Panel, PanelFace
from console.shell.preferences import Preferences
from console.shell.screens import Screens
from console.shell.shell import Shell
from console.store.closed import Closed
from console.store.data_key import DataKey
from console.store.files import Profile, load_phrases
from tests.cities import small_pack
from tests.offscreen_wall import ONE, WALL4, set_screens

AT = datetime(2026, 11, 21, 3, 42, tzinfo=UTC)
"""10.42 in Jakarta."""


class FakeRead:
    """A store that holds what a test puts here. One for both workers; a test sets it before it reads."""

    replaced = False

    def __init__(self) -> None:
        self.complaints: dict[str, Complaint] = {}
        self.events: dict[str, list[Event]] = {}
        self.health: list[SourceHealth] = []
        self.waiting = OutboxSummary(0, None)
        self.centre: HubState | None = None
        self.colliding: list[Conflict] = []
        self.count = AreaCount("99.71", 12, 3, 5)
        self.notices: list[Fault] = []
        self.rows: list[QueueRow] = []
        self.received_at: datetime | None = None
        self.keys: list[DataKey] = []
        self.persons: list[Person] = []
        self.shut: Closed | None = None

    def data_keys(self, _city: str) -> list[DataKey]:
        return self.keys

    def closed(self) -> Closed | None:
        return self.shut

    def people_known(self) -> bool:
        return bool(self.persons)

    def people(self) -> list[Person]:
        return self.persons

    def complaint(self, complaint: str) -> Complaint | None:
        return self.complaints.get(complaint)

    def conflict(self, doc: str) -> Conflict | None:
        return None

    def files_of(self, _complaint: str) -> list[FileRow]:
        return []

    def outbox_of(self, doc: str) -> list[OutboxRow]:
        return []

    def forwards_of(self, complaint: str) -> list[Forwarded]:
        return []

    def events_of(self, complaint: str) -> list[Event]:
        return self.events.get(complaint, [])

    def sources(self) -> list[SourceHealth]:
        return self.health

    def outbox(self) -> OutboxSummary:
        return self.waiting

    def hub(self) -> HubState | None:
        return self.centre

    def conflicts(self, _limit: int = 200) -> list[Conflict]:
        return self.colliding

    def total(self, _area: str, _now: datetime) -> AreaCount:
        return self.count

    def newest_received_at(self) -> datetime | None:
        return self.received_at

    def store_notices(self) -> list[Fault]:
        return self.notices

    def span(self, asked: QueueFilter) -> QueueFilter:
        return asked

    def page(self, asked: QueueFilter, _number: int) -> list[QueueRow]:
        return [row for row in self.rows if asked.text in row.title or asked.text in row.id]

    def close(self) -> None:
        pass


def panel_kind(name: str) -> type[Panel]:
    """A panel that says its name, and keeps what it was given."""

    class Plain(Panel):
        face: ClassVar[PanelFace] = PanelFace(
            name,
            f"shell.menu.{_MENUS[name]}",
            "queue",
            frozenset({Kind.COMPLAINT}),
            personal=name not in ("situation_map", "indicators", "sources"),
        )

        def build(self, desk: Desk) -> None:
            self.kept: dict[str, Any] = {}
            self.label = QLabel()
            QVBoxLayout(self.content).addWidget(self.label)
            self.show_ready()

        def retranslate(self) -> None:
            self.label.setText(self.say(self.face.title))

        def keep(self) -> dict[str, Any]:
            return self.kept

        def restore(self, kept: Any) -> None:
            self.kept = dict(kept)

    return Plain


_MENUS = {
    "queue": "console",
    "complaint": "complaint",
    "situation_map": "view",
    "indicators": "panels",
    "sources": "help",
    "outbox": "areas",
    "conflicts": "title",
}
PANELS = {name: panel_kind(name) for name in _MENUS}


@pytest.fixture
def read() -> FakeRead:
    return FakeRead()


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(AT, seed=5)


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    return Profile.at(tmp_path / "profile")


@pytest.fixture
def preferences(profile: Profile) -> Preferences:
    return Preferences(profile)


@pytest.fixture
def asked() -> list[Command]:
    """Commands the desk was handed."""
    return []


@pytest.fixture
def desk(
    qapp: QApplication, read: FakeRead, clock: TurnedClock, preferences: Preferences, asked: list[Command]
) -> Iterator[Desk]:
    def do(command: Command) -> str:
        asked.append(command)
        return f"c{len(asked)}"

    made = Desk.open(
        lambda: read,  # type: ignore[arg-type, return-value]
        do=do,
        clock=clock,
        pack=small_pack(),
        phrases=load_phrases(),
        settings=preferences,
    )
    yield made
    made.close()


MOST_TURNS = 1000
"""Of the event loop, until the platform has taken note of its new monitors."""


@pytest.fixture
def monitors(qapp: QApplication) -> Iterator[Callable[..., None]]:
    """Set the monitors; four to begin with, one again afterwards."""

    def plug(*screens: Any) -> None:
        set_screens(screens)
        for _ in range(MOST_TURNS):
            qapp.processEvents()
            if len([each for each in qapp.screens() if each.geometry().isValid()]) == len(screens):
                break
        qapp.processEvents()  # what the first turn put off

    plug(*WALL4)
    yield plug
    plug(*ONE)


@pytest.fixture
def screens(qapp: QApplication, monitors: Callable[..., None]) -> Iterator[Screens]:
    made = Screens(qapp, lambda screen: (f"SN-{screen.name()}", "CITY"), settle_ms=1)
    yield made
    made.close()


@pytest.fixture
def shell(desk: Desk, preferences: Preferences, screens: Screens) -> Iterator[Shell]:
    made = Shell(desk, preferences, screens, PANELS)
    yield made
    made.close()
    for window in made.wall.windows:
        window.deleteLater()
    QApplication.processEvents()
