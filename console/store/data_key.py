"""The city's data key: a document of the whole city that says for whom personal data is sealed.

It holds the public half, and the private one locked with the recovery code: what a centre, a bundle or a stolen disk
has of it opens nothing. Sealed is for the first key this store came to know. A later document of that kind changes
nothing here until a person looks at it: else whoever may write at a centre could have all that follows sealed for him.
Knows no cryptography (sealing.py, sync/city_key.py).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from console.core.clock import from_millis
from console.store.histories import time_of

DATA_KEY = "datakey:"
TYPE = "datakey"
PUBLIC_BYTES = 32


def fingerprint_of(public: bytes) -> str:
    """The short name of a key: 32 hex digits."""
    return hashlib.sha256(b"kendali data key 1" + public).hexdigest()[:32]


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

    @property
    def doc(self) -> str:
        """Name of its document."""
        return f"{DATA_KEY}{self.city}:{self.fingerprint}"

    def body(self) -> dict[str, Any]:
        """What its document says."""
        return {
            "type": TYPE,
            "city": self.city,
            "fingerprint": self.fingerprint,
            "public": base64.b64encode(self.public).decode("ascii"),
            "wrapped": dict(self.wrapped),
            "by": self.by,
            "at": self.at.isoformat(),
        }


def read_key(doc: str, body: Any) -> DataKey | None:
    """The key a document tells of, None where it is not of our form or not what its name says."""
    if not isinstance(body, Mapping) or body.get("type") != TYPE:
        return None
    city, public, wrapped, by, at = (body.get(name) for name in ("city", "public", "wrapped", "by", "at"))
    if not (isinstance(city, str) and isinstance(public, str) and isinstance(wrapped, Mapping)):
        return None
    when = time_of(body)
    if not isinstance(by, str) or not isinstance(at, str) or when is None:
        return None
    try:
        raw = base64.b64decode(public, validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(raw) != PUBLIC_BYTES:
        return None
    found = DataKey(city, fingerprint_of(raw), raw, wrapped, by, from_millis(when))
    return found if doc == found.doc else None


def data_keys(db: sqlite3.Connection, city: str) -> list[DataKey]:
    """All keys of a city, the one this store knew first before the others: that is the one to seal for."""
    head = f"{DATA_KEY}{city}:"
    rows = db.execute(
        "SELECT doc.id, body FROM doc JOIN rev ON rev.n = doc.winner"
        " WHERE doc.id >= ? AND doc.id < ? AND doc.deleted = 0 AND body IS NOT NULL ORDER BY doc.n",
        (head, f"{head}g"),
    )
    found = (read_key(doc, json.loads(body)) for doc, body in rows)
    return [key for key in found if key is not None and key.city == city]
