"""What twenty sources cost while nobody does anything: the engine with the process that reads for it.

`main.py engine` as a screen starts it, with the pack that ships and four sources more, each asked as often as it is
declared; the embedded centre is a process of its own and is not counted. Counted are the seconds of the processor
between the end of the first intake and some minutes later, as a share of that time on one core, and the memory that
is resident then.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

from bench.figures import CannotMeasure, Figure, figure
from bench.fresh import ROOT, environment, in_turn, pooled
from bench.sizes import Sizes
from bench.town import SOURCES, Centre, declared
from console.core import notes
from console.core.errors import DiskTrouble
from console.store.files import Profile
from console.store.read import Read

CPU, MEMORY = "feeds.cpu_20_sources", "feeds.memory_20_sources"
METRICS = {CPU: "%", MEMORY: "MB"}
WINDOW_S = 150.0
"""More than one visit of all but five: one is asked every ten minutes, one every five, three once an hour."""
FIRST_S = 75.0
"""By then every source has been asked once, and a month of complaints is taken in and found by its words, also where
others use this machine."""


def product(window_s: float) -> Mapping[str, Any]:
    """One engine."""
    folder = declared("feeds-twenty")
    command = [sys.executable, str(ROOT / "main.py"), "engine", "--profile", str(folder), "--notes"]
    with Centre() as centre:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert process.stdin is not None
        process.stdin.write(notes.line("centre", address=centre.address))
        process.stdin.flush()
        try:
            time.sleep(FIRST_S)
            _all_well(folder)
            before_s, began_s = _spent_s(process.pid), time.monotonic()
            time.sleep(window_s)
            spent_s, took_s = _spent_s(process.pid) - before_s, time.monotonic() - began_s
            resident = sum(each.memory_info().rss for each in _family(process.pid)) / 1e6
            _all_well(folder)
        finally:
            process.stdin.close()
            process.wait(timeout=30)
    shutil.rmtree(folder)
    return {"cpu": spent_s / took_s * 100, "mb": resident}


def _family(pid: int) -> list[psutil.Process]:
    """The engine and what it started."""
    try:
        engine = psutil.Process(pid)
        return [engine, *engine.children(recursive=True)]
    except psutil.NoSuchProcess:
        raise CannotMeasure("the engine ended") from None


def _spent_s(pid: int) -> float:
    """Seconds of the processor all of them took so far, those that have ended among them."""
    spent_s = 0.0
    for each in _family(pid):
        times = each.cpu_times()
        spent_s += times.user + times.system
        spent_s += getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
    return spent_s


def _all_well(folder: Path) -> None:
    """Every source was asked and answered: one that fails costs nothing."""
    try:
        read = Read.open(Profile.at(folder))
    except DiskTrouble as trouble:
        raise CannotMeasure("the engine has no store") from trouble
    try:
        sources = read.sources()
    finally:
        read.close()
    ill = [f"{each.id} ({each.error})" for each in sources if each.trouble or each.last_good_at is None]
    if len(sources) != SOURCES or ill:
        raise CannotMeasure(f"{len(sources)} sources, not well: {', '.join(ill)}")


SIDES = {"product": product}


def measure(size: Sizes, wanted: Sequence[str]) -> list[Figure]:
    """The figures asked for."""
    given = {"window_s": 20.0 if size.small else WINDOW_S}
    results = in_turn(__name__, {"product": given}, runs=2 if size.small else 3, warm=0)
    figures = [
        figure(CPU, "%", pooled(results["product"], "cpu")),
        figure(MEMORY, "MB", pooled(results["product"], "mb")),
    ]
    return [each for each in figures if each.metric in wanted]
