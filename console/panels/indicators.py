"""The indicators: four headline numbers, arrivals per hour beside the usual, open complaints by state, age and area."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from console.core.audience import EVERYBODY
from console.core.lifecycle import State
from console.core.records import AgeBucket, Kind
from console.models.desk import Desk
from console.models.indicators import Hour, Indicators, read_indicators
from console.models.live import MINUTE_S
from console.panels import standing
from console.panels.panel import Panel, PanelFace
from console.store.read import Read
from widgets import marks, theme
from widgets.bar_rows import BarRow, BarRows
from widgets.key_figure import Figure, KeyFigure
from widgets.plain import Label
from widgets.roll import Roll
from widgets.theme import Role
from widgets.time_chart import Slice, TimeChart


def percent_of(part: int, whole: int) -> int:
    """Whole percent; never 100 while something is left, never 0 while something is there."""
    if part <= 0 or whole <= 0:
        return 0
    return 100 if part >= whole else min(99, max(1, round(100 * part / whole)))


FIGURES = ("open", "late", "day", "handled")
_WIDE_PX = 720
"""Narrower than this everything stands in one column."""


class IndicatorSheet(Panel):
    """The numbers of the area chosen in the link group, the whole city where none is."""

    face = PanelFace(
        "indicators",
        "panels.indicators.title",
        "indicators",
        frozenset({Kind.COMPLAINT}),
        personal=False,
        audiences=EVERYBODY,
    )

    def build(self, desk: Desk) -> None:
        self.numbers: Indicators | None = None
        self.where = Label("", Role.SECOND)
        self.figures = {name: KeyFigure() for name in FIGURES}
        self.arrivals = TimeChart(self.say("panels.indicators.arrivals"), desk.phrases, desk.pack.zone)
        self.bars = {name: BarRows() for name in ("states", "ages", "parts")}
        self.titles = {name: Label("", Role.SECOND) for name in self.bars}
        self._across = 0
        self._lay_out()
        self._query = self.live(self._ask, self._take, every_s=1.0, at_least_every_s=MINUTE_S)
        self.bars["parts"].row_clicked.connect(self._part_clicked)
        desk.links.area_changed.connect(self._follow_area)
        desk.sources.changed.connect(self._draw_numbers)

    def _lay_out(self) -> None:
        self.frame.add_chip(self.where)
        self.blocks: dict[str, QWidget] = {"arrivals": self.arrivals}
        for name, bars in self.bars.items():
            block = QWidget()
            column = QVBoxLayout(block)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(4)
            column.addWidget(self.titles[name])
            column.addWidget(bars, 1)
            self.blocks[name] = block
        self.paper = QWidget()
        self.grid = QGridLayout(self.paper)
        self.grid.setContentsMargins(16, 12, 16, 12)
        self.grid.setHorizontalSpacing(24)
        self.grid.setVerticalSpacing(16)
        self.roll = Roll(self.paper, Qt.FocusPolicy.StrongFocus)
        self.setFocusProxy(self.roll)
        outer = QVBoxLayout(self.content)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.roll)
        self._arrange()

    def _arrange(self) -> None:
        """Four numbers over two rows of charts where there is room; two and one column where there is less."""
        across = 4 if self.width() >= theme.of(self).px(_WIDE_PX) else 2
        if across == self._across:
            return
        self._across = across
        for number, figure in enumerate(self.figures.values()):
            self.grid.addWidget(figure, number // across, number % across)
        first = len(self.figures) // across
        for number, block in enumerate(self.blocks.values()):
            row, column = (number // 2, number % 2 * 2) if across == 4 else (number, 0)
            self.grid.addWidget(block, first + row, column, 1, 2)
            block.setMinimumHeight(theme.of(self).px(190))
        charts = len(self.blocks) * 2 // across
        for row in range(self.grid.rowCount()):
            self.grid.setRowStretch(row, 1 if first <= row < first + charts else 0)
        for column in range(4):
            self.grid.setColumnStretch(column, 1 if column < across else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    # reading

    def _ask(self) -> Callable[[Read], Indicators]:
        return read_indicators(self.desk.pack, self.desk.links.area, self.desk.clock.now())

    def _take(self, numbers: Indicators) -> None:
        if numbers.area != self.desk.links.area:
            return
        self.numbers = numbers
        self._draw_numbers()
        self.show_ready()

    def _follow_area(self, _code: str) -> None:
        self._query.again()

    # drawing

    def _draw_numbers(self) -> None:
        numbers = self.numbers
        if numbers is None:
            return
        self.where.setText(self.desk.pack.area_name(numbers.area or self.desk.pack.city.code))
        for name, figure in zip(FIGURES, self._told(numbers), strict=True):
            self.figures[name].show_figure(figure)
        self.arrivals.set_slices([self._slice(hour) for hour in numbers.hours])
        self.bars["states"].set_rows(self._state_rows(numbers))
        self.bars["ages"].set_rows(self._age_rows(numbers))
        self.bars["parts"].set_rows(self._part_rows(numbers))
        self.bars["parts"].set_current(numbers.area or "-")
        self.foot()

    @property
    def _known_until(self) -> datetime | None:
        """Since when nothing is known any more: the sources fell silent or away. None where they are as promised."""
        sources = self.sources
        return sources.newest_good_at if sources.stale or sources.lost else None

    @property
    def _unheard(self) -> bool:
        """Nothing is there because no source ever told anything: no number is known."""
        return self.numbers is not None and not self.numbers.total and standing.unheard(self.desk, self.numbers.whole)

    def _bar(self, key: str, label: str, count: int, **more: Any) -> BarRow:
        if self._unheard:
            return BarRow(key, label, None, "", standing.stale_words(self.desk))
        return BarRow(key, label, count, self.desk.phrases.show(count), **more)

    def _slice(self, hour: Hour) -> Slice:
        """An hour of the chart; one of which nothing was heard is not known, which is not the same as 0."""
        until = self._known_until
        unheard = self._unheard or (until is not None and hour.at >= until)
        return Slice(hour.at, None if unheard else hour.count, hour.usual, hour.unusual and not unheard)

    def _told(self, numbers: Indicators) -> Sequence[Figure]:
        say, show, whole = self.say, self.desk.phrases.show, numbers.whole
        trend = [float(hour.count) for hour in numbers.hours[-24:]]
        share = percent_of(whole.late, whole.open)
        until = self._known_until
        if self._unheard:
            why = standing.stale_words(self.desk)
            return [Figure(say(f"panels.indicators.{name}"), "", why=why) for name in FIGURES]
        if until is not None and self.desk.clock.now() - until > timedelta(hours=1):
            # The last 24 hours were not heard out: a number would pass for a calm day.
            why, day, handled, beside, gap, trend = standing.stale_words(self.desk), "", "", "", "", []
        else:
            why, day, handled = "", show(whole.day), show(numbers.handled_day)
            beside, gap = self._beside_usual(numbers), self._beside_arrived(numbers)
        return (
            Figure(say("panels.indicators.open"), show(whole.open), say("panels.indicators.of", count=numbers.total)),
            Figure(say("panels.indicators.late"), show(whole.late), say("panels.indicators.share", percent=share)),
            Figure(say("panels.indicators.day"), day, beside, why, trend),
            Figure(say("panels.indicators.handled"), handled, gap, why),
        )

    def _beside_arrived(self, numbers: Indicators) -> str:
        """How what was handled stands to what came in, once it was followed for a whole day."""
        since, now = numbers.followed_since, self.desk.clock.now()
        if since is None or now - since < timedelta(hours=24):
            return self.say("panels.indicators.followed", time=standing.moment(self.desk, since or now))
        more = numbers.whole.day - numbers.handled_day
        if more == 0:
            return self.say("panels.indicators.even")
        return self.say("panels.indicators.grows" if more > 0 else "panels.indicators.shrinks", count=abs(more))

    def _beside_usual(self, numbers: Indicators) -> str:
        usual = numbers.usual_day
        if usual is None:
            return self.say("panels.indicators.usual_unknown")
        if usual <= 0:
            return self.say("panels.indicators.usual", usual=round(usual))
        percent = round(100 * (numbers.whole.day - usual) / usual)
        sign = "+" if percent > 0 else "−" if percent < 0 else "±"
        return self.say("panels.indicators.change", sign=sign, percent=abs(percent), usual=round(usual))

    def _state_rows(self, numbers: Indicators) -> list[BarRow]:
        tokens, ratio = theme.of(self), self.devicePixelRatioF()
        return [
            self._bar(
                state.name,
                self.say(f"state.{state.name}"),
                numbers.states[state],
                mark=marks.state_pixmap(tokens, state, tokens.px(14), ratio),
            )
            for state in State
            if state.open and numbers.states.get(state)
        ]

    def _age_rows(self, numbers: Indicators) -> list[BarRow]:
        return [
            self._bar(
                age.name,
                self.say(f"panels.filter.ages.{age.name.lower()}"),
                numbers.ages.get(age, 0),
                loud=age is AgeBucket.OLDER and bool(numbers.ages.get(age)),
            )
            for age in AgeBucket
        ]

    def _part_rows(self, numbers: Indicators) -> list[BarRow]:
        unplaced = self.say("panels.map.elsewhere")
        return [self._bar(code, self.desk.pack.area_name(code) or unplaced, count) for code, count in numbers.parts]

    def counts(self) -> str:
        return "" if self.numbers is None or self._unheard else self.say("panels.queue.rows", count=self.numbers.total)

    def _part_clicked(self, code: str) -> None:
        if code in self.desk.pack.areas:
            self.desk.links.select_area(code)

    def retranslate(self) -> None:
        self.roll.setAccessibleName(self.say(self.face.title))
        self.arrivals.set_title(self.say("panels.indicators.arrivals"))
        for name, label in self.titles.items():
            label.setText(self.say(f"panels.indicators.{name}"))
            self.bars[name].setAccessibleName(self.say(f"panels.indicators.{name}"))
        self._draw_numbers()
