"""What follows from what was saved: each piece of a deed stands in several places, so one tells of the others.

    event row ⇄ deed document ─► outcome, outbox row          a revision's name proves its content
    case document ─► what operators decided in the read model
    complaint document ─► the row of a complaint recorded here
    revision the centre is not known to hold ⇄ outbox row     offering one twice does no harm, never offering it does

Works on a file of our form in one transaction of the caller; says nothing of what cannot be known.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from console.core.clock import millis
from console.core.command import Outcome
from console.core.lifecycle import State
from console.store.cases import BITS
from console.store.covering_turn import NOTE as COVERED_TO
from console.store.database import plain
from console.store.histories import said_by
from console.store.retold import cases_of_events, deeds_of_events, events_of_deeds, fields_of
from console.store.retrees import bodiless, conflicts, outbox, trees, withdrawn
from console.store.search import SearchIndex
from console.store.shapes import is_body, mend
from console.store.tables import table
from console.store.tallies import LATE_AFTER_MS, OPEN_MASK, recount

_MOST_WORDS = 1_000_000


def rederive(db: sqlite3.Connection) -> None:
    """Make everything that follows from other rows agree with them."""
    _words(db)
    _names(db)
    mend(db)
    trees(db)
    deeds_of_events(db)
    cases_of_events(db)
    withdrawn(db)
    bodiless(db)
    events_of_deeds(db)
    _outcomes(db)
    outbox(db)
    conflicts(db)
    _recorded_here(db)
    db.execute("DELETE FROM meta WHERE name = ?", (COVERED_TO,))  # rows may stand there again as they came
    _stubs(db)
    _decided(db)
    _standing(db)
    SearchIndex(db).rebuild()
    recount(db)


def _words(db: sqlite3.Connection) -> None:
    """Numbers of words have no holes: a lost word gets one that says so."""
    known = {row[0] for row in db.execute("SELECT id FROM word")}
    columns = table(db, "complaint").words
    used = [plain(db.execute(f"SELECT max({name}) FROM complaint").fetchone()) or 0 for name in columns]
    used.append(plain(db.execute("SELECT max(place) FROM doc").fetchone()) or 0)
    lost = [number for number in range(min(max([*known, *used], default=0), _MOST_WORDS) + 1) if number not in known]
    db.executemany("INSERT INTO word VALUES (?, ?)", ((number, f"?{number}" if number else "") for number in lost))
    for name in columns:
        db.execute(f"UPDATE complaint SET {name} = 0 WHERE {name} NOT IN (SELECT id FROM word)")
    # A place without its name is none: the next start gives the document one by its complaint.
    for name in ("doc", "outbox"):
        db.execute(f"UPDATE {name} SET place = 0 WHERE place NOT IN (SELECT id FROM word WHERE text NOT GLOB '[?]*')")


def _names(db: sqlite3.Connection) -> None:
    """The id of a deed's event is made of its command: where they differ, the outcome knows which is right."""
    differ = "command <> '' AND id <> 'deed:' || command"
    known = "IN (SELECT command FROM outcome)"
    db.execute(f"UPDATE OR IGNORE event SET command = substr(id, 6) WHERE {differ} AND substr(id, 6) {known}")
    db.execute(f"UPDATE OR IGNORE event SET id = 'deed:' || command WHERE {differ} AND command {known}")


def _outcomes(db: sqlite3.Connection) -> None:
    """What is in the history was taken: a line of the black box must not do it twice. What was taken and left no
    trace is done again from there."""
    db.execute(
        "DELETE FROM outcome WHERE outcome = ? AND command NOT IN (SELECT command FROM event)", (str(Outcome.TAKEN),)
    )
    db.execute(
        "INSERT OR IGNORE INTO outcome SELECT command, ?, complaint, '', '{}', at FROM event WHERE command <> ''",
        (str(Outcome.TAKEN),),
    )


def _recorded_here(db: sqlite3.Connection) -> None:
    """Rows of complaints told to an operator here, from their documents."""
    rows = db.execute(
        "SELECT body FROM doc JOIN rev ON rev.n = doc.winner WHERE doc.id GLOB 'complaint:*'"
        " AND json_extract(body, '$.type') = 'complaint'"
        " AND json_extract(body, '$.id') NOT IN (SELECT id FROM complaint)"
    ).fetchall()
    for (raw,) in rows:
        body = json.loads(raw)
        if not is_body(body):
            continue
        _insert(db, body["id"], millis(datetime.fromisoformat(body["at"])), body, None)
        db.execute("UPDATE complaint SET decided = 1 WHERE id = ?", (body["id"],))


def _stubs(db: sqlite3.Connection) -> None:
    """A row for every complaint that operators did something to and that is lost: its deeds stay in sight, and any
    word of the source that comes again counts as newer."""
    rows = db.execute(
        "SELECT complaint, min(at) FROM event WHERE command <> '' AND complaint NOT IN (SELECT id FROM complaint)"
        " GROUP BY complaint"
    ).fetchall()
    for complaint, at in rows:
        _insert(db, complaint, at, {}, 0)


def _insert(db: sqlite3.Connection, name: str, at: int, said: Mapping[str, Any], updated_at: int | None) -> None:
    source, _, own = name.partition(":")
    text = {each: str(said.get(each, "")) for each in ("title", "text", "agency", "address", "media_url")}
    words = [
        _word(db, each) for each in (source, *(str(said.get(key, "")) for key in ("category", "area", "opd", "opd")))
    ]
    db.execute(
        "INSERT INTO complaint (id, native_id, title, text, agency, address, media_url, source, category, area,"
        " their_opd, opd, lat, lon, requested_at, updated_at, received_at, native_state, their_state, state,"
        " zone_assumed, extra)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?, ?, 0, ?)",
        (
            name,
            own,
            *text.values(),
            *words,
            said.get("lat"),
            said.get("lon"),
            at,
            updated_at,
            at,
            int(State.NEW),
            int(State.NEW),
            said_by(name, at, said).extra,
        ),
    )


def _word(db: sqlite3.Connection, text: str) -> int:
    found = plain(db.execute("SELECT id FROM word WHERE text = ?", (text,)).fetchone())
    if found is None:
        found = int(plain(db.execute("SELECT coalesce(max(id), -1) + 1 FROM word").fetchone()))
        db.execute("INSERT INTO word VALUES (?, ?)", (found, text))
    return int(found)


def _decided(db: sqlite3.Connection) -> None:
    """What operators decided, from the documents of the cases, into rows that say otherwise."""
    rows = db.execute(
        "SELECT body FROM doc JOIN rev ON rev.n = doc.winner WHERE doc.id GLOB 'case:*'"
        " AND json_extract(body, '$.type') = 'case'"
    ).fetchall()
    for (raw,) in rows:
        body = json.loads(raw)
        if not is_body(body):
            continue
        fields = fields_of(body)
        decided = sum(bit for name, bit in BITS.items() if name in fields)
        values = {
            "state": fields.get("state"),
            "opd": _word(db, fields["opd"]) if "opd" in fields else None,
            "holder": _word(db, fields.get("holder", "")),
            "duplicate_of": fields.get("duplicate_of", ""),
        }
        db.execute(
            "UPDATE complaint SET state = coalesce(?, their_state), opd = coalesce(?, their_opd), holder = ?,"
            " duplicate_of = ?, decided = ?, touched_at = coalesce(touched_at, ?) WHERE id = ?",
            (*values.values(), decided, millis(datetime.fromisoformat(body["at"])), body["complaint"]),
        )


def _standing(db: sqlite3.Connection) -> None:
    """Due dates and waiting deeds, as the other columns and the outbox have them."""
    db.execute(
        f"UPDATE complaint SET due_at = iif(({OPEN_MASK} >> state) & 1,"
        f" coalesce(expected_at, requested_at + {LATE_AFTER_MS}), NULL) WHERE due_at IS NOT"
        f" iif(({OPEN_MASK} >> state) & 1, coalesce(expected_at, requested_at + {LATE_AFTER_MS}), NULL)"
    )
    db.execute(
        "UPDATE complaint SET pending = (SELECT count(DISTINCT nullif(command, '')) FROM outbox"
        " WHERE outbox.complaint = complaint.id AND withdrawn_at IS NULL)"
        " WHERE pending <> 0 OR id IN (SELECT complaint FROM outbox)"
    )
