"""Words that operators wrote with their deeds and in which somebody stands: covered in the history, and opened here one
by one, with a reason for a minute, like what a complaint says of people.
"""

from __future__ import annotations

from collections.abc import Sequence

from console.core.people import Right
from console.models.desk import Desk
from console.models.timeline import Entry
from console.panels.complaint_personal import ComplaintPersonal


class ComplaintWords(ComplaintPersonal):
    """The section above the history; hidden where nothing in it is covered."""

    TITLE = "personal.page.history"
    LONG = True

    def __init__(self, desk: Desk) -> None:
        self._entries: dict[str, Entry] = {}
        super().__init__(desk)

    def show_history(self, complaint: str, entries: Sequence[Entry]) -> None:
        """Show what is covered of these entries of a complaint, in their order, to who may open it: to others the
        history says the same."""
        may = self._desk.may(Right.REVEAL)
        before, now = self._entries, {each.id: each for each in entries if each.covered and may}
        self._entries = before | now  # what is shown is drawn once more before it goes
        self._show(complaint, tuple(now))
        self._entries = now
        if now != before:
            self.name_rows()

    def _name(self, field: str) -> str:
        told = self._entries[field]
        return self._desk.phrases.say("personal.page.deed", deed=told.deed, by=told.by, at=told.at)

    def _covered(self, field: str) -> str:
        return self._entries[field].text
