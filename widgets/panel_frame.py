"""The face every panel has: title row with chips and age, content, footer; and the five states none of which is blank.

loading   skeleton after 100 ms; words, progress and cancel after 1 s
empty     a sentence and what one can do
stale     the content stays, a hatched strip says since when
lost      the last known stays, the strip says why and when the next try is
fault     what, where, remedy, and a button that copies it
"""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QPoint, QRect, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from console.core.phrases import Phrases
from widgets import icons, marks, theme
from widgets.age_label import AgeLabel
from widgets.icon_button import IconButton
from widgets.panel_page import LoadingPage, MessagePage
from widgets.plain import Elided, lines, one_line
from widgets.scaled import Scaled
from widgets.speech import follow
from widgets.theme import Role, Tokens


class PanelState(StrEnum):
    """What a panel shows now."""

    READY = "ready"
    LOADING = "loading"
    EMPTY = "empty"
    STALE = "stale"
    LOST = "lost"
    FAULT = "fault"


class _Strip(Scaled):
    """The hatched line over content that is older than promised."""

    retry_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.words = Elided()
        self.retry = QPushButton()
        self.retry.setProperty("role", "quiet")
        self.retry.clicked.connect(self.retry_asked)
        self._row = QHBoxLayout(self)
        self._row.addWidget(self.words, 1)
        self._row.addWidget(self.retry)
        self.scale_to(theme.of(self))

    def scale_to(self, tokens: Tokens) -> None:
        self._row.setContentsMargins(tokens.px(40), 0, 2 * tokens.unit, 1)
        self.setFixedHeight(tokens.px(30))

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens = theme.of(self)
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), theme.colour(tokens.raised))
            painter.fillRect(QRect(0, 0, tokens.px(28), self.height()), marks.hatch(tokens))
            painter.setPen(theme.pen(tokens.line))
            painter.drawLine(0, self.height() - 1, self.width(), self.height() - 1)


class _Row(Scaled):
    """Title row or footer: one hairline on its inner side."""

    def __init__(self, *, top: bool) -> None:
        super().__init__()
        self._top = top
        self.row = QHBoxLayout(self)
        self.scale_to(theme.of(self))

    def scale_to(self, tokens: Tokens) -> None:
        unit = tokens.unit
        self.setFixedHeight(tokens.px(40 if self._top else 26))
        self.row.setContentsMargins(3 * unit, 0 if self._top else 1, (2 if self._top else 3) * unit, int(self._top))
        self.row.setSpacing((2 if self._top else 3) * unit)

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setPen(theme.pen(theme.of(self).line))
            y = self.height() - 1 if self._top else 0
            painter.drawLine(0, y, self.width(), y)


def _giving_way(words: Elided) -> QWidget:
    """The words at the right of what room the others leave."""
    room = QWidget()
    room.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    row = QHBoxLayout(room)
    row.setContentsMargins(0, 0, 0, 0)
    row.addStretch(1)
    row.addWidget(words)
    return room


class _TitleIcon(QWidget):
    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        side = theme.of(self).px(18)
        return QSize(side, side)

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens = theme.of(self)
        with QPainter(self) as painter:
            drawn = icons.pixmap(self.name, self.width(), tokens.second, self.devicePixelRatioF())
            painter.drawPixmap(0, (self.height() - self.width()) // 2, drawn)


class PanelFrame(QWidget):
    """Put a panel's content in by `set_content`, then tell its state by the `show_…` methods."""

    action_asked = Signal()
    """The empty page's button was pressed."""
    retry_asked = Signal()
    cancel_asked = Signal()
    menu_asked = Signal(QPoint)
    """Where, in global coordinates, a menu should open."""

    def __init__(self, title: str, icon: str, phrases: Phrases, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._phrases = phrases
        self.state = PanelState.LOADING
        self.age = AgeLabel()
        self._title = Elided(title, Role.TITLE)
        self._icon = _TitleIcon(icon)
        self._chips = QHBoxLayout()
        self._chips.setSpacing(4)
        self._menu = IconButton("menu")
        self._menu.clicked.connect(lambda: self.menu_asked.emit(self._menu.mapToGlobal(self._menu.rect().bottomLeft())))
        self._strip = _Strip()
        self._strip.retry_asked.connect(self.retry_asked)
        self._content = QWidget()
        self.loading = LoadingPage(phrases)
        self.loading.cancel_asked.connect(self.cancel_asked)
        self.message = MessagePage(phrases)
        self.message.action_asked.connect(self._acted)
        self._pages = QStackedWidget()
        self._counts, self._pending, self._source = (Elided("", Role.SECOND) for _ in range(3))
        self._build()
        follow(phrases, self, self._say)
        self.show_loading()

    # building -------------------------------------------------------------------------------------------

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        for each in (self._content, self.loading, self.message):
            self._pages.addWidget(each)
        column.addWidget(self._head())
        column.addWidget(self._strip)
        column.addWidget(self._pages, 1)
        column.addWidget(self._foot())
        self._strip.hide()

    def _head(self) -> QWidget:
        head = _Row(top=True)
        row = head.row
        row.addWidget(self._icon)
        row.addWidget(self._title)
        row.addSpacing(4)
        row.addLayout(self._chips)
        row.addStretch(1)
        row.addWidget(self.age)
        row.addWidget(self._menu)
        return head

    def _foot(self) -> QWidget:
        foot = _Row(top=False)
        row = foot.row
        row.addWidget(self._counts)
        row.addWidget(self._pending)
        row.addWidget(_giving_way(self._source), 1)
        return foot

    def _say(self) -> None:
        self._menu.say(self._phrases.say("widgets.frame.menu", title=self._title.text))
        self._strip.retry.setText(self._phrases.say("widgets.frame.retry"))

    def _acted(self) -> None:
        (self.retry_asked if self.state is PanelState.FAULT else self.action_asked).emit()

    # what callers say -----------------------------------------------------------------------------------

    @property
    def title(self) -> str:
        """The title as said."""
        return self._title.text

    def set_title(self, title: str) -> None:
        """Say the title, again after a change of language."""
        self._title.set_text(title)
        self.setAccessibleName(one_line(title))
        self._say()

    def set_content(self, content: QWidget) -> None:
        """The widget that shows the panel's own thing."""
        self._pages.removeWidget(self._content)
        self._content.deleteLater()
        self._content = content
        self._pages.insertWidget(0, content)
        if self.state in (PanelState.READY, PanelState.STALE, PanelState.LOST):
            self._pages.setCurrentWidget(content)

    def add_chip(self, chip: QWidget) -> None:
        """Put a filter chip, a breadcrumb or a button in the title row."""
        self._chips.addWidget(chip)

    def set_footer(self, *, counts: str = "", pending: int = 0, refused: int = 0, source: str = "") -> None:
        """What stands below: counts and selection as said, deeds under way, and where it is from."""
        under_way = [
            self._phrases.say(f"widgets.frame.{name}", count=count)
            for name, count in (("pending", pending), ("refused", refused))
            if count
        ]
        self._counts.set_text(counts)
        self._pending.set_text(" · ".join(under_way))
        self._source.set_text(source)

    # states ---------------------------------------------------------------------------------------------

    def show_ready(self) -> None:
        """The content is what it promises to be."""
        self._turn(PanelState.READY, self._content)

    def show_loading(self, says: str = "", part: float | None = None, *, can_cancel: bool = False) -> None:
        """Waiting for the first content. `part` from 0 to 1, None where the end is not known."""
        self._turn(PanelState.LOADING, self.loading)
        self.loading.start(says, part, can_cancel=can_cancel)

    def show_empty(self, says: str, hint: str = "", action: str = "") -> None:
        """There is nothing, and that is no fault. `action` is the button's word; it emits `action_asked`."""
        self.message.tell(self._icon.name, says, hint, action=action)
        self._turn(PanelState.EMPTY, self.message)

    def show_stale(self, says: str) -> None:
        """The content stays; the strip says since when it is older than promised."""
        self._turn(PanelState.STALE, self._content, says)

    def show_lost(self, says: str, why: str, next_try: str = "") -> None:
        """The last known stays; the strip says why, and when the next try is."""
        told = " · ".join(each for each in (says, why, next_try) if each)
        self._turn(PanelState.LOST, self._content, told)

    def show_fault(self, what: str, where: str, remedy: str, action: str = "") -> None:
        """Something of ours is broken: what, where, remedy. `action` (a retry) emits `retry_asked`."""
        say = self._phrases.say
        told = [
            f"{say(f'widgets.frame.{key}')}: {text}" for key, text in (("where", where), ("remedy", remedy)) if text
        ]
        self.message.tell("alert", what, "\n".join(told), action=action, copy=True)
        self._turn(PanelState.FAULT, self.message)

    def _turn(self, state: PanelState, page: QWidget, strip: str = "") -> None:
        self.state = state
        if state is not PanelState.LOADING:
            self.loading.stop()
        self._strip.words.set_text(strip)
        self._strip.retry.setVisible(state is PanelState.LOST)
        self._strip.setVisible(bool(strip))
        self._pages.setCurrentWidget(page)
        self.setAccessibleDescription(lines(strip or (self.message.text if page is self.message else ""), 1000))

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens = theme.of(self)
        with QPainter(self) as painter:
            painter.setPen(theme.pen(tokens.line))
            painter.setBrush(theme.colour(tokens.panel))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
