"""Signing in at a whole engine: notes in, notes out, and deeds that are judged by who asked."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from console.commands import seal
from console.commands.triage import Verify
from console.core import notes
from console.core.command import Outcome
from console.core.people import Person, Role
from console.core.people_notes import PersonOutcome, PersonWish, Wish, read_answer, read_ended, wish_note
from console.core.records import Changes, Kind
from console.store.people import Hand
from console.store.read import Read
from sync.hearing import KEPT
from tests.sync.posts import SECRET as HUB_SECRET
from tests.sync.posts import USER, Post, serving
from tests.sync.stand_ins import TalkWire
from tests.sync.test_engine import EMPTY, ONE, Running
from tests.sync.test_engine_hub import Engine

SECRET = "hujan turun di genteng merah"
OTHER = "sepeda tua lewat jembatan bambu"


class Desk:
    """A screen of an engine, as far as persons go."""

    def __init__(self, on: Running) -> None:
        self.on = on
        self.session = ""
        self._asked = 0

    def wish(self, do: Wish, **given: str):
        self._asked += 1
        told = {"session": self.session, **given}
        self.on.raw(wish_note(PersonWish(f"a{self._asked}", do, **told)))
        return read_answer(self.on.until("person", lambda values: values["ask"] == f"a{self._asked}"))

    def first(self):
        answer = self.wish(Wish.FIRST, login="kepala", name="Ibu Kepala", secret=SECRET)
        self.session = answer.session
        return answer

    def sign_in(self, login: str, secret: str):
        answer = self.wish(Wish.IN, login=login, secret=secret)
        self.session = answer.session or self.session
        return answer

    def add(self, login: str, name: str, role: Role, secret: str = OTHER):
        return self.wish(Wish.ADD, login=login, name=name, role=str(role), secret=secret)

    def until(self, condition: Callable[[list[Person]], bool]) -> None:
        """Wait until the store knows such people."""
        read = Read.open(self.on.profile)
        try:
            while not condition(read.people()):
                self.on.until("changes", lambda values: Kind.PERSON in values["kinds"])
        finally:
            read.close()

    def do(self, command, by: str, session: str | None = None):
        envelope = seal(command, self.on.clock, by, self.session if session is None else session)
        self.on.send("do", **notes.envelope_values(envelope))
        return self.on.receipt(envelope.id)


@pytest.fixture
def desk(tmp_path):
    on = Running(tmp_path / "profile", TalkWire({"ids": [1, 2]}, EMPTY))
    on.taken()
    yield Desk(on)
    if on.code is None:
        on.engine.stop()
        on.ended()


def test_without_persons_everybody_works_as_before(desk):
    assert desk.do(Verify(ONE), "Rani").outcome is Outcome.TAKEN


def test_the_first_administrator_signs_in_and_makes_an_operator_who_works(desk):
    answer = desk.first()
    assert (answer.outcome, answer.person.name, answer.person.role) == (PersonOutcome.TAKEN, "Ibu Kepala", Role.ADMIN)
    assert desk.do(Verify(ONE), "Ibu Kepala").says == "people.not_allowed", "who runs the system does not work on cases"
    assert desk.add("rani", "Rani", Role.OPERATOR).outcome is PersonOutcome.TAKEN
    assert desk.sign_in("RANI", OTHER).person.name == "Rani"
    assert desk.do(Verify(ONE), "Ibu Kepala").says == "people.no_session", "nobody works under another's name"
    assert desk.do(Verify(ONE), "Rani", session="").says == "people.no_session"
    assert desk.do(Verify(ONE), "Rani", session="0" * 32).says == "people.no_session"
    assert desk.do(Verify(ONE), "Rani").outcome is Outcome.TAKEN


def test_a_role_that_changes_ends_the_session_and_says_so(desk):
    admin = desk.first().session
    desk.add("rani", "Rani", Role.OPERATOR)
    rani = desk.sign_in("rani", OTHER)
    # an administrator elsewhere: here, by the same store
    desk.on.engine.keeper.person(
        lambda store: (store.person(lambda people: people.end(rani.person.id, by=Hand("Ibu Kepala"))), _people())
    ).result(20)
    assert read_ended(desk.on.until("session")) == (rani.session, "people.ended.person")
    assert desk.do(Verify(ONE), "Rani").says == "people.no_session"
    assert desk.wish(Wish.ADD, session=admin, login="x1", name="X", role="admin", secret=SECRET).says == (
        "people.no_session"
    )


def _people():
    return Changes(frozenset({Kind.PERSON}))


@pytest.mark.parametrize("note", sorted(KEPT))
def test_what_concerns_the_exchange_is_for_who_may(desk, note):
    on = desk.on
    desk.first()
    desk.add("rani", "Rani Putri", Role.OPERATOR)

    def refusal(session: str) -> str:
        on.send(note, id="b1", do="look", choice="", user="", secret="", session=session)
        if note in ("bundle", "feed"):
            return str(on.until(note, lambda told: told["id"] == "b1")["says"])
        return str(on.until("trouble", lambda told: told["says"].startswith("people."))["says"])

    assert refusal("") == "people.no_session"
    assert refusal("of nobody") == "people.no_session"
    admin = desk.session
    desk.sign_in("rani", OTHER)
    assert refusal(desk.session) == "people.not_allowed"
    assert refusal(admin) == "people.no_session"
    desk.sign_in("kepala", SECRET)
    # A wish that is heeded is no refusal for want of a right: the next one said is about another's.
    on.send(note, id="b2", do="look", choice="", user="", secret="", session=desk.session)
    assert refusal("of nobody") == "people.no_session"
    assert on.hang_up() == 0


def test_an_account_that_is_ended_elsewhere_is_ended_here_as_soon_as_the_news_arrives(
    tmp_path: Path, ending: ExitStack
) -> None:
    centre = Post(tmp_path / "centre")
    ending.callback(centre.close)
    with serving(centre) as url:
        engines = [Engine(tmp_path / name, hub__url=url, hub__user=USER) for name in ("pengelola", "operator")]
        office, post = (Desk(on) for on in engines)
        for on in engines:
            on.send("sign_in", user="", secret=HUB_SECRET)
        assert office.first().outcome is PersonOutcome.TAKEN
        rani = office.add("rani", "Rani", Role.OPERATOR).person
        post.until(lambda people: [each.login for each in people] == ["kepala", "rani"])
        session = post.sign_in("rani", OTHER).session
        assert session, "one account for all consoles"
        assert office.wish(Wish.END, person=rani.id).outcome is PersonOutcome.TAKEN
        assert read_ended(post.on.until("session")) == (session, "people.ended.person")
        assert post.do(Verify(ONE), "Rani").says == "people.no_session"
        for on in engines:
            assert on.hang_up() == 0
    assert b"argon2id" not in b"".join(
        path.read_bytes() for name in ("pengelola", "operator") for path in (tmp_path / name).glob("engine.log*")
    )
