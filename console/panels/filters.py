"""The row of chips that narrows a list: one button per facet with its menu of choices, and a cross to take it off."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from console.core.lifecycle import OPEN, State
from console.core.pack import CityPack, Level
from console.core.phrases import Phrases
from console.core.records import AgeBucket
from console.models.choices import CLOSED, Facet, Narrowing, category_name, told
from console.panels.flow import Flow
from widgets import icons, theme
from widgets.plain import one_line


class _Menu(QMenu):
    """A menu that stays open while several choices are ticked."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        action = self.activeAction()
        if action is not None and action.isCheckable() and action.data() == "many":
            action.trigger()
            return
        super().mouseReleaseEvent(event)


class _Chip(QWidget):
    """One facet: a button that opens its choices, and a cross while it narrows."""

    removed = Signal()

    def __init__(self, fill: Callable[[QMenu], None]) -> None:
        super().__init__()
        self._fill = fill
        self.button = QToolButton()
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.button.setCheckable(True)
        self.button.clicked.connect(self.open)
        self.cross = QToolButton()
        self.cross.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.cross.clicked.connect(self.removed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.button)
        row.addWidget(self.cross)

    def tell(self, name: str, choice: str, remove: str, choose: str) -> None:
        """Show what is chosen, or the facet's name where nothing is."""
        tokens = theme.of(self)
        self.button.setText(one_line(choice or name, 40) + " ▾")
        self.button.setAccessibleName(f"{choose}: {choice}" if choice else choose)
        self.button.setChecked(bool(choice))
        self.cross.setIcon(icons.icon("close", tokens.icon, tokens.text, self.devicePixelRatioF()))
        self.cross.setAccessibleName(remove)
        self.cross.setToolTip(remove)
        self.cross.setVisible(bool(choice))

    def open(self) -> None:
        """Open the choices below the button."""
        was = self.cross.isVisibleTo(self)
        self.button.setChecked(was)
        menu = _Menu(self)
        self._fill(menu)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.button.mapToGlobal(self.button.rect().bottomLeft()))


class FilterRow(QWidget):
    """All chips. The narrowing is a value; `changed` tells each new one."""

    changed = Signal(object)
    """A `Narrowing`."""

    def __init__(self, pack: CityPack, phrases: Phrases, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pack, self._phrases = pack, phrases
        self.narrowing = Narrowing()
        fills = {
            Facet.STATE: self._states,
            Facet.AREA: self._areas,
            Facet.OPD: self._opds,
            Facet.CATEGORY: self._categories,
            Facet.AGE: self._ages,
        }
        self.chips = {facet: _Chip(fill) for facet, fill in fills.items()}
        row = Flow(self)
        for facet, chip in self.chips.items():
            chip.removed.connect(lambda facet=facet: self.choose(self.narrowing.without(facet)))
            row.addWidget(chip)
        self.retranslate()

    def choose(self, narrowing: Narrowing) -> None:
        """Narrow to that; the same again is no news."""
        if narrowing != self.narrowing:
            self.narrowing = narrowing
            self.retranslate()
            self.changed.emit(narrowing)

    def retranslate(self) -> None:
        """Say everything again."""
        say = self._phrases.say
        for facet, chip in self.chips.items():
            name = say(f"panels.filter.{facet}")
            choice = told(self.narrowing, facet, self._pack, self._phrases)
            chip.tell(name, choice, say("panels.filter.remove", name=name), say("panels.filter.choose", name=name))

    # the menus

    def _states(self, menu: QMenu) -> None:
        now = self.narrowing
        for states, key in ((OPEN, "panels.filter.open"), (CLOSED, "panels.filter.closed")):
            self._entry(menu, self._phrases.say(key), now.states == states, replace(now, states=states))
        menu.addSeparator()
        for state in State:
            self._tick(menu, self._phrases.say(f"state.{state.name}"), "states", state)

    def _areas(self, menu: QMenu) -> None:
        now, city = self.narrowing, self._pack.city
        for area in self._pack.children(city.code):
            below = self._pack.children(area.code)
            if not below or area.level is not Level.KECAMATAN:
                self._entry(menu, area.name, now.area == area.code, replace(now, area=area.code))
                continue
            deeper = menu.addMenu(one_line(area.name).replace("&", "&&"))
            self._entry(deeper, area.name, now.area == area.code, replace(now, area=area.code))
            deeper.addSeparator()
            for each in below:
                self._entry(deeper, each.name, now.area == each.code, replace(now, area=each.code))

    def _opds(self, menu: QMenu) -> None:
        for code, opd in sorted(self._pack.opds.items(), key=lambda each: each[1].short):
            self._tick(menu, opd.short, "opds", code)

    def _categories(self, menu: QMenu) -> None:
        named = ((category_name(self._pack, code, self._phrases), code) for code in self._pack.categories)
        for name, code in sorted(named):
            self._tick(menu, name, "categories", code)

    def _ages(self, menu: QMenu) -> None:
        now = self.narrowing
        for age in AgeBucket:
            key = f"panels.filter.ages.{age.name.lower()}"
            self._entry(menu, self._phrases.say(key), now.age is age, replace(now, age=age))

    def _entry(self, menu: QMenu, name: str, chosen: bool, wanted: Narrowing) -> None:
        """One choice that replaces what was chosen."""
        action = _plain_action(menu, name)
        action.setChecked(chosen)
        action.triggered.connect(lambda: self.choose(wanted))

    def _tick(self, menu: QMenu, name: str, field: str, value: object) -> None:
        """One choice of many; the menu stays open."""
        action = _plain_action(menu, name)
        action.setData("many")
        action.setChecked(value in getattr(self.narrowing, field))
        action.toggled.connect(lambda on: self._set(field, value, on))

    def _set(self, field: str, value: object, on: bool) -> None:
        chosen: Iterable[object] = getattr(self.narrowing, field)
        now = frozenset(chosen) | {value} if on else frozenset(chosen) - {value}
        # values of one field are all of one type: states, or codes
        self.choose(replace(self.narrowing, **{field: now}))  # type: ignore[arg-type]


def _plain_action(menu: QMenu, name: str) -> QAction:
    """An entry that shows its name as it is: "&" is a letter, not a key."""
    action = menu.addAction(one_line(name).replace("&", "&&"))
    action.setCheckable(True)
    return action
