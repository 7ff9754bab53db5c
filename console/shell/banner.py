"""The strip on top of each window: the menu, the city and how it stands, the connection, the time.

`Standing` reads once for all windows what the strips say, and says it again when the second hand, the sources or
the outbox moved it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QToolButton, QWidget

from console.core.people import Right
from console.core.phrases import Phrases
from console.core.records import AreaCount, Kind, SourceState, source_state
from console.models.desk import Desk
from console.models.groups import GROUPS
from console.models.hub import APART_S, wants_sign_in
from console.models.live import MINUTE_S, LiveQuery
from console.models.news import LinkState
from console.shell.rehearsal import Rehearsal
from widgets import icons, theme
from widgets.banner import Banner
from widgets.plain import Elided, Label, one_line, tip
from widgets.theme import Role

if TYPE_CHECKING:
    from console.store.read import Read

MAY_CUT = (Right.WORK, Right.EXCHANGE, Right.SETTINGS)
"""Whoever works, carries changes, or sets the console up may cut its connection; who only looks may not."""
_EVERY_S = 1.0
_CITY, _LINK = 5, 7
"""Parts of the strip's room that city and link usually have."""
_PERSON_PX, _NAME_PX = 200, 48
"""A name and a role are drawn no wider, the city's name no narrower, px of a desk."""
_WRONG = frozenset(
    {SourceState.STALE, SourceState.SILENT, SourceState.LOST, SourceState.SHAPE_CHANGED, SourceState.DENIED}
)


@dataclass(frozen=True, slots=True)
class Said:
    """What the strips say now."""

    link: LinkState
    connection: str
    switch: str
    city: str
    time: str


@dataclass(frozen=True, slots=True)
class _Seen:
    total: AreaCount
    newest_at: datetime | None


class Standing(QObject):
    """How the console stands to the centre, and the city to its complaints, in words."""

    changed = Signal()

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.rehearsal = Rehearsal(desk, self)
        self.rehearsal.changed.connect(self.say_again)
        self.link = LinkState.STARTING
        self.since = desk.clock.now()
        """Since when the link is as it is."""
        self._seen: _Seen | None = None
        self._said: Said | None = None

        def ask() -> Callable[[Read], _Seen]:
            now = desk.clock.now()
            return lambda read: _Seen(read.total("", now), read.newest_received_at())

        # Trouble with the store is told by the panels, which show what they lack; the strip says what it knows.
        self._query = LiveQuery(
            desk,
            (Kind.COMPLAINT,),
            ask,
            self._on_seen,
            fail=lambda _error: None,
            every_s=_EVERY_S,
            at_least_every_s=MINUTE_S,
            parent=self,
        )
        desk.news.link.connect(self._on_link)
        desk.sources.changed.connect(self.say_again)
        desk.ticks.second.connect(self.say_again)

    def begin(self) -> None:
        """Start to look. The first window is painted before."""
        self._query.seen = True

    @property
    def said(self) -> Said:
        """The words, in the language now spoken."""
        if self._said is None:
            self._said = self._say()
        return self._said

    def say_again(self) -> None:
        """Say everything anew; tell only where a word changed."""
        said = self._say()
        if said != self._said:
            self._said = said
            self.changed.emit()

    def _on_seen(self, seen: _Seen) -> None:
        self._seen = seen
        self.say_again()

    def _on_link(self, link: LinkState) -> None:
        if link != self.link:
            self.link, self.since = link, self._desk.clock.now()
            self.say_again()

    def _say(self) -> Said:
        phrases, pack, now = self._desk.phrases, self._desk.pack, self._desk.clock.now()
        time = f"{phrases.day(now, pack.zone)} {phrases.time(now, pack.zone, pack.zone_label)}"
        if self.rehearsal.until is not None:
            return Said(LinkState.CUT, self._rehearsing(), phrases.say("shell.link.switch_end"), self._city(now), time)
        switch = phrases.say("shell.link.switch_join" if self.link is LinkState.CUT else "shell.link.switch_cut")
        return Said(self.link, self._connection(now), switch, self._city(now), time)

    def _rehearsing(self) -> str:
        """The countdown, in place of how the link stands."""
        minutes, seconds = divmod(int(self.rehearsal.left_s), 60)
        parts = [60 * minutes, seconds] if minutes and seconds else [60 * minutes or seconds]
        left = " ".join(self._desk.phrases.span(part) for part in parts)
        return " · ".join([self._desk.phrases.say("shell.link.rehearsing", left=left), *self._exchange()])

    def _exchange(self) -> list[str]:
        """What waits to reach the centre, what it refused, what waits for a person."""
        say, sources = self._desk.phrases.say, self._desk.sources
        outbox, hub, parts = sources.outbox, sources.hub, []
        if outbox.waiting:
            parts.append(say("shell.link.waiting", count=outbox.waiting))
        if outbox.refused:
            parts.append(say("shell.link.refused", count=outbox.refused))
        if sources.conflicts:
            parts.append(say("shell.link.conflicts", count=sources.conflicts))
        if hub is not None and hub.questions:
            parts.append(say("shell.link.asks"))
        elif hub is not None and hub.trouble and self.link is LinkState.ONLINE:
            parts.append(say("shell.link.denied" if wants_sign_in(hub) else "shell.link.hub_lost"))
        if hub is not None and abs(hub.clock_s) > APART_S:
            parts.append(say("shell.link.clock", span=self._desk.phrases.span(abs(hub.clock_s))))
        return parts

    def _connection(self, now: datetime) -> str:
        phrases, pack = self._desk.phrases, self._desk.pack
        since = phrases.moment(self._lost_since(), pack.zone, "", now)
        parts = [phrases.say(f"shell.link.{self.link.value}", since=since), *self._exchange()]
        if self.link is LinkState.STARTING and self._seen is not None and self._seen.newest_at is not None:
            age_s = (now - self._seen.newest_at).total_seconds()
            parts.append(phrases.say("shell.link.newest", age=phrases.span(age_s)))
        return " · ".join(parts)

    def _lost_since(self) -> datetime:
        """Offline: since the last good answer of any source, be it before this start. Else since the link turned."""
        good = [each.last_good_at for each in self._desk.sources.rows if each.last_good_at is not None]
        return max(good) if good and self.link is LinkState.OFFLINE else self.since

    def _city(self, now: datetime) -> str:
        if self._seen is None:
            return ""
        say, total = self._desk.phrases.say, self._seen.total
        unheard = not (self._desk.sources.about().heard or total.open or total.day)
        wrong = sum(source_state(each, now) in _WRONG for each in self._desk.sources.rows)
        parts = [
            say("shell.city.open", count=total.open),
            say("shell.city.late", count=total.late) if total.late else say("shell.city.none_late"),
            say("shell.city.day", count=total.day),
        ]
        if unheard:
            parts = [say("shell.city.unheard")]
        if wrong:
            parts.append(say("shell.city.sources", count=wrong))
        return " · ".join(parts)


class MenuButton(QToolButton):
    """Opens the menu, by mouse or F10."""

    def __init__(self) -> None:
        super().__init__()
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setMenu(QMenu(self))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def dress(self) -> None:
        """Draw the icon in the colours and size of the window."""
        tokens = theme.of(self)
        self.setIcon(icons.icon("menu", tokens.icon, tokens.text, self.devicePixelRatioF()))
        self.setIconSize(QSize(tokens.icon, tokens.icon))


class PersonButton(QToolButton):
    """Who is here, and what can be done about it."""

    def __init__(self) -> None:
        super().__init__()
        self._told = ""
        self._short = False
        self.whole_width = 0
        """What it takes with its words, px."""
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setMenu(QMenu(self))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    @property
    def told(self) -> str:
        """Who is here, whole."""
        return self._told

    def say(self, told: str, menu: str) -> None:
        """Show who is here; `menu` is what pressing it opens, for those who hear the screen."""
        self._told = told
        self.setAccessibleName(one_line(f"{told} · {menu}"))
        self.setToolTip(tip(told))
        self.dress()

    def shorten(self, short: bool) -> None:
        """Where there is no room for words, the icon alone; the words are in its tooltip."""
        self._short = short
        style = Qt.ToolButtonStyle.ToolButtonIconOnly if short else Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        if style != self.toolButtonStyle():
            self.setToolButtonStyle(style)

    def dress(self) -> None:
        """Take the colours and the size of the window; a long name gives way."""
        tokens = theme.of(self)
        self.setIcon(icons.icon("person", tokens.icon, tokens.text, self.devicePixelRatioF()))
        self.setIconSize(QSize(tokens.icon, tokens.icon))
        measure = theme.metrics(tokens, Role.BODY)
        told = measure.elidedText(one_line(self._told), Qt.TextElideMode.ElideRight, tokens.px(_PERSON_PX))
        self.setText(told.replace("&", "&&"))
        short = self._short
        self.shorten(False)
        self.whole_width = self.sizeHint().width()
        self.shorten(short)


class Strip(QWidget):
    """The strip of one window."""

    cut_asked = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.menu = MenuButton()
        self.person = PersonButton()
        self.banner = Banner()
        self.banner.action_asked.connect(self.cut_asked)
        self._name = Elided(desk.pack.name, Role.TITLE)
        self._city = Elided("", Role.STRONG, whole=True)
        self._city.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._group = Label("", Role.SECOND)
        self._group.hide()
        self._letter = ""
        self._row = QHBoxLayout(self)
        self._row.addWidget(self.menu)
        self._row.addWidget(self._name)
        self._row.addWidget(self._group)
        self._row.addWidget(self._city)
        self._row.addWidget(self.person)
        self._row.addWidget(self.banner)

    def show_said(self, said: Said) -> None:
        """Show what stands now."""
        self._city.set_text(said.city)
        switch = said.switch if self._desk.people.may(*MAY_CUT) else ""
        self.banner.show_state(said.link.value, said.connection, switch, right=said.time)
        self._share()

    def show_person(self, told: str) -> None:
        """Say who is here."""
        self.person.say(told, self._desk.phrases.say("shell.menu.person"))
        self._share()

    def show_group(self, letter: str) -> None:
        """Name the link group; the first one, which all windows follow unless told otherwise, needs no word."""
        self._letter = letter
        self._group.setText(self._desk.phrases.say("shell.group", group=letter))
        self._group.setVisible(letter != GROUPS[0])
        self._share()

    def _share(self) -> None:
        """Room between city and link: the usual parts while they do, more for the city where the link needs less; what
        the link says goes before."""
        edges, gaps = self._row.contentsMargins(), (self._row.count() - 1) * self._row.spacing()
        fixed = [self.menu, *([] if self._group.isHidden() else [self._group])]
        free = self.width() - sum(each.sizeHint().width() for each in fixed) - edges.left() - edges.right() - gaps
        needed, name = self.banner.sizeHint().width(), self._name.sizeHint().width()
        icon, whole = self.menu.sizeHint().width(), self.person.whole_width
        short = free - name - whole < needed
        self.person.shorten(short)
        free -= icon if short else whole
        name = min(name, max(theme.of(self).px(_NAME_PX), free - needed))
        self._name.setMaximumWidth(name)
        room = free - name
        wanted = max(room * _CITY // (_CITY + _LINK), self._city.sizeHint().width())
        city = max(1, min(wanted, room - needed))
        self._row.setStretch(self._row.indexOf(self._city), city)
        self._row.setStretch(self._row.indexOf(self.banner), max(1, room - city))

    def sizeHint(self) -> QSize:
        """With all words, also while some give way."""
        name, person = self._name, self.person
        shortened = name.sizeHint().width() - min(name.sizeHint().width(), name.maximumWidth())
        shortened += max(0, person.whole_width - person.sizeHint().width())
        return super().sizeHint() + QSize(shortened, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share()

    def dress(self) -> None:
        """Take the sizes of the window."""
        unit = theme.of(self).unit
        self._row.setContentsMargins(2 * unit, 0, 0, 0)
        self._row.setSpacing(3 * unit)
        self.menu.dress()
        self.person.dress()
        self._share()

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens = theme.of(self)
        with QPainter(self) as painter:
            painter.setPen(theme.pen(tokens.line))
            painter.drawLine(0, self.height() - 1, self.width(), self.height() - 1)

    def retranslate(self) -> None:
        """Say everything again."""
        phrases: Phrases = self._desk.phrases
        self._group.setText(phrases.say("shell.group", group=self._letter))
        self.menu.setAccessibleName(phrases.say("shell.menu.title"))
        self.menu.setToolTip(phrases.say("shell.menu.tip"))
