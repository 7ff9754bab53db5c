"""What the documents of cases say, in the rows of their complaints: state, office, holder, with counts and due date."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from console.core.lifecycle import State
from console.store.histories import time_of
from console.store.tallies import Tallies, due_at
from console.store.words import Words

CASE = "case:"
BITS = {"state": 1, "opd": 2}
"""Fields that are ours only once an operator decided them, with the bit that says so."""
_MANY = 250
_ROWS = (
    "SELECT complaint.n, complaint.id, state, opd, holder, duplicate_of, decided, due_at, touched_at, their_state,"
    " their_opd, area, requested_at, expected_at, doc.deleted, rev.body FROM complaint"
    " JOIN doc ON doc.id = 'case:' || complaint.id LEFT JOIN rev ON rev.n = doc.winner WHERE complaint.id IN "
)
_UPDATE = (
    "UPDATE complaint SET state = ?, opd = ?, holder = ?, duplicate_of = ?, decided = ?, due_at = ?, touched_at = ?"
    " WHERE n = ?"
)


class Cases:
    """The hand that brings rows up to their cases. One connection, one thread."""

    def __init__(self, db: sqlite3.Connection, words: Words) -> None:
        self._db = db
        self._words = words
        self._awaited: set[str] | None = None

    def look_again(self) -> None:
        """After a write that did not come to be: what waits is what the file says."""
        self._awaited = None

    def _waiting(self) -> set[str]:
        """Complaints that cases speak of and no source brought yet."""
        if self._awaited is None:
            self._awaited = {
                row[0]
                for row in self._db.execute(
                    "SELECT substr(id, 6) AS told FROM doc WHERE id >= 'case:' AND id < 'case;'"
                    " AND NOT EXISTS (SELECT 1 FROM complaint WHERE complaint.id = substr(doc.id, 6))"
                )
            }
        return self._awaited

    def arrived(self, complaints: Sequence[str]) -> None:
        """These complaints are new here: cases that waited for them are applied."""
        if self._awaited is None:
            # They are here by now, so the file no longer tells that they were waited for.
            self._waiting()
            self._brought_up(complaints)
        elif self._awaited and not self._awaited.isdisjoint(complaints):
            here = self._awaited.intersection(complaints)
            self._awaited -= here
            self._brought_up(sorted(here))

    def fold(self, complaints: Sequence[str]) -> list[str]:
        """Bring the rows of these complaints up to their cases, or let those wait; the complaints that changed."""
        changed, found = self._brought_up(complaints)
        self._waiting().update(name for name in complaints if name not in found)
        return changed

    def _brought_up(self, complaints: Sequence[str]) -> tuple[list[str], set[str]]:
        """Complaints that changed, and all that have both a row and a case."""
        tallies = Tallies()
        changed: list[str] = []
        found: set[str] = set()
        for start in range(0, len(complaints), _MANY):
            some = complaints[start : start + _MANY]
            rows = self._db.execute(f"{_ROWS}({','.join('?' * len(some))})", list(some)).fetchall()
            found.update(row[1] for row in rows)
            updates = [each for each in (self._update(row, tallies) for row in rows) if each is not None]
            self._db.executemany(_UPDATE, [values for _, values in updates])
            changed += [name for name, _ in updates]
        tallies.write(self._db)
        return changed, found

    def _update(self, row: tuple[Any, ...], tallies: Tallies) -> tuple[str, tuple[Any, ...]] | None:
        """Name and new values of a row, None where it stays as it is."""
        number, name, *before, touched, their_state, their_opd, area, requested, expected, deleted, raw = row
        body = {} if deleted or raw is None else json.loads(raw)
        if not sound(body):
            return None
        state = _state(body["state"]) if "state" in body else their_state
        values = (
            state,
            self._words.numbers[body["opd"]] if "opd" in body else their_opd,
            self._words.numbers[body.get("holder", "")],
            body.get("duplicate_of", ""),
            sum(bit for field, bit in BITS.items() if field in body),
            due_at(state, requested, expected),
        )
        at = max(touched or 0, _at(body)) or None
        if (*values, at) == (*before, touched):
            return None
        tallies.add(area, before[0], requested, -1)
        tallies.add(area, state, requested)
        return name, (*values, at, number)


def sound(body: Any) -> bool:
    """Whether this can be what a case says; {} says nothing."""
    return (
        isinstance(body, Mapping)
        and (type(body.get("state", 0)) is int)
        and all(isinstance(body.get(field, ""), str) for field in ("opd", "holder", "duplicate_of"))
    )


def _state(number: int) -> int:
    """The stored number of a state; one of a newer program counts as unknown."""
    return number if number in State._value2member_map_ else int(State.UNKNOWN)


def _at(body: Mapping[str, Any]) -> int:
    return time_of(body) or 0
