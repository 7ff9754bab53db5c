"""Protocol buffers made by hand, field by field, so that nothing of ours writes what ours reads."""

from __future__ import annotations

import struct
from datetime import UTC, datetime

from console.core.items import Item
from console.core.pack import FeedEntry
from console.core.records import Batch, Refusal
from sync.feed import Answer
from sync.feeds.gtfs_rt import GtfsRt
from tests.cities import small_pack

AT = datetime(2026, 11, 21, 3, 42, tzinfo=UTC)
NOW_S = int(AT.timestamp())


def varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first; below zero as 64 bits."""
    number &= 0xFFFFFFFFFFFFFFFF
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def count(field: int, number: int) -> bytes:
    return varint(field << 3) + varint(number)


def sized(field: int, inside: bytes | str) -> bytes:
    raw = inside.encode() if isinstance(inside, str) else inside
    return varint(field << 3 | 2) + varint(len(raw)) + raw


def narrow(field: int, value: float) -> bytes:
    return varint(field << 3 | 5) + struct.pack("<f", value)


def wide(field: int, value: float) -> bytes:
    return varint(field << 3 | 1) + struct.pack("<d", value)


def header(version: str = "2.0", mode: int = 0, at_s: int = NOW_S) -> bytes:
    return sized(1, sized(1, version) + count(2, mode) + (count(3, at_s) if at_s else b""))


def message(*entities: bytes, head: bytes | None = None) -> bytes:
    """A whole answer; each entity is its fields."""
    return (header() if head is None else head) + b"".join(sized(2, each) for each in entities)


def trip(id_: str = "R1-pagi", *, day: str = "20261121", start: str = "", route: str = "R1", stands: int = -1) -> bytes:
    parts = sized(1, id_) + (sized(2, start) if start else b"") + sized(3, day) + sized(5, route)
    return parts + (count(4, stands) if stands >= 0 else b"")


def vehicle(
    id_: str = "B-07", lat: float = -6.01, lon: float = 106.01, at_s: int = NOW_S - 20, more: bytes = b""
) -> bytes:
    """An entity with a vehicle."""
    place = narrow(1, lat) + narrow(2, lon) + narrow(3, 90.0) + wide(4, 1200.5) + narrow(5, 8.25)
    inside = sized(1, trip()) + sized(2, place) + count(3, 5) + count(4, 1) + (count(5, at_s) if at_s else b"")
    inside += count(6, 3) + sized(7, "007") + sized(8, sized(1, id_) + sized(2, f"Bus {id_}") + sized(3, "B 7 RK"))
    return sized(1, f"e-{id_}") + sized(4, inside + count(9, 2) + count(10, 40) + more)


def call(number: int, stop: str, arrival: bytes = b"", departure: bytes = b"", stands: int = 0) -> bytes:
    parts = count(1, number) + sized(4, stop) + (sized(2, arrival) if arrival else b"")
    return parts + (sized(3, departure) if departure else b"") + (count(5, stands) if stands else b"")


def update(*calls: bytes, of: bytes | None = None, id_: str = "u1", more: bytes = b"") -> bytes:
    """An entity with a trip update."""
    inside = sized(1, trip() if of is None else of) + b"".join(sized(2, each) for each in calls)
    return sized(1, id_) + sized(3, inside + count(4, NOW_S - 30) + more)


def words(**texts: str) -> bytes:
    """A text in languages; `plain` is the one without."""
    return b"".join(
        sized(1, sized(1, text) + (sized(2, language) if language != "plain" else b""))
        for language, text in texts.items()
    )


def notice(id_: str = "n1", title: bytes | None = None, more: bytes = b"") -> bytes:
    """An entity with an alert."""
    period = count(1, NOW_S - 3600) + count(2, NOW_S + 3600)
    inside = sized(1, period) + sized(5, sized(2, "R1")) + sized(5, sized(5, "007")) + count(6, 10) + count(7, 4)
    inside += sized(8, words(plain="https://angkutan.invalid/n1"))
    inside += sized(10, words(en="Stop closed", id="Halte ditutup") if title is None else title)
    return sized(1, id_) + sized(5, inside + sized(11, words(id="Pekerjaan jalan.")) + count(14, 3) + more)


def feed() -> GtfsRt:
    return GtfsRt(FeedEntry("bus", "gtfs-rt", {}, "https://hub.invalid/rt.pb", 15, 120), small_pack())


def answer(body: bytes, etag: str = "", unchanged: bool = False) -> Answer:
    return Answer(body, "application/x-protobuf", "", AT, "https://hub.invalid/rt.pb", etag, unchanged)


def decoded(*entities: bytes, head: bytes | None = None) -> Batch:
    return feed().decode(answer(message(*entities, head=head)), {})


def one(*entities: bytes, head: bytes | None = None) -> Item:
    """The only item of an answer."""
    batch = decoded(*entities, head=head)
    assert not batch.refused
    assert len(batch.items) == 1
    return batch.items[0]


def refusal(entity: bytes, head: bytes | None = None) -> Refusal:
    """The only refusal of an answer in which a sound vehicle stands before it."""
    batch = decoded(vehicle("baik"), entity, head=head)
    assert [each.native_id for each in batch.items] == ["vehicle/baik"]
    assert len(batch.refused) == 1
    return batch.refused[0]
