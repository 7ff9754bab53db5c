"""What a row becomes: a complaint, a measured value, or a row as it is, by the mapping of the source's entry."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from console.core.errors import BadAnswer
from console.core.geometry import index_of
from console.core.items import Item, ItemKind, Sample, Series
from console.core.lifecycle import State
from console.core.pack import CityPack, FeedEntry
from console.core.records import SourceComplaint
from sync.feeds.file.table import Row, Table
from sync.feeds.file.values import plain_instant, plain_number
from sync.words_in import BadField, bounded, box_of, degrees, fits, identity, not_ahead, text

TARGETS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    # to: the fields it has, and those that must be mapped
    "complaint": (
        frozenset(
            ("id", "at", "title", "text", "state", "category", "agency", "address", "lat", "lon", "updated", "expected")
        )
        | {"media"},
        frozenset(("id", "at", "text")),
    ),
    "reading": (
        frozenset(("id", "at", "value", "property", "unit", "station", "quality", "lat", "lon", "title")),
        frozenset(("at", "value")),
    ),
    "row": (frozenset(("id", "at", "title", "text", "lat", "lon", "level", "url", "area")), frozenset()),
}
_PREFIX, _STATE = "map.", "state."
_DIRECT = ("id", "at")
_TITLE = 200
_NAMES = ("nama", "name", "judul", "title")
_LATS, _LONS = ("lat", "latitude", "lintang"), ("lon", "long", "lng", "longitude", "bujur")
_WORDS = {
    **dict.fromkeys(("baru", "masuk", "new", "open", "menunggu"), State.NEW),
    **dict.fromkeys(("terverifikasi", "verified"), State.VERIFIED),
    **dict.fromkeys(("disposisi", "diteruskan"), State.DISPOSED),
    **dict.fromkeys(("proses", "diproses", "dikerjakan", "ditindaklanjuti", "in progress"), State.IN_PROGRESS),
    **dict.fromkeys(("ditunda", "tunda"), State.POSTPONED),
    **dict.fromkeys(("selesai", "done", "closed"), State.DONE),
    **dict.fromkeys(("ditolak", "bukan wewenang"), State.NOT_OURS),
    **dict.fromkeys(("dialihkan",), State.DIVERTED),
    **dict.fromkeys(("ganda",), State.DUPLICATE),
}
"""The commonest words for a state; others are told by the entry (`state.<word>`), or shown as they are."""


class RecordReader:
    """Reads the rows of one source in one city."""

    def __init__(self, entry: FeedEntry, pack: CityPack) -> None:
        options = entry.options
        self._source = entry.id
        self.to = options.get("to", "").strip().casefold() or "row"
        self._map = {name.removeprefix(_PREFIX): column for name, column in options.items() if name.startswith(_PREFIX)}
        self._map.update({name: options[name] for name in _DIRECT if options.get(name)})
        self._zone = ZoneInfo(options.get("zone", "") or entry.zone) if _zoned(options, entry) else pack.zone
        self._decimal = options.get("decimal", "") if options.get("decimal", "") in (",", ".") else ""
        self._form = options.get("date_format", "")
        self._states = {
            **_WORDS,
            **{
                name.removeprefix(_STATE).casefold(): State[word.strip().upper()]
                for name, word in options.items()
                if name.startswith(_STATE) and word.strip().upper() in State.__members__
            },
        }
        self._areas, self._box = index_of(pack), box_of(pack)
        self._categories = {
            word.casefold(): each.code for each in pack.categories.values() for word in (*each.name.values(), each.code)
        }
        self._offices = {
            word.casefold(): each.code for each in pack.opds.values() for word in (each.name, each.short, each.code)
        }

    def check(self, table: Table) -> Mapping[str, str]:
        """The column of each target. A mapping that does not fit the table raises `BadAnswer`."""
        source = self._source
        if self.to not in TARGETS:
            raise BadAnswer("sync.table.to", source=source, to=self.to[:40], known=", ".join(TARGETS))
        known, needed = TARGETS[self.to]
        for target in self._map:
            if target not in known:
                raise BadAnswer("sync.table.target", source=source, target=target[:40], known=", ".join(sorted(known)))
        for target in sorted(needed):
            if target not in self._map:
                raise BadAnswer("sync.table.unmapped", source=source, target=target, to=self.to)
        columns = {each.casefold(): each for each in table.columns}
        found = {}
        for target, column in self._map.items():
            name = columns.get(" ".join(column.split()).casefold())
            if name is None and table.columns:
                told = ", ".join(table.columns)[:500]
                raise BadAnswer("sync.table.column", source=source, column=column[:60], columns=told)
            found[target] = name or column
        if self.to == "row":
            for target, names in (("title", _NAMES), ("lat", _LATS), ("lon", _LONS)):
                usual = next((columns[each] for each in names if each in columns), None)
                if usual is not None:
                    found.setdefault(target, usual)
        return found

    def row(self, row: Row, named: Mapping[str, str], first: datetime, at: datetime) -> Item:
        """A row as an item. `first` is the instant of one without a date of its own, `at` the answer's."""
        fields, judged = _fields(row.values)
        cells = _Cells(row, named, fields if judged else None)
        observed, assumed, dated = first, False, "at" in named
        if dated:
            observed, assumed = self._instant(cells, "at", at)
        lat, lon = self._place(cells, loose="lat" not in self._map)
        native = identity(cells.raw("id"), named["id"]) if "id" in named else _digest(row.values)
        return Item(
            f"{self._source}:{native}",
            self._source,
            ItemKind.ROW,
            native,
            (cells.text("title") or str(next(iter(fields.values()), "")) or native)[:_TITLE],
            cells.text("text"),
            # in their places, without their names: those would be a twentieth of the time of a row
            observed,
            None,  # starts_at
            None,  # ends_at
            lat,
            lon,
            cells.text("area")[:40] or self._area(lat, lon),
            cells.text("level")[:_TITLE],
            _address(cells.text("url")),
            assumed,
            None,  # revised_at
            {"row": fields} if dated else {"row": fields, "undated": True},
        )

    def complaint(self, row: Row, named: Mapping[str, str], at: datetime) -> SourceComplaint:
        """A row as a complaint."""
        cells = _Cells(row, named)
        native = identity(cells.raw("id"), named["id"])
        requested, assumed = self._instant(cells, "at", at)
        lat, lon = self._place(cells)
        told, state = cells.text("text"), cells.text("state")
        category, agency = cells.text("category"), cells.text("agency")
        rest = {
            name: _kept(value, name)
            for name, value in row.values.items()
            if name not in named.values() and value not in (None, "")
        }
        if category and category.casefold() not in self._categories:
            rest["service_name"] = category
        return SourceComplaint(
            f"{self._source}:{native}",
            self._source,
            native,
            state,
            self._states.get(
                " ".join(state.casefold().replace("_", " ").split()), State.UNKNOWN if state else State.NEW
            ),
            (cells.text("title") or told.partition("\n")[0])[:90],
            told,
            self._categories.get(category.casefold(), ""),
            agency,
            cells.text("address"),
            lat,
            lon,
            self._area(lat, lon),
            requested,
            self._perhaps(cells, "updated", at),
            self._perhaps(cells, "expected", None),
            assumed,
            _address(cells.text("media")),
            self._offices.get(agency.casefold(), ""),
            json.dumps(bounded(rest), ensure_ascii=False, separators=(",", ":")) if rest else "",
        )

    def reading(self, row: Row, named: Mapping[str, str], at: datetime) -> tuple[Series, Sample]:
        """A row as a measured value and the series it belongs to."""
        cells = _Cells(row, named)
        measured, _ = self._instant(cells, "at", at)
        value = plain_number(cells.raw("value"), named["value"], self._decimal)
        if value is None:
            raise BadField(named["value"], "sync.refused.missing")
        lat, lon = self._place(cells)
        station, what, unit = cells.text("station"), cells.text("property") or named["value"], cells.text("unit")
        told = cells.raw("id") if "id" in named else f"{station}/{what}".strip("/")
        native = identity(told, named.get("id", "station"))
        title = cells.text("title") or f"{station} {what}".strip()
        series = Series(
            f"{self._source}:{native}",
            self._source,
            native,
            title[:_TITLE],
            what[:_TITLE],
            unit[:40],
            station[:_TITLE],
            lat,
            lon,
            self._area(lat, lon),
        )
        return series, Sample(series.id, measured, value, cells.text("quality")[:_TITLE])

    def _instant(self, cells: _Cells, target: str, at: datetime) -> tuple[datetime, bool]:
        name = cells.named[target]
        told, assumed = plain_instant(cells.raw(target), self._zone, name, self._form)
        return not_ahead(told, at, name), assumed

    def _perhaps(self, cells: _Cells, target: str, at: datetime | None) -> datetime | None:
        """A time that may be missing. One that lies ahead where it must not is as good as missing."""
        if cells.raw(target) in (None, ""):
            return None
        try:
            told, _ = plain_instant(cells.raw(target), self._zone, cells.named[target], self._form)
            return told if at is None else not_ahead(told, at, cells.named[target])
        except BadField:
            return None

    def _place(self, cells: _Cells, *, loose: bool = False) -> tuple[float | None, float | None]:
        """The place of a row. Where only the names of columns say that there is one (`loose`), one that is none is as
        good as not told."""
        if "lat" not in cells.named and "lon" not in cells.named:
            return None, None
        names = (cells.named.get("lat", "lat"), cells.named.get("lon", "lon"))
        try:
            lat = plain_number(cells.raw("lat"), names[0], self._decimal)
            lon = plain_number(cells.raw("lon"), names[1], self._decimal)
            return degrees(lat, lon, self._box, fields=names)
        except BadField:
            if loose:
                return None, None
            raise

    def _area(self, lat: float | None, lon: float | None) -> str:
        return self._areas.find(lon, lat) if lat is not None and lon is not None else ""


class _Cells:
    """The cells of a row by their targets."""

    def __init__(self, row: Row, named: Mapping[str, str], judged: Mapping[str, str] | None = None) -> None:
        """`judged`: the cells that say something, where all of them are texts with nothing odd in them."""
        self._values, self.named, self._judged = row.values, named, judged

    def raw(self, target: str) -> Any:
        name = self.named.get(target)
        if name is None:
            return None
        value = self._values.get(name)
        return value.strip() if isinstance(value, str) else value

    def text(self, target: str) -> str:
        name = self.named.get(target)
        if name is None:
            return ""
        if self._judged is not None:
            return self._judged.get(name, "")
        value = self._values.get(name)
        return text(value.strip() if isinstance(value, str) else value, name)


def _zoned(options: Mapping[str, str], entry: FeedEntry) -> bool:
    """Whether the entry names a zone there is."""
    name = options.get("zone", "") or entry.zone
    try:
        return bool(name) and ZoneInfo(name) is not None
    except (KeyError, ValueError, OSError):
        return False


def _fields(values: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """The cells that say something, and whether all of them are texts with nothing odd in them: a line of a CSV is
    mostly judged as a whole."""
    try:
        line = "".join(values.values())
    except TypeError:  # JSON and workbooks hold more than texts
        line = "\0"
    if line.isprintable() and fits(len(line) + sum(map(len, values)), len(values)):
        return {name: value.strip() for name, value in values.items() if value}, True
    kept = {name: _kept(value, name) for name, value in values.items() if value not in (None, "")}
    return bounded(kept), False


def _kept(value: Any, name: str) -> Any:
    return value if isinstance(value, bool | int | float | list | dict) else text(value, name)


def _digest(values: Mapping[str, Any]) -> str:
    """What a row without an id is known by: what it says."""
    told = json.dumps(values, ensure_ascii=True, sort_keys=True, default=str)
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def _address(told: str) -> str:
    return told if told.startswith(("https://", "http://")) else ""


def refused_words(fault: tuple[str, Mapping[str, Any]]) -> tuple[str, Mapping[str, Any]]:
    """The phrase of why a row is none."""
    says, values = fault
    return ("sync.table.cells" if says == "cells" else f"sync.refused.{says}"), values
