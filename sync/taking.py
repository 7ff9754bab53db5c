"""Reading one place of a hub: page after page, each stored in one transaction with its cursor.

What a row's document needs no ancestry for is taken from the page itself: a first generation, or a revision whose name
is proven by a parent we hold (our names are hashes of parent and body). The rest is asked for by name. While a page is
stored the next one is already asked for. A row is passed only when its revisions are stored, kept in quarantine by
name, or said by the hub to be gone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from console.core.errors import Away, BadAnswer
from console.core.replica import Change, Named, NotTaken, Page, Revised
from console.store.documents import name_rev
from sync.asking import Asking
from sync.couch import REV, ChangesPage, Got, Row
from sync.guard import Guard
from sync.meeting import DELETIONS_THERE, Meeting
from sync.peering import Fact, Local, Passed, Pulled, Quarantined, Stored
from sync.quarantine import Quarantine

MARK_EVERY = 1000
"""Documents after which a note is left at the hub, where reading them took a while; ten times as many in any case."""
MARK_EVERY_S = 5.0
MOST_PAGES = 500
"""Pages of one visit; then others have their turn."""
_NAMES_ONLY = 0.3
"""Where fewer of a full page's rows are news, the next page is asked for without bodies."""


class Taking:
    """The reading half. Used by one thread at a time."""

    def __init__(
        self,
        ask: Asking,
        local: Local,
        meeting: Meeting,
        *,
        peer: str,
        told: Callable[[Fact], None],
    ) -> None:
        self.echo = 0
        """How many documents we sent that the feed will tell us of."""
        self.quarantine = Quarantine(local, peer, meeting.place)
        self._ask = ask
        self._local = local
        self._meeting = meeting
        self._peer = peer
        self._place = meeting.place
        self._told = told
        self._guard = Guard(local, meeting)
        self._bodies = True
        self._mark_every = MARK_EVERY
        self._since_mark = 0
        self._kept: tuple[str, ChangesPage] | None = None
        self._standing: list[Named] = []
        """What waits here and the hub named: its answer was lost. It is held once a note proves which hub that was."""
        self._meetings = 0

    def allow(self, *, ours: bool) -> None:
        """A person answered the question about deletions: keep `ours`, or let the hub's word count."""
        self._guard.allow(ours=ours)

    def put_back(self) -> None:
        """What a person wanted kept when the hub deleted it and a run ended before all of it was here again."""
        self._guard.put_back()

    def begun(self, since: str, page: ChangesPage) -> None:
        """A page that came by a long poll: the next visit begins with it."""
        self._kept = (since, page)

    def pull(self, halt: Callable[[], bool]) -> Pulled:
        """Everything the hub has for us now. The caller has checked who is there. `halt()` ends it after a page."""
        self.put_back()
        if self._meeting.rewind():
            # A run broke off. Where that happens often, notes must come often, or nothing ever goes on.
            self._bodies = False
            self._mark_every = max(1, self._mark_every // 2)
        self._since_mark = 0
        self._standing = []
        done = Pulled()
        self._retry()
        page = self._first()
        for _ in range(MOST_PAGES):
            if page is None or not page.count:
                break
            ahead = self._following(page)
            done = self._stored(page, done)
            if done.held_up or ahead is None:
                break
            if halt():
                done = replace(done, more=True)
                break
            page = ahead()
        else:
            done = replace(done, more=True)
        if self._meeting.moved or self._standing:
            self._marked()
        if not done.more and not done.held_up:
            self._guard.rest()
        return done

    def again(self, since: str, halt: Callable[[], bool]) -> tuple[Pulled, str]:
        """Compare by name all the hub has from there on with what is here, and take what is lacking. The cursor stays.
        After a page `halt()` may end it, with `more`; also, where to go on."""
        done, pages = Pulled(), self._ask.pages
        while True:
            page = self._ask.changes(since, pages.size if pages.slow else pages.MOST, docs=False)()
            if page is None or not page.count:
                return done, since
            if page.last == since:
                raise BadAnswer("sync.exchange.stuck")
            self._standing = []
            done, since = self._stored(page, done, cursor=False), page.last
            if self._standing:
                self._marked()
            if page.pending == 0 or done.held_up:
                return done, since
            if halt():
                return replace(done, more=True), since

    @property
    def wanted(self) -> tuple[int, bool]:
        """How many rows are asked for next, and whether with their bodies."""
        return self._ask.pages.size, self._bodies and self.echo <= 0

    def _first(self) -> ChangesPage | None:
        since = self._meeting.checkpoint.since
        kept, self._kept = self._kept, None
        if kept and kept[0] == since:
            return kept[1]
        limit, docs = self.wanted
        page = self._ask.changes(since, limit, docs=docs)()
        if page is None and since != "0":
            self._meeting.from_the_beginning()
            self._bodies = False
            page = self._ask.changes("0", limit, docs=False)()
            if page is None:
                raise Away("sync.exchange.status", database=self._ask.database, status="400")
        return page

    def _following(self, page: ChangesPage) -> Callable[[], ChangesPage | None] | None:
        """The page after it, asked for already where the link is quick; None where there is none."""
        limit, docs = self.wanted
        if page.pending == 0:
            return None
        if page.last == self._meeting.checkpoint.since:
            raise BadAnswer("sync.exchange.stuck")
        return self._ask.changes(page.last, limit, docs=docs, ahead=not self._ask.pages.slow)

    def _stored(self, page: ChangesPage, done: Pulled, *, cursor: bool = True) -> Pulled:
        """The page on the disk, or a question to a person."""
        rows = page.rows
        changes = [row.change for row in rows]
        lacking = self._local.lacking(self._place, changes)
        self._learn(rows, lacking)
        question = self._guard.question([row.change for row in _doomed(rows, lacking)])
        if question:
            self._meeting.hold(DELETIONS_THERE, tuple(question[:50]), count=len(question))
            return replace(done, held_up=DELETIONS_THERE)
        if self._meeting.held_up == DELETIONS_THERE:
            self._meeting.let_go()
        before = self._ask.bytes
        revisions, bad = self._bodies_of(page, lacking)
        self._keep(bad)
        checkpoint = self._meeting.read_to(page.last) if cursor else None
        named = _standing(changes, lacking)
        taken = self._local.take(Page(self._place, revisions, checkpoint, by=self._peer, named=named))
        self._standing += taken.standing
        self._keep(taken.refused)
        if taken.refused and checkpoint:
            self._local.remember(checkpoint)  # only now all of the page stands on the disk, by content or by name
        self._guard.put_back()
        if checkpoint:
            self._meeting.stored(checkpoint)
            self._since_mark += page.count
            if self._meeting.moved and self._may_mark():
                self._marked()
        self._told(Stored(self._place, page.count, taken.fresh, taken.conflicts, self._ask.bytes - before))
        return replace(
            done,
            rows=done.rows + page.count,
            fresh=done.fresh + taken.fresh,
            conflicts=done.conflicts + taken.conflicts,
            refused=done.refused + len(bad) + len(taken.refused),
        )

    def _learn(self, rows: Sequence[Row], lacking: Sequence[Named]) -> None:
        """Whether bodies are worth asking for: not where the feed only tells what we sent or read before."""
        if rows:
            self.echo = max(0, self.echo - len(rows))
            few = 2 * len(rows) < self._ask.pages.size
            self._bodies = few or len({each.doc for each in lacking}) >= _NAMES_ONLY * len(rows)

    def _may_mark(self) -> bool:
        patient = self._mark_every == MARK_EVERY and self._meeting.unmarked_s < MARK_EVERY_S
        return self._since_mark >= self._mark_every * (10 if patient else 1)

    def _marked(self) -> None:
        """Leave a note; only then what the feed named counts as held. A hub that went back, with only the note before
        it, would else have lost what nobody gives back."""
        self._meeting.mark()
        if self._standing:
            standing, self._standing = self._standing, []
            self._local.settle(self._place, standing)
            self._meeting.canary.settled(standing)
            # From here on nothing else would tell of them, and who withdrew one would part from everybody.
        self._since_mark = 0
        self._mark_every = min(MARK_EVERY, self._mark_every * 2)

    def _bodies_of(self, page: ChangesPage, lacking: Sequence[Named]) -> tuple[list[Revised], list[NotTaken]]:
        """The revisions we lack, and those that could not be had in their form."""
        given = {Named(row.change.doc, row.rev): row for row in page.rows if row.rev}
        revisions: list[Revised] = []
        asked: list[Named] = []
        bad = list(page.misnamed)
        for named in lacking:
            if named in page.bad:
                bad.append(page.bad[named])
                continue
            row = given.get(named)
            path = self._proven(named, row) if row else None
            if row and path:
                revisions.append(Revised(named.doc, path, row.body, row.deleted))
            else:
                asked.append(named)
        if asked:
            got = self._ask.fetch(asked)
            revisions += got.revisions
            bad += got.bad + self._gone(got)
        return revisions, bad

    def _proven(self, named: Named, row: Row) -> tuple[str, ...] | None:
        """The ancestry of a revision that came without one, where it needs none; None where it has to be asked for."""
        if named.rev.startswith("1-"):
            return (named.rev,)
        below = f"{int(named.rev.partition('-')[0]) - 1}-"
        for leaf in self._local.leaves(self._place, named.doc):
            if leaf.rev.startswith(below) and name_rev(leaf.rev, row.body, row.deleted) == named.rev:
                return (named.rev, leaf.rev)
        return None

    def _gone(self, got: Got) -> list[NotTaken]:
        """Revisions the hub named and does not give. It says itself whether it still holds them: what it does not
        hold is passed; what it holds and cannot give was replaced by a newer one (which the feed tells of), or is
        broken there, and is kept in quarantine."""
        if not got.gone:
            return []
        lost = self._ask.lacks(got.gone)
        passed = [each for each in got.gone if each in lost]
        if passed:
            self._told(Passed(self._place, passed))
        return [NotTaken(*each, "sync.exchange.no_body") for each in got.gone if each not in lost]

    def _keep(self, bad: Sequence[NotTaken]) -> None:
        fresh = self.quarantine.keep(bad)
        if fresh:
            self._told(Quarantined(self._place, fresh))

    def _retry(self) -> None:
        """After each meeting, ask again for what is in quarantine."""
        named = [each for each in self.quarantine.named if REV.fullmatch(each.rev)]
        if not named or self._meetings == self._meeting.meetings:
            return
        self._meetings = self._meeting.meetings
        changes = [Change(each.doc, (each.rev,)) for each in named]
        lacking = self._local.lacking(self._place, changes)
        got = self._ask.fetch(lacking) if lacking else Got()
        lost = self._ask.lacks(got.gone) if got.gone else set()
        if got.revisions:
            taken = self._local.take(Page(self._place, got.revisions, None, by=self._peer))
            refused = {Named(each.doc, each.rev) for each in taken.refused}
            self.quarantine.release(
                Named(each.doc, each.rev) for each in got.revisions if Named(each.doc, each.rev) not in refused
            )
        self.quarantine.release([*lost, *(each for each in named if each not in set(lacking))])


def _standing(changes: Sequence[Change], lacking: Sequence[Named]) -> list[Named]:
    """Leaves that are here already. At a first reading there are none, and nothing is looked through."""
    if len(lacking) >= sum(len(each.leaves) for each in changes):
        return []
    fresh = set(lacking)
    return [named for each in changes for rev in each.leaves if (named := Named(each.doc, rev)) not in fresh]


def _doomed(rows: Sequence[Row], lacking: Sequence[Named]) -> list[Row]:
    """Rows whose winner is a deletion that is news."""
    fresh = set(lacking)
    return [row for row in rows if row.change.deleted and Named(row.change.doc, row.change.leaves[0]) in fresh]
