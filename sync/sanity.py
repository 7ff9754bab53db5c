"""Do both sides count the same? Asked every tenth time; where they do not, each row is compared (GOALS R20).

This is the net below all else: a purge at the hub, a bug, a flipped row. What the hub lacks is given back, what we lack
is fetched, and it is told. Nothing is asked of a person.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from console.core.replica import Change, Named
from sync.asking import Asking
from sync.offering import Offering
from sync.peering import Fact, Local, Mismatch
from sync.taking import Taking

EVERY = 10
_PIECE = 500
_NOTE = "kendali-counts"
"""A note of ours: whether a person said that this hub is a new one, so that both sides differ on purpose, and which
difference no comparison could mend."""


class Sanity:
    """The tenth turn of one place."""

    def __init__(
        self,
        ask: Asking,
        local: Local,
        place: str,
        taking: Taking,
        offering: Offering,
        *,
        told: Callable[[Fact], None],
    ) -> None:
        self.suspects = False
        """True where the counts differed: the next reading compares."""
        self._ask = ask
        self._local = local
        self._place = place
        self._taking = taking
        self._offering = offering
        self._told = told
        self._turns = 0
        self._lost: set[Named] = set()
        known = local.local(self._place, _NOTE)
        self._apart = bool(known and known[1].get("apart"))
        self._excused = known[1].get("excused") if known else None

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

    def compare(self) -> Mismatch:
        """Compare all rows by name, both ways, and mend: fetch what we lack, give back what the hub lacks."""
        fetched = self._taking.again().fresh
        given = self._given_back()
        here, there = self._counts(self._ask.designs()) or (0, 0)
        if not given:
            self._excused = here - there  # what no comparison mends is not looked for again and again
            self._keep()
        fact = Mismatch(self._place, here, there, fetched, given)
        self._told(fact)
        return fact

    def started_again(self, *, apart: bool) -> None:
        """A person chose. `apart`: this hub need not hold what we do."""
        self.suspects, self._excused, self._apart = False, None, apart
        self._keep()

    def _keep(self) -> None:
        self._local.put_local(self._place, _NOTE, {"apart": self._apart, "excused": self._excused})

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

    def _given_back(self) -> int:
        """Ask the hub about every leaf we believe it holds; give back from the first it lacks."""
        waiting = {
            Named(each.revision.doc, each.revision.rev)
            for each in self._local.offers(self._place, most=10_000, most_bytes=64 << 20)
        }
        since = 0
        while True:
            read = self._local.changes(self._place, since, _PIECE)
            if not read.rows:
                return 0
            lost = self._ask.lacks(_leaves(read.rows)) - waiting
            if lost - self._lost:
                # What it lacks for good (refused, taken back) is offered again once, and then let be.
                self._lost |= lost
                return self._local.reoffer(self._place, since)
            since = read.last
            if not read.pending:
                return 0


def _leaves(rows: Sequence[Change]) -> list[Named]:
    return [Named(each.doc, rev) for each in rows for rev in each.leaves]
