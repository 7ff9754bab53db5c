"""How we stand with the centre's database server, in words: state, places by name, bytes, and what is asked. No Qt."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from console.core.pack import CityPack, Level
from console.core.phrases import Phrases
from console.core.places import complaints_place, files_place, shared_place
from console.core.records import HubState, SourceState

CHOICES = ("wait", "resend", "new")
"""What a person can answer where the centre is not what it was (GOALS R16)."""
_AGEING, _STALE = timedelta(minutes=2), timedelta(minutes=15)
CUT = "sync.cut"
"""The trouble of a link that is cut on purpose, also for a rehearsal."""
_SIGN_IN = frozenset({"sync.hub.denied", "sync.hub.no_secret"})
"""Troubles that signing in can mend."""


def standing(hub: HubState, now: datetime, cut: bool) -> SourceState:
    """How the centre stands, on the same scale as a source."""
    if cut or hub.trouble == CUT:
        return SourceState.CUT
    if not hub.url:
        return SourceState.NEVER
    if hub.questions:
        return SourceState.SHAPE_CHANGED
    if wants_sign_in(hub):
        return SourceState.DENIED
    if hub.trouble:
        return SourceState.LOST
    if hub.last_good_at is None:
        return SourceState.NEVER
    age = abs(now - hub.last_good_at)  # a word from ahead of now, by a clock set back, is as far off as an old one
    return SourceState.FRESH if age <= _AGEING else SourceState.AGEING if age <= _STALE else SourceState.STALE


def state_word(hub: HubState, now: datetime, cut: bool, phrases: Phrases) -> str:
    """The same in a word or two."""
    if not cut and not hub.url:
        return phrases.say("panels.hub.state.none")
    if not cut and hub.questions:
        return phrases.say("panels.hub.state.asks")
    if not cut and not hub.trouble and first_sync(hub):
        return phrases.say("panels.hub.state.first")
    return phrases.say(f"panels.source.{standing(hub, now, cut)}")


def wants_sign_in(hub: HubState) -> bool:
    """Whether signing in would help."""
    return hub.trouble in _SIGN_IN


def first_sync(hub: HubState) -> bool:
    """Whether some places have not been read to their end yet."""
    return hub.places_done < hub.places


def host(hub: HubState) -> str:
    """The server's name, without what may stand before or behind it in the address."""
    return urlsplit(hub.url).hostname or hub.url


def size(count: int, phrases: Phrases) -> str:
    """Bytes as people read them: 412 KB, 1,2 MB."""
    for unit, step in (("gb", 1e9), ("mb", 1e6)):
        if count >= step:
            return phrases.say(f"panels.hub.size.{unit}", count=_short(count / step))
    return phrases.say("panels.hub.size.kb", count=max(0, round(count / 1000)))


def _short(value: float) -> float | int:
    rounded = round(value, 1)
    return int(rounded) if rounded == int(rounded) or rounded >= 100 else rounded


def place_name(place: str, pack: CityPack, phrases: Phrases) -> str:
    """A place of the exchange as people know it; its own name where it is none of this city."""
    if place == shared_place(pack.id):
        return phrases.say("panels.hub.place.shared")
    if place == files_place(pack.id):
        return phrases.say("panels.hub.place.files")
    if place == complaints_place(pack.id, ""):
        return phrases.say("panels.hub.place.nowhere")
    for area in pack.areas.values():
        if area.level is Level.KECAMATAN and complaints_place(pack.id, area.code) == place:
            return phrases.say("panels.hub.place.complaints", area=area.name)
    return place
