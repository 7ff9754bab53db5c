"""The palette of one window: everything that can be done, and complaints found by number or words as one types."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from console.core.errors import ConsoleError
from console.core.masking import masked
from console.core.records import QueueFilter, QueueRow
from console.models.desk import Desk
from console.shell.actions import Actions
from console.shell.menus import palette_items
from console.store.read import Read
from widgets.palette_popup import PaletteItem, PalettePopup

COMPLAINT = "complaint:"
"""What the key of a found complaint begins with."""
_LEAST, _MOST = 3, 6


class Palette(PalettePopup):
    """Choose an action, and it is done; choose a complaint, and all windows turn to it."""

    def __init__(self, desk: Desk, actions: Actions, do: Callable[[str], None], parent: QWidget) -> None:
        super().__init__(desk.phrases, parent)
        self._desk = desk
        self._actions = actions
        self._do = do
        self._items: list[PaletteItem] = []
        self.chosen.connect(self._choose)
        self.typed.connect(self._look_up)

    def open_it(self) -> None:
        """Show it, with what can be done now."""
        self._items = palette_items(self._actions, self._desk.phrases)
        self.open_with(self._items)

    def _look_up(self, text: str) -> None:
        if len(text.strip()) < _LEAST or self._desk.people.covered:
            self._desk.work.forget(self, "palette")
            self.set_items(self._items)
            return
        self._desk.work.run(_found(text.strip()), self._add, fail=_nothing, key="palette", owner=self, urgent=True)

    def forget(self) -> None:
        """The screen is covered: what was found, and looked for, goes."""
        self._desk.work.forget(self, "palette")
        self.close_it()
        self.field.clear()
        self._items = []
        self.set_items(self._items)

    def _add(self, rows: list[QueueRow]) -> None:
        if self.isVisible() and not self._desk.people.covered:
            self.set_items([*self._items, *(self._item(row) for row in rows)])

    def _item(self, row: QueueRow) -> PaletteItem:
        # What was typed may be found in the text alone: it is told with the hint, so that the list does not drop it.
        say, area = self._desk.phrases.say, self._desk.pack.area_name(row.area)
        number = row.id.partition(":")[2]
        hint = " · ".join(each for each in (number, say(f"state.{row.state.name}"), area, self.field.text()) if each)
        return PaletteItem(f"{COMPLAINT}{row.id}", masked(row.title) or number, hint, "complaint")

    def _choose(self, key: str) -> None:
        if key.startswith(COMPLAINT):
            self._desk.links.select_complaint(key.removeprefix(COMPLAINT))
            self._do("panel.complaint")
        else:
            self._do(key)


def _found(text: str) -> Callable[[Read], list[QueueRow]]:
    return lambda read: read.page(read.span(QueueFilter(text=text)), 0)[:_MOST]


def _nothing(_error: ConsoleError) -> None:
    """No store to look in: the actions stand there all the same."""
