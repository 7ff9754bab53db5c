"""What the screen reads of `readings.db`: how sources stand, and what they told that is no complaint.

On a connection of its own, opened when first needed. Each method is one short look. Raises `DiskTrouble`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from console.core.audience import Audience
from console.core.errors import DiskTrouble, Fault
from console.core.items import Bucket, ItemKind, ItemRow, Latest, Series
from console.core.records import HubState, Refusal, SourceHealth
from console.core.transit import FRESH, Departure, with_updates
from console.store import departures, read_items, read_series, readings, schema, timetables, walls
from console.store.database import door, open_reader
from console.store.departures import Stop, StopLine
from console.store.files import Profile
from console.store.timetables import Edition
from console.store.walls import for_work

TIMETABLES = 4
"""Form of the file since which timetables stand in it."""
MOST_TRIPS = 5_000
TELLINGS = 3
"""Form of the file since which items and measurements stand in it."""


class Departures(NamedTuple):
    """What is known of a stop now."""

    next: Sequence[Departure]
    lines: Sequence[StopLine]
    edition: Edition | None
    """None where no timetable is known."""


def _nothing() -> None:
    return None


def _unknown() -> Departures:
    return Departures((), (), None)


class ReadReadings:
    """A reader of that file."""

    def __init__(self, profile: Profile, audience: Audience = Audience.WORK) -> None:
        self._profile = profile
        self.audience = audience
        """For whom it reads."""
        self._form = 0
        self._readings: sqlite3.Connection | None = None

    def close(self) -> None:
        """Let go of the file."""
        if self._readings is not None:
            self._readings.close()

    def sources(self) -> list[SourceHealth]:
        """How each source stands; [] until the engine has written any."""
        with self._beside(1) as db:
            return [] if db is None else readings.sources(db, "open_source" if self.audience.narrow else "source")

    def hub(self) -> HubState | None:
        """How we stand with the centre; None until the engine has written it."""
        with self._beside(1) as db:
            return None if db is None else readings.hub(db, "open_hub" if self.audience.narrow else "hub")

    @for_work(list)
    def refused(self, source: str, limit: int = 100) -> list[tuple[datetime, Refusal]]:
        """The newest records of a source that were not taken, newest first."""
        with self._beside(1) as db:
            return [] if db is None else readings.refused(db, source, limit)

    @for_work(_nothing)
    def bad_answer(self, source: str, most: int) -> tuple[datetime, str, bytes] | None:
        """The last answer of a source that was not in its form: when, why (phrase key), its first `most` bytes."""
        with self._beside(0) as db:
            return None if db is None else readings.bad_answer(db, source, most)

    def store_notices(self) -> list[Fault]:
        """What the store has to tell: salvaged, restored, put aside."""
        with self._beside(1) as db:
            return [] if db is None else readings.notices(db)

    def items(
        self,
        kinds: Collection[ItemKind] = (),
        *,
        source: str = "",
        area: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
        active_at: datetime | None = None,
        text: str = "",
        limit: int = read_items.PAGE,
        before: ItemRow | None = None,
    ) -> list[ItemRow]:
        """Items of these kinds (none: of all), observed `since` and before `until`, the newest first; those after the
        row `before`. `area` with all below it; `active_at` those that held then; `text` those with all its words."""
        narrow = self.audience.narrow
        with self._beside() as db:
            if db is None or (narrow and text.strip()):  # no word of a person is looked for
                return []
            return read_items.items(
                db,
                kinds,
                source=source,
                area=area,
                since=since,
                until=until,
                active_at=active_at,
                text=text,
                limit=limit,
                before=before,
                table=read_items.OPEN_TABLES[0] if narrow else read_items.TABLES[0],
            )

    @for_work(_nothing)
    def item(self, which: str) -> ItemRow | None:
        """The item of that id."""
        with self._beside() as db:
            return None if db is None else read_items.item(db, which)

    @for_work(dict)
    def item_counts(self) -> dict[ItemKind, int]:
        """How many there are of each kind that has any, without those that are over."""
        with self._beside() as db:
            return {} if db is None else read_items.counts(db)

    def alerts(self, now: datetime, *, source: str = "", area: str = "") -> list[ItemRow]:
        """Alerts that hold at `now`, the newest first: not expired, status Actual, and no later update or cancelling
        of the same source is about them."""
        tables = read_items.OPEN_TABLES if self.audience.narrow else read_items.TABLES
        with self._beside() as db:
            return [] if db is None else read_items.alerts(db, now, source=source, area=area, tables=tables)

    @for_work(list)
    def series(self, *, source: str = "", area: str = "") -> list[Series]:
        """Series of a source and of an area with all below it, by id."""
        with self._beside() as db:
            return [] if db is None else read_series.series(db, source=source, area=area)

    def latest(self, now: datetime, *, source: str = "", area: str = "", ids: Collection[str] = ()) -> list[Latest]:
        """The newest value of each series of a source, of an area with all below it, or of these `ids`, with how it
        stands at `now` and when the next is due; by id."""
        tables = ("open_series", "open_source") if self.audience.narrow else ("series", "source")
        with self._beside() as db:
            return [] if db is None else read_series.latest(db, now, source=source, area=area, ids=ids, tables=tables)

    @for_work(list)
    def window(self, series: str, since: datetime, until: datetime, points: int = 1000) -> list[Bucket]:
        """Values of a series from `since` up to, not including, `until`, as at most `points` buckets in order of time;
        spans with none are left out."""
        with self._beside() as db:
            return [] if db is None else read_series.window(db, series, since, until, points)

    @for_work(list)
    def stops(self, text: str = "", limit: int = 100) -> list[Stop]:
        """Stops whose name or code holds these words, stations before their platforms, by name."""
        with self._beside(TIMETABLES) as db:
            return [] if db is None else departures.stops(db, text, limit)

    def routes_of(self, source: str, trips: Sequence[str]) -> dict[str, str]:
        """The line of each of these trips that is in the source's timetable."""
        with self._beside(TIMETABLES) as db:
            return {} if db is None else departures.routes_of(db, source, trips)

    @for_work(_unknown)
    def departures(self, stop: str, now: datetime, limit: int = 20) -> Departures:
        """The next departures of a stop (`<source>:<stop_id>`) with what fresh trip updates say of them, the lines
        that call there, and which edition of its timetable that is."""
        with self._beside(TIMETABLES) as db:
            if db is None:
                return _unknown()
            planned = departures.departures(db, stop, now, limit)
            trips = read_items.items(db, (ItemKind.TRIP,), since=now - FRESH, limit=MOST_TRIPS)
            told = with_updates(planned, [row.item for row in trips], now)
            edition = next((each for each in timetables.editions(db) if each.source == stop.partition(":")[0]), None)
            return Departures(tuple(told), tuple(departures.lines(db, stop)), edition)

    @contextmanager
    def _beside(self, least: int = TELLINGS) -> Iterator[sqlite3.Connection | None]:
        """The file, within the door; None until the engine has made it, and brought it to that form."""
        with door(self._profile.readings):
            db = self._second()
            yield None if db is None or self._form_of(db) < least else db

    def _form_of(self, db: sqlite3.Connection) -> int:
        """Form of the file. Behind a wall nobody can ask for it, so it is that of when the file was opened."""
        return self._form if self.audience.narrow else schema.version(db)

    def _second(self) -> sqlite3.Connection | None:
        if self._readings is None:
            try:
                db = open_reader(self._profile.readings, any_thread=True)
            except DiskTrouble as trouble:
                if trouble.says == "store.absent":
                    return None
                raise
            self._form = schema.version(db)
            if not self._form:
                db.close()
                return None
            if self.audience.narrow:
                walls.put_up(db)
            self._readings = db
        return self._readings


def tellings(db: sqlite3.Connection) -> dict[str, int]:
    """How many items, series, samples and hours of them stand in the file; {} for one of before."""
    if schema.version(db) < TELLINGS:
        return {}
    tables = ("item", "series", "sample", "hour")
    return {table: int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]) for table in tables}
