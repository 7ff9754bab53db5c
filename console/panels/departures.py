"""When the next buses leave a stop: by the timetable that is here, and by what vehicles say where that is fresh.

Works with the cable out: a timetable that has run out says so, a headway is told as "about", and a line whose times
nobody publishes is named without any.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.core.records import Kind
from console.core.transit import Departure
from console.models.desk import Desk
from console.models.keyed import Cell as Said
from console.models.keyed import Entry
from console.panels.item_table import ItemColumn, ItemTable
from console.panels.panel import Panel, PanelFace
from console.store.departures import Stop
from console.store.read import Read
from console.store.read_readings import Departures
from widgets.plain import Label
from widgets.row_table import Cell
from widgets.search_field import SearchField
from widgets.theme import Role

_EVERY_S = 15.0
_TYPED_MS = 120
_MOST_STOPS = 60
_MOST = 30
_HEADINGS = ("at", "in", "line", "to", "how")
_COLUMNS = (
    ItemColumn(Cell.TEXT, 96),
    ItemColumn(Cell.SECOND, 96),
    ItemColumn(Cell.TEXT, 90),
    ItemColumn(Cell.TEXT),
    ItemColumn(Cell.SECOND, 200, 1),
)


class _Found(NamedTuple):
    asked: tuple[str, str]
    stops: Sequence[Stop]
    told: Departures | None


class DepartureList(Panel):
    """A search for stops, and the next departures of the one chosen."""

    face = PanelFace(
        "departures",
        "panels.departures.title",
        "clock",
        frozenset({Kind.TIMETABLE, Kind.ITEM}),
        personal=False,
    )

    def build(self, _desk: Desk) -> None:
        self.found: _Found | None = None
        self.stop = self.text = ""
        self.search = SearchField()
        self.stops = ItemTable((ItemColumn(Cell.TWO_LINES),))
        self.stops.horizontalHeader().hide()
        self.table = ItemTable(_COLUMNS)
        self.name, self.note = Label("", Role.TITLE, wrap=True), Label("", Role.SECOND, wrap=True)
        self._typed = QTimer(self)
        self._typed.setSingleShot(True)
        self._typed.setInterval(_TYPED_MS)
        self._typed.timeout.connect(self._look_for)
        self._lay_out()
        self.search.textChanged.connect(lambda _text: self._typed.start())
        self.stops.chosen.connect(self.choose)
        self._query = self.live(self._ask, self._take, every_s=1.0, at_least_every_s=_EVERY_S)
        self.setFocusProxy(self.search)

    def _lay_out(self) -> None:
        left, right = QWidget(), QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(12, 8, 0, 0)
        column.addWidget(self.search)
        column.addWidget(self.stops, 1)
        column = QVBoxLayout(right)
        column.setContentsMargins(12, 8, 0, 0)
        column.setSpacing(4)
        for part in (self.name, self.note):
            column.addWidget(part)
        column.addWidget(self.table, 1)
        both = QHBoxLayout(self.content)
        both.setContentsMargins(0, 0, 0, 0)
        both.setSpacing(0)
        both.addWidget(left, 2)
        both.addWidget(right, 5)

    def choose(self, stop: str) -> None:
        """Show the departures of that stop."""
        if stop and stop != self.stop:
            self.stop = stop
            self._query.again()

    def _look_for(self) -> None:
        self.text = self.search.text().strip()
        self._query.again()

    def _ask(self) -> Callable[[Read], _Found]:
        asked, now = (self.stop, self.text), self.desk.clock.now()
        return lambda read: _Found(
            asked, read.stops(asked[1], _MOST_STOPS), read.departures(asked[0], now, _MOST) if asked[0] else None
        )

    def _take(self, found: _Found) -> None:
        if found.asked == (self.stop, self.text):  # else another question is on its way
            self.found = found
            self._word()

    def _word(self) -> None:
        found = self.found
        if found is None:
            return
        if not found.stops and not self.text and not self.stop:
            self.show_empty(self.say("panels.departures.empty"), self.say("panels.departures.empty_hint"))
            return
        self.stops.rows.show([Entry(each.id, (Said(each.name, each.code),)) for each in found.stops])
        self.stops.choose(self.stop)
        named = next((each.name for each in found.stops if each.id == self.stop), "")
        if named or not self.stop:
            self.name.setText(named)
        told = found.told
        self.table.setVisible(told is not None)
        if told is None:
            self.note.setText(self.say("panels.departures.choose"))
        else:
            self.table.rows.show([self._entry(number, each) for number, each in enumerate(told.next)])
            self.note.setText(" ".join(self._notes(told)))
        self.show_ready()

    def _notes(self, told: Departures) -> list[str]:
        """What must be known beside the rows."""
        say, now = self.say, self.desk.clock.now()
        notes = []
        if told.edition is None:
            return [say("panels.departures.no_timetable")]
        today = now.astimezone(self.desk.pack.zone).strftime("%Y%m%d")
        edition = told.edition
        if edition.ends_on and edition.ends_on < today:
            notes.append(say("panels.departures.ran_out", day=_day(edition.ends_on)))
        if not told.next:
            notes.append(say("panels.departures.none"))
        untimed = sorted({each.route for each in told.lines if not each.timed})
        if untimed:
            notes.append(say("panels.departures.untimed", lines=", ".join(untimed)))
        notes.append(say("panels.departures.edition", version=edition.version, at=self._moment(edition.at)))
        return notes

    def _entry(self, number: int, departure: Departure) -> Entry:
        say, desk = self.say, self.desk
        at = departure.expected_at or departure.at
        how = [say("panels.departures.live" if departure.expected_at is not None else "panels.departures.planned")]
        late_s = 0.0 if departure.expected_at is None else (departure.expected_at - departure.at).total_seconds()
        if abs(late_s) >= 60:
            how = [say(f"panels.departures.{'late' if late_s > 0 else 'early'}", span=desk.phrases.span(abs(late_s)))]
        if departure.about:
            every = departure.every_s
            how = [
                say("panels.departures.every", span=desk.phrases.span(every))
                if every
                else say("panels.departures.about")
            ]
        if departure.state:
            how = [say(f"panels.departures.state.{'canceled' if departure.state == 'CANCELED' else 'skipped'}")]
        if departure.platform:
            how.append(say("panels.departures.platform", platform=departure.platform))
        cells = (
            Said(desk.phrases.time(at, desk.pack.zone)),
            Said(desk.phrases.span(max(0.0, (at - desk.clock.now()).total_seconds()))),
            Said(departure.route),
            Said(departure.headsign),
            Said(" · ".join(how)),
        )
        return Entry(f"{number}:{departure.trip_id}:{departure.service_day}:{departure.run}:{departure.number}", cells)

    def _moment(self, at: datetime) -> str:
        desk = self.desk
        return desk.phrases.moment(at, desk.pack.zone, desk.pack.zone_label, desk.clock.now())

    def counts(self) -> str:
        found = self.found
        return self.say("panels.departures.count", count=len(found.told.next)) if found and found.told else ""

    def retranslate(self) -> None:
        self.search.setPlaceholderText(self.say("panels.departures.search"))
        self.search.setAccessibleName(self.say("panels.departures.search"))
        self.stops.setAccessibleName(self.say("panels.departures.stops"))
        self.table.setAccessibleName(self.say(self.face.title))
        self.table.rows.name([self.say(f"panels.departures.column.{name}") for name in _HEADINGS])
        self._word()

    def keep(self) -> dict[str, Any]:
        return {"stop": self.stop}

    def restore(self, kept: Mapping[str, Any]) -> None:
        stop = kept.get("stop")
        if isinstance(stop, str):
            self.choose(stop)


def _day(text: str) -> str:
    """ "20211231" as 31-12-2021."""
    return f"{text[6:8]}-{text[4:6]}-{text[:4]}"
