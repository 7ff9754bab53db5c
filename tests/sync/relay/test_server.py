"""Connections by themselves: how many there are at most, and that each can be ended at each moment."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from console.core.clock import SystemClock
from sync.relay import server as server_module
from sync.relay.accounts import Account
from sync.relay.answer import Answer
from sync.relay.request import Head, Request
from sync.relay.server import THREAD, Server
from sync.relay.tls import own_key

PATIENCE_S = 30
ASK = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


class Held:
    """Routes that hold whoever asks, until they are let go; nobody has signed yet."""

    def __init__(self) -> None:
        self.come = threading.Semaphore(0)
        self.go = threading.Event()

    def admit(self, head: Head, peer: str) -> Account | None:
        self.come.release()
        self.go.wait(PATIENCE_S)
        return None

    def answer(self, request: Request, account: Account | None, gone: Callable[[], bool]) -> Answer:
        return Answer.of({"ok": True})

    def renewed(self, head: Head, account: Account | None) -> str:
        return ""


class Serving:
    """A server with those routes, and who talks to it."""

    def __init__(self, **how: Any) -> None:
        self.routes = Held()
        self.server = Server(self.routes, SystemClock(), **how)  # type: ignore[arg-type]
        self.port = self.server.start()
        self.clients: list[socket.socket] = []

    def dial(self, raw: bytes = b"") -> socket.socket:
        self.clients.append(socket.create_connection(("127.0.0.1", self.port), PATIENCE_S))
        self.clients[-1].sendall(raw)
        return self.clients[-1]

    def close(self) -> bool:
        """End it; whether that was soon."""
        self.routes.go.set()
        stopping = threading.Thread(target=self.server.stop)
        stopping.start()
        stopping.join(PATIENCE_S)
        for each in self.clients:
            each.close()
        return not stopping.is_alive()


def threads() -> int:
    return sum(each.name.startswith(f"{THREAD}127") for each in threading.enumerate())


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serving]:
    monkeypatch.setattr(server_module, "MOST_ENDING", 2)
    serving = Serving(most=3)
    yield serving
    serving.close()


def test_a_connection_counts_until_its_thread_has_ended(plain: Serving) -> None:
    """Strangers whose secrets wait to be tried give way, but their threads cannot end yet."""
    held = []
    for _ in range(5):
        held.append(plain.dial(ASK))
        assert plain.routes.come.acquire(timeout=PATIENCE_S)
    for _ in range(4):
        assert plain.dial(ASK).recv(100).startswith(b"HTTP/1.1 503")
    assert threads() == 5
    plain.routes.go.set()
    # those that gave way are gone, those that did not are answered
    for each, answered in zip(held, (False, False, True, True, True), strict=True):
        with suppress(ConnectionError):
            assert each.recv(100).startswith(b"HTTP/1.1 200") is answered
    pause = threading.Event()
    for _ in range(20 * PATIENCE_S):
        if threads() <= 3:
            break
        pause.wait(0.05)
    assert plain.dial(ASK).recv(100).startswith(b"HTTP/1.1 200")


def test_where_the_machine_has_no_thread_the_next_one_is_served(
    plain: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain.routes.go.set()
    start, refusals = threading.Thread.start, [1]

    def starting(thread: threading.Thread) -> None:
        if thread.name.startswith(THREAD) and refusals:
            refusals.pop()
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", starting)
    assert plain.dial(ASK).recv(100).startswith(b"HTTP/1.1 503")
    assert plain.dial(ASK).recv(100).startswith(b"HTTP/1.1 200")


def test_strangers_who_never_shake_hands_give_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "HEAD_S", 10.0 * PATIENCE_S)
    serving = Serving(most=3, tls=own_key(tmp_path).context)
    silent = [serving.dial() for _ in range(3)]
    for at in range(20):
        silent.append(serving.dial())
        # it is told so, and its thread ends
        with suppress(ConnectionError):
            assert silent[at].recv(100) == b""
    assert threads() <= 3 + server_module.MOST_ENDING
    assert serving.close()
    assert threads() == 0
