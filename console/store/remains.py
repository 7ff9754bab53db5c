"""A working copy of a damaged `records.db`, with what is always the same in our files put right.

The damaged file itself is only read. Sectors the disk does not give come as zeros; a file cut short is filled up;
the header's constants are written anew; and where the list of tables is lost, that of a fresh file takes its place:
our files are made by the same steps in the same order, so their tables begin on the same pages.
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

from console.core.errors import DiskTrouble
from console.store import audit, schema, swap
from console.store.database import DAMAGE, PAGE_BYTES, door, open_writer
from console.store.files import disk_trouble, writing

_MAGIC = b"SQLite format 3\0"
_CHUNK = 128 * PAGE_BYTES
_INTERIOR, _LEAF = 0x05, 0x0D
_MOST_PAGES = 1 << 27
"""A header that speaks of more (1 TB) is not believed."""


def work_copy(damaged: Path, copy: Path) -> int:
    """Make `copy` of the damaged file, as whole as it can be made, in one file; its version. Raises `DiskTrouble`."""
    version = _version(damaged)
    template = copy.with_name(f"{copy.name}-bentuk")
    try:
        _template(template, version)
        form = template.read_bytes()
        swap.drop_all(copy)
        _plain_copy(damaged, copy, form)
        log = swap.aside(damaged, "-wal")
        if log.exists():
            _plain_copy(log, swap.aside(copy, "-wal"), b"")
        if not _readable(copy):
            # A log that holds the damage is left out: without it the file is an earlier state of itself.
            swap.drop_all(copy)
            _plain_copy(damaged, copy, form)
        if not _readable(copy):
            swap.drop_all(copy)
            _plain_copy(damaged, copy, form, lists=True)
    finally:
        swap.drop_all(template)
    return version


def _version(damaged: Path) -> int:
    """The step of the schema that made the file; today's where its header does not say."""
    with door(damaged), damaged.open("rb") as stream:
        head = stream.read(64)
    found = int(struct.unpack(">I", head[60:64])[0]) if len(head) == 64 else 0
    last = len(schema.steps(schema.RECORDS))
    return found if 0 < found <= last else last


def _template(path: Path, version: int) -> None:
    """A fresh file of that form, in one piece."""
    swap.drop_all(path)
    with door(path), closing(open_writer(path, full=False)) as db:
        schema.climb(db, schema.RECORDS, path, version)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


def _plain_copy(source: Path, place: Path, form: bytes, *, lists: bool = False) -> None:
    """The bytes of a file; with the form of ours its first page put right, its end filled up."""
    try:
        with source.open("rb", buffering=0) as stream, writing(place) as out:
            size = 0
            for chunk in _chunks(stream):
                fixed = _mended(chunk, form, source.stat().st_size) if form and size == 0 else chunk
                out.write(fixed)
                size += len(fixed)
            if form:
                out.seek(28)
                pages = max(_pages(source), -(-size // PAGE_BYTES), len(form) // PAGE_BYTES)
                out.write(struct.pack(">I", pages))
                out.truncate(pages * PAGE_BYTES)
                for number in _list_pages(form) if lists else ():
                    out.seek((number - 1) * PAGE_BYTES + (100 if number == 1 else 0))
                    out.write(form[out.tell() : number * PAGE_BYTES])
    except OSError as error:
        raise disk_trouble(error, source) from error


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    """The file from its start; what the disk does not give is zeros."""
    end = stream.seek(0, 2)
    for start in range(0, end, _CHUNK):
        stream.seek(start)
        try:
            yield _exactly(stream, min(_CHUNK, end - start))
        except OSError:
            places = range(start, min(start + _CHUNK, end), PAGE_BYTES)
            yield b"".join(_page(stream, place, min(PAGE_BYTES, end - place)) for place in places)


def _page(stream: BinaryIO, place: int, size: int) -> bytes:
    stream.seek(place)
    try:
        return _exactly(stream, size)
    except OSError:
        return bytes(size)


def _exactly(stream: BinaryIO, size: int) -> bytes:
    raw = b""
    while len(raw) < size:
        more = stream.read(size - len(raw))
        if not more:
            return raw + bytes(size - len(raw))
        raw += more
    return raw


def _mended(raw: bytes, form: bytes, size: int) -> bytes:
    """The first chunk with the header of our form; counters of its own are kept, free pages are forgotten."""
    head = bytearray(form[:100])
    if len(raw) < 100:
        return form[:PAGE_BYTES] if size < 100 else bytes(head)
    head[24:28] = head[92:96] = raw[24:28]
    head[40:44] = raw[40:44]
    return bytes(head) + raw[100:]


def _pages(source: Path) -> int:
    """How many pages the header says there are, 0 where it cannot be believed."""
    with source.open("rb") as stream:
        head = stream.read(100)
    pages = int(struct.unpack(">I", head[28:32])[0]) if len(head) == 100 and head.startswith(_MAGIC) else 0
    # A header gone wrong must not make us write a file that fills the disk: at most a fourth more is believed.
    return pages if pages < _MOST_PAGES and pages * PAGE_BYTES <= 4 * source.stat().st_size + (64 << 20) else 0


def _list_pages(form: bytes) -> list[int]:
    """Numbers of the pages that hold the list of tables in a file of our form."""
    if form[100] == _LEAF:
        return [1]
    count = struct.unpack(">H", form[103:105])[0]
    places = struct.unpack(f">{count}H", form[112 : 112 + 2 * count])
    return [1, *(struct.unpack(">I", form[at : at + 4])[0] for at in places), struct.unpack(">I", form[108:112])[0]]


def _readable(copy: Path) -> bool:
    """Whether the list of tables can be read; its log, where there is one, is then home in the file."""
    try:
        with door(copy), closing(sqlite3.connect(copy, isolation_level=None)) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not audit.form(db)
    except (DiskTrouble, *DAMAGE):
        return False
