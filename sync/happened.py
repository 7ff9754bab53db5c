"""Facts of the exchange that people should know of: a line of the log, and a note for the screen.

Most facts are none of that. What happens at many places at about the same time (a centre restored from an older copy)
is one note with their sums.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from console.core.records import HubNote
from sync.peering import Fact, HeldUp, Mismatch, Quarantined, Restored, WentBack

MOST = 10
"""Notes kept."""
KEPT = timedelta(days=1)
TOGETHER = timedelta(minutes=15)
"""The same at another place within that time is the same note."""

Tell = Callable[..., object]
"""A line of the log: a phrase key and values."""


def note_of(fact: Fact, now: datetime) -> HubNote | None:
    """What the screen tells of it; None for nothing."""
    found = _worth_telling(fact)
    return HubNote(now, *found, (fact.place,)) if found is not None else None


def _worth_telling(fact: Fact) -> tuple[str, Mapping[str, int]] | None:
    match fact:
        case Restored():
            return "sync.happened.restored", {"given": fact.given_back}
        case WentBack():
            return "sync.happened.went_back", {}
        case Mismatch() if fact.fetched or fact.given_back:
            values = {"here": fact.here, "there": fact.there, "fetched": fact.fetched, "given": fact.given_back}
            return "sync.happened.mismatch", values
        case Quarantined():
            return "sync.happened.quarantined", {"count": len(fact.refused)}
    return None


def log(fact: Fact, tell: Tell) -> None:
    """Its line in the log, where it is worth one."""
    match fact:
        case Restored():
            tell("engine.hub_restored", source=fact.place, given=fact.given_back)
        case WentBack():
            tell("engine.hub_went_back", source=fact.place)
        case Mismatch() if fact.fetched or fact.given_back or fact.here != fact.there:
            values = {"here": fact.here, "there": fact.there, "fetched": fact.fetched, "given": fact.given_back}
            tell("engine.hub_mismatch", source=fact.place, **values)
        case Quarantined():
            tell("engine.hub_untaken", source=fact.place, count=len(fact.refused), why=fact.refused[0].says)
        case HeldUp():
            tell("engine.hub_asks", source=fact.place, why=fact.says)


def with_note(notes: tuple[HubNote, ...], note: HubNote) -> tuple[HubNote, ...]:
    """Those notes with another one, the newest first."""
    for old in notes:
        if old.says == note.says and abs(note.at - old.at) <= TOGETHER:
            values = {name: old.values.get(name, 0) + value for name, value in note.values.items()}
            places = tuple(dict.fromkeys((*old.places, *note.places)))
            both = replace(old, values=values, places=places)
            return tuple(both if each is old else each for each in notes)
    return (note, *notes)[:MOST]


def lately(notes: tuple[HubNote, ...], now: datetime) -> tuple[HubNote, ...]:
    """Those of the last day. A clock that was set back ends none early."""
    return tuple(each for each in notes if now - each.at <= KEPT)
