"""A city's answers, made once: GeoReport v2 pages in JSON, a thousand requests each, newest first, from a seed.

Product and rival read the very same bytes. Lengths and shares are like those of the open data of large cities: a
sentence or two of text, a third still open, places spread over the city of the pack.
"""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.fresh import WORK
from console.core.pack import CityPack, Level
from console.store.packs import load

PAGE = 1000
END = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
"""The newest request."""
SPAN_S = 3 * 365 * 86_400
_VERSION = 3

_WHAT = (
    *("lampu jalan padam", "jalan berlubang", "saluran tersumbat", "sampah menumpuk", "pohon tumbang", "genangan air"),
    *("trotoar rusak", "kabel menjuntai", "bau menyengat", "parkir liar", "pedagang menutup trotoar", "air keruh"),
    *("rambu hilang", "jembatan retak", "kebisingan malam", "antrean KTP", "akta terlambat", "tiang miring"),
)
_WHERE = (
    *("depan sekolah", "dekat pasar", "samping masjid", "di tikungan", "depan puskesmas", "di gang sempit"),
    *("belakang kantor kelurahan", "dekat stasiun", "di perumahan", "pinggir kali", "di bawah jembatan", "dekat pos"),
)
_MORE = (
    *("Sudah tiga hari.", "Mohon segera ditangani.", "Membahayakan pengendara motor.", "Warga sudah melapor ke RT."),
    *("Terjadi setiap hujan.", "Anak sekolah lewat sini.", "Pernah diperbaiki, rusak lagi.", "Foto terlampir."),
    *("Petugas belum datang.", "Lampunya mati total.", "Airnya masuk ke rumah.", "Macet setiap pagi."),
)
_STREETS = ("Jl. Merdeka", "Jl. Kenanga", "Jl. Melati", "Jl. Veteran", "Jl. Pahlawan", "Gg. Mawar", "Jl. Cendana")


def city() -> CityPack:
    """The pack that ships."""
    from console.core.settings import declared
    from console.store.files import resource

    return load(None, str(declared(resource("settings.toml"))["pack"].default))


def pages(rows: int) -> list[Path]:
    """The files of that many requests; made where they are not yet there."""
    folder = WORK / f"pages-{rows}-v{_VERSION}"
    count = -(-rows // PAGE)
    if not (folder / "whole").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for number, page in enumerate(_made(rows)):
            (folder / f"{number:05}.json").write_bytes(page)
        (folder / "whole").touch()
    return [folder / f"{number:05}.json" for number in range(count)]


def _made(rows: int) -> Iterator[bytes]:
    chance = random.Random(311)
    pack = city()
    services = [(category.code, category.name["id"], category.opd) for category in pack.categories.values()]
    centres = [area.centre for area in pack.areas.values() if area.level is Level.KELURAHAN]
    step_s = SPAN_S / rows
    for start in range(0, rows, PAGE):
        records = []
        for number in range(start, min(rows, start + PAGE)):
            at = END - timedelta(seconds=number * step_s + chance.random() * step_s)
            code, name, opd = chance.choice(services)
            lon, lat = chance.choice(centres)
            closed = chance.random() < 0.67
            what, where = chance.choice(_WHAT), chance.choice(_WHERE)
            told = " ".join(chance.sample(_MORE, chance.randrange(1, 4)))
            records.append(
                {
                    "service_request_id": f"{rows - number:08d}",
                    "status": "closed" if closed else "open",
                    "status_notes": "Sudah selesai dikerjakan" if closed else "",
                    "service_name": name,
                    "service_code": code,
                    "description": f"{what.capitalize()} {where} nomor {chance.randrange(1, 4000)}. {told}",
                    "agency_responsible": opd,
                    "requested_datetime": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                    "updated_datetime": (at + timedelta(hours=chance.randrange(1, 200))).strftime("%Y-%m-%dT%H:%M:%SZ"),
                    "expected_datetime": (at + timedelta(days=5)).strftime("%Y-%m-%dT%H:%M:%SZ"),
                    "address": f"{chance.choice(_STREETS)} No. {chance.randrange(1, 300)}",
                    "lat": round(chance.gauss(lat, 0.004), 6),
                    "long": round(chance.gauss(lon, 0.004), 6),
                    "media_url": "",
                }
            )
        yield json.dumps(records, ensure_ascii=False).encode()
