"""Photos and files between the store and the centre, piece by piece: small pictures first, then what they are of.

    ours, not held ─► given (sync/giving.py) ─► held: leaves the outbox
    theirs, lacking ─ GET piece (from where it was cut) ─► begun … ─► whole? hash right? ─► kept, noted

Plain code with everything handed in. Nothing moves before the centre is known to be ours (sync/custody.py). A turn
moves a small portion and ends, so that documents never wait for a photo; wherever it is cut, the next one goes on at
that place: pieces that are there stay there, also parts of pieces that are fetched. Bytes that are not what their name
says are thrown away and asked for anew. Faults of the link come through to who runs it, who has the one back-off for
the whole hub.
"""

from __future__ import annotations

import queue
from collections.abc import Iterable
from urllib.parse import quote

from console.core.clock import Clock
from console.core.errors import ConsoleError, DiskTrouble
from console.core.pieces import ATTACHMENT, OCTETS, piece_document, piece_size
from console.core.records import FileRow
from console.store.blobs import Blob, Blobs
from sync.couch import Call, Reply
from sync.custody import Custody
from sync.file_ground import FileDesk, Later, Pace
from sync.giving import Giving
from sync.peering import Fact, Net

WRONG_TIMES = 3
"""So often bytes with the wrong hash are asked for anew at once."""
MOST_FIRST = 64
"""Files somebody looked at that go before the others."""


class Files:
    """The exchange of files with one centre. One thread runs it; `prefer`, `choose`, `heard` may come from any."""

    def __init__(
        self,
        thumbs: Net,
        photos: Net,
        desk: FileDesk,
        blobs: Blobs,
        clock: Clock,
        *,
        custody: Custody,
        database: str,
    ) -> None:
        """`thumbs` and `photos` are lanes of the same link; `database` is the centre's name for the place of files."""
        self._nets = {True: thumbs, False: photos}
        self._desk = desk
        self._custody = custody
        self._blobs = blobs
        self._clock = clock
        self.place = self._database = database
        self.pace = Pace()
        self._later = Later(clock)
        self._giving = Giving(
            self._nets,
            desk,
            custody,
            blobs,
            clock,
            database=database,
            pace=self.pace,
            later=self._later,
            complaints=self._complaints,
        )
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
        more = False
        try:
            more = self._moved()
        except ConsoleError:
            self._giving.forget()
            self._custody.forget()
            raise
        finally:
            self._custody.turned(more=more)
        return more

    def _moved(self) -> bool:
        if self._custody.due and not self._custody.may():
            return False
        if self._giving.much_held and self._giving.settle():
            return True
        return self._give(small=True) or self._fetch(small=True) or self._give(small=False) or self._fetch(small=False)

    def _give(self, *, small: bool) -> bool:
        return self._giving.portion(self._small, small=small)

    @property
    def question(self) -> str:
        """The question a person has to answer before any photo goes, a phrase key; "" for none."""
        return self._custody.question

    def choose(self, choice: str) -> None:
        """A person's answer."""
        self._custody.choose(choice)

    def heard(self, fact: Fact) -> bool:
        """Something happened at another place of this centre. True where a turn is worth it for that."""
        return self._custody.heard(fact)

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

    # fetching

    def _fetch(self, *, small: bool) -> bool:
        """Ask for one portion of what is lacking here."""
        wanted = self._next_small() if small else self._next_piece()
        if wanted is None or not self._custody.may():
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
        self._first = [sha256, *(name for name in self._first if name != sha256)][:MOST_FIRST]
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


def _key(file: FileRow) -> str:
    return file.command or str(file.n)
