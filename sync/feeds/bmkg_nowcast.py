"""BMKG's weather warnings of the next hours (b3): an RSS index of CAP messages, one for each province.

A message warns a whole province and names its kecamatan in words, each with a polygon of its own: up to 35, never
joined to one ring. It is about a kecamatan of the city only where three things agree: the message is about the city's
province by its Kemendagri code, it names the kecamatan, and one of its polygons holds the kecamatan's centre; names
alone are shared by places hours apart. BMKG asks for its name beside the data and at most 60 requests a minute.

`body` is that of `sync/feeds/_cap/alert.py` with `places` (what the message names), `spreads` (to where it may spread)
and `kecamatan` (codes of the city's it is surely about).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, ClassVar

from console.core.geometry import in_ring
from console.core.pack import CityPack, FeedEntry, Level
from console.store.files import resource
from sync.feed import FeedFace
from sync.feeds._cap.alert import AlertReader, rings
from sync.feeds._cap.feed import ACCEPT, AlertFeed

_MOST_PLACES = 500
_NAMED, _SPREADS = "khususnya di ", "dapat meluas ke "
_APART = re.compile(r",|\bdan\b", re.IGNORECASE)


def _plain(name: str) -> str:
    """A name as it is compared: "Curug Bitung", "CURUGBITUNG" and "Curugbitung" are one."""
    return "".join(sign for sign in name.casefold() if sign.isalnum())


@cache
def _codes() -> Mapping[str, str]:
    """Kemendagri codes of the provinces, by their names as they are compared."""
    told = tomllib.loads(resource("provinces.toml").decode())
    return {_plain(name): code for code, names in told.items() for name in names}


class NowcastReader(AlertReader):
    """Reads BMKG's messages for one city."""

    def __init__(self, entry: FeedEntry, pack: CityPack) -> None:
        super().__init__(entry, pack)
        kecamatan = [area for area in pack.areas.values() if area.level is Level.KECAMATAN]
        self._kecamatan = {_plain(area.name): area for area in kecamatan}
        self._province = min((area.code for area in kecamatan), default="")[:2]

    def area(self, infos: Sequence[Mapping[str, Any]]) -> tuple[str, dict[str, Any]]:
        """The kecamatan it is surely about, the city where there are several, and the names it was found by."""
        places, spreads = _places(infos)
        told = {"places": places, "spreads": spreads}
        found = sorted(self._sure(infos, places))
        told["kecamatan"] = found
        return self.common(found), {name: value for name, value in told.items() if value}

    def _sure(self, infos: Sequence[Mapping[str, Any]], places: Sequence[str]) -> set[str]:
        areas = (area for info in infos for area in info.get("areas", ()))
        if self._province not in {_codes().get(_plain(str(area.get("areaDesc", ""))), "?") for area in areas}:
            return set()
        named = (self._kecamatan.get(_plain(place)) for place in places)
        shapes = rings(infos)
        return {
            area.code
            for area in named
            if area is not None and any(in_ring(*area.centre, ring) for ring in _points(shapes))
        }


def _points(shapes: Sequence[Sequence[Sequence[float]]]) -> list[list[tuple[float, float]]]:
    return [[(lon, lat) for lon, lat in ring] for ring in shapes]


def _places(infos: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[str]]:
    """The names a message gives in words, each once and in its order."""
    places: dict[str, None] = {}
    spreads: dict[str, None] = {}
    for info in infos:
        sentence = str(info.get("description", "")).partition(_NAMED)[2].partition(".")[0]
        named, _, further = sentence.partition(_SPREADS)
        for names, words in ((places, named), (spreads, further)):
            names.update(dict.fromkeys(each for part in _APART.split(words) if (each := " ".join(part.split()))))
    return list(places)[:_MOST_PLACES], list(spreads)[:_MOST_PLACES]


class BmkgNowcast(AlertFeed):
    """Options of a pack: those of `cap`."""

    face: ClassVar[FeedFace] = FeedFace("bmkg-nowcast", "sync.bmkg.nowcast", ACCEPT)
    most_links: ClassVar[int] = 50

    def reader(self, entry: FeedEntry, pack: CityPack) -> AlertReader:
        """What knows the city's kecamatan by their names."""
        return NowcastReader(entry, pack)
