"""The ledger: who did what at this console, page by page, and in words whether the chain is still what it was.

One page is held, however long the chain is. A row that no longer fits its hash is marked where it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from PySide6.QtWidgets import QVBoxLayout

from console.core.people import Right
from console.core.records import Kind, LedgerPage, LedgerState, Reveal
from console.models.desk import Desk
from console.models.keyed import Cell as Said
from console.models.keyed import Entry
from console.models.ledger import LedgerAsked, LedgerLine, LedgerWording, When
from console.panels.item_table import ItemColumn, ItemTable
from console.panels.ledger_filter import LedgerFilterRow
from console.panels.panel import Panel, PanelFace
from console.store.read import Read
from widgets.marks import Severity
from widgets.plain import Label
from widgets.row_table import Cell
from widgets.theme import Role

_EVERY_S = 1.0
"""A look through the last rows takes some milliseconds of a worker."""
_WEEK_EVERY_S, _HOUR_S = 5.0, 3600.0
_HEADINGS = ("", "n", "at", "who", "deed", "subject")
_COLUMNS = (
    ItemColumn(Cell.SEVERITY, 28),
    ItemColumn(Cell.NUMBER, 80, 2),
    ItemColumn(Cell.TEXT, 165, 1),
    ItemColumn(Cell.TEXT, 140),  # who did it is what one looks for
    ItemColumn(Cell.TEXT, 170),
    ItemColumn(Cell.SECOND),
)


_LEAST_ABOUT = 130


class _Found(NamedTuple):
    """What one reading came to."""

    asked: LedgerAsked
    page: LedgerPage
    state: LedgerState
    people: list[str]
    deeds: list[str]
    named: dict[str, str]
    """Names of persons by their ids."""


class LedgerList(Panel):
    """A page of rows, what the chosen one says, and how the chain stands."""

    face = PanelFace("ledger", "panels.ledger.title", "ledger", frozenset({Kind.LEDGER}))

    def build(self, desk: Desk) -> None:
        self.page: LedgerPage | None = None
        self.state: LedgerState | None = None
        self._names: tuple[list[str], list[str]] = ([], [])
        self._named: dict[str, str] = {}
        self.lines: dict[str, LedgerLine] = {}
        self.current = ""
        """Number of the chosen row."""
        self.sound, self.broken = Label("", Role.SECOND, wrap=True), Label("", Role.FAULT, wrap=True)
        self.reveals: list[Reveal] | None = None
        self.week, self.odd = Label("", Role.SECOND, wrap=True), Label("", Role.FAULT, wrap=True)
        self.filter = LedgerFilterRow(desk.phrases)
        self.none = Label("", Role.SECOND, wrap=True)
        self.list = ItemTable(_COLUMNS)
        self.list.LEAST = _LEAST_ABOUT
        self.detail = Label("", Role.SECOND, wrap=True)
        self._lay_out()
        self.filter.changed.connect(self._asked)
        self.filter.older.connect(self._older)
        self.list.chosen.connect(self._choose)
        desk.people.changed.connect(self._word)
        self._query = self.live(self._ask, self._take, every_s=_EVERY_S)
        self.live(self._ask_week, self._take_week, every_s=_WEEK_EVERY_S, at_least_every_s=_HOUR_S)
        self.setFocusProxy(self.list)

    def _lay_out(self) -> None:
        for label in (self.sound, self.broken, self.week, self.odd, self.none, self.detail):
            label.setContentsMargins(16, 6, 16, 6)
        self.broken.hide()
        self.week.hide()
        self.odd.hide()
        self.none.hide()
        column = QVBoxLayout(self.content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part in (self.broken, self.sound, self.week, self.odd, self.filter, self.none):
            column.addWidget(part)
        column.addWidget(self.list, 1)
        column.addWidget(self.detail)

    # reading

    def _ask(self) -> Callable[[Read], _Found]:
        asked, now = self.filter.asked, self.desk.clock.now()
        return lambda read: _Found(
            asked,
            read.ledger(asked.filter(now), asked.before),
            read.ledger_state(),
            *read.ledger_names(),
            {person.id: person.name for person in read.people()},
        )

    def _take(self, found: _Found) -> None:
        self.state, self._names, self._named = found.state, (found.people, found.deeds), found.named
        self._word_state()
        self._offer()
        if found.asked == self.filter.asked:  # else another question is on its way
            self.page = found.page
            self._word()

    def _ask_week(self) -> Callable[[Read], list[Reveal]]:
        since = self.desk.clock.now() - timedelta(days=7)
        return lambda read: read.reveals(since)

    def _take_week(self, reveals: list[Reveal]) -> None:
        self.reveals = reveals
        self._word_week()

    def _asked(self, _asked: LedgerAsked) -> None:
        self._query.again()

    def _older(self) -> None:
        if self.page is not None and self.page.entries and self.page.more:
            self.filter.ask(self.filter.asked.older_than(self.page.entries[-1].n))

    # saying

    @property
    def _wording(self) -> LedgerWording:
        return LedgerWording(self.desk.pack, self.desk.phrases, self.desk.clock.now(), self._named)

    def _word(self) -> None:
        """Say the rows as they are read now."""
        self._word_week()
        if not self.desk.people.may(Right.AUDIT):
            self.lines = {}
            self.list.rows.show([])
            self.show_empty(self.say("panels.ledger.only_audit"), self.say("panels.ledger.only_audit_hint"))
            return
        if self.page is None:
            return
        wording = self._wording
        self.lines = {line.key: line for line in map(wording.line, self.page.entries)}
        self.list.rows.show([_entry(line) for line in self.lines.values()])
        self.filter.show_more(self.page.more)
        self._choose(self.current)
        empty = not self.lines
        if empty and not self.filter.asked.narrowed and self.filter.asked.before is None:
            self.show_empty(self.say("panels.ledger.empty"), self.say("panels.ledger.empty_hint"))
            return
        self.none.setText(f"{self.say('panels.ledger.none')} {self.say('panels.ledger.none_hint')}" if empty else "")
        self.none.setVisible(empty)
        self.show_ready()

    def _word_week(self) -> None:
        """The week's openings, for who may read the ledger."""
        told, odd = "", ""
        if self.reveals is not None and self.desk.people.may(Right.AUDIT):
            told, odd = self._wording.week(self.reveals)
        for label, text in ((self.week, told), (self.odd, odd)):
            label.setText(text)
            label.setVisible(bool(text))

    def _word_state(self) -> None:
        sound, broken = ("", "") if self.state is None else self._wording.standing(self.state)
        self.sound.setText(sound or ("" if broken else self.say("panels.ledger.loading")))
        self.sound.setVisible(not broken)
        self.broken.setText(broken)
        self.broken.setVisible(bool(broken))

    def _offer(self) -> None:
        wording, (people, deeds) = self._wording, self._names
        self.filter.offer(wording.people(people), wording.deeds(deeds))

    def _choose(self, key: str) -> None:
        self.current = key if key in self.lines else ""
        self.list.choose(self.current)
        if not self.current:
            self.detail.setText(self.say("panels.ledger.no_row"))
            return
        entry = self.lines[self.current].entry
        told = " · ".join(f"{name}: {value}" for name, value in self._wording.facts(entry))
        self.detail.setText(told if entry.fits else f"{self.say('panels.ledger.altered')} {told}")

    def counts(self) -> str:
        return self.say("panels.ledger.rows", count=len(self.lines)) if self.lines else ""

    def retranslate(self) -> None:
        self.list.setAccessibleName(self.say("panels.ledger.list"))
        self.list.rows.name([self.say(f"panels.ledger.column.{name}") if name else "" for name in _HEADINGS])
        self._offer()
        self.filter.retranslate()
        self._word_state()
        self._word()

    # memory

    def keep(self) -> dict[str, Any]:
        asked = self.filter.asked
        return {"who": asked.who, "deed": asked.deed, "when": str(asked.when)}

    def restore(self, kept: Mapping[str, Any]) -> None:
        who, deed, when = (kept.get(name) for name in ("who", "deed", "when"))
        self.filter.ask(
            LedgerAsked(
                who if isinstance(who, str) else None,
                deed if isinstance(deed, str) else None,
                When(str(when)) if when in When._value2member_map_ else When.ALWAYS,
            )
        )


def _entry(line: LedgerLine) -> Entry:
    mark = None if line.entry.fits else Severity.SIAGA
    cells = (Said("", extra=mark), *(Said(text) for text in (line.number, line.at, line.who, line.deed, line.about)))
    return Entry(line.key, cells)
