"""What the centre asks, and what happened to it, told on every window with the way to the panel of the sources."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Slot

from console.core.phrases import Phrases
from console.core.records import HubNote, HubQuestion
from console.models.desk import Desk
from console.models.hub import note_words, question_words
from console.shell.notices import Gravity, Notice, Notices

NAME = "hub"
TOLD = frozenset({"sync.happened.restored", "sync.happened.went_back"})
"""What is told on every window. All else stands beside the centre in the panel of the sources."""


class HubNotice(QObject):
    """One notice while the centre has questions, and one for each thing that happened. Closed by a person, they come
    again with another question, and with something else that happened, only."""

    def __init__(self, desk: Desk, notices: Notices, open_sources: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._notices = notices
        self._open = open_sources
        self._told: tuple[tuple[str, str], ...] = ()
        self._first: HubQuestion | None = None
        self._notes: dict[str, HubNote] = {}
        desk.sources.changed.connect(self.look)

    @Slot()
    def look(self) -> None:
        """Tell what is asked now, and what happened."""
        hub = self._desk.sources.hub
        self._ask(hub.questions if hub is not None else ())
        self._tell(hub.notes if hub is not None else ())

    def _tell(self, notes: tuple[HubNote, ...]) -> None:
        """Each note once; what comes to it later changes its words."""
        told = {_name(each): each for each in notes if each.says in TOLD}
        for name in self._notes.keys() - told.keys():
            self._notices.drop(name)
        fresh = told.keys() - self._notes.keys()
        self._notes = told
        for name in sorted(fresh):
            self._notices.add(Notice(name, Gravity.NOTE, partial(self._note_words, name), "shell.hub.look", self._open))

    def _note_words(self, name: str, phrases: Phrases) -> str:
        note = self._notes.get(name)
        return note_words(note, self._desk.pack, phrases) if note is not None else ""

    def _ask(self, questions: tuple[HubQuestion, ...]) -> None:
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


def _name(note: HubNote) -> str:
    return f"{NAME} {note.says} {note.at.isoformat()}"
