"""A proxy on loopback that spoils some of what passes: by a seed and a rate, by path, or as a thin link.

Faults, each of them seen in the field: `drop_before` (never sent on), `drop_after` (done there, the answer lost),
`trunc` (half of a body), `garble` (right length, wrong bytes), `s503` and `s500`, `delay`, `half_open` (no answer for
long), `reset` (in the middle of it). Time is a clock's, so that a test may let it run faster.
"""

from __future__ import annotations

import contextlib
import http.client
import random
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from console.core.clock import Clock, SystemClock

KINDS = (
    *("drop_before", "drop_after", "drop_after", "trunc", "garble"),
    *("s503", "s500", "delay", "half_open", "reset"),
)
_HOP = frozenset({"connection", "keep-alive", "content-length", "transfer-encoding", "date", "server"})
_LINGER_NOT = struct.pack("ii", 1, 0)
PIECE = 256


class Thin:
    """A line of so many bytes a second, shared by all that passes, with so long a way there and back."""

    def __init__(self, clock: Clock, bytes_s: float, round_trip_s: float) -> None:
        self._clock = clock
        self._bytes_s = bytes_s
        self.round_trip_s = round_trip_s
        self._lock = threading.Lock()
        self._free_s = 0.0
        self._never = threading.Event()
        self.carried = 0

    def carry(self, size: int) -> None:
        """Wait until so much has gone through."""
        with self._lock:
            now_s = self._clock.monotonic_s()
            self._free_s = max(self._free_s, now_s) + size / self._bytes_s
            until_s = self._free_s
            self.carried += size
        self._clock.wait(self._never, max(0.0, until_s - now_s))

    def travel(self) -> None:
        """The way there and back."""
        self._clock.wait(self._never, self.round_trip_s)


class FaultProxy(ThreadingHTTPServer):
    """Passes on to `upstream`, a port of this machine, which may change while it runs."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(
        self,
        upstream: int,
        seed: int = 1,
        rate: float = 0.0,
        *,
        kinds: tuple[str, ...] = KINDS,
        spoil: Callable[[str], str] = lambda _: "",
        thin: Thin | None = None,
        clock: Clock | None = None,
    ) -> None:
        """`spoil` names the fault for a path, "" for none: it goes before chance."""
        self.upstream = upstream
        self.rate = rate
        self.spoil = spoil
        self.thin = thin
        self.counts: Counter[str] = Counter()
        self.asked: list[str] = []
        self.instead: tuple[int, str] | None = None
        """Port and name of what a `FaultServer` does in place of what stands behind, where `spoil` says `instead`."""
        self.instead_done = 0
        self.ended = threading.Event()
        self.clock = clock or SystemClock()
        self._kinds = kinds
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Passing)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), name="fault proxy", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def draw(self, line: str, path: str) -> str:
        """The fault of a request, `ok` for none."""
        with self._lock:
            self.asked.append(line)
            fault = self.spoil(path)
            if not fault and self._random.random() < self.rate:
                fault = self._random.choice(self._kinds)
            self.counts[fault or "ok"] += 1
            return fault or "ok"

    def hold(self, talk: socket.socket) -> None:
        with self._lock:
            self._open.add(talk)

    def close(self) -> None:
        self.ended.set()
        with self._lock:
            talks = list(self._open)
        for talk in talks:
            with contextlib.suppress(OSError):
                talk.shutdown(socket.SHUT_RDWR)
        self.shutdown()
        self._thread.join()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """Both ends hang up in the middle; that is what it is for."""


class _Passing(BaseHTTPRequestHandler):
    server: FaultProxy
    protocol_version = "HTTP/1.1"
    timeout = 120

    def log_message(self, *_: object) -> None:
        """Silent."""

    def setup(self) -> None:
        super().setup()
        self.server.hold(self.connection)

    def passing(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.server.draw(f"{self.command} {self.path}", self.path.partition("?")[0])
        if self.server.thin is not None:
            self.server.thin.carry(len(body) + 200)
            self.server.thin.travel()
        if fault == "drop_before":
            return self._hang_up()
        if fault == "instead":
            return self._instead()
        if fault.startswith("s") and fault[1:].isdigit():
            if fault == "s503":
                return self._plain(503, b"{}", {"Retry-After": "1"})
            return self._plain(int(fault[1:]), b'{"error":"fault","reason":"fault"}')
        try:
            status, heads, answer = self._asked(body)
        except (OSError, http.client.HTTPException):
            return self._hang_up()
        return self._spoilt(fault, status, heads, answer)

    def _instead(self) -> None:
        """Byte by byte what a server that misbehaves says, and its end."""
        assert self.server.instead is not None
        port, name = self.server.instead
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 20) as talk:
            self.server.hold(talk)
            talk.sendall(f"GET /{name} HTTP/1.1\r\nx-once: 1\r\n\r\n".encode())
            while piece := talk.recv(1 << 16):
                self.connection.sendall(piece)
        self.server.instead_done += 1
        self._hang_up(reset=name.startswith("reset"))

    def _asked(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        """What stands behind says."""
        onward = http.client.HTTPConnection("127.0.0.1", self.server.upstream, timeout=120)
        try:
            heads = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
            onward.connect()
            self.server.hold(onward.sock)
            onward.request(self.command, self.path, body or None, heads)
            reply = onward.getresponse()
            return reply.status, reply.getheaders(), reply.read()
        finally:
            onward.close()

    def _spoilt(self, fault: str, status: int, heads: list[tuple[str, str]], answer: bytes) -> None:
        if fault in ("drop_after", "reset"):
            return self._hang_up(reset=fault == "reset")
        if fault == "delay":
            self.server.clock.wait(self.server.ended, 1.5)
        if fault == "half_open":
            self.server.clock.wait(self.server.ended, 4.0)
            return self._hang_up()
        if fault == "garble" and len(answer) > 40:
            answer = answer[: len(answer) // 2] + b"\0" * (len(answer) - len(answer) // 2)
        kept = {name: value for name, value in heads if name.lower() not in _HOP}
        return self._plain(status, answer, kept, half=fault == "trunc")

    def _plain(self, status: int, body: bytes, heads: dict[str, str] | None = None, *, half: bool = False) -> None:
        self.send_response_only(status)
        for name, value in (heads or {"Content-Type": "application/json"}).items():
            self.send_header(name, value)
        if status not in (204, 304):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD" or status in (204, 304):
            return
        if half:
            self.wfile.write(body[: len(body) // 2])
            self._hang_up()
        elif self.server.thin is not None:
            self.server.thin.carry(200)
            for start in range(0, len(body), PIECE):
                piece = body[start : start + PIECE]
                self.server.thin.carry(len(piece))
                self.wfile.write(piece)
        else:
            self.wfile.write(body)

    def _hang_up(self, *, reset: bool = False) -> None:
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = passing
