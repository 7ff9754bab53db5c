"""Pauses with full jitter: nobody comes back in step with the others."""

from __future__ import annotations

import random

from sync.backoff import Backoff


def test_pauses_grow_to_a_most_and_are_spread() -> None:
    spread = [0.0, 0.5, 0.999]
    for chance in spread:
        backoff = Backoff(lambda chance=chance: chance, first_s=1, most_s=60)  # type: ignore[misc]
        pauses = []
        for _ in range(12):
            backoff.failed(100.0)
            pauses.append(backoff.due_in_s(100.0))
        assert pauses == sorted(pauses)
        assert pauses[-1] <= 60
        assert pauses[-1] >= 60 * chance
        assert pauses[0] >= 0.2


def test_what_was_asked_for_holds() -> None:
    for chance in (0.0, 0.999):
        backoff = Backoff(lambda chance=chance: chance)  # type: ignore[misc]
        backoff.failed(0.0, 30.0)
        assert 30 <= backoff.due_in_s(0.0) <= 40


def test_good_and_wanted_are_due_now() -> None:
    backoff = Backoff(lambda: 0.9)
    backoff.failed(0.0)
    backoff.wanted()
    assert (backoff.due_in_s(0.0), backoff.failures) == (0.0, 1)
    backoff.failed(0.0)
    backoff.good()
    assert (backoff.due_in_s(0.0), backoff.failures) == (0.0, 0)


def test_a_thousand_consoles_do_not_come_back_at_once() -> None:
    chance = random.Random(3).random
    due = []
    for _ in range(1000):
        backoff = Backoff(chance)
        for _ in range(8):
            backoff.failed(0.0)
        due.append(backoff.due_in_s(0.0))
    busiest = max(sum(1 for each in due if second <= each < second + 1) for second in range(60))
    assert busiest < 50
