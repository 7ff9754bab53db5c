"""Measurements of an OGC SensorThings 1.1 server (b7): water gauges, pumps, air. A datastream is a series.

Each visit asks for the datastreams with the newest observations of each, however late they came, and follows
`@iot.nextLink`, on the same server only. Where more came since the last visit than one page of a datastream holds, its
own older pages are asked for until they meet what is known. The answers may also be entities as a file holds them:
Things, Datastreams or Observations, also without ids, as they are sent to be made.

A series' `body`: `description`, `unit_name`, `unit_definition`, `property_definition`, `sensor`, `interval_s` (where a
value stands for a span of time: then it is told at its end), `extra`. A result that is no number is refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import unquote, urljoin, urlsplit
from zoneinfo import ZoneInfo

from console.core.clock import MOST_AHEAD, millis
from console.core.errors import BadAnswer, ConsoleError
from console.core.geometry import index_of
from console.core.items import Sample, Series
from console.core.pack import CityPack, FeedEntry
from console.core.records import Batch, Refusal
from sync import strict_json
from sync.feed import Answer, Ask, Feed, FeedFace, Memo
from sync.words_in import EARLIEST, BadField, box_of, degrees, extra, identity, shown, sound, table, text

VERSION = 1
MOST_RECORDS = 50_000
_LATEST = 25
_PAGE = 100
MOST_SERIES = 2_000
"""Datastreams whose newest instant is remembered."""
MOST_LINKS = 100
"""Pages of one visit that wait to be followed."""
MOST_FOLLOWED = 200
"""Pages that are followed in one visit: a server whose pages never end is left at that."""
_LINK = "@iot.nextLink"
_STREAM = re.compile(r"Datastreams\(([^()/]{1,200})\)/Observations")
_TAKEN = frozenset(
    (
        *(
            "@iot.id",
            "@iot.selfLink",
            "id",
            "name",
            "description",
            "unitOfMeasurement",
            "observationType",
            "observedArea",
        ),
        *(
            "phenomenonTime",
            "resultTime",
            "Thing",
            "Sensor",
            "ObservedProperty",
            "Observations",
            "Observations@iot.count",
        ),
        *("Observations@iot.nextLink", "Observations@iot.navigationLink", "Thing@iot.navigationLink"),
        *("Sensor@iot.navigationLink", "ObservedProperty@iot.navigationLink"),
    )
)


class SensorThings(Feed):
    """Options of a pack: latest (newest observations of each datastream asked for, 25), page (datastreams of a page,
    100), filter (an OData filter of datastreams)."""

    face: ClassVar[FeedFace] = FeedFace("sensorthings", "sync.sensorthings.title", accept="application/json")

    def __init__(self, entry: FeedEntry, pack: CityPack) -> None:
        super().__init__(entry, pack)
        self._zone = ZoneInfo(entry.zone) if entry.zone else pack.zone
        self._areas = index_of(pack)
        self._box = box_of(pack)
        self._latest = _number(entry.options.get("latest", ""), _LATEST, 1_000)
        self._page = _number(entry.options.get("page", ""), _PAGE, 1_000)

    def ask(self, memo: Memo, now: datetime) -> Sequence[Ask]:  # noqa: ARG002 the newest, whenever they are of
        """The link that waits longest, else the newest of all datastreams."""
        links = _sound(memo)["links"]
        if links and self._ours(links[0][0]):
            return [Ask(links[0][0], tag=f"link {links[0][1]}")]
        address = self.entry.address
        if "?" in address or address.rstrip("/").endswith("s)/Observations"):
            return [Ask(address, tag="first")]
        inner = f"Observations($orderby=phenomenonTime desc;$top={self._latest})"
        params = {"$expand": f"ObservedProperty,Sensor,Thing($expand=Locations),{inner}", "$top": str(self._page)}
        if wanted := self.entry.options.get("filter", ""):
            params["$filter"] = wanted
        return [Ask(address.rstrip("/") + "/Datastreams", params, tag="first")]

    def decode(self, answer: Answer, memo: Memo) -> Batch:
        """The series and values of a page."""
        known = _sound(memo)
        value = strict_json.lenient(answer.body, answer.charset, self.entry.id).value
        page = _Page(self, answer, known["last"])
        page.read(value, answer.tag.removeprefix("link ") if answer.tag.startswith("link ") else "")
        if not (page.series or page.samples or page.refused or page.was_list):
            raise BadAnswer("sync.sensorthings.shape", source=self.entry.id)
        follows = answer.tag.startswith("link ")
        followed = known["followed"] + 1 if follows else 0
        links = [*(known["links"][1:] if follows else ()), *page.links][:MOST_LINKS]
        if followed >= MOST_FOLLOWED:
            links = []
        told = {name: millis(at) for name, at in page.newest().items()}
        newest = _newest(known["last"], known["ahead"], told)
        # while pages wait, what is known must not grow past what they are to be joined with
        memo_now = {
            "v": VERSION,
            "links": links,
            "followed": followed if links else 0,
            "last": known["last"] if links else newest,
            "ahead": newest if links else {},
        }
        return Batch(
            self.entry.id,
            refused=page.refused,
            memo=memo_now if answer.tag else memo,
            more=bool(links) and bool(answer.tag),
            newest_at=max((each.at for each in page.samples.values()), default=None),
            series=list(page.series.values()),
            samples=list(page.samples.values()),
            fleeting=True,
        )

    def missed(self, ask: Ask, trouble: ConsoleError, memo: Memo) -> Batch | None:
        """A page that is not there any more, or is none, is given up: the next visit begins anew."""
        if not ask.tag.startswith("link ") or not (isinstance(trouble, BadAnswer) or trouble.says == "sync.away.gone"):
            return None
        known = _sound(memo)
        newest = _newest(known["last"], known["ahead"])
        empty = {"v": VERSION, "links": [], "followed": 0, "last": newest, "ahead": {}}
        return Batch(self.entry.id, memo=empty, fleeting=True)

    def _ours(self, link: str) -> bool:
        """Whether a link leads to the server we were sent to, and nowhere else."""
        try:
            here, there = urlsplit(self.entry.address), urlsplit(link)
            return (here.scheme, here.hostname, here.port) == (there.scheme, there.hostname, there.port)
        except ValueError:
            return False

    def place(self, thing: Any, area: Any) -> tuple[float | None, float | None, str]:
        """Where a datastream measures: its thing's first place, else the point it observes."""
        locations = thing.get("Locations") if isinstance(thing, dict) else None
        found = [
            each.get("location")
            for each in (locations if isinstance(locations, list) else [])[:5]
            if isinstance(each, dict)
        ]
        for shape in (*found, area):
            inner = shape.get("geometry", shape) if isinstance(shape, dict) else None
            spot = inner.get("coordinates") if isinstance(inner, dict) and inner.get("type") == "Point" else None
            if isinstance(spot, list) and len(spot) >= 2:
                lat, lon = degrees(spot[1], spot[0], self._box)
                inside = self._areas.find(lon, lat) if lat is not None and lon is not None else ""
                return lat, lon, inside
        return None, None, ""


class _Page:
    """What one answer holds."""

    def __init__(self, feed: SensorThings, answer: Answer, last: Mapping[str, int]) -> None:
        self._feed = feed
        self._source = feed.entry.id
        self._url = answer.url
        self._most = answer.at + MOST_AHEAD
        self._last = last
        self.series: dict[str, Series] = {}
        self.samples: dict[tuple[str, datetime], Sample] = {}
        self.refused: list[Refusal] = []
        self.links: list[list[str]] = []
        self.was_list = False

    def newest(self) -> dict[str, datetime]:
        """The latest instant of each datastream, by its own id."""
        found: dict[str, datetime] = {}
        skip = len(self._source) + 1
        for name, at in self.samples:
            if name[skip:] not in found or at > found[name[skip:]]:
                found[name[skip:]] = at
        return found

    def read(self, value: Any, stream: str) -> None:
        """Whatever entities stand there. `stream` is the datastream whose observations were asked for."""
        rows, where = [value], ""
        if isinstance(value, dict) and isinstance(value.get("value"), list):
            rows, where, self.was_list = value["value"], "value", not value["value"]
            if len(rows) > MOST_RECORDS:
                raise BadAnswer("sync.bad.many", source=self._source, count=len(rows), most=MOST_RECORDS)
            if not stream and (found := _STREAM.search(f"{self._url} {value.get(_LINK, '')}")):
                stream = unquote(found[1]).strip("'")
            oldest = self._entities(rows, where, stream)
            if (link := value.get(_LINK)) is not None and (not stream or self._reaches(stream, oldest)):
                self._follow(link, _LINK, stream)
        elif isinstance(value, dict) and ("Datastreams" in value or "Observations" in value or "result" in value):
            self._entities(rows, "", stream)
        else:
            raise BadAnswer("sync.sensorthings.shape", source=self._source)

    def _entities(self, rows: Sequence[Any], where: str, stream: str) -> datetime | None:
        oldest: datetime | None = None
        like = False
        for number, raw in enumerate(rows):
            place = f"{where}[{number}]" if where else "entity"
            like = like or isinstance(raw, strict_json.Unsound) or (isinstance(raw, dict) and _is_like(raw))
            try:
                if isinstance(raw, dict) and "result" in raw:
                    at = self._observed(raw, self._stream_of(raw, stream))
                    oldest = at if oldest is None or at < oldest else oldest
                else:
                    self._entity(table(raw), place)
            except BadField as bad:
                self.refused.append(bad.refusal(place, raw))
        if rows and not like:
            raise BadAnswer("sync.sensorthings.shape", source=self._source)
        return oldest

    def _entity(self, raw: Mapping[str, Any], place: str) -> None:
        streams = raw.get("Datastreams")
        if streams is None and _is_stream(raw):
            self._datastream(raw, raw.get("Thing"), place)
            return
        if not isinstance(streams, list):
            raise BadField("Datastreams", "sync.refused.missing")
        for number, each in enumerate(streams):
            inner = f"{place}.Datastreams[{number}]"
            try:
                self._datastream(table(each), raw, inner)
            except BadField as bad:
                self.refused.append(bad.refusal(inner, each))

    def _datastream(self, raw: Mapping[str, Any], thing: Any, place: str) -> None:
        sound({name: value for name, value in raw.items() if name != "Observations"})
        series = self._series(raw, thing)
        observations = raw.get("Observations") or []
        if not isinstance(observations, list):
            raise BadField("Observations", "sync.refused.kind")
        self.series[series.id] = series
        oldest: datetime | None = None
        for number, each in enumerate(observations):
            try:
                at = self._observed(table(each), series.native_id)
                oldest = at if oldest is None or at < oldest else oldest
            except BadField as bad:
                self.refused.append(bad.refusal(f"{place}.Observations[{number}]", each))
        link = raw.get(f"Observations{_LINK}")
        if link is not None and oldest is not None and self._reaches(series.native_id, oldest):
            self._follow(link, f"{place}.Observations{_LINK}", series.native_id)

    def _series(self, raw: Mapping[str, Any], thing: Any) -> Series:
        get = raw.get
        native_id = identity(_id_of(raw), "@iot.id")
        unit = table(get("unitOfMeasurement") or {}, "unitOfMeasurement")
        seen = table(get("ObservedProperty") or {}, "ObservedProperty")
        sensor = table(get("Sensor") or {}, "Sensor")
        thing = table(thing or {}, "Thing")
        lat, lon, area = self._feed.place(thing, get("observedArea"))
        name, described = text(get("name"), "name"), text(get("description"), "description")
        body = {
            "description": described,
            "unit_definition": text(unit.get("definition"), "unitOfMeasurement.definition"),
            "unit_name": text(unit.get("name"), "unitOfMeasurement.name"),
            "property_definition": text(seen.get("definition"), "ObservedProperty.definition"),
            "sensor": text(sensor.get("name"), "Sensor.name"),
            "extra": extra(raw, _TAKEN),
        }
        return Series(
            f"{self._source}:{native_id}",
            self._source,
            native_id,
            name or described or native_id,
            text(seen.get("name"), "ObservedProperty.name") or name or described,
            text(unit.get("symbol"), "unitOfMeasurement.symbol"),
            text(thing.get("name"), "Thing.name") or text(thing.get("description"), "Thing.description"),
            lat,
            lon,
            area,
            body={name: value for name, value in body.items() if value},
        )

    def _stream_of(self, raw: Mapping[str, Any], stream: str) -> str:
        if stream:
            return stream
        of = raw.get("Datastream")
        if not isinstance(of, dict):
            raise BadField("Datastream", "sync.refused.missing")
        if _is_stream(of) and "unitOfMeasurement" in of:
            series = self._series(of, of.get("Thing"))
            self.series[series.id] = series
            return series.native_id
        return identity(_id_of(of), "Datastream.@iot.id")

    def _observed(self, raw: Mapping[str, Any], stream: str) -> datetime:
        """Takes an observation, and tells its instant."""
        value = raw.get("result")
        if type(value) is not float and type(value) is not int:
            if isinstance(value, strict_json.Unsound):
                raise BadField("result", f"sync.refused.{value.kind}", value=value.value)
            raise BadField(
                "result", "sync.refused.missing" if value is None else "sync.refused.number", value=shown(value)
            )
        number = float(value)
        if not math.isfinite(number):
            raise BadField("result", "sync.refused.number", value=shown(value))
        said = raw.get("phenomenonTime") or raw.get("resultTime")
        at, span_s = self._instant(said)
        name = f"{self._source}:{stream}"
        quality = raw.get("resultQuality")
        self.samples[name, at] = Sample(name, at, number, quality[:200] if isinstance(quality, str) else "")
        if len(self.samples) > MOST_RECORDS:
            raise BadAnswer("sync.bad.many", source=self._source, count=f"> {MOST_RECORDS}", most=MOST_RECORDS)
        if span_s and (series := self.series.get(name)) and series.body.get("interval_s") != span_s:
            self.series[name] = series._replace(body={**series.body, "interval_s": span_s})
        return at

    def _instant(self, said: Any) -> tuple[datetime, float]:
        """When it was measured, and how long before that the measuring began."""
        if not isinstance(said, str):
            raise BadField(
                "phenomenonTime", "sync.refused.missing" if said is None else "sync.refused.time", value=shown(said)
            )
        begun, between, ended = said.partition("/")
        try:
            at = _utc(ended if between else begun, self._feed._zone)
            span_s = (at - _utc(begun, self._feed._zone)).total_seconds() if between else 0.0
        except (ValueError, OverflowError):
            raise BadField("phenomenonTime", "sync.refused.time", value=shown(said)) from None
        if not EARLIEST <= at <= self._most or span_s < 0:
            raise BadField("phenomenonTime", "sync.refused.when", value=shown(said))
        return at, span_s

    def _reaches(self, stream: str, oldest: datetime | None) -> bool:
        """Whether older pages of a datastream are wanted: those between what is known of it and this one. What was
        before the first visit is not fetched."""
        known = self._last.get(stream)
        return known is not None and oldest is not None and millis(oldest) > known

    def _follow(self, link: Any, where: str, stream: str) -> None:
        there = ""
        if isinstance(link, str) and len(link) <= 4_000 and link.isprintable():
            try:
                there = urljoin(self._url if "://" in self._url else self._feed.entry.address, link)
            except ValueError:
                there = ""
        if there and self._feed._ours(there):
            self.links.append([there, stream])
        elif "://" in self._url:
            self.refused.append(Refusal(where, "sync.sensorthings.elsewhere", {"value": shown(link)}))


def _utc(said: str, zone: ZoneInfo) -> datetime:
    told = datetime.fromisoformat(said.strip())
    return (told.replace(tzinfo=zone) if told.tzinfo is None else told).astimezone(UTC)


def _id_of(raw: Mapping[str, Any]) -> Any:
    """Its id; where it has none yet, its name."""
    return next((raw[name] for name in ("@iot.id", "id", "name") if raw.get(name) not in (None, "")), None)


def _is_stream(raw: Mapping[str, Any]) -> bool:
    return any(name in raw for name in ("Observations", "unitOfMeasurement", "observationType", "ObservedProperty"))


def _is_like(raw: Mapping[str, Any]) -> bool:
    return "@iot.id" in raw or "result" in raw or "Datastreams" in raw or _is_stream(raw)


def _newest(*known: Mapping[str, int]) -> dict[str, int]:
    """The latest instant of each datastream, of the `MOST_SERIES` that told most lately."""
    latest: dict[str, int] = {}
    for each in known:
        for name, at in each.items():
            latest[name] = max(at, latest.get(name, at))
    kept = sorted(latest.items(), key=lambda each: -each[1])[:MOST_SERIES]
    return dict(sorted(kept))


def _sound(memo: Memo) -> dict[str, Any]:
    """What is remembered: `links` to follow with their datastream, the `last` instant of each datastream, in ms, and
    how far they will be when no link waits any more (`ahead`)."""
    fresh: dict[str, Any] = {"links": [], "followed": 0, "last": {}, "ahead": {}}
    if memo.get("v") != VERSION:
        return fresh
    try:
        return {
            "links": [[str(link), str(stream)] for link, stream in memo["links"]],
            "followed": int(memo["followed"]),
            "last": {str(name): int(at) for name, at in memo["last"].items()},
            "ahead": {str(name): int(at) for name, at in memo["ahead"].items()},
        }
    except (AttributeError, KeyError, TypeError, ValueError):
        return fresh


def _number(said: str, default: int, most: int) -> int:
    said = said.strip()
    return min(max(int(said), 1), most) if said.isascii() and said.isdigit() else default
