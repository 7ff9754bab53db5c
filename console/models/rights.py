"""The rights of a person as the screen asks for them: one deed at a time, handed to the engine, followed by its notes.

The engine finds, hands out, corrects and erases; here stands what is under way and what was found last, as places and
numbers. What is typed about a person is handed on and kept nowhere. No widget, no disk, no log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from console.core.erasure import is_item
from console.models.desk import Desk
from console.models.errand import HELLO, Errand, Stage

NOTE = "rights"
_CHANGES = frozenset({"erase", "correct"})


@dataclass(frozen=True, slots=True)
class Held:
    """What is held in one complaint, in one item of a source, or beside both."""

    name: str
    """Id of the complaint, or mark of the item; "" for what is neither's."""
    source: str
    """Of an item."""
    places: tuple[tuple[str, int], ...]
    """Place and how often."""
    covered: int

    @property
    def item(self) -> bool:
        """Whether it is an item of a source."""
        return is_item(self.name)


@dataclass(frozen=True, slots=True)
class Search:
    """What was found about a person."""

    id: str
    case: str
    at: datetime
    rows: tuple[Held, ...]
    told_by: tuple[str, ...]
    """Complaints they told of themselves."""
    spoken: tuple[str, ...]
    """Complaints of others whose history speaks of them."""
    told: Errand
    since: bool = False
    """Whether something was erased or corrected since: it may stand otherwise now."""


class Rights(QObject):
    """Asks, and follows what was asked."""

    moved = Signal(object)
    """The `Errand` under way is further than before."""
    ended = Signal(object)
    """An `Errand` that is over."""

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._case = ""
        self.under_way: Errand | None = None
        self.found: Search | None = None
        desk.news.told.connect(self._on_told)

    def ask(self, do: str, case: str, **asked: Any) -> None:
        """Ask for something. Where another is under way, or no engine listens, it is refused at once."""
        desk = self._desk
        errand = Errand(desk.clock.new_id(), do)
        if self.under_way is not None:
            self.ended.emit(errand.refused("personal.rights.busy"))
            return
        self._case = case
        self.under_way = errand
        wish = {"id": errand.id, "do": do, "case": case, "by": desk.operator, "session": desk.session, **asked}
        if desk.tell(NOTE, wish):
            self.moved.emit(errand)
        else:
            self._end(errand.refused("panels.rights.no_engine"))

    def cancel(self) -> None:
        """Let it be, as long as nothing is done."""
        if self.under_way is not None:
            self._desk.tell(NOTE, {"id": self.under_way.id, "do": "cancel"})

    def forget(self) -> None:
        """Who looked is gone: nothing that was found stands here, and what was not yet done is let be."""
        self.cancel()
        self.found = None
        self.under_way = None  # its answer is nobody's any more

    @Slot(str, object)
    def _on_told(self, note: str, told: Mapping[str, Any]) -> None:
        errand = self.under_way
        if errand is None:
            return
        if note == HELLO:
            self._end(errand.refused("panels.rights.engine_gone"))
        elif note == NOTE and (told_of := errand.told(told)) is not None:
            if told_of.stage is Stage.RUNNING:
                self.under_way = told_of
                self.moved.emit(told_of)
            else:
                self._end(told_of)

    def _end(self, errand: Errand) -> None:
        self.under_way = None
        if errand.do == "find":
            done = errand.stage is Stage.DONE
            self.found = _search(errand, self._case, self._desk.clock.now()) if done else None
        elif errand.do in _CHANGES and errand.stage is Stage.DONE and self.found is not None:
            self.found = replace(self.found, since=True)
        self.ended.emit(errand)


def _search(errand: Errand, case: str, at: datetime) -> Search:
    """What was found, by complaint and item: who told of it first."""
    rows: dict[str, list[Mapping[str, Any]]] = {}
    found = errand.found.get("found")
    for each in found if isinstance(found, list) else ():
        if isinstance(each, Mapping) and isinstance(each.get("complaint"), str):
            rows.setdefault(each["complaint"], []).append(each)
    told_by, spoken = errand.texts("told_by"), errand.texts("spoken")
    held = [
        Held(
            name,
            str(places[0].get("source", "")),
            tuple((str(each.get("place")), _number(each.get("count"))) for each in places),
            sum(_number(each.get("covered")) for each in places),
        )
        for name, places in rows.items()
    ]
    held.sort(key=lambda each: (each.name == "", each.item, each.name not in told_by, each.name))
    return Search(errand.id, case, at, tuple(held), tuple(told_by), tuple(spoken), errand)


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0
