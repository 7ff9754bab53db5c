"""Every way a server misbehaves has a name, an end and a bound."""

from __future__ import annotations

import os
import threading
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from console.core.clock import SystemClock
from console.core.errors import Away, BadAnswer, ConsoleError, Denied
from sync.feed import Ask
from sync.wire import Limits, Wire
from tests.sync.conftest import HASTE_S, LIMITS
from tests.sync.faults import GOOD, FaultServer

FAULTS: dict[str, tuple[type[ConsoleError], str]] = {
    "captive": (BadAnswer, "sync.bad.html"),
    "captive_lying_type": (BadAnswer, "sync.bad.html"),
    "captive_after_comment": (BadAnswer, "sync.bad.html"),
    "redirect_portal": (BadAnswer, "sync.bad.redirect"),
    "short_body": (BadAnswer, "sync.bad.cut"),
    "trunc_gzip_close": (BadAnswer, "sync.bad.cut"),
    "trunc_gzip_chunked": (BadAnswer, "sync.bad.cut"),
    "wrong_sum_gzip": (BadAnswer, "sync.bad.gzip"),
    "not_gzip": (BadAnswer, "sync.bad.gzip"),
    "empty_gzip": (BadAnswer, "sync.bad.cut"),
    "brotli": (BadAnswer, "sync.bad.encoding"),
    "broken_chunk": (BadAnswer, "sync.bad.cut"),
    "bad_chunk_size": (BadAnswer, "sync.bad.cut"),
    "bomb": (BadAnswer, "sync.bad.bomb"),
    "huge": (BadAnswer, "sync.bad.big"),
    "endless": (BadAnswer, "sync.bad.big"),
    "slowloris": (Away, "sync.away.slow"),
    "slow_head": (Away, "sync.away.slow"),
    "forever_100": (Away, "sync.away.slow"),
    "hang": (Away, "sync.away.slow"),
    "many_heads": (BadAnswer, "sync.bad.http"),
    "429": (Away, "sync.away.busy"),
    "503date": (Away, "sync.away.server"),
    "500html": (Away, "sync.away.server"),
    "401": (Denied, "sync.denied"),
    "403": (Denied, "sync.denied"),
    "404": (Away, "sync.away.gone"),
    "410": (Away, "sync.away.gone"),
    "206": (Away, "sync.away.status"),
    "204": (Away, "sync.away.status"),
    "unchanged": (Away, "sync.away.status"),
    "reset": (Away, "sync.away.reset"),
    "reset_inside": (Away, "sync.away.reset"),
    "hang_up": (Away, "sync.away.reset"),
    "not_http": (BadAnswer, "sync.bad.http"),
    "loop": (BadAnswer, "sync.bad.redirects"),
    "ssrf": (BadAnswer, "sync.bad.redirect"),
    "tofile": (BadAnswer, "sync.url.scheme"),
    "odd_charset": (BadAnswer, "sync.bad.charset"),
    "picture": (BadAnswer, "sync.bad.type"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_has_its_name(faults: FaultServer, wire: Wire, name: str) -> None:
    kind, says = FAULTS[name]
    before_s = SystemClock().monotonic_s()
    with pytest.raises(kind) as caught:
        wire.fetch(Ask(faults.url(name)), allow_private=True, deadline_s=HASTE_S if says.endswith("slow") else None)
    assert caught.value.says == says
    assert caught.value.values.get("source", "127.0.0.1") == "127.0.0.1"
    assert SystemClock().monotonic_s() - before_s < 10


@pytest.mark.parametrize("name", ["good", "good_gzip", "good_chunked", "two_gzips", "redirect_near"])
def test_a_good_answer_is_whole(faults: FaultServer, wire: Wire, name: str) -> None:
    answer = wire.fetch(Ask(faults.url(name), tag="t", params={"a": "b c"}), allow_private=True)
    assert answer.body == GOOD
    assert (answer.content_type, answer.tag, answer.params) == ("application/json", "t", {"a": "b c"})
    assert "GET /" + name + "?a=b+c " in faults.asked[0]


def test_what_we_say_of_ourselves(faults: FaultServer, wire: Wire) -> None:
    wire.fetch(Ask(faults.url("good"), accept="application/xml"), allow_private=True)
    head = faults.asked[0].lower()
    assert "user-agent: kendali-test\r\n" in head
    assert "accept-encoding: gzip\r\n" in head
    assert "accept: application/xml\r\n" in head


def test_connections_are_kept(faults: FaultServer, wire: Wire) -> None:
    for _ in range(5):
        wire.fetch(Ask(faults.url("good_gzip")), allow_private=True)
    assert faults.connections == 1


def test_a_kept_connection_that_was_closed_meanwhile_is_no_trouble(faults: FaultServer, wire: Wire) -> None:
    for _ in range(4):
        assert wire.fetch(Ask(faults.url("good_once")), allow_private=True).body == GOOD


def test_unchanged_is_told_and_the_connection_kept(faults: FaultServer, wire: Wire) -> None:
    for _ in range(2):
        answer = wire.fetch(Ask(faults.url("unchanged"), etag='"one"'), allow_private=True)
        assert answer.unchanged
        assert answer.body == b""
        assert answer.etag == '"one"'
    assert 'If-None-Match: "one"\r\n' in faults.asked[0]
    assert faults.connections == 1


def test_a_redirect_does_not_repeat_the_query(faults: FaultServer, wire: Wire) -> None:
    wire.fetch(Ask(faults.url("redirect_near"), params={"page": "2"}), allow_private=True)
    assert [head.split(" ")[1] for head in faults.asked] == ["/redirect_near?page=2", "/good_gzip"]


def test_cookies_are_not_kept(faults: FaultServer, wire: Wire) -> None:
    for _ in range(2):
        wire.fetch(Ask(faults.url("cookie")), allow_private=True)
    assert "cookie:" not in faults.asked[1].lower()


def test_the_environment_has_no_say(faults: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setitem(os.environ, name, "http://127.0.0.1:1/")
    monkeypatch.setitem(os.environ, "REQUESTS_CA_BUNDLE", "/nowhere.pem")
    wire = Wire(SystemClock(), agent="t", limits=LIMITS)
    assert wire.fetch(Ask(faults.url("good")), allow_private=True).body == GOOD
    wire.close()


def test_memory_is_bounded_while_reading(faults: FaultServer, wire: Wire) -> None:
    tracemalloc.start()
    try:
        for name in ("endless", "bomb", "huge"):
            with pytest.raises(BadAnswer):
                wire.fetch(Ask(faults.url(name)), allow_private=True)
        # the server's own megabytes are in this process too
        assert tracemalloc.get_traced_memory()[1] < 12 << 20
    finally:
        tracemalloc.stop()


def test_retry_after_is_honoured_by_all_who_ask_that_host(faults: FaultServer, wire: Wire) -> None:
    with pytest.raises(Away) as first:
        wire.fetch(Ask(faults.url("429")), allow_private=True)
    assert first.value.retry_after_s == 7
    for _ in range(20):
        with pytest.raises(Away) as held:
            wire.fetch(Ask(faults.url("good")), allow_private=True)
        assert held.value.says == "sync.away.held"
        assert held.value.retry_after_s is not None
        assert 1 <= held.value.retry_after_s <= 7
    assert len(faults.asked) == 1


def test_a_far_date_is_capped(faults: FaultServer, wire: Wire) -> None:
    with pytest.raises(Away) as caught:
        wire.fetch(Ask(faults.url("503date")), allow_private=True)
    assert caught.value.retry_after_s == 900


def test_nobody_listens(wire: Wire) -> None:
    server = FaultServer()
    url = server.url("good")
    server.close()
    with pytest.raises(Away) as caught:
        wire.fetch(Ask(url), allow_private=True)
    assert (caught.value.says, caught.value.values["fault"]) == ("sync.away.refused", "ECONNREFUSED")


@pytest.fixture
def patient() -> Iterator[Wire]:
    """A wire that would wait for ever, so that what ends it is the cut."""
    wire = Wire(SystemClock(), agent="t", limits=Limits(deadline_s=60, connect_s=60, resolve_s=60))
    yield wire
    wire.close()


@pytest.mark.parametrize("name", ["hang", "slowloris", "slow_head"])
def test_cut_ends_what_is_under_way_at_once(faults: FaultServer, patient: Wire, name: str) -> None:
    with ThreadPoolExecutor(1) as threads:
        fetch = threads.submit(patient.fetch, Ask(faults.url(name)), allow_private=True)
        assert faults.arrived.acquire(timeout=5)
        patient.cut = True
        trouble = fetch.exception(timeout=5)
    assert isinstance(trouble, Away)
    assert trouble.says == "sync.cut"


def test_cut_ends_the_wait_for_a_name() -> None:
    asked, answer = threading.Event(), threading.Event()

    def resolve(host: str, port: int) -> list[tuple[object, ...]]:
        asked.set()
        answer.wait(10)
        return []

    wire = Wire(SystemClock(), agent="t", limits=Limits(deadline_s=60, resolve_s=60), resolve=resolve)
    with ThreadPoolExecutor(1) as threads:
        fetch = threads.submit(wire.fetch, Ask("http://hub.invalid/"))
        assert asked.wait(5)
        wire.cut = True
        trouble = fetch.exception(timeout=5)
    answer.set()
    assert isinstance(trouble, Away)
    assert trouble.says == "sync.cut"


def test_cut_and_joined_again(faults: FaultServer, wire: Wire) -> None:
    ask = Ask(faults.url("good"))
    wire.fetch(ask, allow_private=True)
    wire.cut = True
    for _ in range(3):
        with pytest.raises(Away) as caught:
            wire.fetch(ask, allow_private=True)
        assert caught.value.says == "sync.cut"
    assert len(faults.asked) == 1
    wire.cut = False
    assert wire.fetch(ask, allow_private=True).body == GOOD


def test_one_bad_host_does_not_hold_up_another(faults: FaultServer, patient: Wire) -> None:
    other = FaultServer()
    with ThreadPoolExecutor(4) as threads:
        hanging = [threads.submit(patient.fetch, Ask(faults.url("hang")), allow_private=True) for _ in range(3)]
        for _ in hanging:
            assert faults.arrived.acquire(timeout=5)
        good = [patient.fetch(Ask(other.url("good")), allow_private=True) for _ in range(3)]
        patient.cut = True
    other.close()
    assert all(answer.body == GOOD for answer in good)


def test_a_silent_resolver_is_left_after_its_own_deadline() -> None:
    answer = threading.Event()

    def resolve(host: str, port: int) -> list[tuple[object, ...]]:
        answer.wait(10)
        return []

    wire = Wire(SystemClock(), agent="t", limits=Limits(deadline_s=20, resolve_s=HASTE_S), resolve=resolve)
    with pytest.raises(Away) as caught:
        wire.fetch(Ask("http://hub.invalid/"))
    answer.set()
    assert caught.value.says == "sync.away.resolver"


def test_the_address_that_was_judged_is_the_one_connected_to(faults: FaultServer) -> None:
    """DNS that answers differently the second time finds nobody asking a second time."""
    answers = iter(["127.0.0.1", "10.0.0.1", "10.0.0.1"])
    times: list[str] = []

    def resolve(host: str, port: int) -> list[tuple[object, ...]]:
        times.append(host)
        return [(2, 1, 6, "", (next(answers), faults.port))]

    wire = Wire(SystemClock(), agent="t", limits=LIMITS, resolve=resolve)
    assert wire.fetch(Ask(f"http://hub.invalid:{faults.port}/good"), allow_private=True).body == GOOD
    assert times == ["hub.invalid"]
    assert f"Host: hub.invalid:{faults.port}" in faults.asked[0]
    wire.close()


def test_a_private_connection_is_not_lent_to_a_feed_without_leave(faults: FaultServer, wire: Wire) -> None:
    url = faults.url("good")
    wire.fetch(Ask(url), allow_private=True)
    with pytest.raises(BadAnswer) as caught:
        wire.fetch(Ask(url))
    assert caught.value.says == "sync.url.private"
    assert len(faults.asked) == 1
