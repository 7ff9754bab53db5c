"""The made-up words of made-up complaints, read from `resources/centre/complaints.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from console.core.pack import Category, CityPack
from sync.centre.dice import Dice

_GENERAL = "general"


@dataclass(frozen=True, slots=True)
class Subject:
    """One category of the pack with what people say about it."""

    code: str
    service_code: str
    name: str
    office: str
    texts: tuple[str, ...]
    weight: int
    flood: bool


class Sentences:
    """Makes the texts of complaints for one city."""

    def __init__(self, raw: bytes, pack: CityPack) -> None:
        """`raw` is the file; it is ours, so a fault in it is a bug and raises."""
        table = tomllib.loads(raw.decode("utf-8"))
        self._parts: Mapping[str, Sequence[str]] = table.pop("parts")
        self._notes: Mapping[str, Sequence[str]] = table.pop("notes")
        self.subjects = tuple(_subject(category, table, pack) for category in pack.categories.values())
        self.sums = tuple(accumulate(subject.weight for subject in self.subjects))
        self.flood = tuple(number for number, subject in enumerate(self.subjects) if subject.flood)

    def text(self, subject: Subject, dice: Dice) -> str:
        """What the citizen wrote."""
        told = dice.of(subject.texts).replace("{place}", dice.of(self._parts["places"]))
        more = (dice.of(self._parts["since"]), dice.of(self._parts["asks"]))
        return " ".join(part for part in (told, *more) if part)

    def address(self, dice: Dice, kelurahan: str, kecamatan: str) -> str:
        """Where it is, as it is written there."""
        street = f"{dice.of(self._parts['kinds'])} {dice.of(self._parts['streets'])}"
        block = f"RT {dice.below(8) + 1:03}/RW {dice.below(12) + 1:03}"
        return f"{street}, {block}, Kel. {kelurahan}, Kec. {kecamatan}"

    def note(self, word: str, office: str, dice: Dice) -> str:
        """What stands in status_notes: the state's own word, then a reason."""
        return f"{word}: {dice.of(self._notes[word]).replace('{office}', office)}"


def _subject(category: Category, table: Mapping[str, Any], pack: CityPack) -> Subject:
    name = category.name.get("id") or category.code
    words = f"{category.code} {name.casefold()}"
    entry = table.get(category.code) or next((value for key, value in table.items() if key in words), table[_GENERAL])
    code = min(category.service_codes, default=category.code)
    office = pack.opd_name(category.opd)
    return Subject(
        category.code, code, name, office, tuple(entry["texts"]), int(entry["weight"]), bool(entry.get("flood"))
    )
