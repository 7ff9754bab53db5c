"""What the shell itself offers: palette, switch, panels, views, help, areas; the deeds stand in `deeds.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from console.core.errors import ConsoleError, Refused
from console.core.people import Right
from console.core.phrases import LANGUAGES
from console.models.news import LinkState
from console.models.people import Stand
from console.shell.actions import Action, Menu, named, phrase
from console.shell.banner import MAY_CUT
from console.shell.content import Panels
from console.shell.rehearsal import FACE, USUAL_S
from widgets.tokens import THEMES

if TYPE_CHECKING:
    from console.shell.shell import Shell

PAGES = {
    "queue": "panels.queue.title",
    "complaint": "panels.complaint.title",
    "files": "files.title",
    "situation_map": "panels.situation_map.title",
    "indicators": "panels.indicators.title",
    "warnings": "panels.warnings.title",
    "tidings": "panels.tidings.title",
    "measurements": "panels.measurements.title",
    "departures": "panels.departures.title",
    "sources": "panels.sources.title",
    "answers": "panels.answers.title",
    "outbox": "panels.outbox.title",
    "conflicts": "panels.conflicts.title",
    "exchange": "panels.exchange.title",
    "ledger": "panels.ledger.title",
    "people": "panels.people.title",
    "rights": "panels.rights.title",
    "accounts": "shell.manual.accounts",
    "rehearsal": "shell.manual.rehearsal",
    "hub": "shell.manual.hub",
    "relay": "shell.manual.relay",
    "bundle": "shell.manual.bundle",
    "snapshot": "shell.manual.snapshot",
    "security": "shell.manual.security",
    "lost": "shell.manual.lost",
    "personal": "shell.manual.personal",
    "audience": "shell.manual.audience",
}
"""Pages of the manual by the phrase keys of their titles, besides the page of keys."""
_KEPT = {"people": Right.PEOPLE, "ledger": Right.AUDIT, "rights": Right.PERSONAL_RIGHTS}
"""Panels that are offered to those alone who have that right."""
_MOST_WINDOWS = 6
_PANEL_ORDER = (
    "queue",
    "complaint",
    "situation_map",
    "indicators",
    "warnings",
    "tidings",
    "measurements",
    "departures",
    "sources",
    "answers",
    "outbox",
    "conflicts",
    "exchange",
    "ledger",
    "people",
    "rights",
)


class Offers:
    """Makes the actions of one shell."""

    def __init__(self, shell: Shell, panels: Panels) -> None:
        self._shell = shell
        self._panels = panels

    def all(self) -> Iterator[Action]:
        """Every action, in the order of the menus."""
        yield from self._console()
        yield from self._person()
        yield from self._shell.deeds.actions()
        yield from self._panel_actions()
        yield from self._view()
        yield from self._help()
        yield from self._areas()

    def _console(self) -> Iterator[Action]:
        shell = self._shell
        cut = self._is_cut
        yield Action("palette", Menu.CONSOLE, phrase("shell.do.palette"), shell.open_palette, "Ctrl+K", icon="search")
        yield Action(
            "cut", Menu.CONSOLE, phrase("shell.do.cut"), shell.cut_asked.emit, "Ctrl+Shift+K", self._link, cut,
            phrase("shell.do.cut_more"), "cut",
        )  # fmt: skip
        yield Action(
            "rehearse", Menu.CONSOLE, phrase("shell.do.rehearse"), self._rehearse, "", self._link, self._is_rehearsing,
            phrase("shell.do.rehearse_more"), "clock",
        )  # fmt: skip
        yield Action("try_now", Menu.CONSOLE, phrase("shell.do.try_now"), self._try_now, "F5", icon="refresh")
        yield Action("menu", Menu.CONSOLE, phrase("shell.do.menu"), self._open_menu, "F10", icon="menu")
        yield Action("quit", Menu.CONSOLE, phrase("shell.do.quit"), shell.ending.emit, "Ctrl+Q", icon="close")

    def _person(self) -> Iterator[Action]:
        """Who works here. Each is offered where it can be; the keys are known at all times."""
        locking, people = self._shell.locking, self._shell.desk.people
        stands: dict[str, tuple[Stand, ...]] = {
            "operator": (Stand.DEMO,),
            "first": (Stand.DEMO, Stand.FIRST),
            "come": (Stand.OUT, Stand.LOCKED),
            "change": (Stand.IN, Stand.LOCKED),
            "lock": (Stand.IN,),
            "secret": (Stand.IN,),
            "out": (Stand.IN, Stand.LOCKED),
        }
        does: dict[str, tuple[Callable[[], None], str, str]] = {
            "operator": (self._shell.deeds.ask_operator, "", "person"),
            "first": (locking.come, "", "person"),
            "come": (locking.come, "Ctrl+Shift+M", "person"),
            "change": (locking.change, "Ctrl+Shift+P", "person"),
            "lock": (locking.lock, "Ctrl+L", "lock"),
            "secret": (locking.ask_secret, "", "lock"),
            "out": (locking.out, "", "close"),
        }
        for name, (do, key, icon) in does.items():
            yield Action(
                name, Menu.PERSON, phrase(f"shell.do.{name}"), do, key,
                lambda name=name: self._stands(stands[name]), icon=icon,  # type: ignore[misc]
                offered=lambda name=name: people.stand in stands[name],  # type: ignore[misc]
            )  # fmt: skip

    def _stands(self, stands: tuple[Stand, ...]) -> ConsoleError | None:
        stand = self._shell.desk.people.stand
        return None if stand in stands else Refused(f"shell.people.not_now.{stand}")

    def _link(self) -> ConsoleError | None:
        return self._shell.desk.people.why_not(*MAY_CUT)

    def _open_menu(self) -> None:
        self._shell.here().strip.menu.showMenu()

    def _is_cut(self) -> bool:
        return self._shell.standing.link is LinkState.CUT

    def _is_rehearsing(self) -> bool:
        return self._shell.rehearsal.until is not None

    def _rehearse(self) -> None:
        rehearsal = self._shell.rehearsal
        if rehearsal.until is not None:
            rehearsal.end()
        else:
            self._shell.ask(FACE, rehearsal.begin, {"seconds": USUAL_S})

    def _try_now(self) -> None:
        for source in self._shell.desk.sources.rows:
            self._shell.desk.try_now(source.id)

    def _panel_actions(self) -> Iterator[Action]:
        known = [name for name in _PANEL_ORDER if name in self._panels]
        rest = [name for name in self._panels if name not in known]
        for nth, name in enumerate([*known, *rest], 1):
            face = self._panels[name].face
            key = f"Alt+{nth}" if nth <= 9 else ""
            yield Action(
                f"panel.{name}", Menu.PANELS, phrase("shell.do.panel", panel=face.title),
                lambda name=name: self._shell.open_panel(name), key,  # type: ignore[misc]
                lambda name=name: self._kept_from(name), icon=face.icon,  # type: ignore[misc]
                offered=lambda name=name: self._offers_panel(name),  # type: ignore[misc]
            )  # fmt: skip

    def _offers_panel(self, panel: str) -> bool:
        people = self._shell.desk.people
        return self._opens(panel) and (panel not in _KEPT or people.may(_KEPT[panel]))

    def _opens(self, panel: str) -> bool:
        """Whether that panel opens for who is here."""
        audience = self._shell.desk.people.audience
        return not audience.narrow or audience in self._panels[panel].face.audiences

    def _kept_from(self, panel: str) -> ConsoleError | None:
        """Why that panel is not for whoever is here."""
        people = self._shell.desk.people
        if not self._opens(panel):
            return Refused("people.not_allowed")
        if panel not in _KEPT or people.stand is not Stand.IN:
            return None  # while nobody is here it is covered, and says so itself
        return people.why_not(_KEPT[panel])

    def _view(self) -> Iterator[Action]:
        shell = self._shell
        for name, choices in (("language", LANGUAGES), ("theme", THEMES)):
            yield Action(
                f"next.{name}", Menu.VIEW, phrase(f"shell.do.next_{name}"),
                lambda name=name, choices=choices: self._next(name, choices),  # type: ignore[misc]
                {"language": "Ctrl+Shift+L", "theme": "Ctrl+Shift+T"}[name], icon="settings",
            )  # fmt: skip
            for choice in choices:
                yield Action(
                    f"set.{name}.{choice}", Menu.VIEW, phrase(f"shell.set.{name}.{choice}"),
                    lambda name=name, choice=choice: shell.preferences.change(name, choice),  # type: ignore[misc]
                    on=lambda name=name, choice=choice: bool(shell.preferences[name] == choice),  # type: ignore[misc]
                    icon="settings",
                )  # fmt: skip
        yield Action(
            "wall_type", Menu.VIEW, phrase("shell.do.wall_type"), self._turn_wall_type, "Ctrl+Shift+W",
            on=lambda: shell.here().wall, icon="wall",
        )  # fmt: skip
        yield Action(
            "group", Menu.VIEW, phrase("shell.do.group"), shell.next_group, "Ctrl+G", icon="wall",
            more=phrase("shell.do.group_more"),
        )  # fmt: skip
        yield Action("full", Menu.VIEW, phrase("shell.do.full"), self._turn_full, "F11", icon="wall")
        yield Action("usual", Menu.VIEW, phrase("shell.do.usual"), shell.use_usual, icon="undo")
        for nth in range(1, _MOST_WINDOWS + 1):
            yield Action(
                f"window.{nth}", Menu.VIEW, named("shell.do.window", number=str(nth)),
                lambda nth=nth: self._raise(nth), f"Ctrl+{nth}",  # type: ignore[misc]
                lambda nth=nth: self._no_window(nth), icon="wall",  # type: ignore[misc]
            )  # fmt: skip

    def _next(self, name: str, choices: tuple[str, ...]) -> None:
        now = choices.index(self._shell.preferences[name])
        self._shell.preferences.change(name, choices[(now + 1) % len(choices)])

    def _turn_wall_type(self) -> None:
        window = self._shell.here()
        window.monitor = replace(window.kept(), wall=not window.wall)
        self._shell.dress_all()

    def _turn_full(self) -> None:
        window = self._shell.here()
        if window.isFullScreen():
            window.showMaximized()
        else:
            window.showFullScreen()

    def _no_window(self, nth: int) -> ConsoleError | None:
        return None if len(self._shell.wall.windows) >= nth else Refused("shell.palette.no_window")

    def _raise(self, nth: int) -> None:
        window = self._shell.wall.windows[nth - 1]
        window.raise_()
        window.activateWindow()
        first = next((slot for slot in window.content.slots() if slot.isVisible()), None)
        if first is not None:
            first.setFocus()

    def _help(self) -> Iterator[Action]:
        yield Action("help", Menu.HELP, phrase("shell.do.help"), self._shell.open_help, "F1", icon="info")
        yield Action("keys", Menu.HELP, phrase("shell.do.keys"), self._shell.open_manual, "Shift+F1", icon="keyboard")
        for page, title in PAGES.items():
            yield Action(
                f"manual.{page}", Menu.HELP, phrase("shell.do.manual", page=title),
                lambda page=page: self._shell.open_manual(page), icon="info",  # type: ignore[misc]
            )  # fmt: skip

    def _areas(self) -> Iterator[Action]:
        desk = self._shell.desk
        pack = desk.pack
        yield Action(
            "area.", Menu.AREAS, named("shell.do.area_all", city=pack.name), lambda: desk.links.select_area(""),
            icon="pin",
        )  # fmt: skip
        for code in sorted(pack.areas):
            path = pack.path(code)[1:]
            if path:
                yield Action(
                    f"area.{code}", Menu.AREAS, named("shell.do.area", area=" · ".join(a.name for a in path)),
                    lambda code=code: desk.links.select_area(code), icon="pin",  # type: ignore[misc]
                )  # fmt: skip
