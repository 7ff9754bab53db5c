"""The last 24 hours of a source as a strip of ticks: answered, failed, or nothing known. Height tells it, too."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from PySide6.QtCore import QEvent, QRectF, QSize
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from console.core.phrases import Phrases
from widgets import theme
from widgets.plain import tip
from widgets.tokens import Tokens


class Tick(IntEnum):
    """What became of the tries in one slice of time."""

    NONE = 0
    GOOD = 1
    PARTLY = 2
    FAILED = 3


def _look(tokens: Tokens, tick: Tick) -> tuple[float, str]:
    """Height as a part of the strip, and colour."""
    return {
        Tick.NONE: (0.14, tokens.faint),
        Tick.GOOD: (0.62, tokens.faint),
        Tick.PARTLY: (0.80, tokens.text),
        Tick.FAILED: (1.0, tokens.siaga),
    }[tick]


class TickStrip(QWidget):
    """Equal slices of time from old to new."""

    def __init__(self, phrases: Phrases, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._phrases = phrases
        self._ticks: tuple[Tick, ...] = ()
        self._tips: tuple[str, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_ticks(self, ticks: Sequence[Tick], tips: Sequence[str] = ()) -> None:
        """Show other slices; `tips` says each of them in words."""
        self._ticks, self._tips = tuple(ticks), tuple(tips)
        counts = {name: sum(tick in kinds for tick in self._ticks) for name, kinds in _TOLD.items()}
        self.setAccessibleName(self._phrases.say("widgets.ticks.name", **counts))
        self.update()

    def sizeHint(self) -> QSize:
        tokens = theme.of(self)
        return QSize(tokens.px(3) * max(24, len(self._ticks)), tokens.px(18))

    def minimumSizeHint(self) -> QSize:
        return QSize(48, theme.of(self).px(18))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip and self._tips:
            index = int(event.pos().x() * len(self._ticks) / max(1, self.width()))
            text = self._tips[index] if 0 <= index < len(self._tips) else ""
            QToolTip.showText(event.globalPos(), tip(text), self)
            return True
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if not self._ticks:
            return
        tokens = theme.of(self)
        step = self.width() / len(self._ticks)
        wide = max(1.0, step * 0.6)
        with QPainter(self) as painter:
            for number, tick in enumerate(self._ticks):
                part, code = _look(tokens, tick)
                high = max(2.0, self.height() * part)
                painter.fillRect(QRectF(number * step, self.height() - high, wide, high), theme.colour(code))
                if tick is Tick.FAILED and not tokens.dark:  # no alarm colour can be read on white without an edge
                    painter.fillRect(QRectF(number * step, 0, wide, high / 3), theme.colour(tokens.text))


_TOLD = {"good": (Tick.GOOD,), "bad": (Tick.PARTLY, Tick.FAILED), "none": (Tick.NONE,)}
