"""Photos and files in the store: which deeds brought them, which of their bytes are here, which the centre lacks.

A file is told by the deed that attached it and lies in pieces. Each piece is a document `piece:<sha256>` in the place
of files, the same on every console, with its bytes beside the database (blobs.py). What a console attaches waits in the
outbox piece by piece; what it fetched is known to be held.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from console.core.clock import Clock, from_millis, millis
from console.core.command import Envelope
from console.core.errors import Refused
from console.core.file_kinds import MOST_BYTES, FileKind, safe_name
from console.core.pieces import is_name, piece_body, piece_document, sound_list
from console.core.records import ComplaintId, FileRow
from console.core.replica import Named
from console.core.retention import FILES, KEPT
from console.store import schema
from console.store.blob_rows import BlobRows
from console.store.blobs import Blob, Blobs
from console.store.database import at_door, plain
from console.store.documents import Documents
from console.store.ends import OVER
from console.store.erased import erased_of
from console.store.files import Profile
from console.store.outbox import Outbox

_ATTACHED = (
    "SELECT n, complaint, at, by, fields, command, command <> '' AND EXISTS (SELECT 1 FROM event AS later"
    " WHERE later.undoes = event.command) FROM event"
)

OLD_CENTRE = "kendali-old-centre"
"""A note of ours at the place of files: up to which sequence pieces were given to a centre that is ours no more."""

_AT_ONCE = 400
_SAID = "deed = 'attach' AND json_valid(fields) AND json_type(fields) = 'object'"


class Attachments:
    """The hand that writes them. One connection, one thread; the caller holds the transaction."""

    def __init__(
        self,
        db: sqlite3.Connection,
        blobs: Blobs,
        clock: Clock,
        place: str,
        documents: Documents | None = None,
    ) -> None:
        self.blobs = blobs
        self.rows = BlobRows(db)
        self.place = place
        self._clock = clock
        self._documents = documents or Documents(db)
        self._outbox = Outbox(db)

    def attach(self, names: Sequence[str], envelope: Envelope) -> None:
        """A deed speaks of these bytes: each becomes a document that waits for the centre. Raises `Refused` where
        one is not here whole."""
        for name in names:
            data = self.blobs.read(name)
            if data is None:
                raise Refused("files.bytes_gone", file=name[:12])
            self._keep(Blob.of(data), millis(envelope.at), command=envelope.id)

    def came(self, blobs: Sequence[Blob]) -> None:
        """These pieces were fetched from the centre and lie on the disk."""
        for blob in blobs:
            self._keep(blob, millis(self._clock.now()))

    def found(self, blob: Blob, command: str) -> None:
        """This piece lies on the disk though the database did not know: a deed of that command speaks of it. The
        centre is asked whether it has it."""
        self._keep(blob, millis(self._clock.now()), command=command)

    def _keep(self, blob: Blob, at_ms: int, *, command: str = "") -> None:
        """A piece is here; with a command it is offered to the centre, without one the centre has it."""
        self.rows.note([blob], at_ms)
        doc, body = piece_document(blob.sha256), piece_body(blob.digest, blob.length)
        winner = self._documents.winner(doc)
        if winner is not None and not winner.deleted:
            return
        # Bytes that were erased with one complaint may come with another one.
        rev = self._documents.edit(doc, body, parent=winner.rev if winner else "", place=self.place)
        if command:
            self._outbox.add(doc, rev, "", command, at_ms)
        else:
            self._outbox.settle([Named(doc, rev)])


class FileShelf:
    """The eye that reads them. One connection, one thread."""

    def __init__(self, db: sqlite3.Connection, path: Path = Path("records.db")) -> None:
        self._db = db
        self.rows = BlobRows(db)
        self.path = path

    @classmethod
    def open(cls, profile: Profile, *, any_thread: bool = False) -> Self:
        """A reader of its own. Raises `DiskTrouble`: "store.absent" until the engine has made the file."""
        return cls(schema.open_records(profile.records, any_thread=any_thread), profile.records)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    @at_door
    def files_of(self, complaint: str) -> list[FileRow]:
        """The files of a complaint that were not taken back, the newest first."""
        rows = self._db.execute(f"{_ATTACHED} WHERE complaint = ? AND deed = 'attach' ORDER BY n DESC", (complaint,))
        told = [row for row in map(told_file, rows.fetchall()) if row is not None]
        extra = plain(self._db.execute("SELECT extra FROM complaint WHERE id = ?", (complaint,)).fetchone()) or ""
        return [self._judged(each, FILES in erased_of(extra)) for each in told]

    @at_door
    def since(self, number: int, limit: int = 500, *, before: datetime | None = None) -> tuple[list[FileRow], int]:
        """Files heard of after that row of the history (0 at first), the oldest first; and the last row looked at.
        With `before`, the time it is now, without those whose time has run out: nobody fetches them again."""
        rows = self._db.execute(
            f"{_ATTACHED} WHERE deed = 'attach' AND n > ? ORDER BY n LIMIT ?", (number, limit)
        ).fetchall()
        told = [row for row in map(told_file, rows) if row is not None]
        return self._kept(told, before), int(rows[-1][0]) if rows else number

    def _kept(self, files: list[FileRow], before: datetime | None) -> list[FileRow]:
        """Those of them that are still kept then."""
        if before is None or not files:
            return files
        cut = millis(before - KEPT[FILES])
        over: set[str] = set()
        names = sorted({each.complaint for each in files})
        for start in range(0, len(names), _AT_ONCE):
            some = names[start : start + _AT_ONCE]
            query = f"SELECT id FROM complaint WHERE {OVER} AND id IN ({','.join('?' * len(some))})"
            over |= {row[0] for row in self._db.execute(query, (cut, *some))}
        return [each for each in files if each.complaint not in over]

    @at_door
    def named(self, sha256: str, *, before: datetime | None = None) -> list[FileRow]:
        """Files of that content, wherever they are attached; with `before` as `since` has it."""
        rows = self._db.execute(
            f"{_ATTACHED} WHERE deed = 'attach' AND json_extract(fields, '$.sha256') = ?", (sha256,)
        ).fetchall()
        return self._kept([row for row in map(told_file, rows) if row is not None], before)

    @at_door
    def lacking(self, names: Sequence[str]) -> list[str]:
        """Those of the names whose bytes are not here, in order."""
        known = self.rows.known(list(names))
        return [name for name in names if name not in known]

    @at_door
    def spare(self, limit: int = 2000) -> list[tuple[str, int]]:
        """Pieces the centre holds, the oldest first, with their length: they can be fetched again. Small pictures stay:
        lists are drawn with them. None while a person has to say whether it is our centre at all."""
        return self._db.execute(
            "SELECT blob.sha256, blob.length FROM blob JOIN doc ON doc.id = 'piece:' || blob.sha256"
            " JOIN rev ON rev.n = doc.winner WHERE rev.held = 1 AND blob.sha256 NOT IN"
            f" (SELECT coalesce(json_extract(fields, '$.thumb'), '') FROM event WHERE {_SAID})"
            " AND NOT EXISTS (SELECT 1 FROM peer WHERE place GLOB '*-files' AND held_up <> '')"
            " AND doc.seq > (SELECT coalesce(max(json_extract(body, '$.seq')), 0) FROM local_doc WHERE id = ?)"
            " ORDER BY blob.n LIMIT ?",
            (OLD_CENTRE, limit),
        ).fetchall()

    @at_door
    def total_bytes(self) -> int:
        """Bytes of all that is known to be here."""
        return self.rows.total()[1]

    @at_door
    def all_known(self) -> list[str]:
        """Names of all that is known to be here."""
        return [row[0] for row in self._db.execute("SELECT sha256 FROM blob")]

    @at_door
    def named_by_deeds(self) -> dict[str, str]:
        """Names of all bytes any deed speaks of, also one that was taken back, with the command of the newest."""
        found: dict[str, str] = {}
        for command, raw in self._db.execute(f"SELECT command, fields FROM event WHERE {_SAID} ORDER BY n"):
            fields = json.loads(raw)
            if _sound(fields):
                found |= dict.fromkeys((*fields["pieces"], *([fields["thumb"]] if fields["thumb"] else ())), command)
        return found

    @at_door
    def bytes_of_deeds(self) -> list[tuple[str, tuple[str, ...]]]:
        """Each deed that brought a file, also one that was taken back: its complaint, and the names of its bytes."""
        found: list[tuple[str, tuple[str, ...]]] = []
        for complaint, raw in self._db.execute(f"SELECT complaint, fields FROM event WHERE {_SAID} ORDER BY n"):
            fields = json.loads(raw)
            if _sound(fields):
                found.append((complaint, (*fields["pieces"], *([fields["thumb"]] if fields["thumb"] else ()))))
        return found

    @at_door
    def unsent_bytes(self) -> tuple[int, int]:
        """How many files the centre does not hold whole, and the bytes of theirs it lacks."""
        count, size = self._db.execute(
            "SELECT count(DISTINCT outbox.command), coalesce(sum(blob.length), 0) FROM outbox"
            " JOIN blob ON outbox.doc = 'piece:' || blob.sha256"
        ).fetchone()
        return int(count), int(size)

    @at_door
    def waiting_pieces(self) -> int:
        """How many pieces the centre does not hold, also those it would not take."""
        query = "SELECT count(*) FROM outbox WHERE doc >= 'piece:' AND doc < 'piece;' AND withdrawn_at IS NULL"
        return int(plain(self._db.execute(query).fetchone()))

    def waiting(self, names: Sequence[str]) -> bool:
        """Whether the centre lacks any of these pieces."""
        marks = ", ".join("?" * len(names))
        query = f"SELECT 1 FROM outbox WHERE doc IN ({marks}) AND withdrawn_at IS NULL LIMIT 1"
        return self._db.execute(query, [piece_document(name) for name in names]).fetchone() is not None

    def _judged(self, told: FileRow, erased: bool) -> FileRow:
        names = (*told.pieces, *([told.thumb] if told.thumb else []))
        known = self.rows.known(names)
        here = sum(known[name].length for name in told.pieces if name in known)
        return told.seen(min(here, told.bytes), told.thumb in known, self.waiting(names), erased and not here)


Row = tuple[Any, ...]


def told_file(row: Row) -> FileRow | None:
    """What a row of the history says of a file; None where that cannot be a file, or it was taken back."""
    number, complaint, at_ms, by, raw, command, undone = row
    fields = json.loads(raw)
    if undone or not _sound(fields):
        return None
    kind = FileKind(fields["type"])
    at: datetime = from_millis(at_ms)
    return FileRow(
        number,
        ComplaintId(complaint),
        safe_name(fields["name"], kind),
        kind,
        fields["bytes"],
        fields["sha256"],
        tuple(fields["pieces"]),
        fields["thumb"],
        by,
        at,
        command,
        placed=fields.get("place") == "kept",
    )


def _sound(fields: Any) -> bool:
    """Whether these can be the fields of a deed that brought a file: another console's may be anything."""
    if not isinstance(fields, dict):
        return False
    texts = all(isinstance(fields.get(name), str) for name in ("name", "type", "sha256", "thumb"))
    size, pieces = fields.get("bytes"), fields.get("pieces")
    if not texts or not isinstance(size, int) or isinstance(size, bool) or not isinstance(pieces, list):
        return False
    if not 0 < size <= MOST_BYTES or not all(isinstance(each, str) for each in pieces):
        return False
    named = is_name(fields["sha256"]) and (not fields["thumb"] or is_name(fields["thumb"]))
    return named and fields["type"] in FileKind._value2member_map_ and sound_list(pieces, size)
