"""Who is here: what the engine says of it, what it allows, and what is asked of it while it does not listen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from console.core.errors import Refused
from console.core.people import RIGHTS, Right, Role
from console.core.people_notes import PersonAnswer, PersonOutcome, Seen, Wish, answer_values
from console.core.records import Changes, Kind
from console.models.people import ALL, PATIENCE_S, People, Stand
from console.store.closed import OFFLINE, Closed
from console.store.store import Store
from tests.town import Town

RANI = Seen("orang-1", "rani", "Rani Putri", Role.OPERATOR)
SARI = Seen("orang-0", "sari", "Sari Wulandari", Role.ADMIN)


Make = Callable[..., Town]


@pytest.fixture
def make(qtbot: QtBot, tmp_path: Path) -> Iterator[Make]:
    """Makes a town of that kind."""
    made: list[Town] = []

    def town(**kind: Any) -> Town:
        made.append(Town(tmp_path, **kind))
        return made[-1]

    yield town
    for each in made:
        each.close()


def stands(people: People, stand: Stand, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: people.stand is stand, timeout=20_000)


def last(town: Town) -> dict[str, Any]:
    note, values = town.told[-1]
    assert note == "person"
    return values


def answer(town: Town, **more: Any) -> None:
    """The engine answers what was asked last."""
    told = PersonAnswer(str(last(town)["ask"]), **{"outcome": PersonOutcome.TAKEN, **more})
    town.desk.news.told.emit("person", answer_values(told))


def enter(town: Town, people: People, who: Seen = RANI, session: str = "sesi-1") -> list[PersonAnswer]:
    heard: list[PersonAnswer] = []
    people.ask(Wish.IN, heard.append, login=who.login, secret="pelangi sore di atas jembatan")
    answer(town, session=session, person=who)
    return heard


def test_a_demo_needs_nobody_and_takes_the_name_of_the_settings(make: Make, qtbot: QtBot) -> None:
    town = make()
    people = town.desk.people
    assert people.stand is Stand.UNREAD
    assert people.free, "nothing waits for the reading where nobody has to sign in"
    assert people.covered, "but nothing is shown before it is known"
    stands(people, Stand.DEMO, qtbot)
    assert not people.covered
    assert people.rights == ALL
    assert town.desk.operator == "Rani"


def test_a_console_for_work_asks_for_its_first_administrator(make: Make, qtbot: QtBot) -> None:
    town = make(accounts=True)
    people = town.desk.people
    assert not people.free
    stands(people, Stand.FIRST, qtbot)
    assert people.covered
    assert not people.rights
    people.look()
    assert not people.covered, "before there is anybody, there is nobody to keep it from"
    assert not people.rights
    why = people.why_not(Right.WORK)
    assert isinstance(why, Refused)
    assert why.says == "shell.people.nobody"


def test_where_somebody_is_known_nothing_is_open_to_who_only_looks(make: Make, qtbot: QtBot) -> None:
    town = make(known=True)
    people = town.desk.people
    stands(people, Stand.OUT, qtbot)
    people.look()
    assert people.looking
    assert people.covered
    assert not people.rights


def test_a_person_who_comes_by_sync_closes_a_demo(make: Make, qtbot: QtBot) -> None:
    town = make()
    people = town.desk.people
    stands(people, Stand.DEMO, qtbot)
    town.handed["person_known"] = True
    town.desk.news.changed.emit(Changes(frozenset({Kind.PERSON})))
    stands(people, Stand.OUT, qtbot)
    assert people.covered


@pytest.mark.parametrize("role", Role)
def test_a_role_may_what_the_table_says(make: Make, qtbot: QtBot, role: Role) -> None:
    town = make(known=True)
    people = town.desk.people
    stands(people, Stand.OUT, qtbot)
    enter(town, people, Seen("orang-5", "lima", "Lima", role))
    assert people.stand is Stand.IN
    assert people.rights == RIGHTS[role]
    assert people.by == "Lima"
    for right in Right:
        assert (people.why_not(right) is None) is (right in RIGHTS[role])
    people.lock()
    assert not people.rights
    assert people.by == ""


def test_signing_in_names_the_session_it_ends_and_tells_who_was_here(make: Make, qtbot: QtBot) -> None:
    town = make(known=True)
    people = town.desk.people
    stands(people, Stand.OUT, qtbot)
    turned: list[tuple[str, str]] = []
    people.turned.connect(lambda before, now: turned.append((before, now)))
    enter(town, people)
    heard = enter(town, people, SARI, "sesi-2")
    assert last(town)["session"] == "sesi-1"
    assert heard[0].outcome is PersonOutcome.TAKEN
    assert people.session == "sesi-2"
    enter(town, people, SARI, "sesi-3")
    assert turned == [("", RANI.id), (RANI.id, SARI.id)]


def test_a_lock_holds_at_once_and_only_the_engine_opens_it(make: Make, qtbot: QtBot) -> None:
    town = make(known=True)
    people = town.desk.people
    stands(people, Stand.OUT, qtbot)
    people.lock()
    assert people.stand is Stand.OUT
    enter(town, people)
    town.listening = False
    people.lock()
    assert people.stand is Stand.LOCKED
    assert people.covered
    town.listening = True
    people.ask(Wish.UNLOCK, lambda _answer: None, secret="salah")
    answer(town, outcome=PersonOutcome.REFUSED, says="people.wrong")
    assert people.stand is Stand.LOCKED
    people.ask(Wish.UNLOCK, lambda _answer: None, secret="pelangi sore di atas jembatan")
    answer(town, session="sesi-1", person=RANI)
    assert people.stand is Stand.IN


def test_the_engines_word_about_a_lock_ends_no_session(make: Make, qtbot: QtBot) -> None:
    town = make(known=True)
    people = town.desk.people
    stands(people, Stand.OUT, qtbot)
    enter(town, people)
    people.lock()
    count = len(town.told)
    answer(town, session="sesi-1")
    assert len(town.told) == count
    assert people.stand is Stand.LOCKED


def test_what_is_asked_before_an_engine_listens_is_asked_when_one_does(make: Make, qtbot: QtBot) -> None:
    town = make(known=True)
    people = town.desk.people
    stands(people, Stand.OUT, qtbot)
    town.listening = False
    people.ask(Wish.IN, lambda _answer: None, login="rani", secret="pelangi sore di atas jembatan")
    assert not town.told
    town.listening = True
    town.desk.ticks.second.emit()
    assert last(town)["do"] == "in"
    count = len(town.told)
    town.desk.ticks.second.emit()
    assert len(town.told) == count, "once"
    assert not [asked for asked in people._asked.values() if asked.wish is not None], "no secret stays"
    answer(town, session="sesi-1", person=RANI)
    assert people.stand is Stand.IN


def test_an_engine_that_does_not_answer_is_told_and_its_late_word_opens_nothing(make: Make, qtbot: QtBot) -> None:
    town = make(known=True)
    people = town.desk.people
    stands(people, Stand.OUT, qtbot)
    heard: list[PersonAnswer] = []
    people.ask(Wish.IN, heard.append, login="rani", secret="pelangi sore di atas jembatan")
    asked = dict(last(town))
    town.clock.turn(PATIENCE_S)
    town.desk.ticks.second.emit()
    assert [each.says for each in heard] == ["shell.people.no_answer"]
    late = PersonAnswer(str(asked["ask"]), PersonOutcome.TAKEN, session="sesi-9", person=RANI)
    town.desk.news.told.emit("person", answer_values(late))
    assert people.stand is Stand.OUT
    assert (last(town)["do"], last(town)["session"]) == ("out", "sesi-9"), "nobody is left signed in unseen"


def test_a_session_that_ends_elsewhere_is_told_with_its_why(make: Make, qtbot: QtBot) -> None:
    town = make(known=True)
    people = town.desk.people
    stands(people, Stand.OUT, qtbot)
    enter(town, people)
    town.desk.news.told.emit("session", {"session": "another", "ended": "people.ended.role"})
    assert people.stand is Stand.IN
    town.desk.news.told.emit("session", {"session": "sesi-1", "ended": "people.ended.role"})
    assert people.stand is Stand.OUT
    assert people.ended is not None
    assert people.ended.says == "people.ended.role"
    enter(town, people, session="sesi-4")
    assert people.ended is None


@pytest.mark.parametrize(
    ("note", "values"),
    [
        ("person", {"ask": "x"}),
        ("person", {"ask": "x", "outcome": "perhaps"}),
        ("person", {"ask": 7, "outcome": "taken", "person": {"id": 1}}),
        ("session", {"session": 3, "ended": None}),
        ("session", {}),
    ],
)
def test_a_note_that_is_none_changes_nothing(make: Make, qtbot: QtBot, note: str, values: dict[str, Any]) -> None:
    town = make(known=True)
    people = town.desk.people
    stands(people, Stand.OUT, qtbot)
    enter(town, people)
    town.desk.news.told.emit(note, values)
    assert people.stand is Stand.IN


def test_leaving_ends_the_session_at_the_engine(make: Make, qtbot: QtBot) -> None:
    town = make(known=True)
    people = town.desk.people
    stands(people, Stand.OUT, qtbot)
    people.out()
    assert not town.told
    enter(town, people)
    people.out()
    assert (last(town)["do"], last(town)["session"]) == ("out", "sesi-1")
    assert people.stand is Stand.OUT
    assert people.session == ""


def test_a_store_that_cannot_be_read_is_read_again(make: Make, qtbot: QtBot) -> None:
    town = make(store=False, known=True, accounts=True)
    stands(town.desk.people, Stand.FIRST, qtbot)
    Store.open(town.profile, town.clock, town.pack).close()
    town.desk.ticks.second.emit()
    stands(town.desk.people, Stand.OUT, qtbot)


def test_a_closed_console_covers_everything_and_leaves_what_brings_it_back(make: Make, qtbot: QtBot) -> None:
    town = make(known=True)
    people = town.desk.people
    stands(people, Stand.OUT, qtbot)
    enter(town, people)
    assert not people.covered and people.may(Right.WORK)
    people._take((True, Closed(OFFLINE, town.clock.now())))
    assert people.covered and people.stand is Stand.IN
    assert people.rights == frozenset()
    why = people.why_not(Right.WORK)
    assert why is not None and why.says == "closed.offline"
    enter(town, people, who=SARI, session="sesi-2")
    assert people.rights == {Right.SETTINGS, Right.PEOPLE, Right.AUDIT, Right.EXCHANGE}
    people._take((True, None))
    assert not people.covered and people.rights == RIGHTS[Role.ADMIN]


def test_a_store_that_closes_is_noticed(make: Make, qtbot: QtBot) -> None:
    town = make()
    stands(town.desk.people, Stand.DEMO, qtbot)
    assert town.store is not None
    town.desk.news.changed.emit(town.store.close_up(OFFLINE))
    qtbot.waitUntil(lambda: town.desk.people.covered, timeout=20_000)
    assert town.desk.people.closed is not None and not town.desk.people.may(Right.WORK)
