"""Who is asking: basic credentials or a signed cookie; wrong ones cost the one who tries them more and more time.

What is slowed down is one name from one address and, a little, all names from one: names are as easily made up as
secrets, and to try one costs us more than it costs who sends it. Nobody is slowed down whose secret was right before,
and nobody can lock out another address.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import threading
from collections import OrderedDict
from collections.abc import Iterable

from console.core.clock import Clock
from sync.relay.accounts import NOBODY, Account, Entropy
from sync.relay.faults import Fault
from sync.relay.request import Head

COOKIE = "AuthSession"
SESSION_S = 600
FREE_TRIES = 3
LONGEST_PAUSE_S = 60
FREE_TRIES_OF_ADDRESS = 20
LONGEST_PAUSE_OF_ADDRESS_S = 4
"""Short: behind one address may stand several consoles."""
_HASHING = 2
"""Secrets tried at the same time."""
HASHING_S = 5.0
"""Longest wait for that; then one is told to come again."""
_REMEMBERED = 256
_LONGEST_UNTIL = 16
"""Digits of a cookie's end: what is longer is none of ours."""


class Guard:
    """Knows the accounts. Any thread may ask."""

    def __init__(
        self, accounts: Iterable[Account], clock: Clock, *, secure: bool, entropy: Entropy = os.urandom
    ) -> None:
        """`secure`: over TLS, where a cookie is never to be sent without it."""
        self._accounts = {each.name: each for each in accounts}
        self._clock = clock
        self._secure = secure
        self._key = entropy(32)
        self._lock = threading.Lock()
        self._hashing = threading.Semaphore(_HASHING)
        self._known: OrderedDict[bytes, str] = OrderedDict()
        self._wrong: OrderedDict[tuple[str, str | None], tuple[int, float]] = OrderedDict()
        """Of an address and a name, or an address and all names: wrong tries, and the end of the pause."""

    def who(self, head: Head, peer: str) -> Account | None:
        """The account that asks, None where nobody is named. Wrong credentials raise `Fault` 401."""
        given = head.get("authorization")
        if given:
            return self.sign_in(*_basic(given), peer)
        cookie = _cookie(head)
        return self._of_cookie(cookie) if cookie else None

    def sign_in(self, name: str, secret: str, peer: str) -> Account:
        """The account of a name and its secret. Raises `Fault`: 401, 429 where too many were wrong, 503 where too many
        are tried at the same time."""
        mark = self._sign(b"basic", name.encode("utf-8", "replace"), secret.encode("utf-8", "replace"))
        account = self._accounts.get(name)
        if account and self._remembered(mark):
            return account
        self._check_pause(peer, name)
        if not self._hashing.acquire(timeout=HASHING_S):
            raise Fault(503, "service_unavailable", "Too many sign in at the same time.", {"Retry-After": "2"})
        try:
            # while this one waited, others of his may have been right, or wrong once too often
            if account and self._remembered(mark):
                return account
            self._check_pause(peer, name)
            if not (account or NOBODY).knows(secret) or account is None:
                self._note_wrong(peer, name, FREE_TRIES, LONGEST_PAUSE_S)
                self._note_wrong(peer, None, FREE_TRIES_OF_ADDRESS, LONGEST_PAUSE_OF_ADDRESS_S)
                raise _wrong()
        finally:
            self._hashing.release()
        with self._lock:
            self._wrong.pop((peer, name), None)
            self._wrong.pop((peer, None), None)
            self._known[mark] = name
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return account

    def _remembered(self, mark: bytes) -> bool:
        with self._lock:
            known = mark in self._known
            if known:
                self._known.move_to_end(mark)
        return known

    def _check_pause(self, peer: str, name: str) -> None:
        with self._lock:
            until = max(self._wrong.get(key, (0, 0.0))[1] for key in ((peer, name), (peer, None)))
        wait_s = until - self._clock.monotonic_s()
        if wait_s > 0:
            raise Fault(429, "too_many_requests", "Too many wrong passwords.", {"Retry-After": str(int(wait_s) + 1)})

    def _note_wrong(self, peer: str, name: str | None, free: int, longest_s: float) -> None:
        with self._lock:
            tries = self._wrong.get((peer, name), (0, 0.0))[0] + 1
            pause_s = 0.0 if tries < free else 2.0 ** min(tries - free, 10)
            self._wrong[peer, name] = tries, self._clock.monotonic_s() + min(longest_s, pause_s)
            self._wrong.move_to_end((peer, name))
            while len(self._wrong) > 4 * _REMEMBERED:
                self._wrong.popitem(last=False)

    def cookie(self, account: Account) -> str:
        """A fresh session as a `Set-Cookie`."""
        name = base64.urlsafe_b64encode(account.name.encode()).decode()
        until = f"{int(self._clock.monotonic_s()) + SESSION_S:x}"
        mark = self._mark(name, until, account).hex()
        flags = "; Secure" if self._secure else ""
        age = f"Version=1; Path=/; Max-Age={SESSION_S}; HttpOnly; SameSite=Strict{flags}"
        return f"{COOKIE}={name}.{until}.{mark}; {age}"

    def renewed(self, head: Head, account: Account) -> str:
        """A fresh cookie where the one that was sent is more than half spent, else ""."""
        if head.get("authorization"):
            return ""
        cookie = _cookie(head)
        left = int(cookie.split(".")[1], 16) - self._clock.monotonic_s() if cookie else SESSION_S
        return self.cookie(account) if left < SESSION_S / 2 else ""

    def ended(self) -> str:
        """A `Set-Cookie` that ends the session."""
        return f"{COOKIE}=; Version=1; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"

    def _of_cookie(self, cookie: str) -> Account:
        name, until, mark = (*cookie.split("."), "", "", "")[:3]
        try:
            account = self._accounts.get(base64.urlsafe_b64decode(name.encode()).decode())
            told = bytes.fromhex(mark)
        except ValueError:
            raise _wrong() from None
        right = len(until) <= _LONGEST_UNTIL and hmac.compare_digest(told, self._mark(name, until, account or NOBODY))
        # only what we signed is read as a number
        if account is None or not right or int(until, 16) <= self._clock.monotonic_s():
            raise _wrong()
        return account

    def _mark(self, name: str, until: str, account: Account) -> bytes:
        # with the secret's hash, so that a changed secret ends its sessions
        return self._sign(b"cookie", name.encode(), until.encode(), account.hashed.encode())

    def _sign(self, *parts: bytes) -> bytes:
        raw = b"".join(len(each).to_bytes(4, "big") + each for each in parts)
        return hmac.new(self._key, raw, hashlib.sha256).digest()


def _wrong() -> Fault:
    # made anew each time: one that is raised again keeps all it was ever raised in
    return Fault(401, "unauthorized", "Name or password is incorrect.", {"WWW-Authenticate": 'Basic realm="kendali"'})


def _basic(given: str) -> tuple[str, str]:
    scheme, _, rest = given.partition(" ")
    try:
        name, colon, secret = base64.b64decode(rest.strip().encode(), validate=True).decode().partition(":")
    except ValueError:
        raise _wrong() from None
    if scheme.lower() != "basic" or not colon:
        raise _wrong()
    return name, secret


def _cookie(head: Head) -> str:
    for each in head.get("cookie").split(";"):
        name, _, value = each.strip().partition("=")
        if name == COOKIE and value:
            return value
    return ""
