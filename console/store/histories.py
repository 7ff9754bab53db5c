"""Documents that are made once and never changed, as rows: deeds in the history, complaints recorded elsewhere.

What is not of our form is passed over: it stays a document, for a newer program or for nobody.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import chain
from json.encoder import encode_basestring as _quote
from typing import Any, NamedTuple

from console.core.clock import from_millis, millis
from console.core.lifecycle import State
from console.core.personal import SEALED, WHOLE, is_sealed
from console.core.records import SourceComplaint

DEED = "deed:"
COMPLAINT = "complaint:"
_MANY = 250
FIELDS = ("state", "opd", "holder", "duplicate_of")
"""What operators decide of a complaint, and the document of its case says."""
_STATES = frozenset(State._value2member_map_)
_LAST_MS = 221_845_392_000_000
"""The year 9000: later is no time."""
_OWN_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}:[0-9a-f]{32}")
_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode
Body = Mapping[str, Any]


class EventRow(NamedTuple):
    """A row of the history as it is stored: the names are those of the columns."""

    id: str
    complaint: str
    deed: str
    at: int
    by: str
    text: str
    before: int | None
    after: int | None
    fields: str = "{}"
    was: str = "{}"
    command: str = ""
    undoes: str = ""


_COLUMNS = ", ".join(EventRow._fields)
_MARKS = ",".join("?" * len(EventRow._fields))
_INSERT = f"INSERT OR IGNORE INTO event ({_COLUMNS}) VALUES "
_INSERT_ONE = f"INSERT INTO event (n, {_COLUMNS}) VALUES (?,{_MARKS})"


def add_event(db: sqlite3.Connection, row: EventRow, number: int | None = None) -> None:
    """One more row of the history; without a `number` it is the last."""
    db.execute(_INSERT_ONE, (number, *row))


def add_events(db: sqlite3.Connection, docs: Sequence[str], known: Mapping[str, Body]) -> set[str]:
    """Rows of the history for deeds it does not have yet; complaints they were done to."""
    rows = [row for doc, body in _bodies(db, sorted(docs), known) if (row := _event(doc, body)) is not None]
    for start in range(0, len(rows), _MANY):
        some = rows[start : start + _MANY]
        db.execute(_INSERT + ",".join([f"({_MARKS})"] * len(some)), list(chain.from_iterable(some)))
    return {row.complaint for row in rows}


def _bodies(db: sqlite3.Connection, docs: Sequence[str], known: Mapping[str, Body]) -> Iterator[tuple[str, Body]]:
    """What these documents say, in the same order; deleted ones are left out."""
    for start in range(0, len(docs), _MANY):
        some = docs[start : start + _MANY]
        asked = [doc for doc in some if doc not in known]
        found = dict(
            db.execute(
                "SELECT doc.id, body FROM doc JOIN rev ON rev.n = doc.winner WHERE doc.deleted = 0 AND doc.id IN ("
                f"{','.join('?' * len(asked))})",
                asked,
            ).fetchall()
            if asked
            else ()
        )
        for doc in some:
            if doc in known:
                yield doc, known[doc]
            elif found.get(doc) is not None:
                yield doc, json.loads(found[doc])


def _event(doc: str, body: Any) -> EventRow | None:
    """The row of a deed, None where the document is no deed of our form."""
    if not isinstance(body, Mapping) or body.get("type") != "deed":
        return None
    get = body.get
    complaint, deed, by, text, undoes = get("complaint"), get("deed"), get("by"), get("text"), get("undoes")
    if not (type(complaint) is type(deed) is type(by) is type(text) is type(undoes) is str):
        return None
    at = time_of(body)
    fields = body.get("fields")
    if at is None or not isinstance(fields, dict):
        return None
    return EventRow(
        doc,
        complaint,
        deed,
        at,
        by,
        text,
        _state(get("before")),
        _state(get("after")),
        _flat(fields),
        was_text(get("was")),
        doc[len(DEED) :],
        undoes,
    )


def _state(number: Any) -> int | None:
    if type(number) is not int:
        return None
    return number if number in _STATES else int(State.UNKNOWN)


def time_of(body: Body) -> int | None:
    """When it was made, in milliseconds, by its own word; None for what is no time."""
    try:
        at = millis(datetime.fromisoformat(body["at"]))
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    return at if 0 <= at <= _LAST_MS else None


def _flat(fields: Mapping[str, Any]) -> str:
    """JSON of what a command was told, which is flat but for strangers: a third of an encoder's price."""
    parts = []
    for name, value in sorted(fields.items()):
        if type(value) is str:
            parts.append(f"{_quote(name)}: {_quote(value)}")
        elif type(value) is int or value is None:
            parts.append(f"{_quote(name)}: {'null' if value is None else value}")
        else:
            return _encode(fields)
    return f"{{{', '.join(parts)}}}"


def was_text(was: Any) -> str:
    """JSON of what a deed changed, keys in order; "{}" where it does not say so in our form."""
    try:
        return _was_text(was["decided"], tuple(was["fields"].items()), tuple(was["then"].items()), len(was))
    except (KeyError, TypeError, AttributeError):
        return _encode(was) if is_was(was) else "{}"


@lru_cache(maxsize=4096)
def _was_text(decided: Any, fields: tuple[tuple[str, Any], ...], then: tuple[tuple[str, Any], ...], parts: int) -> str:
    """Few are different: most deeds change a state into another."""
    was = {"fields": dict(fields), "then": dict(then), "decided": decided}
    if parts != len(was):
        raise TypeError
    return _encode(was) if is_was(was) else "{}"


def is_was(was: Any) -> bool:
    """Whether this can be what a deed changed."""
    return (
        isinstance(was, dict)
        and was.keys() >= {"fields", "then", "decided"}
        and type(was["decided"]) is int
        and all(isinstance(was[each], dict) and are_fields(was[each]) for each in ("fields", "then"))
    )


def are_fields(values: Mapping[str, Any]) -> bool:
    """Whether these can be fields of a case."""
    return values.keys() <= set(FIELDS) and all(
        isinstance(value, int if name == "state" else str) for name, value in values.items()
    )


def told_elsewhere(db: sqlite3.Connection, docs: Sequence[str]) -> list[tuple[SourceComplaint, int]]:
    """Complaints recorded at other consoles that have no row here yet, with the time of recording (ms)."""
    found = []
    for doc, body in _bodies(db, sorted(docs), {}):
        said = _recorded(doc, body)
        if said is not None and db.execute("SELECT 1 FROM complaint WHERE id = ?", (said.id,)).fetchone() is None:
            found.append((said, millis(said.requested_at)))
    return found


def _recorded(doc: str, body: Any) -> SourceComplaint | None:
    if not isinstance(body, Mapping) or body.get("type") != "complaint":
        return None
    name, at = body.get("id"), time_of(body)
    texts = [
        body.get(key, "") for key in ("title", "text", "category", "agency", "address", "area", "media_url", "opd")
    ]
    if not isinstance(name, str) or at is None or not all(isinstance(text, str) for text in texts):
        return None
    # A document may not speak in the name of a source: its own id is in the complaint's.
    if not _OWN_ID.fullmatch(name) or doc != f"{COMPLAINT}{name.partition(':')[2]}":
        return None
    return said_by(name, at, body)


def said_by(name: str, at: int, record: Mapping[str, Any]) -> SourceComplaint:
    """A complaint told to an operator, as if a source said it."""
    source, _, own = name.partition(":")
    lat, lon = _degrees(record.get("lat"), 90), _degrees(record.get("lon"), 180)
    extra = {"channel": record["channel"]} if record.get("channel") else {}
    extra |= {name: record[name] for name in (*SEALED, *WHOLE.values()) if is_sealed(record.get(name))}
    return SourceComplaint(
        id=name,
        source=source,
        native_id=own,
        native_state="",
        state=State.NEW,
        title=str(record.get("title", "")),
        text=str(record.get("text", "")),
        category=str(record.get("category", "")),
        agency=str(record.get("agency", "")),
        address=str(record.get("address", "")),
        lat=None if lon is None else lat,
        lon=None if lat is None else lon,
        area=str(record.get("area", "")),
        requested_at=from_millis(at),
        updated_at=None,
        expected_at=None,
        zone_assumed=False,
        media_url=str(record.get("media_url", "")),
        opd=str(record.get("opd", "")),
        extra=_encode(extra) if extra else "",
    )


def _degrees(value: Any, most: int) -> float | None:
    return value if type(value) in (int, float) and abs(value) <= most else None
