"""Every feed there is eats garbled, cut, empty, huge and deep answers and a portal's page: nothing but the error
tree comes out, and whatever was taken is sound."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.errors import BadAnswer
from console.core.pack import FeedEntry
from console.core.records import Batch
from console.store.files import load_phrases
from sync.feed import Answer, Feed
from sync.feeds import found
from tests.cities import small_pack
from tests.feeds.cases import as_json, as_xml, row

AT = datetime(2026, 11, 21, 3, 42, tzinfo=UTC)
KINDS = sorted(found())
PHRASES = {language: load_phrases(language) for language in ("id", "en")}
ROWS = [row(service_request_id=str(number)) for number in range(4)]
GOOD = [as_json(*ROWS), as_xml(*ROWS)]
"""Answers that at least one kind takes."""

BAD: dict[str, bytes] = {
    "empty": b"",
    "blank": b" \n\t",
    "nul": b"\0" * 100,
    "page": b"<!doctype html><html><head><title>Login</title></head><body><form></form></body></html>",
    "bare page": b"<html>login</html>",
    "bare error": b"<error>down</error>",
    "another list": b"<list/>",
    "null": b"null",
    "number": b"5",
    "text": b'"x"',
    "object": b"{}",
    "errors": b'[{"code":400,"description":"jurisdiction_id was not provided"}]',
    "numbers": b"[1,2,3]",
    "deep": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "deep xml": b"<a>" * 50_000,
    "laughs": b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><a>&b;</a>',
    "commas": b"[" + b"," * 100_000 + b"]",
    "many": b"[" + b"{}," * 60_000 + b"{}]",
    "lone half": b'["\\ud800"]',
    "latin": '["café"]'.encode("latin-1"),
    "utf-16": '[{"a":1}]'.encode("utf-16"),
    "picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "zip": b"PK\x03\x04" + bytes(200),
    "csv": b"id,lat\n1,-6.2\n2,-6.3\n",
}


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@cache
def feed(kind: str) -> Feed:
    """One of that kind; feeds keep nothing between answers."""
    entry = FeedEntry("rekaan", kind, {}, "https://hub.invalid/", 60, 300)
    return found()[kind](entry, small_pack())


def answer(body: bytes, charset: str = "") -> Answer:
    return Answer(body, "", charset, AT, "https://hub.invalid/")


def eaten(kind: str, body: bytes, charset: str = "") -> Batch | None:
    """The batch, or None where the form was refused. Anything but `BadAnswer` fails the test by itself."""
    source = feed(kind)
    try:
        batch = source.decode(answer(body, charset), {})
    except BadAnswer as trouble:
        said = PHRASES["id"].tell(trouble)
        assert not said.startswith("«"), trouble.says
        assert "rekaan" in said
        return None
    _check(batch)
    return batch


def _check(batch: Batch) -> None:
    phrases = PHRASES["en"]
    json.dumps(batch.memo)
    assert len({each.id for each in batch.complaints}) == len(batch.complaints)
    for each in batch.complaints:
        assert each.id == f"{batch.source}:{each.native_id}"
        assert each.requested_at.tzinfo is UTC
        assert (each.lat is None) == (each.lon is None)
        assert each.lat is None or (-90 <= each.lat <= 90 and -180 <= (each.lon or 0) <= 180)
        "".join(value for value in each if isinstance(value, str)).encode()
    for refusal in batch.refused:
        assert refusal.where
        assert not phrases.say(refusal.says, **refusal.values).startswith("«"), refusal.says
        refusal.raw.encode()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", BAD)
def test_bad_answers_are_refused_by_name(kind: str, name: str) -> None:
    assert eaten(kind, BAD[name]) is None, "an empty batch would be told as no news"


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_of_nothing_sound_tells_each(kind: str) -> None:
    batch = eaten(kind, b"[NaN]")
    assert batch is None or (not batch.complaints and batch.refused)


@pytest.mark.parametrize("kind", KINDS)
def test_a_cut_answer_is_never_taken_for_a_whole_one(kind: str) -> None:
    for body in GOOD:
        if eaten(kind, body) is None:
            continue
        for cut in range(1, len(body.rstrip()), 11):
            assert eaten(kind, body[:cut]) is None


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_a_garbled_answer_keeps_the_form_or_is_refused(kind: str, data: st.DataObject) -> None:
    body = bytearray(data.draw(st.sampled_from(GOOD)))
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(body) - 1))
        body[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    eaten(kind, bytes(body), data.draw(st.sampled_from(["", "utf-8", "iso-8859-1", "utf-16"])))


@pytest.mark.parametrize("kind", KINDS)
@given(raw=st.binary(max_size=300))
def test_any_bytes(kind: str, raw: bytes) -> None:
    eaten(kind, raw)


@pytest.mark.parametrize("kind", KINDS)
@given(value=ANY_JSON)
def test_any_json(kind: str, value: Any) -> None:
    eaten(kind, json.dumps(value).encode())


@pytest.mark.parametrize("kind", KINDS)
def test_a_good_answer_among_them(kind: str) -> None:
    assert any(batch and batch.complaints for batch in (eaten(kind, body) for body in GOOD))


@pytest.mark.parametrize("kind", KINDS)
def test_asking_is_pure_and_any_memo_will_do(kind: str) -> None:
    for memo in ({}, {"v": 1}, {"v": 99, "todo": "x"}, {"other": ["y"]}):
        asks = [feed(kind).ask(memo, AT) for _ in range(2)]
        assert asks[0] == asks[1]
        assert asks[0]
        assert all(ask.url.startswith("https://hub.invalid/") for ask in asks[0])


@pytest.mark.parametrize("kind", KINDS)
def test_naughty_strings_pass_as_text(kind: str, shared_data: Path) -> None:
    strings = json.loads((shared_data / "hostile" / "naughty-strings.json").read_bytes())
    rows = [row(service_request_id=str(n), description=text, address=text, odd=text) for n, text in enumerate(strings)]
    batch = eaten(kind, as_json(*rows))
    assert batch is None or len(batch.complaints) == len(strings)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_title_in_words(kind: str) -> None:
    face = found()[kind].face
    assert face.kind == kind
    for language in ("id", "en"):
        assert not PHRASES[language].say(face.title).startswith("«")
