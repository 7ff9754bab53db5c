"""Resident memory of the screen process: five panels on four monitors, no web view, a million complaints."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from bench.figures import CannotMeasure, Figure, figure
from bench.fresh import ROOT, WORK, environment
from bench.sizes import Sizes

METRICS = {"memory.screen_mb": "MB"}
SETTLED_S = 12
"""By then all panels have read and painted."""


def _once(profile: Path) -> float:
    command = [sys.executable, str(ROOT / "main.py"), "run", "--profile", str(profile), "--screens", "4", "--no-centre"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL)
    try:
        time.sleep(SETTLED_S)
        if process.poll() is not None:
            raise CannotMeasure(f"the console ended with {process.returncode}")
        return float(psutil.Process(process.pid).memory_info().rss) / 1e6
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def measure(size: Sizes, _wanted: tuple[str, ...]) -> list[Figure]:
    """The figure of the memory."""
    from bench.stock import copied

    profile = copied(size.rows, WORK / "memory")
    samples = [_once(profile) for _ in range(size.runs + 1)][1:]
    shutil.rmtree(profile)
    return [figure("memory.screen_mb", "MB", samples)]
