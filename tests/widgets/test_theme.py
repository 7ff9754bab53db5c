"""Theme and fonts: what `apply` and `dress` change, and what importing does not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QFont, QFontInfo
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from widgets import icons, theme
from widgets.age_label import AgeLabel
from widgets.theme import Role
from widgets.tokens import Tokens, load, scaled

ROOT = Path(__file__).resolve().parents[2]


def test_importing_every_part_opens_no_heavy_door() -> None:
    names = [each.stem for each in (ROOT / "widgets").glob("*.py") if not each.stem.startswith("_")]
    code = "import sys\n" + "\n".join(f"import widgets.{name}" for name in names)
    code += "\nprint([m for m in ('pyqtgraph', 'folium', 'requests', 'PySide6.QtWebEngineCore') if m in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_the_shipped_family_is_used_with_even_figures(dark: Tokens) -> None:
    used = theme.font(dark)
    assert QFontInfo(used).family() == theme.FAMILIES[0]
    widths = {theme.metrics(dark).horizontalAdvance(figure) for figure in "0123456789"}
    assert len(widths) == 1


def test_roles_have_their_sizes(dark: Tokens) -> None:
    assert [theme.font(dark, role).pixelSize() for role in Role] == [13, 13, 11, 16, 32, 11]
    assert theme.font(dark, Role.TITLE).weight() == QFont.Weight.DemiBold


def test_a_window_may_have_its_own_sizes(qtbot, dark: Tokens) -> None:
    wall = scaled(load("light"), 2.0)
    window = QWidget()
    qtbot.addWidget(window)
    inside = AgeLabel(window)
    before = inside.sizeHint().height()
    theme.dress(window, wall)
    assert theme.of(inside) is wall
    assert theme.of(None) is dark
    assert inside.sizeHint().height() == 2 * before


def test_the_sheet_has_no_place_left_open(tokens: Tokens) -> None:
    text = theme.sheet(tokens)
    assert "$" not in text
    assert tokens.focus in text


def test_changing_the_theme_repaints_what_is_there(qtbot, qapp: QApplication, dark: Tokens) -> None:
    button = QPushButton("Simpan")
    qtbot.addWidget(button)
    button.show()
    before = button.grab().toImage()
    theme.apply(qapp, load("light"))
    assert button.grab().toImage() != before
    theme.apply(qapp, dark)
    assert button.grab().toImage() == before


@pytest.mark.parametrize("name", ["queue", "no-such-icon", "../theme/dark.toml", ""])
def test_an_icon_is_always_drawn(qapp: QApplication, name: str) -> None:
    image = icons.pixmap(name, 16, "#ffffff", 2.0).toImage()
    assert (image.width(), image.devicePixelRatio()) == (32, 2.0)
    assert any(image.pixelColor(x, y).alpha() for x in range(32) for y in range(32))


def test_every_shipped_icon_can_be_drawn(qapp: QApplication) -> None:
    for each in (ROOT / "resources" / "icons").glob("*.svg"):
        assert "currentColor" in each.read_text("utf-8"), each.name
        assert icons.pixmap(each.stem, 16, "#ffffff").toImage() != icons.pixmap("none", 16, "#ffffff").toImage() or (
            each.stem == "unknown"
        )
