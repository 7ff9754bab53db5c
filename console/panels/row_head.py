"""The first line of whatever has a standing: its glyph, its name, the word for how it stands, and what can be done."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QPushButton

from widgets.glyphs import SourceMark
from widgets.plain import Elided, Label


def row_head(mark: SourceMark, name: Elided, state: Label, *deeds: QPushButton) -> QHBoxLayout:
    """As a layout; the name gives way first where there is little room."""
    head = QHBoxLayout()
    head.setSpacing(8)
    head.addWidget(mark)
    head.addWidget(name, 1)
    head.addWidget(state)
    head.addSpacing(8)
    for deed in deeds:
        head.addWidget(deed)
    return head
