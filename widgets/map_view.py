"""The native map: areas, points and names painted by QPainter and numpy, with no browser and no network.

    ground         areas, points or clusters, names: one picture (`map_ground`)
    marks          what sources tell, a picture of its own (`map_overlay`)
    over them      selection, pointer, card, legend, scale: painted each frame

Values in by the `set_…` methods, signals out. It knows no city, no store and no clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from console.core.pack import Area
from console.core.phrases import Phrases
from widgets import marks, theme
from widgets.map_buttons import MapButtons
from widgets.map_furniture import (
    AreaFacts,
    LayerLine,
    Legend,
    MapWords,
    paint_card,
    paint_layers,
    paint_legend,
    paint_scale,
    paint_time,
)
from widgets.map_ground import MapGround, PointMode
from widgets.map_marks import MapMark
from widgets.map_overlay import MapOverlay
from widgets.map_projection import Viewpoint
from widgets.plain import one_line
from widgets.scaled import TURNS
from widgets.speech import follow

__all__ = ["AreaFacts", "MapView", "MapWords", "PointMode"]

_FIT_PX = 24
_FOOT_PX = 56
"""Room for legend, scale and credit below what is fitted, px of a desk."""
_DRAG_PX = 4


class MapView(QWidget):
    """A map one can point at, move and drill through."""

    area_hovered = Signal(str)
    area_clicked = Signal(str)
    area_activated = Signal(str)
    """Double click or Enter: go down into it."""
    point_clicked = Signal(object)
    """The id given with the point, an int."""
    mark_chosen = Signal(str)
    """Key of the mark somebody chose, by hand or key; "" for none any more."""
    mark_pointed = Signal(str)
    """Key of the mark under the pointer, "" for none: what its card says is asked for (`set_mark_facts`)."""
    up_requested = Signal()

    def __init__(self, phrases: Phrases, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._phrases = phrases
        self._view = Viewpoint(0.5, 0.5, 3.0, 640, 480)
        self._fit_on_resize = True
        self._ground = MapGround(phrases)
        self._areas, self._points = self._ground.areas, self._ground.points
        self._facts: Mapping[str, AreaFacts] = {}
        self._words = MapWords()
        self._selected = self._hovered = ""
        self._point: tuple[float, float] | None = None
        self._press: QPointF | None = None
        self._dragged = False
        self._pointer = QPointF(-1, -1)
        self.overlay = MapOverlay(self)
        self.overlay.changed.connect(self.update)
        self._layers: Sequence[LayerLine] = ()
        self._mark = self._pointed = ""
        self._mark_facts: Mapping[str, AreaFacts] = {}
        self._settle = QTimer(self, singleShot=True, interval=120)
        self._settle.timeout.connect(self._settled)
        self._buttons = MapButtons(phrases, self)
        self._buttons.pressed.connect(self._button)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        follow(phrases, self, self._say)

    def sizeHint(self) -> QSize:
        return QSize(640, 480)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 160)

    # values ---------------------------------------------------------------------------------------------

    def set_areas(self, areas: Sequence[Area], outline: Area | None = None) -> None:
        """Show these areas, with an outline around them (the area they lie in), and fit the view to them."""
        self._areas.set_areas(areas, outline)
        self._hovered = ""
        self._fit_on_resize = True
        self.fit()

    def set_values(
        self, values: Mapping[str, float | None], texts: Mapping[str, str] | None = None, legend: str = ""
    ) -> None:
        """Tint areas by a number each; `texts` are the numbers as said, under the names; `legend` its title."""
        steps = len(theme.of(self).ramp)
        self._areas.set_values(values, steps)
        self._ground.texts = texts if texts is not None else {}
        self._words = MapWords(legend, self._words.credit, self._words.schematic, self._words.time)
        self._renew()

    def set_facts(self, facts: Mapping[str, AreaFacts]) -> None:
        """What the card under the pointer says of each area."""
        self._facts = facts
        self.update()

    def set_points(self, lon: Any, lat: Any, looks: Any, ids: Any) -> None:
        """Show these points: equally long buffers; `looks` as `map_points.looks_of` gives, ids are ints."""
        self._points.set_points(lon, lat, looks, ids)
        self._renew()

    def set_marks(self, marks: Sequence[MapMark], lines: Sequence[LayerLine]) -> None:
        """Show what sources tell, with a line of the legend for each layer that is on."""
        self._layers = lines
        self.overlay.set_marks(marks)

    def set_mark_facts(self, facts: Mapping[str, AreaFacts]) -> None:
        """What the cards of the chosen mark and of the one pointed at say, by their keys."""
        self._mark_facts = facts
        self._say()
        self.update()

    def set_selected_mark(self, key: str) -> None:
        """Ring a mark, without a signal; "" rings none."""
        self._mark = key
        self._say()
        self.update()

    @property
    def selected_mark(self) -> str:
        """Key of the chosen mark, "" for none."""
        return self._mark

    def set_point_mode(self, mode: PointMode) -> None:
        """Dots, clusters, or what suits the number in view."""
        self._ground.mode = mode
        self._renew()

    def set_notes(self, *, credit: str = "", schematic: str = "", time: str = "") -> None:
        """The credit line, the note that shapes are schematic, and the time when it is not now."""
        self._words = MapWords(self._words.legend, credit, schematic, time)
        self.update()

    def set_selected(self, code: str) -> None:
        """Mark an area, without a signal; "" marks none."""
        if code != self._selected:
            self._selected = code
            self._say()
            self._renew()

    def set_selected_point(self, ident: int | None) -> None:
        """Mark a point by its id; None, or one that is not there, marks none."""
        self._point = None if ident is None else self._points.place_of(ident)
        self.update()

    @property
    def selected(self) -> str:
        """Code of the marked area, "" for none."""
        return self._selected

    @property
    def view(self) -> Viewpoint:
        """Where one looks."""
        return self._view

    def _say(self) -> None:
        self.setAccessibleName(self._phrases.say("widgets.map.name"))
        marked = self._mark_facts.get(self._mark)
        if self._mark and marked is not None:
            told = ", ".join(f"{label} {said}" for label, said in marked.lines)
            self.setAccessibleDescription(one_line(f"{marked.title}. {told}", 400))
            return
        shape = self._areas.shapes.get(self._selected)
        if shape is None:
            self.setAccessibleDescription(self._phrases.say("widgets.map.none"))
            return
        facts = self._facts.get(self._selected)
        told = ", ".join(f"{label} {number}" for label, number in facts.lines) if facts else ""
        named = self._phrases.say("widgets.map.selected", name=one_line(shape.name))
        self.setAccessibleDescription(f"{named}. {told}" if told else named)

    # moving ---------------------------------------------------------------------------------------------

    def fit(self) -> None:
        """See all areas."""
        box = self._areas.box
        if box is not None:
            self._view = self._view.sized(self.width(), self.height()).fitted(box, _FIT_PX, theme.of(self).px(_FOOT_PX))
        self._renew()

    def _look(self, view: Viewpoint) -> None:
        """Look from elsewhere; from now on the hand decides, not the size of the window."""
        self._fit_on_resize = False
        zoomed = view.zoom != self._view.zoom
        self._view = view
        if zoomed:
            self._ground.drop()
        else:
            self._settle.start()
        self.update()

    def zoom(self, by: float, at: QPointF | None = None) -> None:
        """Nearer or further by that many doublings, around a pixel or the middle."""
        at = at if at is not None else QPointF(self.width() / 2, self.height() / 2)
        self._look(self._view.zoomed(by, at.x(), at.y()))

    def pan(self, right_px: float, down_px: float) -> None:
        """Push the ground by that many pixels."""
        self._look(self._view.moved(right_px, down_px))

    def _button(self, name: str) -> None:
        if name == "home":
            self._whole()
        else:
            self.zoom(1.0 if name == "plus" else -1.0)

    def _whole(self) -> None:
        self._fit_on_resize = True
        self.fit()

    def _settled(self) -> None:
        """The hand rests: make the ground layer anew around where one looks now."""
        if self._ground.behind(self._view):
            self._renew()

    def _renew(self) -> None:
        self._ground.drop()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._view = self._view.sized(self.width(), self.height())
        self._buttons.move(self.width() - self._buttons.width() - 12, 12)
        if self._fit_on_resize:
            self.fit()
        self._renew()

    # hand -----------------------------------------------------------------------------------------------

    def _area_at(self, at: QPointF) -> str:
        return self._areas.at(*self._view.place(at.x(), at.y()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._press, self._dragged = event.position(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if self._press is not None and event.buttons() & Qt.MouseButton.LeftButton:
            step = at - self._press
            if self._dragged or step.manhattanLength() >= _DRAG_PX:
                self._dragged = True
                self._press = at
                self.pan(step.x(), step.y())
            return
        self._pointer = at
        self._point_at(next((mark.key for mark in self.overlay.at(self._view, at.x(), at.y())), ""))
        code = self._area_at(at)
        if code != self._hovered:
            self._hovered = code
            self.area_hovered.emit(code)
        self.update()

    def _point_at(self, key: str) -> None:
        if key != self._pointed:
            self._pointed = key
            self.mark_pointed.emit(key)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is not Qt.MouseButton.LeftButton or self._press is None:
            return
        self._press = None
        if not self._dragged:
            self._click(event.position())
        self._dragged = False

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        code = self._area_at(event.position())
        if code and event.button() is Qt.MouseButton.LeftButton:
            self.area_activated.emit(code)

    def _click(self, at: QPointF) -> None:
        under = [mark.key for mark in self.overlay.at(self._view, at.x(), at.y())]
        if under:  # again at the same place: what lies below it
            self._choose_mark(under[(under.index(self._mark) + 1) % len(under)] if self._mark in under else under[0])
            return
        self._choose_mark("")
        cluster = self._ground.cluster_at(self._view, at.x(), at.y(), theme.of(self))
        if cluster is not None:
            self.zoom(1.5, QPointF(*cluster))
            return
        if not self._ground.clusters and len(self._points):
            found = self._points.at(self._view, at.x(), at.y())
            if found is not None:
                self.point_clicked.emit(found)
                return
        self._choose(self._area_at(at))

    def _choose(self, code: str) -> None:
        self.set_selected(code)
        if code:
            self.area_clicked.emit(code)

    def _choose_mark(self, key: str) -> None:
        if key != self._mark:
            self.set_selected_mark(key)
            self.mark_chosen.emit(key)

    def _step_mark(self, by: int) -> None:
        """Choose the next mark in sight, the gravest first."""
        keys = [mark.key for mark in self.overlay.seen(self._view)]
        if keys:
            now = keys.index(self._mark) if self._mark in keys else (-1 if by > 0 else 0)
            self._choose_mark(keys[(now + by) % len(keys)])

    def wheelEvent(self, event: QWheelEvent) -> None:
        turns = event.angleDelta().y() / 120
        if turns:
            self.zoom(max(-2.0, min(2.0, turns * 0.5)), event.position())
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._pointer = QPointF(-1, -1)
        self._point_at("")
        if self._hovered:
            self._hovered = ""
            self.area_hovered.emit("")
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, keys = event.key(), Qt.Key
        pans: dict[int, tuple[int, int]] = {
            keys.Key_Left: (80, 0),
            keys.Key_Right: (-80, 0),
            keys.Key_Up: (0, 80),
            keys.Key_Down: (0, -80),
        }
        if key in pans:
            self.pan(*pans[key])
        elif key in (keys.Key_Plus, keys.Key_Equal):
            self.zoom(0.5)
        elif key == keys.Key_Minus:
            self.zoom(-0.5)
        elif key == keys.Key_Home:
            self._whole()
        elif key == keys.Key_Backspace:
            self.up_requested.emit()
        elif key in (keys.Key_PageDown, keys.Key_PageUp):
            self._step(1 if key == keys.Key_PageDown else -1)
        elif key == keys.Key_Space:
            self._step_mark(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
        elif key == keys.Key_Escape and self._mark:
            self._choose_mark("")
        elif key in (keys.Key_Return, keys.Key_Enter) and self._selected in self._areas.shapes:
            self.area_activated.emit(self._selected)
        else:
            super().keyPressEvent(event)

    def _step(self, by: int) -> None:
        """Choose the next area in the order given."""
        codes = list(self._areas.shapes)
        if codes:
            now = codes.index(self._selected) if self._selected in codes else (-1 if by > 0 else 0)
            self._choose(codes[(now + by) % len(codes)])

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in TURNS:
            self._buttons.adjustSize()
            self._renew()

    # eye ------------------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens = theme.of(self)
        picture = self._ground.picture(self._view, tokens, self.devicePixelRatioF(), self._selected)
        left, top = self._ground.on_screen(self._view, 0, 0)
        with QPainter(self) as painter:
            painter.drawPixmap(QPointF(round(left), round(top)), picture)
            self.overlay.paint(painter, tokens, self._view)
            self._paint_over(painter, tokens)

    def _paint_over(self, painter: QPainter, tokens: theme.Tokens) -> None:
        size = QRect(0, 0, self.width(), self.height())
        if self._hovered and self._hovered != self._selected:
            self._areas.trace(painter, self._view, self._hovered, tokens.text, 1.5)
        if self._selected:
            self._areas.trace(painter, self._view, self._selected, tokens.focus, 3.0)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._point is not None:
            _ring(painter, tokens, *self._view.screen(*self._point), 9)
        spot = self.overlay.spot_of(self._mark, self._view) if self._mark else None
        if spot is not None:
            _ring(painter, tokens, *spot, 14)
        whole = (int(bound) if bound == int(bound) else bound for bound in self._areas.breaks)
        ramp = paint_legend(
            painter, tokens, size, Legend(self._words.legend, [self._phrases.show(each) for each in whole])
        )
        paint_layers(painter, tokens, size, self._layers, ramp.height() + tokens.unit if ramp.height() else 0.0)
        paint_scale(painter, tokens, self._view, self._words, self._phrases)
        paint_time(painter, tokens, size, self._words.time)
        marked = self._mark_facts.get(self._mark)
        if spot is not None and marked is not None and self._pointed in ("", self._mark):
            paint_card(painter, tokens, size, QPointF(*spot), marked)
        facts = self._mark_facts.get(self._pointed) or (None if marked and spot else self._facts.get(self._hovered))
        if self._pointed and self._pointed == self._mark:
            facts = None
        if facts is not None and self._pointer.x() >= 0 and self._press is None:
            paint_card(painter, tokens, size, self._pointer, facts)
        if self.hasFocus():
            marks.focus_ring(painter, QRectF(size), tokens)


def _ring(painter: QPainter, tokens: theme.Tokens, x: float, y: float, radius: float) -> None:
    """The ring around what is chosen."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((tokens.halo, 5.0), (tokens.focus, 2.0)):
        painter.setPen(theme.pen(colour, width))
        painter.drawEllipse(QPointF(x, y), tokens.px(radius), tokens.px(radius))
