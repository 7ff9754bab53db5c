"""The store's file may not grow any more in the middle of an intake: told within a moment, nothing typed is lost,
and when there is room again everything goes on by itself, in order. (SQLite's own page limit stands for the disk.)"""

from __future__ import annotations

import pytest

from console.commands.triage import Verify
from console.commands.work import Note
from console.core.records import ComplaintId
from console.store.read import Read
from console.store.room import Room
from sync import engine as engine_file
from sync.orders import LATER
from tests.sync.stand_ins import TalkWire, an_entry
from tests.sync.test_engine import Running

FIRST = ComplaintId("laksa:0")


@pytest.fixture
def on(tmp_path, monkeypatch):
    monkeypatch.setattr(engine_file, "TICK_S", 0.02)
    pages = [{"ids": list(range(start, start + 500)), "more": start < 4500} for start in range(0, 5000, 500)]
    wire = TalkWire(pages[0], *pages[1:], {"ids": []})
    room = Room(tmp_path / "reserve.bin", intake_bytes=0, reserve_bytes=0)
    made = Running(tmp_path / "profile", wire, an_entry(cadence_s=1.0), room=room)
    made.pages = pages
    yield made
    if made.code is None:
        made.engine.stop()
        made.ended()


def limit(on, pages: int) -> None:
    """The most pages the file may have; 0 lifts the limit."""

    def set_limit(store):
        used = store._db.execute("PRAGMA page_count").fetchone()[0]
        store._db.execute(f"PRAGMA max_page_count = {used + pages if pages else 1 << 30}")

    on.engine.keeper.idle(set_limit).result(20)


def test_full_in_the_middle_of_an_intake(on):
    on.taken()
    limit(on, 1)
    on.until("trouble", lambda values: values["says"] == "store.full" and not values.get("gone"))
    refused = []
    while not refused or refused[-1].says != LATER:
        command = on.do(Note(FIRST, "x" * 3900))
        refused.append(on.receipt(command))
        assert len(refused) < 200
    waiting = on.do(Verify(FIRST))
    assert on.receipt(waiting).says == LATER
    limit(on, 0)
    on.wire.said = [*on.pages, {"ids": []}]
    assert on.receipt(refused[-1].command).outcome == "taken"
    assert on.receipt(waiting).outcome == "taken"
    on.until("trouble", lambda values: values.get("gone") is True)
    read = Read.open(on.profile)
    while read.sources()[0].records_total < 5000 or not read.complaint("laksa:4999"):
        on.until("changes")
    history = [event.command for event in read.events_of(FIRST)]
    assert history == [*(each.command for each in refused), waiting]
    read.close()
    assert on.hang_up() == 0
