"""What the settings file holds reads back as it was."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.toml_text import to_toml

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_VALUES: Any = st.recursive(
    _TEXT | st.integers(-(2**63), 2**63 - 1) | st.booleans() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(_TEXT, _VALUES, max_size=5))
def test_reads_back_as_given(table: dict[str, Any]) -> None:
    assert tomllib.loads(to_toml(table).decode()) == table


def test_what_is_not_known_is_left_out() -> None:
    assert tomllib.loads(to_toml({"a": None, "b": {"c": None, "d": 1}}).decode()) == {"b": {"d": 1}}


def test_broken_pairs_and_no_numbers() -> None:
    read = tomllib.loads(to_toml({"a": "\ud800", "b": float("nan"), "c": float("-inf")}).decode())
    assert read["a"] == "\ufffd"
    assert read["b"] != read["b"]
    assert read["c"] == float("-inf")


def test_anything_else_is_our_mistake() -> None:
    with pytest.raises(TypeError):
        to_toml({"a": object()})
