"""Sockets under a deadline that no drip outlasts, and that can be cut at any moment.

A timeout of `requests` bounds one wait, not the whole: one byte a second lasts for ever. Here every single
receive asks its `Flight` how much is left, waits in short slices, and ends the moment the wire is cut. The
connection goes to an address that `Names` judged; the name is not resolved a second time behind our back.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import socket
import ssl
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_der_x509_certificate

from console.core.clock import Clock
from console.core.errors import Away, Refused, code_of
from sync.addresses import Names, whole

_SLICE_S = 0.25
T = TypeVar("T")


class Flight:
    """One fetch under way: how long it may still last, and where it may connect."""

    def __init__(
        self,
        clock: Clock,
        cut: Sequence[threading.Event],
        source: str,
        deadline_s: float,
        allow_private: bool,
    ) -> None:
        """Any of `cut` ends it, within a slice of its waits."""
        self._clock = clock
        self._cut = cut
        self._deadline_s = deadline_s
        self._until = clock.monotonic_s() + deadline_s
        self.source = source
        self.allow_private = allow_private
        self.connected = False
        """True once this fetch opened a connection of its own instead of using a kept one."""
        self.sent = self.got = 0
        """Bytes that went out and came in so far."""
        self.tls_ends_at: datetime | None = None
        """When the certificate ends that was shown to a connection this fetch opened."""

    def left_s(self) -> float:
        """Seconds left, more than 0. Cut or out of time raises `Away`."""
        if any(each.is_set() for each in self._cut):
            raise Away("sync.cut", source=self.source)
        left = self._until - self._clock.monotonic_s()
        if left <= 0:
            raise Away("sync.away.slow", source=self.source, seconds=whole(self._deadline_s))
        return left

    def check(self) -> None:
        """Raise `Away` where this fetch has to end."""
        self.left_s()


class Flights(threading.local):
    """The flight of the thread that runs: kept connections are shared, deadlines are not."""

    current: Flight | None = None

    def now(self) -> Flight:
        """The flight under way in this thread."""
        if self.current is None:
            raise RuntimeError("a socket was used outside a fetch")
        return self.current


class Sockets:
    """All open sockets of a wire: opens them, and shuts them down at once when it is cut."""

    def __init__(self, clock: Clock, names: Names, *, connect_s: float, resolve_s: float) -> None:
        self.flights = Flights()
        self._clock = clock
        self._names = names
        self._connect_s = connect_s
        self._resolve_s = resolve_s
        self._lock = threading.Lock()
        self._open: weakref.WeakSet[socket.socket] = weakref.WeakSet()

    def hold(self, sock: socket.socket) -> None:
        """Remember a socket, so that a cut finds it."""
        with self._lock:
            self._open.add(sock)

    def shut(self) -> None:
        """End every conversation under way. Their fetches raise `Away`."""
        with self._lock:
            held = list(self._open)
        for sock in held:
            # already closed, or handed over to TLS, which is held by itself
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def connect(self, host: str, port: int) -> socket.socket:
        """A connection to a judged address of the host, within the connect deadline over all its addresses."""
        flight = self.flights.now()
        flight.connected = True
        rows = self._names.find(
            host.rstrip("."),
            port,
            allow_private=flight.allow_private,
            timeout_s=min(self._resolve_s, flight.left_s()),
            stopped=flight.check,
        )
        until = self._clock.monotonic_s() + min(self._connect_s, flight.left_s())
        trouble: OSError | None = None
        for tried, (family, kind, protocol, _, address) in enumerate(rows):
            left = until - self._clock.monotonic_s()
            if left <= 0:
                break
            sock = GuardedSocket(family, kind, protocol)
            sock.sockets = self
            self.hold(sock)
            # the last one may use all that is left, the others leave some for those behind them
            sock.settimeout(left if tried == len(rows) - 1 else max(0.3, left / 2))
            try:
                sock.connect(address)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return sock
            except OSError as refused:
                sock.close()
                trouble = refused
                flight.check()
        if trouble is None or isinstance(trouble, TimeoutError):
            raise Away("sync.away.connect", source=flight.source, seconds=whole(self._connect_s))
        raise Away("sync.away.refused", source=flight.source, fault=code_of(trouble)) from trouble

    def patient(self, sock: socket.socket, job: Callable[[], T]) -> T:
        """Do a socket's job in short waits until it is done, the flight's time is up or the wire is cut."""
        flight = self.flights.now()
        while True:
            sock.settimeout(min(flight.left_s(), _SLICE_S))
            try:
                return job()
            except TimeoutError:
                continue


class GuardedSocket(socket.socket):
    """A plain socket whose every receive stands under the flight's deadline."""

    sockets: Sockets

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        got = self.sockets.patient(self, lambda: super(GuardedSocket, self).recv_into(*args, **kwargs))
        self.sockets.flights.now().got += got
        return got

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        # the library's own gives the whole body no more than one wait's time
        left = memoryview(data).cast("B")
        while left:
            sent = self.sockets.patient(self, lambda left=left: super(GuardedSocket, self).send(left, flags))  # type: ignore[misc]
            self.sockets.flights.now().sent += sent
            left = left[sent:]


class GuardedTls(ssl.SSLSocket):
    """The same over TLS."""

    def do_handshake(self, block: bool = False) -> None:
        sockets = self._sockets()
        sockets.hold(self)
        try:
            sockets.patient(self, lambda: super(GuardedTls, self).do_handshake(block))
            self._check_pin()
            sockets.flights.now().tls_ends_at = _end_of(self.getpeercert())
        except Away:
            # the library closes what fails with an error of its own kind only
            self.close()
            raise

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        sockets = self._sockets()
        got = sockets.patient(self, lambda: super(GuardedTls, self).recv_into(*args, **kwargs))
        sockets.flights.now().got += got
        return got

    def send(self, data: Any, flags: int = 0) -> int:
        # every way of sending ends here
        sockets = self._sockets()
        sent = sockets.patient(self, lambda: super(GuardedTls, self).send(data, flags))
        sockets.flights.now().sent += sent
        return sent

    def _check_pin(self) -> None:
        """Where a key is pinned, it and no other. Nothing was sent before this."""
        pin = self.context.pin if isinstance(self.context, GuardedContext) else ""
        shown = self.getpeercert(binary_form=True) or b""
        if pin and pin not in fingerprints(shown):
            raise Away("sync.tls.pin", source=self._sockets().flights.now().source)

    def _sockets(self) -> Sockets:
        context = self.context
        if not isinstance(context, GuardedContext):
            raise RuntimeError("a TLS socket without its wire")
        return context.sockets


def _end_of(certificate: Mapping[str, Any] | None) -> datetime | None:
    """When a certificate ends, as the library tells it; None for one that was not judged, as where a key is pinned."""
    told = (certificate or {}).get("notAfter")
    try:
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(told), UTC) if isinstance(told, str) else None
    except (ValueError, OverflowError, OSError):
        return None


class GuardedContext(ssl.SSLContext):
    """TLS as we want it, always verified: the certificates we ship and, where given, a city's own authority."""

    sockets: Sockets
    pin = ""
    """Fingerprint of the one certificate or key that is trusted; "" trusts the authorities."""
    sslsocket_class = GuardedTls

    @classmethod
    def made(cls, sockets: Sockets, authorities: list[str]) -> GuardedContext:
        """A context that trusts those PEM files and nothing of the machine's environment."""
        context = cls(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.sockets = sockets
        for path in authorities:
            context.load_verify_locations(path)
        return context

    @classmethod
    def pinned(cls, sockets: Sockets, pin: str) -> GuardedContext:
        """A context that trusts one key and no authority: the key is compared once the greeting is over, and what
        it does not open is closed before anything is asked."""
        context = cls.made(sockets, [])
        context.pin = pin
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context


def fingerprints(certificate: bytes) -> tuple[str, str]:
    """SHA-256 of a DER certificate and of its public key (SPKI), in hex. "" for one that cannot be read."""
    if not certificate:
        return "", ""
    try:
        key = load_der_x509_certificate(certificate).public_key()
    except (ValueError, UnsupportedAlgorithm):
        return hashlib.sha256(certificate).hexdigest(), ""
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(certificate).hexdigest(), hashlib.sha256(spki).hexdigest()


def pin_of(text: str) -> str:
    """A fingerprint as a person writes it (`sha256:AB:CD...`, spaces, capitals), as plain hex; "" for none.
    Anything else raises `Refused`."""
    plain = re.sub(r"[\s:]", "", text.lower().strip().removeprefix("sha256:").removeprefix("sha256/"))
    if plain and not re.fullmatch(r"[0-9a-f]{64}", plain):
        raise Refused("sync.hub.pin")
    return plain
