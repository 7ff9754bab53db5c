"""Photos in the complaint's page: brought by button, form, paste and drop; shown small; looked at inside; never run."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLineEdit

from console.core.lifecycle import Deed
from console.core.records import Changes, Kind
from console.panels.complaint import ComplaintSheet
from console.store.blobs import Blob
from tests.pictures import SCRIPT, exif, hostile, picture, with_segments

ONE, OTHER = "rekaan:000002", "rekaan:000003"
PATIENCE_MS = 30_000


@pytest.fixture
def sheet(town, open_panel, qtbot):
    town.fill(12)
    panel = open_panel(ComplaintSheet)
    panel.desk.links.select_complaint(ONE)
    qtbot.waitUntil(lambda: panel.sheet is not None)
    panel.roll.setFocus()
    return panel


def saved(tmp_path: Path, name: str, data: bytes) -> str:
    path = tmp_path / name
    path.write_bytes(data)
    return str(path)


def bring(sheet, qtbot, *paths: str) -> None:
    count = len(sheet.files.tiles.tiles)
    sheet.files.bring_paths(sheet.sheet.complaint, paths)
    qtbot.waitUntil(lambda: len(sheet.files.tiles.tiles) == count + len(paths))


def only(sheet):
    [tile] = sheet.files.tiles.tiles.values()
    return tile


def told(sheet, qtbot) -> str:
    qtbot.waitUntil(lambda: sheet.refusal.isVisible())
    return sheet.refusal.text()


def test_where_there_is_none_it_says_how(sheet):
    assert sheet.files.none.isVisible()
    assert "seret berkas" in sheet.files.none.text()


def test_a_photo_is_attached_by_the_button_and_shown_small(sheet, qtbot, tmp_path):
    path = saved(tmp_path, "lubang.jpeg", picture(800, 600))
    sheet.files.choose_files = lambda then: then([path])
    sheet.files.add.click()
    qtbot.waitUntil(lambda: bool(sheet.files.tiles.tiles))
    qtbot.waitUntil(lambda: only(sheet).picture is not None)
    assert only(sheet).face.name == "lubang.jpg"
    assert "menunggu kirim" in only(sheet).face.says
    assert max(only(sheet).picture.width(), only(sheet).picture.height()) == 320
    assert sheet.history.entries[0].what == "Lampirkan"
    assert sheet.history.entries[0].text == "lubang.jpg"


@pytest.mark.parametrize("place", ["dropped", "kept"])
def test_the_form_asks_for_path_and_position(sheet, town, qtbot, tmp_path, place):
    kept = place == "kept"
    data = with_segments(picture(), exif(turn=6))
    sheet.start(Deed.ATTACH)
    field = sheet.form.field("name")
    assert isinstance(field, QLineEdit)
    field.setText(saved(tmp_path, f"{place}.jpg", data))
    choice = sheet.form.field("place")
    choice.setCurrentIndex(choice.findData(place))
    sheet.form.submit()
    qtbot.waitUntil(lambda: bool(sheet.files.tiles.tiles))
    qtbot.waitUntil(lambda: sheet.form.face is None)
    newest = sheet.sheet.files[0]
    whole = b"".join(town.store.blobs.peek(name) for name in newest.pieces)
    assert (b"RUMAH-PELAPOR" in whole) is kept
    assert newest.placed is kept


@pytest.mark.parametrize("name", sorted(hostile()))
def test_what_is_hostile_is_refused_in_words_where_it_was_asked(sheet, qtbot, tmp_path, name):
    sheet.files.bring_paths(sheet.sheet.complaint, [saved(tmp_path, "foto.jpg", hostile()[name])])
    assert told(sheet, qtbot)
    assert "files." not in sheet.refusal.text()
    assert not sheet.files.tiles.tiles and not sheet.files.under_way_on(ONE)


def test_a_path_that_leads_nowhere_is_said_in_the_form(sheet, qtbot):
    sheet.start(Deed.ATTACH)
    sheet.form.field("name").setText("/tidak/ada.jpg")
    sheet.form.submit()
    qtbot.waitUntil(lambda: not sheet.files.under_way_on(ONE))
    assert sheet.form.isVisible()
    assert "tidak ada" in sheet.form._form._refusal.text()


def test_a_picture_is_pasted(sheet, qtbot):
    QGuiApplication.clipboard().setImage(QImage.fromData(picture(form="PNG")))
    QTest.keyClick(sheet, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(sheet.files.tiles.tiles))
    assert only(sheet).face.name == "tempelan.png"


def test_text_in_the_clipboard_is_no_file(sheet):
    QGuiApplication.clipboard().setText("https://contoh.id/foto.jpg")
    QTest.keyClick(sheet, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert not sheet.files.under_way_on(ONE) and sheet.form.face is None


def dropped(sheet, mime: QMimeData) -> bool:
    action, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    at, none = QPoint(40, 40), Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(at, action, mime, left, none)
    enter.ignore()
    sheet.dragEnterEvent(enter)
    if enter.isAccepted():
        sheet.dropEvent(QDropEvent(at.toPointF(), action, mime, left, none))
    return enter.isAccepted()


def test_files_are_dropped(sheet, qtbot, tmp_path):
    mime = QMimeData()
    paths = [saved(tmp_path, "a.jpg", picture()), saved(tmp_path, "b.txt", b"Surat warga\n")]
    mime.setUrls([QUrl.fromLocalFile(path) for path in paths])
    assert dropped(sheet, mime)
    qtbot.waitUntil(lambda: len(sheet.files.tiles.tiles) == 2)


def test_what_lies_elsewhere_is_not_taken(sheet):
    mime = QMimeData()
    mime.setUrls([QUrl("https://contoh.id/foto.jpg")])
    assert not dropped(sheet, mime)


def test_the_same_photo_twice_is_said_to_be_there(sheet, qtbot, tmp_path):
    path = saved(tmp_path, "a.jpg", picture())
    bring(sheet, qtbot, path)
    sheet.files.bring_paths(sheet.sheet.complaint, [path])
    assert "sudah dilampirkan oleh" in told(sheet, qtbot)


def test_a_photo_is_looked_at_inside_and_escape_leads_back(sheet, qtbot, tmp_path):
    bring(sheet, qtbot, saved(tmp_path, "a.jpg", picture(900, 700)))
    only(sheet).click()
    view = sheet.files.view
    qtbot.waitUntil(lambda: view.picture.image is not None)
    assert view.isVisible() and view.geometry() == sheet.content.rect()
    assert view.title.text() == "a.jpg" and "Rani" in view.says.text()
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert not view.isVisible()


def test_words_are_shown_as_they_are(sheet, qtbot, tmp_path):
    words = "Surat <b>warga</b> " + "\u202e" + "gnp.exe\nhttps://contoh.id\n"
    bring(sheet, qtbot, saved(tmp_path, "surat.txt", words.encode()))
    only(sheet).click()
    view = sheet.files.view
    qtbot.waitUntil(lambda: view.words.isVisible())
    assert view.words.toPlainText() == "Surat <b>warga</b> gnp.exe\nhttps://contoh.id"


def test_a_pdf_is_not_opened_and_a_copy_can_be_saved(sheet, qtbot, tmp_path):
    pdf = b"%PDF-1.7\n/JavaScript (app.alert)\n%%EOF\n"
    bring(sheet, qtbot, saved(tmp_path, "bukti.pdf", pdf))
    only(sheet).click()
    view = sheet.files.view
    qtbot.waitUntil(lambda: view.save.isEnabled())
    assert "tidak dibuka di konsol" in view.says.text()
    place = tmp_path / "salinan.pdf"
    sheet.files.choose_place = lambda _name, then: then(str(place))
    view.save.click()
    qtbot.waitUntil(lambda: "salinan.pdf" in view.says.text())
    assert place.read_bytes() == pdf


def test_what_is_not_here_yet_says_so_and_is_asked_for(town, open_panel, qtbot, tmp_path, monkeypatch):
    town.fill(12)
    asked: list[str] = []
    object.__setattr__(town.desk, "fetch_file", asked.append)
    sheet = open_panel(ComplaintSheet)
    sheet.desk.links.select_complaint(ONE)
    qtbot.waitUntil(lambda: sheet.sheet is not None)
    bring(sheet, qtbot, saved(tmp_path, "a.txt", b"baris\n" * 20_000))
    file = sheet.sheet.files[0]
    town.store.pieces_lost(file.pieces[1:], [ONE])
    town.desk.news.changed.emit(Changes(frozenset({Kind.FILE}), frozenset({ONE})))
    qtbot.waitUntil(lambda: "terunduh 54 %" in only(sheet).face.says)
    assert 0.5 < only(sheet).face.share < 0.6
    only(sheet).click()
    assert asked == [file.sha256]
    assert not sheet.files.view.save.isEnabled()
    town.store.pieces_came([Blob.of(town.store.blobs.peek(name)) for name in file.pieces[1:]], [ONE])
    town.desk.news.changed.emit(Changes(frozenset({Kind.FILE}), frozenset({ONE})))
    qtbot.waitUntil(lambda: sheet.files.view.words.isVisible())


def test_damaged_bytes_are_said_and_asked_for_anew(town, open_panel, qtbot, tmp_path):
    town.fill(12)
    asked: list[str] = []
    object.__setattr__(town.desk, "fetch_file", asked.append)
    sheet = open_panel(ComplaintSheet)
    sheet.desk.links.select_complaint(ONE)
    qtbot.waitUntil(lambda: sheet.sheet is not None)
    bring(sheet, qtbot, saved(tmp_path, "a.jpg", picture()))
    file = sheet.sheet.files[0]
    town.store.blobs.path(file.pieces[0]).write_bytes(SCRIPT)
    only(sheet).click()
    qtbot.waitUntil(lambda: bool(asked))
    assert "rusak atau hilang" in sheet.files.view.says.text()
    assert sheet.files.view.picture.image is None


def test_taking_it_back_takes_the_tile_and_the_view(sheet, qtbot, tmp_path):
    bring(sheet, qtbot, saved(tmp_path, "a.jpg", picture()))
    only(sheet).click()
    qtbot.waitUntil(lambda: sheet.files.view.picture.image is not None)
    sheet.take_back()
    qtbot.waitUntil(lambda: not sheet.files.tiles.tiles)
    assert not sheet.files.view.isVisible()


def test_another_complaint_closes_the_view(sheet, qtbot, tmp_path):
    bring(sheet, qtbot, saved(tmp_path, "a.jpg", picture()))
    only(sheet).click()
    sheet.desk.links.select_complaint("rekaan:000003")
    assert not sheet.files.view.isVisible()
    qtbot.waitUntil(lambda: not sheet.files.tiles.tiles)


def test_the_dialogs_speak_our_language_and_hold_nothing_up(sheet):
    sheet.files.add.click()
    sheet.files.choose_place("salinan.pdf", lambda _path: None)
    several, one = sheet.files.findChildren(QFileDialog)
    assert several.fileMode() is QFileDialog.FileMode.ExistingFiles
    assert several.nameFilters()[0].startswith("Foto, PDF dan teks (*.jpg ")
    assert one.acceptMode() is QFileDialog.AcceptMode.AcceptSave
    for dialog in (several, one):
        assert dialog.labelText(QFileDialog.DialogLabel.LookIn) == "Cari di"
        dialog.close()


def turned(sheet, qtbot, complaint: str) -> None:
    sheet.desk.links.select_complaint(complaint)
    qtbot.waitUntil(lambda: sheet.sheet is not None and sheet.sheet.complaint.id == complaint, timeout=PATIENCE_MS)


def attached(town, complaint: str) -> list[str]:
    return [row.name for row in town.writer.read.files_of(complaint)]


def test_a_photo_goes_to_the_complaint_it_was_brought_for(sheet, town, qtbot, tmp_path):
    path = saved(tmp_path, "a.jpg", picture())
    with town.readers_busy():
        sheet.files.bring_paths(sheet.sheet.complaint, [path])
        town.desk.links.select_complaint(OTHER)
    qtbot.waitUntil(lambda: attached(town, ONE) == ["a.jpg"], timeout=PATIENCE_MS)
    assert attached(town, OTHER) == []


def test_the_page_may_turn_while_one_chooses(sheet, town, qtbot, tmp_path):
    path = saved(tmp_path, "a.jpg", picture())

    def choose(then) -> None:
        turned(sheet, qtbot, OTHER)
        then([path])

    sheet.files.choose_files = choose
    sheet.files.add.click()
    qtbot.waitUntil(lambda: attached(town, ONE) == ["a.jpg"], timeout=PATIENCE_MS)
    assert attached(town, OTHER) == []


def test_nothing_is_brought_while_none_is_read(sheet, town, qtbot, tmp_path):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(saved(tmp_path, "a.jpg", picture()))])
    sheet.files.choose_files = lambda then: then([saved(tmp_path, "b.jpg", picture())])
    with town.readers_busy():
        town.desk.links.select_complaint(OTHER)
        assert not dropped(sheet, mime)
        sheet.files.add.click()
        assert not sheet.files.under_way_on(ONE)
        assert not sheet.files.under_way_on(OTHER)


@pytest.mark.parametrize("name", ["foto.jpg", "tidak/ada.jpg"])
def test_one_that_cannot_be_attached_any_more_is_told_with_its_complaint(sheet, town, qtbot, tmp_path, name):
    path = saved(tmp_path, "foto.jpg", picture())
    bring(sheet, qtbot, path)  # it is there already: the deed is refused; or it is nowhere: it cannot be read
    qtbot.waitUntil(lambda: not sheet.doing.under_way, timeout=PATIENCE_MS)
    with qtbot.waitSignal(sheet.deed_told, timeout=PATIENCE_MS, check_params_cb=lambda why, _on: why) as told_above:
        with town.readers_busy():
            sheet.files.bring_paths(sheet.sheet.complaint, [str(tmp_path / name)])
            town.desk.links.select_complaint(OTHER)
    assert told_above.args[1] == ONE
    assert not sheet.refusal.isVisible()


def test_a_file_that_is_dropped_closes_no_form_and_says_that_it_is_being_saved(sheet, town, qtbot, tmp_path):
    sheet.start(Deed.NOTE)
    sheet.form.field("text").setPlainText("Sedang diketik.")
    with town.readers_busy():
        sheet.files.bring_paths(sheet.sheet.complaint, [saved(tmp_path, "a.jpg", picture())])
        assert sheet.waiting.text().startswith("Sedang disimpan")
        assert sheet.form._form.ok.isEnabled()
        sheet.start(Deed.ATTACH)
        assert not sheet.form._form.ok.isEnabled()
        sheet.start(Deed.NOTE)
    qtbot.waitUntil(lambda: attached(town, ONE) == ["a.jpg"], timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not sheet.doing.under_way, timeout=PATIENCE_MS)
    assert sheet.form.face is not None
    assert not sheet.waiting.text().startswith("Sedang disimpan")
