"""Another centre behind the name, or an older copy of it: no photo goes to a stranger, and none is believed held that
is not."""

from __future__ import annotations

import random
from contextlib import ExitStack
from pathlib import Path

import pytest

from console.commands.files import Attach
from console.core.pieces import SMALL_PIECE
from console.core.places import files_place
from console.core.records import ComplaintId, FileRow
from console.store.bring import bring
from sync.peering import PEER
from tests.sync.centres import Centre, settled
from tests.sync.posts import Post, serving
from tests.sync.test_files_posts import ONE, known


@pytest.fixture
def one(one: Post) -> Post:
    known(one)
    return one


def attach(post: Post, seed: int) -> FileRow:
    """A file of four pieces."""
    data = bytes(random.Random(seed).choices(b"laporan \n", k=3 * SMALL_PIECE + 17))
    post.do(Attach(ComplaintId(ONE), **bring(post.store.blobs, data, "surat.txt").fields))
    return next(file for file in post.store.read.files_of(ONE) if file.waiting)


def waiting(post: Post, file: FileRow) -> bool:
    return any(each.waiting for each in post.store.read.files_of(ONE) if each.sha256 == file.sha256)


def holds(post: Post, file: FileRow) -> int:
    """How many of its pieces lie there."""
    return sum(post.store.blobs.has(name) for name in file.pieces)


def given(post: Post, seed: int) -> FileRow:
    """One that the centre holds."""
    file = attach(post, seed)
    post.waiting.until(lambda: not waiting(post, file))
    settled(post)
    return file


def met(post: Post) -> None:
    """Wait until its place of files knows the centre."""

    def knows() -> bool:
        shelf = post.shelf()
        try:
            known = shelf.checkpoint(PEER, files_place(post.pack.id))
        finally:
            shelf.close()
        return known is not None and len(known.sessions) > 1

    post.waiting.until(knows)


@pytest.mark.parametrize("first_before", [True, False])
def test_no_photo_goes_to_a_stranger_and_a_person_decides(
    centre: Centre, one: Post, tmp_path: Path, ending: ExitStack, first_before: bool
) -> None:
    hub = one.begin(centre.proxy.url)
    files = [given(one, 1)] if first_before else []
    met(one)
    settled(one)
    other = Post(tmp_path / "other")
    ending.callback(other.close)
    centre.proxy.upstream = int(ending.enter_context(serving(other)).rpartition(":")[2])
    files.append(attach(one, 2))
    one.waiting.until(lambda: len(one.state().questions) == 4)
    looked = one.store.read.spare_pieces
    one.waiting.until(lambda: one.photos is not None and bool(one.photos.files.question))
    assert looked() == []  # nothing here may be let go while nobody knows who holds it
    assert holds(other, files[-1]) == 0 and waiting(one, files[-1])
    hub.choose("resend", "")
    one.waiting.until(lambda: all(holds(other, file) == 4 for file in files))
    one.waiting.until(lambda: not one.waits() and not any(waiting(one, file) for file in files))
    one.waiting.until(lambda: one.state().questions == ())
    assert len(looked()) == 4 * len(files)


def test_where_a_new_one_counts_as_it_is_what_the_old_one_held_stays_here(
    centre: Centre, one: Post, tmp_path: Path, ending: ExitStack
) -> None:
    hub = one.begin(centre.proxy.url)
    before = given(one, 1)
    other = Post(tmp_path / "other")
    ending.callback(other.close)
    centre.proxy.upstream = int(ending.enter_context(serving(other)).rpartition(":")[2])
    later = attach(one, 2)
    one.waiting.until(lambda: len(one.state().questions) == 4)
    one.waiting.until(lambda: one.photos is not None and bool(one.photos.files.question))
    hub.choose("new", "")
    one.waiting.until(lambda: holds(other, later) == 4 and not one.waits())
    assert holds(other, before) == 0
    spare = {name for name, _ in one.store.read.spare_pieces()}
    assert spare.isdisjoint(before.pieces)


@pytest.mark.parametrize("whole_machine", [True, False])
def test_an_older_copy_is_given_back_the_photos_it_lost(
    centre: Centre, one: Post, tmp_path: Path, whole_machine: bool
) -> None:
    hub = one.begin(centre.proxy.url)
    early = given(one, 1)
    centre.copy(tmp_path / "copy")
    late = given(one, 2)
    centre.stop()
    centre.set_back(tmp_path / "copy", whole_machine=whole_machine)
    for name in late.pieces:
        centre.post.store.blobs.drop(name)
    centre.start()
    hub.now()

    def given_back() -> bool:
        if one.state().questions:  # each place asks when it is met, and the files of their own
            hub.choose("resend", "")
        return holds(centre.post, late) == 4

    one.waiting.until(given_back)
    one.waiting.until(lambda: not one.waits() and not waiting(one, late))
    assert holds(centre.post, early) == 4
