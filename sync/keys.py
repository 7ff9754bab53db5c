"""The console's own key pair: in the machine's keyring or in a file under a passphrase, never in the open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from console.core.errors import Refused
from console.store.exchange import change, look
from console.store.files import Profile, atomic_write, move, read_bytes
from sync import seal
from sync.seal import Identity, PublicKey

SERVER = "bundle"
"""Under which a keyring keeps it, beside the accounts of servers."""
KEY_FILE = "exchange.key"


class Secrets(Protocol):
    """Where secrets of this machine are kept (sync/credentials.py)."""

    @property
    def durable(self) -> bool:
        """Whether one kept now is still there after a new start."""
        ...

    def secret(self, server: str, user: str) -> str:
        """The one of that name, "" where none is known."""
        ...

    def keep(self, server: str, user: str, secret: str, *, durably: bool = True) -> bool:
        """Know one from now on; true where it is kept durably."""
        ...


Ask = Callable[[], str]
"""Asks a person for the passphrase of the key file."""


class Keys:
    """The key pair of one profile."""

    def __init__(self, profile: Profile, secrets: Secrets, ask: Ask) -> None:
        self._profile = profile
        self._secrets = secrets
        self._ask = ask

    @property
    def public(self) -> PublicKey | None:
        """What others may know of it, None before there is one."""
        text = look(self._profile).mine
        return PublicKey.parse(text) if text else None

    @property
    def in_file(self) -> bool:
        """Whether the secret lies in a file under a passphrase."""
        return (self._profile.folder / KEY_FILE).exists()

    def identity(self) -> Identity:
        """The whole pair. Raises `Refused` where there is none, or its secret cannot be had."""
        public = self.public
        if public is None:
            raise Refused("sync.bundle.no_key")
        raw = read_bytes(self._profile.folder / KEY_FILE)
        if raw is not None:
            found = Identity(seal.unlocked(raw, self._ask()))
        else:
            kept = self._secrets.secret(SERVER, public.fingerprint)
            if not kept:
                raise Refused("sync.bundle.key_lost")
            found = Identity(bytes.fromhex(kept))
        if found.public != public:
            raise Refused("sync.bundle.key_lost")
        return found

    def make(self) -> PublicKey:
        """A new pair, kept before anybody hears of it; what was sealed for an older one cannot be read any more.
        Raises `Refused` where the passphrase is too short."""
        made = Identity.new()
        path = self._profile.folder / KEY_FILE
        kept = self._secrets.durable and self._secrets.keep(SERVER, made.public.fingerprint, made.secret.hex())
        if not kept:
            atomic_write(path, seal.locked(made.secret, self._ask()))
        elif path.exists():
            move(path, path.with_name(f"{KEY_FILE}.lama"))
        change(self._profile, lambda exchange: replace(exchange, mine=made.public.text))
        return made.public
