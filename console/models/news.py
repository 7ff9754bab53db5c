"""What the parts of a screen tell each other: the engine's news, the shared selection, the second.

Made once by the shell; panels and models only listen, and select.
"""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QObject, QTimer, Signal


class LinkState(StrEnum):
    """How this console stands to the centre."""

    ONLINE = "online"
    OFFLINE = "offline"
    CUT = "cut"
    """Cut on purpose, by the switch."""
    STARTING = "starting"


class News(QObject):
    """What the engine tells. The shell emits; panels and models listen."""

    changed = Signal(object)
    """`Changes` of one write."""
    receipt = Signal(object)
    """`Receipt` of one command."""
    link = Signal(object)
    """`LinkState`."""
    told = Signal(str, object)
    """Any other note of the engine: its name and its values (`rehearsing`, `rehearsed`)."""


class LinkGroup(QObject):
    """What is selected in the windows that follow each other."""

    area_changed = Signal(str)
    complaint_changed = Signal(str)
    deed_asked = Signal(str, str)
    """A `Deed` was asked for on a complaint (id) where its form does not stand: the complaint panel opens it."""

    draft_resumed = Signal(object)
    """A `Draft` of the person who is here is to be gone on with: the complaint panel opens its form again."""

    item_changed = Signal(str)
    """What a source told (id of an item or of a series) was chosen in one of the windows."""

    conflict_asked = Signal(str)
    """The versions of that complaint are to be looked at: the panel of the conflicts turns to them."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.disputed = ""
        """Complaint whose versions were asked for last, for a panel that is made only now; "" for none."""
        self.area = ""
        """Kemendagri code, "" for the whole city."""
        self.complaint = ""
        """Complaint id, "" for none."""
        self.item = ""
        """Id of the item or series, "" for none."""

    def select_area(self, code: str) -> None:
        """Select an area in all windows of the group; the same again is no news."""
        if code != self.area:
            self.area = code
            self.area_changed.emit(code)

    def select_complaint(self, complaint: str) -> None:
        """Select a complaint in all windows of the group; the same again is no news."""
        if complaint != self.complaint:
            self.complaint = complaint
            self.complaint_changed.emit(complaint)

    def select_item(self, item: str) -> None:
        """Select what a source told in all windows of the group; the same again is no news."""
        if item != self.item:
            self.item = item
            self.item_changed.emit(item)

    def ask_conflict(self, complaint: str) -> None:
        """Look at the versions of a complaint, also where they were asked for before."""
        self.disputed = complaint
        self.conflict_asked.emit(complaint)


class Ticks(QObject):
    """The one timer behind every age on screen."""

    second = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setInterval(1000)
        self._timer.timeout.connect(self.second)

    def start(self) -> None:
        """Start ticking. A test emits `second` itself instead."""
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()
