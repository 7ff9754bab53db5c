"""What was erased, taken out of what lies beside the tables: search volumes, black box, files, bad answers, logs of the
databases.

A word that was taken out of the search by a row of its own stays in the pages of the index until they are merged, and
an old page stays in the write-ahead log until that is brought home. Each step may be done twice; a kill between two
costs doing them again.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from console.core.clock import from_millis
from console.core.erasure import Erasure
from console.core.personal import COMMANDS, DataClass
from console.store.blobs import Blobs
from console.store.database import transaction
from console.store.files import Profile, overwrite, read_bytes
from console.store.histories import DEED, time_of
from console.store.search import MERGE_PAGES

_ALWAYS = frozenset({"complaint", "saw"})


def scrub(
    profile: Profile,
    db: sqlite3.Connection,
    due: Mapping[str, Sequence[Any]],
    known: Mapping[str, Erasure],
    *,
    urgent: Callable[[], bool],
) -> bool:
    """Do what is due. False where it is not all done: somebody waits (`urgent`), or reads and holds up a log."""
    blobs = Blobs(profile.blobs)
    for name in due.get("blobs", ()):
        blobs.drop(name)
        blobs.give_up(name)
    box(profile.blackbox, {name: known[name] for name in due.get("complaints", ()) if name in known})
    there = {row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE name GLOB 'search_*'")}
    for volume in due.get("volumes", ()):
        name = f"search_{volume}"
        if name in there and not merged(db, name, urgent):
            return False
    return home(db)


def merged(db: sqlite3.Connection, name: str, urgent: Callable[[], bool]) -> bool:
    """Make one piece of a volume of the search, so that no word stands in it that was taken out; in small steps, each
    a transaction of its own. False where somebody waits: it goes on from there the next time."""
    pages = -MERGE_PAGES  # the first step says that all of it is to become one
    while not urgent():
        before = db.total_changes
        with transaction(db):
            db.execute(f"INSERT INTO {name} ({name}, rank) VALUES ('merge', ?)", (pages,))
        if db.total_changes - before < 2:
            return True
        pages = MERGE_PAGES
    return False


def home(db: sqlite3.Connection) -> bool:
    """Bring a log home and shorten it to nothing. False where a reader holds it up."""
    busy = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    return not busy


def answers(readings: sqlite3.Connection) -> bool:
    """Forget what sources answered badly and what of their records was refused: it is kept for who mends a feed, comes
    again, and nobody can tell what stands in it. False where a reader holds up the log."""
    with transaction(readings):
        readings.execute("DELETE FROM refused")
        readings.execute("DELETE FROM bad_answer")
        for number, raw in readings.execute("SELECT n, state FROM hub").fetchall():
            readings.execute("UPDATE hub SET state = ? WHERE n = ?", (_untitled(raw), number))
    return home(readings)


def _untitled(raw: str) -> str:
    """How we stand with the centre, without what complaints are called."""
    state = json.loads(raw)
    for question in state.get("questions", ()):
        if isinstance(question, dict):
            question["titles"] = []
    return json.dumps(state, ensure_ascii=False)


def box(folder: Path, erasures: Mapping[str, Erasure]) -> None:
    """Take the words out of the lines of the black box. In their places, for the screen adds lines meanwhile."""
    if not erasures or not folder.is_dir():
        return
    for path in sorted(folder.glob("????-??-??.jsonl")):
        raw = read_bytes(path) or b""
        for start, line in _lines(raw):
            left = _redacted(line, erasures)
            if left is not None:
                overwrite(path, start, left)


def _lines(raw: bytes) -> Iterator[tuple[int, bytes]]:
    start = 0
    for line in raw.split(b"\n"):
        yield start, line
        start += len(line) + 1


def _redacted(line: bytes, erasures: Mapping[str, Erasure]) -> bytes | None:
    """The line without what was erased, as long as it was; None where it holds nothing of it."""
    try:
        values = json.loads(line)
    except (ValueError, RecursionError):
        # Torn: whatever it says of such a complaint is of no use to anybody.
        torn = any(name.encode("utf-8") in line for name in erasures)
        return b" " * len(line) if torn and line.strip() else None
    fields = values.get("fields") if isinstance(values, dict) else None
    erasure = erasures.get(str(fields.get("complaint"))) if isinstance(fields, dict) else None
    if erasure is None or not isinstance(fields, dict):
        return None
    gone = _gone(values, fields, erasure)
    if not gone:
        return None
    values["fields"] = {name: value for name, value in fields.items() if name not in gone}
    left = json.dumps(values, ensure_ascii=True, separators=(",", ":")).encode("ascii")
    return left.ljust(len(line))


def _gone(values: Mapping[str, Any], fields: Mapping[str, Any], erasure: Erasure) -> set[str]:
    """Names of the fields that go."""
    gone = {name for name in fields if name in erasure.fields}
    at = time_of(values)
    if erasure.reaches(f"{DEED}{values.get('id')}", from_millis(at or 0)):
        # What was only ever declared to say nothing of anybody stays; what nobody declared goes.
        for name in fields:
            told = COMMANDS.get(name)
            if told is None or (told.kind is not DataClass.NONE and name not in ("holder", "seen_holder", "by")):
                gone.add(name)
    return gone - _ALWAYS
