"""Text from outside is shown as text, whatever it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from widgets.plain import MOST, Elided, Label, breakable, lines, one_line, tip
from widgets.theme import Role
from widgets.tokens import Tokens

HOSTILE = (
    "<b>tebal</b>",
    "<img src=x onerror=alert(1)>",
    "<a href='http://x'>klik</a>",
    "&lt;b&gt; &amp; &#60;",
    "x" * 100_000,
    "baris\nsatu\r\ndua\u2028tiga",
    "\u202eterbalik\u202c dan \u2067sisip\u2069",
    "مرحبا بالعالم שלום",
    "😀👨‍👩‍👧‍👦🇮🇩 e\u0301\u0301\u0301",
    "nol\x00nol\x1b[31m\x07",
    "{nilai} %s %n &Menu",
    "\ud800 sendiri",
    "",
)


@given(st.text(st.characters(), max_size=2000))
def test_one_line_is_short_single_and_turns_nothing(text: str) -> None:
    safe = one_line(text)
    assert len(safe) <= MOST
    assert not any(char in safe for char in "\n\r\x00\u2028\u202e\u2066")
    safe.encode("utf-8")
    assert one_line(safe) == safe


@given(st.text(max_size=300))
def test_a_tooltip_has_no_markup_but_its_own(text: str) -> None:
    said = tip(text)
    inside = said.removeprefix("<qt>").removesuffix("</qt>").replace("<br/>", "")
    assert "<" not in inside
    assert ">" not in inside


def test_plain_text_is_kept_as_it_is() -> None:
    assert one_line("Jalan Daan Mogot No. 5 — “rusak” ½ naïve") == "Jalan Daan Mogot No. 5 — “rusak” ½ naïve"
    assert lines("satu\ndua") == "satu\ndua"
    assert tip("") == ""


@pytest.mark.parametrize("text", HOSTILE)
def test_labels_never_read_markup(qtbot, dark: Tokens, text: str) -> None:
    label = Label(text, wrap=True)
    qtbot.addWidget(label)
    assert label.textFormat() is Qt.TextFormat.PlainText
    label.resize(300, 60)
    label.grab()


def picture(part: Elided) -> QImage:
    part.resize(200, 20)
    return part.grab().toImage()


def test_markup_is_drawn_letter_by_letter(qtbot, dark: Tokens) -> None:
    plain, marked = Elided("tebal"), Elided("<b>tebal</b>")
    strong = Elided("tebal", Role.STRONG)
    for part in (plain, marked, strong):
        qtbot.addWidget(part)
    assert picture(marked) != picture(strong)
    assert marked.sizeHint().width() > plain.sizeHint().width() + 20


@pytest.mark.parametrize("text", HOSTILE)
def test_an_elided_line_keeps_its_width_and_says_the_rest_on_hover(qtbot, dark: Tokens, text: str) -> None:
    part = Elided(text)
    qtbot.addWidget(part)
    part.resize(60, 20)
    part.grab()
    assert part.accessibleName() == one_line(text)
    if len(one_line(text)) > 20:
        assert part.toolTip().startswith("<qt>")
        assert "<b>" not in part.toolTip()


COUNTS = "3.794 terbuka · 871 lewat batas · 901 masuk"


def test_half_a_number_is_never_shown(qtbot, dark: Tokens) -> None:
    part = Elided(COUNTS, Role.STRONG, whole=True)
    qtbot.addWidget(part)
    wide = part.sizeHint().width()
    part.resize(wide, 20)
    assert part.shown == COUNTS
    seen = set()
    for width in range(wide - 4, part.minimumSizeHint().width(), -1):
        part.resize(width, 20)
        seen.add(part.shown)
    assert {"3.794 terbuka · 871 lewat batas · …", "3.794 terbuka · …"} <= seen
    assert all("87…" not in each and "90…" not in each for each in seen)


ADDRESS = "https://foto.example/bagi?kunci=" + "aB3xY9" * 30


def test_an_overlong_word_gives_way_and_is_still_what_was_said(qtbot, dark: Tokens) -> None:
    label = Label(f"Lihat {ADDRESS} ini", wrap=True)
    qtbot.addWidget(label)
    assert label.minimumSizeHint().width() <= 64
    assert label.heightForWidth(200) > 4 * label.heightForWidth(10_000)
    assert label.text() == f"Lihat {ADDRESS} ini"
    assert Label(ADDRESS).minimumSizeHint().width() > 500, "one that does not wrap keeps its width"


@given(st.text(st.characters(), max_size=300))
def test_breaks_change_nothing_of_what_is_said(text: str) -> None:
    assert breakable(text).replace("\u200b", "") == text.replace("\u200b", "")


@pytest.mark.parametrize("text", ["Pertanggungjawabannya", "Jalan Daan Mogot No. 5", "", "a" * 30])
def test_words_people_write_are_left_alone(text: str) -> None:
    assert breakable(text) == text


def test_no_break_is_offered_within_what_is_drawn_as_one() -> None:
    families = "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 20
    accents = "e\u0301" * 40
    assert breakable(families) == families
    assert "\u200b\u0301" not in breakable(accents)
    assert "\u200b" in breakable(accents)


@pytest.mark.parametrize("way", ["key", "menu"])
def test_what_is_copied_is_what_was_said(qtbot, dark: Tokens, way: str) -> None:
    label = Label(ADDRESS, wrap=True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    qtbot.addWidget(label)
    label.resize(300, 200)
    label.show()
    label.setFocus()
    label.setSelection(0, len(breakable(ADDRESS)))
    QGuiApplication.clipboard().clear()
    if way == "key":
        QTest.keyClick(label, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    else:
        at = label.rect().center()
        QApplication.sendEvent(label, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, label.mapToGlobal(at)))
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        copy = next(entry for entry in menu.actions() if entry.objectName() == "edit-copy")
        menu.setActiveAction(copy)
        QTest.keyClick(menu, Qt.Key.Key_Return)
    assert QGuiApplication.clipboard().text() == ADDRESS
