"""What is answered: a status, headers, and a body that is whole or comes in pieces."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

JSON = "application/json"
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
