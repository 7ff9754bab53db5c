"""The marks over the map, kept as one picture: a pan moves it, a zoom stretches it until the hand rests.

It is made anew in turns, so that a thousand shapes hold nothing up: what one turn can draw is there at once, the rest
follows, and until all of it is drawn the picture before stays. What is pointed at is found by its mark, not by its
shape: below a warning for the whole city every area can still be chosen.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPainterPath, QPixmap, QTransform

from widgets import theme
from widgets.map_labels import MapLabel, place_labels
from widgets.map_marks import UNIT, Form, MapMark, colour_of, fill_of, mark_pixmap, path_of, side_of
from widgets.map_projection import MARGIN_PX, MOST_ZOOM, Floats, Viewpoint
from widgets.map_shapes import Shape
from widgets.tokens import Tokens

TURN_COST = 2_500
"""Points of shapes that one turn draws: some milliseconds. A mark counts as `_MARK_COST`."""
_MARK_COST = 3
_REST_MS, _NEXT_MS = 120, 1
_STRETCH = 8.0
"""A picture is not stretched more than so many times."""
_FINE_POINTS = 4_000
"""With more points of shapes than this outlines are hairlines."""
_REACH_PX = 4
_LABELS_FROM_ZOOM = 12.0
_MOST_LABELS = 60
_MOST_APART = 60
"""So many marks of shapes are kept off each other."""
_NEAREST_PX = 3.0
"""A shape smaller than this is its mark alone."""
_SHAPED = (Form.FLOOD, Form.WARNING)

Stroke = Callable[[QPainter], None]
Places = npt.NDArray[np.intp]


@dataclass
class _Picture:
    """One picture of the marks, or what is drawn of it so far."""

    view: Viewpoint
    tokens: Tokens
    ratio: float
    pixmap: QPixmap
    placed: list[tuple[float, float, MapMark]] = field(default_factory=list)
    """Marks and where they lie, px of the picture, in the order of drawing."""
    _columns: tuple[Floats, Floats, Places] | None = None

    def _told(self) -> tuple[Floats, Floats, Places]:
        if self._columns is None or len(self._columns[0]) != len(self.placed):
            left, top = (np.asarray([each[side] for each in self.placed], np.float64) for side in (0, 1))
            self._columns = left, top, np.asarray([each[2].form for each in self.placed], np.intp)
        return self._columns

    @property
    def forms(self) -> Places:
        """The forms of the marks."""
        return self._told()[2]

    def seen_from(self, view: Viewpoint) -> tuple[Floats, Floats]:
        """Where the marks lie in another view, px of that."""
        left, top, _ = self._told()
        x, y = view.screen(*self.view.place(left, top))
        return x, y


class MapOverlay(QObject):
    """Marks in, a picture over the map out."""

    changed = Signal()
    """There is something else to see."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._marks: Sequence[MapMark] = ()
        self._x = self._y = np.empty(0)
        self._kept: _Picture | None = None
        self._made: _Picture | None = None
        self._steps: Iterator[tuple[int, Stroke]] = iter(())
        self._paths: dict[str, tuple[Shape, int, QPainterPath]] = {}
        self._stale = True
        self._wanted: Viewpoint | None = None
        self._origin = (0.0, 0.0)
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(self._rested)
        self._next = QTimer(self, singleShot=True, interval=_NEXT_MS)
        self._next.timeout.connect(self._turn)

    def set_marks(self, marks: Sequence[MapMark]) -> None:
        """Show these. What is higher by form and rank lies on top."""
        self._marks = sorted(marks, key=lambda mark: (mark.form, not mark.doubtful, mark.rank))
        self._x = np.asarray([mark.x for mark in self._marks])
        self._y = np.asarray([mark.y for mark in self._marks])
        if not self._paths and self._marks:
            self._origin = (self._marks[0].x, self._marks[0].y)
        here = {mark.key for mark in self._marks if mark.shape is not None}
        self._paths = {key: kept for key, kept in self._paths.items() if key in here}
        self._stale = True
        self.changed.emit()

    def mark_of(self, key: str) -> MapMark | None:
        """The mark of a key."""
        return next((mark for mark in self._marks if mark.key == key), None)

    @property
    def complete(self) -> bool:
        """Whether all of it is drawn."""
        return self._made is None and not self._rest.isActive()

    # the picture

    def paint(self, painter: QPainter, tokens: Tokens, view: Viewpoint) -> None:
        """Draw what there is, and go on making what there is not."""
        if not self._marks:
            self._kept = self._made = None
            return
        ratio = painter.device().devicePixelRatioF()
        for picture in (self._kept, self._made):
            if picture is not None and (picture.tokens is not tokens or picture.ratio != ratio):
                self._kept = self._made = None
        if self._kept is None or self._stale:
            if self._made is None or self._stale:
                self._begin(tokens, view, ratio)
        elif not view.within(self._kept.view) and view != self._wanted:
            self._wanted = view
            if self._kept.view.zoom == view.zoom:
                self._begin(tokens, view, ratio)
            else:
                self._rest.start()
        picture = self._kept or self._made
        if picture is not None:
            _lay(painter, picture, view)

    def _rested(self) -> None:
        if self._kept is not None and self._wanted is not None:
            self._begin(self._kept.tokens, self._wanted, self._kept.ratio)

    def _begin(self, tokens: Tokens, view: Viewpoint, ratio: float) -> None:
        self._rest.stop()
        self._stale, self._wanted = False, view
        wide = view.widened()
        pixmap = QPixmap(math.ceil(wide.width * ratio), math.ceil(wide.height * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        self._made = _Picture(wide, tokens, ratio, pixmap)
        self._steps = self._strokes(self._made)
        self._turn()

    def _turn(self) -> None:
        """Draw as much as one turn may."""
        made, left = self._made, TURN_COST
        if made is None:
            return
        with QPainter(made.pixmap) as painter:
            for cost, stroke in self._steps:
                stroke(painter)
                left -= cost
                if left <= 0:
                    self._next.start()
                    return
        self._kept, self._made = made, None
        self.changed.emit()

    def _strokes(self, made: _Picture) -> Iterator[tuple[int, Stroke]]:
        """Everything to be drawn, with what it costs; the shapes first."""
        view, tokens = made.view, made.tokens
        shaped = [mark for mark in self._marks if mark.shape is not None and _meets(mark.shape, view)]
        level = min(int(MOST_ZOOM), math.ceil(view.zoom))
        points = 0
        for mark in shaped:
            assert mark.shape is not None
            points += mark.shape.size
        width = 1.0 if points > _FINE_POINTS else max(1.0, 1.8 * min(2.0, tokens.scale))
        for mark in sorted(shaped, key=lambda each: (_SHAPED.index(each.form), not each.doubtful, each.rank)):
            path = self._path(mark, level)
            yield path.elementCount(), _shape_stroke(path, mark, tokens, self._transform(view), width)
        if not len(self._x):
            return
        left, top = view.screen(self._x, self._y)
        # a vehicle at the edge is drawn too: a pan brings it in
        seen = np.flatnonzero((left > -16) & (top > -16) & (left < view.width + 16) & (top < view.height + 16))
        order = self._with_far(seen, shaped)
        taken: list[tuple[float, float]] = []
        # the gravest takes its place first: it stands where its shape is, others make room
        spots = {n: self._anchor(self._marks[n], float(left[n]), float(top[n]), made, taken) for n in reversed(order)}
        for index in order:
            mark, at = self._marks[index], spots[index]
            made.placed.append((*at, mark))
            yield _MARK_COST, _mark_stroke(mark_pixmap(tokens, mark, made.ratio), at, side_of(tokens, mark.form))
        for box, drawn in place_labels(tokens, _labels(made), made.ratio):
            yield _MARK_COST, _label_stroke(drawn, box)

    def _with_far(self, seen: Places, shaped: Sequence[MapMark]) -> list[int]:
        """Marks in sight, and those whose shape alone is, in the order of drawing."""
        names = {mark.key for mark in shaped}
        return sorted({*seen.tolist(), *(n for n, mark in enumerate(self._marks) if mark.key in names)})

    def _anchor(
        self, mark: MapMark, left: float, top: float, made: _Picture, taken: list[tuple[float, float]]
    ) -> tuple[float, float]:
        """Where a mark goes: on its place; where that is out of sight in the middle of what is seen of its shape.
        Marks of shapes do not lie on each other."""
        if mark.form not in _SHAPED:
            return left, top
        view, edge = made.view, MARGIN_PX
        if not (edge <= left <= view.width - edge and edge <= top <= view.height - edge) and mark.shape is not None:
            path, inverse = self._paths[mark.key][2], self._transform(view).inverted()[0]
            for right, down in _TRIED:
                spot = QPointF(edge + right * (view.width - 2 * edge), edge + down * (view.height - 2 * edge))
                if path.contains(inverse.map(spot)):
                    left, top = spot.x(), spot.y()
                    break
        step = side_of(made.tokens, mark.form)
        for _ in range(12 if len(taken) < _MOST_APART else 0):
            if all(abs(left - x) >= step or abs(top - y) >= step for x, y in taken):
                break
            left += step
        taken.append((left, top))
        return left, top

    def _path(self, mark: MapMark, level: int) -> QPainterPath:
        shape = mark.shape
        assert shape is not None
        kept = self._paths.get(mark.key)
        if kept is None or kept[0] is not shape or kept[1] != level:
            kept = (shape, level, path_of(shape, level, self._origin))
            self._paths[mark.key] = kept
        return kept[2]

    def _transform(self, view: Viewpoint) -> QTransform:
        left, top = view.screen(*self._origin)
        factor = view.scale / UNIT
        return QTransform(factor, 0, 0, factor, left, top)

    # the hand

    def at(self, view: Viewpoint, left: float, top: float) -> list[MapMark]:
        """Marks within reach of a pixel, the one on top first."""
        picture = self._kept or self._made
        if picture is None or not self._marks:
            return []
        x, y = picture.seen_from(view)
        reach = np.asarray([side_of(picture.tokens, form) / 2 + _REACH_PX for form in Form])[picture.forms]
        near = np.flatnonzero((np.abs(x - left) <= reach) & (np.abs(y - top) <= reach))
        return [picture.placed[place][2] for place in near[::-1]]

    def seen(self, view: Viewpoint) -> list[MapMark]:
        """Marks in that view, the one on top first."""
        picture = self._kept or self._made
        if picture is None or not self._marks:
            return []
        x, y = picture.seen_from(view)
        inside = np.flatnonzero((x >= 0) & (y >= 0) & (x < view.width) & (y < view.height))
        return [picture.placed[place][2] for place in inside[::-1]]

    def spot_of(self, key: str, view: Viewpoint) -> tuple[float, float] | None:
        """Where a mark lies in that view, px; None where it is not seen."""
        picture = self._kept or self._made
        place = (
            None if picture is None else next((n for n, each in enumerate(picture.placed) if each[2].key == key), None)
        )
        if picture is None or place is None or not self._marks:
            return None
        left, top = picture.placed[place][:2]
        x, y = (float(each) for each in view.screen(*picture.view.place(left, top)))
        return (x, y) if 0 <= x < view.width and 0 <= y < view.height else None


_TRIED = ((0.5, 0.5), (0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75), (0.5, 0.1), (0.5, 0.9))


def _meets(shape: Shape, view: Viewpoint) -> bool:
    left, top = view.screen(shape.box.left, shape.box.top)
    right, bottom = view.screen(shape.box.right, shape.box.bottom)
    large = max(right - left, bottom - top) >= _NEAREST_PX
    return bool(large and left < view.width and top < view.height and right > 0 and bottom > 0)


def _lay(painter: QPainter, picture: _Picture, view: Viewpoint) -> None:
    """The picture where it belongs in that view, stretched where the view has come nearer or gone further."""
    stretch = view.scale / picture.view.scale
    left, top = view.screen(*picture.view.place(0, 0))
    if stretch == 1:
        painter.drawPixmap(QPointF(round(left), round(top)), picture.pixmap)
    elif 1 / _STRETCH <= stretch <= _STRETCH:
        room = QRectF(left, top, picture.view.width * stretch, picture.view.height * stretch)
        painter.drawPixmap(room, picture.pixmap, QRectF(picture.pixmap.rect()))


def _labels(made: _Picture) -> list[MapLabel]:
    """What is said beside marks: of quakes always, of others from near."""
    near = made.view.zoom >= _LABELS_FROM_ZOOM
    wanted: list[MapLabel] = []
    for left, top, mark in made.placed:
        if mark.text and (near or mark.form is Form.QUAKE) and len(wanted) < _MOST_LABELS:
            down = side_of(made.tokens, mark.form) / 2 + made.tokens.px(9)
            wanted.append(MapLabel(left, top + down, mark.text, "", 1e9, mark.form * 1000.0 + mark.rank))
    return wanted


def _shape_stroke(path: QPainterPath, mark: MapMark, tokens: Tokens, transform: QTransform, width: float) -> Stroke:
    def draw(painter: QPainter) -> None:
        painter.save()
        painter.setTransform(transform, True)
        painter.fillPath(path, fill_of(tokens, mark))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if width > 1:  # yellow on a light ground is seen by its dark edge alone
            painter.setPen(theme.pen(tokens.severity_edge, width + 1.4))
            painter.drawPath(path)
        painter.setPen(theme.pen(colour_of(tokens, mark), width))
        painter.drawPath(path)
        painter.restore()

    return draw


def _mark_stroke(pixmap: QPixmap, at: tuple[float, float], side: int) -> Stroke:
    place = QPointF(at[0] - side / 2, at[1] - side / 2)
    return lambda painter: painter.drawPixmap(place, pixmap)


def _label_stroke(pixmap: QPixmap, box: QRectF) -> Stroke:
    return lambda painter: painter.drawPixmap(box.topLeft(), pixmap)
