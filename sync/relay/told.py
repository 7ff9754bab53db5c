"""How much of a document is told: its conflicts, its ancestry, its attachments whole or as stubs."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from console.core.replica import Named, Revised
from console.store.blobs import Blob
from console.store.shelf import Shelf
from sync.relay.enclosed import stubs_of
from sync.relay.faults import Fault, bad
from sync.relay.host import Base
from sync.relay.papers import REV, revisions
from sync.relay.request import Request

MOST_INLINE = 64 << 20
"""Bytes of attachments put into one answer; what is beyond stays a stub and is fetched by itself."""
Stubs = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Told:
    """What was asked to stand in a document."""

    conflicts: bool = False
    deleted_conflicts: bool = False
    revs: bool = False
    revs_info: bool = False
    attachments: bool = False
    since: tuple[str, ...] = ()
    """Revisions whose attachments the asker has."""

    def of(self, base: Base, shelf: Shelf, asked: Sequence[Named]) -> list[dict[str, Any] | None]:
        """These revisions as documents, None for each that is not here."""
        room = _Room()
        return [
            None if each is None else self.one(base, shelf, each, room) for each in shelf.revisions(base.place, asked)
        ]

    def one(self, base: Base, shelf: Shelf, found: Revised, room: _Room | None = None) -> dict[str, Any]:
        """A revision as a document."""
        told: dict[str, Any] = {"_id": found.doc, "_rev": found.rev, **found.body}
        if found.deleted:
            told["_deleted"] = True
        if self.revs:
            told["_revisions"] = revisions(found.path)
        if self.revs_info:
            told["_revs_info"] = _info(base, shelf, found)
        if self.conflicts or self.deleted_conflicts:
            told.update(self._others(shelf.leaves(base.place, found.doc), found.rev))
        if self.attachments and (stubs := stubs_of(found.body)):
            told["_attachments"] = self._inline(base, shelf, found, stubs, room or _Room())
        return told

    def _others(self, leaves: Iterable[Revised], rev: str) -> dict[str, list[str]]:
        told = {}
        for name, wanted, deleted in (
            ("_conflicts", self.conflicts, False),
            ("_deleted_conflicts", self.deleted_conflicts, True),
        ):
            others = [each.rev for each in leaves if each.deleted == deleted and each.rev != rev]
            if wanted and others:
                told[name] = others
        return told

    def _inline(self, base: Base, shelf: Shelf, found: Revised, stubs: Stubs, room: _Room) -> dict[str, Any]:
        had = max((int(each.partition("-")[0]) for each in self.since if each in found.path), default=0)
        told = {}
        for name, stub in stubs.items():
            revpos = stub.get("revpos")
            data = None
            if not isinstance(revpos, int) or revpos > had:
                blob = _blob(shelf, stub)
                data = base.blobs.read(blob.sha256) if blob is not None and room.take(blob.length) else None
            if data is None:
                told[name] = {key: value for key, value in stub.items() if key != "data"}
                continue
            kept = {key: value for key, value in stub.items() if key not in ("stub", "length")}
            told[name] = {**kept, "data": base64.b64encode(data).decode()}
        return told


class _Room:
    """What may still be put into one answer."""

    def __init__(self) -> None:
        self._left = MOST_INLINE

    def take(self, length: int) -> bool:
        self._left -= length
        return self._left >= 0


def content(base: Base, shelf: Shelf, stub: Mapping[str, Any]) -> bytes | None:
    """The bytes a stub speaks of, None where they are not here."""
    blob = _blob(shelf, stub)
    return None if blob is None else base.blobs.read(blob.sha256)


def _blob(shelf: Shelf, stub: Mapping[str, Any]) -> Blob | None:
    digest, length = stub.get("digest"), stub.get("length")
    if not isinstance(digest, str):
        return None
    return shelf.blob(digest, length if isinstance(length, int) and 0 <= length < 1 << 53 else None)


def _info(base: Base, shelf: Shelf, found: Revised) -> list[dict[str, str]]:
    """Which of the ancestors have a body here."""
    told = []
    for rev, each in zip(
        found.path, shelf.revisions(base.place, [Named(found.doc, r) for r in found.path]), strict=True
    ):
        status = "missing" if each is None else "deleted" if each.deleted else "available"
        told.append({"rev": rev, "status": status})
    return told


def told_of(request: Request) -> Told:
    """What the query asks for."""
    since = request.value("atts_since") or []
    if not isinstance(since, list) or not all(isinstance(each, str) for each in since):
        raise bad("atts_since must be a list of revisions")
    return Told(
        conflicts=request.flag("conflicts"),
        deleted_conflicts=request.flag("deleted_conflicts"),
        revs=request.flag("revs"),
        revs_info=request.flag("revs_info"),
        attachments=request.flag("attachments"),
        since=tuple(since),
    )


def rev_of(text: str) -> str:
    """A revision's name as it was given; 400 for what is none."""
    if not REV.fullmatch(text):
        raise Fault(400, "bad_request", "Invalid rev format")
    return text
