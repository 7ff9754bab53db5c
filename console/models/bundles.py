"""Bundles as the screen asks for them: one errand at a time, handed to the engine, followed by its notes.

The engine does the work in a thread of its own; here stands only what is asked, how far it is, and what came of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from PySide6.QtCore import QObject, Signal

from console.core.clock import from_millis
from console.core.pack import CityPack
from console.core.phrases import Phrases
from console.models.desk import Desk
from console.models.errand import HELLO, Errand, Stage
from console.store.exchange import Contact

NOTE = "bundle"
WORDS = "words"
_PASSPHRASE = frozenset({"sync.bundle.passphrase", "sync.bundle.passphrase_short"})


def wants_passphrase(errand: Errand) -> bool:
    """Whether it can go on with the passphrase of the key file."""
    return errand.says in _PASSPHRASE


class Bundles(QObject):
    """Asks, and follows what was asked."""

    moved = Signal(object)
    """An `Errand` that is further than before."""
    ended = Signal(object)
    """An `Errand` that is done or refused."""

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._under_way: dict[str, Errand] = {}
        desk.news.told.connect(self._on_told)

    @property
    def under_way(self) -> Errand | None:
        """The errand that runs, None where none does. To ask for words is none: that is answered at once."""
        return next((errand for errand in self._under_way.values() if errand.do != WORDS), None)

    def ask(self, do: str, **asked: Any) -> Errand:
        """Ask for an errand. Where no engine listens it is refused at once."""
        errand = Errand(self._desk.clock.new_id(), do, asked)
        if self._desk.tell(NOTE, {"id": errand.id, "do": do, **asked}):
            self._under_way[errand.id] = errand
            self.moved.emit(errand)
        else:
            errand = errand.refused("panels.exchange.no_engine")
            self.ended.emit(errand)
        return errand

    def again(self, errand: Errand, do: str = "", **more: Any) -> Errand:
        """Ask for the same once more, with more said."""
        return self.ask(do or errand.do, **{**errand.asked, **more})

    def cancel(self) -> None:
        """Let the engine stop after the part it is at."""
        for errand in self._under_way.values():
            self._desk.tell(NOTE, {"id": errand.id, "do": "cancel"})

    def _on_told(self, note: str, told: Mapping[str, Any]) -> None:
        if note == HELLO:
            for each in list(self._under_way.values()):
                self._end(each.refused("panels.exchange.engine_gone"))
        asked = self._under_way.get(str(told.get("id", ""))) if note == NOTE else None
        errand = asked.told(told) if asked is not None else None
        if errand is None:
            return
        if errand.stage is Stage.RUNNING:
            self._under_way[errand.id] = errand
            self.moved.emit(errand)
        else:
            self._end(errand)

    def _end(self, errand: Errand) -> None:
        del self._under_way[errand.id]
        self.ended.emit(errand)


@dataclass(frozen=True, slots=True)
class ContactLine:
    """Another console, worded."""

    key: str
    """Its fingerprint."""
    name: str
    trust: str
    made: str
    receipt: str
    taken: str
    can_send: bool


def contact_line(contact: Contact, pack: CityPack, phrases: Phrases, now: datetime) -> ContactLine:
    """A contact in words: what was made for it, whether it said to have it, what came from it."""
    say = phrases.say

    def at(number: int) -> str:
        return phrases.moment(from_millis(number), pack.zone, pack.zone_label, now) if number else say("core.unknown")

    receipt = say("core.unknown")
    if contact.sent:
        key = "panels.exchange.received" if contact.acknowledged >= contact.sent else "panels.exchange.no_receipt"
        receipt = say(key)
    taken = at(contact.taken)
    if contact.begun:
        taken = say("panels.exchange.half", count=len(contact.begun))
    return ContactLine(
        contact.fingerprint,
        contact.name or contact.fingerprint[:8],
        say("panels.exchange.trusted" if contact.trusted else "panels.exchange.not_trusted"),
        at(contact.sent),
        receipt,
        taken,
        bool(contact.key),
    )
