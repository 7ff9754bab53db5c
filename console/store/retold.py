"""Deeds and cases told again: documents from the history, and the history from documents.

A revision's name proves its content, so what is made again is believed where the name is the same.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from typing import Any

from console.core.clock import from_millis, millis
from console.store.cases import BITS
from console.store.documents import Documents, canonical, name_rev
from console.store.histories import FIELDS, EventRow, add_event, is_was, was_text
from console.store.shapes import is_body


def _events(db: sqlite3.Connection, complaint: str = "") -> list[dict[str, Any]]:
    """Events of operators' deeds, in order."""
    names = ("complaint", "deed", "at", "by", "text", "before", "after", "fields", "was", "command", "undoes", "id")
    where = "command <> ''" + (" AND complaint = ?" if complaint else "")
    rows = db.execute(
        f"SELECT {', '.join(names)} FROM event WHERE {where} ORDER BY n", (complaint,) if complaint else ()
    ).fetchall()
    return [dict(zip(names, row, strict=True)) for row in rows]


def _revisions(db: sqlite3.Connection, like: str) -> dict[str, dict[str, str | None]]:
    """Names of revisions and their bodies, by document."""
    found: dict[str, dict[str, str | None]] = {}
    for doc, rev, body in db.execute(
        "SELECT doc.id, generation || '-' || hash, body FROM rev JOIN doc ON doc.n = rev.doc WHERE doc.id GLOB ?",
        (like,),
    ):
        found.setdefault(doc, {})[rev] = body
    return found


def deed_bodies(db: sqlite3.Connection) -> Iterator[tuple[str, dict[str, Any]]]:
    """Names of the documents of deeds and what they say, as the history has it. Before there were other consoles it
    did not say what the deed changed, so that those are told both ways."""
    for event in _events(db):
        body = {
            "type": "deed",
            **{name: event[name] for name in ("complaint", "deed", "by", "text", "before", "after", "undoes")},
            "at": from_millis(event["at"]).isoformat(),
            "fields": json.loads(event["fields"]),
        }
        was = json.loads(event["was"])
        yield event["id"], body
        if was:
            yield event["id"], {**body, "was": was}


def deeds_of_events(db: sqlite3.Connection) -> None:
    """The documents of deeds whose event is there and whose revision is not, or is not what its name says."""
    documents = Documents(db)
    known = _revisions(db, "deed:*")
    told: dict[str, list[dict[str, Any]]] = {}
    for doc, body in deed_bodies(db):
        told.setdefault(doc, []).append(body)
    for doc, bodies in told.items():
        kept = known.get(doc, {})
        # The last is how it is told today.
        body = next((each for each in bodies if name_rev("", each) in kept), bodies[-1])
        rev = name_rev("", body)
        if rev in kept and kept[rev] != canonical(body):
            _write_body(db, doc, rev, canonical(body))
        elif not any(kept.values()):
            documents.put(doc, [rev], body)


def _write_body(db: sqlite3.Connection, doc: str, rev: str, body: str) -> None:
    db.execute(
        "UPDATE rev SET body = ? WHERE doc = (SELECT n FROM doc WHERE id = ?) AND generation || '-' || hash = ?",
        (body, doc, rev),
    )


def cases_of_events(db: sqlite3.Connection) -> None:
    """Revisions of cases that are waited for and whose content is not there: made again from the history, and
    believed where the name is the same. Where it is not, the case goes out anew as it stands."""
    known = _revisions(db, "case:*")
    lost: dict[str, set[str]] = {}
    for doc, rev in db.execute("SELECT doc, rev FROM outbox WHERE doc GLOB 'case:*'").fetchall():
        if known.get(doc, {}).get(rev) is None:
            lost.setdefault(doc, set()).add(rev)
    # Without the outbox's word of what there was, the history alone tells which cases there are.
    for (complaint,) in db.execute(
        "SELECT DISTINCT complaint FROM event WHERE command <> '' AND was <> '{}'"
    ).fetchall():
        if f"case:{complaint}" not in known:
            lost.setdefault(f"case:{complaint}", set())
    for doc, revs in lost.items():
        _tell_case(db, doc.removeprefix("case:"), known.get(doc, {}), revs)


def _tell_case(
    db: sqlite3.Connection,
    complaint: str,
    known: Mapping[str, str | None],
    lost: set[str],
) -> None:
    documents = Documents(db)
    names = {*known, *lost}
    path: list[str] = []
    for told in _case_bodies(db, complaint):
        parent = path[0] if path else ""
        bodies = [{**told, "native_state": word} for word in _native_states(db, complaint)]
        body = next((each for each in bodies if name_rev(parent, each) in names), told)
        rev = name_rev(parent, body)
        path.insert(0, rev)
        if known.get(rev) is None:
            documents.put(f"case:{complaint}", path, body)


def _case_bodies(db: sqlite3.Connection, complaint: str) -> Iterator[dict[str, Any]]:
    """What the case's document said after each deed that changed it, in order."""
    events = _events(db, complaint)
    was_of = {event["command"]: json.loads(event["was"]) for event in events if event["deed"] != "undo"}
    row = db.execute("SELECT native_state FROM complaint WHERE id = ?", (complaint,)).fetchone()
    values: dict[str, Any] = {"state": None, "opd": "", "holder": "", "duplicate_of": ""}
    for event in events:
        was = json.loads(event["was"])
        if not was:
            continue
        if values["state"] is None:
            values["state"] = event["before"]
        values.update(was["then"])
        undone = was_of.get(event["undoes"]) if event["undoes"] else None
        decided = undone["decided"] if undone else was["decided"] | sum(BITS.get(name, 0) for name in was["then"])
        yield {
            "type": "case",
            "complaint": complaint,
            "native_state": row[0] if row else "",
            **{name: value for name, value in values.items() if name not in BITS or decided & BITS[name]},
            "by": event["by"],
            "at": from_millis(event["at"]).isoformat(),
        }


def _native_states(db: sqlite3.Connection, complaint: str) -> list[str]:
    """Every word of the source for the state of a complaint that is known."""
    rows = db.execute(
        "SELECT native_state FROM complaint WHERE id = ?1 UNION SELECT text FROM event WHERE complaint = ?1"
        " AND deed = 'source' UNION SELECT json_extract(body, '$.native_state') FROM rev JOIN doc ON doc.n = rev.doc"
        " WHERE doc.id = 'case:' || ?1 AND body IS NOT NULL UNION SELECT 'open' UNION SELECT ''",
        (complaint,),
    ).fetchall()
    return [row[0] for row in rows if row[0] is not None]


def events_of_deeds(db: sqlite3.Connection) -> None:
    """The history's rows of deeds whose document is there; they come where they belong by time, as far as numbers
    are free."""
    rows = db.execute(
        "SELECT doc.id, body FROM doc JOIN rev ON rev.n = doc.winner WHERE doc.id GLOB 'deed:*'"
        " AND json_extract(body, '$.type') = 'deed'"
        " AND doc.id NOT IN (SELECT id FROM event) ORDER BY doc.id"
    ).fetchall()
    bodies = [(doc, body) for doc, raw in rows if is_body(body := json.loads(raw))]
    lost = sorted(((_at(body), doc, body) for doc, body in bodies), key=lambda each: each[:2])
    last = 0
    for (at, doc, body), below in zip(lost, _numbers_below(db, [each[0] for each in lost]), strict=True):
        number = _free(db, max(last, below) + 1)
        last = number or last
        add_event(
            db,
            EventRow(
                doc,
                body["complaint"],
                body["deed"],
                at,
                body["by"],
                body["text"],
                body["before"],
                body["after"],
                json.dumps(body["fields"], ensure_ascii=False),
                was_text(body["was"] if is_was(body.get("was")) else _was(db, body)),
                doc.removeprefix("deed:"),
                body["undoes"],
            ),
            number,
        )


def _at(body: Mapping[str, Any]) -> int:
    return millis(datetime.fromisoformat(body["at"]))


def _numbers_below(db: sqlite3.Connection, times: Sequence[int]) -> list[int]:
    """For each of these times, which are in order, the highest number of an event up to then: in one pass, for of
    lost deeds there may be as many as there are events."""
    found: list[int] = []
    highest = 0
    with closing(db.execute("SELECT at, n FROM event ORDER BY at")) as events:
        for at, number in events:
            while len(found) < len(times) and times[len(found)] < at:
                found.append(highest)
            highest = max(highest, number)
    return found + [highest] * (len(times) - len(found))


def _free(db: sqlite3.Connection, number: int) -> int | None:
    """That number where no event has it; None is one behind all others."""
    return None if db.execute("SELECT 1 FROM event WHERE n = ?", (number,)).fetchone() else number


def _was(db: sqlite3.Connection, deed: Mapping[str, Any]) -> dict[str, Any]:
    """What a deed changed, from the case's revision of the same moment and the one below it."""
    row = db.execute(
        "SELECT rev.body, below.body FROM doc JOIN rev ON rev.doc = doc.n LEFT JOIN rev AS below"
        " ON below.n = rev.parent WHERE doc.id = ? AND json_extract(rev.body, '$.type') = 'case'"
        " AND json_extract(rev.body, '$.at') = ?"
        " AND json_extract(rev.body, '$.by') = ?",
        (f"case:{deed['complaint']}", deed["at"], deed["by"]),
    ).fetchone()
    if row is None:
        return {}
    now = json.loads(row[0])
    old = json.loads(row[1]) if row[1] else {}
    before = {"state": deed["before"], "opd": "", "holder": "", "duplicate_of": "", **fields_of(old)}
    then = {name: value for name, value in fields_of(now).items() if value != before[name]}
    if not then:
        return {}
    decided = sum(bit for name, bit in BITS.items() if name in old)
    return {"fields": {name: before[name] for name in then}, "then": then, "decided": decided}


def fields_of(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: body[name] for name in FIELDS if name in body}
