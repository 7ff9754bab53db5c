"""Who works at this console: nobody yet, nobody just now, a person, or a person who has locked the screen.

The engine knows persons and secrets; here stands what it answered, what therefore may be seen and done, and what was
asked of it and is on its way. A secret lives here only until it is handed on. No widget, no disk.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from console.core.audience import Audience
from console.core.clock import Clock
from console.core.errors import BadAnswer, ConsoleError, Refused
from console.core.people import RIGHTS, Right, Role
from console.core.people_notes import PersonAnswer, PersonOutcome, PersonWish, Seen, Wish, read_answer, read_ended
from console.core.records import Changes, Kind
from console.models.news import News, Ticks
from console.models.work import Work
from console.store.closed import Closed
from console.store.read import Read

NOTE = "person"
"""The note by which the engine is asked, and answers."""
ENDED = "session"
"""The note by which it tells of a session that ended elsewhere."""
PATIENCE_S = 20.0
"""So long an answer is waited for."""
Then = Callable[[PersonAnswer], None]
ALL = frozenset(Right)
_EVERYTHING = Changes(frozenset(Kind))
"""What is to be read again by others than before."""
_CLOSED = frozenset({Right.SETTINGS, Right.PEOPLE, Right.AUDIT, Right.EXCHANGE})
"""What may be done while the console is closed: what brings it back, and what concerns no citizen."""


class Stand(StrEnum):
    """How this console stands to who works at it."""

    UNREAD = "unread"  # whether anybody is known is being read
    OPEN = "open"  # the profile is for who only looks: nobody signs in, and nothing about a person is read
    DEMO = "demo"  # nobody is known, and nobody has to be
    FIRST = "first"  # nobody is known: the first administrator is to be made
    OUT = "out"  # persons are known, and none of them is here
    IN = "in"
    LOCKED = "locked"


@dataclass(slots=True)
class _Asked:
    """Something on its way."""

    do: Wish
    wish: PersonWish | None
    """None once it is handed on: it may hold a secret."""
    then: Then
    until_s: float


class People(QObject):
    """Who is here, what they may, and the road to the engine."""

    changed = Signal()
    """Who is here, how this console stands, or what may be done."""
    turned = Signal(str, str)
    """Another person is here than before: the id of who was, "" for nobody, and of who is."""

    def __init__(
        self,
        work: Work,
        news: News,
        ticks: Ticks,
        clock: Clock,
        *,
        tell: Callable[[str, Mapping[str, object]], bool],
        accounts: bool = False,
        audience: Audience = Audience.WORK,
        parent: QObject | None = None,
    ) -> None:
        """`tell` hands the engine a note; `accounts` says that somebody has to be known before anything is done here:
        this console serves more than its demo. `audience` is for whom the profile is."""
        super().__init__(parent)
        self._work, self._clock = work, clock
        self._tell = tell
        self._accounts = accounts
        self._profile = self._looks = audience
        self._news = news
        self._known: bool | None = None
        self._failed = False
        self._locked = False
        self.closed: Closed | None = None
        """That the console has closed itself: nothing personal is read here then, whoever signs in."""
        self._last = ""
        """Id of the person whose work stands on the screen."""
        self._asked: dict[str, _Asked] = {}
        self.session = ""
        """Id of the session, "" for none."""
        self.who: Seen | None = None
        """The person of the session, also while the screen is locked."""
        self.looking = False
        """Somebody chose to look at what is open to all: the form is put away."""
        self.ended: Refused | None = None
        """Why the last session ended without a hand of ours."""
        news.changed.connect(self._on_changes)
        news.told.connect(self._on_note)
        ticks.second.connect(self._on_second)
        work.look_as(audience)
        self._read()

    # how it stands

    @property
    def stand(self) -> Stand:
        """How this console stands to who works at it."""
        if self._profile.narrow:
            return Stand.OPEN
        if self.who is not None:
            return Stand.LOCKED if self._locked else Stand.IN
        if self._known is None and not self._failed:
            return Stand.UNREAD
        if self._known:
            return Stand.OUT
        return Stand.FIRST if self._accounts else Stand.DEMO

    @property
    def audience(self) -> Audience:
        """For whom is read: of a profile for who works with it, also for guests who have signed in."""
        guest = self.who is not None and self.who.role is Role.GUEST
        return Audience.GUEST if guest and not self._profile.narrow else self._profile

    @property
    def free(self) -> bool:
        """Whether everybody may do everything: in a demo, also before it is read that nobody is known."""
        stand = self.stand
        return stand is Stand.DEMO or (stand is Stand.UNREAD and not self._accounts)

    @property
    def covered(self) -> bool:
        """Whether what is personal must not be seen now."""
        if self.closed is not None:
            return True
        if self.stand is Stand.FIRST:
            return not self.looking
        return self.stand not in (Stand.DEMO, Stand.IN, Stand.OPEN)

    @property
    def by(self) -> str:
        """The name recorded with deeds, "" while nobody is here, or nobody has to be."""
        return self.who.name if self.who is not None and not self._locked else ""

    @property
    def rights(self) -> frozenset[Right]:
        """What may be done now."""
        rights = frozenset[Right]()
        if self.free:
            rights = ALL
        elif self.stand is Stand.OPEN:
            rights = RIGHTS[Role.GUEST]
        elif self.who is not None and not self._locked:
            rights = RIGHTS[self.who.role]
        return rights if self.closed is None else rights & _CLOSED

    def may(self, *rights: Right) -> bool:
        """Whether any of these is given now."""
        return not self.rights.isdisjoint(rights)

    def why_not(self, *rights: Right) -> ConsoleError | None:
        """Why none of these is given now, None where one is."""
        if self.may(*rights):
            return None
        if self.closed is not None and not _CLOSED.intersection(rights):
            return Refused(self.closed.says)
        words = {Stand.IN: "people.not_allowed", Stand.LOCKED: "people.locked", Stand.OPEN: "people.not_allowed"}
        return Refused(words.get(self.stand, "shell.people.nobody"))

    # what a hand does

    def lock(self) -> None:
        """Cover what is personal until the person, or another, is back. Holds at once, engine or not."""
        if self.stand is Stand.IN:
            self._locked = True
            self._say(Wish.LOCK)
            self.changed.emit()

    def out(self) -> None:
        """End the session."""
        if self.who is not None:
            self._say(Wish.OUT)
            self._leave(None)

    def look(self) -> None:
        """Look only, without signing in."""
        if self.stand in (Stand.FIRST, Stand.OUT, Stand.LOCKED) and not self.looking:
            self.looking = True
            self.changed.emit()

    def look_no_more(self) -> None:
        """Somebody wants to sign in after all."""
        if self.looking:
            self.looking = False
            self.changed.emit()

    def ask(self, do: Wish, then: Then, **given: str) -> None:
        """Ask the engine; `then` hears its answer. Where none listens yet it is asked as soon as one does."""
        wish = PersonWish(self._clock.new_id(), do, session=self.session, **given)
        self._asked[wish.ask] = _Asked(do, wish, then, self._clock.monotonic_s() + PATIENCE_S)
        self._hand_on()

    # what the engine says

    def _say(self, do: Wish, session: str = "") -> None:
        """Something that holds here whatever the engine makes of it; of the session that is open, unless said."""
        self._tell(NOTE, _values(PersonWish(self._clock.new_id(), do, session=session or self.session)))

    def _hand_on(self) -> None:
        for asked in tuple(self._asked.values()):
            if asked.wish is not None and self._tell(NOTE, _values(asked.wish)):
                asked.wish = None

    @Slot()
    def _on_second(self) -> None:
        self._hand_on()
        now_s = self._clock.monotonic_s()
        for ask, asked in tuple(self._asked.items()):
            if now_s >= asked.until_s:
                del self._asked[ask]
                asked.then(PersonAnswer(ask, PersonOutcome.REFUSED, "shell.people.no_answer"))
        if self._known is None:
            self._read()

    @Slot(str, object)
    def _on_note(self, note: str, values: Mapping[str, Any]) -> None:
        try:
            if note == NOTE:
                self._take_answer(read_answer(values))
            elif note == ENDED:
                session, why = read_ended(values)
                if session and session == self.session:
                    self._leave(Refused(why))
        except BadAnswer:
            return  # of another engine than ours: whoever waits for it is told that none came

    def _take_answer(self, answer: PersonAnswer) -> None:
        asked = self._asked.pop(answer.ask, None)
        if asked is None:
            if answer.person is not None and answer.session not in ("", self.session):
                self._say(Wish.OUT, answer.session)  # a sign-in nobody waits for any more
            return
        if answer.outcome is PersonOutcome.TAKEN:
            if asked.do in (Wish.FIRST, Wish.IN) and answer.person is not None and answer.session:
                self._enter(answer.session, answer.person)
            elif asked.do is Wish.UNLOCK:
                self._locked = self.looking = False
                self.changed.emit()
        asked.then(answer)

    def _enter(self, session: str, who: Seen) -> None:
        """That person is here now; the engine has ended the session of whoever was before."""
        before, self._last = self._last, who.id
        self.session, self.who = session, who
        self._known, self._locked, self.looking, self.ended = True, False, False, None
        moved = self._look()
        if before != who.id:
            self.turned.emit(before, who.id)
        self.changed.emit()
        if moved:
            self._news.changed.emit(_EVERYTHING)

    def _leave(self, why: Refused | None) -> None:
        self.session, self.who, self.ended = "", None, why
        self._locked = self.looking = False
        moved = self._look()
        self.changed.emit()
        if moved:
            self._news.changed.emit(_EVERYTHING)

    def _look(self) -> bool:
        """Let it be read for who is here now; whether that are others than before."""
        before, self._looks = self._looks, self.audience
        if self._looks is not before:
            self._work.look_as(self._looks)
        return self._looks is not before

    # whether anybody is known

    @Slot(object)
    def _on_changes(self, changes: Changes) -> None:
        if Kind.PERSON in changes.kinds:
            self._read()

    def _read(self) -> None:
        self._work.run(_anybody, self._take, fail=self._fail, key="people", owner=self)

    def _take(self, found: tuple[bool, Closed | None]) -> None:
        known, closed = found
        if known != self._known or closed != self.closed or self._failed:
            self._known, self.closed, self._failed = known, closed, False
            self.changed.emit()

    def _fail(self, _error: ConsoleError) -> None:
        """The panels say what the store's trouble is: of one that was never read nothing can be seen either."""
        if not self._failed:
            self._failed = True
            self.changed.emit()


def _anybody(read: Read) -> tuple[bool, Closed | None]:
    return read.people_known(), read.closed()


def _values(wish: PersonWish) -> dict[str, object]:
    """A wish as the values of its note; what is not told is left out."""
    told = {each.name: getattr(wish, each.name) for each in fields(wish)}
    return {name: str(value) for name, value in told.items() if value}
