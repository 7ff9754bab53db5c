"""Pieces of photos and files that the centre does not hold, given to it portion by portion: the half of sync/files.py
that sends.

    ours, not held ─ _revs_diff ─► missing there ─ _bulk_docs with the bytes ─ _revs_diff ─► held ─ note left ─► settled
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from console.core.clock import Clock
from console.core.pieces import ATTACHMENT, OCTETS, piece_of
from console.core.replica import Named, NotTaken, Revised
from console.store.blobs import Blobs
from sync.asking import Asking
from sync.couch import Call, read_bulk_docs, sent
from sync.custody import Custody
from sync.file_ground import LEAST_PORTION, FileDesk, Later, Pace
from sync.peering import Net, Pages

MOST_ASKED = 64
"""Pieces in one question whether they are held, and in one settling."""
SETTLE_S = 30.0
"""What the centre is known to hold is settled after that at the latest. A note behind each portion would cost more
round trips than the portion."""


class Giving:
    """One thread at a time."""

    def __init__(
        self,
        nets: Mapping[bool, Net],
        desk: FileDesk,
        custody: Custody,
        blobs: Blobs,
        clock: Clock,
        *,
        database: str,
        pace: Pace,
        later: Later,
        complaints: Callable[[Iterable[str]], set[str]],
    ) -> None:
        """`nets` are lanes of the same link, that of small pictures by True; `complaints` tells whose pieces of these
        names are."""
        pages = Pages()
        self._nets = nets
        self._asks = {small: Asking(net, clock, clock.chance, database, pages) for small, net in nets.items()}
        self._path = f"/{quote(database, safe='')}/_bulk_docs"
        self._desk = desk
        self._custody = custody
        self._blobs = blobs
        self._clock = clock
        self._pace = pace
        self._later = later
        self._complaints = complaints
        self._held: dict[Named, Revised] = {}
        """Held there, as it says, and not settled yet."""
        self._held_s = 0.0
        self._look = 0
        """The look at who is there in which it said so. In another it may be an older state of itself."""

    def portion(self, names: Collection[str], *, small: bool) -> bool:
        """Give one portion of what the centre lacks: of these small pictures, or of all else. False for nothing."""
        offers = [
            each.revision
            for each in self._desk.offers(MOST_ASKED * 8)
            if (piece_of(each.revision.doc) in names) is small
        ]
        fresh = [each for each in offers if _named(each) not in self._held]
        chosen = [each for each in fresh if not self._later.waits(each.doc)][:MOST_ASKED]
        if not chosen:
            return not small and self.settle()
        if not self._custody.may():
            return False
        missing = self._asks[small].lacks(map(_named, chosen))
        if self._hold([each for each in chosen if _named(each) not in missing]):
            self.settle()
        given, refused = self._portion([each for each in chosen if _named(each) in missing])
        self._settle([], refused)
        if given:
            self._send(small, given)
        if len(given) == len(fresh):
            self.settle()  # no more to come
        return True

    @property
    def much_held(self) -> bool:
        """Whether it is time to settle."""
        return len(self._held) >= MOST_ASKED or bool(
            self._held and self._clock.monotonic_s() - self._held_s >= SETTLE_S
        )

    def settle(self) -> bool:
        """What the centre said that it holds is held, once a note was left behind that. False for nothing."""
        if not self._held or not self._custody.may() or self._look != self._custody.looks:
            self._held = {}
            return False
        seq = self._custody.seq()
        self._custody.mark(seq if self._desk.waiting() == len(self._held) else 0)
        held, self._held = self._held, {}
        self._settle(list(held.values()), [])
        return True

    def forget(self) -> None:
        """The link broke: what was not settled is asked about again."""
        self._held = {}

    def _portion(self, revisions: Sequence[Revised]) -> tuple[list[tuple[Revised, bytes]], list[NotTaken]]:
        """As many with their bytes as go at once, at least one; and those whose bytes are gone."""
        given: list[tuple[Revised, bytes]] = []
        refused: list[NotTaken] = []
        size = 0
        for each in revisions:
            if each.deleted:  # erased: the centre is to drop its bytes
                given.append((each, b""))
                continue
            name = piece_of(each.doc)
            data = self._blobs.read(name) if name else None
            if data is None:
                refused.append(NotTaken(each.doc, each.rev, "files.bytes_gone", {"file": name[:12]}))
                continue
            if given and size + len(data) > self._pace.portion:
                break
            given.append((each, data))
            size += len(data)
        return given, refused

    def _send(self, small: bool, given: Sequence[tuple[Revised, bytes]]) -> None:
        size = sum(len(data) for _, data in given)
        body = {"new_edits": False, "docs": [_with_bytes(each, data) for each, data in given]}
        call = Call("POST", self._path, body=body, deadline_s=self._pace.deadline_s(2 * size))
        began_s = self._clock.monotonic_s()
        reply = self._nets[small].call(call)
        self._pace.took(size, self._clock.monotonic_s() - began_s)
        revisions = [each for each, _ in given]
        if reply.status == 413:
            self._too_big(revisions)
            return
        errors = read_bulk_docs(reply)
        missing = self._asks[small].lacks(map(_named, revisions))
        held = [each for each in revisions if _named(each) not in missing]
        refused = [
            NotTaken(each.doc, each.rev, "files.not_taken", {"reason": ": ".join(errors[each.doc])[:200]})
            for each in revisions
            if each.doc in errors and each not in held
        ]
        self._hold(held)
        self._settle([], refused)
        for left in revisions:
            if left not in held and left.doc not in errors:
                self._later.put(left.doc)

    def _too_big(self, revisions: Sequence[Revised]) -> None:
        """What stands before the centre takes no request of that size: smaller ones, down to one piece."""
        if len(revisions) == 1:
            self._settle([], [NotTaken(revisions[0].doc, revisions[0].rev, "files.not_taken", {"reason": "413"})])
        self._pace.most = max(LEAST_PORTION, min(self._pace.most, self._pace.portion) // 4)

    def _hold(self, held: Sequence[Revised]) -> bool:
        """The centre says that it holds these. Whether it does any."""
        if self._look != self._custody.looks:
            self._held, self._look = {}, self._custody.looks
        if held and not self._held:
            self._held_s = self._clock.monotonic_s()
        self._held |= {_named(each): each for each in held}
        return bool(held)

    def _settle(self, held: Sequence[Revised], refused: Sequence[NotTaken]) -> None:
        if held or refused:
            names = [piece_of(doc) for doc in [*(each.doc for each in held), *(each.doc for each in refused)]]
            self._desk.settle([_named(each) for each in held], refused, self._complaints(names))


def _with_bytes(revision: Revised, data: bytes) -> dict[str, Any]:
    """A document of a piece with its bytes in it, as it stands in a request; without any where it is deleted."""
    if revision.deleted:
        return sent(revision)
    stubs: Mapping[str, Any] = revision.body.get("_attachments", {})
    kind = stubs.get(ATTACHMENT, {}).get("content_type", OCTETS)
    inline = {ATTACHMENT: {"content_type": kind, "data": base64.b64encode(data).decode("ascii")}}
    return {**sent(revision), "_attachments": inline}


def _named(revision: Revised) -> Named:
    return Named(revision.doc, revision.rev)
