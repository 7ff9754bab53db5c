"""Who works with the console: persons, roles and what each role may do. Pure; knows no secret and no store.

Who runs the system is not who reads citizens: the administrator has no right to work or to reveal, and so finds what
is held of a person without opening it, and erases it; handing it out and setting it right is a supervisor's. A role of
a newer program may what everybody may, look.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from console.core.errors import Refused
from console.core.merge import Mark, Merged, Policy, merge_all, newest, text, union

PERSON = "person:"
"""Begins the names of the documents of persons."""
LEAST_LOGIN, MOST_LOGIN = 2, 40
MOST_NAME = 80
LEAST_SECRET, MOST_SECRET = 15, 256
"""Characters of a secret (NIST 800-63B-4, where it is the only factor)."""
_LOGIN = re.compile(rf"[a-z0-9][a-z0-9._-]{{{LEAST_LOGIN - 1},{MOST_LOGIN - 1}}}", re.IGNORECASE | re.ASCII)
_UNSHOWN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class Role(StrEnum):
    """What somebody is here. The values stand in stored files."""

    VIEWER = "penonton"
    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    LEADER = "pimpinan"
    ADMIN = "admin"
    GUEST = "tamu"
    FIELD = "pos_lapangan"


class Right(StrEnum):
    """What one may be allowed."""

    LOOK = "look"
    WORK = "work"  # take, verify, start, note, files, finish
    RECORD = "record"
    DECIDE = "decide"  # conflicts, withdraw, retry, reopen, dispose
    REVEAL = "reveal"  # open a sealed value
    EXPORT = "export"
    EXCHANGE = "exchange"  # bundles, and what to do about a centre that changed
    SETTINGS = "settings"
    PEOPLE = "people"
    AUDIT = "audit"
    PERSONAL_RIGHTS = "personal_rights"  # what a person may ask of us: look up, hand out, set right, erase


_OPERATOR = frozenset({Right.LOOK, Right.WORK, Right.RECORD, Right.DECIDE, Right.REVEAL})
RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.VIEWER: frozenset({Right.LOOK}),
    Role.GUEST: frozenset({Right.LOOK}),
    Role.FIELD: frozenset({Right.LOOK, Right.WORK, Right.RECORD}),
    Role.OPERATOR: _OPERATOR,
    Role.SUPERVISOR: _OPERATOR | {Right.EXPORT, Right.EXCHANGE, Right.AUDIT, Right.PERSONAL_RIGHTS},
    Role.LEADER: frozenset({Right.LOOK, Right.EXPORT, Right.AUDIT}),
    Role.ADMIN: frozenset(
        {Right.SETTINGS, Right.PEOPLE, Right.EXCHANGE, Right.AUDIT, Right.LOOK, Right.EXPORT, Right.PERSONAL_RIGHTS},
    ),
}


def may(role: Role, right: Right) -> bool:
    """Whether that role has that right."""
    return right in RIGHTS[role]


def role_of(name: Any) -> Role:
    """The role of a stored name; one of a newer program, or none at all, only looks."""
    return Role(name) if isinstance(name, str) and name in Role._value2member_map_ else Role.VIEWER


@dataclass(frozen=True, slots=True)
class Person:
    """One who can sign in, or could. What proves the secret is not in it: that never leaves store and engine."""

    id: str
    login: str
    """What is typed. Letters, digits, `.`, `-`, `_`; unique among those not ended, whatever the case."""
    name: str
    """What is shown and stands in `by` and `holder`. Unique in the same way."""
    role: Role
    ended_at: datetime | None = None
    secret_at: datetime | None = None
    """When the secret was set."""
    clash: str = ""
    """"login" or "name" where an older person has the same: then this one cannot sign in. "" otherwise."""


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in of one person at one console, with name and role as they were then: a change of either ends it."""

    id: str
    person: str
    name: str
    role: Role
    since: datetime
    ended_at: datetime | None = None
    why: str = ""
    """Phrase key of why it ended."""
    locked: bool = False


def key_of(shown: str) -> str:
    """What two names or logins have in common that people take for the same."""
    return " ".join(unicodedata.normalize("NFKC", shown).casefold().split())


def sound_login(typed: str) -> str:
    """The login as it is kept. Raises `Refused`."""
    login = typed.strip()
    if not _LOGIN.fullmatch(login):
        raise Refused("people.login_form", least=LEAST_LOGIN, most=MOST_LOGIN)
    return login


def sound_name(typed: str) -> str:
    """The name as it is kept. Raises `Refused` for none, one that is too long, and signs that are not seen."""
    name = " ".join(unicodedata.normalize("NFC", typed).split())
    if not name or len(name) > MOST_NAME or any(unicodedata.category(sign) in _UNSHOWN for sign in name):
        raise Refused("people.name_form", most=MOST_NAME)
    return name


def sound_role(named: str) -> Role:
    """The role of that name. Raises `Refused`."""
    if named not in Role._value2member_map_:
        raise Refused("people.role_unknown", roles=", ".join(Role))
    return Role(named)


def as_typed(secret: str) -> str:
    """A secret as it is compared: the same whichever keyboard typed it (NFKC). No letter of it is dropped."""
    return unicodedata.normalize("NFKC", secret)


def sound_secret(secret: str, login: str, name: str, known: frozenset[str]) -> str:
    """The secret as it is compared. Raises `Refused` for one that is too short or too long, one that everybody tries
    first (`known`: keys of such words), and one made of the login or the name. Nothing else is asked of it."""
    told = as_typed(secret)
    if not LEAST_SECRET <= len(told) <= MOST_SECRET:
        raise Refused("people.secret_length", least=LEAST_SECRET, most=MOST_SECRET)
    if any(unicodedata.category(sign) == "Cs" for sign in told):
        raise Refused("people.secret_broken")
    if _guessed(told, {bare_of(login), bare_of(name), *map(bare_of, name.split())} | known):
        raise Refused("people.secret_common")
    return told


LEAST_WORD = 3
"""Letters of a word that may be taken out of a secret."""
LEAST_LEFT, LEAST_DIFFERENT = 8, 5
"""Signs, and different ones, that must be left of a secret when all that is tried first is taken out."""


def bare_of(shown: str) -> str:
    """Only the letters and digits of a word, case apart: `P@ss-word 1` and `pssword1` are one try."""
    return "".join(sign for sign in key_of(shown) if sign.isalnum())


def _guessed(secret: str, words: frozenset[str] | set[str]) -> bool:
    """Whether too little is left when the words everybody tries first, and one's own name, are taken out."""
    bare = bare_of(secret)
    left = bare
    for word in sorted(words, key=len, reverse=True):
        if len(word) >= LEAST_WORD and word in left:
            left = left.replace(word, " ")
    left = left.replace(" ", "") + "".join(sign for sign in secret if not sign.isalnum() and not sign.isspace())
    again = any(bare == part * (len(bare) // len(part)) for part in _beginnings(bare))
    return again or len(left) < LEAST_LEFT or len(set(left)) < LEAST_DIFFERENT


def _beginnings(bare: str) -> Iterable[str]:
    """What the whole may be made of by saying it again and again."""
    return (bare[:size] for size in range(1, len(bare) // 2 + 1) if len(bare) % size == 0)


FREE_TRIES = 3
"""Wrong tries before the first delay."""
LONGEST_DELAY_S = 60.0


def delay_s(wrong: int) -> float:
    """How long after so many wrong tries in a row the next one waits: 1 s after the third, twice as long after each
    more, never longer than a minute. Never for ever: a stranger must not be able to lock anybody out."""
    if wrong < FREE_TRIES:
        return 0.0
    return min(LONGEST_DELAY_S, float(1 << min(wrong - FREE_TRIES, 16)))


def clashes(people: Iterable[Person]) -> dict[str, str]:
    """Ids of those not ended of whom an older one has the login ("login") or the name ("name")."""
    found: dict[str, str] = {}
    logins: set[str] = set()
    names: set[str] = set()
    for each in sorted((one for one in people if one.ended_at is None), key=lambda one: one.id):
        login, name = key_of(each.login), key_of(each.name)
        if login in logins:
            found[each.id] = "login"
        elif name in names:
            found[each.id] = "name"
        logins.add(login)
        names.add(name)
    return found


def judged(people: Sequence[Person]) -> list[Person]:
    """The same, each with its clash."""
    found = clashes(people)
    return [replace(each, clash=found.get(each.id, "")) for each in people]


# How two versions of a person's document become one: never a conflict, always on the safe side.

_SECRET = "secret"
_SECRETS = ("verifier", "secret_at")


def _breadth(role: Any) -> tuple[int, str]:
    known = isinstance(role, str) and role in Role._value2member_map_
    return (len(RIGHTS[Role(role)]) if known else 0, text(role))


def _narrower(_base: Any, values: Sequence[Any]) -> Any:
    """The role with fewer rights."""
    return min(values, key=_breadth)


def _ended(_base: Any, values: Sequence[Any]) -> Any:
    """Ended beats not ended; of two ends the earlier."""
    told = [value for value in values if isinstance(value, str)]
    return min(told) if told else min(values, key=text)


def _later_secret(_base: Any, values: Sequence[Any]) -> Any:
    """The one that was set last, what proves it and when together."""

    def when(value: Any) -> tuple[str, str]:
        at = value.get("secret_at") if isinstance(value, Mapping) else None
        return (at if isinstance(at, str) else "", text(value))

    return max(values, key=when)


def _later(_base: Any, _values: Sequence[Any]) -> Any:
    """As the version written last has it, where both sides changed it."""
    return Mark.NEWEST


def _taken_in(base: Any, values: Sequence[Any]) -> Any:
    """Names of versions it was made of; what is no list of them says nothing."""
    return union(base, [value if isinstance(value, list) else [] for value in values])


PERSON_POLICIES: Mapping[str, Policy] = {
    "role": _narrower,
    "ended_at": _ended,
    _SECRET: _later_secret,
    "by": newest,
    "at": newest,
    "merged": _taken_in,
}
"""What is not named here is as the version written last has it."""


def merge_people(
    versions: Sequence[Mapping[str, Any]],
    base_of: Callable[[int, int], Mapping[str, Any] | None],
    base: Mapping[str, Any] | None,
) -> Merged:
    """Versions of one person made apart from each other, as one. It always comes to one (console/core/merge.py)."""
    folded = [_folded(each) for each in versions]
    names = {name for each in (*folded, _folded(base or {})) for name in each}
    policies = {name: PERSON_POLICIES.get(name, _later) for name in names}

    def known(one: int, other: int) -> Mapping[str, Any] | None:
        found = base_of(one, other)
        return None if found is None else _folded(found)

    body = merge_all(folded, known, None if base is None else _folded(base), policies).body
    assert body is not None
    joined = dict(body)
    secret = joined.pop(_SECRET, None)
    return Merged({**joined, **(secret if isinstance(secret, Mapping) else {})})


def _folded(body: Mapping[str, Any]) -> dict[str, Any]:
    """What proves the secret and when it was set as one value: they are never of two versions."""
    rest = {name: value for name, value in body.items() if name not in (*_SECRETS, _SECRET)}
    return {**rest, _SECRET: {name: body[name] for name in _SECRETS if name in body}}
