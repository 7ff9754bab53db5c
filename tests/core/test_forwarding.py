"""What goes out carries our reference, whatever its length, and it is found again whatever was made of it."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from console.core.forwarding import MOST_TEXT, Post, described, is_reference, new_reference, place_of, tells
from tests.panels.test_facts import made


@given(st.text(), st.text(max_size=9000))
def test_a_description_ends_with_its_reference_and_is_never_too_long(chance: str, text: str) -> None:
    reference = new_reference(chance)
    assert is_reference(reference)
    told = described(text, reference)
    assert len(told) <= MOST_TEXT
    assert told.endswith(f"\n\nRef. {reference}")
    assert tells(reference, told.lower().replace("\n", "\r\n"))


def test_it_is_cut_at_a_word() -> None:
    told = described("jalan berlubang " * 400, new_reference("1"))
    assert told.partition("…")[0].endswith(("jalan", "berlubang"))
    assert MOST_TEXT - len(told) < 20
    assert described("x" * 5000, new_reference("1")).startswith("x" * 3900)


def test_a_reference_is_another_for_another_id_and_tells_nothing_of_it() -> None:
    assert len({new_reference(str(number)) for number in range(1000)}) == 1000
    assert not is_reference("KND-0000000") and not is_reference("x KND-AAAAAAAA")
    assert not tells("KND-AAAAAAAA", "KND-AAAAAAA A", "")


def test_only_what_was_refused_or_withdrawn_does_certainly_not_come_to_stand_there() -> None:
    assert {each for each in Post if not each.may_stand} == {Post.REFUSED, Post.WITHDRAWN}


def test_the_place_of_a_report_names_nobody_and_is_a_whole_point_or_none() -> None:
    told = made(address="Jl. Melati, telp 0812-3456-7890", lat=-6.2, lon=106.6)
    found = place_of(told)
    assert (found["lat"], found["lon"]) == (-6.2, 106.6)
    assert "0812" not in found["address"] and found["address"].startswith("Jl. Melati")
    assert place_of(replace(told, lon=None)) == {**found, "lat": None, "lon": None}
