"""`audit verify | list | export | heads | reveals`: plain sentences or JSON, beside a running engine, and an exit code.

0 is sound (or done), 1 is a look that found something, 2 is a clear reason why not. Rows go to standard output, how far
it is and what is said besides to the other stream.
"""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TextIO

from console.core.clock import Clock, SystemClock, from_millis, millis
from console.core.errors import DiskTrouble, Refused
from console.core.phrases import Phrases
from console.core.records import LedgerEntry, LedgerFilter
from console.core.safe_text import json_safe, one_line
from console.store import ledger_read, schema, slips
from console.store.database import door, plain
from console.store.export import text_cell
from console.store.files import Profile, read_bytes
from console.store.ledger import COLUMNS, LedgerRow
from console.store.ledger_check import Break, Verdict, any_text, check, pages, told
from console.store.ledger_heads import Head, known, of_file
from console.store.ledger_witness import witnessed

FOUND = 1
_STEP = 0.05
_MOST = 8000
"""Characters of a cell of a line; no row of ours has more."""
_TIMES = ("at", "since")
"""Values of a break that are times, in ms."""


@dataclass(slots=True)
class Auditor:
    """Who looks: one profile, the language, and where it is said."""

    folder: Path
    phrases: Phrases
    out: TextIO
    aside: Callable[[str], object]
    clock: Clock = field(default_factory=SystemClock)
    who: str = ""

    def verify(
        self, *, as_json: bool = False, start: int = 1, heads: Path | None = None, more: Sequence[Head] = ()
    ) -> int:
        """Recompute every row, and compare with every head known: this store's, those of a file, and `more`."""
        given = [*more, *(heads_of(heads) if heads is not None else ())]
        with self._db() as db:
            console = str(plain(db.execute("SELECT value FROM meta WHERE name = 'console'").fetchone()) or "")
            step = _Steps(self.aside)
            here = known(db)
            verdict = check(db, [*here, *witnessed(db, here), *given], console=console, start=start, progress=step)
        waits = len(slips.waiting(self._profile))
        if as_json:
            self._json({**told(verdict), "waiting": waits})
        else:
            self._tell(verdict, waits)
        return 0 if verdict.sound else FOUND

    def list(self, asked: LedgerFilter, *, limit: int, before: int | None = None, as_json: bool = False) -> int:
        """Rows of a filter, the newest first."""
        with self._db() as db:
            left = limit
            while left > 0:
                page = ledger_read.page(db, asked, before, min(left, 1000))
                for entry in page.entries:
                    self._json(values_of(entry)) if as_json else self._line(line_of(entry))
                if not page.more:
                    break
                left, before = left - len(page.entries), page.entries[-1].n
        return 0

    def export(self, form: str, asked: LedgerFilter) -> int:
        """Rows as they stand, the oldest first, so that anybody can compute their hashes again. That it was done is
        a row itself."""
        with self._db() as db:
            self._hand_in("audit.export", told={"format": form})
            rows = (row for page in pages(db) for row in map(LedgerRow._make, page) if _fits(row, asked))
            with any_text(db, "replace"):
                count = _csv(rows, self.out) if form == "csv" else self._all(rows)
        self.say("store.ledger.exported", count=count)
        return 0

    def heads(self, *, as_json: bool = False) -> int:
        """Every head this store knows of: to be carried to where a ledger is looked through."""
        with self._db() as db:
            found = known(db)
            found += witnessed(db, found)
        if as_json:
            self._json({"heads": [head.body for head in found if head.sound]})
            return 0
        for head in found:
            held = self.phrases.say("store.ledger.held" if head.held else "store.ledger.not_held")
            self._line((head.console[:12], str(head.n), _iso(head.at), held, head.hash))
        return 0

    def reveals(self, since: datetime | None, until: datetime | None = None, *, as_json: bool = False) -> int:
        """Sealed values somebody opened, and apart those where he had nothing to do with the complaint."""
        since = since or self.clock.now() - timedelta(days=7)
        with self._db() as db:
            found = ledger_read.reveals(db, since, until)
        odd = [each for each in found if not each.cased]
        if as_json:
            rows = [{**values_of(each.entry), "cased": each.cased} for each in found]
            self._json({"since": since.isoformat(), "reveals": rows, "total": len(found), "without_case": len(odd)})
            return FOUND if odd else 0
        people = sorted({each.entry.who for each in found})
        print(self.phrases.say("store.ledger.reveals", since=_iso(millis(since)), count=len(found)), file=self.out)
        for who in people:
            mine = [each for each in found if each.entry.who == who]
            values = {"who": who, "count": len(mine), "odd": sum(not each.cased for each in mine)}
            print(self.phrases.say("store.ledger.reveals_of", **values), file=self.out)
        if odd:
            print(self.phrases.say("store.ledger.without_case", count=len(odd)), file=self.out)
        for each in odd:
            self._line(line_of(each.entry))
        return FOUND if odd else 0

    def say(self, key: str, **values: object) -> None:
        """One sentence that is not the output."""
        self.aside(self.phrases.say(key, **values))

    def _hand_in(self, deed: str, told: Mapping[str, Any]) -> None:
        try:
            slips.hand_in(self._profile, self.clock, deed, who=self.who, told=told)
        except DiskTrouble as trouble:
            self.say("store.ledger.not_kept", fault=trouble.says)

    @property
    def _profile(self) -> Profile:
        return Profile(Path(self.folder).absolute())

    @contextmanager
    def _db(self) -> Iterator[sqlite3.Connection]:
        profile = self._profile
        if not profile.folder.is_dir():
            raise Refused("store.no_profile", path=str(profile.folder))
        with closing(schema.open_records(profile.records)) as db, door(profile.records):
            yield db

    def _all(self, rows: Iterator[LedgerRow]) -> int:
        count = 0
        self.out.write("[")
        for row in rows:
            text = json_safe(json.dumps(row._asdict(), ensure_ascii=False, default=str))
            self.out.write(f"{',' if count else ''}\n{text}")
            count += 1
        self.out.write("\n]\n" if count else "]\n")
        return count

    def _json(self, values: Mapping[str, Any]) -> None:
        print(json_safe(json.dumps(values, ensure_ascii=False, default=str)), file=self.out)

    def _line(self, cells: Sequence[str]) -> None:
        print("\t".join(one_line(cell, _MOST) for cell in cells), file=self.out)

    def _tell(self, verdict: Verdict, waits: int) -> None:
        say = self.phrases.say
        lines: list[str] = []
        if verdict.rows:
            values = {"count": verdict.rows, "first": verdict.first, "last": verdict.last, "hash": verdict.hash[:12]}
            lines.append(say("store.ledger.looked", **values))
        else:
            lines.append(say("store.ledger.empty"))
        lines += [self._of_heads(verdict)]
        lines += [
            say("store.ledger.mark", n=n, at=_iso(at), deed=say(f"ledger.deed.{deed}")) for n, at, deed in verdict.marks
        ]
        if waits:
            lines.append(say("store.ledger.waiting", count=waits))
        if verdict.sound:
            lines.append(say("store.ledger.sound"))
        else:
            first, *rest = verdict.breaks
            lines.append(say("store.ledger.broken", says=said(first, self.phrases)))
            lines += [said(each, self.phrases) for each in rest]
            if verdict.count > len(verdict.breaks):
                lines.append(say("store.ledger.more", count=verdict.count - len(verdict.breaks)))
        print("\n".join(lines), file=self.out)

    def _of_heads(self, verdict: Verdict) -> str:
        say = self.phrases.say
        if not verdict.heads:
            text = say("store.ledger.no_heads")
        elif verdict.anchored:
            values = {"n": verdict.anchored, "at": _iso(verdict.anchored_at), "after": verdict.last - verdict.anchored}
            text = say("store.ledger.anchor", fit=verdict.fit, count=verdict.heads, **values)
        else:
            text = say("store.ledger.unanchored", fit=verdict.fit, count=verdict.heads)
        if verdict.others:
            text += " " + say("store.ledger.others", count=verdict.other_heads, consoles=verdict.others)
        return text


def said(each: Break, phrases: Phrases) -> str:
    """A break in words; times in its values are written out."""
    values = {name: _iso(value) if name in _TIMES else value for name, value in each.values.items()}
    return phrases.say(each.says, **values)


def heads_of(path: Path) -> Sequence[Head]:
    """Heads out of a file of `audit heads --json`. Raises `Refused` where it holds none."""
    try:
        found = of_file(json.loads(read_bytes(path) or b""))
    except (ValueError, RecursionError):
        found = []
    if not found:
        raise Refused("store.ledger.no_heads_there", path=str(path))
    return found


def instant(text: str) -> datetime:
    """A time as it is typed: a day, or a day with an hour; in UTC where it names no zone. Raises `Refused`."""
    try:
        at = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError:
        raise Refused("store.ledger.no_time", text=text[:40]) from None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def values_of(entry: LedgerEntry) -> dict[str, Any]:
    """A row as JSON values."""
    return {
        "n": entry.n,
        "at": _iso(millis(entry.at)),
        "who": entry.who,
        "session": entry.session,
        "deed": entry.deed,
        "subject": entry.subject,
        "why": entry.why,
        "told": dict(entry.told),
        "hub_at": None if entry.hub_at is None else _iso(millis(entry.hub_at)),
        "hash": entry.hash,
        "fits": entry.fits,
    }


def line_of(entry: LedgerEntry) -> Sequence[str]:
    """A row as the cells of one line."""
    more = json.dumps(dict(entry.told), ensure_ascii=False, sort_keys=True) if entry.told else ""
    mark = "" if entry.fits else "!"
    return (f"{mark}{entry.n}", _iso(millis(entry.at)), entry.who, entry.deed, entry.subject, entry.why, more)


def _fits(row: LedgerRow, asked: LedgerFilter) -> bool:
    at = row.at if isinstance(row.at, int) else 0
    return (
        (asked.who is None or row.who == asked.who)
        and (asked.deed is None or row.deed == asked.deed)
        and (asked.since is None or at >= millis(asked.since))
        and (asked.until is None or at < millis(asked.until))
    )


def _csv(rows: Iterator[LedgerRow], out: TextIO) -> int:
    count = 0
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS.split(", "))
    for row in rows:
        writer.writerow(_cell(value) for value in row)
        count += 1
    return count


def _cell(value: Any) -> Any:
    """Text that a spreadsheet may run as a formula is quoted, as in every export."""
    if value is None or isinstance(value, int):
        return "" if value is None else value
    return text_cell(str(value))


def _iso(ms: Any) -> str:
    try:
        return from_millis(int(ms)).isoformat(timespec="seconds").replace("+00:00", "Z")
    except (OverflowError, ValueError, OSError, TypeError):
        return str(ms)


class _Steps:
    """Tells a share now and then."""

    def __init__(self, say: Callable[[str], object]) -> None:
        self._say = say
        self._told = 0.0

    def __call__(self, share: float) -> None:
        if share - self._told >= _STEP and share < 1.0:
            self._told = share
            self._say(f"{share:.0%}")
