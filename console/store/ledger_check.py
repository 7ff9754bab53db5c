"""Whether a ledger is what it was: every row against its hash and its neighbours, every known head against its row.

Reads page by page beside a running engine, and changes nothing. Each thing that is wrong is a `Break`: at which row,
and why in words. A chain that was cut off or written anew whole is sound in itself: only heads handed over before tell.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from console.core.errors import Fault
from console.store.database import plain
from console.store.ledger import COLUMNS, FIRST, NAMED, LedgerRow, digest
from console.store.ledger_heads import Head

RESTORED, SALVAGED = "storage.restored", "storage.salvaged"
"""Deeds of rows after which rows before may be missing: the store is one of earlier, or what was left of it."""
_MARKS = frozenset({RESTORED, SALVAGED})
_PAGE = 10_000
MOST_BREAKS = 50
"""So many are told one by one."""

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Break:
    """One thing that is wrong."""

    n: int
    """At which row."""
    says: str
    """Phrase key, with `values`."""
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def fault(self) -> Fault:
        """The same as a fault with words."""
        return Fault.at(f"ledger {self.n}", self.says, **self.values)


@dataclass(slots=True)
class Verdict:
    """What a look through a ledger came to."""

    rows: int = 0
    first: int = 0
    last: int = 0
    """Numbers of the first and the last row; 0 where there is none."""
    hash: str = ""
    """Of the last row."""
    count: int = 0
    """How many breaks there are, of which `breaks` names the first."""
    breaks: list[Break] = field(default_factory=list)
    heads: int = 0
    """Heads of this chain that were compared."""
    fit: int = 0
    """How many of them fit."""
    anchored: int = 0
    """The last row that a head held by the centre vouches for; 0 for none."""
    anchored_at: int = 0
    """When that was, in ms."""
    others: int = 0
    """Other consoles whose heads are known."""
    other_heads: int = 0
    marks: list[tuple[int, int, str]] = field(default_factory=list)
    """Rows (number, time, deed) that say the store was restored or salvaged."""

    @property
    def sound(self) -> bool:
        """True where nothing is wrong."""
        return self.count == 0

    def add(self, n: int, says: str, **values: Any) -> None:
        """One more."""
        self.count += 1
        if len(self.breaks) < MOST_BREAKS:
            self.breaks.append(Break(n, f"store.ledger.{says}", {"n": n, **values}))


def unheard(_share: float) -> None:
    """Nobody wants to know."""


def check(
    db: sqlite3.Connection,
    heads: Sequence[Head],
    *,
    console: str = "",
    start: int = 1,
    progress: Progress = unheard,
) -> Verdict:
    """Look through all rows from `start` on. `console` is the name of this file's console as its notes say it: by it
    the heads of an emptied chain are known."""
    verdict = Verdict()
    with any_text(db):
        names = _Names(db, console)
        mine, others = _sorted(heads, names)
        verdict.others, verdict.other_heads = len({head.console for head in others}), len(others)
        by_row: dict[int, list[Head]] = defaultdict(list)
        for head in mine:
            by_row[head.n].append(head)
        look = _Look(verdict, start, by_row)
        until = int(plain(db.execute("SELECT coalesce(max(n), 0) FROM ledger").fetchone()))
        for page in pages(db, start):
            look.through(page)
            progress(min(1.0, (page[-1][0] - start + 1) / max(1, until - start + 1)))
    look.end([head for head in mine if head.n >= start], names)
    _forks(verdict, others)
    verdict.breaks.sort(key=lambda each: each.n)
    progress(1.0)
    return verdict


def pages(db: sqlite3.Connection, start: int = 1) -> Iterator[list[tuple[Any, ...]]]:
    """Rows in their order from `start` on, a page at a time, each as the columns stand."""
    last = start - 1 if start > 1 else -(1 << 62)
    query = f"SELECT {COLUMNS} FROM ledger WHERE n > ? ORDER BY n LIMIT {_PAGE}"
    while page := db.execute(query, (last,)).fetchall():
        yield page
        last = page[-1][0]


@contextmanager
def any_text(db: sqlite3.Connection, errors: str = "surrogateescape") -> Iterator[None]:
    """Within it what stands in a row can be read whatever it is: somebody may have written into it by hand."""
    before, db.text_factory = db.text_factory, lambda raw: raw.decode("utf-8", errors)
    try:
        yield
    finally:
        db.text_factory = before


class _Look:
    """The walk along the chain."""

    def __init__(self, verdict: Verdict, start: int, heads: dict[int, list[Head]]) -> None:
        self._verdict = verdict
        self._heads = heads
        self._next = start
        self._prev: str | None = FIRST if start <= 1 else None
        """Hash the next row must name; None where nothing is known of the row before."""
        self._lost: list[Head] = []

    def through(self, page: Sequence[tuple[Any, ...]]) -> None:
        """Rows that follow. Those of which nothing is to be said are passed by quickly: they are nearly all."""
        heads, upcoming, prev, verdict = self._heads, self._next, self._prev, self._verdict
        verdict.first = verdict.first or int(page[0][0])
        for row in page:
            n, found = row[0], row[10]
            plain_row = n == upcoming and row[9] == prev and row[4] not in _MARKS and n not in heads
            if plain_row and digest(row) == found:
                upcoming, prev = n + 1, found
                continue
            self._next, self._prev = upcoming, prev
            self._at(LedgerRow._make(row))
            upcoming, prev = self._next, self._prev
        verdict.rows += len(page)
        self._next, self._prev = upcoming, prev
        verdict.last, verdict.hash = page[-1][0], str(page[-1][10])

    def _at(self, row: LedgerRow) -> None:
        verdict = self._verdict
        if row.n > self._next:
            verdict.add(self._next, "missing", last=row.n - 1, count=row.n - self._next)
        elif row.n < self._next:
            verdict.add(row.n, "number")
        if digest(row) != row.hash:
            verdict.add(row.n, "altered")
        elif row.n == self._next and self._prev is not None and row.prev != self._prev:
            verdict.add(row.n, "unbound", before=row.n - 1)
        if row.deed in _MARKS:
            verdict.marks.append((row.n, row.at if isinstance(row.at, int) else 0, row.deed))
        for head in self._heads.get(row.n, ()):
            verdict.heads += 1
            if head.hash == row.hash and head.sound:
                verdict.fit += 1
                if head.held and row.n > verdict.anchored:
                    verdict.anchored, verdict.anchored_at = row.n, head.at
            else:
                self._lost.append(head)
        self._next, self._prev = row.n + 1, row.hash

    def end(self, heads: Sequence[Head], names: _Names) -> None:
        """What the heads say that did not fit, or go on beyond the last row."""
        verdict = self._verdict
        beyond = [head for head in heads if head.n > verdict.last]
        verdict.heads += len(beyond)
        unfit = [*self._lost, *beyond]
        fit = {head.n for head in heads} - {head.n for head in unfit}
        after: dict[int, list[Head]] = defaultdict(list)
        left: dict[int, list[Head]] = defaultdict(list)
        cut: list[Head] = []
        for head in unfit:
            mark = next((n for n, at, _ in verdict.marks if n <= head.n and head.at <= at), 0)
            if not head.sound:
                verdict.add(head.n, "head_altered", doc=head.doc)
            elif mark:
                after[mark].append(head)
            elif named := names.left(head):
                left[named].append(head)
            elif head.n <= verdict.last:
                below = max((n for n in fit if n < head.n), default=0)
                verdict.add(head.n, "anchored", since=head.at, after=below, hash=head.hash[:12])
            else:
                cut.append(head)
        for n, some in left.items():
            most = max(some, key=_number)
            verdict.add(n, "left", console=most.console[:12], head=most.n, since=most.at)
        for n, some in after.items():
            self._by_restore(n, some)
        if cut:
            most, last = max(cut, key=_number), verdict.last
            verdict.add(last + 1, "cut", last=last, head=most.n, since=most.at, count=most.n - last)

    def _by_restore(self, mark: int, heads: Iterable[Head]) -> None:
        most = max(heads, key=_number)
        n, at, deed = next(each for each in self._verdict.marks if each[0] == mark)
        says = "restored" if deed == RESTORED else "salvaged"
        self._verdict.add(n, says, at=at, after=n - 1, head=most.n, since=most.at, count=most.n - n + 1)


class _Names:
    """Under which names a chain went, from which row on."""

    def __init__(self, db: sqlite3.Connection, console: str) -> None:
        rows = db.execute("SELECT n, subject FROM ledger WHERE deed = ? ORDER BY n", (NAMED,)).fetchall()
        self._spans: list[tuple[int, str]] = [(int(n), str(name)) for n, name in rows]
        self._now = console or (self._spans[-1][1] if self._spans else "")

    def mine(self, head: Head) -> bool:
        """Whether a head is one of this chain."""
        if head.console == self._now:
            return True
        return any(name == head.console for _, name in self._spans)

    def left(self, head: Head) -> int:
        """The row by which the chain had got another name where that head stands, 0 where it had not: who goes on under
        the head's name is the file this one was copied from, or rows of that name are gone."""
        before = [(n, name) for n, name in self._spans if n <= head.n]
        was_ours = any(name == head.console for _, name in before)
        return before[-1][0] if was_ours and before[-1][1] != head.console else 0


def _number(head: Head) -> int:
    return head.n


def _sorted(heads: Sequence[Head], names: _Names) -> tuple[list[Head], list[Head]]:
    mine = [head for head in heads if names.mine(head)]
    return mine, [head for head in heads if not names.mine(head)]


def _forks(verdict: Verdict, others: Sequence[Head]) -> None:
    """Heads of other consoles: we have not their rows, but two ends at one number cannot both be true."""
    ends: dict[tuple[str, int], set[str]] = defaultdict(set)
    for head in others:
        if not head.sound:
            verdict.add(head.n, "other_altered", console=head.console[:12], doc=head.doc)
            continue
        ends[head.console, head.n].add(head.hash)
    for (console, n), hashes in sorted(ends.items()):
        if len(hashes) > 1:
            verdict.add(n, "other_forked", console=console[:12], count=len(hashes))


def told(verdict: Verdict) -> dict[str, Any]:
    """The verdict as JSON values."""
    return {
        "sound": verdict.sound,
        "rows": verdict.rows,
        "first": verdict.first,
        "last": verdict.last,
        "hash": verdict.hash,
        "breaks": [{"n": each.n, "says": each.says, "values": each.values} for each in verdict.breaks],
        "breaks_total": verdict.count,
        "heads": verdict.heads,
        "heads_fit": verdict.fit,
        "anchored": verdict.anchored,
        "anchored_at_ms": verdict.anchored_at,
        "others": verdict.others,
        "other_heads": verdict.other_heads,
        "marks": [{"n": n, "at_ms": at, "deed": deed} for n, at, deed in verdict.marks],
    }


def is_told(text: str) -> dict[str, Any]:
    """What a row tells besides, as JSON; {} where that is none."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
