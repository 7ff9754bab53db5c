"""What is written and published in the made-up city: press (RSS), posts (Mastodon), open data (CKAN), a map layer
(Esri) and the health of its applications. Every text says that it is made up; nobody is named."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import format_datetime
from typing import Any
from xml.sax.saxutils import escape

from console.core.clock import from_millis
from console.core.pack import CityPack, Level
from sync.centre.dice import Dice
from sync.centre.interfaces import HOUR_MS, Mood, Served, Wanted, mixed
from sync.centre.render import as_json

_JSON = "application/json; charset=utf-8"
_XML = "application/rss+xml; charset=utf-8"
_MADE_UP = "Tulisan peragaan, dibuat otomatis."
_SUBJECTS = (
    "Jalan {place} diperbaiki pekan ini",
    "Pasar {place} kembali ramai",
    "Warga {place} kerja bakti membersihkan saluran",
    "Genangan di {place} surut",
    "Puskesmas {place} menambah jam layanan",
    "Lampu jalan di {place} diganti",
)


class Voices:
    """`/berita/rss`, `/api/v1/timelines/…`."""

    def __init__(self, pack: CityPack, seed: int, prefix: str = "/warta") -> None:
        self.prefix = prefix
        self._pack = pack
        self._seed = seed
        self._places = [each.name for each in pack.areas.values() if each.level is Level.KELURAHAN] or [pack.name]

    def answer(self, wanted: Wanted) -> Served | None:
        """Articles, or posts."""
        if wanted.path == "/rss":
            return Served(_XML, self._press(wanted).encode())
        if wanted.path.startswith("/api/v1/timelines/"):
            return Served(_JSON, as_json(self._posts(wanted)))
        return None

    def _said(self, slot: int, kind: str) -> str:
        dice = Dice(self._seed, kind, slot)
        return dice.of(_SUBJECTS).format(place=dice.of(self._places))

    def _press(self, wanted: Wanted) -> str:
        newest = wanted.at // (2 * HOUR_MS)
        rows = []
        for slot in mixed(range(newest, newest - 20, -1), wanted.mood, newest):
            title = self._said(slot, "press") + (" (diperbarui)" if wanted.mood is Mood.REVISED else "")
            url = f"https://warta.invalid/berita/{slot}?utm_source=rss"
            at = format_datetime(from_millis(slot * 2 * HOUR_MS).astimezone(self._pack.zone))
            rows.append(
                f"<item><title>{escape(title)}</title><link>{escape(url)}</link><guid>{slot}</guid>"
                f"<pubDate>{at}</pubDate><description>{escape(f'<p>{_MADE_UP}</p>')}</description></item>"
            )
        head = f"<title>Warta peragaan</title><link>https://warta.invalid/</link><description>{_MADE_UP}</description>"
        return (
            f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>{head}{"".join(rows)}</channel></rss>'
        )

    def _posts(self, wanted: Wanted) -> list[dict[str, Any]]:
        newest = wanted.at // (HOUR_MS // 2)
        limit = min(int(wanted.query.get("limit", "20") or 20), 40) if wanted.query.get("limit", "20").isdigit() else 20
        least, most = _id(wanted.query, "min_id", 0), _id(wanted.query, "max_id", newest + 1)
        slots = [slot for slot in range(newest, newest - 96, -1) if least < slot < most][:limit]
        return [self._post(slot) for slot in mixed(slots, wanted.mood, newest)]

    def _post(self, slot: int) -> dict[str, Any]:
        at = from_millis(slot * HOUR_MS // 2).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {
            "id": str(slot),
            "created_at": at,
            "edited_at": None,
            "visibility": "public",
            "language": "id",
            "sensitive": False,
            "spoiler_text": "",
            "uri": f"https://sosial.invalid/p/{slot}",
            "url": f"https://sosial.invalid/p/{slot}",
            "content": f"<p>{escape(self._said(slot, 'post'))}. {_MADE_UP}</p>",
            "account": {"id": "1", "username": "peragaan", "acct": "peragaan", "display_name": "Peragaan", "bot": True},
            "media_attachments": [],
            "tags": [],
            "reblog": None,
            "replies_count": 0,
            "reblogs_count": 0,
            "favourites_count": 0,
        }


class Registers:
    """Open data (`/api/3/action/…`), a map layer of the kelurahan (`/layer/query`) and applications (`/app/NAME`)."""

    prefix = "/data"

    def __init__(self, pack: CityPack, seed: int) -> None:
        self._pack = pack
        self._seed = seed
        self._areas = [each for each in pack.areas.values() if each.level is Level.KELURAHAN]

    def answer(self, wanted: Wanted) -> Served | None:
        """One of them."""
        if wanted.path == "/api/3/action/package_search":
            return Served(_JSON, as_json(self._packages(wanted)))
        if wanted.path.startswith("/layer"):
            return Served(_JSON, as_json(self._layer(wanted)))
        if wanted.path.startswith("/app/"):
            well = Dice(self._seed, wanted.path, wanted.at // HOUR_MS).unit() > 0.04
            return Served(_JSON, as_json({"status": "ok" if well else "error"}), 200 if well else 500)
        return None

    def _packages(self, wanted: Wanted) -> dict[str, Any]:
        day = from_millis(wanted.at).date().isoformat()
        names = ("penduduk", "puskesmas", "sekolah", "curah-hujan", "pengaduan")
        results = [
            {
                "id": f"peragaan-{name}",
                "name": name,
                "title": f"Data {name} (peragaan)",
                "notes": _MADE_UP,
                "metadata_created": "2026-01-01T00:00:00",
                "metadata_modified": f"{day}T00:00:00",
                "license_title": "CC0",
                "organization": {"title": "Pusat peragaan"},
                "resources": [],
                "tags": [],
            }
            for name in mixed(names, wanted.mood, day)
        ]
        start = _id(wanted.query, "start", 0)
        return {"success": True, "result": {"count": len(results), "results": results[start:]}}

    def _layer(self, wanted: Wanted) -> dict[str, Any]:
        fields = [
            {"name": "OBJECTID", "type": "esriFieldTypeOID", "alias": "OBJECTID"},
            {"name": "KODE", "type": "esriFieldTypeString", "alias": "Kode"},
            {"name": "NAMA", "type": "esriFieldTypeString", "alias": "Nama"},
        ]
        if not wanted.path.endswith("/query"):
            return {
                "currentVersion": 10.81,
                "id": 0,
                "name": "Kelurahan (peragaan)",
                "type": "Feature Layer",
                "geometryType": "esriGeometryPolygon",
                "objectIdField": "OBJECTID",
                "fields": fields,
                "maxRecordCount": 50,
                "advancedQueryCapabilities": {"supportsPagination": True},
                "supportedQueryFormats": "JSON",
                "capabilities": "Query",
                "extent": {"spatialReference": {"wkid": 4326}},
            }
        if wanted.query.get("returnCountOnly") == "true":
            return {"count": len(self._areas)}
        if wanted.query.get("returnIdsOnly") == "true":
            return {"objectIdFieldName": "OBJECTID", "objectIds": list(range(1, len(self._areas) + 1))}
        start = _id(wanted.query, "resultOffset", 0)
        most = min(_id(wanted.query, "resultRecordCount", 50) or 50, 50)
        features = [
            {
                "attributes": {"OBJECTID": start + n + 1, "KODE": area.code, "NAMA": area.name},
                # outer rings run clockwise here, and counter-clockwise in the pack
                "geometry": {"rings": [[[lon, lat] for lon, lat in reversed(area.polygons[0][0])]]}
                if area.polygons
                else None,
            }
            for n, area in enumerate(self._areas[start : start + most])
        ]
        return {
            "objectIdFieldName": "OBJECTID",
            "geometryType": "esriGeometryPolygon",
            "spatialReference": {"wkid": 4326, "latestWkid": 4326},
            "fields": fields,
            "features": features,
            "exceededTransferLimit": start + most < len(self._areas),
        }


def _id(query: Mapping[str, str], name: str, usual: int) -> int:
    text = query.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else usual
