"""How a console and a hub find out whether they still know each other: pure.

Beside its own checkpoint a console keeps two notes at the hub, one written in turn with the other. Each names a
session: a random name with a number, how far the hub was read, how far we were held there. The older note is read
after the newer one is written: so a hub that lost its past, or went back to an older state of itself, is noticed even
where that happened between reading a note and writing one. Sessions[0] is open: perhaps written, never yet seen to be.
Sessions[1] is the last one both sides are known to have written down.

Only up to sessions[1] a sequence of the hub is good for reading on: what was read after it left no mark there, and a
hub that went back would pass new rows by.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from console.core.replica import Session

MOST_SESSIONS = 24
"""Sessions kept here; a hub that went back further is read from its beginning."""
MOST_BEFORE = 8
"""Names of older sessions in a note."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One of the two notes at the hub."""

    session: Session
    before: tuple[str, ...]


class Verdict(StrEnum):
    """How we stand."""

    FRESH = "fresh"  # nothing is known yet on our side
    SAME = "same"  # both know the same last session
    WRITTEN = "written"  # the open session stands there: the answer to that was lost
    WENT_BACK = "went_back"  # the hub is an older state of itself
    WE_WENT_BACK = "we_went_back"  # we are an older state of ourselves, or somebody else has our name
    UNKNOWN = "unknown"  # it knows nothing of us, though we had met


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict, and our sessions as they are now. The first is open; the second is the one in common."""

    verdict: Verdict
    sessions: tuple[Session, ...]


def replication_id(console: str, place: str) -> str:
    """Under which name a console keeps its notes for a place."""
    return "kendali-" + hashlib.md5(f"{console}\n{place}".encode(), usedforsecurity=False).hexdigest()


def slot_of(name: str, session: Session) -> str:
    """Name of the note a session is written to."""
    return f"{name}-{number(session.id) % 2}"


def other_slot(name: str, session: Session) -> str:
    """Name of the note the session before it stands in."""
    return f"{name}-{(number(session.id) + 1) % 2}"


def beside(session: Session, stand: Sequence[str]) -> str:
    """Which of the sessions that stand in notes is not written over by this one; "" for none."""
    return next((each for each in stand if number(each) % 2 != number(session.id) % 2), "")


def number(session: str) -> int:
    """How many sessions there were before it."""
    head = session.partition(".")[0]
    return int(head) if head.isascii() and head.isdigit() and len(head) < 16 else 0


def session_named(ordinal: int, noise: str) -> str:
    """Name of a session."""
    return f"{ordinal}.{noise}"


def written(console: str, sessions: Sequence[Session]) -> dict[str, Any]:
    """The note for the open session."""
    opened, *past = sessions
    before = [each.id for each in past[:MOST_BEFORE]]
    return {
        "console": console,
        "session": opened.id,
        "since": opened.since,
        "pushed": opened.pushed,
        "before": before,
    }


def read_slot(note: Mapping[str, Any] | None) -> Slot | None:
    """A note as it was read; None where there is none, or it is none of ours."""
    if note is None:
        return None
    name, since, pushed, before = (note.get(each) for each in ("session", "since", "pushed", "before"))
    if not isinstance(name, str) or not isinstance(since, str) or not isinstance(pushed, int):
        return None
    older = tuple(each for each in before if isinstance(each, str)) if isinstance(before, list) else ()
    return Slot(Session(name, since, pushed), older)


def judge(sessions: Sequence[Session], slots: Sequence[Slot | None], noise: str) -> Judgement:
    """How a hub with these notes stands to us. `sessions` holds at least the open one."""
    opened, *past = sessions
    there = {slot.session.id: slot for slot in slots if slot is not None}
    newest = max(there.values(), key=lambda slot: number(slot.session.id), default=None)
    latest = max([number(opened.id), *(number(each) for each in there)])
    if opened.id in there and (not past or past[0].id in there):
        if there[opened.id].session == opened:
            return Judgement(Verdict.WRITTEN, closed(sessions, noise))
        # written from another copy of our store, which had read further or less far
        base = past[0] if past else opened
        return Judgement(Verdict.WE_WENT_BACK, (_opened(latest, base, noise, newest), *past))
    if not past:
        return Judgement(Verdict.FRESH, (_opened(latest, opened, noise, newest),))
    last = past[0]
    if newest is not None and newest.session.id == last.id:
        if newest.session != last:
            return _written_twice(past, newest, latest, noise)
        if number(opened.id) % 2 == number(last.id) % 2:
            opened = _opened(latest, opened, noise, newest)  # it must not be written over the last one
        return Judgement(Verdict.SAME, (opened, *past))
    return _strange(opened, past, {name: slot for name, slot in there.items() if name != opened.id}, latest, noise)


def _written_twice(past: Sequence[Session], newest: Slot, latest: int, noise: str) -> Judgement:
    """The last session stands there with other words: an attempt whose answer was lost, written over later, and the hub
    went back to the one of them, or we to the other. Only what stood before both is known."""
    last, *older = past
    base = older[0] if older else Session("", "0", 0)
    common = replace(last, since=base.since, pushed=min(base.pushed, newest.session.pushed))
    return Judgement(Verdict.WENT_BACK, (_opened(latest, common, noise, newest), common, *older))


def _strange(opened: Session, past: Sequence[Session], there: Mapping[str, Slot], latest: int, noise: str) -> Judgement:
    """The notes are not what we wrote last: the newest session in common tells who went back."""
    older = {name for slot in there.values() for name in slot.before}
    for place, session in enumerate(past):
        if session.id not in there and session.id not in older:
            continue
        kept = list(past[place:])
        base = Session("", session.since, session.pushed)
        foreign = any(name not in {each.id for each in past} for name in there)
        verdict = Verdict.WE_WENT_BACK if place == 0 and foreign else Verdict.WENT_BACK
        newest = max(there.values(), key=lambda slot: number(slot.session.id))
        return Judgement(verdict, (_opened(latest, base, noise, newest), *kept))
    return Judgement(Verdict.UNKNOWN, (opened, *past))


def _opened(latest: int, base: Session, noise: str, newest: Slot | None) -> Session:
    """A new open session, to be written over the older of the two notes."""
    ordinal = latest + 1
    if newest is not None and ordinal % 2 == number(newest.session.id) % 2:
        ordinal += 1
    return replace(base, id=session_named(ordinal, noise))


def closed(sessions: Sequence[Session], noise: str) -> tuple[Session, ...]:
    """The open session is known to be written: it is closed, and the next one opened."""
    opened, *past = sessions
    return (replace(opened, id=session_named(number(opened.id) + 1, noise)), opened, *past)[:MOST_SESSIONS]
