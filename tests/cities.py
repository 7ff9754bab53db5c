"""An invented city for all tests: two kecamatan, five kelurahan, codes that no real place has.

`small_pack()` is the sound pack, `small_files()` its files as bytes, fresh each time, to spoil one of them.
The kelurahan are squares of 0.02 degrees; they and the outlines above are drawn by hand below.

    106.00  106.02  106.04  106.06
    -6.00 +-------+-------+-------+
          | 01.1001 Timur |       |      Sukamaju: 1001, 1002, 1003
    -6.02 +-------+-------+ 02.   |      Mekarsari: 1001, 1002
          | 1002  | 1003  | 1001  |
    -6.04 +-------+-------+-------+
                  |  02.1002      |
    -6.06         +---------------+
"""

from __future__ import annotations

import json
from functools import cache

from console.core.pack import CityPack
from console.core.pack_check import read_pack

CITY, ONE, TWO = "99.71", "99.71.01", "99.71.02"

AREAS = """\
kode;bps;tingkat;nama;induk;lat;lon
99.71;9971;kota;Kota Rekaan;;-6.03;106.03
99.71.01;9971020;kecamatan;Sukamaju;99.71;-6.02;106.02
99.71.02;9971010;kecamatan;Mekarsari;99.71;-6.03;106.05
99.71.01.1001;;kelurahan;Sukamaju Timur;99.71.01;-6.01;106.02
99.71.01.1002;;kelurahan;Sukamaju;99.71.01;-6.03;106.01
99.71.01.1003;;kelurahan;Mekarsari;99.71.01;-6.03;106.03
99.71.02.1001;;kelurahan;Kebon Baru;99.71.02;-6.02;106.05
99.71.02.1002;;kelurahan;Kebon Lama;99.71.02;-6.05;106.04
"""
"""A kecamatan and a kelurahan share a name, twice: names are never keys."""


def _box(west: float, south: float, east: float, north: float) -> list[list[float]]:
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


SHAPES: dict[str, list[list[float]]] = {
    "99.71": [
        *([106.0, -6.04], [106.02, -6.04], [106.02, -6.06], [106.06, -6.06], [106.06, -6.0], [106.0, -6.0]),
        [106.0, -6.04],
    ],
    "99.71.01": _box(106.0, -6.04, 106.04, -6.0),
    "99.71.02": [
        *([106.02, -6.06], [106.06, -6.06], [106.06, -6.0], [106.04, -6.0], [106.04, -6.04], [106.02, -6.04]),
        [106.02, -6.06],
    ],
    "99.71.01.1001": _box(106.0, -6.02, 106.04, -6.0),
    "99.71.01.1002": _box(106.0, -6.04, 106.02, -6.02),
    "99.71.01.1003": _box(106.02, -6.04, 106.04, -6.02),
    "99.71.02.1001": _box(106.04, -6.04, 106.06, -6.0),
    "99.71.02.1002": _box(106.02, -6.06, 106.06, -6.04),
}

LOWEST_CODES = {code: ring for code, ring in SHAPES.items() if code.count(".") == 3}
"""The shapes of the kelurahan alone, as a raw pair has them."""

PACK = """\
id = "rekaan"
name = "Kota Rekaan"
version = "1"
zone = "Asia/Jakarta"
zone_label = "WIB"
credits = ["Kota rekaan untuk pengujian."]
"""

OPDS = """\
kode;nama;singkatan;terverifikasi;berlaku_dari;berlaku_sampai;pengganti
PU;Dinas Pekerjaan Umum;PU;ya;;;
DLH;Dinas Lingkungan Hidup;DLH;tidak;;;
DISHUB;Dinas Perhubungan;Dishub;tidak;;;
KEBERSIHAN;Dinas Kebersihan;Kebersihan;ya;2010-01-01;2019-12-31;DLH
"""

CATEGORIES = """\
[jalan-rusak]
name = { id = "Jalan rusak", en = "Damaged road" }
opd = "PU"
service_codes = ["jalan-rusak", "001"]

[lampu-jalan]
name = { id = "Lampu jalan", en = "Street light" }
opd = "DISHUB"
service_codes = ["lampu-jalan", "002"]

[sampah]
name = { id = "Sampah", en = "Waste" }
opd = "DLH"
service_codes = ["sampah", "003"]
"""

CALENDAR = """\
revision = "rekaan 1"
known_from = 2026-01-01
known_until = 2027-12-31

[holidays]
2026-05-01 = "Hari Buruh Internasional"
2026-12-25 = "Kelahiran Yesus Kristus"

[joint_leave]
2026-12-24 = "Kelahiran Yesus Kristus"
"""

SLA = """\
[[policy]]
channel = "pengaduan"
stage = "verify"
working_days = 3
valid_from = 2026-01-01
source = "aturan rekaan"

[[policy]]
channel = "pengaduan"
stage = "first_answer"
working_days = 5
valid_from = 2026-01-01
source = "aturan rekaan"
"""

FEEDS = """\
[pengaduan]
kind = "open311"
title = { id = "Pengaduan warga", en = "Complaints" }
address = "embedded:"
cadence_s = 5
stale_after_s = 60
licence = "Data rekaan."

[pengaduan.options]
format = "json"
page_size = "1000"
"""


def geojson(shapes: dict[str, list[list[float]]]) -> bytes:
    """A feature collection of one ring each, by code."""
    features = [
        {
            "type": "Feature",
            "properties": {"kode": code},
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        }
        for code, ring in shapes.items()
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def small_files() -> dict[str, bytes]:
    """The files of the invented city's pack."""
    return {
        "pack.toml": PACK.encode(),
        "areas.csv": AREAS.encode(),
        "areas.geojson": geojson(SHAPES),
        "opd.csv": OPDS.encode(),
        "categories.toml": CATEGORIES.encode(),
        "calendar.toml": CALENDAR.encode(),
        "sla.toml": SLA.encode(),
        "feeds.toml": FEEDS.encode(),
    }


@cache
def small_pack() -> CityPack:
    """The invented city."""
    return read_pack(small_files(), "rekaan", deep=False)
