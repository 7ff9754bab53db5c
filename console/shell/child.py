"""A child process that is kept alive: started, listened to line by line, started again with back-off, ended in time.

Lives on the screen thread and never waits there, except in `stop`, and there for a bounded time. A child that ends
by itself is started again after a pause that doubles up to half a minute; one that ran well for a minute has its
past forgiven. A child whose exit code says that trying again is useless stays down until a person asks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum

from PySide6.QtCore import QObject, QProcess, QTimer, Signal

from console.core.clock import Clock

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 30.0
FORGIVEN_AFTER_S = 60.0
LONGEST_LINE = 4 << 20
"""More than that without a line end is no child of ours."""


class ChildState(StrEnum):
    """How the child stands."""

    STARTING = "starting"
    RUNNING = "running"
    WAITING = "waiting"  # it ended; the next start is set
    DOWN = "down"  # it ended and is not started again by itself
    STOPPED = "stopped"


class Child(QObject):
    """One program kept running."""

    line = Signal(bytes)
    """One line of its standard output, without the line end."""
    state_changed = Signal(object)
    """The new `ChildState`."""
    ended = Signal(int)
    """It ended by itself, with that exit code; -1 where it was killed or never came up."""

    def __init__(
        self,
        program: str,
        arguments: Sequence[str],
        clock: Clock,
        *,
        useless: frozenset[int] = frozenset(),
        parent: QObject | None = None,
    ) -> None:
        """`useless` are exit codes after which no new start is tried."""
        super().__init__(parent)
        self._program = program
        self._arguments = list(arguments)
        self._clock = clock
        self._useless = useless
        self._state = ChildState.STOPPED
        self._failures = 0
        self._began_s = 0.0
        self._rest = b""
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.timeout.connect(self._launch)
        # One object for all its lives: a process object that dies while its own signal is heard has crashed Qt here.
        self._process = QProcess(self)
        self._process.setProcessChannelMode(QProcess.ProcessChannelMode.ForwardedErrorChannel)
        self._process.started.connect(self._started)
        self._process.readyReadStandardOutput.connect(self._readable)
        self._process.finished.connect(self._finished)
        self._process.errorOccurred.connect(self._failed)

    @property
    def state(self) -> ChildState:
        """How the child stands."""
        return self._state

    @property
    def pid(self) -> int:
        """Its process number, 0 while none runs."""
        return self._process.processId()

    def start(self, arguments: Sequence[str] | None = None) -> None:
        """Start it, with other arguments where given. One that runs or is about to is left alone."""
        if arguments is not None:
            self._arguments = list(arguments)
        if self._state in (ChildState.STOPPED, ChildState.DOWN):
            self._failures = 0
            self._launch()

    def write(self, data: bytes) -> bool:
        """Hand it bytes; false where none runs to take them."""
        if self._process.state() != QProcess.ProcessState.Running:
            return False
        return bool(self._process.write(data) == len(data))

    def stop(self, farewell: bytes = b"", within_s: float = 5.0) -> None:
        """Say farewell, close its input and wait for its end; then terminate, then kill. The only place that waits."""
        self._again.stop()
        self._set(ChildState.STOPPED)
        if self._process.state() != QProcess.ProcessState.NotRunning:
            _end(self._process, farewell, int(within_s * 1000))

    def _launch(self) -> None:
        self._rest = b""
        self._began_s = self._clock.monotonic_s()
        self._set(ChildState.STARTING)
        self._process.start(self._program, self._arguments)

    def _started(self) -> None:
        if self._state is ChildState.STARTING:
            self._set(ChildState.RUNNING)

    def _readable(self) -> None:
        whole = self._rest + bytes(self._process.readAllStandardOutput().data())
        *lines, self._rest = whole.split(b"\n")
        for each in lines:
            self.line.emit(each)
        if len(self._rest) > LONGEST_LINE:
            self._rest = b""
            self._process.kill()

    def _failed(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._gone(-1)

    def _finished(self, code: int, how: QProcess.ExitStatus) -> None:
        self._gone(code if how == QProcess.ExitStatus.NormalExit else -1)

    def _gone(self, code: int) -> None:
        if self._state is ChildState.STOPPED:
            return
        if self._clock.monotonic_s() - self._began_s >= FORGIVEN_AFTER_S:
            self._failures = 0
        self._failures += 1
        if code in self._useless:
            self._set(ChildState.DOWN)
        else:
            self._again.start(int(pause_s(self._failures, self._clock.chance) * 1000))
            self._set(ChildState.WAITING)
        self.ended.emit(code)

    def _set(self, state: ChildState) -> None:
        if state is not self._state:
            self._state = state
            self.state_changed.emit(state)


def pause_s(failures: int, chance: Callable[[], float]) -> float:
    """Seconds before the start after that many failures: short at first, with jitter, never over half a minute."""
    grown = FIRST_PAUSE_S * 2.0 ** min(max(failures - 1, 0), 20)
    return min(LONGEST_PAUSE_S, grown) * (0.75 + chance() / 4)


def _end(process: QProcess, farewell: bytes, within_ms: int) -> None:
    if farewell:
        process.write(farewell)
        process.waitForBytesWritten(min(within_ms, 500))
    process.closeWriteChannel()
    if process.waitForFinished(within_ms):
        return
    process.terminate()
    if not process.waitForFinished(1000):
        process.kill()
        process.waitForFinished(1000)
