"""The plain files of a city pack as checked values: decoding, CSV rows, TOML tables.

Every unsound thing becomes a `Fault` with file and line or key; reading goes on, so that a person sees all of
them at once. What a value means is not known here.
"""

from __future__ import annotations

import csv
import io
import math
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from console.core.errors import Fault
from console.core.toml_text import toml_place

T = TypeVar("T")

_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, turned writing directions and halves of pairs: never part of a name or a sentence."""
_HTML = re.compile(r"^\s*<(!doctype|html|head|body|\?xml)", re.IGNORECASE)
_SEPARATORS = ";,\t"


class Faults:
    """The faults found so far, in the order found."""

    def __init__(self) -> None:
        self.found: list[Fault] = []

    def add(self, where: str, says: str, /, **values: Any) -> None:
        """One more. `says` is the last part of a key below `pack.fault`."""
        self.found.append(Fault.at(where, f"pack.fault.{says}", **values))

    def __len__(self) -> int:
        return len(self.found)


def decoded(name: str, raw: bytes, faults: Faults) -> str | None:
    """The text of a file in UTF-8, with or without a byte order mark; None, with a fault, for anything else."""
    if not raw.strip():
        faults.add(name, "empty")
        return None
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        faults.add(name, "encoding", found="UTF-16")
        return None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as trouble:
        line = raw[: trouble.start].count(b"\n") + 1
        faults.add(f"{name}:{line}", "encoding", found=f"0x{raw[trouble.start]:02x}")
        return None
    if _HTML.match(text):
        faults.add(name, "html")
        return None
    return text


def sound_text(text: str, where: str, faults: Faults) -> str:
    """Text without blanks around it; a fault where it holds characters nobody can see."""
    unseen = _UNSEEN.search(text)
    if unseen:
        faults.add(where, "characters", found=f"U+{ord(unseen.group()):04X}")
        return ""
    return text.strip()


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a CSV file."""

    name: str
    line: int
    values: Mapping[str, str]

    def where(self, column: str = "") -> str:
        """`areas.csv:12 kode`."""
        place = f"{self.name}:{self.line}"
        return f"{place} {column}" if column else place

    def __getitem__(self, column: str) -> str:
        return self.values.get(column, "")


def csv_rows(name: str, raw: bytes, needed: Iterable[str], allowed: Iterable[str] | None, faults: Faults) -> list[Row]:
    """The rows of a CSV file, separator ; , or tab as its header has it. Blank lines are left out.

    `needed` columns must be there; others must be `allowed`, where that is given.
    """
    text = decoded(name, raw, faults)
    if text is None:
        return []
    first = text.lstrip().split("\n", 1)[0]
    separator = max(_SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        numbered = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error:
        faults.add(f"{name}:{reader.line_num}", "csv")
        return []
    if not numbered:
        faults.add(name, "empty")
        return []
    header = [cell.strip().lower() for cell in numbered[0][1]]
    _check_header(f"{name}:{numbered[0][0]}", header, set(needed), allowed, faults)
    return [row for line, cells in numbered[1:] if (row := _row(name, line, header, cells, faults)) is not None]


def _check_header(
    where: str, header: list[str], needed: set[str], allowed: Iterable[str] | None, faults: Faults
) -> None:
    for column in sorted(needed - set(header)):
        faults.add(where, "column_missing", column=column)
    for column in header if allowed is not None else ():
        if column not in needed.union(allowed or ()):
            faults.add(where, "column_unknown", column=column)
    for column in sorted({column for column in header if header.count(column) > 1}):
        faults.add(where, "column_twice", column=column)


def _row(name: str, line: int, header: list[str], cells: list[str], faults: Faults) -> Row | None:
    if len(cells) != len(header):
        faults.add(f"{name}:{line}", "cells", found=len(cells), wanted=len(header))
        return None
    before = len(faults)
    values = {
        column: sound_text(cell, f"{name}:{line} {column}", faults) for column, cell in zip(header, cells, strict=True)
    }
    return Row(name, line, values) if len(faults) == before else None


def toml_table(name: str, raw: bytes, faults: Faults) -> dict[str, Any]:
    """A TOML file as a table; {} with a fault where it is none."""
    text = decoded(name, raw, faults)
    if text is None:
        return {}
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as trouble:  # a ValueError too for a number of 5,000 digits
        line, column = toml_place(trouble, text)
        if line:
            faults.add(f"{name}:{line}", "toml", column=column)
        else:
            faults.add(name, "toml_form")
        return {}


class Table:
    """A table of keys that are asked for one by one. What is of the wrong type, missing or left over is a fault."""

    def __init__(self, where: str, values: Any, faults: Faults) -> None:
        self.where = where
        self._faults = faults
        self._asked: set[str] = set()
        if not isinstance(values, Mapping):
            faults.add(where, "type", wanted="table", found=type(values).__name__)
            values = {}
        self._values: Mapping[str, Any] = values

    def at(self, key: str) -> str:
        """`feeds.toml laksa.cadence_s`."""
        return f"{self.where} {key}" if " " not in self.where else f"{self.where}.{key}"

    def take(self, key: str, wanted: type[T], default: T | None = None) -> T:
        """The value of a key. Without a default a missing one is a fault, and an empty value stands in for it."""
        self._asked.add(key)
        empty = default if default is not None else _empty(wanted)
        value = self._values.get(key, default)
        if value is None:
            self._faults.add(self.at(key), "missing")
            return empty
        if wanted is float and isinstance(value, int) and not isinstance(value, bool):
            value = _fraction(value)
        wrong_kind = isinstance(value, bool) and wanted is not bool
        if wrong_kind or not isinstance(value, wanted) or (wanted is date and isinstance(value, datetime)):
            self._faults.add(self.at(key), "type", wanted=wanted.__name__, found=type(value).__name__)
            return empty
        if isinstance(value, str):
            return sound_text(value, self.at(key), self._faults)  # type: ignore[return-value]
        return value

    def maybe(self, key: str, wanted: type[T]) -> T | None:
        """The value of a key that may be left out."""
        self._asked.add(key)
        return self.take(key, wanted) if key in self._values else None

    def words(self, key: str, *, needed: bool = True) -> dict[str, str]:
        """A table of texts: language to name, option to value."""
        table: Any = self.take(key, dict, None if needed else {})
        inner = Table(self.at(key), table, self._faults)
        return {name: inner.take(name, str) for name in table}

    def texts(self, key: str) -> list[str]:
        """A list of texts, [] where it is left out."""
        found: list[str] = []
        for index, value in enumerate(self.take(key, list, [])):
            if isinstance(value, str):
                found.append(sound_text(value, f"{self.at(key)}[{index}]", self._faults))
            else:
                self._faults.add(f"{self.at(key)}[{index}]", "type", wanted="str", found=type(value).__name__)
        return found

    def close(self) -> None:
        """Name the keys nobody asked for."""
        for key in self._values:
            if key not in self._asked:
                self._faults.add(self.at(key), "unknown_key", key=key)


def _fraction(value: int) -> float:
    """The number as a fraction; one of 400 digits is beyond every limit."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _empty(wanted: type[T]) -> T:
    empty: Any = date.min if wanted is date else wanted()
    return empty  # type: ignore[no-any-return]
