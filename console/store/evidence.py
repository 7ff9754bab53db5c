"""Whether what was erased is gone, asked of the files anew: of every table, and byte by byte; and what the ledger tells
of a case. Only reads.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from console.core.clock import from_millis
from console.core.erasure import Erasure, is_item, item_mark, redacted
from console.core.errors import Refused
from console.core.personal import SEALED, sealed_among, whole_among, whole_of_deed
from console.store import schema
from console.store.database import door, open_reader
from console.store.files import Profile
from console.store.read import Read

LEAST = 12
"""Letters of a piece of text by which it is known again."""
_TRACE = re.compile(r"[A-Za-z0-9 ,.]{12,}")
"""Signs that stand the same in every form a text is kept in."""
_PIECE = 16 << 20
_DATABASES = ("records.db", "records.db-wal", "readings.db", "readings.db-wal")


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the ledger about a case."""

    n: int
    at: datetime
    who: str
    deed: str
    complaint: str
    told: str
    hash: str


@dataclass(frozen=True, slots=True)
class Gone:
    """How an erased complaint stands now."""

    complaint: str
    fields: tuple[str, ...]
    history: bool
    deeds: int
    at: datetime
    row: int
    """Fields of its row that hold anything all the same: 0."""
    words: int
    """Rows of its history, and bodies of its documents, that do: 0."""
    unsent: int
    """Revisions the centre does not hold yet."""


@contextmanager
def _records(profile: Profile) -> Iterator[sqlite3.Connection]:
    with closing(schema.open_records(profile.records)) as db, door(profile.records):
        yield db


def steps(profile: Profile, why: str) -> tuple[Step, ...]:
    """Rows of the ledger with that reason, in order."""
    query = "SELECT n, at, who, deed, subject, told, hash FROM ledger WHERE why = ? ORDER BY n"
    with _records(profile) as db:
        return tuple(Step(n, from_millis(at), *rest) for n, at, *rest in db.execute(query, (why,)))


def standing(profile: Profile, erasures: Sequence[Erasure]) -> tuple[Gone, ...]:
    """How each erased complaint stands now."""
    here = items(profile, [each.complaint for each in erasures])
    with _records(profile) as db:
        return tuple(_item_now(db, each, here) if is_item(each.complaint) else _now(db, each) for each in erasures)


def items(profile: Profile, marks: Collection[str]) -> dict[str, tuple[str, ...]]:
    """What the items of these marks say, in pieces; only those that are here."""
    wanted = {mark for mark in marks if is_item(mark)}
    found = {}
    if wanted and profile.readings.exists():
        with closing(open_reader(profile.readings)) as db, door(profile.readings):
            for name, *texts in db.execute("SELECT id, title, text, url, body FROM item"):
                mark = item_mark(name)
                if mark in wanted:
                    found[mark] = tuple(texts)
    return found


def deeds(profile: Profile, names: Sequence[str]) -> dict[str, str]:
    """The complaint of each of these deeds. Raises `Refused` for one that is not here."""
    found = {}
    with _records(profile) as db:
        for name in names:
            row = db.execute("SELECT complaint FROM event WHERE id = ?", (name,)).fetchone()
            if row is None:
                raise Refused("personal.rights.no_deed", deed=name)
            found[name] = row[0]
    return found


def traces(
    profile: Profile, read: Read, names: Sequence[str], fields: Collection[str], deeds: Collection[str] | None
) -> list[bytes]:
    """Pieces of what is about to be erased that stand nowhere else, to be looked for afterwards. `deeds` are those
    whose words go, None for all."""
    texts: list[str] = []
    shared = items(profile, names)
    texts += [text for each in shared.values() for text in each]
    for name in names:
        found = None if is_item(name) else read.complaint(name)
        if found is not None:
            texts += [told for each in fields if isinstance(told := getattr(found, each, None), str)]
            sealed = {**sealed_among(found.extra), **whole_among(found.extra)}
            texts += [each for field, each in sealed.items() if field in fields]
        for event in read.events_of(name):
            if event.deed != "source" and (deeds is None or event.id in deeds):
                texts += [event.text, whole_of_deed(event.fields)]
    runs = {max(_TRACE.findall(text), key=len, default="").strip() for text in texts}
    with _records(profile) as db:
        chosen = [each for each in sorted(runs) if len(each) >= LEAST and not _elsewhere(db, each, names)]
    chosen = _alone(profile, chosen, shared) if shared else chosen
    return [each.encode("utf-8") for each in chosen]


def _alone(profile: Profile, texts: Sequence[str], marks: Collection[str]) -> list[str]:
    """Those of these texts that no other item says: what is quoted elsewhere proves nothing."""
    left = dict.fromkeys(texts)
    with closing(open_reader(profile.readings)) as db, door(profile.readings):
        for name, title, text, body in db.execute("SELECT id, title, text, body FROM item"):
            said = [each for each in left if each in title or each in text or each in body]
            if said and item_mark(name) not in marks:
                for each in said:
                    del left[each]
    return list(left)


def _elsewhere(db: sqlite3.Connection, text: str, names: Sequence[str]) -> bool:
    """Whether another complaint says the same words: then finding them proves nothing."""
    others = f"NOT IN ({','.join('?' * len(names))})"
    columns = ("title", "text", "address", "extra", "media_url")
    said = " OR ".join(f"instr({each}, ?)" for each in columns)
    told = "instr(text, ?) OR instr(fields, ?)"
    asked = (
        (f"SELECT 1 FROM complaint WHERE id {others} AND ({said}) LIMIT 1", len(columns)),
        (f"SELECT 1 FROM event WHERE complaint {others} AND ({told}) LIMIT 1", 2),
    )
    return any(db.execute(query, (*names, *(text,) * times)).fetchone() for query, times in asked)


def left(profile: Profile, traces: Sequence[bytes]) -> dict[str, int]:
    """Files of the profile that still hold any of these, byte by byte; not backups and old stores, which are told
    apart."""
    paths = [profile.folder / name for name in _DATABASES]
    for folder in (profile.blackbox, profile.slips, profile.logs):
        paths += sorted(folder.glob("*")) if folder.is_dir() else []
    found = {path.name: _holds(path, traces) for path in paths if path.is_file()}
    return {name: count for name, count in found.items() if count}


def _holds(path: Path, traces: Sequence[bytes]) -> int:
    """How many of these stand in a file, however large it is."""
    left, tail = set(traces), b""
    longest = max(map(len, traces), default=0)
    with path.open("rb") as stream:
        while left and (piece := stream.read(_PIECE)):
            data = tail + piece
            left -= {each for each in left if each in data}
            tail = data[-longest:]
    return len(traces) - len(left)


def _item_now(db: sqlite3.Connection, erasure: Erasure, here: Collection[str]) -> Gone:
    """How an erased item stands now: here all the same, or not."""
    waits = "SELECT count(*) FROM outbox WHERE complaint = ? AND withdrawn_at IS NULL"
    (unsent,) = db.execute(waits, (erasure.complaint,)).fetchone()
    return Gone(erasure.complaint, (), True, 0, erasure.at, int(erasure.complaint in here), 0, unsent)


def _now(db: sqlite3.Connection, erasure: Erasure) -> Gone:
    """How an erased complaint stands now, asked of every table anew."""
    name, columns = erasure.complaint, sorted(erasure.fields - {*SEALED})
    row = db.execute(f"SELECT extra, {', '.join(columns) or '1'} FROM complaint WHERE id = ?", (name,)).fetchone()
    held = 0
    if row is not None:
        held = sum(value not in (None, "") for value in row[1:]) if columns else 0
        held += len({*sealed_among(row[0]), *whole_among(row[0])} & erasure.fields)
    words = 0
    for deed, at, text, fields in db.execute(
        "SELECT id, at, text, fields FROM event WHERE complaint = ? AND deed <> 'source'", (name,)
    ).fetchall():
        reached = erasure.reaches(deed, from_millis(at))
        words += reached and (text, fields) != ("", "{}")
        words += reached and _spoken(db, deed, erasure)
    words += _spoken(db, f"complaint:{name.partition(':')[2]}", erasure)
    waits = "SELECT count(*) FROM outbox WHERE complaint = ? AND withdrawn_at IS NULL"
    (unsent,) = db.execute(waits, (name,)).fetchone()
    deeds = len(erasure.deeds)
    return Gone(name, tuple(sorted(erasure.fields)), erasure.history, deeds, erasure.at, held, words, unsent)


def _spoken(db: sqlite3.Connection, doc: str, erasure: Erasure) -> int:
    """Bodies of a document, of whatever revision, that still hold any of it."""
    bodies = db.execute(
        "SELECT body FROM rev JOIN doc ON doc.n = rev.doc WHERE doc.id = ? AND body IS NOT NULL", (doc,)
    ).fetchall()
    return sum(redacted(json.loads(raw), erasure) is not None for (raw,) in bodies)
