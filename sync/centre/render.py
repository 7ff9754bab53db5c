"""Answers of a centre as bytes, in the two forms of GeoReport v2."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any
from xml.sax.saxutils import escape

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode
_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'

Row = Mapping[str, Any]
_INNER = {"attributes": "attribute", "values": "value"}
"""What the rows of a list within a row are called."""


def as_json(value: Any) -> bytes:
    """JSON values: a list of rows, mostly."""
    return _encode(value).encode()


def as_xml(rows: Iterable[Row], outer: str, inner: str) -> bytes:
    """The same rows as elements."""
    parts = [_HEAD, f"<{outer}>"]
    for row in rows:
        parts.append(f"<{inner}>")
        parts += [f"<{name}>{_text(value, name)}</{name}>" for name, value in row.items()]
        parts.append(f"</{inner}>")
    parts.append(f"</{outer}>")
    return "".join(parts).encode()


def _text(value: Any, name: str = "") -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        inner = _INNER.get(name, "endpoint")
        return "".join(f"<{each}/>" if isinstance(each, str) else _nested(each, inner) for each in value)
    return escape(value) if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)


def _nested(row: Row, inner: str) -> str:
    inside = "".join(f"<{name}>{_text(value, name)}</{name}>" for name, value in row.items())
    return f"<{inner}>{inside}</{inner}>"
