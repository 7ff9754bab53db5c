"""What one console erased, over a real relay: the centre and another console lose it as well, with their files."""

from __future__ import annotations

from pathlib import Path

from console.commands.files import Attach
from console.commands.intake import Record, new_complaint_id
from console.commands.work import Note
from console.core.erasure import FIELDS, Erasure
from console.core.records import ComplaintId
from console.store.blackbox import BlackBox
from console.store.bring import bring, no_thumb
from console.store.erasing import DUE
from tests.cities import ONE
from tests.store.test_erasing import found
from tests.sync.posts import Post, serving

WORD = "Kanariangin"
DATA = f"surat dari {WORD}\n".encode() * 5000


def told(post: Post) -> str:
    """A complaint with a note and a file, all of them theirs."""
    name = new_complaint_id(post.clock)
    area = f"{ONE}.1001"
    post.do(Record(name, title=f"Lampu mati, {WORD}", text=f"cerita {WORD}", channel="telepon", area=area))
    post.do(Note(ComplaintId(name), f"ditelepon {WORD}"))
    brought = bring(post.store.blobs, DATA, f"{WORD}.txt", thumb=no_thumb)
    post.do(Attach(ComplaintId(name), **brought.fields))
    return str(name)


def whole(post: Post, name: str) -> bool:
    files = post.store.read.files_of(name)
    return bool(files) and files[0].whole


def clean(post: Post) -> bool:
    """Nothing is due any more, and no file of its profile holds any of it."""
    query = "SELECT 1 FROM meta WHERE name = ?"
    return post.store.read._db.execute(query, (DUE,)).fetchone() is None and not found(post.folder)


def test_the_centre_and_another_console_lose_it_with_its_files(tmp_path: Path) -> None:
    centre, here, there = (Post(tmp_path / name) for name in ("pusat", "sini", "sana"))
    with serving(centre) as url:
        here.begin(url)
        there.begin(url)
        name = told(here)
        there.waiting.until(lambda: whole(there, name))
        here.waiting.until(lambda: here.waits() == [] and not here.store.read.files_of(name)[0].waiting)
        pieces = here.store.read.files_of(name)[0].pieces
        assert all(each.store.blobs.has(pieces[0]) for each in (centre, here, there))
        assert all(found(each.folder) for each in (centre, here, there))
        erasure = Erasure(name, frozenset(FIELDS), True, frozenset(), here.clock.now(), "Dewi", "HAK-1")
        here.keeper.person(lambda store: (None, store.erase([erasure]))).result(20)
        for each in (here, centre, there):
            each.waiting.until(lambda post=each: name in post.store.erasing.known)  # type: ignore[misc]
            each.waiting.until(lambda post=each: clean(post))  # type: ignore[misc]
        here.waiting.until(lambda: here.waits() == there.waits() == [])
        doc = f"piece:{pieces[0]}"
        centre.waiting.until(lambda: bool((winner := centre.store.documents.winner(doc)) and winner.deleted))
        for each in (centre, here, there):
            stood = each.store.read.complaint(name)
            assert stood is not None and stood.title == stood.text == ""
            assert [event.text for event in each.store.read.events_of(name)] == ["", "", ""]
            assert each.store.read.files_of(name) == []
        tips = [each.leaves() for each in (here, there)]
        for doc in tips[0].keys() & tips[1].keys():
            assert tips[0][doc] == tips[1][doc], doc
        for each in (here, there):
            each.close()
    centre.close()
    for each in (centre, here, there):
        assert found(each.folder) == {}


def test_what_was_written_offline_before_it_loses_its_words_on_arrival(tmp_path: Path) -> None:
    centre, here, there = (Post(tmp_path / name) for name in ("pusat", "sini", "sana"))
    with serving(centre) as url:
        here.begin(url)
        there.begin(url)
        name = told(here)
        there.waiting.until(lambda: there.store.read.complaint(name) is not None)
        here.waiting.until(lambda: here.waits() == [])
        there.end_hub()
        box = BlackBox(there.profile.blackbox, there.clock)
        assert list(box.lines()) == []
        there.do(Note(ComplaintId(name), f"kata saya {WORD}"))
        erasure = Erasure(name, frozenset(FIELDS), True, frozenset(), here.clock.now(), "Dewi", "HAK-1")
        here.keeper.person(lambda store: (None, store.erase([erasure]))).result(20)
        here.waiting.until(lambda: here.waits() == [])
        there.begin(url)
        there.waiting.until(lambda: clean(there))
        here.waiting.until(lambda: len(here.store.read.events_of(name)) == 4)
        for each in (here, centre, there):
            each.waiting.until(lambda post=each: clean(post))  # type: ignore[misc]
            assert {event.text for event in each.store.read.events_of(name)} == {""}
        for each in (here, there):
            each.close()
    centre.close()
