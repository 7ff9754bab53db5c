"""How we stand with the centre's database server, in words: state, places by name, bytes, and what is asked. No Qt."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from console.core.masking import masked
from console.core.pack import CityPack, Level
from console.core.phrases import Phrases
from console.core.places import complaints_place, files_place, shared_place
from console.core.records import HubNote, HubQuestion, HubState, SourceState

CHOICES = ("wait", "resend", "new")
"""What a person can answer (GOALS R16, R17). `resend`: what this console says counts; `new`: what the centre says.
What that means hangs on what is asked: `Asks`."""
_AGEING, _STALE = timedelta(minutes=2), timedelta(minutes=15)
CUT = "sync.cut"
"""The trouble of a link that is cut on purpose, also for a rehearsal."""
FEW_UNTAKEN = 5
APART_S = 120
"""Clocks further apart than that are told (GOALS R22)."""
_SIGN_IN = frozenset({"sync.hub.denied", "sync.hub.no_secret"})
"""Troubles that signing in can mend."""


class Asks(StrEnum):
    """Kinds of questions."""

    HUB = "hub"  # the centre is not what it was: nothing is exchanged
    THERE = "there"  # very much was deleted there: none of it is deleted here yet
    HERE = "here"  # very much was deleted here: none of it is deleted there yet


_KINDS = {"sync.exchange.deletions_there": Asks.THERE, "sync.exchange.deletions_here": Asks.HERE}


def asks(question: HubQuestion) -> Asks:
    """What kind of question it is."""
    return _KINDS.get(question.says, Asks.HUB)


def stands_still(hub: HubState) -> bool:
    """Whether any place is not exchanged at all until a person chooses."""
    return any(asks(each) is Asks.HUB for each in hub.questions)


def question_words(question: HubQuestion, pack: CityPack, phrases: Phrases) -> str:
    """The question in words, with the place as people know it."""
    return phrases.say(question.says, **{**question.values, "place": place_name(question.place, pack, phrases)})


def note_words(note: HubNote, pack: CityPack, phrases: Phrases) -> str:
    """What happened, in one sentence; where it happened at many places, how many they are."""
    many = len(note.places) > 1
    where = phrases.say("panels.hub.many_places", count=len(note.places)) if many else ""
    where = where or ", ".join(place_name(place, pack, phrases) for place in note.places)
    return phrases.say(note.says, **{**note.values, "where": where})


def untaken_words(hub: HubState, pack: CityPack, phrases: Phrases) -> list[str]:
    """What of the centre could not be taken: how much, then some of it with the reason, one a line."""
    if not hub.untaken_count:
        return []
    some = [
        f"{place_name(each.place, pack, phrases)} · {each.doc}: {phrases.say(each.says, **each.values)}"
        for each in hub.untaken[:FEW_UNTAKEN]
    ]
    more = hub.untaken_count - len(some)
    told = [phrases.say("panels.hub.more_titles", count=more)] if more else []
    return [phrases.say("panels.hub.untaken", count=hub.untaken_count), *some, *told]


def titles(question: HubQuestion, phrases: Phrases) -> list[str]:
    """What it is about, one a line, and how many more there are."""
    told = [masked(title) for title in question.titles]
    count = question.values.get("count", 0)
    more = count - question.named if isinstance(count, int) else 0
    return [*told, phrases.say("panels.hub.more_titles", count=more)] if told and more > 0 else told


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


def clocks(hub: HubState, phrases: Phrases) -> str:
    """That the centre's clock and ours differ, and by how much; "" while they do not by much."""
    if abs(hub.clock_s) <= APART_S:
        return ""
    span = phrases.span(abs(hub.clock_s))
    return phrases.say("panels.hub.clock_ahead" if hub.clock_s > 0 else "panels.hub.clock_behind", span=span)


def first_sync(hub: HubState) -> bool:
    """Whether some places have not been read to their end yet."""
    return hub.places_done < hub.places


def host(hub: HubState) -> str:
    """The server's name, without what may stand before or behind it in the address; one that is none, as it stands,
    but without what may be a secret."""
    try:
        found = urlsplit(hub.url).hostname
    except ValueError:
        found = None
    return found or hub.url.rpartition("@")[2]


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
