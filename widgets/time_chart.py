"""Counts over time: bars or a line per hour, the usual as a grey band, a target as a dashed line.

The only door to pyqtgraph, opened when the first chart is made: it costs a quarter of a second and 50 MB, and a
window must be seen before. Pens are one pixel wide and nothing is filled but bars: everything else is slow.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import cache
from typing import Any

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from console.core.phrases import Phrases
from widgets import marks, theme
from widgets.plain import Elided, one_line
from widgets.speech import follow
from widgets.theme import Role


@cache
def _pyqtgraph() -> Any:
    import pyqtgraph

    pyqtgraph.setConfigOptions(antialias=False, useOpenGL=False)
    return pyqtgraph


@dataclass(frozen=True, slots=True)
class Slice:
    """One span of time: when it begins (aware), its value (None is not known), and what is usual for it."""

    at: datetime
    value: float | None
    usual: tuple[float, float] | None = None
    loud: bool = False
    """Worth the eye: drawn bright while the rest is grey."""
    span_s: float = 3600.0


def nice_steps(most: float, count: int = 4) -> list[float]:
    """Round numbers from 0 up to at least `most`, about `count` of them."""
    if not math.isfinite(most) or most <= 0:
        return [0.0, 1.0]
    raw = most / count
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(times * power for times in (1, 2, 5, 10) if times * power >= raw)
    step = max(step, 1.0) if most >= count else step
    return [number * step for number in range(math.ceil(most / step) + 1)]


def nice_range(least: float, most: float, count: int = 4) -> list[float]:
    """Round numbers from at most `least` up to at least `most`: of a line, which may lie below 0 or far above it."""
    if not (math.isfinite(least) and math.isfinite(most)):
        return [0.0, 1.0]
    if 0 <= least <= most / 2:
        return nice_steps(most, count)
    raw = (most - least) / count or max(abs(most), 1.0) / count
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(times * power for times in (1, 2, 5, 10) if times * power >= raw)
    first, last = math.floor(least / step), max(math.ceil(most / step), math.floor(least / step) + 1)
    return [round(number * step, 12) for number in range(first, last + 1)]


def hour_labels(slices: Sequence[Slice], zone: tzinfo, phrases: Phrases, most: int) -> list[tuple[int, str]]:
    """At which slices a time stands below, and which: whole steps of hours, and the day where it turns."""
    if not slices:
        return []
    locals_ = [each.at.astimezone(zone) for each in slices]
    long_h = len(slices) * slices[0].span_s / 3600
    step = next((hours for hours in (1, 2, 3, 4, 6, 12) if long_h / hours <= most), 24)
    days = max(1, math.ceil(long_h / 24 / most)) if step == 24 else 1
    labels = []
    for number, local in enumerate(locals_):
        first = number == 0 or (locals_[number - 1].date(), locals_[number - 1].hour) != (local.date(), local.hour)
        if local.hour % step == 0 and first and (days == 1 or local.toordinal() % days == 0):
            midnight = local.hour == 0 and (number == 0 or locals_[number - 1].date() != local.date())
            labels.append(
                (number, phrases.day(slices[number].at, zone)[:-5] if midnight else phrases.time(local, zone))
            )
    return labels


class TimeChart(QWidget):
    """Give it slices by `set_slices`; point at one, or step with the arrow keys, and it is told in words."""

    def __init__(self, title: str, phrases: Phrases, zone: tzinfo, *, line: bool = False) -> None:
        super().__init__()
        self._phrases, self._zone, self._line = phrases, zone, line
        self._slices: tuple[Slice, ...] = ()
        self._target: float | None = None
        self._at = -1
        self._plot: Any = None
        self._items: dict[str, Any] = {}
        self._title = Elided(title, Role.SECOND)
        self._title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)  # gives way to what is told
        self._told = Elided("", Role.SECOND, whole=True)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._title, 1)
        head.addWidget(self._told)
        self._column.addLayout(head)
        self._column.addStretch(1)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(160, 110)
        self.setAccessibleName(one_line(title))
        follow(phrases, self, self._say)

    # values ---------------------------------------------------------------------------------------------

    def set_title(self, title: str) -> None:
        """Say the title again, after a change of language."""
        self._title.set_text(title)
        self.setAccessibleName(one_line(title))

    def set_slices(self, slices: Sequence[Slice], target: float | None = None) -> None:
        """Show other values, oldest first, one an hour; the same again draws nothing."""
        if (tuple(slices), target) == (self._slices, self._target):
            return
        self._slices, self._target = tuple(slices), target
        self._at = min(self._at, len(self._slices) - 1)
        self._draw()
        self._say()

    @property
    def told(self) -> str:
        """The slice pointed at, or the last one, in words."""
        return self._told.text

    # hand -----------------------------------------------------------------------------------------------

    def _point(self, number: int) -> None:
        self._at = max(-1, min(len(self._slices) - 1, number))
        self._say()
        self._mark()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        now = self._at if self._at >= 0 else len(self._slices)
        if event.key() == Qt.Key.Key_Left:
            self._point(max(0, now - 1))
        elif event.key() == Qt.Key.Key_Right:
            self._point(now + 1)
        else:
            super().keyPressEvent(event)

    def _hover(self, at: QPointF) -> None:
        self._point(round(self._plot.plotItem.vb.mapSceneToView(at).x()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._point(-1)

    # words ----------------------------------------------------------------------------------------------

    def _number(self, value: float) -> str:
        return self._phrases.show(int(value) if value == int(value) else value)

    def _say(self) -> None:
        say = self._phrases.say
        if not self._slices:
            self._told.set_text(say("widgets.chart.empty"))
            return
        each = self._slices[self._at]
        begins = self._phrases.time(each.at, self._zone)
        ends = self._phrases.time(each.at + timedelta(seconds=each.span_s), self._zone)
        parts = [f"{begins}–{ends}", "—" if each.value is None else self._number(each.value)]
        if each.usual is not None:
            low, high = (self._number(round(value)) for value in each.usual)
            parts.append(f"{say('widgets.chart.usual')} {low}–{high}")
        if self._target is not None:
            parts.append(f"{say('widgets.chart.target')} {self._number(self._target)}")
        self._told.set_text(" · ".join(parts))
        self.setAccessibleDescription(self._told.text)
        if self._plot is not None:
            self._axes()

    # eye ------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._plot is None:
            self._make()
            self._draw()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange and self._plot is not None:
            self._tint()
            self._draw()

    def _make(self) -> None:
        """The plot and its items, once; later only their data change."""
        graph = _pyqtgraph()
        self._plot = graph.PlotWidget(enableMenu=False)
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._plot.setMouseEnabled(False, False)
        self._plot.hideButtons()
        self._plot.setBackground(None)
        self._plot.setFrameShape(QFrame.Shape.NoFrame)
        self._plot.setStyleSheet("background: transparent")  # else the sheet paints the window's ground behind it
        self._plot.viewport().setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._plot.viewport().setMouseTracking(True)
        self._plot.viewport().setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._plot.scene().sigMouseMoved.connect(self._hover)
        view = self._plot.plotItem
        view.vb.setDefaultPadding(0)
        view.vb.disableAutoRange()
        empty: list[float] = []
        self._items = {
            "usual": graph.BarGraphItem(x=empty, y0=empty, height=empty, width=1.0),
            "rest": graph.BarGraphItem(x=empty, height=empty, width=0.7),
            "loud": graph.BarGraphItem(x=empty, height=empty, width=0.7),
            "line": graph.PlotCurveItem(connect="finite"),
            "target": graph.InfiniteLine(angle=0, movable=False),
            "at": graph.InfiniteLine(angle=90, movable=False),
        }
        for item in self._items.values():
            view.addItem(item, ignoreBounds=True)
        self._tint()
        self._column.takeAt(self._column.count() - 1)
        self._column.addWidget(self._plot, 1)

    def _tint(self) -> None:
        graph, tokens = _pyqtgraph(), theme.of(self)
        for name in ("left", "bottom"):
            axis = self._plot.getAxis(name)
            axis.setPen(graph.mkPen(tokens.chart_grid, width=1))
            axis.setTextPen(graph.mkPen(tokens.second))
            axis.setTickFont(theme.font(tokens, Role.SECOND))
            axis.setStyle(tickLength=0, tickTextOffset=tokens.unit, hideOverlappingLabels=False)
        self._plot.showGrid(x=False, y=True, alpha=0.12 if tokens.dark else 0.2)
        for name, code in (("usual", tokens.chart_usual), ("rest", tokens.chart_rest), ("loud", tokens.chart)):
            self._items[name].setOpts(brush=theme.colour(code), pen=graph.mkPen(None))
        self._items["line"].setPen(graph.mkPen(tokens.chart, width=1))
        self._items["target"].setPen(graph.mkPen(tokens.chart_target, width=1, style=Qt.PenStyle.DashLine))
        self._items["at"].setPen(graph.mkPen(tokens.faint, width=1))

    def _axes(self) -> None:
        tokens = theme.of(self)
        steps = self._steps()
        most = max(2, int(self.width() / tokens.px(64)))
        said = [(step, self._number(step)) for step in steps]
        small = theme.metrics(tokens, Role.SECOND)
        beside = max(small.horizontalAdvance(text) for _, text in said) + 3 * tokens.unit
        self._plot.getAxis("left").setTicks([said])
        self._plot.getAxis("left").setWidth(beside)
        self._plot.getAxis("bottom").setHeight(small.height() + 2 * tokens.unit)
        each_px = max(1.0, self.width() - beside) / max(1, len(self._slices))
        # one that has no room before the edge would be cut, and half a date is another date
        labels = [
            (number, text)
            for number, text in hour_labels(self._slices, self._zone, self._phrases, most)
            if small.horizontalAdvance(text) / 2 <= (len(self._slices) - number - 0.5) * each_px
        ]
        self._plot.getAxis("bottom").setTicks([labels])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._plot is not None:
            self._axes()

    def _steps(self) -> list[float]:
        values = [each.value for each in self._slices if each.value is not None]
        values += [each.usual[1] for each in self._slices if each.usual is not None]
        if self._line and values:
            return nice_range(min(values), max(*values, self._target if self._target is not None else max(values)))
        return nice_steps(max([*values, self._target or 0.0], default=1.0))

    def _draw(self) -> None:
        if self._plot is None:
            return
        known = [(number, each) for number, each in enumerate(self._slices) if each.value is not None]
        usual = [(number, each.usual) for number, each in enumerate(self._slices) if each.usual is not None]
        self._items["usual"].setOpts(
            x=[number for number, _ in usual],
            y0=[low for _, (low, _) in usual],
            height=[high - low for _, (low, high) in usual],
        )
        for name in ("rest", "loud"):
            bars = [(number, each.value) for number, each in known if each.loud is (name == "loud") and not self._line]
            self._items[name].setOpts(x=[number for number, _ in bars], height=[value for _, value in bars])
        if self._line:
            values = [math.nan if each.value is None else each.value for each in self._slices]
            self._items["line"].setData(list(range(len(values))), values)
        self._items["target"].setVisible(self._target is not None)
        self._items["target"].setValue(self._target or 0.0)
        bottom, top = self._steps()[0], self._steps()[-1]
        high = (top - bottom) * 1.08
        self._plot.plotItem.vb.setRange(QRectF(-0.6, bottom, max(1, len(self._slices)) + 0.2, high), padding=0)
        self._axes()
        self._mark()

    def _mark(self) -> None:
        if self._plot is not None:
            self._items["at"].setVisible(self._at >= 0)
            self._items["at"].setValue(self._at)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self.hasFocus():
            with QPainter(self) as painter:
                marks.focus_ring(painter, QRectF(self.rect()), theme.of(self))
