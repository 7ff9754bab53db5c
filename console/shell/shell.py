"""The whole of the screen: windows on their monitors, and everything a person can do in them.

`Shell` puts the parts together and carries what concerns all windows: language, theme, notices, keys. It knows no
complaint and no wire; what it may use is the desk.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication, QMenu

from console.core.command import CommandFace
from console.core.errors import ConsoleError, Fault, Refused
from console.core.records import Kind
from console.models.desk import Desk
from console.models.drafts import Draft
from console.models.groups import Groups, after
from console.models.live import LiveQuery
from console.panels.panel import Panel
from console.shell.actions import KEYS, Actions, Menu
from console.shell.banner import Standing
from console.shell.content import Panels
from console.shell.deeds import Answers, Deeds
from console.shell.hub_notice import HubNotice
from console.shell.layouts import planned, with_panel
from console.shell.locking import Locking
from console.shell.notices import Gravity, Notice, Notices, of_error
from console.shell.preferences import Preferences
from console.shell.rehearsal import Report, report_page
from console.shell.screens import Screens
from console.shell.wall import Wall
from console.shell.windows import Window
from widgets import theme

# What lies over a window is imported when it is first opened: the first window is on the glass before.
if TYPE_CHECKING:
    from console.shell.offers import Offers
    from console.shell.over_form import OverForm
    from console.shell.page import Page
    from console.shell.palette import Palette
    from console.store.read import Read

_CALM_MS = 15
_MOST_CALM_TURNS = 30
"""So many turns of `_CALM_MS` the first panel has the screen to itself at most,"""
_SETTLED_TURNS = 3
"""and so many once it has something to show."""


class Shell(QObject):
    """All windows, and what they share."""

    painted = Signal()
    """The first window stands on the glass, with what it has to show, or after a while without."""
    complete = Signal()
    """Every window has its panels."""
    cut_asked = Signal()
    """The switch of the connection was pressed."""
    ending = Signal()

    def __init__(self, desk: Desk, preferences: Preferences, screens: Screens, panels: Panels) -> None:
        super().__init__()
        self.groups = Groups(desk, self)
        self.desk = self.groups.here
        """What belongs to no window selects for the window in use."""
        self.preferences = preferences
        self.notices = Notices(self)
        self.standing = Standing(desk, self)
        self.rehearsal = self.standing.rehearsal
        self.rehearsal.reported.connect(self._show_rehearsed)
        self.deeds = Deeds(self.desk, self.notices, self, self)
        self._hub = HubNotice(desk, self.notices, lambda: self.open_panel("sources"), self)
        self.wall = Wall(self.groups, screens, panels, self.notices)
        self.actions = Actions()
        self._offers: Offers | None = None
        self._forms: dict[Window, OverForm] = {}
        self._pages: dict[Window, Page] = {}
        self._palettes: dict[Window, Palette] = {}
        self._complete = False
        self._builder = QTimer(self, interval=0)
        self._builder.timeout.connect(self._build_one)
        self._calm = QTimer(self, interval=_CALM_MS)
        self._calm.timeout.connect(self._build_when_calm)
        self._calm_turns = 0
        self._store = LiveQuery(
            desk, (Kind.STORE,), lambda: _store_notices, self._tell_store, fail=lambda _error: None, parent=self
        )
        self.wall.opened.connect(self._dress_up)
        self.notices.changed.connect(self._show_notices)
        self.standing.changed.connect(self._show_said)
        preferences.on_change(self._on_setting)
        desk.phrases.on_change(self._retranslate)
        self.locking = Locking(self)

    def open(self) -> None:
        """Show the desk with its first panel; then, one a turn of the loop, all other panels and windows."""
        self.wall.plan(self.preferences["layout"])
        for fault in self.preferences.faults:
            self.notices.add(of_error(fault))
        first = self.wall.make_next()
        if first is None:
            return
        slot = next(first.content.slots(), None)
        if slot is not None:
            slot.fill()
        first.installEventFilter(self)
        self.wall.send_home(first)
        first.take_focus()

    def offer(self) -> None:
        """Make the list of everything that can be done, once. The first window is painted before."""
        from console.shell.offers import Offers

        if self._offers is not None:
            return
        self._offers = Offers(self, self.wall.panels)
        self.actions.add(self._offers.all())
        for window in self.wall.windows:
            window.take_keys(self.actions, self.do)

    def begin(self) -> None:
        """Start to look at the store for what belongs to no panel."""
        self.standing.begin()
        self.deeds.begin()
        self._store.seen = True
        self.desk.ticks.start()

    def here(self) -> Window:
        """The window that has the focus, the desk where none has."""
        active = QApplication.activeWindow()
        return active if isinstance(active, Window) else self.wall.windows[0]

    def do(self, action: str) -> None:
        """Do one action of the list by its id, where it can be done; a fault of the world is told."""
        chosen = self.actions[action]
        why_not = chosen.why_not()
        if why_not is not None:
            self.notices.add(Notice("refused", Gravity.REFUSED, lambda phrases: phrases.tell(why_not)))
            return
        self.notices.drop("refused")
        try:
            chosen.do()
        except ConsoleError as error:
            self.notices.add(of_error(error))

    def settled(self) -> bool:
        """True where every panel in sight has something to show."""
        slots = [slot for window in self.wall.windows for slot in window.content.slots() if slot.isVisibleTo(window)]
        return bool(slots) and all(slot.settled for slot in slots)

    def open_palette(self) -> None:
        """Everything that can be done, over the window in use."""
        from console.shell.palette import Palette

        window = self.here()
        palette = self._palettes.get(window)
        if palette is None:
            palette = self._palettes[window] = Palette(self.desk, self.actions, self.do, window.body)
        palette.open_it()

    def open_manual(self, page: str = KEYS) -> None:
        """A page of the manual over the window in use."""
        self._page().show_manual(page, self.actions)

    def open_help(self) -> None:
        """The page of the manual for the panel that has the keyboard; the page of keys where none has, or none is
        written."""
        panel = self.here().panel_in_use()
        self.open_manual(KEYS if panel is None else panel.face.id)

    def open_report(self, report: str) -> None:
        """The report of a bug over the window in use."""
        self._page().show_report(report)

    def switch(self) -> None:
        """The button of the strip: end a rehearsal, else cut or join the connection."""
        self.offer()
        self.do("cut" if self.rehearsal.until is None else "rehearse")

    def _show_rehearsed(self, report: Report) -> None:
        self._page().show_said(lambda phrases: report_page(report, phrases))

    def _follow_here(self) -> None:
        self.groups.use(self.here().monitor.group)

    def next_group(self) -> None:
        """The window in use follows the next link group."""
        window = self.here()
        window.put(replace(window.kept(), group=after(window.monitor.group)))

    def keep_layout(self) -> None:
        """Remember what stands where."""
        self.preferences.change("layout", self.wall.layout(self.preferences["layout"]))

    def close(self) -> None:
        """Keep the layout and put the windows away. A disk that takes nothing any more does not stop the end."""
        self._builder.stop()
        self._calm.stop()
        try:
            self.keep_layout()
        except ConsoleError as error:
            self.notices.add(of_error(error))
        self.wall.close()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Paint:
            watched.removeEventFilter(self)
            self._calm.start()
        return False

    def _build_when_calm(self) -> None:
        """Leave the first panel alone until its rows are painted, or for a while; then make the rest."""
        self._calm_turns += 1
        first = next(self.wall.windows[0].content.slots(), None)
        if (first is None or first.settled) and self._calm_turns < _MOST_CALM_TURNS - _SETTLED_TURNS:
            self._calm_turns = _MOST_CALM_TURNS - _SETTLED_TURNS
        if self._calm_turns >= _MOST_CALM_TURNS:
            self._calm.stop()
            self.painted.emit()
            self._builder.start()

    def _build_one(self) -> None:
        """One window or one panel a turn, so that a key is answered between two."""
        if self._fill_one():
            return
        window = self.wall.make_next()
        if window is not None:
            self.wall.send_home(window)
            window.take_focus()
        elif self._offers is None:
            self.offer()
        else:
            self._builder.stop()
            self._finish()

    def _fill_one(self) -> bool:
        for window in self.wall.windows:
            for slot in window.empty_slots():
                if not slot.settled:
                    slot.fill()
                    return True
        return False

    def _finish(self) -> None:
        if not self._complete:
            self._complete = True
            self.wall.raise_all()
            self.complete.emit()

    def _dress_up(self, window: Window) -> None:
        window.dress(theme.load(self.preferences["theme"]), self.preferences["wall.distance_m"])
        window.strip.dress()
        menu = window.strip.menu.menu()
        menu.aboutToShow.connect(lambda: self._fill_menu(menu))
        if self._offers is not None:
            window.take_keys(self.actions, self.do)
        window.strip.cut_asked.connect(self.switch)
        window.notices.closed.connect(self.notices.drop)
        window.panel_built.connect(self._on_panel)
        window.closing.connect(self.ending)
        window.used.connect(self._follow_here)
        person = window.strip.person.menu()
        person.aboutToShow.connect(lambda: self._fill_person(person))
        self.locking.dress_up(window)
        window.strip.show_said(self.standing.said)
        window.notices.show_notices(self._told())
        if self._complete:
            self._builder.start()

    def _fill_menu(self, menu: QMenu) -> None:
        from console.shell.menus import fill_menu

        fill_menu(menu, self.actions, self.desk.phrases, self.do)

    def _fill_person(self, menu: QMenu) -> None:
        from console.shell.menus import fill_part

        self.offer()
        fill_part(menu, Menu.PERSON, self.actions, self.desk.phrases, self.do)

    def _on_panel(self, panel: Panel) -> None:
        panel.wants.connect(self._on_wish)
        panel.deed_told.connect(self.deeds.tell)

    def _on_wish(self, kind: str, name: str) -> None:
        wishes: dict[str, Callable[[str], None]] = {
            "manual": self.open_manual,
            "panel": self.open_panel,
            "do": self.do,
        }
        wishes[kind](name)

    def _page(self) -> Page:
        from console.shell.page import Page

        window = self.here()
        if window not in self._pages:
            self._pages[window] = Page(self.desk.phrases, window.body)
        return self._pages[window]

    def ask(self, face: CommandFace, send: Callable[[Answers], None], known: Answers | None = None) -> None:
        """A form over the window in use. `send` raises what is to be said in it; `known` fills fields by name."""
        from console.shell.over_form import OverForm

        window = self.here()
        if window not in self._forms:
            self._forms[window] = OverForm(self.desk.phrases, self.desk.pack, window.body)
        self._forms[window].ask(face, send, known)

    def open_panel(self, panel: str) -> None:
        """Bring a panel to the front where it stands in the windows that follow each other, the one in use first;
        else make it a tab here."""
        here = self.here()
        others = [each for each in self.wall.windows if each is not here and each.monitor.group == here.monitor.group]
        if any(window.show_panel(panel) for window in (here, *others)):
            return
        kept = here.kept()
        here.put(replace(kept, content=with_panel(kept.content, panel)))
        here.show_panel(panel)

    def show_panel(self, panel: str) -> bool:
        """Bring a panel to the front; false where this build has none of that kind."""
        if panel not in self.wall.panels:
            return False
        self.open_panel(panel)
        return True

    def name_operator(self, name: str) -> None:
        """From now on this person works here. Raises `Refused` for no name."""
        if not name.strip():
            raise Refused("shell.form.operator_lacks")
        self.preferences.change("operator", name.strip())

    def use_usual(self) -> None:
        """The table's own content on every monitor, as on the first day."""
        monitors = [window.home for window in self.wall.windows]
        for window, (_, monitor) in zip(self.wall.windows, planned({}, monitors, self.wall.panels)[0], strict=False):
            window.put(monitor)
        self.dress_all()

    def _tell_store(self, faults: list[Fault]) -> None:
        for fault in faults:
            self.notices.add(of_error(fault))

    def _told(self) -> list[Notice]:
        """What may be told now: while the screen is covered, nothing that names a complaint or a person."""
        return [each for each in self.notices.all() if not (each.personal and self.desk.people.covered)]

    def _show_notices(self) -> None:
        for window in self.wall.windows:
            window.notices.show_notices(self._told())

    def show_covered(self, covered: bool) -> None:
        """The screen was covered, or given back: what lies over the windows goes with it."""
        for form in self._forms.values():
            form.set_aside(covered)
        for palette in self._palettes.values() if covered else ():
            palette.forget()
        for page in self._pages.values() if covered else ():
            page.forget()
        self._show_notices()

    def take_drafts(self) -> list[Draft]:
        """What was typed into the forms of all windows; they are put away."""
        panels = [slot.panel for window in self.wall.windows for slot in window.content.slots() if slot.panel]
        taken = [*(each.take_draft() for each in panels), *(each.take_draft() for each in self._forms.values())]
        return [draft for draft in taken if draft is not None]

    def _show_said(self) -> None:
        for window in self.wall.windows:
            window.strip.show_said(self.standing.said)

    def _on_setting(self, name: str) -> None:
        if name == "language":
            self.desk.phrases.speak(self.preferences["language"])
        elif name in ("theme", "wall.distance_m"):
            self.dress_all()

    def dress_all(self) -> None:
        """Put the theme on everything anew."""
        tokens = theme.load(self.preferences["theme"])
        app = QApplication.instance()
        if isinstance(app, QApplication):
            theme.apply(app, tokens)
        for window in self.wall.windows:
            window.dress(tokens, self.preferences["wall.distance_m"])
            window.strip.dress()

    def _retranslate(self) -> None:
        self.standing.say_again()
        self.locking.retranslate()
        for form in self._forms.values():
            form.retranslate()
        for page in self._pages.values():
            page.retranslate(self.actions)
        for window in self.wall.windows:
            window.retranslate()


def _store_notices(read: Read) -> list[Fault]:
    return read.store_notices()
