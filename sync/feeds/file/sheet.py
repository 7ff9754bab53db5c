"""Cells of a worksheet of an XLSX file, read as the zip of XML that it is.

No library: the one there is (openpyxl) is forty times this file, and would have to be held to the same bounds. Read are
the values that were stored: of a formula the one it came to when the file was saved, never the formula. Links to other
files, macros, pictures and comments are not looked at.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from console.core.errors import BadAnswer
from sync.zipped import Zipped

MOST_ROWS = 50_000
MOST_COLUMNS = 500
MOST_CELLS = 2_000_000
MOST_STRINGS = 500_000
_MOST_TEXT = 32_767
"""Of a cell, by the format's own limit."""
_BUILT_IN_DATES = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_DATE_LETTERS = re.compile(r"[ymdhs]", re.IGNORECASE)
_PLACE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_EPOCH, _EPOCH_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)  # noqa: DTZ001 a sheet knows no zone
_LAST_DAY = 2_958_465
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def excel_instant(days: float, *, since_1904: bool = False) -> datetime | None:
    """The wall-clock time of Excel's count of days, to the second; None where it is none."""
    if not 0 <= days <= _LAST_DAY:
        return None
    told = (_EPOCH_1904 if since_1904 else _EPOCH) + timedelta(seconds=round(days * 86_400))
    # Excel believes that there was a 29 February 1900
    return told + timedelta(days=1) if days < 60 and not since_1904 else told


def rows_of(raw: bytes, source: str, wanted: str = "") -> Iterator[tuple[int, list[Any]]]:
    """Number and cells of each row of the sheet of that name, of the first visible one where none is named. Raises
    `BadAnswer`."""
    archive = Zipped(raw, source)
    if "xl/workbook.xml" not in archive.names:
        raise BadAnswer("sync.table.workbook", source=source)
    path, since_1904 = _sheet(archive, source, wanted)
    links = _relations(archive, source, "xl/workbook.xml")
    strings = _strings(archive, source, _by_type(links, "sharedStrings"))
    dates = _dates(archive, source, _by_type(links, "styles"))
    return _rows(archive, source, path, partial(_value, strings=strings, dates=dates, since_1904=since_1904))


def _sheet(archive: Zipped, source: str, wanted: str) -> tuple[str, bool]:
    """The entry of the wanted sheet, and whether days are counted from 1904."""
    names: list[str] = []
    found, since_1904 = "", False
    for tag, element in _elements(archive, source, "xl/workbook.xml"):
        if tag == "workbookPr":
            since_1904 = element.get("date1904") in ("1", "true")
        if tag == "sheet":
            name, shown = element.get("name") or "", element.get("state", "visible") == "visible"
            names.append(name)
            if not found and (name == wanted if wanted else shown):
                found = element.get(_RELATION) or ""
    links = _relations(archive, source, "xl/workbook.xml")
    path = links.get(found, ("", ""))[1]
    if path not in archive.names:
        told = ", ".join(name[:40] for name in names[:20])
        raise BadAnswer("sync.table.sheet", source=source, sheet=wanted or "?", sheets=told)
    return path, since_1904


def _relations(archive: Zipped, source: str, of: str) -> dict[str, tuple[str, str]]:
    """Type and entry by id. What lies outside of the file is none."""
    folder, name = posixpath.split(of)
    path = f"{folder}/_rels/{name}.rels"
    if path not in archive.names:
        raise BadAnswer("sync.table.workbook", source=source)
    found = {}
    for tag, element in _elements(archive, source, path):
        if tag == "Relationship" and element.get("TargetMode") != "External":
            target = element.get("Target") or ""
            whole = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
            found[element.get("Id") or ""] = ((element.get("Type") or "").rpartition("/")[2], whole)
    return found


def _by_type(links: Mapping[str, tuple[str, str]], kind: str) -> str:
    return next((path for told, path in links.values() if told == kind), "")


def _strings(archive: Zipped, source: str, path: str) -> list[str]:
    if path not in archive.names:
        return []
    found: list[str] = []
    for tag, element in _elements(archive, source, path, keep=("si",)):
        if tag == "si":
            if len(found) >= MOST_STRINGS:
                raise BadAnswer("sync.table.cells_many", source=source, most=MOST_STRINGS)
            found.append(_text(element))
    return found


def _text(element: Any) -> str:
    """The text of a string, its runs joined; how it is to be spoken left out."""
    parts = []
    for child in element:
        name = _plain(child.tag)
        if name == "t":
            parts.append(child.text or "")
        elif name == "r":
            parts += [inner.text or "" for inner in child if _plain(inner.tag) == "t"]
    return "".join(parts)[:_MOST_TEXT]


def _dates(archive: Zipped, source: str, path: str) -> list[bool]:
    """Of each style whether it shows a number as a date."""
    if path not in archive.names:
        return []
    own: dict[str, bool] = {}
    found: list[bool] = []
    for tag, element in _elements(archive, source, path, keep=("cellXfs",)):
        if tag == "numFmt":
            code = _QUOTED.sub("", (element.get("formatCode") or "")[:500].partition(";")[0])
            own[element.get("numFmtId") or ""] = bool(_DATE_LETTERS.search(code))
        if tag == "cellXfs":
            numbers = [child.get("numFmtId") or "" for child in element][:100_000]
            found = [own.get(each, each.isdecimal() and int(each[:6]) in _BUILT_IN_DATES) for each in numbers]
    return found


def _rows(archive: Zipped, source: str, path: str, shown: Callable[[Any], Any]) -> Iterator[tuple[int, list[Any]]]:
    number = count = cells = 0
    for tag, element in _elements(archive, source, path, keep=("row",)):
        if tag != "row":
            continue
        told = element.get("r") or ""
        number = int(told) if told.isdecimal() and len(told) < 8 else number + 1
        row: list[Any] = []
        for cell in element:
            if _plain(cell.tag) != "c":
                continue
            place = _column(cell.get("r"), len(row))
            if place >= MOST_COLUMNS:
                if len(cell):
                    raise BadAnswer("sync.table.wide", source=source, most=MOST_COLUMNS)
                continue
            row += [None] * (place + 1 - len(row))
            row[place] = shown(cell)
            cells += 1
        while row and row[-1] in (None, ""):
            row.pop()
        if row:
            count += 1
        if count > MOST_ROWS + 1:
            raise BadAnswer("sync.bad.many", source=source, count=count, most=MOST_ROWS)
        if cells > MOST_CELLS:
            raise BadAnswer("sync.table.cells_many", source=source, most=MOST_CELLS)
        yield number, row


def _column(place: str | None, next_one: int) -> int:
    found = _PLACE.fullmatch(place or "")
    if found is None:
        return next_one
    number = 0
    for letter in found[1]:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _value(cell: Any, strings: list[str], dates: list[bool], since_1904: bool) -> Any:
    """What a cell shows: text, a number, truth, or an instant as text; an error (#REF!) as its own text."""
    kind = cell.get("t") or "n"
    if kind == "inlineStr":
        return next((_text(child) for child in cell if _plain(child.tag) == "is"), "")
    value = next((child.text or "" for child in cell if _plain(child.tag) == "v"), "")[:_MOST_TEXT]
    if kind == "s":
        return strings[int(value)] if value.isdecimal() and len(value) < 9 and int(value) < len(strings) else None
    if kind == "b":
        return value == "1"
    if kind != "n":
        return value
    if not value:
        return None
    try:
        number = float(value)
    except ValueError:
        return value
    style = cell.get("s") or "0"
    if style.isdecimal() and len(style) < 7 and int(style) < len(dates) and dates[int(style)]:
        told = excel_instant(number, since_1904=since_1904)
        if told is not None:
            return told.isoformat(" ")
    whole = number.is_integer() and abs(number) < 1 << 53
    return int(number) if whole else number if number - number == 0 else value


def _elements(archive: Zipped, source: str, path: str, keep: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Each element of an entry at its end, emptied afterwards unless it is inside one of `keep`."""
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    inside = depth = 0
    above: list[Any] = []
    try:
        with archive.open(path) as stream:
            for event, element in iterparse(stream, events=("start", "end"), forbid_dtd=True):
                name = _plain(element.tag)
                if event == "start":
                    depth += 1
                    inside += name in keep
                    above.append(element)
                    if depth > 64:
                        raise BadAnswer("sync.bad.deep", source=source, most=64)
                    continue
                depth -= 1
                above.pop()
                inside -= name in keep
                if inside:
                    continue
                yield name, element
                element.clear()
                if above:
                    above[-1].clear()  # else each row leaves an empty one behind
    except (ParseError, DefusedXmlException, ValueError, LookupError) as trouble:
        raise BadAnswer("sync.table.workbook", source=source) from trouble


def _plain(tag: Any) -> str:
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
