"""From the start of the process to the first painted rows of the last known data, and what the lack of a centre costs.

The product is `main.py run` itself on one monitor, over a store of a million complaints. Rival: an empty QMainWindow.
"""

from __future__ import annotations

import importlib
import os
import runpy
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.figures import Figure, figure
from bench.fresh import MARK, ROOT, WORK, in_turn, pooled, started_at
from bench.sizes import Sizes

METRICS = {"start.first_data": "ms", "start.offline_extra": "ms"}


def _done(**values: Any) -> None:
    import json

    print(MARK + json.dumps(values), flush=True)
    os._exit(0)


def product(profile: str, online: bool) -> Mapping[str, Any]:
    """Ends itself as soon as the queue has painted a row."""
    from PySide6.QtGui import QPaintEvent

    # What the panel is made of is the panel's affair: its table is taken as it names it.
    table_kind = importlib.import_module("console.panels.queue").QueueTable
    paint = table_kind.paintEvent

    def painted(table: Any, event: QPaintEvent) -> None:
        paint(table, event)
        if table.rows.rowCount() and table.rows.line(0) is not None:
            _done(first=(time.time() - started_at()) * 1000)

    table_kind.paintEvent = painted
    sys.argv = [str(ROOT / "main.py"), "run", "--profile", profile, "--screens", "1"]
    if not online:
        sys.argv.append("--no-centre")
    runpy.run_path(str(ROOT / "main.py"), run_name="__main__")
    return {"cannot": "the console ended before it had painted a row"}


def rival() -> Mapping[str, Any]:
    """An empty window of the same size, painted."""
    from PySide6.QtGui import QPaintEvent
    from PySide6.QtWidgets import QApplication, QMainWindow

    class Window(QMainWindow):
        def paintEvent(self, event: QPaintEvent) -> None:
            super().paintEvent(event)
            _done(first=(time.time() - started_at()) * 1000)

    app = QApplication([])
    window = Window()
    window.resize(1920, 1080)
    window.show()
    app.exec()
    return {"cannot": "the window was not painted"}


SIDES = {"product": product, "offline": product, "rival": rival}


def measure(size: Sizes, _wanted: tuple[str, ...]) -> list[Figure]:
    """The figures of the start."""
    from bench.stock import copied

    profile = str(copied(size.rows, Path(WORK) / "start"))
    sides: dict[str, Mapping[str, Any]] = {
        "rival": {},
        "product": {"profile": profile, "online": True},
        "offline": {"profile": profile, "online": False},
    }
    results = in_turn(__name__, sides, runs=max(size.runs, 9), warm=2)
    online, offline = pooled(results["product"], "first"), pooled(results["offline"], "first")
    first = figure(
        "start.first_data",
        "ms",
        online,
        rival="empty QMainWindow",
        rival_samples=pooled(results["rival"], "first"),
    )
    extra = [without - having for without, having in zip(offline, online, strict=True)]
    return [first, figure("start.offline_extra", "ms", extra)]
