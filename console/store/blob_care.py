"""Looking after the bytes of files: what lies there unknown is taken up or swept away, what is gone is noticed.

After a restore, a salvage or a crash database and folder may not agree. Bytes that a deed names are never removed, also
where the deed still waits in the black box; bytes that nothing names go after a day, so that what is being attached
right now is safe.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from console.core.command import Envelope
from console.core.lifecycle import Deed
from console.core.pieces import is_name
from console.store.attachments import FileShelf
from console.store.backup import go_on
from console.store.blobs import Blob, Blobs
from console.store.files import drop_file

KEPT = timedelta(days=1)
"""Bytes that nothing names are kept that long."""


@dataclass(slots=True)
class Cared:
    """What was found."""

    found: list[tuple[Blob, str]] = field(default_factory=list)
    """Bytes that are here, named by a deed of that command, and not known to the database."""
    lost: list[str] = field(default_factory=list)
    """Names the database takes for here, and there is no such file."""
    dropped: int = 0
    """Files swept away."""


def care(
    blobs: Blobs,
    shelf: FileShelf,
    box: Iterable[Envelope],
    now: datetime,
    *,
    ending: Callable[[], bool] = go_on,
) -> Cared:
    """Compare folder and database, and sweep. What it found is to be written by the keeper. Raises `DiskTrouble`."""
    cared = Cared()
    named = shelf.named_by_deeds()
    waiting = set(_in_box(box))
    there: set[str] = set()
    for name, path in blobs.names():
        if ending():
            return Cared()
        there.add(name)
        if not shelf.lacking([name]):
            continue
        if name in named:
            data = blobs.read(name)
            if data is not None:
                cared.found.append((Blob.of(data), named[name]))
        elif name not in waiting and _old(path, now):
            drop_file(path)
            cared.dropped += 1
    for path in blobs.leftovers():
        if _old(path, now):
            drop_file(path)
            cared.dropped += 1
    # The other way round last: what was written meanwhile is there.
    cared.lost = [name for name in shelf.all_known() if name not in there and not blobs.has(name)]
    return cared


def _in_box(box: Iterable[Envelope]) -> Iterator[str]:
    """Names of bytes that deeds in the black box speak of."""
    for envelope in box:
        if envelope.kind == Deed.ATTACH:
            pieces = envelope.fields.get("pieces")
            for name in (*(pieces if isinstance(pieces, list | tuple) else ()), envelope.fields.get("thumb")):
                if isinstance(name, str) and is_name(name):
                    yield name


def _old(path: Path, now: datetime) -> bool:
    """Whether a file was last written long ago. One of a time to come is not."""
    try:
        at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError:
        return False
    return now - at > KEPT
