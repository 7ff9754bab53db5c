"""A sheet that is longer than its panel: it rolls up and down, never sideways."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget


class Roll(QScrollArea):
    """Holds one widget as wide as itself. Takes the keyboard only where `focus` says so: else its rows have it."""

    def __init__(self, sheet: QWidget | None = None, focus: Qt.FocusPolicy = Qt.FocusPolicy.NoFocus) -> None:
        super().__init__()
        self.setFocusPolicy(focus)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        if sheet is not None:
            self.setWidget(sheet)
