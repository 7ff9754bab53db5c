"""One file of a timetable as rows: CSV in UTF-8, with or without BOM. A bad row costs itself, a bad file its name."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from console.core.errors import BadAnswer
from console.core.records import Refusal
from sync.words_in import BadField
from sync.zipped import Zipped

MOST_TOLD = 500
"""Refused rows told one by one; those after them are counted."""
_MOST_COLUMNS = 200


class Refused:
    """The rows of a timetable that were not taken."""

    def __init__(self) -> None:
        self.told: list[Refusal] = []
        self.count = 0

    def add(self, where: str, bad: BadField, raw: Any = "") -> None:
        """One more, while there are few."""
        self.count += 1
        if len(self.told) < MOST_TOLD:
            self.told.append(bad.refusal(where, raw))

    def all(self) -> list[Refusal]:
        """All that are told, and how many are not."""
        if self.count <= len(self.told):
            return self.told
        return [*self.told, Refusal("zip", "sync.gtfs.more", {"count": self.count - len(self.told)})]


class Sheet:
    """A file of the archive. `at` gives a column's place in a row, -1 where the file has none of that name: a row
    always ends in one empty field more, so that a column that is not there reads as not given."""

    def __init__(self, file: str, header: Sequence[str], rows: Iterator[list[str]]) -> None:
        self.file = file
        self.columns = tuple(header)
        self.rows = rows

    def at(self, column: str) -> int:
        """Place of a column in each row."""
        return self.columns.index(column) if column in self.columns else -1


class Sheets:
    """The files of a timetable."""

    def __init__(self, archive: Zipped, source: str, refused: Refused) -> None:
        self._archive = archive
        self._source = source
        self._refused = refused
        self._folder = _folder(archive.names)
        self._reader: Any = None

    def has(self, file: str) -> bool:
        """Whether the timetable has such a file."""
        return self._folder + file in self._archive.names

    def read(self, file: str, needed: Sequence[str], most: int, take: Callable[[Sheet], None]) -> bool:
        """Let `take` read a file. False where there is none; one without a column it must have raises `BadAnswer`."""
        if not self.has(file):
            return False
        with self._archive.open(self._folder + file) as stream:
            reader = csv.reader(io.TextIOWrapper(stream, "utf-8-sig", newline=""), strict=True, skipinitialspace=True)
            try:
                header = [name.strip() for name in next(reader, [])]
                lacking = next((name for name in needed if name not in header), "")
                if lacking or len(header) > _MOST_COLUMNS or len(set(header) - {""}) < len([h for h in header if h]):
                    raise self._bad("column", file, column=lacking or "header")
                take(Sheet(file, header, self._rows(reader, file, len(header), most)))
            except UnicodeDecodeError as trouble:
                raise self._bad("encoded", file) from trouble
            except csv.Error as trouble:  # in the header
                raise self._bad("column", file, column="header") from trouble
        return True

    def need(self, file: str, needed: Sequence[str], most: int, take: Callable[[Sheet], None]) -> None:
        """The same of a file without which there is no timetable."""
        if not self.read(file, needed, most, take):
            raise self._bad("lacks", file)

    def _rows(self, reader: Any, file: str, width: int, most: int) -> Iterator[list[str]]:
        """Each row, filled up to the width of the header and one field more."""
        self._reader = reader
        count = 0
        while True:
            try:
                for row in reader:
                    if not row:
                        continue
                    count += 1
                    if count > most:
                        raise self._bad("rows", file, most=most)
                    if len(row) == width:
                        row.append("")
                    elif len(row) < width:
                        row.extend([""] * (width + 1 - len(row)))
                    elif any(row[width:]):
                        self.refuse(file, reader.line_num, BadField("", "sync.gtfs.wide"), row)
                        continue
                    else:
                        row[width:] = [""]
                    yield row
            except csv.Error:
                count += 1
                self.refuse(file, reader.line_num, BadField("", "sync.gtfs.quotes"))
                continue
            return

    @property
    def line(self) -> int:
        """Where the row last given ends."""
        return int(self._reader.line_num)

    def refuse(self, file: str, line: int, bad: BadField, row: Sequence[str] = ()) -> None:
        """Tell of a row that is not taken; `line` 0 where it is about no line alone."""
        self._refused.add(f"{file}:{line}" if line else file, bad, ",".join(row))

    def _bad(self, why: str, file: str, **values: Any) -> BadAnswer:
        return BadAnswer(f"sync.gtfs.{why}", source=self._source, file=file, **values)


def _folder(names: Sequence[str]) -> str:
    """Some publishers pack the folder, not the files: the folder's name with its slash, else ""."""
    found = [name for name in names if name.rpartition("/")[2] == "stops.txt" and not name.startswith("__MACOSX/")]
    return found[0][: -len("stops.txt")] if len(found) == 1 else ""
