"""The line to look for something in has its mark in the size and colour of its window."""

from __future__ import annotations

from PySide6.QtCore import QRect
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from widgets import theme
from widgets.search_field import MOST, SearchField
from widgets.tokens import Tokens, load, scaled


def test_text_begins_right_of_the_mark_at_every_size(qtbot: QtBot, dark: Tokens) -> None:
    field = SearchField()
    qtbot.addWidget(field)
    for scale in (1.0, 2.5):
        tokens = scaled(dark, scale)
        theme.dress(field, tokens)
        field.resize(tokens.px(300), field.sizeHint().height())
        assert field.textMargins().left() > tokens.icon
        assert inked(field, tokens)


def inked(field: SearchField, tokens: Tokens) -> int:
    """Dots of the mark's colour where the mark stands."""
    place = QRect(2 * tokens.unit, (field.height() - tokens.icon) // 2, tokens.icon, tokens.icon)
    seen: QImage = field.grab(place).toImage()
    wanted = theme.colour(tokens.second)
    return sum(seen.pixelColor(x, y) == wanted for x in range(seen.width()) for y in range(seen.height()))


def test_it_is_drawn_anew_in_another_theme(qtbot: QtBot, dark: Tokens) -> None:
    field = SearchField()
    qtbot.addWidget(field)
    field.resize(300, field.sizeHint().height())
    light = load("light")
    theme.dress(field, light)
    assert inked(field, light)


def test_it_ends_where_no_search_is_that_long(qtbot: QtBot, dark: Tokens) -> None:
    field = SearchField()
    qtbot.addWidget(field)
    field.setText("x" * 1000)
    assert len(field.text()) == MOST
