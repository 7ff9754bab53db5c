"""Connections of a relay: each has a thread of its own and a bound on its time; there are never more than so many.

Where all are taken, the one gives way that has been idle longest, or whose request nobody has signed yet; where there
is none such, or too many are still on their way out, the newcomer is told to come again. A connection counts until its
thread has ended. The engine's other threads wait for none of them. A bug of ours ends
the conversation it was met in and goes to `threading.excepthook`, from a thread whose name begins with `THREAD`.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import ssl
import threading
from dataclasses import dataclass, field

from console.core.clock import Clock
from console.core.errors import DiskTrouble, Refused, code_of
from sync.relay.answer import Answer
from sync.relay.faults import Fault, Hangup, forbidden
from sync.relay.request import MOST_BODY, Head, Request
from sync.relay.routes import MOST_SESSION, Routes
from sync.relay.stream import HEAD_S, Stream
from sync.relay.waiting import BIG, MOST_WAITING, Waiting

THREAD = "relay "
MOST_CONNECTIONS = 128
MOST_ENDING = 32
"""Beyond those, connections that gave way and whose thread has not ended yet."""
_BACKLOG = 64
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
_FULL = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@dataclass(eq=False)
class _Connection:
    sock: socket.socket
    peer: str
    idle_since: float | None = None
    ending: bool = False
    """Whether it was told to give way."""
    thread: threading.Thread | None = field(default=None, repr=False)


class Server:
    """Listens and answers. `start`, then `stop`."""

    def __init__(
        self,
        routes: Routes,
        clock: Clock,
        *,
        address: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        most: int = MOST_CONNECTIONS,
    ) -> None:
        self._routes = routes
        self._clock = clock
        self._where = address, port
        self._tls = tls
        self._most = most
        self._lock = threading.Lock()
        self._open: set[_Connection] = set()
        self._waiting = Waiting(MOST_WAITING)
        self._big = threading.Semaphore(1)
        """One big body is answered at a time: its JSON takes many times as much memory. It is read before, at the pace
        of who sends it."""
        self._ending = False
        self._here_only = True
        self._listener: socket.socket | None = None
        self._accepting: threading.Thread | None = None

    def start(self) -> int:
        """Listen; the port. One that is taken or may not be used raises `Refused`, and so does an address that is
        none: a name may stand for several."""
        address, port = self._where
        try:
            self._here_only = ipaddress.ip_address(address).is_loopback
        except ValueError as trouble:
            raise Refused("relay.address_bad", address=address[:64]) from trouble
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        try:
            if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
            else:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((address, port))
            listener.listen(_BACKLOG)
        except (OSError, OverflowError) as trouble:
            listener.close()
            raise Refused("centre.port", port=str(port), fault=code_of(trouble)) from trouble
        self._listener = listener
        self._accepting = threading.Thread(target=self._accept, args=(listener,), name="relay", daemon=True)
        self._accepting.start()
        return int(listener.getsockname()[1])

    def stop(self) -> None:
        """Let nobody in any more, end every conversation, and wait for their threads."""
        self._ending = True
        if self._listener is not None:
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
        with self._lock:
            # within the lock: one that begins to shake hands is taken out of its socket, and shutting that does nothing
            held = list(self._open)
            for each in held:
                _shut(each.sock)
        if self._accepting is not None:
            self._accepting.join()
        for each in held:
            if each.thread is not None and each.thread is not threading.current_thread():
                each.thread.join()

    def _accept(self, listener: socket.socket) -> None:
        while not self._ending:
            try:
                sock, address = listener.accept()
            except OSError:
                if self._ending:
                    return
                # no more files for now: those that end give some back
                self._clock.wait(threading.Event(), 0.2)
                continue
            self._let_in(_Connection(sock, str(address[0]), self._clock.monotonic_s()))

    def _let_in(self, one: _Connection) -> None:
        with self._lock:
            welcome = not self._ending and self._has_room()
            if welcome:
                self._open.add(one)
        if not welcome:
            self._turn_away(one)
            return
        one.thread = threading.Thread(target=self._serve, args=(one,), name=f"{THREAD}{one.peer}", daemon=True)
        try:
            one.thread.start()
        except RuntimeError:
            # the machine has no thread more for now
            with self._lock:
                self._open.discard(one)
            self._turn_away(one)

    def _turn_away(self, one: _Connection) -> None:
        with contextlib.suppress(OSError):
            one.sock.settimeout(0.2)
            if self._tls is None:
                one.sock.sendall(_FULL)
        one.sock.close()

    def _has_room(self) -> bool:
        """Whether one more may come; where all are taken, the one that has been idle longest is ended: it leaves by
        itself."""
        staying = [each for each in self._open if not each.ending]
        if len(self._open) >= self._most + MOST_ENDING:
            return False
        if len(staying) < self._most:
            return True
        idle = [each for each in staying if each.idle_since is not None]
        if not idle:
            return False
        oldest = min(idle, key=lambda each: each.idle_since or 0.0)
        oldest.ending = True
        _shut(oldest.sock)
        return True

    def _serve(self, one: _Connection) -> None:
        stream: Stream | None = None
        try:
            if self._tls is not None:
                self._shake_hands(one, self._tls)
            stream = Stream(one.sock, self._clock)
            while self._turn(one, stream):
                pass
            stream.close()
        except (Hangup, OSError, DiskTrouble):
            # who has gone is owed nothing; an answer that cannot be ended is cut, and asked for again
            pass
        finally:
            # also after a bug of ours, which ends this conversation alone
            one.sock.close()
            with self._lock:
                self._open.discard(one)

    def _shake_hands(self, one: _Connection, tls: ssl.SSLContext) -> None:
        one.sock.settimeout(HEAD_S)
        with self._lock:
            # before a byte is waited for: what is shut from outside must be the socket that is waited on
            secured = tls.wrap_socket(one.sock, server_side=True, do_handshake_on_connect=False)
            one.sock = secured
        secured.do_handshake()

    def _turn(self, one: _Connection, stream: Stream) -> bool:
        """One request and its answer; whether there may be another."""
        with self._lock:
            one.idle_since = self._clock.monotonic_s()
        head: Head | None = None
        try:
            head = stream.head()
            if head is None or self._ending:
                return False
            answer, read = self._answer(one, stream, head)
        except Fault as fault:
            stream.answer(_told(fault), head, keep=False)
            stream.close(linger=True)
            return False
        keep = head.keep and read and not self._ending
        stream.answer(answer, head, keep=keep)
        return keep

    def _answer(self, one: _Connection, stream: Stream, head: Head) -> tuple[Answer, bool]:
        """The answer, and whether the request was read to its end."""
        self._check_host(head)
        account = self._routes.admit(head, one.peer)
        if account is not None:
            with self._lock:
                one.idle_since = None
        most = MOST_SESSION if head.path == ("_session",) else MOST_BODY
        if int(head.get("content-length") or 0) > most:
            raise Fault(413, "too_large", "The request entity is too large.")
        with self._waiting.place() as hold:
            request = Request(head, stream.body(head, most, hold), one.peer)
            with self._big if len(request.body) > BIG else contextlib.nullcontext():
                try:
                    answer = self._routes.answer(request, account, stream.gone)
                except Fault as fault:
                    answer = _told(fault)
                except DiskTrouble as trouble:
                    answer = _told(_of_disk(trouble))
        renewed = self._routes.renewed(head, account)
        if renewed and "Set-Cookie" not in answer.headers:
            answer = Answer(answer.status, answer.body, {**answer.headers, "Set-Cookie": renewed}, answer.squeeze)
        return answer, True

    def _check_host(self, head: Head) -> None:
        """A page in somebody's browser that points a name of its own here is turned away, and so is any page of
        another origin."""
        host = head.get("host").lower()
        bare = host if host.endswith("]") else host.rpartition(":")[0] or host
        if self._here_only and bare not in _LOOPBACK:
            raise forbidden("This relay answers its own machine only.")
        origin = head.get("origin")
        if origin and origin.partition("://")[2].lower() != host:
            raise forbidden("Pages of other origins are not answered.")


def _told(fault: Fault) -> Answer:
    answer = Answer.of(fault.told, fault.status)
    return Answer(answer.status, answer.body, {**answer.headers, **fault.headers})


def _of_disk(trouble: DiskTrouble) -> Fault:
    """What the disk refused: 507 where it is full, 503 where a later try may do."""
    if trouble.says in ("store.full", "store.little_room", "files.room"):
        return Fault(507, "insufficient_storage", "No room is left here.", {"Retry-After": "60"})
    return Fault(503, "service_unavailable", "The store cannot be used now.", {"Retry-After": "5"})


def _shut(sock: socket.socket) -> None:
    # past TLS, which would wait for an answer
    with contextlib.suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
