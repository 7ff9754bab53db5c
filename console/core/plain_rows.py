"""Complaints of sources as plain rows: as they travel between two processes and as the store takes them.

A row holds the fields of a `SourceComplaint` in their order, the state and `zone_assumed` as numbers and instants in
milliseconds: what marshal and SQLite take as it stands. Of a million records that come in nobody but the store wants
anything, so a `SourceComplaint` is made of a row only where somebody asks for one. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, overload

from console.core.clock import from_millis, millis
from console.core.lifecycle import State
from console.core.records import SourceComplaint

Row = tuple[Any, ...]
ID, NATIVE_ID, STATE, REQUESTED, UPDATED, EXPECTED, ZONE, WHOLE = map(
    SourceComplaint._fields.index,
    ("id", "native_id", "state", "requested_at", "updated_at", "expected_at", "zone_assumed", "whole"),
)
"""Places in a row."""
_STATES = {int(state): state for state in State}


class PlainRows(Sequence[SourceComplaint]):
    """Complaints that stand as rows, each made when it is asked for. Equal to any list of the same complaints."""

    __slots__ = ("rows",)

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows

    @property
    def ids(self) -> Iterator[str]:
        """The ids of all."""
        return map(itemgetter(ID), self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[SourceComplaint]:
        return map(complaint, self.rows)

    @overload
    def __getitem__(self, place: int) -> SourceComplaint: ...
    @overload
    def __getitem__(self, place: slice) -> PlainRows: ...
    def __getitem__(self, place: int | slice) -> SourceComplaint | PlainRows:
        return PlainRows(self.rows[place]) if isinstance(place, slice) else complaint(self.rows[place])

    def __eq__(self, other: object) -> bool:
        return list(self) == list(other) if isinstance(other, Sequence) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # as a list


def plain_rows(complaints: Sequence[SourceComplaint]) -> Sequence[Row]:
    """The rows of complaints. Whole fields at a time: one by one it would cost four times as much."""
    if isinstance(complaints, PlainRows):
        return complaints.rows
    fields: list[Any] = list(zip(*complaints, strict=True))
    if not fields:
        return []
    fields[STATE] = map(int, fields[STATE])
    fields[ZONE] = map(int, fields[ZONE])
    fields[REQUESTED] = map(millis, fields[REQUESTED])
    fields[UPDATED] = map(_millis, fields[UPDATED])
    fields[EXPECTED] = map(_millis, fields[EXPECTED])
    return list(zip(*fields, strict=True))


def complaint(row: Row) -> SourceComplaint:
    """The complaint of a row."""
    fields = list(row)
    fields[STATE] = _STATES[row[STATE]]
    fields[ZONE] = bool(row[ZONE])
    fields[REQUESTED] = from_millis(row[REQUESTED])
    for place in (UPDATED, EXPECTED):
        if row[place] is not None:
            fields[place] = from_millis(row[place])
    return SourceComplaint._make(fields)


def _millis(at: datetime | None) -> int | None:
    return None if at is None else millis(at)
