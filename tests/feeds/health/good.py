"""Answers that are sound, for the tests that all kinds share. An application's answer has no form: any will do."""

from __future__ import annotations

import json
from collections.abc import Sequence

KIND = "health"
MAY_BE_CUT = True
LEAST = 1
TAKES = (
    *("empty", "blank", "nul", "page", "bare page", "bare error", "another list", "null", "number", "text", "object"),
    *("errors", "numbers", "deep", "deep objects", "deep xml", "laughs", "commas", "many", "lone half", "latin"),
    *("utf-16", "picture", "zip", "csv", "nan"),
)
GOOD = [b'{"status": "ok"}', b"<!doctype html><title>Layanan</title>"]


def worded(strings: Sequence[str]) -> bytes:
    """An answer with each string in it."""
    return json.dumps(list(strings)).encode()
