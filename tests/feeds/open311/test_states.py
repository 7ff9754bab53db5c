"""Words of sources as states of ours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.lifecycle import State
from sync.feeds.open311.states import WORDS, read_state


@pytest.mark.parametrize(
    ("status", "notes", "state", "native"),
    [
        ("open", "", State.NEW, "open"),
        ("closed", "", State.DONE, "closed"),
        ("Closed", "", State.DONE, "Closed"),
        ("open", "masuk: menunggu verifikasi", State.NEW, "masuk"),
        ("open", "Proses, petugas menuju lokasi", State.IN_PROGRESS, "Proses"),
        ("closed", "selesai: sudah", State.DONE, "selesai"),
        ("closed", "Duplicate request.", State.DUPLICATE, "Duplicate request"),
        ("closed", "ditutup sistem: tidak ada tanggapan", State.CLOSED_BY_SYSTEM, "ditutup sistem"),
        ("closed", "bukan wewenang: PLN", State.NOT_OURS, "bukan wewenang"),
        # notes that contradict the status are notes
        ("open", "selesai: sudah", State.NEW, "open"),
        ("closed", "proses: belum", State.DONE, "closed"),
        ("open", "apa saja", State.NEW, "open"),
        ("masuk", "", State.NEW, "masuk"),
        ("IN_PROGRESS", "", State.IN_PROGRESS, "IN_PROGRESS"),
        ("NOT_COUNCILS_RESPONSIBILITY", "", State.NOT_OURS, "NOT_COUNCILS_RESPONSIBILITY"),
        ("not_yet_instructed", "", State.DISPOSED, "not_yet_instructed"),
        ("Menunggu Validasi", "", State.AWAITING_VALIDATION, "Menunggu Validasi"),
        ("archived", "selesai", State.UNKNOWN, "archived"),
        ("", "", State.UNKNOWN, ""),
    ],
)
def test_states(status: str, notes: str, state: State, native: str) -> None:
    assert read_state(status, notes) == (state, native)


def test_two_words_mean_something_else_to_mysociety() -> None:
    assert read_state("OPEN", "", mysociety=True)[0] is State.VERIFIED
    assert read_state("CLOSED", "", mysociety=True)[0] is State.CLOSED_BY_SYSTEM
    assert read_state("FIXED", "", mysociety=True)[0] is State.DONE


def test_every_word_is_written_as_it_is_looked_up() -> None:
    assert all(word == " ".join(word.casefold().replace("_", " ").replace("-", " ").split()) for word in WORDS)


@given(st.text(max_size=30), st.text(max_size=60))
def test_any_words_are_a_state_and_the_words_are_kept(status: str, notes: str) -> None:
    state, native = read_state(status, notes)
    assert isinstance(state, State)
    assert native == status or native in notes
