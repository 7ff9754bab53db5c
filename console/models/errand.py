"""One thing the engine was asked to do, and how far it is by its notes.

    {"id", "state": "running" | "done" | "refused" | "off", "part", "says", "values", ...}

A note is what another process says: what has not its form moves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

HELLO = "hello"
"""The note with which an engine begins: what was asked of one before it is answered by nobody."""
_OWN = frozenset({"id", "state", "says", "values", "part"})


class Stage(StrEnum):
    """How far it is."""

    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    OFF = "off"
    """Let be before anything was done."""


@dataclass(frozen=True, slots=True)
class Errand:
    """What was asked, and what came of it."""

    id: str
    do: str
    asked: Mapping[str, Any] = field(default_factory=dict)
    """What else was asked, where it may be kept."""
    stage: Stage = Stage.RUNNING
    part: float | None = None
    """Share that is done, None where that is not known."""
    says: str = ""
    """Phrase key of what came of it, with `values`."""
    values: Mapping[str, Any] = field(default_factory=dict)
    found: Mapping[str, Any] = field(default_factory=dict)
    """Everything else the engine told."""

    def told(self, told: Mapping[str, Any]) -> Errand | None:
        """As it stands after a note, None where that is not one of this errand."""
        state, part, values = told.get("state"), told.get("part"), told.get("values")
        if told.get("id") != self.id or not isinstance(state, str) or state not in Stage._value2member_map_:
            return None
        return replace(
            self,
            stage=Stage(state),
            part=float(part) if isinstance(part, int | float) else self.part,
            says=str(told.get("says", "")),
            values=values if isinstance(values, Mapping) else {},
            found={name: value for name, value in told.items() if name not in _OWN},
        )

    def refused(self, says: str) -> Errand:
        """Ended here, for a reason."""
        return replace(self, stage=Stage.REFUSED, says=says)

    def text(self, name: str) -> str:
        """A text of what was found, "" where there is none."""
        value = self.found.get(name)
        return value if isinstance(value, str) else ""

    def texts(self, name: str) -> list[str]:
        """A list of texts of what was found."""
        value = self.found.get(name)
        return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []

    def count(self, name: str) -> int:
        """A number of what was found, 0 where there is none."""
        value = self.found.get(name)
        return value if isinstance(value, int) else 0
