"""What people call the documents of an exchange: the complaint's title, where anything here knows it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import Any

from console.store.cases import CASE

_LAST_WORD = (
    "SELECT body FROM rev JOIN doc ON doc.n = rev.doc WHERE doc.id = ? AND body IS NOT NULL AND rev.deleted = 0"
    " ORDER BY generation DESC LIMIT 1"
)


def titles(db: sqlite3.Connection, docs: Iterable[str]) -> list[str]:
    """Titles of what those documents are about, each once, also of what was deleted since; the number where none is
    known."""
    return list(dict.fromkeys(_title(db, doc) for doc in docs))


def _title(db: sqlite3.Connection, doc: str) -> str:
    row = db.execute(_LAST_WORD, (doc,)).fetchone()
    found = json.loads(row[0]) if row is not None else {}
    body: dict[str, Any] = found if isinstance(found, dict) else {}
    if isinstance(body.get("title"), str) and body["title"]:
        return str(body["title"])
    told = body.get("complaint")
    complaint = told if isinstance(told, str) else doc.removeprefix(CASE)
    row = db.execute("SELECT title FROM complaint WHERE id = ?", (complaint,)).fetchone()
    return str(row[0]) if row is not None and row[0] else complaint.partition(":")[2] or doc
