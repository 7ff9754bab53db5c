"""Ways down to the rows of a table built anew, where the old ones are broken.

SQLite's file format, parts 1.6 and 2.1: the rows of a table lie on leaves, in order of their numbers; a root and what
is between tell only where. A leaf says nothing of its table: that is told from its rows, from how many values they
have and of which kind. The leaves found so are put under a new root in the place of the old one.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from console.store.database import PAGE_BYTES
from console.store.files import changing
from console.store.tables import Table

_LEAF, _INTERIOR = 0x0D, 0x05
_MOST_PAYLOAD = 4 << 20
_LOOKED_AT = 3
"""Rows of a leaf that may be damaged before it is given up."""
_FAN = 500
"""Pages below one in between: each needs 15 bytes at most."""
_INTS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}

Leaf = tuple[int, int, int]
"""Number of its first row, of its last, and of the page."""


def join_leaves(path: Path, tables: Mapping[Table, int]) -> None:
    """Give each table (with the page of its root) a new way down to every leaf of it that can be told in the file.

    The file is one of our own making that nobody has open.
    """
    with changing(path) as stream:
        found = _leaves(stream, list(tables))
        last = stream.seek(0, 2) // PAGE_BYTES
        for table, root in tables.items():
            leaves = _in_order(found[table.name], root)
            if leaves:
                last = _join(stream, leaves, root, last)
        stream.seek(28)
        stream.write(struct.pack(">I", last))


def _leaves(stream: BinaryIO, tables: Sequence[Table]) -> dict[str, list[Leaf]]:
    found: dict[str, list[Leaf]] = {table.name: [] for table in tables}
    wanted = {len(table.columns) for table in tables}
    stream.seek(PAGE_BYTES)
    number = 1
    while page := stream.read(PAGE_BYTES):
        number += 1
        if len(page) == PAGE_BYTES and page[0] == _LEAF:
            for name, first, last in _told(stream, page, tables, wanted):
                found[name].append((first, last, number))
        stream.seek(number * PAGE_BYTES)
    return found


def _told(stream: BinaryIO, page: bytes, tables: Sequence[Table], wanted: set[int]) -> Iterator[tuple[str, int, int]]:
    """The table of a leaf and the numbers of its first and last row; nothing where it cannot be told."""
    cells = _cells(page)
    for at in cells[:_LOOKED_AT]:
        try:
            size, place = _varint(page, at)
            number, place = _varint(page, place)
            if not 0 < size <= _MOST_PAYLOAD or _width(page, place) not in wanted:
                continue
            values = _values(_payload(stream, page, place, size))
            last, _ = _varint(page, _varint(page, cells[-1])[1])
        except (IndexError, struct.error, UnicodeDecodeError, ValueError):
            continue
        for table in tables:
            if _fits(table, values) and number <= last:
                first, _ = _varint(page, _varint(page, cells[0])[1])
                yield table.name, min(first, number), last
                return


def _cells(page: bytes) -> list[int]:
    count = struct.unpack(">H", page[3:5])[0]
    if not 0 < count <= PAGE_BYTES // 4:
        return []
    places = struct.unpack(f">{count}H", page[8 : 8 + 2 * count])
    return list(places) if all(8 <= at < PAGE_BYTES - 4 for at in places) else []


def _width(page: bytes, at: int) -> int:
    """How many values the record there has."""
    size, place = _varint(page, at)
    end, count = at + size, 0
    while place < end:
        _, place = _varint(page, place)
        count += 1
    return count


def _in_order(leaves: list[Leaf], root: int) -> list[Leaf]:
    """The leaves by their rows; of two that overlap the first stays, for a tree can hold only one."""
    kept: list[Leaf] = []
    for leaf in sorted(leaf for leaf in leaves if leaf[2] != root):
        if not kept or leaf[0] > kept[-1][1]:
            kept.append(leaf)
    return kept


def _join(stream: BinaryIO, leaves: list[Leaf], root: int, last: int) -> int:
    """Pages in between, at the end of the file, and the root where it was. The last page of the file now."""
    level = [(key, page) for _, key, page in leaves]
    while len(level) > _FAN:
        above: list[tuple[int, int]] = []
        for start in range(0, len(level), _FAN):
            last += 1
            _write(stream, last, level[start : start + _FAN])
            above.append((level[min(start + _FAN, len(level)) - 1][0], last))
        level = above
    _write(stream, root, level)
    return last


def _write(stream: BinaryIO, number: int, below: Sequence[tuple[int, int]]) -> None:
    """A page in between: for each page below the highest row number in it, the last one without."""
    cells = [struct.pack(">I", page) + _as_varint(key) for key, page in below[:-1]]
    places, end = [], PAGE_BYTES
    for cell in cells:
        end -= len(cell)
        places.append(end)
    head = struct.pack(">BHHHBI", _INTERIOR, 0, len(cells), end, 0, below[-1][1])
    body = head + struct.pack(f">{len(places)}H", *places)
    stream.seek((number - 1) * PAGE_BYTES)
    stream.write(body + bytes(end - len(body)) + b"".join(reversed(cells)))


def _as_varint(value: int) -> bytes:
    """A number that is not negative, in one to eight bytes."""
    raw = [value & 0x7F]
    while value := value >> 7:
        raw.append(value & 0x7F | 0x80)
    return bytes(reversed(raw))


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    """A number of one to nine bytes (part 1.6), and where it ends."""
    value = 0
    for place in range(8):
        byte = raw[at + place]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + place + 1
    value = value << 8 | raw[at + 8]
    return value - (1 << 64) if value >> 63 else value, at + 9


def _payload(stream: BinaryIO, page: bytes, at: int, size: int) -> bytes:
    """The bytes of a row; what does not fit into its page goes on in a chain of others."""
    most = PAGE_BYTES - 35
    if size <= most:
        return page[at : at + size]
    least = (PAGE_BYTES - 12) * 32 // 255 - 23
    here = least + (size - least) % (PAGE_BYTES - 4)
    here = here if here <= most else least
    raw = page[at : at + here]
    following = struct.unpack(">I", page[at + here : at + here + 4])[0]
    last = stream.seek(0, 2) // PAGE_BYTES
    while 0 < following <= last and len(raw) < size:
        stream.seek((following - 1) * PAGE_BYTES)
        more = stream.read(PAGE_BYTES)
        raw += more[4 : 4 + size - len(raw)]
        following = struct.unpack(">I", more[:4])[0]
    if len(raw) != size:
        raise ValueError("a chain of pages that ends too soon")
    return raw


def _values(raw: bytes) -> list[Any]:
    """The values of a record (part 2.1)."""
    size, at = _varint(raw, 0)
    place = size
    values: list[Any] = []
    while at < size:
        kind, at = _varint(raw, at)
        value, place = _value(raw, kind, place)
        values.append(value)
    if place != len(raw):
        raise ValueError("a record of another length")
    return values


def _value(raw: bytes, kind: int, at: int) -> tuple[Any, int]:
    if kind == 0:
        return None, at
    if kind in (8, 9):
        return kind - 8, at
    if kind == 7:
        return struct.unpack(">d", raw[at : at + 8])[0], at + 8
    if kind in _INTS:
        end = at + _INTS[kind]
        return int.from_bytes(raw[at:end], "big", signed=True), end
    if kind < 12:
        raise ValueError("a kind that is not used")
    end = at + (kind - 12) // 2
    if end > len(raw):
        raise ValueError("a value past the end")
    return (raw[at:end].decode("utf-8", "replace") if kind % 2 else raw[at:end]), end


_TYPES = {"INTEGER": (int,), "TEXT": (str,), "REAL": (float, int)}


def _fits(table: Table, values: Sequence[Any]) -> bool:
    """Whether these can be the values of a row of the table; its number stands in front of them, so its key is NULL."""
    if len(values) != len(table.columns):
        return False
    return all(
        value is None
        if column.name == table.key
        else isinstance(value, _TYPES[column.kind]) or (value is None and not column.needed)
        for column, value in zip(table.columns, values, strict=True)
    )
