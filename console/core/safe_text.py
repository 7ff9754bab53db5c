"""Text from outside, made fit to stand among our own words: on a screen, in a terminal, in a log, in a file.

Two kinds of signs are never anybody's words. Control characters drive a terminal (ESC and its one-byte kin) or begin a
line of their own in a log; marks that turn the order make a name read as another. Both go, wherever a text is drawn or
said; the store keeps what came. Line ends and tabs stay here: who draws one line (`widgets.plain`) takes them out.
"""

from __future__ import annotations

import re
import unicodedata

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


def json_safe(text: str) -> str:
    """A finished JSON text that shows the same and holds the same: what drives or turns is written by its number."""
    return _DRIVING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def cell_safe(text: str) -> str:
    """A cell of a table handed on: what drives a terminal is a blank, all else is as it came."""
    return _IN_A_CELL.sub(" ", text)
