"""Notes that come in: the lines of a pipe."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from console.core import notes

_READ_BYTES = 1 << 16


class Readable(Protocol):
    """Where notes come from."""

    def read(self, size: int, /) -> bytes | None:
        """Some bytes, b"" at the end."""
        ...


def lines_of(stream: Readable) -> Iterator[bytes]:
    """The lines of a pipe as they come, without their ends. One that is too long for a note is cut short."""
    rest = b""
    while chunk := stream.read(_READ_BYTES):
        *lines, rest = (rest + chunk).split(b"\n")
        yield from lines
        rest = rest[: notes.MOST_BYTES + 1]
