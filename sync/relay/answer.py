"""What is answered: a status, headers, and a body that is whole or comes in pieces."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

JSON = "application/json"
PIECE = 1 << 20
"""Bytes that are put together before they are sent."""
_GZIP = 31
GZIP_FROM = 1_000
"""Bytes below which squeezing costs more than it saves."""


def dumped(value: Any) -> bytes:
    """JSON as it is sent."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. A body in pieces is sent as they come; an empty piece is passed over."""

    status: int
    body: bytes | Iterator[bytes] = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    squeeze: bool = True
    """Whether gzip may be used where the client takes it."""

    @classmethod
    def of(cls, value: Any, status: int = 200, **headers: str) -> Answer:
        """A JSON value. Headers are given with `_` for `-`."""
        told = {name.replace("_", "-"): each for name, each in headers.items()}
        return cls(status, dumped(value) + b"\n", {"Content-Type": JSON, **told})

    @classmethod
    def flowing(cls, pieces: Iterator[bytes], kind: str = JSON) -> Answer:
        """What is made while it is sent; whole where it is short."""
        gathered = _gathered(pieces)
        begun = next(gathered, b"")
        body = begun if len(begun) < PIECE else chain((begun,), gathered)
        return cls(200, body, {"Content-Type": kind})


def _gathered(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Small pieces put together, so that not each goes over the wire by itself."""
    some: list[bytes] = []
    size = 0
    for piece in pieces:
        some.append(piece)
        size += len(piece)
        if size >= PIECE:
            yield b"".join(some)
            some, size = [], 0
    yield b"".join(some)


def squeezed(body: bytes) -> bytes:
    """The body as one gzip."""
    packer = zlib.compressobj(5, zlib.DEFLATED, _GZIP)
    return packer.compress(body) + packer.flush()


def squeezing(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Pieces as one gzip, each of them readable as soon as it has come: a feed under gzip must not be silent."""
    packer = zlib.compressobj(5, zlib.DEFLATED, _GZIP)
    for piece in pieces:
        if piece:
            yield packer.compress(piece) + packer.flush(zlib.Z_SYNC_FLUSH)
    yield packer.flush()


REASONS = {
    100: "Continue",
    200: "OK",
    201: "Created",
    202: "Accepted",
    206: "Partial Content",
    304: "Not Modified",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    409: "Conflict",
    411: "Length Required",
    412: "Precondition Failed",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    416: "Range Not Satisfiable",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    501: "Not Implemented",
    503: "Service Unavailable",
    507: "Insufficient Storage",
}
