"""The only door to the keyring: the secrets of this machine's accounts at its centre. Never a file, never plain text.

A backend that keeps nothing, fails, or writes plain text is refused; then a secret lives in memory until the program
ends, and is asked for at the next start, which is said plainly. A keyring that does not answer (a locked one may ask
its question where nobody sits) is left alone after some seconds and counts as none. Any thread may ask.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from importlib.metadata import entry_points
from importlib.util import find_spec
from typing import Protocol, TypeVar

import keyring
from keyring.backends.chainer import ChainerBackend

SERVICE = "kendali"
PATIENCE_S = 10.0
_REFUSED = ("keyring.backends.null", "keyring.backends.fail", "keyrings.alt")
_LIBRARIES = ("secretstorage", "jeepney", "win32ctypes")
T = TypeVar("T")


class Ring(Protocol):
    """A keyring of the machine, as the library offers one."""

    def get_password(self, service: str, username: str) -> str | None:
        """The secret kept under that name."""
        ...

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep a secret."""
        ...

    def delete_password(self, service: str, username: str) -> None:
        """Keep it no longer."""
        ...


def trusted(ring: object) -> bool:
    """Whether a backend keeps secrets as secrets."""
    kind = type(ring)
    return not kind.__module__.startswith(_REFUSED) and "plaintext" not in kind.__name__.lower()


def system_ring() -> Ring | None:
    """The machine's own keyring, None where it has none worth the name."""
    ring = keyring.get_keyring()
    rings = ring.backends if isinstance(ring, ChainerBackend) else [ring]
    return next((each for each in rings if trusted(each)), None)


def backends() -> list[str]:
    """The keyrings this program can speak to, whichever the machine has. A bundle must name the same as the sources."""
    found = []
    for entry in entry_points(group="keyring.backends"):
        entry.load()
        found.append(entry.value)
    # a back end hides that its library is lacking
    return sorted([*found, *(each for each in _LIBRARIES if find_spec(each) is not None)])


class Credentials:
    """The secrets, by the server's address and the user's name there."""

    def __init__(self, find: Callable[[], Ring | None] = system_ring, *, patience_s: float = PATIENCE_S) -> None:
        """`find` finds the keyring; it is called once, when the first secret is asked for."""
        self._find = find
        self._patience_s = patience_s
        self._lock = threading.Lock()
        self._ring: Ring | None = None
        self._looked = False
        self._memory: dict[str, str] = {}

    @property
    def durable(self) -> bool:
        """Whether a secret given now is still there after a new start."""
        return self._found() is not None

    def secret(self, server: str, user: str) -> str:
        """The secret of that account, "" where none is known."""
        name = _name(server, user)
        with self._lock:
            known = self._memory.get(name)
        if known is not None:
            return known
        found = self._asked(lambda ring: ring.get_password(SERVICE, name)) or ""
        if found:
            with self._lock:
                self._memory[name] = found
        return found

    def keep(self, server: str, user: str, secret: str, *, durably: bool = True) -> bool:
        """Know a secret from now on. True where the keyring keeps it too; without `durably` it is not asked to."""
        name = _name(server, user)
        with self._lock:
            self._memory[name] = secret

        def put(ring: Ring) -> bool:
            ring.set_password(SERVICE, name, secret)
            return ring.get_password(SERVICE, name) == secret

        return durably and bool(self._asked(put))

    def forget(self, server: str, user: str) -> None:
        """Know a secret no longer, here and in the keyring."""
        name = _name(server, user)
        with self._lock:
            self._memory.pop(name, None)

        def drop(ring: Ring) -> None:
            if ring.get_password(SERVICE, name) is not None:
                ring.delete_password(SERVICE, name)

        self._asked(drop)

    def _found(self) -> Ring | None:
        with self._lock:
            looked, ring = self._looked, self._ring
        if not looked:
            ring = self._patiently(self._find)
            ring = ring if ring is not None and trusted(ring) else None
            with self._lock:
                self._looked, self._ring = True, ring
        return ring

    def _asked(self, question: Callable[[Ring], T]) -> T | None:
        """What the keyring answers, None where it cannot. One that fails or is silent is not asked again."""
        ring = self._found()
        if ring is None:
            return None
        failed = True

        def ask() -> T:
            nonlocal failed
            answer = question(ring)
            failed = False
            return answer

        answer = self._patiently(ask)
        if failed:
            with self._lock:
                self._ring = None
        return answer

    def _patiently(self, job: Callable[[], T]) -> T | None:
        done = threading.Event()
        found: list[T] = []

        def run() -> None:
            try:
                found.append(job())
            except Exception:  # noqa: BLE001 - a backend raises what it likes, and its words may hold the secret
                return
            finally:
                done.set()

        threading.Thread(target=run, name="keyring", daemon=True).start()
        done.wait(self._patience_s)
        return found[0] if found else None


def _name(server: str, user: str) -> str:
    return f"{user}@{server.rstrip('/')}"
