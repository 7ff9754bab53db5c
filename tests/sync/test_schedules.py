"""A thousand schedules of faults, crashes and hubs that go back, each from its seed: what must hold after quiet."""

from __future__ import annotations

import pytest

from tests.sync.schedules import run

SEEDS = 1000
PIECE = 100


@pytest.mark.parametrize("first", range(0, SEEDS, PIECE))
def test_after_quiet_nothing_is_lost_and_all_are_equal(first: int) -> None:
    """A failing seed is printed with what happened; `tests.sync.schedules.run(seed)` does the same again."""
    for seed in range(first, first + PIECE):
        run(seed)


def test_the_same_seed_is_the_same_run() -> None:
    for seed in range(5000, 5010):
        assert run(seed) == run(seed)


@pytest.mark.parametrize("seed", [50042, 60022, 60146, 70320, 10175, 11149, 14715, 16383, 17643, 15770, 11266])
def test_what_once_failed(seed: int) -> None:
    """Hubs restored, while we look at them, to branches of their past that we had parted from; then those where what a
    feed had named was believed to be held before a note proved which hub that was."""
    run(seed, steps=80)


@pytest.mark.nightly
@pytest.mark.parametrize("first", range(10_000, 20_000, 500))
def test_longer_and_more_of_them(first: int) -> None:
    for seed in range(first, first + 500):
        run(seed, steps=80)
