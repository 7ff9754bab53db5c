"""Whom this console exchanges bundles with, and how far: `<profile>/exchange.json`.

It lies beside the store and not in it, so that a restored or adopted store does not forget which bundles came already.
Secrets are never in it. What was delivered to whom stands in the store itself, with the changes it is about.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from console.core.errors import DiskTrouble, Refused
from console.store.files import FileLock, Profile, atomic_write, read_bytes

FORM = 1
_NAME = "exchange.json"


@dataclass(frozen=True, slots=True)
class Begun:
    """A bundle of which some parts came."""

    number: int
    parts: tuple[str, ...] = ()
    """Those that are in the store."""


@dataclass(frozen=True, slots=True)
class Contact:
    """Another console."""

    key: str
    """Its public key."""
    fingerprint: str
    name: str = ""
    trusted: bool = False
    """Whether bundles from it are taken: somebody compared its words."""
    sent: int = 0
    """Number of the newest bundle made for it."""
    acknowledged: int = 0
    """Number of the newest bundle it said to have."""
    taken: int = 0
    """Number of the newest bundle from it that was taken whole."""
    taken_id: str = ""
    begun: Mapping[str, Begun] = field(default_factory=dict)
    """Bundles from it that are not whole yet, by their id."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """All that is remembered."""

    mine: str = ""
    """Our own public key, "" before there is one."""
    contacts: tuple[Contact, ...] = ()

    def contact(self, fingerprint: str) -> Contact | None:
        """One of them."""
        return next((each for each in self.contacts if each.fingerprint == fingerprint), None)

    def named(self, text: str) -> Contact | None:
        """The one contact of that name, None where none or several have it."""
        found = [each for each in self.contacts if text and each.name.casefold() == text.casefold()]
        return found[0] if len(found) == 1 else None

    def with_contact(self, contact: Contact) -> Exchange:
        """The same with that contact as it is now."""
        others = tuple(each for each in self.contacts if each.fingerprint != contact.fingerprint)
        return replace(self, contacts=tuple(sorted((*others, contact), key=lambda each: (each.name, each.key))))

    def without(self, fingerprint: str) -> Exchange:
        """The same without a contact."""
        return replace(self, contacts=tuple(each for each in self.contacts if each.fingerprint != fingerprint))


def look(profile: Profile) -> Exchange:
    """What is remembered. Raises `DiskTrouble` where the file is damaged: it is never taken for an empty one."""
    path = profile.folder / _NAME
    raw = read_bytes(path)
    if raw is None:
        return Exchange()
    try:
        told = json.loads(raw)
        if told.pop("form") != FORM:
            raise DiskTrouble("store.newer", path=str(path), found="?", known=FORM)
        return Exchange(told["mine"], tuple(_contact(each) for each in told["contacts"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DiskTrouble("store.broken", path=str(path), fault="form") from error


def _contact(told: dict[str, Any]) -> Contact:
    begun = {name: Begun(each["number"], tuple(each["parts"])) for name, each in told.pop("begun").items()}
    return Contact(**told, begun=begun)


def change(profile: Profile, how: Callable[[Exchange], Exchange]) -> Exchange:
    """Change it, on the disk on return; only one process at a time does. Raises `DiskTrouble`, `Refused`."""
    with _alone(profile):
        made = how(look(profile))
        told = {"form": FORM, **asdict(made)}
        atomic_write(profile.folder / _NAME, json.dumps(told, ensure_ascii=False, indent=1).encode("utf-8") + b"\n")
    return made


@contextmanager
def _alone(profile: Profile) -> Iterator[None]:
    lock = FileLock(profile.folder / "exchange.lock")
    if not lock.take():
        raise Refused("store.exchange.busy")
    try:
        yield
    finally:
        lock.drop()
