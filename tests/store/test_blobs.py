"""Bytes by their content: kept once, whole, verified when read."""

from __future__ import annotations

import hashlib
import random
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.core.errors import DiskTrouble, Refused
from console.store import blobs as blobs_module
from console.store.blobs import MOST_BYTES, Blob, Blobs

PHOTO = random.Random(7).randbytes(200_000)


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "blobs")


def test_the_same_bytes_lie_there_once(blobs: Blobs) -> None:
    first, again = blobs.keep(PHOTO), blobs.keep(PHOTO)
    assert first == again == Blob.of(PHOTO)
    assert [name for name, _ in blobs.names()] == [hashlib.sha256(PHOTO).hexdigest()]
    assert blobs.read(first.sha256) == PHOTO


def test_the_digest_is_the_one_couchdb_gives() -> None:
    assert Blob.of(b"hello").digest == "md5-XUFAKrxLKna5cZ2REBfFkg=="


def test_bytes_that_are_not_what_their_name_says_are_not_given_out(blobs: Blobs) -> None:
    blob = blobs.keep(PHOTO)
    blobs.path(blob.sha256).write_bytes(PHOTO[:-1] + b"!")
    assert blobs.read(blob.sha256) is None
    assert not blobs.has(blob.sha256)
    assert blobs.keep(PHOTO) == blob
    assert blobs.read(blob.sha256) == PHOTO


def test_a_torn_file_is_made_whole_by_keeping_it_again(blobs: Blobs) -> None:
    blob = blobs.keep(PHOTO)
    blobs.path(blob.sha256).write_bytes(PHOTO[:1000])
    blobs.keep(PHOTO)
    assert blobs.read(blob.sha256) == PHOTO


def test_too_many_bytes_are_refused(blobs: Blobs) -> None:
    with pytest.raises(Refused, match=r"files\.big_piece"):
        blobs.keep(bytes(MOST_BYTES + 1))
    assert not list(blobs.names())


@pytest.mark.parametrize("name", ["", "..", "a" * 63, "A" * 64, "../" + "a" * 61, "a" * 64 + "\n"])
def test_nothing_but_a_hash_becomes_a_path(blobs: Blobs, name: str) -> None:
    for use in (blobs.path, blobs.has, blobs.read, blobs.drop, blobs.give_up):
        with pytest.raises(ValueError, match="no name"):
            use(name)
    with pytest.raises(ValueError, match="no name"):
        blobs.grow(name, b"x", start=0)


def test_a_full_disk_takes_what_operators_attach_longer_than_what_is_downloaded(
    blobs: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blobs_module, "free_bytes", lambda _folder: 100 << 20)
    with pytest.raises(DiskTrouble, match=r"files\.room"):
        blobs.keep(PHOTO, least_free=500 << 20)
    assert blobs.read(blobs.keep(PHOTO).sha256) == PHOTO


def test_what_is_there_already_needs_no_room(blobs: Blobs, monkeypatch: pytest.MonkeyPatch) -> None:
    blob = blobs.keep(PHOTO)
    monkeypatch.setattr(blobs_module, "free_bytes", lambda _folder: 0)
    assert blobs.keep(PHOTO) == blob


def test_a_download_goes_on_where_it_was_cut(blobs: Blobs) -> None:
    name = Blob.of(PHOTO).sha256
    half = len(PHOTO) // 2
    assert blobs.grow(name, PHOTO[:half], start=0) == half
    assert Blobs(blobs.folder).begun(name) == half
    assert blobs.grow(name, b"bytes of another place", start=half - 1) == half
    blobs.grow(name, PHOTO[half:], start=half)
    assert not blobs.has(name)
    assert blobs.finish(name, least_free=0) == Blob.of(PHOTO)
    assert blobs.begun(name) == 0
    assert not list(blobs.leftovers())


def test_a_download_for_which_there_is_no_room_is_not_lost(blobs: Blobs, monkeypatch: pytest.MonkeyPatch) -> None:
    name = Blob.of(PHOTO).sha256
    blobs.grow(name, PHOTO, start=0)
    with monkeypatch.context() as full:
        full.setattr(blobs_module, "free_bytes", lambda _folder: 0)
        with pytest.raises(DiskTrouble, match=r"files\.room"):
            blobs.finish(name, least_free=1)
    assert blobs.begun(name) == len(PHOTO)
    assert blobs.finish(name, least_free=0) == Blob.of(PHOTO)
    assert blobs.begun(name) == 0


def test_a_download_with_the_wrong_bytes_is_begun_anew(blobs: Blobs) -> None:
    name = Blob.of(PHOTO).sha256
    blobs.grow(name, PHOTO[:-1] + b"?", start=0)
    assert blobs.finish(name, least_free=0) is None
    assert blobs.begun(name) == 0
    assert not blobs.has(name)


@settings(max_examples=10, deadline=None)
@given(data=st.binary(min_size=1, max_size=3000), cuts=st.lists(st.integers(0, 3000), max_size=8))
def test_any_cuts_give_the_same_bytes(tmp_path_factory: pytest.TempPathFactory, data: bytes, cuts: list[int]) -> None:
    blobs = Blobs(tmp_path_factory.mktemp("cuts"))
    name = Blob.of(data).sha256
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    for start, end in pairwise(places):
        blobs.grow(name, data[start:end], start=start)
    assert blobs.finish(name, least_free=0) == Blob.of(data)
    assert blobs.read(name) == data


def test_what_a_killed_write_left_is_told_apart(blobs: Blobs) -> None:
    blob = blobs.keep(PHOTO)
    torn = blobs.path(blob.sha256).with_name(f".{blob.sha256}.1-2.part")
    torn.write_bytes(b"half")
    assert list(blobs.leftovers()) == [torn]
    assert [name for name, _ in blobs.names()] == [blob.sha256]
