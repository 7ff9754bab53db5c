"""Bodies are whole or refused, whatever pieces they come in."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.errors import BadAnswer
from sync.inflate import Body

MOST = 1 << 16


def body(encoding: str = "gzip", most_bytes: int = MOST, most_inflated: int = MOST) -> Body:
    return Body("hub", encoding, most_bytes=most_bytes, most_inflated=most_inflated)


def fed(raw: bytes, size: int, encoding: str = "gzip") -> bytes:
    into = body(encoding)
    for start in range(0, len(raw), size):
        into.take(raw[start : start + size])
    return into.whole()


@given(st.binary(max_size=3000), st.integers(1, 400))
def test_any_gzip_in_any_pieces_comes_out_as_it_went_in(raw: bytes, size: int) -> None:
    assert fed(gzip.compress(raw), size) == raw
    assert fed(raw, size, "identity") == raw


@given(st.binary(min_size=1, max_size=2000), st.integers(1, 400), st.data())
def test_a_gzip_cut_anywhere_is_refused(raw: bytes, size: int, data: st.DataObject) -> None:
    packed = gzip.compress(raw)
    cut = data.draw(st.integers(0, len(packed) - 1))
    with pytest.raises(BadAnswer) as caught:
        fed(packed[:cut], size)
    assert caught.value.says == "sync.bad.cut"


@given(st.binary(min_size=1, max_size=500), st.data())
def test_a_gzip_with_a_wrong_byte_is_never_taken_for_another_text(raw: bytes, data: st.DataObject) -> None:
    packed = bytearray(gzip.compress(raw, mtime=0))
    place = data.draw(st.integers(10, len(packed) - 1))
    packed[place] ^= 1 << data.draw(st.integers(0, 7))
    try:
        assert fed(bytes(packed), 64) == raw
    except BadAnswer as trouble:
        assert trouble.says in ("sync.bad.gzip", "sync.bad.cut", "sync.bad.bomb")


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=4), st.integers(1, 100))
def test_several_gzips_in_a_row_are_one_body(parts: list[bytes], size: int) -> None:
    packed = b"".join(gzip.compress(part) for part in parts)
    assert fed(packed + b"\0\0\0", size) == b"".join(parts)


@given(st.binary(max_size=300))
def test_garbage_is_refused_by_name(raw: bytes) -> None:
    try:
        fed(raw, 50)
    except BadAnswer as trouble:
        assert trouble.says.startswith("sync.bad.")


def test_a_bomb_is_refused_while_it_grows() -> None:
    packed = gzip.compress(b" " * (1 << 24))
    into = body(most_inflated=1 << 20)
    with pytest.raises(BadAnswer) as caught:
        into.take(packed)
    assert caught.value.says == "sync.bad.bomb"
    assert caught.value.values == {"source": "hub", "limit_mb": 1}


def test_the_limit_itself_is_not_too_much() -> None:
    raw = b"x" * MOST
    assert fed(raw, 1000, "") == raw
    assert fed(gzip.compress(raw), 1000) == raw
    with pytest.raises(BadAnswer):
        fed(raw + b"x", 1000, "")
    with pytest.raises(BadAnswer):
        fed(gzip.compress(raw + b"x"), 1000)


@pytest.mark.parametrize("encoding", ["br", "deflate", "zstd", "gzip, gzip", "nonsense"])
def test_other_encodings_were_not_asked_for(encoding: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        body(encoding)
    assert caught.value.says == "sync.bad.encoding"


def test_deflate_is_no_gzip() -> None:
    with pytest.raises(BadAnswer) as caught:
        fed(zlib.compress(b"x"), 10, "x-gzip")
    assert caught.value.says == "sync.bad.gzip"
