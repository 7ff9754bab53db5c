"""Deeds as menu entries and as keys: both made from the commands' faces, so that no list is kept by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QMenu

from console import commands
from console.core.lifecycle import Deed
from console.core.phrases import Phrases
from console.models.complaint import Sheet
from widgets.plain import tip


def fill_with_deeds(menu: QMenu, sheet: Sheet, phrases: Phrases, do: Callable[[Deed], None]) -> None:
    """One entry per deed; what cannot be now is grey, and says why on hover."""
    menu.setToolTipsVisible(True)
    for offer in sheet.offers:
        dots = "…" if offer.face.asks else ""
        action = menu.addAction(phrases.say(offer.face.title) + dots)
        action.setShortcut(QKeySequence(offer.face.key))
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.setEnabled(offer.why is None)
        action.setToolTip(tip(phrases.say(offer.face.says) if offer.why is None else phrases.tell(offer.why)))
        action.triggered.connect(lambda _=False, deed=offer.deed: do(deed))


def deed_of(event: QKeyEvent, deeds: Iterable[Deed]) -> Deed | None:
    """The deed whose key was pressed, if any of those."""
    pressed, kinds = QKeySequence(event.keyCombination()), commands.found()
    return next((deed for deed in deeds if deed in kinds and QKeySequence(kinds[deed].face.key) == pressed), None)
