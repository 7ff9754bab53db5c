"""The connection banner: how the console stands to the centre, in one plain sentence. Calm while online."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QRect, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from widgets import icons, marks, theme
from widgets.plain import Elided, one_line
from widgets.scaled import Scaled
from widgets.tokens import Tokens

_LEAST_PX = 400
"""Narrower than this the sentence would say nothing, px of a desk."""


class BannerState(StrEnum):
    """How the connection stands."""

    ONLINE = "online"
    OFFLINE = "offline"
    CUT = "cut"
    STARTING = "starting"


_ICONS = {
    BannerState.ONLINE: "online",
    BannerState.OFFLINE: "offline",
    BannerState.CUT: "cut",
    BannerState.STARTING: "clock",
}


class Banner(Scaled):
    """Mark, sentence, one button. Offline and cut are hatched: what is seen is the last known."""

    action_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = BannerState.STARTING
        self._words = Elided()
        self._right = Elided()
        self._button = QPushButton()
        self._button.setProperty("role", "quiet")
        self._button.clicked.connect(self.action_asked)
        self._row = QHBoxLayout(self)
        self._row.addWidget(self._words)
        self._row.addWidget(self._button)
        self._row.addStretch(1)
        self._row.addWidget(self._right)
        self._button.hide()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.scale_to(theme.of(self))

    @property
    def state(self) -> BannerState:
        """How the connection stands."""
        return self._state

    @property
    def text(self) -> str:
        """The sentence as said."""
        return self._words.text

    def show_state(self, state: BannerState | str, says: str, action: str = "", *, right: str = "") -> None:
        """Say how it stands. `action` is the button's word, "" for none; `right` stands at the far end (the time)."""
        self._state = BannerState(state)
        self._words.set_text(says)
        self._right.set_text(right)
        self._button.setText(one_line(action))
        self._button.setVisible(bool(action))
        self.setAccessibleName(one_line(says))
        self.updateGeometry()
        self.update()

    def scale_to(self, tokens: Tokens) -> None:
        self._row.setContentsMargins(tokens.px(40), 0, 3 * tokens.unit, 0)
        self._row.setSpacing(3 * tokens.unit)

    def sizeHint(self) -> QSize:
        """So wide that every word can be read."""
        wide = self._row.sizeHint().width()
        return QSize(max(theme.of(self).px(_LEAST_PX), wide), theme.of(self).px(32))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.of(self).px(_LEAST_PX), theme.of(self).px(32))

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens = theme.of(self)
        side = tokens.px(18)
        with QPainter(self) as painter:
            calm = self._state in (BannerState.ONLINE, BannerState.STARTING)
            painter.fillRect(self.rect(), theme.colour(tokens.window if calm else tokens.raised))
            edge = tokens.px(32)
            if not calm:
                painter.fillRect(QRect(0, 0, edge, self.height()), marks.hatch(tokens))
                box = QRect((edge - side) // 2 - 2, (self.height() - side) // 2 - 2, side + 4, side + 4)
                painter.fillRect(box, theme.colour(tokens.raised))
            colour = tokens.second if calm else tokens.text
            drawn = icons.pixmap(_ICONS[self._state], side, colour, self.devicePixelRatioF())
            painter.drawPixmap((edge - side) // 2, (self.height() - side) // 2, drawn)
            painter.setPen(theme.pen(tokens.line))
            painter.drawLine(0, self.height() - 1, self.width(), self.height() - 1)
