"""`feed list` and `feed try`: decode a file or an address with a feed, and say what came of it. Nothing is stored."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from enum import IntEnum
from itertools import islice
from pathlib import Path
from typing import Any, TextIO
from zoneinfo import ZoneInfo

from console.core.clock import Clock, SystemClock
from console.core.errors import Away, BadAnswer, ConsoleError, Denied, Refused
from console.core.pack import CityPack, FeedEntry, WorkCalendar
from console.core.phrases import Phrases
from console.core.records import Batch, Refusal
from console.core.safe_text import json_safe
from sync.feed import Answer, Ask, Feed
from sync.feeds import found
from sync.given_file import read_limited
from sync.wire import AGENT, Wire

MOST_REFUSED = 100
"""That many refusals are told; `refused_more` counts the rest."""
MOST_FILES = 2_000
"""Files of a folder that are read."""
MOST_FURTHER = 20
"""Addresses an answer names that are asked too: the warnings of an index."""
_SAMPLE = 3
_NO_CADENCE_S = 3600.0


def feed_list(phrases: Phrases, out: TextIO) -> int:
    """Every kind of source with its title, one a line. Returns the exit code."""
    for kind, feed in found().items():
        print(f"{kind}\t{phrases.say(feed.face.title)}", file=out)
    return 0


def feed_try(
    kind: str,
    source: str,
    phrases: Phrases,
    out: TextIO,
    err: TextIO,
    *,
    pack: CityPack | None = None,
    clock: Clock | None = None,
    wire: Wire | None = None,
) -> int:
    """One JSON object on `out` and 0 where the form was sound; 2 and a sentence on `err` where it was not.

    `source` is a file, a folder of them, or an http(s) address, asked as it stands (a person named it, so an inner one
    is allowed).
    """
    clock = clock or SystemClock()
    try:
        feeds = found()
        if kind not in feeds:
            raise Refused("sync.try.kind", kind=kind, kinds=", ".join(feeds))
        entry = FeedEntry(_name(source), kind, {}, source, _NO_CADENCE_S, _NO_CADENCE_S, allow_private=True)
        feed = feeds[kind](entry, pack or _nowhere())
        batches, further = _tried(feed, source, clock, wire)
    except ConsoleError as trouble:
        print(phrases.tell(trouble), file=err)
        return 2
    told = _told(kind, source, batches, phrases)
    if further:
        told["further"] = further
    out.write(json_safe(json.dumps(told, ensure_ascii=False, indent=1)))
    out.write("\n")
    return 0


def _tried(feed: Feed, source: str, clock: Clock, wire: Wire | None) -> tuple[list[Batch], int]:
    """What the answers at `source` came to, and how many further addresses they name that were not asked. Raises
    where none of them was in its form."""
    if not _is_url(source):
        path = Path(source)
        if path.is_dir():
            return _folder(feed, path, clock), 0
        batch = feed.decode(_of_file(feed, path, clock), {})
        return [batch], len(feed.ask(batch.memo, clock.now())) if batch.more else 0
    own = wire or Wire(clock, agent=AGENT)
    try:
        if feed.face.probes:
            return [_probed(feed, own, clock)], 0
        plain = Ask(source, accept=feed.face.accept, binary=feed.face.binary)
        ask = feed.ask({}, clock.now())[0] if feed.face.by_plan else plain
        return _further(feed, feed.decode(own.fetch(ask, allow_private=True), {}), own, clock)
    finally:
        if wire is None:
            own.close()


def _probed(feed: Feed, wire: Wire, clock: Clock) -> Batch:
    """What came of asking as the feed itself asks, also where it is that nobody answers."""
    ask = feed.ask({}, clock.now())[0]
    try:
        return feed.decode(wire.fetch(ask, allow_private=True), {})
    except (Away, Denied, BadAnswer) as trouble:
        missed = feed.missed(ask, trouble, {})
        if missed is None:
            raise
        return missed


def _further(feed: Feed, first: Batch, wire: Wire, clock: Clock) -> tuple[list[Batch], int]:
    """The first batch with those of the first few further addresses it names, and how many are left."""
    batches = [first]
    asks = feed.ask(first.memo, clock.now()) if first.more else ()
    for ask in asks[:MOST_FURTHER]:
        memo = batches[-1].memo
        try:
            batches.append(feed.decode(wire.fetch(ask, allow_private=True), memo))
        except (Away, Denied, BadAnswer) as trouble:
            missed = feed.missed(ask, trouble, memo)
            if missed is None:
                raise
            batches.append(missed)
    return batches, max(0, len(asks) - MOST_FURTHER)


def _folder(feed: Feed, folder: Path, clock: Clock) -> list[Batch]:
    """Each file of a folder, in the order of names; one that is not in its form is a refusal of its own. Files that are
    one answer together were unpacked: archives among them are answers by themselves."""
    paths = sorted(each for each in folder.iterdir() if each.is_file() and not each.name.startswith("."))
    if not paths:
        raise BadAnswer("sync.file.empty_folder", path=str(folder))
    if feed.face.folder_is_one and not any(path.suffix.lower() == ".zip" for path in paths):
        return [feed.decode(Answer(_zipped(paths), "application/zip", "", clock.now(), str(folder)), {})]
    batches: list[Batch] = []
    bad: list[Refusal] = []
    first: BadAnswer | None = None
    for path in paths[:MOST_FILES]:
        try:
            batch = feed.decode(_of_file(feed, path, clock), {})
        except BadAnswer as trouble:
            first = first or trouble
            bad.append(Refusal(path.name, trouble.says, trouble.values))
            continue
        refused = [replace(each, where=f"{path.name}: {each.where}") for each in batch.refused]
        batches.append(replace(batch, refused=refused))
    if not batches and first is not None:
        raise first
    return [*batches, Batch(feed.entry.id, refused=bad)]


def _zipped(paths: Sequence[Path]) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_STORED) as packed:
        for path in paths:
            packed.writestr(path.name, read_limited(path))
    return raw.getvalue()


def _name(source: str) -> str:
    """What sentences call the source."""
    return source if _is_url(source) else Path(source).name or source


def _is_url(source: str) -> bool:
    return source.lower().startswith(("http://", "https://"))


def _of_file(feed: Feed, path: Path, clock: Clock) -> Answer:
    body = read_limited(path)
    if not feed.face.binary and b"\0" in body[:4096] and not body.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadAnswer("sync.file.binary", path=str(path))
    return Answer(body, "", "", clock.now(), str(path))


def _nowhere() -> CityPack:
    """No city: a trial needs none. Zoneless times are read as UTC and flagged."""
    return CityPack("", "", "", ZoneInfo("UTC"), "UTC", {}, {}, {}, WorkCalendar("UTC"), (), ())


def _told(kind: str, source: str, batches: Sequence[Batch], phrases: Phrases) -> dict[str, Any]:
    refused = [each for batch in batches for each in batch.refused]
    told: dict[str, Any] = {
        "kind": kind,
        "source": source,
        "records": sum(batch.count for batch in batches),
        "refused": [
            {"where": each.where, "why": phrases.say(each.says, **each.values)} for each in refused[:MOST_REFUSED]
        ],
        "sample": list(islice((each for batch in batches for each in _records(batch)), _SAMPLE)),
    }
    if len(refused) > MOST_REFUSED:
        told["refused_more"] = len(refused) - MOST_REFUSED
    return told


def _records(batch: Batch) -> Iterator[Mapping[str, Any]]:
    """Every record as JSON values; what was kept as it came is shown as it came."""
    for complaint in batch.complaints:
        plain = {name: _value(value) for name, value in complaint._asdict().items() if name != "whole"}
        yield {**plain, "extra": json.loads(complaint.extra)} if complaint.extra else plain
    for item in batch.items:
        yield {name: _value(value) for name, value in item._asdict().items()}
    series = {each.id: each for each in batch.series}
    for sample in batch.samples:
        of = series.get(sample.series)
        plain = {name: _value(value) for name, value in sample._asdict().items()}
        yield plain if of is None else {**plain, "property": of.property, "unit": of.unit, "station": of.station}
    for table in batch.timetable.tables if batch.timetable is not None else ():
        for row in table.rows:
            yield {"table": table.name, **dict(zip(table.columns, row, strict=True))}


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value.name if isinstance(value, IntEnum) else value
