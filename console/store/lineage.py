"""The tree of one document as a merge needs it: its open ends, and what two of them both knew.

A revision made by a merge names in `merged` the ones it took in, so its ancestors are those of all of them: what is
edited above a version that was merged elsewhere is compared with that version, not with what lies far below. It also
names in `alike`, field by field, the versions that said the same apart from each other: who changes the word of one of
them without having seen the other has not changed the other's.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from console.core.merge import Mark, text
from console.core.records import UNTOUCHED
from console.store.arrivals import split_rev

MERGED = "merged"
"""Field of a body: names of versions it took in, also those its ancestors did. The newest few are enough."""
ALIKE = "alike"
"""Field of a body: per field the names of versions that said its value apart from each other."""
SAID = ("state", "opd", "duplicate_of", "holder")
"""Fields that a person says."""
_MOST = 16
NOTHING_DONE: Mapping[str, Any] = {"holder": "", "duplicate_of": ""}
"""What a case says before anybody did anything."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """An open end that is not deleted."""

    rev: str
    body: Mapping[str, Any]
    held: bool


class Lineage:
    """One document with its open ends, the winner first. Those of which only the name is known are left out."""

    def __init__(self, db: sqlite3.Connection, doc: str) -> None:
        self._db = db
        self.doc = doc
        self._rows: dict[int, tuple[str, int | None]] = {}
        self._numbers: dict[str, int] = {}
        ends: list[tuple[int, str, bool]] = []
        for number, head, tail, parent, leaf, deleted, held in db.execute(
            "SELECT rev.n, generation, hash, parent, leaf, rev.deleted, held FROM rev JOIN doc ON doc.n = rev.doc"
            " WHERE doc.id = ? AND aside = 0 ORDER BY generation DESC, hash DESC",
            (doc,),
        ):
            rev = f"{head}-{tail}"
            self._rows[number] = (rev, parent)
            self._numbers[rev] = number
            if leaf and not deleted:
                ends.append((number, rev, bool(held)))
        self.leaves: list[Leaf] = []
        self._lines: list[set[int]] = []
        for number, rev, held in ends:
            body = self._body(number)
            if body is not None:
                self.leaves.append(Leaf(rev, body, held))
                self._lines.append(self._line(number, body))

    def _body(self, number: int) -> Mapping[str, Any] | None:
        raw = self._db.execute("SELECT body FROM rev WHERE n = ? AND deleted = 0", (number,)).fetchone()
        if raw is None or raw[0] is None:
            return None
        body = json.loads(raw[0])
        return body if isinstance(body, dict) else None

    def _line(self, number: int, body: Mapping[str, Any]) -> set[int]:
        """A revision with everything it was made of."""
        line: set[int] = set()
        ahead = [number, *(self._numbers[rev] for rev in names_merged(body) if rev in self._numbers)]
        for start in ahead:
            at: int | None = start
            while at is not None and at not in line and at in self._rows:
                line.add(at)
                at = self._rows[at][1]
        return line

    def base_of(self, one: int, other: int) -> Mapping[str, Any] | None:
        """What two open ends (by place) both knew; None where its content is not kept here."""
        base = self._nearest(self._lines[one], self._lines[other])
        if base is None:
            return None
        anew = {*self._anew(one, other, base), *self._anew(other, one, base)}
        return {**base, **dict.fromkeys(anew, Mark.UNKNOWN)}

    def _anew(self, one: int, other: int, base: Mapping[str, Any]) -> list[str]:
        """Fields that one end leaves as both knew them, and that somebody whom the other does not know said too."""
        body, alike = self.leaves[one].body, said_alike(self.leaves[one].body)
        same = [name for name in alike if text(body.get(name, Mark.ABSENT)) == text(base.get(name, Mark.ABSENT))]
        known = self._known(other) if same else set()
        return [name for name in same if not known.issuperset(alike[name])]

    def _known(self, at: int) -> set[str]:
        """Names of all that an open end was made of."""
        body = self.leaves[at].body
        return {self._rows[number][0] for number in self._lines[at]} | {*names_merged(body)}

    @property
    def base(self) -> Mapping[str, Any] | None:
        """What all of them knew."""
        return self._nearest(*self._lines)

    def _nearest(self, *lines: set[int]) -> Mapping[str, Any] | None:
        common = set.intersection(*lines) if lines else set()
        if not common:
            # Two who each did the first thing to a complaint both knew that nobody had done anything.
            roots = [min(order(self._rows[number][0])[0] for number in line) for line in lines]
            return NOTHING_DONE if set(roots) == {1} else None
        # An older one whose content is kept would call a step back a change of the other side.
        return _one([self._body(number) for number in self._heads(common)])

    def _heads(self, common: set[int]) -> list[int]:
        """Those of several ancestors of which none of them is made. More than one where versions were joined at two
        consoles in different ways."""
        below = {self._rows[number][1] for number in common}
        heads = [number for number in common if number not in below]
        if len(heads) > 1:
            taken = {rev for number in heads for rev in names_merged(self._body(number) or {})}
            heads = [number for number in heads if self._rows[number][0] not in taken]
        return heads

    @property
    def taken_in(self) -> bool:
        """Whether the winner was made of all the others."""
        return all(self._numbers[leaf.rev] in self._lines[0] for leaf in self.leaves[1:])

    def made(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """A version made of all of these that says `body`, with what it says of where it comes from."""
        alike = self._alike(body)
        rest = {name: value for name, value in body.items() if name != ALIKE}
        return {**rest, MERGED: self._marks(), **({ALIKE: alike} if alike else {})}

    def _marks(self) -> list[str]:
        names = {rev for leaf in self.leaves for rev in names_merged(leaf.body)}
        names |= {leaf.rev for leaf in self.leaves[1:]}
        return sorted(names, key=order, reverse=True)[:_MOST]

    def _alike(self, body: Mapping[str, Any]) -> dict[str, list[str]]:
        """For a version made of all of these that says `body`: who said the same apart, where more than one did."""
        base = self.base
        found: dict[str, list[str]] = {}
        for name in SAID:
            key = text(body.get(name, ""))
            known = base is None or text(base.get(name, "")) == key
            names: set[str] = set()
            for leaf in self.leaves:
                if text(leaf.body.get(name, "")) == key:
                    names.update(said_alike(leaf.body).get(name, () if known else (leaf.rev,)))
            if len(names) > 1:
                found[name] = sorted(names, key=order, reverse=True)[:_MOST]
        return found

    def content(self, rev: str) -> Mapping[str, Any] | None:
        """What a revision of the tree says; None for one that is not in it, was deleted or is known by name alone."""
        number = self._numbers.get(rev)
        return None if number is None else self._body(number)

    def since(self, rev: str, later: str) -> list[Mapping[str, Any] | None] | None:
        """What lies above `rev` up to `later`, newest first; None where they are not on one line."""
        found: list[Mapping[str, Any] | None] = []
        at = self._numbers.get(later)
        wanted = self._numbers.get(rev)
        while at is not None and at != wanted:
            name, below = self._rows[at]
            found.append(self._body(at))
            at = below
            if below is None and rev == UNTOUCHED and order(name)[0] == 1:
                return found
        return found if at is not None else None


def _one(bodies: Sequence[Mapping[str, Any] | None]) -> Mapping[str, Any] | None:
    """What several ancestors say alike; where they differ nobody can say what both sides knew."""
    if len(bodies) == 1 or any(body is None for body in bodies):
        return bodies[0] if len(bodies) == 1 else None
    joined: dict[str, Any] = {}
    for name in {name for body in bodies for name in body or ()}:
        values = [(body or {}).get(name, Mark.ABSENT) for body in bodies]
        joined[name] = values[0] if len({text(value) for value in values}) == 1 else Mark.UNKNOWN
    return joined


def names_merged(body: Mapping[str, Any]) -> Sequence[str]:
    """What a body says it took in; what is no name of a revision is left out."""
    told = body.get(MERGED)
    return [each for each in told if split_rev(each)] if isinstance(told, list) else []


def said_alike(body: Mapping[str, Any]) -> dict[str, list[str]]:
    """Who a body says said the same apart; what has not that form is left out."""
    told = body.get(ALIKE)
    if not isinstance(told, Mapping):
        return {}
    lists = {name: told[name] for name in SAID if isinstance(told.get(name), list)}
    return {name: [each for each in names if split_rev(each)] for name, names in lists.items()}


def unsaid(body: Mapping[str, Any], changed: Iterable[str]) -> dict[str, Any]:
    """A body of which some fields are about to be said by one alone."""
    left = {name: names for name, names in said_alike(body).items() if name not in changed}
    rest = {name: value for name, value in body.items() if name != ALIKE}
    return {**rest, ALIKE: left} if left else rest


def order(rev: str) -> tuple[int, str]:
    """Of two open ends that are not deleted the one with the greater order wins."""
    head, _, tail = rev.partition("-")
    return (int(head) if head.isdecimal() else 0, tail)
