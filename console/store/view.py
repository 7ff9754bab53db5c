"""One look at a file while others write it: the only place that begins what may not write."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one_view(db: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Several statements on one and the same state of the file; within a transaction, on what that sees."""
    if db.in_transaction:
        yield db
        return
    db.execute("BEGIN")
    try:
        yield db
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")
