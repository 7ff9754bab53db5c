"""What sources tell that is no complaint, in words: one line of a list, the facts of one item. No Qt.

The source's own word for how grave something is always stands there; the mark beside it is CAP's severity alone, for
ladders are never mixed (A14). What is only practice says so before anything else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from console.core.items import Item, ItemKind, ItemRow
from console.core.masking import masked
from console.core.pack import CityPack
from console.core.phrases import Phrases

SEVERITIES = ("Extreme", "Severe", "Moderate", "Minor", "Unknown")
"""CAP 1.2 section 3.2.2, the gravest first."""
_INFO_FACTS = ("event", "urgency", "severity", "certainty")
_INFO_TEXTS = ("headline", "description", "instruction")
_ARTICLE = {ItemKind.ARTICLE, ItemKind.POST, ItemKind.REPORT}
_MOST_AREAS = 12


class Span(StrEnum):
    """How far back one looks."""

    DAY = "day"
    WEEK = "week"
    ALL = "all"


SPANS = {Span.DAY: timedelta(days=1), Span.WEEK: timedelta(days=7)}


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One row, worded."""

    key: str
    severity: int
    """Place in `SEVERITIES`, -1 for what is no warning."""
    kind: str
    title: str
    second: str
    place: str
    when: str
    age: str
    practice: bool = False


@dataclass(frozen=True, slots=True)
class ItemSheet:
    """One item whole: facts as (label, value), then paragraphs."""

    title: str
    facts: tuple[tuple[str, str], ...]
    paragraphs: tuple[str, ...]


def severity_of(item: Item) -> int:
    """Place of the gravest block in `SEVERITIES`; -1 for what is no warning."""
    if item.kind is not ItemKind.ALERT:
        return -1
    found = [SEVERITIES.index(each["severity"]) for each in infos(item.body) if each.get("severity") in SEVERITIES]
    return min(found, default=len(SEVERITIES) - 1)


def infos(body: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The blocks of a warning, one a language or an area."""
    found = body.get("infos")
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


@dataclass(frozen=True, slots=True)
class ItemWording:
    """Tells items in one language and city, as at `now`."""

    pack: CityPack
    phrases: Phrases
    now: datetime
    sources: Mapping[str, str] = field(default_factory=dict)
    """Id of a source to its title."""

    def line(self, row: ItemRow) -> ItemLine:
        """One row in words."""
        item, say = row.item, self.phrases.say
        status = str(item.body.get("status", ""))
        practice = item.kind is ItemKind.ALERT and status not in ("", "Actual")
        title = self.title(item)
        if practice:
            title = f"{say('panels.tidings.practice', status=status)} {title}"
        second = [self.source(item.source)]
        if row.gone_at is not None:
            second.append(say("panels.tidings.gone", at=self.moment(row.gone_at)))
        elif item.ends_at is not None:
            key = "over" if item.ends_at <= self.now else "until"
            second.append(say(f"panels.tidings.{key}", at=self.moment(item.ends_at)))
        return ItemLine(
            item.id,
            severity_of(item),
            self.kind(item.kind),
            title,
            " · ".join(second),
            self.place(item),
            self.moment(item.observed_at),
            self.phrases.span(max(0.0, (self.now - item.observed_at).total_seconds())),
            practice,
        )

    def sheet(self, row: ItemRow) -> ItemSheet:
        """All of one item, what people wrote with numbers and names covered."""
        item, say = row.item, self.phrases.say
        facts = [(say("panels.tidings.fact.source"), self.source(item.source))]
        if item.level:
            facts.append((say("panels.tidings.fact.level"), item.level))
        observed = self.moment(item.observed_at)
        if item.zone_assumed:
            observed = f"{observed} · {say('panels.complaint.zone_assumed')}"
        facts.append((say("panels.tidings.fact.observed"), observed))
        for name, at in (("starts", item.starts_at), ("ends", item.ends_at), ("revised", item.revised_at)):
            if at is not None:
                facts.append((say(f"panels.tidings.fact.{name}"), self.moment(at)))
        facts.append((say("panels.tidings.fact.received"), self.moment(row.received_at)))
        if place := self.place(item):
            facts.append((say("panels.tidings.fact.place"), place))
        if item.lat is not None and item.lon is not None:
            facts.append((say("panels.tidings.fact.point"), f"{item.lat:.4f}, {item.lon:.4f}"))
        if item.url:
            facts.append((say("panels.tidings.fact.url"), item.url))
        more, paragraphs = self._told(item)
        return ItemSheet(self.title(item), (*facts, *more), tuple(each for each in paragraphs if each))

    def _told(self, item: Item) -> tuple[list[tuple[str, str]], list[str]]:
        """What is special to its kind."""
        if item.kind is ItemKind.ALERT and (info := self._info(item)):
            facts = [(self.phrases.say(f"panels.tidings.fact.{name}"), str(info.get(name, ""))) for name in _INFO_FACTS]
            areas = [str(each.get("areaDesc", "")) for each in info.get("areas", ()) if isinstance(each, Mapping)]
            named = [each for each in areas if each]
            if named:
                told = ", ".join(named[:_MOST_AREAS])
                rest = len(named) - _MOST_AREAS
                more = f" {self.phrases.say('panels.tidings.more', count=rest)}" if rest > 0 else ""
                facts.append((self.phrases.say("panels.tidings.fact.areas"), told + more))
            sender = str(info.get("senderName") or item.body.get("sender", ""))
            facts.append((self.phrases.say("panels.tidings.fact.sender"), sender))
            return [each for each in facts if each[1]], [str(info.get(name, "")) for name in _INFO_TEXTS]
        text = masked(item.text) if item.kind in _ARTICLE else item.text
        plain = [
            (name, str(value))
            for name, value in item.body.items()
            if isinstance(value, str | int | float) and not isinstance(value, bool) and str(value)
        ]
        return [(self._field(name), value) for name, value in plain[:_MOST_AREAS]], [text]

    def _info(self, item: Item) -> Mapping[str, Any]:
        """The block in the language spoken, else the first."""
        found = infos(item.body)
        for each in found:
            if str(each.get("language", "")).casefold().startswith(self.phrases.language):
                return each
        return found[0] if found else {}

    def title(self, item: Item) -> str:
        """What it is called; what people wrote with numbers and names covered."""
        info = self._info(item) if item.kind is ItemKind.ALERT else {}
        told = str(info.get("headline") or info.get("event") or "") or item.title or item.native_id
        return masked(told) if item.kind in _ARTICLE else told

    def kind(self, kind: ItemKind) -> str:
        """A kind in words."""
        return self.phrases.say(f"panels.tidings.kind.{kind}")

    def place(self, item: Item) -> str:
        """The area it is about, by name; what a warning calls its areas where none is known."""
        if item.area:
            return self.pack.area_name(item.area)
        areas = self._info(item).get("areas", ()) if item.kind is ItemKind.ALERT else ()
        named = [str(each.get("areaDesc", "")) for each in areas if isinstance(each, Mapping) and each.get("areaDesc")]
        if len(named) > 1:
            return self.phrases.say("panels.tidings.areas", count=len(named))
        return "".join(named)

    def source(self, source: str) -> str:
        """Title of a source."""
        return self.sources.get(source, source)

    def moment(self, at: datetime) -> str:
        """An instant in the city's time."""
        return self.phrases.moment(at, self.pack.zone, self.pack.zone_label, self.now)

    def _field(self, name: str) -> str:
        """A field of a body: in words where we have them, else by its own name."""
        key = f"panels.tidings.field.{name}"
        return self.phrases.say(key) if key in self.phrases.keys(self.phrases.language) else name


def measured(value: float, phrases: Phrases) -> str:
    """A value as people read it, with as many decimals as it has, two at most."""
    rounded = round(value, 2)
    if rounded == int(rounded):
        return phrases.show(int(rounded))
    text = f"{rounded:,.2f}".rstrip("0")
    return text if phrases.language == "en" else text.translate(str.maketrans(",.", ".,"))
