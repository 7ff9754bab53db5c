"""The panel's face: five states, none a blank; the footer; the language."""

from __future__ import annotations

import gc
import weakref

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QToolButton, QWidget

from console.core.phrases import Phrases
from widgets import theme
from widgets.bar_rows import BarRows
from widgets.chip import Chip
from widgets.panel_frame import PanelFrame, PanelState
from widgets.panel_page import MessagePage
from widgets.plain import Elided
from widgets.tokens import Tokens, scaled


@pytest.fixture
def frame(qtbot, said: Phrases, dark: Tokens) -> PanelFrame:
    made = PanelFrame("Antrean", "queue", said)
    qtbot.addWidget(made)
    made.set_content(BarRows("isi"))
    made.resize(600, 300)
    made.show()
    return made


def words(frame: PanelFrame) -> str:
    """All that can be read in the frame now."""
    labels = [each.text() for each in frame.findChildren(QLabel) if each.isVisible()]
    elided = [each.text for each in frame.findChildren(Elided) if each.isVisible()]
    return "\n".join(labels + elided)


def test_it_starts_loading_and_shows_a_skeleton_soon_and_words_late(qtbot, frame: PanelFrame) -> None:
    assert frame.state is PanelState.LOADING
    assert not frame.loading.skeleton.isVisible()
    qtbot.waitUntil(frame.loading.skeleton.isVisible, timeout=1000)
    assert not frame.loading.words.isVisible()
    frame.show_loading("Memuat 1.000 aduan…", 0.5, can_cancel=True)
    qtbot.waitUntil(frame.loading.words.isVisible, timeout=3000)
    assert frame.loading.progress.value() == 500
    with qtbot.waitSignal(frame.cancel_asked):
        frame.loading.cancel.click()


def test_a_quick_answer_flashes_no_skeleton(frame: PanelFrame) -> None:
    frame.show_ready()
    assert frame.state is PanelState.READY
    assert not frame.loading.skeleton.isVisible()
    assert not frame.loading._soon.isActive()
    assert not frame.loading._late.isActive()


def test_empty_says_so_and_offers_something(qtbot, frame: PanelFrame) -> None:
    frame.show_empty("Tidak ada aduan terbuka di Periuk", "Saringan: terbuka.", "Hapus saringan")
    assert "Tidak ada aduan terbuka di Periuk" in words(frame)
    with qtbot.waitSignal(frame.action_asked):
        frame.message.action.click()
    frame.show_empty("Kosong")
    assert not frame.message.action.isVisible()


def test_stale_keeps_the_content_and_says_since_when(frame: PanelFrame) -> None:
    content = BarRows("isi")
    frame.set_content(content)
    frame.show_ready()
    frame.show_stale("Basi sejak 10.42 WIB")
    assert content.isVisible()
    assert "Basi sejak 10.42 WIB" in words(frame)
    frame.show_ready()
    assert "Basi" not in words(frame)


def test_lost_keeps_the_content_and_says_why_and_when_next(qtbot, frame: PanelFrame) -> None:
    content = BarRows("isi")
    frame.set_content(content)
    frame.show_lost("Putus sejak 10.42", "alamat tidak menjawab", "dicoba lagi 10.55")
    assert content.isVisible()
    assert "Putus sejak 10.42 · alamat tidak menjawab · dicoba lagi 10.55" in words(frame)
    with qtbot.waitSignal(frame.retry_asked):
        frame._strip.retry.click()


def test_a_fault_says_what_where_and_remedy_and_can_be_copied(qtbot, frame: PanelFrame) -> None:
    frame.show_fault("Basis data rusak", "records.db", "Pulihkan cadangan.", "Coba lagi")
    assert "Di mana: records.db" in words(frame)
    assert "Pulihkan cadangan." in words(frame)
    with qtbot.waitSignal(frame.message.copy_asked):
        frame.message.copy.click()
    assert "Basis data rusak" in QGuiApplication.clipboard().text()
    with qtbot.waitSignal(frame.retry_asked):
        frame.message.action.click()


def test_the_footer_counts_what_is_under_way(frame: PanelFrame) -> None:
    frame.show_ready()
    frame.set_footer(counts="1.204 aduan", pending=2, refused=1, source="Open311")
    assert "2 menunggu · 1 ditolak" in words(frame)
    frame.set_footer(counts="1.204 aduan")
    assert "menunggu" not in words(frame)


def test_it_speaks_the_language_now_spoken(said: Phrases, frame: PanelFrame) -> None:
    frame.show_fault("Basis data rusak", "records.db", "")
    assert frame.message.copy.text() == "Salin rincian"
    said.speak("en")
    assert frame.message.copy.text() == "Copy details"


def test_the_menu_opens_below_its_button(qtbot, frame: PanelFrame) -> None:
    menu = next(each for each in frame.findChildren(QToolButton))
    assert "Antrean" in menu.accessibleName()
    with qtbot.waitSignal(frame.menu_asked) as asked:
        QTest.mouseClick(menu, Qt.MouseButton.LeftButton)
    assert asked.args[0].y() > menu.mapToGlobal(menu.rect().topLeft()).y()


def test_a_chip_stands_in_the_title_row(frame: PanelFrame) -> None:
    chip = Chip("Terbuka")
    frame.add_chip(chip)
    frame.show_ready()
    QApplication.processEvents()
    assert chip.isVisible()
    assert chip.geometry().bottom() < 60


def test_nothing_in_the_face_moves_when_data_arrive(frame: PanelFrame) -> None:
    frame.show_ready()
    QApplication.processEvents()
    before = frame._pages.geometry()
    frame.show_loading()
    frame.show_empty("Kosong")
    frame.show_ready()
    QApplication.processEvents()
    assert frame._pages.geometry() == before


def test_a_frame_that_is_gone_leaves_no_listener(qtbot, said: Phrases, dark: Tokens) -> None:
    frame = PanelFrame("Antrean", "queue", said)
    gone = weakref.ref(frame)
    frame.deleteLater()
    QApplication.sendPostedEvents(None, 52)  # DeferredDelete
    del frame
    gc.collect()
    assert gone() is None
    said.speak("en")
    assert len(said._listeners) == 0


def test_hostile_words_break_nothing(frame: PanelFrame) -> None:
    bad = "<img src=x onerror=y>" * 50 + "\x00\u202e"
    frame.set_title(bad)
    frame.set_footer(counts=bad, source=bad)
    frame.show_fault(bad, bad, bad, bad)
    frame.show_lost(bad, bad, bad)
    frame.show_empty(bad, bad, bad)
    frame.grab()
    assert isinstance(frame, QWidget)


def test_a_sentence_on_a_wide_page_has_room_for_all_its_lines(qtbot, said: Phrases, dark: Tokens) -> None:
    page = MessagePage(said)
    qtbot.addWidget(page)
    page.scale_to(dark)
    page.resize(1200, 700)
    page.show()
    for words in range(5, 60):
        page.tell("fault", "Disk melaporkan kesalahan.", "ruang " * words)
        QApplication.processEvents()
        body = page._body
        assert body.height() >= body.heightForWidth(body.width()), words


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_the_credit_gives_way_before_the_counts(frame: PanelFrame, dark: Tokens, scale: float) -> None:
    tokens = scaled(dark, scale)
    theme.dress(frame, tokens)
    licence = "Pengaduan Masyarakat Kota Rekaan, lisensi Creative Commons Atribusi 4.0, " * 3
    frame.set_footer(counts="1.204 aduan · 3 dipilih", pending=2, refused=1, source=licence)
    frame.resize(tokens.px(420), tokens.px(300))
    QApplication.processEvents()
    assert frame._counts.width() >= frame._counts.sizeHint().width()
    assert frame._pending.width() >= frame._pending.sizeHint().width()
    assert frame._source.width() < frame._source.sizeHint().width()
    frame.set_footer(counts="1.204 aduan", source="Open311")
    QApplication.processEvents()
    assert frame._source.width() == frame._source.sizeHint().width()
    right = frame._source.mapTo(frame, frame._source.rect().topRight()).x()
    assert right > frame.width() - tokens.px(20)
