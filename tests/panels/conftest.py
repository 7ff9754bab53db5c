"""The town the panels look at, and a window for a panel of it."""

from __future__ import annotations

import pytest
import shiboken6
from PySide6.QtWidgets import QWidget

from console.panels.panel import Condition
from tests.town import town
from widgets import theme

__all__ = ["open_panel", "town"]


@pytest.fixture
def open_panel(town, qtbot, qapp):
    """Makes a panel, shows it with the keyboard in it, and waits till it and the sources have something to say."""
    if not qapp.styleSheet():
        theme.apply(qapp, theme.load("dark"))
    made: list[QWidget] = []

    def make(kind, *, size=(1200, 700)):
        panel = kind(town.desk)
        made.append(panel)
        panel.resize(*size)
        panel.show()
        panel.activateWindow()
        qtbot.waitUntil(lambda: town.sources_known and panel.condition is not Condition.LOADING)
        return panel

    yield make
    for panel in made:
        if shiboken6.isValid(panel):
            panel.close()
            panel.deleteLater()
