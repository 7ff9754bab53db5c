"""How fast answers of each kind of source are read, on one core.

MB are millions of bytes a decoder has read: an answer as it is once inflated, of a zip its files. Seconds are those of
the processor, so that others at this machine cost nothing; reading waits for nothing. Every answer meets a feed that
has read none before it. Rival: a library that reads the same bytes where there is one (feedparser, the format's own
protobuf classes), else the parser alone, whose values nobody checks (json, ElementTree, csv):
the floor below which no decoder in Python comes.
"""

from __future__ import annotations

import csv
import functools
import importlib
import io
import json
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bench.figures import CannotMeasure, Figure, figure
from bench.fresh import in_turn, pooled
from bench.recordings import AT, KINDS, Recording, recording
from bench.sizes import Sizes
from console.core.pack import FeedEntry
from sync.feed import Answer, Feed
from sync.reading_child import look_seldom

RATES = {f"feeds.{kind.replace('-', '_')}.mb_per_s": kind for kind in KINDS}
METRICS = dict.fromkeys(RATES, "MB/s")


def product(kind: str) -> Mapping[str, Any]:
    """Answers read by the product, as its reading process does."""
    made = recording(kind)
    look_seldom()
    pairs = [(feed_of(kind, made), answer_of(made, body)) for body in made.bodies]
    start = time.process_time()
    batches = [feed.decode(answer, {}) for feed, answer in pairs]
    took_s = time.process_time() - start
    taken = sum(each.count + len(each.samples) for each in batches) or sum(
        each.timetable is not None for each in batches
    )
    refused = 0 if kind == "gtfs" else sum(len(each.refused) for each in batches)
    if not taken or refused:  # TransJakarta's timetable has true faults, the others have none
        raise CannotMeasure(f"{taken} records of {kind} were taken, {refused} refused")
    return {"rate": made.size / 1e6 / took_s}


def rival(kind: str) -> Mapping[str, Any]:
    """The same bytes read by what `RIVALS` names."""
    made = recording(kind)
    read = _RIVALS[kind][1](made)
    start = time.process_time()
    for body in made.bodies:
        read(body)
    return {"rate": made.size / 1e6 / (time.process_time() - start)}


@functools.cache
def _kinds() -> Mapping[str, type[Feed]]:
    from sync.feeds import found

    return found()


def feed_of(kind: str, made: Recording) -> Feed:
    """A source of that kind that has read nothing."""
    from bench.pages import city

    entry = FeedEntry("bench", kind, {"id": "Bench"}, _address(made), 60, 600, options=made.options)
    return _kinds()[kind](entry, city())


def answer_of(made: Recording, body: bytes) -> Answer:
    """An answer of it."""
    return Answer(body, made.form, "", AT, _address(made), tag=made.tag)


def _address(made: Recording) -> str:
    return f"https://bench.invalid/{made.name}"


def _json(_: Recording) -> Callable[[bytes], Any]:
    return json.loads


def _xml(_: Recording) -> Callable[[bytes], Any]:
    return importlib.import_module("defusedxml.ElementTree").fromstring  # type: ignore[no-any-return]


def _feedparser(_: Recording) -> Callable[[bytes], Any]:
    parse = importlib.import_module("feedparser").parse
    return lambda body: parse(io.BytesIO(body))


def _protobuf(_: Recording) -> Callable[[bytes], Any]:
    message = importlib.import_module("google.transit.gtfs_realtime_pb2").FeedMessage
    return lambda body: message().ParseFromString(body)


def _csv(_: Recording) -> Callable[[bytes], Any]:
    return lambda body: list(csv.reader(io.StringIO(body.decode(), newline="")))


def _csv_of_zip(_: Recording) -> Callable[[bytes], Any]:
    def read(body: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            for name in packed.namelist():
                with packed.open(name) as stream:
                    list(csv.reader(io.TextIOWrapper(stream, "utf-8-sig", newline="")))

    return read


def _words(made: Recording) -> Callable[[bytes], Any]:
    return lambda body: made.options["contains"] in body.decode()


_RIVALS: Mapping[str, tuple[str, Callable[[Recording], Callable[[bytes], Any]]]] = {
    **dict.fromkeys(
        ("open311", "mastodon", "sensorthings", "bmkg-quake", "bmkg-forecast", "ckan", "petabencana", "esri"),
        ("json.loads alone", _json),
    ),
    **dict.fromkeys(("cap", "bmkg-nowcast"), ("ElementTree alone", _xml)),
    "press": ("feedparser", _feedparser),
    "gtfs": ("zipfile and csv alone", _csv_of_zip),
    "gtfs-rt": ("gtfs-realtime-bindings", _protobuf),
    "file": ("csv alone", _csv),
    "health": ("`in` alone", _words),
}

SIDES = {"product": product, "rival": rival}


def measure(size: Sizes, wanted: Sequence[str]) -> list[Figure]:
    """The figures asked for. One that cannot be had costs no other."""
    figures = []
    for metric, kind in RATES.items():
        if metric in wanted:
            try:
                figures.append(_rate(metric, kind, size.runs))
            except CannotMeasure as trouble:
                figures.append(Figure(metric, None, METRICS[metric], 0, why=str(trouble)))
    return figures


def _rate(metric: str, kind: str, runs: int) -> Figure:
    """A rate beside its rival's; where the rival is not installed, without."""
    sides: dict[str, Mapping[str, Any]] = {"product": {"kind": kind}}
    with_rival = _RIVALS[kind][0] not in ("feedparser", "gtfs-realtime-bindings") or _installed(kind)
    if with_rival:
        sides["rival"] = {"kind": kind}
    results = in_turn(__name__, sides, runs=runs)
    return figure(
        metric,
        "MB/s",
        pooled(results["product"], "rate"),
        rival=_RIVALS[kind][0] if with_rival else None,
        rival_samples=pooled(results["rival"], "rate") if with_rival else (),
        rate=True,
    )


def _installed(kind: str) -> bool:
    try:
        _RIVALS[kind][1](Recording([b""]))
    except ImportError:
        return False
    return True
