"""Which addresses may be asked: the form of a URL, and the machine behind its name.

A pack's address is somebody else's text. It may name this machine, the office network or a cloud's metadata
service; so the name is resolved here, every address it stands for is judged, and the connection goes to an
address that was judged, never to a second resolution of the name. Resolving runs on threads of its own,
because no timeout reaches into the system's resolver.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from console.core.clock import Clock
from console.core.errors import Away, BadAnswer, code_of

Resolve = Callable[[str, int], Sequence[tuple[Any, ...]]]
"""As `socket.getaddrinfo`: rows of (family, type, protocol, name, socket address)."""

_PORTS_BELOW_1024 = frozenset({80, 443})
_PORTS_OF_OTHERS = frozenset(
    # mail, chat, X11, SIP, databases, container and cluster control: never a city's public interface
    {1433, 1521, 2049, 2375, 2376, 2379, 3306, 3389, 5060, 5061, 5432, 5900, 6000, 6379, 6566, 6667, 6697}
    | {9200, 9300, 10250, 11211, 27017}
)
_UNSOUND = re.compile(r"[\x00-\x20\x7f\\]")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_METADATA = frozenset(ipaddress.ip_address(each) for each in ("169.254.169.254", "fd00:ec2::254", "100.100.100.200"))
"""Where clouds hand a machine its own secrets."""
_SLICE_S = 0.25
_EAI = {getattr(socket, name): name for name in dir(socket) if name.startswith("EAI_")}
"""The resolver's own numbers, which are no system's."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a URL leads: what a session belongs to and a redirect is held to."""

    scheme: str
    host: str
    port: int


def target_of(url: str, allow_private: bool) -> Target:
    """The target of a URL. One that is no plain http(s) address raises `BadAnswer`, named by its fault."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as trouble:
        raise BadAnswer("sync.url.form", url=told(url)) from trouble
    if parts.scheme not in ("http", "https"):
        raise BadAnswer("sync.url.scheme", url=told(url), scheme=parts.scheme)
    if _UNSOUND.search(url) or not parts.hostname:
        raise BadAnswer("sync.url.form", url=told(url))
    return _judged(parts, port, allow_private)


def told(url: str) -> str:
    """An address as it may be told: without what is behind `?` and before `@`, where tokens and passwords stand."""
    head, mark, rest = url.partition("//")
    place, slash, path = re.split(r"[?#]", rest, maxsplit=1)[0].partition("/")
    return f"{head.partition('?')[0]}{mark}{place.rpartition('@')[2]}{slash}{path}"[:200]


def _judged(parts: SplitResult, port: int | None, allow_private: bool) -> Target:
    host = str(parts.hostname)
    if parts.username is not None or parts.password is not None:
        raise BadAnswer("sync.url.login", source=host)
    number = port if port is not None else (443 if parts.scheme == "https" else 80)
    odd = number < 1024 and number not in _PORTS_BELOW_1024
    if not allow_private and (odd or number in _PORTS_OF_OTHERS):
        raise BadAnswer("sync.url.port", source=host, port=str(number))
    return Target(parts.scheme, host, number)


def is_public(address: str) -> bool:
    """True where an IP address is one of the open internet, whatever dress it wears (mapped, 6to4, NAT64)."""
    ip = _meant(address)
    return ip is not None and ip.is_global and not ip.is_multicast and not ip.is_reserved


def is_reachable(address: str, allow_private: bool) -> bool:
    """True where a connection to the address is allowed at all. A pack may list a machine inside, but never what
    only the machine's own cloud or cable answers: link-local and metadata addresses hold no city's complaints."""
    if not allow_private:
        return is_public(address)
    ip = _meant(address)
    if ip is None or ip.is_multicast or ip.is_unspecified or ip.is_link_local:
        return False
    return ip not in _METADATA


def _meant(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that is reached in the end; None where the text is none."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        return inner or ip
    return ip


def whole(seconds: float) -> float:
    """Seconds for a sentence: whole ones, where there is at least one."""
    return round(seconds) if seconds >= 1 else round(seconds, 1)


class _Lookup:
    """One question to the system's resolver, on a thread of its own, shared by all who wait for that name."""

    def __init__(self, resolve: Resolve, host: str, port: int) -> None:
        self.done = threading.Event()
        self.rows: Sequence[tuple[Any, ...]] = ()
        self.trouble = "EAI_NONAME"
        self._thread = threading.Thread(
            target=self._run, args=(resolve, host, port), name=f"resolve {host}", daemon=True
        )
        self._thread.start()

    def _run(self, resolve: Resolve, host: str, port: int) -> None:
        try:
            self.rows = resolve(host, port)
        except (OSError, UnicodeError) as trouble:
            self.trouble = (isinstance(trouble, socket.gaierror) and _EAI.get(trouble.errno or 0)) or code_of(trouble)
        finally:
            self.done.set()


def system_resolve(host: str, port: int) -> Sequence[tuple[Any, ...]]:
    """The system's own resolver."""
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


class Names:
    """Names to addresses, with a deadline and a memory. Used by many threads."""

    def __init__(self, clock: Clock, resolve: Resolve = system_resolve, *, fresh_s: float = 300.0) -> None:
        self._clock = clock
        self._resolve = resolve
        self._fresh_s = fresh_s
        self._lock = threading.Lock()
        self._known: dict[tuple[str, int], tuple[float, Sequence[tuple[Any, ...]]]] = {}
        self._asked: dict[tuple[str, int], _Lookup] = {}

    def find(
        self, host: str, port: int, *, allow_private: bool, timeout_s: float, stopped: Callable[[], None]
    ) -> list[tuple[Any, ...]]:
        """The rows of the name that may be connected to. Silence past the deadline is answered from memory,
        else `Away`; a name that stands only for addresses that may not be asked is `BadAnswer`."""
        rows = self._literal(host, port) or self._remembered(host, port)
        if rows is None:
            rows = self._look_up(host, port, timeout_s, stopped)
        sound = [row for row in rows if is_reachable(str(row[4][0]), allow_private)]
        if not sound:
            raise BadAnswer("sync.url.private", source=host, address=str(rows[0][4][0]) if rows else "")
        return sound

    @staticmethod
    def _literal(host: str, port: int) -> Sequence[tuple[Any, ...]] | None:
        """The row of an address that stands there as it is: no resolver is asked."""
        try:
            ip = ipaddress.ip_address(host)
        except ValueError:
            return None
        if ip.version == 4:
            return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (host, port))]
        return [(socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (host, port, 0, 0))]

    def _remembered(self, host: str, port: int) -> Sequence[tuple[Any, ...]] | None:
        with self._lock:
            known = self._known.get((host, port))
        if known and self._clock.monotonic_s() - known[0] < self._fresh_s:
            return known[1]
        return None

    def _look_up(
        self, host: str, port: int, timeout_s: float, stopped: Callable[[], None]
    ) -> Sequence[tuple[Any, ...]]:
        key = (host, port)
        with self._lock:
            lookup = self._asked.get(key)
            if lookup is None:
                lookup = self._asked[key] = _Lookup(self._resolve, host, port)
        until = self._clock.monotonic_s() + timeout_s
        while not lookup.done.is_set() and (left := until - self._clock.monotonic_s()) > 0:
            stopped()
            self._clock.wait(lookup.done, min(left, _SLICE_S))
        answered = lookup.done.is_set()
        with self._lock:
            if answered and self._asked.get(key) is lookup:
                del self._asked[key]
            if answered and lookup.rows:
                self._known[key] = (self._clock.monotonic_s(), lookup.rows)
            known = self._known.get(key)
        if known:
            return known[1]
        if not answered:
            raise Away("sync.away.resolver", source=host, seconds=whole(timeout_s))
        raise Away("sync.away.name", source=host, fault=lookup.trouble)
