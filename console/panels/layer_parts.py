"""The layers of the situation map: which are on, what they show, what each says of its source and age, and the cards.

A part of `situation_map`. Reading, projecting and thinning is a worker's; here are words.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenu

from console.core.items import ItemRow, Latest
from console.core.records import Changes, Kind
from console.models.desk import Desk
from console.models.items import SEVERITIES, ItemWording, measured
from console.models.map_layers import AT_FIRST, PERSONAL, SOURCES, Found, Layer, Spot, read_layers, unwell
from console.models.sources import Standing
from console.panels import standing
from console.store.read import Read
from widgets.map_furniture import AreaFacts, LayerLine
from widgets.map_marks import Form, MapMark
from widgets.map_projection import world
from widgets.map_shapes import shape_of
from widgets.map_view import MapView
from widgets.marks import Severity
from widgets.menu_button import MenuButton

_FORMS = {
    Layer.WARNINGS: Form.WARNING,
    Layer.FLOODS: Form.FLOOD,
    Layer.VEHICLES: Form.VEHICLE,
    Layer.GAUGES: Form.GAUGE,
    Layer.QUAKES: Form.QUAKE,
    Layer.REPORTS: Form.REPORT,
}
_RANKED = (Severity.INFO, Severity.INFO, Severity.WASPADA, Severity.SIAGA, Severity.AWAS)
"""The mark of a warning by its rank."""


class Drawn(NamedTuple):
    """A layer with what can be drawn of it."""

    found: Found
    marks: Sequence[MapMark]
    undrawn: int
    """How many have no place, or none that can be drawn."""


def drawn(found: Found, said: Callable[[Spot], str]) -> Drawn:
    """The marks of a layer. Runs on a worker; `said`: what stands beside a mark."""
    marks: list[MapMark] = []
    form = _FORMS[found.layer]
    for spot in found.spots:
        shape = shape_of(spot.polygons) if spot.polygons else None
        if shape is not None:
            x, y = shape.inner
        elif spot.lat is not None and spot.lon is not None and abs(spot.lat) <= 90 and abs(spot.lon) <= 180:
            x, y = (float(each) for each in world(spot.lon, spot.lat))
        else:
            continue
        rank = int(_RANKED[min(spot.rank, len(_RANKED) - 1)]) if form is Form.WARNING else spot.rank
        marks.append(MapMark(spot.key, form, x, y, rank, shape, spot.bearing, said(spot), bool(spot.doubtful)))
    undrawn = len(found.spots) - len(marks)
    if found.layer is Layer.WARNINGS:  # a shape that was told and cannot be drawn is missed even where there is a place
        undrawn += sum(1 for spot, mark in _paired(found, marks) if spot.polygons and mark.shape is None)
    return Drawn(found, tuple(marks), undrawn)


def _paired(found: Found, marks: Sequence[MapMark]) -> list[tuple[Spot, MapMark]]:
    by_key = {mark.key: mark for mark in marks}
    return [(spot, by_key[spot.key]) for spot in found.spots if spot.key in by_key]


class MapLayers(QObject):
    """The layers of one map."""

    def __init__(self, desk: Desk, view: MapView, say: Callable[..., str]) -> None:
        super().__init__(view)
        self.desk, self.view, self.say = desk, view, say
        self.on: frozenset[Layer] = AT_FIRST
        self.found: Mapping[Layer, Drawn] = {}
        self.again: Callable[[], None] = lambda: None
        """Read anew; given by the panel, whose query it is."""
        self.button = MenuButton(self._fill)
        self._late: frozenset[str] = frozenset()
        self._pointed = ""
        view.mark_chosen.connect(self._chosen)
        view.mark_pointed.connect(self._point)
        desk.sources.changed.connect(self._follow_sources)
        desk.people.changed.connect(self._follow_person)
        desk.links.item_changed.connect(self._follow_item)

    # which are on

    @property
    def offered(self) -> Sequence[Layer]:
        """What can be switched on here and now: what citizens told is for those alone who have signed in."""
        people = self.desk.people
        hidden = PERSONAL if people.covered or people.audience.narrow else frozenset()
        return [layer for layer in Layer if layer not in hidden]

    @property
    def shown(self) -> frozenset[Layer]:
        """What is on, of what is offered."""
        return self.on & frozenset(self.offered)

    def switch(self, layer: Layer) -> None:
        """On or off."""
        self.on ^= {layer}
        self._turned()

    def _turned(self) -> None:
        self.word()
        self.again()

    def _fill(self, menu: QMenu) -> None:
        for layer in self.offered:
            action = menu.addAction(self.say(f"panels.layers.{layer}"), partial(self.switch, layer))
            action.setCheckable(True)
            action.setChecked(layer in self.on)

    def keep(self) -> list[str]:
        """What is on, as it is kept."""
        return [str(layer) for layer in Layer if layer in self.on]

    def restore(self, kept: Any) -> None:
        """Take what `keep` gave."""
        if isinstance(kept, list) and all(isinstance(each, str) for each in kept):
            self.on = frozenset(Layer(each) for each in kept if each in Layer._value2member_map_)
            self._turned()

    # reading

    @staticmethod
    def touches(changes: Changes) -> bool:
        """Whether a change is of what lies here."""
        return bool(changes.kinds & {Kind.ITEM, Kind.READING})

    def ask(self) -> Callable[[Read], tuple[Drawn, ...]]:
        """The job that reads what is on."""
        self._late = self._late_now()
        now, phrases = self.desk.clock.now(), self.desk.phrases
        job = read_layers(self.desk.pack, self.shown, now, self._late)
        silent, unknown = self.say("panels.measurements.state.silent"), self.say("core.unknown")
        depths = [self.say(f"panels.layers.depth.{state}") for state in range(5)]

        def said(spot: Spot) -> str:
            told = spot.told
            if isinstance(told, Latest):
                value = unknown if told.at is None else f"{measured(told.value, phrases)} {told.series.unit}".strip()
                return silent if spot.doubtful == "silent" else value
            if spot.layer is Layer.FLOODS:
                return depths[spot.rank] if 0 < spot.rank < len(depths) else ""
            return f"M {told.item.level}" if spot.layer is Layer.QUAKES else ""

        return lambda read: tuple(drawn(each, said) for each in job(read))

    def take(self, found: Collection[Drawn]) -> None:
        """What was read."""
        self.found = {each.found.layer: each for each in found if each.found.layer in self.shown}
        self.word()

    def _late_now(self) -> frozenset[str]:
        now, rows = self.desk.clock.now(), self.desk.sources.rows
        return frozenset(
            each.id for layer in Layer for each in rows if each.kind in SOURCES[layer] and unwell(each, layer, now)
        )

    def _follow_sources(self) -> None:
        if self._late_now() != self._late:
            self.again()
        self.word()

    def _follow_person(self) -> None:
        if self.found.keys() - self.shown or (self.on & PERSONAL):
            self.take([each for layer, each in self.found.items() if layer in self.shown])
            self.again()

    # words

    def word(self) -> None:
        """Say it all again."""
        shown = self.shown
        count = self.desk.phrases.show(len(shown))
        choice = self.say("panels.layers.button", count=count) if shown else self.say("panels.layers.none")
        self.button.tell(self.say("panels.layers.name"), choice, bool(shown))
        here = [each for layer, each in self.found.items() if layer in shown]
        lines = [line for each in here if (line := self._line(each)) is not None]
        self.view.set_marks([mark for each in here for mark in each.marks], lines)
        self._tell()

    @property
    def credit(self) -> str:
        """Credit lines of the sources of what is shown."""
        named = [standing.credit(self._sources(each)) for each in self.found.values() if each.found.spots]
        return " · ".join(dict.fromkeys(each for each in named if each))

    def _sources(self, each: Drawn) -> Standing:
        """The sources a layer comes from: of warnings all that would tell one, of others those that told."""
        about = self.desk.sources.about(SOURCES[each.found.layer])
        told = {spot.source for spot in each.found.spots}
        rows = [row for row in about.rows if row.id in told]
        all_of_them = each.found.layer is Layer.WARNINGS or not rows
        return about if all_of_them else Standing(rows, about.known, self.desk.clock)

    def _line(self, each: Drawn) -> LayerLine | None:
        """The legend of a layer: how many, from whom, how old; None where nobody tells any."""
        found, say, now = each.found, self.say, self.desk.clock.now()
        sources = self._sources(each)
        if not sources.rows and not found.spots:
            return None
        show = self.desk.phrases.show
        parts = [show(len(found.spots)) + ("+" if found.more else "")]
        if each.undrawn:
            parts.append(say("panels.layers.undrawn", count=show(each.undrawn)))
        late = [row for row in sources.rows if unwell(row, found.layer, now)]
        if late:
            stands = Standing(late, True, self.desk.clock)
            lost = standing.lost_words(self.desk, stands)[0]
            parts.append(lost if stands.lost else standing.stale_words(self.desk, stands))
        elif sources.rows:
            titles = ", ".join(row.title for row in sources.rows[:2])
            parts += [titles, standing.age_words(self.desk, sources)[1]]
        top = max(each.marks, key=lambda mark: (not mark.doubtful, mark.rank), default=None)
        rank = top.rank if top is not None else int(Severity.INFO) if found.layer is Layer.WARNINGS else 2
        mark = MapMark("", _FORMS[found.layer], 0, 0, rank, bearing=45.0, doubtful=bool(late) or not found.spots)
        told = " · ".join(part for part in parts if part)
        return LayerLine(mark, say(f"panels.layers.{found.layer}"), told, bool(late))

    # what is chosen

    def spot(self, key: str) -> Spot | None:
        """What lies on the map by that key."""
        return next((spot for each in self.found.values() for spot in each.found.spots if spot.key == key), None)

    def _chosen(self, key: str) -> None:
        self._tell()
        if key:
            self.desk.links.select_item(key)

    def _follow_item(self, key: str) -> None:
        self.view.set_selected_mark(key)
        self._tell()

    def _point(self, key: str) -> None:
        self._pointed = key
        self._tell()

    def _tell(self) -> None:
        wanted = {key: self.spot(key) for key in (self.view.selected_mark, self._pointed) if key}
        self.view.set_mark_facts({key: self.facts(spot) for key, spot in wanted.items() if spot is not None})

    def facts(self, spot: Spot) -> AreaFacts:
        """What the card of a mark says."""
        say, desk, now = self.say, self.desk, self.desk.clock.now()
        titles = {each.id: each.title for each in desk.sources.rows}
        lines: list[tuple[str, str]] = []
        if isinstance(spot.told, Latest):
            title, at, place = self._gauge(spot.told, lines)
        else:
            title, at, place = self._item(spot, spot.told, ItemWording(desk.pack, desk.phrases, now, titles), lines)
        if at is not None:
            lines.append((say("panels.layers.age"), desk.phrases.span(max(0.0, (now - at).total_seconds()))))
        if spot.doubtful:
            lines.append((say("panels.layers.doubt"), say(f"panels.layers.doubtful.{spot.doubtful}")))
        lines.append((say("panels.layers.source"), titles.get(spot.source, spot.source)))
        if place:
            lines.append((say("panels.layers.area"), place))
        mark = self.view.overlay.mark_of(spot.key)
        if mark is not None and mark.shape is not None and mark.shape.simplified:
            lines.append((say("panels.layers.shape"), say("panels.layers.simplified")))
        elif spot.polygons and mark is not None and mark.shape is None:
            lines.append((say("panels.layers.shape"), say("panels.layers.unsound")))
        return AreaFacts(title, lines)

    def _gauge(self, told: Latest, lines: list[tuple[str, str]]) -> tuple[str, datetime | None, str]:
        series, phrases = told.series, self.desk.phrases
        if told.at is not None:
            lines.append((series.property or series.title, f"{measured(told.value, phrases)} {series.unit}".strip()))
        place = self.desk.pack.area_name(series.area) if series.area else ""
        return series.station or series.title, told.at, place

    def _item(
        self, spot: Spot, row: ItemRow, words: ItemWording, lines: list[tuple[str, str]]
    ) -> tuple[str, datetime | None, str]:
        item, say = row.item, self.say
        if spot.layer is Layer.WARNINGS:
            lines.append((say("panels.layers.severity"), SEVERITIES[len(SEVERITIES) - 1 - spot.rank]))
        if spot.layer is Layer.FLOODS and 0 < spot.rank < 5:
            lines.append((say("panels.layers.depth.name"), say(f"panels.layers.depth.{spot.rank}")))
        if item.ends_at is not None:
            lines.append((say("panels.layers.until"), words.moment(item.ends_at)))
        return words.title(item), item.observed_at, words.place(item)
