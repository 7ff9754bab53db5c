"""A bug of ours: written down, shown with a way to copy it, never swallowed. The console goes on where it can.

The report says what kind and where; what anybody wrote is not in it (console/core/bug_report.py).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import TracebackType

from PySide6.QtCore import QObject, Signal

from console.core.bug_report import bug_report
from console.core.clock import Clock
from console.core.errors import ConsoleError, DiskTrouble
from console.store.files import Profile, append_durable, make_folder

_MOST_KEPT = 20
"""Reports of one run that are shown; a fault in a loop must not fill the disk."""


class Crashes(QObject):
    """Takes every exception nobody caught, from any thread."""

    happened = Signal(str)
    """The report, on the screen thread."""
    told = Signal(object)
    """A `ConsoleError` nobody caught: no bug, but a fault of the world that must still be said."""

    def __init__(self, profile: Profile, clock: Clock, version: str) -> None:
        super().__init__()
        self._file = profile.logs / "screen-faults.log"
        self._folder = profile.logs
        self._clock = clock
        self._version = version
        self._count = 0

    def install(self) -> Callable[[], None]:
        """Take over from Python's own hook; the answer gives it back."""
        before = sys.excepthook
        sys.excepthook = self.take

        def give_back() -> None:
            sys.excepthook = before

        return give_back

    def take(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Write down one exception and show it."""
        if isinstance(error, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        if isinstance(error, ConsoleError):
            self.told.emit(error)
            return
        report = self._report(error)
        if sys.stderr is not None:
            sys.stderr.write(report)
        self._count += 1
        if self._count > _MOST_KEPT:
            return
        try:
            make_folder(self._folder)
            append_durable(self._file, report.encode("utf-8", "replace"))
        except DiskTrouble as trouble:
            self.told.emit(trouble)
        self.happened.emit(report)

    def _report(self, error: BaseException) -> str:
        head = f"{self._clock.now().isoformat()} kendali {self._version} python {sys.version.split()[0]} {sys.platform}"
        return f"{head}\n{bug_report(error)}"
