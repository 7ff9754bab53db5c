"""From an operator's command to its receipt, which is said only when it is on disk, while an intake runs at full speed.

The product's own link: black box, pipe, engine, store, and back. Rival: a bare INSERT with synchronous=FULL into a
database that nobody else uses.
"""

from __future__ import annotations

import shutil
import sqlite3
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.figures import Figure, figure
from bench.fresh import ROOT, WORK, pooled, run
from bench.sizes import Sizes

METRICS = {"command.ack_p95": "ms"}
COMMANDS = 200
EVERY_MS = 50
FULL = 1_000_000


def product(profile: str, rows: int) -> Mapping[str, Any]:
    """Notes on complaints that are there, twenty a second, while pages keep coming."""
    from PySide6.QtCore import QTimer

    from bench.desk import application, pump
    from bench.loop import stored
    from console.commands import seal
    from console.commands.work import Note
    from console.core.clock import SystemClock
    from console.core.command import Receipt
    from console.core.records import ComplaintId, QueueFilter
    from console.shell.engine_link import EngineLink
    from console.store.blackbox import BlackBox
    from console.store.files import Profile
    from console.store.read import PAGE, Read

    application()
    place, clock = Profile.at(Path(profile)), SystemClock()
    link = EngineLink(
        sys.executable,
        [str(ROOT / "main.py"), "engine", "--notes", "--profile", profile],
        lambda: BlackBox(place.blackbox, clock),
        clock,
    )
    asked: dict[str, float] = {}
    took: list[float] = []
    bad: list[str] = []

    def answered(receipt: Receipt) -> None:
        took.append((time.perf_counter() - asked[receipt.command]) * 1000)
        if receipt.outcome != "taken":
            bad.append(receipt.says)

    link.receipt.connect(answered)
    link.start()
    enough = min(20_000, rows // 4)
    pump(lambda: stored(place.folder) >= enough, 120)
    read = Read.open(place)
    span = read.span(QueueFilter())
    ids = [ComplaintId(row.id) for number in range(-(-COMMANDS // PAGE)) for row in read.page(span, number)]
    read.close()

    def ask() -> None:
        number = len(asked)
        if number >= COMMANDS:
            timer.stop()
            return
        envelope = seal(Note(ids[number], "Sudah dihubungi."), clock, "bench")
        asked[envelope.id] = time.perf_counter()
        link.do(envelope)

    timer = QTimer(interval=EVERY_MS)
    timer.timeout.connect(ask)
    timer.start()
    pump(lambda: len(took) >= COMMANDS, 120)
    still = stored(place.folder)
    link.stop()
    if bad:
        return {"cannot": f"refused: {bad[0]}"}
    if still >= rows:
        return {"cannot": "the intake was over before the commands were"}
    return {"took": took}


def rival() -> Mapping[str, Any]:
    """One row a transaction, each synced."""
    folder = WORK / "command-rival"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    db = sqlite3.connect(folder / "plain.db", isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)")
    took = []
    for number in range(COMMANDS):
        time.sleep(EVERY_MS / 1000)
        start = time.perf_counter()
        db.execute("INSERT INTO note VALUES (?, ?)", (number, "Sudah dihubungi."))
        took.append((time.perf_counter() - start) * 1000)
    return {"took": took}


SIDES = {"product": product, "rival": rival}


def measure(size: Sizes, _wanted: tuple[str, ...]) -> list[Figure]:
    """The figure of the acknowledgement."""
    from bench.centre import Centre
    from bench.profile import fresh

    mine, other = [], []
    # Pages for longer than the commands take, whatever the size of the run.
    rows = FULL
    for _ in range(size.runs + 1):
        other.append(run(__name__, "rival"))
        with Centre(rows) as centre:
            mine.append(run(__name__, "product", profile=str(fresh("command", centre.port)), rows=rows))
    return [
        figure(
            "command.ack_p95",
            "ms",
            pooled(mine[1:], "took"),
            judged=0.95,
            rival="bare INSERT with synchronous=FULL",
            rival_samples=pooled(other[1:], "took"),
        )
    ]
