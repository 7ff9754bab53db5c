"""Signing in at a whole engine: notes in, notes out, and deeds that are judged by who asked."""

from __future__ import annotations

import pytest

from console.commands.triage import Verify
from console.core import notes
from console.core.command import Outcome
from console.core.people import Role
from console.core.people_notes import PersonOutcome, PersonWish, Wish, read_answer, read_ended, wish_note
from console.store.people import Hand
from tests.sync.stand_ins import TalkWire
from tests.sync.test_engine import EMPTY, ONE, Running

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

    def do(self, command, by: str, session: str | None = None):
        from console.commands import seal

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
    from console.core.records import Changes, Kind

    return Changes(frozenset({Kind.PERSON}))
