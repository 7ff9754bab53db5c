"""`_changes` and `_db_updates`: our feed, read piece by piece, and the wait for more of it.

A sequence is told as `<number>-<tag>`, the tag that of the database as it was made: a sequence of another database
that had this name, or of a future that a restored store has not seen, begins again from the beginning.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from console.core.clock import Clock
from console.core.replica import Change, Named, Revised
from sync.relay.answer import Answer, dumped
from sync.relay.faults import Hangup, bad, not_offered
from sync.relay.host import Base, Host
from sync.relay.request import Request
from sync.relay.told import Allowance, Told, told_of
from sync.relay.wakes import Wakes

PIECE = 500
"""Rows read at a time."""
LONGEST_WAIT_S = 60.0
_SHORTEST_BEAT_S = 0.1
_LOOK_S = 1.0
"""Between two looks whether the one who waits is still there."""
_NO_END = 1 << 62
_SEQ = re.compile(r"(\d{1,18})(?:-([0-9a-f]{1,20}))?")
Gone = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a follower wants."""

    feed: str
    since: int
    limit: int
    descending: bool
    every_leaf: bool
    include_docs: bool
    told: Told
    only: frozenset[str] | None
    wait_s: float
    beat_s: float
    """0 for none."""


def changes(base: Base, request: Request, clock: Clock, gone: Gone) -> Answer:
    """Answer `_changes`. `gone` says whether nobody is there to be answered any more."""
    asked = _asked(base, request)
    follow = _Follow(base, asked, _Beats(clock, gone, asked.wait_s, asked.beat_s))
    match asked.feed:
        case "normal":
            return Answer(200, follow.listed(wait=False), _JSON)
        case "longpoll":
            return Answer(200, follow.listed(wait=True), _JSON)
        case "continuous":
            return Answer(200, follow.lines(), _JSON, squeeze=False)
    raise not_offered(f"feed={asked.feed[:20]}")


_JSON = {"Content-Type": "application/json"}


def _asked(base: Base, request: Request) -> Asked:
    query = request.head.query
    only: frozenset[str] | None = None
    given = request.table() if request.method == "POST" and request.body.strip() else {}
    match query.get("filter", "_doc_ids" if "doc_ids" in query or "doc_ids" in given else ""):
        case "":
            pass
        case "_doc_ids":
            ids = given.get("doc_ids", request.value("doc_ids"))
            if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
                raise bad("`doc_ids` filter parameter is not a list of doc ids.")
            only = frozenset(ids)
        case other:
            raise not_offered(f"filter={other[:40]}")
    style = query.get("style", "main_only")
    if style not in ("main_only", "all_docs"):
        raise bad("style is main_only or all_docs")
    return Asked(
        feed=query.get("feed", "normal"),
        since=_since(base, query.get("since") or request.head.get("last-event-id")),
        limit=max(1, request.whole("limit", 1 << 40, 1 << 40)),
        descending=request.flag("descending"),
        every_leaf=style == "all_docs",
        include_docs=request.flag("include_docs"),
        told=told_of(request),
        only=only,
        wait_s=request.whole("timeout", int(LONGEST_WAIT_S * 1000), int(LONGEST_WAIT_S * 1000)) / 1000,
        beat_s=_beat(request),
    )


def _beat(request: Request) -> float:
    said = request.head.query.get("heartbeat", "")
    if said in ("", "false", "0"):
        return 0.0
    if said == "true":
        return LONGEST_WAIT_S
    return max(_SHORTEST_BEAT_S, request.whole("heartbeat", 0, int(LONGEST_WAIT_S * 1000)) / 1000)


def _since(base: Base, said: str) -> int:
    """The number to read on from: 0 where the sequence is another database's."""
    head = base.wakes.heads().get(base.place, 0)
    if said == "now":
        return head
    if said in ("", "0"):
        return 0
    if said.startswith('"') and said.endswith('"'):
        said = said[1:-1]
    found = _SEQ.fullmatch(said)
    if not found:
        raise bad(f"Malformed sequence supplied in 'since' parameter: {said[:40]}")
    number = int(found[1])
    if number > head:
        base.wakes.stir()  # what was read may be older than what was told
        head = base.wakes.heads().get(base.place, 0)
    ours = found[2] in (None, base.tag)
    return number if ours and number <= head else 0


def seq(base: Base, number: int) -> str:
    """Our sequence as it is told."""
    return f"{number}-{base.tag}" if number else "0"


class _Beats:
    """The wait of one follower, with a sign of life now and then where it asked for one."""

    def __init__(self, clock: Clock, gone: Gone, wait_s: float, beat_s: float) -> None:
        self._clock = clock
        self._gone = gone
        self._wait_s = wait_s
        self._beat_s = beat_s

    def until(self, wakes: Wakes, come: Callable[[], bool]) -> Iterator[bytes]:
        """Heartbeats until that has come, or the time is up; with heartbeats there is no end of the time. One who
        has hung up raises `Hangup`."""
        now = self._clock.monotonic_s()
        until, beat = now + self._wait_s, now + self._beat_s
        with wakes.waiting() as stirred:
            while not wakes.ended:
                stirred.clear()
                now = self._clock.monotonic_s()
                if come() or not self._wait_s or (now >= until and not self._beat_s):
                    return
                self._clock.wait(stirred, max(0.01, min(_LOOK_S, (beat if self._beat_s else until) - now)))
                if self._gone():
                    raise Hangup
                if self._beat_s and self._clock.monotonic_s() >= beat:
                    yield b"\n"
                    beat = self._clock.monotonic_s() + self._beat_s


class _Follow:
    """One follower's walk through the feed."""

    def __init__(self, base: Base, asked: Asked, beats: _Beats) -> None:
        self._base = base
        self._asked = asked
        self._beats = beats
        self._left = asked.limit
        self._last = asked.since
        self._pending = 0

    def listed(self, *, wait: bool) -> Iterator[bytes]:
        """One JSON object with all rows; `wait` for the first where there is none."""
        start = b'{"results":['
        came = False
        if wait:
            yield start + b"\n"
            start = b""
            yield from self._until_news()
        for rows in self._pieces():
            if rows:
                yield start + (b",\n" if came else b"") + b",\n".join(rows)
                start, came = b"", True
        yield start + b'\n],\n"last_seq":' + dumped(seq(self._base, self._last)) + b',"pending":%d}\n' % self._pending

    def lines(self) -> Iterator[bytes]:
        """A line for each row, for ever: until the limit, the time-out or the other side's end."""
        while True:
            newest = self._base.wakes.heads().get(self._base.place, 0)
            for rows in self._pieces():
                if rows:
                    yield b"\n".join(rows) + b"\n"
            if self._left <= 0:
                break
            if self._asked.descending:
                self._last = max(self._last, newest)
            before = self._last
            yield from self._until_news()
            if self._last == before and not self._news():
                break
        yield dumped({"last_seq": seq(self._base, self._last), "pending": 0}) + b"\n"

    def _news(self) -> bool:
        return self._base.wakes.heads().get(self._base.place, 0) > self._last

    def _until_news(self) -> Iterator[bytes]:
        return self._beats.until(self._base.wakes, lambda: self._news() and self._matter())

    def _matter(self) -> bool:
        """Whether what is new concerns this follower; what does not is passed over for good."""
        if self._asked.only is None:
            return True
        while True:
            with self._base.shelves.one() as shelf:
                read = shelf.changes(self._base.place, self._last, PIECE, count=False)
            if any(row.doc in self._asked.only for row in read.rows):
                return True
            if not read.rows:
                return False
            self._last = read.last

    def _pieces(self) -> Iterator[list[bytes]]:
        """Rows as JSON, a piece at a time: from the last that was told on, or from the newest back to it."""
        since, until, more = self._last, _NO_END, True
        while more and self._left > 0:
            rows, more = self._piece(since, until)
            if self._asked.descending:
                until = self._last - 1
            else:
                since = self._last
            if more and self._left <= 0:
                self._pending = self._rest(since, until)
            yield rows

    def _rest(self, since: int, until: int) -> int:
        """How many documents were not told of any more."""
        if not self._asked.descending:
            return self._base.pending(since)
        with self._base.shelves.one() as shelf:
            return shelf.pending(self._base.place, since, until)

    def _piece(self, since: int, until: int) -> tuple[list[bytes], bool]:
        """The next rows, and whether there may be more. What was told last is noted: the last row that was looked at,
        or where not all of them could be told, the last of those."""
        asked, base = self._asked, self._base
        size = min(PIECE, self._left) if asked.only is None else PIECE
        with base.shelves.one() as shelf:
            read = shelf.changes(base.place, since, size, descending=asked.descending, until=until, count=False)
            wanted = [row for row in read.rows if asked.only is None or row.doc in asked.only]
            rows: Sequence[Change] = wanted[: self._left]
            found: list[tuple[Revised | None, bytes]] = [(None, b"")] * len(rows)
            if asked.include_docs:
                named = [Named(row.doc, row.leaves[0]) for row in rows]
                found = asked.told.first(base, shelf, named, Allowance())
                rows = rows[: len(found)]
        self._left -= len(rows)
        told = []
        for row, (_, doc) in zip(rows, found, strict=True):
            leaves = row.leaves if asked.every_leaf else row.leaves[:1]
            line: dict[str, object] = {
                "seq": seq(base, int(row.seq)),
                "id": row.doc,
                "changes": [{"rev": each} for each in leaves],
            }
            if row.deleted:
                line["deleted"] = True
            text = dumped(line)
            told.append(text[:-1] + b',"doc":' + (doc or b"null") + b"}" if asked.include_docs else text)
        cut = len(rows) < len(wanted)
        if read.rows:
            self._last = int(rows[-1].seq) if cut else read.last
        return told, cut or len(read.rows) == size


def updates(host: Host, names: Sequence[str], request: Request, clock: Clock, gone: Gone) -> Answer:
    """Answer `_db_updates`: which of those databases have news since a sequence, waited for where there are none."""
    feed = request.head.query.get("feed", "normal")
    if feed not in ("normal", "longpoll"):
        raise not_offered(f"feed={feed[:20]}")
    known = _marks(host, names, request.head.query.get("since", "0"))
    wait_s = request.whole("timeout", int(LONGEST_WAIT_S * 1000), int(LONGEST_WAIT_S * 1000)) / 1000
    beat_s = _beat(request)
    beats = _Beats(clock, gone, wait_s if feed == "longpoll" else 0.0, beat_s)
    return Answer(200, _updates(host, names, known, beats), _JSON)


def _updates(host: Host, names: Sequence[str], known: Mapping[str, int], beats: _Beats) -> Iterator[bytes]:
    wakes = host.wakes()
    heads: Mapping[str, int] = {}

    def news() -> list[str]:
        nonlocal heads
        heads = wakes.heads()
        return [name for name in names if heads.get(name, 0) > known.get(name, 0)]

    yield b'{"results":[\n'
    yield from beats.until(wakes, lambda: bool(news()))
    rows = []
    for name in news():
        base = host.find(name)
        if base is not None:
            rows.append(dumped({"db_name": name, "type": "updated", "seq": seq(base, heads[name])}))
    told = {name: max(heads.get(name, 0), known.get(name, 0)) for name in names}
    yield b",\n".join(rows) + b'\n],"last_seq":' + dumped(_mark(host, names, told)) + b"}\n"


def _mark(host: Host, names: Sequence[str], heads: Mapping[str, int]) -> str:
    """All heads as one sequence: numbers in the order of the names, and a mark of those names and their making."""
    return ".".join(str(heads.get(name, 0)) for name in names) + f"-{_tag(host, names)}"


def _tag(host: Host, names: Sequence[str]) -> str:
    bases = (host.find(name) for name in names)
    raw = "\n".join(f"{base.place} {base.instance}" for base in bases if base is not None)
    return hashlib.md5(raw.encode(), usedforsecurity=False).hexdigest()[:12]


def _marks(host: Host, names: Sequence[str], said: str) -> Mapping[str, int]:
    """The heads of such a sequence; all from the beginning where it is that of other databases."""
    if said == "now":
        return host.wakes().heads()
    if said in ("", "0"):
        return {}
    numbers, dash, tag = said.partition("-")
    parts = numbers.split(".")
    if not dash or not all(re.fullmatch(r"\d{1,18}", each) for each in parts):
        raise bad("Malformed sequence supplied in 'since' parameter")
    if tag != _tag(host, names) or len(parts) != len(names):
        return {}
    return dict(zip(names, map(int, parts), strict=True))
