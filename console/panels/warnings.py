"""The warnings that hold now, of whatever sender, the gravest first; and what the chosen one says, whole.

Which ones hold is reckoned as CAP says: not expired, not called off, not taken back. What is only practice stands in
the list of tidings, never here. No warning at all is said only where a source that would tell has answered in time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QVBoxLayout

from console.core.audience import EVERYBODY
from console.core.items import WARNING, ItemRow
from console.core.records import Kind, SourceState, source_state
from console.models.desk import Desk
from console.models.items import ItemWording, severity_of
from console.panels.panel import Panel, PanelFace
from console.panels.tiding_parts import HEADINGS, ItemDesk
from console.store.read import Read
from widgets.plain import Label
from widgets.theme import Role

_AGES_S = 20
_WELL = (SourceState.FRESH, SourceState.AGEING, SourceState.SILENT)
"""How a source stands whose silence means that there is no warning: it answered in time."""


class WarningList(Panel):
    """Every warning that holds."""

    face = PanelFace(
        "warnings",
        "panels.warnings.title",
        "alert",
        frozenset({Kind.ITEM}),
        personal=False,
        audiences=EVERYBODY,
        sources=WARNING,
    )

    def build(self, desk: Desk) -> None:
        self.rows: Sequence[ItemRow] | None = None
        self.unheard = Label("", Role.STRONG, wrap=True)
        self.unheard.setContentsMargins(16, 8, 16, 8)
        self.unheard.hide()
        self.list = ItemDesk()
        column = QVBoxLayout(self.content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.unheard)
        column.addWidget(self.list, 1)
        desk.sources.changed.connect(self._word)
        self.list.picked.connect(desk.links.select_item)
        desk.links.item_changed.connect(self.list.choose)
        self._query = self.live(self._ask, self._take, at_least_every_s=_AGES_S)
        self.setFocusProxy(self.list)

    def _ask(self) -> Callable[[Read], Sequence[ItemRow]]:
        now = self.desk.clock.now()
        return lambda read: read.alerts(now)

    def _take(self, rows: Sequence[ItemRow]) -> None:
        self.rows = sorted(rows, key=lambda row: (severity_of(row.item), -row.item.observed_at.timestamp()))
        self._word()

    def _word(self) -> None:
        if self.rows is None:
            return
        desk = self.desk
        now = desk.clock.now()
        titles = {each.id: each.title for each in desk.sources.rows}
        telling = [each for each in desk.sources.rows if each.kind in WARNING]
        unheard = [each.title for each in telling if source_state(each, now) not in _WELL]
        self.unheard.setText(self.say("panels.warnings.unheard", sources=", ".join(unheard)) if unheard else "")
        self.unheard.setVisible(bool(unheard))
        self.list.show_rows(self.rows, ItemWording(desk.pack, desk.phrases, now, titles))
        self.list.choose(desk.links.item)
        if self.rows:
            self.show_ready()
        elif not telling:
            self.show_empty(self.say("panels.warnings.no_source"), self.say("panels.warnings.no_source_hint"))
        elif unheard:
            self.show_empty(self.say("panels.warnings.unknown"), self.unheard.text())
        else:
            self.show_empty(self.say("panels.warnings.none"), self.say("panels.warnings.none_hint"))

    def counts(self) -> str:
        return self.say("panels.warnings.count", count=len(self.rows)) if self.rows else ""

    def retranslate(self) -> None:
        headings = [self.say(f"panels.tidings.column.{name}") if name else "" for name in HEADINGS]
        self.list.name(headings, self.say(self.face.title), self.say("panels.tidings.choose"))
        self._word()
