"""Slips: rows for the ledger from those who may not write the store, taken in by who may.

A terminal that exports, the screen that changes a setting: each hands in one small file, durable before the deed. The
engine (or whoever opens the store next) adds a row for each, in their order, and removes the files after that. A slip
that is taken in twice, because of a kill between the two, is known by its id.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console.core.clock import Clock
from console.core.errors import DiskTrouble
from console.store.database import plain
from console.store.files import Profile, atomic_write, drop_file, make_folder, read_bytes
from console.store.ledger import Ledger

_ENDS = ".slip"
_META = "slips_taken"
AT_ONCE = 200
"""So many are taken in together."""


@dataclass(frozen=True, slots=True)
class Slip:
    """One row that is to be."""

    path: Path
    said: Mapping[str, Any]

    @property
    def id(self) -> str:
        """Its name, which no other has."""
        return self.path.name


def hand_in(
    profile: Profile,
    clock: Clock,
    deed: str,
    *,
    who: str,
    session: str = "",
    subject: str = "",
    why: str = "",
    told: Mapping[str, Any] | None = None,
) -> None:
    """Hand in a row; it is on the disk on return. Raises `DiskTrouble`: then the deed stands nowhere."""
    said = {
        "deed": deed,
        "who": who,
        "session": session,
        "subject": subject,
        "why": why,
        "told": {**(told or {}), "asked_at": clock.now().isoformat(timespec="milliseconds")},
    }
    raw = json.dumps(said, ensure_ascii=True, default=str).encode("ascii")
    atomic_write(make_folder(profile.slips) / f"{clock.new_id()}{_ENDS}", raw)


def waiting(profile: Profile) -> list[Path]:
    """Slips nobody has taken in yet, the oldest first."""
    return sorted(profile.slips.glob(f"*{_ENDS}")) if profile.slips.is_dir() else []


def read(paths: list[Path]) -> list[Slip]:
    """What stands on them. One that says nothing of a row is a row that says so."""
    return [Slip(path, _said(path)) for path in paths]


def enter(db: sqlite3.Connection, ledger: Ledger, slips: list[Slip]) -> int:
    """Add their rows, once each; how many. The caller holds the transaction, and `drop`s them after it."""
    before = plain(db.execute("SELECT value FROM meta WHERE name = ?", (_META,)).fetchone())
    taken = set(json.loads(before)) if before else set()
    new = [slip for slip in slips if slip.id not in taken]
    for slip in new:
        said = slip.said
        text = {name: str(said.get(name, "")) for name in ("who", "session", "subject", "why")}
        told = said.get("told")
        ledger.add(str(said.get("deed", "")) or "slip.unread", told=told if isinstance(told, dict) else {}, **text)
    if new:
        # All of a batch are dropped before the next is read.
        names = json.dumps([slip.id for slip in slips])
        db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_META, names))
    return len(new)


def drop(slips: list[Slip]) -> None:
    """They stand in the ledger. Raises `DiskTrouble`."""
    for slip in slips:
        drop_file(slip.path)


def _said(path: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(read_bytes(path) or b"")
    except (ValueError, RecursionError, DiskTrouble):
        found = None
    return found if isinstance(found, dict) else {"subject": path.name}
