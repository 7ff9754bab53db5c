"""Datasets and rows of an invented portal, and the recorded answers of others."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from console.core.errors import BadAnswer
from console.core.items import Item, ItemKind
from console.core.pack import FeedEntry
from console.core.records import Batch, Refusal
from sync.feed import Answer
from sync.feeds.ckan import MOST_RECORDS, Ckan
from tests.cities import small_pack
from tests.feeds.ckan.good import FIELDS, GOOD, dataset, datasets, row, rows, said
from tests.feeds.mutate import mutations

AT = datetime(2026, 11, 21, 3, 42, tzinfo=UTC)


@cache
def feed(address: str = "https://data.invalid/", **options: str) -> Ckan:
    return Ckan(FeedEntry("data", "ckan", {}, address, 3600, 86_400, options=options), small_pack())


def answer(body: bytes, tag: str = "page 0") -> Answer:
    return Answer(body, "application/json", "", AT, "https://data.invalid/", tag=tag)


def decoded(body: bytes, **options: str) -> Batch:
    return feed(**options).decode(answer(body), {})


def refusal(body: bytes) -> Refusal:
    """The only refusal of an answer with one sound record."""
    batch = decoded(body)
    assert batch.count == 1 and not batch.whole
    (found,) = batch.refused
    return found


def test_a_dataset() -> None:
    batch = decoded(datasets(dataset()))
    (item,) = batch.items
    assert item.kind is ItemKind.DATASET and item.id == "data:7f3a0c1e-0000-4000-8000-000000000001"
    assert (item.title, item.text) == ("Titik banjir Kota Rekaan", "Titik genangan 2026")
    assert item.observed_at == datetime(2026, 11, 20, 3, 4, 5, 678901, tzinfo=UTC) and not item.zone_assumed
    assert item.url == "https://data.invalid/dataset/titik-banjir"
    assert item.body["publisher"] == "Dinas Rekaan" and item.body["tags"] == ["Banjir"]
    assert item.body["formats"] == ["CSV"] and item.body["resources"][0]["datastore"] is True
    assert item.body["extra"] == {"odd": {"a": 1}}
    assert batch.whole and batch.fleeting
    assert decoded(said(dataset())).items == [item]


def test_a_row() -> None:
    batch = decoded(rows(row(), row(_id=2)))
    item = batch.items[0]
    assert item.kind is ItemKind.ROW and item.native_id == "r1:1"
    assert item.title == "Jalan Melati" and "tinggi: 60" in item.text
    assert (item.lat, item.lon, item.area) == (-6.01, 106.01, "99.71.01.1001")
    assert item.observed_at == datetime(2026, 11, 20, 3, 0, tzinfo=UTC) and item.zone_assumed
    assert item.body["row"]["tinggi"] == "60" and batch.whole


def test_rows_may_be_lists() -> None:
    batch = decoded(rows([1, "Jalan Melati", "60", "-6.01", "106.01", "2026-11-20T10:00:00"], records_format="lists"))
    assert batch.items == decoded(rows(row())).items


def test_a_row_without_an_id_is_known_by_its_values_and_one_without_time_by_the_first_visit() -> None:
    body = rows(row(_id=..., waktu=None), fields=FIELDS[1:])
    batch = feed(resource_id="r1").decode(answer(body), {})
    later = feed(resource_id="r1").decode(replace(answer(body), at=AT + timedelta(days=3)), batch.memo)
    assert batch.items == later.items and batch.items[0].observed_at == AT
    assert batch.items[0].body["undated"] is True and batch.newest_at is None


def test_columns_are_those_the_pack_names() -> None:
    options = {"id_field": "kode", "time_field": "kapan", "lat_field": "a", "lon_field": "b", "title_field": "apa"}
    record = {"_id": 1, "kode": "K7", "kapan": "2026-11-20T10:00:00Z", "a": -6.01, "b": 106.01, "apa": "Pompa"}
    (item,) = decoded(rows(record, fields=[]), **options).items
    assert (item.native_id, item.title, item.lat, item.zone_assumed) == ("r1:K7", "Pompa", -6.01, False)


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"id": None}, "id", "sync.refused.missing"),
        ({"metadata_modified": None, "metadata_created": None}, "metadata_modified", "sync.refused.missing"),
        ({"metadata_modified": "baru"}, "metadata_modified", "sync.refused.time"),
        ({"metadata_modified": "2026-12-01T00:00:00"}, "metadata_modified", "sync.refused.when"),
        ({"notes": ["x"]}, "notes", "sync.refused.kind"),
        ({"notes": "x" * 21_000}, "notes", "sync.refused.long"),
        ({"odd": "x" * 17_000}, "", "sync.refused.long"),
        ({"odd": float("nan")}, "odd", "sync.refused.number"),
    ],
)
def test_a_bad_dataset_costs_only_itself(changes: dict[str, Any], field: str, says: str) -> None:
    found = refusal(datasets(dataset(id="1"), dataset(**changes)))
    assert (found.where, found.says) == (f"results[1].{field}".rstrip("."), says)


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"_id": [1]}, "_id", "sync.refused.id"),
        ({"waktu": "tadi"}, "waktu", "sync.refused.time"),
        ({"lintang": "106.01", "bujur": "-6.01"}, "lintang", "sync.refused.swapped"),
        ({"bujur": ""}, "bujur", "sync.refused.half"),
        ({"Nama": "x" * 17_000}, "", "sync.refused.long"),
    ],
)
def test_a_bad_row_costs_only_itself(changes: dict[str, Any], field: str, says: str) -> None:
    found = refusal(rows(row(_id=9), row(**changes)))
    assert (found.where, found.says) == (f"records[1].{field}".rstrip("."), says)


def visit(of: Ckan, all_rows: list[Any], memo: Mapping[str, Any]) -> tuple[list[Item], Mapping[str, Any], int]:
    """One visit as the engine makes it, to a portal that holds those."""
    items: list[Item] = []
    asked, more = 0, True
    while more:
        (ask,) = of.ask(memo, AT)
        start = int(ask.params.get("start") or ask.params.get("offset") or 0)
        page = all_rows[start : start + int(ask.params.get("rows") or ask.params["limit"])]
        made = datasets(*page, count=len(all_rows)) if "rows" in ask.params else rows(*page, total=len(all_rows))
        batch = of.decode(answer(made, ask.tag), memo)
        assert not batch.more or batch.memo != memo
        memo, more = json.loads(json.dumps(batch.memo)), batch.more
        items += batch.items
        asked += 1
    return items, memo, asked


def test_rows_are_read_page_by_page_and_again() -> None:
    of = feed(resource_id="r1", page_size="10", filters="{}", q="x")
    assert of.ask({}, AT)[0].url == "https://data.invalid/api/3/action/datastore_search"
    params = {"resource_id": "r1", "limit": "10", "offset": "0", "sort": "_id", "filters": "{}", "q": "x"}
    assert of.ask({}, AT)[0].params == params
    table = [row(_id=n) for n in range(25)]
    items, memo, asked = visit(of, table, {})
    assert len(items) == 25 and asked == 3
    items, _, asked = visit(of, table, memo)
    assert len(items) == 25 and asked == 3


def test_datasets_known_already_are_not_paged_through_again() -> None:
    of = feed(page_size="10", fq="tags:banjir")
    old = [dataset(id=str(n), metadata_modified=f"2026-10-{30 - n:02d}T00:00:00") for n in range(25)]
    items, memo, asked = visit(of, old, {})
    assert len(items) == 25 and asked == 3
    items, memo, asked = visit(of, [dataset(id="baru"), *old], memo)
    assert asked == 1 and items[0].native_id == "baru"


def test_what_is_too_much_is_told() -> None:
    memo = {"v": 1, "offset": MOST_RECORDS - 1, "since": 0, "mark": 0, "first": 5}
    batch = feed(resource_id="r1").decode(answer(rows(row(), total=90_000), f"page {MOST_RECORDS - 1}"), memo)
    assert not batch.more and [each.says for each in batch.refused] == ["sync.ckan.rest"] and batch.memo["offset"] == 0


@pytest.mark.parametrize(
    "body",
    [
        *(
            b"{}",
            b"[]",
            said(None),
            said(["a", "b"]),
            said({"records": 5}),
            said({"results": "x"}),
            said({"records": [1, 2]}),
        ),
        *(datasets({"a": 1}, {"b": 2}), datasets(*[5] * 3)),
    ],
)
def test_what_is_no_list_of_ckan(body: bytes) -> None:
    with pytest.raises(BadAnswer, match="shape"):
        if b"[1, 2]" in body:
            body = said({"records": [1, 2], "fields": []})
        decoded(body)


def test_an_error_says_why() -> None:
    for error, reason in (
        ({"__type": "Validation Error", "q": ["bad"]}, "{'q': ['bad']}"),
        ("Bad request", "Bad request"),
    ):
        with pytest.raises(BadAnswer) as trouble:
            decoded(json.dumps({"success": False, "error": error}).encode())
        assert trouble.value.says == "sync.bad.error" and trouble.value.values["reason"] == reason


@pytest.mark.parametrize("number", range(len(GOOD)))
def test_spoilt_answers_are_refused_by_name_or_read(number: int) -> None:
    for spoilt in mutations(GOOD[number], 60, seed=number):
        try:
            batch = decoded(spoilt)
        except BadAnswer as trouble:
            assert trouble.values["source"] == "data"
        else:
            json.dumps(batch.memo)


def test_what_real_portals_gave(shared_data: Path) -> None:
    """Ontario: 1 row of 4 values, some numbers as text, a link to a next page although there is none."""
    folder = shared_data / "ckan"
    batch = decoded((folder / "datastore_search-ontario.json").read_bytes(), resource_id="8a89caa9")
    (item,) = batch.items
    assert batch.refused == [] and not batch.more and batch.whole
    assert item.body["table"] == "8a89caa9-511c-4568-af89-7f2174b4378c" and item.body["undated"] is True
    assert item.body["row"]["total_doses_administered"] == 28853124
    assert item.body["row"]["total_individuals_3doses"] == "5033258"
    with pytest.raises(BadAnswer, match="shape"):
        decoded((folder / "doc-1.json").read_bytes())
    with pytest.raises(BadAnswer) as trouble:
        decoded((folder / "doc-2.json").read_bytes())
    assert trouble.value.values["reason"] == "Access denied" and trouble.value.values["code"] == "Authorization Error"
