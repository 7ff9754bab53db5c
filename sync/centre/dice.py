"""Chance that can be asked again: draws that hang on nothing but a seed and the name of what is drawn.

Not `random`: a record must come out the same whenever it is asked for, in any order, after any restart.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Draws for one thing. The same key gives the same draws in the same order."""

    __slots__ = ("_key", "_pool", "_round")

    def __init__(self, *key: object) -> None:
        self._key = "/".join(str(part) for part in key).encode()
        self._round = 0
        self._pool = 1

    def below(self, count: int) -> int:
        """A whole number from 0 up to, not including, `count`."""
        if self._pool <= 1 << 32:
            digest = blake2b(self._key, digest_size=64, salt=self._round.to_bytes(16, "big")).digest()
            self._pool = int.from_bytes(digest, "big")
            self._round += 1
        self._pool, drawn = divmod(self._pool, count)
        return drawn

    def unit(self) -> float:
        """A number from 0 up to, not including, 1."""
        return self.below(1 << 24) / (1 << 24)

    def of(self, things: Sequence[T]) -> T:
        """One of them."""
        return things[self.below(len(things))]

    def heavy(self, sums: Sequence[int]) -> int:
        """An index, by running sums of weights."""
        drawn = self.below(sums[-1])
        low, high = 0, len(sums) - 1
        while low < high:
            middle = (low + high) // 2
            if drawn < sums[middle]:
                high = middle
            else:
                low = middle + 1
        return low
