"""Signed in all the while: sessions, tokens, squeezed bodies, and pages of portals that are no answers."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from console.core.clock import SystemClock
from console.core.errors import Away, BadAnswer, ConsoleError, Denied, Refused
from sync.couch import Call
from sync.hub_wire import AHEAD, Account, HubWire
from sync.lanes import Budget, Lane, Lanes
from sync.strict_json import Unsound
from sync.wire import Wire
from tests.sync.talk_server import Heard, Said, TalkServer

PASSWORD = "rahasia-é"


class Couch:
    """A server that knows one account and its newest session."""

    def __init__(self) -> None:
        self.sessions = 0
        self.signed_in = ""
        self.squeezes = True
        self.said: Callable[[Heard], Said] = lambda heard: Said({"ok": True})

    def answer(self, heard: Heard) -> Said:
        if heard.path == "/_session" and heard.method == "POST":
            if heard.body != {"name": "posko", "password": PASSWORD}:
                return Said({"error": "unauthorized"}, 401)
            self.sessions += 1
            self.signed_in = f"AuthSession=s{self.sessions}"
            return Said({"ok": True}, headers={"Set-Cookie": f"{self.signed_in}; Version=1; Path=/; HttpOnly"})
        basic = "Basic " + base64.b64encode(f"posko:{PASSWORD}".encode()).decode()
        known = (self.signed_in and heard.headers.get("cookie") == self.signed_in) or heard.headers.get(
            "authorization"
        ) in (basic, "Bearer token")
        if not known:
            return Said({"error": "unauthorized"}, 401)
        if heard.headers.get("content-encoding") == "gzip" and not self.squeezes:
            return Said({"error": "bad_content_encoding"}, 415)
        return self.said(heard)


@pytest.fixture
def couch() -> Couch:
    return Couch()


@pytest.fixture
def server(couch: Couch) -> Iterator[TalkServer]:
    server = TalkServer(couch.answer)
    yield server
    server.close()


Opening = Callable[..., HubWire]


@pytest.fixture
def opening(wire: Wire, server: TalkServer) -> Iterator[Opening]:
    opened: list[HubWire] = []

    def start(user: str = "posko", secret: str = PASSWORD, way: str = "cookie", limit: int = 0) -> HubWire:
        lanes = Lanes(SystemClock(), Budget(SystemClock(), limit))
        line = wire.line(allow_private=True, count=lanes.budget.spend)
        opened.append(HubWire(line, server.url + "/", Account(user, lambda: secret, way), lanes))
        return opened[-1]

    yield start
    for each in opened:
        each.end()


def test_one_session_serves_many_calls(server: TalkServer, couch: Couch, opening: Opening) -> None:
    net = opening().on(Lane.REST)
    for _ in range(3):
        reply = net.call(Call("GET", "/db/_changes", {"since": "5-g1AA"}))
        assert (reply.status, reply.body) == (200, {"ok": True})
    assert [heard.path for heard in server.heard] == ["/_session", *["/db/_changes"] * 3]
    assert server.heard[-1].query == {"since": "5-g1AA"}
    assert PASSWORD not in str(server.heard[-1].headers)


def test_a_session_that_ran_out_is_renewed_once(couch: Couch, opening: Opening) -> None:
    net = opening().on(Lane.REST)
    net.call(Call("GET", "/"))
    couch.signed_in = "gone"
    assert net.call(Call("GET", "/")).status == 200
    assert couch.sessions == 2


def test_a_session_the_server_renews_itself_is_taken(couch: Couch, opening: Opening) -> None:
    net = opening().on(Lane.REST)

    def renew(heard: Heard) -> Said:
        couch.signed_in = "AuthSession=fresh"
        return Said({}, headers={"Set-Cookie": "AuthSession=fresh; Path=/"})

    couch.said = renew
    net.call(Call("GET", "/"))
    net.call(Call("GET", "/"))
    assert couch.sessions == 1


def test_many_threads_renew_one_session(couch: Couch, opening: Opening) -> None:
    net = opening().on(Lane.URGENT)
    net.call(Call("GET", "/"))
    couch.signed_in = "gone"
    with ThreadPoolExecutor(4) as threads:
        statuses = [each.status for each in threads.map(lambda _: net.call(Call("GET", "/")), range(4))]
    assert statuses == [200] * 4
    assert couch.sessions <= 3


@pytest.mark.parametrize("way", ["cookie", "basic", "jwt"])
def test_a_wrong_secret_is_denied_and_tried_once(server: TalkServer, opening: Opening, way: str) -> None:
    hub = opening(secret="wrong", way=way)
    for _ in range(3):
        with pytest.raises(Denied) as caught:
            hub.on(Lane.REST).call(Call("GET", "/"))
        assert caught.value.values["status"] == "401"
        assert caught.value.says == "sync.hub.denied", "each time: it is no matter of one place"
    assert len(server.heard) == 1
    hub.sign_in_again()
    with pytest.raises(Denied) as caught:
        hub.on(Lane.REST).call(Call("GET", "/"))
    assert caught.value.says == "sync.hub.denied"
    assert caught.value.values["user"] == "posko"
    assert len(server.heard) == 2


def only_admins(heard: Heard) -> Said:
    """What CouchDB says to an ordinary account."""
    if heard.path == "/_db_updates":
        return Said({"error": "unauthorized", "reason": "You are not a server admin."}, 401)
    return Said({"ok": True, "userCtx": {"name": "posko"}})


@pytest.mark.parametrize(("way", "secret"), [("cookie", PASSWORD), ("basic", PASSWORD), ("jwt", "token")])
def test_what_only_admins_may_ask_says_nothing_of_the_secret(
    couch: Couch, opening: Opening, way: str, secret: str
) -> None:
    couch.said = only_admins
    hub = opening(secret=secret, way=way)
    for _ in range(2):
        with pytest.raises(Denied) as caught:
            hub.on(Lane.ALERT).call(Call("GET", "/_db_updates", {"feed": "longpoll"}))
        assert caught.value.says == "sync.denied", "as a place that is not open to us"
        assert hub.on(Lane.REST).call(Call("GET", "/db")).status == 200


@pytest.mark.parametrize("way", ["cookie", "basic", "jwt"])
def test_a_wrong_secret_is_found_out_there_too(server: TalkServer, opening: Opening, way: str) -> None:
    hub = opening(secret="wrong", way=way)
    for path in ("/_db_updates", "/_db_updates", "/db"):
        with pytest.raises(Denied) as caught:
            hub.on(Lane.ALERT).call(Call("GET", path))
        assert caught.value.says == "sync.hub.denied"
    assert len(server.heard) == (1 if way == "cookie" else 2)


def test_a_server_without_sessions_leaves_it_open(couch: Couch, opening: Opening) -> None:
    couch.said = lambda heard: Said({}, 404) if heard.path == "/_session" else only_admins(heard)
    hub = opening(way="basic")
    with pytest.raises(Denied):
        hub.on(Lane.ALERT).call(Call("GET", "/_db_updates"))
    assert hub.on(Lane.REST).call(Call("GET", "/db")).status == 200


@pytest.mark.parametrize(("way", "secret"), [("basic", PASSWORD), ("jwt", "token")])
def test_other_ways_to_sign_in(server: TalkServer, opening: Opening, way: str, secret: str) -> None:
    assert opening(secret=secret, way=way).on(Lane.REST).call(Call("GET", "/")).status == 200
    assert len(server.heard) == 1


def test_without_a_secret_nothing_is_asked(server: TalkServer, opening: Opening) -> None:
    with pytest.raises(Denied) as caught:
        opening(secret="").on(Lane.REST).call(Call("GET", "/"))
    assert caught.value.says == "sync.hub.no_secret"
    assert server.heard == []


def test_a_stranger_without_an_account_is_denied(opening: Opening) -> None:
    with pytest.raises(Denied):
        opening(user="").on(Lane.REST).call(Call("GET", "/"))


def test_a_secret_does_not_travel_in_the_clear(wire: Wire) -> None:
    lanes = Lanes(SystemClock(), Budget(SystemClock()))
    account = Account("posko", lambda: PASSWORD)
    with pytest.raises(Refused) as caught:
        HubWire(wire.line(), "http://10.0.0.5:5984", account, lanes)
    assert caught.value.says == "sync.hub.clear"
    for url, clear in (("https://10.0.0.5:6984", False), ("http://10.0.0.5:5984", True), ("http://localhost:1", False)):
        HubWire(wire.line(), url, account, lanes, clear=clear).end()
    HubWire(wire.line(), "http://10.0.0.5:5984", Account(), lanes).end()


def test_big_bodies_go_out_squeezed_until_the_server_cannot(server: TalkServer, couch: Couch, opening: Opening) -> None:
    net = opening().on(Lane.REST)
    body = {"docs": [{"_id": "deed:1", "text": "é" * 4000}]}
    call = Call("POST", "/db/_bulk_docs", body=body)
    net.call(call)
    assert server.heard[-1].headers["content-encoding"] == "gzip"
    assert server.heard[-1].body == body
    assert len(server.heard[-1].raw) < 200
    couch.squeezes = False
    for _ in range(2):
        assert net.call(call).status == 200
        assert server.heard[-1].body == body
    assert [heard.headers.get("content-encoding") for heard in server.heard[2:]] == ["gzip", None, None]


@pytest.mark.parametrize("status", [200, 201, 404, 409, 412])
@pytest.mark.parametrize(
    ("said", "says"),
    [
        (Said(b"<html>login</html>", kind="text/html"), "sync.bad.html"),
        (Said(b"<html>login</html>"), "sync.bad.json"),
        (Said(b"ok", kind="text/plain"), "sync.bad.type"),
        (Said(b"", kind="text/plain"), "sync.bad.empty"),
        (Said(b'{"ok":tr'), "sync.bad.json_cut"),
    ],
)
def test_the_page_of_a_portal_is_no_answer(couch: Couch, opening: Opening, status: int, said: Said, says: str) -> None:
    couch.said = lambda heard: Said(said.body, status, kind=said.kind)
    with pytest.raises(BadAnswer) as caught:
        opening().on(Lane.REST).call(Call("POST", "/db/_bulk_docs", body={}))
    assert caught.value.says.startswith(says.removesuffix("_cut"))


def test_too_big_is_an_answer_whoever_says_it(couch: Couch, opening: Opening) -> None:
    couch.said = lambda heard: Said(b"<html>413</html>", 413, kind="text/html")
    assert opening().on(Lane.REST).call(Call("POST", "/db/_bulk_docs", body={})).status == 413


def test_one_unsound_value_costs_only_itself(couch: Couch, opening: Opening) -> None:
    couch.said = lambda heard: Said(b'{"a": 1e999, "b": 1}')
    body: Any = opening().on(Lane.REST).call(Call("GET", "/db/a")).body
    assert isinstance(body["a"], Unsound)
    assert body["b"] == 1


def test_a_call_ahead_is_under_way_before_it_is_wanted(server: TalkServer, opening: Opening) -> None:
    net = opening().on(Lane.REST)
    wanted = net.ahead(Call("GET", "/a"))
    assert net.call(Call("GET", "/b")).status == 200
    assert wanted().status == 200
    failing = net.ahead(Call("GET", "/a", accept="text/html"))
    assert failing().body == b'{"ok": true}'


def test_a_long_poll_takes_no_room_and_asks_for_no_gzip(server: TalkServer, couch: Couch, opening: Opening) -> None:
    hub = opening(limit=3600)
    hub.lanes.budget.spend(1 << 20)
    reply = hub.on(Lane.REST).call(Call("GET", "/db/_changes", {"feed": "longpoll"}))
    assert reply.status == 200
    assert server.heard[-1].headers["accept-encoding"] == "identity"


def test_bytes_are_counted_and_an_urgent_call_waits_for_no_budget(opening: Opening) -> None:
    hub = opening(limit=3600)
    hub.lanes.budget.spend(1 << 20)
    before = hub.lanes.budget.hour
    reply = hub.on(Lane.REST).call(Call("GET", "/db/a", urgent=True))
    assert hub.lanes.budget.hour - before > reply.size > 100


def test_what_is_urgent_finds_a_thread_while_pages_wait_for_the_budget(server: TalkServer, opening: Opening) -> None:
    hub = opening(limit=3600)
    hub.on(Lane.URGENT).call(Call("GET", "/"))
    hub.lanes.budget.spend(1 << 20)
    history = hub.on(Lane.REST)
    pages = [history.ahead(Call("GET", "/db/_changes")) for _ in range(AHEAD + 1)]
    sent = hub.on(Lane.REST).ahead(Call("POST", "/db/_bulk_docs", body={}, urgent=True))
    try:
        assert ThreadPoolExecutor(1).submit(sent).result(20).status == 200
        assert [heard.path for heard in server.heard[2:]] == ["/db/_bulk_docs"]
    finally:
        hub.end()
    for page in pages:
        with pytest.raises((Away, CancelledError)):
            page()


@pytest.mark.parametrize("ahead_s", [7200, 30, -7200])
def test_the_servers_clock_is_compared_with_ours(couch: Couch, opening: Opening, ahead_s: int) -> None:
    hub = opening()

    def dated(_heard: Heard) -> Said:
        at = SystemClock().now() + timedelta(seconds=ahead_s)
        return Said({}, headers={"Date": format_datetime(at, usegmt=True)})

    hub.on(Lane.REST).call(Call("GET", "/db"))
    assert hub.apart.seconds == 0
    couch.said = dated
    hub.on(Lane.REST).call(Call("GET", "/db/_changes", {"feed": "longpoll"}))
    assert hub.apart.seconds == 0, "the head of a long poll is as old as its silence"
    hub.on(Lane.REST).call(Call("GET", "/db"))
    assert abs(hub.apart.seconds - ahead_s) <= 2


@pytest.mark.parametrize("waits_for", ["budget", "server"])
def test_the_end_comes_at_once(couch: Couch, wire: Wire, opening: Opening, waits_for: str) -> None:
    hub = opening(limit=3600 if waits_for == "budget" else 0)
    hub.lanes.budget.spend(1 << 20)
    inside, release = threading.Event(), threading.Event()

    def hang(heard: Heard) -> Said:
        inside.set()
        release.wait(5)
        return Said({})

    couch.said = hang
    wanted = hub.on(Lane.REST).ahead(Call("GET", "/db"))
    if waits_for == "server":
        assert inside.wait(5)
    hub.end()
    wire.cut = True
    release.set()
    with pytest.raises((Away, ConsoleError)) as caught:
        wanted()
    assert caught.value.says == "sync.cut"
    with pytest.raises(Away):
        hub.on(Lane.REST).ahead(Call("GET", "/db"))
