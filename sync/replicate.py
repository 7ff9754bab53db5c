"""Replication of one place with one hub, both ways, by CouchDB's protocol: plain sequential code.

Everything is handed in (net, store, clock, chance), so that a schedule with faults at any call replays from its seed.
`Away`, `Denied` and `BadAnswer` of the net pass through: nothing is half done by them, and calling again goes on.
Where a person has to choose (`held_up`), calls return at once and change nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum

from console.core.clock import Clock
from console.core.errors import ConsoleError
from console.core.records import HubQuestion
from console.core.replica import NotTaken
from sync.asking import Asking
from sync.couch import Call, Reply
from sync.later import Later
from sync.meeting import DELETIONS_HERE, DELETIONS_THERE, GUARDED, Meeting
from sync.offering import Offering
from sync.peering import PEER, Fact, Local, Mismatch, Net, Pages, Pulled, Pushed
from sync.sanity import Sanity
from sync.taking import Taking

__all__ = ["Call", "Choice", "Fact", "Local", "Net", "Pages", "Pulled", "Pushed", "Replicator", "Reply"]

DOUBT_S = 3.0


class Choice(StrEnum):
    """What a person can say to a question (GOALS R16, R17)."""

    WAIT = "wait"  # nothing is done; if the old hub comes back, the question goes away
    RESEND = "resend"  # what this console holds counts: the hub is given it
    NEW = "new"  # what the hub says counts: it is taken as a new one; only unsent changes go there


class Replicator:
    """One place of one hub. Used by one thread at a time."""

    def __init__(
        self,
        net: Net,
        local: Local,
        clock: Clock,
        chance: Callable[[], float],
        *,
        place: str,
        database: str,
        console: str,
        told: Callable[[Fact], None],
        page: Pages,
        peer: str = PEER,
        doubt_s: float = DOUBT_S,
    ) -> None:
        """`database` is the place's name at the hub, `console` our own name: two consoles must not share one. After
        `doubt_s` what was sent and is not known to be held is tried again for the first time."""
        self.place = place
        self._ask = Asking(net, clock, chance, database, page)
        self._meeting = Meeting(self._ask, local, clock, peer=peer, place=place, console=console, told=told)
        self._taking = Taking(self._ask, local, self._meeting, peer=peer, told=told)
        later = Later(clock, chance, doubt_s)
        self._offering = Offering(self._ask, local, self._meeting, later, told=told, echo=self._sent)
        self._sanity = Sanity(self._ask, local, self._meeting, self._taking, self._offering, clock=clock, told=told)
        self._checked = False

    @property
    def held_up(self) -> str:
        """The question a person has to answer, a phrase key; "" for none."""
        return self._meeting.held_up

    @property
    def asked(self) -> HubQuestion | None:
        """The same with what it is about, None for none. Any thread."""
        return self._meeting.asked

    @property
    def untaken(self) -> Sequence[NotTaken]:
        """Revisions of the hub that could not be taken. Any thread."""
        return self._taking.quarantine.refused

    @property
    def heard_bytes(self) -> int:
        """Bytes of all answers so far."""
        return self._ask.bytes

    def meet(self) -> None:
        """Look who is there: server, database, the notes of both sides, canary. `held_up` tells what came of it."""
        self._checked = False
        with self._watched():
            self._meeting.meet()
            self._checked = not self._meeting.stands_still

    def pull(self, halt: Callable[[], bool] = lambda: False) -> Pulled:
        """Read everything the hub has for us now, page by page. After a page `halt()` may end it, with `more`."""
        with self._watched():
            if not self._may():
                return Pulled(held_up=self.held_up)
            pulled = self._taking.pull(halt)
            if not pulled.more and not pulled.held_up:
                self._sanity.tidy()
            return replace(pulled, held_up=self.held_up)

    def push(self, *, urgent: bool = False, forgiving: bool = False) -> Pushed:
        """Send everything that is due, with `forgiving` also what was tried a short while ago. No request at all where
        nothing is."""
        if forgiving:
            self._offering.wanted()
        if not self._offering.waits:
            self._offering.rest()
            if self.held_up == DELETIONS_HERE:
                self._meeting.let_go()  # a person took them back
            return Pushed(held_up=self.held_up)
        if not self._offering.due:
            return Pushed(held_up=self.held_up, again_s=self._offering.again_s)
        with self._watched():
            if not self._may():
                return Pushed(held_up=self.held_up)
            return replace(self._offering.push(urgent=urgent), held_up=self.held_up)

    def poll(self, wait_s: float) -> bool:
        """Whether there is something to pull: known at once, or after at most about that long. Two requests where
        there is nothing, each tenth time a third one that counts. False at once where a person has to choose first."""
        with self._watched():
            self._taking.put_back()
            if not self._may() or self.held_up == DELETIONS_THERE:
                return False
            self._checked = True
            if self._meeting.moved or self._sanity.suspects:
                return True
            limit, docs = self._taking.wanted
            since = self._meeting.checkpoint.since
            news = self._ask.news(since, limit, docs=docs, wait_s=wait_s)
            if news.page is not None and news.page.count:
                self._taking.begun(since, news.page)
                return True
            # What was counted while news were on their way would differ for no reason.
            self._checked = news.lost or (self._sanity.due and self._sanity.count())
            return self._checked

    @property
    def compare_due(self) -> bool:
        """Whether every row should be compared: a shift is over since that was done."""
        return not self.held_up and self._sanity.compare_due

    def compare(self, halt: Callable[[], bool] = lambda: False) -> Mismatch | None:
        """Compare every row by name, both ways, and mend; once a shift, and where counts differed. None where a person
        has to choose first, or `halt()` ended it after a page: then the next call goes on there."""
        with self._watched():
            if not self._may() or self.held_up == DELETIONS_THERE:
                return None
            return self._sanity.compare(halt)

    def choose(self, choice: str) -> None:
        """A person's answer to `held_up`. Takes effect with the next call; nothing local is ever deleted by it."""
        answer, question = Choice(choice), self.held_up
        if answer is Choice.WAIT or not question:
            return
        ours = answer is Choice.RESEND
        if question == DELETIONS_THERE:
            self._taking.allow(ours=ours)
        elif question == DELETIONS_HERE:
            self._offering.allow(ours=ours)
        else:
            self._meeting.start_again(give_back=ours)
        if question in GUARDED:
            self._meeting.let_go()
        self._sanity.started_again(apart=not ours and question not in GUARDED)
        self._checked = False

    def _may(self) -> bool:
        """Whether the hub is the one we know. A poll that found news has looked already."""
        checked, self._checked = self._checked, False
        return (checked and not self._meeting.stands_still) or self._meeting.check()

    def _sent(self, count: int) -> None:
        self._taking.echo += count

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Whatever goes wrong: next time, look first who is there."""
        try:
            yield
        except ConsoleError:
            self._checked = False
            self._meeting.forget()
            raise
