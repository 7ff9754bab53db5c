"""BMKG's weather warnings of the next hours (b3): an RSS index of CAP messages, one for each province.

A message warns a whole province and names its kecamatan in words, each with a polygon of its own: up to 35, never
joined to one ring. It is about a kecamatan of the city only where three things agree: the message is about the city's
province by its Kemendagri code, it names the kecamatan, and one of its polygons holds the kecamatan's centre; names
alone are shared by places hours apart. BMKG asks for its name beside the data and at most 60 requests a minute.

`body` is that of `sync/feeds/cap/alert.py` with `places` (what the message names), `spreads` (to where it may spread)
and `kecamatan` (codes of the city's it is surely about).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from console.core.geometry import in_ring
from console.core.pack import CityPack, FeedEntry, Level
from sync.feed import FeedFace
from sync.feeds.cap.alert import AlertReader, rings
from sync.feeds.cap.feed import ACCEPT, Cap

_MOST_PLACES = 500
_NAMED, _SPREADS = "khususnya di ", "dapat meluas ke "
_APART = re.compile(r",|\bdan\b", re.IGNORECASE)
_PROVINCES = (
    *("11 aceh", "12 sumaterautara", "13 sumaterabarat", "14 riau", "15 jambi", "16 sumateraselatan", "17 bengkulu"),
    *(
        "18 lampung",
        "19 kepulauanbangkabelitung",
        "19 bangkabelitung",
        "21 kepulauanriau",
        "31 dkijakarta",
        "31 jakarta",
    ),
    *("31 daerahkhususjakarta", "32 jawabarat", "33 jawatengah", "34 diyogyakarta", "34 daerahistimewayogyakarta"),
    *("34 yogyakarta", "35 jawatimur", "36 banten", "51 bali", "52 nusatenggarabarat", "53 nusatenggaratimur"),
    *("61 kalimantanbarat", "62 kalimantantengah", "63 kalimantanselatan", "64 kalimantantimur", "65 kalimantanutara"),
    *("71 sulawesiutara", "72 sulawesitengah", "73 sulawesiselatan", "74 sulawesitenggara", "75 gorontalo"),
    *("76 sulawesibarat", "81 maluku", "82 malukuutara", "91 papua", "92 papuabarat", "93 papuaselatan"),
    *("94 papuatengah", "95 papuapegunungan", "96 papuabaratdaya"),
)
_CODES = {name: code for code, _, name in (each.partition(" ") for each in _PROVINCES)}
"""Kemendagri codes of the provinces, by their names as `_plain` writes them."""


def _plain(name: str) -> str:
    """A name as it is compared: "Curug Bitung", "CURUGBITUNG" and "Curugbitung" are one."""
    return "".join(sign for sign in name.casefold() if sign.isalnum())


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
        if self._province not in {_CODES.get(_plain(str(area.get("areaDesc", ""))), "?") for area in areas}:
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


class BmkgNowcast(Cap):
    """Options of a pack: those of `cap`."""

    face: ClassVar[FeedFace] = FeedFace("bmkg-nowcast", "sync.bmkg.nowcast", ACCEPT)
    most_links: ClassVar[int] = 50

    def reader(self, entry: FeedEntry, pack: CityPack) -> AlertReader:
        """What knows the city's kecamatan by their names."""
        return NowcastReader(entry, pack)
