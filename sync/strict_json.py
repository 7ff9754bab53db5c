"""JSON as RFC 8259 means it: what the standard library lets pass is named here.

NaN and Infinity, numbers beyond a double, integers beyond 2^63, a key given twice, nesting deeper than 64,
bytes that are not of their charset. An unsound value inside a sound answer becomes an `Unsound` in its place,
so that one bad record does not cost the others; `strict` refuses them all.
"""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import dataclass
from typing import Any

from console.core.errors import BadAnswer

MOST_DEPTH = 64
MOST_PARTS = 6_000_000
"""Values in one answer, roughly: a text of nothing but commas would fill memory a hundredfold."""
_MOST_INT = 1 << 63
_CHARSETS = frozenset({"utf-8", "ascii", "iso8859-1", "iso8859-15", "cp1252", "utf-16", "utf-16-le", "utf-16-be"})

# A hook called for every number and object costs more than the decoding itself. One translation and three searches
# tell at memory speed that no number can be odd and that every key's quote is followed by its colon.
_SHAPES = bytes(
    b"x0"[48 <= byte <= 57] if byte not in b' \t\r\n":eE' else {9: 32, 10: 32, 13: 32, 69: 101}.get(byte, byte)
    for byte in range(256)
)
_LONG, _HUGE, _LOOSE_KEY = b"0" * 19, b"0e000", b" :"
_SURROGATES = (b"\\ud", b"\\uD")
_NESTING = bytes(byte for byte in range(256) if byte not in b"[]{}")
_LONE = re.compile("[\ud800-\udfff]")
_ZEROS = re.compile(r"-?0[0-9]")


@dataclass(frozen=True, slots=True)
class Unsound:
    """Stands where a value stood that cannot be taken."""

    kind: str
    """"number", "integer", "twice" or "deep": the end of the phrase keys that tell of it."""
    value: str
    """The value, or the key given twice, shortened."""


class Text:
    """A decoded answer: the value, and whether an `Unsound` stands somewhere in it."""

    __slots__ = ("unsound", "value")

    def __init__(self, value: Any, unsound: bool) -> None:
        self.value = value
        self.unsound = unsound


def strict(raw: bytes, charset: str = "", source: str = "") -> Any:
    """The value of a JSON text. Anything unsound in it raises `BadAnswer`."""
    text = lenient(raw, charset, source)
    if text.unsound:
        where, fault = next(_found(text.value, ""))
        raise BadAnswer(f"sync.bad.{fault.kind}", source=source, where=where, value=fault.value, most=MOST_DEPTH)
    return text.value


def lenient(raw: bytes, charset: str = "", source: str = "") -> Text:
    """The value of a JSON text with `Unsound` in the places of what cannot be taken. A text that is no JSON at
    all raises `BadAnswer` with the place of the fault."""
    text = to_text(raw, charset, source)
    if not _is_utf8(charset):
        raw = text.encode("utf-8", "surrogatepass")
    # fewer bytes than parts cannot be too many parts
    if len(raw) > MOST_PARTS and raw.count(b",") + raw.count(b"[") + raw.count(b"{") > MOST_PARTS:
        raise BadAnswer("sync.bad.parts", source=source, most=MOST_PARTS)
    hooks = _Hooks()
    try:
        value, flat = _decoded(text, raw, hooks)
    except RecursionError:
        raise BadAnswer("sync.bad.deep", source=source, most=MOST_DEPTH) from None
    except json.JSONDecodeError as trouble:
        raise _misformed(text, trouble, source) from trouble
    if not flat and _looks_deep(raw):
        value = _pruned(value, hooks)
    if b"\\" in raw and any(half in raw for half in _SURROGATES):
        value = _mended(value)
    return Text(value, hooks.unsound)


def codec(charset: str) -> str:
    """Python's name of a charset texts may come in, "" for any other: it knows some that are none, or are slow."""
    try:
        name = codecs.lookup(charset).name
    except (LookupError, ValueError):
        return ""
    return name if name in _CHARSETS else ""


def to_text(raw: bytes, charset: str, source: str) -> str:
    """The text of bytes in their charset, UTF-8 where none is given. Others raise `BadAnswer`."""
    name = charset or "utf-8"
    if not codec(name):
        raise BadAnswer("sync.bad.charset", source=source, charset=name)
    try:
        text = raw.removeprefix(codecs.BOM_UTF8).decode(name)
    except UnicodeError as trouble:
        place = trouble.start if isinstance(trouble, UnicodeDecodeError) else 0
        raise BadAnswer("sync.bad.encoded", source=source, charset=name, place=place) from trouble
    if "\0" in text[:4]:
        raise BadAnswer("sync.bad.encoded", source=source, charset=name, place=text.index("\0"))
    return text


def _is_utf8(charset: str) -> bool:
    return not charset or codec(charset) in ("utf-8", "ascii")


def _decoded(text: str, raw: bytes, hooks: _Hooks) -> tuple[Any, bool]:
    """The value, and whether it is a flat list of objects without a nested one. Hooks are paid for only where
    the bytes do not rule the oddities out."""
    shape = raw.translate(_SHAPES, b"+")
    odd = _LONG in shape or _HUGE in shape
    if not odd and _LOOSE_KEY not in shape:
        value = json.loads(text, parse_constant=hooks.constant)
        if _is_flat(value, raw):
            return value, True
    numbers: dict[str, Any] = {"parse_int": hooks.integer, "parse_float": hooks.double} if odd else {}
    return json.loads(text, object_pairs_hook=hooks.pairs, parse_constant=hooks.constant, **numbers), False


def _is_flat(value: Any, raw: bytes) -> bool:
    """True only for a flat list of objects that has as many keys as the bytes have ends of keys, so that none was
    given twice. Nested values, brackets and quotes inside texts make it False: then each object is looked at."""
    second = raw.find(b"[", raw.find(b"[") + 1)  # ten times as soon told as their count
    if not isinstance(value, list) or second >= 0 or raw.count(b"{") != len(value):
        return False
    return sum([len(each) for each in value if type(each) is dict]) == raw.count(b'":')


class _Hooks:
    def __init__(self) -> None:
        self.unsound = False

    def fault(self, kind: str, value: str) -> Unsound:
        self.unsound = True
        return Unsound(kind, value[:80])

    def pairs(self, pairs: list[tuple[str, Any]]) -> Any:
        table = dict(pairs)
        if len(table) == len(pairs):
            return table
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        return self.fault("twice", twice)

    def constant(self, name: str) -> Unsound:
        return self.fault("number", name)

    def integer(self, digits: str) -> Any:
        # int() itself is slow, and limited, on very long digits
        if len(digits) > 20 or not -_MOST_INT <= (value := int(digits)) < _MOST_INT:
            return self.fault("integer", digits)
        return value

    def double(self, digits: str) -> Any:
        value = float(digits)
        return self.fault("number", digits) if value in (float("inf"), float("-inf")) else value


def _misformed(text: str, trouble: json.JSONDecodeError, source: str) -> BadAnswer:
    """The place, and the commonest reason by its name: ids written as numbers with zeros in front."""
    places = {"source": source, "line": trouble.lineno, "column": trouble.colno}
    if not text.strip():
        return BadAnswer("sync.bad.empty", source=source)
    if _ZEROS.match(text, max(0, trouble.pos - 1)) or _ZEROS.match(text, trouble.pos):
        return BadAnswer("sync.bad.zeros", **places)
    if trouble.pos >= len(text.rstrip()):
        return BadAnswer("sync.bad.json_cut", **places)
    return BadAnswer("sync.bad.json", **places)


def _looks_deep(raw: bytes) -> bool:
    """False where nesting is certainly shallow. Brackets inside texts can make it true; then it is looked at."""
    nest = raw.translate(None, _NESTING)
    for _ in range(MOST_DEPTH):
        shorter = nest.replace(b"{}", b"").replace(b"[]", b"")
        if len(shorter) == len(nest):
            break
        nest = shorter
    return bool(nest)


def _pruned(value: Any, hooks: _Hooks) -> Any:
    """The value with everything deeper than allowed replaced."""
    level = [value]
    for _ in range(MOST_DEPTH - 1):
        level = [child for each in level for child in _children(each)]
        if not level:
            return value
    for each in level:
        for place, child in _places(each):
            if isinstance(child, dict | list):
                each[place] = hooks.fault("deep", "")
    return value


def _mended(value: Any) -> Any:
    """Half a surrogate pair is no character and no file takes it: replaced by U+FFFD, in place."""
    if isinstance(value, str):
        return _LONE.sub("\ufffd", value)
    todo = [value]
    while todo:
        each = todo.pop()
        for place, child in _places(each):
            if isinstance(child, str) and _LONE.search(child):
                each[place] = _LONE.sub("\ufffd", child)
        todo += _children(each)
        if isinstance(each, dict):
            for name in [name for name in each if _LONE.search(name)]:
                each[_LONE.sub("\ufffd", name)] = each.pop(name)
    return value


def _children(value: Any) -> list[Any]:
    return [child for _, child in _places(value) if isinstance(child, dict | list)]


def _places(value: Any) -> list[tuple[Any, Any]]:
    if isinstance(value, dict):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, list) else []


def _found(value: Any, where: str) -> Any:
    """Each `Unsound` below a value with its place: `[3].lat`."""
    if isinstance(value, Unsound):
        yield where, value
    for place, child in _places(value):
        step = f"[{place}]" if isinstance(value, list) else f".{place}" if where else str(place)
        if isinstance(child, dict | list | Unsound):
            yield from _found(child, where + step)


def faults(value: Any, where: str) -> list[tuple[str, Unsound]]:
    """Every `Unsound` below a value, with its place."""
    return list(_found(value, where))
