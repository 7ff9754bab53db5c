"""The embedded centre's interface: Open311 GeoReport v2 over HTTP/1.1 on loopback. Runs on threads of its own.

It answers this machine only, and only by that name: a page in somebody's browser that points a name of its own
at 127.0.0.1 is turned away by its Host header.
"""

from __future__ import annotations

import gzip
import re
import sys
from collections.abc import Mapping, Sequence
from email.utils import format_datetime
from hashlib import blake2b
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from console.core.clock import Clock, millis
from sync.centre import render
from sync.centre.filing import ASKING, ATTRIBUTES, MOST_BYTES, SERVICES, Filed, Mood, No
from sync.centre.interfaces import Interfaces, Served
from sync.centre.query import BadQuery, Holding, Query, read_query

_PATH = re.compile(
    r"(?:/[\w.~-]{1,80})?/(?:open311/v2/)?(discovery|services|requests|tokens)(?:/([^/]{1,200}))?\.(json|xml)"
)
_TYPES = {"json": "application/json; charset=utf-8", "xml": "application/xml; charset=utf-8"}
_GZIP_FROM = 2_000
_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})
_IDLE_S = 60.0

Row = Mapping[str, Any]


class CentreServer(ThreadingHTTPServer):
    """Serves one holding. `port` 0 takes a free one."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(
        self, port: int, holding: Holding, clock: Clock, *, squeeze: bool = True, interfaces: Interfaces | None = None
    ) -> None:
        """`squeeze` allows gzip where the client takes it; `interfaces` are served beside the complaints."""
        self.filed = Filed(clock)
        self.holding = holding
        self.clock = clock
        self.squeeze = squeeze
        self.interfaces = interfaces
        super().__init__(("127.0.0.1", port), _Handler)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up in mid-answer is no trouble; anything else is a bug and is shown."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Fault(Exception):
    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "kendali-centre"
    sys_version = ""
    disable_nagle_algorithm = True
    timeout = _IDLE_S
    wbufsize = -1
    server: CentreServer

    def do_GET(self) -> None:
        form = "json"
        try:
            self._check_host()
            parts = urlsplit(self.path)
            found = _PATH.fullmatch(parts.path)
            if not found and (served := self._elsewhere(parts.path, parts.query)) is not None:
                self._give(served.status, served.type, served.body)
                return
            if not found:
                raise _Fault(404, "no such resource")
            what, name, form = found[1], unquote(found[2] or ""), found[3]
            body = self._body(what, name, parts.query, form)
        except _Fault as fault:
            self._refuse(fault, form)
            return
        except No as no:
            self._refuse(_Fault(no.status, no.words), form)
            return
        except BadQuery as fault:
            self._refuse(_Fault(400, str(fault)), form)
            return
        self._send(200, form, body)

    def do_POST(self) -> None:
        """A report is filed."""
        form = "xml" if urlsplit(self.path).path.endswith(".xml") else "json"
        try:
            self._check_host()
            found = _PATH.fullmatch(urlsplit(self.path).path)
            if not found or found[1] != "requests" or found[2]:
                self.close_connection = True
                raise _Fault(404, "no such resource")
            body = self._sent()
            mood = self.server.filed.mood()
            if mood in (Mood.DENIED, Mood.BUSY, Mood.REDIRECT, Mood.LOST_BEFORE):
                self._moody(mood, form)
                return
            rows = self.server.filed.take(body, self._services())
        except _Fault as fault:
            self._refuse(fault, form)
            return
        except No as no:
            self._refuse(_Fault(no.status, no.words), form)
            return
        if mood is not None:
            self._moody(mood, form)
            return
        told = render.as_json(rows) if form == "json" else render.as_xml(rows, "service_requests", "request")
        self._give(201, _TYPES[form], told)

    def _sent(self) -> bytes:
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()) or int(length) > MOST_BYTES:
            self.close_connection = True
            raise _Fault(413, "a report of that length is not taken")
        return self.rfile.read(int(length))

    def _moody(self, mood: Mood, form: str) -> None:
        """What another server than ours might answer."""
        self.close_connection = True
        if mood is Mood.REDIRECT:
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:1/requests.json")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif mood is Mood.GARBLED:
            self._give(200, _TYPES[form], b"<html>terima kasih</html>")
        elif mood is Mood.TROUBLE:
            self._refuse(_Fault(500, "out of order"), form)
        elif mood is Mood.DENIED:
            self._refuse(_Fault(403, "api_key was not recognised"), form)
        elif mood is Mood.BUSY:
            self.send_response(503)
            self.send_header("Retry-After", "120")
            self.send_header("Content-Length", "0")
            self.end_headers()

    def _services(self) -> Sequence[Row]:
        return [*self.server.holding.services(), *SERVICES]

    def _elsewhere(self, path: str, query: str) -> Served | None:
        """What another interface than that of complaints answers."""
        server = self.server
        if server.interfaces is None:
            return None
        base = f"http://127.0.0.1:{server.port}"
        return server.interfaces.answer(unquote(path), query, millis(server.clock.now()), base)

    def _check_host(self) -> None:
        host = self.headers.get("Host", "").rpartition(":")[0] or self.headers.get("Host", "")
        if host.lower() not in _HOSTS:
            raise _Fault(403, "this centre answers its own machine only")

    def _body(self, what: str, name: str, query: str, form: str) -> bytes:
        if what == "requests" and not name and form == "json":
            now = millis(self.server.clock.now())
            wanted = read_query(query, now)
            filed = self.server.filed.requests(wanted)
            if filed:
                return render.as_json([*filed, *self.server.holding.requests(wanted, now)])
            return self.server.holding.requests_json(wanted, now)
        rows, outer, inner = self._rows(what, name, query)
        return render.as_json(rows) if form == "json" else render.as_xml(rows, outer, inner)

    def _rows(self, what: str, name: str, query: str) -> tuple[Sequence[Row], str, str]:
        now = millis(self.server.clock.now())
        holding = self.server.holding
        if what == "requests":
            asked = Query(0, now, ids=(name,)) if name else read_query(query, now)
            rows = [*self.server.filed.requests(asked), *holding.requests(asked, now)]
            if name and not rows:
                raise _Fault(404, f"service_request_id was not found: {name[:80]}")
            return rows, "service_requests", "request"
        if what == "services":
            services = self._services()
            if not name:
                return services, "services", "service"
            if not any(each["service_code"] == name for each in services):
                raise _Fault(404, f"service_code was not found: {name[:80]}")
            asked_for = list(ATTRIBUTES) if name == ASKING else []
            return [{"service_code": name, "attributes": asked_for}], "service_definitions", "service_definition"
        if what == "tokens" and name:
            return self.server.filed.token(name, now), "service_requests", "request"
        if what == "discovery" and not name:
            return [self._discovery()], "discoveries", "discovery"
        raise _Fault(404, "token was not found" if what == "tokens" else "no such resource")

    def _discovery(self) -> Row:
        url = f"http://127.0.0.1:{self.server.port}"
        formats = ", ".join(kind.partition(";")[0] for kind in _TYPES.values())
        return {
            "changeset": "2026-11-01 00:00",
            "contact": "",
            "key_service": "",
            "endpoints": [{"specification": "http://wiki.open311.org/GeoReport_v2", "url": url, "formats": formats}],
        }

    def _refuse(self, fault: _Fault, form: str) -> None:
        rows = [{"code": fault.status, "description": fault.words}]
        self._send(
            fault.status, form, render.as_json(rows) if form == "json" else render.as_xml(rows, "errors", "error")
        )

    def _send(self, status: int, form: str, body: bytes) -> None:
        self._give(status, _TYPES[form], body)

    def _give(self, status: int, kind: str, body: bytes) -> None:
        etag = f'"{blake2b(body, digest_size=12).hexdigest()}"'
        if status == 200 and self.headers.get("If-None-Match", "") == etag:
            self.send_response(304)
            self.send_header("ETag", etag)
            self.end_headers()
            return
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("ETag", etag)
        if self.server.squeeze and len(body) >= _GZIP_FROM and "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body, 1, mtime=0)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Vary", "Accept-Encoding")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def date_time_string(self, timestamp: float | None = None) -> str:  # noqa: ARG002
        """Of our clock, not of the machine's."""
        return format_datetime(self.server.clock.now(), usegmt=True)

    def log_message(self, *_: Any) -> None:
        """Silent: what was asked is seen at the asker's."""
