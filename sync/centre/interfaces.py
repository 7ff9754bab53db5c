"""The other interfaces of the embedded centre: what a path answers now, and on which days it behaves badly.

Like the town, they hang on nothing but a seed and the time they are asked at. Every interface has its moods, drawn for
two hours at a time: late, double, out of order, revised, wrong or gone. A demo that only ever shows good days teaches
nobody what a source that lies looks like.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol, TypeVar
from urllib.parse import parse_qsl

from sync.centre.dice import Dice

T = TypeVar("T")
HOUR_MS = 3_600_000
SLOT_MS = 2 * HOUR_MS
LATE_MS = 25 * 60_000
_BAD_SHARE = 0.08
"""Of its slots an interface behaves badly in about so many."""
PAGE = b"<!doctype html><html><head><title>Gerbang jaringan</title></head><body>Silakan masuk.</body></html>"


class Mood(StrEnum):
    """How an interface behaves."""

    CALM = "calm"
    LATE = "late"  # what it says is 25 minutes old
    DOUBLE = "double"  # some records twice
    REORDERED = "reordered"
    REVISED = "revised"  # values of before are told otherwise
    WRONG = "wrong"  # a portal's page with status 200, or an answer that is cut
    GONE = "gone"  # 503


_BAD = (Mood.LATE, Mood.DOUBLE, Mood.REORDERED, Mood.REVISED, Mood.WRONG, Mood.GONE)
Moods = Callable[[str, int], Mood]
"""Part of an interface (`/bmkg/cap`) and instant (ms) to its mood: one part may fail while the next one goes on."""


class Wanted(NamedTuple):
    """One question."""

    path: str
    """Behind the interface's own beginning."""
    query: Mapping[str, str]
    at: int
    """For which instant it is answered, ms: that of now, but for one that is late."""
    base: str
    """Where the centre listens: `http://127.0.0.1:8080`."""
    mood: Mood


class Served(NamedTuple):
    """One answer."""

    type: str
    body: bytes
    status: int = 200


class Interface(Protocol):
    """One interface of the city's or the nation's."""

    prefix: str
    """Beginning of its paths: `/bmkg`."""

    def answer(self, wanted: Wanted) -> Served | None:
        """What is there, None for nothing."""
        ...


class Interfaces:
    """All of them."""

    def __init__(self, all_: Sequence[Interface], moods: Moods) -> None:
        self._all = {each.prefix: each for each in all_}
        self._moods = moods

    def answer(self, path: str, query: str, now: int, base: str) -> Served | None:
        """What a path answers at `now` (ms), None where it is none of an interface's."""
        parts = path.split("/")
        for places in (1, 2):  # the first part may be a word for what the centre serves
            prefix = f"/{parts[places]}" if len(parts) > places else ""
            found = self._all.get(prefix)
            if found is not None:
                part = f"{prefix}/{parts[places + 1] if len(parts) > places + 1 else ''}"
                mood = self._moods(part, now)
                if mood is Mood.GONE:
                    return Served("text/plain; charset=utf-8", b"down for maintenance\n", 503)
                at = now - LATE_MS if mood is Mood.LATE else now
                rest = "/" + "/".join(parts[places + 1 :])
                served = found.answer(Wanted(rest, dict(parse_qsl(query, keep_blank_values=True)), at, base, mood))
                return _spoilt(served, Dice("wrong", part, now // SLOT_MS)) if mood is Mood.WRONG else served
        return None


def drawn(seed: int) -> Moods:
    """Moods as the seed has them."""

    def mood(prefix: str, now: int) -> Mood:
        dice = Dice(seed, "mood", prefix, now // SLOT_MS)
        return dice.of(_BAD) if dice.unit() < _BAD_SHARE else Mood.CALM

    return mood


def calm(_prefix: str, _now: int) -> Mood:
    """Always well."""
    return Mood.CALM


def mixed(records: Sequence[T], mood: Mood, key: object) -> list[T]:
    """The records as that mood tells them: some twice, or out of order."""
    found, dice = list(records), Dice("mixed", key)
    if mood is Mood.DOUBLE:
        found += [each for each in records if dice.unit() < 0.3] or found[:1]
    if mood in (Mood.DOUBLE, Mood.REORDERED):
        for place in range(len(found) - 1, 0, -1):
            other = dice.below(place + 1)
            found[place], found[other] = found[other], found[place]
    return found


def _spoilt(served: Served | None, dice: Dice) -> Served | None:
    if served is None or served.status != 200:
        return served
    if dice.below(2):
        return Served("text/html; charset=utf-8", PAGE)
    return served._replace(body=served.body[: max(1, len(served.body) * 2 // 3)])
