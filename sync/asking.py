"""Questions to one database of a hub, each answered by a value. What cannot be answered is an error by its name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, NamedTuple

from console.core.clock import Clock
from console.core.errors import Away, BadAnswer
from console.core.replica import Named, Revised
from sync import couch
from sync.couch import Call, ChangesPage, Database, Got, Reply, Server
from sync.peering import Net, Pages

NO_SUCH = frozenset({400, 404, 405, 406, 415, 501})
"""What servers say to a question they do not know."""
PROBE = "kendali-probe:"
_TOO_MUCH = frozenset({"sync.bad.big", "sync.bad.bomb", "sync.bad.cut"})
"""Answers the link or we ourselves could not carry whole."""


class Taken(NamedTuple):
    """What a hub answered to revisions sent to it."""

    status: int
    refused: Mapping[str, tuple[str, str]]
    """Error and reason by document."""


class News(NamedTuple):
    """What a look for news came to."""

    page: ChangesPage | None
    """None where the time passed without an answer."""
    lost: bool = False
    """True where the server does not know our sequence."""


class Asking:
    """One database of one server. Used by one thread at a time."""

    def __init__(self, net: Net, clock: Clock, chance: Callable[[], float], database: str, pages: Pages) -> None:
        self.database = database
        self.pages = pages
        self.bytes = 0
        """Bytes of all answers so far."""
        self._net = net
        self._clock = clock
        self._chance = chance
        self._bulk_get = True

    def server(self) -> Server:
        """Who is there."""
        return couch.read_server(self._asked(couch.server(), 200))

    def describe(self) -> Database:
        """What it says of the database."""
        return couch.read_database(self._asked(couch.database_of(self.database), 200))

    def note(self, name: str) -> tuple[str, Mapping[str, Any]] | None:
        """A note of ours."""
        return couch.read_note(self._asked(couch.note(self.database, name), 200, 404))

    def keep_note(self, name: str, body: Mapping[str, Any], rev: str) -> str | None:
        """Keep a note; its new revision, or None where `rev` is not the newest one there."""
        reply = self._asked(couch.keep_note(self.database, name, body, rev), 200, 201, 202, 409)
        return None if reply.status == 409 else couch.read_kept(reply)

    def designs(self) -> int:
        """How many design documents it has: they are its operator's, and are not exchanged."""
        call = Call("GET", f"/{self.database}/_all_docs", {"startkey": '"_design/"', "endkey": '"_design0"'})
        rows = self._asked(call, 200).body
        return len(rows["rows"]) if isinstance(rows, dict) and isinstance(rows.get("rows"), list) else 0

    def document(self, doc: str) -> Mapping[str, Any] | None:
        """What a document says there; None where there is none."""
        reply = self._asked(couch.document(self.database, doc), 200, 404)
        return reply.body if reply.status == 200 and isinstance(reply.body, dict) else None

    def changes(self, since: str, limit: int, *, docs: bool, ahead: bool = False) -> Callable[[], ChangesPage | None]:
        """A page of the feed, asked for now where `ahead`. None: the server does not know that sequence."""
        call = couch.changes(self.database, since, limit, docs=docs)
        fetch = self._net.ahead(call) if ahead else lambda: self._net.call(call)

        def page() -> ChangesPage | None:
            start_s = self._clock.monotonic_s()
            try:
                with self._sized(400):
                    reply = self._counted(fetch())
            except Away as away:
                if status_of(away) == 400:
                    return None
                raise
            if reply.status == 400:
                return None
            page = couch.read_changes(self._expected(reply, 200))
            if reply.seconds or not ahead:
                self.pages.took(page.count, self._took_s(reply, start_s))
            return page

        return page

    def news(self, since: str, limit: int, *, docs: bool, wait_s: float) -> News:
        """The same as a long poll, or at once where `wait_s` is 0: then it is the first page of a reading, and as large
        as any other."""
        call = couch.changes(self.database, since, limit, docs=docs, wait_s=wait_s)
        start_s = self._clock.monotonic_s()
        try:
            with nullcontext() if wait_s else self._sized(400):
                reply = self._counted(self._net.call(call))
        except Away as away:
            if wait_s and away.says == "sync.away.slow":
                return News(None)
            if status_of(away) != 400:
                raise
            return News(None, lost=True)
        if reply.status == 400:
            return News(None, lost=True)
        page = couch.read_changes(self._expected(reply, 200))
        if not wait_s:
            self.pages.took(page.count, self._took_s(reply, start_s))
        return News(page)

    def fetch(self, asked: Sequence[Named]) -> Got:
        """Revisions by name with their ancestry: many at once where the server knows how, else one by one."""
        got = Got()
        step = min(self.pages.named, self.pages.size)
        for start in range(0, len(asked), step):
            part = asked[start : start + step]
            one_by_one = list(part)
            if self._bulk_get and (found := self._many(part)) is not None:
                _add(got, found)
                one_by_one = found.bare
            for named in one_by_one:
                _add(got, couch.read_one(self._asked(couch.one(self.database, named), 200, 404), named))
        return got

    def _many(self, part: Sequence[Named]) -> Got | None:
        """None where the server does not know the question."""
        start_s = self._clock.monotonic_s()
        try:
            with self._sized(*NO_SUCH):
                reply = self._counted(self._net.call(couch.bulk_get(self.database, part)))
        except Away as away:
            if status_of(away) not in NO_SUCH:
                raise
            self._bulk_get = False
            return None
        if reply.status in NO_SUCH:
            self._bulk_get = False
            return None
        found = couch.read_bulk_get(self._expected(reply, 200), part)
        self.pages.gave(len(part), self._took_s(reply, start_s))
        if len(found.bare) == len(part) > 1:
            self._bulk_get = False  # it knows the question, and never tells the ancestry
        return found

    def lacks(self, asked: Iterable[Named]) -> set[Named]:
        """Which of these revisions the hub does not hold. The answer proves that it is one to this very question."""
        noise = f"{int(self._chance() * (1 << 52)):013x}"
        probe = Named(PROBE + noise, "1-" + noise.zfill(32))
        wanted: dict[str, list[str]] = {probe.doc: [probe.rev]}
        for doc, rev in asked:
            wanted.setdefault(doc, []).append(rev)
        missing = couch.read_diff(self._asked(couch.revs_diff(self.database, wanted), 200), probe)
        return {Named(doc, rev) for doc, revs in missing.items() for rev in revs}

    def send(self, revisions: Sequence[Revised], *, urgent: bool, ahead: bool = False) -> Callable[[], Taken]:
        """Send revisions as they are named, at once where `ahead`, and learn what became of it. The status is 200 to
        202, or one of the whole request being too much or not understood."""
        call = couch.bulk_docs(self.database, revisions, urgent=urgent)
        fetch = self._net.ahead(call) if ahead else lambda: self._net.call(call)

        def taken() -> Taken:
            start_s = self._clock.monotonic_s()
            try:
                reply = self._counted(fetch())
            except Away as away:
                status = status_of(away)
                if status == 400:
                    return Taken(400, {})
                if status != 500 or len(revisions) > 1:
                    self.pages.broke()  # a server one document breaks says nothing of the link
                raise
            if reply.status in (400, 412, 413):
                return Taken(reply.status, {})
            refused = couch.read_bulk_docs(self._expected(reply, 200, 201, 202))
            if reply.seconds or not ahead:
                size = sum(weight(each) for each in revisions)
                self.pages.sent(size, self._took_s(reply, start_s))
            return Taken(reply.status, refused)

        return taken

    @contextmanager
    def _sized(self, *answers: int) -> Iterator[None]:
        """A question whose answer is as large as we ask for: where it did not come whole the next is smaller, else it
        is asked for in the same size for ever. Statuses among `answers` are answers."""
        try:
            yield
        except Away as away:
            if status_of(away) not in answers:
                self.pages.broke()
            raise
        except BadAnswer as bad:
            if bad.says in _TOO_MUCH:
                self.pages.broke()
            raise

    def _took_s(self, reply: Reply, start_s: float) -> float:
        return reply.seconds or self._clock.monotonic_s() - start_s

    def _asked(self, call: Call, *statuses: int) -> Reply:
        return self._expected(self._counted(self._net.call(call)), *statuses)

    def _counted(self, reply: Reply) -> Reply:
        self.bytes += reply.size
        return reply

    def _expected(self, reply: Reply, *statuses: int) -> Reply:
        if reply.status in statuses:
            return reply
        if reply.status == 404:
            raise Away("sync.exchange.absent", database=self.database)
        raise Away("sync.exchange.status", database=self.database, status=str(reply.status))


def weight(revision: Revised) -> int:
    """About how many bytes a revision takes in a request: enough to find the right size of a batch."""
    return 120 + 35 * len(revision.path) + sum(len(name) + _weight(value) for name, value in revision.body.items())


def _weight(value: Any) -> int:
    if isinstance(value, str):
        return len(value) + 6
    if isinstance(value, dict):
        return 2 + sum(len(str(name)) + _weight(each) for name, each in value.items())
    if isinstance(value, list):
        return 2 + sum(_weight(each) for each in value)
    return 12


def _add(got: Got, found: Got) -> None:
    got.revisions += found.revisions
    got.gone += found.gone
    got.bad += found.bad


def status_of(away: Away) -> int:
    """The status a wire made an error of; 0 where it was none."""
    status = str(away.values.get("status", ""))
    return int(status) if status.isascii() and status.isdigit() and len(status) == 3 else 0
