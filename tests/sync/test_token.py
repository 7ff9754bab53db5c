"""Not a byte of a secret goes out to a server whose certificate is unsound: four faults, three ways to sign in."""

from __future__ import annotations

import base64
import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from console.core.clock import SystemClock
from console.core.errors import Away, ConsoleError, Refused
from sync.couch import Call
from sync.hub_wire import Account, HubWire
from sync.lanes import Budget, Lane, Lanes
from sync.sockets import fingerprints
from sync.wire import Wire
from tests.sync.conftest import LIMITS
from tests.sync.test_tls import Authority

SECRET = "kata-sandi-yang-sangat-rahasia-3671010203040005"
PATIENCE_S = 20


class Listener:
    """Takes connections and writes down every byte: as it came over the wire, and as it was within TLS."""

    def __init__(self, tls: ssl.SSLContext | None) -> None:
        self.raw = self.plain = b""
        self.greeted = 0
        self._tls = tls
        self._ended = False
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        self._thread = threading.Thread(target=self._run, name="listener")
        self._thread.start()

    def close(self) -> None:
        self._ended = True
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), PATIENCE_S).close()
        self._thread.join()
        self._server.close()

    def _run(self) -> None:
        while not self._ended:
            talk, _ = self._server.accept()
            with talk, contextlib.suppress(OSError, ssl.SSLError):
                talk.settimeout(PATIENCE_S)
                self._talk(talk)

    def _talk(self, talk: socket.socket) -> None:
        if self._tls is None:
            while piece := talk.recv(65536):
                self.raw += piece
                self.plain += piece
                if whole(self.plain):
                    return
            return
        came, goes = ssl.MemoryBIO(), ssl.MemoryBIO()
        inner = self._tls.wrap_bio(came, goes, server_side=True)
        done = False
        while piece := talk.recv(65536):
            self.raw += piece
            came.write(piece)
            try:
                if not done:
                    inner.do_handshake()
                    done = True
                    self.greeted += 1
                while said := inner.read(65536):  # several records may have come at once
                    self.plain += said
            except ssl.SSLWantReadError:
                pass
            finally:
                talk.sendall(goes.read())
            if whole(self.plain):
                return


def whole(request: bytes) -> bool:
    """Whether a request is there with its body."""
    head, end, body = request.partition(b"\r\n\r\n")
    found = re.search(rb"Content-Length: (\d+)", head)
    return bool(end) and len(body) >= (int(found[1]) if found else 0)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("token"))


@pytest.fixture
def trusting(authority: Authority) -> Iterator[Wire]:
    wire = Wire(SystemClock(), agent="t", limits=LIMITS, authorities=(str(authority.path),))
    yield wire
    wire.close()


@pytest.fixture
def listening() -> Iterator[Any]:
    made: list[Listener] = []

    def listen(tls: ssl.SSLContext | None) -> Listener:
        made.append(Listener(tls))
        return made[-1]

    yield listen
    for each in made:
        each.close()


def call(wire: Wire, server: Listener, way: str, *, pin: str = "", scheme: str = "https") -> None:
    """What an exchange does first: ask, signed in."""
    clock = SystemClock()
    line = wire.line(allow_private=True, pin=pin)
    account = Account("posko", lambda: SECRET, way)
    ours = HubWire(line, f"{scheme}://127.0.0.1:{server.port}", account, Lanes(clock, Budget(clock)))
    try:
        ours.on(Lane.URGENT).call(Call("GET", "/kendali-contoh-shared"))
    finally:
        ours.end()


def leaked(server: Listener) -> bool:
    said = server.raw + server.plain
    forms = (SECRET.encode(), base64.b64encode(f"posko:{SECRET}".encode()), b"AuthSession", b"Authorization")
    return any(form in said for form in forms)


UNSOUND = {
    "expired": {"begins": -3, "ends": -1},
    "not yet valid": {"begins": 1, "ends": 3},
    "of another host": {"host": "other.invalid"},
    "of nobody we trust": {"own": False},
}


@pytest.mark.parametrize("way", ["cookie", "basic", "jwt"])
@pytest.mark.parametrize("fault", UNSOUND)
def test_no_byte_of_a_secret_to_an_unsound_certificate(
    authority: Authority, trusting: Wire, listening: Any, fault: str, way: str
) -> None:
    server = listening(authority.context(**UNSOUND[fault]))
    with pytest.raises(Away) as caught:
        call(trusting, server, way)
    assert caught.value.says.startswith("sync.tls.")
    assert server.plain == b"", "nothing was said within TLS"
    assert server.raw != b"", "we did greet"
    assert not leaked(server)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("way", ["cookie", "basic", "jwt"])
def test_no_byte_of_a_secret_to_another_key_than_the_pinned_one(
    authority: Authority, trusting: Wire, listening: Any, way: str
) -> None:
    server = listening(authority.context())
    with pytest.raises(Away) as caught:
        call(trusting, server, way, pin="0" * 64)
    assert caught.value.says == "sync.tls.pin"
    assert server.plain == b""
    assert not leaked(server)


@pytest.mark.parametrize("way", ["cookie", "basic", "jwt"])
def test_a_sound_one_is_told_the_secret(authority: Authority, trusting: Wire, listening: Any, way: str) -> None:
    """Else all of the above would be true of a wire that never speaks."""
    server = listening(authority.context())
    with pytest.raises(ConsoleError):
        call(trusting, server, way)
    assert SECRET.encode() in server.plain or base64.b64encode(f"posko:{SECRET}".encode()) in server.plain
    assert SECRET.encode() not in server.raw
    assert fingerprints(b"") == ("", "")


def test_no_secret_travels_unencrypted_to_another_machine(trusting: Wire) -> None:
    line = trusting.line(allow_private=True)
    clock = SystemClock()
    with pytest.raises(Refused):
        HubWire(line, "http://192.0.2.1:5984", Account("posko", lambda: SECRET), Lanes(clock, Budget(clock)))
    line.end()


def test_the_authority_is_a_file(authority: Authority) -> None:
    assert Path(authority.path).is_file()
