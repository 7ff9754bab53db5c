"""Files cut into pieces that go over the wire one by one, each known by its own hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

MOST_PIECE = 256 << 10
"""Largest piece. A document `piece:<sha256>` holds one as its only attachment."""
SMALL_PIECE = 64 << 10
"""Piece of a file of up to `_SMALL_FILE`: under a minute at 9,600 bit/s, so that little is lost where a link breaks."""
_SMALL_FILE = 4 << 20
ATTACHMENT = "data"
OCTETS = "application/octet-stream"
_HEAD = "piece:"


def piece_bytes(size: int) -> int:
    """Size of the pieces of a file of `size` bytes: the same on every console, so that the pieces are the same."""
    return SMALL_PIECE if size <= _SMALL_FILE else MOST_PIECE


def cut(data: bytes) -> list[bytes]:
    """The pieces of a file, in order; none of an empty one."""
    step = piece_bytes(len(data))
    return [data[start : start + step] for start in range(0, len(data), step)]


def sha256(data: bytes) -> str:
    """The name of some bytes."""
    return hashlib.sha256(data).hexdigest()


def piece_document(name: str) -> str:
    """Id of the document that holds a piece."""
    return _HEAD + name


def piece_of(doc: str) -> str:
    """Name of the piece a document holds, "" for another document."""
    name = doc.removeprefix(_HEAD)
    return name if doc.startswith(_HEAD) and is_name(name) else ""


def piece_body(digest: str, length: int) -> dict[str, Any]:
    """Body of the document of a piece: the same wherever the piece is the same. `digest` is `md5-<base64>`."""
    stub = {"content_type": OCTETS, "digest": digest, "length": length, "revpos": 1, "stub": True}
    return {"type": "piece", "bytes": length, "_attachments": {ATTACHMENT: stub}}


def is_name(text: str) -> bool:
    """Whether a text can be the name of some bytes: 64 hexadecimal digits, small letters."""
    return len(text) == 64 and not set(text) - set("0123456789abcdef")


def sound_list(names: Sequence[str], size: int) -> bool:
    """Whether these can be the pieces of a file of that size."""
    step = piece_bytes(size)
    return size > 0 and len(names) == -(-size // step) and all(is_name(name) for name in names)


def joined(pieces: Iterable[bytes], name: str, size: int) -> bytes | None:
    """The whole file, None where the pieces do not make the bytes of that name and size."""
    data = b"".join(pieces)
    return data if len(data) == size and sha256(data) == name else None


def piece_size(size: int, number: int) -> int:
    """Bytes of piece `number` (from 0) of a file of `size` bytes."""
    step = piece_bytes(size)
    return min(step, size - number * step)
