"""The name of this console towards others. It belongs to one machine and one folder: a copy takes a name of its own.

Two consoles of one name would write over each other's notes at the centre, and each would pass by what the other was
told. So the name is kept beside a mark of the machine and the folder; where that is another, it is a copy or was
moved, and gets a new name. All that costs is to compare names with the centre once more.
"""

from __future__ import annotations

import hashlib
import json
import platform
import uuid
from pathlib import Path

from console.core.clock import Clock
from console.store.files import Profile, atomic_write, read_bytes

_MARKS = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))


def machine_mark() -> str:
    """What tells this machine from another, as well as it can be told."""
    for path in _MARKS:
        try:
            text = path.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            continue
        if text:
            return text
    return f"{platform.node()}/{uuid.getnode():012x}"


def console_name(profile: Profile, clock: Clock, machine: str | None = None) -> str:
    """This console's name, made where it has none or is a copy. Raises `DiskTrouble`."""
    here = f"{machine_mark() if machine is None else machine}\n{profile.folder.resolve()}"
    mark = hashlib.sha256(here.encode("utf-8", "surrogateescape")).hexdigest()
    known = _known(profile)
    if known.get("mark") == mark and known.get("name"):
        return known["name"]
    return _named(profile, clock, mark)


def rename(profile: Profile, clock: Clock) -> str:
    """A new name, where it turned out that somebody else has ours. Raises `DiskTrouble`."""
    return _named(profile, clock, _known(profile).get("mark", ""))


def _named(profile: Profile, clock: Clock, mark: str) -> str:
    name = f"k{clock.new_id()[-16:]}"
    atomic_write(_path(profile), json.dumps({"name": name, "mark": mark}).encode())
    return name


def _known(profile: Profile) -> dict[str, str]:
    try:
        found = json.loads(read_bytes(_path(profile)) or b"{}")
    except ValueError:
        return {}
    return {name: str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def _path(profile: Profile) -> Path:
    return profile.folder / "console.json"
