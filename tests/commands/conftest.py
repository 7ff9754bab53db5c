"""A city of a few complaints in memory: enough of a store to ask and to write commands."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from console.commands import open_envelope, seal
from console.core.clock import TurnedClock
from console.core.command import Command, Patch
from console.core.forwarding import Forwarded
from console.core.lifecycle import State
from console.core.pack import Area, Category, CityPack, Level, Opd, WorkCalendar
from console.core.records import Case, Complaint, ComplaintId, Conflict, Event, OutboxRow

AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


def a_pack() -> CityPack:
    """An invented city of one area and two offices."""
    return CityPack(
        "sukamaju",
        "Kota Sukamaju",
        "1",
        ZoneInfo("Asia/Jakarta"),
        "WIB",
        {"99.01": Area("99.01", "Kota Sukamaju", Level.KOTA, "")},
        {"DPU": Opd("DPU", "Dinas Pekerjaan Umum", "PU"), "DLH": Opd("DLH", "Dinas Lingkungan Hidup", "LH")},
        {"jalan": Category("jalan", {"id": "Jalan"}, "DPU")},
        WorkCalendar("Asia/Jakarta"),
        (),
        (),
    )


def a_complaint(number: int, state: State) -> Complaint:
    """A complaint as a source gave it."""
    blank = dict.fromkeys(("native_state", "text", "category", "agency", "address", "area", "opd", "holder"), "")
    none = dict.fromkeys(("lat", "lon", "updated_at", "expected_at", "touched_at"), None)
    return Complaint(
        id=ComplaintId(f"laksa:{number}"),
        source="laksa",
        native_id=str(number),
        state=state,
        title=f"Jalan berlubang {number}",
        duplicate_of="",
        requested_at=AT,
        zone_assumed=False,
        media_url="",
        received_at=AT,
        pending=0,
        **blank,
        **none,
    )


class World:
    """Looks like the store to a command: checks and writes in one step, keeps the history."""

    def __init__(self) -> None:
        self.clock = TurnedClock(AT, seed=1)
        self.pack = a_pack()
        self.complaints: dict[str, Complaint] = {}
        self.events: list[Event] = []
        self.forwards: list[Forwarded] = []
        self.before: dict[str, Case] = {}

    def put(self, number: int, state: State = State.NEW, **fields: Any) -> ComplaintId:
        """A complaint of the source, in that state."""
        made = replace(a_complaint(number, state), **fields)
        self.complaints[made.id] = made
        return made.id

    def complaint(self, complaint: str) -> Complaint | None:
        return self.complaints.get(complaint)

    def conflict(self, doc: str) -> Conflict | None:
        return None

    def outbox_of(self, doc: str) -> list[OutboxRow]:
        return []

    def forwards_of(self, complaint: str) -> list[Forwarded]:
        return [each for each in self.forwards if each.complaint == complaint]

    def events_of(self, complaint: str) -> list[Event]:
        return [event for event in self.events if event.complaint == complaint]

    def source_says(self, complaint: str) -> None:
        """The source changed something about it that is not ours to decide."""
        self.events.append(Event("", ComplaintId(complaint), "source", AT, "laksa", "", None, None))

    def run(self, command: Command, by: str = "Rani") -> str:
        """Seal, open and write; the command's id. Refusals come through."""
        envelope = seal(command, self.clock, by)
        opened = open_envelope(envelope, self.pack)
        opened.check(self)
        before = self.complaints.get(command.complaint) or replace(
            a_complaint(0, State.NEW), id=command.complaint, source="konsol"
        )
        case = Case(before.id, before.state, before.opd, before.holder, before.duplicate_of)
        patch = opened.patch(case)
        after = self._written(before, patch)
        self.before[envelope.id] = case
        self.complaints[command.complaint] = after
        states = before.state, after.state
        deed = str(command.face.deed)
        self.events.append(Event(envelope.id, before.id, deed, AT, by, patch.text, *states, command=envelope.id))
        return envelope.id

    def _written(self, before: Complaint, patch: Patch) -> Complaint:
        if not patch.undoes:
            return replace(before, **patch.fields)
        self.events = [replace(each, undone=each.undone or each.command == patch.undoes) for each in self.events]
        old = self.before[patch.undoes]
        return replace(before, state=old.state, opd=old.opd, holder=old.holder, duplicate_of=old.duplicate_of)


@pytest.fixture
def world() -> World:
    return World()
