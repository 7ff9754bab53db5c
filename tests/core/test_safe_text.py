"""What drives a terminal or turns the order of letters is nobody's word."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.safe_text import TURNING, cell_safe, json_safe, safe

anything = st.text(st.characters(), max_size=400)
DRIVING = {chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))} - set("\n\t")


@given(anything)
def test_what_is_said_drives_and_turns_nothing(text: str) -> None:
    said = safe(text)
    assert not set(said) & (DRIVING | TURNING | set("\u2028\u2029"))
    said.encode("utf-8")
    assert safe(said) == said


@pytest.mark.parametrize("text", ["Jalan Daan Mogot — “rusak”", "satu\ndua\ttiga", "👨‍👩‍👧", "مرحبا", "e\u0301", ""])
def test_words_people_write_stay(text: str) -> None:
    assert safe(text) == text


def test_ends_of_lines_are_one_kind() -> None:
    assert safe("a\r\nb\rc") == "a\nb\nc", "a lone return writes over the line that stands there"


@given(st.recursive(anything, lambda inner: st.lists(inner) | st.dictionaries(anything, inner), max_leaves=5))
def test_a_json_holds_the_same_and_shows_no_control(value: object) -> None:
    raw = json_safe(json.dumps(value, ensure_ascii=False))
    assert json.loads(raw) == value
    assert not set(raw) & (DRIVING | TURNING | set("\u2028\u2029"))


@given(anything)
def test_a_cell_keeps_its_length_and_its_lines(text: str) -> None:
    cell = cell_safe(text)
    assert len(cell) == len(text)
    assert not set(cell) & (DRIVING - {"\r"})
    assert [at for at, char in enumerate(cell) if char in "\r\n\t"] == [
        at for at, char in enumerate(text) if char in "\r\n\t"
    ]
