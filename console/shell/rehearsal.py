"""The rehearsal of an outage ("latihan putus"): asked of the engine for a set time, counted down, and reported.

The engine cuts the link and joins it again by itself, so that a screen that ends meanwhile leaves nobody cut off. What
stands in the report is what the engine counted; a number it did not tell is said to be unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from PySide6.QtCore import QObject, Signal

from console.core.command import Ask, CommandFace
from console.core.errors import Refused
from console.core.lifecycle import Deed
from console.core.phrases import Phrases
from console.models.desk import Desk

FACE = CommandFace(
    Deed.NOTE,
    "shell.rehearsal.title",
    "shell.rehearsal.says",
    asks=(Ask("seconds", "shell.rehearsal.for", "span"),),
)
"""What the form over the window asks."""
USUAL_S = "300"
"""Seconds that are offered first."""
_REPORT_WITHIN = timedelta(seconds=150)
"""The engine waits so long at most until what waited is sent, and reports then."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a rehearsal came to, as the engine told it. None where it told no such number."""

    seconds: float | None = None
    """How long the connection was out."""
    early: bool = False
    """Whether a person ended it before its time."""
    deeds: int | None = None
    refused: int | None = None
    sources: int | None = None
    waited: int | None = None
    """Changes that waited at its end."""
    left: int | None = None
    """Changes that still wait."""
    sent_s: float | None = None
    """Seconds until all that waited was sent; None where it was not."""


def read_report(values: Mapping[str, object]) -> Report:
    """The report of a note; what is unsound in it is left out."""
    known: dict[str, Any] = {"early": values.get("early") is True}
    for name, kinds in _NUMBERS.items():
        value = values.get(name)
        if isinstance(value, kinds) and not isinstance(value, bool) and value >= 0:
            known[name] = value
    return Report(**known)


_NUMBERS: Mapping[str, type[int] | tuple[type[int], type[float]]] = {
    "seconds": (int, float),
    "deeds": int,
    "refused": int,
    "sources": int,
    "waited": int,
    "left": int,
    "sent_s": (int, float),
}


class Rehearsal(QObject):
    """One at a time."""

    changed = Signal()
    """The connection was cut for it, or is joined again."""
    reported = Signal(object)
    """The `Report` of one that is over."""

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.until: datetime | None = None
        """When the connection is joined again; None while it is not cut for a rehearsal."""
        self._due: datetime | None = None
        """When a report that has not come by then will not come at all."""
        desk.news.told.connect(self._on_told)
        desk.ticks.second.connect(self._on_second)

    @property
    def left_s(self) -> float:
        """Seconds until the connection is joined again, 0 where it is."""
        return max(0.0, (self.until - self._desk.clock.now()).total_seconds()) if self.until is not None else 0.0

    def begin(self, answers: Mapping[str, str]) -> None:
        """Begin one of so many `seconds`. Raises `Refused` where the link is cut already, the last one is not
        reported yet, or no engine listens."""
        if self._desk.settings["sync.cut"]:
            raise Refused("shell.rehearsal.cut")
        if self._due is not None:
            raise Refused("shell.rehearsal.still")
        seconds = int(answers["seconds"])
        if not self._desk.tell("rehearse", {"seconds": seconds}):
            raise Refused("shell.rehearsal.no_engine")
        self._turn(self._desk.clock.now() + timedelta(seconds=seconds))

    def end(self) -> None:
        """Join the connection before its time."""
        if not self._desk.tell("cut", {"cut": False}):
            raise Refused("shell.rehearsal.no_engine")
        self._due = self._desk.clock.now() + _REPORT_WITHIN
        self._turn(None)

    def _on_told(self, note: str, values: Mapping[str, object]) -> None:
        if note == "rehearsed":
            self._due = None
            self._turn(None)
            self.reported.emit(read_report(values))

    def _on_second(self) -> None:
        now = self._desk.clock.now()
        if self.until is not None and now >= self.until:
            self._turn(None)
        if self._due is not None and now > self._due:
            self._due = None  # an engine that died meanwhile has joined the link again, and reports nothing

    def _turn(self, until: datetime | None) -> None:
        if until is not None:
            self._due = until + _REPORT_WITHIN
        if until != self.until:
            self.until = until
            self.changed.emit()


def report_page(report: Report, phrases: Phrases) -> tuple[str, str]:
    """Title and text (Markdown) of a report."""
    say = phrases.say
    worked = [
        _line("deeds", report.deeds, phrases),
        _line("refused", report.refused, phrases),
        say("shell.rehearsal.always"),
    ]
    waited = [
        _line("waited", report.waited, phrases),
        _sent(report, phrases),
        _line("sources", report.sources, phrases),
    ]
    parts = [
        _lasted(report, phrases),
        f"### {say('shell.rehearsal.worked')}\n\n{_listed(worked)}",
        f"### {say('shell.rehearsal.waiting')}\n\n{_listed(waited)}",
        say("shell.rehearsal.joined"),
    ]
    return say("shell.rehearsal.report"), "\n\n".join(parts)


def _listed(lines: list[str]) -> str:
    return "\n".join(f"- {line}" for line in lines if line)


def _line(name: str, count: int | None, phrases: Phrases) -> str:
    """A number with its words; one that was not told is unknown, and never naught."""
    return phrases.say(f"shell.rehearsal.line.{name}", count=phrases.say("core.unknown") if count is None else count)


def _sent(report: Report, phrases: Phrases) -> str:
    if report.waited == 0:
        return ""
    if report.sent_s is not None:
        return phrases.say("shell.rehearsal.line.sent", span=phrases.span(report.sent_s))
    return phrases.say("shell.rehearsal.line.left", count=report.left) if report.left is not None else ""


def _lasted(report: Report, phrases: Phrases) -> str:
    if report.seconds is None:
        return phrases.say("shell.rehearsal.over")
    key = "shell.rehearsal.early" if report.early else "shell.rehearsal.whole"
    return phrases.say(key, span=phrases.span(report.seconds))
