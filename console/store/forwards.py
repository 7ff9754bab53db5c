"""Reports handed on to other applications as people see them: rows of this console, and what others told of theirs."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from console.core.clock import from_millis
from console.core.forwarding import FORWARD_REFUSED, FORWARDED, Forwarded, Post
from console.core.lifecycle import Deed
from console.core.records import ComplaintId
from console.store.rows import instant
from console.store.tables import present

_HERE = (
    "state, says, told, report, token, tries, begun_at, next_at, looked_at, done_at, posting.target, posting.reference"
)
_EVENTS = (
    "SELECT deed, command, by, at, fields FROM event WHERE complaint = ? AND deed IN"
    " ('forward', 'forwarded', 'forward_refused', 'forward_drop', 'forward_again') ORDER BY n"
)
_ELSEWHERE = {FORWARDED: Post.TAKEN, FORWARD_REFUSED: Post.REFUSED, Deed.FORWARD_DROP: Post.WITHDRAWN}


def forwards_of(db: sqlite3.Connection, complaint: str) -> list[Forwarded]:
    """How one complaint was handed on, the oldest first."""
    if not present(db, ("posting",)):
        return []
    heard: dict[str, tuple[str, str, int]] = {}
    asked = []
    for deed, command, by, at, raw in db.execute(_EVENTS, (complaint,)):
        fields = json.loads(raw)
        if deed == Deed.FORWARD:
            asked.append((command, by, at, fields))
        else:
            heard[_text(fields.get("forward"))] = (deed, _text(fields.get("report")), at)
    row = db.execute("SELECT title FROM complaint WHERE id = ?", (complaint,)).fetchone()
    title = row[0] if row else ""
    found = []
    for command, by, at, fields in asked:
        here = db.execute(f"SELECT {_HERE} FROM posting WHERE command = ?", (command,)).fetchone()
        said = heard.get(command)
        values = _row(here) if here is not None else _elsewhere(said)
        named = {name: _text(fields.get(name)) for name in ("target", "target_name", "service", "service_name")}
        named |= {"reference": _text(fields.get("reference")), "console": _text(fields.get("console"))}
        found.append(
            Forwarded(
                command=command,
                complaint=ComplaintId(complaint),
                by=by,
                at=from_millis(at),
                here=here is not None,
                title=title,
                **{**named, **values},
            )
        )
    return found


def forwards(db: sqlite3.Connection, limit: int) -> list[Forwarded]:
    """Those this console sends: what is not at rest first, the oldest of it first, then the newest that are."""
    if not present(db, ("posting",)):
        return []
    rows = db.execute(
        "SELECT command, complaint FROM posting ORDER BY state IN ('taken', 'withdrawn') AND next_at IS NULL,"
        " iif(state IN ('taken', 'withdrawn') AND next_at IS NULL, -at, at) LIMIT ?",
        (limit,),
    ).fetchall()
    known = {each.command: each for name in dict.fromkeys(row[1] for row in rows) for each in forwards_of(db, name)}
    return [known[command] for command, _ in rows if command in known]


def _row(row: Any) -> Mapping[str, Any]:
    state, says, told, report, token, tries, begun, later, looked, done, target, reference = row
    return {
        "state": Post(state),
        "says": says,
        "values": json.loads(told),
        "report": report,
        "token": token,
        "tries": tries,
        "begun_at": instant(begun),
        "next_at": instant(later),
        "looked_at": instant(looked),
        "done_at": instant(done),
        "target": target,
        "reference": reference,
    }


def _elsewhere(said: tuple[str, str, int] | None) -> Mapping[str, Any]:
    if said is None:
        return {"state": Post.WAITING}
    deed, report, at = said
    return {"state": _ELSEWHERE.get(deed, Post.WAITING), "report": report, "done_at": from_millis(at)}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
