"""Files that are sound, for the tests that all kinds share; and workbooks made by hand."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

KIND = "file"
CSV = "No;Waktu;Uraian;Lintang;Bujur;Nilai\n" + "".join(
    f'{n};2{n}/10/2026 09:30;"Jalan; berlubang {n}";-6,01;106,03;1.234,{n}\n' for n in range(1, 6)
)
JSON = json.dumps([{"id": n, "nama": f"Pos {n}", "lat": -6.01, "lon": 106.03} for n in range(1, 4)])
GEOJSON = json.dumps(
    {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": "a",
                "geometry": {"type": "Point", "coordinates": [106.03, -6.01]},
                "properties": {"nama": "Pos"},
            },
            {"type": "Feature", "geometry": {"type": "LineString", "coordinates": [[1, 2], [3, 4]]}, "properties": {}},
        ],
    }
)
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_REL = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
_RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def cell(place: str, value: Any) -> str:
    """A cell: a text in place, a number, truth; what begins with "<" stands as it is."""
    if isinstance(value, str) and value.startswith("<"):
        return value
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f'<c r="{place}"><v>{value}</v></c>' if value is not None else ""


def workbook(
    rows: Sequence[Sequence[Any]], *, strings: Sequence[str] = (), changes: Mapping[str, str | None] | None = None
) -> bytes:
    """A workbook of one sheet, "Data"; `changes` puts other entries in, or takes some away."""
    told = "".join(
        f'<row r="{n}">{"".join(cell(f"{chr(65 + place)}{n}", value) for place, value in enumerate(row))}</row>'
        for n, row in enumerate(rows, 1)
    )
    shared = "".join(f"<si><t>{escape(each)}</t></si>" for each in strings)
    entries: dict[str, str | None] = {
        "[Content_Types].xml": f"{_HEAD}<Types/>",
        "xl/workbook.xml": f'{_HEAD}<workbook {_MAIN} {_REL}><sheets><sheet name="Sandi" sheetId="2" state="hidden" '
        f'r:id="rId9"/><sheet name="Data" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f"{_HEAD}<Relationships>"
        f'<Relationship Id="rId1" Type="{_RELS}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_RELS}/sharedStrings" Target="/xl/sharedStrings.xml"/>'
        f'<Relationship Id="rId3" Type="{_RELS}/styles" Target="styles.xml"/>'
        f'<Relationship Id="rId4" Type="{_RELS}/externalLink" Target="http://a.invalid/x" TargetMode="External"/>'
        f"</Relationships>",
        "xl/sharedStrings.xml": f"{_HEAD}<sst {_MAIN}>{shared}</sst>",
        "xl/styles.xml": f'{_HEAD}<styleSheet {_MAIN}><numFmts><numFmt numFmtId="164" formatCode="dd/mm/yyyy hh:mm"/>'
        f'<numFmt numFmtId="165" formatCode="[Red]&quot;hari&quot; 0.00"/></numFmts><cellXfs>'
        f'<xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs></styleSheet>',
        "xl/worksheets/sheet1.xml": f"{_HEAD}<worksheet {_MAIN}><sheetData>{told}</sheetData></worksheet>",
        **(changes or {}),
    }
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in entries.items():
            if text is not None:
                packed.writestr(zipfile.ZipInfo(name, (2026, 11, 21, 0, 0, 0)), text, zipfile.ZIP_DEFLATED)
    return raw.getvalue()


XLSX = workbook([["No", "Nama", "Waktu"], [1, "Pos 1", '<c r="C2" s="2"><v>46347.5</v></c>'], [2, "Pos 2"]])
GOOD = [CSV.encode(), JSON.encode(), GEOJSON.encode(), XLSX]
TAKES = ("csv", "errors", "utf-16")
"""Any list of objects is a table, in any letters, and so is any CSV."""
MAY_BE_CUT = True


def worded(strings: Sequence[str]) -> bytes:
    """A table with each string as a cell."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(["No", "Uraian"])
    writer.writerows((number, text.replace("\0", "")) for number, text in enumerate(strings))
    return out.getvalue().encode("utf-8", "replace")
