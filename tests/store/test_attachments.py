"""Photos in the store: named by a deed, in pieces on the disk, waiting for the centre, each content once."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from console.commands import open_envelope, seal
from console.commands.files import Attach
from console.commands.undo import Undo
from console.core.clock import TurnedClock
from console.core.command import Outcome, Receipt
from console.core.errors import DiskTrouble, Refused
from console.core.file_kinds import Judged
from console.core.pieces import SMALL_PIECE, joined, piece_document, sha256
from console.core.records import ComplaintId, FileRow, Kind
from console.core.replica import Named
from console.store import blobs as blobs_module
from console.store import terminal
from console.store.blobs import Blob, Blobs
from console.store.bring import bring, no_thumb, read_given
from console.store.files import load_phrases
from console.store.shelf import Shelf
from console.store.store import Store
from tests.pictures import picture
from tests.store.conftest import batch, said

ONE, TWO = "uji:000001", "uji:000002"
FILES = "kendali-contoh-files"
TEXT = "".join(f"baris {number}\n" for number in range(20_000)).encode()


def small(_judged: Judged) -> bytes:
    return picture(16, 12)


def attach(
    store: Store, clock: TurnedClock, data: bytes, complaint: str = ONE, by: str = "Budi"
) -> tuple[Receipt, Any]:
    """A file attached as the screen does it; receipt and changes."""
    brought = bring(store.blobs, data, "surat.txt", thumb=small)
    envelope = seal(Attach(ComplaintId(complaint), **brought.fields), clock, by)
    return store.apply(envelope, open_envelope(envelope))


def the_file(store: Store, complaint: str = ONE) -> FileRow:
    [found] = store.read.files_of(complaint)
    return found


@pytest.fixture
def filled(store: Store) -> Store:
    store.take(batch(said(1), said(2)))
    return store


def test_a_file_is_told_by_its_deed_and_waits_piece_by_piece(filled: Store, clock: TurnedClock) -> None:
    receipt, changes = attach(filled, clock, TEXT)
    assert receipt.outcome is Outcome.TAKEN
    assert changes.kinds == {Kind.COMPLAINT, Kind.EVENT, Kind.OUTBOX, Kind.FILE, Kind.LEDGER}
    file = the_file(filled)
    assert (file.name, file.type, file.bytes, file.by) == ("surat.txt", "text/plain", len(TEXT), "Budi")
    assert file.whole and file.waiting
    assert len(file.pieces) == -(-len(TEXT) // SMALL_PIECE)
    assert joined((filled.blobs.read(name) or b"" for name in file.pieces), file.sha256, file.bytes) == TEXT
    shelf = Shelf(filled._db)
    offers = shelf.offers(FILES, most=99, most_bytes=1 << 20)
    assert [each.revision.doc for each in offers] == [piece_document(name) for name in file.pieces]
    stub = offers[0].revision.body["_attachments"]["data"]
    assert (stub["digest"], stub["length"]) == (Blob.of(TEXT[:SMALL_PIECE]).digest, SMALL_PIECE)


def test_the_small_picture_of_a_photo_waits_before_the_photo(filled: Store, clock: TurnedClock) -> None:
    attach(filled, clock, picture(300, 200))
    file = the_file(filled)
    assert file.thumb_here
    assert file.thumb == sha256(small(Judged(file.type, b"")))
    docs = [each.revision.doc for each in Shelf(filled._db).offers(FILES, most=9, most_bytes=1 << 20)]
    assert docs[0] == piece_document(file.thumb)


def test_waiting_pieces_do_not_count_as_waiting_deeds(filled: Store, clock: TurnedClock) -> None:
    attach(filled, clock, TEXT)
    found = filled.read.complaint(ONE)
    assert found is not None and found.pending == 1
    assert filled.read.outbox().waiting == 1


def test_a_file_waits_until_the_centre_holds_all_of_it(filled: Store, clock: TurnedClock) -> None:
    attach(filled, clock, TEXT)
    shelf = Shelf(filled._db)
    named = [Named(each.revision.doc, each.revision.rev) for each in shelf.offers(FILES, most=99, most_bytes=1 << 20)]
    filled.replica.settle(FILES, named[:-1])
    assert the_file(filled).waiting
    filled.replica.settle(FILES, named[-1:])
    assert not the_file(filled).waiting


def test_the_same_photo_at_two_complaints_lies_there_once(filled: Store, clock: TurnedClock) -> None:
    attach(filled, clock, TEXT)
    before = {path for _, path in filled.blobs.names()}
    attach(filled, clock, TEXT, TWO)
    assert {path for _, path in filled.blobs.names()} == before
    assert the_file(filled).pieces == the_file(filled, TWO).pieces
    docs = [each.revision.doc for each in Shelf(filled._db).offers(FILES, most=99, most_bytes=1 << 20)]
    assert len(docs) == len(set(docs)) == len(before)


def test_attaching_it_again_is_refused_and_taking_it_back_lets_it(filled: Store, clock: TurnedClock) -> None:
    attach(filled, clock, TEXT)
    again, _ = attach(filled, clock, TEXT)
    assert (again.outcome, again.says) == (Outcome.REFUSED, "commands.attach.again")
    envelope = seal(Undo(ComplaintId(ONE), the_file(filled).command), clock, "Budi")
    filled.apply(envelope, open_envelope(envelope))
    assert filled.read.files_of(ONE) == []
    assert attach(filled, clock, TEXT)[0].outcome is Outcome.TAKEN


def test_a_deed_whose_bytes_are_gone_is_refused_whole(filled: Store, clock: TurnedClock) -> None:
    brought = bring(filled.blobs, TEXT, "surat.txt")
    filled.blobs.drop(brought.fields["pieces"][1])
    envelope = seal(Attach(ComplaintId(ONE), **brought.fields), clock, "Budi")
    receipt, changes = filled.apply(envelope, open_envelope(envelope))
    assert (receipt.outcome, receipt.says) == (Outcome.REFUSED, "files.bytes_gone")
    assert changes.kinds == {Kind.LEDGER}
    assert filled.read.files_of(ONE) == []
    assert Shelf(filled._db).offers(FILES, most=9, most_bytes=1 << 20) == []


def test_what_was_fetched_is_here_and_held(filled: Store, clock: TurnedClock) -> None:
    attach(filled, clock, TEXT)
    file = the_file(filled)
    shelf = Shelf(filled._db)
    named = [Named(each.revision.doc, each.revision.rev) for each in shelf.offers(FILES, most=99, most_bytes=1 << 20)]
    filled.replica.settle(FILES, named)
    filled.pieces_lost(file.pieces, [ONE])
    assert the_file(filled).here == 0
    changes = filled.pieces_came([Blob.of(TEXT[:SMALL_PIECE])], [ONE])
    assert (changes.kinds, changes.ids) == ({Kind.FILE}, {ONE})
    assert the_file(filled).here == SMALL_PIECE
    assert shelf.offers(FILES, most=9, most_bytes=1 << 20) == []


def test_a_piece_fetched_here_is_the_document_its_maker_made(filled: Store, clock: TurnedClock) -> None:
    blob = filled.blobs.keep(TEXT[:SMALL_PIECE])
    filled.pieces_came([blob], [])
    fetched = filled.documents.winner(piece_document(blob.sha256))
    assert fetched is not None and fetched.held
    attach(filled, clock, TEXT)
    made = filled.documents.winner(piece_document(blob.sha256))
    assert made == fetched
    assert len(filled.documents.leaves(piece_document(blob.sha256))) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"pieces": "x"},
        {"pieces": [1]},
        {"bytes": True},
        {"bytes": 1 << 60},
        {"sha256": "../" * 20},
        {"type": "text/html"},
        {"name": None},
        {"thumb": "/etc/passwd"},
    ],
    ids=str,
)
def test_a_deed_of_another_console_that_makes_no_sense_is_no_file(
    filled: Store, clock: TurnedClock, change: dict[str, Any]
) -> None:
    attach(filled, clock, TEXT)
    fields = {**bring(filled.blobs, TEXT, "a.txt").fields, **change}
    filled._db.execute(
        "INSERT INTO event (id, complaint, deed, at, by, text, fields, was, command, undoes)"
        " VALUES ('deed:x', ?, 'attach', 0, 'x', '', json(?), '{}', '', '')",
        (ONE, json.dumps(fields)),
    )
    assert len(filled.read.files_of(ONE)) == 1


def test_what_can_be_fetched_again_goes_first_where_the_disk_is_full(
    filled: Store, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched = filled.blobs.keep(random.Random(1).randbytes(SMALL_PIECE + 1))
    filled.pieces_came([fetched], [])
    attach(filled, clock, TEXT)
    mine = the_file(filled).pieces
    left = iter([1 << 20, 1 << 20, 100 << 20, 100 << 20, *[100 << 20] * 99])
    monkeypatch.setattr(blobs_module, "free_bytes", lambda _folder: next(left))
    bring(filled.blobs, b"Catatan baru\n", "b.txt", spare=filled.read.spare_pieces)
    assert not filled.blobs.has(fetched.sha256)
    assert all(filled.blobs.has(name) for name in mine)


def test_where_nothing_can_go_it_is_said_and_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blobs_module, "free_bytes", lambda _folder: 1 << 20)
    blobs = Blobs(tmp_path / "blobs")
    with pytest.raises(DiskTrouble, match=r"files\.room"):
        bring(blobs, TEXT, "a.txt")
    assert not list(blobs.names())


def _file(path: Path) -> Path:
    path.write_bytes(TEXT)
    return path


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: path / "tidak-ada.jpg", "files.absent"),
        (lambda path: path, "files.no_file"),
        (lambda path: Path("/dev/zero"), "files.no_file"),
        (lambda path: path / ("x\0y"), "files.absent"),
    ],
    ids=["absent", "folder", "device", "impossible"],
)
def test_only_plain_files_are_read(tmp_path: Path, make: Callable[[Path], Path], says: str) -> None:
    with pytest.raises(Refused, match=says.replace(".", r"\.")):
        read_given(make(tmp_path))


def test_a_plain_file_is_read_and_a_giant_is_not(tmp_path: Path) -> None:
    assert read_given(_file(tmp_path / "a.txt")) == TEXT
    giant = tmp_path / "b.txt"
    with giant.open("wb") as stream:
        os.truncate(stream.fileno(), 3 << 30)
    with pytest.raises(Refused, match=r"files\.big"):
        read_given(giant)


def test_a_photo_without_a_drawer_has_no_small_picture(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "blobs")
    assert bring(blobs, picture(), "a.jpg", thumb=no_thumb).fields["thumb"] == ""
    assert bring(blobs, picture(), "a.jpg", thumb=lambda _judged: bytes(SMALL_PIECE + 1)).fields["thumb"] == ""


def test_a_backup_says_what_it_does_not_hold(filled: Store, clock: TurnedClock) -> None:
    attach(filled, clock, TEXT)
    phrases = load_phrases("id")
    out = StringIO()
    assert terminal.backup(filled.profile.folder, phrases, out, clock=clock) == 0
    assert str(filled.profile.blobs) in out.getvalue()
    assert "1 berkas (0,2 MB) belum ada di pusat" in out.getvalue()
    filled.blobs.path(the_file(filled).pieces[0]).write_bytes(b"damaged")
    out = StringIO()
    terminal.check(filled.profile.folder, phrases, out)
    assert "4 potong, 0,2 MB; 1 hilang atau rusak" in out.getvalue()
