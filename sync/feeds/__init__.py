"""Feeds, one file or folder each; found by walking this package, so that no list names them."""

from __future__ import annotations

import importlib
import pkgutil

from sync.feed import Feed


def found() -> dict[str, type[Feed]]:
    """Every kind of feed there is, by its name."""
    kinds: dict[str, type[Feed]] = {}
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, type) and issubclass(value, Feed) and value.__module__.startswith(module.name):
                kinds[value.face.kind] = value
    return dict(sorted(kinds.items()))
