"""Making a bundle: what the receiver is not known to have, signed, sealed, in one file or in several.

Reads the store and changes nothing in it, so it is made beside a running engine. What was delivered is known only
from receipts: until one comes, the next bundle holds the same again and more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from console.core.clock import Clock, from_millis, millis
from console.core.errors import DiskTrouble, Refused
from console.core.people import PERSON
from console.core.pieces import piece_of
from console.core.replica import Named, Revised
from console.store.backup import Progress, go_on, unheard
from console.store.blobs import Blobs
from console.store.exchange import Contact, Exchange, change
from console.store.files import Profile, disk_trouble, drop_file, writing
from console.store.shelf import Shelf
from sync import archive, seal
from sync.bundle.form import (
    BUNDLE,
    MANIFEST,
    PART_BYTES,
    PIECES,
    REVISIONS,
    SIGNATURE,
    Manifest,
    Part,
    Reached,
    pieces_part,
    revisions_part,
    written,
)
from sync.seal import Identity, PublicKey

EXPIRES_DAYS = 30
AHEAD_MS = 24 * 3_600_000
"""A number so far ahead of the clock was made while a clock was wrong."""
_MANY = 2000
_LOOK_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """What bundle to make."""

    to: PublicKey
    path: Path
    city: str
    name: str = ""
    """What this console calls itself."""
    whole: bool = False
    """Everything that changed since the receiver's last receipt, not only what the centre lacks."""
    places: Sequence[str] = ()
    """Only these; all, where there are none."""
    split_bytes: int = 0
    """No file much bigger than that; 0 is one file."""
    expires_days: int = EXPIRES_DAYS


@dataclass(frozen=True, slots=True)
class Made:
    """What came of it."""

    paths: tuple[Path, ...]
    bytes: int
    documents: int
    revisions: int
    manifest: Manifest


@dataclass(frozen=True, slots=True)
class _Ground:
    """What it is made of."""

    shelf: Shelf
    blobs: Blobs


def peer(fingerprint: str, *, whole: bool) -> str:
    """Name of a receiver among the peers of the store."""
    return f"{'bundle-all' if whole else 'bundle'}:{fingerprint}"


def make(
    profile: Profile,
    shelf: Shelf,
    mine: Identity,
    wanted: Wanted,
    clock: Clock,
    *,
    progress: Progress = unheard,
    cancelled: Callable[[], bool] = go_on,
) -> Made:
    """Make a bundle. Raises `Refused` where there is nothing to tell or it was cancelled; `DiskTrouble`."""
    if wanted.to == mine.public:
        raise Refused("sync.bundle.to_oneself")
    draft = profile.folder / f"kiriman-{clock.new_id()}.part"
    parts = _Parts(seal.new_key(), cancelled)
    try:
        with writing(draft) as stream:
            upto = _filled(stream, _Ground(shelf, Blobs(profile.blobs)), parts, wanted, progress)
        number = _number(profile, wanted, clock)
        manifest = Manifest(
            kind=BUNDLE,
            channel=wanted.city,
            number=number,
            expires_at=from_millis(number) + timedelta(days=wanted.expires_days),
            sender=mine.public,
            audience=(wanted.to.fingerprint,),
            name=wanted.name,
            slots=(seal.slot_for(parts.key, wanted.to),),
            whole=wanted.whole,
            upto=upto,
            counts={"documents": len(parts.docs), "revisions": parts.revisions},
            parts=tuple(_spread(parts.made, wanted.split_bytes)),
        )
        manifest = replace(manifest, files=manifest.parts[-1].file)
        paths, size = _files(draft, manifest, mine, wanted.path)
    finally:
        with suppress(DiskTrouble):
            drop_file(draft)
    progress(1.0)
    return Made(paths, size, len(parts.docs), parts.revisions, manifest)


def _filled(stream: BinaryIO, ground: _Ground, parts: _Parts, wanted: Wanted, progress: Progress) -> dict[str, Reached]:
    """Write all parts one after the other; up to where each place is in them."""
    shelf, blobs = ground.shelf, ground.blobs
    upto: dict[str, Reached] = {}
    places = list(wanted.places) or shelf.places()
    for number, place in enumerate(places):
        reached = _last(shelf, place)
        news = (each for each in _news(shelf, place, wanted) if not each.doc.startswith(PERSON))
        for some in _portions(news):
            stream.write(parts.add(place, some))
        if reached is not None:
            upto[place] = reached
        progress((number + 1) / (len(places) + 1))
    for pieces in _together(parts.pieces, blobs):
        stream.write(parts.add_pieces(pieces))
    if not parts.made:
        raise Refused("sync.bundle.nothing")
    return upto


class _Parts:
    """The parts of a bundle as they are made."""

    def __init__(self, key: bytes, cancelled: Callable[[], bool]) -> None:
        self.key = key
        self._cancelled = cancelled
        self.made: list[Part] = []
        self.docs: set[str] = set()
        self.pieces: list[str] = []
        """Pieces of files that the revisions speak of."""
        self.revisions = 0
        self._bytes = 0

    def add(self, place: str, revisions: Sequence[Revised]) -> bytes:
        """The next part, sealed. Raises `Refused` where it is more than one bundle may hold, or was cancelled."""
        self.docs.update(each.doc for each in revisions)
        self.pieces += [name for each in revisions if (name := piece_of(each.doc))]
        self.revisions += len(revisions)
        return self._sealed(REVISIONS, archive.pack(revisions_part(place, revisions)))

    def add_pieces(self, pieces: Sequence[bytes]) -> bytes:
        """The next part, of pieces of files."""
        return self._sealed(PIECES, pieces_part(pieces))

    def _sealed(self, head: str, data: bytes) -> bytes:
        if self._cancelled():
            raise Refused("sync.bundle.cancelled")
        name = f"{head}{len(self.made) + 1:04}"
        box = b"".join(seal.sealed(self.key, name, [data]))
        self._bytes += len(box)
        if self._bytes > archive.MOST_BYTES or len(self.made) + 3 > archive.MOST_ENTRIES:
            raise Refused("sync.bundle.too_much", most_mb=archive.MOST_BYTES >> 20)
        self.made.append(Part(name, len(box), hashlib.sha256(box).hexdigest(), 1))
        return box


def _together(names: Sequence[str], blobs: Blobs) -> Iterator[list[bytes]]:
    """The pieces of those names that are here, some for each part. One that is not here comes with a later bundle
    of who has it."""
    some: list[bytes] = []
    for name in dict.fromkeys(names):
        data = blobs.read(name)
        if data:
            some.append(data)
        if sum(map(len, some)) >= PART_BYTES:
            yield some
            some = []
    if some:
        yield some


def _news(shelf: Shelf, place: str, wanted: Wanted) -> Iterator[Revised]:
    """What of a place the receiver is not known to have."""
    since = _delivered(shelf, place, wanted.to.fingerprint, whole=True)
    if wanted.whole:
        return _changed(shelf, place, since)
    return _unsent(shelf, place, max(since, _delivered(shelf, place, wanted.to.fingerprint, whole=False)))


def _delivered(shelf: Shelf, place: str, fingerprint: str, *, whole: bool) -> int:
    point = shelf.checkpoint(peer(fingerprint, whole=whole), place)
    return 0 if point is None else point.pushed


def _changed(shelf: Shelf, place: str, since: int) -> Iterator[Revised]:
    """All open ends of documents that changed after our sequence `since`."""
    while rows := (read := shelf.changes(place, since, _MANY)).rows:
        named = [Named(row.doc, leaf) for row in rows for leaf in row.leaves]
        yield from (each for each in shelf.revisions(place, named) if each is not None)
        since = read.last


def _unsent(shelf: Shelf, place: str, since: int) -> Iterator[Revised]:
    """Of those, the ones the centre does not hold."""
    changed = set(_docs(shelf, place, since)) if since else None
    mark = 0
    while offers := shelf.offers(place, most=_MANY, most_bytes=_LOOK_BYTES, after=mark):
        yield from (each.revision for each in offers if changed is None or each.revision.doc in changed)
        mark = offers[-1].mark


def _docs(shelf: Shelf, place: str, since: int) -> Iterator[str]:
    while rows := (read := shelf.changes(place, since, _MANY)).rows:
        yield from (row.doc for row in rows)
        since = read.last


def _portions(revisions: Iterator[Revised]) -> Iterator[list[Revised]]:
    """Cut so that each makes a part of a handy size."""
    some: list[Revised] = []
    size = 0
    for each in revisions:
        some.append(each)
        # Near enough, and a hundred times cheaper than writing it out twice.
        size += len(str(each.body)) + len(each.doc) + 40 * len(each.path)
        if size >= PART_BYTES:
            yield some
            some, size = [], 0
    if some:
        yield some


def _last(shelf: Shelf, place: str) -> Reached | None:
    """Up to where a place goes now."""
    rows = shelf.changes(place, 0, 1, descending=True).rows
    if not rows or not rows[0].leaves:
        return None
    return Reached(int(rows[0].seq), rows[0].doc, rows[0].leaves[0])


def _number(profile: Profile, wanted: Wanted, clock: Clock) -> int:
    """A number above all that this receiver was ever given, remembered before anything bears it."""
    now = millis(clock.now())
    given = [now]

    def count_on(exchange: Exchange) -> Exchange:
        known = exchange.contact(wanted.to.fingerprint) or Contact(wanted.to.text, wanted.to.fingerprint)
        # One from a clock that was far ahead would never be taken anyway: it does not hold up the sound ones.
        given[0] = max(now, known.sent + 1 if known.sent <= now + AHEAD_MS else now)
        return exchange.with_contact(replace(known, sent=given[0]))

    change(profile, count_on)
    return given[0]


def _spread(parts: Sequence[Part], split_bytes: int) -> Iterator[Part]:
    """The parts with the number of the file each goes into."""
    number, size = 1, 0
    for part in parts:
        if split_bytes and size and size + part.size > split_bytes:
            number, size = number + 1, 0
        size += part.size
        yield part._replace(file=number)


def file_name(path: Path, number: int, files: int) -> Path:
    """Name of one of the files of a bundle."""
    return path if files == 1 else path.with_name(f"{path.stem}-{number}-dari-{files}{path.suffix}")


def _files(draft: Path, manifest: Manifest, mine: Identity, path: Path) -> tuple[tuple[Path, ...], int]:
    raw, signature = written(manifest, mine)
    paths = tuple(file_name(path, number, manifest.files) for number in range(1, manifest.files + 1))
    size = 0
    try:
        with draft.open("rb") as source:
            for number, each in enumerate(paths, 1):
                inside = ((part.name, source.read(part.size)) for part in manifest.parts if part.file == number)
                with writing(each) as stream:
                    size += archive.write(stream, chain([(MANIFEST, raw), (SIGNATURE, signature)], inside))
    except OSError as error:
        raise disk_trouble(error, path) from error
    return paths, size
