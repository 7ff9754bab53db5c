"""What sources answered badly: records that were not taken, with the reason for each, and the last answer of a source
that was not in its form. For whoever mends a source; citizens' words may stand in it, so numbers and names are covered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from console.core.masking import masked
from console.core.people import Right
from console.core.records import Kind, Refusal, SourceHealth
from console.core.safe_text import safe
from console.models.desk import Desk
from console.models.keyed import Cell as Said
from console.models.keyed import Entry
from console.models.sources import EVERY
from console.panels.item_table import ItemColumn, ItemTable
from console.panels.panel import Panel, PanelFace
from console.store.read import Read
from widgets.plain import Label
from widgets.roll import Roll
from widgets.row_table import Cell
from widgets.theme import Role

_MOST = 200
_MOST_BYTES = 20_000
_HEADINGS = ("where", "why", "at")
_COLUMNS = (ItemColumn(Cell.TEXT, 220), ItemColumn(Cell.TEXT), ItemColumn(Cell.SECOND, 150, 1))


class _Found(NamedTuple):
    source: str
    refused: Sequence[tuple[datetime, Refusal]]
    bad: tuple[datetime, str, bytes] | None


def _first(rows: Sequence[SourceHealth]) -> str:
    """The source to begin with: one that told something nobody could read, else one that had records refused."""
    worst = max(rows, key=lambda each: (each.trouble == "shape", each.refused_last > 0), default=None)
    return worst.id if worst is not None else ""


class AnswerList(Panel):
    """Sources on the left; what the chosen one answered badly on the right."""

    face = PanelFace("answers", "panels.answers.title", "unknown", frozenset({Kind.SOURCE}), sources=EVERY)

    def build(self, desk: Desk) -> None:
        self.found: _Found | None = None
        self.source = ""
        self.sources_list = ItemTable((ItemColumn(Cell.TWO_LINES),))
        self.sources_list.horizontalHeader().hide()
        self.table = ItemTable(_COLUMNS)
        self.why, self.raw = Label("", Role.STRONG, wrap=True), Label("", wrap=True)
        self.raw.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._lay_out()
        self.sources_list.chosen.connect(self.choose)
        desk.sources.changed.connect(self._word_sources)
        desk.people.changed.connect(self._word)
        self._query = self.live(self._ask, self._take, every_s=1.0)
        self.setFocusProxy(self.sources_list)

    def _lay_out(self) -> None:
        sheet = QWidget()
        column = QVBoxLayout(sheet)
        column.setContentsMargins(16, 8, 16, 12)
        column.addWidget(self.why)
        column.addWidget(self.raw)
        column.addStretch(1)
        right = QSplitter(Qt.Orientation.Vertical)
        right.addWidget(self.table)
        right.addWidget(Roll(sheet))
        both = QSplitter(Qt.Orientation.Horizontal)
        both.addWidget(self.sources_list)
        both.addWidget(right)
        both.setStretchFactor(0, 1)
        both.setStretchFactor(1, 3)
        outer = QVBoxLayout(self.content)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(both)

    def choose(self, source: str) -> None:
        """Show what that source answered badly."""
        if source and source != self.source:
            self.source = source
            self._query.again()

    def _ask(self) -> Callable[[Read], _Found]:
        source = self.source or _first(self.desk.sources.rows)
        return lambda read: _Found(
            source,
            read.refused(source, _MOST) if source else [],
            read.bad_answer(source, _MOST_BYTES) if source else None,
        )

    def _take(self, found: _Found) -> None:
        if self.source in ("", found.source):
            self.source, self.found = found.source, found
            self._word_sources()
            self._word()

    def _word_sources(self) -> None:
        rows = self.desk.sources.rows
        say = self.say
        self.sources_list.rows.show(
            [
                Entry(each.id, (Said(each.title, say("panels.sources.refused", count=each.refused_last)),))
                for each in rows
            ]
        )
        self.sources_list.choose(self.source)
        if rows and not self.source:
            self._query.again()
            self._word()

    def _word(self) -> None:
        found = self.found
        if found is None:
            return
        if not self.desk.people.may(Right.SETTINGS, Right.AUDIT):
            self.table.rows.show([])
            self.why.setText("")
            self.raw.setText("")
            self.show_empty(self.say("panels.answers.only"), self.say("panels.answers.only_hint"))
            return
        if not found.source and not self.desk.sources.rows:
            self.show_empty(self.say("panels.sources.empty"), self.say("panels.sources.empty_hint"))
            return
        self.table.rows.show([self._entry(number, at, each) for number, (at, each) in enumerate(found.refused)])
        if found.bad is None:
            self.why.setText(self.say("panels.answers.none"))
            self.raw.setText("")
        else:
            at, why, raw = found.bad
            self.why.setText(self.say("panels.answers.bad", at=self._moment(at), why=_reason(self, why)))
            self.raw.setText(masked(safe(raw.decode("utf-8", "replace"))))
        self.show_ready()

    def _entry(self, number: int, at: datetime, refusal: Refusal) -> Entry:
        why = masked(self.say(refusal.says, **refusal.values))
        return Entry(f"{number}:{refusal.where}", (Said(refusal.where), Said(why), Said(self._moment(at))))

    def _moment(self, at: datetime) -> str:
        desk = self.desk
        return desk.phrases.moment(at, desk.pack.zone, desk.pack.zone_label, desk.clock.now())

    def counts(self) -> str:
        found = self.found
        return self.say("panels.answers.count", count=len(found.refused)) if found is not None else ""

    def retranslate(self) -> None:
        self.sources_list.setAccessibleName(self.say("panels.sources.title"))
        self.table.setAccessibleName(self.say(self.face.title))
        self.table.rows.name([self.say(f"panels.answers.column.{name}") for name in _HEADINGS])
        self._word_sources()
        self._word()

    def keep(self) -> dict[str, Any]:
        return {"source": self.source}

    def restore(self, kept: Mapping[str, Any]) -> None:
        source = kept.get("source")
        if isinstance(source, str):
            self.choose(source)


def _reason(panel: Panel, key: str) -> str:
    """Why an answer was no answer: its sentence may want values that are not kept."""
    return panel.say(key, source=panel.say("panels.answers.it"), where="?", line="?", column="?", value="?", place="?")
