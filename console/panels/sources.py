"""The centre and the sources: a row each, how it stands, how old it is against its promise, what is wrong in words."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from console.core.audience import EVERYBODY
from console.core.people import Right
from console.core.records import Kind, SourceHealth, SourceState, source_state
from console.models.desk import Desk
from console.models.drafts import Draft
from console.models.sources import EVERY
from console.panels import standing
from console.panels.hub_row import HubRow
from console.panels.panel import Panel, PanelFace
from console.panels.row_head import row_head
from console.panels.source_forms import SourceForms
from widgets import marks, theme
from widgets.age_bar import AgeBar
from widgets.glyphs import SourceMark
from widgets.plain import Elided, Label, one_line
from widgets.roll import Roll
from widgets.theme import Role
from widgets.tick_strip import Tick, TickStrip

KINDS = (
    *("open311", "cap", "bmkg-quake", "bmkg-forecast", "bmkg-nowcast", "gtfs", "gtfs-rt", "press", "mastodon"),
    *("sensorthings", "ckan", "esri", "petabencana", "health", "file"),
)
"""Kinds of sources that can be added here; the screen cannot ask the feeds themselves (a test compares)."""

_SOUND = frozenset({SourceState.FRESH, SourceState.AGEING})


class SourceList(Panel):
    """The centre on top, then every source the store knows of."""

    face = PanelFace(
        "sources",
        "panels.sources.title",
        "sources",
        frozenset({Kind.SOURCE, Kind.HUB}),
        personal=False,
        audiences=EVERYBODY,
        sources=EVERY,
    )

    def build(self, desk: Desk) -> None:
        self.rows: dict[str, SourceRow] = {}
        self.paper = QWidget()
        self.column = QVBoxLayout(self.paper)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(0)
        self.hub = HubRow(desk)
        self.column.addWidget(self.hub)
        self.column.addStretch(1)
        self.outcome = Label("", wrap=True)
        self.outcome.setContentsMargins(16, 8, 16, 8)
        self.outcome.hide()
        self.column.insertWidget(0, self.outcome)
        self.forms = SourceForms(desk, self.column, self._tell, self.setFocus)
        self.roll = Roll(self.paper, Qt.FocusPolicy.StrongFocus)
        self.setFocusProxy(self.roll)
        outer = QVBoxLayout(self.content)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.roll)
        desk.sources.changed.connect(self._draw_rows)

    def _draw_rows(self) -> None:
        sources = self.desk.sources
        if sources.error is not None:
            self.show_fault(sources.error)
            return
        known = {source.id: source for source in sources.rows}
        for gone in self.rows.keys() - known.keys():
            row = self.rows.pop(gone)
            row.hide()
            row.deleteLater()
        for source in known.values():
            if source.id not in self.rows:
                self.rows[source.id] = SourceRow(self.desk, self.forms.ask)
                self.column.insertWidget(self.column.count() - 1, self.rows[source.id])
            self.rows[source.id].show_source(source)
        self._arrange()
        self.hub.show_hub(sources.hub)
        if known or sources.hub is not None:
            self.show_ready()
        elif sources.known:
            self.show_empty(self.say("panels.sources.empty"), self.say("panels.sources.empty_hint"))

    def _arrange(self) -> None:
        """Those that need somebody on top, the others below, else as the pack names them. Nothing moves away from
        under a hand: not while the pointer is over the list or the keyboard in it."""
        shown = [row for at in range(self.column.count()) if isinstance(row := self._at(at), SourceRow)]
        named = [self.rows[each.id] for each in self.desk.sources.rows if each.id in self.rows]
        wanted = sorted(named, key=lambda row: not row.needs_somebody)
        keyboard = self.window().focusWidget()
        held = self.paper.underMouse() or (keyboard is not None and self.paper.isAncestorOf(keyboard))
        if wanted == shown or (held and set(wanted) == set(shown)):
            return
        for row in wanted:
            self.column.removeWidget(row)
            self.column.insertWidget(self.column.count() - 1, row)
        for above, below in itertools.pairwise(wanted):
            QWidget.setTabOrder(above.again, below.rest)
            QWidget.setTabOrder(below.rest, below.again)

    def _at(self, place: int) -> QWidget | None:
        item = self.column.itemAt(place)
        return item.widget() if item is not None else None

    def _tell(self, says: str) -> None:
        self.outcome.setText(says)
        self.outcome.setVisible(bool(says))

    def fill_menu(self, menu: QMenu) -> None:
        if self.desk.people.may(Right.SETTINGS):
            menu.addAction(self.say("panels.sources.menu.add"), self.open_add)
            menu.addAction(self.say("panels.sources.menu.drop"), lambda: self.forms.open_drop(self.desk.sources.rows))

    def open_add(self) -> None:
        """Ask for a new source."""
        self._tell("")
        self.forms.open_add(KINDS)

    def _draw(self) -> None:
        """Stale and lost are told by the rows here, and no strip lies over them."""
        super()._draw()
        if (self.rows or self.hub.hub) and self.frame.state in (self.frame.state.STALE, self.frame.state.LOST):
            self.frame.show_ready()

    def _on_second(self) -> None:
        super()._on_second()
        if self.isVisible():
            self.hub.tell_age()
            for row in self.rows.values():
                row.tell_age()
            self._arrange()

    def take_draft(self) -> Draft | None:
        self.hub.close_form()
        self.forms.close()
        self._tell("")
        return None

    def counts(self) -> str:
        return self.say("panels.sources.count", count=len(self.rows))

    def retranslate(self) -> None:
        self.roll.setAccessibleName(self.say(self.face.title))
        for row in self.rows.values():
            row.deleteLater()
        self.rows = {}
        self.hub.retranslate()
        self.forms.close()
        self._draw_rows()


class SourceRow(QWidget):
    """One source."""

    def __init__(self, desk: Desk, ask: Callable[[str, str], None]) -> None:
        """`ask` asks the engine to pause ("pause", id) or to go on ("resume", id)."""
        super().__init__()
        self._desk = desk
        self._ask = ask
        self.source: SourceHealth | None = None
        self.mark, self.bar = SourceMark(), AgeBar()
        self.name, self.state = Elided("", Role.STRONG), Label("")
        self.age = Label("", Role.SECOND)
        self.strip = TickStrip(desk.phrases)
        self.strip.setMaximumWidth(theme.of(self).px(300))
        self.times, self.records = Label("", Role.SECOND, wrap=True), Label("", Role.SECOND, wrap=True)
        self.why = Label("", wrap=True)
        self.again = QPushButton()
        self.again.clicked.connect(self._try)
        self.rest = QPushButton()
        self.rest.clicked.connect(self._turn)
        self._lay_out()

    def _lay_out(self) -> None:
        ages = QGridLayout()
        ages.setHorizontalSpacing(16)
        ages.addWidget(self.age, 0, 0)
        ages.addWidget(self.bar, 1, 0)
        ages.addWidget(self.strip, 0, 1, 2, 1)
        ages.setColumnStretch(0, 1)
        ages.setColumnStretch(1, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 10, 16, 12)
        column.setSpacing(4)
        column.addLayout(row_head(self.mark, self.name, self.state, self.rest, self.again))
        column.addLayout(ages)
        for part in (self.why, self.times, self.records):
            column.addWidget(part)

    def show_source(self, source: SourceHealth) -> None:
        """Show how it stands now."""
        self.source = source
        say, desk = self._desk.phrases.say, self._desk
        self.name.set_text(source.title)
        why = standing.why(desk, source)
        self.why.setText(why)
        self.why.setVisible(bool(why))
        good, following = standing.moment(desk, source.last_good_at), standing.moment(desk, source.next_at)
        self.times.setText(say("panels.sources.times", good=good, next=following))
        told = say("panels.sources.records", last=source.records_last, total=source.records_total)
        if source.refused_last:
            told = f"{told} · {say('panels.sources.refused', count=source.refused_last)}"
        self.records.setText(told)
        self.strip.set_ticks([Tick(each) for each in desk.sources.tries(source.id)])
        self.again.setText(say("panels.sources.again"))
        self.again.setAccessibleName(one_line(say("panels.sources.again_name", title=source.title)))
        self.again.setEnabled(not source.paused)
        turn = "resume" if source.paused else "pause"
        self.rest.setText(say(f"panels.sources.{turn}"))
        self.rest.setAccessibleName(one_line(say(f"panels.sources.{turn}_name", title=source.title)))
        may = desk.people.may
        self.rest.setVisible(may(Right.SETTINGS) or may(Right.EXCHANGE))
        self.tell_age()

    @property
    def needs_somebody(self) -> bool:
        """Whether it does not keep its promise, and nobody put it to rest."""
        source = self.source
        return source is not None and not source.paused and source_state(source, self._desk.clock.now()) not in _SOUND

    def tell_age(self) -> None:
        """How old it is now, against its promise; told again every second."""
        source, desk = self.source, self._desk
        if source is None:
            return
        now, say = desk.clock.now(), desk.phrases.say
        self.mark.show_state(source_state(source, now))
        self.state.setText(say("panels.sources.paused" if source.paused else f"panels.source.{self.mark.state}"))
        promise = desk.phrases.span(source.stale_after_s)
        if source.last_good_at is None:
            self.age.setText(say("panels.sources.promise", promise=promise))
            self.bar.show_part(None, self.age.text())
            return
        age_s = (now - source.last_good_at).total_seconds()
        self.age.setText(say("panels.sources.age", age=desk.phrases.span(age_s), promise=promise))
        self.bar.show_part(age_s / source.stale_after_s if source.stale_after_s > 0 else None, self.age.text())

    def _try(self) -> None:
        if self.source is not None:
            self._desk.try_now(self.source.id)

    def _turn(self) -> None:
        if self.source is not None:
            self._ask("resume" if self.source.paused else "pause", self.source.id)

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens = theme.of(self)
        with QPainter(self) as painter:
            if self.mark.state in marks.HATCHED:
                painter.fillRect(0, 0, tokens.unit, self.height() - 1, marks.hatch(tokens))
            painter.setPen(theme.pen(tokens.line))
            painter.drawLine(0, self.height() - 1, self.width(), self.height() - 1)
