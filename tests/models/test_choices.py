"""What a list is narrowed by: told in words, kept, restored, and relative to the day."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.lifecycle import OPEN, State
from console.core.records import AgeBucket, QueueFilter
from console.models.choices import CLOSED, Facet, Narrowing, told
from tests.cities import small_pack
from tests.town import NOW, phrases

PACK, SAID = small_pack(), phrases()
narrowings = st.builds(
    Narrowing,
    st.frozensets(st.sampled_from(State)),
    st.sampled_from(["", *PACK.areas]),
    st.frozensets(st.sampled_from(sorted(PACK.opds))),
    st.frozensets(st.sampled_from(sorted(PACK.categories))),
    st.none() | st.sampled_from(AgeBucket),
)


def test_nothing_chosen_narrows_nothing():
    assert Narrowing().filter(NOW) == QueueFilter()
    assert not Narrowing().narrows


@given(narrowings)
def test_what_is_kept_is_restored(narrowing):
    assert Narrowing.kept(narrowing.keep(), PACK) == narrowing


@given(
    st.dictionaries(
        st.sampled_from(["states", "area", "opds", "categories", "age"]),
        st.none() | st.integers() | st.text() | st.lists(st.text() | st.integers()),
    )
)
def test_anything_kept_by_another_edition_is_sound(values):
    assert Narrowing.kept(values, PACK).filter(NOW)


@pytest.mark.parametrize("facet", Facet)
def test_each_facet_is_taken_off_alone(facet):
    full = Narrowing(OPEN, "99.71.01", frozenset({"PU"}), frozenset({"sampah"}), AgeBucket.DAY, "banjir")
    left = full.without(facet)
    assert left != full
    assert told(left, facet, PACK, SAID) == ""
    assert sum(told(left, each, PACK, SAID) != "" for each in Facet) == 4
    assert left.text == "banjir"


def test_ages_are_spans_of_whole_minutes_before_now():
    asked = Narrowing(age=AgeBucket.THREE_DAYS).filter(NOW + timedelta(seconds=42))
    assert asked.since == NOW - timedelta(days=3)
    assert asked.until == NOW - timedelta(days=1)
    assert Narrowing(age=AgeBucket.DAY).filter(NOW).until is None
    assert Narrowing(age=AgeBucket.OLDER).filter(NOW).since is None


def test_the_buckets_meet_and_leave_nothing_out():
    asked = [Narrowing(age=age).filter(NOW) for age in AgeBucket]
    assert [each.since for each in asked[:-1]] == [each.until for each in asked[1:]]


@pytest.mark.parametrize(
    ("narrowing", "facet", "words"),
    [
        (Narrowing(OPEN), Facet.STATE, "Masih terbuka"),
        (Narrowing(CLOSED), Facet.STATE, "Sudah ditutup"),
        (Narrowing(frozenset({State.NEW})), Facet.STATE, "Baru"),
        (Narrowing(frozenset({State.NEW, State.VERIFIED, State.DONE})), Facet.STATE, "Baru +2"),
        (Narrowing(area="99.71.02"), Facet.AREA, "Mekarsari"),
        (Narrowing(opds=frozenset({"DISHUB"})), Facet.OPD, "Dishub"),
        (Narrowing(categories=frozenset({"sampah"})), Facet.CATEGORY, "Sampah"),
        (Narrowing(age=AgeBucket.OLDER), Facet.AGE, "Lebih dari 60 hari"),
    ],
)
def test_a_choice_is_told_in_words(narrowing, facet, words):
    assert told(narrowing, facet, PACK, SAID) == words
