"""The wire of protocol buffers: numbers, texts, what is not ours, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.feeds.gtfs_rt import protobuf
from sync.feeds.gtfs_rt.protobuf import Broken, Kind, parts, read, skip
from tests.feeds.gtfs_rt.cases import count, narrow, sized, varint, wide

INNER = parts(name=(1, Kind.TEXT), below=(2, Kind.SIGNED))
ALL = parts(
    text=(1, Kind.TEXT),
    count=(2, Kind.COUNT),
    signed=(3, Kind.SIGNED),
    narrow=(4, Kind.FLOAT),
    wide=(5, Kind.DOUBLE),
    one=(6, Kind.MESSAGE, INNER),
    many=(7, Kind.MESSAGES, INNER),
)


def whole(raw: bytes) -> dict[str, object]:
    return read(raw, 0, len(raw), ALL)


def test_every_kind() -> None:
    raw = sized(1, "Jalan é") + count(2, 1 << 63) + count(3, -60) + narrow(4, 0.5) + wide(5, -2.25)
    raw += sized(6, sized(1, "a") + count(2, -1)) + sized(7, b"") + sized(7, sized(1, "b"))
    assert whole(raw) == {
        **{"text": "Jalan é", "count": 1 << 63, "signed": -60, "narrow": 0.5, "wide": -2.25},
        **{"one": {"name": "a", "below": -1}, "many": [{}, {"name": "b"}]},
    }
    assert whole(b"") == {}


def test_one_given_twice_counts_as_given_last() -> None:
    assert whole(count(2, 1) + sized(1, "a") + count(2, 300)) == {"count": 300, "text": "a"}


def test_what_is_not_ours_is_stepped_over() -> None:
    group = varint(20 << 3 | 3) + count(1, 5) + varint(21 << 3 | 3) + varint(21 << 3 | 4) + varint(20 << 3 | 4)
    strange = count(9, 7) + sized(1003, b"x" * 300) + narrow(10, 1.0) + wide(2000, 1.0) + group
    # a field of ours written in another way than ours is a stranger too
    strange += sized(2, b"abc") + count(1, 5)
    assert whole(strange + sized(1, "a") + strange) == {"text": "a"}


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("number without end", b"\x10\xff"),
        ("number too long", b"\x10" + b"\xff" * 10 + b"\x01"),
        ("text beyond the end", b"\x0a\x05abc"),
        ("text that is none", sized(1, b"\xff\xfe")),
        ("half a float", b"\x25\x00\x00"),
        ("half a double", b"\x29\x00\x00"),
        ("inside beyond its message", sized(6, b"\x0a\x09a") + b"abcdefgh"),
        ("field 0", b"\x00\x00"),
        ("unknown wire", varint(9 << 3 | 6)),
        ("group without end", varint(20 << 3 | 3) + count(1, 5)),
        ("end without group", varint(20 << 3 | 4)),
        ("strange beyond the end", varint(20 << 3 | 2) + varint(99) + b"x"),
        ("tag alone", b"\x0a"),
        ("tag too large", b"\xff\xff\xff\xff\xff\x7f\x00"),
    ],
)
def test_broken(name: str, raw: bytes) -> None:
    with pytest.raises(Broken):
        whole(raw)


def test_groups_without_end_cost_no_depth() -> None:
    deep = varint(20 << 3 | 3) * 100_000
    with pytest.raises(Broken):
        skip(deep, 0, len(deep))
    bound = varint(20 << 3 | 3) * protobuf.MOST_NESTED + varint(20 << 3 | 4) * protobuf.MOST_NESTED
    assert skip(bound, 0, len(bound)) == len(bound)


@given(raw=st.binary(max_size=60))
def test_any_bytes(raw: bytes) -> None:
    try:
        whole(raw)
    except Broken as broken:
        assert 0 <= broken.place <= len(raw)


@given(number=st.integers(0, (1 << 64) - 1))
def test_any_number(number: int) -> None:
    assert protobuf.varint(varint(number), 0) == (number, len(varint(number)))
