"""`people first | add | list | end | secret`: who may sign in, at a terminal, while no engine runs on the profile.

The same words and the same rules as on screen: whoever changes another's account proves to be an administrator first.
A secret is typed unseen or read from standard input, never an argument, which others on the machine could read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from console.core.clock import Clock, SystemClock
from console.core.errors import DiskTrouble, Refused
from console.core.people import Person, Right, Session, key_of
from console.core.people_notes import PersonAnswer, PersonOutcome, PersonWish, Wish
from console.core.phrases import Phrases
from console.store.files import Profile, make_folder
from console.store.keeper import Keeper
from console.store.read import Read
from console.store.store import Store
from sync.chosen import pack_of
from sync.engine_log import EngineLog
from sync.people import People

Say = Callable[[str], object]
AskSecret = Callable[[str], str]
"""Asks for a secret in the words of a phrase key."""


@dataclass(frozen=True, slots=True)
class Counter:
    """One run of `people ...` on the profile in a folder."""

    folder: Path
    phrases: Phrases
    out: Say
    ask: AskSecret

    def listed(self) -> int:
        """Everybody, a line each: name, login, role, and whether they can sign in. Also while an engine runs."""
        read = Read.open(Profile(Path(self.folder).absolute()))
        try:
            people = read.people()
        finally:
            read.close()
        for each in people:
            role = self.phrases.say(f"people.role.{each.role}")
            self.out("\t".join((each.name, each.login, role, _standing(each, self.phrases))))
        if not people:
            self._say("nobody")
        return 0

    def first(self, login: str, name: str) -> int:
        """The first administrator, while nobody is known here."""
        with hand_on(self.folder) as hand:
            hand.ask(PersonWish("", Wish.FIRST, login=login, name=name, secret=self._twice()))
        return self._say("first", name=name, login=login)

    def add(self, login: str, name: str, role: str, by: str) -> int:
        """A new person."""
        with hand_on(self.folder) as hand:
            hand.sign_in(by, self.ask("people.terminal.ask_admin"))
            hand.ask(PersonWish("", Wish.ADD, login=login, name=name, role=role, secret=self._twice()))
        return self._say("added", name=name, login=login, role=self.phrases.say(f"people.role.{role}"))

    def end(self, login: str, by: str) -> int:
        """That person signs in no more."""
        with hand_on(self.folder) as hand:
            hand.sign_in(by, self.ask("people.terminal.ask_admin"))
            found = hand.person(login)
            hand.ask(PersonWish("", Wish.END, person=found.id))
        return self._say("ended", name=found.name)

    def secret(self, login: str, by: str) -> int:
        """Another secret: one's own with the old one, another's as an administrator."""
        own = not by or key_of(by) == key_of(login)
        with hand_on(self.folder) as hand:
            old = self.ask("people.terminal.ask_old" if own else "people.terminal.ask_admin")
            hand.sign_in(login if own else by, old)
            found = hand.person(login)
            new = self._twice()
            hand.ask(PersonWish("", Wish.SECRET, person=found.id, secret=new, old=old if own else ""))
        return self._say("changed", name=found.name)

    def _twice(self) -> str:
        """A new secret, typed twice. Raises `Refused` where the two are not the same."""
        typed = self.ask("people.terminal.ask_new")
        if self.ask("people.terminal.ask_again") != typed:
            raise Refused("people.terminal.differ")
        return typed

    def _say(self, what: str, **values: str) -> int:
        self.out(self.phrases.say(f"people.terminal.{what}", **values))
        return 0


class Hand:
    """A store that is ours for a moment, and who signed in."""

    def __init__(self, people: People, keeper: Keeper) -> None:
        self._people = people
        self.keeper = keeper
        self._session = ""

    @property
    def claimed(self) -> bool:
        """Whether anybody is known here: then nobody does anything without a proof of who they are."""
        return self._people.standing.since is not None

    def may(self, right: Right) -> Session:
        """Whose sign-in it is, where their role has that right. Raises `Refused`."""
        found = self._people.who(self._session, right)
        if found is None:
            raise Refused("people.no_session")
        return found

    def sign_in(self, login: str, proof: str) -> None:
        """Prove who it is."""
        self._session = self.ask(PersonWish("", Wish.IN, login=login, secret=proof)).session

    def sign_out(self) -> None:
        """Leave no sign-in open."""
        if self._session:
            self._people.answer(PersonWish("", Wish.OUT, session=self._session))

    def person(self, login: str) -> Person:
        """Who has that login and has not ended. Raises `Refused`."""
        for each in self._people.standing.people:
            if key_of(each.login) == key_of(login) and each.ended_at is None:
                return each
        raise Refused("people.unknown")

    def ask(self, wish: PersonWish) -> PersonAnswer:
        """What became of it. Raises `Refused`."""
        answer = self._people.answer(replace(wish, session=self._session))
        if answer.outcome is not PersonOutcome.TAKEN:
            raise Refused(answer.says, **answer.values)
        self._session = self._session or answer.session
        return answer


@contextmanager
def hand_on(folder: Path, clock: Clock | None = None, *, running: str = "people.terminal.running") -> Iterator[Hand]:
    """The store of a profile, for a moment. Raises `Refused` while a console runs on it, in the words of `running`."""
    clock = clock or SystemClock()
    profile = Profile.at(folder)
    pack = pack_of(profile)
    try:
        store = Store.open(profile, clock, pack)
    except DiskTrouble as trouble:
        if trouble.says == "store.second_writer":
            raise Refused(running) from trouble
        raise
    keeper = Keeper(store)
    try:
        log = EngineLog(make_folder(profile.logs), clock)
        people = People.of(keeper, clock, log, store, pack)
        hand = Hand(people, keeper)
        try:
            yield hand
        finally:
            hand.sign_out()
    finally:
        keeper.close()
        store.close()


def _standing(person: Person, phrases: Phrases) -> str:
    if person.ended_at is not None:
        return phrases.say("people.terminal.is_ended", at=person.ended_at.date().isoformat())
    if person.clash:
        return phrases.say(f"people.clash_{person.clash}")
    return phrases.say("people.terminal.is_active")
