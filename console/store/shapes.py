"""Whether what stands in a row can be what a store of ours wrote: in the history, and in documents.

For a damaged file: JSON that is none of ours is as good as lost; what others may have written is left alone.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from console.store.documents import name_rev
from console.store.histories import FIELDS, are_fields, is_was, time_of

_MUST: Mapping[str, Mapping[str, type]] = {
    "case": {"complaint": str},
    "complaint": {"id": str},
    "deed": {"complaint": str, "deed": str, "text": str, "after": int, "fields": dict, "undoes": str},
}


def mend(db: sqlite3.Connection) -> None:
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
        if not isinstance(body, dict) or not (is_body(body) or _is_foreign(db, number, body)):
            db.execute("UPDATE rev SET body = NULL WHERE n = ?", (number,))


def _is_was(was: Any) -> bool:
    return was == {} or is_was(was)


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


def is_body(body: Any) -> bool:
    """Whether this can be the content of a document of ours."""
    if not isinstance(body, dict) or not isinstance(body.get("by"), str) or not is_instant(body.get("at")):
        return False
    must = _MUST.get(str(body.get("type")))
    if must is None or not all(isinstance(body.get(name), kind) for name, kind in must.items()):
        return False
    if body["type"] == "case":
        return are_fields({name: value for name, value in body.items() if name in FIELDS})
    return body["type"] != "deed" or ("before" in body and isinstance(body["before"], int | None))


def is_instant(text: Any) -> bool:
    """Whether this is a time that can be kept."""
    return time_of({"at": text}) is not None
