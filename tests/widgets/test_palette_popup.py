"""The command palette: keys alone, filter, what cannot be now, coming and going."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import shiboken6
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from console.core.phrases import Phrases
from widgets.palette_popup import PaletteItem, PalettePopup
from widgets.tokens import Tokens

ITEMS = [
    PaletteItem("take", "Ambil aduan", "Saya yang mengurus", "person", "A"),
    PaletteItem("dispose", "Disposisi ke OPD…", "Teruskan", "outbox", "D"),
    PaletteItem("close", "Tutup aduan…", "", "check", "C", why="belum didisposisikan"),
    PaletteItem("evil", "<b>Tebal</b> & \x00", "<img>", "no-such-icon"),
]


@pytest.fixture
def popup(qtbot, said: Phrases, dark: Tokens) -> Iterator[PalettePopup]:
    window = QWidget()
    qtbot.addWidget(window)
    other = QLineEdit()
    QVBoxLayout(window).addWidget(other)
    made = PalettePopup(said, window)
    window.resize(900, 600)
    window.show()
    window.activateWindow()
    other.setFocus()
    made.open_with(ITEMS)
    yield made  # and its window lives as long


def test_it_opens_over_the_window_with_the_keyboard(qtbot, popup: PalettePopup) -> None:
    assert popup.isVisible()
    assert popup.window().focusWidget() is popup.field
    assert popup.shown == ["take", "dispose", "close", "evil"]
    assert popup.geometry().right() < 900
    popup.grab()


def test_typing_narrows_and_enter_runs(qtbot, popup: PalettePopup) -> None:
    QTest.keyClicks(popup.field, "disp")
    assert popup.shown[0] == "dispose"
    with qtbot.waitSignal(popup.chosen) as chosen:
        QTest.keyClick(popup.field, Qt.Key.Key_Return)
    assert chosen.args == ["dispose"]
    assert popup.isHidden()


def test_arrows_choose(qtbot, popup: PalettePopup) -> None:
    QTest.keyClick(popup.field, Qt.Key.Key_Up)
    QTest.keyClick(popup.field, Qt.Key.Key_Down)
    with qtbot.waitSignal(popup.chosen) as chosen:
        QTest.keyClick(popup.field, Qt.Key.Key_Enter)
    assert chosen.args == ["dispose"]


def test_what_cannot_be_now_does_not_run(qtbot, popup: PalettePopup) -> None:
    QTest.keyClicks(popup.field, "tutup")
    with qtbot.assertNotEmitted(popup.chosen):
        QTest.keyClick(popup.field, Qt.Key.Key_Return)
    assert popup.isVisible()


def test_escape_gives_the_keyboard_back(qtbot, popup: PalettePopup) -> None:
    with qtbot.waitSignal(popup.closed):
        QTest.keyClick(popup.field, Qt.Key.Key_Escape)
    assert isinstance(popup.window().focusWidget(), QLineEdit)
    assert popup.window().focusWidget() is not popup.field


@pytest.mark.parametrize("key", [Qt.Key.Key_Escape, Qt.Key.Key_Return])
def test_the_widget_that_had_the_keyboard_may_be_gone(qtbot, popup: PalettePopup, key: Qt.Key) -> None:
    run: list[str] = []
    popup.chosen.connect(run.append)
    gone = popup.window().findChild(QLineEdit, options=Qt.FindChildOption.FindDirectChildrenOnly)
    assert gone is not None
    shiboken6.delete(gone)
    QTest.keyClick(popup.field, key)
    assert popup.isHidden()
    assert run == (["take"] if key == Qt.Key.Key_Return else [])


def test_what_a_hand_chose_keeps_the_keyboard(popup: PalettePopup) -> None:
    elsewhere = QLineEdit(popup.window())
    elsewhere.show()
    elsewhere.setFocus()
    assert popup.isHidden()
    assert popup.window().focusWidget() is elsewhere


def test_opened_twice_it_still_knows_who_had_the_keyboard(popup: PalettePopup) -> None:
    popup.open_with(ITEMS)
    popup.close_it()
    assert popup.window().focusWidget() not in (None, popup.field)


def test_a_click_beside_it_closes(qtbot, popup: PalettePopup) -> None:
    QTest.mouseClick(popup.parentWidget(), Qt.MouseButton.LeftButton, pos=QPoint(2, 590))
    assert popup.isHidden()


def test_nothing_found_says_so(popup: PalettePopup) -> None:
    popup.field.setText("<i>zzzz</i>")
    assert popup.shown == []
    assert not popup.list.isVisible()
    assert "<i>zzzz</i>" in popup._none.text()


def test_a_caller_may_add_what_it_looked_up(qtbot, popup: PalettePopup) -> None:
    with qtbot.waitSignal(popup.typed) as typed:
        QTest.keyClicks(popup.field, "7")
    assert typed.args == ["7"]
    popup.set_items([*ITEMS, PaletteItem("adn-7", "ADN-7", "Lampu padam", "complaint")])
    assert popup.shown == ["adn-7"]


def test_many_items_show_the_first_and_count_the_rest(popup: PalettePopup) -> None:
    popup.set_items([PaletteItem(str(number), f"Wilayah {number}") for number in range(500)])
    assert len(popup.shown) == 50
    assert "450" in popup._foot.text()


def test_it_follows_its_window_and_the_language(said: Phrases, popup: PalettePopup) -> None:
    popup.parentWidget().resize(420, 300)
    assert popup.geometry().right() < 420
    said.speak("en")
    assert popup.accessibleName() == "Command palette"
