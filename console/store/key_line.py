"""Which of a city's data keys counts: the first this store came to know, then each that its holder signed to follow it.

A key that comes by itself, whoever sends it and whatever time it tells, changes nothing here until a person looks at
it: else whoever may write at a centre could have all that follows sealed for himself. What a centre says of a document
afterwards changes nothing either: it counts as it first came, also where a later version says otherwise or deletes it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from console.store.data_key import DATA_KEY, DataKey, NewCode, read_code, read_key


class KeyLine(NamedTuple):
    """The keys of a city, as this store stands to them."""

    current: DataKey | None = None
    """The one to seal for."""
    older: tuple[DataKey, ...] = ()
    """Those it took the place of, the newest first: what was sealed for them is still opened."""
    strange: tuple[DataKey, ...] = ()
    """Those that came by themselves, and those a person here took back: nothing is sealed for them."""

    @property
    def all(self) -> list[DataKey]:
        """Every one, the one to seal for first."""
        return [] if self.current is None else [self.current, *self.older, *self.strange]


def key_line(db: sqlite3.Connection, city: str) -> KeyLine:
    """All keys of a city and how they follow one another."""
    found: dict[str, DataKey] = {}
    back: dict[str, DataKey] = {}
    codes: dict[str, list[NewCode]] = {}
    for doc, body, aside in _bodies(db, city):
        key, code = read_key(doc, body), read_code(doc, body)
        if key is not None and key.city == city:
            (back if aside else found).setdefault(key.fingerprint, key)
        elif code is not None and code.city == city:
            codes.setdefault(code.fingerprint, []).append(code)
    current, older, strange = lined(list(found.values()))
    if current is None:
        return KeyLine()
    # what was signed is the document as it was made: its newer lock comes after that
    strange += tuple(key for name, key in back.items() if name not in found)
    new = [recoded(key, codes.get(key.fingerprint, ())) for key in (current, *older, *strange)]
    return KeyLine(new[0], tuple(new[1 : 1 + len(older)]), tuple(new[1 + len(older) :]))


def lined(keys: Sequence[DataKey]) -> KeyLine:
    """How these keys, in the order in which they came to be known, follow one another."""
    if not keys:
        return KeyLine()
    current, left, older = keys[0], list(keys[1:]), list[DataKey]()
    while (heir := next((key for key in left if _follows(key, current)), None)) is not None:
        left.remove(heir)
        older.insert(0, current)
        current = heir
    # where two took the same place at a time, a later one follows both
    joined = [key for key in left if _follows(current, key)]
    return KeyLine(current, (*older, *joined), tuple(key for key in left if key not in joined))


def recoded(key: DataKey, codes: Sequence[NewCode]) -> DataKey:
    """The key under the newest recovery code that its holder signed, itself where none of these is that."""
    for code in sorted(codes, key=lambda each: (each.at, each.number), reverse=True):
        later = key.code_at is None or code.at > key.code_at
        if later and code.fingerprint == key.fingerprint and _signed(key, code.signature, code.message()):
            return replace(key, wrapped=code.wrapped, code_at=code.at)
    return key


def _bodies(db: sqlite3.Connection, city: str) -> Iterator[tuple[str, object, bool]]:
    """Every version of every document about a key that is stored, in the order in which they came."""
    head = f"{DATA_KEY}{city}:"
    rows = db.execute(
        "SELECT doc.id, body, aside FROM doc JOIN rev ON rev.doc = doc.n"
        " WHERE doc.id >= ? AND doc.id < ? AND rev.deleted = 0 AND body IS NOT NULL"
        " ORDER BY doc.n, rev.n",
        (head, f"{head}g"),
    )
    return ((doc, json.loads(body), bool(aside)) for doc, body, aside in rows)


def _follows(key: DataKey, before: DataKey) -> bool:
    signature = key.follows.get(before.fingerprint, "")
    return bool(signature) and _signed(before, signature, key.message())


def _signed(key: DataKey, signature: str, message: bytes) -> bool:
    from console.store.sealing import signed_by  # 30 ms that a start with one key need not wait for

    return signed_by(key, signature, message)
