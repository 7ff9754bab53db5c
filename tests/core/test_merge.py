"""Joining versions: the same whichever side is ours, nothing invented, what is equal or apart is no conflict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import assume, example, given
from hypothesis import strategies as st

from console.core.lifecycle import NEXT, Deed, State, furthest
from console.core.merge import Mark, Merged, merge, merge_all, most, text, union
from console.core.records import CASE_POLICIES

Body = dict[str, Any]
NAMES = ("", "Budi", "Sari", "Rina")
_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "state": st.sampled_from([int(state) for state in State]),
    "opd": st.sampled_from(("", "pu", "lh")),
    "holder": st.sampled_from(NAMES),
    "duplicate_of": st.sampled_from(("", "uji:1", "uji:2")),
    "native_state": st.sampled_from(("open", "closed")),
    "by": st.sampled_from(NAMES),
    "at": st.sampled_from(
        ("2026-03-02T05:00:00+00:00", "2026-03-02T05:00:00.001000+00:00", "2036-01-01T00:00:00+00:00")
    ),
    "merged": st.lists(st.sampled_from(("2-a", "2-b", "3-c")), unique=True),
    # Fields of a newer program, of any kind.
    "urgency": st.sampled_from((1, 1.5, True, None, "tinggi")),
    "tags": st.lists(st.sampled_from(("a", "b")), max_size=2),
}
bodies = st.fixed_dictionaries({}, optional=_FIELDS)
bases = st.none() | bodies


def joined(base: Mapping[str, Any] | None, ours: Body, theirs: Body) -> Merged:
    return merge(base, ours, theirs, CASE_POLICIES)


@given(bases, bodies, bodies)
def test_it_does_not_matter_whose_side_is_ours(base: Body | None, ours: Body, theirs: Body) -> None:
    assert joined(base, ours, theirs) == joined(base, theirs, ours)


@given(bases, bodies)
def test_the_same_change_on_both_sides_is_no_conflict(base: Body | None, changed: Body) -> None:
    assert joined(base, changed, changed) == Merged(changed)


@given(bodies, bodies)
def test_what_one_side_left_alone_is_the_other_s(base: Body, theirs: Body) -> None:
    kept = {"by", "native_state", "at", "merged"}  # who wrote last, not what was written
    found = joined(base, base, theirs)
    assert found.body is not None
    assert {name: value for name, value in found.body.items() if name not in kept} == {
        name: value for name, value in theirs.items() if name not in kept
    }


@given(bodies, st.data())
def test_different_fields_join(base: Body, data: st.DataObject) -> None:
    changes = data.draw(bodies)
    mine = data.draw(st.sets(st.sampled_from(sorted(_FIELDS))))
    ours = {**base, **{name: value for name, value in changes.items() if name in mine}}
    theirs = {**base, **{name: value for name, value in changes.items() if name not in mine}}
    found = joined(base, ours, theirs)
    assert found.body is not None
    told = {"by", "native_state", "at", "merged"}
    wanted = {name: value for name, value in {**base, **changes}.items() if name not in told}
    assert {name: value for name, value in found.body.items() if name not in told} == wanted


@given(bases, bodies, bodies)
def test_no_value_is_invented(base: Body | None, ours: Body, theirs: Body) -> None:
    found = joined(base, ours, theirs)
    for name, value in (found.body or {}).items():
        if name == "merged":
            assert {*value} <= {*ours.get(name, ()), *theirs.get(name, ())}
        else:
            assert text(value) in {text(ours.get(name, Mark.ABSENT)), text(theirs.get(name, Mark.ABSENT))}


@given(bases, bodies, bodies)
def test_it_is_joined_or_names_what_is_open(base: Body | None, ours: Body, theirs: Body) -> None:
    found = joined(base, ours, theirs)
    assert (found.body is None) == bool(found.open)
    for name in found.open:
        assert text(ours.get(name, Mark.ABSENT)) != text(theirs.get(name, Mark.ABSENT))


@given(bases, bodies, bodies)
def test_joining_again_changes_nothing(base: Body | None, ours: Body, theirs: Body) -> None:
    found = joined(base, ours, theirs)
    assume(found.body is not None)
    again = joined(ours, dict(found.body or {}), ours)
    assert again.body == found.body


@given(bases, st.lists(bodies, min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_many_come_to_the_same_in_any_order(base: Body | None, versions: list[Body], chance: Any) -> None:
    first = merge_all(versions, lambda _one, _other: base, base, CASE_POLICIES)
    other = list(versions)
    chance.shuffle(other)
    assert merge_all(other, lambda _one, _other: base, base, CASE_POLICIES) == first
    # One that comes twice says nothing new.
    assert merge_all([*versions, other[0]], lambda _one, _other: base, base, CASE_POLICIES) == first


def test_a_change_beats_what_was_left_even_among_many() -> None:
    """Two versions share a later base than the third: what one of them took back stays taken back."""
    versions = [{"opd": "pu"}, {"opd": ""}, {"opd": ""}]
    later, first = {"opd": "pu"}, {"opd": ""}
    found = merge_all(versions, lambda one, other: later if {one, other} == {0, 1} else first, first, CASE_POLICIES)
    assert found == Merged({"opd": ""})


def test_without_what_both_knew_only_what_needs_no_base_is_settled() -> None:
    ours, theirs = {"opd": "pu", "holder": "Budi", "at": "2026"}, {"opd": "pu", "holder": "", "at": "2027"}
    assert joined(None, ours, theirs) == Merged(None, ("holder",))
    assert joined(None, ours, {**ours, "at": "2027"}) == Merged({**ours, "at": "2027"})


def test_a_name_beats_nobody_and_two_names_are_for_a_person() -> None:
    base, budi, sari = {"holder": "Rina"}, {"holder": "Budi"}, {"holder": "Sari"}
    assert joined(base, {"holder": ""}, budi) == Merged(budi)
    assert joined(base, budi, sari) == Merged(None, ("holder",))


def test_unknown_fields_are_joined_like_any_other() -> None:
    base = {"urgency": 1, "tags": ["a"]}
    assert joined(base, {"urgency": 2, "tags": ["a"]}, {"urgency": 1, "tags": ["b"]}) == Merged(
        {"urgency": 2, "tags": ["b"]}
    )
    assert joined(base, {"urgency": 2}, {"urgency": 3, "tags": ["a"]}) == Merged(None, ("urgency",))


def test_true_is_not_one() -> None:
    assert joined({"urgency": 0}, {"urgency": 1}, {"urgency": True}) == Merged(None, ("urgency",))


@given(st.lists(st.integers(0, 9) | st.floats(0, 9), min_size=2))
def test_a_count_is_the_largest(values: list[float]) -> None:
    assert most(Mark.UNKNOWN, values) == max(values)
    assert most(0, [Mark.ABSENT, *values]) == max(values)
    assert most(0, ["x", *values]) is Mark.OPEN
    assert most(0, [["x"], ["y"]]) is Mark.OPEN


items = st.lists(st.sampled_from("abcd"), unique=True)


@given(items, items, items)
def test_a_set_keeps_what_came_and_drops_what_went(base: list[str], ours: list[str], theirs: list[str]) -> None:
    found = union(base, [ours, theirs])
    added = ({*ours} | {*theirs}) - {*base}
    gone = ({*base} - {*ours}) | ({*base} - {*theirs})
    assert found == sorted(({*base} - gone) | added)
    assert union(Mark.UNKNOWN, [ours, theirs]) == sorted({*ours} | {*theirs})
    assert union(base, [ours, "kein Feld"]) is Mark.OPEN


# The rank of states.


def test_what_can_still_follow_is_further() -> None:
    new = State.NEW
    assert furthest(new, [State.VERIFIED, State.DISPOSED]) is State.DISPOSED
    assert furthest(new, [State.IN_PROGRESS, State.DISPOSED, State.DONE]) is State.DONE
    assert furthest(State.DISPOSED, [State.IN_PROGRESS, State.DUPLICATE]) is State.DUPLICATE


def test_who_reopened_saw_it_closed() -> None:
    assert furthest(State.IN_PROGRESS, [State.DONE, State.REOPENED]) is State.REOPENED
    assert furthest(State.DONE, [State.REOPENED, State.IN_PROGRESS]) is State.IN_PROGRESS


def test_where_roads_part_a_person_decides() -> None:
    assert furthest(State.IN_PROGRESS, [State.DONE, State.DUPLICATE]) is None
    assert furthest(State.DISPOSED, [State.VERIFIED, State.IN_PROGRESS]) is None
    assert furthest(State.NEW, []) is None


states = st.sampled_from(State)


@given(states, st.sets(states, min_size=1))
@example(State.NEW, {State.NEW})
def test_the_furthest_is_one_of_them_and_order_is_nothing(base: State, reached: set[State]) -> None:
    found = furthest(base, reached)
    assert found is None or found in reached
    assert furthest(base, sorted(reached, reverse=True)) is found


@given(states, st.lists(st.sampled_from(Deed), max_size=6))
def test_a_walk_leads_to_its_end(base: State, deeds: list[Deed]) -> None:
    """Whoever only walked the table's steps without a second reopening is further than where he came through."""
    passed, rounds = [base], 0
    for deed in deeds:
        then = NEXT.get((passed[-1], deed))
        if then is not None:
            passed.append(then)
            rounds += deed is Deed.REOPEN
    assume(rounds == 0 or (rounds == 1 and not base.open))
    for seen in passed:
        assert furthest(base, {seen, passed[-1]}) is passed[-1] or (rounds and seen is not State.REOPENED)


@given(bodies, st.sampled_from(("x", 99, -1, None, True, 1.0)), states)
def test_a_state_nobody_knows_is_for_a_person(base: Body, strange: Any, state: State) -> None:
    base = {**base, "state": int(State.NEW)}
    assume(state is not State.NEW)
    found = joined(base, {"state": strange}, {"state": int(state)})
    if text(strange) not in (text(1), text(int(state))):
        assert "state" in found.open
