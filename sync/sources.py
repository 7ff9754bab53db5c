"""All sources of the pack, each with a thread of its own: started, stirred, moved and ended together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace

from console.core.clock import Clock
from console.core.pack import CityPack, FeedEntry
from console.core.records import SourceHealth
from sync.engine_log import EngineLog
from sync.feed import Feed
from sync.pull import Pull

EMBEDDED = "embedded:"
"""Address of a source that the embedded centre serves, wherever it listens."""
EMBEDDED_PATH = "/open311/v2"
THREAD = "source "
"""Names of the threads begin so, the source's id follows."""
END_WITHIN_S = 3.0


class Sources:
    """The pulls of a pack. Used by the engine's main and listening threads, one at a time."""

    def __init__(
        self,
        pack: CityPack,
        kinds: Mapping[str, type[Feed]],
        make: Callable[[Feed], Pull],
        log: EngineLog,
        clock: Clock,
    ) -> None:
        """`make` makes the pull of a feed, with its memo."""
        self._clock = clock
        self._pack = pack
        self._kinds = kinds
        self._make = make
        self._log = log
        self._lock = threading.Lock()
        self._pulls: dict[str, tuple[Pull, threading.Thread]] = {}
        self._feeds = pack.feeds
        self._centre = ""
        self._cut = False
        self._ended = False

    def start(self, centre: str = "") -> None:
        """Begin with every source that has an address, and a kind that is known."""
        with self._lock:
            self._centre = centre or self._centre
            for entry in self._feeds:
                self._begin(entry, self._centre)

    def centre(self, address: str) -> None:
        """Where the embedded centre listens now."""
        with self._lock:
            self._centre = address
            for entry in self._feeds:
                if not entry.address.startswith(EMBEDDED):
                    continue
                if entry.id in self._pulls:
                    self._pulls[entry.id][0].moved(self._kinds[entry.kind](at(entry, address), self._pack))
                else:
                    self._begin(entry, address)

    def now(self, source: str = "") -> None:
        """Try a source at once; "" tries all."""
        with self._lock:
            for name, (pull, _) in self._pulls.items():
                if source in ("", name):
                    pull.now()

    def pause(self, source: str, paused: bool) -> bool:
        """Ask a source no more until a person says so, or ask it again; false where there is none of that id."""
        with self._lock:
            if source not in self._pulls:
                return False
            self._pulls[source][0].pause(paused)
            return True

    def add(self, entry: FeedEntry) -> None:
        """One more source, or another declaration of one that a person added."""
        with self._lock:
            known = {each.id: each for each in self._feeds} | {entry.id: entry}
            self._feeds = tuple(known.values())
            kind = self._kinds.get(entry.kind)
            if entry.id in self._pulls and kind is not None:
                self._pulls[entry.id][0].moved(kind(entry, self._pack))
            else:
                self._begin(entry, self._centre)

    def entry(self, source: str) -> FeedEntry | None:
        """A source as it is asked, with its real address; None where there is none, or not now."""
        with self._lock:
            found = next((each for each in self._feeds if each.id == source), None)
            if found is None or (found.address.startswith(EMBEDDED) and not self._centre):
                return None
            return at(found, self._centre)

    def embedded(self, source: str) -> bool:
        """Whether the embedded centre serves it."""
        with self._lock:
            return any(each.id == source and each.address.startswith(EMBEDDED) for each in self._feeds)

    def drop(self, source: str) -> threading.Thread | None:
        """Ask a source no more. Its thread, which ends after the fetch under way."""
        with self._lock:
            self._feeds = tuple(each for each in self._feeds if each.id != source)
            found = self._pulls.pop(source, None)
        if found is None:
            return None
        found[0].stop()
        return found[1]

    def cut(self, cut: bool) -> None:
        """The connection is cut on purpose, or whole again."""
        with self._lock:
            self._cut = cut
            for pull, _ in self._pulls.values():
                if cut:
                    pull.cut()
                else:
                    pull.joined()

    def woke(self) -> None:
        """The machine slept."""
        with self._lock:
            for pull, _ in self._pulls.values():
                pull.woke()

    def stir(self) -> None:
        """Look again whether intake may go on."""
        with self._lock:
            for pull, _ in self._pulls.values():
                pull.stir()

    def health(self) -> list[SourceHealth]:
        """How each one stands."""
        with self._lock:
            return [pull.health for pull, _ in self._pulls.values()]

    def stop(self) -> list[str]:
        """End all threads, bounded; the ids of those that still hang, which end with the process."""
        with self._lock:
            self._ended = True
            pulls = list(self._pulls.items())
        for _, (pull, _) in pulls:
            pull.stop()
        until_s = self._clock.monotonic_s() + END_WITHIN_S
        for _, (_, thread) in pulls:
            thread.join(max(0.0, until_s - self._clock.monotonic_s()))
        return [name for name, (_, thread) in pulls if thread.is_alive()]

    def _begin(self, entry: FeedEntry, centre: str) -> None:
        kind = self._kinds.get(entry.kind)
        if kind is None:
            self._log.tell("engine.feed_unknown", source=entry.id)
            return
        if self._ended or entry.id in self._pulls or (entry.address.startswith(EMBEDDED) and not centre):
            return
        pull = self._make(kind(at(entry, centre), self._pack))
        if self._cut:
            pull.cut()
        thread = threading.Thread(target=pull.run, name=f"{THREAD}{entry.id}", daemon=True)
        self._pulls[entry.id] = (pull, thread)
        thread.start()


def at(entry: FeedEntry, centre: str) -> FeedEntry:
    """The entry with its real address: the embedded centre's is on loopback, which it alone is allowed."""
    if not entry.address.startswith(EMBEDDED):
        return entry
    path = entry.address.removeprefix(EMBEDDED) or EMBEDDED_PATH
    return replace(entry, address=centre.rstrip("/") + path, allow_private=True)
