"""What every panel is: a face, five states, a footer with age and source; content is the panel's own.

A panel declares its `face`, makes its widgets in `build`, and asks its questions by `live`, which reads only
while the panel is seen. Loading, empty, stale, lost and fault are drawn here, so that no panel can forget them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, TypeVar

from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from console.core.audience import WORKERS, Audience
from console.core.errors import Away, ConsoleError, Denied, DiskTrouble
from console.core.lifecycle import Deed
from console.core.records import Changes, Kind
from console.models.desk import Desk
from console.models.drafts import Draft
from console.models.live import LiveQuery
from console.models.sources import Standing
from console.panels import standing
from console.store.read import Read
from widgets.panel_frame import PanelFrame
from widgets.speech import follow

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PanelFace:
    """Everything menus, layouts and the manual need to know of a kind of panel."""

    id: str
    title: str
    """Phrase key."""
    icon: str
    """Name of an icon in resources/icons."""
    shows: frozenset[Kind]
    commands: tuple[Deed, ...] = ()
    """What an operator can do from this panel."""
    personal: bool = True
    """Whether it may show what citizens or colleagues told of themselves: then it is covered while nobody has signed in
    and while the screen is locked. False only where nothing of that can ever stand in it."""
    audiences: frozenset[Audience] = WORKERS
    """For whom it opens at all. For who only looks it is made of what `Read` has for them, and nothing else."""
    sources: frozenset[str] | None = None
    """Kinds of the sources that what it shows comes from: how old they are is said of it, and of no other. None: those
    that tell complaints."""


class Condition(StrEnum):
    """What a panel has to show. Stale and lost are about the sources, and lie over `READY`."""

    LOADING = "loading"
    EMPTY = "empty"
    READY = "ready"
    FAULT = "fault"


class Panel(QWidget):
    """Base of all panels. Made with a desk; reads nothing of the store before it is seen."""

    face: ClassVar[PanelFace]

    wants = Signal(str, str)
    """A wish for the shell: ("manual", panel id) or ("panel", panel id)."""
    deed_told = Signal(object, str)
    """For the bar of the windows: a `ConsoleError`, why a deed on that complaint (id) was not done, where the panel has
    no place to say it any more; None when a later one was."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.condition = Condition.LOADING
        self._queries: list[LiveQuery[Any]] = []
        self._seen = False
        self._empty = ("", "", "")
        self._error: ConsoleError | None = None
        self.frame = PanelFrame(self.say(self.face.title), self.face.icon, desk.phrases)
        self.content = QWidget()
        self.frame.set_content(self.content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.frame)
        self.build(desk)
        self.frame.retry_asked.connect(self._retry)
        self.frame.menu_asked.connect(self._open_menu)
        desk.sources.changed.connect(self._draw)
        desk.ticks.second.connect(self._on_second)
        follow(desk.phrases, self, self._speak)

    # for the panel to fill in

    def build(self, desk: Desk) -> None:
        """Make the widgets, in `self.content`, and the questions, by `self.live`."""
        raise NotImplementedError

    def retranslate(self) -> None:
        """Say everything again: the language has changed. Called once after `build`, too."""

    def counts(self) -> str:
        """What the footer says on its left: count of rows, selection."""
        return ""

    def fill_menu(self, menu: QMenu) -> None:
        """Add the panel's own entries to the menu in its head."""

    def keep(self) -> dict[str, Any]:
        """What should be as it was after the next start, as JSON values."""
        return {}

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Take what `keep` gave. What is missing or unsound is left out without a word."""

    def take_draft(self) -> Draft | None:
        """Another person is here: put every open form away, and give what was typed into one that can be gone on with.
        A secret is never given."""
        return None

    # for the panel to use

    @property
    def sources(self) -> Standing:
        """How the sources of what it shows stand."""
        return self.desk.sources.about(self.face.sources)

    def say(self, key: str, /, **values: Any) -> str:
        """A sentence in the language now spoken."""
        return self.desk.phrases.say(key, **values)

    def live(
        self,
        ask: Callable[[], Callable[[Read], T]],
        then: Callable[[T], None],
        *,
        kinds: Iterable[Kind] | None = None,
        touches: Callable[[Changes], bool] | None = None,
        every_s: float = 0.25,
        at_least_every_s: float | None = None,
    ) -> LiveQuery[T]:
        """A question that is asked again at changes of its kinds (the face's, unless said) while the panel is seen.

        `ask` gives the job for the worker each time; see `LiveQuery`.
        """
        wanted = self.face.shows if kinds is None else kinds
        query = LiveQuery(
            self.desk,
            wanted,
            ask,
            then,
            fail=self.show_fault,
            touches=touches,
            every_s=every_s,
            at_least_every_s=at_least_every_s,
            parent=self,
        )
        return self.watch(query)

    def watch(self, query: LiveQuery[T]) -> LiveQuery[T]:
        """Let a query that a model owns be seen and unseen with this panel."""
        self._queries.append(query)
        query.seen = self._seen
        return query

    def show_ready(self) -> None:
        """There is something to show."""
        self._become(Condition.READY)

    def show_loading(self) -> None:
        """What is asked is not there yet."""
        self._become(Condition.LOADING)

    def show_empty(self, says: str, hint: str = "", action: str = "") -> None:
        """There is nothing to show, and that is the answer: say so, and what one can do (`frame.action_asked`)."""
        self._empty = (says, hint, action)
        self._become(Condition.EMPTY)

    def show_fault(self, error: ConsoleError) -> None:
        """It cannot be shown: say what, where, and the remedy."""
        self._error = error
        self._become(Condition.FAULT)

    def foot(self) -> None:
        """Draw the footer again: the counts have changed."""
        outbox = self.desk.sources.outbox
        self.frame.set_footer(
            counts=self.counts(),
            pending=outbox.waiting,
            refused=outbox.refused,
            source=standing.credit(self.sources),
        )

    # drawn here for all

    def _become(self, condition: Condition) -> None:
        self.condition = condition
        self._draw()

    def _draw(self) -> None:
        """Draw the state: what the panel has, and how its sources stand."""
        frame, sources = self.frame, self.sources
        if self.condition is Condition.FAULT and self._error is not None:
            what, remedy = self.desk.phrases.tell(self._error), self.say(_remedy(self._error))
            frame.show_fault(what, frame.title, remedy, self.say("panels.retry"))
        elif self.condition is Condition.LOADING:
            frame.show_loading()
        elif self.condition is Condition.EMPTY:
            frame.show_empty(*self._empty)
        elif sources.lost:
            frame.show_lost(*standing.lost_words(self.desk, sources))
        elif sources.stale:
            frame.show_stale(standing.stale_words(self.desk, sources))
        else:
            frame.show_ready()
        self._draw_age()
        self.foot()

    def _draw_age(self) -> None:
        self.frame.age.show_age(*standing.age_words(self.desk, self.sources))

    def _on_second(self) -> None:
        if self._seen:
            self._draw_age()

    def _speak(self) -> None:
        self.frame.set_title(self.say(self.face.title))
        self.setAccessibleName(self.say(self.face.title))
        self.retranslate()
        self._draw()

    def _retry(self) -> None:
        worst = self.sources.worst
        if self.condition is not Condition.FAULT and self.sources.lost and worst is not None:
            self.desk.try_now(worst.id)
        for query in self._queries:
            query.again()

    def _open_menu(self, at: QPoint) -> None:
        menu = QMenu(self)
        self.fill_menu(menu)
        menu.addAction(self.say("panels.menu.again"), self._retry)
        menu.addAction(self.say("panels.menu.manual"), lambda: self.wants.emit("manual", self.face.id))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._look(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._look(False)

    def _look(self, seen: bool) -> None:
        self._seen = seen
        if seen:
            self._draw_age()
        for query in self._queries:
            query.seen = seen


def _remedy(error: ConsoleError) -> str:
    """Phrase key of what one can do."""
    if isinstance(error, DiskTrouble):
        return "panels.remedy.disk"
    return "panels.remedy.away" if isinstance(error, Away | Denied) else "panels.remedy.other"
