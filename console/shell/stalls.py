"""The stall meter: a precise beat on the screen thread; what a beat is late is what a person waits.

A second thread looks whether the beat is overdue and notes what the screen thread is doing then. It sees nothing
while a call holds the interpreter's lock; the lateness itself is measured all the same. Waking from suspend is
no stall: a gap longer than `SUSPEND_S` is left out.
"""

from __future__ import annotations

import sys
import threading
import traceback
from collections import Counter, deque
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, QTimer

from console.core.clock import Clock

PERIOD_S = 0.005
LATE_S = 0.05
SUSPEND_S = 30.0
_MOST = 200_000


@dataclass(frozen=True, slots=True)
class Stalls:
    """What was measured, in milliseconds."""

    beats: int
    p99_ms: float
    p999_ms: float
    most_ms: float
    guilty: tuple[tuple[str, int], ...]
    """Where the screen thread stood when a beat was overdue, with how often, the most frequent first."""


class StallMeter(QObject):
    """Beats from `start` until `stop`."""

    def __init__(self, clock: Clock, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._clock = clock
        self._late_s: deque[float] = deque(maxlen=_MOST)
        self._last_s = 0.0
        self._guilty: Counter[str] = Counter()
        self._screen = threading.get_ident()
        self._ended = threading.Event()
        self._watch: threading.Thread | None = None
        self._timer = QTimer(self, timerType=Qt.TimerType.PreciseTimer, interval=round(PERIOD_S * 1000))
        self._timer.timeout.connect(self.beat)

    def start(self) -> None:
        """Begin to measure."""
        self._last_s = self._clock.monotonic_s()
        self._timer.start()
        self._watch = threading.Thread(target=self._look, name="stalls", daemon=True)
        self._watch.start()

    def stop(self) -> None:
        """End the beat and the thread."""
        self._timer.stop()
        self._ended.set()
        if self._watch is not None:
            self._watch.join()

    def beat(self) -> None:
        """One beat: how late is it?"""
        now_s = self._clock.monotonic_s()
        late_s = now_s - self._last_s - PERIOD_S
        self._last_s = now_s
        if late_s < SUSPEND_S:
            self._late_s.append(max(0.0, late_s))

    def _look(self) -> None:
        seen_s = 0.0
        while not self._clock.wait(self._ended, LATE_S / 5):
            last_s = self._last_s
            if last_s != seen_s and self._clock.monotonic_s() - last_s > LATE_S + PERIOD_S:
                seen_s = last_s
                frame = sys._current_frames().get(self._screen)
                if frame is not None:
                    self._guilty["".join(traceback.format_stack(frame, 3)[-1:]).strip()] += 1

    def report(self) -> Stalls:
        """What was measured so far."""
        late = sorted(self._late_s)
        if not late:
            return Stalls(0, 0.0, 0.0, 0.0, ())
        last = len(late) - 1

        def part(share: float) -> float:
            return round(late[min(last, int(len(late) * share))] * 1000, 2)

        return Stalls(len(late), part(0.99), part(0.999), round(late[-1] * 1000, 2), tuple(self._guilty.most_common(5)))
