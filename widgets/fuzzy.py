"""Finding by a few letters: "dsp dlh" finds "Disposisi ke DLH". No Qt, no state."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TypeVar

T = TypeVar("T")


@lru_cache(8192)
def folded(text: str) -> str:
    """Lower case without accents, for comparing."""
    parted = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in parted if not unicodedata.combining(char))


def _word_score(word: str, text: str) -> float | None:
    """How well one word is found: at a word's start is best, inside next, letter by letter last, None not at all."""
    at = text.find(word)
    if at >= 0:
        starts = at == 0 or not text[at - 1].isalnum()
        return (100.0 if starts else 60.0) - min(at, 40) * 0.5
    place, first, gaps = -1, -1, 0
    for letter in word:
        found = text.find(letter, place + 1)
        if found < 0:
            return None
        if first < 0:
            first = found
        gaps += found - place - 1 if place >= 0 else 0
        place = found
    # Letters strewn over a long sentence are chance, not a find.
    return 30.0 - gaps if gaps <= 2 * len(word) else None


def score(query: str, text: str) -> float | None:
    """How well `query` finds `text`: higher is better, None is not at all. Every word of it must be found."""
    text = folded(text)
    total = 0.0
    for word in folded(query).split():
        found = _word_score(word, text)
        if found is None:
            return None
        total += found
    return total - len(text) * 0.01


def best(query: str, items: Sequence[T], text_of: Callable[[T], str], most: int) -> tuple[list[T], int]:
    """The best finds in order, at most that many, and how many there were. A blank query keeps the given order."""
    if not query.strip():
        return list(items[:most]), len(items)
    scored = [
        (points, index) for index, item in enumerate(items) if (points := score(query, text_of(item))) is not None
    ]
    scored.sort(key=lambda each: (-each[0], each[1]))
    return [items[index] for _, index in scored[:most]], len(scored)
