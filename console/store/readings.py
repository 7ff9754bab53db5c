"""What can be fetched again, in a file of its own: health of sources and of the exchange with the centre, refused
records, bad answers, notices.

Losing it costs a look at the sources, no more: a damaged one is put aside and made anew.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from console.core.clock import Clock, from_millis, millis
from console.core.errors import Fault
from console.core.records import HubNote, HubQuestion, HubState, Refusal, SourceHealth, Untaken
from console.store.database import transaction

KEPT_REFUSALS = 1000
"""Refused records kept per source, the newest."""
KEPT_NOTICES = 50
_HUB_INSTANTS = ("last_good_at", "next_at")
_INSTANTS = ("last_good_at", "last_try_at", "next_at", "newest_at", "lost_since")


def keep_health(db: sqlite3.Connection, health: SourceHealth, clock: Clock) -> None:
    """Keep how a source stands."""
    values = asdict(health)
    for name in _INSTANTS:
        at = values[name]
        values[name] = None if at is None else at.isoformat()
    values["error_values"] = dict(health.error_values)
    with transaction(db):
        db.execute(
            "INSERT INTO source VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET health = excluded.health, at = excluded.at",
            (health.id, json.dumps(values, ensure_ascii=False, default=str), millis(clock.now())),
        )


def sources(db: sqlite3.Connection, told: str = "source") -> list[SourceHealth]:
    """All sources ever seen, by id; `told` as for `hub`."""
    found = []
    for (raw,) in db.execute(f"SELECT health FROM {told} ORDER BY id"):
        values = json.loads(raw)
        for name in _INSTANTS:
            at = values[name]
            values[name] = None if at is None else datetime.fromisoformat(at)
        known = {name: value for name, value in values.items() if name in SourceHealth.__dataclass_fields__}
        found.append(SourceHealth(**known))
    return found


def forget_source(db: sqlite3.Connection, source: str) -> None:
    """Nothing is known of a source any more."""
    with transaction(db):
        for table in ("source", "refused", "bad_answer"):
            db.execute(f"DELETE FROM {table} WHERE {'id' if table == 'source' else 'source'} = ?", (source,))


def bad_answer(db: sqlite3.Connection, source: str, most: int) -> tuple[datetime, str, bytes] | None:
    """When the last bad answer of a source came, why it was one (phrase key), and its first `most` bytes."""
    row = db.execute("SELECT at, why, substr(raw, 1, ?) FROM bad_answer WHERE source = ?", (most, source)).fetchone()
    return None if row is None else (from_millis(row[0]), row[1], bytes(row[2]))


def keep_hub(db: sqlite3.Connection, state: HubState, clock: Clock) -> None:
    """Keep how we stand with the centre."""
    values = asdict(state)
    for name in _HUB_INSTANTS:
        values[name] = None if values[name] is None else values[name].isoformat()
    values["values"] = dict(state.values)
    for note in values["notes"]:
        note["at"] = note["at"].isoformat()
    with transaction(db):
        db.execute(
            "INSERT INTO hub VALUES (1, ?, ?) ON CONFLICT DO UPDATE SET state = excluded.state, at = excluded.at",
            (json.dumps(values, ensure_ascii=False, default=str), millis(clock.now())),
        )


def hub(db: sqlite3.Connection, told: str = "hub") -> HubState | None:
    """How we stand with the centre; None until the engine has written it, and brought an older file up to date. `told`
    is the table, or the view that tells a part of it."""
    if db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'hub'").fetchone() is None:
        return None
    row = db.execute(f"SELECT state FROM {told}").fetchone()
    if row is None:
        return None
    values = json.loads(row[0])
    for name in _HUB_INSTANTS:
        values[name] = None if values[name] is None else datetime.fromisoformat(values[name])
    values["questions"] = tuple(_question(each) for each in values["questions"])
    values["notes"] = tuple(_note(each) for each in values.get("notes", ()))
    values["untaken"] = tuple(Untaken(**each) for each in values.get("untaken", ()))
    return HubState(**{name: value for name, value in values.items() if name in HubState.__dataclass_fields__})


def _question(raw: Any) -> HubQuestion:
    """A question; files of before hold place and key alone."""
    if not isinstance(raw, dict):
        return HubQuestion(*raw)
    return HubQuestion(raw["place"], raw["says"], raw["values"], tuple(raw["titles"]), raw["named"])


def _note(raw: dict[str, Any]) -> HubNote:
    return HubNote(datetime.fromisoformat(raw["at"]), raw["says"], raw["values"], tuple(raw["places"]))


def keep_refused(db: sqlite3.Connection, source: str, refused: Sequence[Refusal], clock: Clock) -> None:
    """Keep the records that were not taken, the newest of each source."""
    at = millis(clock.now())
    with transaction(db):
        db.executemany(
            "INSERT INTO refused (source, at, place, says, told, raw) VALUES (?, ?, ?, ?, ?, ?)",
            (
                (source, at, each.where, each.says, _values(each.values), _sound(each.raw))
                for each in refused[-KEPT_REFUSALS:]
            ),
        )
        db.execute(
            "DELETE FROM refused WHERE source = ?1 AND n <= (SELECT n FROM refused WHERE source = ?1"
            " ORDER BY n DESC LIMIT 1 OFFSET ?2)",
            (source, KEPT_REFUSALS),
        )


def refused(db: sqlite3.Connection, source: str, limit: int) -> list[tuple[datetime, Refusal]]:
    """The newest refused records of a source, newest first."""
    rows = db.execute(
        "SELECT at, place, says, told, raw FROM refused WHERE source = ? ORDER BY n DESC LIMIT ?", (source, limit)
    )
    return [(from_millis(at), Refusal(place, says, json.loads(told), raw)) for at, place, says, told, raw in rows]


def keep_bad_answer(db: sqlite3.Connection, source: str, raw: bytes, why: str, clock: Clock) -> None:
    """Keep the last answer of a source that was not in its form."""
    with transaction(db):
        db.execute(
            "INSERT INTO bad_answer VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET at = excluded.at, why = excluded.why, raw = excluded.raw",
            (source, millis(clock.now()), why, raw),
        )


def keep_notices(db: sqlite3.Connection, faults: Iterable[Fault], clock: Clock) -> None:
    """Keep what the store has to tell the people in the room."""
    at = millis(clock.now())
    with transaction(db):
        db.executemany(
            "INSERT INTO notice (at, place, says, told) VALUES (?, ?, ?, ?)",
            ((at, fault.where, fault.says, _values(dict(fault.values))) for fault in faults),
        )
        db.execute("DELETE FROM notice WHERE n <= (SELECT max(n) FROM notice) - ?", (KEPT_NOTICES,))


def notices(db: sqlite3.Connection) -> list[Fault]:
    """What the store told, oldest first."""
    rows = db.execute("SELECT place, says, told FROM notice ORDER BY n")
    return [Fault.at(place, says, **json.loads(told)) for place, says, told in rows]


def _values(values: Any) -> str:
    return json.dumps(dict(values), ensure_ascii=False, default=str)


def _sound(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
