"""Who may use a relay, and what: a name, a secret kept only as its scrypt hash, and rights by place.

A relay without accounts answers nobody. A pattern is a place's name or its beginning with a star.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from console.core.errors import BadSetting, Fault, Refused

SHORTEST_SECRET = 12
"""Characters: a secret of a console is made by a machine and typed by nobody."""
_COST, _BLOCK, _LANES = 1 << 14, 8, 1
_MOST_MEMORY = 64 << 20
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_FORM = re.compile(r"scrypt\$(\d{1,7})\$(\d{1,2})\$(\d{1,2})\$([0-9a-f]{32})\$([0-9a-f]{64})")
Entropy = Callable[[int], bytes]
"""Bytes nobody can guess. Keys and salts are made of the system's own, never of a clock that a seed replays."""


@dataclass(frozen=True, slots=True)
class Account:
    """One user of the relay."""

    name: str
    hashed: str
    """`scrypt$n$r$p$salt$hash`, hexadecimal."""
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    """Patterns of places; who may write may read."""

    @classmethod
    def made(
        cls,
        name: str,
        secret: str,
        *,
        reads: Iterable[str] = (),
        writes: Iterable[str] = (),
        entropy: Entropy = os.urandom,
    ) -> Account:
        """An account with that secret. One too short, or an odd name, raises `Refused`."""
        if not _NAME.fullmatch(name):
            raise Refused("relay.name_bad", name=name[:64])
        if len(secret) < SHORTEST_SECRET:
            raise Refused("relay.secret_short", least=SHORTEST_SECRET)
        salt = entropy(16)
        raw = _scrypt(secret, salt, _COST, _BLOCK, _LANES).hex()
        return cls(name, f"scrypt${_COST}${_BLOCK}${_LANES}${salt.hex()}${raw}", tuple(reads), tuple(writes))

    def knows(self, secret: str) -> bool:
        """Whether that is the secret. It takes about 50 ms and 16 MB, on purpose."""
        found = _FORM.fullmatch(self.hashed)
        if not found:
            return False
        raw = _scrypt(secret, bytes.fromhex(found[4]), int(found[1]), int(found[2]), int(found[3]))
        return hmac.compare_digest(raw, bytes.fromhex(found[5]))

    def may_read(self, place: str) -> bool:
        """Whether it may read that place."""
        return _matches(place, self.reads) or self.may_write(place)

    def may_write(self, place: str) -> bool:
        """Whether it may write there."""
        return _matches(place, self.writes)


NOBODY = Account("", "scrypt$16384$8$1$" + "0" * 32 + "$" + "0" * 64)
"""Stands for a name that is not known, so that it takes as long as one that is."""


def _scrypt(secret: str, salt: bytes, cost: int, block: int, lanes: int) -> bytes:
    raw = secret.encode("utf-8", "replace")
    return hashlib.scrypt(raw, salt=salt, n=cost, r=block, p=lanes, maxmem=_MOST_MEMORY, dklen=32)


def _matches(place: str, patterns: Iterable[str]) -> bool:
    return any(place.startswith(each[:-1]) if each.endswith("*") else place == each for each in patterns)


def as_bytes(accounts: Iterable[Account]) -> bytes:
    """The accounts as a file: hashes, no secrets."""
    rows = [{"name": a.name, "secret": a.hashed, "read": a.reads, "write": a.writes} for a in accounts]
    return json.dumps({"accounts": rows}, indent=1, ensure_ascii=False).encode() + b"\n"


def from_bytes(raw: bytes, where: str) -> list[Account]:
    """The accounts of such a file. An unsound one raises `BadSetting`: then nobody is let in, and it is told."""
    try:
        return [_row(each) for each in json.loads(raw)["accounts"]]
    except (ValueError, TypeError, KeyError, RecursionError) as trouble:
        faults = [Fault.at(where, "relay.accounts_bad")]
        raise BadSetting("relay.accounts_unsound", faults) from trouble


def _row(row: Mapping[str, Any]) -> Account:
    if not _NAME.fullmatch(row["name"]) or not _FORM.fullmatch(row["secret"]):
        raise ValueError(str(row["name"])[:64])
    return Account(row["name"], row["secret"], _patterns(row["read"]), _patterns(row["write"]))


def _patterns(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise TypeError("patterns")
    return tuple(value)
