"""What gauges, rain posts and other sensors measure: the newest value of each series with its age, and a chart.

A series that says nothing is "diam", a state of its own and never calm. Units are the source's and never converted;
levels of ladders are not reckoned here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from console.core.items import MEASURING, Bucket, Latest, SeriesState
from console.core.records import Kind
from console.models.desk import Desk
from console.models.items import measured
from console.models.keyed import Cell as Said
from console.models.keyed import Entry
from console.panels.item_table import ItemColumn, ItemTable
from console.panels.panel import Panel, PanelFace
from console.store.read import Read
from widgets.marks import Severity
from widgets.plain import Label
from widgets.row_table import Cell
from widgets.theme import Role
from widgets.time_chart import Slice, TimeChart

SPANS: Mapping[str, tuple[float, float]] = {
    "hours": (6 * 3600.0, 300.0),
    "day": (24 * 3600.0, 900.0),
    "week": (7 * 86_400.0, 3600.0),
    "month": (30 * 86_400.0, 4 * 3600.0),
}
"""Seconds that are seen, and seconds of one point."""
_AGES_S = 20
_HEADINGS = ("", "what", "value", "age", "state")
_COLUMNS = (
    ItemColumn(Cell.SEVERITY, 40),
    ItemColumn(Cell.TWO_LINES),
    ItemColumn(Cell.NUMBER, 130),
    ItemColumn(Cell.SECOND, 90, 2),
    ItemColumn(Cell.SECOND, 120, 1),
)


class _Found(NamedTuple):
    asked: tuple[str, str]
    latest: Sequence[Latest]
    buckets: Sequence[Bucket]
    since: datetime
    until: datetime


class MeasurementList(Panel):
    """Every series, and the course of the one chosen."""

    face = PanelFace(
        "measurements",
        "panels.measurements.title",
        "indicators",
        frozenset({Kind.READING}),
        personal=False,
        sources=MEASURING,
    )

    def build(self, desk: Desk) -> None:
        self.found: _Found | None = None
        self.current, self.span = "", "day"
        self.table = ItemTable(_COLUMNS)
        self.chart = TimeChart("", desk.phrases, desk.pack.zone, line=True)
        self.told = Label("", Role.SECOND, wrap=True)
        self.spans = {name: QPushButton() for name in SPANS}
        self._lay_out()
        self.table.chosen.connect(self._choose)
        desk.links.item_changed.connect(self._follow)
        desk.sources.changed.connect(self._word)
        self._query = self.live(self._ask, self._take, every_s=1.0, at_least_every_s=_AGES_S)
        self.setFocusProxy(self.table)

    def _lay_out(self) -> None:
        row = QWidget()
        beside = QHBoxLayout(row)
        beside.setContentsMargins(16, 4, 16, 4)
        beside.addWidget(self.told, 1)
        group = QButtonGroup(self)
        for name, button in self.spans.items():
            button.setCheckable(True)
            button.setProperty("role", "quiet")
            button.clicked.connect(lambda _=False, name=name: self.look(name))
            group.addButton(button)
            beside.addWidget(button)
        column = QVBoxLayout(self.content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.table, 3)
        column.addWidget(row)
        column.addWidget(self.chart, 2)

    def look(self, span: str) -> None:
        """See that much of the past (a key of `SPANS`)."""
        if span in SPANS:
            self.span = span
            self.spans[span].setChecked(True)
            self._query.again()

    def _ask(self) -> Callable[[Read], _Found]:
        now, asked = self.desk.clock.now(), (self.current, self.span)
        long_s, point_s = SPANS[self.span]
        end_s = (now.timestamp() // point_s + 1) * point_s
        until = datetime.fromtimestamp(end_s, now.tzinfo)
        since = until - timedelta(seconds=long_s)

        def look(read: Read) -> _Found:
            latest = read.latest(now)
            known = {each.series.id for each in latest}
            which = asked[0] if asked[0] in known else (latest[0].series.id if latest else "")
            buckets = read.window(which, since, until, round(long_s / point_s)) if which else []
            return _Found((which, asked[1]), latest, buckets, since, until)

        return look

    def _take(self, found: _Found) -> None:
        if found.asked[1] != self.span or self.current not in ("", found.asked[0]):
            return  # another question is on its way
        self.current, self.found = found.asked[0], found
        self._word()

    def _word(self) -> None:
        found = self.found
        if found is None:
            return
        self.table.rows.show([self._entry(each) for each in found.latest])
        self.table.choose(self.current)
        if not found.latest:
            self.show_empty(self.say("panels.measurements.empty"), self.say("panels.measurements.empty_hint"))
            return
        self._draw_chart(found)
        self.show_ready()

    def _entry(self, latest: Latest) -> Entry:
        say, desk, series = self.say, self.desk, latest.series
        silent = latest.state in (SeriesState.SILENT, SeriesState.NEVER)
        age = say("core.unknown")
        if latest.at is not None:
            age = desk.phrases.span(max(0.0, (desk.clock.now() - latest.at).total_seconds()))
        value = say("core.unknown") if latest.at is None else f"{number(latest.value, desk)} {series.unit}".strip()
        titles = {each.id: each.title for each in desk.sources.rows}
        second = " · ".join(each for each in (series.property, titles.get(series.source, series.source)) if each)
        cells = (
            Said("", extra=Severity.STALE if silent else None),
            Said(series.station or series.title, second),
            Said(value),
            Said(age),
            Said(say(f"panels.measurements.state.{latest.state}")),
        )
        return Entry(series.id, cells)

    def _draw_chart(self, found: _Found) -> None:
        chosen = next((each for each in found.latest if each.series.id == self.current), None)
        if chosen is None:
            return
        series, (long_s, point_s) = chosen.series, SPANS[self.span]
        self.chart.set_title(f"{series.station or series.title} · {series.property} ({series.unit})")
        means = {int((each.at - found.since).total_seconds() // point_s): each.mean for each in found.buckets}
        self.chart.set_slices(
            [
                Slice(found.since + timedelta(seconds=n * point_s), means.get(n), span_s=point_s)
                for n in range(round(long_s / point_s))
            ]
        )
        desk = self.desk

        def moment(at: datetime | None) -> str:
            if at is None:
                return self.say("core.unknown")
            return desk.phrases.moment(at, desk.pack.zone, desk.pack.zone_label, desk.clock.now())

        self.told.setText(
            self.say(
                "panels.measurements.told",
                measured=moment(chosen.at),
                received=moment(chosen.received_at),
                expected=moment(chosen.expected_at),
            )
        )

    def _choose(self, key: str) -> None:
        if key and key != self.current:
            self.current = key
            self._query.again()
            self.desk.links.select_item(key)

    def _follow(self, key: str) -> None:
        """Show the course of a gauge that was chosen elsewhere."""
        if self.found is not None and key in {each.series.id for each in self.found.latest}:
            self._choose(key)

    def counts(self) -> str:
        return self.say("panels.measurements.count", count=len(self.found.latest)) if self.found else ""

    def retranslate(self) -> None:
        self.table.setAccessibleName(self.say(self.face.title))
        self.table.rows.name([self.say(f"panels.measurements.column.{name}") if name else "" for name in _HEADINGS])
        for name, button in self.spans.items():
            button.setText(self.say(f"panels.measurements.span.{name}"))
        self.spans[self.span].setChecked(True)
        self._word()

    def keep(self) -> dict[str, Any]:
        return {"series": self.current, "span": self.span}

    def restore(self, kept: Mapping[str, Any]) -> None:
        series, span = kept.get("series"), kept.get("span")
        if isinstance(series, str):
            self.current = series
        self.look(span if isinstance(span, str) and span in SPANS else self.span)


def number(value: float, desk: Desk) -> str:
    """A value as people read it, with as many decimals as it has, two at most."""
    return measured(value, desk.phrases)
