"""The files of a pack, written: the reverse of reading them.

`python -m console.core.pack_write < areas.csv > areas.geojson` makes the shapes that ship with a schematic pack:
cells around its centres and the outlines above, so that a start has nothing to reckon.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterable, Sequence

from console.core.errors import BadPack
from console.core.geometry import Point
from console.core.pack import Area, Level
from console.core.pack_areas import COLUMNS, NAME, Territory, read_areas
from console.core.pack_text import Faults

_ORDER = (Level.KOTA, Level.KECAMATAN, Level.KELURAHAN)


def in_order(areas: Iterable[Area]) -> list[Area]:
    """From the city down, each level by code."""
    return sorted(areas, key=lambda area: (_ORDER.index(area.level), area.code))


def areas_csv(areas: Iterable[Area]) -> bytes:
    """`areas.csv` of those areas."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    writer.writerow(COLUMNS)
    for area in in_order(areas):
        lon, lat = area.centre
        writer.writerow((area.code, area.bps, str(area.level), area.name, area.parent, f"{lat:.6f}", f"{lon:.6f}"))
    return out.getvalue().encode()


def areas_geojson(areas: Iterable[Area]) -> bytes:
    """`areas.geojson` of those areas, one feature a line so that a change can be read."""
    lines = [json.dumps(_feature(area), ensure_ascii=False, separators=(",", ":")) for area in in_order(areas)]
    return ('{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n").encode()


def _feature(area: Area) -> dict[str, object]:
    polygons = [[_positions(ring) for ring in polygon] for polygon in area.polygons]
    single = len(polygons) == 1
    geometry = {"type": "Polygon" if single else "MultiPolygon", "coordinates": polygons[0] if single else polygons}
    return {"type": "Feature", "properties": {"kode": area.code, "nama": area.name}, "geometry": geometry}


def _positions(ring: Sequence[Point]) -> list[list[float]]:
    return [[round(lon, 6), round(lat, 6)] for lon, lat in ring]


def _main() -> int:
    faults = Faults()
    areas = read_areas(Territory(sys.stdin.buffer.read(), None), True, True, faults)
    if faults.found:
        raise BadPack("pack.bad", faults.found, where=NAME)
    sys.stdout.buffer.write(areas_geojson(areas.values()))
    return 0


if __name__ == "__main__":
    sys.exit(_main())
