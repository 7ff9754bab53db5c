"""The inbox of conflicts: both versions beside each other, a choice a field, confirm, undo, nothing decided twice."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from console.core.command import Outcome
from console.core.lifecycle import Deed, State
from console.core.records import Kind
from console.panels.conflicts import Conflicts
from tests.town import NOW, Version, collision, meet
from widgets.panel_frame import PanelState

PATIENCE_MS = 30_000


def both():
    """State and office in question."""
    made = collision(3)
    first, second = made.versions
    return replace(
        made,
        fields=("state", "opd"),
        versions=(
            replace(first, fields={**first.fields, "state": 11}),
            replace(second, fields={**second.fields, "state": 15}),
        ),
    )


@pytest.fixture
def panel(town, open_panel, qtbot):
    town.fill(8)
    town.handed["conflicts"] = [both(), collision(1)]
    made = open_panel(Conflicts)
    qtbot.waitUntil(lambda: made.sheet.collision is not None)
    return made


def test_the_list_tells_age_complaint_and_fields(panel):
    rows = panel.list.rows.rows
    assert [(row.cells[0].text, row.cells[0].second, row.cells[1].text) for row in rows] == [
        ("Jalan berlubang di depan pasar nomor 3", "Keadaan, OPD", "28 mnt"),
        ("Lampu jalan padam nomor 1", "OPD", "26 mnt"),
    ]
    assert panel.counts() == "2 tabrakan"


def test_both_versions_stand_beside_each_other(panel):
    assert [choice.said for choice in panel.sheet.buttons["state"]] == ["Selesai", "Ganda"]
    assert [choice.said for choice in panel.sheet.buttons["opd"]] == ["DLH", "PU"]
    spoken = panel.sheet.buttons["opd"][1].accessibleName()
    assert spoken == "OPD: PU, menurut Rani (Anda)"
    left, right = panel.sheet.buttons["opd"]
    assert left.y() == right.y()
    assert left.x() < right.x()


def test_on_a_narrow_panel_they_stand_below_each_other_and_say_whose_they_are(panel, qtbot):
    panel.resize(420, 900)
    left, right = panel.sheet.buttons["opd"]
    qtbot.waitUntil(lambda: left.x() == right.x() and left.y() < right.y())
    assert [choice.said for choice in (left, right)] == ["DLH · Sari", "PU · Rani (Anda)"]


def test_nothing_is_sent_before_every_field_is_chosen(panel, town):
    assert not panel.sheet.confirm.isEnabled()
    panel.sheet.buttons["opd"][0].click()
    assert panel.sheet.lacking.text().startswith("Pilih nilai untuk 1 bidang lagi.")
    QTest.keyClick(panel.sheet.buttons["opd"][0], Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert not town.done


def test_a_decision_by_mouse(panel, town, qtbot):
    town.answer = Outcome.TAKEN
    panel.sheet.buttons["state"][0].click()
    panel.sheet.buttons["opd"][1].click()
    assert [button.isChecked() for button in panel.sheet.buttons["opd"]] == [False, True]
    panel.sheet.confirm.click()
    qtbot.waitUntil(lambda: len(town.done) == 1)
    (done,) = town.done
    assert done.face.deed is Deed.SETTLE
    assert (done.doc, done.state, done.opd, done.holder) == (both().doc, State.DONE, "PU", None)
    assert done.leaves == tuple(version.rev for version in both().versions)


def test_a_decision_by_key_alone(panel, town, qtbot):
    town.answer = Outcome.TAKEN
    QTest.keyClick(panel.list, Qt.Key.Key_Home)
    QTest.keyClick(panel.list, Qt.Key.Key_Return)
    state, office = panel.sheet.buttons["state"], panel.sheet.buttons["opd"]
    qtbot.waitUntil(state[0].hasFocus)
    QTest.keyClick(state[0], Qt.Key.Key_Right)
    assert state[1].isChecked()
    QTest.keyClick(state[1], Qt.Key.Key_Down)
    assert office[1].hasFocus()
    QTest.keyClick(office[1], Qt.Key.Key_Left)
    assert office[0].isChecked()
    QTest.keyClick(office[0], Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: len(town.done) == 1)
    assert (town.done[0].state, town.done[0].opd) == (State.DUPLICATE, "DLH")


def test_one_button_takes_everything_from_a_version(panel):
    panel.sheet.all_of[1].click()
    assert panel.sheet.buttons["state"][1].isChecked()
    assert panel.sheet.buttons["opd"][1].isChecked()
    assert panel.sheet.confirm.isEnabled()


def decide(panel: Conflicts, town, qtbot) -> None:
    """The first conflict is decided and gone."""
    town.answer = Outcome.TAKEN
    panel.sheet.all_of[0].click()
    panel.sheet.confirm.click()
    qtbot.waitUntil(lambda: panel.decided is not None)
    town.hand(Kind.CONFLICT, [collision(1)])
    qtbot.waitUntil(lambda: panel.list.rows.rowCount() == 1)


def test_what_was_decided_is_said_and_can_be_undone(panel, town, qtbot):
    decide(panel, town, qtbot)
    assert panel.done.text() == "Keputusan untuk “Jalan berlubang di depan pasar nomor 3” tersimpan."
    assert panel.sheet.collision is not None
    assert panel.sheet.collision.key == collision(1).doc
    settled = town.done[-1]
    panel.undo.click()
    qtbot.waitUntil(lambda: panel.doing.under_way == 0 and panel.decided is not None)
    # Undo is checked against the history first: this decision was never written, so it is refused in words.
    qtbot.waitUntil(lambda: panel.sheet.refusal.isVisible())
    assert town.done[-1] is settled


def test_undo_stays_possible_when_none_is_left(panel, town, qtbot):
    decide(panel, town, qtbot)
    town.hand(Kind.CONFLICT, [])
    qtbot.waitUntil(lambda: panel.frame.state is PanelState.EMPTY)
    assert panel.frame.message.action.text() == "Urungkan keputusan"


def test_a_refusal_is_said_beside_the_choices_which_stay(panel, town, qtbot):
    town.answer = Outcome.REFUSED
    panel.sheet.all_of[0].click()
    panel.sheet.confirm.click()
    qtbot.waitUntil(lambda: panel.sheet.refusal.text() == town.phrases.say("commands.nobody"))
    assert panel.sheet.buttons["opd"][0].isChecked()


def test_while_a_decision_is_saved_it_says_so_and_takes_no_other(panel, town, qtbot):
    town.answer = Outcome.TAKEN
    tell = town.hold_receipts()
    panel.sheet.all_of[0].click()
    panel.sheet.confirm.setFocus()
    for _ in range(2):
        panel.sheet.confirm.click()
    assert panel.sheet.lacking.text() == "Sedang disimpan…"
    assert not panel.sheet.confirm.isEnabled()
    assert panel.sheet.buttons["state"][0].hasFocus(), "the keyboard stays with the decision"
    panel.sheet.confirmed.emit(panel.sheet.choices)
    qtbot.waitUntil(lambda: len(town.done) == 1, timeout=PATIENCE_MS)
    tell()
    qtbot.waitUntil(panel.sheet.confirm.isEnabled, timeout=PATIENCE_MS)
    assert len(town.done) == 1


def test_while_a_decision_is_taken_back_it_says_so(panel, town, qtbot):
    decide(panel, town, qtbot)
    with town.readers_busy():
        panel.undo.setFocus()
        panel.undo.click()
        assert not panel.undo.isEnabled()
        assert panel.list.hasFocus()
    qtbot.waitUntil(panel.undo.isEnabled, timeout=PATIENCE_MS)
    town.hand(Kind.CONFLICT, [])
    qtbot.waitUntil(lambda: panel.frame.state is PanelState.EMPTY, timeout=PATIENCE_MS)
    with town.readers_busy():
        panel.frame.action_asked.emit()
        assert "Sedang disimpan…" in panel.frame.message.text
    qtbot.waitUntil(lambda: "Sedang disimpan…" not in panel.frame.message.text, timeout=PATIENCE_MS)


def test_a_refusal_of_another_decision_is_told_above(panel, town, qtbot):
    town.answer = Outcome.REFUSED
    tell = town.hold_receipts()
    panel.sheet.all_of[0].click()
    panel.sheet.confirm.click()
    qtbot.waitUntil(lambda: len(town.done) == 1, timeout=PATIENCE_MS)
    panel.list.go(1)
    with qtbot.waitSignal(panel.deed_told, timeout=PATIENCE_MS) as told:
        tell()
    assert told.args[1] == both().complaint
    assert not panel.sheet.refusal.isVisible()


def test_one_decided_elsewhere_is_told(panel, town, qtbot):
    town.hand(Kind.CONFLICT, [collision(1)])
    qtbot.waitUntil(lambda: panel.list.rows.rowCount() == 1)
    assert panel.done.text() == "“Jalan berlubang di depan pasar nomor 3” sudah diputuskan di tempat lain."
    assert not panel.undo.isVisible()


def test_choices_stay_while_a_third_version_comes(panel, town, qtbot):
    panel.sheet.buttons["opd"][1].click()
    third = Version("3-c", "Budi", NOW, {**both().base, "state": 7, "opd": "DISHUB"}, held=True)
    town.hand(Kind.CONFLICT, [replace(both(), versions=(third, *both().versions)), collision(1)])
    qtbot.waitUntil(lambda: len(panel.sheet.buttons["opd"]) == 3)
    assert [button.isChecked() for button in panel.sheet.buttons["opd"]] == [False, False, True]


def test_none_at_all_reassures(town, open_panel):
    town.fill(3)
    panel = open_panel(Conflicts)
    assert panel.frame.state is PanelState.EMPTY
    assert "Tidak ada versi yang bertabrakan" in panel.frame.message.text


def test_with_a_real_store_a_conflict_is_settled_and_the_choice_undone(town, open_panel, qtbot):
    meet(town)
    panel = open_panel(Conflicts)
    qtbot.waitUntil(lambda: panel.sheet.collision is not None)
    assert {side.who for side in panel.sheet.collision.sides} == {"Sari", "Rani (Anda)"}
    said = [choice.said for choice in panel.sheet.buttons["opd"]]
    panel.sheet.buttons["opd"][said.index("DLH")].click()
    panel.sheet.confirm.click()
    qtbot.waitUntil(lambda: panel.frame.state is PanelState.EMPTY)
    read = town.writer.read
    assert read.complaint("rekaan:000001").opd == "DLH"
    panel.frame.action_asked.emit()
    qtbot.waitUntil(lambda: panel.sheet.collision is not None and panel.frame.state is PanelState.READY)
    assert len(read.conflicts()) == 1


def test_it_turns_to_the_versions_asked_for(panel, town):
    assert panel.current == both().doc
    town.desk.links.ask_conflict("rekaan:000001")
    assert panel.current == collision(1).doc
    panel.list.chosen.emit(both().doc)
    town.desk.links.ask_conflict("rekaan:000001")
    assert panel.current == collision(1).doc


def test_what_was_asked_for_before_it_was_made_or_here_is_turned_to(town, open_panel, qtbot):
    town.fill(8)
    town.handed["conflicts"] = [both()]
    town.desk.links.ask_conflict("rekaan:000001")
    panel = open_panel(Conflicts)
    qtbot.waitUntil(lambda: panel.current == both().doc)
    town.hand(Kind.CONFLICT, [both(), collision(1)])
    qtbot.waitUntil(lambda: panel.current == collision(1).doc)
    panel.list.chosen.emit(both().doc)
    town.hand(Kind.CONFLICT, [collision(2), both(), collision(1)])
    qtbot.waitUntil(lambda: len(panel.collisions) == 3)
    assert panel.current == both().doc, "what was shown once does not come back by itself"
