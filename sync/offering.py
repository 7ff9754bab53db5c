"""Sending what one place of a hub does not hold yet: asked what is missing, sent as named, asked again.

What a receipt is: an empty list after `_bulk_docs` is none, since a portal or a broken proxy says as much. A revision
counts as held when the hub, asked by `_revs_diff` after it was sent, names the probe asked along (a revision nobody
has, another each time) and not the revision; and when after that our note stood at this same hub. Only then it leaves
the outbox. 202 means that fewer nodes than wanted have it: it is asked about later again. What is sent and not held
is tried again by itself, ever more seldom (sync/later.py), and holds up no other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from console.core.errors import Away, Refused
from console.core.replica import Named, NotTaken, Offer
from sync.asking import Asking, Taken, status_of, weight
from sync.guard import MOST as MOST_DELETIONS
from sync.guard import Word, too_many
from sync.later import Later
from sync.meeting import DELETIONS_HERE, Meeting
from sync.peering import Doubted, Fact, Local, NotSent, Pushed, Sent

BATCH = 1000
"""Documents in one request, at most."""
SETTLE_EVERY = 4000
"""Documents after which what the hub holds is settled."""
QUICK_BYTES = 16 << 10
"""So little is sent without asking first: one round trip less for what an operator just did."""
UNASKED = 4
"""Where the hub lacked all of a batch, it is not asked before so many of the next."""
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


_Batch = dict[Named, Offer]


@dataclass(slots=True)
class _Run:
    """One visit."""

    after: int = 0
    flying: _Batch = field(default_factory=dict)
    """Sent, and not yet asked about."""
    weak: set[Named] = field(default_factory=set)
    refused: dict[Named, NotTaken] = field(default_factory=dict)
    held: list[Named] = field(default_factory=list)
    """Known to be held, not yet settled."""
    doubted: list[Named] = field(default_factory=list)
    later: set[Named] = field(default_factory=set)
    """Not tried in this visit."""
    deletions: _Batch = field(default_factory=dict)
    breaking: _Batch = field(default_factory=dict)
    seen: set[Named] = field(default_factory=set)
    unasked: int = 0
    """How many of the next batches are sent without asking first."""
    total_held: int = 0
    total_refused: int = 0


class Offering:
    """The sending half. Used by one thread at a time."""

    def __init__(
        self,
        ask: Asking,
        local: Local,
        meeting: Meeting,
        later: Later,
        *,
        told: Callable[[Fact], None],
        echo: Callable[[int], None],
    ) -> None:
        self._ask = ask
        self._local = local
        self._meeting = meeting
        self._later = later
        self._told = told
        self._echo = echo
        self._place = meeting.place
        self._doubt: set[Named] = set()
        self._breaks = 0
        self._breaking: set[Named] = set()
        """Those that break the server: they go last, alone."""
        self._word = Word(local, meeting, "kendali-taken-back", "theirs")

    def allow(self, *, ours: bool) -> None:
        """A person answered the question about our deletions: send them, or take them back."""
        self._word.say("ours" if ours else "theirs", {})

    def rest(self) -> None:
        """Nothing waits: an answer is used up."""
        self._word.say("", {})

    @property
    def waits(self) -> bool:
        """Whether there is anything to send."""
        return bool(self._local.offers(self._place, most=1, most_bytes=1))

    @property
    def due(self) -> bool:
        """Whether anything is to be sent now."""
        if not self._later:
            return self.waits
        seen: set[Named] = set()
        after = 0
        while offers := self._local.offers(self._place, most=BATCH, most_bytes=self._ask.pages.MOST_BYTES, after=after):
            names = [_named(each) for each in offers]
            if not all(self._later.waits(name) for name in names):
                return True
            seen.update(names)
            after = max(each.mark for each in offers)
        self._later.keep(seen)
        return False

    @property
    def again_s(self) -> float | None:
        """Seconds until what was sent, and is not known to be held, is tried again; None where nothing is."""
        return self._later.due_in_s

    def wanted(self) -> None:
        """A person wants it at once."""
        self._later.wanted()

    def push(self, *, urgent: bool) -> Pushed:
        """Send all that is due. The caller has checked who is there."""
        seq = self._local.state(self._place).seq
        run = _Run()
        batch = self._next(run)
        while batch:
            batch = self._exchanged(batch, run, urgent, lambda: self._next(run))
        question = self._deletions(run, urgent)
        self._alone(_part(run.breaking, 0, BREAKS), run, urgent)
        run.later.update(list(run.breaking)[BREAKS:])
        if run.flying:
            self._asked(run)
        if not question and not run.doubted and not run.later:
            self._meeting.pushed = max(self._meeting.pushed, seq)
        self._settled(run)
        self._later.keep(run.seen)
        if question:
            self._later.forget(run.deletions)  # a person's turn
        if run.doubted:
            self._told(Doubted(self._place, run.doubted))
        doubted = len(run.later.union(run.doubted))
        return Pushed(run.total_held, run.total_refused, doubted, question, self.again_s)

    def _next(self, run: _Run) -> _Batch:
        """The next documents to send, deletions laid aside until all else is through."""
        while True:
            offers = self._local.offers(
                self._place, most=BATCH, most_bytes=self._ask.pages.upload_bytes, after=run.after
            )
            named = {_named(each): each for each in offers}
            fresh = {name: each for name, each in named.items() if name not in run.seen}
            if not fresh:
                return {}
            run.after = max(each.mark for each in fresh.values())
            run.seen.update(fresh)
            batch: _Batch = {}
            for name, offer in fresh.items():
                if self._later.waits(name):
                    run.later.add(name)
                elif name in self._breaking:
                    run.breaking[name] = offer
                elif offer.revision.deleted and self._deletes(offer):
                    run.deletions[name] = offer
                else:
                    batch[name] = offer
            if batch:
                return batch

    def _exchanged(self, batch: _Batch, run: _Run, urgent: bool, following: Callable[[], _Batch]) -> _Batch:
        """Send what is missing of these. While the hub takes them those before are asked about and settled, and the
        following ones are read: they are what comes back."""
        missing = self._missing(batch, run)
        self._doubt.update(missing)
        if self._breaks >= BREAKS:
            self._alone(missing, run, urgent)
            return following()
        # On a slow link sending ahead would only make others wait behind it.
        ahead = not self._ask.pages.slow
        flight = self._started(missing, urgent, ahead=ahead) if missing else None
        if run.flying:
            self._asked(run)
        if len(run.held) >= SETTLE_EVERY:
            self._settled(run)
        then = following()
        if flight:
            self._landed(missing, flight, run, urgent)
        return then

    def _started(self, batch: _Batch, urgent: bool, *, ahead: bool = False) -> Callable[[], Taken]:
        return self._ask.send([each.revision for each in batch.values()], urgent=urgent, ahead=ahead)

    def _missing(self, batch: _Batch, run: _Run) -> _Batch:
        """Those the hub lacks. It is not asked about a few new ones, nor always where it lacked all of those before:
        sending what it has does no harm, and it is asked after all."""
        run.unasked -= 1
        if self._doubt.isdisjoint(batch) and (run.unasked >= 0 or (not run.flying and _is_little(batch))):
            return batch
        lacking = self._asked(run, batch)
        missing = {name: each for name, each in batch.items() if name in lacking}
        run.held += [name for name in batch if name not in lacking]
        run.unasked = UNASKED if len(missing) == len(batch) else 0
        return missing

    def _asked(self, run: _Run, more: Iterable[Named] = ()) -> set[Named]:
        """What the hub lacks of these. What is in flight is judged by the way."""
        lacking = self._ask.lacks([*run.flying, *more])
        run.held += [named for named in run.flying if named not in lacking and named not in run.weak]
        weak = [named for named in run.flying if named not in lacking and named in run.weak]
        lost = [named for named in run.flying if named in lacking and named not in run.refused]
        self._later.failed(weak, least_s=WEAK_S)
        self._later.failed(lost)
        run.doubted += weak + lost
        for named in lacking & run.refused.keys():
            self._doubt.discard(named)
        run.refused = {named: why for named, why in run.refused.items() if named in lacking or named not in run.flying}
        run.flying = {}
        run.weak = set()
        return lacking

    def _landed(self, batch: _Batch, flight: Callable[[], Taken], run: _Run, urgent: bool) -> None:
        """What became of a request. Where it was too much or not understood as a whole: in halves, down to the
        document it is."""
        try:
            taken = flight()
        except Away as away:
            if status_of(away) == 500:
                self._breaks += 1
            raise
        self._breaks = 0
        if taken.status in (200, 201, 202):
            run.flying |= batch
            if taken.status == 202:
                run.weak.update(batch)
            if taken.refused:
                found = {named: taken.refused[named.doc] for named in batch if named.doc in taken.refused}
                run.refused |= {named: _why(named, *error) for named, error in found.items()}
            self._echo(len(batch))
        elif len(batch) == 1:
            [named] = batch
            says = _WHOLE.get(taken.status, "sync.exchange.not_understood")
            run.refused[named] = NotTaken(*named, says, {"status": str(taken.status)})
            self._doubt.discard(named)
        else:
            names, half = list(batch), len(batch) // 2
            for part in (names[:half], names[half:]):
                some = {name: batch[name] for name in part}
                self._landed(some, self._started(some, urgent), run, urgent)

    def _alone(self, batch: _Batch, run: _Run, urgent: bool) -> None:
        """One by one, since something in them broke the server. It stays in the outbox and holds up no other."""
        broke = 0
        for name, offer in batch.items():
            one = {name: offer}
            try:
                self._landed(one, self._started(one, urgent), run, urgent)
                broke = 0
            except Away as away:
                broke += 1
                if status_of(away) != 500 or (broke > 1 and name not in self._breaking):
                    raise  # two in a row: it is not this document, it is the server
                self._breaking.add(name)
                self._later.failed(one)
                run.doubted.append(name)
        self._breaks = 0

    def _deletions(self, run: _Run, urgent: bool) -> str:
        """Our deletions, where they are not too many. The question they are, or ""."""
        offers, answer = run.deletions, self._word.said
        live = self._local.state(self._place).documents if 1 < len(offers) <= MOST_DELETIONS else 0
        if answer == "theirs":
            self._taken_back(list(offers.values()))
        elif answer == "ours" or not too_many(len(offers), live + len(offers)):
            for start in range(0, len(offers), BATCH):
                self._exchanged(_part(offers, start, BATCH), run, urgent, dict)
        else:
            docs = tuple(doc for doc, _ in list(offers)[:50])
            self._meeting.hold(DELETIONS_HERE, docs, count=len(offers))
            return DELETIONS_HERE
        self.rest()
        if self._meeting.held_up == DELETIONS_HERE:
            self._meeting.let_go()
        return ""

    def _taken_back(self, offers: Sequence[Offer]) -> None:
        """A person does not want them: what was deleted is put back above its deletion."""
        for offer in offers:
            for rev in offer.revision.path[1:]:
                before = self._local.revision(self._place, offer.revision.doc, rev)
                if before is not None and not before.deleted:
                    with suppress(Refused):  # somebody was quicker, and what they made of it counts
                        self._local.edit(self._place, before.doc, before.body, parent=offer.revision.rev)
                    break

    def _deletes(self, offer: Offer) -> bool:
        """Whether it deletes the document, not just a side of a conflict that was settled."""
        winner = self._local.revision(self._place, offer.revision.doc, "")
        return winner is None or winner.deleted

    def _settled(self, run: _Run) -> None:
        """Leave the note that proves which hub it was; only then the outbox is told."""
        held = run.held
        refused = [why for named, why in run.refused.items() if named not in run.flying]
        if not held and not refused:
            return
        if held:
            self._meeting.mark()
        self._local.settle(self._place, held, refused)
        self._meeting.canary.settled(held)
        run.held = []
        run.refused = {named: why for named, why in run.refused.items() if named in run.flying}
        run.total_held += len(held)
        run.total_refused += len(refused)
        self._doubt.difference_update(held)
        done = [*held, *(Named(each.doc, each.rev) for each in refused)]
        self._breaking.difference_update(done)
        self._later.forget(done)
        if held:
            self._told(Sent(self._place, held))
        if refused:
            self._told(NotSent(self._place, refused))


def _named(offer: Offer) -> Named:
    return Named(offer.revision.doc, offer.revision.path[0])


def _part(batch: _Batch, start: int, count: int) -> _Batch:
    return dict(list(batch.items())[start : start + count])


def _is_little(batch: _Batch) -> bool:
    return len(batch) <= 100 and sum(weight(each.revision) for each in batch.values()) <= QUICK_BYTES


def _why(named: Named, error: str, reason: str) -> NotTaken:
    values: Mapping[str, Any] = {"error": error, "reason": reason}
    return NotTaken(named.doc, named.rev, _REFUSED.get(error, "sync.exchange.row"), values)
