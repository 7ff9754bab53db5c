"""Unpacking within a limit."""

from __future__ import annotations

import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.unpack import TooMuch, unpacked


@given(st.binary(max_size=5000), st.integers(0, 9), st.integers(0, 5000))
def test_all_of_it_or_too_much(data: bytes, level: int, most: int) -> None:
    packed = zlib.compress(data, level)
    if len(data) <= most:
        assert unpacked(packed, most) == data
    else:
        with pytest.raises(TooMuch):
            unpacked(packed, most)


def test_a_bomb_fills_nothing() -> None:
    bomb = zlib.compress(bytes(64 << 20), 9)
    tracemalloc.start()
    with pytest.raises(TooMuch):
        unpacked(bomb, 1 << 20)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 << 20


@given(st.binary(min_size=1, max_size=300), st.data())
def test_what_is_not_whole_and_alone_is_told_apart(data: bytes, draw: st.DataObject) -> None:
    packed = zlib.compress(data)
    cut = packed[: draw.draw(st.integers(0, len(packed) - 1))]
    for wrong in (cut, packed + b"x", b"x" + packed):
        with pytest.raises(ValueError, match=r"cut off|garbled"):
            unpacked(wrong, 300)
