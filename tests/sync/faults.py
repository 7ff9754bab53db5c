"""A server that misbehaves in every way a feed's server has been seen to: one path for each. It never sleeps."""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import socketserver
import ssl
import struct
import threading
import zlib
from collections.abc import Callable

ROWS = [{"service_request_id": str(number), "status": "open"} for number in range(500)]
GOOD = json.dumps(ROWS).encode()
_SPACES = b" " * (1 << 20)
_LINGER_NOT = struct.pack("ii", 1, 0)


class FaultServer(socketserver.ThreadingTCPServer):
    """`url(name)` misbehaves as its name says, and so does all below it. What hangs, hangs until `release()`."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.tls = tls
        self.released = threading.Event()
        self.asked: list[str] = []
        """Request heads as they came."""
        self.arrived = threading.Semaphore(0)
        """Released once for every request."""
        self.sent = 0
        self.connections = 0
        self.open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Talk)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,), name="faults")
        self._thread.start()

    @staticmethod
    def names() -> list[str]:
        """All it can do."""
        return [name.removeprefix("x_") for name in vars(_Talk) if name.startswith("x_")]

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def url(self, name: str, host: str = "127.0.0.1") -> str:
        return f"http{'s' if self.tls else ''}://{host}:{self.port}/{name}"

    def close(self) -> None:
        self.released.set()
        for talk in self.open:
            with contextlib.suppress(OSError):
                talk.shutdown(socket.SHUT_RDWR)
        self.shutdown()
        self._thread.join()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients of a fault server hang up; that is what they are tested for."""


class _Talk(socketserver.BaseRequestHandler):
    server: FaultServer
    request: socket.socket

    def handle(self) -> None:
        self.server.connections += 1
        self.server.open.add(self.request)
        with contextlib.suppress(OSError):
            if self.server.tls:
                self.request = self.server.tls.wrap_socket(self.request, server_side=True)
                self.server.open.add(self.request)
            self.request.settimeout(10)
            while self._one():
                pass

    def finish(self) -> None:
        with contextlib.suppress(OSError):
            self.request.close()

    def _one(self) -> bool:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            piece = self.request.recv(4096)
            if not piece:
                return False
            head += piece
        text = head.decode("latin-1")
        self.server.asked.append(text)
        self.server.arrived.release()
        name = text.split(" ", 2)[1].partition("?")[0].strip("/").partition("/")[0]
        say: Callable[[], bool | None] = getattr(self, f"x_{name}", self.x_404)
        return say() is not False and "x-once" not in text

    def send(self, *parts: bytes) -> None:
        for part in parts:
            self.request.sendall(part)
            self.server.sent += len(part)

    def head(self, status: str = "200 OK", kind: str = "application/json", **more: object) -> bytes:
        fields = {"Content-Type": kind, **{name.replace("_", "-"): value for name, value in more.items()}}
        return "\r\n".join([f"HTTP/1.1 {status}", *(f"{k}: {v}" for k, v in fields.items()), "", ""]).encode()

    def whole(self, body: bytes, status: str = "200 OK", kind: str = "application/json", **more: object) -> None:
        self.send(self.head(status, kind, Content_Length=len(body), **more) + body)

    def x_good(self) -> None:
        self.whole(GOOD)

    def x_none(self) -> None:
        self.whole(b"[]")

    def x_good_gzip(self) -> None:
        self.whole(gzip.compress(GOOD), Content_Encoding="gzip", ETag='"one"')

    def x_good_chunked(self) -> None:
        self.send(self.head(Transfer_Encoding="chunked"), b"%x\r\n" % len(GOOD) + GOOD + b"\r\n0\r\n\r\n")

    def x_two_gzips(self) -> None:
        self.whole(gzip.compress(GOOD[:100]) + gzip.compress(GOOD[100:]) + b"\0\0", Content_Encoding="gzip")

    def x_good_once(self) -> bool:
        """Answers well and then closes a connection it promised to keep."""
        self.x_good()
        return False

    def x_unchanged(self) -> None:
        self.send(b'HTTP/1.1 304 Not Modified\r\nETag: "one"\r\n\r\n')

    def x_captive(self) -> None:
        self.whole(b"<html><title>Login Wi-Fi</title></html>", kind="text/html; charset=utf-8")

    def x_captive_lying_type(self) -> None:
        self.whole(b"\n <!DOCTYPE html><html>login</html>")

    def x_captive_after_comment(self) -> None:
        self.whole(b"\xef\xbb\xbf<!-- portal --><HTML>login</HTML>")

    def x_redirect_portal(self) -> None:
        self.whole(b"", "302 Found", Location="http://portal.invalid/login")

    def x_redirect_near(self) -> None:
        self.whole(b"", "302 Found", Location="good_gzip")

    def x_short_body(self) -> bool:
        self.send(self.head(Content_Length=len(GOOD)), GOOD[:1000])
        return False

    def x_trunc_gzip_close(self) -> bool:
        packed = gzip.compress(GOOD)
        self.send(self.head(Content_Encoding="gzip", Connection="close"), packed[: len(packed) // 2])
        return False

    def x_trunc_gzip_chunked(self) -> None:
        packed = gzip.compress(GOOD)[:-4]
        self.send(self.head(Content_Encoding="gzip", Transfer_Encoding="chunked"))
        self.send(b"%x\r\n" % len(packed) + packed + b"\r\n0\r\n\r\n")

    def x_wrong_sum_gzip(self) -> None:
        packed = bytearray(gzip.compress(GOOD))
        packed[-6] ^= 0xFF
        self.whole(bytes(packed), Content_Encoding="gzip")

    def x_not_gzip(self) -> None:
        self.whole(GOOD, Content_Encoding="gzip")

    def x_empty_gzip(self) -> None:
        self.whole(b"", Content_Encoding="gzip")

    def x_brotli(self) -> None:
        self.whole(GOOD, Content_Encoding="br")

    def x_broken_chunk(self) -> bool:
        self.send(self.head(Transfer_Encoding="chunked"), b"ff\r\n" + GOOD[:20])
        return False

    def x_bad_chunk_size(self) -> bool:
        self.send(self.head(Transfer_Encoding="chunked"), b"zz\r\n" + GOOD[:20])
        return False

    def x_valid_prefix_close(self) -> bool:
        self.send(self.head(kind="text/csv", Connection="close"), b"id,lat\n1,-6.2\n2,-6.3\n")
        return False

    def x_bomb(self) -> bool:
        packer = zlib.compressobj(1, zlib.DEFLATED, 31)
        self.send(self.head(Content_Encoding="gzip", Connection="close"))
        for _ in range(64):
            self.send(packer.compress(_SPACES))
        self.send(packer.flush())
        return False

    def x_huge(self) -> None:
        self.send(self.head(Content_Length=1 << 30))
        for _ in range(1 << 10):
            self.send(b"x" * (1 << 20))

    def x_endless(self) -> None:
        self.send(self.head(Transfer_Encoding="chunked"))
        for _ in range(1 << 10):
            self.send(b"100000\r\n" + b"x" * (1 << 20) + b"\r\n")

    def x_slowloris(self) -> None:
        self.send(self.head(Content_Length=10_000))
        while not self.server.released.wait(0.02):
            self.send(b"x")

    def x_slow_head(self) -> None:
        self.send(b"HTTP/1.1 200 OK\r\nX-Drip: ")
        while not self.server.released.wait(0.02):
            self.send(b"x")

    def x_forever_100(self) -> None:
        while not self.server.released.wait(0.001):
            self.send(b"HTTP/1.1 100 Continue\r\n\r\n")

    def x_hang(self) -> bool:
        self.server.released.wait(10)
        return False

    def x_many_heads(self) -> bool:
        self.send(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5000 + b"\r\n")
        return False

    def x_429(self) -> None:
        self.whole(b"", "429 Too Many Requests", Retry_After="7")

    def x_503date(self) -> None:
        self.whole(b"", "503 Service Unavailable", Retry_After="Wed, 21 Oct 2099 07:28:00 GMT")

    def x_500html(self) -> None:
        self.whole(b"<h1>oops</h1>", "500 Internal Server Error", "text/html")

    def x_401(self) -> None:
        self.whole(b"", "401 Unauthorized")

    def x_403(self) -> None:
        self.whole(b'[{"code":403,"description":"no key"}]', "403 Forbidden")

    def x_404(self) -> None:
        self.whole(b"", "404 Not Found")

    def x_410(self) -> None:
        self.whole(b"", "410 Gone")

    def x_206(self) -> None:
        self.whole(b"[", "206 Partial Content")

    def x_204(self) -> None:
        self.send(b"HTTP/1.1 204 No Content\r\n\r\n")

    def x_reset(self) -> bool:
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        return False

    def x_reset_inside(self) -> bool:
        self.send(self.head(Content_Length=len(GOOD)), GOOD[:100])
        return self.x_reset()

    def x_hang_up(self) -> bool:
        return False

    def x_not_http(self) -> bool:
        self.send(b"SSH-2.0-OpenSSH_9.2\r\n")
        return False

    def x_nan(self) -> None:
        self.whole(b'[{"service_request_id":"1","lat":NaN,"long":1e999,"zip":12345678901234567890123}]')

    def x_dupkeys(self) -> None:
        self.whole(b'[{"service_request_id":"1","status":"open","status":"closed"}]')

    def x_deep(self) -> None:
        self.whole(b"[" * 100_000 + b"]" * 100_000)

    def x_loop(self) -> None:
        self.whole(b"", "302 Found", Location="/loop")

    def x_ssrf(self) -> None:
        self.whole(b"", "302 Found", Location="http://127.0.0.1:1/metadata")

    def x_tofile(self) -> None:
        self.whole(b"", "302 Found", Location="file:///etc/hostname")

    def x_badcharset(self) -> None:
        self.whole('[{"nama":"Jl. Cipinang"}]'.encode("utf-16"), kind="application/json; charset=utf-8")

    def x_odd_charset(self) -> None:
        self.whole(GOOD, kind="application/json; charset=utf-7")

    def x_picture(self) -> None:
        self.whole(b"\x89PNG", kind="image/png")

    def x_cookie(self) -> None:
        self.whole(GOOD, Set_Cookie="who=me; Path=/")
