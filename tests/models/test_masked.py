"""Wherever a complaint's words are drawn, numbers and names in them are covered: queue, palette, history, exchange."""

from __future__ import annotations

from console.core.clock import millis
from console.core.lifecycle import State
from console.core.masking import COVER
from console.core.records import ComplaintId, Event, HubQuestion
from console.models.conflicts import ConflictWording
from console.models.hub import titles
from console.models.outbox import OutboxWording
from console.models.rows import Column, Wording
from console.models.timeline import entries
from console.panels.facts import Teller
from console.store.data_key import DATA_KEY
from tests.cities import small_pack
from tests.models.test_rows import row
from tests.town import NOW, collision, complaint, hub, phrases, waits

RAW = "Pohon tumbang, hubungi 0812-3456-7890 a.n. Joko Susilo"
TOLD = f"Pohon tumbang, hubungi {COVER}90 a.n. {COVER}"


def test_in_the_queue() -> None:
    line = Wording.of(small_pack(), phrases()).line(row(title=RAW), millis(NOW))
    assert line.cells[Column.TITLE] == TOLD
    assert not any("0812" in cell for cell in line.cells)


def test_in_the_history() -> None:
    told = Event("deed:1", ComplaintId("x:1"), "note", NOW, "Rani", RAW, State.NEW, State.NEW)
    (entry,) = entries([told], small_pack(), phrases(), NOW)
    assert (entry.text, entry.by) == (TOLD, "Rani")


def test_in_the_outbox_and_among_collisions() -> None:
    item = OutboxWording(small_pack(), phrases(), NOW, hub()).item(waits(1, title=RAW))
    assert item.title == TOLD
    assert ConflictWording(small_pack(), phrases(), NOW).collision(collision(1, title=RAW)).title == TOLD


def test_in_questions_of_the_centre() -> None:
    question = HubQuestion("x", "y", {"count": 1}, titles=(RAW,), named=1)
    assert titles(question, phrases()) == [TOLD]


def test_an_address_in_the_facts(town) -> None:
    town.take([complaint(1, address="Jl. Melati 12, rumah Bpk. Joko Susilo")])
    found = town.writer.read.complaint("rekaan:000001")
    facts = {fact.label: fact.value for fact in Teller(small_pack(), phrases(), NOW, {}).facts(found)}
    assert facts["Alamat"] == f"Jl. Melati 12, rumah Bpk. {COVER}"
    assert facts["Lintang, bujur"] == f"{found.lat:.5f}, {found.lon:.5f}"


def test_a_data_key_that_waits_is_told_by_what_it_is() -> None:
    wording = OutboxWording(small_pack(), phrases(), NOW, hub())
    told = waits(1, doc=f"{DATA_KEY}rekaan:0a", complaint=ComplaintId(""), title="", deeds=())
    assert wording.item(told).what == "Kunci data kota"
