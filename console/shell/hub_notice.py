"""What the centre asks, told on every window with the way to the answer: the panel of the sources."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Slot

from console.core.phrases import Phrases
from console.core.records import HubQuestion
from console.models.desk import Desk
from console.models.hub import question_words
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
        self._first: HubQuestion | None = None
        desk.sources.changed.connect(self.look)

    @Slot()
    def look(self) -> None:
        """Tell what is asked now."""
        hub = self._desk.sources.hub
        questions = hub.questions if hub is not None else ()
        asked = tuple((each.place, each.says) for each in questions)
        self._first = questions[0] if questions else None
        if asked == self._told:
            return
        self._told = asked
        if self._first is None:
            self._notices.drop(NAME)
            return
        self._notices.add(Notice(NAME, Gravity.REFUSED, self._words, "shell.hub.choose", self._open))

    def _words(self, phrases: Phrases) -> str:
        """The first question as it stands now: its count may have moved."""
        return question_words(self._first, self._desk.pack, phrases) if self._first is not None else ""
