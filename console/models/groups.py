"""Which windows follow each other: a link group for each letter, and the selection of the window in use.

Two operators at one workstation each have a group, so that the one's selection does not move the other's screens.
"""

from __future__ import annotations

from PySide6.QtCore import QObject

from console.models.desk import Desk
from console.models.news import LinkGroup

GROUPS = ("A", "B", "C", "D")


class Here(LinkGroup):
    """The selection of whichever group is in use: selecting here selects there. What belongs to no window uses it."""

    def __init__(self, group: LinkGroup, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._group = group
        self._join()

    def follow(self, group: LinkGroup) -> None:
        """From now on that of another group."""
        if group is self._group:
            return
        self._group.area_changed.disconnect(self._area)
        self._group.complaint_changed.disconnect(self._complaint)
        self.deed_asked.disconnect(self._group.deed_asked)
        self.draft_resumed.disconnect(self._group.draft_resumed)
        self._group = group
        self._join()

    def select_area(self, code: str) -> None:
        """Select an area in the group in use."""
        self._group.select_area(code)

    def select_complaint(self, complaint: str) -> None:
        """Select a complaint in the group in use."""
        self._group.select_complaint(complaint)

    def _join(self) -> None:
        self._group.area_changed.connect(self._area)
        self._group.complaint_changed.connect(self._complaint)
        self.deed_asked.connect(self._group.deed_asked)
        self.draft_resumed.connect(self._group.draft_resumed)
        self._area(self._group.area)
        self._complaint(self._group.complaint)

    def _area(self, code: str) -> None:
        super().select_area(code)

    def _complaint(self, complaint: str) -> None:
        super().select_complaint(complaint)


class Groups(QObject):
    """The desk of each link group of a workstation; a group is made when the first window joins it."""

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desks = {GROUPS[0]: desk}
        self._here = Here(desk.links, self)
        self.here = desk.beside(self._here)
        """That of the window in use, whichever that is."""

    def of(self, letter: str) -> Desk:
        """The desk of that letter; one nobody knows is the first."""
        letter = letter if letter in GROUPS else GROUPS[0]
        if letter not in self._desks:
            self._desks[letter] = self._desks[GROUPS[0]].beside(LinkGroup(self))
        return self._desks[letter]

    def use(self, letter: str) -> None:
        """A window of that group is in use now."""
        self._here.follow(self.of(letter).links)


def after(letter: str) -> str:
    """The next letter, the first after the last."""
    return GROUPS[(GROUPS.index(letter) + 1) % len(GROUPS)] if letter in GROUPS else GROUPS[0]
