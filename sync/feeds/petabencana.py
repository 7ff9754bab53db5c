"""PetaBencana (CogniCity, b4): what citizens reported, where the water stands, and gauges, as GeoJSON or TopoJSON.

The address says which of the three is asked for: `…/reports`, `…/floods` or `…/floodgauges`; without any of them,
reports. Which of them an answer holds is seen from its fields.

Body of a report: `platform` (who passed it on), `disaster`, `depth_cm`, `status`, `image`, `tags`, `report` (its data
as they came), `extra`. Of a flood: `state` (1 to 4), `depth_cm` (lowest and highest of that state), `parent`, `city`,
`polygons` (each by itself, a list of rings of [lon, lat]), `extra`. Of a gauge's series: `level` and `status` of its
newest value, `extra`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from console.core.errors import BadAnswer
from console.core.geometry import index_of, label_point
from console.core.items import Item, ItemKind, Sample, Series
from console.core.pack import CityPack, FeedEntry
from console.core.records import Batch, Refusal
from sync import markup, strict_json
from sync.feed import Answer, Ask, Feed, FeedFace, Memo
from sync.topology import MOST_FEATURES, Feature, features, rings
from sync.words_in import (
    BadField,
    bounded,
    box_of,
    degrees,
    extra,
    identity,
    instant,
    not_ahead,
    number,
    shown,
    sound,
    table,
    text,
)

_KINDS = ("reports", "floods", "floodgauges")
_WINDOW_S = 3 * 3600
_TITLE = 90
DEPTHS: Mapping[int, tuple[int, int | None]] = {1: (0, None), 2: (10, 70), 3: (71, 150), 4: (150, None)}
"""Lowest and highest depth in cm of each state; of state 1 nothing is known but that there is water."""
_MOST_POINTS = 20_000
"""Of the shape of one flood."""
_REPORT = frozenset(
    (
        *("pkey", "created_at", "source", "status", "url", "image_url", "disaster_type", "report_data", "tags"),
        *("title", "text"),
    )
)
_FLOOD = frozenset(
    (
        *("area_id", "geom_id", "area_name", "parent_name", "city_name", "state", "max_state", "last_updated"),
        *("changed",),
    )
)
_GAUGE = frozenset({"gaugeid", "gaugenameid", "observations"})


class PetaBencana(Feed):
    """Options of a pack: admin ("ID-JK"), disaster ("flood"), timeperiod (seconds back, 3 hours), minimum_state."""

    face: ClassVar[FeedFace] = FeedFace("petabencana", "sync.petabencana.title", accept="application/json")

    def __init__(self, entry: FeedEntry, pack: CityPack) -> None:
        super().__init__(entry, pack)
        self._zone = ZoneInfo(entry.zone) if entry.zone else pack.zone
        self._areas = index_of(pack)
        self._box = box_of(pack)

    def ask(self, memo: Memo, now: datetime) -> Sequence[Ask]:  # noqa: ARG002 by its own window
        """All of the window, each time."""
        base, options = self.entry.address.rstrip("/"), self.entry.options
        kind = urlsplit(base).path.rpartition("/")[2]
        if kind not in _KINDS:
            kind, base = "reports", f"{base}/reports"
        params = {"geoformat": "geojson", "format": "json"}
        names = {"reports": ("admin", "disaster", "timeperiod"), "floods": ("admin", "minimum_state")}.get(
            kind, ("admin",)
        )
        if kind == "reports":
            params["timeperiod"] = str(_WINDOW_S)
        params.update({name: options[name] for name in names if options.get(name)})
        return [Ask(base, params)]

    def decode(self, answer: Answer, memo: Memo) -> Batch:
        """The reports, floods or gauges of an answer."""
        found, unsound = self._features(answer)
        page = _Page(self.entry.id)
        like = False
        for n, each in enumerate(found):
            place = f"features[{n}]"
            raw = each.properties
            try:
                if unsound:
                    sound(raw)
                like = like or (
                    isinstance(raw, dict) and bool({"created_at", "state", "max_state", "gaugeid"} & raw.keys())
                )
                raw = table(raw)
                if isinstance(each.geometry, BadField):
                    raise each.geometry
                self._read(raw, each.geometry, answer.at, page, place)
            except BadField as bad:
                like = like or bad.says in _UNSOUND
                page.refused.append(bad.refusal(place, raw))
        if found and not like:
            raise BadAnswer("sync.petabencana.shape", source=self.entry.id)
        return page.batch(memo, urlsplit(self.entry.address.rstrip("/")).path.endswith("/floods"))

    def _features(self, answer: Answer) -> tuple[list[Feature], bool]:
        source = self.entry.id
        said = strict_json.lenient(answer.body, answer.charset, source)
        value = said.value
        if isinstance(value, dict) and "statusCode" in value:
            if value["statusCode"] != 200:
                reason = str(value.get("message") or value.get("result") or "")[:200]
                raise BadAnswer("sync.bad.error", source=source, code=str(value["statusCode"])[:20], reason=reason)
            value = value.get("result")
            if isinstance(value, list):
                if len(value) > MOST_FEATURES:
                    raise BadAnswer("sync.bad.many", source=source, count=len(value), most=MOST_FEATURES)
                return [Feature(each, None) for each in value], said.unsound
        found = features(value, source)
        if found is None:
            raise BadAnswer("sync.petabencana.shape", source=source)
        return found, said.unsound

    def _read(
        self, raw: Mapping[str, Any], geometry: Mapping[str, Any] | None, at: datetime, page: _Page, place: str
    ) -> None:
        if "gaugeid" in raw:
            self._gauge(raw, geometry, at, page, place)
        elif "state" in raw or "max_state" in raw:
            page.take(self._flood(raw, geometry, at))
            page.floods = page.floods and "state" in raw
            return
        else:
            page.take(self._report(raw, geometry, at))
        page.floods = False

    def _point(self, geometry: Mapping[str, Any] | None) -> tuple[float | None, float | None, str]:
        if geometry is None:
            return None, None, ""
        spot = geometry.get("coordinates")
        if geometry.get("type") != "Point" or not isinstance(spot, list) or len(spot) < 2:
            raise BadField("geometry", "sync.topology.shape")
        return self._placed(spot[1], spot[0])

    def _placed(self, north: Any, east: Any) -> tuple[float | None, float | None, str]:
        lat, lon = degrees(north, east, self._box, fields=("geometry", "geometry"))
        return lat, lon, self._areas.find(lon, lat) if lat is not None and lon is not None else ""

    def _report(self, raw: Mapping[str, Any], geometry: Mapping[str, Any] | None, at: datetime) -> Item:
        get = raw.get
        observed_at, assumed = instant(get("created_at"), self._zone, "created_at")
        lat, lon, area = self._point(geometry)
        said = text(get("text"), "text")
        data = table(get("report_data") or {}, "report_data")
        disaster = text(get("disaster_type"), "disaster_type")
        image, there = text(get("image_url"), "image_url"), text(get("url"), "url")
        body: dict[str, Any] = {
            "platform": text(get("source"), "source"),
            "disaster": disaster,
            "depth_cm": number(data.get("flood_depth"), "report_data.flood_depth"),
            "status": text(get("status"), "status"),
            "image": markup.address(image),
            "tags": bounded(dict(table(get("tags") or {}, "tags"))),
            "report": bounded(dict(data)),
            "extra": extra(raw, _REPORT),
        }
        native_id = identity(get("pkey"), "pkey") if get("pkey") not in (None, "") else _digest(raw, geometry)
        kept = {name: value for name, value in body.items() if value not in ("", None, {})}
        return self._item(
            ItemKind.REPORT,
            native_id,
            text(get("title"), "title") or _head(said) or _told(disaster, kept) or native_id,
            said,
            not_ahead(observed_at, at, "created_at"),
        )._replace(lat=lat, lon=lon, area=area, zone_assumed=assumed, url=markup.address(there), body=kept)

    def _flood(self, raw: Mapping[str, Any], geometry: Mapping[str, Any] | None, at: datetime) -> Item:
        get = raw.get
        native_id = identity(get("area_id") if get("area_id") not in (None, "") else get("geom_id"), "area_id")
        told = get("state") if "state" in raw else get("max_state")
        state = 0 if told is None else number(told, "state")
        if state not in (0, *DEPTHS):
            raise BadField("state", "sync.petabencana.state", value=shown(told))
        changed = get("last_updated") or get("changed")
        observed_at, assumed = instant(changed, self._zone, "last_updated")
        not_ahead(observed_at, at, "last_updated")
        lat, lon, area, polygons = self._shape(geometry)
        names = [text(get(name), name) for name in ("area_name", "parent_name", "city_name")]
        body: dict[str, Any] = {
            "state": int(state or 0),
            "depth_cm": list(DEPTHS[int(state)]) if state else [],
            "parent": names[1],
            "city": names[2],
            "polygons": polygons,
            "extra": extra(raw, _FLOOD),
        }
        title = ", ".join([each for each in names if each]) or native_id
        return self._item(ItemKind.FLOOD, native_id, title, "", observed_at)._replace(
            lat=lat,
            lon=lon,
            area=area,
            level=str(int(state)) if state else "",
            ends_at=None if state else observed_at,
            zone_assumed=assumed,
            body={name: value for name, value in body.items() if value not in ("", [], {})},
        )

    def _shape(
        self, geometry: Mapping[str, Any] | None
    ) -> tuple[float | None, float | None, str, list[list[list[tuple[float, float]]]]]:
        """A point well inside of a flood, its area, and its polygons."""
        if geometry is None or geometry.get("type") == "Point":
            return *self._point(geometry), []
        polygons = rings(geometry)
        if sum(len(ring) for polygon in polygons for ring in polygon) > _MOST_POINTS:
            raise BadField("geometry", "sync.refused.long", size=f"> {_MOST_POINTS}", most=_MOST_POINTS)
        try:
            lon, lat = label_point(tuple(tuple(tuple(ring) for ring in polygon) for polygon in polygons))
        except (ArithmeticError, IndexError, ValueError):
            lon, lat = polygons[0][0][0]  # an area without any width
        return *self._placed(lat, lon), polygons

    def _gauge(
        self, raw: Mapping[str, Any], geometry: Mapping[str, Any] | None, at: datetime, page: _Page, place: str
    ) -> None:
        native_id = identity(raw.get("gaugeid"), "gaugeid")
        lat, lon, area = self._point(geometry)
        name = text(raw.get("gaugenameid"), "gaugenameid")
        observations = raw.get("observations") or []
        if not isinstance(observations, list):
            raise BadField("observations", "sync.refused.kind")
        series_id = f"{self.entry.id}:{native_id}"
        newest: datetime | None = None
        body: dict[str, Any] = {"extra": rest} if (rest := extra(raw, _GAUGE)) else {}
        for n, each in enumerate(observations):
            try:
                # f1 to f4 are time, depth in cm, level and its word: the server names its columns so
                row = table(each)
                told = not_ahead(instant(row.get("f1"), self._zone, "f1")[0], at, "f1")
                depth = number(row.get("f2"), "f2")
                if depth is None:
                    raise BadField("f2", "sync.refused.missing")
                status = text(row.get("f4"), "f4")
                level = number(row.get("f3"), "f3")
            except BadField as bad:
                page.refused.append(bad.refusal(f"{place}.observations[{n}]", each))
                continue
            page.sample(Sample(series_id, told, depth))
            if newest is None or told >= newest:
                newest = told
                body = {**body, "level": level, "status": status}
        kept = {key: value for key, value in body.items() if value not in ("", None)}
        page.series[series_id] = Series(
            series_id,
            *(self.entry.id, native_id, name or native_id, "Tinggi muka air", "cm", name),
            *(lat, lon, area),
            body=kept,
        )

    def _item(self, kind: ItemKind, native_id: str, title: str, said: str, observed_at: datetime) -> Item:
        return Item(f"{self.entry.id}:{native_id}", self.entry.id, kind, native_id, title, said, observed_at)


_UNSOUND = frozenset(f"sync.refused.{kind}" for kind in ("number", "integer", "twice", "deep"))


class _Page:
    """What one answer holds."""

    def __init__(self, source: str) -> None:
        self._source = source
        self.items: dict[str, Item] = {}
        self.series: dict[str, Series] = {}
        self.refused: list[Refusal] = []
        self.floods = True
        """Whether all that was taken is how the water stands now: then what is missing stands dry."""
        self._samples: dict[tuple[str, datetime], Sample] = {}

    def take(self, item: Item) -> None:
        """Keep an item; of two with one id the later."""
        before = self.items.get(item.id)
        if before is None or item.observed_at >= before.observed_at:
            self.items[item.id] = item

    def sample(self, sample: Sample) -> None:
        """Keep a value; of two of one instant the one told last."""
        self._samples[sample.series, sample.at] = sample
        if len(self._samples) > MOST_FEATURES:
            raise BadAnswer("sync.bad.many", source=self._source, count=f"> {MOST_FEATURES}", most=MOST_FEATURES)

    def batch(self, memo: Memo, floods: bool) -> Batch:
        """All of it. `floods` tells that floods were asked for: none of them is how the water stands, too."""
        whole = not self.refused and (self.floods if self.items or self.series else floods)
        items, samples = list(self.items.values()), list(self._samples.values())
        times = [*(each.observed_at for each in items), *(each.at for each in samples)]
        return Batch(
            self._source,
            refused=self.refused,
            memo=memo,
            newest_at=max(times, default=None),
            items=items,
            series=list(self.series.values()),
            samples=samples,
            whole=whole,
            fleeting=True,
        )


def _digest(raw: Mapping[str, Any], geometry: Mapping[str, Any] | None) -> str:
    """What makes a report without an id this one: when, where, through whom and in which words."""
    spot = None if geometry is None else geometry.get("coordinates")
    said = [raw.get("created_at"), raw.get("source"), raw.get("text"), raw.get("title"), spot]
    plain = json.dumps(said, ensure_ascii=True, separators=(",", ":"), default=str)
    return hashlib.blake2b(plain.encode(), digest_size=12).hexdigest()


def _told(disaster: str, body: Mapping[str, Any]) -> str:
    """What a report without words tells."""
    depth = [f"{body['depth_cm']:g} cm"] if "depth_cm" in body else []
    return " ".join([each for each in (disaster, *depth) if each]) or str(body.get("platform", ""))


def _head(said: str) -> str:
    line = said.partition("\n")[0].strip()
    return line if len(line) <= _TITLE else (line[: _TITLE - 1].rpartition(" ")[0] or line[: _TITLE - 1]) + "…"
