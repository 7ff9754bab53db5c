"""Archives from outside (zip), read without unpacking them anywhere: bounded before a byte is inflated, and while.

Refused by name: links, encrypted entries, names that lead out of the archive or stand there twice, more entries or
bytes than allowed, an entry that unpacks to far more than it is, and what is cut or follows the archive's end.
"""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from typing import IO, Any, cast

from console.core.errors import BadAnswer

MOST_ENTRIES = 1_000
MOST_BYTES = 64 << 20
"""Of all entries together, inflated."""
MOST_RATIO = 250
"""An entry that unpacks to so many times its size is no text of people, but one made to fill memory."""
_FREE_BYTES = 1 << 20
"""Below this no ratio is asked for: a small file of blanks does no harm."""
_MOST_DIRECTORY = MOST_ENTRIES * 400
_END = struct.Struct("<4s4H2LH")
_END_MARK, _BIG_MARK = b"PK\5\6", b"PK\6\7"
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
    RuntimeError,
)
"""What the library raises of what is no sound archive, and of what it cannot unpack."""


class Zipped:
    """An archive whose entries are all fit to be read."""

    def __init__(self, raw: bytes, source: str) -> None:
        """Raises `BadAnswer`, in which `source` is named."""
        self._source = source
        self._check_end(raw)
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(raw))
        except _BROKEN as trouble:
            raise BadAnswer("sync.zip.form", source=source) from trouble
        self._entries = {each.filename: each for each in self._zip.infolist() if not each.is_dir()}
        self._check(self._zip.infolist(), len(raw))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all entries, folders not among them."""
        return tuple(self._entries)

    def open(self, name: str) -> IO[bytes]:
        """An entry's bytes as they are inflated. What turns out to be broken raises `BadAnswer` where it is read."""
        return cast(IO[bytes], _Entry(self._zip, self._entries[name], self._source))

    def _check_end(self, raw: bytes) -> None:
        """The end of the archive tells how much the library will read of it; it must be where the bytes end."""
        place = raw.rfind(_END_MARK, max(0, len(raw) - _END.size - 0xFFFF))
        if place < 0 or len(raw) - place < _END.size:
            raise BadAnswer("sync.zip.form", source=self._source)
        *_, count, size, _, comment = _END.unpack_from(raw, place)
        if place + _END.size + comment != len(raw) or raw[max(0, place - 20) : place].startswith(_BIG_MARK):
            raise BadAnswer("sync.zip.form", source=self._source)
        if count > MOST_ENTRIES or size > _MOST_DIRECTORY:
            raise BadAnswer("sync.zip.many", source=self._source, most=MOST_ENTRIES)

    def _check(self, entries: list[zipfile.ZipInfo], size: int) -> None:
        if len(entries) > MOST_ENTRIES:
            raise BadAnswer("sync.zip.many", source=self._source, most=MOST_ENTRIES)
        seen: set[str] = set()
        for each in entries:
            name = each.filename
            fault = _fault(each) or ("twice" if name.casefold() in seen else "")
            if fault:
                raise BadAnswer(f"sync.zip.{fault}", source=self._source, name=_shown(name))
            seen.add(name.casefold())
        # entries that lie over each other are more than the bytes there are
        if sum(each.file_size for each in entries) > MOST_BYTES or sum(each.compress_size for each in entries) > size:
            raise BadAnswer("sync.bad.bomb", source=self._source, limit_mb=MOST_BYTES >> 20)


class _Entry(io.RawIOBase):
    """An entry, whose faults are told as the archive's while those of who reads it stay his."""

    def __init__(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, source: str) -> None:
        super().__init__()
        self._bad = BadAnswer("sync.zip.entry", source=source, name=_shown(entry.filename))
        self._left = entry.file_size
        try:
            self._inner = archive.open(entry)
        except _BROKEN as trouble:
            raise self._bad from trouble

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        try:
            piece = self._inner.read(len(into))
        except _BROKEN as trouble:
            raise self._bad from trouble
        self._left -= len(piece)
        if not piece and self._left:
            raise self._bad  # the library asks for the checksum alone
        into[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        self._inner.close()
        super().close()


def _fault(entry: zipfile.ZipInfo) -> str:
    """The end of the phrase key of why an entry is not read, "" where nothing is wrong with it."""
    name = entry.filename
    if not name or name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/"):
        return "name"
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "link"
    if entry.flag_bits & 0x1:
        return "secret"
    if entry.file_size > _FREE_BYTES and entry.file_size > MOST_RATIO * entry.compress_size:
        return "ratio"
    return ""


def _shown(name: str) -> str:
    return "".join(each if each.isprintable() else " " for each in name[:80])
