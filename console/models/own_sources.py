"""What the screen asks of the engine about sources, followed by its notes: pause, resume, try out, add, drop."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QObject

from console.core.errors import Fault
from console.core.phrases import Phrases
from console.models.desk import Desk

NOTE = "feed"
STALE_CADENCES = 6
"""A source is late after so many periods, where nobody says otherwise."""


@dataclass(frozen=True, slots=True)
class SourceAnswer:
    """What came of it."""

    done: bool
    says: str = ""
    """Why not: a phrase key with `values`; `faults` name what was typed wrongly."""
    values: Mapping[str, Any] = field(default_factory=dict)
    faults: Sequence[Fault] = ()
    records: int = 0
    """Of a trial: how many were read, how many refused, some by name, and why some were not."""
    refused: int = 0
    samples: Sequence[str] = ()
    why: Sequence[Fault] = ()

    def told(self, phrases: Phrases) -> str:
        """It in words."""
        if not self.done:
            if self.faults:
                return "\n".join(f"{each.where}: {phrases.tell(each)}" for each in self.faults)
            return phrases.say(self.says, **self.values)
        lines = [phrases.say("panels.sources.tried", records=self.records, refused=self.refused)]
        lines += [f"· {each}" for each in self.samples]
        lines += [f"{each.where}: {phrases.tell(each)}" for each in self.why]
        return "\n".join(lines)


Then = Callable[[SourceAnswer], None]


class OwnSources(QObject):
    """Asks, and hears what came of it."""

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._asked: dict[str, Then] = {}
        desk.news.told.connect(self._on_told)

    def ask(self, do: str, then: Then, **asked: Any) -> None:
        """Ask for it. Where no engine listens that is said at once."""
        ask = self._desk.clock.new_id()
        if self._desk.tell(NOTE, {"id": ask, "do": do, **asked}):
            self._asked[ask] = then
        else:
            then(SourceAnswer(False, "panels.exchange.no_engine"))

    def _on_told(self, note: str, told: Mapping[str, Any]) -> None:
        then = self._asked.pop(str(told.get("id", "")), None) if note == NOTE else None
        if then is not None:
            then(read_answer(told))


def read_answer(told: Mapping[str, Any]) -> SourceAnswer:
    """The answer of a note. What is not of its form is left out."""
    values, samples = told.get("values"), told.get("samples")
    return SourceAnswer(
        told.get("state") == "done",
        str(told.get("says", "")),
        values if isinstance(values, Mapping) else {},
        _faults(told.get("faults")),
        _count(told.get("records")),
        _count(told.get("refused")),
        [str(each)[:120] for each in samples] if isinstance(samples, list) else (),
        _faults(told.get("why")),
    )


def _count(value: Any) -> int:
    return value if type(value) is int else 0


def _faults(value: Any) -> tuple[Fault, ...]:
    sound = [
        each
        for each in (value if isinstance(value, list) else ())
        if isinstance(each, list) and len(each) == 3 and isinstance(each[2], Mapping)
    ]
    return tuple(Fault(str(where), str(says), tuple(values.items())) for where, says, values in sound)


def typed_entry(answers: Mapping[str, str]) -> dict[str, Any]:
    """A form's answers as a pack's file says a source. Numbers that are none stay text: the engine names them."""
    cadence = _number(answers.get("cadence", ""))
    title = answers.get("title", "")
    entry: dict[str, Any] = {
        "id": answers.get("id", ""),
        "kind": answers.get("kind", ""),
        "title": {"id": title, "en": title},
        "address": answers.get("address", ""),
        "cadence_s": cadence,
        "stale_after_s": cadence * STALE_CADENCES if isinstance(cadence, float) else cadence,
    }
    if answers.get("licence"):
        entry["licence"] = answers["licence"]
    lines = [line.partition("=") for line in answers.get("options", "").splitlines() if line.strip()]
    if lines:
        entry["options"] = {name.strip(): value.strip() for name, _, value in lines}
    return entry


def _number(text: str) -> float | str:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return text
