"""How much of a document is told: its conflicts, its ancestry, its attachments whole or as stubs.

Documents are read and told a piece at a time: a few small questions may ask for more than fits into memory.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from console.core.replica import Named, Revised
from console.store.blobs import Blob
from console.store.shelf import Shelf
from sync.relay.answer import PIECE, dumped
from sync.relay.enclosed import stubs_of
from sync.relay.faults import Fault, bad
from sync.relay.host import Base
from sync.relay.papers import REV, revisions
from sync.relay.request import Request

MOST_INLINE = 64 << 20
"""Bytes of attachments put into one answer; what is beyond stays a stub and is fetched by itself."""
MOST_AT_ONCE = 500
"""Revisions asked for in one look."""
Stubs = Mapping[str, Mapping[str, Any]]
Row = tuple[bool, bytes]
"""Whether it is here, and the document, or what is told of one that is not, as JSON."""


class Wanted(NamedTuple):
    """One revision somebody asked for, and what he is told where it is not here."""

    named: Named | None
    """None for one that cannot be here."""
    lost: Mapping[str, Any]


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

    def pieces(self, base: Base, wanted: Sequence[Wanted]) -> Iterator[list[Row]]:
        """Of each what is told of it, a piece at a time; no reader is held in between."""
        allowance = Allowance()
        at = 0
        while at < len(wanted):
            some = wanted[at : at + MOST_AT_ONCE]
            with base.shelves.one() as shelf:
                found = iter(self.first(base, shelf, [each.named for each in some if each.named], allowance))
            rows: list[Row] = []
            for each in some:
                revision, text = next(found, (None, None)) if each.named else (None, b"")
                if text is None:
                    break
                rows.append((True, text) if revision else (False, dumped(each.lost)))
            at += len(rows)
            yield rows

    def first(
        self, base: Base, shelf: Shelf, asked: Sequence[Named], allowance: Allowance
    ) -> list[tuple[Revised | None, bytes]]:
        """The first of these revisions, each with its document as JSON, None for one that is not here: as many as make
        a piece, one at least."""
        told: list[tuple[Revised | None, bytes]] = []
        size = 0
        for each in shelf.revisions(base.place, asked[:MOST_AT_ONCE], most_bytes=PIECE):
            text = dumped(self.one(base, shelf, each, allowance)) if each else b""
            told.append((each, text))
            size += len(text)
            if size >= PIECE:
                break
        return told

    def one(self, base: Base, shelf: Shelf, found: Revised, allowance: Allowance) -> dict[str, Any]:
        """A revision as a document."""
        told: dict[str, Any] = {"_id": found.doc, "_rev": found.rev, **found.body}
        if found.deleted:
            told["_deleted"] = True
        if self.revs:
            told["_revisions"] = revisions(found.path)
        if self.revs_info:
            told["_revs_info"] = _info(base, shelf, found)
        if self.conflicts or self.deleted_conflicts:
            told.update(self._others(shelf.tips(base.place, found.doc), found.rev))
        if self.attachments and (stubs := stubs_of(found.body)):
            told["_attachments"] = self._inline(base, shelf, found, stubs, allowance)
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

    def _inline(self, base: Base, shelf: Shelf, found: Revised, stubs: Stubs, allowance: Allowance) -> dict[str, Any]:
        had = max((int(each.partition("-")[0]) for each in self.since if each in found.path), default=0)
        told = {}
        for name, stub in stubs.items():
            revpos = stub.get("revpos")
            data = None
            if not isinstance(revpos, int) or revpos > had:
                blob = _blob(shelf, stub)
                data = base.blobs.read(blob.sha256) if blob is not None and allowance.take(blob.length) else None
            if data is None:
                told[name] = {key: value for key, value in stub.items() if key != "data"}
                continue
            kept = {key: value for key, value in stub.items() if key not in ("stub", "length")}
            told[name] = {**kept, "data": base64.b64encode(data).decode()}
        return told


class Allowance:
    """How many bytes of attachments may still be put into one answer."""

    def __init__(self) -> None:
        self._left = MOST_INLINE

    def take(self, length: int) -> bool:
        """Whether so many more may; they are then put in."""
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
    for rev in found.path:
        each = shelf.revision(base.place, found.doc, rev)
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
