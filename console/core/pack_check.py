"""Reading a city pack: plain files in, one sound `CityPack` or every fault out.

A pack is a folder of files that a city can write by hand: pack.toml, areas.csv, areas.geojson (may be absent),
opd.csv, categories.toml, calendar.toml, sla.toml, feeds.toml. This file knows no disk: it is handed the bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from console.core import pack_areas, pack_lists
from console.core.errors import BadPack
from console.core.pack import CityPack, WorkCalendar
from console.core.pack_text import Faults, Table, toml_table

__all__ = ["FILES", "PACK", "read_pack"]

PACK = "pack.toml"
FILES = (
    PACK,
    pack_areas.NAME,
    pack_areas.SHAPES,
    pack_lists.OPDS,
    pack_lists.CATEGORIES,
    pack_lists.CALENDAR,
    pack_lists.SLA,
    pack_lists.FEEDS,
)
"""Every file a pack may have."""

T = TypeVar("T")
ID = re.compile(r"(?!(con|prn|aux|nul|com[0-9]|lpt[0-9])\Z)[a-z0-9][a-z0-9-]{0,39}")
"""What a pack may be called: it becomes the name of a folder, which on some systems no device's may be."""


def read_pack(files: Mapping[str, bytes], where: str, *, deep: bool = True) -> CityPack:
    """The pack in those files. An unsound one raises `BadPack` with all its faults.

    `where` is what a person calls the place it came from. Without `deep`, shapes are not tried against themselves
    and each other: for packs that passed it when they were installed, so that a start stays short.
    """
    faults = Faults()
    for name in FILES:
        if name not in files and name != pack_areas.SHAPES:
            faults.add(name, "file_missing")
    given = {name: files[name] for name in FILES if name in files}
    table = Table(PACK, _read(given, PACK, _toml, faults) or {}, faults)
    zone = _zone(table, faults)
    territory = pack_areas.Territory(given.get(pack_areas.NAME), given.get(pack_areas.SHAPES))
    schematic = table.take("schematic", bool, False)
    opds = _read(given, pack_lists.OPDS, pack_lists.read_opds, faults) or {}
    pack = CityPack(
        id=_id(table, faults),
        name=table.take("name", str),
        version=table.take("version", str),
        zone=zone,
        zone_label=table.take("zone_label", str),
        areas=pack_areas.read_areas(territory, schematic, deep, faults),
        opds=opds,
        categories=_read(given, pack_lists.CATEGORIES, pack_lists.read_categories, faults, opds) or {},
        calendar=_read(given, pack_lists.CALENDAR, pack_lists.read_calendar, faults, zone.key)
        or WorkCalendar(zone.key),
        sla=_read(given, pack_lists.SLA, pack_lists.read_sla, faults) or (),
        feeds=_read(given, pack_lists.FEEDS, pack_lists.read_feeds, faults) or (),
        schematic=schematic,
        credits=tuple(table.texts("credits")),
    )
    table.close()
    if faults.found:
        raise BadPack("pack.bad", faults.found, where=where)
    return pack


def _read(files: Mapping[str, bytes], name: str, reader: Callable[..., T], faults: Faults, *more: Any) -> T | None:
    return reader(files[name], *more, faults) if name in files else None


def _toml(raw: bytes, faults: Faults) -> dict[str, Any]:
    return toml_table(PACK, raw, faults)


def _id(table: Table, faults: Faults) -> str:
    before = len(faults)
    found = table.take("id", str)
    if len(faults) == before and not ID.fullmatch(found):
        faults.add(table.at("id"), "id_form", found=found[:40])
    return found


def _zone(table: Table, faults: Faults) -> ZoneInfo:
    told = table.take("zone", str)
    zone = pack_lists.known_zone(told) if told else None
    if told and zone is None:
        faults.add(table.at("zone"), "zone", found=told[:40])
    return zone or ZoneInfo("UTC")
