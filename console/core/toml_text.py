"""Plain values written as TOML, for the settings file: what `tomllib` reads back is what was given; and where a text
that is none goes wrong.

Only what a file of settings may hold: text, whole and broken numbers, truth, days and times, lists and tables with
text keys. Anything else is our own mistake and raises TypeError. A value None is left out: TOML has no word for it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}

_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)")
_END = "(at end of document)"


def toml_place(trouble: Exception, text: str) -> tuple[int, int]:
    """Line and column of a fault that `tomllib` found in a text, (0, 0) where it names none. Its message is English;
    only the place in it is of use."""
    found = _PLACE.search(str(trouble))
    if found:
        return int(found[1]), int(found[2])
    if _END in str(trouble):
        return text.count("\n") + 1, len(text.rpartition("\n")[2]) + 1
    return 0, 0


def to_toml(table: Mapping[str, Any]) -> bytes:
    """A table as the bytes of a TOML file, one key a line in the order given."""
    lines = [f"{_text(key)} = {_value(value)}\n" for key, value in table.items() if value is not None]
    return "".join(lines).encode("utf-8")


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Mapping):
        inside = (f"{_text(key)} = {_value(each)}" for key, each in value.items() if each is not None)
        return "{" + ", ".join(inside) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(_value(each) for each in value) + "]"
    raise TypeError(type(value).__name__)


def _number(value: float) -> str:
    if math.isfinite(value):
        text = repr(float(value))
        return text if "." in text or "e" in text else f"{text}.0"
    return "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")


def _text(text: str) -> str:
    return '"' + "".join(_ESCAPES.get(sign) or _sign(sign) for sign in text) + '"'


def _sign(sign: str) -> str:
    code = ord(sign)
    if 0xD800 <= code <= 0xDFFF:
        return "\ufffd"  # half of a pair: UTF-8 cannot hold it
    return f"\\u{code:04x}" if code < 0x20 or code == 0x7F else sign
