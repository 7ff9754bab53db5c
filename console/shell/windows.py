"""One window a monitor: the strip on top, the notices below it, then the panels. It knows its monitor, not the others.

Keys are the window's own (one set a window, so that a key works whichever window has the focus); what they do is
the shell's list of actions.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QCloseEvent, QFocusEvent, QKeyEvent, QKeySequence, QMouseEvent, QShortcut
from PySide6.QtWidgets import QMainWindow, QVBoxLayout, QWidget

from console.models.groups import Groups
from console.panels.panel import Panel
from console.shell.actions import Actions, Menu
from console.shell.banner import Strip
from console.shell.content import Content, Panels, Slot
from console.shell.cover import Covering
from console.shell.layouts import Monitor
from console.shell.notices import NoticeBar
from console.shell.screens import ScreenInfo
from widgets import theme
from widgets.plain import one_line
from widgets.plate import give_back
from widgets.theme import Tokens

_BY_HAND = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
        QEvent.Type.TabletPress,
    }
)
_UNKNOWN_SCALE = 1.5
"""A wall whose pixels nobody has measured."""
_LEAST_SCALE, _MOST_SCALE = 1.25, 2.5
_LEAST_PITCH_MM, _MOST_PITCH_MM = 0.08, 3.0


def type_scale(info: ScreenInfo, wall: bool, distance_m: float) -> float:
    """How many times a desk's sizes a monitor needs; 1 on a desk, by distance and pixel pitch on a wall."""
    if not wall:
        return 1.0
    pitch_mm = info.width_mm / info.width if info.width else 0.0
    if not info.wall_by_size or not _LEAST_PITCH_MM <= pitch_mm <= _MOST_PITCH_MM:
        return _UNKNOWN_SCALE
    return min(max(theme.wall_scale(distance_m, pitch_mm), _LEAST_SCALE), _MOST_SCALE)


class _Body(QWidget):
    """Everything below the title bar."""

    given_back = Signal()
    """What lay over it went, and who had the keyboard before is gone."""

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() is Qt.FocusReason.PopupFocusReason:
            self.given_back.emit()


class Window(QMainWindow):
    """The window of one monitor."""

    closing = Signal()
    """Somebody closed this window: the console is one whole and ends with it."""
    panel_built = Signal(object)
    used = Signal()
    """It came to the front, or follows another link group."""
    stirred = Signal()
    """A key, a button, a wheel or a finger: somebody is there."""
    uncover_asked = Signal()
    """Somebody wants to see what is covered here."""

    def __init__(self, number: int, home: ScreenInfo, monitor: Monitor, groups: Groups, panels: Panels) -> None:
        super().__init__()
        self.number = number
        self.home = home
        """The monitor it belongs to, be it there now or not."""
        self.monitor = monitor
        self._desk = groups.here
        self._groups = groups
        self._panels = panels
        self._letters: dict[QKeySequence, Callable[[], None]] = {}
        self._covering: Covering | None = None
        self._before: QWidget | None = None
        """Who had the keyboard when it was covered."""
        self._pointer = QPoint()
        self.strip = Strip(self._desk)
        self.notices = NoticeBar(self._desk.phrases)
        self.content = self._content()
        self.body = _Body()
        """Everything below the title bar; forms and pages lie over it."""
        self.body.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.body.given_back.connect(self.take_focus)
        self._rows = QVBoxLayout(self.body)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(0)
        self._rows.addWidget(self.strip)
        self._rows.addWidget(self.notices)
        self._rows.addWidget(self.content.widget, 1)
        self.setCentralWidget(self.body)
        self.strip.show_group(monitor.group)
        self.retranslate()

    @property
    def wall(self) -> bool:
        """Whether it is looked at from across the room."""
        return self.home.wall if self.monitor.wall is None else self.monitor.wall

    def dress(self, tokens: Tokens, distance_m: float) -> None:
        """Take a theme, at the size this monitor needs."""
        scale = type_scale(self.home, self.wall, distance_m)
        theme.dress(self, theme.scaled(tokens, scale) if scale != 1.0 else tokens)

    def take_keys(self, actions: Actions, do: Callable[[str], None]) -> None:
        """Listen to the key of every action while this window has the focus; `do` does one by its id.

        Keys of deeds are letters, which a panel that has the focus takes first: the window takes what is left.
        """
        for action in actions:
            if action.key and action.menu is Menu.COMPLAINT:
                self._letters[QKeySequence(action.key)] = functools.partial(do, action.id)
            elif action.key:
                shortcut = QShortcut(QKeySequence(action.key), self, context=Qt.ShortcutContext.WindowShortcut)
                shortcut.activated.connect(functools.partial(do, action.id))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        act = self._letters.get(QKeySequence(event.keyCombination()))
        if act is None:
            super().keyPressEvent(event)
        else:
            act()

    def show_panel(self, panel: str) -> bool:
        """Bring a panel to the front, with the focus; false where this window has none of that kind."""
        slot = self.content.show_panel(panel)
        if slot is None:
            return False
        self.raise_()
        self.activateWindow()
        slot.setFocus(Qt.FocusReason.ShortcutFocusReason)
        return True

    def put(self, monitor: Monitor) -> None:
        """Other content: the panels are made anew from what they kept."""
        self.monitor = monitor
        old = self.content.widget
        held = old.isAncestorOf(self.focusWidget() or self)
        self.content = self._content()
        self.strip.show_group(monitor.group)
        self._rows.replaceWidget(old, self.content.widget)
        self._rows.setStretchFactor(self.content.widget, 1)
        old.hide()
        old.deleteLater()
        # A layout shows what is put into it a turn later: until then nothing of it counts as in sight.
        self.content.widget.show()
        self.fill_seen()
        if held:
            self.take_focus()
        self.used.emit()

    def _content(self) -> Content:
        desk = self._groups.of(self.monitor.group)
        made = Content(self.monitor.content, desk, self._panels, self.panel_built.emit, self.uncover_asked.emit)
        made.cover(self._covering)
        return made

    def cover(self, covering: Covering | None) -> None:
        """Cover what is personal with these words; None gives it back, and the keyboard to whom it was taken from."""
        before, self._covering = self._covering, covering
        if before is None and covering is not None:
            self._before = self.focusWidget()
        self.content.cover(covering)
        if before is not None and covering is None:
            give_back(self._before, self.body)
            self._before = None

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.WindowActivate:
            self.used.emit()
        elif event.type() is QEvent.Type.WinIdChange and (handle := self.windowHandle()) is not None:
            handle.installEventFilter(self)
        return super().event(event)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """What a hand does to the window, before it is any widget's."""
        kind = event.type()
        if kind in _BY_HAND:
            self.stirred.emit()
        elif kind is QEvent.Type.MouseMove and isinstance(event, QMouseEvent):
            at = event.globalPosition().toPoint()  # also told where the window moved under a pointer that lies still
            if at != self._pointer:
                self._pointer = at
                self.stirred.emit()
        return False

    def kept(self) -> Monitor:
        """What stands here now, to be found again."""
        return replace(self.monitor, content=self.content.kept())

    def panel_in_use(self) -> Panel | None:
        """The panel that has the keyboard; None where it is elsewhere, on a page over the panels for instance."""
        held = self.focusWidget()
        panels = [slot.panel for slot in self.content.slots() if slot.panel is not None]
        return next((each for each in panels if held is not None and (held is each or each.isAncestorOf(held))), None)

    def head_height(self) -> int:
        """Height of what lies over the panels and must stay in sight: the strip, and the notices."""
        return self.strip.height() + (self.notices.height() if not self.notices.isHidden() else 0)

    def take_focus(self) -> None:
        """Give the keyboard to the first panel of a desk; on a wall nothing is marked as if somebody sat there."""
        first = next(self.content.slots(), None)
        if first is not None and not self.wall:
            first.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.body.setFocus(Qt.FocusReason.OtherFocusReason)

    def empty_slots(self) -> list[Slot]:
        """Places in sight whose panel is not made yet."""
        return [slot for slot in self.content.slots() if slot.panel is None and slot.isVisibleTo(self)]

    def fill_seen(self) -> None:
        """Make every panel in sight."""
        for slot in self.empty_slots():
            slot.fill()

    def retranslate(self) -> None:
        """Say everything again."""
        phrases = self._desk.phrases
        title = phrases.say("shell.window.title", city=self._desk.pack.name, number=self.number)
        self.setWindowTitle(one_line(title))
        self.content.retranslate()
        self.strip.retranslate()
        self.notices.retranslate()

    def closeEvent(self, event: QCloseEvent) -> None:
        event.ignore()
        self.closing.emit()
