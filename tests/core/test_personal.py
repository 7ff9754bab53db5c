"""Values of a reporter before they are sealed, and what a sealed one looks like."""

from __future__ import annotations

import json

import pytest

from console.core.errors import Refused
from console.core.personal import MOST_VALUE, SEAL_HEAD, is_sealed, sealed_among, sound_reporter

SEALED = SEAL_HEAD + "A" * 160


@pytest.mark.parametrize(
    ("field", "typed", "kept"),
    [
        ("reporter_name", "  Siti \n Aminah ", "Siti Aminah"),
        ("reporter_nik", "3671 0112-0390.0001", "3671011203900001"),
        ("reporter_phone", "+62 (812) 3456-7890", "+62 (812) 3456-7890"),
        ("reporter_home", "", ""),
        ("reporter_nik", " ", ""),
    ],
)
def test_what_is_told_is_kept_as_one_line(field: str, typed: str, kept: str) -> None:
    assert sound_reporter(field, typed) == kept


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("reporter_nik", "123", "personal.nik_form"),
        ("reporter_nik", "٣٦٧١٠١١٢٠٣٩٠٠٠٠١"[:15], "personal.nik_form"),
        ("reporter_phone", "nol delapan", "personal.phone_form"),
        ("reporter_phone", "1234", "personal.phone_form"),
        ("reporter_home", "x" * (MOST_VALUE + 1), "personal.value_long"),
    ],
)
def test_what_cannot_be_is_refused_without_repeating_it(field: str, typed: str, says: str) -> None:
    with pytest.raises(Refused) as told:
        sound_reporter(field, typed)
    assert told.value.says == says
    assert typed not in str(told.value)


@pytest.mark.parametrize("value", ["", "Siti", SEAL_HEAD, SEAL_HEAD + "A" * 20, SEALED + " ", SEALED + "\n", 7, None])
def test_what_is_not_sealed_does_not_pass_for_it(value: object) -> None:
    assert not is_sealed(value)


def test_only_sealed_values_are_taken_from_a_complaint() -> None:
    extra = json.dumps({"channel": "telepon", "reporter_nik": "3671011203900001", "reporter_name": SEALED, "x": SEALED})
    assert sealed_among(extra) == {"reporter_name": SEALED}
    for unsound in ("", "{", "[]", f'"{SEALED}"', f"{{{SEALED}"):
        assert sealed_among(unsound) == {}
