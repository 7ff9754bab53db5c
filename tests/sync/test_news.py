"""News of a server: what its answers mean, who is to be asked again, and that nothing ends the wait for them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from console.core.clock import TurnedClock
from console.core.errors import Away, Denied
from console.core.replica import Checkpoint
from sync.couch import Call, Reply
from sync.lanes import Budget, Lane, Lanes
from sync.news import BUG, GRACE_S, News
from sync.visits import Pace, Visit, Visits

HEARD = Reply(200, {"results": [{"db_name": "rest"}], "last_seq": "7-x"})


class Asked:
    """A hub of which only news are asked: it says what it was told to say, and ends after that."""

    def __init__(self, *said: object) -> None:
        self.clock = TurnedClock(datetime(2026, 11, 22, tzinfo=UTC))
        self.lanes = Lanes(self.clock, Budget(self.clock))
        self.visits = Visits(self.clock.chance, Pace())
        self.visits.add("rest", Lane.REST, follows=True)
        self.stopping = threading.Event()
        self.idle = False
        self.told: list[str] = []
        self.bugs: set[str] = set()
        self.calls: list[tuple[float, Call]] = []
        self._said = list(said)

    @property
    def wire(self) -> Any:
        return self

    def call(self, call: Call, lane: Lane) -> Reply:
        self.calls.append((self.clock.monotonic_s(), call))
        said = self._said.pop(0)
        if not self._said:
            self.stopping.set()
        if isinstance(said, Exception):
            raise said
        assert isinstance(said, Reply)
        return said

    def places(self) -> list[Visit]:
        return list(self.visits.all.values())

    def news(self, places: Sequence[str]) -> None:
        self.told += places

    def blind(self, blind: bool) -> None:
        self.visits.blind = blind

    def bug(self, error: Exception, says: str) -> None:
        self.bugs.add(says)

    def mended(self, says: str) -> None:
        self.bugs.discard(says)

    def checkpoint(self, peer: str, place: str) -> Checkpoint | None:
        return None


Listening = Callable[..., tuple[Asked, News]]


@pytest.fixture
def listening() -> Listening:
    def listen(*said: object, number: int = 0, read: bool = False) -> tuple[Asked, News]:
        asked = Asked(*said)
        for visit in asked.places() if read else ():
            visit.done, visit.reads = True, False
        news = News(asked, asked, asked.clock, asked.stopping)
        news.threads = news.threads[:1]  # no others begin
        news._run(number)
        return asked, news

    return listen


def test_what_is_told_of_all_wakes_the_places_it_names(listening: Listening) -> None:
    asked, news = listening(HEARD, HEARD)
    assert news.all_in_one
    assert not asked.visits.blind
    assert asked.told == ["rest", "rest"], "what changed while nobody listened, then what was told"


@pytest.mark.parametrize("says", ["sync.hub.no_secret", "sync.hub.denied"])
def test_who_is_not_signed_in_learns_nothing_of_what_the_server_can(listening: Listening, says: str) -> None:
    asked, news = listening(Denied(says), Denied(says), HEARD, HEARD)
    assert news.all_in_one
    assert not asked.visits.blind
    assert asked.calls[1][0] - asked.calls[0][0] >= 5, "not at once"


@pytest.mark.parametrize("said", [Denied("sync.denied", status="403"), Reply(404, {}), Reply(200, {"results": 1})])
def test_one_that_will_not_or_cannot_tell_us_is_asked_place_by_place(listening: Listening, said: object) -> None:
    asked, news = listening(said)
    assert news.all_in_one is False
    assert asked.visits.blind


@pytest.mark.parametrize("number", [0, 1])
def test_a_wait_that_nobody_ends_is_a_reason_to_look(listening: Listening, number: int) -> None:
    """A server that hangs takes the question and is silent: without a visit it would count as there for minutes."""
    said = [HEARD, Away("sync.away.slow")] if number == 0 else [Away("sync.away.slow")]
    asked, _ = listening(*said, number=number, read=True)
    assert asked.told == ["rest", "rest"][: 2 - number]
    assert asked.calls[-1][1].deadline_s == asked.visits.pace.poll_s + GRACE_S


def test_a_bug_of_ours_does_not_end_the_wait(listening: Listening) -> None:
    bugs = [ValueError(), KeyError("x"), TypeError()]
    asked, _ = listening(HEARD, *bugs, Away("sync.away.reset"))
    assert asked.bugs == {BUG}
    assert asked.visits.blind, "places are looked at in quicker rounds meanwhile"
    assert asked.calls[-1][0] > asked.calls[1][0], "with a pause"
    asked, _ = listening(*bugs, HEARD, HEARD)
    assert not asked.bugs
    assert not asked.visits.blind


def test_of_one_place_nothing_but_what_the_hub_hands_out_is_looked_at(listening: Listening) -> None:
    """More places may come while one is chosen: they are handed out under the hub's lock."""
    asked = Asked(HEARD)
    asked.visits.all["rest"].done = True
    visits, asked.visits.all = asked.places(), {}
    asked.places = lambda: visits  # type: ignore[method-assign]
    News(asked, asked, asked.clock, asked.stopping)._run(1)
    assert [call.path for _, call in asked.calls] == ["/rest/_changes"]
    assert asked.told == ["rest"]
