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
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from console.core.clock import from_millis, millis
from console.core.command import Outcome
from console.core.lifecycle import State
from console.store.database import plain
from console.store.documents import Documents, canonical, name_rev
from console.store.histories import is_was, was_text
from console.store.replica import complaint_of
from console.store.search import SearchIndex
from console.store.tables import table
from console.store.tallies import LATE_AFTER_MS, OPEN_MASK, recount

FIELDS = ("state", "opd", "holder", "duplicate_of")
"""What a case's document says of a complaint."""
_BITS = {"state": 1, "opd": 2}
_MOST_WORDS = 1_000_000


def rederive(db: sqlite3.Connection) -> None:
    """Make everything that follows from other rows agree with them."""
    _words(db)
    _names(db)
    _shapes(db)
    _trees(db)
    _deeds_of_events(db)
    _cases_of_events(db)
    _withdrawn(db)
    _events_of_deeds(db)
    _outcomes(db)
    _outbox(db)
    _conflicts(db)
    _recorded_here(db)
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


def _shapes(db: sqlite3.Connection) -> None:
    """What is JSON and not what we write is as good as lost."""
    for number, was, fields in db.execute("SELECT n, was, fields FROM event WHERE command <> ''").fetchall():
        if not _is_was(json.loads(was)):
            db.execute("UPDATE event SET was = '{}' WHERE n = ?", (number,))
        if not isinstance(json.loads(fields), dict):
            db.execute("UPDATE event SET fields = '{}' WHERE n = ?", (number,))
    for number, raw, deleted in db.execute("SELECT n, body, deleted FROM rev WHERE body IS NOT NULL").fetchall():
        body = json.loads(raw)
        if isinstance(body, dict) and deleted:
            continue  # a tombstone says little
        if not isinstance(body, dict) or not (_is_body(body) or _is_foreign(db, number, body)):
            db.execute("UPDATE rev SET body = NULL WHERE n = ?", (number,))


def _is_foreign(db: sqlite3.Connection, number: int, body: Mapping[str, Any]) -> bool:
    """Whether others may have written this content: its kind is not one of ours, or its name proves it."""
    if body.get("type") not in _MUST:
        return True
    rev, parent, deleted = db.execute(
        "SELECT rev.generation || '-' || rev.hash, coalesce(below.generation || '-' || below.hash, ''), rev.deleted"
        " FROM rev LEFT JOIN rev AS below ON below.n = rev.parent WHERE rev.n = ?",
        (number,),
    ).fetchone()
    return bool(rev == name_rev(parent, body, bool(deleted)))


def _names(db: sqlite3.Connection) -> None:
    """The id of a deed's event is made of its command: where they differ, the outcome knows which is right."""
    differ = "command <> '' AND id <> 'deed:' || command"
    known = "IN (SELECT command FROM outcome)"
    db.execute(f"UPDATE OR IGNORE event SET command = substr(id, 6) WHERE {differ} AND substr(id, 6) {known}")
    db.execute(f"UPDATE OR IGNORE event SET id = 'deed:' || command WHERE {differ} AND command {known}")


def _is_was(was: Any) -> bool:
    return was == {} or is_was(was)


def _are_fields(values: Mapping[str, Any]) -> bool:
    """Whether these can be fields of a case."""
    return values.keys() <= set(FIELDS) and all(
        isinstance(value, int if name == "state" else str) for name, value in values.items()
    )


_MUST: Mapping[str, Mapping[str, type]] = {
    "case": {"complaint": str},
    "complaint": {"id": str},
    "deed": {"complaint": str, "deed": str, "text": str, "after": int, "fields": dict, "undoes": str},
}


def _is_body(body: Any) -> bool:
    """Whether this can be the content of a document of ours."""
    if not isinstance(body, dict) or not isinstance(body.get("by"), str) or not _is_instant(body.get("at")):
        return False
    must = _MUST.get(str(body.get("type")))
    if must is None or not all(isinstance(body.get(name), kind) for name, kind in must.items()):
        return False
    if body["type"] == "case":
        return _are_fields({name: value for name, value in body.items() if name in FIELDS})
    return body["type"] != "deed" or ("before" in body and isinstance(body["before"], int | None))


def _is_instant(text: Any) -> bool:
    try:
        return millis(datetime.fromisoformat(text)) >= 0
    except (TypeError, ValueError, OverflowError):
        return False


def _trees(db: sqlite3.Connection) -> None:
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
    deeds = {name_rev("", body): event for event, body in _deed_bodies(db)} if rows else {}
    for number, rev, raw in rows:
        doc = plain(db.execute("SELECT doc FROM outbox WHERE rev = ?", (rev,)).fetchone()) or deeds.get(rev)
        body = json.loads(raw) if raw else {}
        if doc is None and body.get("type") == "case" and _is_body(body):
            doc = f"case:{body['complaint']}"
        if doc is None and body.get("type") == "complaint" and _is_body(body):
            doc = f"complaint:{body['id'].partition(':')[2]}"
        if doc is not None:
            db.execute("INSERT OR IGNORE INTO doc (n, id) VALUES (?, ?)", (number, doc))


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


def _deed_bodies(db: sqlite3.Connection) -> Iterator[tuple[str, dict[str, Any]]]:
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


def _deeds_of_events(db: sqlite3.Connection) -> None:
    """The documents of deeds whose event is there and whose revision is not, or is not what its name says."""
    documents = Documents(db)
    known = _revisions(db, "deed:*")
    told: dict[str, list[dict[str, Any]]] = {}
    for doc, body in _deed_bodies(db):
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


def _cases_of_events(db: sqlite3.Connection) -> None:
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
        decided = undone["decided"] if undone else was["decided"] | sum(_BITS.get(name, 0) for name in was["then"])
        yield {
            "type": "case",
            "complaint": complaint,
            "native_state": row[0] if row else "",
            **{name: value for name, value in values.items() if name not in _BITS or decided & _BITS[name]},
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


def _withdrawn(db: sqlite3.Connection) -> None:
    """What a person took back stays so, also where its revision had to be made again."""
    db.execute(
        "UPDATE rev SET aside = 1 WHERE held = 0 AND (SELECT withdrawn_at FROM outbox JOIN doc ON doc.id = outbox.doc"
        " WHERE doc.n = rev.doc AND outbox.rev = generation || '-' || hash) IS NOT NULL"
    )
    _ends(db)


def _events_of_deeds(db: sqlite3.Connection) -> None:
    """The history's rows of deeds whose document is there; they come where they belong by time, as far as numbers
    are free."""
    rows = db.execute(
        "SELECT doc.id, body FROM doc JOIN rev ON rev.n = doc.winner WHERE doc.id GLOB 'deed:*'"
        " AND json_extract(body, '$.type') = 'deed'"
        " AND doc.id NOT IN (SELECT id FROM event) ORDER BY doc.id"
    ).fetchall()
    for doc, raw in rows:
        body = json.loads(raw)
        if not _is_body(body):
            continue
        at = millis(datetime.fromisoformat(body["at"]))
        db.execute(
            "INSERT INTO event (n, id, complaint, deed, at, by, text, before, after, fields, was, command, undoes)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                _free_number(db, at),
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
        )


def _free_number(db: sqlite3.Connection, at: int) -> int | None:
    before = int(plain(db.execute("SELECT coalesce(max(n), 0) FROM event WHERE at <= ?", (at,)).fetchone())) + 1
    taken = db.execute("SELECT 1 FROM event WHERE n = ?", (before,)).fetchone()
    return None if taken else before


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
    before = {"state": deed["before"], "opd": "", "holder": "", "duplicate_of": "", **_fields(old)}
    then = {name: value for name, value in _fields(now).items() if value != before[name]}
    if not then:
        return {}
    decided = sum(bit for name, bit in _BITS.items() if name in old)
    return {"fields": {name: before[name] for name in then}, "then": then, "decided": decided}


def _fields(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: body[name] for name in FIELDS if name in body}


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


def _outbox(db: sqlite3.Connection) -> None:
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
        at = millis(datetime.fromisoformat(body["at"])) if _is_instant(body.get("at")) else 0
        db.execute(
            "INSERT INTO outbox (doc, rev, complaint, command, at) VALUES (?, ?, ?, ?, ?)",
            (doc, rev, complaint, _command(db, doc, complaint, body, at), at),
        )
    db.execute(
        f"UPDATE outbox SET withdrawn_at = iif(EXISTS ({names} AND {same} AND aside = 1),"
        " coalesce(withdrawn_at, at), NULL)"
    )
    db.execute("UPDATE outbox SET place = (SELECT place FROM doc WHERE doc.id = outbox.doc)")


def _conflicts(db: sqlite3.Connection) -> None:
    """A document with several open ends waits for a person: had a rule settled it, it had one."""
    db.execute(
        "INSERT OR IGNORE INTO conflict SELECT doc, 0 FROM rev WHERE leaf = 1 AND deleted = 0 AND body IS NOT NULL"
        " GROUP BY doc HAVING count(*) > 1"
    )


def _command(db: sqlite3.Connection, doc: str, complaint: str, body: Mapping[str, Any], at: int) -> str:
    if doc.startswith("deed:"):
        return doc.removeprefix("deed:")
    query = "SELECT command FROM event WHERE complaint = ? AND at = ? AND by = ? AND command <> '' ORDER BY n LIMIT 1"
    return str(plain(db.execute(query, (complaint, at, body.get("by", ""))).fetchone()) or "")


def _recorded_here(db: sqlite3.Connection) -> None:
    """Rows of complaints told to an operator here, from their documents."""
    rows = db.execute(
        "SELECT body FROM doc JOIN rev ON rev.n = doc.winner WHERE doc.id GLOB 'complaint:*'"
        " AND json_extract(body, '$.type') = 'complaint'"
        " AND json_extract(body, '$.id') NOT IN (SELECT id FROM complaint)"
    ).fetchall()
    for (raw,) in rows:
        body = json.loads(raw)
        if not _is_body(body):
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
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?, ?, 0, '')",
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
        if not _is_body(body):
            continue
        fields = _fields(body)
        decided = sum(bit for name, bit in _BITS.items() if name in fields)
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
