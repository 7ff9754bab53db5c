"""Protocol buffers, as far as GTFS-Realtime needs them: known fields by their numbers, everything else skipped.

A reader of our own, because the format is small and its library is not: nothing is generated, no answer can make
it allocate more than its own bytes, and a broken message is refused at its byte. What is not in a table (extensions of
agencies, fields of later years) is stepped over by its wire type, as proto2 asks.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from enum import Enum
from typing import Any, NamedTuple

MOST_NESTED = 32
"""Groups inside groups that are stepped over."""
_FLOAT, _DOUBLE = struct.Struct("<f"), struct.Struct("<d")
_VARINT, _WIDE, _SIZED, _GROUP, _END, _NARROW = range(6)


class Broken(Exception):
    """No message at that byte."""

    def __init__(self, place: int) -> None:
        super().__init__(place)
        self.place = place


class Kind(Enum):
    """How a field is written. Names of numbers are given by whoever reads them."""

    COUNT = _VARINT
    SIGNED = 6
    FLOAT = _NARROW
    DOUBLE = _WIDE
    TEXT = _SIZED
    MESSAGE = 7
    MESSAGES = 8


class Part(NamedTuple):
    """A field we read."""

    name: str
    kind: Kind
    inside: Mapping[int, Part] = {}


_IS_COUNT, _IS_SIGNED, _IS_FLOAT, _IS_DOUBLE, _IS_TEXT, _IS_MESSAGE, _ = Kind
_WIRE = {Kind.COUNT: _VARINT, Kind.SIGNED: _VARINT, Kind.FLOAT: _NARROW, Kind.DOUBLE: _WIDE}


def parts(**fields: tuple[int, Kind] | tuple[int, Kind, Mapping[int, Part]]) -> dict[int, Part]:
    """A message: each field by its number (below 16), kind and what is inside it, as a table by its tag."""
    table: dict[int, Part] = {}
    for name, (number, kind, *inside) in fields.items():
        table[number << 3 | _WIRE.get(kind, _SIZED)] = Part(name, kind, *inside)
    return table


def read(raw: bytes, at: int, end: int, known: Mapping[int, Part]) -> dict[str, Any]:
    """The fields of the message in raw[at:end]. One given twice counts as given last. Raises `Broken`."""
    found: dict[str, Any] = {}
    start = at
    try:
        while at < end:
            part = known.get(raw[at])
            if part is None:
                at = skip(raw, at, end)
                continue
            name, kind, inside = part
            start, at = at, at + 1
            if kind is _IS_COUNT or kind is _IS_SIGNED:
                value, at = varint(raw, at)
                if kind is _IS_SIGNED:
                    value = (value & 0xFFFFFFFF) - ((value & 0x80000000) << 1)
                found[name] = value
            elif kind is _IS_FLOAT:
                found[name] = _FLOAT.unpack_from(raw, at)[0]
                at += 4
            elif kind is _IS_DOUBLE:
                found[name] = _DOUBLE.unpack_from(raw, at)[0]
                at += 8
            else:
                size, at = varint(raw, at)
                stop = at + size
                if stop > end:
                    raise Broken(start)
                if kind is _IS_TEXT:
                    found[name] = raw[at:stop].decode()
                elif kind is _IS_MESSAGE:
                    found[name] = read(raw, at, stop, inside)
                else:
                    found.setdefault(name, []).append(read(raw, at, stop, inside))
                at = stop
    except (IndexError, struct.error, UnicodeDecodeError):
        raise Broken(start) from None
    if at != end:
        raise Broken(start)
    return found


def varint(raw: bytes, at: int) -> tuple[int, int]:
    """The number at a place (64 bits), and the place after it. IndexError where the bytes end before it."""
    byte = raw[at]
    if byte < 0x80:
        return byte, at + 1
    value, shift = byte & 0x7F, 7
    while True:
        at += 1
        byte = raw[at]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, at + 1
        shift += 7
        if shift > 63:
            raise Broken(at)


def skip(raw: bytes, at: int, end: int) -> int:
    """The place after a field that is not ours. Raises `Broken` where none ends before `end`."""
    start, groups = at, 0
    try:
        while True:
            tag = raw[at]
            at += 1
            if tag > 127:
                tag, at = varint(raw, at - 1)
            wire = tag & 7
            if wire == _VARINT:
                _, at = varint(raw, at)
            elif wire == _SIZED:
                size, at = varint(raw, at)
                at += size
            elif wire == _WIDE:
                at += 8
            elif wire == _NARROW:
                at += 4
            elif wire == _GROUP and groups < MOST_NESTED:
                groups += 1
            elif wire == _END and groups:
                groups -= 1
            else:
                raise Broken(start)
            if tag >> 3 == 0 or tag > 0xFFFFFFFF or at > end:
                raise Broken(start)
            if not groups:
                return at
    except IndexError:
        raise Broken(start) from None
