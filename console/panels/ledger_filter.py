"""What of the ledger is shown: by whom, what kind, since when; and the way through its pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QPushButton, QVBoxLayout, QWidget

from console.core.phrases import Phrases
from console.models.ledger import LedgerAsked, When
from console.panels.flow import Flow
from widgets.menu_button import MenuButton
from widgets.plain import one_line

Choice = tuple[str, str]
"""A value and what is shown for it."""


class LedgerFilterRow(QWidget):
    """Three buttons with their menus, and three for the pages. `changed` tells what is asked for now."""

    changed = Signal(object)
    """A `LedgerAsked`."""
    older = Signal()

    def __init__(self, phrases: Phrases) -> None:
        super().__init__()
        self._phrases = phrases
        self.asked = LedgerAsked()
        self.people: Sequence[Choice] = ()
        self.deeds: Sequence[Choice] = ()
        self.who, self.deed, self.when = (MenuButton(fill) for fill in (self._people, self._deeds, self._times))
        self.to_newest, self.to_newer, self.to_older = QPushButton(), QPushButton(), QPushButton()
        for button in (self.to_newest, self.to_newer, self.to_older):
            button.setProperty("role", "quiet")
        self.to_newest.clicked.connect(lambda: self.ask(self.asked.newest))
        self.to_newer.clicked.connect(lambda: self.ask(self.asked.one_newer))
        self.to_older.clicked.connect(self.older)
        row = QWidget()
        flow = Flow(row)
        for each in (self.who, self.deed, self.when, self.to_newest, self.to_newer, self.to_older):
            flow.addWidget(each)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 4, 12, 4)
        column.addWidget(row)

    def ask(self, asked: LedgerAsked) -> None:
        """Ask for that; the same again is no news."""
        if asked != self.asked:
            self.asked = asked
            self.retranslate()
            self.changed.emit(asked)

    def offer(self, people: Sequence[Choice], deeds: Sequence[Choice]) -> None:
        """These may be asked for."""
        self.people, self.deeds = people, deeds
        self.retranslate()

    def show_more(self, more: bool) -> None:
        """Whether older rows follow."""
        self.to_older.setEnabled(more)
        self.to_newer.setEnabled(bool(self.asked.newer))
        self.to_newest.setEnabled(bool(self.asked.newer))

    def retranslate(self) -> None:
        """Say everything again."""
        say, asked = self._phrases.say, self.asked
        chosen = (
            (self.who, "who", "everybody", dict(self.people).get(asked.who or "", asked.who), asked.who is not None),
            (self.deed, "deed", "every_deed", dict(self.deeds).get(asked.deed or "", asked.deed), bool(asked.deed)),
            (self.when, "when", "always", say(f"panels.ledger.{asked.when}"), asked.when is not When.ALWAYS),
        )
        for button, name, every, text, narrows in chosen:
            shown = str(text) if narrows else say(f"panels.ledger.{every}")
            button.tell(say(f"panels.ledger.{name}"), shown, narrows)
        for page, name in ((self.to_newest, "newest"), (self.to_newer, "newer"), (self.to_older, "older")):
            page.setText(say(f"panels.ledger.{name}"))

    def _people(self, menu: QMenu) -> None:
        asked = self.asked
        self._entry(menu, self._phrases.say("panels.ledger.everybody"), replace(asked, who=None), asked.who is None)
        for name, shown in self.people:
            self._entry(menu, shown, replace(asked, who=name), asked.who == name)

    def _deeds(self, menu: QMenu) -> None:
        asked = self.asked
        self._entry(menu, self._phrases.say("panels.ledger.every_deed"), replace(asked, deed=None), asked.deed is None)
        for code, shown in self.deeds:
            self._entry(menu, shown, replace(asked, deed=code), asked.deed == code)

    def _times(self, menu: QMenu) -> None:
        for when in When:
            shown = self._phrases.say(f"panels.ledger.{when}")
            self._entry(menu, shown, replace(self.asked, when=when), self.asked.when is when)

    def _entry(self, menu: QMenu, name: str, wanted: LedgerAsked, chosen: bool) -> None:
        action = menu.addAction(one_line(name).replace("&", "&&"))
        action.setCheckable(True)
        action.setChecked(chosen)
        action.triggered.connect(lambda: self.ask(wanted.newest))
