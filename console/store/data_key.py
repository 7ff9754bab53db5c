"""The city's data keys: documents of the whole city that say for whom personal data is sealed.

    datakey:<city>:<fingerprint>            a key: its public half, and the private one locked with the recovery code
    datakey:<city>:<fingerprint>:<number>   another recovery code of that key, which ends the ones before

What a centre, a bundle or a stolen disk has of it opens nothing. A key's fingerprint covers all that others judge it
by; what follows a key is signed with it (console/store/key_line.py says which counts). Knows no cryptography.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from console.core.clock import from_millis
from console.store.arrivals import canonical
from console.store.histories import time_of

DATA_KEY = "datakey:"
TYPE = "datakey"
CODE_TYPE = "datacode"
PUBLIC_BYTES = 32
_MOST_NAMED = 64
"""Keys that one may follow, or hand on."""


def fingerprint_of(public: bytes, signs: bytes = b"") -> str:
    """The short name of a key: 32 hex digits. Without `signs` also the mark by which a sealed value names its key."""
    raw = b"kendali data key 2" + public + signs if signs else b"kendali data key 1" + public
    return hashlib.sha256(raw).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class DataKey:
    """One key of a city, as its document tells."""

    city: str
    fingerprint: str
    public: bytes
    wrapped: Mapping[str, Any]
    """The private half under the recovery code (sync/city_key.py)."""
    by: str
    at: datetime
    signs: bytes = b""
    """By which others tell what this key's holder signed; b"" for one that cannot: nothing can follow it."""
    older: Mapping[str, str] = field(default_factory=dict)
    """Private halves of keys before it, locked with its own: who holds it opens what was sealed for those."""
    follows: Mapping[str, str] = field(default_factory=dict)
    """Fingerprints of the keys whose place it takes, each with what that key's holder signed."""
    code_at: datetime | None = None
    """When its recovery code was renewed, None while it is the first."""

    @property
    def doc(self) -> str:
        """Name of its document."""
        return f"{DATA_KEY}{self.city}:{self.fingerprint}"

    @property
    def mark(self) -> str:
        """By which a sealed value names it."""
        return fingerprint_of(self.public)

    def body(self) -> dict[str, Any]:
        """What its document says."""
        told: dict[str, Any] = {
            "type": TYPE,
            "city": self.city,
            "fingerprint": self.fingerprint,
            "public": _text(self.public),
            "wrapped": dict(self.wrapped),
            "by": self.by,
            "at": self.at.isoformat(),
        }
        if self.signs:
            told |= {"signs": _text(self.signs), "older_wrapped": dict(self.older), "follows": dict(self.follows)}
        return told

    def message(self) -> bytes:
        """What those sign whom it follows: all it says but their signatures."""
        return _message(self.doc, {**self.body(), "follows": sorted(self.follows)})


@dataclass(frozen=True, slots=True)
class NewCode:
    """Another recovery code of a key: the private half locked anew, signed with the key itself."""

    city: str
    fingerprint: str
    number: str
    """A name that no other has: two consoles may renew it at a time."""
    wrapped: Mapping[str, Any]
    by: str
    at: datetime
    signature: str = ""

    @property
    def doc(self) -> str:
        """Name of its document."""
        return f"{DATA_KEY}{self.city}:{self.fingerprint}:{self.number}"

    def body(self) -> dict[str, Any]:
        """What its document says."""
        return {**self._said(), "signature": self.signature}

    def message(self) -> bytes:
        """What the key's holder signs."""
        return _message(self.doc, self._said())

    def _said(self) -> dict[str, Any]:
        return {
            "type": CODE_TYPE,
            "city": self.city,
            "fingerprint": self.fingerprint,
            "number": self.number,
            "wrapped": dict(self.wrapped),
            "by": self.by,
            "at": self.at.isoformat(),
        }


def read_key(doc: str, body: Any) -> DataKey | None:
    """The key a document tells of, None where it is not of our form or not what its name says."""
    said = _said(body, TYPE)
    if said is None:
        return None
    city, wrapped, by, at = said
    public, signs = _raw(body.get("public")), _raw(body.get("signs", ""))
    older, follows = _named(body.get("older_wrapped", {})), _named(body.get("follows", {}))
    if len(public) != PUBLIC_BYTES or len(signs) not in (0, PUBLIC_BYTES) or older is None or follows is None:
        return None
    found = DataKey(city, fingerprint_of(public, signs), public, wrapped, by, at, signs, older, follows)
    return found if doc == found.doc else None


def read_code(doc: str, body: Any) -> NewCode | None:
    """The recovery code a document tells of, None where it is not of our form. Who signed it is not looked at."""
    said = _said(body, CODE_TYPE)
    if said is None:
        return None
    city, wrapped, by, at = said
    names = [body.get(name) for name in ("fingerprint", "number", "signature")]
    if not all(isinstance(name, str) for name in names):
        return None
    found = NewCode(city, names[0], names[1], wrapped, by, at, names[2])
    return found if doc == found.doc else None


def _said(body: Any, kind: str) -> tuple[str, Mapping[str, Any], str, datetime] | None:
    """What both kinds of documents say: city, lock, who and when."""
    if not isinstance(body, Mapping) or body.get("type") != kind:
        return None
    city, wrapped, by, at = (body.get(name) for name in ("city", "wrapped", "by", "at"))
    when = time_of(body)
    if not (isinstance(city, str) and isinstance(wrapped, Mapping) and isinstance(by, str) and isinstance(at, str)):
        return None
    return None if when is None else (city, wrapped, by, from_millis(when))


def _message(doc: str, said: Mapping[str, Any]) -> bytes:
    return b"kendali key document 1\0" + canonical([doc, said]).encode("utf-8")


def _named(told: Any) -> dict[str, str] | None:
    """Texts by name, None for anything else."""
    if not isinstance(told, Mapping) or len(told) > _MOST_NAMED:
        return None
    return dict(told) if all(isinstance(name, str) and isinstance(text, str) for name, text in told.items()) else None


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _raw(text: Any) -> bytes:
    """The bytes of a text, such as nobody has for what is none."""
    try:
        return base64.b64decode(text, validate=True) if isinstance(text, str) else b"?"
    except (binascii.Error, ValueError):
        return b"?"
