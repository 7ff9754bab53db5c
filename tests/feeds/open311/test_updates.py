"""What mySociety's servers tell of changes: the complaints named are asked for, and the later word stands."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.sax.saxutils import escape

import pytest

from console.core.clock import millis
from console.core.errors import Away, BadAnswer
from console.core.lifecycle import State
from console.core.records import Batch
from sync.feed import Ask
from sync.feeds.open311.updates import MOST_IDS, MOST_WORDS, Updates
from tests.feeds.cases import AT, answer, as_json, feed, row
from tests.feeds.mutate import mutations

NOW_MS = millis(AT)


def update(number: int = 1, **changes: Any) -> dict[str, Any]:
    raw = {
        "update_id": str(number),
        "service_request_id": "0012",
        "status": "INVESTIGATING",
        "description": "Petugas sedang memeriksa.",
        "updated_datetime": "2026-11-21T02:00:00Z",
        "media_url": "",
    }
    return {**raw, **changes}


def as_xml(*updates: dict[str, Any], root: str = "service_requests_updates") -> bytes:
    rows = ("".join(f"<{k}>{escape(str(v))}</{k}>" for k, v in each.items()) for each in updates)
    return f"<{root}>{''.join(f'<request_update>{each}</request_update>' for each in rows)}</{root}>".encode()


def known(*rows: Any, since: Updates | None = None) -> Updates:
    return (since or Updates()).with_rows(rows, NOW_MS, AT, UTC)[0]


class Server:
    """Requests that are open for ever, and updates that tell the rest."""

    def __init__(self, updates: bytes) -> None:
        self.feed = feed(history_days="1", updated_after="yes", updates="mysociety")
        self.updates = updates
        self.memo: Mapping[str, Any] = {}
        self.asked: list[str] = []

    def visit(self, now: datetime = AT) -> list[Batch]:
        """One turn of the engine; the batches."""
        batches: list[Batch] = []
        for _ in range(20):
            more = False
            for ask in self.feed.ask(self.memo, now):
                self.asked.append(ask.tag.partition(" ")[0][:8])
                batch = self.feed.decode(answer(self._body(ask), ask.tag), self.memo)
                self.memo, more = json.loads(json.dumps(batch.memo)), more or batch.more
                batches.append(batch)
            if not more:
                return batches
        raise AssertionError("it never ends")

    def _body(self, ask: Ask) -> bytes:
        if ask.tag.startswith("updates"):
            assert ask.url == "https://hub.invalid/v2/servicerequestupdates.xml"
            return self.updates
        ids = ask.params.get("service_request_id", "0012").split(",")
        return as_json(*(row(service_request_id=each, status="open", status_notes=None) for each in ids))


def test_a_change_is_asked_for_and_its_word_stands() -> None:
    server = Server(as_xml(update(), update(2, service_request_id="77", status="FIXED")))
    last = server.visit()[-1]
    told = {each.native_id: each for each in last.complaints}
    assert (told["0012"].state, told["0012"].native_state) == (State.POSTPONED, "INVESTIGATING")
    assert told["77"].state is State.DONE
    assert told["0012"].updated_at == datetime(2026, 11, 21, 2, tzinfo=UTC)
    assert json.loads(told["0012"].extra)["update"] == "Petugas sedang memeriksa."
    again = server.visit(AT + timedelta(minutes=5))
    assert again[0].complaints[0].native_state == "INVESTIGATING", "the request's own word is the older one"
    assert server.asked.count("changed") == 1, "what was told once is no news"


def test_a_later_word_of_the_request_itself_counts() -> None:
    later = row(updated_datetime="2026-11-21T03:00:00Z", status="closed", status_notes=None)
    memo = {"updates": known(update()).plain()}
    batch = feed(updates="mysociety").decode(answer(as_json(later)), memo)
    assert batch.complaints[0].native_state == "closed"
    assert feed().decode(answer(as_json(row())), memo).complaints[0].native_state != "INVESTIGATING"


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("OPEN", State.VERIFIED),
        ("FIXED", State.DONE),
        ("IN_PROGRESS", State.IN_PROGRESS),
        ("ACTION_SCHEDULED", State.SCHEDULED),
        ("INVESTIGATING", State.POSTPONED),
        ("DUPLICATE", State.DUPLICATE),
        ("NOT_COUNCILS_RESPONSIBILITY", State.NOT_OURS),
        ("NO_FURTHER_ACTION", State.VERIFICATION_FAILED),
        ("INTERNAL_REFERRAL", State.DISPOSED),
        ("FOR_TRIAGE", State.NEW),
        ("CLOSED", State.CLOSED_BY_SYSTEM),
        ("CANCELLED", State.VERIFICATION_FAILED),
        ("REOPEN", State.REOPENED),
    ],
)
def test_every_state_has_ours(word: str, state: State) -> None:
    server = Server(as_xml(update(status=word)))
    assert [(each.state, each.native_state) for each in server.visit()[-1].complaints] == [(state, word)]


def test_the_last_of_several_updates_counts() -> None:
    early = update(1, status="FIXED", updated_datetime="2026-11-20T02:00:00Z")
    assert known(update(2), early).words["0012"].status == "INVESTIGATING"
    assert known(early, since=known(update(2))).words["0012"].status == "INVESTIGATING"


def test_bad_updates_cost_themselves() -> None:
    bad = [
        5,
        update(service_request_id=""),
        update(service_request_id="1,2"),
        update(updated_datetime="kemarin"),
        update(updated_datetime="2027-01-01T00:00:00Z"),
        update(status=[]),
    ]
    found, refused = Updates().with_rows([*bad, update()], NOW_MS, AT, UTC)
    assert (list(found.words), len(refused)) == (["0012"], len(bad))


def many(count: int, first: int = 0) -> list[dict[str, Any]]:
    at = AT - timedelta(hours=2)
    return [
        update(n, service_request_id=f"n{n}", updated_datetime=(at + timedelta(milliseconds=n)).isoformat())
        for n in range(first, first + count)
    ]


def test_more_than_are_remembered_are_asked_for_in_turns() -> None:
    server = Server(as_xml(*many(MOST_WORDS * 2 + 10)))
    told = {each.native_id for _ in range(4) for batch in server.visit() for each in batch.complaints}
    assert told >= {f"n{n}" for n in range(MOST_WORDS * 2 + 10)}
    assert len(Updates.of(server.memo["updates"]).words) <= MOST_WORDS
    before = server.asked.count("changed")
    server.visit(AT + timedelta(hours=1))
    assert server.asked.count("changed") == before, "what is forgotten is not taken for news"


def test_an_address_takes_so_many_ids() -> None:
    assert len(known(*many(200)).waiting()) == MOST_IDS
    long = [{**each, "service_request_id": f"{each['service_request_id']}-{'x' * 150}"} for each in many(30)]
    assert 1 <= len(known(*long).waiting()) < 11


def test_a_complaint_the_server_does_not_hold_is_told_and_left() -> None:
    source = feed(updates="mysociety")
    memo = {"updates": known(update()).plain()}
    (ask,) = source.ask(memo, AT)
    assert ask.params == {"service_request_id": "0012"}
    gone = source.missed(ask, Away("sync.away.gone", source="hub", status="404"), memo)
    assert gone is not None and [each.says for each in gone.refused] == ["sync.open311.lost"]
    assert Updates.of(gone.memo["updates"]).waiting() == []
    assert source.missed(ask, Away("sync.away.reset", source="hub"), memo) is None
    assert source.missed(source.ask({}, AT)[0], Away("sync.away.gone", source="hub", status="404"), {}) is None


@pytest.mark.parametrize("value", [None, 5, {}, {"words": 5}, {"words": {"a": [1]}}, {"words": {"a": ["x", 1, 2, 3]}}])
def test_any_memo_will_do(value: Any) -> None:
    assert Updates.of(value) == Updates()
    assert feed(updates="mysociety").ask({"updates": value}, AT)


@pytest.mark.parametrize("root", ["service_requests_updates", "service_request_updates", "servicerequestupdates"])
def test_the_names_the_list_goes_by(root: str) -> None:
    batch = feed(updates="mysociety").decode(answer(as_xml(update(), root=root), f"updates {NOW_MS}"), {})
    assert batch.more and Updates.of(batch.memo["updates"]).waiting() == ["0012"]
    empty = feed(updates="mysociety").decode(answer(f"<{root}/>".encode(), f"updates {NOW_MS}"), batch.memo)
    assert Updates.of(empty.memo["updates"]).since == NOW_MS


def test_mutated_lists_are_read_or_refused() -> None:
    for good in (as_xml(update(), update(2)), json.dumps([update(), update(2)]).encode()):
        for spoilt in mutations(good, 60):
            try:
                batch = feed(updates="mysociety").decode(answer(spoilt, f"updates {NOW_MS}"), {})
            except BadAnswer as trouble:
                assert trouble.values["source"] == "laksa"
            else:
                json.dumps(batch.memo)
