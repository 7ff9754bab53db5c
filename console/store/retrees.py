"""Trees of documents and the outbox after a salvage, as the revisions that are left make them.

What is not known to be held by the centre waits in the outbox: offering it twice does no harm, never offering it does.
What a person took back stays taken back.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from console.core.clock import millis
from console.store.database import plain
from console.store.documents import name_rev
from console.store.replica import complaint_of
from console.store.retold import deed_bodies
from console.store.shapes import is_body, is_instant


def trees(db: sqlite3.Connection) -> None:
    """Leaves and winners as the revisions that are there make them."""
    _nameless(db)
    db.execute("DELETE FROM rev WHERE doc NOT IN (SELECT n FROM doc)")
    db.execute("UPDATE rev SET parent = NULL WHERE parent IS NOT NULL AND parent NOT IN (SELECT n FROM rev)")
    _ends(db)


def _ends(db: sqlite3.Connection) -> None:
    db.execute("UPDATE rev SET held = 0, aside = 0 WHERE held NOT IN (0, 1) OR aside NOT IN (0, 1) OR held + aside = 2")
    db.execute(
        "UPDATE rev SET leaf = aside = 0 AND NOT EXISTS (SELECT 1 FROM rev AS child WHERE child.parent = rev.n"
        " AND child.aside = 0)"
    )
    db.execute("DELETE FROM doc WHERE n NOT IN (SELECT doc FROM rev)")
    best = "FROM rev WHERE rev.doc = doc.n AND leaf = 1 ORDER BY rev.deleted, generation DESC, hash DESC LIMIT 1"
    db.execute(f"UPDATE doc SET winner = (SELECT n {best}), deleted = coalesce((SELECT deleted {best}), 0)")


def _nameless(db: sqlite3.Connection) -> None:
    """Names of documents of which only revisions are left: the outbox knows them, or their content does."""
    rows = db.execute(
        "SELECT rev.doc, generation || '-' || hash, body FROM rev WHERE doc NOT IN (SELECT n FROM doc) ORDER BY rev.n"
    ).fetchall()
    deeds = {name_rev("", body): event for event, body in deed_bodies(db)} if rows else {}
    for number, rev, raw in rows:
        doc = plain(db.execute("SELECT doc FROM outbox WHERE rev = ?", (rev,)).fetchone()) or deeds.get(rev)
        body = json.loads(raw) if raw else {}
        if doc is None and body.get("type") == "case" and is_body(body):
            doc = f"case:{body['complaint']}"
        if doc is None and body.get("type") == "complaint" and is_body(body):
            doc = f"complaint:{body['id'].partition(':')[2]}"
        if doc is None and body.get("type") == "person" and isinstance(body.get("id"), str):
            doc = f"person:{body['id']}"
        if doc is not None:
            db.execute("INSERT OR IGNORE INTO doc (n, id) VALUES (?, ?)", (number, doc))


def bodiless(db: sqlite3.Connection) -> None:
    """An open end that was never sent and of which only the name is left can be given to nobody: what lies below it
    is what is to be sent. Where the centre has it after all, it comes from there."""
    lost = "body IS NULL AND held = 0 AND aside = 0 AND leaf = 1"
    while db.execute(f"SELECT 1 FROM rev WHERE {lost}").fetchone():
        db.execute(f"DELETE FROM rev WHERE {lost}")
        _ends(db)


def withdrawn(db: sqlite3.Connection) -> None:
    """What a person took back stays so, also where its revision had to be made again."""
    db.execute(
        "UPDATE rev SET aside = 1 WHERE held = 0 AND (SELECT withdrawn_at FROM outbox JOIN doc ON doc.id = outbox.doc"
        " WHERE doc.n = rev.doc AND outbox.rev = generation || '-' || hash) IS NOT NULL"
    )
    _ends(db)


def outbox(db: sqlite3.Connection) -> None:
    """It names every revision the centre is not known to hold, and none that is not there. A held one that lost its
    content is fetched again."""
    names = "SELECT 1 FROM rev JOIN doc ON doc.n = rev.doc WHERE doc.id = outbox.doc AND body IS NOT NULL AND held = 0"
    same = "generation || '-' || hash = outbox.rev"
    db.execute(f"DELETE FROM outbox WHERE NOT EXISTS ({names} AND {same})")
    rows = db.execute(
        "SELECT doc.id, generation || '-' || hash, body FROM rev JOIN doc ON doc.n = rev.doc WHERE body IS NOT NULL"
        " AND held = 0"
        " AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.doc = doc.id AND outbox.rev = generation || '-' || hash)"
        " ORDER BY json_extract(body, '$.at'), rev.n"
    ).fetchall()
    for doc, rev, raw in rows:
        body = json.loads(raw)
        complaint = complaint_of(body)
        at = millis(datetime.fromisoformat(body["at"])) if is_instant(body.get("at")) else 0
        db.execute(
            "INSERT INTO outbox (doc, rev, complaint, command, at) VALUES (?, ?, ?, ?, ?)",
            (doc, rev, complaint, _command(db, doc, complaint, body, at), at),
        )
    db.execute(
        f"UPDATE outbox SET withdrawn_at = iif(EXISTS ({names} AND {same} AND aside = 1),"
        " coalesce(withdrawn_at, at), NULL)"
    )
    db.execute("UPDATE outbox SET place = (SELECT place FROM doc WHERE doc.id = outbox.doc)")


def _command(db: sqlite3.Connection, doc: str, complaint: str, body: Mapping[str, Any], at: int) -> str:
    if doc.startswith("deed:"):
        return doc.removeprefix("deed:")
    query = "SELECT command FROM event WHERE complaint = ? AND at = ? AND by = ? AND command <> '' ORDER BY n LIMIT 1"
    return str(plain(db.execute(query, (complaint, at, body.get("by", ""))).fetchone()) or "")


def conflicts(db: sqlite3.Connection) -> None:
    """A document with several open ends waits for a person: had a rule settled it, it had one."""
    db.execute(
        "INSERT OR IGNORE INTO conflict SELECT doc, 0 FROM rev WHERE leaf = 1 AND deleted = 0 AND body IS NOT NULL"
        " AND doc NOT IN (SELECT n FROM doc WHERE id GLOB 'person:*')"  # joined by rule at the next start
        " GROUP BY doc HAVING count(*) > 1"
    )
