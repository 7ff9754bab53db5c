"""A centre that can go back to an older copy of itself, behind an address that stays."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from pathlib import Path

from tests.sync.fault_proxy import FaultProxy
from tests.sync.posts import Post, recorded, serving


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

    def copy(self, to: Path) -> None:
        """What stands on its disk while it rests."""
        self.stop()
        shutil.copytree(self.folder, to)
        self.start()

    def set_back(self, copy: Path, *, whole_machine: bool = True) -> None:
        """While it rests: to that copy of it, in its own files or, as no machine set back whole would, in new ones."""
        if whole_machine:
            _copied(copy, self.folder)
        else:
            shutil.rmtree(self.folder)
            shutil.copytree(copy, self.folder)


def _copied(folder: Path, to: Path) -> None:
    """The files of a folder as they are, into the files of another: a machine set back to its state of before."""
    for each in to.iterdir():
        if each.is_file() and not (folder / each.name).exists():
            each.unlink()
    for each in folder.iterdir():
        if each.is_file():
            shutil.copyfile(each, to / each.name)


def settled(post: Post) -> None:
    hub = post.hub
    assert hub is not None
    post.waiting.until(lambda: hub.settled() and not post.waits())


def later_than_a_copy(centre: Centre, one: Post, copy: Path) -> list[str]:
    """Three complaints that came to the centre after it was copied there, so that the copy lacks them."""
    centre.copy(copy)
    late = [recorded(one, f"Akhir {number}") for number in range(3)]
    one.waiting.until(lambda: all(centre.post.store.read.complaint(name) for name in late))
    settled(one)
    return late
