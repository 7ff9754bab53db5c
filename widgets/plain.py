"""Text from outside is shown as text: never markup, never another line's order, never a megabyte long.

`one_line` and `lines` make a string safe to draw; `tip` makes it safe as a tooltip, which Qt would else read as
rich text (all three: console/core/safe_text.py); `Label` is a QLabel that cannot read markup.
"""

from __future__ import annotations

import re

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QKeyEvent, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QSizePolicy, QWidget

from console.core.safe_text import MOST, lines, one_line, tip
from widgets import theme
from widgets.theme import Role

__all__ = ["MOST", "Elided", "Label", "breakable", "lines", "one_line", "tip"]

_BREAK = "\u200b"
_LONG_WORD = re.compile(r"\S{31,}")
# A piece ends before a letter, digit or sign of its own: never within what is drawn as one (accents, joined pictures).
_PIECE = re.compile(r".{9}[^\u200d](?=[\w!-~])")
_NARROW_PX = 64
_BETWEEN = " · "


def breakable(text: str) -> str:
    """`text` with a break of no width offered every few letters of its overlong words: a layout breaks a line between
    words alone, and an address without a blank would push aside what stands beside and below it."""
    return _LONG_WORD.sub(lambda word: _PIECE.sub(rf"\g<0>{_BREAK}", word[0]), text)


def _clear_clipboard(*_: object) -> None:
    """What was copied is what was said: an address with offered breaks in it leads nowhere."""
    clipboard = QGuiApplication.clipboard()
    if _BREAK in clipboard.text():
        clipboard.setText(clipboard.text().replace(_BREAK, ""))


class Label(QLabel):
    """A label for said or outside text: plain, and with a role instead of a size."""

    def __init__(self, text: str = "", role: Role = Role.BODY, *, wrap: bool = False) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role.value)
        self.setWordWrap(wrap)
        self.setText(text)

    def setText(self, text: str) -> None:
        super().setText(breakable(lines(text)) if self.wordWrap() else one_line(text))

    def text(self) -> str:
        """What was said, without the breaks that were offered."""
        return super().text().replace(_BREAK, "")

    def minimumSizeHint(self) -> QSize:
        """One that wraps gives way down to a few letters."""
        hint = super().minimumSizeHint()
        return QSize(min(hint.width(), theme.of(self).px(_NARROW_PX)), hint.height()) if self.wordWrap() else hint

    def keyPressEvent(self, event: QKeyEvent) -> None:
        super().keyPressEvent(event)
        if event.matches(QKeySequence.StandardKey.Copy):
            _clear_clipboard()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        super().contextMenuEvent(event)
        menu = QApplication.activePopupWidget()
        for entry in menu.actions() if isinstance(menu, QMenu) else ():
            entry.triggered.connect(_clear_clipboard)  # after Qt's own, which copies


class Elided(QWidget):
    """One line that gives way: what does not fit ends in …, and the whole is in the tooltip."""

    def __init__(
        self, text: str = "", role: Role = Role.BODY, parent: QWidget | None = None, *, whole: bool = False
    ) -> None:
        """With `whole` what stands between two middle dots is shown whole or not at all, as far as there is room for
        the first: half a number is another number."""
        super().__init__(parent)
        self._whole = whole
        self._text = ""
        self._role = role
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.set_text(text)

    @property
    def text(self) -> str:
        """What is drawn where there is room."""
        return self._text

    def set_text(self, text: str) -> None:
        """Show another text."""
        text = one_line(text)
        if text != self._text:
            self._text = text
            self.setAccessibleName(text)
            self.updateGeometry()
            self.update()

    @property
    def shown(self) -> str:
        """What is drawn at the width it has."""
        measure = theme.metrics(theme.of(self), self._role)
        if self._whole and measure.horizontalAdvance(self._text) > self.width():
            parts = self._text.split(_BETWEEN)
            for count in range(len(parts) - 1, 0, -1):
                told = _BETWEEN.join([*parts[:count], "…"])
                if measure.horizontalAdvance(told) <= self.width():
                    return told
        return measure.elidedText(self._text, Qt.TextElideMode.ElideRight, self.width())

    def sizeHint(self) -> QSize:
        measure = theme.metrics(theme.of(self), self._role)
        return QSize(round(measure.horizontalAdvance(self._text)) + 2, round(measure.height()) + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(min(self.sizeHint().width(), theme.of(self).px(24)), self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens = theme.of(self)
        shown = self.shown
        self.setToolTip(tip(self._text) if shown != self._text else "")
        with QPainter(self) as painter:
            painter.setFont(theme.font(tokens, self._role))
            painter.setPen(theme.colour(tokens.second if self._role is Role.SECOND else tokens.text))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
