"""A photo from one console to another over a real relay: two engines' exchange, one served store."""

from __future__ import annotations

import random
from pathlib import Path

from console.commands.files import Attach
from console.core.pieces import SMALL_PIECE, joined
from console.core.records import Batch, ComplaintId, FileRow
from console.store.bring import bring
from tests.pictures import picture
from tests.store.conftest import said
from tests.sync.posts import Post, serving

ONE = "uji:000001"
DATA = bytes(random.Random(5).choices(b"laporan \n", k=3 * SMALL_PIECE + 17))


def known(post: Post) -> None:
    post.keeper.take(Batch("uji", [said(1, area="99.71.01.1001")])).result(10)


def file_of(post: Post) -> FileRow | None:
    found = post.store.read.files_of(ONE)
    return found[0] if found else None


def attach(post: Post, data: bytes) -> None:
    brought = bring(post.store.blobs, data, "surat.txt", thumb=lambda _judged: picture(16, 12))
    post.do(Attach(ComplaintId(ONE), **brought.fields))


def content(post: Post, file: FileRow) -> bytes | None:
    return joined((post.store.blobs.read(name) or b"" for name in file.pieces), file.sha256, file.bytes)


def whole(post: Post) -> bool:
    file = file_of(post)
    return file is not None and file.whole and (not file.thumb or file.thumb_here)


def test_a_photo_reaches_another_console_through_a_relay(tmp_path: Path) -> None:
    centre, here, there = (Post(tmp_path / name) for name in ("pusat", "sini", "sana"))
    for each in (here, there):
        known(each)
    with serving(centre) as url:
        here.begin(url)
        there.begin(url)
        attach(here, DATA)
        here.waiting.until(lambda: (file := file_of(here)) is not None and not file.waiting)
        there.waiting.until(lambda: whole(there))
        file = file_of(there)
        assert file is not None and content(there, file) == DATA
        photo = picture(640, 480)
        attach(there, photo)
        here.waiting.until(lambda: whole(here) and len(here.store.read.files_of(ONE)) == 2)
        there.waiting.until(lambda: here.waits() == there.waits() == [])
        for each in (here, there):
            each.close()
    centre.close()


def test_the_relays_own_photo_is_served_and_what_was_lost_comes_back(tmp_path: Path) -> None:
    centre, there = Post(tmp_path / "pusat"), Post(tmp_path / "sana")
    for each in (centre, there):
        known(each)
    attach(centre, DATA)
    with serving(centre) as url:
        there.begin(url)
        there.waiting.until(lambda: whole(there))
        file = file_of(there)
        assert file is not None
        there.store.blobs.drop(file.pieces[1])
        assert there.photos is not None and there.hub is not None
        there.photos.files.prefer(file.sha256)
        there.hub.errands_due()
        there.waiting.until(lambda: there.store.blobs.has(file.pieces[1]) and whole(there))
        assert content(there, file) == DATA
        there.close()
    centre.close()
