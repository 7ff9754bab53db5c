"""Finding by a few letters."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from widgets.fuzzy import best, score

ITEMS = ["Disposisi ke OPD", "Disposisi ke DLH", "Tutup aduan", "Periuk", "Putuskan sambungan", "Dîsposisi lain"]


def found(query: str) -> list[str]:
    return best(query, ITEMS, str, 10)[0]


def test_words_may_come_in_any_order_and_incomplete() -> None:
    assert found("dlh disp")[0] == "Disposisi ke DLH"
    assert found("put samb") == ["Putuskan sambungan"]


def test_letters_strewn_close_together_find_too() -> None:
    assert "Disposisi ke DLH" in found("dsps dlh")
    assert found("zzz") == []


def test_the_start_of_a_word_counts_more_than_its_middle() -> None:
    assert found("per")[0] == "Periuk"


def test_accents_and_case_do_not_matter() -> None:
    assert "Dîsposisi lain" in found("DISPOSISI LAIN")


def test_a_blank_query_keeps_the_order_and_counts_all() -> None:
    assert best("  ", ITEMS, str, 2) == (ITEMS[:2], len(ITEMS))


@given(st.text(max_size=40), st.text(max_size=80))
def test_any_text_can_be_looked_for(query: str, text: str) -> None:
    points = score(query, text)
    assert points is None or isinstance(points, float)


@given(st.text(st.characters(categories=("L", "N")), min_size=1, max_size=30))
def test_a_text_finds_itself(text: str) -> None:
    assert score(text, text) is not None
