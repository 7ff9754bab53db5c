"""Sentences by key: the house's language stands in, a missing value shows as —, and nothing from outside breaks one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.errors import Fault, Refused
from console.core.phrases import Phrases, flatten

WIB = ZoneInfo("Asia/Jakarta")
AT = datetime(2026, 11, 21, 3, 42, tzinfo=UTC)
TIMES = """
[core]
weekdays = "Sen,Sel,Rab,Kam,Jum,Sab,Min"
months = "Jan,Feb,Mar,Apr,Mei,Jun,Jul,Agu,Sep,Okt,Nov,Des"
unit.day = "hr"
unit.hour = "jam"
unit.minute = "mnt"
unit.second = "dtk"
"""
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(),
    st.text(alphabet="{}!:[].0a"),
    st.lists(st.integers(), max_size=2),
)


def phrases(language: str = "id") -> Phrases:
    return Phrases.from_toml(
        [
            ("id", b'[queue]\nrows = "{count} baris"\nonly = "hanya di sini"\n'),
            ("en", b'[queue]\nrows = "{count} rows"\n'),
            ("id", TIMES.encode()),
        ],
        language,
    )


def test_nested_tables_become_dotted_keys() -> None:
    assert flatten({"a": {"b": {"c": 1}, "d": "x"}, "e": "y"}) == {"a.b.c": "1", "a.d": "x", "e": "y"}


def test_a_sentence_is_said_in_the_language_spoken() -> None:
    assert phrases().say("queue.rows", count=3) == "3 baris"
    assert phrases("en").say("queue.rows", count=3) == "3 rows"


def test_the_houses_own_language_stands_in_for_a_missing_sentence() -> None:
    assert phrases("en").say("queue.only") == "hanya di sini"


def test_an_unknown_key_is_shown_as_itself() -> None:
    assert phrases().say("queue.no") == "«queue.no»"


def test_a_missing_value_does_not_lose_the_sentence() -> None:
    assert phrases().say("queue.rows") == "— baris"


def test_an_unknown_language_is_the_houses_own() -> None:
    assert phrases("xx").language == "id"


@given(VALUES)
def test_no_value_ever_breaks_a_sentence(value: Any) -> None:
    for language in ("id", "en"):
        assert phrases(language).say("queue.rows", count=value).endswith((" baris", " rows"))


@given(st.text(), VALUES)
def test_no_key_ever_raises(key: str, value: Any) -> None:
    assert phrases().say(key, count=value)


@given(st.text(alphabet="{}!:[].0acount", max_size=30))
def test_text_from_outside_is_never_taken_for_a_sentence(text: str) -> None:
    assert phrases().say("queue.rows", count=text) == f"{text} baris"


def test_numbers_are_written_as_each_language_does() -> None:
    assert phrases().show(1234.5) == "1.234,5"
    assert phrases("en").show(1234.5) == "1,234.5"
    assert phrases().show(1_000_000) == "1.000.000"
    assert phrases().show(True) == "True"
    assert phrases().show("1,5") == "1,5"


def test_errors_and_faults_are_told() -> None:
    assert phrases().tell(Refused("queue.rows", count=2)) == "2 baris"
    assert phrases().tell(Fault.at("here", "queue.rows", count=2)) == "2 baris"


def test_a_value_may_have_any_name() -> None:
    fault = Fault.at("here", "queue.rows", key="k", where="w", says="s", self="x", count=2)
    assert phrases().tell(fault) == "2 baris"
    assert phrases().tell(Refused("queue.rows", says="s", self="x", key="k", count=2)) == "2 baris"


def test_speaking_another_language_tells_who_draws() -> None:
    speaking, heard = phrases(), []
    off = speaking.on_change(lambda: heard.append(speaking.language))
    speaking.speak("en")
    speaking.speak("en")
    speaking.speak("xx")
    off()
    speaking.speak("id")
    assert heard == ["en"]


def test_keys_of_a_language() -> None:
    assert phrases().keys("en") == {"queue.rows"}
    assert phrases().keys("xx") == frozenset()


def test_times_are_written_as_indonesians_do() -> None:
    assert phrases().time(AT, WIB, "WIB") == "10.42 WIB"
    assert phrases("en").time(AT, WIB) == "10:42"
    assert phrases().day(AT, WIB) == "Sab 21 Nov 2026"


def test_a_moment_of_today_is_told_without_its_day() -> None:
    assert phrases().moment(AT, WIB, "WIB", AT + timedelta(hours=5)) == "10.42 WIB"
    assert phrases().moment(AT, WIB, "WIB", AT + timedelta(hours=14)) == "Sab 21 Nov 2026 10.42 WIB"


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (-5, "0 dtk"),
        (0, "0 dtk"),
        (59.9, "59 dtk"),
        (60, "1 mnt"),
        (3 * 60 + 20, "3 mnt"),
        (7500, "2 jam 5 mnt"),
        (7200, "2 jam"),
        (86_400, "1 hr"),
        (4 * 86_400 + 3 * 3600 + 59, "4 hr 3 jam"),
        (2000 * 86_400, "2.000 hr"),
    ],
)
def test_spans_are_told_in_their_two_largest_units(seconds: float, told: str) -> None:
    assert phrases().span(seconds) == told


def test_a_fault_is_said_in_words_of_its_own() -> None:
    files = [
        ("id", b'[disk]\nfailed = "Gagal: {fault}."\n[why]\nEIO = "disk rusak"\npage = "halaman {it}"\n'),
        ("en", b'[disk]\nfailed = "Failed: {fault}."\n[why]\nEIO = "the disk is broken"\n'),
    ]
    said = Phrases.from_toml(files)
    assert said.say("disk.failed", fault="EIO") == "Gagal: disk rusak."
    assert said.say("disk.failed", fault="page 12") == "Gagal: halaman 12."
    assert said.say("disk.failed", fault="ENODATA") == "Gagal: ENODATA."
    assert said.say("disk.failed", fault="{it} {0}") == "Gagal: {it} {0}."
    said.speak("en")
    assert said.say("disk.failed", fault="EIO") == "Failed: the disk is broken."
    assert said.say("disk.failed", fault="page 12") == "Failed: halaman 12."


def test_words_may_follow_the_number() -> None:
    said = Phrases({"id": {"n": "{count} {count:source|sources}, {name:one|many}"}})
    assert said.say("n", count=1, name="x") == "1 source, many"
    assert said.say("n", count=0, name="x") == "0 sources, many"
    assert said.say("n", count=1001, name=1) == "1.001 sources, one"
    assert said.say("n") == "— sources, many"
