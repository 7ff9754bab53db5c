"""Sealed values: who has the key opens them, in their own row and field, and nobody anything else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.core.errors import Refused
from console.core.personal import MOST_VALUE, SEAL_HEAD, is_sealed
from console.store.data_key import fingerprint_of
from console.store.sealing import new_private, open_value, public_of, seal_value, sealed_for

PRIVATE = bytes(range(32))
PUBLIC = public_of(PRIVATE)
ONE, TWO = "konsol:" + "0" * 32, "konsol:" + "1" * 32


@settings(max_examples=40)
@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=MOST_VALUE))
def test_what_was_sealed_is_opened(value: str) -> None:
    sealed = seal_value(value, PUBLIC, ONE, "reporter_name")
    assert is_sealed(sealed)
    assert sealed_for(sealed) == fingerprint_of(PUBLIC)
    assert open_value(sealed, PRIVATE, ONE, "reporter_name") == value


@pytest.mark.parametrize(
    ("complaint", "field"), [(TWO, "reporter_name"), (ONE, "reporter_home"), ("", "reporter_name")]
)
def test_one_that_was_moved_to_another_row_or_field_does_not_open(complaint: str, field: str) -> None:
    sealed = seal_value("Siti Aminah", PUBLIC, ONE, "reporter_name")
    with pytest.raises(Refused, match="does_not_open"):
        open_value(sealed, PRIVATE, complaint, field)


def test_another_key_opens_nothing() -> None:
    sealed = seal_value("Siti Aminah", PUBLIC, ONE, "reporter_name")
    with pytest.raises(Refused, match="does_not_open"):
        open_value(sealed, new_private(), ONE, "reporter_name")


def test_no_letter_of_it_can_be_changed() -> None:
    sealed = seal_value("Siti", PUBLIC, ONE, "reporter_name")
    marked = len(SEAL_HEAD) + 22  # the fingerprint tells which key, and is not bound: a wrong one finds no key
    for place in range(marked, len(sealed) - 1):
        letter = "A" if sealed[place] != "A" else "B"
        with pytest.raises(Refused):
            open_value(sealed[:place] + letter + sealed[place + 1 :], PRIVATE, ONE, "reporter_name")


@pytest.mark.parametrize(
    "sealed", ["", "Siti", SEAL_HEAD, SEAL_HEAD + "A" * 150, SEAL_HEAD + "A" * 151, SEAL_HEAD + "_" * 153]
)
def test_what_is_no_seal_is_refused_by_name(sealed: str) -> None:
    with pytest.raises(Refused):
        open_value(sealed, PRIVATE, ONE, "reporter_name")


def test_the_same_value_is_never_the_same_twice_and_its_length_is_hidden() -> None:
    sealed = {seal_value(value, PUBLIC, ONE, "reporter_name") for value in ["Al", "Al", "Muhammad Abdurrahman Wahid"]}
    assert len(sealed) == 3
    assert len({len(each) for each in sealed}) == 1
    assert not any(each == "Al" for each in sealed)


def test_what_is_too_long_or_broken_is_refused_without_repeating_it() -> None:
    with pytest.raises(Refused, match="value_long"):
        seal_value("x" * (MOST_VALUE + 1), PUBLIC, ONE, "reporter_name")
    with pytest.raises(Refused, match="value_broken"):
        seal_value("a\ud800", PUBLIC, ONE, "reporter_name")
