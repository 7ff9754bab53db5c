"""Sealed values: who has the key opens them, in their own row and field, and nobody anything else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.core.errors import Refused
from console.core.personal import MOST_VALUE, SEAL_HEAD, is_sealed
from console.store.data_key import DataKey, fingerprint_of
from console.store.sealing import (
    locked_half,
    new_private,
    open_value,
    opened_half,
    public_of,
    seal_value,
    seal_whole,
    sealed_for,
    signed,
    signed_by,
    signs_of,
)
from tests.store.conftest import NOON

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


def test_what_a_holder_signs_is_told_from_what_nobody_signed() -> None:
    private, other = new_private(), new_private()
    key = a_holder(private)
    assert key.signs not in (private, key.public)
    good = signed(private, b"pesan")
    assert signed_by(key, good, b"pesan")
    assert not signed_by(key, good, b"pesan.")
    assert not signed_by(key, signed(other, b"pesan"), b"pesan")
    assert not any(signed_by(key, bad, b"pesan") for bad in ("", "?", "AAAA", good[:-4]))
    assert not signed_by(replace(key, signs=b""), good, b"pesan")


def test_an_older_half_is_opened_by_the_newer_one_alone_and_as_that_keys() -> None:
    older, newer = new_private(), new_private()
    box = locked_half(older, newer, "datakey:kota:a")
    assert opened_half(box, newer, "datakey:kota:a") == older
    assert opened_half(box, newer, "datakey:kota:b") == b""
    assert opened_half(box, older, "datakey:kota:a") == b""
    assert not any(opened_half(bad, newer, "datakey:kota:a") for bad in ("", "?", "AAAA", box[:-4]))


def a_holder(private: bytes) -> DataKey:
    public, signs = public_of(private), signs_of(private)
    return DataKey("kota", fingerprint_of(public, signs), public, {}, "Dewi", NOON, signs)


@settings(max_examples=50)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=3000))
def test_words_of_any_length_open_whole_as_their_own_field(text: str) -> None:
    private = new_private()
    sealed = seal_whole({"text": text}, public_of(private), "uji:1")
    assert is_sealed(sealed["sealed_text"])
    assert open_value(sealed["sealed_text"], private, "uji:1", "text") == text
    with pytest.raises(Refused):
        open_value(sealed["sealed_text"], private, "uji:1", "title")
