"""Rows as an XLSX workbook (ECMA-376, the least of it), written as they are read, and with nothing in it to be run.

Written here and not by a library: what an export needs is one kind of cell for text and one for numbers, and a library
that can write formulas has to be told, cell by cell, not to. There is no formula, link, macro or shared string in such
a file, and no place where one could come from: text stands in inline strings, in cells whose format is text; where it
looks like a formula the cell is marked as quoted, so that going into it with F2 and out again makes none either.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from math import isfinite
from typing import IO, Any

from console.core.safe_text import cell_safe

MOST_ROWS = 1_048_576
"""Rows of a sheet, its heading among them; what is more stands on the next one."""
MOST_LETTERS = 32_767
"""Of a cell, in UTF-16 units, as programs for sheets count; the rest of a longer text is left out."""
CUT = " …"
_RISKY = re.compile(r"""[\s"'\u200b-\u200f\ufeff]*[\t\r\n=+\-@＝＋－＠|]""")
"""How what a sheet would run may begin."""
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
"""A reader takes `_x000D_` in a string for a sign: its first letter is written as a sign itself."""
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_PLAIN, _QUOTED, _HEAD = 1, 2, 3
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_STYLES = (
    f'{_XML}<styleSheet xmlns="{_MAIN}">'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" quotePrefix="1"/>'
    '<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


def write(rows: Iterable[Sequence[Any]], heading: Sequence[str], name: str, out: IO[bytes]) -> int:
    """A workbook of these rows on `out`, which need not be seekable; how many. A number is a number, None an empty
    cell, everything else text. `name` is the sheet's."""
    count, sheets, left = 0, 0, iter(rows)
    first = next(left, None)  # where the first cannot be read nothing is written yet
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        ahead = iter(() if first is None else (first,))
        while True:
            sheets += 1
            with book.open(_entry(f"xl/worksheets/sheet{sheets}.xml"), "w") as stream:
                stream.write(f'{_XML}<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
                stream.write(_row(heading, _HEAD).encode())
                here = 1
                for row in islice(chain(ahead, left), MOST_ROWS - 1):
                    stream.write(_row(row).encode())
                    here += 1
                stream.write(b"</sheetData></worksheet>")
            count += here - 1
            following = next(left, None)
            if following is None:
                break
            ahead = iter((following,))
        for path, text in _parts(name, sheets):
            book.writestr(_entry(path), text.encode())
    return count


def _entry(path: str) -> zipfile.ZipInfo:
    """A part of the file; it says nothing of when or where it was made."""
    found = zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0))
    found.compress_type = zipfile.ZIP_DEFLATED
    return found


def _row(values: Sequence[Any], style: int = 0) -> str:
    return f"<row>{''.join(_cell(value, style) for value in values)}</row>"


def _cell(value: Any, style: int) -> str:
    if value is None:
        return "<c/>"
    if isinstance(value, bool):
        return f'<c t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | float) and isfinite(value):
        return f"<c><v>{value!r}</v></c>"
    text = _text(str(value))
    style = style or (_QUOTED if _RISKY.match(text) else _PLAIN)
    shown = _LOOKS_ESCAPED.sub("_x005F_", text).translate(_ESCAPES)
    return f'<c s="{style}" t="inlineStr"><is><t xml:space="preserve">{shown}</t></is></c>'


def _text(text: str) -> str:
    """What a cell may hold of a text."""
    clean = _ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", cell_safe(text))
    raw = clean.encode("utf-16-le")
    if len(raw) <= 2 * MOST_LETTERS:
        return clean
    return raw[: 2 * (MOST_LETTERS - len(CUT))].decode("utf-16-le", "ignore") + CUT


def _parts(name: str, sheets: int) -> Iterator[tuple[str, str]]:
    """Everything of a workbook that is no sheet."""
    numbers = range(1, sheets + 1)
    kinds = "".join(
        f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{_OFFICE}.worksheet+xml"/>'
        for number in numbers
    )
    yield (
        "[Content_Types].xml",
        f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_OFFICE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_OFFICE}.styles+xml"/>{kinds}</Types>',
    )
    yield "_rels/.rels", _relations((("officeDocument", "xl/workbook.xml"),))
    listed = "".join(
        f'<sheet name="{name}{"" if number == 1 else f" {number}"}" sheetId="{number}" r:id="rId{number}"/>'
        for number in numbers
    )
    yield (
        "xl/workbook.xml",
        f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_REL}"><sheets>{listed}</sheets></workbook>',
    )
    targets = [("worksheet", f"worksheets/sheet{number}.xml") for number in numbers]
    yield "xl/_rels/workbook.xml.rels", _relations((*targets, ("styles", "styles.xml")))
    yield "xl/styles.xml", _STYLES


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    rows = "".join(
        f'<Relationship Id="rId{number}" Type="{_REL}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{rows}</Relationships>'
