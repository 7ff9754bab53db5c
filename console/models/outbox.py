"""The outbox in words: what waits, whose it is, why it waits or was refused, and when it is tried next. No Qt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from console import commands
from console.core.lifecycle import Deed
from console.core.masking import masked
from console.core.pack import CityPack
from console.core.people import PERSON
from console.core.phrases import Phrases
from console.core.records import HubState, OutboxRow, Waiting
from console.models.hub import CUT, stands_still
from console.store.closed import DOC as LOST
from console.store.data_key import DATA_KEY

_ENTRY = "deed:"
"""What the document of a history entry begins with."""
MOST = 500
"""Rows that are read; the oldest first."""


_OF_THE_CITY = (PERSON, DATA_KEY, LOST)
"""What is about no complaint begins so, and is told by what it is."""


@dataclass(frozen=True, slots=True)
class Item:
    """One change that waits, worded."""

    row: OutboxRow
    docs: tuple[str, ...]
    """Documents that go with it: the case itself, and the entries of its history that say the same."""
    what: str
    """What was done."""
    title: str
    """To which complaint."""
    age: str
    since: str
    why: str
    tried: str
    """"" where it was never tried."""
    next_try: str

    @property
    def key(self) -> str:
        """State and document: of one document some may wait while some was taken back."""
        return f"{self.row.state}:{self.row.doc}"


@dataclass(frozen=True, slots=True)
class OutboxWording:
    """Tells items in one language and city, as at `now` and as the centre stands."""

    pack: CityPack
    phrases: Phrases
    now: datetime
    hub: HubState | None
    cut: bool = False
    """Whether the connection is cut on purpose."""

    def items(self, rows: Iterable[OutboxRow]) -> dict[Waiting, list[Item]]:
        """Items by their state, each in the order of the rows; every state is there."""
        told: dict[Waiting, list[Item]] = {state: [] for state in Waiting}
        for row, docs in gathered(rows):
            told[row.state].append(self.item(row, docs))
        return told

    def item(self, row: OutboxRow, docs: tuple[str, ...] = ()) -> Item:
        """One row in words."""
        say = self.phrases.say
        return Item(
            row,
            docs or (row.doc,),
            self._what(row),
            masked(row.title) or row.complaint.partition(":")[2] or row.doc,
            self.phrases.span((self.now - row.since_at).total_seconds()),
            self._moment(row.since_at),
            self._why(row),
            say("panels.outbox.tried", count=row.tries, at=self._moment(row.tried_at)) if row.tries else "",
            self._next(row),
        )

    def standing(self) -> str:
        """Why what waits has not gone yet, for all of it."""
        say, hub = self.phrases.say, self.hub
        if self.cut:
            return say("panels.outbox.why.cut")
        if hub is None or not hub.url:
            return say("panels.outbox.why.no_hub")
        if stands_still(hub):
            return say("panels.outbox.why.question")
        if hub.questions and not hub.trouble:
            return say("panels.outbox.why.deletions")
        return say(hub.trouble, **hub.values) if hub.trouble else say("panels.outbox.why.turn")

    def _moment(self, at: datetime | None) -> str:
        if at is None:
            return self.phrases.say("core.unknown")
        return self.phrases.moment(at, self.pack.zone, self.pack.zone_label, self.now)

    def _what(self, row: OutboxRow) -> str:
        named = list(dict.fromkeys(self._deed(deed) for deed in row.deeds)) or [self._deed("")]
        told = ", ".join(named)
        if row.doc.startswith(_OF_THE_CITY):
            told = self.phrases.say(f"panels.outbox.{row.doc.partition(':')[0]}")
        return told if row.changes <= 1 else self.phrases.say("panels.outbox.many", what=told, count=row.changes)

    def _deed(self, deed: str) -> str:
        known = commands.found().get(Deed(deed)) if deed in Deed._value2member_map_ else None
        return self.phrases.say(known.face.title) if known is not None else self.phrases.say("panels.outbox.merged")

    def _why(self, row: OutboxRow) -> str:
        say = self.phrases.say
        if row.state is Waiting.REFUSED:
            return say(row.says, **row.values) if row.says else say("panels.outbox.why.unsaid")
        if row.state is Waiting.WITHDRAWN:
            return say("panels.outbox.why.withdrawn")
        return self.standing()

    def _next(self, row: OutboxRow) -> str:
        say, hub = self.phrases.say, self.hub
        if row.state is Waiting.WITHDRAWN:
            return say("panels.outbox.next.never")
        if row.state is Waiting.REFUSED:
            return say("panels.outbox.next.asked")
        if self.cut or (hub is not None and hub.trouble == CUT):
            return say("panels.outbox.next.joined")
        if hub is None or not hub.url:
            return say("panels.outbox.next.no_hub")
        if stands_still(hub):
            return say("panels.outbox.next.chosen")
        # All that waits goes with the next visit; nothing is put off by itself.
        return self._moment(hub.next_at) if hub.next_at and hub.next_at > self.now else say("panels.outbox.next.soon")


def gathered(rows: Iterable[OutboxRow]) -> list[tuple[OutboxRow, tuple[str, ...]]]:
    """A deed makes a new version of the case and an entry in its history: the two are shown as one, at the older's
    place. A history entry that no case goes with (a note) stands for itself."""
    cases: dict[tuple[str, Waiting], int] = {}
    found: list[tuple[OutboxRow, list[str]]] = []
    entries: list[OutboxRow] = []
    for row in rows:
        if row.doc.startswith(_ENTRY):
            entries.append(row)
            continue
        cases.setdefault((row.complaint, row.state), len(found))
        found.append((row, [row.doc]))
    alone: list[OutboxRow] = []
    for row in entries:
        at = cases.get((row.complaint, row.state))
        if at is None or found[at][0].via != row.via or not set(row.deeds) <= set(found[at][0].deeds):
            alone.append(row)
        else:
            found[at][1].append(row.doc)
    found += [(row, [row.doc]) for row in alone]
    found.sort(key=lambda each: each[0].since_at)
    return [(row, tuple(docs)) for row, docs in found]


def summary(items: Mapping[Waiting, Sequence[Item]], phrases: Phrases) -> str:
    """How many stand in each state, and how old the oldest of those is that wait."""
    waiting = items[Waiting.WAITING]
    parts = [phrases.say("panels.outbox.counts.waiting", count=len(waiting))] if waiting else []
    if waiting:
        oldest = min(waiting, key=lambda item: item.row.since_at)
        parts.append(phrases.say("panels.outbox.counts.oldest", age=oldest.age))
    parts += [
        phrases.say(f"panels.outbox.counts.{state}", count=len(items[state]))
        for state in (Waiting.REFUSED, Waiting.WITHDRAWN)
        if items[state]
    ]
    return " · ".join(parts)
