"""What lies over the map and not on the ground: legend, scale, credit, time note, the card under the pointer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPainter

from console.core.phrases import Phrases
from widgets import marks, theme
from widgets.map_marks import MapMark, mark_pixmap
from widgets.map_projection import Viewpoint, scale_bar
from widgets.plain import one_line
from widgets.theme import Role
from widgets.tokens import Tokens

_AT = Qt.AlignmentFlag
MARGIN = 12


@dataclass(frozen=True, slots=True)
class MapWords:
    """The said strings of the furniture."""

    legend: str = ""
    credit: str = ""
    schematic: str = ""
    time: str = ""
    """Bottom centre, when what is seen is not live."""


@dataclass(frozen=True, slots=True)
class AreaFacts:
    """What the card under the pointer says: a name and up to three lines of label and number."""

    title: str
    lines: Sequence[tuple[str, str]] = field(default=())


def _plate(painter: QPainter, tokens: Tokens, box: QRectF) -> None:
    painter.setPen(theme.pen(tokens.line))
    painter.setBrush(theme.colour(tokens.panel))
    painter.drawRoundedRect(box, tokens.unit, tokens.unit)


@dataclass(frozen=True, slots=True)
class Legend:
    """What the tint means, and the said numbers at its steps."""

    title: str
    bounds: Sequence[str]


def paint_legend(painter: QPainter, tokens: Tokens, size: QRect, legend: Legend) -> QRectF:
    """The ramp with the numbers at its steps, lower left. Gives the room it took (empty without a title)."""
    title = one_line(legend.title)
    if not title or not legend.bounds:
        return QRectF()
    small = theme.metrics(tokens, Role.SECOND)
    steps = len(legend.bounds) + 1
    cell = tokens.px(34)
    wide = max(cell * steps + 2 * MARGIN, small.horizontalAdvance(title) + 2 * MARGIN)
    line = small.height()
    box = QRectF(MARGIN, size.height() - MARGIN - (2 * line + tokens.px(26)), wide, 2 * line + tokens.px(26))
    _plate(painter, tokens, box)
    painter.setFont(theme.font(tokens, Role.SECOND))
    painter.setPen(theme.colour(tokens.text))
    inner = box.adjusted(MARGIN, tokens.unit * 1.5, -MARGIN, -tokens.unit)
    painter.drawText(inner, _AT.AlignLeft | _AT.AlignTop, title)
    top = inner.top() + line + tokens.unit
    for step in range(steps):
        swatch = QRectF(inner.left() + step * cell, top, cell - 1, tokens.px(8))
        painter.fillRect(swatch, theme.colour(tokens.ramp[min(step, len(tokens.ramp) - 1)]))
    painter.setPen(theme.pen(tokens.line))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(QRectF(inner.left() - 1, top - 1, steps * cell + 1, tokens.px(8) + 1))
    painter.setPen(theme.colour(tokens.second))
    below = top + tokens.px(8) + 2
    for step, bound in enumerate(legend.bounds):
        middle = inner.left() + (step + 1) * cell
        painter.drawText(QRectF(middle - cell / 2, below, cell, line), _AT.AlignCenter, bound)
    return box


@dataclass(frozen=True, slots=True)
class LayerLine:
    """One layer in the legend: a picture of its mark, what it is, and from when."""

    mark: MapMark
    name: str
    told: str
    doubtful: bool = False
    """Its source is silent or late: said hatched, for it may not be so any more."""


def paint_layers(painter: QPainter, tokens: Tokens, size: QRect, lines: Sequence[LayerLine], below: float) -> QRectF:
    """The layers that are on, each with its source and age, above `below` px from the foot at the left. Gives the room
    it took; where there is none for it, none is taken."""
    small = theme.metrics(tokens, Role.SECOND)
    line, side = small.height() + tokens.unit, tokens.px(20)
    if line * len(lines) > size.height() * 0.4:  # a small map: at least what may not be so any more is said
        lines = [each for each in lines if each.doubtful][:3]
    room = size.width() * 0.5 - 2 * MARGIN - side
    high = line * len(lines) + 2 * tokens.unit
    top = size.height() - MARGIN - below - high
    if not lines or top < tokens.px(40) or room < tokens.px(90):
        return QRectF()
    texts = [f"{one_line(each.name, 40)} · {one_line(each.told, 90)}" for each in lines]
    wide = min(room, max(small.horizontalAdvance(text) for text in texts))
    box = QRectF(MARGIN, top, wide + side + 3 * tokens.unit, high)
    _plate(painter, tokens, box)
    painter.setFont(theme.font(tokens, Role.SECOND))
    ratio = painter.device().devicePixelRatioF()
    for number, (each, text) in enumerate(zip(lines, texts, strict=True)):
        row = QRectF(box.left() + tokens.unit, box.top() + tokens.unit + number * line, box.width() - tokens.unit, line)
        drawn = mark_pixmap(tokens, each.mark, ratio)
        across, tall = drawn.width() / ratio, drawn.height() / ratio
        if each.doubtful:
            painter.fillRect(QRectF(row.left(), row.top() + 1, side, line - 2), marks.hatch(tokens))
        painter.drawPixmap(QPointF(row.left() + (side - across) / 2, row.center().y() - tall / 2), drawn)
        painter.setPen(theme.colour(tokens.second if each.doubtful else tokens.text))
        inner = row.adjusted(side + tokens.unit, 0, -tokens.unit, 0)
        shown = small.elidedText(text, Qt.TextElideMode.ElideRight, inner.width() + 1)
        painter.drawText(inner, _AT.AlignLeft | _AT.AlignVCenter, shown)
    return box


def paint_scale(painter: QPainter, tokens: Tokens, view: Viewpoint, words: MapWords, phrases: Phrases) -> QRectF:
    """Scale bar, schematic note and credit line, lower right. Gives the room it took."""
    metres, pixels = scale_bar(view.metres_px, tokens.px(110))
    said = (
        phrases.say("widgets.map.kilometres", count=metres // 1000)
        if metres >= 1000
        else phrases.say("widgets.map.metres", count=metres)
    )
    small = theme.metrics(tokens, Role.SECOND)
    line = small.height() + 2
    credit = one_line(words.credit)
    long = small.horizontalAdvance(credit) > view.width * 0.45
    credit_rows = credit.split(" · ") if long else [credit]  # each on its own line rather than cut
    rows = [one_line(text) for text in (words.schematic, *credit_rows) if text]
    wide = max([pixels + small.horizontalAdvance(said) + 8, *(small.horizontalAdvance(row) for row in rows)])
    wide = min(wide, view.width * 0.45)
    box = QRectF(0, 0, wide + 2 * tokens.unit, line * (1 + len(rows)) + tokens.unit)
    box.moveBottomRight(QPointF(view.width - MARGIN + tokens.unit, view.height - MARGIN + tokens.unit))
    ground = theme.colour(tokens.halo)
    painter.setOpacity(0.75)
    painter.fillRect(box, ground)
    painter.setOpacity(1.0)
    painter.setFont(theme.font(tokens, Role.SECOND))
    painter.setPen(theme.colour(tokens.text))
    inner = box.adjusted(tokens.unit, tokens.unit / 2, -tokens.unit, 0)
    for number, row in enumerate(rows):
        shown = small.elidedText(row, Qt.TextElideMode.ElideRight, inner.width())
        room = QRectF(inner.left(), inner.top() + number * line, inner.width(), line)
        painter.drawText(room, _AT.AlignRight | _AT.AlignVCenter, shown)
    base = inner.top() + len(rows) * line + line * 0.72
    right = inner.right()
    painter.setPen(theme.pen(tokens.text, 1.5))
    ends = [
        QPointF(right - pixels, base - 4),
        QPointF(right - pixels, base),
        QPointF(right, base),
        QPointF(right, base - 4),
    ]
    painter.drawPolyline(ends)
    room = QRectF(inner.left(), base - line * 0.72, inner.width() - pixels - 6, line)
    painter.setPen(theme.colour(tokens.text))
    painter.drawText(room, _AT.AlignRight | _AT.AlignVCenter, said)
    return box


def paint_time(painter: QPainter, tokens: Tokens, size: QRect, text: str) -> None:
    """The note that what is seen is not now: bottom centre, hatched at its left."""
    if not text:
        return
    wide = theme.metrics(tokens, Role.STRONG).horizontalAdvance(one_line(text)) + tokens.px(48)
    box = QRectF((size.width() - wide) / 2, size.height() - MARGIN - tokens.px(30), wide, tokens.px(30))
    _plate(painter, tokens, box)
    painter.fillRect(QRectF(box.left() + 1, box.top() + 1, tokens.px(20), box.height() - 1), marks.hatch(tokens))
    painter.setFont(theme.font(tokens, Role.STRONG))
    painter.setPen(theme.colour(tokens.text))
    painter.drawText(box.adjusted(tokens.px(24), 0, 0, 0), _AT.AlignCenter, one_line(text))


def paint_card(painter: QPainter, tokens: Tokens, size: QRect, at: QPointF, facts: AreaFacts) -> None:
    """The card beside the pointer; it turns to the side where there is room."""
    strong, body = theme.metrics(tokens, Role.STRONG), theme.metrics(tokens)
    pad, line = 2 * tokens.unit + 2, body.height() + 2
    title = one_line(facts.title, 60)
    pairs = [(one_line(label, 40), one_line(number, 44)) for label, number in facts.lines]
    wide = max(
        [strong.horizontalAdvance(title)]
        + [body.horizontalAdvance(label) + strong.horizontalAdvance(number) + tokens.px(24) for label, number in pairs]
    )
    box = QRectF(at.x() + 16, at.y() + 16, wide + 2 * pad, line * (1 + len(pairs)) + 1.5 * pad)
    if box.right() > size.width() - 4:
        box.moveRight(at.x() - 12)
    if box.bottom() > size.height() - 4:
        box.moveBottom(at.y() - 12)
    _plate(painter, tokens, box)
    inner = box.adjusted(pad, pad * 0.75, -pad, 0)
    painter.setFont(theme.font(tokens, Role.STRONG))
    painter.setPen(theme.colour(tokens.text))
    painter.drawText(QRectF(inner.left(), inner.top(), inner.width(), line), _AT.AlignLeft | _AT.AlignVCenter, title)
    for number, (label, value) in enumerate(pairs, 1):
        room = QRectF(inner.left(), inner.top() + number * line, inner.width(), line)
        painter.setFont(theme.font(tokens))
        painter.setPen(theme.colour(tokens.second))
        painter.drawText(room, _AT.AlignLeft | _AT.AlignVCenter, label)
        painter.setFont(theme.font(tokens, Role.STRONG))
        painter.setPen(theme.colour(tokens.text))
        painter.drawText(room, _AT.AlignRight | _AT.AlignVCenter, value)
