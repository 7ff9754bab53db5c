"""Records a second from a page's bytes to the store: the product's feed, keeper and store, one process, a first intake.

As the engine does it: while the keeper's thread stores a page, the next one is decoded in a process of its own.

Rival: json.loads and executemany in one thread, the same pages, the same columns, one index, the same batches and
the same durability. The rival checks nothing, searches nothing, counts nothing and knows no duplicates.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.figures import Figure, figure
from bench.fresh import ROOT, WORK, in_turn, pooled
from bench.sizes import Sizes

METRICS = {"intake.records_per_s": "1/s"}
_COLUMNS = (
    *("service_request_id", "status", "status_notes", "service_name", "service_code", "description"),
    *("agency_responsible", "requested_datetime", "updated_datetime", "expected_datetime", "address", "lat", "long"),
    "media_url",
)


def _folder(name: str) -> Path:
    folder = WORK / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def product(rows: int) -> Mapping[str, Any]:
    """Decode every page, and take it while the next is decoded."""
    import sys

    from bench.pages import city, pages
    from bench.stock import answer, feed_of
    from console.core.clock import SystemClock
    from console.store.files import Profile
    from console.store.keeper import Keeper
    from console.store.store import Store
    from sync.reading import Reader
    from sync.start import TURN_S

    folder = _folder("intake")
    pack = city()
    feed = feed_of(pack)
    store = Store.open(Profile.at(folder), SystemClock(), pack)
    keeper = Keeper(store)
    reader = Reader((sys.executable, str(ROOT / "main.py"), "read"))
    bodies = pages(rows)
    reader.read(
        feed, answer(bodies[0].read_bytes()), {}
    )  # the process is there before the first page, as after a start
    sys.setswitchinterval(TURN_S)
    flying = None
    start = time.perf_counter()
    for page in bodies:
        batch = reader.read(feed, answer(page.read_bytes()), {})
        if flying is not None:
            flying.result()
        flying = keeper.take(batch)
    if flying is not None:
        flying.result()
    took_s = time.perf_counter() - start
    reader.close()
    keeper.close()
    db = sqlite3.connect(folder / "records.db")
    count = db.execute("SELECT count(*) FROM complaint").fetchone()[0]
    store.close()
    if count != rows:
        return {"cannot": f"{count} rows were stored, not {rows}"}
    shutil.rmtree(folder)
    return {"rate": rows / took_s}


def rival(rows: int) -> Mapping[str, Any]:
    """The plain loop."""
    from bench.pages import pages

    folder = _folder("intake-rival")
    db = sqlite3.connect(folder / "plain.db", isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute(f"CREATE TABLE request (service_request_id TEXT PRIMARY KEY, {', '.join(_COLUMNS[1:])})")
    db.execute("CREATE INDEX newest ON request (requested_datetime)")
    insert = f"INSERT INTO request VALUES ({','.join(f':{name}' for name in _COLUMNS)})"
    bodies = pages(rows)
    start = time.perf_counter()
    for page in bodies:
        records = json.loads(page.read_bytes())
        db.execute("BEGIN IMMEDIATE")
        db.executemany(insert, records)
        db.execute("COMMIT")
    took_s = time.perf_counter() - start
    db.close()
    shutil.rmtree(folder)
    return {"rate": rows / took_s}


SIDES = {"product": product, "rival": rival}


def measure(size: Sizes, _wanted: tuple[str, ...]) -> list[Figure]:
    """The figure of the intake."""
    from bench.pages import pages

    pages(size.rows)
    given = {"rows": size.rows}
    results = in_turn(__name__, {"rival": given, "product": given}, runs=size.runs)
    return [
        figure(
            "intake.records_per_s",
            "1/s",
            pooled(results["product"], "rate"),
            rival="json + executemany in one thread",
            rival_samples=pooled(results["rival"], "rate"),
            rate=True,
        )
    ]
