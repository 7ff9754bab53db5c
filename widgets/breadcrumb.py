"""Where one is, from the top down: Kota › Kecamatan › Kelurahan. Each step above can be pressed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from widgets import icons, theme
from widgets.plain import Elided, one_line
from widgets.scaled import Scaled
from widgets.theme import Role, Tokens


class _Chevron(Scaled):
    def __init__(self) -> None:
        super().__init__()
        self.scale_to(theme.of(self))

    def scale_to(self, tokens: Tokens) -> None:
        self.setFixedSize(tokens.px(12), tokens.px(12))

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            drawn = icons.pixmap("chevron", self.width(), theme.of(self).second, self.devicePixelRatioF())
            painter.drawPixmap(0, 0, drawn)


class Breadcrumb(QWidget):
    """The path to what is shown; the last step is where one is."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(2)
        self._path: tuple[tuple[str, str], ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    @property
    def path(self) -> tuple[tuple[str, str], ...]:
        """Keys and names from the top down."""
        return self._path

    def set_path(self, steps: Sequence[tuple[str, str]]) -> None:
        """Show another path of (key, name)."""
        if tuple(steps) == self._path:
            return
        self._path = tuple(steps)
        while (item := self._row.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.hide()
                old.deleteLater()
        for number, (key, name) in enumerate(self._path):
            if number:
                self._row.addWidget(_Chevron())
            last = number == len(self._path) - 1
            self._row.addWidget(Elided(name, Role.STRONG) if last else self._button(key, name))
        self.setAccessibleName(" › ".join(one_line(name) for _, name in self._path))

    def _button(self, key: str, name: str) -> QPushButton:
        button = QPushButton(one_line(name, 40).replace("&", "&&"))
        button.setProperty("role", "quiet")
        button.setAccessibleName(one_line(name))
        button.clicked.connect(lambda: self.chosen.emit(key))
        return button
