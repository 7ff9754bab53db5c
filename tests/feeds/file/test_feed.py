"""Files and folders as sources: what a table becomes by its mapping, when it is not believed, each way to be none."""

from __future__ import annotations

import csv
import io
import json
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from console.core.errors import BadAnswer
from console.core.items import ItemKind
from console.core.lifecycle import State
from console.core.pack import FeedEntry
from console.core.records import Batch
from console.core.toml_text import to_toml
from console.store.files import load_phrases
from sync.feed import Answer
from sync.feeds.file import File
from sync.local_files import FOLDER
from sync.terminal import feed_try
from tests.cities import small_pack
from tests.feeds.file.good import CSV, GEOJSON, GOOD, JSON, XLSX
from tests.feeds.mutate import mutations

AT = datetime(2026, 11, 21, 3, 42, tzinfo=UTC)
HOME = "file:///data/masuk.csv"
COMPLAINT = {
    **{"to": "complaint", "map.id": "No", "map.at": "Waktu", "map.text": "Uraian", "map.lat": "Lintang"},
    "map.lon": "Bujur",
}
READING = {"to": "reading", "at": "Waktu", "map.value": "Nilai", "map.property": "Uraian", "map.unit": "Satuan"}


def feed(address: str = HOME, **options: str) -> File:
    return File(FeedEntry("masuk", "file", {}, address, 60, 900, options=options), small_pack())


def decoded(body: str | bytes, memo: Any = None, tag: str = "", **options: str) -> Batch:
    raw = body.encode() if isinstance(body, str) else body
    return feed(**options).decode(Answer(raw, "", "", AT, HOME, '"1-2-a"', tag=tag), memo or {})


def refused(body: str | bytes, **options: str) -> tuple[str, str]:
    (one,) = decoded(body, **options).refused
    return one.where, one.says


def bad(body: str | bytes, memo: Any = None, **options: str) -> BadAnswer:
    with pytest.raises(BadAnswer) as caught:
        decoded(body, memo, **options)
    for language in ("id", "en"):
        assert not load_phrases(language).tell(caught.value).startswith("«")
    return caught.value


def test_without_a_mapping_a_row_is_a_row() -> None:
    batch = decoded(CSV)
    assert (batch.count, batch.refused, batch.whole, batch.fleeting, batch.newest_at) == (5, [], True, False, None)
    item = batch.items[0]
    assert (item.kind, item.title, item.lat, item.lon) == (ItemKind.ROW, "1", -6.01, 106.03)
    assert item.area == "99.71.01.1001" and item.observed_at == AT and item.body["undated"]
    assert item.body["row"]["Uraian"] == "Jalan; berlubang 1" and item.body["row"]["Nilai"] == "1.234,1"
    assert decoded(CSV, batch.memo).items[0].id == item.id


def test_rows_by_a_mapping() -> None:
    chosen = {"id": "No", "at": "Waktu", "map.title": "uraian", "map.level": "Nilai"}
    batch = decoded(CSV, **chosen)
    item = batch.items[1]
    assert (item.native_id, item.title, item.level) == ("2", "Jalan; berlubang 2", "1.234,2")
    assert item.observed_at == datetime(2026, 10, 22, 2, 30, tzinfo=UTC) and item.zone_assumed
    assert batch.newest_at == datetime(2026, 10, 25, 2, 30, tzinfo=UTC) and "undated" not in item.body


def test_complaints_by_a_mapping() -> None:
    text = CSV.replace("Nilai", "Status").replace("1.234,1", "Selesai").replace("1.234,2", "Antre")
    batch = decoded(text, **COMPLAINT, **{"map.state": "Status", "state.antre": "NEW"})
    first, second, third = batch.complaints[:3]
    assert (first.id, first.state, first.native_state) == ("masuk:1", State.DONE, "Selesai")
    assert (second.state, third.state, third.native_state) == (State.NEW, State.UNKNOWN, "1.234,3")
    assert (first.text, first.area, first.zone_assumed) == ("Jalan; berlubang 1", "99.71.01.1001", True)
    assert first.requested_at == datetime(2026, 10, 21, 2, 30, tzinfo=UTC)
    assert not batch.whole and batch.newest_at == datetime(2026, 10, 25, 2, 30, tzinfo=UTC)
    kept = decoded(CSV, **COMPLAINT).complaints[0]
    assert json.loads(kept.extra) == {"Nilai": "1.234,1"}


def test_readings_by_a_mapping() -> None:
    text = (
        "Waktu;Uraian;Nilai;Satuan;Mutu\n21/11/2026 09:00;Tinggi air;1,5;cm;baik\n21/11/2026 10:00;Tinggi air;2;cm;\n"
    )
    batch = decoded(text, **READING, **{"map.quality": "Mutu"})
    (series,) = batch.series
    assert (series.id, series.property, series.unit) == ("masuk:Tinggi air", "Tinggi air", "cm")
    assert [(each.value, each.quality) for each in batch.samples] == [(1.5, "baik"), (2.0, "")]
    assert batch.samples[0].at == datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
    assert refused(text + "21/11/2026;x;;cm;\n", **READING) == ("line 4 column Nilai", "sync.refused.missing")


@pytest.mark.parametrize(
    ("line", "where", "says"),
    [
        ("6;;x;-6,01;106,03;1", "line 7 column Waktu", "sync.refused.missing"),
        ("6;kemarin;x;-6,01;106,03;1", "line 7 column Waktu", "sync.refused.time"),
        ("6;31/02/2026;x;-6,01;106,03;1", "line 7 column Waktu", "sync.refused.time"),
        ("6;22/11/2027;x;-6,01;106,03;1", "line 7 column Waktu", "sync.refused.when"),
        (";21/11/2026;x;-6,01;106,03;1", "line 7 column No", "sync.refused.missing"),
        ("6;21/11/2026;x;106,03;-6,01;1", "line 7 column Lintang", "sync.refused.swapped"),
        ("6;21/11/2026;x;enam;106,03;1", "line 7 column Lintang", "sync.refused.number"),
        ("6;21/11/2026;x;-6,01;;1", "line 7 column Bujur", "sync.refused.half"),
        ("6;21/11/2026;x;-6,01;106,03", "line 7", "sync.table.cells"),
        ("6;21/11/2026;x;-6,01;106,03;1;2", "line 7", "sync.table.cells"),
        ("5;21/11/2026;lain;-6,01;106,03;1", "line 7 column No", "sync.refused.twice"),
    ],
)
def test_refused_with_line_and_column(line: str, where: str, says: str) -> None:
    batch = decoded(CSV + line + "\n", **COMPLAINT)
    assert len(batch.complaints) == 5
    assert [(each.where, each.says) for each in batch.refused] == [(where, says)]
    assert not load_phrases("id").say(says, **batch.refused[0].values).startswith("«")


def test_a_line_is_counted_as_an_editor_counts() -> None:
    text = 'No;Uraian\n\n1;"dua\nbaris"\n2\n'
    assert refused(text) == ("line 5", "sync.table.cells")


@pytest.mark.parametrize(
    ("options", "says", "values"),
    [
        ({"map.title": "Judul"}, "sync.table.column", {"column": "Judul"}),
        ({"to": "berita"}, "sync.table.to", {"known": "complaint, reading, row"}),
        ({"map.warna": "No"}, "sync.table.target", {"target": "warna"}),
        ({"to": "complaint", "id": "No"}, "sync.table.unmapped", {"target": "at"}),
        ({"to": "reading", "at": "Waktu"}, "sync.table.unmapped", {"target": "value"}),
    ],
)
def test_a_mapping_that_does_not_fit(options: dict[str, str], says: str, values: dict[str, str]) -> None:
    trouble = bad(CSV, **options)
    assert trouble.says == says and values.items() <= trouble.values.items()
    if says == "sync.table.column":
        assert trouble.values["columns"] == "No, Waktu, Uraian, Lintang, Bujur, Nilai"


def test_a_mapping_is_kept_in_a_file_of_settings() -> None:
    assert tomllib.loads(to_toml({"x": COMPLAINT}).decode())["x"] == COMPLAINT


def test_a_csv_that_lost_a_tenth_is_not_believed() -> None:
    def rows(count: int) -> str:
        return "No;Nama\n" + "".join(f"{n};Pos {n}\n" for n in range(count))

    memo = decoded(rows(20)).memo
    assert bad(rows(17), memo).values == {"source": "masuk", "count": 17, "before": 20}
    assert decoded(rows(18), memo).count == 18
    assert decoded(rows(3) + "Jumlah baris;3\n", memo).count == 3
    assert decoded(rows(3) + "Total;3\n", memo).count == 3
    shrinking = decoded(rows(20), fewer="yes").memo
    assert decoded(rows(3), shrinking, fewer="yes").count == 3
    assert decoded(JSON, memo).count == 3, "its form has an end"
    assert decoded(rows(3), memo, separator=";").count == 3, "another mapping begins anew"


def test_a_last_line_that_tells_of_other_rows() -> None:
    text = "No;Nama\n1;a\n2;b\nJumlah baris;3\n"
    assert bad(text).values == {"source": "masuk", "told": 3, "count": 2}
    assert decoded("No;Nilai\n1;20\n2;30\nJumlah;50\n").count == 3, "a sum of amounts is no count of rows"


def test_unchanged_and_begun_anew() -> None:
    memo = decoded(CSV).memo
    (ask,) = feed().ask(memo, AT)
    assert (ask.url, ask.etag, ask.binary) == (HOME, '"1-2-a"', True)
    same = feed().decode(Answer(b"", "", "", AT, HOME, '"1-2-a"', True), memo)
    assert (same.count, same.whole, same.memo) == (0, False, memo)
    assert feed(to="row").ask(memo, AT)[0].etag == ""


def folder(
    source: File, files: Mapping[str, bytes | BadAnswer], memo: Any = None, etag: str = '"2-0-f"'
) -> list[Batch]:
    """A visit of a folder."""
    memo, done = memo or {}, []
    for _ in range(20):
        (ask,) = source.ask(memo, AT)
        name = ask.tag.removeprefix("file ")
        if not ask.tag:
            listed = json.dumps({"files": [{"name": each} for each in files], "links": 0}).encode()
            batch = source.decode(Answer(listed, FOLDER, "", AT, ask.url, etag), memo)
        else:
            assert ask.url.startswith("file:///data/") and " " not in ask.url
            told = files[name]
            try:
                if isinstance(told, BadAnswer):
                    raise told
                batch = source.decode(Answer(told, "", "", AT, ask.url, tag=ask.tag), memo)
            except BadAnswer as trouble:
                missed = source.missed(ask, trouble, memo)
                assert missed is not None
                batch = missed
        done.append(batch)
        memo = json.loads(json.dumps(batch.memo))
        if not batch.more:
            return done
    raise AssertionError("it does not end")


def test_a_folder_is_read_file_by_file() -> None:
    source = feed("file:///data/")
    files = {"a b.csv": CSV.encode(), "b.json": JSON.encode(), "c.png": b"x", "d.xlsx": XLSX}
    done = folder(source, files)
    assert [batch.count for batch in done] == [0, 5, 3, 2]
    assert [(each.where, each.says) for each in done[0].refused] == [("c.png", "sync.table.ending")]
    assert [batch.whole for batch in done] == [False, True, True, True]
    assert source.ask(done[-1].memo, AT)[0].etag == '"2-0-f"'
    assert done[-1].memo["rows"] == {"a b.csv": 5, "b.json": 3, "d.xlsx": 2}


def test_links_in_a_folder_are_told() -> None:
    listed = json.dumps({"files": [{"name": "a.csv"}], "links": 2}).encode()
    batch = feed("file:///data").decode(Answer(listed, FOLDER, "", AT, "file:///data"), {})
    assert [(each.says, each.values) for each in batch.refused] == [("sync.table.links", {"count": 2})]


def test_one_bad_file_of_a_folder_harms_itself_alone() -> None:
    source = feed("file:///data/")
    done = folder(source, {"a.csv": CSV.encode(), "b.csv": b"<html>", "c.csv": BadAnswer("sync.local.link", path="c")})
    assert [batch.count for batch in done] == [0, 5, 0, 0] and not done[-1].whole
    assert [each.says for batch in done for each in batch.refused] == ["sync.table.markup", "sync.local.link"]
    assert folder(source, {})[0].whole, "an empty folder holds nothing"
    assert folder(source, {"a.csv": CSV.encode()}, done[-1].memo)[-1].whole


def test_one_file_that_is_not_there_is_the_sources_trouble() -> None:
    (ask,) = feed().ask({}, AT)
    assert feed().missed(ask, BadAnswer("sync.file.missing", path="x"), {}) is None


def test_json_and_geojson() -> None:
    batch = decoded(JSON, id="id")
    assert [each.native_id for each in batch.items] == ["1", "2", "3"] and batch.items[0].title == "Pos 1"
    point, line = decoded(GEOJSON).items
    assert (point.lat, point.lon, point.title) == (-6.01, 106.03, "Pos") and line.lat is None
    assert refused('[{"a":1},5]') == ("[1]", "sync.refused.record")
    assert refused('[{"a":1},{"a":NaN}]') == ("[1].a", "sync.refused.number")
    assert refused('[{"at":"x"}]', at="at") == ("[0].at", "sync.refused.time")


def test_a_workbook() -> None:
    batch = decoded(XLSX, id="No", at="Waktu")
    (item,) = batch.items
    assert (item.native_id, item.title) == ("1", "Pos 1")
    assert item.observed_at == datetime(2026, 11, 21, 5, 0, tzinfo=UTC) - timedelta(0)
    assert [(each.where, each.says) for each in batch.refused] == [("line 3 column Waktu", "sync.refused.missing")]


def test_rows_that_are_too_long_or_no_text() -> None:
    assert refused("No;Nama\n1;" + "x" * 16_500 + "\n")[1] == "sync.refused.long"
    assert refused('[{"a":"' + "x" * 30_000 + '"}]')[1] == "sync.refused.long"


def test_zones_and_forms_of_dates() -> None:
    options = {"at": "Waktu", "zone": "Asia/Jayapura", "date_format": "%m-%d-%y %H"}
    assert decoded("No;Waktu\n1;11-20-26 09\n", **options).items[0].observed_at == datetime(2026, 11, 20, 0, tzinfo=UTC)
    assert decoded("No;Waktu\n1;20/11/2026\n", at="Waktu", zone="Bukan/Zona").count == 1


@pytest.mark.parametrize("number", range(4))
def test_spoilt_files_are_batches_or_refused_by_name(number: int) -> None:
    for options in ({}, COMPLAINT if number == 0 else {"id": "id"}):
        for body in mutations(GOOD[number], 80, seed=number):
            try:
                batch = decoded(body, **options)
            except BadAnswer:
                continue
            json.dumps(batch.memo)
            for item in batch.items:
                json.dumps(item.body, allow_nan=False)


def test_a_file_is_tried(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(CSV + "9;x\n", encoding="cp1252")
    out, err = io.StringIO(), io.StringIO()
    assert feed_try("file", str(tmp_path / "a.csv"), load_phrases("en"), out, err) == 0
    told = json.loads(out.getvalue())
    assert told["records"] == 5 and [each["where"] for each in told["refused"]] == ["line 7"]
    (tmp_path / "b.xlsx").write_bytes(XLSX)
    out = io.StringIO()
    assert feed_try("file", str(tmp_path), load_phrases("en"), out, err) == 0
    assert json.loads(out.getvalue())["records"] == 7


@pytest.mark.parametrize(
    "name", ["comma_in_quotes", "empty", "empty_crlf", "escaped_quotes", "json", "newlines", "simple", "simple_crlf"]
)
def test_the_spectrum_of_csv(shared_data: Path, name: str) -> None:
    folder = shared_data / "hostile" / "csv-spectrum"
    raw = (folder / "csvs" / f"{name}.csv").read_bytes()
    wanted = json.loads((folder / "json" / f"{name}.json").read_bytes())
    told = [dict(each.body["row"]) for each in decoded(raw).items]
    assert [{k: v.strip() for k, v in each.items() if v.strip()} for each in wanted] == told


def test_a_recorded_list_of_codes(shared_data: Path) -> None:
    raw = (shared_data / "geo" / "tangerang-kode.csv").read_bytes()
    batch = decoded(raw)
    lines = list(csv.reader(io.StringIO(raw.decode("utf-8-sig")), delimiter=";" if b";" in raw[:200] else ","))
    assert batch.refused == [] and batch.count == len(lines) - 1
