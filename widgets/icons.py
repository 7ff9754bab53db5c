"""The console's own line icons: one SVG each in `resources/icons/`, drawn in the colour asked for."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer


@lru_cache(256)
def pixmap(name: str, px: int, colour: str, ratio: float = 1.0) -> QPixmap:
    """An icon `px` wide and high in `colour` (#RRGGBB), sharp at a screen's `ratio`. Unknown names give a square."""
    folder = files("resources").joinpath("icons")
    entry = folder.joinpath(f"{name}.svg")
    if not name.isidentifier() or not entry.is_file():
        entry = folder.joinpath("unknown.svg")
    drawn = entry.read_bytes().replace(b"currentColor", colour.encode())
    side = max(1, round(px * ratio))
    made = QPixmap(side, side)
    made.fill(Qt.GlobalColor.transparent)
    with QPainter(made) as painter:
        QSvgRenderer(QByteArray(drawn)).render(painter, QRectF(0, 0, side, side))
    made.setDevicePixelRatio(ratio)
    return made


def icon(name: str, px: int, colour: str, ratio: float = 1.0) -> QIcon:
    """The same as a QIcon for buttons and menus."""
    return QIcon(pixmap(name, px, colour, ratio))
