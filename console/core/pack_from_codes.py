"""A city pack made of a raw pair: a list of codes and the boundaries of the lowest level.

Such pairs are what statistics offices and mapping agencies hand out. Codes are held against names, boundaries
are judged, the outlines of kecamatan and city are joined. What a pair does not say is taken from a template and is
not verified: zone, offices, categories, calendar, service clocks, sources.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping

from console.core.errors import BadPack
from console.core.pack import Level
from console.core.pack_areas import NAME, SHAPES, Territory, read_areas
from console.core.pack_check import FILES, PACK
from console.core.pack_text import Faults
from console.core.pack_write import areas_csv, areas_geojson
from console.core.toml_text import to_toml


def from_codes(
    kode_csv: bytes,
    kelurahan_geojson: bytes,
    where: str,
    template: Mapping[str, bytes],
    names: tuple[str, str] = ("kode.csv", "kelurahan.geojson"),
) -> Mapping[str, bytes]:
    """The files of a new pack. Raises `BadPack` with every fault of the pair, each under its file in `names`.

    The list has the columns kode, tingkat (kota, kecamatan, kelurahan), nama, kode_induk; the boundaries the
    properties kode and nama. The pack's id is the city's code with a hyphen: names are never keys.
    """
    faults = Faults()
    given = Territory(kode_csv, kelurahan_geojson, *names, foreign=True)
    areas = read_areas(given, schematic=False, deep=True, faults=faults)
    if faults.found:
        raise BadPack("pack.bad", faults.found, where=where)
    city = next(area for area in areas.values() if area.level is Level.KOTA)
    taken = tomllib.loads(template[PACK].decode("utf-8"))
    files = {name: raw for name, raw in template.items() if name in FILES}
    files[PACK] = to_toml({"id": city.code.replace(".", "-"), "name": city.name, **taken})
    files[NAME] = areas_csv(areas.values())
    files[SHAPES] = areas_geojson(areas.values())
    return files
