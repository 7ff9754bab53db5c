"""A file of this machine, a folder of them, or one at an address: tables as complaints, readings or plain rows.

The address is `file:///path`; a folder is read file by file whenever something in it changed. Options of the entry are
the mapping, kept with the source: `to` (complaint, reading, row), `map.<field>` (name of a column), `id`, `at` (the
same, shorter), `zone`, `decimal` (, or .), `date_format` (as strptime has it), `state.<word>` (a state of ours),
`sheet`, `separator`, `fewer` (yes: a list may shrink).

A CSV that is a tenth shorter than last time is not believed (R26), unless its last line tells how many rows there are.

`body` of a row: `row` (its cells by column), `undated` (it counts from when the source was first read).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import quote, unquote

from console.core.clock import from_millis, millis
from console.core.errors import BadAnswer, ConsoleError
from console.core.items import Item, Sample, Series
from console.core.pack import CityPack, FeedEntry
from console.core.records import Batch, Refusal, SourceComplaint
from sync import strict_json
from sync.feed import Answer, Ask, Feed, FeedFace, Memo
from sync.feeds.file.record import RecordReader, refused_words
from sync.feeds.file.table import Row, Table, read_table
from sync.words_in import MOST_RAW, BadField, shown

VERSION = 1
LEAST_SHARE = 0.9
"""Of last time's rows that a CSV must have to be believed."""
MOST_FILES = 2_000
_FOLDER = "inode/directory"
_ENDINGS = (".csv", ".tsv", ".txt", ".json", ".geojson", ".xlsx")
_FILE, _YES = "file ", ("yes", "ya", "true", "1")


class File(Feed):
    """Options of a pack: the mapping, see above."""

    face: ClassVar[FeedFace] = FeedFace("file", "sync.table.title", accept="*/*", binary=True)

    def __init__(self, entry: FeedEntry, pack: CityPack) -> None:
        super().__init__(entry, pack)
        self._reader = RecordReader(entry, pack)
        told = json.dumps([entry.address, entry.zone, dict(entry.options)], sort_keys=True)
        self._form = hashlib.sha256(told.encode()).hexdigest()[:16]

    def ask(self, memo: Memo, now: datetime) -> Sequence[Ask]:  # noqa: ARG002 what changed is told by ETag
        """The file, or the list of the folder and then its files, one at a time."""
        state = self._state(memo)
        if state["todo"]:
            name = state["todo"][0]
            url = f"{self.entry.address.rstrip('/')}/{quote(name)}"
            return [Ask(url, accept="*/*", tag=f"{_FILE}{name}", binary=True)]
        return [Ask(self.entry.address, etag=state["etag"], accept="*/*", binary=True)]

    def decode(self, answer: Answer, memo: Memo) -> Batch:
        """The list of a folder, or the rows of a file."""
        state = self._state(memo)
        if answer.unchanged:
            return Batch(self.entry.id, memo=state)
        state["first"] = state["first"] or millis(answer.at)
        if answer.content_type == _FOLDER:
            return self._folder(answer, state)
        inner = answer.tag.startswith(_FILE)
        name = answer.tag.removeprefix(_FILE) if inner else unquote(answer.url.rstrip("/").rpartition("/")[2])
        batch = self._file(answer, name, state)
        if inner:
            return self._next(state, batch)
        return self._with(batch, {**state, "etag": answer.etag})

    def missed(self, ask: Ask, trouble: ConsoleError, memo: Memo) -> Batch | None:
        """One file of a folder that is none harms itself alone; what it told before stands."""
        if not ask.tag.startswith(_FILE):
            return None
        state = self._state(memo)
        name = ask.tag.removeprefix(_FILE)
        state["holes"] = True
        values = {key: str(value)[:200] for key, value in trouble.values.items()}
        return self._next(state, Batch(self.entry.id, refused=[Refusal(name, trouble.says, values)]))

    def _state(self, memo: Memo) -> dict[str, Any]:
        """What a memo tells, as far as it is about this file and this mapping; a new one can be changed."""
        fresh: dict[str, Any] = {"etag": "", "first": 0, "todo": [], "rows": {}, "holes": False, "listed": ""}
        told = memo if memo.get("v") == VERSION and memo.get("form") == self._form else {}
        sound = {name: told[name] for name in fresh if type(told.get(name)) is type(fresh[name])}
        return {**fresh, **sound, "v": VERSION, "form": self._form, "rows": dict(sound.get("rows", {}))}

    def _folder(self, answer: Answer, state: dict[str, Any]) -> Batch:
        """Which files there are; those that are no tables are told."""
        told = strict_json.strict(answer.body, "", self.entry.id)
        files = told.get("files") if isinstance(told, dict) else None
        if not isinstance(files, list) or len(files) > MOST_FILES:
            raise BadAnswer("sync.table.objects", source=self.entry.id)
        names = [each["name"] for each in files if isinstance(each, dict) and isinstance(each.get("name"), str)]
        fit = [name for name in names if name.lower().endswith(_ENDINGS)]
        refused = [Refusal(name, "sync.table.ending", {}) for name in names if name not in fit]
        if type(told.get("links")) is int and told["links"]:
            refused.append(Refusal(self.entry.address, "sync.table.links", {"count": told["links"]}))
        state |= {"todo": fit, "holes": False, "listed": answer.etag, "etag": ""}
        if not fit:
            state["etag"] = answer.etag
        state["rows"] = {name: count for name, count in state["rows"].items() if name in fit}
        whole = not fit and self._reader.to == "row"
        return Batch(self.entry.id, refused=refused, memo=state, more=bool(fit), whole=whole)

    def _next(self, state: dict[str, Any], batch: Batch) -> Batch:
        """The batch of a file of a folder. Only when all are read the folder counts as read."""
        state["todo"] = state["todo"][1:]
        more = bool(state["todo"])
        if not more:
            state |= {"etag": state["listed"], "listed": ""}
        batch = self._with(batch, state, more=more)
        if more or not state["holes"]:
            return batch
        return replace(batch, whole=False)

    def _with(self, batch: Batch, memo: Mapping[str, Any], *, more: bool = False) -> Batch:
        whole = self._reader.to == "row"
        return replace(batch, memo=memo, more=more, whole=whole)

    def _file(self, answer: Answer, name: str, state: dict[str, Any]) -> Batch:
        """The rows of one file; how many there were goes into the state."""
        table = read_table(answer.body, answer.charset, self.entry.id, self.entry.options)
        named = self._reader.check(table)
        before = state["rows"].get(name, 0)
        shrinks = self.entry.options.get("fewer", "").casefold() in _YES
        if not table.whole and not shrinks and isinstance(before, int) and len(table.rows) < LEAST_SHARE * before:
            raise BadAnswer("sync.table.fewer", source=self.entry.id, count=len(table.rows), before=before)
        state["rows"][name[:200]] = len(table.rows)
        return self._records(table, named, from_millis(state["first"]), answer.at)

    def _records(self, table: Table, named: Mapping[str, str], first: datetime, at: datetime) -> Batch:
        read = _Read()
        for row in table.rows:
            try:
                if row.fault is not None:
                    says, values = refused_words(row.fault)
                    raise BadField("", says, **values)
                self._record(read, row, named, first, at)
            except BadField as bad:
                place = row.at(bad.field)
                read.refused.append(Refusal(place, bad.says, bad.values, shown(dict(row.values))[:MOST_RAW]))
        newest = [each.observed_at for each in read.items.values() if "undated" not in each.body]
        newest += [each.at for each in read.samples.values()]
        newest += [each.updated_at or each.requested_at for each in read.complaints.values()]
        return Batch(
            self.entry.id,
            list(read.complaints.values()),
            read.refused,
            newest_at=max(newest, default=None),
            items=list(read.items.values()),
            series=list(read.series.values()),
            samples=list(read.samples.values()),
        )

    def _record(self, read: _Read, row: Row, named: Mapping[str, str], first: datetime, at: datetime) -> None:
        to = self._reader.to
        if to == "reading":
            series, sample = self._reader.reading(row, named, at)
            read.series.setdefault(series.id, series)
            read.samples[sample.series, sample.at] = sample
            return
        found: Any = (
            self._reader.complaint(row, named, at) if to == "complaint" else self._reader.row(row, named, first, at)
        )
        kept: dict[str, Any] = read.complaints if to == "complaint" else read.items
        first_told = kept.setdefault(found.id, found)
        if first_told is not found and first_told != found:
            raise BadField(named.get("id", ""), "sync.refused.twice", value=found.native_id)


class _Read:
    """What is read of a table."""

    def __init__(self) -> None:
        self.complaints: dict[str, SourceComplaint] = {}
        self.items: dict[str, Item] = {}
        self.series: dict[str, Series] = {}
        self.samples: dict[tuple[str, datetime], Sample] = {}
        self.refused: list[Refusal] = []
