"""A batch as it travels between two processes: plain values that `marshal` takes, instants as milliseconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from console.core.clock import from_millis, millis
from console.core.covering import NOTHING
from console.core.items import Item, ItemKind, Sample, Series, Table, Timetable
from console.core.plain_rows import WHOLE, PlainRows, Row, plain_rows
from console.core.records import Batch, Refusal

_ITEM_INSTANTS = tuple(Item._fields.index(name) for name in ("observed_at", "starts_at", "ends_at", "revised_at"))
_ITEM_KIND, _ITEM_BODY = Item._fields.index("kind"), Item._fields.index("body")
_SERIES_BODY = Series._fields.index("body")


def packed(batch: Batch) -> tuple[Any, ...]:
    """The batch as plain values."""
    return (
        _looked_through(plain_rows(batch.complaints)),
        [(each.where, each.says, plain(each.values), each.raw) for each in batch.refused],
        plain(batch.memo),
        batch.more,
        _millis(batch.newest_at),
        [_item_row(each) for each in batch.items],
        [(*each[:_SERIES_BODY], plain(each.body)) for each in batch.series],
        [(each.series, millis(each.at), each.value, each.quality) for each in batch.samples],
        _timetable_row(batch.timetable),
        batch.whole,
        batch.fleeting,
    )


def unpacked(source: str, rest: tuple[Any, ...]) -> Batch:
    """The batch of what `packed` gave."""
    rows, refused, memo, more, newest, items, series, samples, timetable, whole, fleeting = rest
    return Batch(
        source,
        PlainRows(rows),
        [Refusal(where, says, values, raw) for where, says, values, raw in refused],
        memo,
        more,
        _instant(newest),
        [_item(each) for each in items] or (),
        [Series._make(each) for each in series] or (),
        [Sample(name, from_millis(at), value, quality) for name, at, value, quality in samples] or (),
        None if timetable is None else _timetable(timetable),
        whole,
        fleeting,
    )


def _looked_through(rows: Sequence[Row]) -> list[Row]:
    """Whoever packs has looked (reading_child.py): it is not looked through again, even where there was nothing."""
    return [(*row[:WHOLE], dict(row[WHOLE]) if row[WHOLE] else NOTHING) for row in rows]


def _item_row(item: Item) -> tuple[Any, ...]:
    values: list[Any] = list(item)
    for place in _ITEM_INSTANTS:
        values[place] = _millis(values[place])
    values[_ITEM_KIND] = str(item.kind)
    values[_ITEM_BODY] = plain(item.body)
    return tuple(values)


def _item(row: tuple[Any, ...]) -> Item:
    values = list(row)
    for place in _ITEM_INSTANTS:
        values[place] = _instant(values[place])
    values[_ITEM_KIND] = ItemKind(values[_ITEM_KIND])
    return Item._make(values)


def _timetable_row(timetable: Timetable | None) -> tuple[Any, ...] | None:
    if timetable is None:
        return None
    tables = [(name, list(columns), list(rows)) for name, columns, rows in timetable.tables]
    return (timetable.source, timetable.version, tables, timetable.starts_on, timetable.ends_on)


def _timetable(row: tuple[Any, ...]) -> Timetable:
    source, version, tables, starts_on, ends_on = row
    return Timetable(source, version, [Table._make(each) for each in tables], starts_on, ends_on)


def _instant(ms: int | None) -> Any:
    return None if ms is None else from_millis(ms)


def _millis(at: datetime | None) -> int | None:
    return None if at is None else millis(at)


def plain(value: Any) -> Any:
    """A value as it travels: JSON's kinds and no other."""
    if isinstance(value, Mapping):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if value is None or type(value) in (str, int, float, bool):
        return value
    return str(value)
