"""The wire to the centre's database server, as a replicator wants it: calls in, replies out, signed in all the while.

Who signs in by a session gets a cookie, which lives here and nowhere else; one that ran out is renewed once. Bodies
go out squeezed until the server says that it cannot read them so. Each call waits for its lane and its budget
(sync/lanes.py); a long poll takes no room and waits for neither. Any thread may call.
"""

from __future__ import annotations

import base64
import gzip
import json
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any, Protocol
from urllib.parse import urlsplit

from console.core.errors import Away, BadAnswer, Denied, Refused
from sync import replies
from sync.addresses import target_of
from sync.apart import Apart
from sync.couch import Call, Reply
from sync.lanes import Lane, Lanes
from sync.message import Message, Response
from sync.strict_json import lenient

COOKIE = "AuthSession"
AHEAD = 3
"""Calls that may be under way ahead of who wants their replies."""
URGENT_AHEAD = 4
"""The same of urgent ones, on threads of their own: one for each who may send (sync/hub.py)."""
SQUEEZE_FROM = 1024
"""Bytes from which a body is worth squeezing."""
SQUEEZE_QUICKLY_FROM = 64 << 10
"""So large a body goes over a quick link only, where squeezing it hard would take longer than sending it."""
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_READING = ("_revs_diff", "_bulk_get", "_all_docs", "_find", "_session", "_missing_revs")
"""Last parts of paths that are asked by POST and change nothing."""
_PRIVILEGED = ("/_db_updates",)
"""What an ordinary account may be refused by 401 ("You are not a server admin"), though its secret is right."""


class Sending(Protocol):
    """A line of the wire, as far as it is needed here."""

    def send(self, message: Message) -> Response:
        """The answer, or `Away`, `Denied`, `BadAnswer`."""
        ...

    def close(self) -> None:
        """Let go of kept connections."""
        ...

    def end(self) -> None:
        """Nothing is sent any more, and what is under way ends."""
        ...


@dataclass(frozen=True, slots=True)
class Account:
    """Who we are at the server."""

    user: str = ""
    """"" asks without signing in."""
    secret: Callable[[], str] = str
    """The password or token, asked for each time it is needed; "" where none is known."""
    way: str = "cookie"
    """`cookie`, `basic` or `jwt`."""


class HubWire:
    """Calls to one server. `on(lane)` is what a replicator is given."""

    def __init__(self, line: Sending, url: str, account: Account, lanes: Lanes, *, clear: bool = False) -> None:
        """`clear` lets a secret travel unencrypted to another machine, which is else `Refused`."""
        target = target_of(url, allow_private=True)
        if account.user and target.scheme != "https" and target.host not in _LOOPBACK and not clear:
            raise Refused("sync.hub.clear", source=target.host)
        self.lanes = lanes
        self.host = target.host
        self.apart = Apart()
        """How far the server's clock is from ours."""
        self._line = line
        self._url = url.rstrip("/")
        self._account = account
        self._signing = threading.Lock()
        self._cookie = ""
        self._wrong: tuple[str, Denied] | None = None
        """A secret that was refused, and how."""
        self._squeezes = True
        self._ended = False
        self._pool = ThreadPoolExecutor(AHEAD, thread_name_prefix="hub ahead")
        # what was sent ahead in worse lanes keeps its thread while it waits for its budget
        self._urgent_pool = ThreadPoolExecutor(URGENT_AHEAD, thread_name_prefix="hub urgent")

    def on(self, lane: Lane) -> LaneNet:
        """The same server, for what belongs into that lane."""
        return LaneNet(self, lane)

    def end(self) -> None:
        """Nothing is asked any more: calls that wait for their lane, and those under way, raise `Away`."""
        self._ended = True
        self._line.end()
        self.lanes.stir()
        for pool in (self._pool, self._urgent_pool):
            pool.shutdown(wait=False, cancel_futures=True)

    def renew(self) -> None:
        """Kept connections are dead: the machine slept."""
        self._line.close()

    def sign_in_again(self) -> None:
        """A person says that the secret is right now: forget what it opened, and what it did not."""
        self._cookie = ""
        self._wrong = None

    def call(self, call: Call, lane: Lane) -> Reply:
        """What the server says. Raises `Away`, `Denied`, `BadAnswer`."""
        if call.query.get("feed") == "longpoll":
            self.check()
            return self._answered(call)
        with self.lanes.turn(Lane.URGENT if call.urgent else lane, self.check):
            return self._answered(call)

    def ahead(self, call: Call, lane: Lane) -> Callable[[], Reply]:
        """Make the call now, on another thread; its reply when it is wanted."""
        pool = self._urgent_pool if call.urgent or lane is Lane.URGENT else self._pool
        try:
            return pool.submit(self.call, call, lane).result
        except RuntimeError as ended:
            raise Away("sync.cut", source=self.host) from ended

    def check(self) -> None:
        """Raise `Away` where nothing may be asked any more."""
        if self._ended:
            raise Away("sync.cut", source=self.host)

    def _answered(self, call: Call) -> Reply:
        begin_s = self.lanes.clock.monotonic_s()
        response = self._signed_in(call)
        if response.status == 415 and self._squeezes and call.body is not None:
            self._squeezes = False
            response = self._signed_in(call)
        seconds = self.lanes.clock.monotonic_s() - begin_s
        return Reply(response.status, self._body(call, response), response.got, response.headers, seconds)

    def _signed_in(self, call: Call) -> Response:
        if not self._account.user:
            return self._send(self._message(call, {}))
        if self._account.way == "cookie":
            return self._by_session(call)
        secret = self._secret()
        heads = self._shown(secret)
        try:
            return self._send(self._message(call, heads))
        except Denied as denied:
            if not _is_no(denied):
                raise
            if call.path in _PRIVILEGED and self._knows_us(heads):
                raise Denied("sync.denied", source=self.host, status="401") from denied
            self._wrong = secret, denied
            raise

    def _by_session(self, call: Call) -> Response:
        cookie = self._cookie or self._sign_in("")
        try:
            return self._send(self._message(call, _cookies(cookie)))
        except Denied as denied:
            if not _is_no(denied):
                raise
        cookie = self._sign_in(cookie)
        try:
            return self._send(self._message(call, _cookies(cookie)))
        except Denied as denied:
            if _is_no(denied) and call.path in _PRIVILEGED:
                raise Denied("sync.denied", source=self.host, status="401") from denied
            raise

    def _knows_us(self, heads: Mapping[str, str]) -> bool:
        """Whether it is not the secret that was refused. A server without sessions does not say."""
        try:
            self._send(Message("GET", f"{self._url}/_session", headers=heads, repeatable=True))
        except Denied as denied:
            return not _is_no(denied)
        return True

    def _sign_in(self, old: str) -> str:
        """A session's cookie. Of many threads that found the old one worn out, one asks for the new one."""
        with self._signing:
            if self._cookie and self._cookie != old:
                return self._cookie
            secret = self._secret()
            body = json.dumps({"name": self._account.user, "password": secret}).encode()
            heads = {"Content-Type": "application/json"}
            url = f"{self._url}/_session"
            try:
                response = self._send(Message("POST", url, headers=heads, body=body, repeatable=True))
            except Denied as denied:
                self._wrong = secret, denied
                raise
            cookie = _cookie_of(response)
            if not cookie:
                raise BadAnswer("sync.hub.no_session", source=self.host)
            self._cookie = cookie
            return cookie

    def _secret(self) -> str:
        """The secret. One that was refused is not tried again: servers lock out who guesses."""
        secret = self._account.secret()
        if not secret:
            raise Denied("sync.hub.no_secret", source=self.host, user=self._account.user)
        if self._wrong is not None and self._wrong[0] == secret:
            raise Denied(self._wrong[1].says, **self._wrong[1].values)
        return secret

    def _send(self, message: Message) -> Response:
        begin_s = self.lanes.clock.monotonic_s()
        try:
            response = self._line.send(message)
        except Denied as denied:
            if denied.values.get("status") == "401" and self._account.user:
                raise Denied("sync.hub.denied", source=self.host, user=self._account.user, status="401") from denied
            raise
        if not message.still:  # its head may have come long before its end
            clock = self.lanes.clock
            self.apart.answered(response.headers.get("date", ""), clock.now(), clock.monotonic_s() - begin_s)
        renewed = _cookie_of(response)
        if renewed and message.headers.get("Cookie"):
            self._cookie = renewed
        return response

    def _message(self, call: Call, account: Mapping[str, str]) -> Message:
        heads = {**call.headers, **account}
        body = call.body
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
            heads["Content-Type"] = "application/json"
            if self._squeezes and len(body) >= SQUEEZE_FROM:
                body = gzip.compress(body, 6 if len(body) < SQUEEZE_QUICKLY_FROM else 1, mtime=0)
                heads["Content-Encoding"] = "gzip"
        return Message(
            call.method,
            self._url + call.path,
            call.query,
            heads,
            body,
            call.accept,
            call.deadline_s,
            call.query.get("feed") == "longpoll",
            _repeatable(call),
        )

    def _shown(self, secret: str) -> dict[str, str]:
        if self._account.way == "jwt":
            return {"Authorization": f"Bearer {secret}"}
        pair = f"{self._account.user}:{secret}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode('ascii')}"}

    def _body(self, call: Call, response: Response) -> Any:
        """The JSON of an answer, where JSON was asked for: a page of a portal, whatever its status, is no answer."""
        if call.accept != "application/json":
            return response.body
        kind, charset = replies.content_type(response.headers)
        if not response.body:
            if response.status in (204, 304) or call.method == "HEAD" or response.status == 413:
                return None
            raise BadAnswer("sync.bad.empty", source=self.host)
        if kind != "application/json":
            if response.status == 413:
                return None  # what stands before the server finds it too big
            replies.check_type(kind, charset, self.host)
            replies.check_body(response.body, self.host)
            raise BadAnswer("sync.bad.type", source=self.host, type=kind[:80])
        replies.check_type(kind, charset, self.host)
        return lenient(response.body, charset, self.host).value


class LaneNet:
    """What a replicator speaks with: the server, in one lane."""

    def __init__(self, hub: HubWire, lane: Lane) -> None:
        self.lane = lane
        self._hub = hub

    def call(self, call: Call) -> Reply:
        """What the server says. Raises `Away`, `Denied`, `BadAnswer`."""
        return self._hub.call(call, self.lane)

    def ahead(self, call: Call) -> Callable[[], Reply]:
        """Make the call now; its reply when it is wanted."""
        return self._hub.ahead(call, self.lane)


def _repeatable(call: Call) -> bool:
    """Whether making the call twice does no harm. Revisions that bring their names may be given any number of times."""
    last = urlsplit(call.path).path.rpartition("/")[2]
    if last == "_bulk_docs":
        return isinstance(call.body, Mapping) and call.body.get("new_edits") is False
    return last in _READING


def _is_no(denied: Denied) -> bool:
    """Whether the server does not know us, by its own word."""
    return denied.values.get("status") == "401"


def _cookies(cookie: str) -> dict[str, str]:
    return {"Cookie": f"{COOKIE}={cookie}"}


def _cookie_of(response: Response) -> str:
    """The session an answer sets, "" where it sets none."""
    try:
        found = SimpleCookie(response.headers.get("set-cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found is not None else ""
