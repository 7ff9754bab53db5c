"""The services a server offers are kept in the memo, with what each asks for, and cost no complaint."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from console.core.errors import Away, BadAnswer, Denied
from sync.feed import Ask
from sync.feeds.open311.offered import A_VISIT, MOST_LONG, Offered
from sync.feeds.open311.papers import Attribute, Service
from tests.feeds.cases import AT, answer, as_json, feed, row
from tests.feeds.open311.test_papers import DEFINITION, SERVICE, SIZE

SOURCE = feed(services="yes", history_days="1", jurisdiction_id="kota")


def services(count: int) -> bytes:
    return as_json(*({**SERVICE, "service_code": f"00{n}", "metadata": n % 2 == 0} for n in range(count)))


def body_of(ask: Ask) -> bytes:
    if ask.tag.startswith("services"):
        assert ask.url == "https://hub.invalid/v2/services.json" and ask.params == {"jurisdiction_id": "kota"}
        return services(14)
    if ask.tag.startswith("definition"):
        assert ask.url.startswith("https://hub.invalid/v2/services/00")
        return json.dumps(DEFINITION).encode()
    return as_json(row())


def visited(memo: Mapping[str, Any], minutes: int) -> Mapping[str, Any]:
    for ask in SOURCE.ask(memo, AT + timedelta(minutes=minutes)):
        memo = json.loads(json.dumps(SOURCE.decode(answer(body_of(ask), ask.tag), memo).memo))
    return memo


def test_they_come_behind_the_complaints_in_some_visits() -> None:
    assert [each.tag.partition(" ")[0] for each in SOURCE.ask({}, AT)][1:] == ["services"]
    memo = visited({}, 0)
    offered = Offered.of(memo["services"])
    assert offered.services[0] == Service("000", "Jalan", "PU", "", True, "batch")
    assert offered.todo == tuple(f"00{n}" for n in range(0, 14, 2))
    memo = visited(memo, 1)
    assert len(Offered.of(memo["services"]).attributes) == A_VISIT
    memo = visited(memo, 2)
    offered = Offered.of(memo["services"])
    assert (len(offered.attributes), offered.todo, offered.attributes["000"][-1]) == (7, (), SIZE)
    assert Offered.of(offered.plain()) == offered
    assert len(SOURCE.ask(memo, AT + timedelta(minutes=3))) == 1
    assert len(SOURCE.ask(memo, AT + timedelta(days=2))) == 2, "once a day the list is looked at again"
    assert memo["v"] == 1, "the plan stands beside it"


def test_nobody_asks_where_nobody_wants_them() -> None:
    assert len(feed().ask({}, AT)) == 1


@pytest.mark.parametrize(
    "trouble", [Away("sync.away.gone", source="h", status="404"), BadAnswer("sync.bad.shape", source="h"), Denied("x")]
)
def test_a_server_without_them_still_gives_complaints(trouble: Any) -> None:
    ask = SOURCE.ask({}, AT)[1]
    batch = SOURCE.missed(ask, trouble, {"v": 1})
    assert batch is not None and len(batch.refused) == 1 and batch.memo["v"] == 1
    assert not Offered.of(batch.memo["services"]).due(int(ask.tag.split()[1]))
    memo = visited({}, 0)
    ask = SOURCE.ask(memo, AT + timedelta(minutes=1))[1]
    batch = SOURCE.missed(ask, trouble, memo)
    assert batch is not None and "000" not in Offered.of(batch.memo["services"]).todo
    assert SOURCE.missed(ask, Away("sync.away.reset", source="h"), memo) is None


def test_it_is_bounded() -> None:
    many = [Service(f"{n}", "Layanan " * 20, "", "", True, "") for n in range(2000)]
    offered, refused = Offered().with_services(many, 1)
    assert 0 < len(offered.services) < 2000 and len(refused) == 1
    big = [Attribute("a", "text", True, True, 1, "x" * 20_000, "", ()) for _ in range(2)]
    code = offered.services[0].code
    for _ in range(2):
        offered, refused = offered.with_attributes(code, big)
        assert len(json.dumps(offered.plain())) <= MOST_LONG
    _, refused = offered.with_attributes(offered.services[1].code, [*big, *big])
    assert [each.says for each in refused] == ["sync.refused.long"]


@pytest.mark.parametrize("value", [None, 5, {}, {"services": [[1]]}, {"services": [], "attributes": 5}])
def test_any_memo_will_do(value: Any) -> None:
    assert Offered.of(value) == Offered()
