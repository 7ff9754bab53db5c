"""Search as one types: every key of real words typed into the queue's search field, until the rows stand there.

Rival: LIKE over the same columns of the same table, the same texts, the query alone (nothing is painted).
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.figures import Figure, figure
from bench.fresh import in_turn, pooled
from bench.sizes import Sizes

METRICS = {"search.type_1m_p95": "ms"}
TYPED = ("lampu jalan", "banjir", "pohon tumbang", "sekolah", "macet pagi", "Jl. Kenanga", "puskesmas")
"""Common words, rare ones, two words, an address; `numbers` adds ids."""


def numbers(rows: int) -> list[str]:
    """Two complaints' own numbers, as they are read out on the telephone."""
    chance = random.Random(3)
    return [f"{chance.randrange(1, rows):08d}" for _ in range(2)]


def product(profile: str, rows: int) -> Mapping[str, Any]:
    """Keys into the panel's own field."""
    from bench.desk import application, open_desk, pump
    from console.panels.queue import Queue

    app = application()
    desk = open_desk(Path(profile))
    panel = Queue(desk)
    panel.resize(1500, 820)
    panel.show()
    model, table = panel.model, panel.table
    came: list[int] = []
    model.counted.connect(lambda count, _capped: came.append(count))
    pump(lambda: model.rowCount() > 0)

    def there() -> bool:
        return bool(came) and (came[-1] == 0 or model.line(max(0, table.rowAt(0))) is not None)

    keys: list[float] = []
    for text in (*TYPED, *numbers(rows)):
        for end in range(1, len(text) + 1):
            if text[:end].strip() == text[: end - 1].strip():
                continue
            came.clear()
            start = time.perf_counter()
            panel.search.setText(text[:end])
            pump(there)
            app.processEvents()
            keys.append((time.perf_counter() - start) * 1000)
        panel.search.clear()
        came.clear()
        pump(there)
    return {"keys": keys}


def rival(profile: str, rows: int) -> Mapping[str, Any]:
    """The same texts by LIKE; the last three keys of each, for it takes long."""
    db = sqlite3.connect(f"file:{Path(profile) / 'records.db'}?mode=ro", uri=True)
    db.execute("PRAGMA mmap_size = 1073741824")
    keys: list[float] = []
    for text in (*TYPED, *numbers(rows)):
        for end in range(max(2, len(text) - 2), len(text) + 1):
            start = time.perf_counter()
            like = f"%{text[:end]}%"
            db.execute(
                "SELECT n FROM complaint WHERE title LIKE ? OR text LIKE ? OR address LIKE ? OR native_id LIKE ?"
                " ORDER BY requested_at DESC LIMIT 128",
                (like, like, like, like),
            ).fetchall()
            keys.append((time.perf_counter() - start) * 1000)
    return {"keys": keys}


SIDES = {"product": product, "rival": rival}


def measure(size: Sizes, _wanted: tuple[str, ...]) -> list[Figure]:
    """The figure of the search."""
    from bench.stock import stocked

    given = {"profile": str(stocked(size.rows)), "rows": size.rows}
    results = in_turn(__name__, {"rival": given, "product": given}, runs=size.runs)
    return [
        figure(
            "search.type_1m_p95",
            "ms",
            pooled(results["product"], "keys"),
            judged=0.95,
            rival="LIKE on the same table",
            rival_samples=pooled(results["rival"], "keys"),
        )
    ]
