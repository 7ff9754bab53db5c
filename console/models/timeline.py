"""The history of a complaint in words: who did what and when, what waits, what was taken back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from console import commands
from console.core.forwarding import FORWARDED, OUTCOMES
from console.core.lifecycle import Deed, State
from console.core.masking import masked
from console.core.pack import CityPack
from console.core.personal import whole_of_deed
from console.core.phrases import Phrases
from console.core.records import Event

BY_SOURCE = "source"


@dataclass(frozen=True, slots=True)
class Entry:
    """One event, worded."""

    id: str
    at: str
    by: str
    what: str
    text: str
    state: State | None
    """The state it led to, None where it led to none."""
    pending: bool
    undone: bool
    deed: str = ""
    """What was done, in a word or two."""
    covered: bool = False
    """Whether something of its words is covered, and may be opened with a reason."""


def entries(events: Iterable[Event], pack: CityPack, phrases: Phrases, now: datetime) -> list[Entry]:
    """Those events in words, in their order."""
    return [_entry(event, pack, phrases, now) for event in events]


def _entry(event: Event, pack: CityPack, phrases: Phrases, now: datetime) -> Entry:
    moved = event.after is not None and event.after is not event.before
    text = masked(event.text)
    return Entry(
        event.id,
        phrases.moment(event.at, pack.zone, pack.zone_label, now),
        event.by,
        _what(event, pack, phrases),
        text,
        event.after if moved else None,
        event.pending,
        event.undone,
        _deed_name(event.deed, phrases),
        bool(whole_of_deed(event.fields)) or text != event.text,
    )


def _what(event: Event, pack: CityPack, phrases: Phrases) -> str:
    """The deed and what it changed: "Disposisi · PU · Terverifikasi → Didisposisikan"."""
    if event.deed in OUTCOMES:
        target = str(event.fields.get("target_name") or event.fields.get("target") or "")
        report = str(event.fields.get("report") or "")
        says = event.deed if report or event.deed != FORWARDED else "forwarded_token"
        return phrases.say(f"forward.history.{says}", target=target, number=report)
    parts = [_deed_name(event.deed, phrases)]
    if event.deed == Deed.FORWARD:
        parts += [str(event.fields[name]) for name in ("target_name", "service_name") if event.fields.get(name)]
    opd = event.fields.get("opd")
    if isinstance(opd, str) and opd:
        parts.append(pack.opd_name(opd))
    if event.after is not None and event.after is not event.before:
        after = phrases.say(f"state.{event.after.name}")
        if event.before is None:
            parts.append(after)
        else:
            parts.append(f"{phrases.say(f'state.{event.before.name}')} → {after}")
    return " · ".join(parts)


def _deed_name(deed: str, phrases: Phrases) -> str:
    if deed == BY_SOURCE:
        return phrases.say("panels.timeline.source")
    kind = commands.found().get(Deed(deed)) if deed in Deed._value2member_map_ else None
    return phrases.say(kind.face.title) if kind is not None else deed
