"""Photos and files between the store and the centre, piece by piece: small pictures first, then what they are of.

    ours, not held ─ _revs_diff ─► missing there ─ _bulk_docs with the bytes ─ _revs_diff ─► held: leaves the outbox
    theirs, lacking ─ GET piece (from where it was cut) ─► begun … ─► whole? hash right? ─► kept, noted

Plain code with everything handed in. A turn moves a small portion and ends, so that documents never wait for a photo;
wherever it is cut, the next one goes on at that place: pieces that are there stay there, also parts of pieces that
are fetched. Bytes that are not what their name says are thrown away and asked for anew. Faults of the link come
through to who runs it, who has the one back-off for the whole hub.
"""

from __future__ import annotations

import base64
import queue
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote

from console.core.clock import Clock
from console.core.errors import DiskTrouble
from console.core.pieces import ATTACHMENT, OCTETS, piece_document, piece_of, piece_size
from console.core.records import FileRow
from console.core.replica import Named, NotTaken, Offer, Revised
from console.store.blobs import Blob, Blobs
from sync.couch import Call, Reply, read_bulk_docs, read_diff, revs_diff, sent

PROBE = Named("piece:probe", "1-00000000000000000000000000000000")
"""Nobody has it: only who looked says so."""
MOST_ASKED = 64
"""Pieces in one question whether they are held."""
TURN_S = 8.0
"""About so long one portion takes on the link as it was measured."""
LEAST_PORTION, MOST_PORTION = 4 << 10, 1 << 20
_FIRST_RATE = 64 << 10
_SLOWEST = 400.0
"""Bytes a second below which a portion is given up."""
WRONG_TIMES = 3
"""So often bytes with the wrong hash are asked for anew at once."""
AGAIN_S, LONGEST_S = 2.0, 3600.0
"""A piece the centre has not (the deed may come before its photo), or has wrong, is asked for again after that, and
then less and less often."""


class Net(Protocol):
    """One lane of the link to the centre."""

    def call(self, call: Call) -> Reply:
        """The answer; raises `Away`, `Denied`, `BadAnswer`."""
        ...


class FileDesk(Protocol):
    """The store, as far as it is needed here. What writes returns when it is on the disk."""

    def offers(self, most: int) -> Sequence[Offer]:
        """Documents of the place of files that the centre does not hold, the oldest first."""
        ...

    def since(self, number: int) -> tuple[Sequence[FileRow], int]:
        """Files heard of after a row of the history, and the last row looked at."""
        ...

    def named(self, sha256: str) -> Sequence[FileRow]:
        """Files of that content, wherever they are attached."""
        ...

    def lacking(self, names: Sequence[str]) -> Sequence[str]:
        """Those of the names whose bytes are not known to be here."""
        ...

    def came(self, blobs: Sequence[Blob], complaints: Iterable[str]) -> None:
        """These pieces lie on the disk now, and the centre holds them."""
        ...

    def lost(self, names: Sequence[str], complaints: Iterable[str]) -> None:
        """These are not on the disk, though they were known."""
        ...

    def settle(self, held: Sequence[Named], refused: Sequence[NotTaken], complaints: Iterable[str]) -> None:
        """What the centre said of what it was offered."""
        ...

    def enough(self) -> bool:
        """Whether so much is here already that only what people look at is fetched."""
        ...

    def least_free(self) -> int:
        """Bytes that must stay free on the disk. Raises `DiskTrouble` where nothing more is to be fetched."""
        ...


@dataclass(slots=True)
class Pace:
    """How fast the link was lately, and how much fits into one portion."""

    rate: float = _FIRST_RATE
    most: int = MOST_PORTION
    """Less where somebody on the way takes no more."""

    def took(self, size: int, seconds: float) -> None:
        """So many bytes took so long."""
        if size >= 512:
            self.rate = 0.6 * self.rate + 0.4 * size / max(seconds, 0.001)

    @property
    def portion(self) -> int:
        """Bytes for one request."""
        return int(min(self.most, max(LEAST_PORTION, self.rate * TURN_S)))

    def deadline_s(self, size: int) -> float:
        """How long a request of so many bytes may take."""
        return 15.0 + size / max(_SLOWEST, self.rate / 4)


@dataclass(slots=True)
class Later:
    """What is asked for again later."""

    clock: Clock
    _until: dict[str, tuple[float, float]] = field(default_factory=dict)

    def put(self, name: str) -> None:
        """Not before a while, each time a longer one."""
        pause = min(LONGEST_S, 2 * self._until[name][1]) if name in self._until else AGAIN_S
        self._until[name] = self.clock.monotonic_s() + pause, pause

    def drop(self, name: str) -> None:
        """It may be asked for at once."""
        self._until.pop(name, None)

    def due_s(self) -> float | None:
        """Seconds until the next is due, None for none."""
        now_s = self.clock.monotonic_s()
        left = [until - now_s for until, _ in self._until.values() if until > now_s]
        return min(left, default=None)

    def waits(self, name: str) -> bool:
        """Whether its time has not come."""
        return name in self._until and self._until[name][0] > self.clock.monotonic_s()


class Files:
    """The exchange of files with one centre. One thread runs it; `prefer` may come from any."""

    def __init__(self, thumbs: Net, photos: Net, desk: FileDesk, blobs: Blobs, clock: Clock, *, database: str) -> None:
        """`thumbs` and `photos` are lanes of the same link; `database` is the centre's name for the place of files."""
        self._nets = {True: thumbs, False: photos}
        self._desk = desk
        self._blobs = blobs
        self._clock = clock
        self._database = database
        self.pace = Pace()
        self._later = Later(clock)
        self._wrong: dict[str, int] = {}
        self._open: dict[str, FileRow] = {}
        """Files that are not whole here as far as we know, by the command that brought them, the oldest first."""
        self._small: set[str] = set()
        """Names of all small pictures."""
        self._about: dict[str, str] = {}
        """Complaint of each piece heard of."""
        self._seen = 0
        self._asked: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._first: list[str] = []

    def prefer(self, sha256: str) -> None:
        """Somebody looks at this file: it goes before the others, and what is known of its bytes is looked at."""
        self._asked.put(sha256)

    def turn(self) -> bool:
        """Move one portion; whether another turn is worth it. Raises what the link raises, and `DiskTrouble`."""
        self._hear()
        return self._give(small=True) or self._fetch(small=True) or self._give(small=False) or self._fetch(small=False)

    @property
    def pause_s(self) -> float | None:
        """Seconds until another turn is worth it though nothing new was heard; None for none."""
        return self._later.due_s()

    def _hear(self) -> None:
        """Deeds that brought files since we looked, and what people look at."""
        while True:
            told, last = self._desk.since(self._seen)
            if last == self._seen:
                break
            self._seen = last
            for each in told:
                self._open[_key(each)] = each
                self._small |= {each.thumb} - {""}
                self._about |= dict.fromkeys((*each.pieces, each.thumb), each.complaint)
        while not self._asked.empty():
            self._look_again(self._asked.get())

    # giving

    def _give(self, *, small: bool) -> bool:
        """Offer one portion of what the centre lacks."""
        net = self._nets[small]
        offers = [
            each.revision
            for each in self._desk.offers(MOST_ASKED * 8)
            if (piece_of(each.revision.doc) in self._small) is small
        ]
        chosen = [each for each in offers if not self._later.waits(each.doc)][:MOST_ASKED]
        if not chosen:
            return False
        missing = self._missing(net, chosen)
        self._settle([each for each in chosen if Named(each.doc, each.rev) not in missing], [])
        given, refused = self._portion([each for each in chosen if Named(each.doc, each.rev) in missing])
        self._settle([], refused)
        if given:
            self._send(net, given)
        return True

    def _missing(self, net: Net, revisions: Sequence[Revised]) -> set[Named]:
        """Those the centre does not hold."""
        asked: dict[str, list[str]] = {PROBE.doc: [PROBE.rev]}
        for each in revisions:
            asked.setdefault(each.doc, []).append(each.rev)
        reply = net.call(revs_diff(self._database, asked))
        found = read_diff(reply, PROBE)
        return {named for each in revisions if (named := Named(each.doc, each.rev)).rev in found.get(each.doc, ())}

    def _portion(self, revisions: Sequence[Revised]) -> tuple[list[tuple[Revised, bytes]], list[NotTaken]]:
        """As many with their bytes as go at once, at least one; and those whose bytes are gone."""
        given: list[tuple[Revised, bytes]] = []
        refused: list[NotTaken] = []
        size = 0
        for each in revisions:
            name = piece_of(each.doc)
            data = self._blobs.read(name) if name else None
            if data is None:
                refused.append(NotTaken(each.doc, each.rev, "files.bytes_gone", {"file": name[:12]}))
                continue
            if given and size + len(data) > self.pace.portion:
                break
            given.append((each, data))
            size += len(data)
        return given, refused

    def _send(self, net: Net, given: Sequence[tuple[Revised, bytes]]) -> None:
        size = sum(len(data) for _, data in given)
        body = {"new_edits": False, "docs": [_with_bytes(each, data) for each, data in given]}
        call = Call("POST", self._at("_bulk_docs"), body=body, deadline_s=self.pace.deadline_s(2 * size))
        began_s = self._clock.monotonic_s()
        reply = net.call(call)
        self.pace.took(size, self._clock.monotonic_s() - began_s)
        revisions = [each for each, _ in given]
        if reply.status == 413:
            self._too_big(revisions)
            return
        errors = read_bulk_docs(reply)
        missing = self._missing(net, revisions)
        held = [each for each in revisions if Named(each.doc, each.rev) not in missing]
        refused = [
            NotTaken(each.doc, each.rev, "files.not_taken", {"reason": ": ".join(errors[each.doc])[:200]})
            for each in revisions
            if each.doc in errors and each not in held
        ]
        self._settle(held, refused)
        for left in revisions:
            if left not in held and left.doc not in errors:
                self._later.put(left.doc)

    def _too_big(self, revisions: Sequence[Revised]) -> None:
        """What stands before the centre takes no request of that size: smaller ones, down to one piece."""
        if len(revisions) == 1:
            self._settle([], [NotTaken(revisions[0].doc, revisions[0].rev, "files.not_taken", {"reason": "413"})])
        self.pace.most = max(LEAST_PORTION, min(self.pace.most, self.pace.portion) // 4)

    def _settle(self, held: Sequence[Revised], refused: Sequence[NotTaken]) -> None:
        if held or refused:
            names = [piece_of(doc) for doc in [*(each.doc for each in held), *(each.doc for each in refused)]]
            self._desk.settle([Named(each.doc, each.rev) for each in held], refused, self._complaints(names))

    # fetching

    def _fetch(self, *, small: bool) -> bool:
        """Ask for one portion of what is lacking here."""
        wanted = self._next_small() if small else self._next_piece()
        if wanted is None:
            return False
        name, size = wanted
        try:
            least_free = self._desk.least_free()
            moved = self._known(name) or self._ask(self._nets[small], name, size, least_free)
        except DiskTrouble:
            self._later.put(name)
            raise
        return moved

    def _next_small(self) -> tuple[str, int] | None:
        """The newest small picture that is lacking."""
        names = [each.thumb for each in reversed(self._open.values()) if each.thumb]
        lacking = [name for name in self._desk.lacking(names) if not self._later.waits(name)]
        return (lacking[0], 0) if lacking else None

    def _next_piece(self) -> tuple[str, int] | None:
        """The next lacking piece of the file somebody looks at, else of the newest; files that are whole are done."""
        order = {name: place for place, name in enumerate(self._first)}
        newest = reversed(list(self._open.items()))
        enough = self._desk.enough()
        for key, each in sorted(newest, key=lambda item: order.get(item[1].sha256, len(order))):
            if enough and each.sha256 not in order:
                return None
            lacking = self._desk.lacking(each.pieces)
            if not lacking and not self._desk.lacking([each.thumb] if each.thumb else []):
                del self._open[key]
                continue
            for name in lacking:
                if not self._later.waits(name):
                    return name, piece_size(each.bytes, each.pieces.index(name))
        return None

    def _look_again(self, sha256: str) -> None:
        """Somebody looks at a file: what is known of its bytes may be wrong. They were let go, or got damaged."""
        self._first = [sha256, *(name for name in self._first if name != sha256)][:MOST_ASKED]
        for each in self._desk.named(sha256):
            names = [name for name in (*each.pieces, each.thumb) if name]
            gone = set(self._desk.lacking(names))
            lost = [name for name in names if name not in gone and self._blobs.read(name) is None]
            if lost:
                self._desk.lost(lost, [each.complaint])
            if lost or gone:
                self._open[_key(each)] = each
                for name in names:
                    self._later.drop(name)

    def _known(self, name: str) -> bool:
        """Whether the bytes lie here whole already: the write was not noted when we were killed."""
        data = self._blobs.read(name)
        if data is None:
            return False
        self._came(Blob.of(data))
        return True

    def _ask(self, net: Net, name: str, size: int, least_free: int) -> bool:
        """Ask for a piece, or for the next part of it (`size` 0: not known, then all at once)."""
        start = self._blobs.begun(name)
        if start and start == size:
            return self._finished(name, least_free)  # all of it came, and there was no room for it
        if start and (not size or start > size):
            self._blobs.give_up(name)
            start = 0
        end = min(size, start + self.pace.portion)
        part = bool(size) and (start > 0 or end < size)
        headers = {"Range": f"bytes={start}-{end - 1}"} if part else {}
        path = self._at(quote(piece_document(name), safe=""), ATTACHMENT)
        call = Call("GET", path, accept=OCTETS, deadline_s=self.pace.deadline_s(end - start), headers=headers)
        began_s = self._clock.monotonic_s()
        reply = net.call(call)
        if reply.status == 404:
            self._later.put(name)
            return True
        if not self._grown(name, reply, start, size):
            return self._was_wrong(name)
        self.pace.took(len(reply.body), self._clock.monotonic_s() - began_s)
        if part and self._blobs.begun(name) < size:
            return True
        return self._finished(name, least_free)

    def _finished(self, name: str, least_free: int) -> bool:
        blob = self._blobs.finish(name, least_free=least_free)
        if blob is None:
            return self._was_wrong(name)
        self._came(blob)
        return True

    def _grown(self, name: str, reply: Reply, start: int, size: int) -> bool:
        """Put the bytes of an answer where they belong; false where they cannot be the ones asked for."""
        data = reply.body
        if reply.status not in (200, 206) or not isinstance(data, bytes) or not data:
            return False
        if reply.status == 200:
            # Who knows no ranges sends all.
            self._blobs.give_up(name)
            return (not size or len(data) == size) and self._blobs.grow(name, data, start=0) == len(data)
        if not reply.headers.get("content-range", "").startswith(f"bytes {start}-") or start + len(data) > size:
            return False
        return self._blobs.grow(name, data, start=start) == start + len(data)

    def _was_wrong(self, name: str) -> bool:
        """Throw away what came. It is asked for anew, at once while that is not hopeless."""
        self._blobs.give_up(name)
        self._wrong[name] = self._wrong.get(name, 0) + 1
        if self._wrong[name] % WRONG_TIMES == 0:
            self._later.put(name)
        return True

    def _came(self, blob: Blob) -> None:
        self._wrong.pop(blob.sha256, None)
        self._later.drop(blob.sha256)
        self._desk.came([blob], self._complaints([blob.sha256]))

    def _at(self, *parts: str) -> str:
        return "/".join(("", quote(self._database, safe=""), *parts))

    def _complaints(self, names: Iterable[str]) -> set[str]:
        return {self._about[name] for name in names if name in self._about}


def _with_bytes(revision: Revised, data: bytes) -> dict[str, Any]:
    """A document of a piece with its bytes in it, as it stands in a request."""
    stubs: Mapping[str, Any] = revision.body.get("_attachments", {})
    kind = stubs.get(ATTACHMENT, {}).get("content_type", OCTETS)
    inline = {ATTACHMENT: {"content_type": kind, "data": base64.b64encode(data).decode("ascii")}}
    return {**sent(revision), "_attachments": inline}


def _key(file: FileRow) -> str:
    return file.command or str(file.n)
