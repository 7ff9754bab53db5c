"""One CAP message (1.0, 1.1 or 1.2) as an item, or the reason why it is none.

A message is known by sender, identifier and the instant it was sent. Several languages, or several areas, are several
`info` blocks of one message and stay one item. Which warnings hold is reckoned by the store from what stands here.

`body`: `cap` (version), `identifier`, `sender`, `sent` and the times as they were told, `status`, `msgType`, `scope`,
`source`, `restriction`, `addresses`, `code` [..], `note`, `references` ["sender,identifier,sent", ..], `incidents`,
`signed` (there is a signature; it is not checked), `flags` [..] and `infos`: each with its texts and words by CAP's own
names, `category` [..], `responseType` [..], `eventCode`, `parameter` [{name, value}], `resource` [{..}] and `areas`:
`areaDesc`, `geocode` [{name, value}], `altitude`, `ceiling`, `polygons` (rings of [lon, lat] as everywhere in the
console, each a polygon by itself and never joined) and `circles` [{lat, lon, km}]. What is empty is left out.
Flags: "z" for a time written with Z, "zone" for one without a zone, "ring" for a ring that we closed, "summary" for
what an index told of a message that was not read itself.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from console.core.items import Item, ItemKind
from console.core.pack import CityPack, FeedEntry
from sync.words_in import MOST_ID, BadField, bounded, box_of, degrees, identity, instant, near, not_ahead, shown, text
from sync.xml_tree import Node

SPACES = {
    "urn:oasis:names:tc:emergency:cap:1.2": "1.2",
    "urn:oasis:names:tc:emergency:cap:1.1": "1.1",
    "http://www.incident.com/cap/1.0": "1.0",
}
MOST_ALERT = 1_000_000
"""Characters of one message, its embedded files left out."""
STATUSES = ("Actual", "Exercise", "System", "Test", "Draft")
_TYPES = ("Alert", "Update", "Cancel", "Ack", "Error")
_SCOPES = ("Public", "Restricted", "Private")
_GRAVEST = ("Extreme", "Severe", "Moderate", "Minor")
_TITLE = 200
_ALERT_TEXTS = ("source", "restriction", "addresses", "note", "incidents")
_ALERT_KNOWN = {"identifier", "sender", "sent", "status", "msgType", "scope", "code", "references", "info"}
_INFO_WORDS = ("event", "urgency", "severity", "certainty")
_INFO_TEXTS = ("audience", "senderName", "headline", "description", "instruction", "web", "contact")
_INFO_TIMES = ("effective", "onset", "expires")
_INFO_LISTS = ("category", "responseType")
_INFO_PAIRS = ("eventCode", "parameter")
_INFO_KNOWN = {"language", "resource", "area", *_INFO_WORDS, *_INFO_TEXTS, *_INFO_TIMES, *_INFO_LISTS, *_INFO_PAIRS}
_AREA_KNOWN = {"areaDesc", "polygon", "circle", "geocode", "altitude", "ceiling"}
_RESOURCE_TEXTS = ("resourceDesc", "mimeType", "size", "uri", "digest")
_SIGNATURE = "http://www.w3.org/2000/09/xmldsig#"
_UNFIT = re.compile(r"[\s,<&]")
_PAIR = re.compile(r"[0-9+.eE-]+,[0-9+.eE-]+")
_RING = re.compile(r"(?:[0-9+.eE-]+,[0-9+.eE-]+(?:\s+|$))+")
_LEAST_RING = 4


def is_alert(node: Node) -> bool:
    """Whether it is a message of a version we read."""
    return node.name == "alert" and node.space in SPACES


class AlertReader:
    """Reads the messages of one source in one city."""

    def __init__(self, entry: FeedEntry, pack: CityPack) -> None:
        self.pack = pack
        self._source = entry.id
        self._zone = ZoneInfo(entry.zone) if entry.zone else pack.zone
        self._box = box_of(pack)
        self._languages = tuple(dict.fromkeys((entry.options.get("language", "id").casefold(), "id", "en")))

    def read(self, node: Node, at: datetime, url: str, *, summary: bool = False) -> Item:
        """The item of a message that came at `at` from `url`. Raises `BadField`."""
        size = sum(sum(map(len, each.parts)) for each in node.below() if each.parts and each.name != "derefUri")
        if size > MOST_ALERT:
            raise BadField("", "sync.refused.long", size=size, most=MOST_ALERT)
        flags: set[str] = {"summary"} if summary else set()
        sent, assumed = self._time(node.words("sent", node.space), "sent", flags)
        not_ahead(sent, at, "sent")
        body = _head(node)
        infos = [
            self._info(info, f"info[{number}]", sent, flags) for number, info in enumerate(node.all("info", node.space))
        ]
        chosen = self._chosen(infos)
        body["infos"] = infos
        lat, lon = _point(chosen)
        area, more = self.area(chosen)
        ends = [self._perhaps(each.get("expires")) for each in infos]
        starts = [self._perhaps(each.get("onset") or each.get("effective")) or sent for each in infos]
        text_of = _texts(chosen)
        return Item(
            f"{self._source}:{_native_id(body, sent)}",
            self._source,
            ItemKind.ALERT,
            _native_id(body, sent),
            _title(chosen, body),
            text_of,
            sent,
            min(starts, default=None),
            None if None in ends else max((each for each in ends if each is not None), default=None),
            lat,
            lon,
            area,
            _level(body["status"], infos),
            _web(chosen, url),
            assumed,
            None,
            {**body, **more, **({"flags": sorted(flags)} if flags else {})},
        )

    def area(self, infos: Sequence[Mapping[str, Any]]) -> tuple[str, dict[str, Any]]:
        """The code of the city's area these are about, and what else is to be kept of how it was found: by the codes
        that the message itself gives, and by nothing else."""
        codes = {
            code["value"] for info in infos for area in info.get("areas", ()) for code in area.get("geocode", ())
        } & self.pack.areas.keys()
        return self.common(sorted(codes)), {}

    def common(self, codes: Sequence[str]) -> str:
        """The smallest area that all of these lie in, "" for none."""
        paths = [self.pack.path(code) for code in codes]
        shared = [each[0] for each in zip(*paths, strict=False) if len(set(map(id, each))) == 1]
        return shared[-1].code if shared else ""

    def _info(self, node: Node, where: str, sent: datetime, flags: set[str]) -> dict[str, Any]:
        info: dict[str, Any] = {"language": text(node.words("language", node.space), f"{where}.language") or "en-US"}
        for name in _INFO_WORDS:
            info[name] = text(node.words(name, node.space), f"{where}.{name}")
            if not info[name]:
                raise BadField(f"{where}.{name}", "sync.refused.missing")
        for name in _INFO_TEXTS:
            info[name] = text(node.words(name, node.space), f"{where}.{name}")
        for name in _INFO_TIMES:
            info[name] = node.words(name, node.space)
            if info[name]:
                told, _ = self._time(info[name], f"{where}.{name}", flags)
                if name == "expires" and told < sent:
                    raise BadField(f"{where}.expires", "sync.cap.over", expires=told.isoformat(), sent=sent.isoformat())
        for name in _INFO_LISTS:
            info[name] = [text(each.text, f"{where}.{name}") for each in node.all(name, node.space) if each.text]
        for name in _INFO_PAIRS:
            info[name] = [_pair(each, f"{where}.{name}") for each in node.all(name, node.space)]
        info["resource"] = [_resource(each, f"{where}.resource") for each in node.all("resource", node.space)]
        info["areas"] = [
            self._area(each, f"{where}.area[{number}]", flags)
            for number, each in enumerate(node.all("area", node.space))
        ]
        return _filled(info, _rest(node, _INFO_KNOWN))

    def _area(self, node: Node, where: str, flags: set[str]) -> dict[str, Any]:
        area: dict[str, Any] = {
            name: text(node.words(name, node.space), f"{where}.{name}") for name in ("areaDesc", "altitude", "ceiling")
        }
        area["geocode"] = [_pair(each, f"{where}.geocode") for each in node.all("geocode", node.space)]
        area["polygons"] = [
            self._ring(each.text, f"{where}.polygon", flags) for each in node.all("polygon", node.space) if each.text
        ]
        area["circles"] = [
            self._circle(each.text, f"{where}.circle") for each in node.all("circle", node.space) if each.text
        ]
        return _filled(area, _rest(node, _AREA_KNOWN))

    def _ring(self, told: str, where: str, flags: set[str]) -> list[list[float]]:
        """The ring of "lat,lon lat,lon ..." as [lon, lat]. One that is not closed is closed."""
        try:
            if not _RING.fullmatch(told):
                raise ValueError
            numbers = [*map(float, told.replace(",", " ").split())]
        except ValueError:
            raise BadField(where, "sync.cap.ring", value=shown(told)) from None
        lats, lons = numbers[::2], numbers[1::2]
        if (lats[0], lons[0]) != (lats[-1], lons[-1]):
            flags.add("ring")
            lats.append(lats[0])
            lons.append(lons[0])
        if len(lats) < _LEAST_RING:
            raise BadField(where, "sync.cap.ring", value=shown(told))
        # the box of a ring is judged: it costs a tenth of judging each of its points
        for lat, lon in ((min(lats), min(lons)), (max(lats), max(lons))):
            if not near(lat, lon, self._box):
                degrees(lat, lon, self._box if near(lon, lat, self._box) else None, fields=(where, where))
        return [*map(list, zip(lons, lats, strict=True))]

    def _circle(self, told: str, where: str) -> dict[str, float]:
        place, _, radius = told.partition(" ")
        north, _, east = place.partition(",")
        try:
            km = float(radius)
            if not 0.0 <= km <= 20_040.0 or not _PAIR.fullmatch(place):
                raise ValueError
        except ValueError:
            raise BadField(where, "sync.cap.circle", value=shown(told)) from None
        lat, lon = degrees(north, east, self._box, fields=(where, where))
        return {"lat": lat or 0.0, "lon": lon or 0.0, "km": km}

    def _time(self, told: str, where: str, flags: set[str]) -> tuple[datetime, bool]:
        at, assumed = instant(told, self._zone, where)
        if assumed:
            flags.add("zone")
        elif told.endswith(("Z", "z")):
            flags.add("z")
        return at, assumed

    def _perhaps(self, told: Any) -> datetime | None:
        return instant(told, self._zone)[0] if told else None

    def _chosen(self, infos: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """The blocks in the language people here read."""
        for language in self._languages:
            found = [each for each in infos if str(each["language"]).casefold().partition("-")[0] == language]
            if found:
                return found
        return [each for each in infos if each["language"] == infos[0]["language"]]


def _head(node: Node) -> dict[str, Any]:
    version = SPACES[node.space]
    body: dict[str, Any] = {
        "cap": version,
        "identifier": _name(node.words("identifier", node.space), "identifier"),
        "sender": _name(node.words("sender", node.space), "sender"),
        "sent": node.words("sent", node.space),
        "status": _word(node.words("status", node.space), STATUSES, "status"),
        "msgType": _word(node.words("msgType", node.space), _TYPES, "msgType"),
    }
    scope = node.words("scope", node.space)
    if scope or version != "1.0":
        body["scope"] = _word(scope, _SCOPES, "scope")
    for name in _ALERT_TEXTS:
        body[name] = text(node.words(name, node.space), name)
    body["code"] = [text(each.text, "code") for each in node.all("code", node.space) if each.text]
    body["references"] = text(node.words("references", node.space), "references").split()
    if body["msgType"] in ("Update", "Cancel") and not body["references"]:
        raise BadField("references", "sync.refused.missing")
    body["signed"] = any(each.space == _SIGNATURE for each in node.children)
    return _filled(body, _rest(node, {*_ALERT_KNOWN, *_ALERT_TEXTS, "password"}))


def _name(told: str, field: str) -> str:
    """A name that can stand in another message's references."""
    name = identity(told, field)
    if _UNFIT.search(name):
        raise BadField(field, "sync.refused.id", value=shown(name))
    return name


def _word(told: str, words: Sequence[str], field: str) -> str:
    """One of CAP's own words: on these hangs whether a warning holds."""
    if not told:
        raise BadField(field, "sync.refused.missing")
    for word in words:
        if word.casefold() == told.casefold():
            return word
    raise BadField(field, "sync.cap.word", value=shown(told))


def _pair(node: Node, where: str) -> dict[str, str]:
    """A name with its value; version 1.0 wrote them as "name=value"."""
    if not node.children:
        name, _, value = node.text.rpartition("=")
        return {"name": text(name, where), "value": text(value, where)}
    return {"name": text(node.words("valueName"), where), "value": text(node.words("value"), where)}


def _resource(node: Node, where: str) -> dict[str, Any]:
    """A file that goes with it. One that is embedded is not kept: only that there is one."""
    told: dict[str, Any] = {name: text(node.words(name, node.space), where) for name in _RESOURCE_TEXTS}
    told["embedded"] = node.first("derefUri", node.space) is not None
    return _filled(told, {})


def _rest(node: Node, known: set[str]) -> dict[str, Any]:
    """What we have no place for, as text."""
    rest: dict[str, Any] = {}
    for each in node.children:
        if each.space == _SIGNATURE or (each.space == node.space and each.name in known):
            continue
        told = " ".join(part for part in (inner.text for inner in each.below()) if part)
        if told:
            rest.setdefault(each.name, []).append(text(told, each.name))
    return bounded(rest)


def _filled(told: dict[str, Any], rest: dict[str, Any]) -> dict[str, Any]:
    filled = {name: value for name, value in told.items() if value not in ("", [], False)}
    return {**filled, "extra": rest} if rest else filled


def _native_id(body: Mapping[str, Any], sent: datetime) -> str:
    """Sender, identifier and instant together; a digest of them where they are too long to be an id."""
    name = f"{body['sender']},{body['identifier']},{sent.isoformat()}"
    return name if len(name) <= MOST_ID else hashlib.blake2b(name.encode(), digest_size=16).hexdigest()


def _title(infos: Sequence[Mapping[str, Any]], body: Mapping[str, Any]) -> str:
    heads = (info.get(name, "") for name in ("headline", "event") for info in infos)
    title = next((each for each in heads if each), "") or body.get("note") or body["identifier"]
    line = " ".join(str(title).split())
    return line if len(line) <= _TITLE else line[: _TITLE - 1].rstrip() + "…"


def _texts(infos: Sequence[Mapping[str, Any]]) -> str:
    parts = [info.get(name, "") for info in infos for name in ("description", "instruction")]
    return "\n\n".join(dict.fromkeys(each for each in parts if each))


def _level(status: str, infos: Sequence[Mapping[str, Any]]) -> str:
    """How grave it is in the source's words. Of what is no earnest warning it says that instead, so that nothing draws
    an exercise as if it were one."""
    if status != "Actual":
        return status
    told = [str(info["severity"]) for info in infos]
    return next((word for word in _GRAVEST if word in told), told[0] if told else "")


def _web(infos: Sequence[Mapping[str, Any]], url: str) -> str:
    found = (str(info.get("web", "")) for info in infos)
    return next((each for each in (*found, url) if each.lower().startswith(("https://", "http://"))), "")


def rings(infos: Sequence[Mapping[str, Any]]) -> list[list[list[float]]]:
    """The ring of every polygon of these blocks, each by itself."""
    areas = (area for info in infos for area in info.get("areas", ()))
    return [ring for area in areas for ring in area.get("polygons", ())]


def _point(infos: Sequence[Mapping[str, Any]]) -> tuple[float | None, float | None]:
    """Where it stands on a map: inside its largest polygon, else in the middle of its first circle."""
    if found := rings(infos):
        return _within(max(found, key=_span))
    for info in infos:
        for area in info.get("areas", ()):
            for circle in area.get("circles", ()):
                return circle["lat"], circle["lon"]
    return None, None


def _within(ring: Sequence[Sequence[float]]) -> tuple[float, float]:
    """Latitude and longitude of the middle of its widest stretch, half-way up: inside however bent it is."""
    lats = [lat for _, lat in ring]
    lat = (min(lats) + max(lats)) / 2
    crossed = sorted(
        xa + (lat - ya) * (xb - xa) / (yb - ya) for (xa, ya), (xb, yb) in pairwise(ring) if (ya > lat) != (yb > lat)
    )
    if not crossed:  # as flat as a line
        return lat, ring[0][0]
    left, right = max(zip(crossed[::2], crossed[1::2], strict=True), key=lambda each: each[1] - each[0])
    return lat, (left + right) / 2


def _span(ring: Sequence[Sequence[float]]) -> float:
    lons, lats = zip(*ring, strict=True)
    return float((max(lons) - min(lons)) * (max(lats) - min(lats)))
