"""Does the centre still keep the pieces of photos it was given? What a replicator asks for other places (GOALS R16).

Pieces go to a server that was met, and count as held once a note left after them stood at that same server. One that
went back to an older state is given back what it lost. Another one, or one that knows nothing of us any more, is given
nothing until a person chose: then also what the old one held waits again, or stays here for good.
"""

from __future__ import annotations

import queue
from collections.abc import Callable

from console.core.clock import Clock
from console.core.replica import Checkpoint
from console.store.attachments import OLD_CENTRE
from sync.asking import Asking
from sync.meeting import Meeting
from sync.peering import PEER, Fact, HeldUp, Local, Net, Pages, Restored
from sync.replicate import Choice

LOOK_S = 300.0
"""So often the centre is looked at though no piece is to go either way."""
SURE_S = 60.0
"""So often while turn follows turn."""


class Custody:
    """The place of files at one centre. One thread at a time; `choose`, `heard` and `question` are for any."""

    def __init__(
        self,
        net: Net,
        under: Callable[[str], Local],
        clock: Clock,
        *,
        place: str,
        shared: str,
        console: Callable[[], str],
    ) -> None:
        """`shared` is the place whose server is ours; `console` tells our name, which may change, and `under` gives our
        store for who speaks with the centre under a name."""
        self._ask = Asking(net, clock, clock.chance, place, Pages())
        self._under = under
        self._clock = clock
        self._place = place
        self._shared = shared
        self._console = console
        self._named = ""
        self._meeting: Meeting | None = None
        self._look_s = clock.monotonic_s()
        self._lost = False
        self._sure: bool | None = None
        """Whether pieces may go; None where who is there is to be looked at first."""
        self._sure_s = 0.0
        self.looks = 0
        """How often was looked who is there."""
        self._choices: queue.SimpleQueue[Choice] = queue.SimpleQueue()

    @property
    def question(self) -> str:
        """The question a person has to answer, a phrase key; "" for none."""
        return self._meeting.held_up if self._meeting is not None else ""

    def choose(self, choice: str) -> None:
        """A person's answer, to a question here or to the same one at another place."""
        self._choices.put(Choice(choice))
        self._look_s = self._clock.monotonic_s()

    def heard(self, fact: Fact) -> bool:
        """Something happened at another place of this centre. True where that is worth a look here."""
        if not isinstance(fact, Restored | HeldUp):
            return False
        if isinstance(fact, Restored) and fact.since == "0":
            self._lost = True  # nobody knows how far it went back
        self._look_s = self._clock.monotonic_s()
        return True

    @property
    def due(self) -> bool:
        """Whether to look who is there though nothing is to go either way."""
        return self._clock.monotonic_s() >= self._look_s

    def may(self) -> bool:
        """Whether pieces may go either way: this is the centre we know. Asked before the first request of each turn."""
        if self._sure is None or self.due:
            self._sure = None
            self._sure = self._checked()
            self._sure_s = self._clock.monotonic_s()
        return self._sure

    def turned(self, *, more: bool) -> None:
        """A turn ended. Without `more` to follow at once, the next one looks who is there."""
        if not more or self._clock.monotonic_s() - self._sure_s >= SURE_S:
            self._sure = None

    def _checked(self) -> bool:
        """What a person chose takes effect."""
        self.looks += 1
        self._look_s = self._clock.monotonic_s() + LOOK_S
        meeting = self._met()
        known = meeting.check()
        while not self._choices.empty():
            self._chosen(meeting, self._choices.get())
            known = meeting.check()
        if known and self._lost:
            self._local.reoffer(self._place, 0)
            self._lost = False
        return known

    def mark(self, all_up_to: int) -> None:
        """Leave a note behind what was given: only then it counts. `all_up_to`: so far of ours all is held, by that."""
        meeting = self._meeting
        assert meeting is not None, "who is there was looked at first"
        meeting.pushed = max(meeting.pushed, all_up_to)
        meeting.mark()

    def seq(self) -> int:
        """How far our own place of files is."""
        return self._local.state(self._place).seq

    def forget(self) -> None:
        """Something went wrong: look who is there before anything else."""
        self._sure = None
        if self._meeting is not None:
            self._meeting.forget()

    def _chosen(self, meeting: Meeting, choice: Choice) -> None:
        if choice is Choice.WAIT:
            return
        ours = choice is Choice.RESEND
        if not meeting.stands_still:
            if ours:  # the other places are given back all, and their photos with them
                self._old(0)
                self._local.reoffer(self._place, 0)
            return
        self._old(0 if ours else self.seq())
        meeting.start_again(give_back=ours)

    def _old(self, seq: int) -> None:
        """Up to there our pieces were held by a centre that is no more: no reason to let the bytes here go."""
        if seq or self._local.local(self._place, OLD_CENTRE):
            self._local.put_local(self._place, OLD_CENTRE, {"seq": seq})

    @property
    def _local(self) -> Local:
        return self._under(self._named)

    def _met(self) -> Meeting:
        console = self._console()
        never = self._under(console).checkpoint(PEER, self._place) is None
        if self._meeting is None or self._named != console or never:
            self._named = console
            self._introduced(never)
            self._meeting = Meeting(
                self._ask,
                self._local,
                self._clock,
                peer=PEER,
                place=self._place,
                console=self._named,
                told=lambda _: None,
            )
        return self._meeting

    def _introduced(self, never: bool) -> None:
        """Where we never met here, the server is still the one of the documents: photos go to no other."""
        if never:
            shared = self._local.checkpoint(PEER, self._shared)
            if shared is not None and shared.uuid:
                self._local.remember(Checkpoint(PEER, self._place, shared.uuid))
