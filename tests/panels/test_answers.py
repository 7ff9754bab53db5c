"""What sources answered badly: each refusal with its reason, the last bad answer as text, and for whom it is."""

from __future__ import annotations

import pytest

from console.core.people import Role
from console.core.records import Batch, Changes, Kind, Refusal
from console.panels.answers import AnswerList
from tests.town import SOURCE


@pytest.fixture
def panel(town, open_panel, qtbot):
    town.stand()
    town.stand(id="bus", kind="gtfs-rt", title="Bus")
    refused = [
        Refusal("requests[3].lat", "sync.refused.degrees", {"value": "999"}),
        Refusal("requests[4]", "sync.refused.missing"),
    ]
    town.store.take(Batch(SOURCE, refused=refused))
    town.store.keep_bad_answer(SOURCE, b"<html>NIK 3671010101010001 <b>masuk</b>\x1b[31m</html>", "sync.bad.html")
    made = open_panel(AnswerList)
    qtbot.waitUntil(lambda: len(town.desk.sources.rows) == 2)
    made.choose(SOURCE)
    qtbot.waitUntil(lambda: made.found is not None and made.found.source == SOURCE)
    return made


def test_each_refusal_with_its_place_and_reason(panel):
    rows = [[cell.text for cell in row.cells] for row in panel.table.rows.rows]
    assert [row[0] for row in rows] == ["requests[4]", "requests[3].lat"]
    assert rows[0][1] == "tidak diisi" and "999" in rows[1][1]
    assert panel.counts() == "2 catatan ditolak"


def test_the_last_bad_answer_is_text_and_covered(panel):
    assert "<b>masuk</b>" in panel.raw.text()
    assert "3671010101010001" not in panel.raw.text() and "\x1b" not in panel.raw.text()
    assert panel.why.text().startswith("Jawaban terakhir yang tidak terbaca")
    assert "«" not in panel.why.text()


def test_a_source_without_any_says_so(panel, qtbot):
    panel.choose("bus")
    qtbot.waitUntil(lambda: panel.found.source == "bus")
    assert panel.why.text() == "Tidak ada jawaban yang seluruhnya tidak terbaca." and panel.raw.text() == ""
    assert panel.keep() == {"source": "bus"}


def test_it_is_for_those_who_look_after_sources(panel, town, qtbot):
    town.enter(Role.OPERATOR)
    qtbot.waitUntil(lambda: "hanya untuk" in panel.frame.message.text)
    assert panel.raw.text() == "" and not panel.table.rows.rows


def test_new_ones_are_shown(panel, town, qtbot):
    town.store.take(Batch(SOURCE, refused=[Refusal("requests[9]", "sync.refused.missing")]))
    town.desk.news.changed.emit(Changes(frozenset({Kind.SOURCE})))
    qtbot.waitUntil(lambda: len(panel.table.rows.rows) == 3)


@pytest.mark.parametrize(
    ("told", "first"),
    [
        ({"refused_last": 2}, "bus"),
        ({"trouble": "shape", "error": "sync.bad.html"}, "bus"),
        ({}, "aaa"),
        ({"trouble": "away", "error": "sync.away"}, "aaa"),  # nothing came that could be looked at
    ],
)
def test_it_begins_with_a_source_of_which_something_is_to_be_seen(town, open_panel, qtbot, told, first):
    town.stand(id="aaa", title="Aman")
    town.stand(id="bus", kind="gtfs-rt", title="Bus", **told)
    made = open_panel(AnswerList)
    qtbot.waitUntil(lambda: made.found is not None and made.found.source == first)
    assert made.source == first
