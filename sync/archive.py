"""A file of named parts, one after the other, and nothing else: what a bundle travels in.

    KENDALI-BUNDLE 1
    manifest.json 812          name and length in bytes, then that many bytes, then a line end
    part-0001 81920
    end 2                      how many there were

There are no folders, links, times, rights or file names of a system in it, so none can be hostile; nothing is ever
unpacked to a disk by name. Lengths are promises that are counted while reading, never believed.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from console.core.errors import BadAnswer
from console.core.unpack import TooMuch, unpacked

MAGIC = b"KENDALI-BUNDLE 1\n"
MOST_ENTRIES = 2_000
MOST_BYTES = 500 << 20
MOST_RATIO = 100
PIECE = 1 << 20
_LINE = 100
"""Longest head of an entry, in bytes."""
_SMALL = 1 << 16
"""So much may come out of any packed part, however small it is: an empty list packs well."""
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)?")
_HEAD = re.compile(rb"([!-~]{1,80}) (0|[1-9][0-9]{0,11})\n")
_NEVER = frozenset({"con", "prn", "aux", "nul", "end", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))})
"""Names that mean a device on some systems, and our own end mark."""


def check_name(name: str) -> str:
    """The name of a part if it may be one. Raises `BadAnswer`."""
    if len(name) > 64 or not _NAME.fullmatch(name) or name.partition(".")[0] in _NEVER:
        raise BadAnswer("sync.bundle.name", name=ascii(name)[:80])
    return name


def write(stream: BinaryIO, parts: Iterable[tuple[str, bytes]]) -> int:
    """Write all parts with head and end; how many bytes it came to."""
    written = stream.write(MAGIC)
    seen: set[str] = set()
    for name, data in parts:
        if check_name(name) in seen:
            raise AssertionError(f"two parts named {name}")
        seen.add(name)
        written += stream.write(f"{name} {len(data)}\n".encode("ascii"))
        written += stream.write(data)
        written += stream.write(b"\n")
    return written + stream.write(f"end {len(seen)}\n".encode("ascii"))


class Entry:
    """One part on its way in. Its bytes are read once, in order."""

    def __init__(self, stream: BinaryIO, name: str, size: int) -> None:
        self.name = name
        self.size = size
        self._stream = stream
        self._left = size

    def pieces(self, piece: int = PIECE) -> Iterator[bytes]:
        """All bytes, never more than `piece` at once. Raises `BadAnswer` where the file ends before."""
        while self._left:
            got = self._stream.read(min(piece, self._left))
            if not got:
                raise BadAnswer("sync.bundle.cut", name=self.name)
            self._left -= len(got)
            yield got

    def whole(self, most: int) -> bytes:
        """All bytes of a part that must be small. Raises `BadAnswer`."""
        if self.size > most:
            raise BadAnswer("sync.bundle.big", name=self.name, most_mb=max(1, most >> 20))
        return b"".join(self.pieces())

    def skip(self) -> None:
        """Pass over what is left of it."""
        for _ in self.pieces():
            pass


def read(stream: BinaryIO, *, most_bytes: int = MOST_BYTES, most_entries: int = MOST_ENTRIES) -> Iterator[Entry]:
    """The parts in their order. What is not read of one is passed over before the next.

    Raises `BadAnswer`: no file of ours, a name that is none or comes twice, too many, too much, cut off, something
    behind the end. Parts that came whole before a cut are sound.
    """
    if stream.read(len(MAGIC)) != MAGIC:
        raise BadAnswer("sync.bundle.foreign")
    seen: set[str] = set()
    total = 0
    while True:
        name, size = _head(stream)
        if name == "end":
            _end(stream, size, len(seen))
            return
        if check_name(name) in seen:
            raise BadAnswer("sync.bundle.twice", name=name)
        seen.add(name)
        total += size
        if len(seen) > most_entries:
            raise BadAnswer("sync.bundle.many", most=most_entries)
        if total > most_bytes:
            raise BadAnswer("sync.bundle.big", name=name, most_mb=most_bytes >> 20)
        entry = Entry(stream, name, size)
        yield entry
        entry.skip()
        if stream.read(1) != b"\n":
            raise BadAnswer("sync.bundle.cut", name=name)


def _head(stream: BinaryIO) -> tuple[str, int]:
    line = stream.readline(_LINE)
    found = _HEAD.fullmatch(line)
    if found is None:
        # The start of a line is a file that was cut off; anything else was never made by us.
        raise BadAnswer(
            "sync.bundle.cut" if not line.endswith(b"\n") and len(line) < _LINE else "sync.bundle.name",
            name=ascii(line.decode("latin-1"))[:80],
        )
    return found[1].decode("ascii"), int(found[2])


def _end(stream: BinaryIO, told: int, found: int) -> None:
    if told != found or stream.read(1):
        raise BadAnswer("sync.bundle.end")


def pack(data: bytes) -> bytes:
    """The bytes made small, but never so small that `unpack` takes them for a bomb."""
    out = zlib.compress(data, 6)
    if len(data) <= len(out) * MOST_RATIO + _SMALL:
        return out
    # Sound text that says the same over and over. Without its repetitions each byte still costs a bit.
    machine = zlib.compressobj(6, strategy=zlib.Z_HUFFMAN_ONLY)
    return machine.compress(data) + machine.flush()


def unpack(data: bytes, most: int, name: str = "") -> bytes:
    """What `pack` made small, refused while it grows beyond `most` bytes or a hundredfold. Raises `BadAnswer`."""
    try:
        return unpacked(data, min(most, len(data) * MOST_RATIO + _SMALL))
    except TooMuch as error:
        raise BadAnswer("sync.bundle.bomb", name=name, ratio=MOST_RATIO) from error
    except ValueError as error:
        raise BadAnswer("sync.bundle.packed", name=name) from error
