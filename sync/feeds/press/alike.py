"""Which articles are one: the same address under its many disguises, or nearly the same words under another address.

A sketch holds the smallest hashes of the runs of three words of a text. Two texts share as large a part of their
smallest hashes as of all: a dozen numbers tell whether one was copied from the other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit, urlunsplit
from zlib import crc32

SKETCH = 12
ALIKE = 10
"""So many of the smallest `SKETCH` hashes are shared by what is one article: about five sixths of its words."""
_FIRST = SKETCH - ALIKE + 1
"""Of so many of the smallest, two that are alike share one: under these a sketch is found."""
_RUN = 3
_LEAST_RUNS = 12
"""What has fewer is too short to be told apart by its words: "Prakiraan cuaca hari ini"."""
_MOST_WORDS = 200
_WORD = re.compile(r"\w+")
_TRAILS = frozenset(
    (
        *("fbclid", "gclid", "dclid", "msclkid", "igshid", "mc_cid", "mc_eid", "yclid", "_ga", "ref_src", "cmpid"),
        *("amp", "outputtype", "utm"),
    )
)
_MOBILE = re.compile(r"(?:m|amp|mobile|wap)\.(?=[^.]+\.[^.])")
_CLEAN = re.compile(r"https?://(?!(?:m|amp|mobile|wap)\.)[a-z0-9.-]+(?:/[^?#]*)?")
_AMP = re.compile(r"(?:/amp/?|\.amp|\.amp(?=\.html?))$")


def canonical(url: str) -> str:
    """The address without what says only whence one came or on what one reads: utm_*, amp, m., `?page=all`, #part."""
    if _CLEAN.fullmatch(url) and "amp" not in url[-9:]:
        return url
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        port = parts.port
    except ValueError:
        return url
    host = _MOBILE.sub("", host, count=1) if _MOBILE.match(host) else host
    if port is not None and port != {"http": 80, "https": 443}.get(parts.scheme.lower()):
        host = f"{host}:{port}"
    query = parts.query
    if query:
        query = "&".join([pair for pair in query.split("&") if not _trail(*pair.partition("=")[::2])])
    return urlunsplit((parts.scheme.lower(), host, _AMP.sub("", parts.path), query, ""))


def key(clean: str) -> str:
    """What one article's addresses have in common once they are canonical: no scheme, no www, no stroke at the end.
    "" for that of a whole site, which many a feed gives to all it tells."""
    rest = clean.partition("://")[2].removeprefix("www.")
    path, mark, query = rest.partition("?")
    path = path.rstrip("/")
    return path + mark + query if "/" in path or query else ""


def _trail(name: str, value: str) -> bool:
    name = name.lower()
    return name in _TRAILS or name.startswith("utm_") or (name == "page" and value.lower() == "all")


def sketch(text: str) -> tuple[int, ...]:
    """The smallest hashes of its runs of words, in order; () for what is too short to be judged."""
    words = _WORD.findall(text.lower(), 0, 20 * _MOST_WORDS)[:_MOST_WORDS]
    if len(words) < _LEAST_RUNS + _RUN - 1:
        return ()
    runs = {*map(crc32, map(str.encode, map(" ".join, zip(words, words[1:], words[2:], strict=False))))}
    return tuple(sorted(runs)[:SKETCH]) if len(runs) >= _LEAST_RUNS else ()


def alike(one: Sequence[int], two: Sequence[int]) -> bool:
    """Whether two sketches are of one text, give or take some words."""
    both = {*one}.intersection(two)
    if len(both) < ALIKE or len(one) != len(two):
        return False
    return len(both.intersection(sorted({*one, *two})[:SKETCH])) >= ALIKE


class Known:
    """Sketches that were met, asked for one that is alike. However many there are, few are compared."""

    _MOST = 8

    def __init__(self, near_ms: int) -> None:
        """What was published further apart is not the same, whatever its words."""
        self._near_ms = near_ms
        self._by_hash: dict[int, list[tuple[str, int, Sequence[int]]]] = {}

    def add(self, name: str, at_ms: int, sketched: Sequence[int]) -> None:
        """Remember one by its name."""
        for each in sketched[:_FIRST]:
            here = self._by_hash.setdefault(each, [])
            if len(here) < self._MOST:
                here.append((name, at_ms, sketched))

    def find(self, at_ms: int, sketched: Sequence[int]) -> str:
        """Name of one that is alike, "" for none."""
        for each in sketched[: 2 * _FIRST]:
            for name, told_ms, other in self._by_hash.get(each, ()):
                if abs(at_ms - told_ms) <= self._near_ms and alike(sketched, other):
                    return name
        return ""
