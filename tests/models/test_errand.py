"""One thing the engine was asked to do: what a note says of it, and what is none."""

from __future__ import annotations

import pytest

from console.models.errand import Errand, Stage

ASKED = Errand("1", "make", {"path": "/a"})


def test_a_note_moves_it_and_what_was_asked_stays():
    half = ASKED.told({"id": "1", "state": "running", "part": 0.5})
    assert half is not None and (half.stage, half.part, half.asked) == (Stage.RUNNING, 0.5, {"path": "/a"})
    done = half.told({"id": "1", "state": "done", "says": "x.y", "values": {"n": 2}, "paths": ["/a", 7], "left": 3})
    assert done is not None and (done.stage, done.part, done.says, done.values) == (Stage.DONE, 0.5, "x.y", {"n": 2})
    assert done.texts("paths") == ["/a"] and done.count("left") == 3
    assert done.text("paths") == "" and done.texts("left") == [] and done.count("paths") == 0
    assert set(done.found) == {"paths", "left"}


@pytest.mark.parametrize(
    "told",
    [{}, {"id": "1"}, {"id": "2", "state": "done"}, {"id": "1", "state": "alien"}, {"id": "1", "state": []}],
    ids=str,
)
def test_what_has_not_its_form_moves_nothing(told):
    assert ASKED.told(told) is None


def test_values_and_part_of_another_form_are_left_out():
    found = ASKED.told({"id": "1", "state": "running", "part": "half", "values": [1]})
    assert found is not None and found.part is None and found.values == {}


def test_it_ends_here_for_a_reason():
    assert ASKED.refused("a.b") == Errand("1", "make", {"path": "/a"}, Stage.REFUSED, says="a.b")
