"""Every part at once: in both themes, in both languages, tiny and huge; named, plain, calm, with a visible focus."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QImage
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QWidget

from console.core.phrases import LANGUAGES, Phrases
from widgets import gallery, theme
from widgets.gallery import PAGES
from widgets.marks import Severity
from widgets.tokens import Tokens, load, scaled

ROOT = Path(__file__).resolve().parents[2]
CALM = ("bars", "map", "map_clusters", "palette", "chart", "chart_line", "form", "files")
"""Pages on which nothing is abnormal."""
LOUD = ("states", "parts", "figures", "filters", "table")
"""Pages that show something abnormal, or states of complaints, on purpose."""


@pytest.fixture(params=PAGES)
def page(request: pytest.FixtureRequest, qtbot, said: Phrases, tokens: Tokens) -> QWidget:
    make, wide, high = PAGES[request.param]
    made = make(said)
    made.setObjectName(request.param)
    qtbot.addWidget(made)
    made.resize(wide, high)
    made.show()
    QApplication.processEvents()
    return made


def coloured(image: QImage) -> float:
    """Part of the pixels whose saturation is over a quarter."""
    flat = image.convertToFormat(QImage.Format.Format_RGB32)
    raw = np.frombuffer(flat.constBits(), np.uint8).reshape(flat.height(), flat.width(), 4)[..., :3].astype(int)
    high, low = raw.max(2), raw.min(2)
    return float(np.mean((high - low) / np.maximum(high, 1) > 0.25))


def test_colour_is_kept_for_the_abnormal(page: QWidget) -> None:
    part = coloured(page.grab().toImage())
    if page.objectName() in CALM:
        assert part <= 0.002
    else:
        assert part <= 0.03  # small marks, never areas


def test_every_page_is_judged() -> None:
    assert set(CALM) | set(LOUD) | {"by_state"} == set(PAGES)


def test_what_takes_the_keyboard_has_a_name(page: QWidget) -> None:
    for part in [page, *page.findChildren(QWidget)]:
        if part.isVisible() and part.isEnabled() and part.focusPolicy() & Qt.FocusPolicy.TabFocus:
            heard = QAccessible.queryAccessibleInterface(part)
            named = heard.text(QAccessible.Text.Name) or (part.text() if isinstance(part, QAbstractButton) else "")
            assert named, type(part)


def test_what_is_pressed_is_large_enough(page: QWidget) -> None:
    for part in page.findChildren(QAbstractButton):
        if part.isVisible() and part.objectName() != "qt_toolbar_ext_button":
            assert min(part.width(), part.height()) >= 24, (type(part), part.size())


def test_no_label_reads_markup(page: QWidget) -> None:
    for label in page.findChildren(QLabel):
        assert label.textFormat() is Qt.TextFormat.PlainText


def test_focus_can_be_seen_on_everything(qtbot, page: QWidget) -> None:
    page.activateWindow()
    tabbed = [
        part
        for part in page.findChildren(QWidget)
        if part.isVisible() and part.isEnabled() and part.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    for part in tabbed:
        part.clearFocus()
        before = page.grab().toImage()
        part.setFocus(Qt.FocusReason.TabFocusReason)
        if isinstance(part, QLineEdit) or not part.hasFocus():
            continue  # a blinking cursor makes pictures of fields differ by chance
        assert page.grab().toImage() != before, type(part)


@pytest.mark.parametrize("size", [(20, 20), (260, 120), (2600, 1500)])
def test_any_size_can_be_drawn(page: QWidget, size: tuple[int, int]) -> None:
    page.resize(*size)
    page.grab()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_phrase_is_missing(qtbot, dark: Tokens, language: str) -> None:
    said = gallery.phrases(language)
    for make, _, _ in PAGES.values():
        made = make(said)
        qtbot.addWidget(made)
        made.show()
        texts = [label.text() for label in made.findChildren(QLabel)]
        texts += [each.accessibleName() for each in made.findChildren(QWidget)]
        assert not [text for text in texts if "«" in text]


def test_a_wall_shows_the_same_larger(qtbot, qapp: QApplication, said: Phrases) -> None:
    theme.apply(qapp, load("dark"))
    desk = gallery.small_parts(said)
    qtbot.addWidget(desk)
    small = desk.sizeHint()
    theme.apply(qapp, scaled(load("dark"), 2.0))
    wall = gallery.small_parts(said)
    qtbot.addWidget(wall)
    large = wall.sizeHint()
    theme.apply(qapp, load("dark"))
    assert large.width() > 1.7 * small.width()
    assert large.height() > 1.6 * small.height()


def test_all_severities_are_in_the_gallery(said: Phrases, qtbot, dark: Tokens) -> None:
    made = gallery.small_parts(said)
    qtbot.addWidget(made)
    names = {each.accessibleName() for each in made.findChildren(QWidget)}
    assert {severity.name.capitalize() for severity in Severity} <= names


def test_the_module_writes_a_picture_of_each_page(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "widgets", "--shots", str(tmp_path), "--only", "filters", "--scale", "1.5"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["filters-dark.png", "filters-light.png"]
    assert QImage(str(tmp_path / "filters-dark.png")).width() == 1350
