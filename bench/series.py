"""Any window of ten million readings for a chart, as the screen asks for it; and readings a second into the store.

The file holds two series of a value a second (nothing let go of yet: the most rows a window can meet), and one of five
years, by the hour alone before the last ninety days. Windows are of any length and place, 1,000 points each.
Rival: SELECT avg(value) GROUP BY over the readings themselves, in a table with the key it needs.

The rate is that of `Store.take`, batches of 5,000 values of 500 series in the order in which sources tell them: raw,
five minutes, hours and newest kept. Rival: executemany of the same rows into that plain table.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.figures import Figure, figure
from bench.fresh import WORK, in_turn, pooled
from bench.sizes import Sizes
from console.core.clock import TurnedClock, from_millis, millis
from console.core.items import Sample, Series
from console.core.records import Batch
from console.store import schema
from console.store.database import open_writer, transaction
from console.store.files import Profile
from console.store.read_readings import ReadReadings
from console.store.read_series import FIVE_FROM
from console.store.series import FIVE_MS, HOUR_MS, Measurements

METRICS = {"series.window_10m": "ms", "series.intake_per_s": "1/s"}
READINGS = 10_000_000
POINTS = 1000
FEW_DAYS, YEARS_DAYS = 90, 1826
_FORM = 1
"""Of what is made here: another number makes it anew."""
_PLAIN = "CREATE TABLE reading (series {}, at INTEGER, value REAL, PRIMARY KEY (series, at)) WITHOUT ROWID"
_SPANS = "SELECT series, at - at % {0} AS began, {1}, sum({2}), min({3}), max({4}) {5} FROM {6} GROUP BY series, began"
_NAMES = ("a", "b", "long")


def _end() -> int:
    from bench.pages import END

    return millis(END) // HOUR_MS * HOUR_MS


def made(readings: int) -> Path:
    """A profile whose readings.db has so many, and the plain file of the same beside it."""
    folder = WORK / f"series-{readings}-{_FORM}-{len(schema.steps(schema.READINGS))}"
    if (folder / "made").exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    profile = Profile.at(folder)
    with closing(open_writer(profile.readings, full=False)) as db:
        schema.climb(db, schema.READINGS, profile.readings)
        with transaction(db):
            _fill(db, readings)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        with closing(sqlite3.connect(folder / "plain.db", isolation_level=None)) as plain:
            plain.execute("PRAGMA page_size = 8192")
            plain.execute(
                "CREATE TABLE reading (series INTEGER, at INTEGER, value REAL, PRIMARY KEY (series, at)) WITHOUT ROWID"
            )
        db.execute("ATTACH ? AS plain", (str(folder / "plain.db"),))
        db.execute("INSERT INTO plain.reading SELECT series, at, value FROM sample")
        db.execute("DETACH plain")
    (folder / "made").touch()
    return folder


def _fill(db: sqlite3.Connection, readings: int) -> None:
    hand = Measurements(db, YEARS_DAYS)
    hand.tell(Series(f"uji:{name}", "uji", name, name, "Tinggi muka air", "cm") for name in _NAMES)
    end, half = _end(), readings // 3
    for n, count, step in ((1, 2 * half, 1000), (2, readings - 2 * half, 1000)):
        db.execute(
            "WITH RECURSIVE told (k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM told WHERE k + 1 < ?2)"
            " INSERT INTO sample SELECT ?1, ?3 - (?2 - k) * ?4, abs(random() % 10000) / 10.0, '', 3000 FROM told",
            (n, count, end, step),
        )
    fives = _SPANS.format(FIVE_MS, "count(*)", "value", "value", "value", "", "sample")
    db.execute(f"INSERT INTO five_minutes {fives}")
    hours = _SPANS.format(HOUR_MS, "sum(count)", "sum", "lo", "hi", ", 0, 0", "five_minutes")
    db.execute(f"INSERT INTO hour {hours}")
    many = "WITH RECURSIVE told (k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM told WHERE k < ?2)"
    for table, width, days, more in (("five_minutes", FIVE_MS, FEW_DAYS, ""), ("hour", HOUR_MS, YEARS_DAYS, ", 0, 1")):
        db.execute(
            f"{many} INSERT INTO {table} SELECT 3, ?1 - k * ?3, 6, 600.0 + k % 100, 90, 110 {more} FROM told",
            (end, days * 24 * HOUR_MS // width, width),
        )
    db.execute("INSERT INTO meta VALUES (?, ?)", (FIVE_FROM, end - FEW_DAYS * 24 * HOUR_MS))


def _windows(readings: int, count: int) -> Iterator[tuple[int, int, int]]:
    """Number of a series, since, until: of any length, short and long ones alike."""
    chance, end = random.Random(11), _end()
    spans_ms = (2 * (readings // 3) * 1000, (readings - 2 * (readings // 3)) * 1000, YEARS_DAYS * 24 * HOUR_MS)
    for number in range(count):
        n = number % 3
        whole = spans_ms[n]
        span = int(300_000 * (whole / 300_000) ** chance.random())
        until = end - int(chance.random() * (whole - span))
        yield n + 1, until - span, until


def product(folder: str, readings: int, count: int) -> Mapping[str, Any]:
    """The windows by the store's reader."""
    read = ReadReadings(Profile(Path(folder)))
    read.series()
    took = []
    for n, since, until in _windows(readings, count):
        first, last = from_millis(since), from_millis(until)
        start = time.perf_counter()
        found = read.window(f"uji:{_NAMES[n - 1]}", first, last, POINTS)
        took.append((time.perf_counter() - start) * 1000)
        if not 0 < len(found) <= POINTS:
            return {"cannot": f"{len(found)} points"}
    read.close()
    return {"ms": took}


def rival(folder: str, readings: int, count: int) -> Mapping[str, Any]:
    """The same of the first two series by one statement over the readings themselves."""
    db = sqlite3.connect(Path(folder) / "plain.db")
    took = []
    for n, since, until in _windows(readings, count):
        if n == 3:
            continue
        width = max(1, (until - since) // POINTS)
        start = time.perf_counter()
        db.execute(
            "SELECT (at - ?2) / ?4, count(*), avg(value), min(value), max(value) FROM reading"
            " WHERE series = ?1 AND at >= ?2 AND at < ?3 GROUP BY 1",
            (n, since, until, width),
        ).fetchall()
        took.append((time.perf_counter() - start) * 1000)
    return {"ms": took}


_SERIES = 500
_BATCH = 5000


def _batches(count: int) -> Iterator[Batch]:
    from bench.pages import END

    series = [Series(f"uji:{n}", "uji", str(n), f"Pos {n}", "Tinggi muka air", "cm") for n in range(_SERIES)]
    rounds = _BATCH // _SERIES
    for number in range(count):
        begin = END + timedelta(minutes=number * rounds)
        samples = [
            Sample(each.id, begin + timedelta(minutes=step), float((number * 7 + step) % 100))
            for step in range(rounds)
            for each in series
        ]
        yield Batch("uji", series=series, samples=samples, memo={"n": number}, fleeting=True)


def taking(count: int) -> Mapping[str, Any]:
    """Batches into the store."""
    from bench.pages import END, city
    from console.store.store import Store

    folder = WORK / "series-intake"
    shutil.rmtree(folder, ignore_errors=True)
    clock = TurnedClock(END + timedelta(days=30), seed=3)
    store = Store.open(Profile.at(folder), clock, city())
    batches = list(_batches(count))
    start = time.perf_counter()
    for batch in batches:
        store.take(batch)
        store.rest()
    took_s = time.perf_counter() - start
    store.close()
    shutil.rmtree(folder)
    return {"rate": count * _BATCH / took_s}


def plain_taking(count: int) -> Mapping[str, Any]:
    """The same rows by executemany."""
    path = WORK / "series-plain.db"
    path.unlink(missing_ok=True)
    batches = [[(each.series, millis(each.at), each.value) for each in batch.samples] for batch in _batches(count)]
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute(_PLAIN.format("TEXT"))
        start = time.perf_counter()
        for rows in batches:
            db.execute("BEGIN IMMEDIATE")
            db.executemany("INSERT OR REPLACE INTO reading VALUES (?, ?, ?)", rows)
            db.execute("COMMIT")
        took_s = time.perf_counter() - start
    path.unlink()
    return {"rate": count * _BATCH / took_s}


SIDES = {"product": product, "rival": rival, "taking": taking, "plain_taking": plain_taking}


def measure(size: Sizes, wanted: tuple[str, ...]) -> list[Figure]:
    """The figures asked for."""
    figures = []
    if "series.window_10m" in wanted:
        readings = READINGS * size.rows // 1_000_000
        folder = str(made(readings))
        sides = {
            "rival": {"folder": folder, "readings": readings, "count": 30},
            "product": {"folder": folder, "readings": readings, "count": 300},
        }
        results = in_turn(__name__, sides, runs=size.runs)
        figures.append(
            figure(
                "series.window_10m",
                "ms",
                pooled(results["product"], "ms"),
                judged=0.95,
                rival="SELECT avg GROUP BY over the readings",
                rival_samples=pooled(results["rival"], "ms"),
            )
        )
    if "series.intake_per_s" in wanted:
        given = {"count": max(4, size.intake_pages // 5)}
        results = in_turn(__name__, {"plain_taking": given, "taking": given}, runs=size.runs)
        figures.append(
            figure(
                "series.intake_per_s",
                "1/s",
                pooled(results["taking"], "rate"),
                rival="executemany into one table",
                rival_samples=pooled(results["plain_taking"], "rate"),
                rate=True,
            )
        )
    return figures
