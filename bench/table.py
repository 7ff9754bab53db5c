"""The complaint queue at a million rows: a jump anywhere, a page further, and the way to the last row.

A sample ends when every row in sight is there and painted, whichever thread read it. Rival for the last row:
QSqlTableModel on the same table, in the order in which its rows lie (no sorting is asked of it).
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.figures import Figure, figure
from bench.fresh import in_turn, pooled
from bench.sizes import Sizes

METRICS = {"table.jump_1m_p95": "ms", "table.scroll_1m_p95": "ms"}
SIZE = (1500, 820)
JUMPS = 100
STEPS = 200


def product(profile: str, rows: int) -> Mapping[str, Any]:
    """The queue's own panel over the store."""
    from bench.desk import application, open_desk, pump
    from console.panels.queue import Queue

    app = application()
    desk = open_desk(Path(profile))
    panel = Queue(desk)
    panel.resize(*SIZE)
    panel.show()
    table, model = panel.table, panel.model

    def there() -> bool:
        top = table.rowAt(0)
        last = table.rowAt(table.viewport().height() - 1)
        last = model.rowCount() - 1 if last < 0 else last
        return model.rowCount() > 0 and top >= 0 and bool(model.line(top)) and bool(model.line(last))

    def go(position: int) -> float:
        start = time.perf_counter()
        bar.setValue(position)
        app.processEvents()
        pump(there)
        app.processEvents()
        return (time.perf_counter() - start) * 1000

    pump(there)
    bar = table.verticalScrollBar()
    if model.rowCount() != rows:
        return {"cannot": f"the queue has {model.rowCount()} rows, not {rows}"}
    last_row = go(bar.maximum())
    chance = random.Random(5)
    jumps = [go(chance.randrange(bar.maximum())) for _ in range(JUMPS)]
    page = max(1, table.viewport().height() // table.rowHeight(table.rowAt(0)) - 1)
    begin = bar.maximum() // 3
    go(begin)
    steps = [go(begin + page * nth) for nth in range(1, STEPS + 1)]
    return {"last_row": last_row, "jumps": jumps, "steps": steps}


def rival(profile: str, rows: int) -> Mapping[str, Any]:
    """QSqlTableModel under a plain QTableView."""
    from PySide6.QtSql import QSqlDatabase, QSqlTableModel
    from PySide6.QtWidgets import QApplication, QHeaderView, QTableView

    app = QApplication([])
    database = QSqlDatabase.addDatabase("QSQLITE")
    database.setConnectOptions("QSQLITE_OPEN_READONLY")
    database.setDatabaseName(str(Path(profile) / "records.db"))
    if not database.open():
        return {"cannot": database.lastError().text()}
    model = QSqlTableModel(None, database)
    model.setTable("complaint")
    if not model.select():
        return {"cannot": model.lastError().text()}
    view = QTableView()
    view.setWordWrap(False)
    view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    view.setModel(model)
    view.resize(*SIZE)
    view.show()
    app.processEvents()
    start = time.perf_counter()
    while model.canFetchMore():
        model.fetchMore()
    view.scrollToBottom()
    app.processEvents()
    took = (time.perf_counter() - start) * 1000
    if model.rowCount() != rows:
        return {"cannot": f"{model.rowCount()} rows, not {rows}"}
    return {"last_row": took}


SIDES = {"product": product, "rival": rival}


def measure(size: Sizes, _wanted: tuple[str, ...]) -> list[Figure]:
    """The figures of the table."""
    from bench.stock import stocked

    given = {"profile": str(stocked(size.rows)), "rows": size.rows}
    results = in_turn(__name__, {"rival": given, "product": given}, runs=size.runs)
    mine, other = results["product"], results["rival"]
    jump = figure(
        "table.jump_1m_p95",
        "ms",
        pooled(mine, "jumps"),
        judged=0.95,
        rival="QSqlTableModel to the last row",
        rival_samples=pooled(other, "last_row"),
        own_samples=pooled(mine, "last_row"),
    )
    return [jump, figure("table.scroll_1m_p95", "ms", pooled(mine, "steps"), judged=0.95)]
