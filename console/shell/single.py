"""One console a profile: the first holds a lock, a second asks it to come to the front and ends.

No socket listens for this: the second leaves one small file in the profile, the first watches for it. The lock is
the operating system's own and goes with the process, however it ends; a file left over means nothing.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

from console.store.files import atomic_write, drop_file, read_bytes

RAISE_FILE = "screen.raise"
_LOOK_MS = 1000
"""Some file systems (network shares) tell nothing of a new file: look as well, now and then."""


def ask_to_raise(profile: Path) -> None:
    """Ask the console that runs on this profile to come to the front."""
    atomic_write(profile / RAISE_FILE, b"raise\n")


class RaiseRequests(QObject):
    """Tells when a second start asked for the windows of this one."""

    asked = Signal()

    def __init__(self, profile: Path, parent: QObject | None = None, look_ms: int = _LOOK_MS) -> None:
        super().__init__(parent)
        self._file = profile / RAISE_FILE
        drop_file(self._file)
        self._watcher = QFileSystemWatcher([str(profile)], self)
        self._watcher.directoryChanged.connect(self.look)
        self._timer = QTimer(self, interval=look_ms)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def look(self) -> None:
        """Take the request that lies there, if one does; it is told once."""
        if read_bytes(self._file) is not None:
            drop_file(self._file)
            self.asked.emit()
