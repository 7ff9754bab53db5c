"""The areas of a pack: `areas.csv` for codes, names and centres, `areas.geojson` for shapes.

Codes are the keys. Where no shapes are given, cells are made around the centres; where only the lowest level has
shapes, the outlines above are joined from them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from console.core.cells import cells
from console.core.geojson import Shape, place_fault, read_shapes
from console.core.geometry import Polygons, inside, label_point
from console.core.pack import Area, Level
from console.core.pack_text import Faults, Row, csv_rows

NAME = "areas.csv"
SHAPES = "areas.geojson"
COLUMNS = ("kode", "bps", "tingkat", "nama", "induk", "lat", "lon")
_LEVELS = {**{str(level): level for level in Level}, "kabupaten": Level.KOTA, "desa": Level.KELURAHAN}
_CODE = {
    Level.KOTA: re.compile(r"\d{2}\.\d{2}"),
    Level.KECAMATAN: re.compile(r"\d{2}\.\d{2}\.\d{2}"),
    Level.KELURAHAN: re.compile(r"\d{2}\.\d{2}\.\d{2}\.\d{4}"),
}
_BPS = {Level.KOTA: 4, Level.KECAMATAN: 7, Level.KELURAHAN: 10}


@dataclass(frozen=True, slots=True)
class Territory:
    """The two files that say where a city is, under the names that faults call them by."""

    codes: bytes | None
    shapes: bytes | None
    codes_name: str = NAME
    shapes_name: str = SHAPES
    foreign: bool = False
    """True for a list of codes that was not made for us: columns we do not know are left alone."""


@dataclass(frozen=True, slots=True)
class _Line:
    """One sound line of areas.csv; `centre` is None where it was left blank."""

    area: Area
    row: Row
    centre: tuple[float, float] | None


def read_areas(given: Territory, schematic: bool, deep: bool, faults: Faults) -> dict[str, Area]:
    """Areas by code, with shapes and centres. `deep` also judges shapes against themselves and each other."""
    before = len(faults)
    lines = _lines(given, faults)
    _check_tree(lines, given.codes_name, faults)
    if given.shapes is None:
        if not schematic:
            faults.add(given.shapes_name, "no_shapes")
        polygons = _made(lines, faults) if len(faults) == before else {}
    else:
        polygons = _joined(lines, given, deep, faults)
    if len(faults) == before:
        polygons = _upwards(lines, polygons)
    return {code: _whole(line, polygons.get(code, ()), faults) for code, line in lines.items()}


def _lines(given: Territory, faults: Faults) -> dict[str, _Line]:
    found: dict[str, _Line] = {}
    if given.codes is None:
        return found
    allowed = None if given.foreign else COLUMNS
    for row in csv_rows(given.codes_name, given.codes, ("kode", "tingkat", "nama"), allowed, faults):
        line = _line(row, faults)
        if line is None:
            continue
        if line.area.code in found:
            first = found[line.area.code].row.where()
            faults.add(row.where("kode"), "code_twice", code=line.area.code, first=first)
        else:
            found[line.area.code] = line
    return found


def _line(row: Row, faults: Faults) -> _Line | None:
    level = _LEVELS.get(row["tingkat"].lower())
    if level is None:
        faults.add(row.where("tingkat"), "level", found=row["tingkat"], levels=", ".join(Level))
        return None
    if not _CODE[level].fullmatch(row["kode"]):
        faults.add(row.where("kode"), "code_form", code=row["kode"], level=str(level))
        return None
    if not row["nama"]:
        faults.add(row.where("nama"), "missing")
    if row["bps"] and not re.fullmatch(rf"\d{{{_BPS[level]}}}", row["bps"]):
        faults.add(row.where("bps"), "bps_form", code=row["bps"], digits=_BPS[level])
    parent = row["induk"] or row["kode_induk"]
    if level is Level.KOTA:
        if parent and parent != row["kode"].split(".")[0]:
            faults.add(row.where("induk"), "parent_wrong", code=row["kode"], parent=parent)
        parent = ""  # the province is outside the pack
    return _Line(Area(row["kode"], row["nama"], level, parent, row["bps"]), row, _centre(row, faults))


def _centre(row: Row, faults: Faults) -> tuple[float, float] | None:
    if not row["lat"] and not row["lon"]:
        return None
    numbers: list[float] = []
    for column in ("lon", "lat"):
        text = row[column].replace(",", ".")
        if not re.fullmatch(r"-?\d+(\.\d+)?", text):
            faults.add(row.where(column), "number", found=row[column])
            return None
        numbers.append(float(text))
    lon, lat = numbers
    says = place_fault(lon, lat)
    if says:
        faults.add(row.where("lat"), says, code=row["kode"], lon=f"{lon:g}", lat=f"{lat:g}")
        return None
    return lon, lat


def _check_tree(lines: Mapping[str, _Line], name: str, faults: Faults) -> None:
    cities = [line for line in lines.values() if line.area.level is Level.KOTA]
    if len(cities) != 1:
        faults.add(name, "one_city", found=len(cities))
    seen_bps: dict[str, str] = {}
    with_children = {line.area.parent for line in lines.values()}
    for code, line in lines.items():
        area, where = line.area, line.row.where("induk")
        if area.level is not Level.KOTA and area.parent != code.rsplit(".", 1)[0]:
            faults.add(where, "parent_wrong", code=code, parent=area.parent)
        elif area.level is not Level.KOTA and area.parent not in lines:
            faults.add(where, "parent_missing", code=code, parent=area.parent)
        if area.level is not Level.KELURAHAN and code not in with_children:
            faults.add(line.row.where(), "no_children", code=code)
        if area.bps and area.bps in seen_bps:
            faults.add(line.row.where("bps"), "code_twice", code=area.bps, first=seen_bps[area.bps])
        seen_bps.setdefault(area.bps, line.row.where())


def _made(lines: Mapping[str, _Line], faults: Faults) -> dict[str, Polygons]:
    """Cells around the centres of the lowest level."""
    centres: dict[tuple[float, float], str] = {}
    for code, line in lines.items():
        if line.area.level is not Level.KELURAHAN:
            continue
        if line.centre is None:
            faults.add(line.row.where("lat"), "centre_missing", code=code)
        elif line.centre in centres:
            faults.add(line.row.where("lat"), "centre_twice", code=code, other=centres[line.centre])
        else:
            centres[line.centre] = code
    return {code: ((ring,),) for code, ring in zip(centres.values(), cells(list(centres)), strict=True)}


def _joined(lines: Mapping[str, _Line], given: Territory, deep: bool, faults: Faults) -> dict[str, Polygons]:
    """The shapes that were given, each held against the line of its code."""
    before = len(faults)
    shapes = read_shapes(given.shapes_name, given.shapes or b"", faults)
    refused = {dict(fault.values).get("code") for fault in faults.found[before:]}
    for code, shape in shapes.items():
        if code not in lines and code.encode() in (given.codes or b""):
            continue  # it is listed, in a line that was refused: told there
        if code not in lines:
            faults.add(shape.where, "shape_unknown", code=code, name=shape.name, file=given.codes_name)
        elif shape.name and not same_name(shape.name, lines[code].area.name):
            faults.add(shape.where, "name_differs", code=code, name=shape.name, listed=lines[code].area.name)
    if shapes:
        for code, line in lines.items():
            if line.area.level is Level.KELURAHAN and code not in shapes and code not in refused:
                faults.add(line.row.where(), "shape_missing", code=code, file=given.shapes_name)
    if deep:
        _judge(lines, shapes, faults)
    return {code: shape.polygons for code, shape in shapes.items()}


def _judge(lines: Mapping[str, _Line], shapes: Mapping[str, Shape], faults: Faults) -> None:
    from console.core.shape_check import check_shapes

    for level in Level:
        check_shapes(
            [each for code, each in shapes.items() if code in lines and lines[code].area.level is level], faults
        )


def same_name(one: str, other: str) -> bool:
    """True where two names differ in nothing but case, blanks and signs: Batuceper and Batu Ceper are one."""
    return _plain(one) == _plain(other)


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _upwards(lines: Mapping[str, _Line], polygons: dict[str, Polygons]) -> dict[str, Polygons]:
    """The same with the outlines of the levels above, joined where they were not given."""
    if all(code in polygons for code in lines):
        return polygons
    from console.core.shape_check import dissolve_upwards

    lowest = {code: polygons[code] for code, line in lines.items() if line.area.level is Level.KELURAHAN}
    parents = {code: line.area.parent for code, line in lines.items() if line.area.parent in lines}
    return {**dissolve_upwards(lowest, parents), **polygons}


def _whole(line: _Line, polygons: Polygons, faults: Faults) -> Area:
    centre = line.centre or (label_point(polygons) if polygons else (0.0, 0.0))
    if polygons and not inside(*centre, polygons):
        lon, lat = centre
        says: str = "centre_swapped" if inside(lat, lon, polygons) else "centre_outside"
        faults.add(line.row.where("lat"), says, code=line.area.code, lon=f"{lon:g}", lat=f"{lat:g}")
    return replace(line.area, centre=centre, polygons=polygons)
