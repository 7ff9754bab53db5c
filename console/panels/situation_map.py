"""The situation on the map: open complaints by area, from the city down to the kelurahan, and their places."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout

from console.core.audience import EVERYBODY
from console.core.pack import Level
from console.core.records import AreaCount, Kind
from console.models.desk import Desk
from console.models.live import MINUTE_S
from console.models.situation import Situation, parts_of, read_point_of, read_situation
from console.panels import standing
from console.panels.layer_parts import Drawn, MapLayers
from console.panels.panel import Panel, PanelFace
from console.store.read import Read
from widgets import theme
from widgets.bar_rows import BarRow, BarRows
from widgets.breadcrumb import Breadcrumb
from widgets.chip import Chip
from widgets.map_points import looks_of
from widgets.map_view import AreaFacts, MapView
from widgets.plain import Label
from widgets.scaled import Scaled
from widgets.theme import Role
from widgets.tokens import Tokens

_ELSEWHERE = ""
"""Key of the row of complaints that lie in no part."""
_AGES_S = 20
_WIDE_PX = 640
"""A narrower panel has room for the map alone."""
_RANKS_PX, _MOST_RANKS_PX = 280, 420
"""Width of the ranks to begin with, and the most that names may take of the map, px of a desk."""


class _Side(Scaled):
    """The ranks beside the map, so wide that every name is read."""

    def __init__(self, title: Label, ranks: BarRows) -> None:
        super().__init__()
        self._title, self._ranks = title, ranks
        self._scale = 0.0
        self._column = QVBoxLayout(self)
        self._column.addWidget(title)
        self._column.addWidget(ranks, 1)
        self.scale_to(theme.of(self))

    def fit(self) -> None:
        """Take the width the names need."""
        self.setMinimumWidth(min(self._ranks.whole_px, theme.of(self).px(_MOST_RANKS_PX)))

    def sizeHint(self) -> QSize:
        return QSize(theme.of(self).px(_RANKS_PX), super().sizeHint().height())

    def scale_to(self, tokens: Tokens) -> None:
        self._column.setContentsMargins(0, 2 * tokens.unit, 0, 0)
        self._column.setSpacing(tokens.unit)
        self._title.setContentsMargins(2 * tokens.unit, 0, 2 * tokens.unit, 0)
        self.fit()
        split = self.parentWidget()
        if isinstance(split, QSplitter) and tokens.scale != self._scale:
            wide = max(self.minimumWidth(), self.sizeHint().width())
            split.setSizes([max(0, split.width() - wide), wide])
        self._scale = tokens.scale


class SituationMap(Panel):
    """Areas tinted by what is open in them; a click selects, a double click goes down, Backspace goes up."""

    face = PanelFace(
        "situation_map",
        "panels.situation_map.title",
        "map",
        frozenset({Kind.COMPLAINT, Kind.ITEM, Kind.READING}),
        personal=False,
        audiences=EVERYBODY,
    )

    def build(self, desk: Desk) -> None:
        self.situation: Situation | None = None
        self._focus = desk.pack.city.code
        self._points_by_hand: bool | None = None
        self._drawn_unheard = False
        self._make_parts(desk)
        self._lay_out()
        complaints = frozenset({Kind.COMPLAINT})
        self._query = self.live(self._ask, self._take, kinds=complaints, every_s=1.0, at_least_every_s=MINUTE_S)
        told = frozenset({Kind.ITEM, Kind.READING})
        layers = self.live(self.layers.ask, self._take_layers, kinds=told, every_s=1.0, at_least_every_s=_AGES_S)
        self.layers.again = layers.again
        self._connect()
        self._draw_areas()
        self._follow_area(desk.links.area)

    def _make_parts(self, desk: Desk) -> None:
        self.map = MapView(desk.phrases)
        self.ranks = BarRows()
        self.ranks_title = Label("", Role.SECOND)
        self.path = Breadcrumb()
        self.layers = MapLayers(desk, self.map, self.say)
        self.points_chip, self.ranks_chip = Chip(), Chip()
        self.ranks_chip.setChecked(True)

    def _lay_out(self) -> None:
        self.side = _Side(self.ranks_title, self.ranks)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.addWidget(self.map)
        self.split.addWidget(self.side)
        self.split.setStretchFactor(0, 1)
        self.split.setCollapsible(0, False)
        self.setFocusProxy(self.map)
        outer = QHBoxLayout(self.content)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.split)
        self.frame.add_chip(self.path)
        self.frame.add_chip(self.layers.button)
        self.frame.add_chip(self.points_chip)
        self.frame.add_chip(self.ranks_chip)

    def _connect(self) -> None:
        links = self.desk.links
        self.map.area_clicked.connect(links.select_area)
        self.map.area_activated.connect(self.go)
        self.map.up_requested.connect(self.up)
        self.map.point_clicked.connect(self._point_clicked)
        self.ranks.row_clicked.connect(self._rank_clicked)
        self.path.chosen.connect(self.go)
        self.points_chip.clicked.connect(self._toggle_points)
        self.ranks_chip.toggled.connect(self._place_ranks)
        links.area_changed.connect(self._follow_area)
        self.desk.sources.changed.connect(self._follow_sources)
        links.complaint_changed.connect(self._mark_complaint)
        self.desk.people.changed.connect(self._follow_person)

    def _place_ranks(self) -> None:
        """Beside the map where they are wanted and there is room for both."""
        room = self.width() >= theme.of(self).px(_WIDE_PX)
        self.side.setVisible(room and self.ranks_chip.isChecked())
        self.ranks_chip.setEnabled(room)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_ranks()

    # where one looks

    @property
    def focus(self) -> str:
        """Code of the area whose parts are shown."""
        return self._focus

    def go(self, code: str) -> None:
        """Look at the parts of an area, and select it (the whole city selects nothing)."""
        if code in self.desk.pack.areas:
            self._look_at(code)
            self.desk.links.select_area("" if code == self.desk.pack.city.code else code)

    def up(self) -> None:
        """Look at the area above."""
        above = self.desk.pack.areas[self._focus].parent
        if above in self.desk.pack.areas:
            self.go(above)

    def _look_at(self, code: str) -> None:
        if code != self._focus:
            self._focus = code
            self.situation = None
            self._draw_areas()
            self._query.again()

    def _follow_area(self, code: str) -> None:
        """Bring a selected area into sight: as a part of what is shown, else shown itself or within the one above."""
        pack = self.desk.pack
        if code in pack.areas and code != self._focus:
            shown = {area.code for area in parts_of(pack, self._focus)}
            if code not in shown:
                above = pack.areas[code].parent
                self._look_at(above if above in pack.areas else code)
        elif not code and self._focus != pack.city.code:
            self._look_at(pack.city.code)
        self.map.set_selected(code)
        self.ranks.set_current(code or "-")

    # reading

    @property
    def points_shown(self) -> bool:
        """Whether the places of complaints are drawn: from a kecamatan down, unless a hand said otherwise. Where
        somebody lives is seen by those alone who have signed in; the numbers of areas by everybody."""
        if self.desk.people.covered:
            return False
        if self._points_by_hand is not None:
            return self._points_by_hand
        return self.desk.pack.areas[self._focus].level is not Level.KOTA

    def _ask(self) -> Callable[[Read], Situation]:
        return read_situation(self.desk.pack, self._focus, self.desk.clock.now(), points=self.points_shown)

    def _take(self, situation: Situation) -> None:
        if situation.area != self._focus:
            return
        self.situation = situation
        self._draw_numbers()
        if situation.points is None:
            self.map.set_points((), (), (), ())
        else:
            points = situation.points
            self.map.set_points(points.lon, points.lat, looks_of(points.state), points.rowid)
            self._mark_complaint(self.desk.links.complaint)
        self.show_ready()

    def _take_layers(self, found: Sequence[Drawn]) -> None:
        self.layers.take(found)
        self._note()

    def _note(self) -> None:
        """Credit where credit is due: of the map, and of who told what lies on it."""
        pack = self.desk.pack
        credit = " · ".join([*pack.credits, *([self.layers.credit] if self.layers.credit else [])])
        schematic = self.say("widgets.map.schematic") if pack.schematic else ""
        self.map.set_notes(credit=credit, schematic=schematic)

    def _follow_person(self) -> None:
        if self.points_shown is not self.points_chip.isChecked() or self.desk.people.covered:
            self.points_chip.setChecked(self.points_shown)
            self.points_chip.setEnabled(not self.desk.people.covered)
            if not self.points_shown:
                self.map.set_points((), (), (), ())
                self.map.set_selected_point(None)
            self._query.again()
        self.points_chip.setEnabled(not self.desk.people.covered)

    # drawing

    def _draw_areas(self) -> None:
        pack = self.desk.pack
        self.map.set_areas(parts_of(pack, self._focus), pack.areas[self._focus])
        self.path.set_path([(area.code, area.name) for area in pack.path(self._focus)])
        self.points_chip.setChecked(self.points_shown)

    @property
    def _unheard(self) -> bool:
        """Nothing is there because no source ever told anything: no number is known."""
        return self.situation is not None and standing.unheard(self.desk, self.situation.whole)

    def _show(self, number: int) -> str:
        return self.say("core.unknown") if self._unheard else self.desk.phrases.show(number)

    def _follow_sources(self) -> None:
        self._note()
        if self._unheard is not self._drawn_unheard:
            self._draw_numbers()

    def _draw_numbers(self) -> None:
        situation = self.situation
        if situation is None:
            return
        self._drawn_unheard = self._unheard
        values: dict[str, float | None] = {part.area: self._value(part.open) for part in situation.parts}
        texts = {part.area: self._show(part.open) for part in situation.parts}
        self.map.set_values(values, texts, self.say("panels.map.legend"))
        self.map.set_facts({part.area: self._facts(part) for part in situation.parts})
        self.ranks.set_rows([*map(self._rank, situation.parts), *self._elsewhere(situation)])
        self.side.fit()
        self.ranks.set_current(self.desk.links.area or "-")
        self.foot()

    def _value(self, number: int) -> float | None:
        return None if self._unheard else number

    def _facts(self, count: AreaCount) -> AreaFacts:
        numbers = (("open", count.open), ("late", count.late), ("day", count.day))
        lines = [(self.say(f"panels.map.{name}"), self._show(number)) for name, number in numbers]
        return AreaFacts(self.desk.pack.area_name(count.area), lines)

    def _rank(self, count: AreaCount) -> BarRow:
        name = self.desk.pack.area_name(count.area)
        facts = "\n".join(f"{label}: {number}" for label, number in self._facts(count).lines)
        told = standing.stale_words(self.desk) if self._unheard else facts
        return BarRow(count.area, name, self._value(count.open), self._show(count.open), f"{name}\n{told}")

    def _elsewhere(self, situation: Situation) -> list[BarRow]:
        if not situation.elsewhere:
            return []
        text = self.desk.phrases.show(situation.elsewhere)
        hover = self.say("panels.map.elsewhere_tip")
        return [BarRow(_ELSEWHERE, self.say("panels.map.elsewhere"), situation.elsewhere, text, hover)]

    def counts(self) -> str:
        if self.situation is None:
            return ""
        whole, show = self.situation.whole, self._show
        return self.say("panels.map.counts", open=show(whole.open), late=show(whole.late), day=show(whole.day))

    # hand

    def _toggle_points(self) -> None:
        self._points_by_hand = not self.points_shown
        self.points_chip.setChecked(self.points_shown)
        self._query.again()

    def _rank_clicked(self, code: str) -> None:
        if code in self.desk.pack.areas:
            self.desk.links.select_area(code)

    def _point_clicked(self, rowid: int) -> None:
        self.map.set_selected_point(rowid)
        self.desk.work.run(
            lambda read: read.id_of(rowid),
            self.desk.links.select_complaint,
            fail=self.show_fault,
            key="point",
            owner=self,
            urgent=True,
        )

    def _mark_complaint(self, complaint: str) -> None:
        points = self.situation.points if self.situation is not None else None
        if not complaint or points is None:
            self.map.set_selected_point(None)
            return
        job = read_point_of(points, complaint)
        self.desk.work.run(job, self.map.set_selected_point, fail=self.show_fault, key="mark", owner=self)

    # words and memory

    def retranslate(self) -> None:
        self.points_chip.say(self.say("panels.map.points"))
        self.ranks_chip.say(self.say("panels.map.ranks"))
        self.ranks_title.setText(self.say("panels.map.ranks_title"))
        self.ranks.setAccessibleName(self.say("panels.map.ranks_title"))
        self._note()
        self.layers.word()
        self.layers.again()
        self._draw_numbers()

    def keep(self) -> dict[str, Any]:
        return {
            "focus": self._focus,
            "points": self._points_by_hand,
            "ranks": self.ranks_chip.isChecked(),
            "layers": self.layers.keep(),
        }

    def restore(self, kept: Mapping[str, Any]) -> None:
        focus, points = kept.get("focus"), kept.get("points")
        if isinstance(points, bool):
            self._points_by_hand = points
        self.ranks_chip.setChecked(kept.get("ranks") is not False)
        self.layers.restore(kept.get("layers"))
        if isinstance(focus, str) and focus in self.desk.pack.areas and not self.desk.links.area:
            self._look_at(focus)
        self.points_chip.setChecked(self.points_shown)
