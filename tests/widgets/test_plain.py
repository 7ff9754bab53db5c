"""Text from outside is shown as text, whatever it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from widgets.plain import MOST, Elided, Label, lines, one_line, tip
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
