"""What was erased of a complaint because its time had run out: named in its row, so that nothing brings it back."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from console.core.erasure import with_whole
from console.core.personal import WHOLE
from console.core.retention import ERASED

MARK = f'{{"{ERASED}": ['
"""Begins the fields we do not know where any of a complaint were erased."""


def marked(extra: str, gone: Collection[str]) -> str:
    """The fields of a complaint we do not know, without what is gone, and with the names of that."""
    told = told_of(extra)
    before = erased_of(extra)
    if "extra" in gone:
        told = {name: told[name] for name in WHOLE.values() if name in told}
    for name in with_whole(gone):
        told.pop(name, None)
    names = {*before, *gone}
    if "place" in names:
        names |= {"lat", "lon"}
    return json.dumps({ERASED: sorted(names), **{k: v for k, v in told.items() if k != ERASED}}, ensure_ascii=False)


def told_of(extra: str) -> dict[str, Any]:
    """The fields of a complaint we do not know; {} where that is no object."""
    try:
        told = json.loads(extra) if extra else {}
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def erased_of(extra: str) -> frozenset[str]:
    """Names of the fields that were erased of a complaint."""
    if not extra.startswith(MARK):
        return frozenset()
    names = told_of(extra).get(ERASED)
    return frozenset(name for name in names if isinstance(name, str)) if isinstance(names, list) else frozenset()
