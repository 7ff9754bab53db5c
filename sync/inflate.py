"""Reading a body under two limits: bytes as they came over the wire, and bytes once inflated.

`requests` inflates by itself, takes half a gzip for a whole one and turns 256 KB into 256 MB. So bodies are
streamed as they came and inflated here: refused while they grow, never after, and whole only with the trailer.
"""

from __future__ import annotations

import io
import zlib
from typing import TYPE_CHECKING

from console.core.errors import BadAnswer

if TYPE_CHECKING:
    from zlib import _Decompress

PIECE = 1 << 16
_GZIP = 31


class Body:
    """Collects one answer's body. Feed it pieces, then `whole()`."""

    def __init__(self, source: str, encoding: str, *, most_bytes: int, most_inflated: int) -> None:
        """`encoding` is the Content-Encoding; one we did not ask for raises `BadAnswer`."""
        name = encoding.strip().lower()
        if name not in ("", "identity", "gzip", "x-gzip"):
            raise BadAnswer("sync.bad.encoding", source=source, encoding=name[:40])
        self._source = source
        self._most_bytes = most_bytes
        self._most_inflated = most_inflated
        self._gzip = name.endswith("gzip")
        self._inflater: _Decompress | None = None
        self._read = 0
        self._out = io.BytesIO()

    @property
    def read(self) -> int:
        """Bytes taken so far, as they came."""
        return self._read

    @property
    def kept(self) -> int:
        """Bytes held so far, inflated."""
        return self._out.tell()

    def take(self, piece: bytes) -> None:
        """Take a piece as it came. Too much, before or after inflating, raises `BadAnswer` at once."""
        self._read += len(piece)
        if self._read > self._most_bytes:
            raise BadAnswer("sync.bad.big", source=self._source, limit_mb=_mb(self._most_bytes))
        if not self._gzip:
            self._keep(piece)
            return
        try:
            self._inflate(piece)
        except zlib.error as trouble:
            raise BadAnswer("sync.bad.gzip", source=self._source) from trouble

    def whole(self) -> bytes:
        """The body. A gzip without its end raises `BadAnswer`: what came is not all there was."""
        unfinished = self._inflater is not None and not self._inflater.eof
        if self._gzip and (unfinished or (self._inflater is None and self._read == 0)):
            raise BadAnswer("sync.bad.cut", source=self._source, got=self._read)
        return self._out.getvalue()

    def _inflate(self, piece: bytes) -> None:
        while piece:
            if self._inflater is None or self._inflater.eof:
                if self._inflater is not None and not piece.strip(b"\0"):
                    return  # zero padding after the end, as some proxies leave it
                self._inflater = zlib.decompressobj(_GZIP)
            self._keep(self._inflater.decompress(piece, PIECE))
            piece = self._inflater.unused_data if self._inflater.eof else self._inflater.unconsumed_tail

    def _keep(self, piece: bytes) -> None:
        if self._out.tell() + len(piece) > self._most_inflated:
            raise BadAnswer("sync.bad.bomb", source=self._source, limit_mb=_mb(self._most_inflated))
        self._out.write(piece)


def _mb(size: int) -> int:
    return max(1, size >> 20)
