"""Warnings of an invented agency about an invented city, and what reads them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

from console.core.items import Item
from console.core.pack import CityPack, FeedEntry
from console.core.records import Batch, Refusal
from sync.feed import Answer
from sync.feeds.cap import Cap
from tests.cities import small_pack

AT = datetime(2026, 11, 21, 3, 42, tzinfo=UTC)
HOME = "https://hub.invalid/index.xml"
CAP = "urn:oasis:names:tc:emergency:cap:1.2"
RING = "-6.01,106.01 -6.01,106.03 -6.03,106.03 -6.03,106.01 -6.01,106.01"
"""Lat, lon."""

ALERT: dict[str, Any] = {
    "identifier": "rekaan-1",
    "sender": "cuaca@rekaan.invalid",
    "sent": "2026-11-21T10:00:00+07:00",
    "status": "Actual",
    "msgType": "Alert",
    "scope": "Public",
}
INFO: dict[str, Any] = {
    "language": "id",
    "category": "Met",
    "event": "Hujan lebat",
    "urgency": "Immediate",
    "severity": "Moderate",
    "certainty": "Observed",
    "eventCode": {"valueName": "OET:v1.2", "value": "OET-194"},
    "effective": "2026-11-21T10:10:00+07:00",
    "expires": "2026-11-21T13:00:00+07:00",
    "senderName": "Badan Cuaca Rekaan",
    "headline": "Hujan lebat di Kota Rekaan",
    "description": "Hujan lebat akan turun di Sukamaju.",
    "instruction": "Jauhi saluran air.",
    "web": "https://rekaan.invalid/1.jpg",
    "area": [{"areaDesc": "Kota Rekaan", "polygon": [RING]}],
}


def element(name: str, value: Any) -> str:
    """One element, or one for each of a list; `...` gives none."""
    if value is ...:
        return ""
    if isinstance(value, list):
        return "".join(element(name, each) for each in value)
    inside = "".join(element(n, v) for n, v in value.items()) if isinstance(value, dict) else escape(str(value))
    return f"<{name}>{inside}</{name}>\n"


def info(**changes: Any) -> dict[str, Any]:
    return {**INFO, **changes}


def alert(*infos: Mapping[str, Any], space: str = CAP, **changes: Any) -> bytes:
    """A message; without blocks it has the sound one."""
    parts = [element(name, value) for name, value in {**ALERT, **changes}.items()]
    parts += [element("info", dict(each)) for each in infos or (INFO,)]
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<alert xmlns="{space}">\n{"".join(parts)}</alert>'.encode()


def bare(body: bytes) -> str:
    """A message without its declaration, to stand in an index."""
    return body.decode().partition("?>")[2]


def atom(*entries: str, updated: str = "2026-11-21T03:40:00Z") -> bytes:
    inside = "".join(f"<entry>{each}</entry>\n" for each in entries)
    head = f'<feed xmlns="http://www.w3.org/2005/Atom" xmlns:cap="{CAP}"><title>Peringatan</title>'
    return f"{head}<updated>{updated}</updated>\n{inside}</feed>".encode()


def rss(
    *links: str, mark: str = "Sat, 21 Nov 2026 10:00:00 +0700", made: str = "Sat, 21 Nov 2026 10:30:00 +0700"
) -> bytes:
    items = "".join(
        f"<item><title>Hujan</title><link>{escape(each)}</link><pubDate>{mark}</pubDate></item>" for each in links
    )
    head = f'<rss version="2.0"><channel><title>P</title><lastBuildDate>{made}</lastBuildDate>'
    return f"{head}{items}</channel></rss>".encode()


def feed(pack: CityPack | None = None, address: str = HOME, zone: str = "", **options: str) -> Cap:
    return Cap(FeedEntry("rekaan", "cap", {}, address, 60, 300, zone=zone, options=options), pack or small_pack())


def answer(body: bytes, tag: str = "", url: str = HOME, etag: str = "", unchanged: bool = False) -> Answer:
    return Answer(body, "", "", AT, tag or url, etag, unchanged, tag)


def decoded(body: bytes, **options: str) -> Batch:
    return feed(**options).decode(answer(body), {})


def one(body: bytes, **options: str) -> Item:
    """The only item of an answer."""
    batch = decoded(body, **options)
    assert batch.refused == [] and len(batch.items) == 1
    return batch.items[0]


def refusal(body: bytes, **options: str) -> Refusal:
    """The only refusal of an answer."""
    batch = decoded(body, **options)
    assert len(batch.items) == 0 and len(batch.refused) == 1
    return batch.refused[0]
