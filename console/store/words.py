"""Words that stand in many rows (areas, offices, categories, names) as small numbers."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable


class Words:
    """Number of a word and word of a number, remembered. One connection, one thread."""

    _WORDS = "SELECT id, text FROM word"

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._texts: dict[int, str] = {}
        self.numbers: dict[str, int] = {}
        """Number of a word; asking for a new one writes it, so only within a write."""
        self.look_again()

    def look_again(self) -> None:
        """Forget everything and read it anew: after a write that did not come to be."""
        self._texts = dict(self._db.execute(self._WORDS))
        self.numbers = _Numbers(self)
        self.numbers.update((text, number) for number, text in self._texts.items())

    def _catch_up(self) -> None:
        newest = max(self._texts, default=-1)
        for number, text in self._db.execute("SELECT id, text FROM word WHERE id > ?", (newest,)):
            self._texts[number] = text
            self.numbers[text] = number

    def text(self, number: int) -> str:
        """The word of a number."""
        if number not in self._texts:
            self._catch_up()
        return self._texts.get(number, "")

    def known(self, text: str) -> int | None:
        """The number of a word, None for one that stands in no row."""
        if text not in self.numbers:
            self._catch_up()
        return self.numbers.get(text)

    def add(self, text: str) -> int:
        """A number for a new word. Only within a write."""
        number = len(self._texts)
        self._db.execute("INSERT INTO word (id, text) VALUES (?, ?)", (number, text))
        self._texts[number] = text
        self.numbers[text] = number
        return number

    def below(self, area: str) -> list[int]:
        """Numbers of an area's code and of all codes below it (36.71 has 36.71.01), ascending; "" has all."""
        self._catch_up()
        inside = f"{area}."
        return sorted(number for text, number in self.numbers.items() if text == area or text.startswith(inside))


class _Numbers(dict[str, int]):
    """Numbers of words; a missing one is given. A million records ask four times each."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words

    def __missing__(self, text: str) -> int:
        return self._words.add(text)


def ranges(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Ascending numbers as closed ranges: 1 2 3 7 is (1, 3) (7, 7)."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found
