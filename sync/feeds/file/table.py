"""A file as a table: what its columns are called and what stands in its rows, each with its place.

CSV as people save it: separated by ; , tab or |, in UTF-8 with or without a mark, UTF-16 or Windows' own letters. A CSV
has no end one can miss; a last line that tells how many rows there are ("Jumlah baris;120") is one.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from console.core.errors import BadAnswer
from sync import strict_json
from sync.feeds.file.sheet import MOST_COLUMNS, MOST_ROWS, rows_of

_ZIP = b"PK\x03\x04"
_SEPARATORS = ";,\t|"
_FOOTER = re.compile(
    r"^\W*(?:jumlah|total|banyaknya|number of)?\W*(?:baris|data|record|records|rows|row count)\b\D*(\d{1,9})?\D*$",
    re.IGNORECASE,
)
_SUM = re.compile(r"^\W*(?:jumlah|total|count|eof|akhir|end)\b\D*(\d{1,9})?\D*$", re.IGNORECASE)
_EXCELS = re.compile(r"sep=([;,|\t])\r?\n", re.IGNORECASE)
"""How Excel is told of the separator."""
_PAGE = re.compile(r"\s*<")
_HEAD = 1 << 18


class Row(NamedTuple):
    """One row."""

    where: str
    """`line 40` of a table, `[39]` of JSON."""
    values: Mapping[str, Any]
    fault: tuple[str, Mapping[str, Any]] | None = None
    """Why it is none, as the end of a phrase key with its values."""

    def at(self, column: str) -> str:
        """The place of a value."""
        if not column:
            return self.where
        return f"{self.where}.{column}" if self.where.startswith("[") else f"{self.where} column {column}"


@dataclass(frozen=True, slots=True)
class Table:
    """A file's rows."""

    columns: Sequence[str]
    rows: Sequence[Row]
    whole: bool
    """Whether the file itself tells that nothing of it is missing."""


def read_table(raw: bytes, charset: str, source: str, options: Mapping[str, str]) -> Table:
    """The table of a file. Raises `BadAnswer` where there is none in it."""
    if raw.startswith(_ZIP):
        return _of_sheet(raw, source, options.get("sheet", ""))
    text = _text(raw, charset, source)
    start = text.lstrip()[:1]
    if not start:
        raise BadAnswer("sync.bad.empty", source=source)
    if start in "[{":
        return _of_json(text, source)
    if _PAGE.match(text):
        raise BadAnswer("sync.table.markup", source=source)
    return _of_csv(text, source, options.get("separator", ""))


def _text(raw: bytes, charset: str, source: str) -> str:
    """UTF-8 where it is that, else what Windows writes."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return strict_json.to_text(raw, "utf-16", source)
    if charset:
        return strict_json.to_text(raw, charset, source)
    try:
        text = raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError:
        text = strict_json.to_text(raw, "cp1252", source)
    if "\0" in text:
        raise BadAnswer("sync.bad.encoded", source=source, charset="UTF-8", place=text.index("\0"))
    return text


def _of_csv(text: str, source: str, separator: str) -> Table:
    separator = {"tab": "\t", "\\t": "\t"}.get(separator, separator)[:1]
    said = _EXCELS.match(text)
    if said:
        separator, text = said[1], text[said.end() :]
    # the line is gone, and the others keep their numbers
    lines = _csv_lines(text, source, separator, 1 if said else 0)
    number, header = next(lines, (0, []))
    columns = _columns(header, source)
    if len(columns) < 2 and not separator:
        raise BadAnswer("sync.table.separator", source=source, line=max(1, number))
    found = list(islice(lines, MOST_ROWS + 2))
    if len(found) > MOST_ROWS + 1:  # one may be the foot
        raise BadAnswer("sync.bad.many", source=source, count=len(found), most=MOST_ROWS)
    whole, found = _footed(found, source)
    return Table(columns, [_row(f"line {line}", columns, cells) for line, cells in found], whole)


def _csv_lines(text: str, source: str, separator: str, gone: int) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of each line that says something. The number is that of a row's first line, and `gone` lines
    stood above."""
    if not separator:
        heads = (text[:_HEAD], text)  # the first line that says something is hardly ever further down
        first = next((line for head in heads for line in head.splitlines() if line.strip()), "")
        told = re.sub(r'"[^"]*"', "", first)
        separator = max(_SEPARATORS, key=lambda each: (told.count(each), -_SEPARATORS.index(each)))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = gone + 1
    try:
        for cells in reader:
            if any(map(str.strip, cells)):
                yield line, cells
            line = reader.line_num + gone + 1
    except csv.Error as trouble:
        ended = "unexpected end" in str(trouble)
        raise BadAnswer("sync.table.open" if ended else "sync.table.quotes", source=source, line=line) from trouble


def _footed(lines: list[tuple[int, list[str]]], source: str) -> tuple[bool, list[tuple[int, list[str]]]]:
    """Whether the last line tells how many rows there are, and the rows without it. Another number of them raises."""
    if not lines:
        return False, lines
    words = " ".join(cell for cell in lines[-1][1] if cell.strip())[:200]
    count = len(lines) - 1
    found = _FOOTER.match(words)
    if found and found[1]:
        if int(found[1]) != count:
            raise BadAnswer("sync.table.footer", source=source, told=int(found[1]), count=count)
        return True, lines[:-1]
    found = _SUM.match(words)
    # "Jumlah;5000" may be a sum of amounts: only the number of rows itself says that they are all here
    if found and found[1] and int(found[1]) == count:
        return True, lines[:-1]
    return False, lines


def _of_sheet(raw: bytes, source: str, sheet: str) -> Table:
    lines = ((number, cells) for number, cells in rows_of(raw, source, sheet) if cells)
    _, header = next(lines, (0, []))
    columns = _columns(["" if each is None else str(each) for each in header], source)
    return Table(columns, [_row(f"line {number}", columns, cells, padded=False) for number, cells in lines], True)


def _columns(header: Sequence[str], source: str) -> list[str]:
    """The names of columns; one without a name is called by its number. One that stands there twice raises."""
    names = [" ".join(each.split())[:100] or f"kolom {place}" for place, each in enumerate(header, 1)]
    while names and not header[len(names) - 1].strip():
        names.pop()
    if not names:
        raise BadAnswer("sync.bad.empty", source=source)
    if len(names) > MOST_COLUMNS:
        raise BadAnswer("sync.table.wide", source=source, most=MOST_COLUMNS)
    seen: set[str] = set()
    for name in names:
        if name.casefold() in seen:
            raise BadAnswer("sync.table.twice", source=source, column=name)
        seen.add(name.casefold())
    return names


def _row(where: str, columns: Sequence[str], cells: Sequence[Any], *, padded: bool = True) -> Row:
    """A row; one with other than the header's number of cells is none (of a CSV, which pads them, also with fewer)."""
    if len(cells) == len(columns):
        return Row(where, dict(zip(columns, cells, strict=True)))
    over = any(each not in (None, "") for each in cells[len(columns) :])
    fault = ("cells", {"count": len(cells), "wanted": len(columns)}) if over or len(cells) < len(columns) else None
    return Row(where, dict(zip(columns, cells, strict=False)), fault if over or padded else None)


def _of_json(text: str, source: str) -> Table:
    """A list of objects, or features of GeoJSON: their properties with `lon` and `lat` of a point."""
    answered = strict_json.lenient(text.encode("utf-8", "surrogatepass"), "", source)
    value = answered.value
    if isinstance(value, dict) and value.get("type") == "FeatureCollection" and isinstance(value.get("features"), list):
        listed, flat = value["features"], _feature
    elif isinstance(value, list) and (not value or any(isinstance(each, dict) for each in value)):
        listed, flat = value, _object
    else:
        raise BadAnswer("sync.table.objects", source=source)
    if len(listed) > MOST_ROWS:
        raise BadAnswer("sync.bad.many", source=source, count=len(listed), most=MOST_ROWS)
    rows = []
    columns: dict[str, None] = {}
    for place, each in enumerate(listed):
        faults = strict_json.faults(each, "") if answered.unsound else []
        values = flat(each)
        if faults:
            where, fault = faults[0]
            told = f"[{place}]{where if where.startswith(('.', '[')) or not where else f'.{where}'}"
            rows.append(Row(told, {}, (fault.kind, {"value": fault.value})))
        elif values is None:
            rows.append(Row(f"[{place}]", {}, ("record", {})))
        else:
            columns.update(dict.fromkeys(values))
            rows.append(Row(f"[{place}]", values))
        if len(columns) > MOST_COLUMNS:
            raise BadAnswer("sync.table.wide", source=source, most=MOST_COLUMNS)
    if listed and not columns:
        raise BadAnswer("sync.table.objects", source=source)
    return Table(list(columns), rows, True)


def _object(raw: Any) -> Mapping[str, Any] | None:
    return raw if isinstance(raw, dict) else None


def _feature(raw: Any) -> Mapping[str, Any] | None:
    if not isinstance(raw, dict) or raw.get("type") != "Feature":
        return None
    properties = raw.get("properties") or {}
    if not isinstance(properties, dict):
        return None
    values = dict(properties)
    geometry = raw.get("geometry")
    if isinstance(raw.get("id"), str | int):
        values.setdefault("id", raw["id"])
    if isinstance(geometry, dict):
        inner = geometry.get("coordinates")
        if geometry.get("type") == "Point" and isinstance(inner, list) and len(inner) >= 2:
            values.setdefault("lon", inner[0])
            values.setdefault("lat", inner[1])
        else:
            values.setdefault("geometry", geometry)
    return values
