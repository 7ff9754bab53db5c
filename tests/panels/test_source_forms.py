"""A source is tried before it is kept, paused, dropped by name; each refusal stands where it was asked."""

from __future__ import annotations

from typing import Any

import pytest

from console.core.people import Role
from console.models.own_sources import read_answer, typed_entry
from console.panels.sources import KINDS, SourceList
from sync.feeds import found
from tests.town import SOURCE

TYPED = {
    "kind": "press",
    "address": "https://warta.invalid/rss",
    "id": "warta",
    "title": "Warta kota",
    "cadence": "60,5",
    "licence": "",
    "options": "a=b\n\nc = d",
}


@pytest.fixture
def panel(town, open_panel, qtbot):
    town.stand()
    made = open_panel(SourceList)
    qtbot.waitUntil(lambda: SOURCE in made.rows)
    return made


def answer(town, **told: Any) -> dict[str, Any]:
    """The engine answers the last note."""
    note, asked = town.told[-1]
    assert note == "feed"
    town.desk.news.told.emit("feed", {"id": asked["id"], **told})
    return asked


def test_the_kinds_offered_are_kinds_there_are() -> None:
    assert set(found()) <= set(KINDS)


def test_it_is_tried_and_then_kept(panel, town):
    panel.open_add()
    form = panel.forms.form
    form.submitted.emit(TYPED)
    assert form.busy.text() == "Sedang dicoba…"
    asked = answer(
        town, state="done", records=12, refused=1, samples=["Air naik"], why=[["[3]", "sync.refused.missing", {}]]
    )
    assert asked["do"] == "try"
    assert asked["entry"]["options"] == {"a": "b", "c": "d"} and asked["entry"]["cadence_s"] == 60.5
    says = form._refusal.text()
    assert "12 catatan, 1 ditolak" in says and "Air naik" in says and "[3]: tidak diisi" in says
    assert form.ok.text() == "Simpan"
    form.submitted.emit(TYPED)
    assert answer(town, state="done")["do"] == "add"
    assert panel.forms.form is None
    assert panel.outcome.text() == "Sumber «Warta kota» disimpan dan mulai ditanyai."


def test_what_was_changed_after_a_trial_is_tried_again(panel, town):
    panel.open_add()
    panel.forms.form.submitted.emit(TYPED)
    answer(town, state="done", records=1, refused=0)
    panel.forms.form.submitted.emit({**TYPED, "address": "https://lain.invalid/"})
    assert town.told[-1][1]["do"] == "try"


def test_faults_and_refusals_stand_in_the_form(panel, town):
    panel.open_add()
    form = panel.forms.form
    form.submitted.emit(TYPED)
    faults = [["sources.toml warta.address", "pack.fault.address", {"found": "x", "schemes": "https"}]]
    answer(town, state="refused", says="pack.bad", values={"count": 1}, faults=faults)
    assert form._refusal.text().startswith("sources.toml warta.address: ")
    form.submitted.emit(TYPED)
    answer(town, state="refused", says="sync.away.slow", values={"source": "warta.invalid"})
    assert "warta.invalid" in form._refusal.text()
    assert form.ok.text() == "Coba"


def test_a_row_is_paused_and_gone_on_with(panel, town, qtbot):
    row = panel.rows[SOURCE]
    assert row.rest.text() == "Jeda"
    row.rest.click()
    assert town.told[-1][1]["do"] == "pause" and town.told[-1][1]["source"] == SOURCE
    answer(town, state="refused", says="sync.own.absent", values={"id": SOURCE})
    assert SOURCE in panel.outcome.text()
    town.stand(paused=True)
    qtbot.waitUntil(lambda: row.rest.text() == "Lanjutkan")
    row.rest.click()
    assert town.told[-1][1]["do"] == "resume"


def test_one_is_dropped_by_name(panel, town):
    panel.forms.open_drop(town.desk.sources.rows)
    panel.forms.form.submitted.emit({"source": SOURCE})
    answer(town, state="refused", says="sync.own.absent", values={"id": SOURCE})
    assert SOURCE in panel.forms.form._refusal.text()
    panel.forms.form.submitted.emit({"source": SOURCE})
    answer(town, state="done")
    assert panel.forms.form is None and panel.outcome.isVisible()


def test_without_an_engine_it_is_said_at_once(panel, town):
    town.listening = False
    panel.rows[SOURCE].rest.click()
    assert panel.outcome.text()


def test_whoever_may_not_is_not_offered(panel, town, qtbot):
    town.enter(Role.VIEWER)
    town.stand(records_last=9)
    qtbot.waitUntil(lambda: not panel.rows[SOURCE].rest.isVisible())
    panel.open_add()
    panel.take_draft()
    assert panel.forms.form is None


def test_a_note_of_another_form_is_no_answer() -> None:
    told = read_answer({"state": "done", "records": "x", "samples": 5, "why": [1, ["a"], ["a", "b", 1]], "values": 3})
    assert (told.done, told.records, tuple(told.samples), told.why, told.values) == (True, 0, (), (), {})
    assert typed_entry({"cadence": "sering"})["cadence_s"] == "sering"
