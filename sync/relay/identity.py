"""Who a relay is to its peers: a server's identity that stays, and a birth that changes when the store is another.

A peer's checkpoints hold for one birth. A restored, salvaged or replaced file is another file in the same place, or one
that knows less than was told to peers: then the birth is now, and everybody begins from the beginning.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from console.core.clock import Clock, millis
from console.store.files import Profile, atomic_write, read_bytes

_FILE = "relay-identity.json"


@dataclass(frozen=True, slots=True)
class Identity:
    """What a relay says of itself."""

    uuid: str
    instance: str
    """Microseconds since 1970, as text: CouchDB's `instance_start_time`."""


def identity_of(profile: Profile, clock: Clock, known: int) -> Identity:
    """The identity of a profile's store. `known` is the sum of its highest sequences. Raises `DiskTrouble`."""
    kept = _kept(profile.folder / _FILE)
    file = _file(profile.records)
    told, uuid, instance = kept.get("seq"), str(kept.get("uuid", "")), str(kept.get("instance", ""))
    same = kept.get("file") == file and isinstance(told, int) and told <= known and instance.isdigit()
    later = int(instance) + 1 if instance.isdigit() else 0
    born = instance if same else str(max(millis(clock.now()) * 1000, later))
    found = Identity(uuid or clock.new_id(), born)
    if found != Identity(uuid, instance) or told != known:
        remember(profile, found, known)
    return found


def remember(profile: Profile, identity: Identity, known: int) -> None:
    """Keep how much peers may have been told. Raises `DiskTrouble`."""
    told = {"uuid": identity.uuid, "instance": identity.instance, "file": _file(profile.records), "seq": known}
    atomic_write(profile.folder / _FILE, json.dumps(told).encode())


def _kept(path: Path) -> dict[str, object]:
    try:
        found = json.loads(read_bytes(path) or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _file(path: Path) -> list[int]:
    """Which file stands there: another one after a restore, whatever its content."""
    found = path.stat()
    return [found.st_dev, found.st_ino]
