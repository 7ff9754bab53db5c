"""`feed list` and `feed try`: decode a file or an address with a feed, and say what came of it. Nothing is stored."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from enum import IntEnum
from pathlib import Path
from typing import Any, TextIO
from zoneinfo import ZoneInfo

from console.core.clock import Clock, SystemClock
from console.core.errors import BadAnswer, ConsoleError, Refused
from console.core.pack import CityPack, FeedEntry, WorkCalendar
from console.core.phrases import Phrases
from console.core.records import Batch, SourceComplaint
from console.core.safe_text import json_safe
from sync.feed import Answer, Ask
from sync.feeds import found
from sync.given_file import read_limited
from sync.wire import AGENT, Wire

MOST_REFUSED = 100
"""That many refusals are told; `refused_more` counts the rest."""
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

    `source` is a file or an http(s) address, asked as it stands (a person named it, so an inner one is allowed).
    """
    clock = clock or SystemClock()
    try:
        feeds = found()
        if kind not in feeds:
            raise Refused("sync.try.kind", kind=kind, kinds=", ".join(feeds))
        entry = FeedEntry(_name(source), kind, {}, source, _NO_CADENCE_S, _NO_CADENCE_S, allow_private=True)
        batch = feeds[kind](entry, pack or _nowhere()).decode(_answer(source, clock, wire), {})
    except ConsoleError as trouble:
        print(phrases.tell(trouble), file=err)
        return 2
    out.write(json_safe(json.dumps(_told(kind, source, batch, phrases), ensure_ascii=False, indent=1)))
    out.write("\n")
    return 0


def _name(source: str) -> str:
    """What sentences call the source."""
    return source if _is_url(source) else Path(source).name or source


def _is_url(source: str) -> bool:
    return source.lower().startswith(("http://", "https://"))


def _answer(source: str, clock: Clock, wire: Wire | None) -> Answer:
    if not _is_url(source):
        return Answer(_text_of(Path(source)), "", "", clock.now(), source)
    own = wire or Wire(clock, agent=AGENT)
    try:
        accept = "application/json, application/xml;q=0.9"
        return own.fetch(Ask(source, accept=accept), allow_private=True)
    finally:
        if wire is None:
            own.close()


def _text_of(path: Path) -> bytes:
    body = read_limited(path)
    if b"\0" in body[:4096] and not body.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadAnswer("sync.file.binary", path=str(path))
    return body


def _nowhere() -> CityPack:
    """No city: a trial needs none. Zoneless times are read as UTC and flagged."""
    return CityPack("", "", "", ZoneInfo("UTC"), "UTC", {}, {}, {}, WorkCalendar("UTC"), (), ())


def _told(kind: str, source: str, batch: Batch, phrases: Phrases) -> dict[str, Any]:
    told: dict[str, Any] = {
        "kind": kind,
        "source": source,
        "records": len(batch.complaints),
        "refused": [
            {"where": each.where, "why": phrases.say(each.says, **each.values)} for each in batch.refused[:MOST_REFUSED]
        ],
        "sample": [_plain(each) for each in batch.complaints[:_SAMPLE]],
    }
    if len(batch.refused) > MOST_REFUSED:
        told["refused_more"] = len(batch.refused) - MOST_REFUSED
    return told


def _plain(complaint: SourceComplaint) -> Mapping[str, Any]:
    """A record as JSON values; what was kept as it came is shown as it came."""
    plain = {name: _value(value) for name, value in complaint._asdict().items()}
    if complaint.extra:
        plain["extra"] = json.loads(complaint.extra)
    return plain


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value.name if isinstance(value, IntEnum) else value
