"""Which bytes the store knows to be here, and under which digest documents speak of them.

A row stands for a file that was whole when it was written. A file without a row is not lost: it is taken up when it
is named (`BlobRows.note`); a row without a file is dropped when that is noticed, and the bytes are asked for anew.
The caller holds the transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from console.store.blobs import Blob

_AT_ONCE = 500
"""Names in one question."""


class BlobRows:
    """The table `blob` of one connection."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def note(self, blobs: Iterable[Blob], at_ms: int) -> None:
        """These bytes are on the disk."""
        self._db.executemany(
            "INSERT OR IGNORE INTO blob (sha256, digest, length, at) VALUES (?, ?, ?, ?)",
            ((each.sha256, each.digest, each.length, at_ms) for each in blobs),
        )

    def forget(self, names: Iterable[str]) -> None:
        """These bytes are not on the disk."""
        self._db.executemany("DELETE FROM blob WHERE sha256 = ?", ((name,) for name in names))

    def find(self, digest: str, length: int | None = None) -> Blob | None:
        """Bytes by the digest a stub names; `length` too where the stub tells it."""
        row = self._db.execute(
            "SELECT sha256, digest, length FROM blob WHERE digest = ?1 AND (?2 IS NULL OR length = ?2) LIMIT 1",
            (digest, length),
        ).fetchone()
        return Blob(*row) if row else None

    def known(self, names: Sequence[str]) -> dict[str, Blob]:
        """Those of the names whose bytes are here."""
        found: dict[str, Blob] = {}
        for start in range(0, len(names), _AT_ONCE):
            some = names[start : start + _AT_ONCE]
            marks = ", ".join("?" * len(some))
            for row in self._db.execute(f"SELECT sha256, digest, length FROM blob WHERE sha256 IN ({marks})", some):
                found[row[0]] = Blob(*row)
        return found

    def total(self) -> tuple[int, int]:
        """How many there are, and their bytes together."""
        count, length = self._db.execute("SELECT count(*), coalesce(sum(length), 0) FROM blob").fetchone()
        return int(count), int(length)
