"""The centre goes back to an older copy of itself, or comes up empty: noticed, given back, and nothing here is lost."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.sync.centres import Centre, later_than_a_copy, settled
from tests.sync.posts import Post, recorded


@pytest.mark.parametrize("whole_machine", [True, False])
def test_an_older_copy_is_given_back_what_it_lost(
    centre: Centre, one: Post, tmp_path: Path, whole_machine: bool
) -> None:
    """A machine that was set back whole is the one we know, and is given back without a question. Where another file
    stands in the old one's place, as a relay can tell of itself, a person says so."""
    hub = one.begin(centre.proxy.url)
    early = [recorded(one, f"Awal {number}") for number in range(3)]
    settled(one)
    late = later_than_a_copy(centre, one, tmp_path / "copy")
    before = one.leaves()
    centre.stop()
    centre.set_back(tmp_path / "copy", whole_machine=whole_machine)
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
    settled(one)
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
