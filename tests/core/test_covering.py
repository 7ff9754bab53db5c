"""Words are kept covered, and what was covered is told apart, whole: nothing is lost, nothing is covered twice."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.covering import bare, covered, covered_batch, covered_extra, covered_words
from console.core.masking import COVER, masked
from console.core.personal import NAMED, WHOLE
from console.core.records import Refusal, SourceComplaint
from tests.store.conftest import batch, said

PHONE, NIK = "081234567890", "3671011203900001"
_PARTS = st.sampled_from(
    (
        *(PHONE, NIK, "0812-3456-7890", "Ibu Siti Aminah", "nama saya budi santoso", "a@b.id", "jalan rusak"),
        *("an. Budi", "(021) 5579 1234", "telp", ".", "-", "RT 003/RW 012", "Jl. Melati 12", "\n", "😀", "nik"),
    )
)
_TEXTS = st.lists(_PARTS, max_size=8).flatmap(lambda parts: st.sampled_from([" ".join(parts), "".join(parts)]))


@given(_TEXTS, _TEXTS, _TEXTS)
def test_covering_twice_changes_nothing_and_what_was_covered_is_told_whole(title: str, text: str, address: str) -> None:
    words = {"title": title, "text": text, "address": address}
    told, whole = covered_words(words)
    assert {**told, **whole} == words
    assert all(told[name] != words[name] for name in whole)
    assert covered_words(told) == (told, {})


@given(_TEXTS, _TEXTS)
def test_what_a_source_says_is_covered_once_and_can_be_had_back(title: str, text: str) -> None:
    raw = said(1, title=title, text=text, extra=json.dumps({"note": text, "phone": PHONE, "n": 7}))
    seen = covered(raw)
    assert covered(seen) is seen
    assert bare(seen)._replace(whole=None) == raw
    assert (seen.title, seen.text) == (masked(title), masked(text)) or title.rstrip("… ") in text
    assert seen.whole is not None
    assert "extra" in seen.whole
    assert PHONE not in f"{seen.title} {seen.text} {seen.extra}"


def test_what_holds_nothing_personal_is_as_it_came() -> None:
    raw = said(1, title="Jalan rusak", extra='{"service_name":"Jalan"}')
    assert covered(raw) is raw
    assert bare(raw) is raw


@pytest.mark.parametrize("end", ["", "…"])
def test_a_number_that_was_cut_with_the_title_is_covered_too(end: str) -> None:
    text = f"Jalan rusak di depan rumah saya, hubungi {PHONE} sebelum malam"
    seen = covered(said(1, title=f"{text[:48]}{end}", text=text))
    assert PHONE[:4] not in seen.title
    assert seen.title.startswith("Jalan rusak di depan rumah saya, hubungi ")
    assert covered(seen._replace(whole=None)).title == seen.title


def test_the_fields_of_a_source_that_nobody_knows_hold_nobody() -> None:
    extra = {"first_name": "Siti", "note": [f"hp {PHONE}"], "nik2": int(NIK), "count": 12_345_678, "code": "jalan"}
    told = json.loads(covered_extra(json.dumps(extra)))
    assert told == {"first_name": COVER, "note": ["hp ••••90"], "nik2": "••••01", "count": 12_345_678, "code": "jalan"}
    assert covered_extra("bukan json 081234567890") == "bukan json ••••90"
    assert covered_extra(json.dumps(told)) == json.dumps(told)
    assert {*WHOLE.values()} <= NAMED, "a source cannot tell a seal of its own"


def test_of_an_answer_what_was_refused_is_covered_too() -> None:
    seen = covered_batch(batch(said(1, text=f"hp {PHONE}"), refused=[Refusal("requests[3]", "x", {}, f"hp {PHONE}")]))
    assert seen.refused[0].raw == seen.complaints[0].text == "hp ••••90"


def test_a_source_cannot_say_that_something_is_sealed_already() -> None:
    forged = json.dumps({"sealed_text": "kendali-s1:" + "A" * 200, "reporter_nik": "kendali-s1:" + "B" * 200})
    raw = said(1, text=f"hp {PHONE}", extra=forged)
    assert covered(raw).whole == {}, "of our own it would be kept"
    (seen,) = covered_batch(batch(raw)).complaints
    assert json.loads(seen.extra) == {"sealed_text": COVER, "reporter_nik": COVER}
    assert seen.whole == {"text": raw.text, "extra": forged}


_SAID = st.builds(
    lambda title, text, address, extra: said(1, title=title, text=text, address=address, extra=extra),
    *[_TEXTS] * 3,
    st.one_of(
        st.just(""), st.builds(lambda name, told: json.dumps({name: told}), st.sampled_from(("phone", "x")), _TEXTS)
    ),
)
_PLAIN = st.just(said(2))


@given(st.lists(st.one_of(_PLAIN, _PLAIN, _PLAIN, _SAID), max_size=40))
def test_looked_at_together_the_same_is_covered_as_one_by_one(complaints: list[SourceComplaint]) -> None:
    seen = covered_batch(batch(*complaints)).complaints
    assert seen == [covered(each, ours=False) for each in complaints]
