"""Puts the tokens on the screen: palette, one style sheet, the shipped fonts. Widgets ask here for colour and font.

`apply` dresses the program, `dress` one window (a wall has its own sizes). A widget asks `of(self)` while it
paints, so that a change of theme needs no more than a repaint.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from importlib.resources import files
from string import Template

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetricsF, QPalette, QPen
from PySide6.QtWidgets import QApplication, QStyleFactory, QWidget

from widgets.tokens import Tokens, colours, load, scaled, wall_scale

__all__ = ["Role", "Tokens", "apply", "colour", "dress", "font", "load", "metrics", "of", "pen", "scaled", "wall_scale"]

FAMILIES = ("Plus Jakarta Sans", "Noto Sans")
"""The interface's family and its fallback. Both are shipped, so that pictures do not differ between machines."""

_PROPERTY = "kendali_tokens"


class Role(StrEnum):
    """What a text is for; its size and weight follow."""

    BODY = "body"
    STRONG = "strong"
    SECOND = "second"
    TITLE = "title"
    KEY = "key"
    FAULT = "fault"
    """A short complaint beside a field."""


@cache
def colour(code: str) -> QColor:
    """The colour of a token. Shared: never change it."""
    return QColor(code)


@cache
def pen(code: str, width: float = 1.0, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    """A pen that stays `width` pixels wide whatever the painter's scale. Shared: never change it."""
    made = QPen(QColor(code), width, style)
    made.setCosmetic(True)
    return made


@cache
def _font(px: int, weight: QFont.Weight, tabular: bool) -> QFont:
    made = QFont()
    made.setFamilies(list(FAMILIES))
    made.setPixelSize(px)
    made.setWeight(weight)
    made.setWordSpacing(px * 0.07)  # the family's spaces are narrow: "4 jam 12 mnt" would run together at 11 px
    # Coloured fringes of subpixel drawing would be the only colour of a calm screen.
    made.setStyleStrategy(QFont.StyleStrategy.PreferAntialias | QFont.StyleStrategy.NoSubpixelAntialias)
    if tabular:
        made.setFeature(QFont.Tag("tnum"), 1)
    return made


@cache
def font(tokens: Tokens, role: Role = Role.BODY, tabular: bool = True) -> QFont:
    """The font of a role, with figures of equal width but in headlines. Shared: copy before changing it."""
    size, weight = {
        Role.BODY: (tokens.body, QFont.Weight.Normal),
        Role.STRONG: (tokens.body, QFont.Weight.DemiBold),
        Role.SECOND: (tokens.second_px, QFont.Weight.Normal),
        Role.TITLE: (tokens.title, QFont.Weight.DemiBold),
        Role.KEY: (tokens.key, QFont.Weight.DemiBold),
        Role.FAULT: (tokens.second_px, QFont.Weight.DemiBold),
    }[role]
    return _font(size, weight, tabular and role is not Role.KEY)


@cache
def metrics(tokens: Tokens, role: Role = Role.BODY) -> QFontMetricsF:
    """Measures of that font."""
    return QFontMetricsF(font(tokens, role))


@cache
def _fonts_loaded() -> tuple[str, ...]:
    """Hand the shipped fonts to Qt, once per process."""
    shipped = sorted(files("resources").joinpath("fonts").iterdir(), key=lambda entry: entry.name)
    return tuple(
        each.name
        for each in shipped
        if each.name.endswith(".ttf") and QFontDatabase.addApplicationFontFromData(each.read_bytes()) >= 0
    )


@cache
def sheet(tokens: Tokens) -> str:
    """The one style sheet, with the theme's colours and sizes in it."""
    places: dict[str, str] = colours(tokens)
    unit = tokens.unit
    sizes = {f"unit{times}": unit * times for times in (2, 3, 4, 6, 8)} | {
        "unit": unit,
        "pad": unit - 1,
        "pad1": unit - 2,
        "pad_x": 2 * unit - 1,
        "unit3m1": 3 * unit - 1,
        "control": tokens.px(18),
        "title": tokens.title,
        "body": tokens.body,
        "second_px": tokens.second_px,
    }
    text = files("resources").joinpath("theme", "console.qss").read_text("utf-8")
    return Template(text).substitute(places, **{name: str(value) for name, value in sizes.items()})


def palette(tokens: Tokens) -> QPalette:
    """The palette of a theme: what Qt's own parts draw with."""
    role = QPalette.ColorRole
    roles = {
        role.Window: tokens.window,
        role.Base: tokens.panel,
        role.AlternateBase: tokens.panel,
        role.Button: tokens.raised,
        role.ToolTipBase: tokens.raised,
        role.WindowText: tokens.text,
        role.Text: tokens.text,
        role.ButtonText: tokens.text,
        role.ToolTipText: tokens.text,
        role.BrightText: tokens.focus,
        role.PlaceholderText: tokens.second,
        role.Highlight: tokens.selected,
        role.HighlightedText: tokens.text,
        role.Link: tokens.text,
        role.LinkVisited: tokens.second,
        role.Light: tokens.hover,
        role.Midlight: tokens.raised,
        role.Mid: tokens.line,
        role.Dark: tokens.line,
        role.Shadow: tokens.window,
        role.Accent: tokens.focus,
    }
    made = QPalette()
    for name, code in roles.items():
        made.setColor(name, colour(code))
    for name in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, name, colour(tokens.second))
    return made


def apply(app: QApplication, tokens: Tokens) -> None:
    """Dress the whole program. May be called again at any time to change the theme."""
    _fonts_loaded()
    app.setProperty(_PROPERTY, tokens)
    if app.style().objectName() != "fusion" and not app.styleSheet():
        app.setStyle(QStyleFactory.create("Fusion"))
    app.setFont(font(tokens))
    app.setPalette(palette(tokens))
    app.setStyleSheet(sheet(tokens))


def dress(window: QWidget, tokens: Tokens) -> None:
    """Give one window its own tokens, a wall's sizes for instance. All in it follow."""
    window.setProperty(_PROPERTY, tokens)
    window.setFont(font(tokens))
    window.setPalette(palette(tokens))
    window.setStyleSheet(sheet(tokens))


def of(widget: QWidget | None) -> Tokens:
    """The tokens a widget is drawn with: its window's, else the program's, else the standard ones."""
    holders: list[QObject | None] = [widget.window() if widget is not None else None, QApplication.instance()]
    for holder in holders:
        found = holder.property(_PROPERTY) if holder is not None else None
        if isinstance(found, Tokens):
            return found
    return load("dark")
