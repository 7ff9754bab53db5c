"""A widget whose fixed lengths follow its window: a desk's sizes on a desk, a wall's on a wall."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QWidget

from widgets import theme
from widgets.tokens import Tokens

TURNS = frozenset(
    {
        QEvent.Type.Polish,
        QEvent.Type.StyleChange,
        QEvent.Type.FontChange,
        QEvent.Type.PaletteChange,
        QEvent.Type.ParentChange,
    }
)
"""Events after which theme or sizes may be others."""


class Scaled(QWidget):
    """Set every length that is not asked for in `sizeHint` in `scale_to`, which is called whenever it may change."""

    def scale_to(self, tokens: Tokens) -> None:
        """Take the lengths, icons and margins of these tokens."""
        raise NotImplementedError

    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        if event.type() in TURNS:
            self.scale_to(theme.of(self))
        return handled
