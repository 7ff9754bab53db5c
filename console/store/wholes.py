"""Whole words of what sources tell, sealed beside the covered ones in a complaint's row, once and not at each telling.

A seal is another each time, so it cannot tell whether the same was said again. A hash that is kept could: but of a text
with one number left open everybody tries all numbers in a minute, and a key for it would lie beside it. So what was
sealed last is remembered in memory alone; after a new start the first telling is sealed anew, which costs a tenth of a
millisecond for each of the few complaints that are told again and hold anything.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from console.core.erasure import with_sealed
from console.core.personal import WHOLE, whole_among
from console.store.data_key import DataKey

_MOST = 100_000
"""Complaints remembered: some ten megabytes."""
Row = tuple[Any, ...]
"""What a source says, as stored; the fields we do not know come last."""


class Wholes:
    """The hand that seals what an intake covered. One thread."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}

    def forget(self) -> None:
        """After a write that did not come to be."""
        self._last.clear()

    def again(self, name: str, theirs: Row, before: Row, whole: Mapping[str, str]) -> bool:
        """Whether the row says this already, and the same whole words were sealed for it."""
        if self._last.get(name) != _mark(whole) or theirs[:-1] != before[:-1]:
            return False
        return whole_among(before[-1]).keys() == whole.keys() and _rest(theirs[-1]) == _rest(before[-1])

    def sealed(self, name: str, theirs: Row, whole: Mapping[str, str], key: DataKey) -> Row:
        """What the source says with its whole words sealed, and none of what was sealed of the fields before."""
        from console.store.sealing import seal_whole  # 30 ms that a start need not wait for

        if len(self._last) >= _MOST:
            self._last.clear()
        self._last[name] = _mark(whole)
        return (*theirs[:-1], with_seals(theirs[-1], seal_whole(whole, key.public, name)))


def with_seals(extra: str, seals: Mapping[str, str]) -> str:
    """The unnamed fields of a complaint with these whole words."""
    table = extra if not extra or isinstance(_rest(extra), dict) else json.dumps({"": extra}, ensure_ascii=False)
    return with_sealed(table, seals)


def without(whole: Mapping[str, str], gone: Collection[str]) -> Mapping[str, str]:
    """Whole words without those of fields that were erased."""
    return {field: text for field, text in whole.items() if field not in gone} if whole else whole


def _mark(whole: Mapping[str, str]) -> int:
    return hash(tuple(sorted(whole.items())))


def _rest(extra: str) -> Any:
    """The unnamed fields but for whole words; None where that is no JSON."""
    try:
        told = json.loads(extra) if extra else {}
    except (ValueError, RecursionError):
        return None
    names = WHOLE.values()
    return {name: value for name, value in told.items() if name not in names} if isinstance(told, dict) else None
