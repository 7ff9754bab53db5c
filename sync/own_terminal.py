"""`feed add`, `feed drop`, `feed own`, `feed key`: sources of one's own, from the terminal, and keys of those that take
reports. They hold from the next start on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from console.core.clock import Clock
from console.core.errors import BadPack, Refused
from console.core.pack_lists import EMBEDDED
from console.core.phrases import Phrases
from console.core.safe_text import one_line
from console.store import own_feeds, slips
from console.store.files import Profile
from sync.chosen import pack_of
from sync.credentials import Credentials
from sync.feeds import found
from sync.tokens import account, takes_key

Line = Callable[[str], object]
STALE_CADENCES = 6
"""Where nobody says when a source is late: after so many periods."""


def typed(id_: str, given: Any) -> Mapping[str, Any]:
    """What was typed, as a table of a pack's file. An option without `=` raises `Refused`."""
    title = given.title or id_
    return {
        "id": id_,
        "kind": given.kind,
        "title": {"id": title, "en": title},
        "address": given.address,
        "cadence_s": given.cadence,
        "stale_after_s": given.stale if given.stale is not None else given.cadence * STALE_CADENCES,
        **({"licence": given.licence} if given.licence else {}),
        **({"options": options(given.option)} if given.option else {}),
    }


def options(words: Sequence[str]) -> dict[str, str]:
    """NAME=VALUE words as options. One without a name raises `Refused`."""
    told = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name.strip():
            raise Refused("sync.own.option", option=word[:80])
        told[name.strip()] = value.strip()
    return told


def feed_add(folder: Path, given: Any, line: Line, phrases: Phrases, *, who: str, clock: Clock) -> int:
    """Keep a source. 0; 2 and every fault where it is unsound."""
    profile, kinds = Profile.at(folder), found()
    try:
        entry = own_feeds.checked(typed(given.id, given))
    except BadPack as trouble:
        for fault in trouble.faults:
            line(phrases.tell(fault))
        return 2
    if entry.kind not in kinds:
        raise Refused("sync.try.kind", kind=entry.kind, kinds=", ".join(kinds))
    own = {each.id for each in own_feeds.own_feeds(profile)[0]}
    own_feeds.add(profile, entry, [each.id for each in pack_of(profile).feeds if each.id not in own])
    slips.hand_in(profile, clock, "feed.add", who=who, subject=entry.id)
    line(phrases.say("sync.own.added", id=entry.id))
    return 0


def feed_drop(folder: Path, source: str, line: Line, phrases: Phrases, *, who: str, clock: Clock) -> int:
    """Forget a source of one's own."""
    profile = Profile.at(folder)
    own_feeds.drop(profile, source)
    slips.hand_in(profile, clock, "feed.drop", who=who, subject=source)
    line(phrases.say("sync.own.dropped", id=source))
    return 0


def feed_key(
    folder: Path,
    source: str,
    secret: str,
    line: Line,
    phrases: Phrases,
    *,
    who: str,
    clock: Clock,
    credentials: Credentials | None = None,
) -> int:
    """Keep the key of a source, for reports that are handed on to it or for reading it, in the keyring alone; ""
    forgets it. It goes to the source's address as it is declared now, and to no other."""
    profile, known = Profile.at(folder), credentials or Credentials()
    entry = next((each for each in pack_of(profile).feeds if each.id == source), None)
    if entry is None or not takes_key(entry) or entry.address.startswith(EMBEDDED):
        raise Refused("post.no_target", source=source)
    if not known.durable:
        raise Refused("sync.own.no_keyring")
    if secret:
        kept = known.keep(entry.address, account(source), secret)
        if not kept:
            raise Refused("sync.own.no_keyring")
    else:
        known.forget(entry.address, account(source))
    slips.hand_in(profile, clock, "feed.key", who=who, subject=source)
    line(phrases.say("sync.own.key_kept" if secret else "sync.own.key_dropped", id=source))
    return 0


def feed_own(folder: Path, line: Line, phrases: Phrases) -> int:
    """Id, kind and address of each, one a line; 2 where some of the file is unsound, each fault told."""
    entries, faults = own_feeds.own_feeds(Profile(folder))
    for entry in entries:
        line("\t".join(one_line(each) for each in (entry.id, entry.kind, entry.address)))
    for fault in faults:
        line(phrases.tell(fault))
    return 2 if faults else 0
