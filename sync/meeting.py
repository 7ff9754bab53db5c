"""One place of one hub: do we still know each other? Identity, checkpoints on both sides, canary (GOALS R16).

Nothing is exchanged before that is known. A hub that went back to an older state is given back what it lost, without
a question; one that knows nothing of us any more, or is another one, is a question to a person. Nothing here is ever
deleted for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from console.core.clock import Clock
from console.core.errors import Away
from console.core.records import HubQuestion
from console.core.replica import Checkpoint, Session
from sync import checkpoints
from sync.asking import Asking
from sync.canary import Canary
from sync.checkpoints import Slot, Verdict
from sync.couch import Database, Server
from sync.peering import Fact, HeldUp, Local, Met, Restored, WentBack

WIPED = "sync.exchange.wiped"
SWAPPED = "sync.exchange.swapped"
REMADE = "sync.exchange.remade"
DELETIONS_THERE = "sync.exchange.deletions_there"
DELETIONS_HERE = "sync.exchange.deletions_here"
GUARDED = frozenset({DELETIONS_THERE, DELETIONS_HERE})
"""Questions that hold up deletions alone, not the whole exchange."""


class Meeting:
    """What is known of the hub for one place. Used by one thread at a time."""

    def __init__(
        self,
        ask: Asking,
        local: Local,
        clock: Clock,
        *,
        peer: str,
        place: str,
        console: str,
        told: Callable[[Fact], None],
    ) -> None:
        self.place = place
        self._ask = ask
        self._local = local
        self._clock = clock
        self._console = console
        self._told = told
        self._name = checkpoints.replication_id(console, place)
        self._revs: dict[str, str] = {}
        self._met = False
        self._rewound = False
        self._marked_s = clock.monotonic_s()
        self.canary = Canary(ask, local, clock, place, console)
        self.meetings = 0
        """How often we have met."""
        known = local.checkpoint(peer, place) or Checkpoint(peer, place)
        sessions = known.sessions or (Session(checkpoints.session_named(0, self._noise()), "0", 0),)
        self._note = f"kendali-question-{peer}"
        self._docs: tuple[str, ...] = ()
        self._asked = self._noted(known.held_up)
        if self._asked is None and known.held_up in GUARDED:
            known = replace(known, held_up="")  # of a program that kept no list: it is asked anew, with one
        self.checkpoint = replace(known, sessions=sessions)
        self.pushed = known.pushed
        """Up to this sequence of ours all is known to be held there; told with the next note."""

    @property
    def held_up(self) -> str:
        """Why nothing is exchanged, a phrase key; "" where it is. Deletions alone may be held up: `GUARDED`."""
        return self.checkpoint.held_up

    @property
    def asked(self) -> HubQuestion | None:
        """The question with what it is about, None for none. Any thread."""
        says, asked = self.held_up, self._asked
        if not says:
            return None
        return asked if asked is not None and asked.says == says else HubQuestion(self.place, says)

    @property
    def stands_still(self) -> bool:
        """Whether nothing at all may be exchanged."""
        return bool(self.held_up) and self.held_up not in GUARDED

    @property
    def moved(self) -> bool:
        """Whether more was read than the hub has a note of."""
        opened, *past = self.checkpoint.sessions
        return bool(past) and opened.since != past[0].since

    @property
    def unmarked_s(self) -> float:
        """Seconds since the last note was left at the hub."""
        return self._clock.monotonic_s() - self._marked_s

    def forget(self) -> None:
        """Something went wrong: look anew who is there before anything else."""
        self._met = False

    def meet(self) -> Server:
        """Look who is there. Afterwards `stands_still` tells whether to go on. Raises what a `Net` raises."""
        self._met = False
        server, database = self._ask.server(), self._ask.describe()
        strange = self._strange(server, database)
        slots = (self._slot(f"{self._name}-0"), self._slot(f"{self._name}-1"))
        first = not self.checkpoint.uuid and len(self.checkpoint.sessions) == 1
        if strange:
            self.hold(strange)
            return server
        verdict = self._judged(slots)
        if verdict is Verdict.UNKNOWN:
            self.hold(WIPED)
            return server
        known = replace(self.checkpoint, uuid=server.uuid, instance=database.instance)
        self._remember(replace(known, held_up=known.held_up if known.held_up in GUARDED else ""))
        if verdict is Verdict.SAME:
            self._go_back()  # whatever is done next leaves a note, and that must not vouch for what was read before
        stand = [slot.session.id for slot in slots if slot is not None]
        opened, *past = self.checkpoint.sessions
        stays = checkpoints.beside(opened, stand)
        if not past:
            self.mark()
        elif past[0].id != stays or verdict is Verdict.WENT_BACK:
            # The note that stays is not the one in common, or not in the same words: from here on it stands beside.
            self.mark(stays)
        if verdict is Verdict.WE_WENT_BACK:
            self._told(WentBack(self.place))
        self._met = not self.stands_still
        self.meetings += 1
        if self._met and self.canary.went_back():
            self._begin_anew()
        if self._met:
            self.canary.count_up()
        self._told(Met(self.place, server.uuid, database.instance, server.version, first))
        return server

    def check(self) -> bool:
        """Whether the hub is still the one we met, by the note written last: one request. A meeting where it was not
        met yet or is not as it was. False: nothing may be exchanged."""
        if self._met and len(self.checkpoint.sessions) > 1:
            last = self.checkpoint.sessions[1]
            slot = self._slot(checkpoints.slot_of(self._name, last))
            if slot is not None and slot.session == last:
                return not self.stands_still
        self.meet()
        return not self.stands_still

    def rewind(self) -> bool:
        """Before reading: go back to where the hub has a note of. True where that is behind what was read here, now or
        when we met."""
        self._go_back()
        went, self._rewound = self._rewound, False
        return went

    def _go_back(self) -> None:
        opened, *past = self.checkpoint.sessions
        if self.moved and opened.since != "0":
            self.checkpoint = replace(self.checkpoint, sessions=(replace(opened, since=past[0].since), *past))
            self._rewound = True

    def from_the_beginning(self) -> None:
        """The hub does not know our sequence: read all names again."""
        opened, *past = self.checkpoint.sessions
        self.checkpoint = replace(self.checkpoint, sessions=(replace(opened, since="0"), *past))

    def read_to(self, since: str) -> Checkpoint:
        """The checkpoint to be stored with what was read up to there. It counts once it is: `stored`."""
        opened, *past = self.checkpoint.sessions
        return replace(self.checkpoint, sessions=(replace(opened, since=since), *past))

    def stored(self, checkpoint: Checkpoint) -> None:
        """It is on the disk."""
        self.checkpoint = checkpoint

    def mark(self, beside: str | None = None) -> None:
        """Leave a note at the hub of how far both are. Then look at the note before: is it still the same hub?

        `beside` names the session that must stand there, where it is not the last one in common. Nothing counts as
        acknowledged before this has come back."""
        opened, *past = self.checkpoint.sessions
        opened = replace(opened, pushed=max(self.pushed, opened.pushed))
        self._remember(replace(self.checkpoint, sessions=(opened, *past)))
        self._keep(checkpoints.slot_of(self._name, opened), checkpoints.written(self._console, (opened, *past)))
        expected = beside or (past[0].id if past else "")
        if expected:
            slot = self._slot(checkpoints.other_slot(self._name, opened))
            if slot is None or slot.session.id != expected or (beside is None and slot.session != past[0]):
                self._met = False
                raise Away("sync.exchange.changed", database=self._ask.database)
        self._marked_s = self._clock.monotonic_s()
        sessions = checkpoints.closed(self.checkpoint.sessions, self._noise())
        self._remember(replace(self.checkpoint, sessions=sessions))

    def hold(self, says: str, docs: tuple[str, ...] = (), **values: Any) -> None:
        """Ask a person. Told once; asked with the same words and the same list after a restart."""
        values = {"database": self._ask.database, **values}
        known = self._asked
        if known is None or (known.says, dict(known.values), self._docs) != (says, values, docs):
            titles = self._local.titles(docs) if docs else []
            note = {"says": says, "values": values, "docs": list(docs), "titles": titles}
            self._local.put_local(self.place, self._note, note)
            self._asked, self._docs = HubQuestion(self.place, says, values, tuple(titles), len(docs)), docs
        if self.held_up != says:
            self._remember(replace(self.checkpoint, held_up=says))
            self._told(HeldUp(self.place, says, values, docs))

    def _noted(self, says: str) -> HubQuestion | None:
        """That question as it was asked before this start."""
        found = self._local.local(self.place, self._note)
        if found is None or found[1].get("says") != says:
            return None
        note = found[1]
        self._docs = tuple(note["docs"])
        return HubQuestion(self.place, says, note["values"], tuple(note["titles"]), len(self._docs))

    def let_go(self) -> None:
        """Nothing to ask any more."""
        if self.held_up:
            self._remember(replace(self.checkpoint, held_up=""))

    def start_again(self, *, give_back: bool) -> int:
        """The hub as it is now is the one we mean. With `give_back` it gets all we hold and it lacks."""
        given = self._local.reoffer(self.place, 0) if give_back else 0
        opened = Session(checkpoints.session_named(0, self._noise()), "0", 0)
        self.pushed = 0
        self._remember(Checkpoint(self.checkpoint.peer, self.place, sessions=(opened,)))
        self.canary.anew()
        self._met = False
        return given

    def _strange(self, server: Server, database: Database) -> str:
        """By which sign this is another server or another database than we know, a phrase key; "" for none."""
        known = self.checkpoint
        if known.uuid and server.uuid and known.uuid != server.uuid:
            return SWAPPED
        if known.instance and database.instance and known.instance != database.instance:
            return REMADE
        return ""

    def _judged(self, slots: tuple[Slot | None, Slot | None]) -> Verdict:
        before = self.checkpoint.sessions
        judgement = checkpoints.judge(before, slots, self._noise())
        verdict = judgement.verdict
        if verdict is Verdict.UNKNOWN:
            return verdict
        given = 0
        if verdict is Verdict.WENT_BACK:
            common = judgement.sessions[1]
            given = self._local.reoffer(self.place, common.pushed)
            self.pushed = common.pushed
        self._remember(replace(self.checkpoint, sessions=judgement.sessions))
        if verdict is Verdict.WENT_BACK:
            self._told(Restored(self.place, given, judgement.sessions[0].since))
        return verdict

    def _begin_anew(self) -> None:
        """The hub went back nobody knows how far: give it all we hold and it lacks, and read it from its beginning."""
        given = self._local.reoffer(self.place, 0)
        self.pushed = 0
        opened = replace(self.checkpoint.sessions[0], since="0", pushed=0)
        self._remember(replace(self.checkpoint, sessions=(opened,)))
        self.mark()
        self.canary.believed()
        self._told(Restored(self.place, given, "0"))

    def _slot(self, name: str) -> Slot | None:
        found = self._ask.note(name)
        self._revs[name] = found[0] if found else ""
        return checkpoints.read_slot(found[1]) if found else None

    def _keep(self, name: str, body: Mapping[str, Any]) -> None:
        if name not in self._revs:
            self._slot(name)
        rev = self._ask.keep_note(name, body, self._revs[name])
        if rev is None:
            # Written by an attempt whose answer was lost. Whether it is the same hub is seen by the other note.
            self._slot(name)
            rev = self._ask.keep_note(name, body, self._revs[name])
        if rev is None:
            raise Away("sync.exchange.changed", database=self._ask.database)
        self._revs[name] = rev

    def _remember(self, checkpoint: Checkpoint) -> None:
        if checkpoint != self.checkpoint:
            self._local.remember(checkpoint)
        self.checkpoint = checkpoint

    def _noise(self) -> str:
        return self._clock.new_id()[-12:]
