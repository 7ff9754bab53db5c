"""The services a server offers and what each asks for, as the memo keeps them: enough to build the form of a report."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from console.core.records import Refusal
from sync.feeds.open311.papers import Attribute, Service
from sync.feeds.open311.plan import DAY_MS

MOST_LONG = 100_000
"""Characters of all of it as JSON: a memo is written with every page."""
A_VISIT = 5
"""Definitions that are asked for at one visit."""


@dataclass(frozen=True, slots=True)
class Offered:
    """The services, without their long descriptions, and the attributes of those that have some."""

    services: tuple[Service, ...] = ()
    attributes: Mapping[str, tuple[Attribute, ...]] = field(default_factory=dict)
    todo: tuple[str, ...] = ()
    """Services whose definition is still to be asked for."""
    at: int = 0
    """When they were asked for last, ms."""

    @classmethod
    def of(cls, value: Any) -> Offered:
        """From a memo; what is none is as good as nothing."""
        try:
            return cls(
                tuple(_service(each) for each in value["services"]),
                {str(code): tuple(_attribute(each) for each in rows) for code, rows in value["attributes"].items()},
                tuple(str(each) for each in value["todo"]),
                int(value["at"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            return cls()

    def plain(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "services": [list(each) for each in self.services],
            "attributes": {
                code: [[*each[:-1], [list(pair) for pair in each.values]] for each in found]
                for code, found in self.attributes.items()
            },
            "todo": list(self.todo),
            "at": self.at,
        }

    def due(self, now_ms: int) -> bool:
        """Whether the list is to be asked for: once a day."""
        return abs(now_ms - self.at) >= DAY_MS

    def with_services(self, services: Sequence[Service], at: int) -> tuple[Offered, list[Refusal]]:
        """With the list as it is now. What was known of a service stays until it is asked for again."""
        found = {each.code: each._replace(description="") for each in services}
        kept = list(found.values())
        while kept and len(json.dumps([list(each) for each in kept])) > MOST_LONG // 2:
            kept = kept[: len(kept) * 3 // 4]
        codes = {each.code for each in kept}
        attributes = {code: rows for code, rows in self.attributes.items() if code in codes}
        todo = tuple(each.code for each in kept if each.metadata)
        refused = []
        if len(kept) < len(found):
            refused.append(Refusal("services", "sync.open311.many", {"kept": len(kept), "count": len(found)}))
        return Offered(tuple(kept), attributes, todo, at), refused

    def with_attributes(self, code: str, attributes: Sequence[Attribute]) -> tuple[Offered, list[Refusal]]:
        """With what one service asks for; without it, where there is no more room."""
        told = replace(self, attributes={**self.attributes, code: tuple(attributes)}).without(code)
        size = len(json.dumps(told.plain()))
        if size <= MOST_LONG:
            return told, []
        kept = {each: rows for each, rows in self.attributes.items() if each != code}
        long = Refusal(f"services/{code}", "sync.refused.long", {"size": size, "most": MOST_LONG})
        return replace(self, attributes=kept).without(code), [long]

    def without(self, code: str) -> Offered:
        """With that definition no more to be asked for."""
        return replace(self, todo=tuple(each for each in self.todo if each != code))


def _service(row: Sequence[Any]) -> Service:
    code, name, group, description, metadata, kind = row
    return Service(str(code), str(name), str(group), str(description), bool(metadata), str(kind))


def _attribute(row: Sequence[Any]) -> Attribute:
    code, datatype, required, variable, order, description, hint, values = row
    pairs = tuple((str(key), str(name)) for key, name in values)
    words = str(description), str(hint)
    return Attribute(str(code), str(datatype), bool(required), bool(variable), int(order), *words, pairs)
