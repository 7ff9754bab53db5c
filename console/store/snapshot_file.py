"""A snapshot's file: a head that promises, then one database in packed pieces that are each proved by the head.

    KENDALI-SNAPSHOT 1
    5120 312                   bytes of the manifest and of the signature (0: none)
    { ... "pieces": [[stored bytes, "SHA-256 of them"], ...] }
    signature, and the pieces one after the other

Whoever has the head can fetch the rest from anywhere, in any order, and knows of each piece alone whether it is the
right one. What a signature is worth is asked elsewhere; here is only proved that all of it is what the head says.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, BinaryIO, NamedTuple, TypeVar

from console.core.errors import BadAnswer
from console.core.unpack import unpacked

MAGIC = b"KENDALI-SNAPSHOT 1\n"
FORM = "kendali-snapshot"
RAW_BYTES = 4 << 20
"""Bytes of the database in one piece; the last may be smaller."""
MOST_PIECES = 16_384
"""64 GB."""
HEAD_BYTES = 4 << 20
"""No head is longer."""
LEVEL = 6
_WORKERS = 2
_SIZES = re.compile(rb"([1-9][0-9]{0,7}) (0|[1-9][0-9]{0,4})\n")
_HASH = re.compile("[0-9a-f]{64}")
_SIZES_BYTES = 20

T = TypeVar("T")


class Piece(NamedTuple):
    """A piece as the head promises it."""

    start: int
    """Where it begins in the file."""
    stored: int
    """Bytes in the file."""
    raw: int
    """Bytes of the database."""
    sha256: str


@dataclass(frozen=True, slots=True)
class Head:
    """What a snapshot says of itself."""

    manifest: bytes
    """As it was signed."""
    signature: str
    told: Mapping[str, Any]
    pieces: Sequence[Piece]

    @property
    def end(self) -> int:
        """Bytes of the whole file."""
        last = self.pieces[-1]
        return last.start + last.stored

    @property
    def bytes(self) -> int:
        """Bytes of the database."""
        return sum(piece.raw for piece in self.pieces)


def head_size(start: bytes) -> int:
    """How long the head is, from the first bytes of the file (64 are enough). Raises `BadAnswer`."""
    if not start.startswith(MAGIC):
        raise BadAnswer("store.snapshot.foreign")
    line = start[len(MAGIC) : len(MAGIC) + _SIZES_BYTES].partition(b"\n")
    found = _SIZES.fullmatch(line[0] + line[1])
    if found is None or int(found[1]) + int(found[2]) > HEAD_BYTES:
        raise BadAnswer("store.snapshot.head", what="size")
    return len(MAGIC) + len(found[0]) + int(found[1]) + int(found[2])


def read_head(raw: bytes) -> Head:
    """The head of a snapshot, `raw` as long as `head_size` says. Raises `BadAnswer`."""
    if len(raw) != head_size(raw):
        raise BadAnswer("store.snapshot.cut", at=len(raw))
    found = _SIZES.match(raw, len(MAGIC))
    assert found is not None
    middle = found.end() + int(found[1])
    manifest = raw[found.end() : middle]
    try:
        told = json.loads(manifest)
        signature = raw[middle:].decode("utf-8")
    except (ValueError, RecursionError) as error:
        raise BadAnswer("store.snapshot.head", what="json") from error
    if not isinstance(told, dict) or told.get("form") != FORM or told.get("version") != 1:
        raise BadAnswer("store.snapshot.head", what="form")
    return Head(manifest, signature, told, _pieces(told, len(raw)))


def _pieces(told: Mapping[str, Any], start: int) -> list[Piece]:
    total, listed = told.get("bytes"), told.get("pieces")
    if not isinstance(total, int) or not isinstance(listed, list) or not 0 < len(listed) <= MOST_PIECES:
        raise BadAnswer("store.snapshot.head", what="pieces")
    if not (len(listed) - 1) * RAW_BYTES < total <= len(listed) * RAW_BYTES:
        raise BadAnswer("store.snapshot.head", what="bytes")
    found: list[Piece] = []
    for number, each in enumerate(listed):
        if not isinstance(each, list) or len(each) != 2:
            raise BadAnswer("store.snapshot.head", what="pieces")
        stored, sha256 = each
        fits = isinstance(stored, int) and 0 < stored <= RAW_BYTES + (RAW_BYTES >> 8)
        if not fits or not isinstance(sha256, str) or not _HASH.fullmatch(sha256):
            raise BadAnswer("store.snapshot.head", what="pieces")
        found.append(Piece(start, stored, min(RAW_BYTES, total - number * RAW_BYTES), sha256))
        start += stored
    return found


def proved(piece: Piece, stored: bytes) -> bytes:
    """Those bytes, if they are the ones the head promises. Raises `BadAnswer`."""
    if len(stored) != piece.stored or hashlib.sha256(stored).hexdigest() != piece.sha256:
        raise BadAnswer("store.snapshot.piece", at=piece.start)
    return stored


def _unpacked(piece: Piece, stored: bytes) -> bytes:
    try:
        raw = unpacked(proved(piece, stored), piece.raw)
    except ValueError as error:
        raise BadAnswer("store.snapshot.piece", at=piece.start) from error
    if len(raw) != piece.raw:
        raise BadAnswer("store.snapshot.piece", at=piece.start)
    return raw


def database(head: Head, stream: BinaryIO) -> Iterator[bytes]:
    """The database in its pieces, each proved; `stream` stands behind the head. Raises `BadAnswer`."""

    def read() -> Iterator[Callable[[], bytes]]:
        for piece in head.pieces:
            stored = stream.read(piece.stored)
            if len(stored) < piece.stored:
                raise BadAnswer("store.snapshot.cut", at=piece.start + len(stored))
            yield lambda piece=piece, stored=stored: _unpacked(piece, stored)  # type: ignore[misc]
        if stream.read(1):
            raise BadAnswer("store.snapshot.head", what="end")

    yield from _side_by_side(read())


def packed(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """A database in packed pieces: bytes of it, and the piece as it is stored."""

    def read() -> Iterator[Callable[[], tuple[int, bytes]]]:
        while raw := stream.read(RAW_BYTES):
            yield lambda raw=raw: (len(raw), zlib.compress(raw, LEVEL))  # type: ignore[misc]

    yield from _side_by_side(read())


def _side_by_side(jobs: Iterable[Callable[[], T]]) -> Iterator[T]:
    """What the jobs answer, in order, some of them worked on at a time (packing and hashing let others compute)."""
    waiting: list[Future[T]] = []
    with ThreadPoolExecutor(_WORKERS) as pool:
        try:
            for job in jobs:
                waiting.append(pool.submit(job))
                if len(waiting) > _WORKERS:
                    yield waiting.pop(0).result()
            while waiting:
                yield waiting.pop(0).result()
        finally:
            for each in waiting:
                each.cancel()


def head_bytes(about: Mapping[str, Any], sizes: Sequence[tuple[int, int, str]], sign: Callable[[bytes], str]) -> bytes:
    """The head for pieces of (bytes of the database, bytes stored, SHA-256)."""
    told = {
        "form": FORM,
        "version": 1,
        **about,
        "bytes": sum(raw for raw, _, _ in sizes),
        "pieces": [[stored, sha256] for _, stored, sha256 in sizes],
    }
    manifest = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")
    signature = sign(manifest).encode("utf-8")
    return MAGIC + f"{len(manifest)} {len(signature)}\n".encode("ascii") + manifest + signature
