"""Panels: one file, one kind of view. They are found by walking this package, in the sources and in a bundle."""

from __future__ import annotations

import importlib
import pkgutil

from console.panels.panel import Panel


def found() -> dict[str, type[Panel]]:
    """Every panel of this package by its id, in the order of their ids."""
    panels: dict[str, type[Panel]] = {}
    for each in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{each.name}")
        for value in vars(module).values():
            own = isinstance(value, type) and value.__module__ == module.__name__
            if own and issubclass(value, Panel) and value is not Panel:
                panels[value.face.id] = value
    return dict(sorted(panels.items()))
