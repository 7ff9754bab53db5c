"""Words that stand in rows as they came, because there was no key to seal the whole of them for, or a program that did
not cover them yet: covered and sealed when there is one, a slice at a time.

How far it came is a note of the file, so that it goes on there after a start; once all rows were looked through it
costs one look at the note. What comes in later is covered as it comes (intake.py).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any

from console.core.covering import covered_extra, covered_words
from console.core.personal import COVERED, whole_among
from console.store.data_key import DataKey
from console.store.search import SearchIndex
from console.store.wholes import with_seals

NOTE = "words_covered"
"""A note of the file: number of the last row that was looked through, or `ALL`."""
ALL = "all"
SLICE = 250
"""Rows of one transaction."""
Rewrite = Callable[[int, Mapping[str, Any], Mapping[str, Any]], object]
"""Gives a row other words, and the index the same (erasing.py)."""
_COLUMNS = ("native_id", *COVERED, "lat", "lon", "media_url", "extra")


def cover_some(db: sqlite3.Connection, key: DataKey | None, search: SearchIndex, rewrite: Rewrite) -> list[str] | None:
    """Cover the next slice: the complaints that changed; None where nothing is left, or there is no key. The caller
    holds the transaction."""
    row = db.execute("SELECT value FROM meta WHERE name = ?", (NOTE,)).fetchone()
    if key is None or (row is not None and row[0] == ALL):
        return None
    rows = db.execute(
        f"SELECT n, id, {', '.join(_COLUMNS)} FROM complaint WHERE n > ? ORDER BY n LIMIT ?",
        (int(row[0]) if row is not None else -(1 << 62), SLICE),
    ).fetchall()
    changed, numbers = [], []
    for number, name, *values in rows:
        before = dict(zip(_COLUMNS, values, strict=True))
        now = _covered(before, name, key)
        if now is not None:
            rewrite(number, before, now)
            changed.append(name)
            numbers.append(number)
    if numbers:
        search.must_purge(numbers)
    last = str(rows[-1][0]) if len(rows) == SLICE else ALL
    db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (NOTE, last))
    return changed


def _covered(before: Mapping[str, Any], name: str, key: DataKey) -> dict[str, Any] | None:
    """The row's words with what is personal covered and sealed; None where there is nothing to cover."""
    told, whole = covered_words({field: before[field] for field in COVERED})
    extra = covered_extra(before["extra"]) if before["extra"] else ""
    if extra != before["extra"]:
        told["extra"], whole["extra"] = extra, before["extra"]
    if not whole:
        return None
    from console.store.sealing import seal_whole  # 30 ms that a start need not wait for

    # What has its seal already was whole when it was sealed.
    sealed = whole_among(before["extra"])
    fresh = {field: text for field, text in whole.items() if field not in sealed}
    return {**before, **told, "extra": with_seals(extra, seal_whole(fresh, key.public, name))}
