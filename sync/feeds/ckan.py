"""Open data of a CKAN portal (b7): its datasets (`package_search`), or the rows of one table (`datastore_search`).

Pages are asked for by offset until the portal's own total is reached, whatever its links promise; then the next visit
begins anew. Of datasets only those that changed since the last visit are asked for again.

A dataset's `body`: `publisher`, `licence`, `tags`, `formats`, `resources` (id, name, format, url, changed, datastore),
`extra`. A row's: `table` (id of the resource), `row` (its values as they came), `undated` (true where the table has no
time: then a row counts from when the table was first read).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from console.core.clock import from_millis, millis
from console.core.errors import BadAnswer
from console.core.geometry import index_of
from console.core.items import Item, ItemKind
from console.core.pack import CityPack, FeedEntry
from console.core.records import Batch, Refusal
from sync import markup, strict_json
from sync.feed import Answer, Ask, Feed, FeedFace, Memo
from sync.words_in import BadField, bounded, box_of, degrees, extra, identity, instant, not_ahead, sound, table, text

VERSION = 1
MOST_RECORDS = 50_000
"""Of one answer, and of all pages of one visit."""
_PAGE = {"package_search": 100, "datastore_search": 1_000}
_MOST_LISTED = 50
_SMALL = 5_000
"""Characters of a row as Python shows it: as JSON it cannot have many times as many."""
_TITLE = 200
_SAID = frozenset({str, int, float, bool})
_TIMES = ("timestamp", "date", "timestamptz")
_LATS, _LONS = ("lat", "latitude", "lintang", "y"), ("lon", "long", "lng", "longitude", "bujur", "x")
_NAMES = ("name", "nama", "title", "judul", "lokasi")
_TAKEN = frozenset(
    (
        *("id", "name", "title", "notes", "metadata_created", "metadata_modified", "resources", "tags", "organization"),
        *("license_id", "license_title", "license_url", "url", "num_resources", "num_tags", "groups", "state", "type"),
        *("private", "isopen", "owner_org", "creator_user_id", "relationships_as_subject", "relationships_as_object"),
        *("revision_id", "extras"),
    )
)


@dataclass(frozen=True, slots=True)
class _State:
    """Where the reading stands: the next offset, datasets changed until then (ms), the newest met, first visit."""

    offset: int = 0
    since: int = 0
    mark: int = 0
    first: int = 0

    @classmethod
    def of(cls, memo: Memo) -> _State:
        try:
            if memo.get("v") == VERSION:
                return cls(*(max(0, int(memo[name])) for name in cls.__slots__))
        except (KeyError, TypeError, ValueError):
            pass
        return cls()

    def plain(self) -> dict[str, int]:
        return {"v": VERSION, **{name: getattr(self, name) for name in self.__slots__}}


class Ckan(Feed):
    """Options of a pack: resource_id (then the rows of that table are read, else datasets), q, fq, sort, page_size,
    filters (JSON); of rows id_field, time_field, lat_field, lon_field, title_field."""

    face: ClassVar[FeedFace] = FeedFace("ckan", "sync.ckan.title", accept="application/json")

    def __init__(self, entry: FeedEntry, pack: CityPack) -> None:
        super().__init__(entry, pack)
        self._zone = ZoneInfo(entry.zone) if entry.zone else pack.zone
        self._areas = index_of(pack)
        self._box = box_of(pack)
        self._action = "datastore_search" if entry.options.get("resource_id") else "package_search"
        said = entry.options.get("page_size", "").strip()
        most = 32_000 if self._action == "datastore_search" else 1_000
        self._page = min(max(int(said), 1), most) if said.isascii() and said.isdigit() else _PAGE[self._action]

    def ask(self, memo: Memo, now: datetime) -> Sequence[Ask]:  # noqa: ARG002 by offsets, not by dates
        """The next page."""
        state, options = _State.of(memo), self.entry.options
        offset = str(state.offset)
        if self._action == "datastore_search":
            params = {"resource_id": options["resource_id"], "limit": str(self._page), "offset": offset}
            params["sort"] = options.get("sort", "") or "_id"
            fixed = ("q", "filters")
        else:
            params = {
                "rows": str(self._page),
                "start": offset,
                "sort": options.get("sort", "") or "metadata_modified desc",
            }
            fixed = ("q", "fq")
        params.update({name: options[name] for name in fixed if options.get(name)})
        return [Ask(self._url(), params, tag=f"page {offset}")]

    def decode(self, answer: Answer, memo: Memo) -> Batch:
        """The datasets or rows of a page."""
        result, unsound = self._result(answer)
        state = _State.of(memo)
        if isinstance(result, dict) and isinstance(result.get("records"), list):
            return self._rows(answer, state, result, memo, unsound)
        if isinstance(result, dict) and isinstance(result.get("results"), list):
            return self._datasets(answer, state, result["results"], result.get("count"), memo)
        if isinstance(result, dict) and isinstance(result.get("resources"), list) and "name" in result:
            return self._datasets(answer, state, [result], 1, memo)
        raise BadAnswer("sync.ckan.shape", source=self.entry.id)

    def _url(self) -> str:
        base = self.entry.address.rstrip("/")
        return base if "/api/" in urlsplit(base).path else f"{base}/api/3/action/{self._action}"

    def _result(self, answer: Answer) -> tuple[Any, bool]:
        """What was asked for, and whether something in the answer is no sound JSON."""
        source = self.entry.id
        said = strict_json.lenient(answer.body, answer.charset, source)
        value = said.value
        if not isinstance(value, dict) or "success" not in value:
            raise BadAnswer("sync.ckan.shape", source=source)
        if value["success"] is not True:
            error = value.get("error")
            error = error if isinstance(error, dict) else {"message": error}
            reason = error.get("message") or {name: error[name] for name in error if name != "__type"}
            raise BadAnswer(
                "sync.bad.error", source=source, code=str(error.get("__type", ""))[:40], reason=str(reason)[:200]
            )
        return value.get("result"), said.unsound

    def _datasets(self, answer: Answer, state: _State, rows: Sequence[Any], total: Any, memo: Memo) -> Batch:
        self._bounded(rows)
        told: dict[str, Item] = {}
        refused: list[Refusal] = []
        for number, raw in enumerate(rows):
            try:
                sound(raw)
                item = self._dataset(table(raw), answer.at)
                told[item.id] = item
            except BadField as bad:
                refused.append(bad.refusal(f"results[{number}]", raw))
        self._check(told, rows, "metadata_modified")
        items = list(told.values())
        newest = max((millis(each.observed_at) for each in items), default=0)
        # sorted by change, the newest first: what was changed before the last visit is known
        known = bool(items) and 0 < min(millis(each.observed_at) for each in items) < state.since
        return self._batch(
            answer,
            memo,
            state,
            items=items,
            refused=refused,
            count=len(rows),
            total=total,
            newest=newest,
            known=known and not self._sorted,
        )

    @property
    def _sorted(self) -> bool:
        return bool(self.entry.options.get("sort"))

    def _dataset(self, raw: Mapping[str, Any], at: datetime) -> Item:
        get = raw.get
        native_id = identity(get("id"))
        name = text(get("name"), "name")
        notes = get("notes")
        if notes is not None and not isinstance(notes, str):
            raise BadField("notes", "sync.refused.kind")
        said = markup.plain((notes or "")[:60_000]).text
        # CKAN's own times are UTC and say no zone
        changed = instant(get("metadata_modified") or get("metadata_created"), UTC, "metadata_modified")[0]
        organization = table(get("organization") or {}, "organization")
        resources = [_resource(each) for each in _tables(get("resources"))]
        body: dict[str, Any] = {
            "name": name,
            "publisher": text(organization.get("title") or organization.get("name"), "organization.title"),
            "licence": text(get("license_title") or get("license_id"), "license_title"),
            "tags": [text(each.get("display_name") or each.get("name"), "tags") for each in _tables(get("tags"))],
            "formats": sorted({each["format"] for each in resources if each.get("format")}),
            "resources": resources,
            "extra": extra(raw, _TAKEN),
        }
        return Item(
            f"{self.entry.id}:{native_id}",
            self.entry.id,
            ItemKind.DATASET,
            native_id,
            _cut(text(get("title"), "title") or name or native_id),
            text(said, "notes"),
            not_ahead(changed, at, "metadata_modified"),
            url=self._page_of(name or native_id),
            body={name: value for name, value in body.items() if value},
        )

    def _page_of(self, name: str) -> str:
        base = self.entry.address.partition("/api/")[0].rstrip("/")
        return markup.address(f"{base}/dataset/{quote(name, safe='')}")

    def _rows(self, answer: Answer, state: _State, result: Mapping[str, Any], memo: Memo, unsound: bool) -> Batch:
        rows: list[Any] = result["records"]
        self._bounded(rows)
        fields = [(str(each.get("id")), str(each.get("type", ""))) for each in _tables(result.get("fields"), 5_000)]
        columns = _Columns.of(self.entry.options, fields)
        of = text(result.get("resource_id"), "resource_id")[:200] if isinstance(result.get("resource_id"), str) else ""
        first = state.first or millis(answer.at)
        told: dict[str, Item] = {}
        refused: list[Refusal] = []
        for number, raw in enumerate(rows):
            try:
                if unsound:
                    sound(raw)
                if isinstance(raw, list) and len(raw) == len(fields):
                    raw = dict(zip((name for name, _ in fields), raw, strict=True))  # noqa: PLW2901 the same row
                item = self._row(table(raw), columns, of, first, answer.at)
                told[item.id] = item
            except BadField as bad:
                refused.append(bad.refusal(f"records[{number}]", raw))
        if rows and not told and not fields and not any(isinstance(each, dict | strict_json.Unsound) for each in rows):
            raise BadAnswer("sync.ckan.shape", source=self.entry.id)
        state = _State(state.offset, state.since, state.mark, first)
        return self._batch(
            answer,
            memo,
            state,
            items=list(told.values()),
            refused=refused,
            count=len(rows),
            total=result.get("total"),
            newest=0,
            known=False,
        )

    def _row(self, raw: Mapping[str, Any], columns: _Columns, of: str, first: int, at: datetime) -> Item:
        values = dict(raw)
        if len(repr(values)) > _SMALL:
            bounded(values)
        if not values:
            raise BadField("", "sync.refused.record")
        own = values.get(columns.id)
        native_id = f"{of}:{identity(own, columns.id)}" if own not in (None, "") else _digest(of, values)
        if len(native_id) > 200:
            native_id = _digest(of, own)
        said = values.get(columns.time)
        if said in (None, ""):
            observed_at, assumed, undated = from_millis(first), False, True
        else:
            (observed_at, assumed), undated = instant(said, self._zone, columns.time), False
        lat, lon = degrees(
            values.get(columns.lat), values.get(columns.lon), self._box, fields=(columns.lat, columns.lon)
        )
        words = [f"{name}: {value}" for name, value in values.items() if type(value) in _SAID and name != "_id"]
        title = text(values.get(columns.title), columns.title) if columns.title else ""
        if not title:
            title = text(next((each for each in values.values() if type(each) is str and each.strip()), ""), "row")
        body: dict[str, Any] = {"table": of, "row": values}
        if undated:
            body["undated"] = True
        return Item(
            f"{self.entry.id}:{native_id}",
            self.entry.id,
            ItemKind.ROW,
            native_id,
            _cut(title or native_id),
            text("\n".join(words)[:20_000], "row"),
            not_ahead(observed_at, at, columns.time),
            lat=lat,
            lon=lon,
            area=self._areas.find(lon, lat) if lat is not None and lon is not None else "",
            zone_assumed=assumed,
            body=body,
        )

    def _bounded(self, rows: Sequence[Any]) -> None:
        if len(rows) > MOST_RECORDS:
            raise BadAnswer("sync.bad.many", source=self.entry.id, count=len(rows), most=MOST_RECORDS)

    def _check(self, told: Mapping[str, Item], rows: Sequence[Any], field: str) -> None:
        like = (isinstance(each, strict_json.Unsound) or (isinstance(each, dict) and field in each) for each in rows)
        if rows and not told and not any(like):
            raise BadAnswer("sync.ckan.shape", source=self.entry.id)

    def _batch(
        self,
        answer: Answer,
        memo: Memo,
        state: _State,
        *,
        items: list[Item],
        refused: list[Refusal],
        count: int,
        total: Any,
        newest: int,
        known: bool,
    ) -> Batch:
        """`count` records stood on the page, of `total` in all; `known` where what follows was read before."""
        after = state.offset + count
        told = total if type(total) is int and total >= 0 else None
        more = count > 0 and not known and (count >= self._page if told is None else after < told)
        if more and after >= MOST_RECORDS:
            refused.append(Refusal("records", "sync.ckan.rest", {"most": after, "total": told or "?"}))
            more = False
        mark = max(state.mark, newest)
        ours = answer.tag == f"page {state.offset}"
        now = (
            _State(after, state.since, mark, state.first) if more else _State(0, max(state.since, mark), 0, state.first)
        )
        return Batch(
            self.entry.id,
            refused=refused,
            memo=now.plain() if ours else memo,
            more=more and ours,
            newest_at=max((each.observed_at for each in items if not each.body.get("undated")), default=None),
            items=items,
            whole=ours and state.offset == 0 and not more and not refused and told == count == len(items),
            fleeting=True,
        )


@dataclass(frozen=True, slots=True)
class _Columns:
    """Which columns of a table say what; "" for none."""

    id: str
    time: str
    lat: str
    lon: str
    title: str

    @classmethod
    def of(cls, options: Mapping[str, str], fields: Sequence[tuple[str, str]]) -> _Columns:
        names = {name.casefold(): name for name, _ in fields}

        def named(option: str, usual: Sequence[str]) -> str:
            return options.get(option, "") or next((names[each] for each in usual if each in names), "")

        lat, lon = named("lat_field", _LATS), named("lon_field", _LONS)
        time = options.get("time_field", "") or next((name for name, kind in fields if kind in _TIMES), "")
        both = bool(lat and lon)
        return cls(
            options.get("id_field", "") or "_id",
            time,
            lat if both else "",
            lon if both else "",
            named("title_field", _NAMES),
        )


def _resource(raw: Mapping[str, Any]) -> dict[str, Any]:
    there = raw.get("url")
    told = {
        "id": text(raw.get("id"), "resources.id"),
        "name": _cut(text(raw.get("name") or raw.get("description"), "resources.name")),
        "format": text(raw.get("format"), "resources.format").upper()[:20],
        "url": markup.address(there) if isinstance(there, str) else "",
        "changed": text(raw.get("last_modified") or raw.get("metadata_modified"), "resources.last_modified"),
        "datastore": raw.get("datastore_active") is True,
    }
    return {name: value for name, value in told.items() if value}


def _tables(value: Any, most: int = _MOST_LISTED) -> list[dict[str, Any]]:
    rows: list[Any] = value if isinstance(value, list) else []
    return [each for each in rows[:most] if isinstance(each, dict)]


def _digest(of: str, values: Any) -> str:
    said = json.dumps([of, values], sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.blake2b(said.encode(), digest_size=12).hexdigest()


def _cut(said: str) -> str:
    line = " ".join(said.split())
    return line if len(line) <= _TITLE else (line[: _TITLE - 1].rpartition(" ")[0] or line[: _TITLE - 1]) + "…"
