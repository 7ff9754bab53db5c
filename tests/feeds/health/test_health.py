"""An application is asked, and what came of it is told with the side at which it failed."""

from __future__ import annotations

import json
import pickle
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from console.core.clock import millis
from console.core.errors import Away, BadAnswer, ConsoleError, Denied
from console.core.items import Item, ItemKind
from console.core.pack import FeedEntry
from console.core.records import Batch
from console.store.files import load_phrases
from sync.feed import Answer
from sync.feeds.health import KEPT, Health
from tests.cities import small_pack
from tests.feeds.health.good import GOOD
from tests.feeds.mutate import mutations

AT = datetime(2026, 11, 21, 3, 42, tzinfo=UTC)
BASE = "https://app.invalid/layanan"


def feed(address: str = BASE, **options: str) -> Health:
    return Health(FeedEntry("aplikasi", "health", {"id": "Layanan"}, address, 60, 300, options=options), small_pack())


def answer(body: bytes = b"ok", path: str = "", **rest: Any) -> Answer:
    return Answer(body, "text/html", "", AT, BASE, tag=f"{millis(AT)} {path}", **rest)


def only(batch: Batch | None) -> Item:
    assert batch is not None and batch.fleeting and not batch.refused and batch.newest_at == AT
    (item,) = batch.items
    assert item.kind is ItemKind.PROBE and item.observed_at == AT
    assert item.level == item.body["state"]
    assert (item.body["side_says"] == "") == (item.body["state"] != "down")
    for language in ("id", "en"):
        assert not load_phrases(language).say(item.body["says"], **item.body["values"]).startswith("«")
        assert not load_phrases(language).say(item.body["side_says"] or "sync.health.title").startswith("«")
    return item


def failed(trouble: ConsoleError, **options: str) -> Item:
    source = feed(**options)
    return only(source.missed(source.ask({}, AT)[0], trouble, {}))


def test_the_address_alone_or_each_path_is_asked() -> None:
    assert [each.url for each in feed().ask({}, AT)] == [BASE]
    asks = feed(paths="/masuk  //lain.invalid/x masuk?a=1 /masuk").ask({}, AT)
    assert [each.url for each in asks] == [f"{BASE}/masuk", f"{BASE}/lain.invalid/x", f"{BASE}/masuk?a=1"]
    assert all(each.page and each.binary for each in asks)
    assert len(feed(paths=" ".join(map(str, range(99)))).ask({}, AT)) == 20


def test_an_application_that_is_well() -> None:
    ends = AT + timedelta(days=30, hours=5)
    item = only(feed(contains="tersedia").decode(answer(b"Layanan tersedia", took_s=0.25, tls_ends_at=ends), {}))
    assert (item.id, item.native_id, item.title, item.url) == ("aplikasi:/layanan", "/layanan", "Layanan", BASE)
    body = item.body
    assert (body["state"], body["side"], body["status"], body["took_ms"], body["tls_days"]) == ("up", "", 200, 250, 30)
    assert body["kept"] == {"up": 1, "slow": 0, "down": 0} and body["since"] == AT.isoformat()


def test_a_slow_one_is_slow_and_not_down() -> None:
    assert only(feed().decode(answer(took_s=2.0), {})).body["state"] == "up"
    item = only(feed(slow_ms="500").decode(answer(took_s=0.6), {}))
    assert (item.body["state"], item.body["side"], item.body["tls_days"]) == ("slow", "", None)


def test_other_words_than_promised_are_theirs() -> None:
    item = only(feed(contains="tersedia").decode(answer(GOOD[1], "/masuk"), {}))
    assert (item.native_id, item.title) == ("/masuk", "Layanan /masuk")
    assert (item.body["state"], item.body["side"], item.body["says"]) == ("down", "theirs", "sync.health.contains")
    german = answer("Läuft".encode("latin-1"))
    assert only(feed(contains="Läuft").decode(german, {})).body["state"] == "down"
    told = Answer(german.body, "", "latin-1", AT, BASE)
    assert only(feed(contains="Läuft").decode(told, {})).body["state"] == "up"


def test_a_status_that_was_not_expected() -> None:
    item = only(feed(status="204 401").decode(answer(status=200), {}))
    assert (item.body["state"], item.body["side"], item.body["status"]) == ("down", "theirs", 200)
    denied = Denied("sync.denied", source="app.invalid", status="401")
    assert failed(denied, status="204 401").body["state"] == "up"
    assert failed(denied, status="204 401", contains="x").body["side"] == "theirs"
    assert feed(status="x 9999999999999999999").decode(answer(), {}).items[0].level == "up"


@pytest.mark.parametrize(
    ("trouble", "side", "status"),
    [
        (Away("sync.away.name", source="a", fault="EAI_AGAIN"), "ours", None),
        (Away("sync.away.resolver", source="a", seconds=3), "ours", None),
        (Away("sync.away.refused", source="a", fault="ENETUNREACH"), "ours", None),
        (Away("sync.away.name", source="a", fault="EAI_NONAME"), "wire", None),
        (Away("sync.away.refused", source="a", fault="ECONNREFUSED"), "wire", None),
        (Away("sync.away.connect", source="a", seconds=3), "wire", None),
        (Away("sync.away.slow", source="a", seconds=15), "wire", None),
        (Away("sync.away.reset", source="a"), "wire", None),
        (Away("sync.tls.expired", source="a", fault="cert 10", now="2026-11-21T03:42"), "wire", None),
        (BadAnswer("sync.bad.redirect", source="a", to="https://portal.invalid"), "wire", None),
        (BadAnswer("sync.bad.cut", source="a", got=5), "wire", None),
        (BadAnswer("sync.bad.bomb", source="a", limit_mb=64), "theirs", None),
        (Away("sync.away.server", source="a", status="503"), "theirs", 503),
        (Away("sync.away.gone", source="a", status="404"), "theirs", 404),
        (Away("sync.away.busy", source="a", seconds=5), "theirs", None),
        (Away("sync.away.held", source="a", seconds=5), "theirs", None),
        (Denied("sync.denied", source="a", status="403"), "theirs", 403),
    ],
)
def test_each_failure_has_its_side(trouble: ConsoleError, side: str, status: int | None) -> None:
    body = failed(trouble).body
    assert (body["state"], body["side"], body["status"], body["says"]) == ("down", side, status, trouble.says)
    assert body["took_ms"] is None


def test_what_says_nothing_of_the_application() -> None:
    ask = feed().ask({}, AT)[0]
    assert feed().missed(ask, Away("sync.cut", source="a"), {}) is None
    assert feed().missed(ask, BadAnswer("sync.url.private", source="a", address="10.0.0.1"), {}) is None


def test_outcomes_are_counted_and_bounded() -> None:
    source = feed()
    memo: Any = {}
    for minute in range(KEPT + 20):
        at = AT + timedelta(minutes=minute)
        if minute % 10:
            batch = source.decode(Answer(b"ok", "", "", at, BASE, tag=f"{millis(at)} "), memo)
        else:
            ask = source.ask(memo, at)[0]
            missed = source.missed(ask, Away("sync.away.reset", source="a"), memo)
            assert missed is not None
            batch = missed
        memo = json.loads(json.dumps(batch.memo))
    body = batch.items[0].body
    assert body["kept"] == {"up": KEPT * 9 // 10, "slow": 0, "down": KEPT // 10}
    assert body["since"] == (AT + timedelta(minutes=KEPT + 11)).isoformat()
    assert len(json.dumps(memo)) < 2 * KEPT


@pytest.mark.parametrize(
    "memo", [{"kept": 5}, {"kept": {"": "x"}}, {"kept": {"": ["u" * 900, 1]}}, {"kept": {"": [1, 1]}}]
)
def test_any_memo_will_do(memo: Any) -> None:
    assert sum(only(feed().decode(answer(), memo)).body["kept"].values()) <= KEPT


def test_paths_that_are_asked_no_more_are_forgotten() -> None:
    memo = feed(paths="/a /b").decode(answer(path="/a"), {"kept": {"/x": ["u", 1], "/b": ["d", 1]}}).memo
    assert set(memo["kept"]) == {"/a", "/b"}


def test_any_bytes_are_an_answer() -> None:
    for good in GOOD:
        for spoilt in mutations(good, 60):
            assert only(feed(contains="ok").decode(answer(spoilt), {})).level in ("up", "down")


def test_what_the_wire_measured_goes_to_another_process_whole() -> None:
    full = answer(status=203, took_s=1.5, tls_ends_at=AT)
    assert pickle.loads(pickle.dumps(full)) == full
