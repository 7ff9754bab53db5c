"""Revisions from outside, looked at before they are stored: what cannot be one is refused by itself and stops no other.

Whatever is taken here can be stored, named, found again and sent on. The limits are CouchDB's where it has any.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from console.core.replica import NotTaken, Revised

MOST_BYTES = 8_000_000
"""CouchDB's own limit of a document."""
MOST_DEPTH = 64
LONGEST_ID = 1000
LONGEST_PATH = 100_000
HIGHEST = 9_999_999
"""Generation of what is taken, as the wire has it (sync/couch.py): what is made above it here still has a name."""
_REV = re.compile(r"([1-9][0-9]{0,9})-([!-+\--~]{1,100})", re.ASCII)
_ENCODE = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode
_OWN_FIELDS = frozenset({"_attachments"})
"""Fields of CouchDB's that are part of the content."""


class Arrival(NamedTuple):
    """A revision that can be stored."""

    doc: str
    path: tuple[tuple[int, str], ...]
    """Generation and hash, newest first."""
    text: str
    """Its body as canonical JSON."""
    deleted: bool


def split_rev(rev: Any) -> tuple[int, str] | None:
    """Generation and hash of a name, None for what is no name of a revision."""
    found = _REV.fullmatch(rev) if isinstance(rev, str) else None
    return (int(found[1]), found[2]) if found else None


def canonical(body: Any) -> str:
    """JSON text that is the same wherever the value is the same. Raises `ValueError` for what is no JSON."""
    return _ENCODE(body)


def looked_at(revised: Revised) -> Arrival | NotTaken:
    """The revision as it is stored, or why it cannot be."""
    doc, path, body, deleted = revised
    path = path if isinstance(path, tuple | list) else ()
    says = _wrong_id(doc)
    if says:
        return NotTaken(_shown(doc), _shown(path[0] if path else ""), says)
    names = _line(path)
    if names is None:
        return NotTaken(doc, _shown(path[0] if path else ""), "store.not_taken.rev")
    try:
        text = canonical(body)
        says = _wrong_text(text, body)
    except (ValueError, TypeError, RecursionError, OverflowError):
        says = "store.not_taken.content"
    if says:
        return NotTaken(doc, path[0], says)
    return Arrival(doc, names, text, bool(deleted))


def _wrong_id(doc: Any) -> str:
    if not isinstance(doc, str) or not doc or len(doc) > LONGEST_ID or doc[0] == "_" or "\0" in doc:
        return "store.not_taken.id"
    if doc.isascii():
        return ""
    return "" if is_text(doc) else "store.not_taken.id"


def _line(path: Any) -> tuple[tuple[int, str], ...] | None:
    """A path as generations and hashes; None where one is no name, or the generations are not one line."""
    if len(path) == 1:
        only = split_rev(path[0])
        return None if only is None or only[0] > HIGHEST else (only,)
    if not 0 < len(path) <= LONGEST_PATH:
        return None
    names: list[tuple[int, str]] = []
    wanted = 0
    for rev in path:
        name = split_rev(rev)
        if name is None or name[0] > HIGHEST or (names and name[0] != wanted):
            return None
        names.append(name)
        wanted = name[0] - 1
    return tuple(names)


def _wrong_text(text: str, body: Any) -> str:
    if text[:1] != "{":
        return "store.not_taken.content"
    if not text.isascii() and not is_text(text):
        return "store.not_taken.content"
    if len(text) * 4 > MOST_BYTES and len(text.encode()) > MOST_BYTES:
        return "store.not_taken.big"
    # Brackets inside of texts count as well: then the exact look only costs time.
    if text.count("{") + text.count("[") > MOST_DEPTH and _too_deep(body):
        return "store.not_taken.deep"
    if '"_' in text and any(key[:1] == "_" and key not in _OWN_FIELDS for key in body):
        return "store.not_taken.field"
    return ""


def _too_deep(body: Any) -> bool:
    level = [body]
    for _ in range(MOST_DEPTH):
        level = [
            inner
            for each in level
            for inner in (each.values() if isinstance(each, Mapping) else each)
            if isinstance(inner, Mapping | list | tuple)
        ]
        if not level:
            return False
    return True


def is_text(text: str) -> bool:
    """Whether this can stand in a file at all: no half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(value: Any) -> str:
    """The start of anything, as text that can be kept and drawn."""
    return str(value)[:100].encode("utf-8", "backslashreplace").decode().replace("\0", "␀")
