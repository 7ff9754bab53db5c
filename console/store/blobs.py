"""Bytes of photos and files, one file per content: `<profile>/blobs/ab/<sha256>`. The same bytes lie there once.

A file is whole and on the disk before anything names it, and its bytes are compared with its name whenever they are
read: what does not agree is as if it were not there, and can be fetched again. No database is touched here, so any
thread and the screen may keep bytes; which of them are known to the store says `BlobRows` (blob_rows.py).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from console.core.errors import DiskTrouble, Refused
from console.core.pieces import is_name
from console.store.files import append, atomic_write, drop_file, make_folder, read_bytes, touch
from console.store.room import MB, free_bytes

MOST_BYTES = 8 * MB
"""Largest content kept as one; what we make ourselves is cut into pieces far smaller."""
OPERATORS_LEAST = 50 * MB
"""Left free on the disk when an operator attaches something; downloads stop far earlier (`Room.intake_bytes`)."""
_PART = ".part"
_PARTS = "parts"


@dataclass(frozen=True, slots=True)
class Blob:
    """Some bytes by their name."""

    sha256: str
    digest: str
    """`md5-<base64>`, as CouchDB names an attachment that it does not compress."""
    length: int

    @classmethod
    def of(cls, data: bytes) -> Blob:
        """The name of those bytes."""
        md5 = base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode("ascii")
        return cls(hashlib.sha256(data).hexdigest(), f"md5-{md5}", len(data))


class Blobs:
    """The folder with the bytes. Any thread, any process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, sha256: str) -> Path:
        """Where those bytes lie, or would."""
        if not is_name(sha256):
            raise ValueError(f"no name of a blob: {sha256[:80]!r}")
        return self.folder / sha256[:2] / sha256

    def has(self, sha256: str) -> bool:
        """Whether there is a file of that name. Its bytes are judged when they are read."""
        return self.path(sha256).is_file()

    def keep(self, data: bytes, *, least_free: int = OPERATORS_LEAST) -> Blob:
        """Keep bytes; they are on the disk on return. Raises `DiskTrouble`, `Refused` where they are too many.

        `least_free` is what must be left on the disk afterwards.
        """
        if len(data) > MOST_BYTES:
            raise Refused("files.big_piece", size_mb=len(data) / MB, most_mb=MOST_BYTES // MB)
        blob = Blob.of(data)
        path = self.path(blob.sha256)
        # Bytes that nothing names yet are swept by their age: who keeps them again is about to name them.
        if read_bytes(path) != data or not touch(path):
            self.ask_room(len(data), least_free)
            make_folder(path.parent)
            atomic_write(path, data)
        return blob

    def ask_room(self, size: int, least_free: int) -> None:
        """Raise `DiskTrouble` where so many bytes more would leave too little room."""
        free = free_bytes(make_folder(self.folder)) - size
        if free < least_free:
            raise DiskTrouble("files.room", free_mb=max(free, 0) // MB, least_mb=least_free // MB)

    def read(self, sha256: str) -> bytes | None:
        """The bytes of that name; None where they are not here or are not what their name says: then they are
        dropped. Raises `DiskTrouble`."""
        path = self.path(sha256)
        data = read_bytes(path)
        if data is not None and hashlib.sha256(data).hexdigest() != sha256:
            drop_file(path)
            return None
        return data

    def peek(self, sha256: str) -> bytes | None:
        """The bytes as `read` gives them, for who only looks: damaged ones are left for the engine to find."""
        data = read_bytes(self.path(sha256))
        return data if data is not None and hashlib.sha256(data).hexdigest() == sha256 else None

    def drop(self, sha256: str) -> None:
        """Let go of bytes that may be absent."""
        drop_file(self.path(sha256))

    def names(self) -> Iterator[tuple[str, Path]]:
        """All bytes that are here."""
        if self.folder.is_dir():
            for below in sorted(self.folder.iterdir()):
                for path in sorted(below.iterdir()) if len(below.name) == 2 and below.is_dir() else ():
                    if is_name(path.name) and path.name.startswith(below.name):
                        yield path.name, path

    # what comes in pieces of a piece

    def begun(self, sha256: str) -> int:
        """How many bytes of an unfinished download are here."""
        try:
            return self._part(sha256).stat().st_size
        except OSError:
            return 0

    def grow(self, sha256: str, data: bytes, *, start: int) -> int:
        """Add bytes that follow those which are here; how many are here now. Bytes of another place are left out."""
        if start != self.begun(sha256):
            return self.begun(sha256)
        part = self._part(sha256)
        make_folder(part.parent)
        return append(part, data)

    def finish(self, sha256: str, *, least_free: int) -> Blob | None:
        """Make an unfinished download whole: None where its bytes are not what their name says. Then none is kept.
        Where there is no room for it, it stays as it is and can be finished later."""
        part = self._part(sha256)
        data = read_bytes(part) or b""
        blob = self.keep(data, least_free=least_free) if hashlib.sha256(data).hexdigest() == sha256 else None
        drop_file(part)
        return blob

    def give_up(self, sha256: str) -> None:
        """Forget an unfinished download."""
        drop_file(self._part(sha256))

    def _part(self, sha256: str) -> Path:
        if not is_name(sha256):
            raise ValueError(f"no name of a blob: {sha256[:80]!r}")
        return self.folder / _PARTS / f"{sha256}{_PART}"

    def leftovers(self) -> Iterator[Path]:
        """Files that are no blob: unfinished downloads, and what a killed write left behind."""
        if not self.folder.is_dir():
            return
        for below in sorted(self.folder.iterdir()):
            for path in sorted(below.iterdir()) if below.is_dir() else ():
                if not is_name(path.name):
                    yield path
