"""What is held about one person, wherever a console keeps anything: found by a number, an address of mail, words, or
the complaint. Also in what else sources told (posts, articles, citizens' reports), which is named by its mark, and in
the words of files. Only reads; what is sealed is opened by who was given the key.

It says in which table of which complaint something stands, never what. A number is found however it is written (0812…,
+62 812-…); words are found in any order, whole, in any case.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from console.core.clock import Clock
from console.core.erasure import is_item, item_mark
from console.core.lifecycle import Deed
from console.core.masking import COVER, masked
from console.core.personal import DEED_WORDS, SEAL_HEAD, SEALED, sealed_among, whole_among, whole_of_deed
from console.store import schema, swap
from console.store.backup import backups, made_at
from console.store.blackbox import BlackBox
from console.store.blobs import Blobs
from console.store.database import door, open_reader
from console.store.files import Profile, read_bytes

Opener = Callable[[str, str, str], str]
"""What is sealed, of that complaint or deed and that field; "" where it cannot be opened."""
T = TypeVar("T")
LEAST = 3
_LEAST_DIGITS = 7
_JOINED = re.compile(r"(?<=\d)[ .()\-/]{1,3}(?=[\d(])")
_NUMBER = re.compile(r"[+\d][\d .()\-/]*")
_HEAD = re.compile(r"^(?:00)?62|^0")
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that stands somewhere."""

    place: str
    """Table and column, or file: `complaint.text`, `blackbox`."""
    complaint: str
    """Id of a complaint, or mark of an item (`core.erasure.item_mark`); "" where it is none's."""
    field: str = ""
    """Name of the field, where it was sealed."""
    covered: int = 0
    """Numbers and names in it that are covered where it is drawn."""
    deed: str = ""
    """Document of the deed whose words they are."""
    source: str = ""
    """Of an item."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom or what to look for."""

    complaint: str = ""
    digits: str = ""
    words: tuple[str, ...] = ()

    @classmethod
    def of(cls, typed: str) -> Wanted | None:
        """What was typed, as a number or as words; None where that is too little to look for."""
        text = " ".join(typed.split())
        if _NUMBER.fullmatch(text) and sum(each.isdigit() for each in text) >= _LEAST_DIGITS:
            digits = _HEAD.sub("", "".join(each for each in text if each.isdigit()))
            return cls(digits=digits)
        words = tuple(_WORD.findall(text.casefold()))
        return cls(words=words) if sum(map(len, words)) >= LEAST else None

    def about(self, complaint: str) -> bool:
        """Whether that is the complaint that was asked for."""
        return bool(self.complaint) and self.complaint == complaint

    def within(self, text: str) -> bool:
        """Whether it stands in that text."""
        if self.digits:
            return self.digits in _JOINED.sub("", text)
        if not self.words:
            return False
        low = text.casefold()
        if not all(word in low for word in self.words):
            return False
        return {*self.words} <= {*_WORD.findall(low)}


@dataclass(frozen=True, slots=True)
class Found:
    """What came of a search."""

    hits: tuple[Hit, ...]
    opened: int
    """Sealed values that were opened to be compared."""
    closed: int
    """Sealed values that could not be opened."""
    backups: int
    """Backups and old stores: each may hold the same, as it was then."""

    @property
    def complaints(self) -> list[str]:
        """Complaints that hold anything."""
        return sorted({each.complaint for each in self.hits if each.complaint and not is_item(each.complaint)})

    @property
    def items(self) -> dict[str, str]:
        """Marks of what else sources told that holds anything, and the source of each."""
        return {each.complaint: each.source for each in self.hits if is_item(each.complaint)}

    def deeds_of(self, complaint: str) -> list[str]:
        """Deeds of that complaint whose words hold anything."""
        return sorted({each.deed for each in self.hits if each.deed and each.complaint == complaint})

    @property
    def told_by(self) -> list[str]:
        """Complaints of which a sealed field is theirs: who told of them is who was looked for."""
        return sorted({each.complaint for each in self.hits if each.field in SEALED})

    def counted(self) -> list[tuple[str, str, int, int]]:
        """Complaint, place, how often, and how much of it is covered where it is drawn."""
        count = Counter((each.complaint, each.place) for each in self.hits)
        covered: Counter[tuple[str, str]] = Counter()
        for each in self.hits:
            covered[each.complaint, each.place] += each.covered
        return [(*key, number, covered[key]) for key, number in sorted(count.items())]


def look(
    profile: Profile,
    clock: Clock,
    wanted: Wanted,
    opener: Opener,
    heed: Callable[[float], None] = lambda _share: None,
) -> Found:
    """Everything that is held. Takes about a second for each 200,000 texts. `heed` hears the share of the rows that
    were looked at; what it raises ends the search. Raises `DiskTrouble`."""
    seals = _Seals(opener)
    hits: list[Hit] = []
    rows = _Rows(heed, _rows_in(profile))
    with closing(schema.open_records(profile.records)) as db, door(profile.records):
        hits += _records(db, wanted, seals, rows)
    if profile.readings.exists():
        with closing(open_reader(profile.readings)) as db, door(profile.readings):
            hits += _readings(db, wanted, rows)
    hits += _beside(profile, clock, wanted, rows)
    return Found(tuple(hits), seals.opened, seals.closed, len(backups(profile)) + len(kept_stores(profile)))


def kept_stores(profile: Profile) -> list[Path]:
    """Databases that were put aside and kept: damaged ones, replaced ones; with their logs."""
    beside = [*profile.folder.glob("records.db.*"), *profile.folder.glob("readings.db.*")]
    return sorted(path for path in beside if path.name.split(".")[2].startswith((swap.DAMAGED, swap.REPLACED)))


def _rows_in(profile: Profile) -> int:
    """How many rows there are about: those of the large tables."""
    large = ((profile.records, ("complaint", "event", "rev")), (profile.readings, ("item",)))
    count = 0
    for path, tables in large:
        if path.exists():
            with closing(open_reader(path)) as db, door(path):
                count += sum(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables)
    return count


class _Rows:
    """Counts the rows that are looked at."""

    EVERY = 500

    def __init__(self, heed: Callable[[float], None], most: int) -> None:
        self._heed, self._most = heed, most
        self._seen = 0
        heed(0.0)

    def of(self, rows: Iterable[T]) -> Iterator[T]:
        for row in rows:
            self._seen += 1
            if self._seen % self.EVERY == 0:
                self._heed(min(1.0, self._seen / max(1, self._most)))
            yield row


class _Seals:
    def __init__(self, opener: Opener) -> None:
        self._opener = opener
        self.opened = self.closed = 0

    def open(self, sealed: str, complaint: str, field: str) -> str:
        value = self._opener(sealed, complaint, field)
        self.opened += bool(value)
        self.closed += not value
        return value


def _records(db: sqlite3.Connection, wanted: Wanted, seals: _Seals, rows: _Rows) -> Iterator[Hit]:
    columns = ("title", "text", "address", "media_url", "agency", "native_id")
    for row in rows.of(db.execute(f"SELECT id, extra, {', '.join(columns)} FROM complaint")):
        name, extra = row[0], row[1]
        theirs = wanted.about(name)
        whole = {
            field: text
            for field, sealed in whole_among(extra).items()
            if (text := "" if theirs else seals.open(sealed, name, field))
        }
        for field, text in whole.items():
            if wanted.within(text):
                yield Hit(f"complaint.{field}", name, field, covered=_covered(text))
        for column, text in (*zip(columns, row[2:], strict=True), ("extra", _plain(extra))):
            if column in whole:
                continue
            if text and (theirs or wanted.within(text)):
                yield Hit(f"complaint.{column}", name, covered=_covered(text))
        for field, sealed in sealed_among(extra).items():
            if theirs or wanted.within(seals.open(sealed, name, field)):
                yield Hit("complaint.extra", name, field)
    yield from _history(db, wanted, seals, rows)
    for table, key, texts in (
        ("outcome", "complaint", ("told",)),
        ("outbox", "complaint", ("told",)),
        ("ledger", "subject", ("why", "told")),
    ):
        for name, *values in db.execute(f"SELECT {key}, {', '.join(texts)} FROM {table}"):
            for column, text in zip(texts, values, strict=True):
                if text not in ("", "{}") and (wanted.about(name) or wanted.within(_said(text))):
                    yield Hit(f"{table}.{column}", name, covered=_covered(text))
    for doc, raw in rows.of(
        db.execute("SELECT doc.id, body FROM rev JOIN doc ON doc.n = rev.doc WHERE body IS NOT NULL")
    ):
        if wanted.complaint or wanted.within(_said(raw)):
            yield from _document(doc, json.loads(raw), wanted)
    for login, name in db.execute("SELECT login, name FROM person"):
        if wanted.within(f"{login} {name}"):
            yield Hit("person", "")


def _history(db: sqlite3.Connection, wanted: Wanted, seals: _Seals, rows: _Rows) -> Iterator[Hit]:
    """The history's words. Of a file they are its name, and what was told of it: a place of their own, for who looks
    for a person does not look for a table."""
    for name, deed, kind, *values in rows.of(db.execute("SELECT complaint, id, deed, text, fields FROM event")):
        told, theirs = dict(zip(("text", "fields"), values, strict=True)), wanted.about(name)
        whole, sealed = "", _sealed_in(told["fields"])
        if sealed:
            told["fields"] = _plain(told["fields"])
            whole = "" if theirs else seals.open(sealed, deed, DEED_WORDS)
            told |= {"text": whole} if whole else {}
        for column, text in told.items():
            if text not in ("", "{}") and (theirs or wanted.within(_said(text))):
                place = "file.words" if kind == Deed.ATTACH else f"event.{column}"
                field = DEED_WORDS if whole and column == "text" else ""
                yield Hit(place, name, field, _covered(text), deed=deed if kind != "source" else "")


def _sealed_in(fields: str) -> str:
    """The whole words of a deed, sealed, in what its row says; "" for none."""
    if SEAL_HEAD not in fields:
        return ""
    told = json.loads(fields)
    return whole_of_deed(told) if isinstance(told, dict) else ""


def _said(text: str) -> str:
    """A text as it is read: of one that is written as JSON also what its escapes stand for. Else a word that begins a
    line would be another."""
    if "\\" not in text:
        return text
    try:
        return f"{text} {' '.join(_texts(json.loads(text)))}"
    except (ValueError, RecursionError):
        return text


def _document(doc: str, body: Any, wanted: Wanted) -> Iterator[Hit]:
    """Sealed values of a document are those of the complaint's row, or of the deed's: they are not opened twice."""
    kind = doc.partition(":")[0]
    name = body.get("complaint") or (body.get("id") if kind == "complaint" else "") if isinstance(body, dict) else ""
    name = name if isinstance(name, str) else ""
    if kind in ("erasure", "ledger", "canary", "datakey", "piece", "person"):
        return
    text = " ".join(_texts(body))
    if wanted.about(name) or wanted.within(text):
        yield Hit(f"document.{kind}", name, covered=_covered(text))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if not value.startswith(SEAL_HEAD):
            yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _readings(db: sqlite3.Connection, wanted: Wanted, rows: _Rows) -> Iterator[Hit]:
    columns = ("title", "text", "url", "native_id", "body")
    for name, source, *texts in rows.of(db.execute(f"SELECT id, source, {', '.join(columns)} FROM item")):
        mark = item_mark(name) if wanted.complaint else ""
        for column, text in zip(columns, texts, strict=True):
            if text not in ("", "{}") and (wanted.about(mark) or wanted.within(_said(text))):
                yield Hit(f"item.{column}", mark or item_mark(name), covered=_covered(text), source=source)
    for place, query in (
        ("refused", "SELECT raw || told FROM refused"),
        ("bad_answer", "SELECT raw FROM bad_answer"),
        ("hub", "SELECT state FROM hub"),
        ("notice", "SELECT told FROM notice"),
        ("source", "SELECT health FROM source"),
    ):
        for (raw,) in db.execute(query):
            text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(raw)
            if wanted.within(_said(text)):
                yield Hit(f"readings.{place}", "", covered=_covered(text))


def _beside(profile: Profile, clock: Clock, wanted: Wanted, rows: _Rows) -> Iterator[Hit]:
    for envelope in rows.of(BlackBox(profile.blackbox, clock).lines()):
        name = str(envelope.fields.get("complaint", ""))
        if wanted.about(name) or wanted.within(" ".join(_texts(dict(envelope.fields)))):
            yield Hit("blackbox", name)
    for _, path in rows.of(Blobs(profile.blobs).names()):
        try:
            text = (read_bytes(path) or b"").decode("utf-8")
        except UnicodeDecodeError:
            continue  # a picture: what is drawn on it nobody reads here
        if wanted.within(text):
            yield Hit("files", "")


def _plain(extra: str) -> str:
    """The unnamed fields of a source, without what is sealed in them."""
    try:
        return " ".join(_texts(json.loads(extra))) if extra else ""
    except ValueError:
        return extra


def _covered(text: str) -> int:
    return masked(text).count(COVER) - text.count(COVER)


def last_goes(profile: Profile, days: int) -> datetime | None:
    """When, at the soonest, the newest of today's backups is gone by itself, None where there is none."""
    newest = [at for path in backups(profile) if (at := made_at(path)) is not None]
    return max(newest) + timedelta(days=days) if newest else None
