"""Pictures of the wall by the program itself: one PNG a monitor and one of all, once there is something to see.

Taken inside the event loop: after the application was told to quit its windows are closed and a picture is blank.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, QRect, QTimer, Signal
from PySide6.QtGui import QImage, QPainter, QScreen

from console.core.clock import Clock
from console.core.errors import DiskTrouble
from console.core.records import Changes, Kind
from console.models.news import News
from console.store.files import atomic_write, make_folder

STILL_S = 1.2
"""A wall that has had something to show for this long without a break is worth a picture."""
_LOOK_MS = 100


def picture(screen: QScreen) -> QImage:
    """What stands on one monitor, in its own pixels."""
    place = screen.geometry()
    # Plain grabWindow(0) looks at the wrong rectangle where a monitor does not start at 0,0.
    return screen.grabWindow(0, place.x(), place.y(), place.width(), place.height()).toImage()


def composed(pictures: Sequence[tuple[QRect, QImage]]) -> QImage:
    """All monitors as they hang, at one pixel a device independent pixel."""
    whole = QRect()
    for place, _ in pictures:
        whole = whole.united(place)
    wall = QImage(whole.size(), QImage.Format.Format_RGB32)
    wall.fill(0)
    with QPainter(wall) as painter:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for place, image in pictures:
            painter.drawImage(place.translated(-whole.topLeft()), image)
    return wall


def png(image: QImage) -> bytes:
    """An image as the bytes of a PNG."""
    held = QByteArray()
    buffer = QBuffer(held)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not image.save(buffer, "PNG"):  # type: ignore[call-overload]
        raise DiskTrouble("shell.shots.image")
    return bytes(held.data())


def take(screens: Sequence[QScreen], folder: Path) -> list[Path]:
    """Write `monitor-1.png`, ... and `wall.png`; their paths. Raises `DiskTrouble` where the disk takes none."""
    make_folder(folder)
    pictures = [(screen.geometry(), picture(screen)) for screen in screens]
    files = [(f"monitor-{nth}.png", image) for nth, (_, image) in enumerate(pictures, 1)]
    files.append(("wall.png", composed(pictures)))
    for name, image in files:
        atomic_write(folder / name, png(image))
    return [folder / name for name, _ in files]


class Quiet(QObject):
    """Whether what pours in has ended: a wall in the middle of its first intake is not worth a picture."""

    def __init__(self, news: News, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._last_s: float | None = None
        news.changed.connect(self._on_changes)

    @property
    def now(self) -> bool:
        """True where nothing was written for a moment."""
        return self._last_s is None or self._clock.monotonic_s() - self._last_s >= STILL_S

    def _on_changes(self, changes: Changes) -> None:
        if Kind.COMPLAINT in changes.kinds:
            self._last_s = self._clock.monotonic_s()


class Photographer(QObject):
    """Waits until every panel has something to show, or for `most_s`, and says `ready` once."""

    ready = Signal()

    def __init__(self, settled: Callable[[], bool], clock: Clock, most_s: float, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settled = settled
        self._clock = clock
        self._until_s = clock.monotonic_s() + most_s
        self._since_s: float | None = None
        self._timer = QTimer(self, interval=_LOOK_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def look(self) -> None:
        """Look once whether it is time."""
        now_s = self._clock.monotonic_s()
        if not self._settled():
            self._since_s = None
        elif self._since_s is None:
            self._since_s = now_s
        if now_s < self._until_s and (self._since_s is None or now_s - self._since_s < STILL_S):
            return
        self._timer.stop()
        self.ready.emit()
