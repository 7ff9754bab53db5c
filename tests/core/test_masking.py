"""What is covered in people's words, and what must never be."""

from __future__ import annotations

import re
import string
from datetime import date, datetime
from time import perf_counter

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from console.core.masking import (
    _ANNOUNCED,
    COVER,
    _has_number,
    _is_announced,
    asks_for_nik,
    covered_number,
    masked,
    masked_deep,
    may_hold,
)

NIK = "3671011203900001"
PROVINCES = [11, 12, 13, 14, 15, 16, 17, 18, 19, 21, 31, 32, 33, 34, 35, 36, 51, 52, 53, 61, 62, 63, 64, 65, 71, 72, 73]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"NIK {NIK} rumah", f"NIK {COVER}01 rumah"),
        (f"warga {NIK}.", f"warga {COVER}01."),
        ("nik: 3671 0112 0390 0001", f"nik: {COVER}01"),
        ("36.71.01.120390.0001", f"{COVER}01"),
        ("NIK 9971011203900001", f"NIK {COVER}01"),
        ("no. KK: 367101120390000", f"no. KK: {COVER}00"),
        ("hp 081234567890", f"hp {COVER}90"),
        ("0812-3456-7890 mohon", f"{COVER}90 mohon"),
        ("0812.3456.7890, malam", f"{COVER}90, malam"),
        ("0812 34 56 78 90", f"{COVER}90"),
        ("+62 812 3456 7890", f"{COVER}90"),
        ("(+62) 812-3456-7890", f"{COVER}90"),
        ("6281234567890", f"{COVER}90"),
        ("HP:081234567890/085612345678", f"HP:{COVER}90/{COVER}78"),
        ("No HP saya 8123456789", f"No HP saya {COVER}89"),
        ("(021) 5579 1234", f"{COVER}34"),
        ("021-55791234", f"{COVER}34"),
        ("0251 8321234", f"{COVER}34"),
        ("+62 21 5579123", f"{COVER}23"),
        ("telp 55791234", f"telp {COVER}34"),
        ("kirim ke budi.s@gmail.com ya", f"kirim ke {COVER} ya"),
        ("nama saya budi santoso tinggal di sini", f"nama saya {COVER} tinggal di sini"),
        ("atas nama Siti", f"atas nama {COVER}"),
        ("a.n. Budi Santoso", f"a.n. {COVER}"),
        ("an. Budi", f"an. {COVER}"),
        ("Ibu Siti Aminah, warga", f"Ibu {COVER}, warga"),
        ("rumah Bpk. Joko rusak", f"rumah Bpk. {COVER} rusak"),
    ],
)
def test_what_is_personal_is_covered(text: str, told: str) -> None:
    assert masked(text) == told


@pytest.mark.parametrize(
    "text",
    [
        "laporan 20261121-000123",
        "LAPOR 5234567",
        "nomor 031-2026-0012",
        "konsol:0198f3a2b4c57d6e8f90a1b2c3d4e5f6",
        "0198f3a2-b4c5-7d6e-8f90-123456789012",
        "2026112110421234",
        "-6.178306, 106.631889",
        "106.0812345678",
        "-6.1783000000000001",
        "36.71.01.1001",
        "62.71.01.1001",
        "3671011001",
        "2026-11-21 10:42:33.123456",
        "08-11-2026 10:42",
        "tanggal 0811 2026 10.42",
        "21/11/2026",
        "jam 08.30 - 17.00",
        "telepon 08.30-17.00",
        "hubungi 21-11-2026",
        "hubungi 112 segera",
        "kontak 1500-123",
        "112 dan 0800 1 123456",
        "Rp 1.500.000.000",
        "RT 03/RW 05 No. 12",
        "Jl. Raya 0812",
        "Bapak Walikota Tangerang",
        "PAK RT",
        "ibu kota",
        "Bapak/Ibu petugas",
        "nama jalan tidak ada",
        "@dishub mohon dicek",
        "",
    ],
)
def test_what_is_no_persons_stays(text: str) -> None:
    assert masked(text) == text


TIMES = st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1))  # noqa: DTZ001 - only drawn
FORMS = ["%Y-%m-%d %H:%M", "%d/%m/%Y", "%d-%m-%Y %H.%M", "%Y-%m-%dT%H:%M:%S.%f", "%d %m %Y", "%Y%m%d"]
around = st.sampled_from(["", "a ", "warga dengan ", "(", "\n"]), st.sampled_from(["", ".", " b", ", ok", ")", "\n"])


@st.composite
def niks(draw: st.DrawFn) -> str:
    born = draw(st.dates(date(1930, 1, 1), date(2024, 12, 31)))
    day = born.day + draw(st.sampled_from([0, 40]))
    head = f"{draw(st.sampled_from(PROVINCES))}{draw(st.integers(1, 79)):02}{draw(st.integers(1, 40)):02}"
    return f"{head}{day:02}{born.month:02}{born.year % 100:02}{draw(st.integers(1, 9999)):04}"


@given(niks(), *around)
def test_every_nik_is_covered_wherever_it_stands(nik: str, before: str, after: str) -> None:
    told = masked(f"{before}{nik}{after}")
    assert told == f"{before}{COVER}{nik[-2:]}{after}"


@given(niks(), st.sampled_from([" ", ".", "-"]))
def test_also_in_groups_of_four(nik: str, between: str) -> None:
    assert masked(between.join(re.findall("....", nik))) == f"{COVER}{nik[-2:]}"


@given(
    st.sampled_from(["0", "62", "+62", "+62 ", "0062"]),
    st.integers(10, 99).filter(lambda two: two % 10),
    st.text(string.digits, min_size=7, max_size=9),
    *around,
)
def test_every_mobile_number_is_covered(head: str, two: int, rest: str, before: str, after: str) -> None:
    assume(before != "a " or head)
    number = f"{head}8{1 + two % 9}{rest}"
    assert masked(f"{before}{number}{after}") == f"{before}{COVER}{number[-2:]}{after}"


@given(TIMES, st.sampled_from(FORMS))
def test_no_time_is_covered(when: datetime, form: str) -> None:
    assert masked(when.strftime(form)) == when.strftime(form)


@given(st.floats(-11, 6), st.floats(95, 141), st.integers(2, 15))
def test_no_coordinate_is_covered(lat: float, lon: float, places: int) -> None:
    text = f"{lat:.{places}f}, {lon:.{places}f}"
    assert masked(text) == text


@given(st.sampled_from(PROVINCES), st.integers(1, 79), st.integers(1, 40), st.integers(1001, 2020))
def test_no_code_of_an_area_is_covered(province: int, city: int, district: int, ward: int) -> None:
    dotted = f"{province}.{city:02}.{district:02}.{ward}"
    for text in (dotted, dotted.replace(".", ""), f"wilayah {dotted},"):
        assert masked(text) == text


@given(st.uuids(), st.dates(date(2016, 1, 1), date(2035, 1, 1)), st.integers(0, 999_999))
def test_no_complaint_number_is_covered(name: object, day: date, number: int) -> None:
    bare = str(name).replace("-", "")
    assume(not bare.isdigit())
    for text in (f"konsol:{bare}", f"laksa:{number}", f"rekaan-{day:%Y%m%d}-{number:06}", f"#{number:07}"):
        assert masked(text) == text


@given(st.text(st.sampled_from("0123456789 .-+()/:@abinkhpnamsyu\nBIS"), max_size=120))
def test_covering_twice_changes_nothing_more(text: str) -> None:
    once = masked(text)
    assert masked(once) == once


@given(st.text(st.sampled_from("0123456789٣४７ .-()a\n😀é\ud800"), max_size=30))
def test_no_seven_digits_are_passed_over_whatever_stands_around_them(text: str) -> None:
    held = re.search(r"\d(?:[ .()\-]{0,3}\d){6}", text) is not None
    assert _has_number(text) is held
    if held:
        assert may_hold(text)


_ANY = ("bu", "ibu", "pak", "bapak", "bpk", "nama", "an.", "a.n", "a/n", "sdr", "sdri", "saudar", "saudari", "pelapor")


@given(st.text(st.sampled_from("abnrui._/ é\n1")) | st.lists(st.sampled_from((*_ANY, *" .,_x\né"))).map("".join))
def test_a_word_that_announces_is_found_wherever_it_stands(low: str) -> None:
    assert _is_announced(low) is (_ANNOUNCED.search(low) is not None)


@given(st.text(max_size=200))
def test_any_text_can_be_looked_at(text: str) -> None:
    assert isinstance(masked(text), str)


def test_what_a_source_says_of_a_person_by_name_is_covered_whole() -> None:
    sealed = "kendali-s1:" + "A" * 160
    raw = {
        "first_name": "Budi",
        "note": f"hp 081234567890, {NIK}",
        "list": [NIK, 5],
        "reporter_nik": sealed,
        "x": sealed,
    }
    told = masked_deep(raw)
    assert told == {
        "first_name": COVER,
        "note": f"hp {COVER}90, {COVER}01",
        "list": [f"{COVER}01", 5],
        "reporter_nik": COVER,
        "x": COVER,
    }


def test_a_short_number_is_covered_whole() -> None:
    assert covered_number("123456") == COVER
    assert covered_number("0812 3456") == f"{COVER}56"


HOSTILE = [
    "1 " * 10_000,
    "0812 " * 4_000,
    "0" * 20_000,
    "nama saya " * 2_000,
    "1-" * 10_000,
    "@" * 20_000,
    "a.b" * 7_000 + "@",
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:8])
def test_no_text_takes_long(text: str) -> None:
    begun = perf_counter()
    masked(text)
    assert perf_counter() - begun < 2.0  # some milliseconds; quadratic ones would be minutes


@pytest.mark.parametrize(
    "typed",
    [
        "3671011203900001",
        "3671 0112 0390 0001",
        "36.71.01.120390.0001",
        "nik 3671011203900001",
        "367101120390",
        "3671015203900",
        "9999999999999999",
        "3671-0112-0390-0001 budi",
    ],
)
def test_who_looks_for_a_nik_is_known(typed: str) -> None:
    assert asks_for_nik(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "jalan rusak",
        "081234567890",
        "0812-3456-7890",
        "202611220001",
        "36.71.01.1001",
        "2026-11-22",
        "36710112039",
        "rekaan:000123",
        "99710112039012",
        "12345678901234567",
    ],
)
def test_other_numbers_are_looked_for_as_ever(typed: str) -> None:
    assert not asks_for_nik(typed)
