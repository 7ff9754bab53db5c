"""A button of one word that opens its choices below it, and stays pressed while one of them narrows."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QToolButton

from widgets.plain import one_line

_MOST_LETTERS = 40


class MenuButton(QToolButton):
    """`fill` puts the choices into a menu made anew each time."""

    def __init__(self, fill: Callable[[QMenu], None]) -> None:
        super().__init__()
        self._fill = fill
        self._narrows = False
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCheckable(True)
        self.clicked.connect(self.open)

    def tell(self, name: str, choice: str, narrows: bool) -> None:
        """Say what is chosen; `name` is what is chosen of, for the ear. `narrows`: whether anything is left out."""
        self._narrows = narrows
        self.setText(one_line(choice, _MOST_LETTERS) + " ▾")
        self.setAccessibleName(f"{name}: {choice}")
        self.setChecked(narrows)

    def open(self) -> None:
        """Open the choices."""
        self.setChecked(self._narrows)  # a click has turned it over
        menu = QMenu(self)
        self._fill(menu)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.mapToGlobal(self.rect().bottomLeft()))
