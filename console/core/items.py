"""What sources tell that is no complaint: warnings, quakes, forecasts, vehicles, articles, posts, readings.

All of it can be fetched again, so it lives in `readings.db`. Each kind has the same outer form, so that one list, one
map and one search show them all; what is special to a kind stands in `body`, whose shape the feed's file documents.
Instants are aware UTC; a place is WGS84 degrees, `lat` and `lon` always named. "" means not given, None not known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple


class ItemKind(StrEnum):
    """What an item is."""

    ALERT = "alert"  # a warning by CAP 1.2, of whatever sender
    QUAKE = "quake"
    FORECAST = "forecast"  # of one kelurahan, all its slots in the body
    FLOOD = "flood"  # how high the water stands in an area
    REPORT = "report"  # what a citizen told to another body than ours
    VEHICLE = "vehicle"
    TRIP = "trip"  # how a trip runs against its timetable
    SERVICE = "service"  # a notice of a transit agency
    ARTICLE = "article"
    POST = "post"
    FEATURE = "feature"  # a shape of a map layer
    DATASET = "dataset"
    ROW = "row"  # of a table: a datastore's, or a file's
    PROBE = "probe"  # how an application stands


class Item(NamedTuple):
    """One thing a source told. The same `id` told again replaces what was told before."""

    id: str
    """`<source>:<native_id>`."""
    source: str
    kind: ItemKind
    native_id: str
    title: str
    text: str
    observed_at: datetime
    """When it was so, by the source: of a quake when it shook, of an article when it was published."""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    """It holds from `starts_at` (None: from `observed_at`) until `ends_at` (None: until it is told otherwise)."""
    lat: float | None = None
    lon: float | None = None
    area: str = ""
    """Kemendagri code of the area it is about, "" where it is not of the city or not known."""
    level: str = ""
    """The source's own word for how grave it is ("Severe", "4.7"): ladders are never mixed (c4)."""
    url: str = ""
    """Where it can be read. Shown as text; never opened by itself."""
    zone_assumed: bool = False
    """True where the source gave no zone for `observed_at` and the entry's or the city's was taken."""
    revised_at: datetime | None = None
    """When the source last changed it. Of two with one id the later revision stays, whatever came last."""
    body: Mapping[str, Any] = {}
    """What is special to its kind, JSON values only. Unknown fields of the source are kept under `extra`."""


class Series(NamedTuple):
    """One line of measurements: one property at one place."""

    id: str
    """`<source>:<native_id>`."""
    source: str
    native_id: str
    title: str
    property: str
    """What is measured, in the source's words: "Tinggi muka air"."""
    unit: str
    """Symbol of the unit as the source gives it: "cm". Never converted."""
    station: str = ""
    """Name of the place it is measured at."""
    lat: float | None = None
    lon: float | None = None
    area: str = ""
    cadence_s: float = 0.0
    """How often the source promises a value; 0 where it does not say: then the entry's cadence counts."""
    body: Mapping[str, Any] = {}
    """Datum, edition of thresholds, sensor: JSON values."""


class Sample(NamedTuple):
    """One measured value. The same series and instant told again replaces the value (sources revise)."""

    series: str
    """Id of the series, as in `Series.id`."""
    at: datetime
    """When it was measured (phenomenonTime)."""
    value: float
    """Finite."""
    quality: str = ""
    """The source's own word for how far it is to be trusted, "" where it says nothing."""


class Table(NamedTuple):
    """Rows of one table of a timetable."""

    name: str
    columns: Sequence[str]
    rows: Sequence[tuple[Any, ...]]
    """Texts, numbers or None."""


class Timetable(NamedTuple):
    """A whole timetable of one agency, as a source published it (GTFS). It replaces the one before it."""

    source: str
    version: str
    """The publisher's word for this edition, else a digest of the file."""
    tables: Sequence[Table]
    starts_on: str = ""
    """First and last service day, "YYYYMMDD"; "" where not told."""
    ends_on: str = ""


class ItemRow(NamedTuple):
    """An item as it is kept."""

    n: int
    """Number of its row."""
    item: Item
    received_at: datetime
    """When what stands here came from the source."""
    gone_at: datetime | None = None
    """Since when the source, which tells all it holds, does not tell it any more."""


class SeriesState(StrEnum):
    """How a series stands, from best to worst. `SILENT` ("diam") is no calm: nobody knows how it is there now."""

    FRESH = "fresh"
    AGEING = "ageing"
    SILENT = "silent"
    NEVER = "never"


class Latest(NamedTuple):
    """The newest value of a series."""

    series: Series
    at: datetime | None
    """When it was measured; None where none ever came."""
    value: float
    quality: str
    received_at: datetime | None
    expected_at: datetime | None
    """When the next one is due; None where nobody promised any."""
    state: SeriesState


class Bucket(NamedTuple):
    """Samples of a span of time together, for a chart."""

    at: datetime
    """Where the span begins."""
    n: int
    mean: float
    lo: float
    hi: float


UNPROMISED_S = 3600.0
"""Where neither series nor source says how often a value comes, one an hour is hoped for."""


def series_state(series: Series, last_at: datetime | None, now: datetime, cadence_s: float = 0.0) -> SeriesState:
    """How a series stands at `now` that was last measured at `last_at`: fresh up to twice its cadence, silent after
    four times. `cadence_s` is the source's promise, which counts where the series has none of its own. One ahead of
    now, by a clock gone wrong, is as far off as one that is old."""
    if last_at is None:
        return SeriesState.NEVER
    promised_s = series.cadence_s or cadence_s or UNPROMISED_S
    age_s = abs((now - last_at).total_seconds())
    if age_s > 4 * promised_s:
        return SeriesState.SILENT
    return SeriesState.FRESH if age_s <= 2 * promised_s else SeriesState.AGEING
