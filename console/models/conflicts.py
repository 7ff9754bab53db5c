"""Conflicts in words: what collides, what each side says, who said it and when, and what stood there before. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from console.core.lifecycle import State
from console.core.masking import masked
from console.core.pack import CityPack
from console.core.phrases import Phrases
from console.core.records import Conflict, Version

FIELDS = ("state", "opd", "holder", "duplicate_of")
"""Fields of a case that are a person's to decide, in the order one reads them."""


@dataclass(frozen=True, slots=True)
class Side:
    """One version, worded."""

    rev: str
    who: str
    when: str
    where: str
    """Whether the centre holds it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One field across all versions."""

    name: str
    label: str
    base: str
    """What both sides knew before."""
    values: tuple[str, ...]
    """As each version says it."""
    open: bool
    """True where a person must choose."""


@dataclass(frozen=True, slots=True)
class Collision:
    """One conflict, worded."""

    conflict: Conflict
    title: str
    fields: str
    """Names of the fields in question."""
    age: str
    since: str
    sides: tuple[Side, ...]
    lines: tuple[Line, ...]

    @property
    def key(self) -> str:
        """Its document."""
        return self.conflict.doc


@dataclass(frozen=True, slots=True)
class ConflictWording:
    """Tells conflicts in one language and city, as at `now`, to the person of that name."""

    pack: CityPack
    phrases: Phrases
    now: datetime
    operator: str = ""

    def collision(self, conflict: Conflict) -> Collision:
        """One conflict in words."""
        named = [self._label(name) for name in conflict.fields]
        return Collision(
            conflict,
            masked(conflict.title) or conflict.complaint.partition(":")[2] or conflict.doc,
            ", ".join(named),
            self.phrases.span((self.now - conflict.since_at).total_seconds()),
            self._moment(conflict.since_at),
            tuple(self._side(version) for version in conflict.versions),
            tuple(self._line(conflict, name) for name in self._told(conflict)),
        )

    def _told(self, conflict: Conflict) -> list[str]:
        """The fields in question first, then those in which any version differs from what stood before."""
        others = [
            name
            for name in FIELDS
            if name not in conflict.fields
            and any(_of(version.fields, name) != _of(conflict.base, name) for version in conflict.versions)
        ]
        return [*conflict.fields, *others]

    def _line(self, conflict: Conflict, name: str) -> Line:
        values = tuple(self.value(name, _of(version.fields, name)) for version in conflict.versions)
        base = self.value(name, _of(conflict.base, name)) if conflict.base else self.phrases.say("core.unknown")
        return Line(name, self._label(name), base, values, name in conflict.fields)

    def _side(self, version: Version) -> Side:
        say = self.phrases.say
        who = version.by or say("panels.conflicts.somebody")
        if version.by and version.by == self.operator:
            who = say("panels.conflicts.you", who=version.by)
        where = say("panels.conflicts.held" if version.held else "panels.conflicts.not_held")
        return Side(version.rev, who, self._moment(version.at), where)

    def _moment(self, at: datetime | None) -> str:
        if at is None:
            return self.phrases.say("core.unknown")
        return self.phrases.moment(at, self.pack.zone, self.pack.zone_label, self.now)

    def _label(self, name: str) -> str:
        return self.phrases.say(f"panels.conflicts.field.{name}") if name in FIELDS else name

    def value(self, name: str, raw: Any) -> str:
        """A field's value as people read it."""
        if name == "state" and isinstance(raw, int) and raw in State._value2member_map_:
            return self.phrases.say(f"state.{State(raw).name}")
        text = "" if raw is None else str(raw)
        if not text:
            return self.phrases.say("panels.conflicts.blank")
        if name == "opd":
            return self.pack.opd_name(text) or text
        return text.partition(":")[2] or text if name == "duplicate_of" else text


@dataclass
class Choices:
    """What a person chose so far, by field: which version's value holds."""

    conflict: Conflict
    chosen: dict[str, int] = field(default_factory=dict)

    @property
    def lacking(self) -> int:
        """How many fields are still open."""
        return sum(name not in self.chosen for name in self.conflict.fields)

    def choose(self, name: str, version: int) -> None:
        """Take the value of that version for a field in question. Fields this program does not know go together."""
        if name not in self.conflict.fields or not 0 <= version < len(self.conflict.versions):
            return
        together = [name] if name in FIELDS else [each for each in self.conflict.fields if each not in FIELDS]
        self.chosen.update(dict.fromkeys(together, version))

    def choose_all(self, version: int) -> None:
        """Take every field in question from that version."""
        for name in self.conflict.fields:
            self.choose(name, version)

    def carried_to(self, conflict: Conflict) -> Choices:
        """The same choices on the conflict as it stands now: those whose version or question is gone are open again."""
        at = {version.rev: number for number, version in enumerate(conflict.versions)}
        kept = {name: at.get(self.conflict.versions[old].rev, -1) for name, old in self.chosen.items()}
        again = Choices(conflict)
        for name, version in kept.items():
            again.choose(name, version)
        return again

    def values(self) -> dict[str, Any]:
        """The chosen values, as the command takes them."""
        values: dict[str, Any] = {}
        for name, at in self.chosen.items():
            version = self.conflict.versions[at]
            value = _of(version.fields, name)
            if name not in FIELDS or (name == "state" and value not in State._value2member_map_):
                values["rest"] = version.rev
            else:
                values[name] = State(value) if name == "state" else value
        return values


def _of(fields: Mapping[str, Any], name: str) -> Any:
    """A field that is not there is blank."""
    return fields.get(name, 0 if name == "state" else "")
