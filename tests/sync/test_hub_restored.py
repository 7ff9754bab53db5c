"""The centre goes back to an older copy of itself, or comes up empty: noticed, given back, and nothing here is lost."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.sync.fault_proxy import FaultProxy
from tests.sync.posts import Post, serving
from tests.sync.test_hub import recorded


class Centre:
    """A centre behind an address that stays, whatever becomes of the machine."""

    def __init__(self, folder: Path, ending: ExitStack) -> None:
        self.folder = folder
        self._up = ending.enter_context(ExitStack())
        self.proxy = FaultProxy(9)
        ending.callback(self.proxy.close)
        self.start()

    def start(self) -> None:
        self.post = Post(self.folder)
        self._up.callback(self.post.close)
        self.proxy.upstream = int(self._up.enter_context(serving(self.post)).rpartition(":")[2])

    def stop(self) -> None:
        self._up.close()


@pytest.fixture
def centre(tmp_path: Path, ending: ExitStack) -> Centre:
    return Centre(tmp_path / "centre", ending)


@pytest.fixture
def one(tmp_path: Path, ending: ExitStack) -> Post:
    post = Post(tmp_path / "one")
    ending.callback(post.close)
    return post


def _settled(post: Post) -> None:
    hub = post.hub
    assert hub is not None
    post.waiting.until(lambda: hub.settled() and not post.waits())


def _copied(folder: Path, to: Path) -> None:
    """The files of a folder as they are, into the files of another: a machine set back to its state of before."""
    for each in to.iterdir():
        if each.is_file() and not (folder / each.name).exists():
            each.unlink()
    for each in folder.iterdir():
        if each.is_file():
            shutil.copyfile(each, to / each.name)


@pytest.mark.parametrize("whole_machine", [True, False])
def test_an_older_copy_is_given_back_what_it_lost(
    centre: Centre, one: Post, tmp_path: Path, whole_machine: bool
) -> None:
    """A machine that was set back whole is the one we know, and is given back without a question. Where another file
    stands in the old one's place, as a relay can tell of itself, a person says so."""
    hub = one.begin(centre.proxy.url)
    early = [recorded(one, f"Awal {number}") for number in range(3)]
    _settled(one)
    centre.stop()
    shutil.copytree(centre.folder, tmp_path / "copy")
    centre.start()
    late = [recorded(one, f"Akhir {number}") for number in range(3)]
    one.waiting.until(lambda: all(centre.post.store.read.complaint(name) for name in late))
    _settled(one)
    before = one.leaves()
    centre.stop()
    if whole_machine:
        _copied(tmp_path / "copy", centre.folder)
    else:
        shutil.rmtree(centre.folder)
        shutil.copytree(tmp_path / "copy", centre.folder)
    centre.start()
    assert centre.post.store.read.complaint(late[0]) is None
    hub.now()
    asked: list[object] = []

    def given_back() -> bool:
        if one.state().questions:  # each place asks when it is met
            asked.append(one.state().questions)
            hub.choose("resend", "")
        return all(centre.post.store.read.complaint(name) for name in early + late)

    one.waiting.until(given_back)
    assert bool(asked) is not whole_machine
    one.waiting.until(lambda: centre.post.leaves() == one.leaves())
    assert one.leaves() == before
    one.waiting.until(lambda: one.state().questions == ())


def test_an_empty_one_is_a_question_and_changes_nothing_here(centre: Centre, one: Post) -> None:
    hub = one.begin(centre.proxy.url)
    names = [recorded(one, f"Awal {number}") for number in range(3)]
    _settled(one)
    before = one.leaves()
    centre.stop()
    shutil.rmtree(centre.folder)
    centre.start()
    hub.now()
    one.waiting.until(lambda: len(one.state().questions) == 4)
    waiting = recorded(one, "Sesudah")
    assert one.leaves().items() >= before.items()
    assert centre.post.leaves() == {}
    hub.choose("wait", "")
    hub.choose("resend", "")
    one.waiting.until(lambda: all(centre.post.store.read.complaint(name) for name in [*names, waiting]))
    one.waiting.until(lambda: one.state().questions == () and not one.waits())
    assert centre.post.leaves() == one.leaves()
