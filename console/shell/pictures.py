"""A start for pictures: wait until there is something to see, write it, say where it is, end."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject

from console.core.errors import ConsoleError, DiskTrouble
from console.core.records import QueueFilter, QueueRow
from console.models.news import LinkState
from console.shell import shots
from console.shell.workstation import Workstation
from console.store.read import Read

MOST_S = 60.0
"""The first intake of a month of complaints on a busy small machine fits into this."""


class Session(QObject):
    """Takes the pictures of one start and then ends it."""

    def __init__(self, workstation: Workstation, folder: Path, app: QCoreApplication) -> None:
        super().__init__()
        self._workstation = workstation
        self._folder = folder
        self._app = app
        self.trouble: ConsoleError | None = None
        """Why there are no pictures, None where there are."""
        desk = workstation.desk
        self._asked = False
        self._quiet = shots.Quiet(desk.news, desk.clock)
        if not workstation.start.options.shots:
            print(desk.phrases.say("shell.shots.where", folder=str(folder)))
        workstation.shell.complete.connect(self._begin)

    def _begin(self) -> None:
        photographer = shots.Photographer(self._settled, self._workstation.desk.clock, MOST_S, self)
        photographer.ready.connect(self._take)

    def _settled(self) -> bool:
        station = self._workstation
        waiting = station.start.options.centre and (
            station.processes.connection.state is LinkState.STARTING or self._unheard
        )
        if not station.shell.settled() or waiting or not self._quiet.now:
            return False
        if not self._asked:
            self._asked = True
            station.desk.work.run(_newest, self._choose, fail=_nothing, owner=self)
            return False
        return True

    @property
    def _unheard(self) -> bool:
        """Whether a source has neither answered nor failed yet: one of a dozen is there seconds before the others."""
        sources = self._workstation.desk.sources
        return not sources.known or any(each.last_good_at is None and not each.trouble for each in sources.rows)

    def _choose(self, rows: list[QueueRow]) -> None:
        """Choose the newest complaint where none is chosen: a picture shows what a panel can do."""
        links = self._workstation.desk.links
        if rows and not links.complaint:
            links.select_complaint(rows[0].id)

    def _take(self) -> None:
        screens = [window.screen() for window in self._workstation.shell.wall.windows]
        try:
            for path in shots.take(screens, self._folder):
                print(path)
        except DiskTrouble as trouble:
            self.trouble = trouble
        self._app.quit()


def _newest(read: Read) -> list[QueueRow]:
    return read.page(read.span(QueueFilter()), 0)[:1]


def _nothing(_error: ConsoleError) -> None:
    """No store yet: there is nothing to choose."""
