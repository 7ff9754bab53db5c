"""The only door to the network: `Wire.fetch(Ask) -> Answer`, or an error named after what one does next.

`requests` carries, but is not believed: a total deadline whatever the drip, limits before and after inflating,
a body that is whole or refused, redirects by hand and only within the same host, addresses judged before they
are connected to, certificates always verified, no proxy and no login taken from the environment, no cookies.
Threads may share one wire. Cut it and it is cut: new fetches raise at once and those under way end at once.
"""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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
from console.core.errors import Away, BadAnswer, ConsoleError
from sync import replies
from sync.addresses import Names, Resolve, Target, system_resolve, target_of, whole
from sync.feed import Answer, Ask
from sync.inflate import PIECE, Body
from sync.sockets import Flight, GuardedContext, Sockets


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

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


class _Adapter(HTTPAdapter):
    """Our sockets and our TLS below `requests`."""

    def __init__(self, sockets: Sockets, tls: GuardedContext) -> None:
        self._sockets = sockets
        self._tls = tls
        super().__init__(pool_connections=1, pool_maxsize=4, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._tls, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _pools(self._sockets)

    def close(self) -> None:
        # left to itself it waits for the garbage collector with closing what it keeps
        for key in self.poolmanager.pools.keys():  # noqa: SIM118 it cannot be iterated over itself
            if pool := self.poolmanager.pools.get(key):
                pool.close()
        super().close()

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
        self._agent = agent
        self.limits = limits or Limits()
        self._sockets = Sockets(
            clock, Names(clock, resolve), connect_s=self.limits.connect_s, resolve_s=self.limits.resolve_s
        )
        self._tls = GuardedContext.made(self._sockets, [certifi.where(), *authorities])
        self._cut = threading.Event()
        self._lock = threading.Lock()
        self._sessions: dict[tuple[Target, bool], requests.Session] = {}
        self._held: dict[tuple[str, int], float] = {}

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

    def fetch(self, ask: Ask, *, allow_private: bool = False, deadline_s: float | None = None) -> Answer:
        """The answer to one ask, whole and within its limits. Raises `Away`, `Denied` or `BadAnswer`."""
        target = target_of(ask.url, allow_private)
        self._wait_asked(target)
        flight = Flight(self._clock, self._cut, target.host, deadline_s or self.limits.deadline_s, allow_private)
        flight.check()
        self._sockets.flights.current = flight
        try:
            return self._followed(ask, target, flight)
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
                    return self._answer(ask, reply, flight)
                url, params = self._next_url(reply, target, flight), {}
                target = target_of(url, flight.allow_private)
        raise BadAnswer("sync.bad.redirects", source=flight.source, most=self.limits.redirects)

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
        headers = {"Accept": ask.accept, "Accept-Encoding": "gzip", "User-Agent": self._agent}
        if ask.etag:
            headers["If-None-Match"] = ask.etag
        session = self._session(target, flight.allow_private)
        with self._translated(flight):
            try:
                reply = self._send(session, url, params, headers)
            except requests.ConnectionError:
                if flight.connected:
                    raise
                # the kept connection had been closed at the other end meanwhile; asking anew does no harm
                flight.check()
                reply = self._send(session, url, params, headers)
            try:
                yield reply
            finally:
                reply.close()

    @staticmethod
    def _send(
        session: requests.Session, url: str, params: dict[str, str], headers: dict[str, str]
    ) -> requests.Response:
        return session.get(url, params=params, headers=headers, stream=True, allow_redirects=False)

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
            raise BadAnswer("sync.url.form", url=flight.source, reason=str(trouble)) from trouble

    def _meaning(self, trouble: Exception, flight: Flight) -> ConsoleError:
        fault = replies.tls_fault(trouble, flight.source, self._clock.now())
        if fault:
            return fault
        chain = _chain(trouble)
        for each in chain:
            if isinstance(each, ConnectionError):  # closed or reset, RemoteDisconnected among them
                return Away("sync.away.reset", source=flight.source)
            if isinstance(each, http.client.IncompleteRead | urllib3.exceptions.IncompleteRead):
                return BadAnswer("sync.bad.cut", source=flight.source, got=_size(each.partial))
            if isinstance(each, http.client.HTTPException | urllib3.exceptions.InvalidHeader):
                return BadAnswer("sync.bad.http", source=flight.source, reason=type(each).__name__)
        return Away("sync.away.link", source=flight.source, reason=type(chain[-1]).__name__)

    def _answer(self, ask: Ask, reply: requests.Response, flight: Flight) -> Answer:
        now = self._clock.now()
        kind, charset = replies.content_type(reply.headers)
        etag = reply.headers.get("etag", "")
        if reply.status_code == 304 and ask.etag:
            reply.raw.read(1, decode_content=False)  # reaches the end, so that the connection is kept
            return Answer(b"", kind, charset, now, reply.url, etag or ask.etag, True, ask.tag, ask.params)
        fault = replies.fault_of(reply.status_code, reply.headers, flight.source, now)
        if fault:
            raise fault
        if ask.accept != "*/*":
            replies.check_type(kind, charset, flight.source)
        body = self._body(reply, flight)
        if ask.accept != "*/*":
            replies.check_body(body, flight.source)
        return Answer(body, kind, charset, now, reply.url, etag, False, ask.tag, ask.params)

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
                session = requests.Session()
                session.trust_env = False
                session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
                adapter = _Adapter(self._sockets, self._tls)
                session.mount("http://", adapter)
                session.mount("https://", adapter)
                self._sessions[(target, allow_private)] = session
            return session

    def _drop_sessions(self) -> None:
        with self._lock:
            sessions = list(self._sessions.values())
            self._sessions.clear()
        for session in sessions:
            session.close()


def _chain(trouble: BaseException) -> list[BaseException]:
    """An exception and what it was made of, outermost first."""
    found: list[BaseException] = []
    todo: list[BaseException] = [trouble]
    while todo and len(found) < 20:
        each = todo.pop(0)
        if each in found:
            continue
        found.append(each)
        todo += [inner for inner in each.args if isinstance(inner, BaseException)]
        todo += [inner for inner in (getattr(each, "reason", None), each.__cause__) if isinstance(inner, BaseException)]
    return found


def _size(partial: object) -> int:
    """`http.client` keeps the bytes, urllib3 their number."""
    return partial if isinstance(partial, int) else len(partial) if isinstance(partial, bytes) else 0
