"""The list of people: who sees it, what it tells, and that every change is asked of the engine and told in its form."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLineEdit

from console.core.people import Role
from console.core.people_notes import PersonAnswer, PersonOutcome, Wish, answer_values
from console.core.records import Kind
from console.panels.people import PeopleList
from console.store.disk_guard import Guard
from tests.town import NOW, person
from widgets.panel_frame import PanelState

PATIENCE_MS = 20_000
SECRET = "pelangi sore di atas jembatan"


@pytest.fixture
def panel(town, open_panel, qtbot):
    """Seen by an administrator."""
    town.handed["person"] = [person(0), person(1), person(2, ended_at=NOW)]
    town.enter(Role.ADMIN, "Sari")
    made = open_panel(PeopleList)
    qtbot.waitUntil(lambda: made.table.rows.rowCount() == 3, timeout=PATIENCE_MS)
    return made


def rows(panel) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in panel.table.rows.rows]


def fill(panel, **values: str) -> None:
    for name, value in values.items():
        editor = panel.form.editor(name)
        if isinstance(editor, QComboBox):
            editor.setCurrentIndex(editor.findData(value))
        else:
            assert isinstance(editor, QLineEdit)
            editor.setText(value)


def asked(town) -> dict[str, Any]:
    note, values = town.told[-1]
    assert note == "person"
    return {name: value for name, value in values.items() if name not in ("ask", "session")}


def answer(town, **more: Any) -> None:
    told = PersonAnswer(str(town.told[-1][1]["ask"]), **{"outcome": PersonOutcome.TAKEN, **more})
    town.desk.news.told.emit("person", answer_values(told))


def test_everybody_stands_there_with_role_and_standing(panel):
    assert rows(panel) == [
        ["Sari Wulandari", "Pengelola", "Kata sandi sejak 08.42 WIB"],
        ["Rani Putri", "Operator", "Kata sandi sejak Jum 20 Nov 2026 08.42 WIB"],
        ["Budi Santoso", "Pos lapangan", "Berakhir 10.42 WIB"],
    ]
    assert panel.table.rows.rows[1].cells[0].second == "rani.putri"
    assert panel.counts() == "2 orang · 1 sudah berakhir"


def test_one_who_cannot_sign_in_is_told(panel, town, qtbot):
    town.hand(Kind.PERSON, [person(0), person(1, clash="login")])
    qtbot.waitUntil(lambda: len(rows(panel)) == 2, timeout=PATIENCE_MS)
    assert rows(panel)[1][2] == town.phrases.say("people.clash_login")


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_only_who_governs_them_sees_them(panel, town, role):
    panel.table.go(1)
    panel.open_form(Wish.CHANGE)
    town.enter(role, "Tono")
    assert panel.frame.state is PanelState.EMPTY
    assert panel.frame.message.text.startswith("Daftar orang hanya untuk pengelola.")
    assert panel.form is None
    assert not rows(panel)
    assert panel.counts() == ""


def test_while_nobody_is_known_it_leads_to_the_first(town, open_panel):
    panel = open_panel(PeopleList)
    wishes = []
    panel.wants.connect(lambda *wish: wishes.append(wish))
    assert panel.frame.state is PanelState.EMPTY
    panel.frame.message.action.click()
    assert wishes == [("do", "first")]


def test_a_person_is_added(panel, town):
    panel.add.click()
    fill(panel, login="wati", name="Wati Ningsih", role="tamu", secret=SECRET, again=SECRET)
    panel.form.submit()
    assert asked(town) == {
        "do": "add", "login": "wati", "name": "Wati Ningsih", "role": "tamu", "secret": SECRET,
    }  # fmt: skip
    assert panel.form.busy.text() == "Menyimpan…"
    answer(town)
    assert panel.form is None
    assert panel.outcome.text() == "Wati Ningsih kini dapat masuk."


def test_a_refusal_is_told_in_the_form_and_what_was_typed_stays(panel, town):
    panel.add.click()
    fill(panel, login="rani.putri", name="Wati", role="tamu", secret=SECRET, again=SECRET)
    panel.form.submit()
    answer(town, outcome=PersonOutcome.REFUSED, says="people.login_taken", values={"login": "rani.putri"})
    assert panel.form._refusal.text() == town.phrases.say("people.login_taken", login="rani.putri")
    assert panel.form.value("name") == "Wati"
    assert not panel.form.busy.text()


def test_secrets_that_differ_are_not_asked(panel, town):
    panel.add.click()
    count = len(town.told)
    fill(panel, login="wati", name="Wati", role="tamu", secret=SECRET, again=SECRET + "!")
    panel.form.submit()
    assert len(town.told) == count


def test_only_what_was_changed_is_asked(panel, town):
    panel.table.go(1)
    panel.table.setFocus()
    QTest.keyClick(panel.table, Qt.Key.Key_Return)
    fill(panel, role="supervisor")
    panel.form.submit()
    assert asked(town) == {"do": "change", "person": "orang-1", "role": "supervisor"}
    answer(town)
    assert "Rani Putri" in panel.outcome.text()
    panel.open_form(Wish.CHANGE)
    count = len(town.told)
    panel.form.submit()
    assert panel.form is None
    assert len(town.told) == count, "nothing was changed"


def test_an_account_ends_only_for_who_types_its_login(panel, town):
    panel.table.go(1)
    panel.buttons[Wish.END].click()
    count = len(town.told)
    fill(panel, confirm="rani")
    panel.form.submit()
    assert len(town.told) == count
    fill(panel, confirm="Rani.Putri")
    panel.form.submit()
    assert asked(town) == {"do": "end", "person": "orang-1"}


def test_another_secret_is_for_others_ones_own_is_changed_with_the_old(panel, town, qtbot):
    panel.table.go(1)
    panel.buttons[Wish.SECRET].click()
    fill(panel, secret=SECRET, again=SECRET)
    panel.form.submit()
    assert asked(town) == {"do": "secret", "person": "orang-1", "secret": SECRET}
    answer(town)
    town.hand(Kind.PERSON, [person(0, id="orang-Sari"), person(1)])
    qtbot.waitUntil(lambda: len(rows(panel)) == 2, timeout=PATIENCE_MS)
    assert panel.table.rows.rows[0].cells[0].second == "sari.wulandari · Anda"
    panel.table.go(0)
    assert not panel.buttons[Wish.SECRET].isEnabled()
    assert panel.buttons[Wish.CHANGE].isEnabled()


def test_who_has_ended_is_not_changed_any_more(panel):
    panel.table.go(2)
    assert not any(button.isEnabled() for button in panel.buttons.values())
    panel.open_form(Wish.CHANGE)
    assert panel.form is None


def test_another_language_keeps_what_was_typed_but_no_secret(panel, town):
    panel.add.click()
    fill(panel, login="wati", secret=SECRET, again=SECRET)
    town.phrases.speak("en")
    assert panel.form.value("login") == "wati"
    assert panel.form.value("secret") == ""
    assert panel.add.text() == "Add a person…"


def test_a_form_goes_with_who_opened_it(panel, town):
    panel.add.click()
    fill(panel, secret=SECRET)
    assert panel.take_draft() is None
    assert panel.form is None


def test_the_answer_to_a_form_that_is_gone_changes_no_other(panel, town):
    panel.add.click()
    fill(panel, login="wati", name="Wati", role="tamu", secret=SECRET, again=SECRET)
    panel.form.submit()
    panel.close_form()
    panel.table.go(1)
    panel.open_form(Wish.CHANGE)
    answer(town, outcome=PersonOutcome.REFUSED, says="people.busy")
    assert not panel.form._refusal.isVisible()


@pytest.mark.parametrize("guard", list(Guard))
def test_a_disk_that_anybody_can_read_is_told_to_who_governs(town, open_panel, qtbot, monkeypatch, guard):
    monkeypatch.setattr("console.store.read.guard_of", lambda _folder: guard)
    town.handed["person"] = [person(0)]
    town.enter(Role.ADMIN, "Sari")
    made = open_panel(PeopleList)
    qtbot.waitUntil(lambda: made.table.rows.rowCount() == 1, timeout=PATIENCE_MS)
    assert made.disk.isVisibleTo(made) is (guard is Guard.PLAIN)
    assert guard is not Guard.PLAIN or "tidak terenkripsi" in made.disk.text()
