"""BMKG's earthquakes (b3): the newest (`autogempa.json`, one object), those of M 5 and more and those that were felt
(`gempaterkini.json`, `gempadirasakan.json`, lists of 15).

BMKG gives a quake no id. It is known by its `DateTime`, which its revisions share: of the two recorded ones fourteen
minutes apart only the places where it was felt differ. Its place is left out of the name on purpose: it is refined, and
a place rounded would make two quakes of one at each edge of the rounding. Two of one second in one answer that lie far
apart are told apart by their places.

A day without a quake is no silence of the source: `newest_at` is not told.

`body`: `magnitude`, `depth_km`, `depth` (as told), `place` (Wilayah), `potential` (Potensi), `tsunami` (true, false, or
absent where nothing is said of one), `felt` (Dirasakan) and `felt_at` [{mmi, place}], `shakemap` (address of the
picture), `told_at` (Tanggal and Jam as told), `extra`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

from console.core.errors import BadAnswer
from console.core.items import Item, ItemKind
from console.core.records import Batch, Refusal
from sync import strict_json
from sync.feed import Answer, Ask, Feed, FeedFace, Memo
from sync.words_in import BadField, degrees, extra, instant, not_ahead, number, shown, sound, table, text

MOST_MB = 1
"""Fifty times what BMKG sends, and as much as may be nothing but brackets."""
MOST_QUAKES = 1_000
_FAR = 1.0
"""Degrees from which two quakes of one second are two."""
_NEAR = 0.1
"""Degrees by which the two ways to write a place may differ."""
_LIKE = ("DateTime", "Coordinates", "Magnitude")
_TAKEN = frozenset(
    {*_LIKE, "Tanggal", "Jam", "Lintang", "Bujur", "Kedalaman", "Wilayah", "Potensi", "Dirasakan", "Shakemap"}
)
_DEPTH = re.compile(r"(\d{1,4}(?:[.,]\d{1,3})?) ?km", re.IGNORECASE)
_SIDE = re.compile(r"(\d{1,3}(?:[.,]\d{1,6})?) ?(LS|LU|BT|BB)", re.IGNORECASE)
_SOUTH_WEST = ("LS", "BB")
_FELT = re.compile(r"([IVX]{1,5}(?: ?- ?[IVX]{1,5})?) (.+)")
_PICTURE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}")
_LEAST_M, _MOST_M = -2.0, 11.0


class BmkgQuake(Feed):
    """No options."""

    face: ClassVar[FeedFace] = FeedFace("bmkg-quake", "sync.bmkg.quake", "application/json")

    def ask(self, memo: Memo, now: datetime) -> Sequence[Ask]:  # noqa: ARG002 always the same
        """The list."""
        etag = memo.get("etag")
        return [Ask(self.entry.address, etag=etag if isinstance(etag, str) else "")]

    def decode(self, answer: Answer, memo: Memo) -> Batch:
        """The quakes of a list."""
        if answer.unchanged:
            return Batch(self.entry.id, memo=memo, fleeting=True)
        rows, unsound = self._rows(answer)
        items: dict[str, Item] = {}
        refused: list[Refusal] = []
        for place, raw in enumerate(rows):
            try:
                if unsound:
                    sound(raw)
                item = self._quake(table(raw), answer)
            except BadField as bad:
                refused.append(bad.refusal(f"gempa[{place}]", raw))
                continue
            item = _apart(item, items)
            items[item.id] = item
        told = {"etag": answer.etag} if answer.etag else {}
        return Batch(self.entry.id, refused=refused, memo=told, items=list(items.values()), fleeting=True)

    def _rows(self, answer: Answer) -> tuple[Sequence[Any], bool]:
        """The list, and whether something in it could not be decoded."""
        if len(answer.body) > MOST_MB << 20:
            raise BadAnswer("sync.bad.big", source=self.entry.id, limit_mb=MOST_MB)
        answered = strict_json.lenient(answer.body, answer.charset, self.entry.id)
        value = answered.value
        outer = value.get("Infogempa") if isinstance(value, dict) else None
        rows: Any = outer.get("gempa") if isinstance(outer, dict) else None
        rows = [rows] if isinstance(rows, dict | strict_json.Unsound) else rows
        if not isinstance(rows, list) or (rows and not any(map(_like, rows))):
            raise BadAnswer("sync.bmkg.quake_shape", source=self.entry.id)
        if len(rows) > MOST_QUAKES:
            raise BadAnswer("sync.bad.many", source=self.entry.id, count=len(rows), most=MOST_QUAKES)
        return rows, answered.unsound

    def _quake(self, raw: Mapping[str, Any], answer: Answer) -> Item:
        at, assumed = instant(raw.get("DateTime"), UTC, "DateTime")
        not_ahead(at, answer.at, "DateTime")
        lat, lon = self._place(raw)
        told = text(raw.get("Magnitude"), "Magnitude")
        magnitude = number(told.replace(",", "."), "Magnitude")
        if magnitude is None or not _LEAST_M <= magnitude <= _MOST_M:
            raise BadField(
                "Magnitude", "sync.refused.missing" if magnitude is None else "sync.refused.number", value=told
            )
        words = {name: text(raw.get(name), name) for name in ("Wilayah", "Potensi", "Dirasakan", "Kedalaman")}
        picture = _picture(text(raw.get("Shakemap"), "Shakemap"), answer.url)
        depth = _DEPTH.fullmatch(words["Kedalaman"])
        body: dict[str, Any] = {
            "magnitude": magnitude,
            "depth_km": float(depth[1].replace(",", ".")) if depth else None,
            "depth": words["Kedalaman"],
            "place": words["Wilayah"],
            "potential": words["Potensi"],
            "tsunami": _tsunami(words["Potensi"]),
            "felt": words["Dirasakan"],
            "felt_at": _felt(words["Dirasakan"]),
            "shakemap": picture,
            "told_at": " ".join(each for name in ("Tanggal", "Jam") if (each := text(raw.get(name), name))),
            "extra": extra(raw, _TAKEN),
        }
        name = at.strftime("%Y%m%dT%H%M%S") + (f".{at.microsecond:06d}Z" if at.microsecond else "Z")
        return Item(
            f"{self.entry.id}:{name}",
            self.entry.id,
            ItemKind.QUAKE,
            name,
            ", ".join(each for each in (f"M {told}", words["Wilayah"]) if each),
            "\n".join(each for each in (words["Potensi"], words["Dirasakan"]) if each),
            at,
            lat=lat,
            lon=lon,
            level=told,
            url=picture,
            zone_assumed=assumed,
            body={each: value for each, value in body.items() if value or value == 0},
        )

    def _place(self, raw: Mapping[str, Any]) -> tuple[float | None, float | None]:
        """From `Coordinates` "lat,lon", checked against `Lintang` and `Bujur`, or from these where it is missing."""
        sides = (_side(raw, "Lintang"), _side(raw, "Bujur"))
        told = text(raw.get("Coordinates"), "Coordinates")
        if not told:
            return degrees(*sides, fields=("Lintang", "Bujur"))
        north, comma, east = told.partition(",")
        if not comma:
            raise BadField("Coordinates", "sync.refused.degrees", value=shown(told))
        lat, lon = degrees(north, east, fields=("Coordinates", "Coordinates"))
        pairs = ((lat, sides[0]), (lon, sides[1]))
        if any(one is not None and two is not None and abs(one - two) > _NEAR for one, two in pairs):
            words = ", ".join(text(raw.get(name), name) for name in ("Lintang", "Bujur"))
            raise BadField("Coordinates", "sync.bmkg.differs", lat=str(lat), lon=str(lon), told=shown(words))
        return lat, lon


def _like(raw: Any) -> bool:
    return isinstance(raw, strict_json.Unsound) or (isinstance(raw, dict) and any(name in raw for name in _LIKE))


def _side(raw: Mapping[str, Any], field: str) -> float | None:
    """Degrees of "6.89 LS" or "109.12 BT"; None where it is not written so."""
    found = _SIDE.fullmatch(text(raw.get(field), field))
    if found is None:
        return None
    value = float(found[1].replace(",", "."))
    return -value if found[2].upper() in _SOUTH_WEST else value


def _tsunami(potential: str) -> bool | None:
    """What is said of a tsunami, None for nothing."""
    words = potential.casefold()
    if "tsunami" not in words:
        return None
    return "tidak berpotensi" not in words


def _felt(told: str) -> list[dict[str, str]]:
    """Where it was felt and how strongly (MMI), as far as it is written in the usual way."""
    found = (_FELT.fullmatch(" ".join(part.split())) for part in told.split(","))
    return [{"mmi": each[1], "place": each[2]} for each in found if each]


def _picture(name: str, base: str) -> str:
    """The address of the map of shaking, which lies beside the list; "" where it is no plain name of a file."""
    if not _PICTURE.fullmatch(name) or not base.startswith(("https://", "http://")):
        return ""
    return f"{base.partition('?')[0].rpartition('/')[0]}/{name}"


def _apart(item: Item, items: Mapping[str, Item]) -> Item:
    """Told apart from another of the same second where that one lies elsewhere."""
    before = items.get(item.id)
    if before is None or None in (before.lat, before.lon, item.lat, item.lon):
        return item
    far = abs((before.lat or 0) - (item.lat or 0)) > _FAR or abs((before.lon or 0) - (item.lon or 0)) > _FAR
    if not far:
        return item
    name = f"{item.native_id}/{item.lat},{item.lon}"
    return item._replace(id=f"{item.source}:{name}", native_id=name)
