"""How a long write lets operators in: it looks between two slices whether one waits, commits, and lets him."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

SLICE = 250
"""Records between two looks whether an operator waits: about 5 ms of work."""


def never() -> bool:
    """Nobody waits."""
    return False


def nobody() -> None:
    """Nobody is let in."""


@dataclass(frozen=True, slots=True)
class Pause:
    """What the keeper hands to a long job. `urgent()` is true while an operator waits; `let_in()` does what he
    asked, outside of any transaction."""

    urgent: Callable[[], bool] = never
    let_in: Callable[[], None] = nobody


NO_PAUSE = Pause()
