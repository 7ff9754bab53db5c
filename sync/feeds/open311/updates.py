"""mySociety's extension of Open311: what changed of complaints, told as a list of its own (`servicerequestupdates`).

A request there is open or closed for ever; that it is being investigated, or that nobody was to blame, only the updates
say. An update alone is no complaint, so the complaints it names are asked for by their ids, and the update's word
stands above the request's own while it is the later one. All of it is plain values in the memo, and bounded.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from typing import Any, NamedTuple

from console.core.clock import from_millis, millis
from console.core.records import Refusal, SourceComplaint
from sync.feeds.open311.plan import DAY_MS
from sync.feeds.open311.record import MOST_EXTRA
from sync.feeds.open311.states import read_state
from sync.words_in import BadField, identity, instant, not_ahead, sound, table, text

MOST_WORDS = 300
"""Complaints whose last update is remembered."""
MOST_IDS = 50
MOST_IDS_LONG = 1_500
"""Characters of ids in one address."""
_OVERLAP_MS = 3_600_000
_FIRST_MS = 7 * DAY_MS
_MOST_SAID = 200


class Word(NamedTuple):
    """The last update of a complaint."""

    at: int
    status: str
    said: str
    waits: bool
    """Whether the complaint is still to be asked for."""


@dataclass(frozen=True, slots=True)
class Updates:
    """What is remembered of them."""

    words: Mapping[str, Word] = field(default_factory=dict)
    since: int = 0
    """Updates up to then are read, ms."""
    floor: int = 0
    """Up to then they are forgotten too, and not taken for new ones again."""
    polled: int = 0

    @classmethod
    def of(cls, value: Any) -> Updates:
        """From a memo; what is none is as good as nothing."""
        try:
            words = {
                str(name): Word(int(at), str(status), str(said), bool(waits))
                for name, (at, status, said, waits) in value["words"].items()
            }
            return cls(words, int(value["since"]), int(value["floor"]), int(value["polled"]))
        except (KeyError, TypeError, ValueError, AttributeError):
            return cls()

    def plain(self) -> dict[str, Any]:
        """As JSON values."""
        words = {name: list(word) for name, word in self.words.items()}
        return {"words": words, "since": self.since, "floor": self.floor, "polled": self.polled}

    def window(self, now_ms: int) -> tuple[int, int]:
        """From when to when they are asked for: again an hour of what was, for one may be told late."""
        return (self.since - _OVERLAP_MS if self.since else now_ms - _FIRST_MS), now_ms

    def waiting(self) -> list[str]:
        """Complaints to ask for next, as many as one address takes."""
        found: list[str] = []
        long = 0
        for name, word in self.words.items():
            long += len(name) + 1
            if word.waits and len(found) < MOST_IDS and long <= MOST_IDS_LONG:
                found.append(name)
            elif not word.waits:
                long -= len(name) + 1
        return found

    def asked(self, ids: Sequence[str]) -> Updates:
        """These were asked for, whatever came."""
        words = {name: word._replace(waits=word.waits and name not in ids) for name, word in self.words.items()}
        return replace(self, words=words)

    def with_rows(self, rows: Sequence[Any], until: int, at: datetime, zone: tzinfo) -> tuple[Updates, list[Refusal]]:
        """With the updates of an answer, the earliest first. Where there are more than are remembered, the rest is
        asked for again at once."""
        found, refused = _read(rows, at, zone)
        words = dict(self.words)
        room = MOST_WORDS - sum(word.waits for word in words.values())
        since, polled = max(self.since, until), until
        for name, word in sorted(found, key=lambda each: each[1].at):
            known = words.get(name)
            if word.at <= self.floor or (known is not None and known.at >= word.at):
                continue
            if room <= 0:
                since, polled = max(self.since, word.at - 1), 0
                break
            room -= not (known is not None and known.waits)
            words[name] = word
        settled = sorted((word.at, name) for name, word in words.items() if not word.waits)
        floor = self.floor
        for told_at, name in settled[: max(0, len(words) - MOST_WORDS)]:
            del words[name]
            floor = max(floor, told_at)
        return Updates(words, since, floor, polled), refused

    def above(self, said: SourceComplaint) -> SourceComplaint:
        """The complaint with the word of its last update, where that is later than its own."""
        word = self.words.get(said.native_id)
        own_at = said.updated_at or said.requested_at
        if word is None or not word.status or word.at <= millis(own_at):
            return said
        state, native_state = read_state(word.status, "", mysociety=True)
        extra = said.extra
        if word.said:
            told = json.dumps({**json.loads(extra or "{}"), "update": word.said}, ensure_ascii=False)
            extra = told if len(told) <= MOST_EXTRA else extra
        return said._replace(state=state, native_state=native_state, updated_at=from_millis(word.at), extra=extra)


def _read(rows: Sequence[Any], at: datetime, zone: tzinfo) -> tuple[list[tuple[str, Word]], list[Refusal]]:
    found: list[tuple[str, Word]] = []
    refused: list[Refusal] = []
    for number, raw in enumerate(rows):
        try:
            sound(raw)
            get = table(raw).get
            name = identity(get("service_request_id"), "service_request_id")
            if "," in name or len(name) >= MOST_IDS_LONG:
                raise BadField("service_request_id", "sync.refused.id", value=name[:60])
            told, _ = instant(get("updated_datetime"), zone, "updated_datetime")
            not_ahead(told, at, "updated_datetime")
            status, said = text(get("status"), "status"), text(get("description"), "description")
        except BadField as bad:
            refused.append(bad.refusal(f"updates[{number}]", raw))
            continue
        found.append((name, Word(millis(told), status[:60], said[:_MOST_SAID], True)))
    return found, refused
