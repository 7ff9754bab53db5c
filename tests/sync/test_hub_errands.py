"""What uses the link when nothing better does: when a turn is due, and what a bug in one does to the others."""

from __future__ import annotations

import pytest

from console.core.errors import Away
from sync.errands import MOST_REST_S, Errands


class Portion:
    """An errand that does as told."""

    place, question = "p", ""

    def __init__(self, *said: object, pause_s: float | None = None) -> None:
        self.said = list(said)
        self.turns = 0
        self.pause_s = pause_s

    def choose(self, choice: str) -> None:
        self.said.append(choice)

    def turn(self) -> bool:
        self.turns += 1
        said = self.said.pop(0) if len(self.said) > 1 else self.said[0]
        if isinstance(said, Exception):
            raise said
        return bool(said)


@pytest.fixture
def bugs() -> list[Exception]:
    return []


def errands(bugs: list[Exception], *all_of_them: Portion) -> Errands:
    found = Errands(lambda: 1.0, bugs.append)
    found.all += all_of_them
    found.due = True
    return found


def turned(some: Errands, now_s: float) -> bool:
    """A turn, where one is due."""
    if not some.begins(now_s):
        return False
    some.due = some.turn(now_s)
    some.busy = False
    return True


def test_turns_follow_until_nothing_is_left(bugs: list[Exception]) -> None:
    one = Portion(True, True, False, pause_s=60)
    some = errands(bugs, one)
    assert [turned(some, 0.0) for _ in range(4)] == [True, True, True, False]
    assert some.due_in_s(0.0) == 60
    assert turned(some, 60.0)


def test_a_bug_in_one_lets_the_others_go_on_and_does_not_spin(bugs: list[Exception]) -> None:
    broken, sound = Portion(ValueError()), Portion(False)
    some = errands(bugs, broken, sound)
    for second in range(3600):
        some.due = True
        assert turned(some, float(second))
    assert sound.turns == 3600
    assert 2 < broken.turns < 10
    assert len(bugs) == broken.turns
    assert some.broken
    some.due = False
    assert 0 < some.due_in_s(3600.0) <= MOST_REST_S, "it is tried again without news"


def test_one_that_is_mended_goes_on(bugs: list[Exception]) -> None:
    some = errands(bugs, Portion(ValueError(), False))
    assert turned(some, 0.0)
    assert not turned(some, 1.0)
    some.wanted()
    assert turned(some, 1.0), "a person wants it now"
    assert not some.broken
    assert len(bugs) == 1


def test_what_the_world_does_to_one_is_of_the_link(bugs: list[Exception]) -> None:
    some = errands(bugs, Portion(Away("sync.away.reset")))
    assert some.begins(0.0)
    with pytest.raises(Away):
        some.turn(0.0)
    assert not bugs
    assert not some.broken
