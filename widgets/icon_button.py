"""A button that is an icon: named for those who hear the screen, tinted again when the theme changes."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize
from PySide6.QtWidgets import QToolButton, QWidget

from widgets import icons, theme
from widgets.plain import one_line, tip
from widgets.scaled import TURNS


class IconButton(QToolButton):
    """Give it an icon's name; say what it does by `say`."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self.setAutoRaise(True)
        self._tint()

    def say(self, words: str) -> None:
        """What pressing it does, for tooltip and screen reader."""
        self.setAccessibleName(one_line(words))
        self.setToolTip(tip(words))

    def _tint(self) -> None:
        tokens = theme.of(self)
        side = tokens.px(18)
        self.setIconSize(QSize(side, side))
        self.setIcon(icons.icon(self._name, side, tokens.text, self.devicePixelRatioF()))
        self.setFixedSize(tokens.px(28), tokens.px(28))

    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        if event.type() in TURNS:
            self._tint()
        return handled
