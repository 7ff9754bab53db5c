"""Files a person names, on the command line or on the screen: read, or refused in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from console.core.errors import BadAnswer, code_of

MOST_BYTES = 64 << 20


def read_limited(path: Path, most: int = MOST_BYTES) -> bytes:
    """The bytes of a file a person named. Missing, no file or too large raises `BadAnswer`, before it is read."""
    with reading(path) as stream:
        size = path.stat().st_size
        if size > most:
            raise BadAnswer("sync.file.big", path=str(path), size_mb=size >> 20, limit_mb=most >> 20)
        return stream.read()


@contextmanager
def reading(path: Path) -> Iterator[BinaryIO]:
    """A file a person named, open within the block. Missing, no file, or one that does not let itself be read (a
    stick that is pulled out) raises `BadAnswer`."""
    try:
        if not path.is_file():
            raise BadAnswer("sync.file.missing" if not path.exists() else "sync.file.folder", path=str(path))
        with path.open("rb") as stream:
            yield stream
    except OSError as trouble:
        raise BadAnswer("sync.file.unreadable", path=str(path), fault=code_of(trouble)) from trouble
