"""Sound answers spoilt the ways answers are spoilt: cut, flipped, doubled, mixed up, with values no number can be.

Seeded: the same body, count and seed give the same answers, so that one that fails can be tried again.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from itertools import cycle

_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")
_WORD = re.compile(rb"[A-Za-z_][A-Za-z_0-9]{2,}")
_NUMBERS = (
    *(b"NaN", b"1e999", b"-1e999", b"9" * 400, b"-0", b"0x10", b"1_000", b"99999999999999999999", b"1,5", b"null"),
    *(b"", b"-181", b"1e-400", b"true", b'"5"', b"[]", b"{}", b"\xd9\xa3"),
)
_WORDS = (
    *(b"", b"null", b"\xff\xfe", b"\0", b"\x1b[2J", b"<script>", b"&amp;&lt;", b"&lol;", b"../../etc", b"\xe2\x80\xae"),
    *(b"A" * 30_000, b'"', b"\\ud800", b"]]>", b"]", b"}", b"{", b"[", b",", b"=1+1"),
)
_Mutator = Callable[[bytes, random.Random], bytes]


def mutations(body: bytes, count: int = 60, seed: int = 1) -> Iterator[bytes]:
    """`count` spoilt forms of a body, each another one, none the body itself."""
    chance = random.Random(seed)
    seen = {body}
    mutators = cycle(_MUTATORS)
    while len(seen) <= count:
        spoilt = next(mutators)(body, chance)
        if spoilt not in seen:
            seen.add(spoilt)
            yield spoilt


def _cut(body: bytes, chance: random.Random) -> bytes:
    return body[: chance.randrange(len(body))]


def _headless(body: bytes, chance: random.Random) -> bytes:
    return body[chance.randrange(1, len(body)) :]


def _flipped(body: bytes, chance: random.Random) -> bytes:
    spoilt = bytearray(body)
    for _ in range(chance.randint(1, 6)):
        spoilt[chance.randrange(len(spoilt))] ^= 1 << chance.randrange(8)
    return bytes(spoilt)


def _without(body: bytes, chance: random.Random) -> bytes:
    start, end = _span(body, chance)
    return body[:start] + body[end:]


def _doubled(body: bytes, chance: random.Random) -> bytes:
    start, end = _span(body, chance)
    return body[:end] + body[start:end] * chance.randint(1, 3) + body[end:]


def _moved(body: bytes, chance: random.Random) -> bytes:
    start, end = _span(body, chance)
    rest = body[:start] + body[end:]
    place = chance.randrange(len(rest) + 1)
    return rest[:place] + body[start:end] + rest[place:]


def _number(body: bytes, chance: random.Random) -> bytes:
    return _replaced(body, chance, _NUMBER, _NUMBERS)


def _word(body: bytes, chance: random.Random) -> bytes:
    return _replaced(body, chance, _WORD, _WORDS)


def _swapped(body: bytes, chance: random.Random) -> bytes:
    """Two words in each other's place: a field named as another, a value where another belongs."""
    words = list(_WORD.finditer(body))
    if len(words) < 2:
        return _flipped(body, chance)
    one, two = sorted(chance.sample(words, 2), key=lambda each: each.start())
    return body[: one.start()] + two[0] + body[one.end() : two.start()] + one[0] + body[two.end() :]


def _noise(body: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(body) + 1)
    return body[:place] + chance.randbytes(chance.randint(1, 40)) + body[place:]


def _recoded(body: bytes, chance: random.Random) -> bytes:
    kind = chance.randrange(4)
    if kind == 0:
        return b"\xef\xbb\xbf" * chance.randint(1, 3) + body
    if kind == 1:
        return body.decode("latin-1").encode(chance.choice(["utf-16", "utf-16-le", "utf-8", "utf-32"]))
    if kind == 2:
        return body.replace(b"\n", b"\r\n") + b"\r\n" * chance.randint(0, 3) + b"\0" * chance.randint(0, 3)
    return body + body[: chance.randrange(1, len(body) + 1)]


_MUTATORS: tuple[_Mutator, ...] = (
    *(_cut, _flipped, _number, _word, _without, _doubled, _moved, _swapped, _noise, _recoded, _number, _word),
    _headless,
)


def _span(body: bytes, chance: random.Random) -> tuple[int, int]:
    start = chance.randrange(len(body))
    return start, min(len(body), start + chance.choice([1, 4, 20, 100, 1000]))


def _replaced(body: bytes, chance: random.Random, what: re.Pattern[bytes], by: tuple[bytes, ...]) -> bytes:
    places = list(what.finditer(body))
    if not places:
        return _noise(body, chance)
    place = chance.choice(places)
    return body[: place.start()] + chance.choice(by) + body[place.end() :]
