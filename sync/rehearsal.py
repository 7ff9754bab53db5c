"""Latihan putus: the cable is out for a set time, on purpose, and then it is told what still worked and what waited.

Counts only: deeds done and refused while it was out, the slowest of them, what waited at its end, and how long it took
until all of that was sent. Ends early where a person joins the connection, and with the engine.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from console.core.clock import Clock
from console.core.command import Outcome, Receipt
from console.core.errors import DiskTrouble

LEAST_S, MOST_S = 5.0, 3600.0
SENT_WITHIN_S = 120.0
"""So long it is waited for what waited."""
_LOOK_S = 0.5


@dataclass(slots=True)
class Report:
    """What a rehearsal came to."""

    seconds: float
    """How long the connection was out."""
    deeds: int = 0
    """Deeds of operators done meanwhile, all of them here and at once."""
    refused: int = 0
    sources: int = 0
    """Sources and servers that stood still."""
    waited: int = 0
    """Changes that waited at its end."""
    left: int = 0
    """Changes that still wait when this is told."""
    sent_s: float | None = None
    """Seconds until all that waited was sent, None where it was not."""
    early: bool = False
    """Whether a person ended it before its time."""


class Rehearsal:
    """At most one at a time. `begin`, `joined` and `stop` from any thread."""

    def __init__(
        self,
        clock: Clock,
        *,
        cut: Callable[[bool], None],
        waiting: Callable[[], int],
        sources: Callable[[], int],
        sends: Callable[[], bool],
        tell: Callable[[dict[str, Any]], None],
    ) -> None:
        """`cut` cuts and joins; `waiting` counts changes not sent, `sources` those not asked; `sends` is whether there
        is anybody to send to; `tell` has the report."""
        self._sends = sends
        self._clock = clock
        self._cut = cut
        self._waiting = waiting
        self._sources = sources
        self._tell = tell
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._ending = threading.Event()
        self._report: Report | None = None
        self._thread: threading.Thread | None = None

    @property
    def runs(self) -> bool:
        """Whether one is under way."""
        return self._report is not None

    def begin(self, seconds: float) -> bool:
        """Cut for that long. False where one is under way already."""
        with self._lock:
            if self._report is not None or self._ending.is_set():
                return False
            self._report = Report(min(max(seconds, LEAST_S), MOST_S))
            self._over.clear()
            self._thread = threading.Thread(target=self._run, args=(self._report,), name="rehearsal", daemon=True)
            self._thread.start()
            return True

    def receipt(self, receipt: Receipt) -> None:
        """What became of a command: while the connection is out it counts."""
        report = self._report
        if report is not None and not self._over.is_set() and not receipt.again:
            if receipt.outcome is Outcome.REFUSED:
                report.refused += 1
            else:
                report.deeds += 1

    def joined(self) -> None:
        """A person joined the connection by hand."""
        report = self._report
        if report is not None and not self._over.is_set():
            report.early = True
            self._over.set()

    def stop(self) -> None:
        """The engine ends."""
        self._ending.set()
        self._over.set()
        if self._thread is not None:
            self._thread.join(2.0)

    def _run(self, report: Report) -> None:
        begin_s = self._clock.monotonic_s()
        self._cut(True)
        self._clock.wait(self._over, report.seconds)
        early = self._over.is_set()
        self._over.set()
        report.seconds = round(self._clock.monotonic_s() - begin_s, 1)
        report.sources = self._sources()
        report.waited = report.left = self._counted() or 0
        if not self._ending.is_set():
            if not early:
                self._cut(False)
            if self._sends():
                self._wait_until_sent(report)
            self._tell(asdict(report))
        with self._lock:
            self._report = None

    def _counted(self) -> int | None:
        """What waits; None where the disk does not tell now. It is told elsewhere, and the cable is joined all the
        same."""
        try:
            return self._waiting()
        except DiskTrouble:
            return None

    def _wait_until_sent(self, report: Report) -> None:
        begin_s = now_s = self._clock.monotonic_s()
        while now_s - begin_s < SENT_WITHIN_S:
            left = self._counted()
            report.left = report.left if left is None else left
            if left == 0:
                report.sent_s = round(now_s - begin_s, 1)
                return
            if self._clock.wait(self._ending, _LOOK_S):
                return
            now_s = self._clock.monotonic_s()
