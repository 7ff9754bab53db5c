"""The life of a complaint, read as a table: what follows, what cannot be, and that nobody is locked in."""

from __future__ import annotations

from itertools import product

import pytest

from console.core.lifecycle import NEXT, OPEN, Deed, State, after, possible

STORED = {
    "UNKNOWN": 0,
    "NEW": 1,
    "VERIFIED": 2,
    "VERIFICATION_FAILED": 3,
    "DISPOSED": 4,
    "NOT_OURS": 5,
    "DIVERTED": 6,
    "IN_PROGRESS": 7,
    "SCHEDULED": 8,
    "POSTPONED": 9,
    "AWAITING_VALIDATION": 10,
    "DONE": 11,
    "DONE_ACCEPTED": 12,
    "CLOSED_BY_SYSTEM": 13,
    "REOPENED": 14,
    "DUPLICATE": 15,
    "PRANK": 16,
}


def test_the_numbers_that_stand_in_stored_files_never_change() -> None:
    assert {name: int(state) for name, state in State.__members__.items() if name in STORED} == STORED


def test_the_usual_way_through() -> None:
    state = State.NEW
    for deed, follows in (
        (Deed.VERIFY, State.VERIFIED),
        (Deed.DISPOSE, State.DISPOSED),
        (Deed.START, State.IN_PROGRESS),
        (Deed.CLOSE, State.DONE),
        (Deed.REOPEN, State.REOPENED),
        (Deed.DISPOSE, State.DISPOSED),
    ):
        assert after(state, deed) is follows
        state = follows


@pytest.mark.parametrize("state", State)
def test_a_note_can_always_be_added_and_changes_nothing(state: State) -> None:
    assert after(state, Deed.NOTE) is state


@pytest.mark.parametrize("state", State)
def test_only_what_is_open_can_be_taken(state: State) -> None:
    assert after(state, Deed.TAKE) is (state if state.open else None)


@pytest.mark.parametrize("state", [state for state in State if not state.open])
def test_whatever_is_closed_can_be_opened_again(state: State) -> None:
    assert after(state, Deed.REOPEN) is State.REOPENED


@pytest.mark.parametrize("state", State)
def test_what_is_possible_is_what_the_table_says(state: State) -> None:
    assert possible(state) == {deed for deed in Deed if after(state, deed) is not None}


def test_nothing_is_closed_that_was_not_given_to_somebody() -> None:
    assert {state for state in State if after(state, Deed.CLOSE)} == {
        State.DISPOSED,
        State.IN_PROGRESS,
        State.AWAITING_VALIDATION,
    }


def test_recording_and_undoing_are_no_steps_of_the_table() -> None:
    assert not [state for state, deed in product(State, (Deed.RECORD, Deed.UNDO)) if after(state, deed) is not None]


def test_each_open_state_but_waiting_ones_leads_on_without_a_note() -> None:
    stuck = {state for state in OPEN if possible(state) <= {Deed.NOTE, Deed.ATTACH, Deed.TAKE}}
    assert not stuck


def test_the_table_speaks_of_known_states_and_deeds_only() -> None:
    assert all(isinstance(state, State) and isinstance(deed, Deed) for state, deed in NEXT)
    assert all(isinstance(state, State) for state in NEXT.values())
