"""One dressed program and the shipped phrases for all tests of parts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from console.core.phrases import Phrases
from widgets import gallery, theme
from widgets.tokens import THEMES, Tokens, load


@pytest.fixture(autouse=True)
def swept() -> Iterator[None]:
    """Widgets of a test are gone before the next: a change of theme would else restyle all of them again."""
    yield
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def dress(app: QApplication, tokens: Tokens) -> None:
    """Apply tokens where they are not in force already: it costs some milliseconds."""
    if theme.of(None) is not tokens or not app.styleSheet():
        theme.apply(app, tokens)


@pytest.fixture
def said() -> Phrases:
    return gallery.phrases()


@pytest.fixture(params=THEMES)
def tokens(request: pytest.FixtureRequest, qapp: QApplication) -> Tokens:
    found = load(request.param)
    dress(qapp, found)
    return found


@pytest.fixture
def dark(qapp: QApplication) -> Tokens:
    dress(qapp, load("dark"))
    return load("dark")
