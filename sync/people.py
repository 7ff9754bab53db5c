"""Who works here, from the engine's side: sign-ins with a growing delay, rights of each deed, changes of persons.

    note person ─► its thread: form ─ delay ─ argon2id ─► keeper: document, session or wrong try ─► answer
    note do ─► asked(envelope, right): the session, whose it is, and what its role may ─► keeper, or a refusal

A secret lives in the wish and in the call that proves it, nowhere else. What a deed is judged by is a copy of what the
store says (`Standing`), exchanged on the keeper's thread after each commit: another thread sees the old one or the new.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import CancelledError
from contextlib import suppress
from datetime import datetime, timedelta
from math import ceil
from queue import Empty, Full, Queue
from typing import Any, Self, TypeVar

from console.core.clock import Clock, from_millis
from console.core.command import Envelope
from console.core.errors import ConsoleError, DiskTrouble, Refused
from console.core.pack import CityPack
from console.core.people import (
    Person,
    Right,
    Role,
    Session,
    as_typed,
    bare_of,
    key_of,
    may,
    sound_login,
    sound_name,
    sound_role,
    sound_secret,
)
from console.core.people_notes import PersonAnswer, PersonOutcome, PersonWish, Seen, Wish, read_wish
from console.core.records import Changes, Kind
from console.store import people as stored
from console.store.files import resource
from console.store.keeper import Keeper
from console.store.people import Hand, Standing
from console.store.store import Store
from sync.delays import Delays, digest
from sync.engine_log import EngineLog

MOST_WAITING = 32
"""Wishes that may wait to be looked at: a person has one."""
WORDS = "words/secrets.txt"
UNDER_WAY = timedelta(minutes=1)
"""So long after a session ended, or after somebody became known, a deed from before may still be on its way here."""
T = TypeVar("T")
_SIGN_INS = frozenset({Kind.PERSON, Kind.LEDGER})
_DOCUMENTS = frozenset({Kind.PERSON, Kind.LEDGER, Kind.OUTBOX})
_QUIET = frozenset({stored.ENDED_OUT, stored.ENDED_AFTER})
"""Ends of a sign-in that its own console asked for."""


class People:
    """The hand of the engine for persons. `answer` from one thread at a time; `asked` and `who` from any."""

    def __init__(
        self,
        keeper: Keeper,
        clock: Clock,
        log: EngineLog,
        standing: Standing,
        *,
        console: str,
        words: frozenset[str] = frozenset(),
        tell: Callable[[PersonAnswer], None] = lambda _answer: None,
        ended: Callable[[str, str], None] = lambda _session, _why: None,
    ) -> None:
        """`words`: names of the place, which everybody tries first. `tell` hears what became of a wish, `ended` of a
        session that ended without its console, and why: from threads of ours."""
        self._keeper = keeper
        self._clock = clock
        self._log = log
        self._standing = standing
        self._console = console
        self._words = words
        self._known: frozenset[str] | None = None
        self._tell = tell
        self._ended = ended
        self._delays = Delays(clock, standing.attempts)
        self._wishes: Queue[PersonWish | None] = Queue(MOST_WAITING)
        self._thread: threading.Thread | None = None

    @classmethod
    def of(
        cls,
        keeper: Keeper,
        clock: Clock,
        log: EngineLog,
        store: Store,
        pack: CityPack,
        *,
        tell: Callable[[PersonAnswer], None] = lambda _answer: None,
        ended: Callable[[str, str], None] = lambda _session, _why: None,
    ) -> Self:
        """For a store that was opened just now, before its keeper has anything to do."""
        words = frozenset({pack.name, *(area.name for area in pack.areas.values())})
        standing = store.persons()
        return cls(keeper, clock, log, standing, console=store.console, words=words, tell=tell, ended=ended)

    # what a deed is judged by

    @property
    def standing(self) -> Standing:
        """As the store has it."""
        return self._standing

    def refresh(self, store: Store) -> None:
        """Something about persons was written: look again. The keeper's thread only."""
        before = self._standing
        now = self._standing = store.persons()
        for session in now.sessions.values():
            was = before.sessions.get(session.id)
            if was is not None and was.ended_at is None and session.ended_at is not None and session.why not in _QUIET:
                self._ended(session.id, session.why)

    def asked(self, envelope: Envelope, right: Right, *, replayed: bool = False) -> Refused | None:
        """Why that deed may not be done, None where it may. What was asked while its session was open is done, also
        when that has ended since. `replayed`: it stood in the black box before this start; else it came just now, and
        what it says of its time is believed only where that is a moment ago."""
        standing = self._standing
        if standing.since is None:
            return None
        session = standing.sessions.get(envelope.session)
        if session is None:
            return None if self._before(standing, envelope, replayed) else Refused("people.no_session")
        open_then = session.ended_at is None or (
            envelope.at < session.ended_at and (replayed or self._lately(session.ended_at))
        )
        if session.name != envelope.by or not open_then:
            return Refused("people.no_session")
        return None if may(session.role, right) else Refused("people.not_allowed")

    def _before(self, standing: Standing, envelope: Envelope, replayed: bool) -> bool:
        """Whether a deed of an unknown session is from before: before anybody had to sign in, or from a store younger
        than the one that is here, of somebody known (the black box outlives a store that was lost)."""
        if envelope.session:
            return replayed and any(each.name == envelope.by for each in standing.people)
        since = from_millis(standing.since or 0)
        return envelope.at < since and (replayed or self._lately(since))

    def _lately(self, at: datetime) -> bool:
        return self._clock.now() - at <= UNDER_WAY

    def who(self, session: str, right: Right) -> Session | None:
        """Whose open session it is, where its role has that right; None while nobody has to sign in. Raises
        `Refused`."""
        standing = self._standing
        if standing.since is None:
            return None
        found = standing.sessions.get(session)
        if found is None or found.ended_at is not None:
            raise Refused("people.no_session")
        if found.locked:
            raise Refused("people.locked")
        if not may(found.role, right):
            raise Refused("people.not_allowed")
        return found

    def kept_from(self, session: object, rights: Collection[Right]) -> Refused | None:
        """Why whoever's session that is has none of these rights; None where one is given, or nobody has to sign in."""
        why: Refused | None = None
        for right in rights:
            try:
                self.who(session if isinstance(session, str) else "", right)
            except Refused as refusal:
                why = refusal
            else:
                return None
        return why

    # wishes

    def hear(self, values: Mapping[str, Any]) -> None:
        """A note of the screen. Answered from a thread of ours, for it takes its time. Raises `BadAnswer`."""
        wish = read_wish(values)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="persons", daemon=True)
            self._thread.start()
        try:
            self._wishes.put_nowait(wish)
        except Full:
            self._tell(_refused(wish.ask, Refused("people.busy")))

    def stop(self, within_s: float = 2.0) -> None:
        """Let go. What was not answered is asked again."""
        if self._thread is not None:
            with suppress(Empty):
                while True:
                    self._wishes.get_nowait()
            self._wishes.put(None)
            self._thread.join(within_s)

    def _run(self) -> None:
        while (wish := self._wishes.get()) is not None:
            try:
                self._tell(self.answer(wish))
            except CancelledError:
                return  # the keeper ended first
            except Exception as bug:  # noqa: BLE001 - ours: logged without its words, and told
                self._log.bug(bug, "persons")
                self._tell(_refused(wish.ask, Refused("engine.bug_command")))
            del wish

    def answer(self, wish: PersonWish) -> PersonAnswer:
        """What became of a wish, when that is on the disk."""
        try:
            return self._answer(wish)
        except _TooEarly as early:
            left = {"seconds": ceil(early.left_s)}
            return PersonAnswer(wish.ask, PersonOutcome.WAIT, "people.wait", left, early.left_s)
        except (Refused, DiskTrouble) as why:
            return _refused(wish.ask, why)

    def _answer(self, wish: PersonWish) -> PersonAnswer:
        match wish.do:
            case Wish.FIRST:
                return self._first(wish)
            case Wish.IN:
                return self._in(wish)
            case Wish.OUT:
                self._write(lambda people: people.close(wish.session))
                return PersonAnswer(wish.ask, PersonOutcome.TAKEN)
            case Wish.LOCK:
                self._open(wish.session)
                self._write(lambda people: people.lock(wish.session, True))
                return PersonAnswer(wish.ask, PersonOutcome.TAKEN, session=wish.session)
            case Wish.UNLOCK:
                return self._unlock(wish)
            case Wish.ADD:
                return self._add(wish)
            case Wish.CHANGE:
                return self._change(wish)
            case Wish.END:
                by = self._by(wish)
                self._write(lambda people: people.end(wish.person, by=by), _DOCUMENTS)
                return self._about(wish, wish.person)
            case Wish.SECRET:
                return self._secret(wish)

    # signing in

    def _first(self, wish: PersonWish) -> PersonAnswer:
        if self._standing.since is not None:
            raise Refused("people.first_known")
        person, secret = self._made(wish, Role.ADMIN)
        verifier, session = _verifier_of(secret), self._clock.new_id()

        def write(people: stored.People) -> Session:
            people.first(person, verifier)
            return people.open(session, person.id)

        return self._signed_in(wish, self._write(write, _DOCUMENTS))

    def _in(self, wish: PersonWish) -> PersonAnswer:
        person = self._by_login(wish.login)
        key = digest(wish.login, self._console)
        self._prove(key, person, wish.secret)
        assert person is not None
        before, session = self._delays.right(key), self._clock.new_id()

        def write(people: stored.People) -> Session:
            if before:
                people.right(key)
            return people.open(session, person.id)

        return self._signed_in(wish, self._write(write))

    def _unlock(self, wish: PersonWish) -> PersonAnswer:
        session = self._open(wish.session)
        self._prove_own(session, wish.secret)
        if not self._write(lambda people: people.lock(wish.session, False)):
            raise Refused("people.no_session")
        return self._signed_in(wish, session)

    def _signed_in(self, wish: PersonWish, session: Session) -> PersonAnswer:
        found = self._person(session.person)
        seen = Seen(found.id, found.login, session.name, session.role)
        return PersonAnswer(wish.ask, PersonOutcome.TAKEN, session=session.id, person=seen)

    def _prove_own(self, session: Session, secret: str) -> None:
        """That it is the secret of whose session this is. Raises `Refused` or `_TooEarly`."""
        person = self._person(session.person)
        key = digest(person.login, self._console)
        self._prove(key, person, secret)
        if self._delays.right(key):
            self._write(lambda people: people.right(key))

    def _prove(self, key: str, person: Person | None, secret: str) -> None:
        """That it is their secret. Nobody's login costs the same time and says the same. Raises `Refused` or, where
        it is tried too early, `_TooEarly`: then nothing was tried."""
        left_s = self._delays.left_s(key)
        of = "" if person is None else person.id
        if left_s > 0:
            if self._delays.first_early(key):
                self._write(lambda people: people.early(of))
            raise _TooEarly(left_s)
        verifier = self._standing.verifiers.get(person.id, "") if person is not None else ""
        if _proves(as_typed(secret), verifier) and person is not None:
            return
        count = self._delays.wrong(key)
        self._write(lambda people: people.wrong(key, count, of))
        raise Refused("people.wrong")

    def _by_login(self, login: str) -> Person | None:
        """Who signs in with it: nobody who ended, and nobody whose login or name is an older one's."""
        key = key_of(login)
        for each in self._standing.people:
            if each.ended_at is None and not each.clash and key_of(each.login) == key:
                return each
        return None

    # persons

    def _add(self, wish: PersonWish) -> PersonAnswer:
        by = self._by(wish)
        person, secret = self._made(wish, sound_role(wish.role))
        verifier = _verifier_of(secret)
        self._write(lambda people: people.add(person, verifier, by=by), _DOCUMENTS)
        return self._about(wish, person.id)

    def _change(self, wish: PersonWish) -> PersonAnswer:
        by = self._by(wish)
        login = sound_login(wish.login) if wish.login else ""
        name = sound_name(wish.name) if wish.name else ""
        role = sound_role(wish.role) if wish.role else None
        self._write(lambda people: people.change(wish.person, by=by, login=login, name=name, role=role), _DOCUMENTS)
        return self._about(wish, wish.person)

    def _secret(self, wish: PersonWish) -> PersonAnswer:
        session = self._open(wish.session)
        own = wish.person in ("", session.person)
        by = Hand(session.name, session.id) if own else self._by(wish)
        person = self._person(session.person if own else wish.person)
        secret = sound_secret(wish.secret, person.login, person.name, self._blocked())
        if own:
            self._prove_own(session, wish.old)
        verifier = _verifier_of(secret)
        self._write(lambda people: people.secret(person.id, verifier, by=by), _DOCUMENTS)
        return self._about(wish, person.id)

    def _made(self, wish: PersonWish, role: Role) -> tuple[Person, str]:
        """A new person, and the secret as it is compared. Raises `Refused`."""
        login, name = sound_login(wish.login), sound_name(wish.name)
        return Person(self._clock.new_id(), login, name, role), sound_secret(wish.secret, login, name, self._blocked())

    def _by(self, wish: PersonWish) -> Hand:
        """Who changes persons. Raises `Refused`."""
        found = self.who(wish.session, Right.PEOPLE)
        if found is None:
            raise Refused("people.no_session")
        return Hand(found.name, found.id)

    def _open(self, session: str) -> Session:
        found = self._standing.sessions.get(session)
        if found is None or found.ended_at is not None:
            raise Refused("people.no_session")
        return found

    def _person(self, person: str) -> Person:
        found = next((each for each in self._standing.people if each.id == person), None)
        if found is None:
            raise Refused("people.unknown")
        return found

    def _about(self, wish: PersonWish, person: str) -> PersonAnswer:
        found = self._person(person)
        seen = Seen(found.id, found.login, found.name, found.role)
        return PersonAnswer(wish.ask, PersonOutcome.TAKEN, session=wish.session, person=seen)

    def _blocked(self) -> frozenset[str]:
        if self._known is None:
            self._known = blocklist() | frozenset(bare_of(word) for word in self._words)
        return self._known

    def _write(self, job: Callable[[stored.People], T], kinds: frozenset[Kind] = _SIGN_INS) -> T:
        """Write it, and look again before anybody hears of it."""

        def run(store: Store) -> tuple[T, Changes]:
            found = store.person(job)
            self.refresh(store)
            # named, so that what is told together with it keeps its names
            return found, Changes(kinds, frozenset({"people"}))

        found: T = self._keeper.person(run).result()
        return found


class _TooEarly(Exception):
    """A try that must wait."""

    def __init__(self, left_s: float) -> None:
        super().__init__(left_s)
        self.left_s = left_s


def blocklist() -> frozenset[str]:
    """The words everybody tries first."""
    lines = resource(WORDS).decode("utf-8").splitlines()
    return frozenset(bare_of(line) for line in lines if line and not line.startswith("#")) - {""}


def _refused(ask: str, why: ConsoleError) -> PersonAnswer:
    return PersonAnswer(ask, PersonOutcome.REFUSED, why.says, why.values)


def _proves(secret: str, verifier: str) -> bool:
    from sync.seal import proves  # whoever never signs in need not load what proves it

    return proves(secret, verifier)


def _verifier_of(secret: str) -> str:
    from sync.seal import verifier_of

    return verifier_of(secret)
