"""Words of deeds on the page of a complaint: covered in its history, opened above it with a reason for a minute."""

from __future__ import annotations

import pytest

from console.commands.work import Note
from console.core.masking import COVER
from console.core.people import Right
from console.core.personal import whole_of_deed
from console.core.records import ComplaintId
from console.panels.complaint import ComplaintSheet
from tests.models.test_city_key import make_key
from tests.models.test_revealing import answer
from tests.panels.test_complaint_personal import choose, everything
from tests.town import OPERATOR, complaint

ONE = ComplaintId("rekaan:000001")
WORDS = "Sudah ditelepon Ibu Siti Aminah di 0812-3456-7890"
TOLD = f"Sudah ditelepon Ibu {COVER} di {COVER}90"


@pytest.fixture
def sheet(town, open_panel, qtbot):
    town.take([complaint(1), complaint(2)])
    town.stand()
    with qtbot.waitSignal(town.desk.city_key.changed):
        make_key(town)
    for words in ("tanpa nomor", WORDS):
        town.do(Note(ONE, words))
    panel = open_panel(ComplaintSheet)
    choose(panel, qtbot, ONE)
    qtbot.waitUntil(lambda: panel.words.isVisible())
    return panel


def deed(sheet) -> str:
    """The one deed of which something is covered."""
    (found,) = sheet.words.rows
    return found


def open_it(sheet, town):
    sheet.words.rows[deed(sheet)].button.click()
    sheet.words.form.editor("reason").setText("menelepon kembali")
    sheet.words.form.submit()
    answer(town, value=WORDS)


def test_the_history_is_covered_and_what_is_covered_in_it_can_be_opened(sheet, town):
    assert [entry.text for entry in sheet.history.entries if entry.text] == [TOLD, "tanpa nomor"]
    (event,) = (each for each in sheet.sheet.events if each.id == deed(sheet))
    assert whole_of_deed(event.fields)
    row = sheet.words.rows[deed(sheet)]
    assert row.name.text().startswith(f"Catatan · {OPERATOR} · ")
    assert row.value.text() == TOLD
    assert not sheet.personal.isVisible(), "the complaint itself says nothing of anybody"
    assert "3456" not in everything(sheet) and "Siti" not in everything(sheet)


def test_it_is_asked_with_a_reason_and_shown_for_a_minute(sheet, town):
    open_it(sheet, town)
    wish = town.told[-1][1]
    assert (wish["deed"], wish["field"], wish["reason"]) == (deed(sheet), "text", "menelepon kembali")
    row = sheet.words.rows[deed(sheet)]
    assert row.value.text() == WORDS
    assert row.left.text() == "tertutup lagi dalam 60 detik"
    assert everything(sheet).count(WORDS) == 2  # its own label, drawn and spoken
    town.clock.turn(60)
    town.desk.ticks.second.emit()
    assert WORDS not in everything(sheet)


def test_a_page_that_is_turned_covers_it(sheet, town, qtbot):
    open_it(sheet, town)
    choose(sheet, qtbot, "rekaan:000002")
    assert WORDS not in everything(sheet)
    assert not sheet.words.isVisible()


def test_a_later_deed_leaves_open_what_is(sheet, town, qtbot):
    open_it(sheet, town)
    first = deed(sheet)
    town.do(Note(ONE, "hp 0812-3456-7891"))
    qtbot.waitUntil(lambda: len(sheet.words.rows) == 2)
    assert list(sheet.words.rows)[1] == first, "the newest on top, as below"
    assert sheet.words.rows[first].value.text() == WORDS


def test_who_may_not_open_reads_the_covered_history_alone(sheet, monkeypatch):
    monkeypatch.setattr(type(sheet.desk), "may", lambda _desk, right: right is not Right.REVEAL)
    sheet.retranslate()
    assert not sheet.words.isVisible()
    assert sheet.history.entries[0].text == TOLD


def test_it_speaks_the_other_language(sheet, town):
    town.phrases.speak("en")
    sheet.retranslate()
    assert sheet.words.title.text() == "Personal data in the history"
    assert sheet.words.rows[deed(sheet)].name.text().startswith("Note · ")
