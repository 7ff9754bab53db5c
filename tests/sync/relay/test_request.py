"""Whatever bytes come: a head, a document, or a `Fault`; never anything else."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.relay.answer import squeezed, squeezing
from sync.relay.faults import Fault
from sync.relay.multipart import mixed, parts, related
from sync.relay.papers import paper, revisions
from sync.relay.request import Head, Request, decoded, read_head

HEADS = st.one_of(
    st.binary(max_size=200),
    st.lists(
        st.sampled_from([b"GET ", b"/", b"%2F", b"%", b" HTTP/1.1", b"\r\n", b"Host: x", b": ", b"?a=b&", b"\xff"])
    ).map(b"".join),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**62), 2**62) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
FIELDS = st.sampled_from(["_id", "_rev", "_revisions", "_deleted", "_attachments", "_conflicts", "a", "_x"])


@given(HEADS)
def test_any_bytes_are_a_head_or_a_fault(raw: bytes) -> None:
    try:
        found = read_head(raw)
    except Fault as fault:
        assert 400 <= fault.status < 600
    else:
        assert all(each.isprintable() or not each.isascii() for each in found.path)


@given(st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_a_value_or_a_fault(raw: bytes) -> None:
    try:
        found = decoded(raw)
    except Fault as fault:
        assert fault.status == 400
    else:
        json.dumps(found, ensure_ascii=False).encode()


@given(st.dictionaries(FIELDS, JSON))
def test_any_object_is_a_document_or_a_fault(raw: dict[str, object]) -> None:
    try:
        found = paper(raw)
    except Fault as fault:
        assert fault.status in (400, 403)
    else:
        assert found.id == raw["_id"]
        assert not [name for name in found.body if name.startswith("_")]


@given(st.binary(max_size=200), st.text(max_size=40))
def test_any_bytes_are_parts_or_a_fault(raw: bytes, boundary: str) -> None:
    try:
        parts(raw, f"multipart/related; boundary={boundary}")
    except Fault as fault:
        assert fault.status == 400


def test_a_head_is_read() -> None:
    found = read_head(b"PUT /a%2Fb/c?x=%C3%A4&y= HTTP/1.1\r\nHost: h\r\nX-Y:  z  \r\nCookie: a=1\r\nCookie: b=2")
    assert found == Head(
        "PUT",
        ("a/b", "c"),
        {"x": "ä", "y": ""},
        {"host": "h", "x-y": "z", "cookie": "a=1; b=2"},
    )
    assert not read_head(b"GET / HTTP/1.0").keep
    assert not read_head(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close").keep
    assert read_head(b"GET // HTTP/1.1\r\nHost: h").path == ()


def test_flags_and_numbers_of_a_query() -> None:
    asked = Request(Head("GET", (), {"a": "true", "b": "yes", "n": "12", "m": "-1", "j": "[1]"}, {}))
    assert asked.flag("a")
    assert not asked.flag("absent")
    assert asked.whole("n", 0, 10) == 10
    assert asked.value("j") == [1]
    for odd in (lambda: asked.flag("b"), lambda: asked.whole("m", 0, 9)):
        with pytest.raises(Fault):
            odd()


def test_an_ancestry_ends_where_a_generation_is_lacking() -> None:
    assert revisions(["4-d", "3-c", "1-a"]) == {"start": 4, "ids": ["d", "c"]}


def test_a_squeezed_feed_can_be_read_as_it_comes() -> None:
    import zlib

    unpack = zlib.decompressobj(31)
    assert [unpack.decompress(piece) for piece in squeezing([b"a" * 50, b"", b"\n"])] == [b"a" * 50, b"\n", b""]
    assert zlib.decompress(squeezed(b"abc"), 31) == b"abc"


def test_parts_out_and_in_again() -> None:
    document = {
        "_id": "a",
        "_attachments": {'f "1"': {"content_type": "text/plain", "data": "aGk="}, "g": {"stub": True}},
    }
    answer = related(document, {})
    assert isinstance(answer.body, bytes)
    text, named = parts(b"\r\n" + answer.body, answer.headers["Content-Type"])
    assert named == {'f "1"': b"hi"}
    assert json.loads(text)["_attachments"]["g"] == {"stub": True}
    assert b'error="true"' in bytes(mixed(iter([[(False, b'{"missing":"1-a"}')]])).body)  # type: ignore[arg-type]
