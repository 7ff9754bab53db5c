"""The panels there are, each imported when it is first wanted: the first window must not wait for the map's numpy.

A panel lies in `console/panels/<id>.py`; one that does not is found all the same, by importing them all.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterator, Mapping

from console import panels
from console.core.audience import Audience
from console.panels.panel import Panel


class Catalogue(Mapping[str, type[Panel]]):
    """Panels by id. To ask whether one is there, or for one, imports no other; to go through all imports all.
    Those that do not open for an audience are not there; to know that of one, it is imported."""

    def __init__(self, audience: Audience = Audience.WORK) -> None:
        self._audience = audience
        self._known: dict[str, type[Panel]] = {}
        self._whole = False

    def __getitem__(self, panel: str) -> type[Panel]:
        if panel not in self._known and not self._whole:
            self._look(panel)
        return self._known[panel]

    def __contains__(self, panel: object) -> bool:
        if panel in self._known:
            return True
        if self._audience.narrow and not self._whole and isinstance(panel, str):
            self._look(panel)
            return panel in self._known
        if self._whole or not isinstance(panel, str):
            return False
        if not _has_file(panel):
            self._all()
            return panel in self._known
        return True

    def __iter__(self) -> Iterator[str]:
        self._all()
        return iter(self._known)

    def __len__(self) -> int:
        self._all()
        return len(self._known)

    def title(self, panel: str) -> str:
        """Phrase key of a panel's title; of one that nobody wanted yet, the key all shipped panels follow."""
        known = self._known.get(panel)
        return known.face.title if known is not None else f"panels.{panel}.title"

    def _look(self, panel: str) -> None:
        if _has_file(panel):
            module = importlib.import_module(f"{panels.__name__}.{panel}")
            for kind in vars(module).values():
                if isinstance(kind, type) and issubclass(kind, Panel) and getattr(kind, "face", None):
                    self._take(kind)
        if panel not in self._known:
            self._all()

    def _all(self) -> None:
        if not self._whole:
            self._whole = True
            for kind in panels.found().values():
                self._take(kind)

    def _take(self, kind: type[Panel]) -> None:
        if self._audience in kind.face.audiences:
            self._known.setdefault(kind.face.id, kind)


def _has_file(panel: str) -> bool:
    return panel.isidentifier() and importlib.util.find_spec(f"{panels.__name__}.{panel}") is not None
