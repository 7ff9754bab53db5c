"""Items in words: the source's own word stands, practice says so first, people's numbers are covered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from console.core.items import Item, ItemKind, ItemRow
from console.models.items import ItemWording, severity_of
from console.store.files import load_phrases
from tests.cities import ONE, small_pack

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
INFO = {
    "language": "id-ID",
    "event": "Hujan lebat",
    "severity": "Severe",
    "headline": "Hujan lebat di kota",
    "areas": [],
}


def item(kind: ItemKind = ItemKind.ALERT, **values: object) -> ItemRow:
    usual = {"id": "bmkg:a", "source": "bmkg", "kind": kind, "native_id": "a", "title": "Judul", "text": "Teks"}
    body = values.pop("body", {"status": "Actual", "infos": [INFO]} if kind is ItemKind.ALERT else {})
    return ItemRow(1, Item(**{**usual, "observed_at": NOW - timedelta(minutes=5), "body": body, **values}), NOW)


def wording(language: str = "id") -> ItemWording:
    return ItemWording(small_pack(), load_phrases(language), NOW, {"bmkg": "BMKG"})


def test_a_warning_as_a_line() -> None:
    line = wording().line(item(ends_at=NOW + timedelta(hours=2), area=f"{ONE}.1001"))
    assert (line.title, line.severity, line.kind, line.age) == ("Hujan lebat di kota", 1, "Peringatan", "5 mnt")
    assert line.second.startswith("BMKG · berlaku sampai ")
    assert line.place == small_pack().area_name(f"{ONE}.1001")


def test_practice_says_so_before_anything_else() -> None:
    line = wording().line(item(body={"status": "Exercise", "infos": [INFO]}))
    assert line.practice and line.title.startswith("LATIHAN/UJI (Exercise): Hujan")


def test_the_block_of_the_language_spoken_is_read() -> None:
    both = {"status": "Actual", "infos": [{**INFO, "language": "en-US", "headline": "Heavy rain"}, INFO]}
    assert wording().line(item(body=both)).title == "Hujan lebat di kota"
    assert wording("en").line(item(body=both)).title == "Heavy rain"


@pytest.mark.parametrize(
    ("infos", "place"),
    [([{"severity": "Minor"}, {"severity": "Extreme"}], 0), ([{"severity": "Gawat"}], 4), ("rusak", 4), ([1], 4)],
)
def test_the_gravest_block_counts_and_an_unknown_word_is_no_grave_one(infos: object, place: int) -> None:
    assert severity_of(item(body={"infos": infos}).item) == place
    assert severity_of(item(ItemKind.QUAKE).item) == -1


def test_what_is_over_or_not_told_any_more_says_so() -> None:
    assert "berakhir" in wording().line(item(ends_at=NOW - timedelta(hours=1))).second
    assert "tidak disebut lagi" in wording().line(item()._replace(gone_at=NOW)).second


def test_a_sheet_names_source_and_both_times() -> None:
    sheet = wording().sheet(item(level="Severe", lat=-6.1, lon=106.6, url="https://bmkg.invalid/a", zone_assumed=True))
    facts = dict(sheet.facts)
    assert facts["Sumber"] == "BMKG" and facts["Tingkat menurut sumber"] == "Severe"
    assert "Waktu kejadian" in facts and "Diterima" in facts
    assert facts["Keparahan (CAP)"] == "Severe" and facts["Lintang, bujur"] == "-6.1000, 106.6000"
    assert sheet.paragraphs == ("Hujan lebat di kota",)


def test_many_areas_are_counted() -> None:
    areas = [{"areaDesc": f"Kecamatan {number}"} for number in range(15)]
    body = {"status": "Actual", "infos": [{**INFO, "areas": areas}]}
    assert wording().line(item(body=body)).place == "15 wilayah"
    assert dict(wording().sheet(item(body=body)).facts)["Wilayah terdampak"].endswith("dan 3 lagi")


def test_what_people_wrote_is_covered() -> None:
    post = item(
        ItemKind.POST, title="Hubungi 081234567890", text="NIK 3671010101010001 hilang", body={"visibility": "public"}
    )
    line, sheet = wording().line(post), wording().sheet(post)
    assert "081234567890" not in line.title and "3671010101010001" not in "".join(sheet.paragraphs)
    assert ("visibility", "public") in sheet.facts
