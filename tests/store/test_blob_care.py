"""Folder and database of files agree again, and nothing a deed names is ever swept away."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from console.commands import open_envelope, seal
from console.commands.files import Attach
from console.core.clock import SystemClock, TurnedClock
from console.core.command import Envelope
from console.core.pack import CityPack
from console.core.records import ComplaintId, FileRow
from console.store.attachments import FileShelf
from console.store.blob_care import Cared, care
from console.store.bring import bring
from console.store.files import Profile
from console.store.store import Store
from tests.store.conftest import batch, roomy, said
from tests.store.damage import page, pages_of

ONE = "uji:000001"
TEXT = b"Berita acara\n" * 10_000


def looked_after(store: Store, box: tuple[Envelope, ...] = (), *, days: float = 2) -> Cared:
    """As so many days later."""
    now = SystemClock().now() + timedelta(days=days)
    cared = care(store.blobs, FileShelf(store._db), box, now)
    store.pieces_found(cared.found, cared.lost)
    return cared


def sealed(store: Store, clock: TurnedClock) -> Envelope:
    return seal(Attach(ComplaintId(ONE), **bring(store.blobs, TEXT, "surat.txt").fields), clock, "Budi")


@pytest.fixture
def filled(store: Store) -> Store:
    store.take(batch(said(1)))
    return store


def the_file(store: Store) -> FileRow:
    [found] = store.read.files_of(ONE)
    return found


def test_what_agrees_is_left_alone(filled: Store, clock: TurnedClock) -> None:
    envelope = sealed(filled, clock)
    filled.apply(envelope, open_envelope(envelope))
    assert looked_after(filled) == Cared()
    assert the_file(filled).whole


def test_bytes_nobody_names_go_after_a_day(filled: Store, clock: TurnedClock) -> None:
    sealed(filled, clock)  # and the operator let it be
    assert looked_after(filled, days=0.5).dropped == 0
    assert looked_after(filled).dropped == 2
    assert not list(filled.blobs.names())


def test_bytes_that_are_being_attached_again_stay(
    filled: Store, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They lay there for days, of an operator who let it be; now another begins with the same photo."""
    sealed(filled, clock)
    now = SystemClock().now()
    for _, path in filled.blobs.names():
        long_ago = (now - timedelta(days=9)).timestamp()
        os.utime(path, (long_ago, long_ago))
    envelope = sealed(filled, clock)
    assert looked_after(filled, days=0).dropped == 0
    filled.apply(envelope, open_envelope(envelope))
    assert the_file(filled).whole
    # Swept in the moment between the look and the touch: then they are written anew.
    monkeypatch.setattr("console.store.blobs.touch", lambda path: path.unlink())
    blob = filled.blobs.keep(TEXT[:1000])
    assert filled.blobs.keep(TEXT[:1000]) == blob
    assert filled.blobs.has(blob.sha256)


def test_bytes_of_a_deed_that_waits_in_the_black_box_stay(filled: Store, clock: TurnedClock) -> None:
    envelope = sealed(filled, clock)
    assert looked_after(filled, (envelope,)).dropped == 0
    filled.apply(envelope, open_envelope(envelope))
    assert the_file(filled).whole


def test_after_a_restore_bytes_are_taken_up_again(filled: Store, clock: TurnedClock) -> None:
    envelope = sealed(filled, clock)
    filled.apply(envelope, open_envelope(envelope))
    names = the_file(filled).pieces
    filled._db.execute("DELETE FROM outbox WHERE doc LIKE 'piece:%'")
    filled._db.execute("DELETE FROM rev WHERE doc IN (SELECT n FROM doc WHERE id LIKE 'piece:%')")
    filled._db.execute("DELETE FROM doc WHERE id LIKE 'piece:%'")
    filled._db.execute("DELETE FROM blob")
    assert the_file(filled).here == 0
    assert {blob.sha256 for blob, _ in looked_after(filled).found} == set(names)
    assert the_file(filled).whole
    assert the_file(filled).waiting  # the centre is asked whether it has them


def test_a_salvaged_store_finds_the_bytes_again(profile: Profile, clock: TurnedClock, pack: CityPack) -> None:
    first = Store.open(profile, clock, pack, room=roomy(profile))
    first.take(batch(said(1)))
    envelope = sealed(first, clock)
    first.apply(envelope, open_envelope(envelope))
    first.close()
    for name in ("blob", "outbox"):
        page(profile.records, pages_of(profile.records, name)[0])
    profile.suspect.write_bytes(b"")
    again = Store.open(profile, clock, pack, room=roomy(profile))
    assert again.notices
    assert not the_file(again).whole and the_file(again).waiting
    assert len(looked_after(again).found) == len(the_file(again).pieces)
    assert the_file(again).whole and the_file(again).waiting
    again.close()


def test_damaged_bytes_are_not_taken_up(filled: Store, clock: TurnedClock) -> None:
    envelope = sealed(filled, clock)
    filled.apply(envelope, open_envelope(envelope))
    filled._db.execute("DELETE FROM blob")
    filled.blobs.path(the_file(filled).pieces[0]).write_bytes(b"damaged")
    assert len(looked_after(filled).found) == len(the_file(filled).pieces) - 1
    assert not the_file(filled).whole


def test_a_file_that_is_gone_is_noticed(filled: Store, clock: TurnedClock) -> None:
    envelope = sealed(filled, clock)
    filled.apply(envelope, open_envelope(envelope))
    gone = the_file(filled).pieces[0]
    filled.blobs.drop(gone)
    assert the_file(filled).whole
    assert looked_after(filled).lost == [gone]
    assert not the_file(filled).whole


def test_what_a_deed_that_was_taken_back_names_stays(filled: Store, clock: TurnedClock) -> None:
    envelope = sealed(filled, clock)
    filled.apply(envelope, open_envelope(envelope))
    filled._db.execute(
        "INSERT INTO event (id, complaint, deed, at, by, text, fields, was, command, undoes)"
        " VALUES ('deed:y', ?, 'undo', 0, 'x', '', '{}', '{}', 'y', ?)",
        (ONE, envelope.id),
    )
    filled._db.execute("DELETE FROM blob")
    assert filled.read.files_of(ONE) == []
    assert looked_after(filled).dropped == 0


def test_halves_of_killed_writes_and_downloads_go_after_a_day(filled: Store) -> None:
    begun = filled.blobs
    begun.grow("a" * 64, b"half", start=0)
    torn = begun.folder / "aa" / f".{'a' * 64}.1-2.part"
    torn.parent.mkdir()
    torn.write_bytes(b"half")
    assert looked_after(filled, days=0.5).dropped == 0
    assert looked_after(filled).dropped == 2
    assert begun.begun("a" * 64) == 0


def test_a_file_of_a_time_to_come_is_not_swept(filled: Store, clock: TurnedClock, tmp_path: Path) -> None:
    sealed(filled, clock)
    later = (SystemClock().now() + timedelta(days=9)).timestamp()
    for _, path in filled.blobs.names():
        os.utime(path, (later, later))
    assert looked_after(filled).dropped == 0


def test_it_ends_when_it_is_told_to(filled: Store, clock: TurnedClock) -> None:
    sealed(filled, clock)
    now = SystemClock().now() + timedelta(days=9)
    assert care(filled.blobs, FileShelf(filled._db), (), now, ending=lambda: True) == Cared()
    assert list(filled.blobs.names())
