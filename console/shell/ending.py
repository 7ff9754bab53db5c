"""Ctrl+C and SIGTERM end the console in its own order: Qt's loop sleeps in C and would else never see them."""

from __future__ import annotations

import signal
import socket
from types import FrameType

from PySide6.QtCore import QCoreApplication, QObject, QSocketNotifier


class EndRequests(QObject):
    """Quits the application at the first signal to end. A pair of connected sockets wakes the loop; none listens."""

    def __init__(self, app: QCoreApplication) -> None:
        super().__init__()
        self._app = app
        self._read, self._write = socket.socketpair()
        for end in (self._read, self._write):
            end.setblocking(False)
        self._wakeup_before = signal.set_wakeup_fd(self._write.fileno(), warn_on_full_buffer=False)
        wanted = [signal.SIGINT, signal.SIGTERM]
        self._before = {each: signal.signal(each, self._asked) for each in wanted}
        self._notifier = QSocketNotifier(self._read.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._drain)

    def close(self) -> None:
        """Give the signals back."""
        self._notifier.setEnabled(False)
        for each, before in self._before.items():
            signal.signal(each, before)
        signal.set_wakeup_fd(self._wakeup_before)
        self._read.close()
        self._write.close()

    def _asked(self, _number: int, _frame: FrameType | None) -> None:
        self._app.quit()

    def _drain(self) -> None:
        # Reading runs Python, and Python then runs the signal's own function.
        self._read.recv(64)
