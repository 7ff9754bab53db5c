"""How we stand with a hub, put together for the screen, and told no oftener than it is worth."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from console.core.clock import Clock
from console.core.errors import ConsoleError
from console.core.records import HubNote, HubState, Untaken
from console.core.replica import NotTaken
from sync.errands import Errands
from sync.happened import lately, with_note
from sync.hub_wire import HubWire
from sync.visits import Visits

SAID_EVERY_S = 5.0
"""It is told so often where nothing but numbers moved."""
MOST_UNTAKEN = 50
"""So many documents that could not be taken are told by name."""


class Standing:
    """The last that was said, and whether there is more to say. The caller holds one lock around each call."""

    def __init__(
        self,
        url: str,
        clock: Clock,
        wire: HubWire,
        visits: Visits,
        errands: Errands,
        *,
        notes: tuple[HubNote, ...] = (),
    ) -> None:
        """`notes` are those of before this start."""
        self._clock = clock
        self._budget = wire.lanes.budget
        self._apart = wire.apart
        self._visits = visits
        self._errands = errands
        self._state = HubState(url, None, notes=notes)
        self._said: HubState | None = None
        self._said_s = -SAID_EVERY_S

    def good(self) -> None:
        """The server answered soundly now."""
        self._state = replace(self._state, last_good_at=self._clock.now())

    def happened(self, note: HubNote) -> None:
        """People should know of that."""
        self._state = replace(self._state, notes=with_note(self._state.notes, note))

    def news(self, trouble: ConsoleError | None, lesser: ConsoleError | None = None) -> HubState | None:
        """How it stands, where that is worth saying. `trouble` is what concerns the server as a whole; `lesser` is told
        where no place has any."""
        state = self._stands(trouble, lesser)
        now_s = self._clock.monotonic_s()
        moved = self._said is None or _but_numbers(self._said) != _but_numbers(state)
        if not moved and (state == self._said or now_s - self._said_s < SAID_EVERY_S):
            return None
        self._state = self._said = state
        self._said_s = now_s
        return state

    def _stands(self, trouble: ConsoleError | None, lesser: ConsoleError | None) -> HubState:
        visits = list(self._visits.all.values())
        if trouble is None:
            trouble = next((visit.trouble for visit in visits if visit.trouble is not None), lesser)
        due_s = self._visits.backoff.due_in_s(self._clock.monotonic_s())
        followed = [visit for visit in visits if visit.follows]
        untaken = [(visit.place, each) for visit in visits for each in visit.untaken]
        return replace(
            self._state,
            trouble=trouble.says if trouble else "",
            values={name: str(value)[:200] for name, value in trouble.values.items()} if trouble else {},
            # An answer for documents answers for their photos: those ask only where nothing else does.
            questions=tuple(asked for visit in visits if (asked := visit.asked) is not None) or self._errands.questions,
            next_at=self._clock.now() + timedelta(seconds=round(due_s)) if 0 < due_s < 1e7 else None,
            bytes_hour=self._budget.hour,
            bytes_limit=self._budget.per_hour,
            places=len(followed),
            places_done=sum(visit.done for visit in followed),
            notes=lately(self._state.notes, self._clock.now()),
            untaken=tuple(_untaken(*each) for each in untaken[:MOST_UNTAKEN]),
            untaken_count=len(untaken),
            clock_s=self._apart.seconds,
        )


def _untaken(place: str, why: NotTaken) -> Untaken:
    return Untaken(place, why.doc, why.says, {name: str(value)[:200] for name, value in why.values.items()})


def _but_numbers(state: HubState) -> HubState:
    return replace(state, bytes_hour=0, last_good_at=None, next_at=None, clock_s=0)
