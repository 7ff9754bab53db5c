"""Text from outside, made fit to stand among our own words: on a screen, in a terminal, in a log, in a file.

Two kinds of signs are never anybody's words. Control characters drive a terminal (ESC and its one-byte kin) or begin a
line of their own in a log; marks that turn the order make a name read as another. Both go, wherever a text is drawn or
said; the store keeps what came. And nothing of it is ever markup: where Qt would guess, it is escaped.
"""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache

MOST = 400
"""Characters of a one-line text that are drawn; no column is wider."""
MOST_LINES = 20_000
_MOST_TIP = 1000
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
"""These turn the order of what follows."""
_LAYOUT = frozenset("\n\t")
_DRIVING = re.compile(r"[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""What JSON lets stand as it is, though a terminal or a reader of lines takes it for more than a letter."""
_IN_A_CELL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def kept(char: str) -> str:
    """One character as it may be drawn: a blank for one that drives, nothing for one that turns or stands for none."""
    if char in TURNING:
        return ""
    category = unicodedata.category(char)
    if category in ("Cc", "Zl", "Zp"):
        return " "
    return "" if category in ("Cs", "Co") else char


def safe(text: str) -> str:
    """`text` without what drives or turns; its line ends and tabs stay."""
    if text.isprintable():
        return text
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char if char in _LAYOUT else kept(char) for char in plain)


@lru_cache(4096)
def one_line(text: str, most: int = MOST) -> str:
    """`text` as one drawable line: control characters become spaces, marks that turn the order go, the rest is cut."""
    cut = text[: most + 1]
    plain = cut.isascii() and cut.isprintable()
    drawable = cut if plain else " ".join("".join(map(kept, cut)).split())
    return drawable if len(text) <= most else drawable[: most - 1] + "…"


def lines(text: str, most: int = MOST_LINES) -> str:
    """The same for a text of several lines: its line breaks stay."""
    return "\n".join(one_line(line, most) for line in text[:most].splitlines())


def tip(text: str) -> str:
    """A tooltip that shows `text` as it is. Qt takes any tooltip that looks like markup for markup."""
    return f"<qt>{html.escape(lines(text, _MOST_TIP)).replace(chr(10), '<br/>')}</qt>" if text else ""


def json_safe(text: str) -> str:
    """A finished JSON text that shows the same and holds the same: what drives or turns is written by its number."""
    return _DRIVING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def cell_safe(text: str) -> str:
    """A cell of a table handed on: what drives a terminal is a blank, all else is as it came."""
    return _IN_A_CELL.sub(" ", text)
