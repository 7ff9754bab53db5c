"""Opening what is personal of a complaint: what may be opened, what was asked of the engine, what is open until when.

A value lives here for a minute and nowhere else on this side. No widget, no disk, no log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from console.core.errors import ConsoleError, Refused
from console.core.masking import masked
from console.core.personal import COVERED, DEED_WORDS, REVEALED, sealed_among, whole_among
from console.core.records import Complaint
from console.models.desk import Desk

NOTE = "reveal"
_WHO = ("person", "session")
"""Notes about who works here: signed in, locked, gone. What is open was opened by who was here before."""
PATIENCE_S = 30
"""So long an answer is waited for: a keyring may ask a person."""
MOST_SHOWN_S = 60


def openable(complaint: Complaint) -> tuple[str, ...]:
    """Fields of which something is covered, in the order in which they are shown."""
    sealed = {**sealed_among(complaint.extra), **whole_among(complaint.extra)}
    hidden = [name for name in COVERED if masked(getattr(complaint, name)) != getattr(complaint, name)]
    return tuple(name for name in REVEALED if name in sealed or name in hidden)


@dataclass(slots=True)
class _Open:
    value: str
    until_s: float


@dataclass(slots=True)
class _Asked:
    ask: str
    field: str
    until_s: float


class Revealing(QObject):
    """What of one complaint is open now."""

    changed = Signal()
    """Something was opened or covered, or a second of it passed."""
    taken = Signal(str)
    """That field is open."""
    refused = Signal(str, object)
    """Why that field was not opened: `ConsoleError`."""

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._open: dict[str, _Open] = {}
        self._asked: _Asked | None = None
        self.complaint = ""
        desk.news.told.connect(self._on_note)
        desk.ticks.second.connect(self._on_second)

    def turn(self, complaint: str) -> None:
        """Another complaint is looked at, or "" none: everything is covered."""
        if complaint != self.complaint:
            self.complaint = complaint
            self.cover()

    def ask(self, field: str, reason: str, code: str = "") -> None:
        """Ask the engine to open a field, or the words of the deed of that document. Raises `Refused` where it cannot
        even be asked."""
        desk = self._desk
        ask = desk.clock.new_id()
        wish = {"ask": ask, "complaint": self.complaint, "field": field, "reason": reason, "by": desk.operator}
        if field not in REVEALED:
            wish |= {"field": DEED_WORDS, "deed": field}
        wish["session"] = desk.session
        if code:
            wish["code"] = code
        if not desk.tell(NOTE, wish):
            raise Refused("personal.busy")
        self._asked = _Asked(ask, field, desk.clock.monotonic_s() + PATIENCE_S)

    @property
    def under_way(self) -> bool:
        """Whether an answer is waited for."""
        return self._asked is not None

    def value(self, field: str) -> str | None:
        """What that field says while it is open, None while it is covered."""
        found = self._open.get(field)
        return None if found is None else found.value

    def left_s(self, field: str) -> int:
        """Seconds until it is covered again."""
        found = self._open.get(field)
        return 0 if found is None else max(0, round(found.until_s - self._desk.clock.monotonic_s()))

    def cover(self, field: str = "") -> None:
        """Cover a field now, or all of them; an answer that still comes is not shown."""
        if not field:
            self._asked = None
            self._open.clear()
        else:
            self._open.pop(field, None)
        self.changed.emit()

    @Slot(str, object)
    def _on_note(self, note: str, values: Mapping[str, Any]) -> None:
        asked = self._asked
        if note in _WHO:
            self.cover()
        if note != NOTE or asked is None or values.get("ask") != asked.ask:
            return
        self._asked = None
        value, shown_s = values.get("value"), values.get("shown_s")
        if values.get("outcome") == "taken" and isinstance(value, str):
            shown = min(shown_s, MOST_SHOWN_S) if isinstance(shown_s, int) else MOST_SHOWN_S
            self._open[asked.field] = _Open(value, self._desk.clock.monotonic_s() + shown)
            self.taken.emit(asked.field)
        else:
            told = values.get("values")
            says = str(values.get("says") or "personal.busy")
            self.refused.emit(asked.field, _refusal(says, told if isinstance(told, Mapping) else {}))
        self.changed.emit()

    @Slot()
    def _on_second(self) -> None:
        now_s = self._desk.clock.monotonic_s()
        if self._asked is not None and now_s >= self._asked.until_s:
            field, self._asked = self._asked.field, None
            self.refused.emit(field, Refused("personal.busy"))
        for field in [name for name, each in self._open.items() if now_s >= each.until_s]:
            del self._open[field]
            self.changed.emit()
        if self._open:
            self.changed.emit()


def _refusal(says: str, values: Mapping[str, Any]) -> ConsoleError:
    return Refused(says, **{str(name): value for name, value in values.items()})
