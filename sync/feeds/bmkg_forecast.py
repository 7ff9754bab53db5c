"""BMKG's weather forecast of a kelurahan (b3): three days in slots of three hours, by its Kemendagri code (`adm4`).

The code stands in the address, or the option `adm4` lists some, or is `all` for every kelurahan of the city. Each is an
ask of its own, so many a turn that they stay below 60 a minute; the next turn goes on where this one ended. One
kelurahan that BMKG does not know costs no other.

One item is the forecast of one kelurahan: `observed_at` and `revised_at` are when it was reckoned (`analysis_date`,
which BMKG writes in UTC without saying so). `body`: `lokasi` as told, and `slots`, in their order: `at`, `weather`
(code), `desc` and `desc_en` (the words told, else the code as text: codes we never heard of come too), `t` °C, `hu` %,
`tcc` %, `tp` mm, `ws` km/h, `wd`, `wd_to`, `wd_deg`, `vs` m, `vs_text`, `local`, `image`, and the rest as `extra`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from console.core.errors import Away, BadAnswer, ConsoleError
from console.core.items import Item, ItemKind
from console.core.pack import CityPack, FeedEntry, Level
from console.core.records import Batch, Refusal
from sync import strict_json
from sync.feed import Answer, Ask, Feed, FeedFace, Memo
from sync.words_in import (
    BadField,
    bounded,
    box_of,
    degrees,
    extra,
    identity,
    instant,
    not_ahead,
    number,
    sound,
    table,
    text,
)

MOST_MB = 1
"""Fifty times what BMKG sends, and as much as may be nothing but brackets."""
MOST_PLACES = 1_000
MOST_SLOTS_LONG = 200_000
"""Characters, as JSON, of the slots of one kelurahan; three days take a thirtieth of it."""
A_MINUTE = 50
"""Asks; BMKG allows 60 from one address."""
_SLOT = timedelta(hours=3)
_FURTHEST = timedelta(days=60)
"""What lies further ahead is no forecast of the weather."""
_NUMBERS = ("t", "hu", "tcc", "tp", "ws", "wd_deg", "vs")
_TEXTS = {"wd": "wd", "wd_to": "wd_to", "vs_text": "vs_text", "local_datetime": "local", "image": "image"}
_SLOT_TAKEN = frozenset(
    {"datetime", "utc_datetime", "weather", "weather_desc", "weather_desc_en", "analysis_date", *_NUMBERS, *_TEXTS}
)
_PLACE_TAKEN = frozenset({"lokasi", "cuaca"})


class BmkgForecast(Feed):
    """Options of a pack: adm4 (codes apart by blanks or commas, or `all`)."""

    face: ClassVar[FeedFace] = FeedFace("bmkg-forecast", "sync.bmkg.forecast", "application/json")

    def __init__(self, entry: FeedEntry, pack: CityPack) -> None:
        super().__init__(entry, pack)
        told = entry.options.get("adm4", "").replace(",", " ").split()
        every = sorted(area.code for area in pack.areas.values() if area.level is Level.KELURAHAN)
        self._codes = every if told == ["all"] else list(dict.fromkeys(told))
        self._turn = max(1, min(A_MINUTE, int(entry.cadence_s / 60 * A_MINUTE)))
        self._box = box_of(pack)

    def ask(self, memo: Memo, now: datetime) -> Sequence[Ask]:  # noqa: ARG002 what is due is in the memo
        """The next kelurahan of the list, or the address as it stands."""
        codes = self._codes
        if not codes:
            return [Ask(self.entry.address)]
        first = _next(memo) % len(codes)
        due = [*codes[first:], *codes[:first]][: self._turn]
        return [Ask(self.entry.address, {"adm4": code}, tag=code) for code in due]

    def decode(self, answer: Answer, memo: Memo) -> Batch:
        """The forecasts of an answer."""
        if answer.unchanged:
            return Batch(self.entry.id, memo=self._after(answer.tag, memo), fleeting=True)
        items: dict[str, Item] = {}
        refused: list[Refusal] = []
        rows, unsound = self._rows(answer)
        for place, raw in enumerate(rows):
            where = f"data[{place}]"
            try:
                item = self._forecast(raw, where, answer, refused, unsound)
            except BadField as bad:
                refused.append(bad.refusal(where, raw))
            else:
                items[item.id] = item
        newest = max((each.observed_at for each in items.values()), default=None)
        return Batch(
            self.entry.id,
            refused=refused,
            memo=self._after(answer.tag, memo),
            newest_at=newest,
            items=list(items.values()),
            fleeting=True,
        )

    def missed(self, ask: Ask, trouble: ConsoleError, memo: Memo) -> Batch | None:
        """A kelurahan BMKG does not know, or answers nonsense for; anything else is about the source."""
        gone = isinstance(trouble, BadAnswer) or (isinstance(trouble, Away) and trouble.says == "sync.away.gone")
        if len(self._codes) < 2 or not ask.tag or not gone:
            return None
        lost = Refusal("adm4", "sync.bmkg.lost", {"code": ask.tag})
        return Batch(self.entry.id, refused=[lost], memo=self._after(ask.tag, memo), fleeting=True)

    def _after(self, code: str, memo: Memo) -> Mapping[str, Any]:
        if code not in self._codes:
            return {name: memo[name] for name in ("next",) if name in memo}
        return {"next": (self._codes.index(code) + 1) % len(self._codes)}

    def _rows(self, answer: Answer) -> tuple[Sequence[Any], bool]:
        """The places, and whether something in them could not be decoded."""
        if len(answer.body) > MOST_MB << 20:
            raise BadAnswer("sync.bad.big", source=self.entry.id, limit_mb=MOST_MB)
        answered = strict_json.lenient(answer.body, answer.charset, self.entry.id)
        value = answered.value
        rows = value.get("data") if isinstance(value, dict) else None
        if not isinstance(rows, list) or not any(
            isinstance(raw, strict_json.Unsound) or (isinstance(raw, dict) and "cuaca" in raw) for raw in rows
        ):
            raise BadAnswer("sync.bmkg.forecast_shape", source=self.entry.id)
        if len(rows) > MOST_PLACES:
            raise BadAnswer("sync.bad.many", source=self.entry.id, count=len(rows), most=MOST_PLACES)
        return rows, answered.unsound

    def _forecast(self, raw: Any, where: str, answer: Answer, refused: list[Refusal], unsound: bool) -> Item:
        raw = table(raw)
        place = table(raw.get("lokasi"), "lokasi")
        if unsound:
            sound({"lokasi": place})
        code = identity(place.get("adm4"), "lokasi.adm4")
        lat, lon = degrees(place.get("lat"), place.get("lon"), self._box, fields=("lokasi.lat", "lokasi.lon"))
        slots, reckoned = self._slots(raw.get("cuaca"), where, answer, refused, unsound)
        names = [text(place.get(name), f"lokasi.{name}") for name in ("desa", "kecamatan")]
        body = {"lokasi": bounded(dict(place)), "slots": list(slots.values())}
        if rest := extra(raw, _PLACE_TAKEN):
            body["extra"] = rest
        return Item(
            f"{self.entry.id}:{code}",
            self.entry.id,
            ItemKind.FORECAST,
            code,
            ", ".join(dict.fromkeys(each for each in names if each)) or self.pack.area_name(code),
            "",
            reckoned or answer.at,
            min(slots),
            max(slots) + _SLOT,
            lat,
            lon,
            code if code in self.pack.areas else "",
            revised_at=reckoned,
            body=body,
        )

    def _slots(
        self, days: Any, where: str, answer: Answer, refused: list[Refusal], unsound: bool
    ) -> tuple[dict[datetime, dict[str, Any]], datetime | None]:
        """The slots by their instants, in order, and when the newest of them was reckoned."""
        found: dict[datetime, dict[str, Any]] = {}
        reckoned: list[datetime] = []
        for place, raw in _places(days):
            try:
                if unsound:
                    sound(raw)
                at, analysed, slot = _slot(raw, answer.at)
            except BadField as bad:
                refused.append(bad.refusal(f"{where}.{place}", raw))
                continue
            found[at] = slot
            reckoned += [analysed] if analysed else []
        if not found:
            raise BadField("cuaca", "sync.bmkg.no_slots")
        size = len(json.dumps(list(found.values()), ensure_ascii=False))
        if size > MOST_SLOTS_LONG:
            raise BadField("cuaca", "sync.refused.long", size=size, most=MOST_SLOTS_LONG)
        return {at: found[at] for at in sorted(found)}, max(reckoned, default=None)


def _next(memo: Memo) -> int:
    told = memo.get("next")
    return told if type(told) is int and told >= 0 else 0


def _places(days: Any) -> list[tuple[str, Any]]:
    """Every slot with its place: a list of days, each a list of slots; one list of slots is taken too."""
    if not isinstance(days, list):
        raise BadField("cuaca", "sync.refused.kind")
    slots: list[tuple[str, Any]] = []
    for day_number, day in enumerate(days):
        if isinstance(day, list):
            slots += [(f"cuaca[{day_number}][{place}]", raw) for place, raw in enumerate(day)]
        else:
            slots.append((f"cuaca[{day_number}]", day))
    return slots


def _slot(raw: Any, at: datetime) -> tuple[datetime, datetime | None, dict[str, Any]]:
    raw = table(raw)
    field = "datetime" if raw.get("datetime") else "utc_datetime"
    when, _ = instant(raw.get(field), UTC, field)
    if when > at + _FURTHEST:
        raise BadField(field, "sync.refused.when", value=when.isoformat())
    analysed = None
    if raw.get("analysis_date"):
        analysed = not_ahead(instant(raw["analysis_date"], UTC, "analysis_date")[0], at, "analysis_date")
    code = text(raw.get("weather"), "weather")
    slot: dict[str, Any] = {
        "at": when.isoformat(),
        "weather": int(code) if code.isascii() and code.isdigit() and len(code) < 6 else None,
        "desc": text(raw.get("weather_desc"), "weather_desc") or code,
        "desc_en": text(raw.get("weather_desc_en"), "weather_desc_en") or code,
        **{name: number(raw.get(name), name) for name in _NUMBERS},
        **{name: text(raw.get(field), field) for field, name in _TEXTS.items()},
        "extra": extra(raw, _SLOT_TAKEN),
    }
    return when, analysed, {name: value for name, value in slot.items() if value not in (None, "", {})}
