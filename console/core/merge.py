"""Versions of one document that were made apart from each other, joined field by field.

    base    what both sides knew        one side changed it        its value
    ours    what stands here            both changed it alike      that value: no conflict
    theirs  what came                   both, differently          the field's policy, else it is open for a person

Pure, and the same whichever side is ours: two consoles that join the same versions make the same document. A version
that was deleted takes no part (an edit beats a deletion). Policies are declared beside the record types. A field
without one, as of a newer program, is kept and joined like any other; where sides differ a person decides.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Mark(Enum):
    """What stands in the place of a value that is none."""

    ABSENT = "absent"
    """The version does not have the field."""
    UNKNOWN = "unknown"
    """What both sides knew is not kept here: nobody can tell which of them changed it."""
    OPEN = "open"
    """No rule settles it."""
    NEWEST = "newest"
    """As in the version with the newest `at`: for what only tells who wrote last."""


Policy = Callable[[Any, Sequence[Any]], Any]
"""Given the base's value and the different values that stand against each other (at least two, in an order that does
not depend on the side), the value that holds, or `Mark.OPEN`. `Mark.ABSENT` may be among them."""


@dataclass(frozen=True, slots=True)
class Merged:
    """What came of it."""

    body: Mapping[str, Any] | None
    """None while a field is open: then nothing is joined."""
    open: tuple[str, ...] = ()
    """Names of the fields a person must decide, sorted."""


def person(_base: Any, _values: Sequence[Any]) -> Any:
    """No rule: a person decides."""
    return Mark.OPEN


def newest(_base: Any, _values: Sequence[Any]) -> Any:
    """As the version with the newest `at` has it."""
    return Mark.NEWEST


def most(_base: Any, values: Sequence[Any]) -> Any:
    """A count that only grows, or a time: the largest."""
    told = [value for value in values if value is not Mark.ABSENT]
    kinds = {type(value) for value in told}
    return max(told) if kinds <= {int, float} or kinds == {str} else Mark.OPEN


def union(base: Any, values: Sequence[Any]) -> Any:
    """A set written as a list: what either side added is in it, what either side took out of the base is not."""
    told = [[] if value is Mark.ABSENT else value for value in values]
    before = base if isinstance(base, list) else []
    if not all(isinstance(value, list) for value in told):
        return Mark.OPEN
    sides = [{text(item): item for item in value} for value in told]
    known = {text(item) for item in before}
    kept = {key: item for side in sides for key, item in side.items()}
    return [kept[key] for key in sorted(kept) if key not in known or all(key in side for side in sides)]


def claim(base: Any, values: Sequence[Any]) -> Any:
    """Whose it is: a name beats nobody; of two names a person decides."""
    names = [value for value in values if value not in ("", Mark.ABSENT)]
    return names[0] if len(names) == 1 and base is not Mark.UNKNOWN else Mark.OPEN


def text(value: Any) -> str:
    """What two values have in common exactly where they are the same: their JSON, keys in order."""
    if isinstance(value, Mark):
        return f"<{value.value}>"
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def merge(
    base: Mapping[str, Any] | None,
    ours: Mapping[str, Any],
    theirs: Mapping[str, Any],
    policies: Mapping[str, Policy],
) -> Merged:
    """Two versions over what both knew (None where that is not kept: then what is equal is joined, and the rest is
    left to those policies that need no base)."""
    return merge_all((ours, theirs), lambda _one, _other: base, base, policies)


def merge_all(
    versions: Sequence[Mapping[str, Any]],
    base_of: Callable[[int, int], Mapping[str, Any] | None],
    base: Mapping[str, Any] | None,
    policies: Mapping[str, Policy],
) -> Merged:
    """Any number of versions at once, in any order. `base_of` tells what two of them (by place) both knew, `base`
    what all knew."""
    joined: dict[str, Any] = {}
    open_fields: list[str] = []
    last = max(range(len(versions)), key=lambda at: (str(versions[at].get("at", "")), text(versions[at])))
    for field in sorted({*(base or ()), *(field for version in versions for field in version)}):
        values = [version.get(field, Mark.ABSENT) for version in versions]
        policy = policies.get(field, person)
        value = Mark.NEWEST if policy is newest else _settled(field, values, base_of, base, policy)
        if value is Mark.NEWEST:
            value = values[last]
        if value is Mark.OPEN:
            open_fields.append(field)
        elif value is not Mark.ABSENT:
            joined[field] = value
    return Merged(None, tuple(open_fields)) if open_fields else Merged(joined)


def _settled(
    field: str,
    values: Sequence[Any],
    base_of: Callable[[int, int], Mapping[str, Any] | None],
    base: Mapping[str, Any] | None,
    policy: Policy,
) -> Any:
    keys = [text(value) for value in values]
    if len(set(keys)) == 1:
        return values[0]
    standing = {keys[at]: values[at] for at in range(len(values)) if not _overtaken(field, at, keys, base_of)}
    if not standing:
        standing = dict(zip(keys, values, strict=True))
    if len(standing) == 1:
        return next(iter(standing.values()))
    before = Mark.UNKNOWN if base is None else base.get(field, Mark.ABSENT)
    return policy(before, [standing[key] for key in sorted(standing)])


def _overtaken(
    field: str, at: int, keys: Sequence[str], base_of: Callable[[int, int], Mapping[str, Any] | None]
) -> bool:
    """Whether another version changed what this one left as both knew it."""
    for other, key in enumerate(keys):
        known = base_of(at, other) if key != keys[at] else None
        if known is not None and text(known.get(field, Mark.ABSENT)) == keys[at]:
            return True
    return False
