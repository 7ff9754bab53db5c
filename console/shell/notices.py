"""What the console has to tell, in words and without getting in the way: a bar below the strip of each window.

A notice stays until it is closed or no longer true. The gravest stands first; a second one of the same id takes
the place of the first. Nothing here opens a window of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum

from PySide6.QtCore import QObject, QRect, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from console.core.errors import ConsoleError, DiskTrouble, Fault, Refused
from console.core.phrases import Phrases
from widgets import icons, theme
from widgets.plain import Label
from widgets.scaled import Scaled
from widgets.theme import Role, Tokens


class Gravity(IntEnum):
    """How much it matters, the worst first."""

    DISK = 0
    BUG = 1
    REFUSED = 2
    NOTE = 3


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell. `told` is said anew in each language."""

    id: str
    gravity: Gravity
    told: Callable[[Phrases], str]
    action: str = ""
    """Phrase key of its button, "" for none."""
    do: Callable[[], None] | None = field(default=None, compare=False)
    personal: bool = False
    """It may name a complaint or a person: not told while the screen is covered, and gone when another person comes."""


def of_error(error: ConsoleError | Fault, name: str = "") -> Notice:
    """The notice of a fault of the world."""
    gravity = Gravity.NOTE
    if isinstance(error, DiskTrouble):
        gravity = Gravity.DISK
    elif isinstance(error, Refused):
        gravity = Gravity.REFUSED
    where = f"{error.where}: " if isinstance(error, Fault) and error.where else ""
    personal = isinstance(error, Refused)
    told = f"{error.says}{where}"
    return Notice(name or told, gravity, lambda phrases: where + phrases.tell(error), personal=personal)


class Notices(QObject):
    """All that is to be told now, shared by the windows."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: dict[str, Notice] = {}

    def add(self, notice: Notice) -> None:
        """Tell it, in place of an earlier one of that id."""
        self._all[notice.id] = notice
        self.changed.emit()

    def drop(self, name: str) -> None:
        """It is no longer true, or was closed."""
        if self._all.pop(name, None) is not None:
            self.changed.emit()

    def drop_personal(self) -> None:
        """Another person is here: what was told to the one before is not theirs."""
        for name in [notice.id for notice in self._all.values() if notice.personal]:
            self.drop(name)

    def all(self) -> list[Notice]:
        """The worst first, then the oldest."""
        return sorted(self._all.values(), key=lambda notice: notice.gravity)


MOST_SEEN = 3


class NoticeBar(Scaled):
    """The notices of one window: the first few as lines, how many more below. Empty, it takes no room."""

    closed = Signal(str)
    """Id of the notice a person closed."""

    def __init__(self, phrases: Phrases) -> None:
        super().__init__()
        self._phrases = phrases
        self._notices: list[Notice] = []
        self._lines: list[str] = []
        self._tokens = theme.of(self)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.hide()

    @property
    def lines(self) -> list[str]:
        """What stands there."""
        return list(self._lines)

    def show_notices(self, notices: list[Notice]) -> None:
        """Show these."""
        self._notices = notices
        self.retranslate()

    def scale_to(self, tokens: Tokens) -> None:
        if tokens is not self._tokens:
            self._tokens = tokens
            self.retranslate()

    def retranslate(self) -> None:
        """Say everything again."""
        while (item := self._column.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()  # without a parent it would come up once more, as a window of its own
                widget.deleteLater()
        self._lines = [notice.told(self._phrases) for notice in self._notices[:MOST_SEEN]]
        for notice, told in zip(self._notices, self._lines, strict=False):
            self._column.addWidget(self._line(notice, told))
        if len(self._notices) > MOST_SEEN:
            self._lines.append(self._phrases.say("shell.notice.more", count=len(self._notices) - MOST_SEEN))
            more = Label(self._lines[-1], Role.SECOND)
            more.setContentsMargins(self._tokens.px(40), 0, 0, self._tokens.unit)
            self._column.addWidget(more)
        self.setVisible(bool(self._notices))

    def _line(self, notice: Notice, told: str) -> QWidget:
        line = _Line(notice.gravity)
        row = QHBoxLayout(line)
        tokens = self._tokens
        row.setContentsMargins(tokens.px(40), tokens.px(2), 2 * tokens.unit, tokens.px(2))
        row.addWidget(Label(told, wrap=True), 1)
        if notice.action and notice.do is not None:
            button = QPushButton(self._phrases.say(notice.action))
            button.clicked.connect(notice.do)
            row.addWidget(button)
        close = QToolButton()
        close.setIcon(icons.icon("close", tokens.icon, tokens.text, self.devicePixelRatioF()))
        close.setAccessibleName(self._phrases.say("shell.notice.close"))
        close.setIconSize(QSize(tokens.icon, tokens.icon))
        close.setMinimumSize(tokens.px(24), tokens.px(24))
        close.clicked.connect(lambda: self.closed.emit(notice.id))
        row.addWidget(close)
        return line


class _Line(QWidget):
    def __init__(self, gravity: Gravity) -> None:
        super().__init__()
        self._grave = gravity in (Gravity.DISK, Gravity.BUG)

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens = theme.of(self)
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), theme.colour(tokens.raised))
            if self._grave:
                painter.fillRect(QRect(0, 0, tokens.unit, self.height()), theme.colour(tokens.siaga))
            drawn = icons.pixmap("alert" if self._grave else "info", tokens.icon, tokens.text, self.devicePixelRatioF())
            painter.drawPixmap(3 * tokens.unit, (self.height() - tokens.icon) // 2, drawn)
            painter.setPen(theme.pen(tokens.line))
            painter.drawLine(0, self.height() - 1, self.width(), self.height() - 1)
