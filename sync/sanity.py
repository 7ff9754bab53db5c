"""Do both sides count the same? Asked every tenth time; where they do not, and once a shift in any case, each row is
compared by name (GOALS R20).

This is the net below all else: a purge at the hub, a bug, a flipped row. What the hub lacks is given back, what we lack
is fetched, and it is told. Nothing is asked of a person.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from console.core.clock import Clock, millis
from console.core.replica import Change, Named
from sync.asking import Asking
from sync.meeting import Meeting
from sync.offering import Offering
from sync.peering import Fact, Local, Mismatch
from sync.taking import Taking

EVERY = 10
_PIECE = 500
SHIFT_S = 8 * 3600.0
"""As long is a shift: so often each row is compared, however well the counts agree. A row that was flipped leaves them
as they are."""
_NOTE = "kendali-counts"
"""A note of ours: whether a person said that this hub is a new one, so that both sides differ on purpose; which
difference no comparison could mend; and when each row was compared last."""


@dataclass(slots=True)
class _Comparing:
    """A comparison under way. It goes on where better work broke it off."""

    since: str = "0"
    """In the hub's feed."""
    read: bool = False
    """Whether that is compared to its end."""
    fetched: int = 0
    ours: int = 0
    """In our own feed."""


class Sanity:
    """The tenth turn of one place."""

    def __init__(
        self,
        ask: Asking,
        local: Local,
        meeting: Meeting,
        taking: Taking,
        offering: Offering,
        *,
        clock: Clock,
        told: Callable[[Fact], None],
    ) -> None:
        self.suspects = False
        """True where the counts differed: the next reading compares."""
        self._ask = ask
        self._local = local
        self._place = meeting.place
        self._meeting = meeting
        self._met = meeting.meetings
        self._clock = clock
        self._taking = taking
        self._offering = offering
        self._told = told
        self._turns = 0
        self._lost: set[Named] = set()
        known = local.local(self._place, _NOTE)
        self._apart = bool(known and known[1].get("apart"))
        self._excused = known[1].get("excused") if known else None
        self._compared_ms: int | None = known[1].get("compared") if known else None
        self._run: _Comparing | None = None

    @property
    def due(self) -> bool:
        """Whether this turn counts. Asking is taking one."""
        self._turns += 1
        return not self._apart and self._turns % EVERY == 0

    def count(self) -> bool:
        """Compare the counts: one request. True where they differ and nobody knows why."""
        if self._offering.waits:
            return False
        counts = self._counts(0)
        if counts and counts[0] - counts[1] not in (0, self._excused):
            own = self._ask.designs()
            self.suspects = counts[0] - counts[1] + own not in (0, self._excused)
        return self.suspects

    def tidy(self) -> None:
        """All is read. Where the counts differed, compare each row."""
        if self.suspects and not self._offering.waits:
            self.suspects = False
            self.compare()

    @property
    def compare_due(self) -> bool:
        """Whether a shift is over since each row was compared. The first one begins when this is first asked."""
        if self._apart:
            return False
        now_ms = millis(self._clock.now())
        if self._compared_ms is None:
            self._compared_ms = now_ms
            self._keep()
        # a clock that was set back is no reason to wait for years
        return not 0 <= now_ms - self._compared_ms < SHIFT_S * 1000

    def compare(self, halt: Callable[[], bool] = lambda: False) -> Mismatch | None:
        """Compare all rows by name, both ways, and mend: fetch what we lack, give back what the hub lacks. None where
        `halt()` broke it off, or a person has to choose first: the next call goes on."""
        run = self._under_way()
        if not run.read:
            taken, run.since = self._taking.again(run.since, halt)
            run.fetched += taken.fresh
            if taken.more or taken.held_up:
                return None
            run.read = True
        given = self._given_back(run, halt)
        if given is None:
            return None
        here, there = self._counts(self._ask.designs()) or (0, 0)
        if not given:
            self._excused = here - there  # what no comparison mends is not looked for again and again
        self._run, self._compared_ms = None, millis(self._clock.now())
        self._keep()
        fact = Mismatch(self._place, here, there, run.fetched, given)
        self._told(fact)
        return fact

    def _under_way(self) -> _Comparing:
        """What goes on, if it is still the hub it was begun with."""
        if self._run is None or self._met != self._meeting.meetings:
            self._run, self._met = _Comparing(), self._meeting.meetings
        return self._run

    def started_again(self, *, apart: bool) -> None:
        """A person chose. `apart`: this hub need not hold what we do."""
        self.suspects, self._excused, self._apart, self._run = False, None, apart, None
        self._keep()

    def _keep(self) -> None:
        note = {"apart": self._apart, "excused": self._excused, "compared": self._compared_ms}
        self._local.put_local(self._place, _NOTE, note)

    def _counts(self, designs: int) -> tuple[int, int] | None:
        """How many documents, deleted ones among them, are here and there; None where the hub does not say."""
        there, here = self._ask.describe(), self._local.state(self._place)
        if there.documents is None or there.deleted is None:
            return None
        known = here.documents + here.deleted + self._shut_out()
        return known, there.documents + there.deleted - designs

    def _shut_out(self) -> int:
        """Documents of the hub of which nothing could be taken."""
        docs = {each.doc for each in self._taking.quarantine.named}
        return sum(self._local.revision(self._place, doc, "") is None for doc in docs)

    def _given_back(self, run: _Comparing, halt: Callable[[], bool]) -> int | None:
        """Ask the hub about every leaf we believe it holds; give back from the first it lacks. None where it was broken
        off."""
        waiting = {
            Named(each.revision.doc, each.revision.rev)
            for each in self._local.offers(self._place, most=10_000, most_bytes=64 << 20)
        }
        while True:
            read = self._local.changes(self._place, run.ours, _PIECE)
            if not read.rows:
                return 0
            lost = self._ask.lacks(_leaves(read.rows)) - waiting
            if lost - self._lost:
                # What it lacks for good (refused, taken back) is offered again once, and then let be.
                self._lost |= lost
                return self._local.reoffer(self._place, run.ours)
            run.ours = read.last
            if not read.pending:
                return 0
            if halt():
                return None


def _leaves(rows: Sequence[Change]) -> list[Named]:
    return [Named(each.doc, rev) for each in rows for rev in each.leaves]
