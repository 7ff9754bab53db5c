"""What the centre asks, told on every window with the way to the answer: the panel of the sources."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Slot

from console.models.desk import Desk
from console.shell.notices import Gravity, Notice, Notices

NAME = "hub"


class HubNotice(QObject):
    """One notice while the centre has questions. Closed by a person, it comes again with another question only."""

    def __init__(self, desk: Desk, notices: Notices, open_sources: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._notices = notices
        self._open = open_sources
        self._told: tuple[tuple[str, str], ...] = ()
        desk.sources.changed.connect(self.look)

    @Slot()
    def look(self) -> None:
        """Tell what is asked now."""
        hub = self._desk.sources.hub
        questions = hub.questions if hub is not None else ()
        if questions == self._told:
            return
        self._told = questions
        if not questions:
            self._notices.drop(NAME)
            return
        says = questions[0][1]
        self._notices.add(
            Notice(NAME, Gravity.REFUSED, lambda phrases: phrases.say(says), "shell.hub.choose", self._open)
        )
