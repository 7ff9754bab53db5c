"""The outbox panel: what waits and what was refused apart, the reason whole, retry and withdraw where they are."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from console.commands.triage import Verify
from console.core.command import Outcome
from console.core.lifecycle import Deed, State
from console.core.places import complaints_place
from console.core.records import ComplaintId, Kind, Waiting
from console.core.replica import NotTaken
from console.panels.outbox import Outbox
from tests.town import hub, waits
from widgets.panel_frame import PanelState

PATIENCE_MS = 30_000
WAITING, REFUSED, WITHDRAWN = Waiting.WAITING, Waiting.REFUSED, Waiting.WITHDRAWN


@pytest.fixture
def panel(town, open_panel, qtbot):
    town.handed.update(
        outbox=[
            waits(1),
            waits(2, deeds=("dispose",)),
            waits(4, state=REFUSED, says="commands.text_long", values={"length": 9, "most": 4}, tries=2),
            waits(6, state=WITHDRAWN),
        ],
        hub=hub(),
    )
    town.fill(8)
    made = open_panel(Outbox)
    qtbot.waitUntil(lambda: made.sections[WAITING].table.rows.rowCount() == 2)
    qtbot.waitUntil(lambda: town.desk.sources.hub is not None)
    return made


def whats(panel: Outbox, state: Waiting) -> list[str]:
    return [row.cells[1].text for row in panel.sections[state].table.rows.rows]


def choose(panel: Outbox, state: Waiting, row: int = 0) -> None:
    panel.sections[state].table.setFocus()
    panel.sections[state].table.go(row)


def test_what_was_refused_stands_apart_and_hides_nothing(panel):
    assert whats(panel, REFUSED) == ["Verifikasi"]
    assert whats(panel, WAITING) == ["Disposisi", "Verifikasi"]
    assert whats(panel, WITHDRAWN) == ["Verifikasi"]
    assert panel.counted.text() == ("2 menunggu dikirim · terlama 2 jam 7 mnt · 1 ditolak pusat · 1 ditarik kembali")
    assert panel.counts() == "4 perubahan"
    tops = [panel.sections[state].mapTo(panel, panel.rect().topLeft()).y() for state in (REFUSED, WAITING, WITHDRAWN)]
    assert tops == sorted(tops)


def test_many_refused_push_nothing_out_of_sight(panel, town, qtbot):
    town.hand(Kind.OUTBOX, [waits(1), *(waits(n, state=REFUSED) for n in range(2, 40))])
    section = panel.sections[REFUSED]
    qtbot.waitUntil(section.more.isVisible)
    assert section.table.rows.rowCount() == 5
    assert section.more.text() == "Tampilkan 33 lagi"
    assert panel.sections[WAITING].isVisible()
    section.more.click()
    assert section.table.rows.rowCount() == 38


def test_the_chosen_one_is_told_whole(panel):
    assert not panel.detail.isVisible()
    choose(panel, REFUSED)
    facts = {fact.label: (fact.value, fact.note) for fact in panel.detail.facts.facts}
    assert facts["Sebab"] == ("Teksnya 9 huruf, paling banyak 4. Ringkas dahulu.", "")
    assert facts["Dicoba lagi"] == ("bila Anda meminta", "sudah 2 kali dicoba, terakhir —")
    assert facts["Oleh"] == ("Rani", "")
    assert panel.detail.offered == (Deed.RETRY, Deed.WITHDRAW)


def test_one_table_has_the_choice_at_a_time(panel):
    choose(panel, REFUSED)
    choose(panel, WAITING, 1)
    assert panel.sections[REFUSED].table.current_key == ""
    assert panel.item is not None
    assert panel.item.title == "Lampu jalan padam nomor 1"
    assert panel.detail.offered == (Deed.WITHDRAW,)


def test_retry_is_sent_for_the_item_and_its_entries(panel, town, qtbot):
    town.answer = Outcome.TAKEN
    choose(panel, REFUSED)
    panel.detail.buttons[Deed.RETRY].click()
    qtbot.waitUntil(lambda: len(town.done) == 1)
    assert (town.done[0].face.deed, town.done[0].doc) == (Deed.RETRY, "case:rekaan:000004")


def test_taking_back_asks_for_a_reason_by_mouse_and_by_key(panel, town, qtbot):
    town.answer = Outcome.TAKEN
    choose(panel, WAITING)
    key = panel.detail.buttons[Deed.WITHDRAW]
    key.click()
    assert panel.detail.form.face is not None
    panel.detail.form.submit()
    assert not town.done
    panel.detail.form.field("reason").setPlainText("Salah nomor, sudah ditangani lewat telepon.")
    panel.detail.form.submit()
    qtbot.waitUntil(lambda: len(town.done) == 1)
    assert town.done[0].reason.startswith("Salah nomor")
    qtbot.waitUntil(lambda: panel.detail.form.face is None)


def test_a_refusal_is_said_where_it_was_asked(panel, town, qtbot):
    town.answer = Outcome.REFUSED
    choose(panel, REFUSED)
    panel.start(Deed.RETRY)
    qtbot.waitUntil(lambda: panel.detail.refusal.text() == town.phrases.say("commands.nobody"))
    choose(panel, WAITING)
    assert not panel.detail.refusal.isVisible()


def test_the_receipt_of_another_deed_leaves_the_form_alone(panel, town, qtbot):
    """Trying again sends several commands; meanwhile a reason is typed for something else."""
    town.answer = Outcome.TAKEN
    tell = town.hold_receipts()
    choose(panel, REFUSED)
    panel.start(Deed.RETRY)
    assert panel.detail.saving.isVisible()
    qtbot.waitUntil(lambda: len(town.done) == 1, timeout=PATIENCE_MS)
    choose(panel, WAITING)
    assert not panel.detail.saving.isVisible()
    panel.start(Deed.WITHDRAW)
    panel.detail.form.field("reason").setPlainText("Salah nomor.")
    with qtbot.waitSignal(panel.doing.settled, timeout=PATIENCE_MS):
        tell()
    assert panel.detail.form.answers()["reason"] == "Salah nomor."
    panel.detail.form.submit()
    qtbot.waitUntil(lambda: len(town.done) == 2, timeout=PATIENCE_MS)


def test_a_form_that_is_being_saved_says_so_and_is_sent_once(panel, town, qtbot):
    town.answer = Outcome.TAKEN
    tell = town.hold_receipts()
    choose(panel, WAITING)
    panel.start(Deed.WITHDRAW)
    panel.detail.form.field("reason").setPlainText("Salah nomor, sudah ditangani lewat telepon.")
    for _ in range(3):
        panel.detail.form.submit()
    assert panel.detail.form._form.busy.text() == "Sedang disimpan…"
    assert not panel.detail.form._form.ok.isEnabled()
    qtbot.waitUntil(lambda: len(town.done) == 1, timeout=PATIENCE_MS)
    tell()
    qtbot.waitUntil(lambda: panel.detail.form.face is None, timeout=PATIENCE_MS)
    assert len(town.done) == 1
    assert panel.sections[WAITING].table.hasFocus()


def test_a_refusal_on_another_item_is_told_above(panel, town, qtbot):
    town.answer = Outcome.REFUSED
    tell = town.hold_receipts()
    choose(panel, REFUSED)
    panel.start(Deed.RETRY)
    qtbot.waitUntil(lambda: len(town.done) == 1, timeout=PATIENCE_MS)
    choose(panel, WAITING)
    with qtbot.waitSignal(panel.deed_told, timeout=PATIENCE_MS) as told:
        tell()
    assert told.args[1] == "rekaan:000004"
    assert not panel.detail.refusal.isVisible()


def test_one_the_centre_takes_leaves_and_no_other_comes_under_the_finger(panel, town, qtbot):
    choose(panel, WAITING)
    town.hand(Kind.OUTBOX, [waits(1)])
    qtbot.waitUntil(lambda: whats(panel, WAITING) == ["Verifikasi"])
    assert panel.item is None
    assert not panel.detail.isVisible()
    assert panel.sections[WAITING].table.current_key == ""


def test_the_choice_stays_while_others_come_and_go(panel, town, qtbot):
    choose(panel, WAITING, 1)
    town.hand(Kind.OUTBOX, [waits(1), waits(30), waits(31)])
    qtbot.waitUntil(lambda: panel.sections[WAITING].table.rows.rowCount() == 3)
    assert panel.item is not None
    assert panel.item.title == "Lampu jalan padam nomor 1"
    assert panel.sections[WAITING].table.current_key == panel.item.key


def test_j_and_k_and_enter(panel, town, qtbot):
    choose(panel, WAITING)
    table = panel.sections[WAITING].table
    QTest.keyClick(table, Qt.Key.Key_J)
    assert panel.item is not None
    assert panel.item.row.complaint == "rekaan:000001"
    QTest.keyClick(table, Qt.Key.Key_K)
    assert panel.item.row.complaint == "rekaan:000002"
    with qtbot.waitSignal(panel.wants) as wish:
        QTest.keyClick(table, Qt.Key.Key_Return)
    assert wish.args == ["panel", "complaint"]
    assert town.desk.links.complaint == "rekaan:000002"


def test_why_it_all_waits_stands_on_top_once(panel, town, qtbot):
    assert panel.standing.text == "Menunggu giliran dikirim."
    town.hand(Kind.HUB, hub(trouble="commands.nobody"))
    qtbot.waitUntil(lambda: panel.standing.text == town.phrases.say("commands.nobody"))


def test_nothing_waiting_reassures(panel, town, qtbot):
    town.hand(Kind.OUTBOX, [])
    qtbot.waitUntil(lambda: panel.frame.state is PanelState.EMPTY)
    assert "Semua perubahan sudah dipegang pusat" in panel.frame.message.text
    assert "10.41 WIB" in panel.frame.message.text


def test_where_there_is_no_centre_it_does_not_claim_one(town, open_panel, qtbot):
    town.fill(3)
    panel = open_panel(Outbox)
    assert panel.frame.state is PanelState.EMPTY
    assert "Tidak ada perubahan yang menunggu" in panel.frame.message.text


@pytest.mark.parametrize("wide", [500, 1400])
def test_the_detail_stands_below_or_beside(panel, qtbot, wide):
    panel.resize(wide, 700)
    choose(panel, WAITING)
    qtbot.waitUntil(panel.detail.isVisible)
    beside = panel.detail.mapTo(panel, panel.rect().topLeft()).x() > 100
    assert beside is (wide > 1000)


def test_ages_are_told_anew(panel, town):
    town.clock.turn(3600)
    for _ in range(30):
        town.desk.ticks.second.emit()
    assert panel.sections[WAITING].table.rows.rows[0].cells[4].text == "3 jam 7 mnt"


def test_with_a_real_store_a_deed_waits_and_is_taken_back(town, open_panel, qtbot):
    town.fill(8)
    town.do(Verify(ComplaintId("rekaan:000001")))
    panel = open_panel(Outbox)
    qtbot.waitUntil(lambda: whats(panel, WAITING) == ["Verifikasi"])
    choose(panel, WAITING)
    panel.start(Deed.WITHDRAW)
    panel.detail.form.field("reason").setPlainText("Salah pengaduan, sudah dicatat di nomor lain.")
    panel.detail.form.submit()
    qtbot.waitUntil(lambda: len(whats(panel, WITHDRAWN)) == 1)
    found = town.writer.read.complaint("rekaan:000001")
    assert found is not None
    assert found.state is State.NEW


def test_with_a_real_store_what_was_refused_is_offered_again(town, open_panel, qtbot):
    town.fill(8)
    town.do(Verify(ComplaintId("rekaan:000001")))
    rows = town.writer.read.outbox_rows()
    place = complaints_place(town.pack.id, "99.71.01.1002")
    refused = [NotTaken(row.doc, row.rev, "commands.nobody") for row in rows]
    town.desk.news.changed.emit(town.writer.replica.settle(place, [], refused))
    panel = open_panel(Outbox)
    qtbot.waitUntil(lambda: whats(panel, REFUSED) == ["Verifikasi"])
    choose(panel, REFUSED)
    panel.detail.buttons[Deed.RETRY].click()
    qtbot.waitUntil(lambda: whats(panel, WAITING) == ["Verifikasi"])
    assert not panel.sections[REFUSED].isVisible()
    assert not [row for row in town.writer.read.outbox_rows() if row.state is REFUSED]
