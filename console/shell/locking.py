"""The screen given to a person and taken from one: covers over what is personal, the form to come back, drafts kept
for their owner, and the lock that falls by itself when nobody is there.

What is covered is hidden, not only drawn over: it is neither painted nor heard, reads nothing and takes no key. The
strip, the notices that name nobody, the map's numbers, the indicators and the sources stay in sight and alive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QDialog, QToolTip

from console import commands
from console.core.errors import Refused
from console.core.people import Role
from console.core.people_notes import PersonAnswer, PersonOutcome, Wish
from console.core.phrases import Phrases
from console.models.drafts import Draft, Drafts
from console.models.people import Stand
from console.shell.actions import phrase
from console.shell.cover import Covering
from console.shell.idle import Idle
from console.shell.notices import Gravity, Notice
from console.shell.ways import Way

if TYPE_CHECKING:
    from console.shell.shell import Shell
    from console.shell.sign_in import SignIn
    from console.shell.windows import Window

SETTING = "lock.after_min"
FIELD_MIN = 5
"""Minutes after which the console of a post in the field locks itself, where the settings say nothing else."""
_DRAFT = "draft."
_FORMS = frozenset({Stand.FIRST, Stand.OUT, Stand.LOCKED})
_WISHES = {Way.FIRST: Wish.FIRST, Way.IN: Wish.IN, Way.UNLOCK: Wish.UNLOCK, Way.SECRET: Wish.SECRET}


class Locking(QObject):
    """Who may look, on all windows of one shell."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._shell = shell
        self._desk = shell.desk
        self._people = shell.desk.people
        self._covering: Covering | None = None
        self._other = False
        """Somebody else than the one who locked the screen wants to come."""
        self._held_until_s = 0.0
        self._at: Window | None = None
        """The window that has the form."""
        self._forms: dict[Window, SignIn] = {}
        self.drafts = Drafts()
        self.idle = Idle(self._desk.clock, self._desk.ticks, self)
        self.idle.long.connect(self._people.lock)
        self._people.turned.connect(self._turn)
        self._people.changed.connect(self.apply)
        self._desk.ticks.second.connect(self._count_down)
        shell.preferences.on_change(self._on_setting)
        self.apply()

    # what a hand does

    def come(self) -> None:
        """The form to sign in, to make the first administrator, or to unlock."""
        self._other = False
        self._people.look_no_more()
        self._open(Way.FIRST if self._people.stand is Stand.DEMO else None)

    def change(self) -> None:
        """Another person comes. What is personal is covered until one has."""
        self._other = True
        self._people.lock()
        self._people.look_no_more()
        self._open()

    def lock(self) -> None:
        """Lock the screen."""
        self._people.lock()

    def ask_secret(self) -> None:
        """The form for another secret of the person who is here."""
        self._open(Way.SECRET)

    def out(self) -> None:
        """End the session."""
        self._people.out()

    def dress_up(self, window: Window) -> None:
        """A window is new."""
        window.stirred.connect(self.idle.stir)
        window.uncover_asked.connect(self.come)
        window.cover(self._covering)
        window.strip.show_person(self.told())
        if self._people.stand in _FORMS and not self._people.looking:
            self._open()

    def told(self) -> str:
        """Who is here, for the head of each window."""
        say, people = self._desk.phrases.say, self._people
        name = people.who.name if people.who is not None else ""
        role = say(f"people.role.{people.who.role}") if people.who is not None else ""
        return say(f"shell.people.head.{people.stand}", name=name, role=role)

    # how it stands

    def apply(self) -> None:
        """Cover or uncover, and show or put away the form, as it stands now."""
        self._measure()
        covering = self._words() if self._people.covered else None
        if covering is not None and self._covering is None:
            self._clear()
        self._covering = covering
        self._show_covers()
        self._shell.show_covered(covering is not None)
        if self._people.stand is Stand.IN:
            self._other = False
        if self._people.stand in _FORMS and not self._people.looking:
            self._open()
        else:
            self._close()

    def _show_covers(self) -> None:
        """On every window. Where the form stands it says what the covers would: there they only hide."""
        for window in self._shell.wall.windows:
            silent = self._covering is not None and self._covering.known and window is self._at
            window.cover(Covering() if silent else self._covering)
            window.strip.show_person(self.told())
            window.strip.show_said(self._shell.standing.said)

    def retranslate(self) -> None:
        """Say everything again; what was typed into a form stays, but a secret."""
        self._covering = self._words() if self._people.covered else None
        self._show_covers()
        for form in self._forms.values():
            form.retranslate()
        if self._at is not None and self._people.ended is not None and self._people.stand is Stand.OUT:
            self._forms[self._at].say(self._desk.phrases.tell(self._people.ended))

    def _words(self) -> Covering:
        stand = self._people.stand
        if stand is Stand.UNREAD:
            return Covering(known=False)
        say = self._desk.phrases.say
        if self._people.closed is not None and stand in (Stand.IN, Stand.DEMO):
            why = self._people.closed.why
            at = f"shell.people.cover.closed_{why}"
            return Covering(say(f"{at}.says"), say(f"{at}.hint"))
        name = self._people.who.name if self._people.who is not None else ""
        says, hint, action = (
            say(f"shell.people.cover.{stand}.{part}", name=name) for part in ("says", "hint", "action")
        )
        return Covering(says, hint, action)

    def _measure(self) -> None:
        """After how long the console locks itself: as the settings say, sooner at a post in the field."""
        preferences, who = self._shell.preferences, self._people.who
        minutes = preferences[SETTING]
        if SETTING not in preferences.changed and who is not None and who.role is Role.FIELD:
            minutes = FIELD_MIN
        self.idle.after_s = 60.0 * minutes if self._people.stand is Stand.IN else 0.0
        if self._people.stand is not Stand.IN:
            self.idle.stir()

    def _on_setting(self, name: str) -> None:
        if name == SETTING:
            self._measure()
        elif name == "operator" and self._people.stand is Stand.DEMO:
            self._people.changed.emit()

    def _clear(self) -> None:
        """What hangs over the windows goes: menus, tooltips, file dialogs, found complaints."""
        QToolTip.hideText()
        while (popup := QApplication.activePopupWidget()) is not None:
            popup.close()
            if popup.isVisible():
                break
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, QDialog) and widget.isVisible():
                widget.close()

    # the form

    def _open(self, way: Way | None = None) -> None:
        """The form over the window that has it, else over the one in use; None is the way back in, as it stands."""
        people, stand = self._people, self._people.stand
        if not self._shell.wall.windows:
            return
        name, other = people.who.name if people.who is not None else "", ""
        if way is None:
            unlocks = stand is Stand.LOCKED and not self._other
            way = Way.FIRST if stand is Stand.FIRST else Way.UNLOCK if unlocks else Way.IN
            if stand is Stand.LOCKED:
                other = "shell.people.other" if unlocks else "shell.people.same"
        form = self._form()
        self._show_covers()
        form.ask(way, city=self._desk.pack.name, name=name, other=other)
        if people.ended is not None and stand is Stand.OUT:
            form.say(self._desk.phrases.tell(people.ended))
        self._count_down()

    def _form(self) -> SignIn:
        from console.shell.sign_in import SignIn

        window = self._at if self._at is not None else self._shell.here()
        if window not in self._forms:
            form = self._forms[window] = SignIn(self._desk.phrases, window.body, window.head_height)
            form.handed.connect(self._handed)
            form.left.connect(self._leave)
            form.other.connect(self._swap)
        self._at = window
        return self._forms[window]

    def _close(self) -> None:
        for form in self._forms.values():
            form.close_it()
        if self._at is not None:
            self._at.cover(self._covering)
        self._at = None

    def _leave(self) -> None:
        """Only look: the form goes, what is covered stays covered."""
        if self._people.stand in _FORMS:
            self._people.look()
        else:
            self._close()

    def _swap(self) -> None:
        self._other = not self._other
        self._open()

    def _handed(self, typed: dict[str, str]) -> None:
        if self._at is not None:
            form = self._forms[self._at]
            form.hold(self._desk.phrases.say("shell.people.checking"))
            self._people.ask(_WISHES[form.way], self._answered, **typed)

    def _answered(self, answer: PersonAnswer) -> None:
        if answer.outcome is PersonOutcome.TAKEN or self._at is None:
            if self._at is not None and self._forms[self._at].way is Way.SECRET:
                told = phrase("shell.people.secret_changed")
                self._shell.notices.add(Notice("secret", Gravity.NOTE, told, personal=True))
            if self._people.stand is Stand.IN:
                self._close()
            return
        form = self._forms[self._at]
        form.refuse(self._desk.phrases.tell(Refused(answer.says, **answer.values)))
        self._held_until_s = self._desk.clock.monotonic_s() + answer.wait_s
        self._count_down()

    def _count_down(self) -> None:
        """How long nothing more is judged; the form takes nothing meanwhile."""
        if not self._held_until_s or self._at is None:
            return
        left_s = self._held_until_s - self._desk.clock.monotonic_s()
        form = self._forms[self._at]
        if left_s > 0:
            form.hold(self._desk.phrases.say("shell.people.held", left=self._desk.phrases.span(max(1.0, left_s))))
        else:
            self._held_until_s = 0.0
            form.hold("")

    # drafts

    def _turn(self, before: str, now: str) -> None:
        """Another person is here: what the one before had typed is kept aside, and what this one had is offered."""
        if before:
            self.drafts.keep(before, self._shell.take_drafts())
        self._shell.notices.drop_personal()
        for number, draft in enumerate(self.drafts.of(now)):
            self._offer(now, draft, f"{_DRAFT}{number}")

    def _offer(self, owner: str, draft: Draft, notice: str) -> None:
        face = commands.found()[draft.deed].face

        def says(phrases: Phrases) -> str:
            key = "shell.people.draft" if draft.complaint else "shell.people.draft_new"
            return phrases.say(key, deed=phrases.say(face.title), complaint=draft.number)

        def resume() -> None:
            self.drafts.drop(owner, draft)
            self._shell.notices.drop(notice)
            self._shell.deeds.resume(draft)

        self._shell.notices.add(
            Notice(notice, Gravity.NOTE, says, "shell.people.draft_resume", resume, personal=True)
        )  # fmt: skip
