"""Areas' shapes out of a GeoJSON file, or the answer of an Esri layer, each under its code, each checked by itself.

Refused with a reason: another coordinate system, swapped axes, rings that are not closed or have no area,
anything that is not a polygon. Repaired without a word: the turning direction of rings, heights, points said twice
in a row. Whether shapes cross themselves or each other is judged in `console/core/shape_check.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from console.core.esri_shapes import BadShape, is_mercator, of_esri
from console.core.geometry import Point, Polygons, signed_area
from console.core.pack import Ring
from console.core.pack_text import Faults, decoded, sound_text

_WGS84 = ("CRS84", "EPSG::4326", "EPSG:4326")
_CODE_KEYS = ("kode", "code")
_NAME_KEYS = ("nama", "name")
_ESRI_KEYS = (("kode", (*_CODE_KEYS, "kdepum")), ("nama", (*_NAME_KEYS, "namobj")))
"""Attributes of an Esri layer are written in capitals; the mapping agency calls its own KDEPUM and NAMOBJ."""
_ESRI_FAULTS = {"short": "ring_short", "flat": "ring_flat", "curves": "geometry_kind", "position": "position"}


class Shape(NamedTuple):
    """One feature: where it stands, whose it is, what it looks like."""

    where: str
    code: str
    name: str
    polygons: Polygons


class _OfEsri(NamedTuple):
    """A geometry of an Esri layer, and whether it is in Mercator's metres."""

    raw: Any
    mercator: bool


class _Unsound(Exception):
    """What is wrong with a geometry: the place below it, the last part of the phrase key, its values."""

    def __init__(self, place: str, says: str, **values: Any) -> None:
        super().__init__(says)
        self.place = place
        self.says = says
        self.values_told = values


class _NoNumber(Exception):
    """`NaN` and its like, which Python reads and JSON does not know."""


def read_shapes(name: str, raw: bytes, faults: Faults) -> dict[str, Shape]:
    """Shapes by code. What is unsound is left out and told."""
    found: dict[str, Shape] = {}
    for index, feature in enumerate(_features(name, raw, faults)):
        shape = _shape(f"{name} features[{index}]", feature, faults)
        if shape is None:
            continue
        if shape.code in found:
            faults.add(shape.where, "shape_twice", code=shape.code, first=found[shape.code].where)
        else:
            found[shape.code] = shape
    return found


def _features(name: str, raw: bytes, faults: Faults) -> list[Any]:
    text = decoded(name, raw, faults)
    if text is None:
        return []
    try:
        whole = json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as trouble:
        faults.add(f"{name}:{trouble.lineno}", "json", column=trouble.colno)
        return []
    except _NoNumber as trouble:
        faults.add(name, "json_number", found=str(trouble))
        return []
    except (ValueError, RecursionError):  # a ValueError for a number of 5,000 digits
        faults.add(name, "json_form")
        return []
    if isinstance(whole, dict) and "type" not in whole and isinstance(whole.get("features"), list):
        return _of_layer(name, whole, faults)
    if not isinstance(whole, dict) or whole.get("type") != "FeatureCollection":
        found = whole.get("type") if isinstance(whole, dict) else type(whole).__name__
        faults.add(name, "not_collection", found=str(found))
        return []
    features = whole.get("features")
    if not isinstance(features, list):
        faults.add(f"{name} features", "type", wanted="list", found=type(features).__name__)
        return []
    if not features:
        faults.add(f"{name} features", "empty")
    crs = _crs(whole.get("crs"))
    if crs:
        faults.add(f"{name} crs", "crs", found=crs)
        return []
    return features


def _of_layer(name: str, whole: Mapping[str, Any], faults: Faults) -> list[Any]:
    """The features of an Esri layer's answer, as those of GeoJSON but for their geometry."""
    try:
        mercator = is_mercator(whole.get("spatialReference"))
    except BadShape as bad:
        faults.add(f"{name} spatialReference", "crs", found=bad.values["name"])
        return []
    if whole.get("exceededTransferLimit"):
        faults.add(f"{name} exceededTransferLimit", "layer_part", found=len(whole["features"]))
        return []
    if not whole["features"]:
        faults.add(f"{name} features", "empty")
    found: list[Any] = []
    for feature in whole["features"]:
        attributes = feature.get("attributes") if isinstance(feature, dict) else None
        if not isinstance(attributes, dict):
            found.append(None)  # told as no feature
            continue
        lower = {str(key).casefold(): value for key, value in attributes.items()}
        named = {ours: next((lower[key] for key in keys if lower.get(key)), None) for ours, keys in _ESRI_KEYS}
        geometry = _OfEsri(feature.get("geometry"), mercator)
        found.append({"type": "Feature", "properties": named, "geometry": geometry})
    return found


def _no_constant(word: str) -> float:
    raise _NoNumber(word)


def _crs(crs: Any) -> str:
    """Empty where the file is in WGS84, the name of its system otherwise."""
    if crs is None:
        return ""
    properties = crs.get("properties") if isinstance(crs, dict) else None
    told = str(properties.get("name", properties)) if isinstance(properties, dict) else str(crs)
    return "" if told.upper().endswith(_WGS84) else told[:80] or "?"


def _shape(where: str, feature: Any, faults: Faults) -> Shape | None:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        faults.add(where, "not_feature")
        return None
    properties = feature.get("properties")
    if properties is not None and not isinstance(properties, dict):
        faults.add(f"{where}.properties", "type", wanted="table", found=type(properties).__name__)
        return None
    code = _text(properties or {}, _CODE_KEYS) or _text(feature, ("id",))
    if not code:
        faults.add(f"{where}.properties.kode", "shape_without_code")
        return None
    name = sound_text(_text(properties or {}, _NAME_KEYS), f"{where}.properties.nama", faults)
    try:
        return Shape(where, sound_text(code, where, faults), name, _polygons(feature.get("geometry")))
    except _Unsound as trouble:
        faults.add(f"{where}.geometry{trouble.place}", trouble.says, code=code[:40], **trouble.values_told)
        return None


def _text(table: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    return next((str(table[key]) for key in keys if isinstance(table.get(key), str | int)), "")


def _esri_geometry(geometry: _OfEsri) -> Any:
    """The same as GeoJSON has it."""
    try:
        outline = of_esri(geometry.raw, geometry.mercator)
    except BadShape as bad:
        values = bad.values
        if bad.says == "place":
            raise _Unsound("", place_fault(float(values["lon"]), float(values["lat"])) or "outside", **values) from None
        if bad.says == "system":
            raise _Unsound(".spatialReference", "crs", found=values["name"]) from None
        values = {"found": "curves"} if bad.says == "curves" else values
        raise _Unsound("", _ESRI_FAULTS.get(bad.says, "ring_form"), **values) from None
    return None if outline is None else outline.plain()


def _polygons(geometry: Any) -> Polygons:
    if isinstance(geometry, _OfEsri):
        geometry = _esri_geometry(geometry)
    if geometry is None:
        raise _Unsound("", "geometry_null")
    if not isinstance(geometry, dict):
        raise _Unsound("", "type", wanted="table", found=type(geometry).__name__)
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind not in ("Polygon", "MultiPolygon"):
        raise _Unsound(".type", "geometry_kind", found=str(kind)[:40])
    if "crs" in geometry:
        raise _Unsound(".crs", "crs", found=_crs(geometry["crs"]) or "crs")
    if kind == "Polygon":
        return (_polygon(coordinates, ".coordinates"),)
    listed = _list(coordinates, ".coordinates")
    return tuple(_polygon(polygon, f".coordinates[{index}]") for index, polygon in enumerate(listed))


def _list(value: Any, place: str) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise _Unsound(place, "ring_form")
    return value


def _polygon(rings: Any, place: str) -> tuple[Ring, ...]:
    return tuple(_ring(ring, f"{place}[{index}]", outer=index == 0) for index, ring in enumerate(_list(rings, place)))


def _ring(raw: Any, place: str, *, outer: bool) -> Ring:
    points: list[Point] = []
    for index, position in enumerate(_list(raw, place)):
        point = _position(position, f"{place}[{index}]")
        if not points or point != points[-1]:
            points.append(point)
    if points[0] != points[-1]:
        raise _Unsound(place, "ring_open")
    if len(points) < 4:
        raise _Unsound(place, "ring_short", found=len(points))
    area = signed_area(points)
    if area == 0:
        raise _Unsound(place, "ring_flat")
    return tuple(points) if (area > 0) == outer else tuple(reversed(points))


def _position(position: Any, place: str) -> Point:
    if not isinstance(position, list) or len(position) not in (2, 3):
        raise _Unsound(place, "position")
    lon, lat = position[0], position[1]
    if type(lon) not in (int, float) or type(lat) not in (int, float):
        raise _Unsound(place, "position")
    try:
        lon, lat = float(lon), float(lat)
    except OverflowError:  # a whole number of 400 digits
        raise _Unsound(place, "position") from None
    says = place_fault(lon, lat)
    if says:
        raise _Unsound(place, says, lon=f"{lon:g}", lat=f"{lat:g}")
    return lon, lat


def place_fault(lon: float, lat: float) -> str:
    """Empty for a possible place; "swapped" where it becomes one with its axes turned; "projected" or "outside"."""
    if abs(lat) <= 90 and abs(lon) <= 180:
        return ""
    if abs(lon) <= 90 and abs(lat) <= 180:
        return "swapped"
    return "projected" if abs(lon) > 360 or abs(lat) > 360 else "outside"
