"""One request as a complaint, or the reason why it is none."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.errors import BadAnswer
from console.core.lifecycle import State
from tests.cities import small_pack
from tests.feeds.cases import ROW, answer, as_json, as_xml, decoded, feed, one, refusal, row


def test_a_sound_record() -> None:
    got = one(ROW)
    assert got.id == "laksa:0012"
    assert (got.source, got.native_id) == ("laksa", "0012")
    assert (got.state, got.native_state) == (State.IN_PROGRESS, "proses")
    assert got.title == "Jalan berlubang di depan pasar"
    assert got.text == ROW["description"]
    assert (got.category, got.opd, got.agency) == ("jalan-rusak", "PU", "")
    assert (got.lat, got.lon, got.area) == (-6.01, 106.01, "99.71.01.1001")
    assert got.requested_at == datetime(2026, 11, 20, 3, tzinfo=UTC)
    assert got.updated_at == datetime(2026, 11, 20, 5, tzinfo=UTC)
    assert got.expected_at is None
    assert not got.zone_assumed
    assert got.media_url == "https://foto.invalid/1.jpg"
    assert json.loads(got.extra) == {
        "service_name": "Jalan rusak",
        "service_code": "001",
        "status_notes": "proses: ditangani PU",
    }


def test_both_forms_say_the_same() -> None:
    in_json = feed().decode(answer(as_json(ROW, row(service_request_id="2", lat=None, long=None))), {})
    in_xml = feed(format="xml").decode(answer(as_xml(ROW, row(service_request_id="2", lat=None, long=None))), {})
    assert in_json.complaints == in_xml.complaints
    assert in_xml.refused == []


IDS = [(638344, "638344"), ("006", "006"), (" 7 ", "7"), (-1, "-1"), ("é/?#", "é/?#")]
NO_PLACES = [(None, None), ("", ""), (..., ...), (0, 0), (0.0, 0.0), ("0", "0.0"), (-0.0, 0)]


@pytest.mark.parametrize(("raw", "native"), IDS)
def test_ids_are_text(raw: Any, native: str) -> None:
    assert one(row(service_request_id=raw)).native_id == native


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (..., "sync.refused.missing"),
        (None, "sync.refused.missing"),
        ("", "sync.refused.missing"),
        (" ", "sync.refused.id"),
        (1.5, "sync.refused.id"),
        (True, "sync.refused.id"),
        (["1"], "sync.refused.id"),
        ("a\x00b", "sync.refused.id"),
        ("x" * 201, "sync.refused.id"),
    ],
)
def test_what_is_no_id(raw: Any, says: str) -> None:
    refused = refusal(row(service_request_id=raw))
    assert (refused.where, refused.says) == ("requests[1].service_request_id", says)


def test_a_token_is_not_yet_a_complaint() -> None:
    assert refusal({"token": "123"}).says == "sync.refused.token"


@pytest.mark.parametrize(
    ("raw", "instant", "assumed"),
    [
        ("2026-11-20T10:00:00Z", datetime(2026, 11, 20, 10, tzinfo=UTC), False),
        ("2026-11-20T10:00:00-0800", datetime(2026, 11, 20, 18, tzinfo=UTC), False),
        ("2026-11-20T10:00:00.5+07:00", datetime(2026, 11, 20, 3, 0, 0, 500_000, tzinfo=UTC), False),
        ("2026-11-20 10:00:00", datetime(2026, 11, 20, 3, tzinfo=UTC), True),
        ("2026-11-20T10:00", datetime(2026, 11, 20, 3, tzinfo=UTC), True),
        (" 2026-11-20 ", datetime(2026, 11, 19, 17, tzinfo=UTC), True),
    ],
)
def test_times(raw: str, instant: datetime, assumed: bool) -> None:
    got = one(row(requested_datetime=raw))
    assert (got.requested_at, got.zone_assumed) == (instant, assumed)


def test_a_source_has_its_own_zone() -> None:
    assert one(row(requested_datetime="2026-11-20 10:00:00"), zone="Asia/Makassar").requested_at == datetime(
        2026, 11, 20, 2, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (..., "sync.refused.missing"),
        ("", "sync.refused.missing"),
        ("yesterday", "sync.refused.time"),
        ("20/11/2026", "sync.refused.time"),
        ("2026-13-01", "sync.refused.time"),
        ("2026-11-20T25:00:00Z", "sync.refused.time"),
        (1763600000, "sync.refused.time"),
        (["2026"], "sync.refused.time"),
        ("0001-01-01T00:00:00+14:00", "sync.refused.time"),
        ("1969-12-31T23:59:59Z", "sync.refused.when"),
        ("2027-11-20T10:00:00Z", "sync.refused.when"),
    ],
)
def test_what_is_no_time(raw: Any, says: str) -> None:
    refused = refusal(row(requested_datetime=raw))
    assert (refused.where, refused.says) == ("requests[1].requested_datetime", says)


@pytest.mark.parametrize("raw", [None, "", "soon", 5, "0001-01-01T00:00:00+14:00", "1960-01-01"])
def test_a_time_that_may_be_missing_may_be_unreadable(raw: Any) -> None:
    got = one(row(updated_datetime=raw, expected_datetime=raw))
    assert (got.updated_at, got.expected_at) == (None, None)


def test_a_change_that_lies_ahead_is_no_time_a_promise_is() -> None:
    got = one(row(updated_datetime="2062-11-20T10:00:00Z", expected_datetime="2062-11-20T10:00:00Z"))
    assert got.updated_at is None
    assert got.expected_at == datetime(2062, 11, 20, 10, tzinfo=UTC)


@pytest.mark.parametrize(("lat", "lon"), NO_PLACES)
def test_no_place_is_no_place(lat: Any, lon: Any) -> None:
    got = one(row(lat=lat, long=lon))
    assert (got.lat, got.lon, got.area) == (None, None, "")


@pytest.mark.parametrize(("lat", "lon"), [("-6.01", "106.01"), (" -6.01 ", "106.010"), (-6.01, "106.01")])
def test_degrees_may_be_text(lat: Any, lon: Any) -> None:
    got = one(row(lat=lat, long=lon))
    assert (got.lat, got.lon, got.area) == (-6.01, 106.01, "99.71.01.1001")


def test_a_place_outside_the_city_is_kept_without_an_area() -> None:
    got = one(row(lat=37.744545, long=-122.41436))
    assert (got.lat, got.lon, got.area) == (37.744545, -122.41436, "")


@pytest.mark.parametrize(
    ("lat", "lon", "field", "says"),
    [
        (106.01, -6.01, "lat", "sync.refused.swapped"),
        ("106.01", "-6.01", "lat", "sync.refused.swapped"),
        (96.01, 106.01, "lat", "sync.refused.place"),
        (-6.01, 1060.1, "long", "sync.refused.place"),
        (-6.01, None, "long", "sync.refused.half"),
        ("", 106.01, "lat", "sync.refused.half"),
        ("-6,01", "106,01", "lat", "sync.refused.degrees"),
        ("north", 106.01, "lat", "sync.refused.degrees"),
        (" ", 106.01, "lat", "sync.refused.degrees"),
        ("nan", 106.01, "lat", "sync.refused.degrees"),
        (-6.01, "inf", "long", "sync.refused.degrees"),
        (True, 106.01, "lat", "sync.refused.degrees"),
        ([-6.01], 106.01, "lat", "sync.refused.degrees"),
        (-6.01, {"x": 1}, "long", "sync.refused.degrees"),
    ],
)
def test_impossible_places(lat: Any, lon: Any, field: str, says: str) -> None:
    refused = refusal(row(lat=lat, long=lon))
    assert (refused.where, refused.says) == (f"requests[1].{field}", says)


def test_a_swapped_pair_is_known_without_a_city_too() -> None:
    nowhere = replace(small_pack(), areas={})
    batch = feed(nowhere).decode(answer(as_json(row(lat=106.01, long=-6.01), row(lat=10, long=20))), {})
    assert [each.says for each in batch.refused] == ["sync.refused.swapped"]
    assert len(batch.complaints) == 1


@pytest.mark.parametrize(
    ("code", "name", "category", "opd"),
    [
        ("001", "x", "jalan-rusak", "PU"),
        ("LAMPU-JALAN", "x", "lampu-jalan", "DISHUB"),
        ("zz", "street LIGHT", "lampu-jalan", "DISHUB"),
        ("zz", "Sesuatu", "", ""),
        (None, None, "", ""),
        (2, "x", "", ""),
    ],
)
def test_categories(code: Any, name: Any, category: str, opd: str) -> None:
    got = one(row(service_code=code, service_name=name))
    assert (got.category, got.opd) == (category, opd)


@pytest.mark.parametrize(
    ("agency", "opd"),
    [("DLH", "DLH"), ("dinas perhubungan", "DISHUB"), ("Dinas Kebersihan", "DLH"), ("Dinas Lain", "PU"), ("", "PU")],
)
def test_the_office_a_source_names_goes_before_the_usual_one(agency: str, opd: str) -> None:
    got = one(row(agency_responsible=agency))
    assert (got.opd, got.agency) == (opd, agency)


def test_unknown_fields_are_kept_as_they_came() -> None:
    more = {"zipcode": 94110, "tags": ["a", {"b": None}], "flag": False, "empty": "", "none": None, 'q"': "\u2028é\n"}
    kept = json.loads(one(row(**more)).extra)
    assert {name: kept[name] for name in ("zipcode", "tags", "flag", 'q"')} == {
        "zipcode": 94110,
        "tags": ["a", {"b": None}],
        "flag": False,
        'q"': "\u2028é\n",
    }
    assert "empty" not in kept
    assert "none" not in kept


def test_nothing_extra_is_nothing() -> None:
    assert one(row(status_notes=None, service_name=None, service_code=None)).extra == ""


@pytest.mark.parametrize("field", ["description", "address", "media_url"])
def test_a_text_that_is_none(field: str) -> None:
    refused = refusal(row(**{field: ["a"]}))
    assert (refused.where, refused.says) == (f"requests[1].{field}", "sync.refused.kind")


@pytest.mark.parametrize("field", ["status", "status_notes", "service_name", "service_code", "agency_responsible"])
def test_a_word_that_is_none(field: str) -> None:
    refused = refusal(row(**{field: {"a": 1}}))
    assert (refused.where, refused.says) == (f"requests[1].{field}", "sync.refused.kind")


def test_texts_have_an_end() -> None:
    assert refusal(row(description="x" * 20_001)).says == "sync.refused.long"
    assert refusal(row(more="x" * 16_001)).says == "sync.refused.long"
    assert len(refusal(row(description="x" * 20_001)).raw) <= 2000


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("", "Jalan rusak"),
        ("Lampu mati.", "Lampu mati."),
        ("Lampu mati di depan pasar. Tolong dibantu.", "Lampu mati di depan pasar"),
        ("Di Jl. Melati ada lubang", "Di Jl. Melati ada lubang"),
        ("Baris satu\nbaris dua", "Baris satu"),
        ("kata " * 40, ("kata " * 17).strip() + "…"),
        ("x" * 200, "x" * 89 + "…"),
    ],
)
def test_titles(text: str, title: str) -> None:
    got = one(row(description=text))
    assert got.title == title
    assert len(got.title) <= 90


def test_signs_that_are_none_are_taken_out() -> None:
    got = one(row(description="a\x00b\x1b[31mc\u2028d\tz\ny"))
    assert got.text == "a b [31mc d\tz\ny"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", "ftp://a.invalid/x", "x"])
def test_only_links_of_the_web_are_links(url: str) -> None:
    assert one(row(media_url=url)).media_url == ""


@pytest.mark.parametrize("raw", [None, 1, "x", [], True])
def test_what_is_no_record(raw: Any) -> None:
    refused = refusal(raw)
    assert (refused.where, refused.says) == ("requests[1]", "sync.refused.record")


@pytest.mark.parametrize(
    ("body", "where", "says"),
    [
        (b'"lat":NaN', "requests[1].lat", "sync.refused.number"),
        (b'"x":{"y":[1e999]}', "requests[1].x.y[0]", "sync.refused.number"),
        (b'"zip":12345678901234567890', "requests[1].zip", "sync.refused.integer"),
        (b'"status":"open","status":"closed"', "requests[1]", "sync.refused.twice"),
        (b'"x":' + b"[" * 70 + b"]" * 70, None, "sync.refused.deep"),
    ],
)
def test_an_unsound_value_costs_its_own_record_only(body: bytes, where: str | None, says: str) -> None:
    raw = as_json(ROW)[:-1] + b',{"service_request_id":"2",' + body + b"}," + as_json(row(service_request_id="3"))[1:]
    batch = feed().decode(answer(raw), {})
    assert [each.native_id for each in batch.complaints] == ["0012", "3"]
    assert [each.says for each in batch.refused] == [says]
    assert where is None or batch.refused[0].where == where


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(sorted(ROW)), JUNK, max_size=6))
def test_whatever_stands_in_a_field_nothing_but_a_refusal_comes_of_it(junk: dict[str, Any]) -> None:
    batch = feed().decode(answer(json.dumps([row(service_request_id="good"), {**ROW, **junk}]).encode()), {})
    assert len(batch.complaints) + len(batch.refused) == 2
    for each in batch.complaints:
        assert each.requested_at.tzinfo is UTC
        assert each.lat is None or -90 <= each.lat <= 90
        assert not each.extra or isinstance(json.loads(each.extra), dict)
        "".join(value for value in each if isinstance(value, str)).encode()


def test_a_record_sent_twice_is_one_and_the_newer_counts() -> None:
    older = row(status="open", updated_datetime="2026-11-20T12:00:00+07:00")
    newer = row(status="closed", status_notes=None, updated_datetime="2026-11-21T08:00:00+07:00")
    for rows in ((older, newer), (newer, older)):
        batch = decoded(*rows)
        assert [each.state for each in batch.complaints] == [State.DONE]
        assert batch.newest_at == datetime(2026, 11, 21, 1, tzinfo=UTC)


def test_a_batch_of_nothing_but_bad_records_is_still_a_batch() -> None:
    batch = decoded(row(lat=999), row(service_request_id=None))
    assert (len(batch.complaints), len(batch.refused), batch.newest_at) == (0, 2, None)


def test_more_records_than_anybody_asked_for() -> None:
    with pytest.raises(BadAnswer) as caught:
        feed().decode(answer(b"[" + b"{}," * 50_000 + b"{}]"), {})
    assert caught.value.says == "sync.bad.many"
