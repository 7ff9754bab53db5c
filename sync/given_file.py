"""Files a person names on the command line: read whole, within a limit, or refused in words."""

from __future__ import annotations

from pathlib import Path

from console.core.errors import BadAnswer

MOST_BYTES = 64 << 20


def read_limited(path: Path, most: int = MOST_BYTES) -> bytes:
    """The bytes of a file a person named. Missing, no file or too large raises `BadAnswer`, before it is read."""
    try:
        if not path.is_file():
            raise BadAnswer("sync.file.missing" if not path.exists() else "sync.file.folder", path=str(path))
        size = path.stat().st_size
        if size > most:
            raise BadAnswer("sync.file.big", path=str(path), size_mb=size >> 20, limit_mb=most >> 20)
        return path.read_bytes()
    except OSError as trouble:
        reason = trouble.strerror or str(trouble)
        raise BadAnswer("sync.file.unreadable", path=str(path), reason=reason) from trouble
