"""Clients that mean no good, or no longer are there: each costs its own conversation and nobody else's."""

from __future__ import annotations

import gzip
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sync.relay import request, server, stream
from tests.sync.relay.conftest import SIGNED, Client, named
from tests.sync.relay.many_stores import TestRelay

SIGN = f"Authorization: {SIGNED}\r\n".encode()
HOST = b"Host: 127.0.0.1\r\n"


@pytest.fixture
def dial(relay: TestRelay) -> Iterator[Any]:
    """Opens bare connections to the relay, or to another port."""
    held: list[socket.socket] = []

    def open_one(raw: bytes = b"", port: int = 0) -> socket.socket:
        held.append(socket.create_connection(("127.0.0.1", port or relay.port), 10))
        held[-1].sendall(raw)
        return held[-1]

    yield open_one
    for each in held:
        each.close()


def all_of(sock: socket.socket) -> bytes:
    """What comes until the other side ends."""
    got = b""
    try:
        while piece := sock.recv(1 << 16):
            got += piece
    except ConnectionResetError:
        pass
    return got


def status(got: bytes) -> int:
    return int(got.split(b" ", 2)[1]) if got else 0


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        (b"GET / HTTP/1.1\r\n" + HOST + b"\r\n", 401),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\n" + HOST + b"\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
        (b"GET  / HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        (b"BREW /pot HTTP/1.1\r\n" + HOST + b"\r\n", 405),
        (b"GET /\xff HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        (b"GET http://x/ HTTP/1.1\r\n" + HOST + SIGN + b"\r\n", 400),
        (b"GET /%zz HTTP/1.1\r\n" + HOST + SIGN + b"\r\n", 400),
        (b"GET /db/%ff HTTP/1.1\r\n" + HOST + SIGN + b"\r\n", 400),
        (b"GET /db/%00 HTTP/1.1\r\n" + HOST + SIGN + b"\r\n", 400),
        (b"GET /db/x?a=%ff HTTP/1.1\r\n" + HOST + SIGN + b"\r\n", 400),
        (b"GET /../../etc/passwd HTTP/1.1\r\n" + HOST + SIGN + b"\r\n", 400),
        (b"GET /%2e%2e%2fetc%2fpasswd HTTP/1.1\r\n" + HOST + SIGN + b"\r\n", 400),
        (b"GET /db/" + b"a" * 5000 + b" HTTP/1.1\r\n" + HOST + SIGN + b"\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + HOST + b"A" * 40_000 + b": b\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + HOST + b" folded: yes\r\n\r\n", 400),
        (b"GET / HTTP/1.1\nHost: 127.0.0.1\n\n\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + HOST + HOST + b"\r\n", 400),
        (b"PUT /db/a HTTP/1.1\r\n" + HOST + SIGN + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"PUT /db/a HTTP/1.1\r\n" + HOST + SIGN + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"PUT /db/a HTTP/1.1\r\n" + HOST + SIGN + b"Content-Length: -2\r\n\r\n", 400),
        (b"PUT /db/a HTTP/1.1\r\n" + HOST + SIGN + b"Content-Length: 99999999999\r\n\r\n", 413),
        (b"PUT /db/a HTTP/1.1\r\n" + HOST + SIGN + b"Transfer-Encoding: gzip, chunked\r\n\r\n", 501),
        (b"PUT /db/a HTTP/1.1\r\n" + HOST + SIGN + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (b"PUT /db/a HTTP/1.1\r\n" + HOST + SIGN + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n", 400),
        (b"PUT /db/a HTTP/1.1\r\n" + HOST + SIGN + b"Transfer-Encoding: chunked\r\n\r\nfffffff\r\n", 413),
        (b"PUT /db/a HTTP/1.1\r\n" + HOST + SIGN + b"Content-Encoding: br\r\nContent-Length: 2\r\n\r\n{}", 415),
        (b"GET / HTTP/1.1\r\nHost: kota.example\r\n" + SIGN + b"\r\n", 403),
        (b"GET / HTTP/1.1\r\n" + HOST + SIGN + b"Origin: http://kota.example\r\n\r\n", 403),
        (b"GET / HTTP/1.1\r\n" + HOST + b"Authorization: Basic !!!\r\n\r\n", 401),
        (b"GET / HTTP/1.1\r\n" + HOST + b"Authorization: Bearer abc\r\n\r\n", 401),
        (b"GET / HTTP/1.1\r\n" + HOST + b"Cookie: AuthSession=a.b.c\r\n\r\n", 401),
        (b"GET / HTTP/1.1\r\n" + HOST + b"Cookie: AuthSession=....\r\n\r\n", 401),
        (b"GET / HTTP/1.1\r\n" + HOST + b"Cookie: AuthSession=YQ==." + b"f" * 300 + b".aa\r\n\r\n", 401),
        (b"POST /_session HTTP/1.1\r\n" + HOST + b"Content-Length: 9999999\r\n\r\n", 413),
        (b"POST /_session HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n", 411),
        (b"POST /_session HTTP/1.1\r\n" + HOST + b"Content-Encoding: gzip\r\nContent-Length: 9\r\n\r\n", 415),
    ],
)
def test_requests_that_are_none(dial: Any, raw: bytes, wanted: int) -> None:
    found = all_of(dial(raw.replace(HOST, HOST + b"Connection: close\r\n", 1)))
    assert status(found) == wanted
    assert json.loads(found.partition(b"\r\n\r\n")[2]).keys() == {"error", "reason"}


BODIES = {
    "deep": b"[" * 100_000,
    "deep object": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    "nan": b'{"a":NaN}',
    "huge number": b'{"a":1e999}',
    "huge integer": b'{"a":' + b"9" * 5000 + b"}",
    "a key twice": b'{"a":1,"a":2}',
    "no utf-8": b'{"a":"\xff"}',
    "utf-16": '{"a":1}'.encode("utf-16"),
    "half a character": b'{"a":"\\ud800"}',
    "cut": b'{"a":',
    "empty": b"",
    "a list": b"[]",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_bodies_that_are_no_documents(db: Client, body: bytes) -> None:
    assert db.call("PUT", "/a", body).status == 400
    assert db.call("POST", "/_bulk_docs", body, Content_Type="application/json").status == 400
    assert db.call("GET", "").body["doc_count"] == 0


def test_a_whole_character_in_two_halves_is_one(db: Client) -> None:
    assert db.call("PUT", "/a", b'{"a":"\\ud83d\\ude00 \\\\ud800"}').status == 201
    assert db.call("GET", "/a").body["a"] == "😀 \\ud800"


def test_a_bomb_is_counted_while_it_grows(db: Client) -> None:
    bomb = gzip.compress(b"[" + b"0," * (40 << 20) + b"0]", 9)
    assert len(bomb) < 1 << 20
    assert db.call("PUT", "/a", bomb, Content_Encoding="gzip").status == 413
    cut = gzip.compress(b"{}")[:-4]
    assert db.call("PUT", "/a", cut, Content_Encoding="gzip").status == 400
    assert db.call("PUT", "/a", b"{}", Content_Encoding="gzip").status == 400


def test_a_chunked_body(db: Client, dial: Any) -> None:
    head = f"PUT {db.db}/a HTTP/1.1\r\n".encode() + HOST + SIGN + b"Transfer-Encoding: chunked\r\n\r\n"
    sock = dial(head + b'3;x=y\r\n{"a\r\n4\r\n":1}\r\n0\r\nTrailer: x\r\n\r\nGET / HTTP/1.0\r\n\r\n')
    assert status(all_of(sock)) == 201
    assert db.call("GET", "/a").body["a"] == 1


def test_who_says_expect_is_told_to_go_on(db: Client, dial: Any) -> None:
    head = f"PUT {db.db}/a HTTP/1.1\r\n".encode() + HOST + SIGN + b"Expect: 100-continue\r\nConnection: close\r\n"
    sock = dial(head + b"Content-Length: 2\r\n\r\n")
    assert sock.recv(100).startswith(b"HTTP/1.1 100 ")
    sock.sendall(b"{}")
    assert status(all_of(sock)) == 201


def test_several_requests_at_once_are_answered_in_order(db: Client, dial: Any) -> None:
    one = f"GET {db.db} HTTP/1.1\r\n".encode() + HOST + SIGN
    found = all_of(dial((one + b"\r\n") * 3 + one + b"Connection: close\r\n\r\n"))
    assert found.count(b"HTTP/1.1 200 OK") == 4


def test_a_head_that_drips_is_ended(dial: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "HEAD_S", 0.3)
    assert all_of(dial(b"GET / HT")) == b""


def test_a_connection_that_says_nothing_is_ended(dial: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "IDLE_S", 0.2)
    assert all_of(dial()) == b""


def test_a_body_that_drips_is_ended(db: Client, dial: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "PIECE_S", 0.2)
    head = f"PUT {db.db}/a HTTP/1.1\r\n".encode() + HOST + SIGN + b"Content-Length: 1000\r\n\r\n"
    assert all_of(dial(head + b'{"a":')) == b""
    assert db.call("GET", "/a").status == 404


def test_who_takes_nothing_is_let_go(db: Client, dial: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "PIECE_S", 0.3)
    db.push(*(named(f"k{n}", ["a" * 32], p="x" * 5000) for n in range(2000)))
    sock = dial(f"GET {db.db}/_changes?include_docs=true HTTP/1.1\r\n".encode() + HOST + SIGN + b"\r\n")
    gone = threading.Event()
    for _ in range(100):
        # it is cut before the end: 10 MB do not fit into what lies between
        if gone.wait(0.05) or not [each for each in threading.enumerate() if each.name.startswith("relay 1")][1:]:
            break
    assert b"last_seq" not in all_of(sock)


def test_one_who_stalls_keeps_nobody_else_waiting(db: Client, dial: Any) -> None:
    """Half a head, half a body, an answer not taken, a long poll: and everybody else is served as if they were not."""
    db.push(*(named(f"k{n}", ["a" * 32], p="x" * 5000) for n in range(1000)))
    held = [dial(b"GET / HT") for _ in range(5)]
    held += [
        dial(f"PUT {db.db}/a HTTP/1.1\r\n".encode() + HOST + SIGN + b"Content-Length: 9\r\n\r\n{") for _ in range(5)
    ]
    ask = f"GET {db.db}/_changes?include_docs=true HTTP/1.1\r\n".encode()
    held += [dial(ask + HOST + SIGN + b"\r\n") for _ in range(5)]
    poll = f"GET {db.db}/_changes?feed=longpoll&since=now HTTP/1.1\r\n".encode()
    held += [dial(poll + HOST + SIGN + b"\r\n") for _ in range(5)]
    began = threading.Event()
    timer = threading.Timer(20.0, began.set)
    timer.start()
    for n in range(20):
        db.put(f"z{n}", {"n": n})
        assert db.call("GET", f"/z{n}").status == 200
    assert not began.is_set()
    timer.cancel()
    timer.join()


def test_one_who_sends_slowly_keeps_nobody_from_pushing(db: Client, dial: Any) -> None:
    """On a thin link, or on purpose: a body in chunks, one under gzip, trailers without end."""
    head = f"POST {db.db}/_bulk_docs HTTP/1.1\r\n".encode() + HOST + SIGN + b"Content-Type: application/json\r\n"
    held = [
        dial(head + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nA: b\r\n"),
        dial(head + b"Transfer-Encoding: chunked\r\n\r\n9\r\n{"),
        dial(head + b"Content-Encoding: gzip\r\nContent-Length: 900\r\n\r\n" + gzip.compress(b"{}")[:12]),
    ]
    for n in range(5):
        squeezed = gzip.compress(json.dumps({"docs": [{"_id": f"z{n}", "p": "x" * 3_000_000}]}).encode())
        found = db.call("POST", "/_bulk_docs", squeezed, Content_Encoding="gzip", Content_Type="application/json")
        assert found.status == 201
    for each in held:
        each.setblocking(False)
        with pytest.raises(BlockingIOError):
            each.recv(1)


def test_bodies_that_wait_have_a_bound_and_small_ones_always_a_place(
    tmp_path: Path, dial: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "MOST_WAITING", 4 << 20)
    relay = TestRelay(tmp_path)
    try:
        client = Client(relay.port)
        client.call("PUT", "")
        head = b"PUT /db/a HTTP/1.1\r\n" + HOST + SIGN + b"Content-Length: 4000000\r\n\r\n"
        slow = dial(head + b'{"p":"' + b"x" * 3_000_000, relay.port)
        pause = threading.Event()
        for _ in range(400):
            if relay.server._waiting._left < 2 << 20:
                break
            pause.wait(0.05)
        found = client.call("PUT", "/b", {"p": "x" * 3_000_000})
        assert (found.status, found.headers["Retry-After"]) == (503, "5")
        client.close()
        client = Client(relay.port)
        client.put("c", {"p": "x" * 1_000_000})
        slow.sendall(b"x" * 999_992 + b'"}')
        assert status(slow.recv(1000)) == 201
        client.put("d", {"p": "x" * 3_000_000})
        client.close()
    finally:
        relay.close()


def test_idle_ones_give_way_and_busy_ones_do_not(tmp_path: Path, dial: Any) -> None:
    relay = TestRelay(tmp_path, most=3)
    try:
        idle = [dial(port=relay.port) for _ in range(3)]
        client = Client(relay.port)
        assert client.server("GET", "/").status == 200
        assert all_of(idle[0]) == b""
        client.call("PUT", "")
        polls = []
        for _ in range(2):
            ask = b"GET /db/_changes?feed=longpoll&heartbeat=100 HTTP/1.1\r\n" + HOST + SIGN + b"\r\n"
            polls.append(dial(ask, relay.port))
            assert polls[-1].recv(1000).startswith(b"HTTP/1.1 200 OK")
        client.close()
        expect = b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"
        busy = dial(b"PUT /db/a HTTP/1.1\r\n" + HOST + SIGN + expect, relay.port)
        assert busy.recv(100).startswith(b"HTTP/1.1 100")
        # the last place is held by one that is in the middle of a request
        full = all_of(dial(port=relay.port))
        assert status(full) == 503
        assert b"Retry-After" in full
        busy.sendall(b"{}")
        assert status(busy.recv(1000)) == 201
    finally:
        relay.close()


def test_who_hangs_up_while_he_waits_is_not_waited_for(db: Client, dial: Any) -> None:
    ask = f"GET {db.db}/_changes?feed=longpoll HTTP/1.1\r\n".encode() + HOST + SIGN + b"\r\n"
    before = threading.active_count()
    sock = dial(ask)
    assert sock.recv(1000).startswith(b"HTTP/1.1 200 OK")
    sock.close()
    pause = threading.Event()
    for _ in range(100):
        if threading.active_count() <= before:
            return
        pause.wait(0.05)
    raise AssertionError("it is still waited for")


def test_limits_are_those_of_the_protocol() -> None:
    assert request.MOST_BODY == 64 << 20
    assert request.MOST_DOCUMENT == 8 << 20
