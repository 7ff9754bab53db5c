"""Opening what is personal of one complaint, or in the words of a deed on it, for who asks with a reason: the ledger
first, the value after it.

    screen ─ reveal {ask, complaint, deed, field, reason} ─► right ─► key ─► row of the ledger ─► value ─► screen

One field at a time. The value leaves the engine in the pipe alone; no log, no store and no report has it. What is
refused for want of the right is in the ledger too. A thread of its own: a keyring may ask a person, and no command
waits for that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass
from typing import Any

from console.core.errors import ConsoleError, Refused
from console.core.masking import masked
from console.core.personal import COVERED, DEED_WORDS, REVEALED, is_sealed, sealed_among, whole_among, whole_of_deed
from console.core.records import Changes, Complaint, Event
from console.store.data_key import DataKey
from console.store.keeper import Keeper
from console.store.read import Read
from console.store.sealing import open_value
from console.store.store import Store
from sync.city_key import CityKeys

SHOWN_S = 60
LEAST_REASON, MOST_REASON = 5, 400
_MOST_TEXT = 1000
DEED = "reveal"
REFUSED = "reveal_refused"


@dataclass(frozen=True, slots=True)
class Wish:
    """One wish to open a field."""

    ask: str
    complaint: str
    field: str
    reason: str
    session: str = ""
    by: str = ""
    """Who works here where nobody signs in."""
    code: str = ""
    """Recovery code, where the key is lost at this console."""
    deed: str = ""
    """Document of the deed whose words are asked for, "" for what the complaint says."""

    def __repr__(self) -> str:
        return f"Wish({self.ask!r}, {self.complaint!r}, {self.field!r}, {self.deed!r})"

    @property
    def told(self) -> dict[str, str]:
        """What of it stands in the ledger."""
        return {"field": self.field, **({"deed": self.deed} if self.deed else {})}

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Wish:
        """The wish of a note. An unsound one raises `Refused`."""
        names = ("ask", "complaint", "field", "reason", "session", "by", "code", "deed")
        texts = [values.get(name, "") for name in names]
        if not all(isinstance(text, str) and len(text) <= _MOST_TEXT for text in texts):
            raise Refused("personal.unknown_wish")
        wish = cls(*texts)
        if wish.field not in ((DEED_WORDS,) if wish.deed else REVEALED):
            raise Refused("personal.unknown_wish")
        if len(wish.reason.strip()) < LEAST_REASON:
            raise Refused("personal.no_reason", least=LEAST_REASON)
        if len(wish.reason) > MOST_REASON:
            raise Refused("personal.reason_long", most=MOST_REASON)
        return wish


@dataclass(frozen=True)
class Reveals:
    """Opens fields. Any thread may ask; each answer is told by `say`."""

    keeper: Keeper
    read: Callable[[], Read]
    city: str
    keys: CityKeys
    who: Callable[[str, str], str]
    """Name of who asks under that session, or by that name where nobody signs in. Raises `Refused` where they may
    not."""
    say: Callable[..., None]

    def do(self, values: Mapping[str, Any]) -> None:
        """Answer one wish; whatever is wrong with it is said to who asked."""
        ask = values.get("ask")
        ask = ask if isinstance(ask, str) else ""
        try:
            found = self._opened(Wish.of(values))
        except ConsoleError as error:
            told = {name: value if isinstance(value, int) else str(value) for name, value in error.values.items()}
            self.say("reveal", ask=ask, outcome="refused", says=error.says, values=told)
        except CancelledError:
            return  # the engine ends
        else:
            self.say("reveal", ask=ask, outcome="taken", value=found, shown_s=SHOWN_S)

    def _opened(self, wish: Wish) -> str:
        try:
            by = self.who(wish.session, wish.by)
        except Refused as refusal:
            self._answer_for(REFUSED, wish, wish.by, told={**wish.told, "says": refusal.says})
            raise
        value, keys = self._looked_up(wish)
        # Without the key nothing is opened, and nothing stands in the ledger that was not.
        private = self.keys.ready(keys, value, wish.code) if is_sealed(value) else b""
        self._answer_for(DEED, wish, by, told=wish.told)
        return open_value(value, private, wish.deed or wish.complaint, wish.field) if private else value

    def _looked_up(self, wish: Wish) -> tuple[str, Sequence[DataKey]]:
        read = self.read()
        try:
            found = read.complaint(wish.complaint)
            events = read.events_of(wish.complaint) if found is not None and wish.deed else []
            keys = read.data_keys(self.city)
        finally:
            read.close()
        if wish.deed:
            value = next((_said(each) for each in events if each.id == wish.deed), "")
        else:
            value = "" if found is None else _of(found, wish.field)
        if not value:
            raise Refused("personal.no_value")
        return value, keys

    def _answer_for(self, deed: str, wish: Wish, by: str, told: Mapping[str, Any]) -> None:
        """The row stands on the disk on return. Raises `DiskTrouble`: then nothing is opened."""

        def write(store: Store) -> tuple[None, Changes]:
            reason = masked(wish.reason.strip())  # a person writes there what the ledger must not hold
            return None, store.enter(deed, who=by, session=wish.session, subject=wish.complaint, why=reason, told=told)

        self.keeper.person(write).result()


def _of(found: Complaint, field: str) -> str:
    """What that field holds: a sealed value, or words as they came while there was no key."""
    if field not in COVERED:
        return sealed_among(found.extra).get(field, "")
    return whole_among(found.extra).get(field) or _unsealed(str(getattr(found, field)))


def _said(event: Event) -> str:
    """The words of a deed: sealed, or as they were written while there was no key."""
    return whole_of_deed(event.fields) or _unsealed(event.text)


def _unsealed(words: str) -> str:
    """Words that have the form of a sealed value are none of ours: there is nothing to open."""
    return "" if is_sealed(words) else words
