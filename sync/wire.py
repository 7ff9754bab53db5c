"""The only door to the network: `Wire.fetch(Ask) -> Answer`, or an error named after what one does next.

`requests` carries, but is not believed: a total deadline whatever the drip, limits before and after inflating,
a body that is whole or refused, redirects by hand and only within the same host, addresses judged before they
are connected to, certificates always verified, no proxy and no login taken from the environment, no cookies.
Threads may share one wire. Cut it and it is cut: new fetches raise at once and those under way end at once.

A `Line` is the same for a conversation with one server: `Wire.line(url).send(Message) -> Response`, with methods
that change things, connections of its own and, where a key is pinned, that key alone.
"""

from __future__ import annotations

import functools
import http.client
import socket
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urljoin

import certifi
import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from console.core.clock import Clock
from console.core.errors import Away, BadAnswer, ConsoleError, code_of
from sync import replies
from sync.addresses import Names, Resolve, Target, system_resolve, target_of, whole
from sync.feed import Answer, Ask
from sync.inflate import PIECE, Body
from sync.message import Message, Response
from sync.sockets import Flight, GuardedContext, Sockets

AGENT = "Kendali/0.1"
"""What we call ourselves towards servers."""
KEPT_OF_A_LINE = 8
"""Connections kept to a line's server: its news, a page, the next page, an urgent deed, a file."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of every fetch."""

    deadline_s: float = 15.0
    """From the first name asked to the last byte read."""
    connect_s: float = 3.0
    resolve_s: float = 3.0
    body_bytes: int = 64 << 20
    """As it came over the wire."""
    inflated_bytes: int = 64 << 20
    redirects: int = 5


def _pools(sockets: Sockets) -> dict[str, type[HTTPConnectionPool]]:
    """Connection pools whose connections are opened by `sockets`."""

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return sockets.connect(self._dns_host, self.port)

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return sockets.connect(self._dns_host, int(self.port or 443))

        def connect(self) -> None:
            super().connect()
            # judged by its context: by the authorities, or by the pinned key as soon as it greets
            self.is_verified = True

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


class _Adapter(HTTPAdapter):
    """Our sockets and our TLS below `requests`."""

    def __init__(self, sockets: Sockets, tls: GuardedContext, kept: int = 4) -> None:
        self._sockets = sockets
        self._tls = tls
        super().__init__(pool_connections=1, pool_maxsize=kept, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._tls, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _pools(self._sockets)

    def close(self) -> None:
        # left to itself it waits for the garbage collector with closing what it keeps
        for key in self.poolmanager.pools.keys():  # noqa: SIM118 it cannot be iterated over itself
            if pool := self.poolmanager.pools.get(key):
                pool.close()
        super().close()

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        # the library would set the context's mode to its own idea of it
        return host, {**pool, "cert_reqs": self._tls.verify_mode}

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Verification stands in the TLS context and cannot be switched off from here."""


class Wire:
    """Asks others over HTTP. One for the whole engine."""

    def __init__(
        self,
        clock: Clock,
        *,
        agent: str,
        limits: Limits | None = None,
        resolve: Resolve = system_resolve,
        authorities: tuple[str, ...] = (),
    ) -> None:
        """`agent` is the User-Agent; `authorities` are PEM files trusted beside the ones that come with us."""
        self._clock = clock
        self.agent = agent
        self.limits = limits or Limits()
        self._sockets = Sockets(
            clock, Names(clock, resolve), connect_s=self.limits.connect_s, resolve_s=self.limits.resolve_s
        )
        self._tls = GuardedContext.made(self._sockets, [certifi.where(), *authorities])
        self._cut = threading.Event()
        self._lock = threading.Lock()
        self._sessions: dict[tuple[Target, bool], requests.Session] = {}
        self._lines: weakref.WeakSet[Line] = weakref.WeakSet()
        self._held: dict[tuple[str, int], float] = {}
        self._tls_ends: dict[Target, datetime] = {}

    @property
    def cut(self) -> bool:
        """True while the connection is cut on purpose."""
        return self._cut.is_set()

    @cut.setter
    def cut(self, value: bool) -> None:
        if not value:
            self._cut.clear()
            return
        self._cut.set()
        self._sockets.shut()
        self._drop_sessions()

    def close(self) -> None:
        """Let go of kept connections. A later fetch opens new ones."""
        self._drop_sessions()

    def now(self) -> datetime:
        """The instant something was received."""
        return self._clock.now()

    def fetch(self, ask: Ask, *, allow_private: bool = False, deadline_s: float | None = None) -> Answer:
        """The answer to one ask, whole and within its limits. Raises `Away`, `Denied` or `BadAnswer`."""
        target = target_of(ask.url, allow_private)
        began_s = self._clock.monotonic_s()
        with self._flight(target, allow_private, deadline_s or ask.deadline_s) as flight:
            answer = self._followed(ask, target, flight)
        return replace(answer, took_s=self._clock.monotonic_s() - began_s)

    def line(self, *, allow_private: bool = False, pin: str = "", count: Callable[[int], object] | None = None) -> Line:
        """A conversation with one server, cut when this wire is cut. `pin` is the SHA-256 of its certificate or of
        its public key, in hex: then that key is trusted and no authority. `count` hears of all bytes that went over
        the wire, also in vain."""
        tls = GuardedContext.pinned(self._sockets, pin) if pin else self._tls
        line = Line(self, self._fresh_session(_Adapter(self._sockets, tls, KEPT_OF_A_LINE)), allow_private, count)
        with self._lock:
            self._lines.add(line)
        return line

    @contextmanager
    def _flight(
        self, target: Target, allow_private: bool, deadline_s: float | None, *ended: threading.Event
    ) -> Iterator[Flight]:
        """One request's time: refused at once where the wire is cut or the host asked for a pause."""
        self._wait_asked(target)
        until_s = deadline_s or self.limits.deadline_s
        flight = Flight(self._clock, (self._cut, *ended), target.host, until_s, allow_private)
        flight.check()
        self._sockets.flights.current = flight
        try:
            yield flight
        except Away as away:
            if away.retry_after_s:
                with self._lock:
                    self._held[target.host, target.port] = self._clock.monotonic_s() + away.retry_after_s
            raise
        finally:
            self._sockets.flights.current = None

    def _wait_asked(self, target: Target) -> None:
        """A host that asked for a pause gets it from all who would ask there."""
        key = (target.host, target.port)
        with self._lock:
            left = self._held.get(key, 0.0) - self._clock.monotonic_s()
            if left <= 0:
                self._held.pop(key, None)
                return
        raise Away(
            "sync.away.held", retry_after_s=max(left, replies.RETRY_LEAST_S), source=target.host, seconds=whole(left)
        )

    def _followed(self, ask: Ask, target: Target, flight: Flight) -> Answer:
        url, params = ask.url, dict(ask.params)
        for _ in range(self.limits.redirects + 1):
            with self._reply(ask, url, params, target, flight) as reply:
                if reply.status_code not in replies.REDIRECTS:
                    return replace(self._answer(ask, reply, flight), tls_ends_at=self._tls_end(target, flight))
                url, params = self._next_url(reply, target, flight), {}
                target = target_of(url, flight.allow_private)
        raise BadAnswer("sync.bad.redirects", source=flight.source, most=self.limits.redirects)

    def _tls_end(self, target: Target, flight: Flight) -> datetime | None:
        """When the certificate of the target ends, as its newest connection showed it: a kept one greets no more."""
        if target.scheme != "https":
            return None
        with self._lock:
            if flight.tls_ends_at is not None:
                self._tls_ends[target] = flight.tls_ends_at
            return self._tls_ends.get(target)

    @staticmethod
    def _next_url(reply: requests.Response, target: Target, flight: Flight) -> str:
        """Where a redirect leads, if it stays with the host we meant to ask: a portal never does."""
        location = reply.headers.get("location", "")
        url = urljoin(reply.url, location)
        to = target_of(url, flight.allow_private)
        upgraded = (target.scheme, target.port, to.scheme, to.port) == ("http", 80, "https", 443)
        if to.host != target.host or not (upgraded or (to.scheme, to.port) == (target.scheme, target.port)):
            raise BadAnswer("sync.bad.redirect", source=flight.source, to=f"{to.scheme}://{to.host}:{to.port}"[:120])
        return url

    @contextmanager
    def _reply(
        self, ask: Ask, url: str, params: dict[str, str], target: Target, flight: Flight
    ) -> Iterator[requests.Response]:
        headers = {**ask.headers, "Accept": ask.accept, "Accept-Encoding": "gzip", "User-Agent": self.agent}
        if ask.etag:
            headers["If-None-Match"] = ask.etag
        session = self._session(target, flight.allow_private)
        send = functools.partial(session.get, url, params=params, headers=headers, stream=True, allow_redirects=False)
        with self._sent(send, flight, repeatable=True) as reply:
            yield reply

    @contextmanager
    def _sent(
        self, send: Callable[[], requests.Response], flight: Flight, *, repeatable: bool
    ) -> Iterator[requests.Response]:
        """A reply whose head has come; its connection is given back at the end."""
        with self._translated(flight):
            try:
                reply = send()
            except requests.ConnectionError:
                if flight.connected or not (repeatable or flight.sent == 0):
                    raise
                # the kept connection had been closed at the other end meanwhile; asking anew does no harm
                flight.check()
                reply = send()
            try:
                yield reply
            finally:
                reply.close()

    @contextmanager
    def _translated(self, flight: Flight) -> Iterator[None]:
        """The errors of the libraries below as ours."""
        try:
            yield
        except ConsoleError:
            raise
        except (requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException, OSError) as trouble:
            flight.check()
            raise self._meaning(trouble, flight) from trouble
        except UnicodeError as trouble:
            raise BadAnswer("sync.url.form", url=flight.source) from trouble

    def _meaning(self, trouble: Exception, flight: Flight) -> ConsoleError:
        fault = replies.tls_fault(trouble, flight.source, self._clock.now())
        if fault:
            return fault
        chain = replies.chain(trouble)
        for each in chain:
            if isinstance(each, ConnectionError):  # closed or reset, RemoteDisconnected among them
                return Away("sync.away.reset", source=flight.source)
            if isinstance(each, http.client.IncompleteRead | urllib3.exceptions.IncompleteRead):
                return BadAnswer("sync.bad.cut", source=flight.source, got=replies.size(each.partial))
            if isinstance(each, http.client.HTTPException | urllib3.exceptions.InvalidHeader):
                return BadAnswer("sync.bad.http", source=flight.source)
        return Away("sync.away.link", source=flight.source, fault=code_of(chain[-1]))

    def _answer(self, ask: Ask, reply: requests.Response, flight: Flight) -> Answer:
        now = self._clock.now()
        kind, charset = replies.content_type(reply.headers)
        etag = reply.headers.get("etag", "")
        if reply.status_code == 304 and ask.etag:
            reply.raw.read(1, decode_content=False)  # reaches the end, so that the connection is kept
            return Answer(b"", kind, charset, now, reply.url, etag or ask.etag, True, ask.tag, ask.params, 304)
        fault = replies.fault_of(reply.status_code, reply.headers, flight.source, now)
        if fault:
            raise fault
        if not (ask.binary or ask.page):
            replies.check_type(kind, charset, flight.source)
        body = self._body(reply, flight)
        if not ask.page:
            replies.check_body(body, flight.source)
        return Answer(body, kind, charset, now, reply.url, etag, False, ask.tag, ask.params, reply.status_code)

    def _body(self, reply: requests.Response, flight: Flight) -> bytes:
        body = Body(
            flight.source,
            reply.headers.get("content-encoding", ""),
            most_bytes=self.limits.body_bytes,
            most_inflated=self.limits.inflated_bytes,
        )
        promised = reply.headers.get("content-length", "")
        length = int(promised) if promised.isascii() and promised.isdigit() and len(promised) < 20 else None
        if length is not None and length > self.limits.body_bytes:
            raise BadAnswer("sync.bad.big", source=flight.source, limit_mb=self.limits.body_bytes >> 20)
        while piece := reply.raw.read(PIECE, decode_content=False):
            body.take(piece)
            flight.check()
        if length is not None and "chunked" not in reply.headers.get("transfer-encoding", "") and body.read != length:
            raise BadAnswer("sync.bad.cut", source=flight.source, got=body.read)
        return body.whole()

    def _session(self, target: Target, allow_private: bool) -> requests.Session:
        """The kept session of a target. Private ones stand apart: their connections were judged otherwise."""
        with self._lock:
            session = self._sessions.get((target, allow_private))
            if session is None:
                session = self._fresh_session(_Adapter(self._sockets, self._tls))
                self._sessions[(target, allow_private)] = session
            return session

    @staticmethod
    def _fresh_session(adapter: _Adapter) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        return session

    def _drop_sessions(self) -> None:
        with self._lock:
            sessions = list(self._sessions.values())
            lines = list(self._lines)
            self._sessions.clear()
            self._tls_ends.clear()
        for session in sessions:
            session.close()
        for line in lines:
            line.close()


class Line:
    """One server, spoken with over connections that nobody else uses. Made by `Wire.line`; threads may share it.

    Redirects are not followed, and no cookie is kept: who signs in puts it into the heads of its messages.
    """

    def __init__(
        self, wire: Wire, session: requests.Session, allow_private: bool, count: Callable[[int], object] | None
    ) -> None:
        self._count = count
        self._ended = threading.Event()
        self._wire = wire
        self._session = session
        self._allow_private = allow_private

    def send(self, message: Message) -> Response:
        """What the server says, whole and within the limits, also where it says no: 404, 409, 412, 413 and their
        like are for the caller to read. No answer, too busy or in trouble itself raises `Away`, a stranger's
        (401, 403, 407) `Denied`, a redirect or a form that is not HTTP's `BadAnswer`. Of a candid message every answer
        is the caller's, and no redirect is followed either."""
        target = target_of(message.url, self._allow_private)
        with self._wire._flight(target, self._allow_private, message.deadline_s or None, self._ended) as flight:
            send = functools.partial(
                self._session.request,
                message.method,
                message.url,
                params=dict(message.params),
                headers=self._heads(message),
                data=message.body,
                stream=True,
                allow_redirects=False,
            )
            repeatable = message.repeatable or message.method in ("GET", "HEAD")
            try:
                with self._wire._sent(send, flight, repeatable=repeatable) as reply:
                    return self._response(reply, flight, candid=message.candid)
            finally:
                if self._count is not None:
                    self._count(flight.sent + flight.got)

    def close(self) -> None:
        """Let go of kept connections. A later message opens new ones."""
        self._session.close()

    def end(self) -> None:
        """Nothing is sent any more, and what is under way raises `Away`, as where the wire is cut."""
        self._ended.set()
        self._session.close()

    def _heads(self, message: Message) -> dict[str, str]:
        squeeze = "identity" if message.still else "gzip"
        usual = {"Accept": message.accept, "Accept-Encoding": squeeze, "User-Agent": self._wire.agent}
        return {**usual, **message.headers}

    def _response(self, reply: requests.Response, flight: Flight, *, candid: bool) -> Response:
        now = self._wire.now()
        if not candid:
            self._look(reply, flight, now)
        # the library has read what a redirect says beside
        empty = reply.request.method == "HEAD" or reply.status_code in (204, 304, *replies.REDIRECTS)
        body = b"" if empty else self._wire._body(reply, flight)
        heads = {name.lower(): value for name, value in reply.headers.items()}
        return Response(reply.status_code, heads, body, now, flight.sent, flight.got)

    @staticmethod
    def _look(reply: requests.Response, flight: Flight, now: datetime) -> None:
        """Raise what an answer means that is not for the caller to read."""
        if reply.status_code in replies.REDIRECTS:
            to = urljoin(reply.url, reply.headers.get("location", ""))
            raise BadAnswer("sync.bad.redirect", source=flight.source, to=to.partition("?")[0][:120])
        fault = replies.line_fault_of(reply.status_code, reply.headers, flight.source, now)
        if fault:
            raise fault
