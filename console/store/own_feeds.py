"""Sources a person added to those of the city pack, in `sources.toml` of the profile, in the form of a pack's file.

They stand beside the pack's and never in place of one: an id that the pack has too is the pack's. Sound ones hold
whatever else stands in the file; the rest is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from console.core.errors import BadPack, Fault, Refused
from console.core.pack import CityPack, FeedEntry
from console.core.pack_lists import EMBEDDED, read_feeds
from console.core.pack_text import Faults, toml_table
from console.core.toml_text import to_toml
from console.store.files import Profile, atomic_write, read_bytes

MOST_OWN = 200
"""Sources a person can add: each has a thread of its own."""


def own_feeds(profile: Profile) -> tuple[tuple[FeedEntry, ...], tuple[Fault, ...]]:
    """The sound sources of the file, and what is wrong with the others."""
    raw = read_bytes(profile.sources)
    if not raw or not raw.strip():
        return (), ()
    name, faults = profile.sources.name, Faults()
    table = toml_table(name, raw, faults)
    found = []
    for id_, values in list(table.items())[:MOST_OWN]:
        found += _sound(id_, values, faults)
    if len(table) > MOST_OWN:
        faults.add(name, "range", found=len(table), least=0, most=MOST_OWN)
    return tuple(found), tuple(faults.found)


def _sound(id_: str, values: Any, faults: Faults) -> list[FeedEntry]:
    """The entry of a table, [] where there is a fault in it."""
    own = Faults()
    entries = list(read_feeds(to_toml({id_: values}), own)) if isinstance(values, Mapping) else []
    if not isinstance(values, Mapping):
        own.add(f"sources.toml {id_}", "type", wanted="table", found=type(values).__name__)
    faults.found += own.found
    return entries if not own.found else []


def with_own(pack: CityPack, profile: Profile | None) -> CityPack:
    """The pack with the sources a person added behind its own."""
    if profile is None:
        return pack
    taken = {entry.id for entry in pack.feeds}
    own = tuple(entry for entry in own_feeds(profile)[0] if entry.id not in taken)
    return replace(pack, feeds=(*pack.feeds, *own)) if own else pack


def checked(values: Mapping[str, Any]) -> FeedEntry:
    """A source as somebody typed it: `id` and what a pack's file says of one. Raises `BadPack` with every fault."""
    id_ = str(values.get("id", "")).strip()
    faults = Faults()
    entries = read_feeds(to_toml({id_: {name: value for name, value in values.items() if name != "id"}}), faults)
    if not faults.found and entries[0].address.startswith(EMBEDDED):
        faults.add(f"{id_} address", "address", found=EMBEDDED, schemes="https, http")
    if faults.found:
        raise BadPack("pack.bad", faults.found, where=id_)
    return entries[0]


def add(profile: Profile, entry: FeedEntry, taken: Sequence[str] = ()) -> None:
    """Keep a source; one of the same id that a person added is replaced. `taken` are ids of the pack. Raises `Refused`
    for one of those and for too many, `DiskTrouble` where it cannot be kept."""
    if entry.id in taken:
        raise Refused("sync.own.taken", id=entry.id)
    table = _table(profile)
    if entry.id not in table and len(table) >= MOST_OWN:
        raise Refused("sync.own.many", most=MOST_OWN)
    table[entry.id] = as_table(entry)
    atomic_write(profile.sources, to_toml(table))


def drop(profile: Profile, source: str) -> None:
    """Forget a source a person added. Raises `Refused` where there is none of that id, `DiskTrouble`."""
    table = _table(profile)
    if table.pop(source, None) is None:
        raise Refused("sync.own.absent", id=source)
    atomic_write(profile.sources, to_toml(table))


def as_table(entry: FeedEntry) -> dict[str, Any]:
    """What a pack's file says of it."""
    return {
        "kind": entry.kind,
        "title": dict(entry.title),
        "address": entry.address,
        "cadence_s": entry.cadence_s,
        "stale_after_s": entry.stale_after_s,
        **({"licence": entry.licence} if entry.licence else {}),
        **({"zone": entry.zone} if entry.zone else {}),
        **({"options": dict(entry.options)} if entry.options else {}),
        **({"allow_private": True} if entry.allow_private else {}),
    }


def _table(profile: Profile) -> dict[str, Any]:
    """What the file says now. One that is no TOML is put beside, not written over."""
    raw = read_bytes(profile.sources) or b""
    faults = Faults()
    table = toml_table(profile.sources.name, raw, faults) if raw.strip() else {}
    if faults.found:
        atomic_write(profile.sources.with_name(f"{profile.sources.name}.bak"), raw)
    return dict(table)
