"""Search: any input is allowed, words are AND-ed, the newest are found in whichever volume they lie."""

from __future__ import annotations

import sys
from datetime import timedelta
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.core.lifecycle import State
from console.core.records import QueueFilter
from console.store import search, spans
from console.store.intake import MIDDLE
from console.store.search import expression
from tests.store.conftest import KELURAHAN, NOON, Hands, hands, said


def found(given_hands: Hands, text: str, **wanted: object) -> list[str]:
    """Ids a search gives, in order."""
    span = spans.span(given_hands.db, QueueFilter(text=text, **wanted), given_hands.words)  # type: ignore[arg-type]
    return [row.id for row in spans.page(given_hands.db, span, 0, given_hands.words)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", ""),
        ("  !?*\"'()^:-+ ", ""),
        ("jal", '"jal"*'),
        ("jalan rus", '"jalan" AND "rus"*'),
        ("b", ""),
        ("jalan b", '"jalan"'),
        ("RT 3", '"RT" AND "3"'),
        ("NOT near OR and", '"NOT" AND "near" AND "OR" AND "and"*'),
        ("title:x* {jl}", '"title" AND "x" AND "jl"*'),
        ('"rusak"', '"rusak"*'),
    ],
)
def test_what_was_typed_becomes_words(text: str, wanted: str) -> None:
    assert expression(text) == wanted


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=40))
def test_no_input_raises(text: str) -> None:
    fresh = HANDS
    found(fresh, text)
    found(fresh, f"jalan {text}", states=frozenset({State.NEW}))


HANDS = hands()
HANDS.intake.take([said(number) for number in range(20)])


@pytest.mark.nightly
def test_no_letter_there_is_raises() -> None:
    for code in range(0, sys.maxunicode + 1, 31):
        found(HANDS, f"aa{chr(code)}bb")


def test_every_latin_letter_is_found_as_it_was_written() -> None:
    letters = [chr(code) for code in range(1, 0x250)]
    fresh = hands()
    fresh.intake.take([said(number, title=f"qq{letter}qq") for number, letter in enumerate(letters)])
    for number, letter in enumerate(letters):
        assert f"uji:{number:06}" in found(fresh, f"qq{letter}qq"), hex(ord(letter))


def test_accents_and_case_do_not_matter() -> None:
    fresh = hands()
    fresh.intake.take([said(1, title="Kafé Ünik", text="", address="")])
    assert found(fresh, "kafe UN") == ["uji:000001"]


def test_texts_title_address_and_number_are_searched() -> None:
    fresh = hands()
    fresh.intake.take([said(1, title="satu", text="dua", address="tiga", native_id="REQ-0042")])
    for text in ("satu", "dua", "tiga", "req 0042", "REQ-0042", "satu tiga"):
        assert found(fresh, text) == ["uji:000001"]
    assert found(fresh, "satu empat") == []


def test_over_volumes_with_and_without_a_filter() -> None:
    with patch.object(search, "VOLUME_BITS", 3), patch.object(search, "THIN", 2), patch.object(search, "MANY", 2):
        fresh = hands()
        records = [
            said(number, title="jalan" if number % 2 else "banjir", area=KELURAHAN[number % 4]) for number in range(60)
        ]
        fresh.intake.take(records[::-1])
        assert found(fresh, "ban") == [f"uji:{number:06}" for number in range(0, 60, 2)]
        assert found(fresh, "banjir", area=KELURAHAN[2]) == [f"uji:{number:06}" for number in range(2, 60, 4)]
        assert found(fresh, "banjir", area=KELURAHAN[1]) == []
        # Hardly any of many hits passes: asked from the side of the filter.
        fresh.intake.take([said(4, title="banjir", state=State.DONE)])
        assert found(fresh, "banjir", states=frozenset({State.DONE})) == ["uji:000004"]
        with patch.object(spans, "SMALL", 0):
            assert found(fresh, "banjir", states=frozenset({State.DONE})) == ["uji:000004"]


def test_more_than_the_newest_is_said() -> None:
    with patch.object(search, "NEWEST", 10), patch.object(search, "VOLUME_BITS", 3):
        fresh = hands()
        fresh.intake.take([said(number) for number in range(40, -1, -1)])
        span = spans.span(fresh.db, QueueFilter(text="jalan"), fresh.words)
        assert (span.count, span.capped) == (10, True)
        few = spans.span(fresh.db, QueueFilter(text="jalan", area=KELURAHAN[0]), fresh.words)
        assert (few.count, few.capped) == (10, True)
        assert next(row.id for row in spans.page(fresh.db, span, 0, fresh.words)) == "uji:000000"


def test_merging_changes_no_answer_and_ends() -> None:
    fresh = hands()
    for number in range(200):
        fresh.intake.take([said(number)])
    before = found(fresh, "jalan")
    steps = 0
    while fresh.search.merge():
        steps += 1
    assert steps > 0
    assert not fresh.search.merge()
    assert found(fresh, "jalan") == before
    fresh.db.execute("INSERT INTO search_64 (search_64) VALUES ('integrity-check')")


def test_rebuilt_from_the_rows() -> None:
    with patch.object(search, "VOLUME_BITS", 3):
        fresh = hands()
        fresh.intake.take([said(number) for number in range(30)])
        fresh.db.execute("DELETE FROM complaint WHERE n BETWEEN ? AND ?", (MIDDLE + 4, MIDDLE + 19))
        fresh.search.rebuild()
        assert len(found(fresh, "jalan")) == 14
        for volume in fresh.search._volumes:
            fresh.db.execute(f"INSERT INTO search_{volume} (search_{volume}) VALUES ('integrity-check')")


def test_a_first_intake_backwards_through_history_keeps_the_newest_on_top() -> None:
    with patch.object(search, "NEWEST", 10), patch.object(search, "VOLUME_BITS", 3):
        fresh = hands()
        for page in range(10):  # each page older than the one before, as a source gives its history
            records = [
                said(100 - 10 * page + row, title="Jalan", requested_at=NOON - timedelta(hours=10 * page - row))
                for row in range(10)
            ]
            fresh.intake.take(fresh.intake.arrange(records))
        fresh.intake.take(fresh.intake.arrange([said(500, title="Jalan", requested_at=NOON + timedelta(days=1))]))
        numbers = found(fresh, "jalan")
        assert numbers[0] == "uji:000500"
        assert numbers[1:10] == [f"uji:{100 + row:06}" for row in range(9, 0, -1)]
        order = [row[0] for row in fresh.db.execute("SELECT requested_at FROM complaint ORDER BY n")]
        assert order == sorted(order)


def test_the_ends_are_found_without_looking_through_the_rows() -> None:
    plan = [row[3] for row in hands().db.execute(f"EXPLAIN QUERY PLAN {search.ENDS}")]
    assert "SEARCH complaint" in plan
    assert not [step for step in plan if step.startswith("SCAN complaint")]
