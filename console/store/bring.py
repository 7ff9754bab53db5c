"""A photo or file into the store: looked at, cleaned, cut into pieces that are on the disk, and told as a command's
fields. Runs where the operator sits, before the command is sealed. No database is touched; any thread.
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console.core.errors import DiskTrouble, Refused
from console.core.file_kinds import MOST_BYTES, Judged, judge, safe_name
from console.core.pieces import SMALL_PIECE, cut, sha256
from console.store.blobs import OPERATORS_LEAST, Blobs
from console.store.files import disk_trouble

MOST_THUMB = SMALL_PIECE
Thumb = Callable[[Judged], bytes]
"""Makes a small JPEG of a picture, b"" where that cannot be."""


def no_thumb(_judged: Judged) -> bytes:
    """Where no picture can be drawn."""
    return b""


@dataclass(frozen=True, slots=True)
class Brought:
    """A file that lies in the store."""

    fields: dict[str, Any]
    """Of the command `Attach`."""
    placed: bool
    """Whether the photo told where it was taken."""


def read_given(path: Path) -> bytes:
    """The bytes of a file a person named. Raises `Refused` for what is no plain file, or too big, before reading it;
    `DiskTrouble` where it cannot be read."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise Refused("files.no_file", path=str(path))
        if found.st_size > MOST_BYTES:
            raise Refused("files.big", size_mb=found.st_size / (1 << 20), most_mb=MOST_BYTES >> 20)
        with path.open("rb") as stream:
            return stream.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise Refused("files.absent", path=str(path)) from error
    except (OSError, ValueError) as error:
        if isinstance(error, OSError):
            raise disk_trouble(error, path) from error
        raise Refused("files.absent", path=str(path)) from error


def bring(
    blobs: Blobs,
    data: bytes,
    name: str,
    *,
    keep_position: bool = False,
    thumb: Thumb = no_thumb,
    spare: Callable[[], Iterable[tuple[str, int]]] = tuple,
) -> Brought:
    """Put a file into the store; all of it is on the disk on return. Raises `Refused`, `DiskTrouble`.

    Where the disk is too full, pieces that can be fetched again (`spare`) go first.
    """
    judged = judge(data, keep_position=keep_position)
    small = thumb(judged) if judged.kind.picture else b""
    if len(small) > MOST_THUMB:
        small = b""
    _make_room(blobs, len(judged.data) + len(small), spare)
    pieces = [blobs.keep(piece).sha256 for piece in cut(judged.data)]
    fields = {
        "name": safe_name(name, judged.kind),
        "type": str(judged.kind),
        "bytes": len(judged.data),
        "sha256": sha256(judged.data),
        "pieces": tuple(pieces),
        "thumb": blobs.keep(small).sha256 if small else "",
        "place": "kept" if keep_position and judged.placed else "",
    }
    return Brought(fields, judged.placed)


def _make_room(blobs: Blobs, size: int, spare: Callable[[], Iterable[tuple[str, int]]]) -> None:
    """Let what can be fetched again go, where so many bytes would not fit. Raises `DiskTrouble`."""
    try:
        blobs.ask_room(size, OPERATORS_LEAST)
        return
    except DiskTrouble as trouble:
        if trouble.says != "files.room":
            raise
    for name, _length in spare():
        blobs.drop(name)
        try:
            blobs.ask_room(size, OPERATORS_LEAST)
            return
        except DiskTrouble:
            continue
    blobs.ask_room(size, OPERATORS_LEAST)
