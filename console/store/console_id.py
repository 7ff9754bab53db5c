"""Which console writes this file: a name bound to the machine and to where the file lies.

A copied file is a second writer under one name. So each start looks whether it is still the machine and the place the
name was given for, and takes a new name where it is not. Moving a profile costs no more than that.
"""

from __future__ import annotations

import hashlib
import os
import platform
import sqlite3
import sys
from pathlib import Path

from console.core.clock import Clock
from console.store.database import plain

_LINUX = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))


def settle(db: sqlite3.Connection, path: Path, machine: str, clock: Clock) -> tuple[str, bool]:
    """The console's name, and whether it had to take a new one because the file was copied or moved. The caller holds
    the transaction."""
    known = name_at(db, path, machine)
    if known:
        return known, False
    name = plain(db.execute("SELECT value FROM meta WHERE name = 'console'").fetchone())
    db.execute("INSERT OR REPLACE INTO meta VALUES ('console_at', ?)", (_mark(path, machine),))
    return rename(db, clock), bool(name)


def name_at(db: sqlite3.Connection, path: Path, machine: str) -> str:
    """The console's name, if it was given for that file on that machine; "" otherwise."""
    told = dict(db.execute("SELECT name, value FROM meta WHERE name IN ('console', 'console_at')"))
    return str(told.get("console", "")) if told.get("console_at") == _mark(path, machine) else ""


def give(db: sqlite3.Connection, path: Path, machine: str, name: str) -> None:
    """Name a file that is to lie there, and that no console wrote before. The caller holds the transaction."""
    for key, value in (("console", name), ("console_at", _mark(path, machine))):
        db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))


def rename(db: sqlite3.Connection, clock: Clock) -> str:
    """A new name. Under it we have met no peer yet: who they are stays known, how far we had come with them does not,
    and all is compared with them once more. The caller holds the transaction."""
    fresh = clock.new_id()
    db.execute("INSERT OR REPLACE INTO meta VALUES ('console', ?)", (fresh,))
    db.execute("UPDATE peer SET sessions = '[]'")
    return fresh


def _mark(path: Path, machine: str) -> str:
    """Nothing of the machine can be read from it."""
    place = os.path.normcase(path.resolve())
    return hashlib.sha256(f"{machine}\n{place}".encode("utf-8", "surrogateescape")).hexdigest()


def this_machine() -> str:
    """What tells this machine from others: the id its system was installed with, and its name."""
    return f"{_installed()} {platform.node()}"


def _installed() -> str:
    if sys.platform == "win32":
        return _windows()
    for path in _LINUX:
        try:
            return path.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            continue
    return ""


if sys.platform == "win32":
    import winreg

    def _windows() -> str:
        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"SOFTWARE\Microsoft\Cryptography") as key:
                return str(winreg.QueryValueEx(key, "MachineGuid")[0])
        except OSError:
            return ""

else:

    def _windows() -> str:
        return ""
