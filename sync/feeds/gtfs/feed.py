"""GTFS (b6): the timetable of a transit agency, a zip of CSV files, as one `Timetable`.

It comes as published, whole or not at all: a file that must be there and is not, that is no UTF-8 or lacks a column,
refuses the answer by name, a bad row refuses itself. Times stay seconds of their service day, which begins twelve hours
before noon and may last beyond midnight ("24:30:00"); console/store/departures.py makes instants of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import ClassVar

from console.core.errors import BadAnswer
from console.core.geometry import index_of
from console.core.items import Timetable
from console.core.pack import CityPack, FeedEntry
from console.core.records import Batch
from sync.feed import Answer, Ask, Feed, FeedFace, Memo
from sync.feeds.gtfs.calls import Calls
from sync.feeds.gtfs.sheet import Refused, Sheets
from sync.feeds.gtfs.tables import SmallTables
from sync.zipped import Zipped

_ACCEPT = "application/zip, application/octet-stream;q=0.9, */*;q=0.1"
_DEADLINE_S = 120.0
"""Megabytes over a thin link: a timetable is large on purpose, and asked for once a day."""


class Gtfs(Feed):
    """No options."""

    face: ClassVar[FeedFace] = FeedFace("gtfs", "sync.gtfs.title", _ACCEPT, binary=True, folder_is_one=True)

    def __init__(self, entry: FeedEntry, pack: CityPack) -> None:
        super().__init__(entry, pack)
        self._areas = index_of(pack)

    def ask(self, memo: Memo, now: datetime) -> Sequence[Ask]:  # noqa: ARG002 the same at any time
        """The whole file, where it changed."""
        etag = memo.get("etag", "")
        etag = etag if isinstance(etag, str) else ""
        return [Ask(self.entry.address, etag=etag, accept=_ACCEPT, binary=True, deadline_s=_DEADLINE_S)]

    def decode(self, answer: Answer, memo: Memo) -> Batch:
        """The timetable, or nothing where it is the one that was there before."""
        batch = Batch(self.entry.id, memo=memo, fleeting=True)
        if answer.unchanged:
            return batch
        digest = hashlib.blake2b(answer.body, digest_size=16).hexdigest()
        batch = replace(batch, memo={"etag": answer.etag, "digest": digest})
        if memo.get("digest") == digest:
            return batch
        refused = Refused()
        timetable = self._timetable(Sheets(Zipped(answer.body, self.entry.id), self.entry.id, refused), digest)
        return replace(batch, timetable=timetable, refused=refused.all())

    def _timetable(self, sheets: Sheets, digest: str) -> Timetable:
        small = SmallTables(sheets, self.pack, self._areas)
        small.read()
        reader = Calls(sheets, small.trips, small.stops, small.twins)
        calls = reader.read()
        for name in reader.lost:
            del small.trips[name]
        lacking = next((name for name in ("agencies", "stops", "routes", "trips") if not getattr(small, name)), "")
        if lacking or not calls.rows:
            raise BadAnswer("sync.gtfs.nothing", source=self.entry.id, what=lacking or "stop_times")
        small.check_services()
        starts_on, ends_on = small.span()
        tables = [*small.tables(), calls]
        return Timetable(self.entry.id, small.about.get("feed_version") or digest, tables, starts_on, ends_on)
