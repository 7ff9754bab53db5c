"""What a person asks about sources: to pause one, to go on with it, to try one out, to add one, to drop one.

A trial asks as the source will be asked, stores nothing, and takes its time on a thread of its own. What is added is
kept in the profile (console/store/own_feeds.py) and asked from now on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from console.core.clock import Clock
from console.core.errors import BadPack, ConsoleError, Refused
from console.core.pack import CityPack, FeedEntry
from console.core.records import Batch
from console.store import own_feeds
from console.store.files import Profile
from console.store.keeper import Keeper
from sync.bookkeeping import Bookkeeping
from sync.feed import Answer, Ask, Feed, Memo
from sync.hub import THREAD as HUB_THREAD
from sync.local_files import is_local, path_of
from sync.sources import Sources

NOTE = "feed"
MOST_ASKS = 6
"""Answers one trial asks for: an index and some of what it names."""
SAMPLES = 5
_MOST_WHY = 5
END_WITHIN_S = 20.0
"""A fetch under way ends within its deadline."""


@dataclass(frozen=True, slots=True)
class Means:
    """What the deeds work with."""

    profile: Profile
    pack: CityPack
    sources: Sources
    kinds: Mapping[str, type[Feed]]
    fetch: Callable[..., Answer]
    read: Callable[[Feed, Answer, Memo], Batch]
    keeper: Keeper
    books: Bookkeeping
    clock: Clock
    say: Callable[..., None]


class OwnSources:
    """One engine's. `hear` is for the listening thread."""

    def __init__(self, means: Means) -> None:
        self._means = means

    def hear(self, values: Mapping[str, Any], *, who: str, session: str) -> None:
        """Do what a note asks for, and answer it."""
        ask, do = str(values.get("id", "")), str(values.get("do", ""))
        if do == "try":
            job = lambda: self._answer(ask, lambda: self._try(values))  # noqa: E731
            threading.Thread(target=job, name=f"{HUB_THREAD}trial", daemon=True).start()
            return
        self._answer(ask, lambda: self._do(do, values, who=who, session=session))

    def _answer(self, ask: str, job: Callable[[], Mapping[str, Any]]) -> None:
        say = self._means.say
        try:
            say(NOTE, id=ask, state="done", **job())
        except BadPack as trouble:
            faults = [[each.where, each.says, _told(dict(each.values))] for each in trouble.faults]
            say(NOTE, id=ask, state="refused", says=trouble.says, values=_told(trouble.values), faults=faults)
        except ConsoleError as trouble:
            say(NOTE, id=ask, state="refused", says=trouble.says, values=_told(trouble.values))

    def _do(self, do: str, values: Mapping[str, Any], *, who: str, session: str) -> Mapping[str, Any]:
        means, source = self._means, str(values.get("source", ""))
        if do in ("pause", "resume"):
            if not means.sources.pause(source, do == "pause"):
                raise Refused("sync.own.absent", id=source)
        elif do == "add":
            entry = self._entry(values)
            own_feeds.add(means.profile, entry, [each.id for each in means.pack.feeds if each.id not in self._own()])
            means.sources.add(entry)
            source = entry.id
        elif do == "drop":
            own_feeds.drop(means.profile, source)
            self._forget(source, means.sources.drop(source))
        else:
            raise Refused("sync.own.unknown", do=do[:40])
        means.books.enter(f"feed.{do}", who=who, session=session, subject=source)
        return {"source": source}

    def _forget(self, source: str, thread: threading.Thread | None) -> None:
        """What is known of it goes once its thread has said its last; where the engine ends before, at its next one."""

        def forget() -> None:
            if thread is not None:
                thread.join(END_WITHIN_S)
            self._means.keeper.write(lambda store, _: (None, store.forget_source(source)))

        threading.Thread(target=forget, name=f"{HUB_THREAD}forget", daemon=True).start()

    def _own(self) -> set[str]:
        return {entry.id for entry in own_feeds.own_feeds(self._means.profile)[0]}

    def _entry(self, values: Mapping[str, Any]) -> FeedEntry:
        """What was typed, checked whole. A private address is refused here as it is when it is asked: only whoever
        owns the pack can allow one."""
        wanted = values.get("entry")
        entry = own_feeds.checked({**(wanted if isinstance(wanted, Mapping) else {}), "allow_private": False})
        if is_local(entry.address) and path_of(entry.address).resolve().is_relative_to(
            self._means.profile.folder.resolve()
        ):
            raise Refused("sync.own.inside")
        if entry.kind not in self._means.kinds:
            raise Refused("sync.try.kind", kind=entry.kind, kinds=", ".join(self._means.kinds))
        return entry

    def _try(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        entry = self._entry(values)
        batches = list(self._asked(self._means.kinds[entry.kind](entry, self._means.pack)))
        refused = [each for batch in batches for each in batch.refused]
        titles = [title for batch in batches for title in _titles(batch)]
        return {
            "records": sum(batch.count for batch in batches),
            "refused": len(refused),
            "why": [[each.where, each.says, _told(each.values)] for each in refused[:_MOST_WHY]],
            "samples": titles[:SAMPLES],
        }

    def _asked(self, feed: Feed) -> Iterator[Batch]:
        """Answer after answer as the source would be asked, few of them."""
        means, left, more = self._means, MOST_ASKS, True
        memo: Memo = {}
        while more and left:
            more = False
            for ask in feed.ask(memo, means.clock.now())[:left]:
                left -= 1
                batch = self._one(feed, ask, memo)
                yield batch
                memo, more = batch.memo, more or batch.more

    def _one(self, feed: Feed, ask: Ask, memo: Memo) -> Batch:
        try:
            answer = self._means.fetch(ask, allow_private=feed.entry.allow_private)
            return self._means.read(feed, answer, memo)
        except ConsoleError as trouble:
            batch = feed.missed(ask, trouble, memo)
            if batch is None:
                raise
            return batch


def _titles(batch: Batch) -> Iterator[str]:
    """What some of its records are called."""
    yield from (each.title for each in batch.complaints if each.title)
    yield from (each.title for each in batch.items if each.title)
    yield from (f"{each.station} {each.property} ({each.unit})".strip() for each in batch.series)
    for table in batch.timetable.tables if batch.timetable is not None else ():
        yield f"{table.name}: {len(table.rows)}"


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    told = {}
    for name, value in values.items():
        told[str(name)] = value if isinstance(value, int | float) else str(value)[:200]
    return told
