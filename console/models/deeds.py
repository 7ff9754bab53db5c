"""From the hand to the black box: which deeds a complaint allows, and the one road on which one is asked.

A deed is checked on a worker by the command's own words before it is handed on, and once more where it is
written. A refusal comes back to where it was asked, in words, from either place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from console import commands
from console.core.command import Command, CommandFace, Outcome, Receipt
from console.core.errors import ConsoleError, Refused
from console.core.lifecycle import Deed, after
from console.core.pack import CityPack
from console.core.records import Complaint, Event, QueueRow
from console.models.desk import Desk
from console.store.read import Read

_ELSEWHERE = frozenset({Deed.RECORD, Deed.UNDO})
"""Deeds that are not done to the complaint one looks at as it stands."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A deed that can be asked for now, or why it cannot."""

    deed: Deed
    face: CommandFace
    why: ConsoleError | None = None
    """None where it is possible."""


def offers(read: Read, complaint: Complaint, by: str, pack: CityPack) -> list[Offer]:
    """All deeds on that complaint, in the order of their life. Pure reading, for a worker."""
    kinds = commands.found()
    return [
        Offer(deed, kinds[deed].face, _refusal(read, complaint, deed, by, pack))
        for deed in Deed
        if deed in kinds and deed not in _ELSEWHERE and not kinds[deed].face.elsewhere
    ]


def _refusal(read: Read, complaint: Complaint, deed: Deed, by: str, pack: CityPack) -> ConsoleError | None:
    """Why the deed cannot be. One that asks for something is judged by the table; its answers when they are given."""
    if commands.found()[deed].face.asks:
        return None if after(complaint.state, deed) is not None else Refused(f"commands.stands.{complaint.state.name}")
    try:
        commands.make(deed, complaint, by, pack).check(read)
    except Refused as refused:
        return refused
    return None


def undoable(events: Sequence[Event], by: str) -> Event | None:
    """The newest deed of `by` in a history, where it can be taken back and nobody built on it."""
    kinds = commands.found()
    for event in reversed(events):
        if event.undone or event.deed in ("source", Deed.UNDO):
            continue
        known = Deed(event.deed) if event.deed in Deed._value2member_map_ else None
        own = event.by == by and bool(event.command) and known in kinds
        return event if own and known is not None and kinds[known].face.undoable else None
    return None


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """One deed that was asked for. What becomes of it is told with it: by then the panel may show something else."""

    complaint: str
    form: int = 0
    """Number of the form it was asked in (`DeedForm.number`), 0 for none."""


class Doing(QObject):
    """Asks for deeds on behalf of one panel, and tells what became of its own."""

    sent = Signal(str)
    """Id of a command that is in the black box."""
    settled = Signal(object, object)
    """`Receipt` of a command this panel sent, and its `Asked`."""
    refused = Signal(object, object)
    """`ConsoleError`: why a deed was not done, before or in the write; and its `Asked`."""
    stirred = Signal()
    """`under_way` changed."""

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._asked: set[Asked] = set()
        self._sent: dict[str, Asked] = {}
        desk.news.receipt.connect(self._on_receipt)

    @property
    def under_way(self) -> int:
        """Deeds asked for of which nothing was heard yet: being checked, or sent and without a receipt."""
        return len(self._asked)

    def under_way_on(self, complaint: str) -> bool:
        """Whether one of them is about that complaint."""
        return any(asked.complaint == complaint for asked in self._asked)

    def ask(self, deed: Deed, complaint: Complaint, answers: Mapping[str, Any] | None = None, *, form: int = 0) -> None:
        """Check, then hand on. `answers` are the fields the command's face asks for, `form` says where."""
        made = commands.make(deed, complaint, self._desk.operator, self._desk.pack, **(answers or {}))
        self.send(made, form=form)

    def ask_by_id(self, deed: Deed, complaint: str, drawn: QueueRow | None = None) -> None:
        """The same for a complaint of which only the id is at hand, and a deed that asks for nothing. `drawn` is the
        row the operator saw: what moved since then is noticed."""
        by, pack = self._desk.operator, self._desk.pack

        def check(read: Read) -> Command:
            seen = read.complaint(complaint)
            if seen is None:
                raise Refused("commands.absent", complaint=complaint)
            command = commands.make(deed, as_drawn(seen, drawn), by, pack)
            command.check(read)
            return command

        self._begin(check, Asked(complaint), deed)

    def send(self, command: Command, *, form: int = 0) -> Asked:
        """Check a command that was made elsewhere, then hand it on."""
        return self._begin(_checked(command), Asked(command.complaint, form), command.face.deed)

    def undo(self, complaint: Complaint, event: Event) -> None:
        """Take back an own deed."""
        self.ask(Deed.UNDO, complaint, {"command_id": event.command})

    def _begin(self, check: Callable[[Read], Command], asked: Asked, deed: Deed) -> Asked:
        why = self._desk.people.why_not(commands.found()[deed].face.right)
        if why is not None:
            check = _refused(why)
        self._asked.add(asked)
        self._desk.work.run(
            check, partial(self._hand_on, asked), fail=partial(self._end, asked), owner=self, urgent=True
        )
        self.stirred.emit()
        return asked

    def _hand_on(self, asked: Asked, command: Command) -> None:
        try:
            sent = self._desk.do(command)
        except ConsoleError as trouble:
            self._end(asked, trouble)
            return
        self._sent[sent] = asked
        self.sent.emit(sent)

    def _end(self, asked: Asked, why: ConsoleError | None) -> None:
        self._asked.discard(asked)
        self.stirred.emit()
        if why is not None:
            self.refused.emit(why, asked)

    @Slot(object)
    def _on_receipt(self, receipt: Receipt) -> None:
        asked = self._sent.pop(receipt.command, None)
        if asked is None:
            return
        self._asked.discard(asked)
        self.settled.emit(receipt, asked)
        refused = receipt.outcome is Outcome.REFUSED
        self._end(asked, Refused(receipt.says, **receipt.values) if refused else None)


def as_drawn(seen: Complaint, row: QueueRow | None) -> Complaint:
    """The complaint as the operator saw it in a row. Where it has moved since, no version of it was seen: a row names
    none, and the one there is now is not what was looked at."""
    if row is None or (row.state, row.opd, row.holder) == (seen.state, seen.opd, seen.holder):
        return seen
    return replace(seen, state=row.state, opd=row.opd, holder=row.holder, rev="")


def _refused(why: ConsoleError) -> Callable[[Read], Command]:
    """A check that says no to whoever asks: not everybody may do everything."""

    def check(_read: Read) -> Command:
        raise why

    return check


def _checked(command: Command) -> Callable[[Read], Command]:
    def check(read: Read) -> Command:
        command.check(read)
        return command

    return check
