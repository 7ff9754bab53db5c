"""Single values of an answer: what is taken, what is refused, and by which name."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as made

from console.store.files import load_phrases
from sync import strict_json, words_in
from sync.words_in import BadField
from tests.cities import small_pack

ZONE = ZoneInfo("Asia/Jakarta")
AT = datetime(2026, 11, 21, 3, 42, tzinfo=UTC)
BOX = words_in.box_of(small_pack())


@pytest.mark.parametrize(
    ("value", "told"),
    [(None, ""), (" a\tb\n", "a\tb"), ("a\x00b\x1b[2J", "a b [2J"), (5, "5"), (True, "True"), ("\ud800x", "x")],
)
def test_texts(value: Any, told: str) -> None:
    assert words_in.text(value, "t") == told


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ([], "sync.refused.kind"),
        ({}, "sync.refused.kind"),
        ("x" * 20_001, "sync.refused.long"),
        (strict_json.Unsound("number", "NaN"), "sync.refused.number"),
    ],
)
def test_what_is_no_text(value: Any, says: str) -> None:
    assert _refused(words_in.text, value, "t") == ("t", says)


@pytest.mark.parametrize(("value", "told"), [(" a1 ", "a1"), (7, "7"), ("0007", "0007"), ("a" * 200, "a" * 200)])
def test_ids_are_texts(value: Any, told: str) -> None:
    assert words_in.identity(value) == told


@pytest.mark.parametrize("value", [None, "", "  ", "a" * 201, "a\nb", "a\tb", "a\u2028b", 1.5, True, [], {}, "\ud800"])
def test_what_is_no_id(value: Any) -> None:
    field, says = _refused(words_in.identity, value)
    assert field == "id" and says in ("sync.refused.id", "sync.refused.missing")


@pytest.mark.parametrize(
    ("value", "told", "assumed"),
    [
        ("2026-11-21T10:00:00+07:00", datetime(2026, 11, 21, 3, tzinfo=UTC), False),
        ("2026-11-21T03:00:00Z", datetime(2026, 11, 21, 3, tzinfo=UTC), False),
        (" 2026-11-21 10:00:00 ", datetime(2026, 11, 21, 3, tzinfo=UTC), True),
        ("2026-11-21", datetime(2026, 11, 20, 17, tzinfo=UTC), True),
    ],
)
def test_instants(value: str, told: datetime, assumed: bool) -> None:
    assert words_in.instant(value, ZONE) == (told, assumed)


@pytest.mark.parametrize("value", [None, "", "kemarin", 5, [], "1969-01-01", "0001-01-01T00:00:00+14:00", "2026-13-01"])
def test_what_is_no_instant(value: Any) -> None:
    assert _refused(words_in.instant, value, ZONE)[1] in (
        *("sync.refused.missing", "sync.refused.time", "sync.refused.when"),
    )


def test_dates_as_mail_writes_them() -> None:
    told = words_in.mail_instant("Fri, 25 Sep 2026 16:08:00 +0700", ZONE)
    assert told == (datetime(2026, 9, 25, 9, 8, tzinfo=UTC), False)
    assert words_in.mail_instant("Fri, 25 Sep 2026 16:08:00 -0000", ZONE)[1]
    for value in ("", None, 5, "x", "Fri, 99 Sep 2026 16:08:00 +0700", "Sat, 1 Nov 1969 00:00:00 +0900"):
        _refused(words_in.mail_instant, value, ZONE)


def test_what_lies_ahead() -> None:
    assert words_in.not_ahead(AT + timedelta(days=1), AT, "sent") == AT + timedelta(days=1)
    late = AT + timedelta(days=1, seconds=1)
    assert _refused(words_in.not_ahead, late, AT, "sent") == ("sent", "sync.refused.when")


@pytest.mark.parametrize(
    ("lat", "lon", "told"),
    [
        ("-6.02", "106.03", (-6.02, 106.03)),
        (None, "", (None, None)),
        (0, 0.0, (None, None)),
        (35.0, 139.0, (35.0, 139.0)),
    ],
)
def test_places(lat: Any, lon: Any, told: tuple[float | None, float | None]) -> None:
    assert words_in.degrees(lat, lon, BOX) == told


@pytest.mark.parametrize(
    ("lat", "lon", "says"),
    [
        ("106.03", "-6.02", "swapped"),
        (-6.0, None, "half"),
        ("", 106.0, "half"),
        (-6.0, 361, "place"),
        (91.0, 10, "place"),
        ("nan", 1, "degrees"),
        (True, 1, "degrees"),
        ("1_0", 1, "degrees"),
        ([], 1, "degrees"),
        (10**400, 1, "degrees"),
    ],
)
def test_what_is_no_place(lat: Any, lon: Any, says: str) -> None:
    assert _refused(words_in.degrees, lat, lon, BOX)[1] == f"sync.refused.{says}"


def test_without_a_city_only_the_earth_tells_a_swapped_pair() -> None:
    assert words_in.degrees(6.0, 52.0) == (6.0, 52.0)
    assert _refused(words_in.degrees, 106.0, -6.0)[1] == "sync.refused.swapped"
    assert not words_in.near(0, 0, None)


def test_what_is_kept_beside_a_record() -> None:
    assert words_in.extra({"a": 1, "b": None, "c": "", "d": [1]}, {"a"}) == {"d": [1]}
    assert _refused(words_in.extra, {"a": "x" * 16_001}, ())[1] == "sync.refused.long"
    assert _refused(words_in.extra, {"a": float("nan")}, ())[1] == "sync.refused.kind"
    assert words_in.number("4.5", "m") == 4.5 and words_in.number("", "m") is None
    assert _refused(words_in.number, "4,5", "m") == ("m", "sync.refused.number")


@given(
    made.dictionaries(
        made.text(max_size=60),
        made.none()
        | made.booleans()
        | made.integers()
        | made.floats()
        | made.text(max_size=60)
        | made.lists(made.integers(), max_size=2),
        max_size=30,
    ),
    made.sampled_from([0, 200, 1_000, 16_000]),
)
def test_what_is_kept_unwritten_is_what_would_be_kept_written(rest: dict[str, Any], most: int) -> None:
    """As JSON it is sound and not too long, whatever signs stand in it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(words_in, "MOST_EXTRA", most)
        try:
            words_in.bounded(rest)
        except BadField as bad:
            assert bad.says in ("sync.refused.kind", "sync.refused.long")
            return
        written = json.dumps(rest, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    assert len(written) <= most or not rest


def test_what_is_kept_may_be_as_long_as_it_is_allowed() -> None:
    """Where a sign may be written as six the writing itself decides."""
    assert words_in.bounded({"a": "x" * 15_992}) and words_in.bounded({"a": "\x00" * 2_665})
    for value in ("x" * 15_993, "\x00" * 2_666, float("inf"), 1 << 64_000, b""):
        with pytest.raises(BadField):
            words_in.bounded({"a": value})
    assert words_in.bounded({"a": 1 << 64}) and words_in.bounded({}) == {}


def test_an_unsound_value_anywhere_refuses_the_record() -> None:
    raw = strict_json.lenient(b'{"a": {"b": [1, NaN]}}').value
    assert _refused(words_in.sound, raw) == ("a.b[1]", "sync.refused.number")
    words_in.sound({"a": 1})
    assert words_in.table({"a": 1}) == {"a": 1}
    assert _refused(words_in.table, [])[1] == "sync.refused.record"


def test_a_refusal_says_where_and_why_and_keeps_the_start() -> None:
    told = BadField("lat", "sync.refused.degrees", value="x").refusal("rows[3]", {"lat": "x\x00" * 5000})
    assert told.where == "rows[3].lat" and len(told.raw) <= 2000 and "\0" not in told.raw
    assert BadField("", "sync.refused.record").refusal("rows[3]").where == "rows[3]"
    assert not load_phrases("en").say(told.says, **told.values).startswith("«")


def _refused(call: Any, *arguments: Any) -> tuple[str, str]:
    with pytest.raises(BadField) as caught:
        call(*arguments)
    return caught.value.field, caught.value.says
