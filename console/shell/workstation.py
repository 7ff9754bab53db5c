"""Screen, engine and centre of one workstation, tied together: windows first, processes once they are painted."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtGui import QGuiApplication

from console.commands import seal
from console.core.audience import SETTING, Audience
from console.core.clock import Clock
from console.core.command import Command
from console.core.errors import BadPack
from console.core.pack import CityPack
from console.core.phrases import Phrases
from console.core.records import Changes
from console.models.desk import Desk
from console.shell.actions import phrase
from console.shell.catalogue import Catalogue
from console.shell.notices import Gravity, Notice, of_error
from console.shell.options import RunOptions
from console.shell.preferences import Preferences
from console.shell.screens import Screens
from console.shell.shell import Shell
from console.store.files import Profile
from console.store.own_feeds import own_feeds, with_own
from console.store.packs import load as load_pack
from console.store.read import Read
from console.store.walls import refuse_narrow
from widgets.qt_words import QtWords

if TYPE_CHECKING:
    from console.shell.engine_link import Trouble
    from console.shell.processes import Processes


@dataclass(frozen=True)
class Start:
    """What a start knows before there is a window."""

    profile: Profile
    clock: Clock
    preferences: Preferences
    phrases: Phrases
    options: RunOptions


class Workstation(QObject):
    """Made whole, opened, closed. What is told from elsewhere (bugs, a second start) is handed in by who runs it."""

    def __init__(self, start: Start, app: QGuiApplication) -> None:
        super().__init__()
        self.start = start
        self._qt_words = QtWords(start.phrases, self)
        app.installTranslator(self._qt_words)
        pack, faults = read_pack(start.profile, start.preferences)
        audience = Audience(start.preferences[SETTING])
        self.desk = Desk.open(
            functools.partial(Read.open, start.profile, audience=audience),
            do=self._do,
            clock=start.clock,
            pack=pack,
            phrases=start.phrases,
            settings=start.preferences,
            try_now=self._try_now,
            fetch_file=self._fetch_file,
            tell=self._tell_engine,
            accounts=not serves_demo(start.options, start.preferences),
            audience=audience,
        )
        start.preferences.answered_for_by(lambda: self.desk.operator)
        self.shell = Shell(self.desk, start.preferences, Screens(app), Catalogue(audience))
        self._processes: Processes | None = None
        for fault in faults:
            self.shell.notices.add(fault)
        self.shell.painted.connect(lambda: self.processes)

    @property
    def processes(self) -> Processes:
        """Engine, centre and how they stand: made once the first window is painted, or when first asked for."""
        return self._processes or self._tie()

    def open(self) -> None:
        """Show the windows; engine and centre start when the last panel stands."""
        self.shell.open()

    def close(self) -> None:
        """End everything in its order. What was asked is in the black box before the engine ends."""
        self.shell.close()
        self.desk.close()
        QCoreApplication.removeTranslator(self._qt_words)
        if self._processes is not None:
            self._processes.stop()

    def report(self, report: str) -> None:
        """A bug of ours: say so, with the report one press away."""
        show = functools.partial(self.shell.open_report, report)
        told = phrase("shell.crash.told")
        self.shell.notices.add(Notice("bug", Gravity.BUG, told, "shell.crash.show", show))

    def _tie(self) -> Processes:
        from console.shell.processes import Processes

        shell, news, preferences = self.shell, self.desk.news, self.start.preferences
        processes = self._processes = Processes(self.start.options, self.desk, self.start.profile, self)
        processes.engine.changed.connect(self._on_changes)
        processes.engine.receipt.connect(news.receipt)
        processes.engine.trouble.connect(self._tell)
        processes.engine.told.connect(news.told)
        shell.begin()
        shell.complete.connect(processes.start)
        shell.cut_asked.connect(lambda: preferences.change("sync.cut", not processes.connection.cut))
        preferences.on_change(self._on_setting)
        return processes

    def _on_changes(self, changes: Changes) -> None:
        """For who only looks, that something changed, and not of whom or by whom."""
        self.desk.news.changed.emit(Changes(changes.kinds) if self.desk.people.audience.narrow else changes)

    def _on_setting(self, name: str) -> None:
        if name == "sync.cut":
            self.processes.connection.cut = self.start.preferences["sync.cut"]

    def _fetch_file(self, sha256: str) -> None:
        self.processes.engine.fetch_file(sha256)

    def _try_now(self, source: str) -> None:
        self.processes.engine.ask_now(source)

    def _tell_engine(self, note: str, values: Mapping[str, object]) -> bool:
        # Who asks stands in the ledger.
        asked = {"by": self.desk.operator, "session": self.desk.session}
        return self._processes is not None and self._processes.engine.tell(note, {**asked, **values})

    def _tell(self, trouble: Trouble) -> None:
        name = f"engine.{trouble.says}"
        if trouble.gone:
            self.shell.notices.drop(name)
            return
        gravity = Gravity.DISK if trouble.says.startswith("store.") else Gravity.NOTE
        notice = Notice(name, gravity, lambda phrases: phrases.say(trouble.says, **trouble.values))
        self.shell.notices.add(notice)

    def _do(self, command: Command) -> str:
        refuse_narrow(self.desk.people.audience)
        if not self.desk.operator:
            self.shell.deeds.ask_operator()
        envelope = seal(command, self.start.clock, self.desk.operator, self.desk.people.session)
        # Sealed before anything is kept: black box and engine hold what nobody there can read.
        self.processes.engine.do(self.desk.city_key.deed(envelope))
        return envelope.id


def serves_demo(options: RunOptions, preferences: Preferences) -> bool:
    """Whether this start is a demo or an exercise: the embedded centre, and no real one set up."""
    return options.centre and not preferences["hub.url"]


def read_pack(profile: Profile, preferences: Preferences) -> tuple[CityPack, list[Notice]]:
    """The city pack of the settings; where that is unsound, the shipped one, and every fault as a notice."""
    try:
        return load_pack(profile, preferences["pack"]), own_notices(profile)
    except BadPack as trouble:
        usual = preferences.known["pack"].default
        if preferences["pack"] == usual:
            raise
        told = [of_error(trouble), *(of_error(fault) for fault in trouble.faults)]
        return with_own(load_pack(None, usual), profile), [*told, *own_notices(profile)]


def own_notices(profile: Profile) -> list[Notice]:
    """What is wrong with the sources a person added."""
    return [of_error(fault) for fault in own_feeds(profile)[1]]
