"""City packs on disk: found, loaded, checked and installed.

A pack a person installed lies in `<profile>/packs/<id>/` and goes before a shipped one of the same id
(`resources/packs/<id>/`). What is installed was checked whole and carries a seal over its files; a start
trusts shapes under an unbroken seal and tries them again where somebody edited a file by hand.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console.core.errors import BadPack, ConsoleError, Fault
from console.core.pack import CityPack, Level
from console.core.pack_areas import SHAPES
from console.core.pack_check import FILES, ID, PACK, read_pack
from console.core.pack_from_codes import from_codes
from console.core.pack_write import areas_geojson
from console.store.files import Profile, atomic_write, drop_file, make_folder, read_bytes, resources
from console.store.own_feeds import with_own

SEAL = "seal.sha256"
MOST_BYTES = 64 << 20
"""A larger file is refused before it is read."""
_CODES, _BOUNDARIES = "kode.csv", "kelurahan.geojson"
_OF_LAYER = "kelurahan.json"
"""The answer of an Esri layer, in the place of GeoJSON."""

Say = Callable[..., str]
Out = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Installed:
    """One pack that can be used."""

    id: str
    name: str
    version: str
    shipped: bool


def installed(profile: Profile | None) -> list[Installed]:
    """All packs by id; one in the profile hides a shipped one. Nothing but their names is looked at."""
    found: dict[str, Installed] = {}
    for name, raw in resources(f"packs/*/{PACK}"):
        found[name.split("/")[1]] = _entry(name.split("/")[1], raw, True)
    if profile is not None:
        for raw_path in sorted(profile.packs.glob(f"*/{PACK}")):
            found[raw_path.parent.name] = _entry(raw_path.parent.name, read_bytes(raw_path) or b"", False)
    return [found[id_] for id_ in sorted(found)]


def _entry(id_: str, raw: bytes, shipped: bool) -> Installed:
    try:
        table: Mapping[str, Any] = tomllib.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError):
        table = {}
    return Installed(id_, str(table.get("name", "")), str(table.get("version", "")), shipped)


def load(profile: Profile | None, pack_id: str) -> CityPack:
    """The pack of that id, and the sources a person added to the profile. Raises `BadPack` with every fault, or with
    `pack.fault.absent` where there is none."""
    named = ID.fullmatch(pack_id) is not None  # else it may lead out of the folder of packs, or mean several
    if profile is not None and named:
        folder = profile.packs / pack_id
        files = _files_in(folder)
        if PACK in files:
            sealed = read_bytes(folder / SEAL) == _seal(files)
            return with_own(read_pack(files, str(folder), deep=not sealed), profile)
    shipped = {name.rsplit("/", 1)[1]: raw for name, raw in resources(f"packs/{pack_id}/*")} if named else {}
    if PACK not in shipped:
        known = ", ".join(entry.id for entry in installed(profile))
        raise BadPack("pack.bad", [Fault.at(pack_id, "pack.fault.absent", known=known)], where=pack_id)
    return with_own(read_pack(shipped, pack_id, deep=False), profile)


def read(path: Path) -> tuple[CityPack, Mapping[str, bytes], bool]:
    """The pack at a place, its files, and whether it was made of a raw pair. Raises `BadPack` with every fault.

    The place is a folder with a pack, a folder with `kode.csv` and `kelurahan.geojson` (or `x-kode.csv` and
    `x-kelurahan.geojson`; or `kelurahan.json`, the answer of an Esri layer), or one file of such a pair.
    """
    if path.is_dir() and (path / PACK).exists():
        files = _files_in(path)
        return read_pack(files, str(path)), files, False
    codes, boundaries = _pair(path)
    template = {name.rsplit("/", 1)[1]: raw for name, raw in resources("pack_template/*")}
    made = from_codes(_bytes(codes), _bytes(boundaries), str(path), template, (codes.name, boundaries.name))
    return read_pack(made, str(path)), made, True


def add(profile: Profile, path: Path) -> CityPack:
    """Check the pack at a place and install it; one of the same id is replaced. Raises `BadPack`, `DiskTrouble`."""
    pack, files, _ = read(path)
    install(profile, pack, files)
    return pack


def install(profile: Profile, pack: CityPack, files: Mapping[str, bytes]) -> None:
    """Write a checked pack into the profile, its shapes whole. The seal comes last: a torn install has none."""
    whole = {name: raw for name, raw in files.items() if name in FILES}
    whole[SHAPES] = areas_geojson(pack.areas.values())
    folder = make_folder(profile.packs / pack.id)
    drop_file(folder / SEAL)
    for name in FILES:
        atomic_write(folder / name, whole[name])
    atomic_write(folder / SEAL, _seal(whole))


def _seal(files: Mapping[str, bytes]) -> bytes:
    whole = hashlib.sha256()
    for name in FILES:
        whole.update(f"{name} {hashlib.sha256(files.get(name, b'')).hexdigest()}\n".encode())
    return whole.hexdigest().encode()


def _files_in(folder: Path) -> dict[str, bytes]:
    """The files of a pack that are there. Others in the folder are not looked at."""
    return {name: _bytes(folder / name) for name in FILES if (folder / name).is_file()}


def _bytes(path: Path) -> bytes:
    if path.stat().st_size > MOST_BYTES:
        raise _refused(path, "pack.fault.too_big", mib=MOST_BYTES >> 20)
    return read_bytes(path) or b""


def _refused(path: Path, says: str, **values: Any) -> BadPack:
    return BadPack("pack.bad", [Fault.at(path.name or str(path), says, **values)], where=str(path))


def _pair(path: Path) -> tuple[Path, Path]:
    """The list of codes and the boundaries that belong together."""
    if path.is_dir():
        pairs = [found for each in sorted(path.glob(f"*{_CODES}")) if (found := _partner(each))]
        if not pairs:
            raise _refused(path, "pack.fault.no_pack", pack=PACK, codes=_CODES, boundaries=_BOUNDARIES)
        if len(pairs) > 1:
            raise _refused(path, "pack.fault.many_pairs", pairs=", ".join(codes.name for codes, _ in pairs))
        return pairs[0]
    if not path.is_file():
        raise _refused(path, "pack.fault.no_place")
    pair = _partner(path)
    if pair is None:
        raise _refused(path, "pack.fault.no_pack", pack=PACK, codes=_CODES, boundaries=_BOUNDARIES)
    return pair


def _partner(path: Path) -> tuple[Path, Path] | None:
    """The pair one file of it belongs to: same folder, same start of the name. GeoJSON goes before a layer's answer,
    but for who names that."""
    for ending in (_CODES, _BOUNDARIES, _OF_LAYER):
        if path.name.endswith(ending):
            start = path.name.removesuffix(ending)
            wanted = (_OF_LAYER,) if ending == _OF_LAYER else (_BOUNDARIES, _OF_LAYER)
            codes = path.with_name(start + _CODES)
            places = [each for name in wanted if (each := path.with_name(start + name)).is_file()]
            return (codes, places[0]) if codes.is_file() and places else None
    return None


def pack_check(path: Path, say: Say, out: Out) -> int:
    """Check the pack at a place and tell every fault, one a line. 0 where it is sound, 2 where it is not."""
    try:
        pack, _, _ = read(path)
    except ConsoleError as trouble:
        return _tell(trouble, say, out)
    out(_summary("pack.sound", pack, say))
    _tell_inside(pack, say, out)
    return 0


def pack_add(profile: Profile, path: Path, say: Say, out: Out) -> int:
    """Install the pack at a place and say how to use it. 0 where it was installed, 2 where nothing was."""
    try:
        pack, files, made = read(path)
        install(profile, pack, files)
    except ConsoleError as trouble:
        return _tell(trouble, say, out)
    out(_summary("pack.added", pack, say))
    if made:
        out(say("pack.made_of_pair", zone=pack.zone.key, folder=str(profile.packs / pack.id)))
    _tell_inside(pack, say, out)
    unverified = sum(not opd.verified for opd in pack.opds.values())
    if unverified:
        out(say("pack.unverified", count=unverified))
    return 0


def _tell_inside(pack: CityPack, say: Say, out: Out) -> None:
    """Which sources may reach into the own network: somebody else's list opens that, so who installs it must know."""
    for feed in pack.feeds:
        if feed.allow_private:
            out(say("pack.inside", feed=feed.id, address=feed.address))


def _tell(trouble: ConsoleError, say: Say, out: Out) -> int:
    out(say(trouble.says, **trouble.values))
    for fault in getattr(trouble, "faults", ()):
        out(f"  {fault.where}: {say(fault.says, **dict(fault.values))}")
    return 2


def _summary(says: str, pack: CityPack, say: Say) -> str:
    counts = {level: sum(area.level is level for area in pack.areas.values()) for level in Level}
    return say(
        says,
        id=pack.id,
        name=pack.name,
        kecamatan=counts[Level.KECAMATAN],
        kelurahan=counts[Level.KELURAHAN],
        opds=len(pack.opds),
        categories=len(pack.categories),
        feeds=len(pack.feeds),
    )
