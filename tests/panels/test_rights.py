"""The panel of citizens' rights: who sees it, what it asks and tells, and that nothing typed stays."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit

from console.core.people import Right, Role, may
from console.panels.panel import Condition
from console.panels.rights import RightsPanel
from tests.models.test_rights import FOUND

CASE = "HAK/2026-7"
WHO = "Zulkarnaen Wiradikusuma"
ANSWER = {**FOUND, "complaints": 2, "items": 1, "backups": 3}


@pytest.fixture
def panel(town, open_panel):
    """Seen by a supervisor."""
    town.handed["person_known"] = True
    town.enter(Role.SUPERVISOR, "Sari")
    return open_panel(RightsPanel)


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
    assert note == "rights"
    return {name: value for name, value in values.items() if name not in ("id", "by", "session", "language")}


def answer(town, state: str = "done", **more: Any) -> None:
    told = [values for note, values in town.told if note == "rights" and values["do"] != "cancel"]
    town.desk.news.told.emit("rights", {"id": told[-1]["id"], "state": state, **more})


def find(panel, town, **more: Any) -> None:
    panel.buttons["find"].click()
    fill(panel, case=CASE, typed=WHO)
    panel.form.submit()
    answer(town, **{**ANSWER, **more})


def typed_anywhere() -> str:
    return " ".join(each.text() for each in QApplication.allWidgets() if isinstance(each, QLineEdit))


@pytest.mark.parametrize("role", list(Role))
def test_only_who_may_sees_it(town, open_panel, role):
    town.handed["person_known"] = True
    town.enter(role, "Tono")
    panel = open_panel(RightsPanel)
    if may(role, Right.PERSONAL_RIGHTS):
        assert panel.condition is Condition.READY
        assert panel.buttons["export"].isVisibleTo(panel) is may(role, Right.REVEAL)
    else:
        assert panel.frame.message.text.startswith("Hak warga hanya untuk supervisor dan pengelola.")
        panel.open("find")
        assert panel.form is None


def test_a_person_is_found_and_only_places_stand_there(panel, town):
    assert [name for name, button in panel.buttons.items() if button.isEnabled()] == ["find"]
    panel.buttons["find"].click()
    panel.form.submit()
    assert panel.form is not None, "a case has to be told"
    fill(panel, case=CASE)
    panel.form.submit()
    assert panel.form._refusal.text() == town.phrases.say("panels.rights.whom")
    fill(panel, typed=WHO)
    panel.form.submit()
    assert asked(town) == {"do": "find", "case": CASE, "typed": WHO, "complaint": ""}
    assert panel.form is None and WHO not in typed_anywhere()
    assert panel.progress.isVisible() and panel.cancel.isVisible() and panel.progress.maximum() == 0
    answer(town, "running", part=0.5)
    assert panel.progress.value() == 500
    answer(town, **ANSWER)
    assert not panel.progress.isVisible()
    rows = [[cell.text for cell in row.cells] for row in panel.table.rows.rows]
    assert rows == [
        ["konsol:9", "data pelapor (2), isi laporan (1)", "3"],
        ["konsol:2", "riwayat (1)", "2"],
        ["Kabar dari warga", "kabar (2)", "1"],
        ["Di luar laporan", "isi berkas (1)", ""],
    ]
    said = panel.summary.text()
    assert said.startswith(f"Perkara {CASE}: 7 tempat di 2 laporan dan 1 kabar dari sumber. Dicari 10.42 WIB")
    assert "1 nilai tersegel" in said and "3 cadangan" in said
    assert panel.counts() == "4 baris"
    assert panel.table.hasFocus() and panel.table.current_key == "konsol:9"
    assert WHO not in panel.window().windowTitle() + said


def test_nothing_found_is_an_answer(panel, town):
    find(panel, town, found=[], told_by=[], spoken=[], hits=0, closed=0, backups=0)
    assert "tidak ditemukan" in panel.summary.text() and not panel.table.isVisible()
    assert [name for name, button in panel.buttons.items() if button.isEnabled()] == ["find", "proof"]


def test_a_refusal_is_told_and_another_search_goes(panel, town):
    panel.buttons["find"].click()
    fill(panel, case=CASE, typed="a")
    panel.form.submit()
    answer(town, "refused", says="personal.rights.too_short", values={"least": 3})
    assert panel.outcome.text() == town.phrases.say("personal.rights.too_short", least=3)
    assert panel.buttons["find"].hasFocus(), "the keyboard is somewhere near"
    panel.buttons["find"].click()
    assert not panel.outcome.isVisible() and panel.form.value("case") == CASE and panel.form.value("typed") == ""


def test_enter_turns_the_windows_to_the_complaint(panel, town):
    find(panel, town)
    QTest.keyClick(panel.table, Qt.Key.Key_Return)
    assert town.desk.links.complaint == "konsol:9"
    panel.table.go(2)
    QTest.keyClick(panel.table, Qt.Key.Key_Return)
    assert town.desk.links.complaint == "konsol:9", "an item is no complaint"


def test_the_key_is_opened_with_its_code(panel, town):
    find(panel, town)
    panel.buttons["unlock"].click()
    fill(panel, code="rahasia-kode")
    panel.form.submit()
    assert asked(town) == {"do": "unlock", "case": CASE, "code": "rahasia-kode"}
    assert "rahasia-kode" not in typed_anywhere()
    answer(town)
    assert panel.outcome.text().startswith("Kunci kota dibuka")


def test_a_copy_is_written_where_one_says(panel, town):
    find(panel, town)
    picked = []
    panel.pick = lambda what, name, then: picked.append((what, name)) or then("/salinan")
    panel.buttons["export"].click()
    assert picked == [("copy", "salinan-HAK-2026-7-2026-11-21")]
    told = asked(town)
    assert told.pop("of") == panel.rights.found.id
    assert told == {"do": "export", "case": CASE, "names": ["konsol:9"], "path": "/salinan"}
    answer(town, says="personal.rights.handed", values={"path": "/salinan", "complaints": 1, "files": 2})
    assert "/salinan" in panel.outcome.text() and "Periksa dahulu" in panel.outcome.text()


def test_one_field_is_corrected(panel, town):
    find(panel, town)
    panel.buttons["correct"].click()
    fill(panel, field="reporter_phone", value="0812 9999 000")
    panel.form.submit()
    assert asked(town) == {
        "do": "correct", "case": CASE, "complaint": "konsol:9", "field": "reporter_phone", "value": "0812 9999 000",
    }  # fmt: skip
    assert "0812" not in typed_anywhere()
    answer(town, field="reporter_phone", complaint="konsol:9")
    assert panel.outcome.text() == (
        "Telepon pelapor di laporan konsol:9 dibetulkan. Nilai lama tidak ada lagi di konsol ini."
    )
    panel.table.go(2)
    assert not panel.buttons["correct"].isEnabled(), "what a source told its source corrects"
    panel.table.go(3)
    assert not panel.buttons["erase"].isEnabled(), "what is nobody's goes with what is erased"


def test_it_is_erased_after_a_second_word(panel, town):
    find(panel, town)
    panel.buttons["erase"].click()
    fill(panel, scope="who", stores="now")
    count = len(town.told)
    panel.form.submit()
    assert len(town.told) == count, "asked once more"
    says = panel.warning.text()
    assert panel.warning.isVisible() and panel.form.accessibleDescription() == says
    for part in ("konsol:9", "alamat rumah pelapornya", "Semua cadangan", "Tidak terjangkau", "tidak dapat dibatalkan"):
        assert part in says
    fill(panel, confirm="HAK/2026-8")
    panel.form.submit()
    assert len(town.told) == count and "lain" in panel.form._refusal.text()
    fill(panel, confirm=CASE.lower())
    panel.form.submit()
    assert not panel.warning.isVisible()
    told = asked(town)
    assert told.pop("of") == panel.rights.found.id
    assert told == {"do": "erase", "case": CASE, "names": ["konsol:9"], "scope": "who", "backups": True}
    answer(town, names=["konsol:9"], looked_for=4, left={}, scrubbed=True, backups=0, removed=3)
    said = panel.outcome.text()
    assert "Dihapus: 1" in said and "4 potong teks dicari" in said and "3 cadangan" in said and "bukti" in said
    assert panel.summary.text().endswith("Cari lagi untuk melihat keadaannya sekarang.")
    assert panel.table.hasFocus()


def test_all_they_told_of_go_together_where_that_is_wished(panel, town):
    find(panel, town, told_by=["konsol:9", "konsol:8"])
    panel.buttons["erase"].click()
    fill(panel, whose="all")
    panel.form.submit()
    assert "konsol:9, konsol:8" in panel.warning.text()
    fill(panel, confirm=CASE)
    panel.form.submit()
    assert asked(town)["names"] == ["konsol:9", "konsol:8"]
    answer(town, names=["konsol:9"], looked_for=1, left={"records.db": 2}, scrubbed=False, backups=1, removed=0)
    said = panel.outcome.text()
    assert "masih ditemukan di records.db" in said and "Mesin sinkronisasi" in said and "1 cadangan" in said


def test_of_anothers_complaint_the_words_alone_may_go_and_an_item_goes_whole(panel, town):
    find(panel, town)
    panel.table.go(1)
    panel.buttons["erase"].click()
    scope = panel.form.editor("scope")
    assert [scope.itemData(n) for n in range(scope.count())] == ["all", "words"]
    panel.form.cancelled.emit()
    panel.table.go(2)
    panel.buttons["erase"].click()
    assert "scope" not in panel.form.values()
    panel.form.submit()
    assert "Kabar dari warga" in panel.warning.text() and "tidak diambil" in panel.warning.text()
    fill(panel, confirm=CASE)
    panel.form.submit()
    assert asked(town)["names"] == ["item:1a"]


def test_the_proof_is_saved_and_shown(panel, town):
    find(panel, town)
    panel.pick = lambda what, name, then: then(f"/tmp/{name}")
    panel.buttons["proof"].click()
    assert asked(town) == {"do": "proof", "case": CASE, "path": "/tmp/bukti-HAK-2026-7.html"}
    parts = [["Perkara", [["Perkara", CASE], ["", "x"]]], ["Baris", [["1", "ab" * 32]]]]
    answer(town, says="x", values={"path": "/tmp/b.html", "hash": "1"}, title="Bukti", parts=parts)
    assert panel.outcome.text() == "Halaman bukti disimpan di /tmp/b.html."
    assert panel.proof.lines[:2] == ["Bukti", "Perkara"] and "abababab abababab" in panel.proof.lines[-1]
    panel.buttons["find"].click()
    fill(panel, case="HAK-8", typed=WHO)
    panel.form.submit()
    assert not panel.proof.lines, "it is that of another case"


def test_it_is_let_be_while_it_runs(panel, town):
    panel.buttons["find"].click()
    fill(panel, case=CASE, typed=WHO)
    panel.form.submit()
    assert not any(button.isEnabled() for button in panel.buttons.values())
    panel.cancel.click()
    assert asked(town)["do"] == "cancel"
    answer(town, "off", says="personal.rights.called_off")
    assert panel.outcome.text() == town.phrases.say("personal.rights.called_off")


@pytest.mark.parametrize("way", ["lock", "out", "other", "draft"])
def test_who_goes_leaves_nothing(panel, town, way):
    find(panel, town)
    panel.buttons["find"].click()
    fill(panel, typed=WHO)
    if way == "lock":
        town.desk.people.lock()
    elif way == "out":
        town.desk.people.out()
    elif way == "other":
        town.enter(Role.SUPERVISOR, "Wati")
    else:
        assert panel.take_draft() is None
    assert panel.form is None and panel.rights.found is None and panel.case == ""
    assert WHO not in typed_anywhere() and panel.table.rows.rowCount() == 0 and not panel.summary.isVisible()


def test_a_panel_that_is_left_keeps_nothing_that_was_typed(panel, town):
    find(panel, town)
    panel.buttons["find"].click()
    fill(panel, typed=WHO)
    panel.hide()
    assert panel.form is None and WHO not in typed_anywhere()
    assert panel.rights.found is not None, "places and numbers alone"
    assert panel.keep() == {}


def test_another_language_asks_the_same_and_copies_nothing(panel, town):
    find(panel, town)
    panel.buttons["find"].click()
    fill(panel, typed=WHO)
    town.phrases.speak("en")
    assert panel.buttons["find"].text() == "Find a person…" and panel.form is not None
    assert WHO not in typed_anywhere()
    panel.form.cancelled.emit()
    assert panel.form is None and "Case HAK/2026-7" in panel.summary.text()
