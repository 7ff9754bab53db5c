"""Sending what one place of a hub does not hold yet: asked what is missing, sent as named, asked again.

What a receipt is: an empty list after `_bulk_docs` is none, since a portal or a broken proxy says as much. A revision
counts as held when the hub, asked by `_revs_diff` after it was sent, names the probe asked along (a revision nobody
has, another each time) and not the revision; and when after that our note stood at this same hub. Only then it leaves
the outbox. 202 means that fewer nodes than wanted have it: it is asked about later again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from console.core.clock import Clock
from console.core.errors import Away
from console.core.replica import Named, NotTaken, Offer
from sync.asking import Asking, status_of, weight
from sync.guard import MOST as MOST_DELETIONS
from sync.guard import too_many
from sync.meeting import DELETIONS_HERE, Meeting
from sync.peering import Doubted, Fact, Local, NotSent, Pushed, Sent

BATCH = 1000
"""Documents in one request, at most."""
SETTLE_EVERY = 1000
"""Documents after which what the hub holds is settled."""
QUICK_BYTES = 16 << 10
"""So little is sent without asking first: one round trip less for what an operator just did."""
WEAK_S = 2.0
"""After a 202 nodes settle among themselves for about that long."""
BREAKS = 3
"""Runs in a row that a server's fault ended, after which documents are sent one by one to find the one it is."""

_REFUSED = {
    "forbidden": "sync.exchange.forbidden",
    "unauthorized": "sync.exchange.unauthorized",
    "document_too_large": "sync.exchange.too_large",
    "too_large": "sync.exchange.too_large",
    "request_entity_too_large": "sync.exchange.too_large",
    "missing_stub": "sync.exchange.no_file",
}
_WHOLE = {413: "sync.exchange.too_large", 412: "sync.exchange.no_file"}


@dataclass(slots=True)
class _Run:
    """One visit."""

    after: int = 0
    flying: dict[Named, Offer] = field(default_factory=dict)
    """Sent, and not yet asked about."""
    weak: set[Named] = field(default_factory=set)
    refused: dict[Named, NotTaken] = field(default_factory=dict)
    held: list[Named] = field(default_factory=list)
    """Known to be held, not yet settled."""
    doubted: list[Named] = field(default_factory=list)
    deletions: list[Offer] = field(default_factory=list)
    seen: set[Named] = field(default_factory=set)
    total_held: int = 0
    total_refused: int = 0


class Offering:
    """The sending half. Used by one thread at a time."""

    def __init__(
        self,
        ask: Asking,
        local: Local,
        meeting: Meeting,
        clock: Clock,
        *,
        told: Callable[[Fact], None],
        echo: Callable[[int], None],
    ) -> None:
        self._ask = ask
        self._local = local
        self._meeting = meeting
        self._clock = clock
        self._told = told
        self._echo = echo
        self._place = meeting.place
        self._doubt: set[Named] = set()
        self._weak: dict[Named, float] = {}
        self._breaks = 0
        self._answer = ""

    def allow(self, *, ours: bool) -> None:
        """A person answered the question about our deletions: send them, or take them back."""
        self._answer = "ours" if ours else "theirs"

    @property
    def waits(self) -> bool:
        """Whether there is anything to send."""
        return bool(self._local.offers(self._place, most=1, most_bytes=1))

    def push(self, *, urgent: bool) -> Pushed:
        """Send all that waits. The caller has checked who is there."""
        seq = self._local.state(self._place).seq
        run = _Run()
        while batch := self._next(run):
            self._exchanged(batch, run, urgent)
        question = self._deletions(run, urgent)
        self._landed(run)
        if not question:
            self._meeting.pushed = max(self._meeting.pushed, seq) if not run.doubted else self._meeting.pushed
        self._settled(run)
        if run.doubted:
            self._told(Doubted(self._place, run.doubted))
        return Pushed(run.total_held, run.total_refused, len(run.doubted), question)

    def _next(self, run: _Run) -> list[Offer]:
        """The next documents to send, deletions laid aside until all else is through."""
        while True:
            offers = self._local.offers(
                self._place, most=BATCH, most_bytes=self._ask.pages.upload_bytes, after=run.after
            )
            fresh = [each for each in offers if _named(each) not in run.seen]
            if not fresh:
                return []
            run.after = max(each.mark for each in fresh)
            run.seen.update(map(_named, fresh))
            batch: list[Offer] = []
            for offer in fresh:
                if self._is_weak(_named(offer)):
                    run.doubted.append(_named(offer))
                elif offer.revision.deleted and self._deletes(offer):
                    run.deletions.append(offer)
                else:
                    batch.append(offer)
            if batch:
                return batch

    def _exchanged(self, batch: Sequence[Offer], run: _Run, urgent: bool) -> None:
        """Ask about these and about those in flight in one question, then send what is missing."""
        size = sum(weight(each.revision) for each in batch)
        known = any(_named(each) in self._doubt for each in batch)
        missing = list(batch)
        if run.flying or known or size > QUICK_BYTES:
            lacking = self._asked(run, map(_named, batch))
            missing = [each for each in batch if _named(each) in lacking]
            run.held += [_named(each) for each in batch if _named(each) not in lacking]
        if len(run.held) >= SETTLE_EVERY:
            self._settled(run)
        if missing:
            self._doubt.update(map(_named, missing))
            self._sent(missing, run, urgent)

    def _asked(self, run: _Run, more: Any = ()) -> set[Named]:
        """What the hub lacks of these. What is in flight is judged by the way."""
        more = list(more)
        lacking = self._ask.lacks([*run.flying, *more])
        now_s = self._clock.monotonic_s()
        for named in run.flying:
            if named not in lacking and named not in run.weak:
                run.held.append(named)
            elif named not in lacking:
                self._weak[named] = now_s
                run.doubted.append(named)
            elif named not in run.refused:
                run.doubted.append(named)
        for named in lacking & run.refused.keys():
            self._doubt.discard(named)
        run.refused = {named: why for named, why in run.refused.items() if named in lacking or named not in run.flying}
        run.flying = {}
        run.weak = set()
        return lacking

    def _sent(self, offers: Sequence[Offer], run: _Run, urgent: bool) -> None:
        """Send; where the whole request is too much or not understood, in halves, down to the document it is."""
        alone = self._breaks >= BREAKS
        step = 1 if alone else len(offers)
        failed = False
        for start in range(0, len(offers), step):
            part = offers[start : start + step]
            try:
                self._tried(part, run, urgent)
                failed = False
            except Away as away:
                if status_of(away) != 500:
                    raise
                self._breaks += 1
                if not alone or failed:
                    raise  # two in a row, one by one: it is not this document, it is the server
                failed = True
                run.doubted += map(_named, part)
        if not alone:
            self._breaks = 0

    def _tried(self, offers: Sequence[Offer], run: _Run, urgent: bool) -> None:
        taken = self._ask.send([each.revision for each in offers], urgent=urgent)
        if taken.status in (200, 201, 202):
            for offer in offers:
                named = _named(offer)
                run.flying[named] = offer
                if taken.status == 202:
                    run.weak.add(named)
                if named.doc in taken.refused:
                    run.refused[named] = _why(named, *taken.refused[named.doc])
            self._echo(len(offers))
            return
        if len(offers) == 1:
            named = _named(offers[0])
            says = _WHOLE.get(taken.status, "sync.exchange.not_understood")
            run.refused[named] = NotTaken(*named, says, {"status": str(taken.status)})
            self._doubt.discard(named)
            return
        half = len(offers) // 2
        self._tried(offers[:half], run, urgent)
        self._tried(offers[half:], run, urgent)

    def _deletions(self, run: _Run, urgent: bool) -> str:
        """Our deletions, where they are not too many. The question they are, or ""."""
        offers, answer = run.deletions, self._answer
        live = self._local.state(self._place).documents if 1 < len(offers) <= MOST_DELETIONS else 0
        if answer == "theirs":
            self._taken_back(offers)
        elif answer == "ours" or not too_many(len(offers), live + len(offers)):
            step = BATCH
            for start in range(0, len(offers), step):
                self._exchanged(offers[start : start + step], run, urgent)
        else:
            docs = tuple(each.revision.doc for each in offers[:50])
            self._meeting.hold(DELETIONS_HERE, docs, count=len(offers))
            return DELETIONS_HERE
        self._answer = ""
        if self._meeting.held_up == DELETIONS_HERE:
            self._meeting.let_go()
        return ""

    def _taken_back(self, offers: Sequence[Offer]) -> None:
        """A person does not want them: what was deleted is put back above its deletion."""
        for offer in offers:
            for rev in offer.revision.path[1:]:
                before = self._local.revision(self._place, offer.revision.doc, rev)
                if before is not None and not before.deleted:
                    self._local.edit(self._place, before.doc, before.body, parent=offer.revision.rev)
                    break

    def _deletes(self, offer: Offer) -> bool:
        """Whether it deletes the document, not just a side of a conflict that was settled."""
        winner = self._local.revision(self._place, offer.revision.doc, "")
        return winner is None or winner.deleted

    def _landed(self, run: _Run) -> None:
        if run.flying:
            self._asked(run)

    def _settled(self, run: _Run) -> None:
        """Leave the note that proves which hub it was; only then the outbox is told."""
        held = run.held
        refused = [why for named, why in run.refused.items() if named not in run.flying]
        if not held and not refused:
            return
        if held:
            self._meeting.mark()
        self._local.settle(self._place, held, refused)
        run.held = []
        run.refused = {named: why for named, why in run.refused.items() if named in run.flying}
        run.total_held += len(held)
        run.total_refused += len(refused)
        self._doubt.difference_update(held)
        for named in held:
            self._weak.pop(named, None)
        if held:
            self._told(Sent(self._place, held))
        if refused:
            self._told(NotSent(self._place, refused))

    def _is_weak(self, named: Named) -> bool:
        at_s = self._weak.get(named)
        return at_s is not None and self._clock.monotonic_s() - at_s < WEAK_S


def _named(offer: Offer) -> Named:
    return Named(offer.revision.doc, offer.revision.rev)


def _why(named: Named, error: str, reason: str) -> NotTaken:
    values: Mapping[str, Any] = {"error": error, "reason": reason}
    return NotTaken(named.doc, named.rev, _REFUSED.get(error, "sync.exchange.row"), values)
