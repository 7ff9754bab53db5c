"""Workbooks: what their cells show, and each way to be none."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from console.core.errors import BadAnswer
from sync.feeds.file import sheet
from sync.feeds.file.sheet import excel_instant, rows_of
from tests.feeds.file.good import XLSX, workbook

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def cells(*rows: list[Any], **changes: Any) -> list[list[Any]]:
    return [row for _, row in rows_of(workbook(rows, **changes), "x")]


def bad(raw: bytes, wanted: str = "") -> BadAnswer:
    with pytest.raises(BadAnswer) as caught:
        list(rows_of(raw, "x", wanted))
    return caught.value


def test_what_cells_show() -> None:
    (row,) = cells(
        [
            *("teks <&>", 5, 2.5, True, '<c r="E1" t="s"><v>1</v></c>', '<c r="F1" s="1"><v>46346</v></c>'),
            *('<c r="G1" s="3"><v>46346</v></c>', '<c r="H1" t="str"><f>A1&amp;"x"</f><v>hasil</v></c>'),
            *('<c r="I1"><f>1+1</f><v>2</v></c>', '<c r="J1" t="e"><v>#REF!</v></c>', '<c r="K1"><v>1E400</v></c>'),
        ],
        strings=["nol", "satu"],
    )
    assert row == ["teks <&>", 5, 2.5, True, "satu", "2026-11-20 00:00:00", 46346, "hasil", 2, "#REF!", "1E400"]


def test_gaps_and_empty_cells() -> None:
    assert cells(["a", None, "c"], [], [None, 1, None]) == [["a", None, "c"], [], [None, 1]]
    rows = '<c><v>1</v></c><c><v>2</v></c><c r="AA1"><v>27</v></c>'
    (row,) = cells([rows.replace("<c><v>1", '<c r="A1"><v>1', 1)])
    assert row[:2] == [1, 2] and len(row) == 27


def test_runs_of_a_text_without_how_it_is_spoken() -> None:
    rich = f'<sst xmlns="{MAIN}"><si><r><t>Ko</t></r><r><t>ta</t></r><rPh><t>x</t></rPh></si></sst>'
    assert cells(['<c r="A1" t="s"><v>0</v></c>'], changes={"xl/sharedStrings.xml": rich}) == [["Kota"]]
    assert cells(['<c r="A1" t="s"><v>7</v></c>', "b"]) == [[None, "b"]]


def test_sheets_by_name_and_the_first_visible_one() -> None:
    assert next(rows_of(XLSX, "x", "Data"))[1] == ["No", "Nama", "Waktu"]
    assert [number for number, _ in rows_of(XLSX, "x")] == [1, 2, 3]
    assert bad(XLSX, "Lain").values["sheets"] == "Sandi, Data"
    assert bad(XLSX, "Sandi").says == "sync.table.sheet", "its entry is not there"


def test_days_since_1904() -> None:
    with_1904 = workbook([['<c r="A1" s="1"><v>44884</v></c>']])
    assert [row for _, row in rows_of(with_1904, "x")] == [["2022-11-19 00:00:00"]]
    assert excel_instant(44884, since_1904=True) == datetime(2026, 11, 20)  # noqa: DTZ001
    assert excel_instant(1) == datetime(1900, 1, 1) and excel_instant(61) == datetime(1900, 3, 1)  # noqa: DTZ001
    assert excel_instant(-1) is None and excel_instant(3e6) is None


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"xl/workbook.xml": None}, "sync.table.workbook"),
        ({"xl/workbook.xml": "<workbook"}, "sync.table.workbook"),
        ({"xl/_rels/workbook.xml.rels": None}, "sync.table.workbook"),
        ({"xl/worksheets/sheet1.xml": None}, "sync.table.sheet"),
        ({"xl/worksheets/sheet1.xml": "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"}, "sync.table.workbook"),
        ({"xl/worksheets/sheet1.xml": "<a>" * 100 + "</a>" * 100}, "sync.bad.deep"),
        ({"../x": "y"}, "sync.zip.name"),
        ({"xl/worksheets/sheet1.xml": "<a>" + " " * 30_000_000 + "</a>"}, "sync.zip.ratio"),
    ],
)
def test_no_workbook(changes: dict[str, str | None], says: str) -> None:
    assert bad(workbook([["a", "b"]], changes=changes)).says == says


def test_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "MOST_ROWS", 2)
    assert bad(workbook([["a"]] * 4)).says == "sync.bad.many"
    monkeypatch.setattr(sheet, "MOST_CELLS", 1)
    assert bad(workbook([["a", "b"]])).says == "sync.table.cells_many"
    monkeypatch.setattr(sheet, "MOST_STRINGS", 1)
    assert bad(workbook([["a"]], strings=["a", "b"])).says == "sync.table.cells_many"
    assert bad(workbook([['<c r="ZZ1"><v>1</v></c>']])).says == "sync.table.wide"


def test_a_cut_workbook() -> None:
    for cut in range(4, len(XLSX), 97):
        assert bad(XLSX[:cut]).says.startswith(("sync.zip", "sync.table"))
