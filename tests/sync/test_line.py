"""A conversation with one server: methods that change things, a no that is an answer, one pinned key."""

from __future__ import annotations

import gzip
import hashlib
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from console.core.clock import SystemClock
from console.core.errors import Away, BadAnswer, ConsoleError, Denied, Refused
from sync.message import Message
from sync.sockets import fingerprints, pin_of
from sync.wire import Line, Wire
from tests.sync.conftest import HASTE_S
from tests.sync.faults import FaultServer
from tests.sync.talk_server import Answering, Heard, Said, TalkServer
from tests.sync.test_tls import Authority

Serving = Callable[..., TalkServer]


@pytest.fixture
def serving() -> Iterator[Serving]:
    servers: list[TalkServer] = []

    def start(answering: Answering, tls: ssl.SSLContext | None = None) -> TalkServer:
        servers.append(TalkServer(answering, tls))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def line(wire: Wire) -> Line:
    return wire.line(allow_private=True)


def test_methods_bodies_and_heads_arrive(serving: Serving, line: Line) -> None:
    server = serving(lambda heard: Said({"ok": True}, 201, {"X-Rev": "1-a"}))
    for method in ("PUT", "POST", "DELETE"):
        sent = line.send(Message(method, server.url + "/db/a%2Fb", {"rev": "1-a"}, {"X-One": "1"}, b'{"a":1}'))
        heard = server.heard[-1]
        assert (heard.method, heard.path, heard.query, heard.body) == (method, "/db/a%2Fb", {"rev": "1-a"}, {"a": 1})
        assert heard.headers["x-one"] == "1"
        assert (sent.status, sent.body, sent.headers["x-rev"]) == (201, b'{"ok": true}', "1-a")
    assert server.connections == 1


def test_bytes_of_both_ways_are_counted(serving: Serving, line: Line) -> None:
    server = serving(lambda heard: Said("x" * 20_000))
    sent = line.send(Message("POST", server.url, body=b"y" * 50_000))
    assert 50_000 < sent.sent < 51_000
    assert 20_000 < sent.got < 21_000


def test_bytes_spent_in_vain_are_counted_too(faults: FaultServer, wire: Wire) -> None:
    counted: list[int] = []
    line = wire.line(allow_private=True, count=counted.append)
    with pytest.raises(BadAnswer):
        line.send(Message("POST", faults.url("endless")))
    assert counted[0] > 1 << 20


def test_a_body_longer_than_any_buffer_goes_out_whole(serving: Serving, line: Line) -> None:
    body = b"0123456789" * 800_000
    server = serving(lambda heard: Said(hashlib.sha256(heard.raw).hexdigest()))
    assert hashlib.sha256(body).hexdigest().encode() in line.send(Message("PUT", server.url, body=body)).body


@pytest.mark.parametrize("status", [200, 201, 202, 206, 304, 400, 404, 405, 409, 412, 413, 415, 416, 501])
def test_a_no_is_an_answer(serving: Serving, line: Line, status: int) -> None:
    server = serving(lambda heard: Said({"error": "why"} if status != 304 else b"", status))
    assert line.send(Message("GET", server.url)).status == status


@pytest.mark.parametrize(
    ("status", "kind"), [(401, Denied), (403, Denied), (407, Denied), (429, Away), (500, Away), (503, Away)]
)
def test_a_stranger_and_a_server_in_trouble_are_errors(
    serving: Serving, line: Line, status: int, kind: type[ConsoleError]
) -> None:
    server = serving(lambda heard: Said({}, status))
    with pytest.raises(kind):
        line.send(Message("PUT", server.url, body=b"{}"))


def test_a_redirect_is_a_portal(serving: Serving, line: Line) -> None:
    server = serving(lambda heard: Said(b"", 302, {"Location": "http://portal.invalid/login?from=secret"}))
    with pytest.raises(BadAnswer) as caught:
        line.send(Message("POST", server.url, body=b"{}"))
    assert caught.value.says == "sync.bad.redirect"
    assert "secret" not in str(caught.value)


def test_silence_is_not_squeezed(serving: Serving, line: Line) -> None:
    def answer(heard: Heard) -> Said:
        squeezed = heard.headers["accept-encoding"] == "gzip"
        return Said(gzip.compress(b"[1]"), headers={"Content-Encoding": "gzip"}) if squeezed else Said([2])

    server = serving(answer)
    assert line.send(Message("GET", server.url)).body == b"[1]"
    assert line.send(Message("GET", server.url, still=True)).body == b"[2]"


def _once_closed(serving: Serving) -> TalkServer:
    """Answers the first request, and ends the connection on the second, which it has read."""
    turns = iter(["good", "gone"])
    return serving(lambda heard: Said(hang_up=next(turns, "good") == "gone"))


def test_what_changes_things_is_not_sent_twice_by_itself(serving: Serving, line: Line) -> None:
    server = _once_closed(serving)
    line.send(Message("POST", server.url, body=b"{}"))
    with pytest.raises(Away) as caught:
        line.send(Message("POST", server.url, body=b"{}"))
    assert caught.value.says == "sync.away.reset"
    assert len(server.heard) == 2


@pytest.mark.parametrize("message", [Message("GET", ""), Message("POST", "", body=b"{}", repeatable=True)])
def test_what_may_be_repeated_is_sent_anew_on_a_fresh_connection(
    serving: Serving, line: Line, message: Message
) -> None:
    server = _once_closed(serving)
    asked = Message(message.method, server.url, body=message.body, repeatable=message.repeatable)
    line.send(asked)
    assert line.send(asked).status == 200
    assert len(server.heard) == 3


def test_a_kept_connection_closed_meanwhile_costs_nothing(faults: FaultServer, line: Line) -> None:
    for _ in range(4):
        assert line.send(Message("POST", faults.url("good_once"), repeatable=True)).status == 200


def test_a_deadline_of_its_own(faults: FaultServer, line: Line) -> None:
    before_s = SystemClock().monotonic_s()
    with pytest.raises(Away) as caught:
        line.send(Message("GET", faults.url("hang"), deadline_s=HASTE_S, still=True))
    assert caught.value.says == "sync.away.slow"
    assert SystemClock().monotonic_s() - before_s < 5


def test_cut_ends_a_long_poll_at_once(faults: FaultServer, wire: Wire) -> None:
    line = wire.line(allow_private=True)
    with ThreadPoolExecutor(1) as threads:
        poll = threads.submit(line.send, Message("GET", faults.url("hang"), deadline_s=60, still=True))
        assert faults.arrived.acquire(timeout=5)
        wire.cut = True
        trouble = poll.exception(timeout=5)
    assert isinstance(trouble, Away)
    assert trouble.says == "sync.cut"


def test_a_line_that_is_ended_ends_alone(faults: FaultServer, wire: Wire) -> None:
    line, other = wire.line(allow_private=True), wire.line(allow_private=True)
    with ThreadPoolExecutor(1) as threads:
        poll = threads.submit(line.send, Message("GET", faults.url("hang"), deadline_s=60, still=True))
        assert faults.arrived.acquire(timeout=5)
        line.end()
        trouble = poll.exception(timeout=5)
    assert isinstance(trouble, Away)
    assert trouble.says == "sync.cut"
    with pytest.raises(Away):
        line.send(Message("GET", faults.url("good")))
    assert other.send(Message("GET", faults.url("good"))).status == 200


def test_a_pause_asked_for_holds_for_the_next(serving: Serving, line: Line) -> None:
    server = serving(lambda heard: Said({}, 503, {"Retry-After": "30"}))
    for says in ("sync.away.server", "sync.away.held"):
        with pytest.raises(Away) as caught:
            line.send(Message("GET", server.url))
        assert caught.value.says == says
    assert len(server.heard) == 1


def test_no_cookie_is_kept_by_the_wire(serving: Serving, line: Line) -> None:
    server = serving(lambda heard: Said({}, headers={"Set-Cookie": "AuthSession=x; Path=/"}))
    line.send(Message("GET", server.url))
    line.send(Message("GET", server.url))
    line.send(Message("GET", server.url, headers={"Cookie": "AuthSession=y"}))
    assert [heard.headers.get("cookie") for heard in server.heard] == [None, None, "AuthSession=y"]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("pins"))


def _shown(authority: Authority) -> bytes:
    pem = (Path(authority.folder) / "server.pem").read_text("ascii")
    return ssl.PEM_cert_to_DER_cert(pem[pem.index("-----BEGIN CERTIFICATE") :])


@pytest.mark.parametrize("which", [0, 1])
def test_a_pinned_key_needs_no_authority(authority: Authority, serving: Serving, wire: Wire, which: int) -> None:
    server = serving(lambda heard: Said({"n": 1}), authority.context(host="other.invalid", own=False))
    pin = fingerprints(_shown(authority))[which]
    line = wire.line(allow_private=True, pin=pin)
    for _ in range(3):
        assert line.send(Message("PUT", server.url, body=b"{}")).body == b'{"n": 1}'
    assert server.connections == 1


def test_another_key_is_refused_before_anything_is_said(authority: Authority, serving: Serving, wire: Wire) -> None:
    server = serving(lambda heard: Said({}), authority.context(own=False))
    line = wire.line(allow_private=True, pin="0" * 64)
    with pytest.raises(Away) as caught:
        line.send(Message("PUT", server.url, headers={"Authorization": "Basic eA=="}, body=b"{}"))
    assert caught.value.says == "sync.tls.pin"
    assert server.heard == []


def test_a_pin_makes_no_other_line_trustful(authority: Authority, serving: Serving, wire: Wire) -> None:
    server = serving(lambda heard: Said({}), authority.context(own=False))
    pinned = wire.line(allow_private=True, pin=fingerprints(_shown(authority))[0])
    assert pinned.send(Message("GET", server.url)).status == 200
    with pytest.raises(Away) as caught:
        wire.line(allow_private=True).send(Message("GET", server.url))
    assert caught.value.says == "sync.tls.unknown"


def test_how_a_pin_is_written() -> None:
    plain = "ab" * 32
    assert pin_of("") == ""
    for text in (plain, plain.upper(), "sha256:" + ":".join(["AB"] * 32), " sha256/" + plain):
        assert pin_of(text) == plain
    for text in ("ab", plain + "ab", "xy" * 32):
        with pytest.raises(Refused):
            pin_of(text)


def test_two_threads_share_a_line(serving: Serving, line: Line) -> None:
    both = threading.Barrier(2, timeout=5)

    def answer(heard: Heard) -> Said:
        both.wait()
        return Said(heard.query)

    server = serving(answer)
    with ThreadPoolExecutor(2) as threads:
        asked = [threads.submit(line.send, Message("GET", server.url, {"n": str(n)})) for n in range(2)]
        assert [each.result(5).body for each in asked] == [b'{"n": "0"}', b'{"n": "1"}']


@pytest.mark.parametrize("status", [302, 307, 401, 403, 429, 500, 503])
def test_of_a_candid_message_every_answer_is_read_and_no_redirect_followed(
    serving: Serving, line: Line, status: int
) -> None:
    server = serving(lambda heard: Said({"error": "why"}, status, {"Location": "/lain", "Retry-After": "9"}))
    sent = line.send(Message("POST", server.url + "/x", body=b"a=1", candid=True))
    assert (sent.status, sent.headers["retry-after"]) == (status, "9")
    assert (b"why" in sent.body) is (status >= 400)
    assert [heard.path for heard in server.heard] == ["/x"]
    line.send(Message("POST", server.url + "/x", body=b"a=1", candid=True))
    assert len(server.heard) == 2, "nobody waits because of it"
