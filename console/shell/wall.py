"""The windows of all monitors, and where they stand: one on each, rescued when a monitor goes, home when it is back.

The first window (the operator's desk) takes over a whole live monitor when it loses its own; every other becomes
a framed window there, behind what is being worked on. With no monitor left nothing moves until there is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from console.models.groups import Groups
from console.shell.content import Panels
from console.shell.layouts import Monitor, keeping, planned
from console.shell.notices import Gravity, Notice, Notices
from console.shell.screens import ScreenInfo, Screens, fill, frame, lodge, nearest
from console.shell.windows import Window


class Wall(QObject):
    """All windows of this workstation."""

    opened = Signal(object)
    """A `Window` that is new, before it is shown."""

    def __init__(self, groups: Groups, screens: Screens, panels: Panels, notices: Notices) -> None:
        super().__init__()
        self._groups = groups
        self._screens = screens
        self.panels = panels
        self._notices = notices
        self._at: dict[Window, ScreenInfo | None] = {}
        self.windows: list[Window] = []
        self._to_open: list[tuple[ScreenInfo, Monitor]] = []
        self._planned = False
        # Queued: where several monitors go at once, nothing is moved to one that is about to go as well.
        screens.lost.connect(self._on_lost, Qt.ConnectionType.QueuedConnection)
        screens.changed.connect(self.settle)

    def plan(self, layout: Mapping[str, Any]) -> None:
        """Decide on a window for each monitor there is now. What of the kept layout is unsound is told."""
        self._to_open, faults = planned(layout, self._screens.all(), self.panels)
        self._planned = True
        for fault in faults:
            self._notices.add(Notice(fault.where, Gravity.NOTE, lambda phrases, fault=fault: phrases.tell(fault)))  # type: ignore[misc]

    def make_next(self) -> Window | None:
        """Make the next window of the plan, the desk first; None where all are made. `send_home` shows it."""
        if not self._to_open:
            return None
        info, monitor = self._to_open.pop(0)
        window = Window(len(self.windows) + 1, info, monitor, self._groups, self.panels)
        self.windows.append(window)
        self._at[window] = None
        self.opened.emit(window)
        return window

    def send_home(self, window: Window) -> None:
        """Show a window on its own monitor, where that is there."""
        screen = self._screens.screen_of(window.home)
        if screen is None:
            return
        # One monitor is somebody's desktop: other programs live there too, so the title bar stays.
        alone = len(self.windows) + len(self._to_open) == 1
        (frame if alone else fill)(window, screen)
        self._at[window] = self._screens.info(screen)

    def settle(self) -> None:
        """Every window home where its monitor is back; a window more where a monitor is new."""
        if not self._planned or self._to_open:
            return  # still at the start: each window finds its monitor as it is made
        for window in self.windows:
            if self._at.get(window) != self._here(window.home):
                self.send_home(window)
        homes = [self._here(window.home) for window in self.windows]
        monitors = self._screens.all()
        for info, monitor in planned({}, monitors, self.panels)[0][len(self.windows) :]:
            if info not in homes:
                self._to_open.append((info, monitor))
                if (made := self.make_next()) is not None:
                    self.send_home(made)
        if monitors and all(home is not None for home in homes):
            self._notices.drop("monitor")

    def layout(self, before: Mapping[str, Any]) -> dict[str, Any]:
        """The layout table with what stands on each monitor now."""
        contents = [(window.home, window.kept()) for window in self.windows]
        return keeping(before, [window.home for window in self.windows], contents)

    def raise_all(self) -> None:
        """To the front, the desk on top and with the focus."""
        for window in reversed(self.windows):
            window.raise_()
        if self.windows:
            self.windows[0].activateWindow()

    def close(self) -> None:
        """Put the windows away; monitors may come and go now."""
        self._screens.lost.disconnect(self._on_lost)
        self._screens.changed.disconnect(self.settle)
        for window in self.windows:
            window.hide()

    def _here(self, home: ScreenInfo) -> ScreenInfo | None:
        """The monitor of that home as it stands now."""
        screen = self._screens.screen_of(home)
        return self._screens.info(screen) if screen is not None else None

    def _on_lost(self, gone: ScreenInfo) -> None:
        live = self._screens.all()
        self._tell(gone)
        for nth, window in enumerate(self.windows):
            at = self._at.get(window)
            if at is None or at.keys[0] != gone.keys[0]:
                continue
            refuge = nearest(live, gone)
            screen = self._screens.screen_of(refuge) if refuge is not None else None
            if screen is None:
                continue
            self._at[window] = refuge
            if nth == 0:
                fill(window, screen)
                window.raise_()
                window.activateWindow()
            else:
                lodge(window, screen, nth)

    def _tell(self, gone: ScreenInfo) -> None:
        name = gone.model or gone.name
        self._notices.add(
            Notice("monitor", Gravity.NOTE, lambda phrases: phrases.say("shell.monitor.lost", monitor=name))
        )
