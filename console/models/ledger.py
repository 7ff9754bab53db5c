"""The ledger in words: deeds, people, times and what is wrong with the chain; and where one is in its pages. No Qt."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from console import commands
from console.core.clock import from_millis
from console.core.errors import Fault
from console.core.lifecycle import Deed
from console.core.pack import CityPack
from console.core.phrases import Phrases
from console.core.records import LedgerEntry, LedgerFilter, LedgerState, Reveal

_TIMES = ("at", "since")
"""Values of a break that are times, in ms."""
_MOST_ODD = 5
"""Openings without a case that are named, the newest; the rest is counted."""
_LONG = 12
"""Characters of a hash that are shown."""


class When(StrEnum):
    """A span of time one may ask for."""

    ALWAYS = "always"
    TODAY = "today"
    WEEK = "week"
    MONTH = "month"


_SPANS = {When.TODAY: timedelta(days=1), When.WEEK: timedelta(days=7), When.MONTH: timedelta(days=30)}


@dataclass(frozen=True, slots=True)
class LedgerAsked:
    """What of the ledger is shown: a filter, and before which row; the rows before which newer pages began."""

    who: str | None = None
    deed: str | None = None
    when: When = When.ALWAYS
    before: int | None = None
    newer: tuple[int | None, ...] = field(default=())

    def filter(self, now: datetime) -> LedgerFilter:
        """The same as the store is asked."""
        span = _SPANS.get(self.when)
        return LedgerFilter(self.who, self.deed, None if span is None else now - span)

    def older_than(self, last: int) -> LedgerAsked:
        """The page after one whose last row is `last`."""
        return replace(self, before=last, newer=(*self.newer, self.before))

    @property
    def one_newer(self) -> LedgerAsked:
        """The page before this one; the first where there is none."""
        return replace(self, before=self.newer[-1], newer=self.newer[:-1]) if self.newer else self.newest

    @property
    def newest(self) -> LedgerAsked:
        """The first page of the same filter."""
        return replace(self, before=None, newer=())

    @property
    def narrowed(self) -> bool:
        """Whether anything is left out."""
        return self.who is not None or self.deed is not None or self.when is not When.ALWAYS


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One row, worded."""

    entry: LedgerEntry
    number: str
    at: str
    who: str
    deed: str
    about: str

    @property
    def key(self) -> str:
        """Its number."""
        return str(self.entry.n)


@dataclass(frozen=True, slots=True)
class LedgerWording:
    """Tells rows in one language and city, as at `now`."""

    pack: CityPack
    phrases: Phrases
    now: datetime
    named: Mapping[str, str] = field(default_factory=dict)
    """Names of persons by their ids."""

    def line(self, entry: LedgerEntry) -> LedgerLine:
        """One row in words."""
        about = self.subject(entry.subject)
        if entry.told.get("outcome") == "refused" and entry.why:
            about = f"{about} · {self.phrases.say('panels.ledger.refused', says=self.why(entry))}"
        return LedgerLine(
            entry, self.phrases.show(entry.n), self.moment(entry.at), self.who(entry.who), self.deed(entry.deed), about
        )

    def subject(self, subject: str) -> str:
        """What it was done to; a person by name, where one is known."""
        kind, _, name = subject.partition(":")
        return self.named.get(name, subject) if kind == "person" else subject

    def who(self, who: str) -> str:
        """A person's name; what the console did by itself has none."""
        return who or self.phrases.say("panels.ledger.nobody")

    def deed(self, deed: str) -> str:
        """A kind of deed; one of a newer edition is named by its code."""
        known = commands.found().get(Deed(deed)) if deed in Deed._value2member_map_ else None
        if known is not None:
            return self.phrases.say(known.face.title)
        said = self.phrases.say(f"ledger.deed.{deed}")
        return deed if said.startswith("«") else said

    def why(self, entry: LedgerEntry) -> str:
        """The reason a person gave; of a refused command why it was refused."""
        said = self.phrases.say(entry.why) if entry.told.get("outcome") == "refused" else entry.why
        return entry.why if said.startswith("«") else said

    def moment(self, at: datetime | None) -> str:
        """An instant in the city's time."""
        if at is None:
            return self.phrases.say("core.unknown")
        return self.phrases.moment(at, self.pack.zone, self.pack.zone_label, self.now)

    def facts(self, entry: LedgerEntry) -> list[tuple[str, str]]:
        """All a row says: a label and a value each; what is not given is left out."""
        shown = {
            "n": self.phrases.show(entry.n),
            "at": self.moment(entry.at),
            "hub_at": self.moment(entry.hub_at) if entry.hub_at is not None else "",
            "who": self.who(entry.who),
            "session": entry.session,
            "deed": self.deed(entry.deed),
            "subject": self.subject(entry.subject),
            "why": self.why(entry),
            "told": json.dumps(dict(entry.told), ensure_ascii=False, sort_keys=True) if entry.told else "",
            "hash": f"{entry.hash[:_LONG]}… ← {entry.prev[:_LONG]}…" if entry.prev else f"{entry.hash[:_LONG]}…",
        }
        return [(self.phrases.say(f"panels.ledger.fact.{name}"), value) for name, value in shown.items() if value]

    def week(self, reveals: Sequence[Reveal]) -> tuple[str, str]:
        """What was opened of people in the last week: how much and by whom; and what without a case, "" for nothing."""
        say = self.phrases.say
        odd = [each for each in reveals if not each.cased]
        told = [say("panels.ledger.opened", count=len(reveals), odd=len(odd))]
        for who in sorted({each.entry.who for each in reveals}):
            mine = [each for each in reveals if each.entry.who == who]
            values = {"who": self.who(who), "count": len(mine), "odd": sum(not each.cased for each in mine)}
            told.append(say("panels.ledger.opened_of", **values))
        rows = [self.line(each.entry) for each in odd[-_MOST_ODD:]]
        lines = [" · ".join((row.number, row.at, row.who, row.about, self.why(row.entry))) for row in reversed(rows)]
        more = [say("panels.ledger.opened_more", count=len(odd) - len(rows))] if len(odd) > len(rows) else []
        return " ".join(told), "\n".join([say("panels.ledger.opened_odd"), *lines, *more]) if odd else ""

    def standing(self, state: LedgerState) -> tuple[str, str]:
        """How the chain stands: what is sound, and what is broken, "" where nothing is."""
        say, sound, broken = self.phrases.say, "", ""
        if state.breaks:
            broken = say("panels.ledger.broken", says=self.fault(state.breaks[0]))
            if len(state.breaks) > 1:
                broken += " " + say("panels.ledger.broken_more", count=len(state.breaks) - 1)
        elif state.last:
            sound = say("panels.ledger.sound", count=state.looked, n=state.last, at=self.moment(state.at))
            if state.anchored:
                at = self.moment(state.anchored_at)
                sound += " " + say("panels.ledger.anchored", n=state.anchored, at=at)
            else:
                sound += " " + say("panels.ledger.unanchored")
        return sound, broken

    def fault(self, fault: Fault) -> str:
        """What is wrong with a row."""
        values = dict(fault.values)
        for name in _TIMES:
            if isinstance(values.get(name), int):
                values[name] = self._instant(values[name])
        return self.phrases.say(fault.says, **values)

    def _instant(self, ms: int) -> str:
        try:
            return self.moment(from_millis(ms))
        except (OverflowError, ValueError, OSError):
            return str(ms)

    def people(self, names: Sequence[str]) -> list[tuple[str, str]]:
        """Names one may ask for, with what is shown for each."""
        return [(name, self.who(name)) for name in names]

    def deeds(self, codes: Sequence[str]) -> list[tuple[str, str]]:
        """Kinds of deeds one may ask for, by their words."""
        return sorted(((code, self.deed(code)) for code in codes), key=lambda each: each[1].casefold())
