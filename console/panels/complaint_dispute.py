"""On a complaint's sheet: that versions of it wait for a person, what each says, and the way to decide (GOALS R21)."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from console.core.phrases import Phrases
from console.models.conflicts import Collision, Line
from widgets import icons, theme
from widgets.plain import Label
from widgets.theme import Role

_ICON_PX = 14
_INDENT_PX = 22


class DisputeLine(QWidget):
    """Hidden where nothing is in question."""

    asked = Signal()
    """The versions are to be looked at beside each other."""

    def __init__(self) -> None:
        super().__init__()
        self.words = Label("", Role.STRONG, wrap=True)
        self.versions = Label("", wrap=True)
        self.versions.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.open = QPushButton()
        self.open.clicked.connect(self.asked)
        column = QVBoxLayout(self)
        column.setContentsMargins(_INDENT_PX, 4, 0, 4)
        column.setSpacing(4)
        column.addWidget(self.words)
        column.addWidget(self.versions)
        column.addWidget(self.open, 0, Qt.AlignmentFlag.AlignLeft)
        self.hide()

    def show_collision(self, collision: Collision | None, phrases: Phrases) -> None:
        """Show what is in question, None for nothing."""
        self.setVisible(collision is not None)
        if collision is None:
            return
        say = phrases.say
        count = len(collision.sides)
        self.words.setText(say("panels.conflicts.since", count=count, at=collision.since, age=collision.age))
        self.versions.setText("\n".join(_told(line, collision, phrases) for line in collision.lines if line.open))
        self.open.setText(say("panels.complaint.conflict_open"))

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens = theme.of(self)
        with QPainter(self) as painter:
            drawn = icons.pixmap("conflict", tokens.px(_ICON_PX), tokens.text, self.devicePixelRatioF())
            painter.drawPixmap(0, self.words.y() + 2, drawn)


def _told(line: Line, collision: Collision, phrases: Phrases) -> str:
    """One field, as each version says it."""
    said = [
        phrases.say("panels.complaint.conflict_version", value=value, who=side.who)
        for value, side in zip(line.values, collision.sides, strict=True)
    ]
    return f"{line.label}: {' | '.join(said)}"
