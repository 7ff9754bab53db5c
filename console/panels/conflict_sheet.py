"""One conflict with both versions side by side: what stood before, what each side says, and a choice for each field.

Left and right choose in a row, up and down go to the next field, Ctrl+Enter confirms; the mouse does the same.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QPainter, QPaintEvent, QResizeEvent, QShortcut
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from console.core.phrases import Phrases
from console.models.conflicts import Choices, Collision, Line
from widgets import theme
from widgets.choice import Choice
from widgets.plain import Label, one_line
from widgets.roll import Roll
from widgets.theme import Role

_SIDE_PX = 190
"""A version's column is not narrower than this: else the versions stand one below the other."""


class ConflictSheet(QWidget):
    """Shows a `Collision` and holds the choices made on it."""

    confirmed = Signal(object)
    """The `Choices`, all made."""
    opened = Signal()
    """The complaint itself should be opened."""

    def __init__(self, phrases: Phrases) -> None:
        super().__init__()
        self._phrases = phrases
        self.collision: Collision | None = None
        self.choices: Choices | None = None
        self.buttons: dict[str, list[Choice]] = {}
        """The values of each field in question, in the order of the versions."""
        self.all_of: list[QPushButton] = []
        """One button a version: take everything from it."""
        self._table: list[list[QWidget]] = []
        self._texts: list[tuple[Label | Choice, str, str]] = []
        """What is said beside each other, and below each other, where whose it is must be said again."""
        self._wide: bool | None = None
        self._saving = ""
        self._may = True
        self.heading, self.since = Label("", Role.TITLE, wrap=True), Label("", Role.SECOND, wrap=True)
        self.lacking, self.refusal = Label("", Role.SECOND, wrap=True), Label("", wrap=True)
        self.confirm, self.open = QPushButton(), QPushButton()
        self.confirm.setProperty("role", "first")
        self.confirm.clicked.connect(self._confirm)
        self.open.clicked.connect(self.opened)
        self._lay_out()
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(self._confirm)

    def _lay_out(self) -> None:
        self.paper = QWidget()
        column = QVBoxLayout(self.paper)
        column.setContentsMargins(16, 12, 16, 16)
        column.setSpacing(8)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(8)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.confirm)
        buttons.addWidget(self.open)
        buttons.addStretch(1)
        column.addWidget(self.heading)
        column.addWidget(self.since)
        column.addSpacing(4)
        column.addLayout(self._grid)
        column.addSpacing(4)
        column.addWidget(self.lacking)
        column.addWidget(self.refusal)
        column.addLayout(buttons)
        column.addStretch(1)
        self.refusal.hide()
        self.roll = Roll(self.paper)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(1, 1, 0, 0)
        outer.addWidget(self.roll)

    # showing

    def show_collision(self, collision: Collision) -> None:
        """Show a conflict, or the same as it stands now: choices made on it stay where they still mean something."""
        before, self.collision = self.collision, collision
        same = before is not None and before.key == collision.key and self.choices is not None
        self.choices = (
            self.choices.carried_to(collision.conflict) if same and self.choices else Choices(collision.conflict)
        )
        if not same:
            self.refuse("")
            self.roll.verticalScrollBar().setValue(0)
        if before is None or (before.sides, before.lines) != (collision.sides, collision.lines):
            self._build(collision)
        self._say(collision)

    def offer(self, may: bool) -> None:
        """Whether whoever is here may decide."""
        self._may = may
        self.confirm.setVisible(may)
        self.lacking.setVisible(may)

    def show_busy(self, says: str) -> None:
        """A decision is under way, and no other is taken meanwhile; "" ends it."""
        self._saving = says
        if says and self.window().focusWidget() is self.confirm:
            self.start()  # a button that is turned off would give the keyboard to whatever comes next
        self._draw_choices()

    def refuse(self, why: str) -> None:
        """Say why a decision was not taken; "" takes it away."""
        self.refusal.setText(why)
        self.refusal.setVisible(bool(why))

    def _say(self, collision: Collision) -> None:
        say = self._phrases.say
        self.heading.setText(collision.title)
        count = len(collision.sides)
        self.since.setText(say("panels.conflicts.since", count=count, at=collision.since, age=collision.age))
        self.confirm.setText(say("panels.conflicts.confirm"))
        self.open.setText(say("panels.queue.open_complaint"))
        self._draw_choices()

    def _draw_choices(self) -> None:
        choices = self.choices
        if choices is None:
            return
        for name, buttons in self.buttons.items():
            for version, button in enumerate(buttons):
                button.setChecked(choices.chosen.get(name) == version)
        key = "panels.conflicts.lacking" if choices.lacking else "panels.conflicts.ready"
        self.lacking.setText(self._phrases.say(key, count=choices.lacking))
        if self._saving:
            self.lacking.setText(self._saving)
        self.confirm.setEnabled(self._may and not choices.lacking and not self._saving)

    # building

    def _build(self, collision: Collision) -> None:
        """A table of widgets: a row of heads, then a row a field; `_place` puts them beside or below each other."""
        focused = self.focusWidget()
        at = next(
            ((name, each.index(focused)) for name, each in self.buttons.items() if focused in each),
            None,
        )
        self._clear()
        self._table = [self._heads(collision), *(self._row(collision, line) for line in collision.lines)]
        self._wide = None
        self._place()
        if at is not None and at[0] in self.buttons and at[1] < len(self.buttons[at[0]]):
            self.buttons[at[0]][at[1]].setFocus()

    def _clear(self) -> None:
        for row in self._table:
            for widget in row:
                self._grid.removeWidget(widget)
                widget.hide()
                widget.deleteLater()
        self._table, self._texts, self.buttons, self.all_of = [], [], {}, []

    def _heads(self, collision: Collision) -> list[QWidget]:
        say = self._phrases.say
        heads: list[QWidget] = [Label("", Role.SECOND), Label(say("panels.conflicts.base"), Role.SECOND)]
        for number, side in enumerate(collision.sides):
            head = QWidget()
            column = QVBoxLayout(head)
            column.setContentsMargins(0, 0, 0, 4)
            column.setSpacing(2)
            column.addWidget(Label(side.who, Role.STRONG, wrap=True))
            column.addWidget(Label(f"{side.when} · {side.where}", Role.SECOND, wrap=True))
            button = QPushButton(say("panels.conflicts.all"))
            button.setAccessibleName(one_line(say("panels.conflicts.all_name", who=side.who)))
            button.clicked.connect(lambda _=False, number=number: self._choose_all(number))
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
            self.all_of.append(button)
            heads.append(head)
        return heads

    def _row(self, collision: Collision, line: Line) -> list[QWidget]:
        say = self._phrases.say
        base = Label(line.base, Role.SECOND, wrap=True)
        self._texts.append((base, line.base, say("panels.conflicts.base_is", value=line.base)))
        made: list[QWidget] = [Label(line.label, Role.STRONG if line.open else Role.SECOND, wrap=True), base]
        for number, (side, value) in enumerate(zip(collision.sides, line.values, strict=True)):
            whose = say("panels.conflicts.whose", value=value, who=side.who)
            part: Label | Choice = self._choice(line, number, side.who, value) if line.open else Label(value, wrap=True)
            self._texts.append((part, value, whose))
            made.append(part)
        return made

    def _choice(self, line: Line, number: int, who: str, value: str) -> Choice:
        choice = Choice()
        spoken = self._phrases.say("panels.conflicts.spoken", field=line.label, value=value, who=who)
        choice.setAccessibleName(one_line(spoken))
        choice.clicked.connect(lambda: self._choose(line.name, number))
        self.buttons.setdefault(line.name, []).append(choice)
        row = list(self.buttons).index(line.name)
        choice.stepped.connect(lambda down, right: self._step(row, number, down, right))
        return choice

    def _place(self) -> None:
        """Versions beside each other where there is room, else one below the other."""
        across = len(self.collision.sides) if self.collision is not None else 2
        tokens = theme.of(self)
        wide = self.width() >= tokens.px(_SIDE_PX * (across + 1))
        if wide == self._wide:
            return
        self._wide = wide
        for column in range(8):
            self._grid.setColumnStretch(column, 0)
        at = 0
        for row in self._table:
            if wide:
                for column, widget in enumerate(row):
                    self._grid.addWidget(widget, at, column)
                at += 1
            else:
                for widget in row:
                    self._grid.addWidget(widget, at, 0)
                    at += 1
        for column in range(2 + across if wide else 1):
            self._grid.setColumnStretch(column, 1 if column < 2 and wide else 3)
        for head in self._table[0][:2]:
            head.setVisible(wide)
        for part, beside, below in self._texts:
            part.setText(beside if wide else below)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._table:
            self._place()

    # choosing

    def _choose(self, name: str, version: int) -> None:
        if self.choices is not None:
            self.choices.choose(name, version)
            self.refuse("")
            self._draw_choices()

    def _choose_all(self, version: int) -> None:
        if self.choices is not None:
            self.choices.choose_all(version)
            self.refuse("")
            self._draw_choices()

    def _confirm(self) -> None:
        if self.choices is not None and not self.choices.lacking and not self._saving:
            self.confirmed.emit(self.choices)

    def start(self) -> None:
        """Put the keyboard on the first field in question."""
        first = next(iter(self.buttons.values()), None)
        if first:
            chosen = next((each for each in first if each.isChecked()), first[0])
            chosen.setFocus(Qt.FocusReason.OtherFocusReason)

    def _step(self, row: int, column: int, down: int, right: int) -> None:
        """From one value to another: left and right choose it, up and down only go there."""
        names = list(self.buttons)
        row = min(max(row + down, 0), len(names) - 1)
        column = min(max(column + right, 0), len(self.buttons[names[row]]) - 1)
        there = self.buttons[names[row]][column]
        there.setFocus(Qt.FocusReason.OtherFocusReason)
        self.roll.ensureWidgetVisible(there)
        if right:
            self._choose(names[row], column)

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens = theme.of(self)
        with QPainter(self) as painter:
            painter.setPen(theme.pen(tokens.line))
            painter.drawLine(0, 0, self.width(), 0)
            painter.drawLine(0, 0, 0, self.height())
