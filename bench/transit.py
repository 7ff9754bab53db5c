"""A city's timetable: from its zip into the store, and a stop's next departures from it.

TransJakarta's of 2021, loaded as the engine does it: by the process that reads, into a store. Times are given to its
calls, which have none, before departures are asked for: at its busiest stops, at random times of a day. No rival.
"""

from __future__ import annotations

import random
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.feeds import answer_of, feed_of
from bench.figures import CannotMeasure, Figure, figure
from bench.fresh import ROOT, WORK, in_turn, pooled
from bench.pages import city
from bench.recordings import AT, recording
from bench.sizes import Sizes
from console.core.clock import TurnedClock
from console.core.items import Table, Timetable
from console.store.files import Profile
from console.store.read import Read
from console.store.store import Store
from sync.reading import Reader

LOAD, DEPARTURES = "feeds.gtfs_load_s", "feeds.departures_p95_ms"
METRICS = {LOAD: "s", DEPARTURES: "ms"}
_STOPS, _ASKED = 50, 400
_LIMIT = 20
"""Departures a board shows."""
_DAY = datetime(2021, 10, 6, tzinfo=UTC)
_FIRST_S, _LAST_S, _EVERY_S, _STEP_S = 5 * 3600, 24 * 3600, 600, 120
"""A trip leaves every ten minutes from five to midnight, and takes two minutes from stop to stop."""


def load() -> Mapping[str, Any]:
    """A timetable from its zip into the store."""
    profile, store = _opened("load")
    reader = Reader([sys.executable, str(ROOT / "main.py"), "read"])
    made = recording("gtfs")
    start = time.perf_counter()
    store.take(reader.read(feed_of("gtfs", made), answer_of(made, made.bodies[0]), {}))
    took_s = time.perf_counter() - start
    reader.close()
    store.close()
    shutil.rmtree(profile.folder)
    return {"s": took_s}


def departures() -> Mapping[str, Any]:
    """What stops say, as the panel asks for it."""
    profile, store = _opened("departures")
    made = recording("gtfs")
    batch = feed_of("gtfs", made).decode(answer_of(made, made.bodies[0]), {})
    assert batch.timetable is not None
    timed, stops = _timed(batch.timetable)
    store.take(replace(batch, timetable=timed))
    store.close()
    read, chance, took = Read.open(profile), random.Random(5), []
    for _ in range(_ASKED):
        now = _DAY + timedelta(seconds=chance.randrange(86_400))
        start = time.perf_counter()
        found = read.departures(f"bench:{chance.choice(stops)}", now, _LIMIT)
        took.append((time.perf_counter() - start) * 1000)
        if not found.next:
            raise CannotMeasure("a stop has no departures")
    read.close()
    shutil.rmtree(profile.folder)
    return {"ms": took}


def _opened(name: str) -> tuple[Profile, Store]:
    folder = WORK / f"feeds-{name}"
    shutil.rmtree(folder, ignore_errors=True)
    profile = Profile.at(folder)
    return profile, Store.open(profile, TurnedClock(AT, seed=4), city())


def _timed(one: Timetable) -> tuple[Timetable, list[str]]:
    """The timetable with times and headways, and its busiest stops."""
    calls = next(each for each in one.tables if each.name == "stop_times")
    trips = next(each for each in one.tables if each.name == "trips")
    rows = [(*row[:3], row[1] * _STEP_S, row[1] * _STEP_S, *row[5:]) for row in calls.rows]
    count: dict[str, int] = {}
    for row in rows:
        count[row[2]] = count.get(row[2], 0) + 1
    names = ("trip_id", "start_s", "end_s", "headway_s", "exact")
    every = Table("frequencies", names, [(row[0], _FIRST_S, _LAST_S, _EVERY_S, 0) for row in trips.rows])
    tables = [each for each in one.tables if each.name not in ("stop_times", "frequencies")]
    busiest = sorted(count, key=lambda stop: (-count[stop], stop))[:_STOPS]
    return one._replace(tables=[*tables, calls._replace(rows=rows), every]), busiest


SIDES = {"load": load, "departures": departures}


def measure(size: Sizes, wanted: Sequence[str]) -> list[Figure]:
    """The figures asked for."""
    figures = []
    for metric, side, key, judged in ((LOAD, "load", "s", 0.5), (DEPARTURES, "departures", "ms", 0.95)):
        if metric in wanted:
            results = in_turn(__name__, {side: {}}, runs=size.runs)
            figures.append(figure(metric, METRICS[metric], pooled(results[side], key), judged=judged))
    return figures
