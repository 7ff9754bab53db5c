"""The product's own desk over a store, for benchmarks that drive one panel; and the waiting for what is painted."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QEventLoop, QObject, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from bench.figures import CannotMeasure
from console.core.clock import SystemClock
from console.core.command import Command
from console.models.desk import Desk
from console.shell.preferences import Preferences
from console.store.files import Profile, load_phrases
from console.store.packs import load
from console.store.read import Read
from widgets import theme


def application() -> QApplication:
    """The application as the product dresses it."""
    app = QApplication(["bench"])
    theme.apply(app, theme.load("dark"))
    return app


def _no_deed(_command: Command) -> str:
    raise CannotMeasure("no command is given here")


def open_desk(folder: Path) -> Desk:
    """A desk over the store of that profile, with nobody to take commands."""
    profile = Profile.at(folder)
    preferences = Preferences(profile)
    return Desk.open(
        functools.partial(Read.open, profile),
        do=_no_deed,
        clock=SystemClock(),
        pack=load(profile, preferences["pack"]),
        phrases=load_phrases(preferences["language"]),
        settings=preferences,
    )


def pump(until: Callable[[], bool], most_s: float = 60) -> float:
    """Run the event loop until that is so; ms it took. Sleeps between events, as the product's own loop does."""
    start = time.perf_counter()
    # Without it a loop with nothing to do would sleep for ever.
    beat = QTimer()
    beat.start(500)
    while not until():
        if time.perf_counter() - start > most_s:
            raise CannotMeasure(f"nothing came within {most_s:.0f} s")
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
    beat.stop()
    return (time.perf_counter() - start) * 1000


class Paints(QObject):
    """Counts the paints of a widget; with a condition, only those at which it holds."""

    def __init__(self, widget: QWidget, when: Callable[[], bool] | None = None) -> None:
        super().__init__(widget)
        self.count = 0
        self._when = when
        widget.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and (self._when is None or self._when()):
            self.count += 1
        return False
