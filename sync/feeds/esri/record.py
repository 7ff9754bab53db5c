"""One feature of a layer as an item, of Esri JSON or of GeoJSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from console.core import esri_shapes
from console.core.clock import from_millis
from console.core.esri_shapes import BadShape, Outline
from console.core.geometry import index_of
from console.core.items import Item, ItemKind
from console.core.pack import CityPack, FeedEntry
from sync.feeds.esri.layer import Layer, usual_key
from sync.words_in import BadField, bounded, box_of, degrees, identity, not_ahead, table, text

MOST_POINTS = 2_000
"""Of a shape that is kept with its item; one with more is kept coarser."""
_MOST_MS = 32_503_680_000_000
"""The year 3000: what lies behind it is no date of people."""
_TITLE = 200
_NAMES = ("nama", "name", "namobj", "title", "judul", "lokasi", "alamat", "address")
_SHAPES = ("Shape", "SHAPE")


class RecordReader:
    """Reads the features of one source in one city."""

    def __init__(self, entry: FeedEntry, pack: CityPack) -> None:
        self._source = entry.id
        self._options = entry.options
        self._areas = index_of(pack)
        self._box = box_of(pack)

    def key(self, layer: Layer, named: str) -> str:
        """The field of the ids: as the entry says, or the answer, or the layer."""
        return self._options.get("id_field", "") or named or layer.key

    def read(
        self, raw: Any, layer: Layer, key: str, first: datetime, at: datetime, *, geojson: bool, mercator: bool
    ) -> Item:
        """The item. Raises `BadField`. `first` is the instant of what has no date of its own, `at` the answer's."""
        feature = table(raw)
        told = table(feature.get("properties" if geojson else "attributes") or {}, "attributes")
        native = self._identity(feature, told, key, geojson)
        fields, codes = self._fields(told, layer)
        outline = _outline(feature.get("geometry"), geojson, mercator)
        lat = lon = None
        if outline is not None:
            lat, lon = degrees(outline.label[1], outline.label[0], self._box, fields=("geometry", "geometry"))
        observed, dated = self._observed(told, layer, first, at)
        body: dict[str, Any] = {"layer": layer.name, "fields": fields, "codes": codes, "undated": not dated}
        if outline is not None:
            body["geometry"], body["digits"] = _kept(outline)
        return Item(
            f"{self._source}:{native}",
            self._source,
            ItemKind.FEATURE,
            native,
            self._title(fields, layer, native),
            str(fields.get(self._options.get("text_field", ""), "")),
            observed,
            lat=lat,
            lon=lon,
            area=self._areas.find(lon, lat) if lat is not None and lon is not None else "",
            level=str(fields.get(self._options.get("level_field", ""), ""))[:_TITLE],
            revised_at=observed if dated else None,
            body={name: value for name, value in body.items() if value not in ("", {}, False, 7)},
        )

    def _identity(self, feature: Mapping[str, Any], told: Mapping[str, Any], key: str, geojson: bool) -> str:
        name = key or usual_key(list(told))
        value = told.get(name) if name else None
        if value is None and geojson:
            name, value = "id", feature.get("id")
        if isinstance(value, float) and value.is_integer():
            value = int(value)  # some servers write 6.4579816E7
        return identity(value, name or "OBJECTID")

    def _fields(self, told: Mapping[str, Any], layer: Layer) -> tuple[dict[str, Any], dict[str, Any]]:
        """The attributes that say something, and the codes of those that are shown by their words."""
        fields: dict[str, Any] = {}
        codes: dict[str, Any] = {}
        for name, value in told.items():
            if value is None or name in _SHAPES:
                continue
            if type(value) is bool:
                fields[name] = value
                continue
            plain = value if type(value) in (int, float) else text(value, name)
            if plain == "":
                continue
            if name in layer.dates:
                plain = _date(plain)
            word = layer.codes.get(name, {}).get(str(plain))
            if word:
                codes[name], plain = plain, word
            fields[name] = plain
        return bounded(fields), codes

    def _observed(self, told: Mapping[str, Any], layer: Layer, first: datetime, at: datetime) -> tuple[datetime, bool]:
        name = self._options.get("time_field", "") or layer.edited
        value = told.get(name) if name else None
        if value is None or value == "":
            return first, False
        if type(value) not in (int, float) or not 0 <= value <= _MOST_MS:
            raise BadField(name, "sync.refused.time", value=str(value)[:60])
        return not_ahead(from_millis(int(value)).astimezone(UTC), at, name), True

    def _title(self, fields: Mapping[str, Any], layer: Layer, native: str) -> str:
        lower = {name.casefold(): name for name in fields}
        names = (self._options.get("title_field", ""), layer.title, *(lower.get(name, "") for name in _NAMES))
        title = next((str(fields[name]) for name in names if name in fields), "")
        return (title or f"{layer.name} {native}".strip())[:_TITLE]


def _date(value: Any) -> Any:
    """The instant of milliseconds as ISO 8601; what is none stays as it came."""
    if type(value) not in (int, float) or not math.isfinite(value) or abs(value) > _MOST_MS:
        return value
    try:
        return from_millis(int(value)).astimezone(UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return value


def _outline(raw: Any, geojson: bool, mercator: bool) -> Outline | None:
    try:
        return esri_shapes.of_geojson(raw) if geojson else esri_shapes.of_esri(raw, mercator)
    except BadShape as bad:
        raise BadField("geometry", f"sync.esri.{bad.says}", **bad.values) from None


def _kept(outline: Outline) -> tuple[dict[str, Any], int]:
    try:
        kept, digits = esri_shapes.coarser(outline, MOST_POINTS)
    except BadShape as bad:
        raise BadField("geometry", f"sync.esri.{bad.says}", **bad.values) from None
    return kept.plain(), digits
