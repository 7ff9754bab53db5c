"""The screen's event loop while a first intake of a million complaints runs, with all five panels open.

The console itself is started: four windows, its engine as a child, a centre on loopback. A precise beat of 5 ms in
the screen's thread tells how late it was each time; that is how long a hand would have waited.
"""

from __future__ import annotations

import importlib
import os
import runpy
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from bench.figures import CannotMeasure, Figure, figure, quantile
from bench.fresh import ROOT, run
from bench.sizes import Sizes

METRICS = {"loop.intake_p99": "ms", "loop.intake_max": "ms"}
PERIOD_S = 0.005
MOST_S = 600
OPENING_S = 3.0
"""Beats of the first seconds, in which windows and panels are made, are the start's and not the intake's."""


def stored(profile: Path) -> int:
    """How many complaints the store holds by now, 0 while there is no store."""
    try:
        with closing(sqlite3.connect(f"file:{profile / 'records.db'}?mode=ro", uri=True)) as db:
            return int(db.execute("SELECT coalesce(sum(count), 0) FROM tally_area").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


class Meter:
    """Stands in for the console's own stall meter, which it is started with: keeps every beat."""

    beats: tuple[float, ...] = ()

    def __init__(self, _clock: object) -> None:
        from PySide6.QtCore import Qt, QTimer

        self._late: list[float] = []
        self._opened = 0.0
        self._timer = QTimer(timerType=Qt.TimerType.PreciseTimer, interval=round(PERIOD_S * 1000))
        self._timer.timeout.connect(self._beat)
        self._last = 0.0

    def start(self) -> None:
        self._last = time.perf_counter()
        self._opened = self._last + OPENING_S
        self._timer.start()

    def _beat(self) -> None:
        now = time.perf_counter()
        if now > self._opened:
            self._late.append(max(0.0, now - self._last - PERIOD_S) * 1000)
        self._last = now

    def stop(self) -> None:
        self._timer.stop()
        Meter.beats = tuple(self._late)

    def report(self) -> str:
        return f"{len(self._late)} beats"


def screen(profile: str, rows: int) -> Mapping[str, Any]:
    """The console, until all is taken in."""
    stalls: Any = importlib.import_module("console.shell.stalls")
    stalls.StallMeter = Meter
    began = time.perf_counter()
    took: list[float] = []

    def watch() -> None:
        while stored(Path(profile)) < rows and time.perf_counter() - began < MOST_S:
            time.sleep(1)
        took.append(time.perf_counter() - began)
        time.sleep(OPENING_S)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()
    sys.argv = [str(ROOT / "main.py"), "run", "--profile", profile, "--screens", "4", "--no-centre", "--stalls"]
    with suppress(SystemExit):
        runpy.run_path(str(ROOT / "main.py"), run_name="__main__")
    held = stored(Path(profile))
    if held < rows:
        return {"cannot": f"only {held} of {rows} were taken in"}
    beats = Meter.beats
    if not beats:
        return {"cannot": "the screen has not beaten: was it started with another meter?"}
    return {"p99": quantile(beats, 0.99), "max": max(beats), "beats": len(beats), "took_s": took[0]}


SIDES = {"screen": screen}


def measure(size: Sizes, _wanted: tuple[str, ...]) -> list[Figure]:
    """The figures of the loop: the median of the runs' p99, and the worst of all their maxima."""
    from bench.centre import Centre
    from bench.profile import fresh

    runs = []
    for _ in range(size.runs + 1):
        with Centre(size.rows) as centre:
            profile = fresh("loop", centre.port)
            runs.append(run(__name__, "screen", timeout_s=MOST_S + 60, profile=str(profile), rows=size.rows))
    results = runs[1:]
    if not results:
        raise CannotMeasure("no run")
    print(f"  (intake with the screen open: {[round(size.rows / each['took_s']) for each in results]} records/s)")
    return [
        figure("loop.intake_p99", "ms", [each["p99"] for each in results]),
        figure("loop.intake_max", "ms", [each["max"] for each in results], judged=1.0),
    ]
