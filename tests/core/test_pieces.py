"""Files in pieces."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.pieces import (
    MOST_PIECE,
    SMALL_PIECE,
    cut,
    is_name,
    joined,
    piece_body,
    piece_bytes,
    piece_document,
    piece_of,
    piece_size,
    sha256,
    sound_list,
)


@given(st.integers(1, 9_000_000))
def test_the_pieces_cover_the_file_without_overlap(size: int) -> None:
    count = -(-size // piece_bytes(size))
    assert sum(piece_size(size, number) for number in range(count)) == size
    assert all(0 < piece_size(size, number) <= MOST_PIECE for number in range(count))
    assert sound_list(["a" * 64] * count, size)
    assert not sound_list(["a" * 64] * (count + 1), size)
    assert not sound_list(["a" * 64] * (count - 1), size)


@given(st.integers(0, 5), st.integers(-2, 2))
def test_what_was_cut_can_be_joined_and_nothing_else(pieces: int, more: int) -> None:
    data = random.Random(pieces).randbytes(max(0, pieces * SMALL_PIECE + more))
    parts = cut(data)
    assert b"".join(parts) == data
    assert all(parts)
    assert joined(parts, sha256(data), len(data)) == data
    if len(parts) > 1:
        assert joined(parts[::-1], sha256(data), len(data)) is None
        assert joined(parts[:-1], sha256(data), len(data)) is None


def test_small_files_have_small_pieces() -> None:
    assert piece_bytes(4 << 20) == SMALL_PIECE
    assert piece_bytes((4 << 20) + 1) == MOST_PIECE


def test_documents_of_pieces() -> None:
    name = sha256(b"x")
    assert piece_of(piece_document(name)) == name
    for other in ("piece:", f"piece:{name}0", f"deed:{name}", f"piece:{name.upper()}"):
        assert piece_of(other) == ""
    assert piece_body("md5-x", 3)["_attachments"]["data"]["length"] == 3


@pytest.mark.parametrize("text", ["", "g" * 64, "A" * 64, "a" * 63, "a" * 65, "../" + "a" * 61])
def test_only_hashes_are_names(text: str) -> None:
    assert not is_name(text)
    assert not sound_list([text], 1)
