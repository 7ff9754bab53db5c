"""Notes about persons: what is told comes through, what is hostile does not, and no secret is shown by accident."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core import notes
from console.core.errors import BadAnswer
from console.core.people import Role
from console.core.people_notes import (
    LONGEST,
    PersonAnswer,
    PersonOutcome,
    PersonWish,
    Seen,
    Wish,
    answer_values,
    read_answer,
    read_ended,
    read_wish,
    wish_note,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
WISHES = st.builds(PersonWish, TEXT, st.sampled_from(Wish), TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT)
SEEN = st.builds(Seen, TEXT, TEXT, TEXT, st.sampled_from(Role))
ANSWERS = st.builds(
    PersonAnswer,
    TEXT,
    st.sampled_from(PersonOutcome),
    TEXT,
    st.dictionaries(TEXT, st.one_of(TEXT, st.integers(-100, 100)), max_size=3),
    st.floats(0, 60),
    TEXT,
    st.one_of(st.none(), SEEN),
)


@given(WISHES)
def test_a_wish_comes_through_as_one_line(wish: PersonWish) -> None:
    raw = wish_note(wish)
    assert raw.count(b"\n") == 1 and raw.endswith(b"\n")
    name, values = notes.parse(raw)
    assert (name, read_wish(values)) == ("person", wish)


@given(ANSWERS)
def test_an_answer_comes_through(answer: PersonAnswer) -> None:
    name, values = notes.parse(notes.line("person", **answer_values(answer)))
    assert (name, read_answer(values)) == ("person", answer)


def test_a_wish_that_is_shown_shows_no_secret() -> None:
    shown = repr(PersonWish("1", Wish.IN, login="rani", secret="hujan turun", old="kucing tidur"))
    assert "rani" in shown and "hujan" not in shown and "kucing" not in shown


ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=8,
)
NAMES = st.sampled_from(["ask", "do", "session", "person", "login", "name", "role", "secret", "old", "x"])


@given(st.dictionaries(NAMES, ANYTHING, max_size=8))
def test_anything_is_a_wish_or_is_refused_by_name(values: dict[str, object]) -> None:
    try:
        wish = read_wish(values)
    except BadAnswer as why:
        assert (why.says, why.values) == ("core.note.person", {}), "and repeats nothing"
    else:
        assert isinstance(wish.do, Wish)
    for read in (read_answer, read_ended):
        try:
            read(values)
        except BadAnswer as why:
            assert why.says == "core.note.person"


@pytest.mark.parametrize(
    "hostile",
    [
        {"do": "in"},
        {"ask": 3, "do": "in"},
        {"ask": "1", "do": "rule"},
        {"ask": "1", "do": ["in"]},
        {"ask": "1", "do": "in", "login": {"$ne": ""}},
        {"ask": "1", "do": "in", "secret": None},
        {"ask": "1", "do": "in", "secret": "x" * (LONGEST + 1)},
        {"ask": "1", "do": "in", "secret": "\ud800"},
        {"ask": "1", "do": "in", "login": "a\0b"},
        {"ask": "x" * (LONGEST + 1), "do": "in"},
    ],
)
def test_a_hostile_wish_is_none(hostile: dict[str, object]) -> None:
    with pytest.raises(BadAnswer):
        read_wish(hostile)


def test_strangers_in_a_wish_are_passed_over() -> None:
    assert read_wish({"ask": "1", "do": "in", "verifier": "x", "rights": ["people"]}) == PersonWish("1", Wish.IN)


def test_the_end_of_a_session_is_told() -> None:
    values = json.loads(notes.line("session", session="s", ended="people.ended.role"))
    assert read_ended(values) == ("s", "people.ended.role")
