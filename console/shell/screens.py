"""Monitors as plain values, the way to put a window on one, and what happens when a cable is pulled.

A monitor is known again by its serial number, else by model and name, else by where it stands; QScreen stays
behind this file, so that tests can give monitors the serials that virtual ones lack. Qt itself leaves the
window of a lost monitor in the void (still "full screen", still visible), so the keeping is ours: `wall.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, QRect, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QWidget

SETTLE_MS = 300
"""A monitor that comes back changes its geometry in steps; after this long it stands still."""
_WALL_INCHES = 40.0


@dataclass(frozen=True, slots=True)
class ScreenInfo:
    """One monitor. Geometry in device independent pixels, size in millimetres (0 where not told)."""

    name: str
    serial: str
    model: str
    x: int
    y: int
    width: int
    height: int
    dpr: float
    width_mm: float = 0.0
    height_mm: float = 0.0

    @property
    def keys(self) -> tuple[str, ...]:
        """What it may be known by, the surest first."""
        keys = [f"serial:{self.serial}"] if self.serial else []
        if self.model or self.name:
            keys.append(f"name:{self.model}/{self.name}")
        return (*keys, f"place:{self.width}x{self.height}+{self.x}+{self.y}")

    @property
    def wall_by_size(self) -> bool:
        """True where it is so large that it is looked at from across the room."""
        return math.hypot(self.width_mm, self.height_mm) / 25.4 >= _WALL_INCHES

    @property
    def wall(self) -> bool:
        """True where it hangs on the wall, by its size or, for monitors that tell none, by its name."""
        return self.wall_by_size or self.name.upper().startswith("WALL")

    @property
    def rect(self) -> QRect:
        """Its place on the desktop."""
        return QRect(self.x, self.y, self.width, self.height)


Describe = Callable[[QScreen], tuple[str, str]]
"""Serial number and model of a monitor."""


def _told(screen: QScreen) -> tuple[str, str]:
    return screen.serialNumber().strip(), screen.model().strip()


class Screens(QObject):
    """The monitors there are. `changed` comes once the system has settled, `lost` at once."""

    lost = Signal(object)
    """The `ScreenInfo` of a monitor that is gone, sent while its windows still stand in the void."""
    changed = Signal()

    def __init__(self, app: QGuiApplication, describe: Describe = _told, settle_ms: int = SETTLE_MS) -> None:
        super().__init__()
        self._app = app
        self._describe = describe
        # By name, which is unique at any one time: a QScreen that is gone may leave its address to the next.
        self._known: dict[str, ScreenInfo] = {}
        self._settle = QTimer(self, singleShot=True, interval=settle_ms)
        self._settle.timeout.connect(self.changed)
        for screen in app.screens():
            self._watch(screen)
        app.screenAdded.connect(self._added)
        app.screenRemoved.connect(self._removed)

    def info(self, screen: QScreen) -> ScreenInfo:
        """What is known of a monitor now."""
        place, size = screen.geometry(), screen.physicalSize()
        serial, model = self._describe(screen)
        return ScreenInfo(
            screen.name(), serial, model, place.x(), place.y(), place.width(), place.height(),
            screen.devicePixelRatio(), size.width(), size.height(),
        )  # fmt: skip

    def all(self) -> list[ScreenInfo]:
        """The primary one first, then as one reads: rows from the top, each from the left."""
        primary = self._app.primaryScreen()
        found = [(screen is not primary, self.info(screen)) for screen in self._live()]
        return [info for _, info in sorted(found, key=lambda each: (each[0], _reading_order(each[1])))]

    def screen_of(self, info: ScreenInfo) -> QScreen | None:
        """The live monitor that `info` tells of, known by its surest key; None where it is gone."""
        for key in info.keys:
            for screen in self._live():
                if key in self.info(screen).keys:
                    return screen
        return None

    def close(self) -> None:
        """Listen no more."""
        self._app.screenAdded.disconnect(self._added)
        self._app.screenRemoved.disconnect(self._removed)
        self._settle.stop()

    def _live(self) -> list[QScreen]:
        return [screen for screen in self._app.screens() if screen.geometry().isValid()]

    def _watch(self, screen: QScreen) -> None:
        self._known[screen.name()] = self.info(screen)
        screen.geometryChanged.connect(self._moved)

    def _added(self, screen: QScreen) -> None:
        self._watch(screen)
        self._settle.start()

    def _moved(self) -> None:
        self._known = {screen.name(): self.info(screen) for screen in self._live()}
        self._settle.start()

    def _removed(self, screen: QScreen) -> None:
        gone = self._known.pop(screen.name(), None)
        if gone is not None:
            self.lost.emit(gone)
        self._settle.start()


def _reading_order(info: ScreenInfo) -> tuple[int, int]:
    return (info.y // max(1, info.height // 2), info.x)


def fill(window: QWidget, screen: QScreen) -> None:
    """Show a window over a whole monitor. This order worked under X11, Xvfb and offscreen alike (any other did not)."""
    if window.isFullScreen() and window.geometry() != screen.geometry():
        window.showNormal()  # a full window is not moved by its geometry
    window.setScreen(screen)
    window.winId()
    handle = window.windowHandle()
    if handle is not None:
        handle.setScreen(screen)
    window.setGeometry(screen.geometry())
    window.showFullScreen()


def frame(window: QWidget, screen: QScreen) -> None:
    """Show a window over a monitor's free room, with its title bar: the way of a single desktop."""
    window.setScreen(screen)
    window.winId()
    handle = window.windowHandle()
    if handle is not None:
        handle.setScreen(screen)
    # Where there is no window manager nobody enlarges it: a display of a service alone has none.
    window.setGeometry(screen.availableGeometry())
    window.showMaximized()


def lodge(window: QWidget, screen: QScreen, nth: int) -> None:
    """Show a window that lost its own monitor as a framed one on another, whole title bar in sight, behind the rest."""
    place = screen.availableGeometry()
    width, height = int(place.width() * 0.7), int(place.height() * 0.7)
    step = 32 * (nth % 6)
    window.setWindowState(window.windowState() & ~window.windowState().WindowFullScreen)
    window.setScreen(screen)
    handle = window.windowHandle()
    if handle is not None:
        handle.setScreen(screen)
    window.showNormal()
    window.setGeometry(place.x() + 48 + step, place.y() + 64 + step, width, height)
    window.lower()


def nearest(infos: Sequence[ScreenInfo], to: ScreenInfo) -> ScreenInfo | None:
    """The monitor whose middle is nearest, the first of equals."""

    def away(info: ScreenInfo) -> float:
        return (info.rect.center() - to.rect.center()).manhattanLength()

    return min(infos, key=away, default=None)
