"""GTFS-Realtime (b6): vehicles, trip updates and notices, protocol buffers over HTTP.

One address gives one or more of the three. A `FULL_DATASET` is all that is so now: a vehicle that is not in it any more
has gone. What an entity says wrong costs that entity. Each vehicle has a time of its own, which may be much older than
the answer's: how old is too old is judged where it is drawn (console/core/transit.py), against the time then.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from console.core.errors import BadAnswer
from console.core.geometry import index_of
from console.core.items import Item
from console.core.pack import CityPack, FeedEntry
from console.core.records import Batch, Refusal
from sync.feed import Answer, Ask, Feed, FeedFace, Memo
from sync.feeds.gtfs_rt.messages import HEADER
from sync.feeds.gtfs_rt.protobuf import Broken, read, skip, varint
from sync.feeds.gtfs_rt.record import RecordReader, Times
from sync.words_in import BadField, identity, shown

MOST_BYTES = 24 << 20
"""Ten times what the largest agencies send. Fields nobody knows are stepped over one by one: that takes time."""
MOST_ENTITIES = 25_000
MOST_ENTITY_BYTES = 1 << 20
MOST_CALLS = 150_000
"""Calls of all trips together."""
_ACCEPT = "application/x-protobuf, application/octet-stream;q=0.9, */*;q=0.1"
_VERSION = re.compile(r"[12](\.[0-9]{1,3})?")
_HEADER, _ENTITY = 1 << 3 | 2, 2 << 3 | 2
_ID, _DELETED, _TRIP, _VEHICLE, _ALERT = 1 << 3 | 2, 2 << 3, 3 << 3 | 2, 4 << 3 | 2, 5 << 3 | 2
_NAMES = {_TRIP: "trip_update", _VEHICLE: "vehicle", _ALERT: "alert"}


@dataclass(slots=True)
class _Reading:
    """An answer that is being read, and what it held so far."""

    raw: bytes
    full: bool
    times: Times
    records: RecordReader
    items: dict[str, Item] = field(default_factory=dict)
    refused: list[Refusal] = field(default_factory=list)
    calls: int = 0


class GtfsRt(Feed):
    """No options."""

    face: ClassVar[FeedFace] = FeedFace("gtfs-rt", "sync.gtfs_rt.title", _ACCEPT, binary=True)

    def __init__(self, entry: FeedEntry, pack: CityPack) -> None:
        super().__init__(entry, pack)
        self._areas = index_of(pack)

    def ask(self, memo: Memo, now: datetime) -> Sequence[Ask]:  # noqa: ARG002 the same at any time
        """All of it, where it changed."""
        etag = memo.get("etag", "")
        etag = etag if isinstance(etag, str) else ""
        return [Ask(self.entry.address, etag=etag, accept=_ACCEPT, binary=True)]

    def decode(self, answer: Answer, memo: Memo) -> Batch:
        """Everything the answer tells of."""
        if answer.unchanged:
            return Batch(self.entry.id, memo=memo, fleeting=True)
        raw = answer.body
        header, entities = self._framed(raw)
        records = RecordReader(self.entry.id, self.pack, self._areas)
        got = _Reading(raw, header.get("incrementality", 0) == 0, Times(answer.at), records)
        try:
            got.times.header(header.get("timestamp"))
        except BadField as bad:
            got.refused.append(bad.refusal("header"))
        for number, (at, end) in enumerate(entities):
            self._entity(got, at, end, f"entity[{number}]")
        items = list(got.items.values())
        newest = max((each.observed_at for each in items), default=None)
        # where everything was refused nothing is known, least of all that all have gone
        whole = got.full and (bool(items) or not got.refused)
        memo = {"etag": answer.etag}
        return Batch(
            self.entry.id, refused=got.refused, memo=memo, newest_at=newest, items=items, whole=whole, fleeting=True
        )

    def _framed(self, raw: bytes) -> tuple[dict[str, Any], list[tuple[int, int]]]:
        """The header, and where each entity begins and ends. Raises `BadAnswer` for what is no such message."""
        source = self.entry.id
        if not raw.strip():
            raise BadAnswer("sync.bad.empty", source=source)
        if len(raw) > MOST_BYTES:
            raise BadAnswer("sync.bad.big", source=source, limit_mb=MOST_BYTES >> 20)
        header: dict[str, Any] | None = None
        entities: list[tuple[int, int]] = []
        at, end = 0, len(raw)
        try:
            while at < end:
                tag = raw[at]
                if tag not in (_HEADER, _ENTITY):
                    at = skip(raw, at, end)
                    continue
                size, place = varint(raw, at + 1)
                at = place + size
                if at > end:
                    raise Broken(place)
                if tag == _HEADER:
                    header = read(raw, place, at, HEADER)
                else:
                    entities.append((place, at))
                    if len(entities) > MOST_ENTITIES:
                        raise BadAnswer("sync.bad.many", source=source, count=len(entities), most=MOST_ENTITIES)
        except (Broken, IndexError):
            if header is not None and _VERSION.fullmatch(header.get("version", "")):
                raise BadAnswer("sync.bad.cut", source=source, got=end) from None
            raise BadAnswer("sync.gtfs_rt.form", source=source) from None
        if header is None or not _VERSION.fullmatch(header.get("version", "")):
            raise BadAnswer("sync.gtfs_rt.form", source=source)
        return header, entities

    def _entity(self, got: _Reading, at: int, end: int, where: str) -> None:
        raw, records, place = got.raw, got.records, where
        try:
            if end - at > MOST_ENTITY_BYTES:
                raise BadField("", "sync.refused.long", size=end - at, most=MOST_ENTITY_BYTES)
            id_, deleted, found = _parts(raw, at, end)
            if deleted:
                if not got.full:
                    raise BadField("", "sync.gtfs_rt.deleted", value=shown(id_))
                return
            identity(id_)
            if not found:
                raise BadField("", "sync.gtfs_rt.empty")
            for tag, (one, two) in found.items():
                place = f"{where}.{_NAMES[tag]}"
                read_it = {_TRIP: records.trip, _VEHICLE: records.vehicle, _ALERT: records.notice}[tag]
                self._keep(read_it(raw, one, two, id_, got.times), got)
        except BadField as bad:
            got.refused.append(bad.refusal(place, _start(raw, at, end)))
        except Broken as broken:
            got.refused.append(Refusal(place, "sync.gtfs_rt.broken", {"place": broken.place}, _start(raw, at, end)))

    def _keep(self, item: Item, got: _Reading) -> None:
        """Of two with one id the one that was so later stays."""
        got.calls += len(item.body.get("calls", ()))
        if got.calls > MOST_CALLS:
            raise BadAnswer("sync.bad.many", source=self.entry.id, count=got.calls, most=MOST_CALLS)
        before = got.items.get(item.id)
        if before is None or item.observed_at >= before.observed_at:
            got.items[item.id] = item


def _start(raw: bytes, at: int, end: int) -> str:
    """The first bytes of an entity, as they are shown."""
    return raw[at : min(end, at + 100)].hex()


def _parts(raw: bytes, at: int, end: int) -> tuple[str, bool, dict[int, tuple[int, int]]]:
    """Id of an entity, whether it is taken back, and where what it says begins and ends."""
    id_, deleted = "", False
    found: dict[int, tuple[int, int]] = {}
    start = at
    try:
        while at < end:
            start, tag = at, raw[at]
            if tag == _ID or tag in _NAMES:
                size, place = varint(raw, at + 1)
                at = place + size
                if at > end:
                    raise Broken(start)
                if tag == _ID:
                    id_ = raw[place:at].decode()
                else:
                    found[tag] = (place, at)
            elif tag == _DELETED:
                value, at = varint(raw, at + 1)
                deleted = bool(value)
            else:
                at = skip(raw, at, end)
    except (IndexError, UnicodeDecodeError):
        raise Broken(start) from None
    return id_, deleted, found
