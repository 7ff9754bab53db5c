"""One connection: heads and bodies in, answers out, each under a deadline that no drip outlasts.

A client that sends a byte a second, or takes one, is let go; it holds up its own thread and nobody else's.
"""

from __future__ import annotations

import contextlib
import select
import socket
from collections.abc import Iterator
from email.utils import format_datetime

from console.core.clock import Clock
from console.core.errors import BadAnswer
from sync.inflate import Body
from sync.relay.answer import GZIP_FROM, REASONS, Answer, squeezed, squeezing
from sync.relay.faults import Fault, Hangup, bad
from sync.relay.request import MOST_BODY, MOST_HEAD, Head, read_head
from sync.relay.waiting import Hold

HEAD_S = 15.0
"""From the first byte of a head to its last."""
IDLE_S = 75.0
"""Between two requests."""
PIECE_S = 60.0
"""For one piece of a body in either direction."""
PIECE = 16 << 10
SLOWEST = 250
"""Bytes a second a body must come with, on the whole, once `PIECE_S` is over."""
_LINGER = 1 << 20


class Stream:
    """The bytes of one connection."""

    def __init__(self, sock: socket.socket, clock: Clock) -> None:
        self._sock = sock
        self._clock = clock
        self._had = b""
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def head(self) -> Head | None:
        """The next request's head, None where the other side has ended. Too slow raises `Hangup`."""
        if not self._had and not self._more(IDLE_S):
            return None
        until = self._clock.monotonic_s() + HEAD_S
        while (end := self._had.find(b"\r\n\r\n")) < 0:
            if len(self._had) > MOST_HEAD:
                raise Fault(431, "headers_too_large", "The head of the request is too large")
            if not self._more(until - self._clock.monotonic_s()):
                raise Hangup
        if end > MOST_HEAD:
            raise Fault(431, "headers_too_large", "The head of the request is too large")
        raw, self._had = self._had[:end], self._had[end + 4 :]
        return read_head(raw.lstrip(b"\r\n"))

    def body(self, head: Head, most: int = MOST_BODY, hold: Hold = lambda _: None) -> bytes:
        """The body of that request, inflated; `hold` hears how it grows. One that is too big or broken raises
        `Fault`."""
        try:
            found = Body("relay", head.get("content-encoding"), most_bytes=most, most_inflated=most)
        except BadAnswer as fault:
            raise Fault(415, "bad_ctype", "Only gzip is known as Content-Encoding") from fault
        try:
            for piece in self._pieces(head, most):
                found.take(piece)
                hold(found.kept)
            return found.whole() if found.read else b""
        except BadAnswer as fault:
            if fault.says in ("sync.bad.big", "sync.bad.bomb"):
                raise Fault(413, "too_large", "The request entity is too large.") from fault
            raise bad("The body is no sound gzip") from fault

    def _pieces(self, head: Head, most: int) -> Iterator[bytes]:
        if head.get("expect").lower() == "100-continue":
            self._send(b"HTTP/1.1 100 Continue\r\n\r\n")
        pace = _Pace(self._clock)
        if head.get("transfer-encoding"):
            yield from self._chunks(pace, most)
        else:
            yield from self._exactly(int(head.get("content-length") or 0), pace)

    def _chunks(self, pace: _Pace, most: int) -> Iterator[bytes]:
        taken = 0
        while True:
            size = self._line(64, self._clock.monotonic_s() + PIECE_S).partition(b";")[0].strip()
            if not 0 < len(size) < 9 or size.strip(b"0123456789abcdefABCDEF"):
                raise bad("A chunk is malformed")
            left = int(size, 16)
            taken += left
            if taken > most:
                raise Fault(413, "too_large", "The request entity is too large.")
            if left == 0:
                self._trailers()
                return
            yield from self._exactly(left, pace)
            if self._line(2, self._clock.monotonic_s() + PIECE_S):
                raise bad("A chunk is malformed")

    def _trailers(self) -> None:
        """They say nothing to us: read to their end, as much and as long as a head."""
        left, until = MOST_HEAD, self._clock.monotonic_s() + HEAD_S
        while line := self._line(left, until):
            left -= len(line) + 2
            if left < 0:
                raise bad("The trailers are too large")

    def _line(self, most: int, until: float) -> bytes:
        while (end := self._had.find(b"\r\n")) < 0:
            if len(self._had) > most + 2:
                raise bad("A chunk is malformed")
            if not self._more(until - self._clock.monotonic_s()):
                raise Hangup
        line, self._had = self._had[:end], self._had[end + 2 :]
        return line

    def _exactly(self, size: int, pace: _Pace) -> Iterator[bytes]:
        while size:
            if not self._had and not self._more(PIECE_S):
                raise Hangup
            piece, self._had = self._had[:size], self._had[size:]
            size -= len(piece)
            pace.came(len(piece))
            yield piece

    def _more(self, within_s: float) -> bool:
        """Wait for bytes; False where the other side has ended. Nothing in time raises `Hangup`."""
        if within_s <= 0:
            raise Hangup
        try:
            self._sock.settimeout(within_s)
            came = self._sock.recv(PIECE * 4)
        except OSError as gone:
            raise Hangup from gone
        self._had += came
        return bool(came)

    def answer(self, answer: Answer, head: Head | None, *, keep: bool) -> None:
        """Send an answer. A client that does not take it raises `Hangup`."""
        body = answer.body
        date = format_datetime(self._clock.now(), usegmt=True)
        headers = {"Server": "Kendali", "Date": date, "Cache-Control": "must-revalidate", **answer.headers}
        gzip = answer.squeeze and head is not None and _takes_gzip(head)
        chunked = not isinstance(body, bytes)
        bare = answer.status in (204, 304)
        if isinstance(body, bytes):
            if gzip and len(body) >= GZIP_FROM and "Content-Range" not in headers:
                body = squeezed(body)
                headers["Content-Encoding"] = "gzip"
            if not bare:
                headers["Content-Length"] = str(len(body))
        else:
            headers["Transfer-Encoding"] = "chunked"
            if gzip:
                body = squeezing(body)
                headers["Content-Encoding"] = "gzip"
        headers["Connection"] = "keep-alive" if keep else "close"
        lines = [f"HTTP/1.1 {answer.status} {REASONS.get(answer.status, 'Status')}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if any(mark in line for line in lines for mark in "\r\n\0"):
            raise ValueError("a header that is more than one")
        raw = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
        if bare or (head is not None and head.method == "HEAD"):
            self._send(raw)
        elif chunked:
            self._send(raw)
            for piece in body:
                if piece:
                    self._send(b"%x\r\n" % len(piece) + bytes(piece) + b"\r\n")  # type: ignore[arg-type]
            self._send(b"0\r\n\r\n")
        else:
            self._send(raw + bytes(body))  # type: ignore[arg-type]

    def _send(self, raw: bytes) -> None:
        # sendall's time-out is for all of it together: a piece at a time, so that a thin link has its time
        view = memoryview(raw)
        try:
            self._sock.settimeout(PIECE_S)
            for start in range(0, len(view), PIECE):
                self._sock.sendall(view[start : start + PIECE])
        except OSError as gone:
            raise Hangup from gone

    def gone(self) -> bool:
        """Whether the other side has hung up while it waits for an answer."""
        try:
            if not select.select([self._sock], [], [], 0)[0]:
                return False
            # past TLS, on the bare connection: nothing is taken from it
            return not socket.socket.recv(self._sock, 1, socket.MSG_PEEK)
        except (OSError, ValueError):
            return True

    def close(self, *, linger: bool = False) -> None:
        """End the connection. `linger` lets an answer arrive at who is still sending."""
        if linger:
            with contextlib.suppress(OSError, Hangup):
                self._sock.shutdown(socket.SHUT_WR)
                left = _LINGER
                while left > 0 and self._more(1.0):
                    left -= len(self._had)
                    self._had = b""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()


class _Pace:
    """How fast one body comes, over all its chunks."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began = clock.monotonic_s()
        self._done = 0

    def came(self, size: int) -> None:
        """So much more has come. Too slow on the whole raises `Hangup`."""
        self._done += size
        spent = self._clock.monotonic_s() - self._began
        if spent > PIECE_S and self._done / spent < SLOWEST:
            raise Hangup


def _takes_gzip(head: Head) -> bool:
    """Whether the client names gzip without forbidding it."""
    for each in head.get("accept-encoding").lower().split(","):
        name, _, weight = each.partition(";")
        if name.strip() in ("gzip", "x-gzip"):
            return weight.replace(" ", "").rstrip("0.") != "q="
    return False
