"""Quakes, forecasts and warnings of the made-up city, in the forms of the weather agency and of CAP 1.2.

All of it is marked as made up in its own text. Warnings follow the rain of the town: one is told before it begins, is
updated when it is at its worst and called off when it has passed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from email.utils import format_datetime
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from console.core.clock import from_millis, millis
from console.core.pack import CityPack, Level
from sync.centre.dice import Dice
from sync.centre.interfaces import HOUR_MS, Mood, Served, Wanted, mixed
from sync.centre.render import as_json
from sync.centre.town import Town

_JSON = "application/json; charset=utf-8"
_XML = "application/xml; charset=utf-8"
_CAP = "urn:oasis:names:tc:emergency:cap:1.2"
_MADE_UP = "Data peragaan, dibuat otomatis."
_WEATHER = ((0, "Cerah", "Clear Skies"), (1, "Cerah Berawan", "Partly Cloudy"), (3, "Berawan", "Mostly Cloudy"))
_WET = ((61, "Hujan Ringan", "Light Rain"), (63, "Hujan Sedang", "Moderate Rain"), (95, "Hujan Petir", "Thunderstorm"))
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des")


class Message(NamedTuple):
    """One CAP message."""

    name: str
    sent: int
    kind: str
    severity: str
    until: int
    refers: str
    area: str


class Sky:
    """`/autogempa.json`, `/gempaterkini.json`, `/gempadirasakan.json`, `/prakiraan-cuaca`, `/nowcast/id`, `/cap`."""

    prefix = "/bmkg"

    def __init__(self, pack: CityPack, seed: int, town: Town) -> None:
        self._pack = pack
        self._seed = seed
        self._town = town

    def answer(self, wanted: Wanted) -> Served | None:
        """What that part of it says."""
        if wanted.path in ("/autogempa.json", "/gempaterkini.json", "/gempadirasakan.json"):
            return self._quakes(wanted)
        if wanted.path == "/prakiraan-cuaca":
            return self._forecast(wanted)
        if wanted.path in ("/nowcast/id", "/cap/index.xml"):
            return self._index(wanted)
        if wanted.path.startswith(("/nowcast/id/", "/cap/")) and wanted.path.endswith(".xml"):
            name = wanted.path.rpartition("/")[2].removesuffix(".xml")
            found = next((each for each in self._messages(wanted.at) if each.name == name), None)
            return None if found is None else Served(_XML, self._message(found, wanted).encode())
        return None

    # quakes

    def _quakes(self, wanted: Wanted) -> Served:
        felt = wanted.path == "/gempadirasakan.json"
        rows = []
        for back in range(40):
            slot = wanted.at // (5 * HOUR_MS) - back
            dice = Dice(self._seed, "quake", slot)
            at = slot * 5 * HOUR_MS + dice.below(5 * HOUR_MS) // 1000 * 1000
            magnitude = 3.0 + 3.2 * dice.unit() ** 2
            if at <= wanted.at and (felt or wanted.path == "/autogempa.json" or magnitude >= 5):
                rows.append(self._quake(at, magnitude, dice, felt=felt, revised=wanted.mood is Mood.REVISED))
            if len(rows) == 15:
                break
        gempa: Any = rows[0] if wanted.path == "/autogempa.json" else mixed(rows, wanted.mood, wanted.at // HOUR_MS)
        return Served(_JSON, as_json({"Infogempa": {"gempa": gempa}}))

    def _quake(self, at: int, magnitude: float, dice: Dice, *, felt: bool, revised: bool) -> dict[str, str]:
        local = from_millis(at).astimezone(self._pack.zone)
        lat, lon = -6.6 - 1.5 * dice.unit(), 105.0 + 2.5 * dice.unit()
        told = {
            "Tanggal": f"{local.day:02} {_MONTHS[local.month - 1]} {local.year}",
            "Jam": f"{local:%H:%M:%S} WIB",
            "DateTime": from_millis(at).isoformat(timespec="seconds"),
            "Coordinates": f"{lat:.2f},{lon:.2f}",
            "Lintang": f"{-lat:.2f} LS",
            "Bujur": f"{lon:.2f} BT",
            "Magnitude": f"{magnitude + (0.1 if revised else 0):.1f}",
            "Kedalaman": f"{10 + dice.below(90)} km",
            "Wilayah": f"Pusat gempa di laut, {20 + dice.below(180)} km barat daya kota (peragaan)",
            "Potensi": "Tidak berpotensi tsunami (peragaan)",
        }
        return {**told, "Dirasakan": f"II {self._pack.name}"} if felt else told

    # forecast

    def _forecast(self, wanted: Wanted) -> Served | None:
        area = self._pack.areas.get(wanted.query.get("adm4", ""))
        if area is None or area.level is not Level.KELURAHAN:
            return Served(_JSON, as_json({"statusCode": 404, "message": "adm4 not found"}), 404)
        lon, lat = area.centre
        code = area.code
        place: dict[str, Any] = {
            "adm1": code[:2],
            "adm2": code[:5],
            "adm3": code[:8],
            "adm4": code,
            "provinsi": "",
            "desa": area.name,
        }
        place |= {"kotkab": self._pack.name, "kecamatan": self._pack.area_name(area.parent)}
        where = {**place, "lon": lon, "lat": lat, "timezone": str(self._pack.zone)}
        first = wanted.at // (3 * HOUR_MS) * 3 * HOUR_MS
        slots = [self._slot(first + n * 3 * HOUR_MS, code, wanted.at) for n in range(24)]
        days: dict[str, list[dict[str, Any]]] = {}
        for slot in slots:
            days.setdefault(slot["local_datetime"][:10], []).append(slot)
        return Served(
            _JSON,
            as_json({"lokasi": where, "data": [{"lokasi": {**where, "type": "adm4"}, "cuaca": list(days.values())}]}),
        )

    def _slot(self, at: int, code: str, now: int) -> dict[str, Any]:
        utc, local = from_millis(at), from_millis(at).astimezone(self._pack.zone)
        hour, strength = self._town.rains(local.date())
        wet = strength > 0 and hour - 1 <= local.hour <= hour + 5
        dice = Dice(self._seed, "weather", code, at)
        number, said, told = dice.of(_WET if wet else _WEATHER)
        analysed = from_millis(now // (12 * HOUR_MS) * 12 * HOUR_MS)
        return {
            "datetime": utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "utc_datetime": utc.strftime("%Y-%m-%d %H:%M:%S"),
            "local_datetime": local.strftime("%Y-%m-%d %H:%M:%S"),
            "analysis_date": analysed.strftime("%Y-%m-%dT%H:%M:%S"),
            "weather": number,
            "weather_desc": said,
            "weather_desc_en": told,
            "t": 25 + dice.below(9),
            "hu": 60 + dice.below(35),
            "ws": round(2 + 12 * dice.unit(), 1),
            "wd": "W",
            "wd_to": "E",
            "wd_deg": 270,
            "tcc": dice.below(101),
            "tp": round(20 * strength * dice.unit(), 1) if wet else 0,
            "vs": 8000,
            "vs_text": "< 9 km",
        }

    # warnings

    def _messages(self, now: int) -> Iterator[Message]:
        """Everything told in the last two days, the newest first; beside the rain a practice every day at ten."""
        found = []
        today = from_millis(now).astimezone(self._pack.zone).date()
        for back in range(3):
            day = today - timedelta(days=back)
            hour, strength = self._town.rains(day)
            noon = millis(datetime.combine(day, time(10), self._pack.zone))
            found.append(Message(f"latihan-{day:%Y%m%d}", noon, "Alert", "Minor", noon + HOUR_MS, "", self._pack.name))
            if not strength:
                continue
            begins = millis(datetime.combine(day, time(hour), self._pack.zone))
            first = Message(
                *(
                    f"hujan-{day:%Y%m%d}",
                    begins - HOUR_MS,
                    "Alert",
                    "Moderate",
                    begins + 4 * HOUR_MS,
                    "",
                    self._pack.name,
                )
            )
            worst = Message(
                *(f"hujan-{day:%Y%m%d}-2", begins + 90 * 60_000, "Update", "Severe" if strength > 0.6 else "Moderate"),
                *(begins + 6 * HOUR_MS, self._refers(first), self._pack.name),
            )
            over = Message(
                *(f"hujan-{day:%Y%m%d}-3", begins + 5 * HOUR_MS, "Cancel", "Minor", begins + 6 * HOUR_MS),
                *(self._refers(worst), self._pack.name),
            )
            found += [first, worst, over]
        return iter(sorted((each for each in found if each.sent <= now), key=lambda each: -each.sent))

    def _refers(self, message: Message) -> str:
        return f"peragaan@kota.invalid,{message.name},{self._local(message.sent)}"

    def _index(self, wanted: Wanted) -> Served:
        items = mixed(list(self._messages(wanted.at)), wanted.mood, wanted.at // HOUR_MS)
        folder = wanted.path.removesuffix("/index.xml")
        rows = "".join(
            f"<item><title>{escape(self._headline(each))}</title>"
            f"<link>{escape(wanted.base)}{self.prefix}{folder}/{each.name}.xml</link>"
            f"<description>{_MADE_UP}</description><pubDate>{format_datetime(from_millis(each.sent))}</pubDate></item>"
            for each in items
        )
        head = f"<title>Peringatan dini (peragaan)</title><description>{_MADE_UP}</description><language>id</language>"
        return Served(
            _XML,
            f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>{head}{rows}</channel></rss>'.encode(),
        )

    def _headline(self, message: Message) -> str:
        if message.name.startswith("latihan"):
            return f"Latihan peringatan dini di {message.area}"
        return f"{'Berakhir: h' if message.kind == 'Cancel' else 'H'}ujan lebat di {message.area}"

    def _message(self, message: Message, wanted: Wanted) -> str:
        box = " ".join(f"{lat:.3f},{lon:.3f}" for lon, lat in self._outline())
        refers = f"<references>{escape(message.refers)}</references>" if message.refers else ""
        status = "Exercise" if message.name.startswith("latihan") else "Actual"
        severity = "Extreme" if wanted.mood is Mood.REVISED and message.severity == "Severe" else message.severity
        return (
            f'<?xml version="1.0" encoding="UTF-8"?><alert xmlns="{_CAP}"><identifier>{message.name}</identifier>'
            f"<sender>peragaan@kota.invalid</sender><sent>{self._local(message.sent)}</sent><status>{status}</status>"
            f"<msgType>{message.kind}</msgType><scope>Public</scope>{refers}<info><language>id</language>"
            f"<category>Met</category><event>Hujan lebat</event><urgency>Expected</urgency>"
            f"<severity>{severity}</severity><certainty>Likely</certainty><effective>{self._local(message.sent)}</effective>"
            f"<expires>{self._local(message.until)}</expires><senderName>Pusat peragaan</senderName>"
            f"<headline>{escape(self._headline(message))}</headline>"
            f"<description>{_MADE_UP} Genangan mungkin terjadi di wilayah rendah.</description>"
            f"<instruction>Hindari bantaran sungai. {_MADE_UP}</instruction>"
            f"<area><areaDesc>{escape(message.area)}</areaDesc><polygon>{box}</polygon><geocode><valueName>kemendagri</valueName><value>{self._pack.city.code}</value>"
            "</geocode></area></info></alert>"
        )

    def _outline(self) -> list[tuple[float, float]]:
        """A box around the city."""
        points = [each.centre for each in self._pack.areas.values() if each.level is Level.KELURAHAN]
        lons, lats = [lon for lon, _ in points], [lat for _, lat in points]
        west, east, south, north = min(lons), max(lons), min(lats), max(lats)
        return [(west, south), (east, south), (east, north), (west, north), (west, south)]

    def _local(self, at: int) -> str:
        return from_millis(at).astimezone(self._pack.zone).isoformat(timespec="seconds")
