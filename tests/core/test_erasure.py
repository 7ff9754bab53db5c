"""What an erasure says, what two of them come to, and what is left of a body."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.erasure import (
    FIELDS,
    Erasure,
    blanked,
    read_erasure,
    redacted,
    sound_case,
    sound_fields,
    with_sealed,
    without_sealed,
)
from console.core.errors import Refused
from tests.store.conftest import NOON, said

AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
ALL = Erasure("konsol:1", frozenset(FIELDS), True, frozenset(), AT, "Dewi", "HAK-1")
erasures = st.builds(
    Erasure,
    st.just("konsol:1"),
    st.frozensets(st.sampled_from(FIELDS)),
    st.booleans(),
    st.frozensets(st.sampled_from(["deed:a", "deed:b"])),
    st.integers(0, 5).map(lambda hours: AT + timedelta(hours=hours)),
    st.sampled_from(["Dewi", "Budi"]),
    st.sampled_from(["HAK-1", "HAK-2"]),
)


def test_a_body_is_read_as_it_was_written() -> None:
    assert read_erasure(ALL.doc, json.loads(json.dumps(ALL.body()))) == ALL
    newer = {**ALL.body(), "fields": ["text", "voice"]}
    assert read_erasure(ALL.doc, newer) == replace(ALL, fields=frozenset({"text"})), "of a newer program"
    for wrong in ({"at": "2026-11-22T03:00:00"}, {"at": 3}, {"deeds": [1]}, {"history": "ya"}, {"case": None}):
        assert read_erasure(ALL.doc, {**ALL.body(), **wrong}) is None, wrong
    assert read_erasure(ALL.doc, []) is None


@given(erasures, erasures)
def test_nothing_that_was_erased_comes_back(one: Erasure, other: Erasure) -> None:
    both = one.with_(other)
    assert both == other.with_(one)
    assert both.covers(one) and both.covers(other)
    assert both.with_(one) == both or both.covers(both.with_(one))
    for deed in ("deed:a", "deed:c"):
        for hours in range(7):
            at = AT + timedelta(hours=hours)
            assert both.reaches(deed, at) >= (one.reaches(deed, at) or other.reaches(deed, at))


@given(erasures)
def test_what_is_left_of_a_body_has_nothing_more_to_lose(erasure: Erasure) -> None:
    complaint: dict[str, Any] = {
        "type": "complaint",
        "id": "konsol:1",
        "title": "a",
        "text": "b",
        "lat": 1.0,
        "by": "c",
    }
    deed: dict[str, Any] = {"type": "deed", "complaint": "konsol:1", "text": "a", "fields": {"x": "b"}, "by": "c"}
    for body in (complaint, deed):
        left = redacted(body, erasure)
        if left is not None:
            assert redacted(left, erasure) is None
            assert (left["by"], left["type"]) == (body["by"], body["type"])
            assert {name for name in body if left.get(name) != body[name]} == set(left["erased"])


def test_what_a_source_says_comes_in_blank() -> None:
    theirs = said(1, extra=json.dumps({"first_name": "x", "reporter_nik": "kendali-s1:a"}), media_url="https://x/y")
    blank = blanked(theirs, FIELDS)
    assert (blank.title, blank.text, blank.address, blank.lat, blank.lon) == ("", "", "", None, None)
    assert (blank.media_url, blank.extra) == ("", "")
    assert (blank.id, blank.state, blank.area, blank.requested_at) == (
        theirs.id,
        theirs.state,
        theirs.area,
        theirs.requested_at,
    )
    assert json.loads(blanked(theirs, {"reporter_nik"}).extra) == {"first_name": "x"}
    assert blanked(theirs, {"reporter_name"}) == theirs


@pytest.mark.parametrize("extra", ["", "[]", "kein json", "{}"])
def test_unnamed_fields_that_are_none_stay_as_they_are(extra: str) -> None:
    assert without_sealed(extra, FIELDS) == extra
    assert with_sealed(extra, {}) == extra


def test_sealed_values_take_each_others_place() -> None:
    assert json.loads(with_sealed("", {"reporter_nik": "b"})) == {"reporter_nik": "b"}
    assert json.loads(with_sealed('{"reporter_nik": "a", "x": 1}', {"reporter_nik": "b"})) == {
        "reporter_nik": "b",
        "x": 1,
    }
    assert with_sealed("kein json", {"reporter_nik": "b"}) == "kein json"


def test_cases_and_fields_that_can_be() -> None:
    assert sound_case(" HAK/2026-7.a ") == "HAK/2026-7.a"
    assert sound_fields(["text", "reporter_nik"]) == {"text", "reporter_nik"}
    with pytest.raises(Refused, match="field_unknown"):
        sound_fields(["text", "state"])


def test_what_was_sealed_of_words_goes_with_them() -> None:
    erasure = Erasure("konsol:1", frozenset({"text"}), False, frozenset(), NOON, "Dewi", "1")
    body = {"type": "complaint", "id": "konsol:1", "title": "a", "text": "b", "sealed_text": "s", "sealed_title": "t"}
    left = redacted(body, erasure)
    assert left == {
        **{"type": "complaint", "id": "konsol:1", "title": "a", "text": "", "sealed_title": "t"},
        "erased": ["sealed_text", "text"],
    }
    extra = '{"erased": ["x"], "channel": "telepon", "sealed_text": "s", "sealed_title": "t"}'
    assert without_sealed(extra, {"text"}) == '{"erased": ["x"], "channel": "telepon", "sealed_title": "t"}'
    assert with_sealed(extra, {"sealed_text": ""}) == '{"erased": ["x"], "channel": "telepon", "sealed_title": "t"}'
    theirs = said(1, title="hp ••••90", whole={"title": "hp 081234567890", "extra": "{}"})
    blank = blanked(theirs, {"title"})
    assert (blank.title, blank.whole) == ("", {"extra": "{}"})
