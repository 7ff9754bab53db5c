"""Taking a bundle: everything about it is asked before anything of it is believed, and each part before it is opened.

    whose? ─► for us? ─► of our city? ─► not run out, not older than what we have, not from tomorrow?
    each part: in the manifest? its hash? ─► opened ─► revisions into the store, as not held by the centre
    all parts there ─► its number counts ─► a receipt to carry back

Parts may come in any order, in several files, at several times; one that is in the store is passed over. A part
that is damaged costs only itself: what comes after it is taken, and a whole copy of the file brings it. One that
arrived as it was sent and cannot be read is told in the receipt, and the sender tells all of it again with the next.
Nothing of a bundle ever names a place on this machine.
"""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from console.core.clock import Clock, from_millis, millis
from console.core.errors import BadAnswer, Refused
from console.core.people import PERSON
from console.core.places import is_of
from console.core.replica import Checkpoint, NotTaken, Page, Revised, Session, Taken
from console.store.backup import Progress, go_on, unheard
from console.store.blobs import Blob, Blobs
from console.store.exchange import Begun, Contact, Exchange, change, look
from console.store.files import Profile
from console.store.shelf import Shelf
from sync import archive, seal
from sync.bundle import form
from sync.bundle.form import MANIFEST, RECEIPT, SIGNATURE, Manifest, Part, day
from sync.bundle.make import AHEAD_MS, peer
from sync.given_file import reading
from sync.seal import Identity

_MANY = 1000
_TOLD = 100
"""Refused revisions that are named in a receipt."""

Put = Callable[[Page], Taken]
"""Stores a page: the keeper's hand, or the store's own where no engine runs."""
Remember = Callable[[Checkpoint], object]
Note = Callable[[Sequence[Blob]], object]
"""Hears of pieces of files that lie on the disk now."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """What came of one bundle, after all the files given."""

    manifest: Manifest
    id: str
    again: bool
    """It had been taken before: nothing was done."""
    fresh: int = 0
    """Revisions that were news."""
    conflicts: int = 0
    refused: tuple[NotTaken, ...] = ()
    """Parts that could not be read (without a revision), and revisions that could not be stored; they stop no other."""
    missing: tuple[Part, ...] = ()
    """Parts that did not come yet."""
    receipt: bytes = b""
    """The file to carry back, once nothing is missing."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a receipt told us."""

    contact: Contact
    number: int
    """Of our bundle."""
    places: int
    """Places of which we now know that the other has them up to there; 0 where it was known before."""
    fresh: int
    refused: tuple[NotTaken, ...]
    unread: bool = False
    """Some of it could not be read there: it goes with the next bundle again."""


class _Answer(NamedTuple):
    """What a receipt says: the bundle of ours it is for, and what became of it."""

    sent: Manifest
    fresh: int
    refused: tuple[NotTaken, ...]
    unread: bool


class _Inside(NamedTuple):
    """What is in a part: revisions of a place, or pieces of files."""

    place: str = ""
    revisions: Sequence[Revised] = ()
    pieces: Sequence[bytes] = ()


@dataclass(slots=True)
class _Sum:
    fresh: int = 0
    conflicts: int = 0
    unread: dict[str, NotTaken] = field(default_factory=dict)
    """Parts that are what the sender sealed, and cannot be read."""
    stored: list[NotTaken] = field(default_factory=list)

    @property
    def refused(self) -> tuple[NotTaken, ...]:
        return (*self.unread.values(), *self.stored)

    def add(self, taken: Taken) -> None:
        self.fresh += taken.fresh
        self.conflicts += taken.conflicts
        self.stored += taken.refused


@dataclass(frozen=True, slots=True)
class _Hands:
    """Who stores what comes, and who is told."""

    put: Put
    note: Note
    progress: Progress
    cancelled: Callable[[], bool]


class Desk:
    """Who takes bundles: this console with its key and its contacts."""

    def __init__(self, profile: Profile, mine: Identity, city: str, clock: Clock) -> None:
        self.profile = profile
        self.mine = mine
        self._city = city
        self._clock = clock
        self._blobs = Blobs(profile.blobs)

    def take(
        self,
        path: Path,
        put: Put,
        *,
        note: Note,
        progress: Progress = unheard,
        cancelled: Callable[[], bool] = go_on,
    ) -> Incoming:
        """Take one file of a bundle; `note` hears of the pieces of files that lie on the disk now.

        Raises `BadAnswer` for what is no sound bundle, `Refused` for one that must not be taken; parts that were
        sound stay taken.
        """
        with reading(path) as stream:
            return self._take(stream, _Hands(put, note, progress, cancelled))

    def _take(self, stream: BinaryIO, hands: _Hands) -> Incoming:
        entries = archive.read(stream)
        raw, signature, manifest = _head(entries)
        if manifest.kind == RECEIPT:
            raise Refused("sync.bundle.is_receipt")
        name = identifier(raw)
        contact = self.judged(manifest, name)
        if contact.taken_id == name:
            return Incoming(manifest, name, True, receipt=self._receipt(manifest, raw, signature, _Sum()))
        key = self.mine.open_key(manifest.slots)
        done = set(contact.begun[name].parts) if name in contact.begun else set()
        wanted = {part.name: part for part in manifest.parts}
        total = _Sum()
        damage: BadAnswer | None = None
        for entry in entries:
            if entry.name not in wanted:
                raise BadAnswer("sync.bundle.stray", name=entry.name)
            if entry.name in done:
                continue
            if hands.cancelled():
                raise Refused("sync.bundle.cancelled")
            try:
                box = proved(wanted[entry.name], entry)
            except BadAnswer as error:
                damage = damage or error
                continue
            try:
                inside = self._inside(key, box, entry.name)
            except BadAnswer as error:
                total.unread[entry.name] = NotTaken(entry.name, "", error.says, error.values)
            else:
                self._store(inside, manifest, hands, total)
                done.add(entry.name)
                self._remember(manifest, name, done)
            hands.progress((len(done) + len(total.unread)) / len(wanted))
        if damage is not None:
            raise damage
        missing = tuple(part for part in manifest.parts if part.name not in done and part.name not in total.unread)
        if missing:
            return Incoming(manifest, name, False, total.fresh, total.conflicts, total.refused, missing)
        if not total.unread:
            self._complete(manifest, name)
        receipt = self._receipt(manifest, raw, signature, total)
        return Incoming(manifest, name, False, total.fresh, total.conflicts, total.refused, (), receipt)

    def _inside(self, key: bytes, box: bytes, name: str) -> _Inside:
        """What is in a part that is the one promised. Raises `BadAnswer` where nobody can read it."""
        if form.is_pieces(name):
            return _Inside(pieces=opened_pieces(key, box, name))
        place, revisions = opened(key, box, name)
        if not is_of(place, self._city):
            raise BadAnswer("sync.bundle.form", what=name)
        return _Inside(place, revisions)

    def _store(self, inside: _Inside, manifest: Manifest, hands: _Hands, total: _Sum) -> None:
        if inside.pieces:
            hands.note([self._blobs.keep(each) for each in inside.pieces])
        by = peer(manifest.sender.fingerprint, whole=False)
        # Who may sign in is said by the centre alone: whoever took a trusted laptop does not make administrators.
        told = [each for each in inside.revisions if not str(each.doc).startswith(PERSON)]
        for start in range(0, len(told), _MANY):
            total.add(hands.put(Page(inside.place, told[start : start + _MANY], held=False, by=by)))

    def judged(self, manifest: Manifest, name: str) -> Contact:
        """Who sent it, if it may be taken. Raises `Refused`."""
        contact = look(self.profile).contact(manifest.sender.fingerprint)
        if contact is None or not contact.trusted:
            key = manifest.sender
            who, words = manifest.name or key.fingerprint, " ".join(key.words)
            raise Refused("sync.bundle.stranger", name=manifest.name, who=who, words=words, key=key.text)
        if self.mine.public.fingerprint not in manifest.audience:
            raise Refused("sync.bundle.not_for_us")
        if manifest.channel != self._city:
            raise Refused("sync.bundle.channel", city=manifest.channel, ours=self._city)
        now = self._clock.now()
        if manifest.number > millis(now) + AHEAD_MS:
            raise Refused("sync.bundle.future", made=day(manifest.number), now=now.strftime("%Y-%m-%d"))
        if manifest.expires_at < now:
            raise Refused(
                "sync.bundle.expired", made=day(manifest.number), until=manifest.expires_at.strftime("%Y-%m-%d")
            )
        if manifest.number <= contact.taken and name != contact.taken_id:
            raise Refused("sync.bundle.old", made=day(manifest.number), newest=day(contact.taken))
        return contact

    def _remember(self, manifest: Manifest, name: str, done: set[str]) -> None:
        def noted(exchange: Exchange) -> Exchange:
            contact = exchange.contact(manifest.sender.fingerprint)
            assert contact is not None
            begun = {**contact.begun, name: Begun(manifest.number, tuple(sorted(done)))}
            return exchange.with_contact(replace(contact, begun=begun))

        change(self.profile, noted)

    def _complete(self, manifest: Manifest, name: str) -> None:
        def noted(exchange: Exchange) -> Exchange:
            contact = exchange.contact(manifest.sender.fingerprint)
            assert contact is not None
            begun = {key: each for key, each in contact.begun.items() if each.number > manifest.number}
            return exchange.with_contact(replace(contact, taken=manifest.number, taken_id=name, begun=begun))

        change(self.profile, noted)

    def _receipt(self, manifest: Manifest, raw: bytes, signature: bytes, total: _Sum) -> bytes:
        """The file that tells the sender what we have."""
        answers = {
            "manifest": base64.b64encode(raw).decode("ascii"),
            "signature": signature.decode("utf-8"),
            "fresh": total.fresh,
            "refused": [[each.doc, each.rev, each.says] for each in total.refused[:_TOLD]],
            "unread": list(total.unread),
        }
        now = self._clock.now()
        receipt = Manifest(
            kind=RECEIPT,
            channel=self._city,
            number=millis(now),
            expires_at=from_millis(millis(now)) + (manifest.expires_at - manifest.made_at),
            sender=self.mine.public,
            audience=(manifest.sender.fingerprint,),
            answers=answers,
        )
        return receipt_file(receipt, self.mine)

    def settle(self, path: Path, shelf: Shelf, remember: Remember) -> Delivered:
        """Take a receipt: what it is for is not sent to that console again. Raises `BadAnswer`, `Refused`."""
        with reading(path) as stream:
            entries = archive.read(stream)
            _, _, receipt = _head(entries)
            if receipt.kind != RECEIPT:
                raise Refused("sync.bundle.is_bundle")
            for entry in entries:
                raise BadAnswer("sync.bundle.stray", name=entry.name)
        answer = self._answered(receipt)
        sent = answer.sent
        contact = look(self.profile).contact(receipt.sender.fingerprint)
        if contact is None or receipt.sender.fingerprint not in sent.audience:
            raise Refused("sync.bundle.not_answered")
        if answer.unread:
            # Which documents were in those parts nobody knows any more: all of it goes again.
            return Delivered(contact, sent.number, 0, answer.fresh, answer.refused, unread=True)
        places = sum(self._reached(sent, contact, place, shelf, remember) for place in sent.upto)

        def noted(exchange: Exchange) -> Exchange:
            known = exchange.contact(contact.fingerprint) or contact
            return exchange.with_contact(replace(known, acknowledged=max(known.acknowledged, sent.number)))

        change(self.profile, noted)
        return Delivered(contact, sent.number, places, answer.fresh, answer.refused)

    def _answered(self, receipt: Manifest) -> _Answer:
        if self.mine.public.fingerprint not in receipt.audience or receipt.channel != self._city:
            raise Refused("sync.bundle.not_for_us")
        told: Mapping[str, Any] = receipt.answers
        try:
            raw = base64.b64decode(told["manifest"], validate=True)
            sent = form.read(raw, told["signature"].encode("utf-8"))
            fresh = int(told["fresh"])
            refused = tuple(NotTaken(str(doc), str(rev), str(says)) for doc, rev, says in told["refused"])
            unread = len(told.get("unread", ())) > 0
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadAnswer("sync.bundle.form", what=RECEIPT) from error
        if sent.sender != self.mine.public:
            raise Refused("sync.bundle.not_answered")
        return _Answer(sent, fresh, refused, unread)

    def _reached(self, sent: Manifest, contact: Contact, place: str, shelf: Shelf, remember: Remember) -> bool:
        """Remember up to where the other has a place, if our numbers of changes are still the ones of then."""
        reached = sent.upto[place]
        name = peer(contact.fingerprint, whole=sent.whole)
        known = shelf.checkpoint(name, place)
        if known is not None and known.pushed >= reached.seq:
            return False
        # A restored store counts anew: then what stood at that number is not here, and the next bundle tells it again.
        if shelf.state(place).seq < reached.seq or shelf.revision(place, reached.doc, reached.rev) is None:
            return False
        session = Session(str(sent.number), "0", reached.seq)
        remember(Checkpoint(name, place, sessions=(session,)))
        return True


def identifier(manifest: bytes) -> str:
    """The bundle's own name: nothing else has the same manifest."""
    return hashlib.sha256(manifest).hexdigest()[:32]


def proved(part: Part, entry: archive.Entry) -> bytes:
    """The bytes of a part, if they are the ones the manifest promises. Raises `BadAnswer`."""
    if entry.size != part.size:
        raise BadAnswer("sync.bundle.damaged", name=part.name)
    box = entry.whole(form.MOST_PART)
    if hashlib.sha256(box).hexdigest() != part.sha256:
        raise BadAnswer("sync.bundle.damaged", name=part.name)
    return box


def opened(key: bytes, box: bytes, name: str) -> tuple[str, list[Revised]]:
    """Place and revisions of a sealed part. Raises `BadAnswer`."""
    packed = b"".join(seal.opened(key, name, [box]))
    return form.read_revisions(archive.unpack(packed, form.MOST_PART, name), name)


def opened_pieces(key: bytes, box: bytes, name: str) -> list[bytes]:
    """Pieces of files of a sealed part. Raises `BadAnswer`."""
    return form.read_pieces(b"".join(seal.opened(key, name, [box])), name)


def receipt_file(receipt: Manifest, mine: Identity) -> bytes:
    """A receipt as a file."""
    stream = io.BytesIO()
    raw, signature = form.written(receipt, mine)
    archive.write(stream, [(MANIFEST, raw), (SIGNATURE, signature)])
    return stream.getvalue()


def _head(entries: Iterator[archive.Entry]) -> tuple[bytes, bytes, Manifest]:
    """Manifest and signature: the first two parts of every file. Raises `BadAnswer`."""
    found = []
    for name, most in ((MANIFEST, form.MOST_MANIFEST), (SIGNATURE, form.MOST_SIGNATURE)):
        entry = next(entries, None)
        if entry is None or entry.name != name:
            raise BadAnswer("sync.bundle.form", what=name)
        found.append(entry.whole(most))
    return found[0], found[1], form.read(found[0], found[1])
