"""Every feed there is eats garbled, cut, empty, huge and deep answers and a portal's page: nothing but the error
tree comes out, and whatever was taken is sound."""

from __future__ import annotations

import importlib
import json
import math
import pkgutil
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.clock import MOST_AHEAD
from console.core.errors import BadAnswer
from console.core.items import ItemKind
from console.core.pack import FeedEntry
from console.core.records import Batch
from console.store.files import load_phrases
from sync.feed import Answer, Feed
from sync.feeds import found
from sync.passing import packed, unpacked
from tests import feeds as samples
from tests.cities import small_pack

AT = datetime(2026, 11, 21, 3, 42, tzinfo=UTC)
KINDS = sorted(found())
AHEAD = {ItemKind.FORECAST}
"""Kinds of what is told of times to come."""
PHRASES = {language: load_phrases(language) for language in ("id", "en")}


def _sound() -> dict[str, ModuleType]:
    """What the tests of each kind give to all: `good.py` beside them, with KIND, GOOD and `worded(strings)` (an answer
    with each string as a record's words; LEAST where those make fewer records), TAKES where a kind takes what stands in
    BAD below, and MAY_BE_CUT where its form has no end that one can miss."""
    places = (module.name for module in pkgutil.walk_packages(samples.__path__, f"{samples.__name__}."))
    found_here = [importlib.import_module(name) for name in places if name.endswith(".good")]
    return {module.KIND: module for module in found_here}


SOUND = _sound()

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
    _check_items(batch)
    for refusal in batch.refused:
        assert refusal.where
        assert not phrases.say(refusal.says, **refusal.values).startswith("«"), refusal.says
        refusal.raw.encode()


def _check_items(batch: Batch) -> None:
    assert len({each.id for each in batch.items}) == len(batch.items)
    for item in batch.items:
        assert item.id == f"{batch.source}:{item.native_id}" and item.native_id
        instants = (item.observed_at, item.starts_at, item.ends_at, item.revised_at)
        assert all(at is None or at.tzinfo is UTC for at in instants)
        assert item.observed_at <= AT + MOST_AHEAD or item.kind in AHEAD
        assert (item.lat is None) == (item.lon is None)
        assert item.lat is None or (-90 <= item.lat <= 90 and -180 <= (item.lon or 0) <= 180)
        json.dumps(item.body, allow_nan=False)
        "".join(value for value in item if isinstance(value, str)).encode()
    for series in batch.series:
        assert series.id == f"{batch.source}:{series.native_id}" and series.native_id
        json.dumps(series.body, allow_nan=False)
    for sample in batch.samples:
        assert sample.at.tzinfo is UTC and sample.at <= AT + MOST_AHEAD and math.isfinite(sample.value)
    for table in batch.timetable.tables if batch.timetable is not None else ():
        assert all(len(row) == len(table.columns) for row in table.rows)
    assert unpacked(batch.source, packed(batch)).count == batch.count


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", BAD)
def test_bad_answers_are_refused_by_name(kind: str, name: str) -> None:
    if name in getattr(SOUND[kind], "TAKES", ()):
        assert eaten(kind, BAD[name]) is not None, "it is no longer taken: strike it out"
        return
    assert eaten(kind, BAD[name]) is None, "an empty batch would be told as no news"


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_of_nothing_sound_tells_each(kind: str) -> None:
    if "nan" in getattr(SOUND[kind], "TAKES", ()):
        pytest.skip("its answers have no form")
    batch = eaten(kind, b"[NaN]")
    assert batch is None or (not batch.count and batch.refused)


def test_every_kind_has_sound_answers_to_try() -> None:
    assert sorted(SOUND) == KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_a_cut_answer_is_never_taken_for_a_whole_one(kind: str) -> None:
    if getattr(SOUND[kind], "MAY_BE_CUT", False):
        pytest.skip("the form has no end that one can miss; the wire tells (tests/sync/test_wire.py)")
    for body in SOUND[kind].GOOD:
        assert eaten(kind, body) is not None
        end = len(body.rstrip())
        for cut in range(1, end, max(11, end // 200)):
            assert eaten(kind, body[:cut]) is None


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_a_garbled_answer_keeps_the_form_or_is_refused(kind: str, data: st.DataObject) -> None:
    body = bytearray(data.draw(st.sampled_from(SOUND[kind].GOOD)))
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
    assert all(batch and batch.count for batch in (eaten(kind, body) for body in SOUND[kind].GOOD))


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
    batch = eaten(kind, SOUND[kind].worded(strings))
    least = getattr(SOUND[kind], "LEAST", len(strings))
    assert batch is not None and batch.count + len(batch.refused) >= least


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_title_in_words(kind: str) -> None:
    face = found()[kind].face
    assert face.kind == kind
    for language in ("id", "en"):
        assert not PHRASES[language].say(face.title).startswith("«")
