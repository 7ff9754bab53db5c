"""The commands of `console.commands` as actions on the selected complaint: what cannot be says why; what asks for
words is opened in the complaint's panel, or over the window where there is no such panel or no such complaint yet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject

from console.commands import found
from console.commands.intake import new_complaint_id
from console.core.command import Ask, CommandFace, Outcome, Receipt
from console.core.errors import ConsoleError, Refused
from console.core.forwarding import Forwarded
from console.core.lifecycle import Deed
from console.core.people import Right
from console.core.personal import SEALED
from console.core.records import Changes, Complaint, Conflict, Event, Kind, OutboxRow
from console.models.complaint import Sheet, read_sheet
from console.models.deeds import Doing
from console.models.desk import Desk
from console.models.drafts import Draft
from console.models.live import LiveQuery
from console.shell.actions import Action, Menu, phrase
from console.shell.notices import Gravity, Notice, Notices, of_error

if TYPE_CHECKING:
    from console.store.read import Read

Answers = Mapping[str, str]
SHEET = "complaint"
"""Id of the panel that has a place for forms."""
_NOTICE = "deed"
_ON = "shell.deed.on_complaint"


class Asking(Protocol):
    """Where a person is asked."""

    def ask(self, face: CommandFace, send: Callable[[Answers], None], known: Answers | None = None) -> None:
        """A form over the window in use. `send` raises what is to be said in it; `known` fills fields by name."""
        ...

    def show_panel(self, panel: str) -> bool:
        """Bring a panel to the front; false where this build has none of that kind."""
        ...

    def name_operator(self, name: str) -> None:
        """From now on this person works here. Raises `Refused` for no name."""
        ...


class _Nothing:
    """What a check reads for a complaint that is not there yet."""

    def complaint(self, _complaint: str) -> Complaint | None:
        return None

    def events_of(self, _complaint: str) -> list[Event]:
        return []

    def conflict(self, _doc: str) -> Conflict | None:
        return None

    def outbox_of(self, _doc: str) -> list[OutboxRow]:
        return []

    def forwards_of(self, _complaint: str) -> list[Forwarded]:
        return []


class Deeds(QObject):
    """What can be done to the complaint selected now."""

    def __init__(self, desk: Desk, notices: Notices, asking: Asking, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._notices = notices
        self._asking = asking
        self.sheet: Sheet | None = None
        self._recorded: set[str] = set()
        self._doing = Doing(desk, self)
        self._doing.refused.connect(self._refused)
        self._doing.sent.connect(lambda _id: notices.drop(_NOTICE))
        desk.news.receipt.connect(self._on_receipt)
        kinds = (Kind.COMPLAINT, Kind.EVENT)
        self._query = LiveQuery(desk, kinds, self._ask, self._take, fail=self._lost, touches=self._ours, parent=self)
        desk.links.complaint_changed.connect(self._turn)
        desk.people.changed.connect(self._query.again)

    def begin(self) -> None:
        """Start to read."""
        self._query.seen = True

    def actions(self) -> list[Action]:
        """One for every command that is about the complaint selected, or a new one."""
        return [self._action(deed) for deed in Deed if deed in found() and not found()[deed].face.elsewhere]

    def why_not(self, deed: Deed) -> ConsoleError | None:
        """Why it cannot be done now, None where it can. What only the answers can tell is said in the form."""
        why = self._desk.people.why_not(found()[deed].face.right)
        if why is not None:
            return why
        if deed is Deed.RECORD:
            return None
        if self.sheet is None:
            return self._no_sheet()
        if deed is Deed.UNDO:
            return None if self.sheet.undo is not None else Refused("shell.deed.none_to_undo")
        if not self._desk.operator:
            return None  # offers were judged for nobody; the name is asked for first
        return next((offer.why for offer in self.sheet.offers if offer.deed is deed), None)

    def do(self, deed: Deed) -> None:
        """Do it, after asking what it needs."""
        if self._desk.operator:
            self._go_on(deed)
        else:
            self.ask_operator(lambda: self._go_on(deed))

    def ask_operator(self, then: Callable[[], None] = lambda: None) -> None:
        """Ask who works here, then go on. Where persons are known, one signs in instead."""
        if not self._desk.people.free:
            raise self._desk.people.why_not(Right.WORK) or Refused("commands.nobody")
        face = CommandFace(
            Deed.NOTE, "shell.form.operator_title", "shell.form.operator_says", asks=(_OPERATOR,)
        )  # fmt: skip

        def named(answers: Answers) -> None:
            self._asking.name_operator(answers[_OPERATOR.name])
            then()

        self._asking.ask(face, named)

    def _go_on(self, deed: Deed) -> None:
        face = found()[deed].face
        if deed is Deed.RECORD:
            self._asking.ask(self._record_face(face), self._record)
        elif self.sheet is None:
            raise self._no_sheet()
        elif deed is Deed.UNDO:
            if self.sheet.undo is not None:
                self._doing.undo(self.sheet.complaint, self.sheet.undo)
        elif face.asks and self._asking.show_panel(SHEET):
            self._desk.links.deed_asked.emit(self.sheet.complaint.id, deed)
        elif face.asks:
            about = self.sheet.complaint
            self._asking.ask(face, lambda answers: self._doing.ask(deed, about, answers))
        else:
            self._doing.ask(deed, self.sheet.complaint)

    def _action(self, deed: Deed) -> Action:
        face = found()[deed].face
        return Action(
            f"deed.{deed}", Menu.COMPLAINT, phrase(face.title), lambda: self.do(deed), face.key,
            lambda: self.why_not(deed), more=phrase(face.says), icon="complaint",
            offered=lambda: self._desk.people.may(face.right),
        )  # fmt: skip

    def _record_face(self, face: CommandFace) -> CommandFace:
        """Without a key to seal it for, nobody is asked who told it."""
        if self._desk.city_key.key is not None:
            return face
        return replace(face, asks=tuple(ask for ask in face.asks if ask.name not in SEALED))

    def resume(self, draft: Draft) -> None:
        """Go on with what somebody had typed before another came."""
        if draft.deed is Deed.RECORD:
            self._asking.ask(self._record_face(found()[Deed.RECORD].face), self._record, draft.answers)
            return
        self._desk.links.select_complaint(draft.complaint)
        if self._asking.show_panel(SHEET):
            self._desk.links.draft_resumed.emit(draft)

    def _record(self, answers: Answers) -> None:
        complaint = new_complaint_id(self._desk.clock)
        # Sealed before anything is kept: command, envelope and black box hold what nobody here can read.
        told = {name: value for name, value in answers.items() if name not in SEALED}
        told |= self._desk.city_key.covered(complaint, answers)
        told |= self._desk.city_key.sealed(complaint, answers)
        command = found()[Deed.RECORD](complaint, pack=self._desk.pack, **told)  # type: ignore[call-arg]
        command.check(_Nothing())
        self._recorded.add(self._desk.do(command))
        self._desk.links.select_complaint(complaint)

    def _ask(self) -> Callable[[Read], Sheet | None]:
        complaint = self._desk.links.complaint
        desk = self._desk
        return read_sheet(complaint, desk.operator, desk.pack, desk.people.rights) if complaint else _no_sheet

    def _turn(self, _complaint: str) -> None:
        """Another is selected: until it is read nothing can be done, least of all to the one before."""
        self.sheet = None
        self._query.again()

    def _no_sheet(self) -> Refused:
        return Refused("shell.deed.not_read" if self._desk.links.complaint else "shell.deed.none_selected")

    def _take(self, sheet: Sheet | None) -> None:
        self.sheet = sheet

    def _lost(self, _error: ConsoleError) -> None:
        # The panels say what the store's trouble is; without a complaint nothing is offered.
        self.sheet = None

    def _ours(self, changes: Changes) -> bool:
        return not changes.ids or self._desk.links.complaint in changes.ids

    def tell(self, why: ConsoleError | None, complaint: str) -> None:
        """Why a deed asked on a panel was not done, with the number of its complaint: the eye has gone on to another.
        None when a later one was."""
        name = f"{_NOTICE}.{complaint}"
        if why is None:
            self._notices.drop(name)
            self._notices.drop(_NOTICE)
        elif complaint and isinstance(why, Refused):
            number = complaint.partition(":")[2] or complaint
            self._notices.add(
                Notice(
                    name,
                    Gravity.REFUSED,
                    lambda phrases: phrases.say(_ON, complaint=number, why=phrases.tell(why)),
                    personal=True,
                )
            )
        else:
            self._refused(why)  # trouble of the disk is no complaint's in particular

    def _refused(self, error: ConsoleError) -> None:
        told = of_error(error)
        self._notices.add(Notice(_NOTICE, told.gravity, told.told, personal=told.personal))

    def _on_receipt(self, receipt: Receipt) -> None:
        if receipt.command in self._recorded:
            self._recorded.discard(receipt.command)
            if receipt.outcome is Outcome.REFUSED:
                self._refused(Refused(receipt.says, **receipt.values))


_OPERATOR = Ask("operator", "shell.form.operator")


def _no_sheet(_read: Read) -> Sheet | None:
    return None
