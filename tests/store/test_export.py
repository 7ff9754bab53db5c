"""What is handed on: whole, in form, with its source and times, and nothing a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.clock import TurnedClock
from console.core.errors import DiskTrouble, Refused
from console.core.records import SourceHealth
from console.core.safe_text import cell_safe
from console.store.export import FORMATS, KINDS, _cell, _csv, export
from console.store.files import Profile
from console.store.store import Store
from tests.store.conftest import NOON, ask, batch, said
from tests.store.tellings import gauge, item, measured, telling


def written(profile: Profile, kind: str, form: str) -> str:
    """The export as text."""
    out = io.StringIO(newline="")
    export(profile, kind, form, out)
    return out.getvalue()


@pytest.fixture
def full(store: Store, profile: Profile, clock: TurnedClock) -> Profile:
    """A store with a bit of each kind, and its engine running."""
    store.take(
        batch(said(1, title='=HYPERLINK("x")', text="a\nb"), said(2, lat=None, lon=None), said(3, expected_at=NOON))
    )
    store.apply(*ask(clock, "uji:000001", fields={"holder": "Rina"}, text="+62 812"))
    store.health(
        SourceHealth("uji", "Uji", "open311", 5, 60, NOON, NOON, None, None, 3, 3, 0, "", {}, "", None, licence="CC-BY")
    )
    told = item(1, source="uji", id="uji:1", body={"telp": "+62 812 3456 7890"}, text="telp +62 812 3456 7890")
    series, samples = [gauge("a", source="uji")], [measured("a", 1, 2.5)]
    store.take(telling(told, series=series, samples=samples))
    return profile


def test_items_and_readings(full: Profile) -> None:
    (told,) = json.loads(written(full, "item", "json"))
    assert (told["kind"], told["at"], told["gone_at"]) == ("article", "2026-03-02T04:59:00Z", None)
    assert "3456" not in told["text"] + str(told["body"])
    (feature,) = json.loads(written(full, "reading", "geojson"))["features"]
    assert feature["geometry"]["coordinates"] == [106.6, -6.2]
    values = feature["properties"]
    assert (values["series"], values["value"], values["unit"]) == ("pintu:a", 2.5, "cm")
    assert (values["at"], values["received_at"]) == ("2026-03-02T04:59:00Z", "2026-03-02T05:00:00Z")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", FORMATS)
def test_every_kind_in_every_form_says_source_and_times(kind: str, form: str, full: Profile) -> None:
    text = written(full, kind, form)
    if form == "csv":
        rows: list[Any] = list(csv.DictReader(io.StringIO(text, newline="")))
    elif form == "json":
        rows = json.loads(text)
    else:
        whole = json.loads(text)
        assert whole["type"] == "FeatureCollection"
        rows = [each["properties"] for each in whole["features"]]
    assert rows
    for row in rows:
        assert row["source"] == "uji"
        assert str(row["received_at"]).endswith("Z")
        assert "at" in row or "requested_at" in row or "newest_at" in row


def test_geojson_has_longitude_first_and_no_place_where_there_is_none(full: Profile) -> None:
    features = sorted(json.loads(written(full, "complaint", "geojson"))["features"], key=lambda each: each["id"])
    assert [each["geometry"] and each["geometry"]["coordinates"] for each in features] == [
        [106.6, pytest.approx(-6.2 + 1e-5)],
        None,
        [106.6, pytest.approx(-6.2 + 3e-5)],
    ]
    assert [each["id"] for each in features] == ["uji:000001", "uji:000002", "uji:000003"]
    assert all(each["type"] == "Feature" for each in features)


def test_csv_is_rfc_4180_and_runs_nothing(full: Profile) -> None:
    text = written(full, "complaint", "csv")
    assert text.count("\r\n") == 4
    first = min(csv.DictReader(io.StringIO(text, newline="")), key=lambda row: row["native_id"])
    assert first["title"] == '\'=HYPERLINK("x")'
    assert first["text"] == "a\nb"
    assert float(first["lat"]) < 0
    assert first["requested_at"] == "2026-03-02T04:59:00Z"
    event = next(iter(csv.DictReader(io.StringIO(written(full, "event", "csv"), newline=""))))
    assert event["text"] == "'+62 812"


@given(st.text())
def test_no_text_begins_a_formula(text: str) -> None:
    cell = _cell(text, "text")
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert cell.replace("'", "") == cell_safe(text).replace("'", "")


STARTERS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@pytest.mark.parametrize("starter", STARTERS)
@pytest.mark.parametrize("before", ["", " ", "\u00a0", "\x00", "\x1b", "\u3000 "])
def test_each_starter_is_quoted_whatever_stands_before_it(starter: str, before: str) -> None:
    assert _cell(f"{before}{starter}=cmd|'/C calc'!A0", "text").startswith("'")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("starter", STARTERS)
def test_no_cell_is_a_formula_by_whatever_separator_it_is_read(separator: str, starter: str) -> None:
    """A spreadsheet set to semicolons reads our commas as letters, and then our quotes mean nothing to it."""
    out = io.StringIO(newline="")
    rows = [{"a": 1, "b": f'lubang;{starter}1+1\n{starter}2\t{starter}3;"{starter}4'}]
    _csv(iter(rows), [("a", "number"), ("b", "text")], out)
    raw = out.getvalue()
    cells = [cell for row in csv.reader(io.StringIO(raw, newline=""), delimiter=separator) for cell in row]
    naive = [cell for line in raw.splitlines() for cell in line.split(separator)]
    assert not [each for each in (*cells, *naive) if each.lstrip().startswith(STARTERS)]


def test_no_export_drives_a_terminal(store: Store, profile: Profile) -> None:
    driving = "a\x1b]0;x\x07b\x9b2Jc\u202ed\u2028e"
    store.take(batch(said(1, title=driving, text=driving, address=driving, native_state=driving)))
    for form in FORMATS:
        text = written(profile, "complaint", form)
        assert not set("\x1b\x07\x9b") & set(text)
        if form != "csv":
            assert not set("\u202e\u2028") & set(text)
    (row,) = json.loads(written(profile, "complaint", "json"))
    assert row["title"] == driving, "nothing is lost of what a machine reads"


@given(st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False)))
def test_numbers_stay_numbers(number: float) -> None:
    assert _cell(number, "number") == number


def test_the_outbox_carries_what_is_to_be_sent(full: Profile) -> None:
    rows = json.loads(written(full, "outbox", "json"))
    assert {row["doc"].partition(":")[0] for row in rows} == {"case", "deed"}
    assert all(row["body"]["by"] == "Budi" and row["complaint"] == "uji:000001" for row in rows)


@pytest.mark.parametrize("form", FORMATS)
def test_an_empty_store_is_an_empty_list(form: str, store: Store, profile: Profile) -> None:
    text = written(profile, "complaint", form)
    if form == "csv":
        assert text.count("\r\n") == 1
    else:
        assert json.loads(text) in ([], {"type": "FeatureCollection", "features": []})


def test_what_is_not_known_is_refused_by_name(full: Profile) -> None:
    with pytest.raises(Refused) as caught:
        written(full, "gempa", "json")
    assert caught.value.values["kinds"] == "complaint, event, outbox, source, item, reading"
    with pytest.raises(Refused) as caught:
        written(full, "complaint", "xlsx")
    assert "geojson" in caught.value.values["formats"]


def test_nothing_is_written_where_nothing_can_be_read(profile: Profile) -> None:
    out = io.StringIO()
    with pytest.raises(DiskTrouble, match="absent"):
        export(profile, "complaint", "json", out)
    assert out.getvalue() == ""


def test_rows_are_not_gathered(store: Store, profile: Profile) -> None:
    store.take(batch(*(said(number, text="x" * 2000) for number in range(4000))))

    class Nowhere(io.StringIO):
        def write(self, text: str, /) -> int:
            return len(text)

    tracemalloc.start()
    export(profile, "complaint", "json", Nowhere())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


SEALED = "kendali-s1:" + "A" * 160
TOLD = "NIK 3671011203900001, hp 0812-3456-7890, joko@contoh.id, nama saya Joko Susilo"
CANARIES = ("3671011203900001", "0812-3456-7890", "081377550001", "joko@contoh.id", "Joko", "Susilo", "kendali-s1:")


@pytest.mark.parametrize("kind", ["complaint", "event", "outbox"])
@pytest.mark.parametrize("form", FORMATS)
def test_what_is_personal_in_peoples_words_is_covered(
    kind: str, form: str, store: Store, profile: Profile, clock: TurnedClock
) -> None:
    extra = json.dumps({"first_name": "Joko", "phone": "081377550001", "note": TOLD, "reporter_nik": SEALED})
    store.take(batch(said(1, title=TOLD, text=TOLD, address=TOLD, extra=extra)))
    store.apply(*ask(clock, "uji:000001", fields={"holder": "Rina"}, text=TOLD))
    text = written(profile, kind, form)
    assert "uji:000001" in text
    assert [each for each in CANARIES if each in text] == []


def test_numbers_of_complaints_and_places_stay_in_an_export(full: Profile) -> None:
    rows = list(csv.DictReader(io.StringIO(written(full, "complaint", "csv"), newline="")))
    assert sorted(row["id"] for row in rows) == ["uji:000001", "uji:000002", "uji:000003"]
    assert {row["lon"] for row in rows} == {"106.6", ""}
