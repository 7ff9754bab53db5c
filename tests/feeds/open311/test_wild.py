"""Servers as they are in the wild: pages or none, an address that says where the interface is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from console.core.errors import Away, BadAnswer
from console.core.pack import FeedEntry
from console.store.files import load_phrases
from sync.feed import Ask
from sync.feeds.open311 import Open311
from tests.cities import small_pack
from tests.feeds.cases import AT, answer, as_json, feed, row
from tests.feeds.open311.test_papers import DISCOVERY, ENDPOINT, XML_DISCOVERY

MOST = 10
"""Records this server gives at once."""


class Wild:
    """Holds a request each quarter of an hour of the last day."""

    def __init__(self, paging: bool) -> None:
        self.paging = paging
        self.held = [(AT - timedelta(minutes=15 * n), f"n{n}") for n in range(90)]
        self.asks = 0

    def body(self, ask: Ask) -> bytes:
        self.asks += 1
        since = datetime.fromisoformat(ask.params["start_date"])
        until = datetime.fromisoformat(ask.params.get("end_date", AT.isoformat()))
        found = [(at, name) for at, name in self.held if since <= at <= until]
        page = int(ask.params.get("page", "1")) if self.paging else 1
        found = found[(page - 1) * MOST : page * MOST]
        return as_json(
            *(
                row(service_request_id=name, requested_datetime=at.isoformat(), updated_datetime=None)
                for at, name in found
            )
        )


@pytest.mark.parametrize("paging", [True, False])
def test_all_is_read_whether_the_server_knows_pages_or_ignores_them(paging: bool) -> None:
    wild, source = Wild(paging), feed(page_size=str(MOST), history_days="1")
    memo: Mapping[str, Any] = {}
    got: set[str] = set()
    for _ in range(100):
        (ask,) = source.ask(memo, AT)
        batch = source.decode(answer(wild.body(ask), ask.tag), memo)
        memo = json.loads(json.dumps(batch.memo))
        got |= {each.native_id for each in batch.complaints}
        if not batch.more:
            break
    assert got == {name for _, name in wild.held}
    assert wild.asks < 60
    assert memo["paged"] is paging


def by_discovery(address: str = "https://kota.invalid/discovery.json") -> Open311:
    return Open311(FeedEntry("laksa", "open311", {}, address, 60, 300), small_pack())


@pytest.mark.parametrize("body", [json.dumps(DISCOVERY).encode(), XML_DISCOVERY])
def test_the_interface_is_where_its_discovery_says(body: bytes) -> None:
    source = by_discovery()
    (ask,) = source.ask({}, AT)
    assert (ask.url, ask.params) == ("https://kota.invalid/discovery.json", {})
    batch = source.decode(answer(body, ask.tag), {})
    assert batch.more
    (ask,) = source.ask(batch.memo, AT)
    assert ask.url == "https://hub.invalid/v2/requests.json"
    batch = source.decode(answer(as_json(row()), ask.tag), batch.memo)
    assert source.ask(batch.memo, AT + timedelta(hours=1))[0].url == "https://hub.invalid/v2/requests.json"


def test_where_it_is_is_asked_anew_each_day_and_kept_where_nobody_says() -> None:
    source = by_discovery()
    memo = source.decode(answer(json.dumps(DISCOVERY).encode(), source.ask({}, AT)[0].tag), {}).memo
    later = AT + timedelta(days=2)
    (ask,) = source.ask(memo, later)
    assert ask.url == "https://kota.invalid/discovery.json"
    kept = source.missed(ask, Away("sync.away.gone", source="kota", status="404"), memo)
    assert kept is not None and kept.more
    assert source.ask(kept.memo, later)[0].url == "https://hub.invalid/v2/requests.json"
    assert source.missed(ask, Away("sync.away.gone", source="kota", status="404"), {}) is None


@pytest.mark.parametrize("url", ["http://hub.invalid/v2", "file:///etc/passwd", "ftp://x"])
def test_it_leads_nowhere_less_safe(url: str) -> None:
    body = json.dumps({"endpoints": [{**ENDPOINT, "url": url}]}).encode()
    with pytest.raises(BadAnswer) as caught:
        by_discovery().decode(answer(body, "discovery 1"), {})
    assert caught.value.says == "sync.open311.nowhere"
    assert "«" not in load_phrases("id").tell(caught.value)
    if url.startswith("http:"):
        plain = by_discovery("http://kota.invalid/discovery.xml")
        assert plain.decode(answer(body, "discovery 1"), {}).memo["discovery"]["url"] == url


@pytest.mark.parametrize("found", [5, {}, {"url": 5, "at": 1}, {"url": "https://x.invalid", "at": "x"}])
def test_any_memo_will_do(found: Any) -> None:
    assert by_discovery().ask({"discovery": found}, AT)[0].url == "https://kota.invalid/discovery.json"
