"""Dealings with other consoles, alike at the terminal and on the screen: whom to trust, what is said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from console.store.exchange import Contact, change, look
from console.store.files import Profile, atomic_write
from sync.bundle.form import day
from sync.bundle.make import Made, Wanted
from sync.bundle.take import Delivered, Incoming
from sync.seal import PublicKey

RECEIPT_SUFFIX = ".terima"
_NAMED = 20
"""Parts that are named where some are missing."""


class Said(NamedTuple):
    """A sentence for people: its key, and what stands in it."""

    says: str
    values: dict[str, Any]


def trust(profile: Profile, key: PublicKey, name: str) -> Said:
    """Somebody compared the words: bundles of that console are taken from now on."""
    known = look(profile).contact(key.fingerprint) or Contact(key.text, key.fingerprint)
    made = replace(known, name=name or known.name, trusted=True)
    change(profile, lambda exchange: exchange.with_contact(made))
    return Said("sync.bundle.trusted", {"name": called(made)})


def forget(profile: Profile, contact: Contact) -> Said:
    """Take nothing of that console any more, and forget which bundles came."""
    change(profile, lambda exchange: exchange.without(contact.fingerprint))
    return Said("sync.bundle.forgotten", {"name": called(contact)})


def called(contact: Contact) -> str:
    """A console as people know it."""
    return contact.name or contact.fingerprint


def told_made(made: Made, wanted: Wanted) -> Said:
    """What a bundle came to."""
    values = {"documents": made.documents, "size_mb": made.bytes / (1 << 20), "days": wanted.expires_days}
    return Said("sync.bundle.made", values)


def told_came(profile: Profile, came: Incoming) -> list[Said]:
    """What came of a bundle; the last of it is what there is to do, or that there is nothing."""
    sender = look(profile).contact(came.manifest.sender.fingerprint)
    name = sender.name if sender is not None and sender.name else came.manifest.name
    if came.again:
        return [Said("sync.bundle.again", {"name": name})]
    said = [Said("sync.bundle.taken", {"name": name, "fresh": came.fresh, "conflicts": came.conflicts})]
    if came.missing:
        files = ", ".join(str(number) for number in sorted({part.file for part in came.missing}))
        parts = ", ".join(part.name for part in came.missing[:_NAMED])
        said.append(Said("sync.bundle.missing", {"files": files, "of": came.manifest.files, "parts": parts}))
    return said


def told_delivered(delivered: Delivered) -> Said:
    """What a receipt says."""
    says = "sync.bundle.delivered" if delivered.places else "sync.bundle.delivered_before"
    if delivered.unread:
        says = "sync.bundle.delivered_part"
    values = {"name": called(delivered.contact), "made": day(delivered.number), "fresh": delivered.fresh}
    return Said(says, values)


def write_receipt(came: Incoming, bundle: Path, place: Path | None = None) -> Path | None:
    """Write the receipt beside the bundle, or in its place; None where there is none yet. Raises `DiskTrouble`."""
    if not came.receipt:
        return None
    path = place or bundle.with_suffix(RECEIPT_SUFFIX)
    atomic_write(path, came.receipt)
    return path
