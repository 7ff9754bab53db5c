"""The notes about who works here: what the screen wishes, what the engine answers, and that a sign-in ended.

    screen ─ person {ask, do, session, ...fields} ─► engine        engine ─ person {ask, outcome, says, ...} ─► screen
    engine ─ session {session, ended} ─► screen

A wish may hold a secret. It travels in the pipe alone: what shows a wish (a report, a log) does not show its secrets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from console.core.errors import BadAnswer
from console.core.notes import line
from console.core.people import Role, role_of

LONGEST = 1000
"""Letters of any text of a wish; a secret may have fewer (people.py)."""


class Wish(StrEnum):
    """What the screen may wish."""

    FIRST = "first"  # login, name, secret: the first administrator, only while no person is known
    IN = "in"  # login, secret; whoever worked here before does no longer
    OUT = "out"  # session
    LOCK = "lock"  # session
    UNLOCK = "unlock"  # session, secret
    ADD = "add"  # session, login, name, role, secret
    CHANGE = "change"  # session, person, and what is not "" of login, name, role
    END = "end"  # session, person
    SECRET = "secret"  # session, person ("" oneself), secret; old, where it is one's own


@dataclass(frozen=True, slots=True)
class PersonWish:
    """One wish. What is not told is ""."""

    ask: str
    """A name the answer has as well."""
    do: Wish
    session: str = ""
    person: str = ""
    login: str = ""
    name: str = ""
    role: str = ""
    secret: str = field(default="", repr=False)
    old: str = field(default="", repr=False)


class PersonOutcome(StrEnum):
    """What became of a wish."""

    TAKEN = "taken"
    REFUSED = "refused"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Seen:
    """A person as the one who signed in is shown."""

    id: str
    login: str
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class PersonAnswer:
    """What became of it. With `TAKEN` of a sign-in: the session, and whose it is."""

    ask: str
    outcome: PersonOutcome
    says: str = ""
    """Phrase key, with `values`, where it was not taken."""
    values: Mapping[str, Any] = field(default_factory=dict)
    wait_s: float = 0.0
    """With `WAIT`: nothing was tried; ask again after so long."""
    session: str = ""
    person: Seen | None = None


_TEXTS = ("session", "person", "login", "name", "role", "secret", "old")


def wish_note(wish: PersonWish) -> bytes:
    """The wish as a line. What is "" is left out."""
    told = {name: value for name in _TEXTS if (value := getattr(wish, name))}
    return line("person", ask=wish.ask, do=str(wish.do), **told)


def read_wish(values: Mapping[str, Any]) -> PersonWish:
    """The wish of a note. An unsound one raises `BadAnswer`, which shows nothing of it."""
    ask, do = values.get("ask"), values.get("do")
    texts = {name: values.get(name, "") for name in _TEXTS}
    whole = all(isinstance(text, str) and len(text) <= LONGEST and _whole(text) for text in (ask, *texts.values()))
    if not whole or not isinstance(do, str) or do not in Wish._value2member_map_:
        raise BadAnswer("core.note.person")
    return PersonWish(str(ask), Wish(do), **texts)


def _whole(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def answer_values(answer: PersonAnswer) -> dict[str, Any]:
    """The answer as values of a `person` note."""
    who = answer.person
    return {
        "ask": answer.ask,
        "outcome": str(answer.outcome),
        "says": answer.says,
        "values": {name: _plain(value) for name, value in answer.values.items()},
        "wait_s": answer.wait_s,
        "session": answer.session,
        "person": None if who is None else {"id": who.id, "login": who.login, "name": who.name, "role": str(who.role)},
    }


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | float) else str(value)


def read_answer(values: Mapping[str, Any]) -> PersonAnswer:
    """The answer of a note; an unsound one raises `BadAnswer`."""
    try:
        who = values.get("person")
        seen = None if who is None else Seen(str(who["id"]), str(who["login"]), str(who["name"]), role_of(who["role"]))
        return PersonAnswer(
            str(values["ask"]),
            PersonOutcome(values["outcome"]),
            str(values.get("says", "")),
            dict(values.get("values", {})),
            float(values.get("wait_s", 0.0)),
            str(values.get("session", "")),
            seen,
        )
    except (KeyError, TypeError, ValueError) as trouble:
        raise BadAnswer("core.note.person") from trouble


def read_ended(values: Mapping[str, Any]) -> tuple[str, str]:
    """Session and phrase key of why it ended, of a `session` note. Raises `BadAnswer`."""
    session, ended = values.get("session"), values.get("ended")
    if not isinstance(session, str) or not isinstance(ended, str):
        raise BadAnswer("core.note.person")
    return session, ended
