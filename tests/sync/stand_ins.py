"""Stand-ins for what the engine works with: a wire that answers as told, a feed that counts, a keeper one can hold."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from console.core.command import Command, Envelope, Outcome, Receipt
from console.core.errors import Away, BadAnswer, Refused
from console.core.lifecycle import State
from console.core.pack import CityPack, FeedEntry
from console.core.records import Batch, Changes, Kind, Refusal, SourceComplaint, SourceHealth
from sync.feed import Answer, Ask, Feed, FeedFace, Memo

AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


def an_entry(source: str = "laksa", cadence_s: float = 60.0, kind: str = "counting") -> FeedEntry:
    return FeedEntry(source, kind, {"id": source.upper()}, "http://centre.invalid/x", cadence_s, 10 * cadence_s, "CC0")


def a_record(source: str, number: int) -> SourceComplaint:
    blank = dict.fromkeys(("text", "category", "agency", "address", "area", "media_url"), "")
    return SourceComplaint(
        id=f"{source}:{number}",
        source=source,
        native_id=str(number),
        native_state="open",
        state=State.NEW,
        title=f"Lampu mati {number}",
        lat=None,
        lon=None,
        requested_at=AT,
        updated_at=None,
        expected_at=None,
        zone_assumed=False,
        **blank,
    )


class Counting(Feed):
    """Asks for the page after the memo's; a page is `{"ids": [...], "more": bool}`."""

    face = FeedFace("counting", "sync.open311.title")

    def ask(self, memo: Memo, now: datetime) -> Sequence[Ask]:
        return [Ask(self.entry.address, {"after": str(memo.get("page", 0))})]

    def decode(self, answer: Answer, memo: Memo) -> Batch:
        page = json.loads(answer.body)
        if not isinstance(page, dict):
            raise BadAnswer("sync.bad.shape", source=self.entry.id)
        if page.get("bug"):
            raise ZeroDivisionError
        records = [a_record(self.entry.id, number) for number in page.get("ids", ())]
        refused = [Refusal(f"[{each}]", "x") for each in range(page.get("refused", 0))]
        after = memo if page.get("stuck") else {"page": memo.get("page", 0) + (1 if records else 0)}
        newest = AT + timedelta(days=page.get("ahead_d", 0)) if records else None
        return Batch(self.entry.id, records, refused, after, bool(page.get("more")), newest)


class TalkWire:
    """Says what it was told to say, in order; the last word again and again."""

    def __init__(self, *said: object) -> None:
        self.said = list(said)
        self.asked: list[Ask] = []
        self.cut = False
        self.before: Callable[[], None] = lambda: None

    def fetch(self, ask: Ask, *, allow_private: bool = False, deadline_s: float | None = None) -> Answer:
        if self.cut:
            raise Away("sync.cut")
        self.asked.append(ask)
        self.before()
        said = self.said.pop(0) if len(self.said) > 1 else self.said[0]
        if isinstance(said, Exception):
            raise said
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        return Answer(body, "application/json", "utf-8", AT, ask.url)

    def close(self) -> None:
        """Nothing is kept."""


class SlowKeeper:
    """Takes at once, or, while `held`, only when told to; `trouble` is what the disk says."""

    def __init__(self) -> None:
        self.taken: list[Batch] = []
        self.healths: list[SourceHealth] = []
        self.bad: list[tuple[str, bytes, str]] = []
        self.done: list[Envelope] = []
        self.refused: list[tuple[Envelope, Refused]] = []
        self.outcomes: dict[str, Receipt] = {}
        self.trouble: BaseException | None = None
        self.held = False
        self.waiting: list[Future[Changes]] = []

    def take(self, batch: Batch) -> Future[Changes]:
        future: Future[Changes] = Future()
        if self.trouble is None:
            self.taken.append(batch)
        if self.held:
            self.waiting.append(future)
        else:
            self._answer(future, Changes(frozenset({Kind.COMPLAINT})))
        return future

    def health(self, health: SourceHealth) -> Future[Changes]:
        self.healths.append(health)
        return self._answer(Future(), Changes(frozenset({Kind.SOURCE})))

    def keep_bad_answer(self, source: str, raw: bytes, why: str) -> Future[Changes]:
        self.bad.append((source, raw, why))
        return self._answer(Future(), Changes(frozenset()))

    def do(self, envelope: Envelope, command: Command) -> Future[Receipt]:
        if self.trouble is None:
            self.done.append(envelope)
        return self._answer(Future(), self._receipt(envelope, Outcome.TAKEN, "", {}))

    def refuse(self, envelope: Envelope, refusal: Refused) -> Future[Receipt]:
        self.refused.append((envelope, refusal))
        future: Future[Receipt] = Future()
        future.set_result(self._receipt(envelope, Outcome.REFUSED, refusal.says, refusal.values))
        return future

    def _receipt(self, envelope: Envelope, outcome: Outcome, says: str, values: Mapping[str, object]) -> Receipt:
        again = envelope.id in self.outcomes
        receipt = self.outcomes.get(envelope.id) or Receipt(envelope.id, outcome, "", says, values)
        if self.trouble is None:
            self.outcomes[envelope.id] = receipt
        return Receipt(receipt.command, receipt.outcome, "", receipt.says, receipt.values, again)

    def _answer(self, future, result):
        if self.trouble is not None:
            future.set_exception(self.trouble)
        else:
            future.set_result(result)
        return future


def a_city(pack: CityPack, *entries: FeedEntry) -> CityPack:
    """The pack with other feeds."""
    return replace(pack, feeds=entries)
