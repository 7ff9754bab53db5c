"""A layer of an Esri server (b5): its description, then its features, page by page.

The address is the layer's (`.../FeatureServer/0`). A server that gives no pages by offset (before 10.3) tells its
object ids first; then spans of them are asked for. A layer that tells that nothing was changed in it is not read
again. Every page is a part of the whole: what the layer holds no more is over once its last page is in.

Where one answer holds something else (a number, ids, a description, other layers), that is said by name. Shapes come in
degrees, as we ask for; of Esri JSON those in Mercator are reckoned back, others refused by their system's name.

`body` of an item: `layer`, `fields` (attributes; dates as ISO 8601, coded values by their words), `codes` (the codes of
these), `geometry` (as GeoJSON, lon before lat, at most 2,000 points), `digits` (to which a larger one was rounded),
`undated` (true where a feature has no date: it counts from when the layer was first read).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from console.core.clock import from_millis, millis
from console.core.errors import BadAnswer
from console.core.esri_shapes import BadShape, is_mercator
from console.core.items import Item
from console.core.pack import CityPack, FeedEntry
from console.core.records import Batch, Refusal
from sync import strict_json
from sync.feed import Answer, Ask, Feed, FeedFace, Memo
from sync.feeds.esri.layer import Layer, State, dates_of, fields_of, key_of
from sync.feeds.esri.record import RecordReader
from sync.words_in import BadField, shown, sound

MOST_MB = 16
MOST_RECORDS = 50_000
"""Of one answer."""
MOST_ALL = 200_000
"""Of a layer."""
PAGE = 500
_MOST_PAGE = 5_000
_LISTED = 12
_COLLECTION = "FeatureCollection"
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.$]{0,127}")
"""It stands in what we ask for."""


class Esri(Feed):
    """Options of a pack: where, page_size, form (geojson), id_field, title_field, text_field, time_field,
    level_field."""

    face: ClassVar[FeedFace] = FeedFace("esri", "sync.esri.title", accept="application/json", by_plan=True)

    def __init__(self, entry: FeedEntry, pack: CityPack) -> None:
        super().__init__(entry, pack)
        self._reader = RecordReader(entry, pack)
        options = entry.options
        said = options.get("page_size", "").strip()
        self._page = min(max(int(said), 1), _MOST_PAGE) if said.isascii() and said.isdigit() else PAGE
        self._form = "geojson" if options.get("form", "").casefold() == "geojson" else "json"
        self._url, self._said = _parted(entry.address)
        self._where = options.get("where", "") or self._said.pop("where", "") or "1=1"

    def ask(self, memo: Memo, now: datetime) -> Sequence[Ask]:  # noqa: ARG002 by what was read, not by dates
        """What the layer is, then its ids or the next page."""
        state, layer = State.of(memo, self._where), Layer.known(memo)
        if not state.step or not layer.key:
            return [Ask(self._url, {**self._said, "f": "json"}, tag="layer")]
        if state.step == "ids":
            return [self._query("ids", {"returnIdsOnly": "true", "where": self._where}, "json")]
        if state.step == "cut":
            low, high, last = state.cuts[0], state.cuts[1], len(state.cuts) == 2
            span = f"{layer.key}>={low} AND {layer.key}{'<=' if last else '<'}{high}"
            return [self._query(f"cut {low}", {"where": f"({self._where}) AND {span}"})]
        page = {"resultOffset": str(state.offset), "resultRecordCount": str(self._size(layer))}
        return [self._query(f"page {state.offset}", {"where": self._where, "orderByFields": layer.key, **page})]

    def decode(self, answer: Answer, memo: Memo) -> Batch:
        """The layer's description, its ids, or features."""
        raw, unsound = self._object(answer)
        state, layer = State.of(memo, self._where), Layer.known(memo)
        if not state.first:
            state = replace(state, first=millis(answer.at))
        if isinstance(raw.get("features"), list):
            return self._features(answer, raw, state, layer, unsound)
        if answer.tag == "layer" and _describes(raw):
            return self._begun(raw, state)
        if answer.tag == "ids" and "objectIds" in raw:
            return self._spans(raw.get("objectIds"), state, layer)
        raise self._none(raw)

    def _query(self, tag: str, params: Mapping[str, str], form: str = "") -> Ask:
        shapes = {"outFields": "*", "returnGeometry": "true", "outSR": "4326"} if tag != "ids" else {}
        said = {**self._said, **shapes, **params, "f": form or self._form}
        return Ask(f"{self._url.rstrip('/')}/query", said, tag=tag)

    def _size(self, layer: Layer) -> int:
        return min(self._page, layer.most) if layer.most else self._page

    def _object(self, answer: Answer) -> tuple[Mapping[str, Any], bool]:
        """The answer's table, and whether something in it is no sound JSON."""
        source = self.entry.id
        if len(answer.body) > MOST_MB << 20:
            raise BadAnswer("sync.bad.big", source=source, limit_mb=MOST_MB)
        said = strict_json.lenient(answer.body, answer.charset, source)
        raw = said.value
        if not isinstance(raw, dict):
            raise BadAnswer("sync.esri.shape", source=source)
        error = raw.get("error")
        if error is not None and not isinstance(raw.get("features"), list):
            told = error if isinstance(error, dict) else {"message": error}
            details = told.get("details")
            words = [told.get("message"), *(details if isinstance(details, list) else [])]
            reason = "; ".join(dict.fromkeys(str(each).strip().rstrip(".") for each in words if each))
            raise BadAnswer("sync.bad.error", source=source, code=shown(told.get("code", "?")), reason=reason[:200])
        return raw, said.unsound

    def _none(self, raw: Mapping[str, Any]) -> BadAnswer:
        """What an answer without features is, in words."""
        source = self.entry.id
        if "objectIds" in raw:
            ids = raw["objectIds"]
            return BadAnswer("sync.esri.ids", source=source, count=len(ids) if isinstance(ids, list) else 0)
        if type(raw.get("count")) is int:
            return BadAnswer("sync.esri.count", source=source, count=raw["count"])
        if isinstance(raw.get("layers"), list):
            listed = [each for each in raw["layers"] if isinstance(each, dict)][:_LISTED]
            names = ", ".join(f"{shown(each.get('id'))} {shown(each.get('name'))}" for each in listed)
            return BadAnswer("sync.esri.service", source=source, layers=names)
        if _describes(raw):
            return BadAnswer("sync.esri.description", source=source, name=shown(raw.get("name")))
        return BadAnswer("sync.esri.shape", source=source)

    def _begun(self, raw: Mapping[str, Any], state: State) -> Batch:
        """The description is here: what is asked for next."""
        layer = Layer.of(raw)
        if not _KEY.fullmatch(layer.key):
            raise BadAnswer("sync.esri.keyless", source=self.entry.id, name=layer.name)
        if layer.changed and layer.changed == state.changed:
            return Batch(self.entry.id, memo=replace(state, step="").plain(), fleeting=True)
        begun = replace(state, step="page" if layer.paged else "ids", offset=0, cuts=(), head="")
        return Batch(self.entry.id, memo=begun.plain(layer), more=True, fleeting=True)

    def _spans(self, raw: Any, state: State, layer: Layer) -> Batch:
        """The ids are here: spans of them, none with more than the server gives at once."""
        source = self.entry.id
        ids = raw if isinstance(raw, list) else []
        if len(ids) > MOST_ALL:
            raise BadAnswer("sync.bad.many", source=source, count=len(ids), most=MOST_ALL)
        if any(type(each) not in (int, float) or each != int(each) for each in ids):
            raise BadAnswer("sync.esri.shape", source=source)
        if not ids:
            return self._ended([], [], state, layer, None)
        told = sorted({int(each) for each in ids})
        cuts = [*told[:: self._size(layer)], told[-1]]
        begun = replace(state, step="cut", cuts=cuts, head="")
        return Batch(source, memo=begun.plain(layer), more=True, fleeting=True)

    def _features(self, answer: Answer, raw: Mapping[str, Any], state: State, layer: Layer, unsound: bool) -> Batch:
        source = self.entry.id
        rows: list[Any] = raw["features"]
        if len(rows) > MOST_RECORDS or state.offset + len(rows) > MOST_ALL:
            raise BadAnswer("sync.bad.many", source=source, count=state.offset + len(rows), most=MOST_RECORDS)
        geojson = raw.get("type") == _COLLECTION
        layer, key = self._as_told(raw, layer)
        mercator = False if geojson else self._mercator(raw)
        items: dict[str, Item] = {}
        refused: list[Refusal] = []
        first = from_millis(state.first)
        for place, each in enumerate(rows):
            try:
                if unsound:
                    sound(each)
                item = self._reader.read(each, layer, key, first, answer.at, geojson=geojson, mercator=mercator)
                if items.setdefault(item.id, item) != item:
                    raise BadField(key or "OBJECTID", "sync.refused.twice", value=item.native_id)
            except BadField as bad:
                refused.append(bad.refusal(f"features[{place}]", each))
        found = list(items.values())
        if rows and not found and not any(_like(each) for each in rows):
            raise BadAnswer("sync.esri.shape", source=source)
        head = found[0].native_id if found else ""
        after = self._after(raw, state, layer, len(rows), head)
        if after is None:
            return self._ended(found, refused, state, layer, _newest(found))
        memo = after.plain(layer)
        return Batch(source, (), refused, memo, True, _newest(found), found, whole=True, fleeting=True)

    def _as_told(self, raw: Mapping[str, Any], layer: Layer) -> tuple[Layer, str]:
        """The layer with what the answer itself tells of it, and the field of the ids."""
        listed = fields_of(raw)
        named = raw.get("objectIdFieldName")
        key = named if isinstance(named, str) and named else key_of(listed)
        title = raw.get("displayFieldName")
        layer = replace(
            layer,
            dates=layer.dates or dates_of(listed),
            title=layer.title or (title[:200] if isinstance(title, str) else ""),
        )
        return layer, self._reader.key(layer, key)

    def _mercator(self, raw: Mapping[str, Any]) -> bool:
        try:
            return is_mercator(raw.get("spatialReference"))
        except BadShape as bad:
            raise BadAnswer("sync.esri.system", source=self.entry.id, **bad.values) from None

    def _after(self, raw: Mapping[str, Any], state: State, layer: Layer, count: int, head: str) -> State | None:
        """Where the reading stands after a page; None where it was the last."""
        inner = raw.get("properties")
        over = True in (raw.get("exceededTransferLimit"), _of(inner, "exceededTransferLimit"))
        if state.step == "cut":
            if over:
                raise BadAnswer("sync.esri.less", source=self.entry.id, count=count, asked=self._size(layer))
            return replace(state, cuts=state.cuts[1:]) if len(state.cuts) > 2 else None
        if not count or not (over or (state.step == "page" and count >= self._size(layer))):
            return None
        if state.step == "page" and head and head == state.head:
            raise BadAnswer("sync.esri.stuck", source=self.entry.id, offset=state.offset)
        return replace(state, step="page", offset=state.offset + count, head=head)

    def _ended(
        self, items: list[Item], refused: list[Refusal], state: State, layer: Layer, newest: datetime | None
    ) -> Batch:
        """All is read: the next visit begins with the description again."""
        memo = State(first=state.first, changed=layer.changed, form=state.form).plain()
        return Batch(self.entry.id, (), refused, memo, False, newest, items, whole=True, fleeting=True)


def _parted(address: str) -> tuple[str, dict[str, str]]:
    """The layer's own address, and what else the given one asks for."""
    parts = urlsplit(address)
    path = parts.path.rstrip("/")
    path = path[: -len("/query")] if path.lower().endswith("/query") else path
    ours = ("f", "resultoffset", "resultrecordcount", "outsr", "outfields", "returngeometry", "orderbyfields")
    said = {name: value for name, value in parse_qsl(parts.query) if name.lower() not in ours}
    return urlunsplit((parts.scheme, parts.netloc, path or "/", "", "")), said


def _describes(raw: Mapping[str, Any]) -> bool:
    """Whether it is a layer's description of itself."""
    return isinstance(raw.get("name"), str) and isinstance(raw.get("fields"), list) and "type" in raw


def _like(raw: Any) -> bool:
    return isinstance(raw, strict_json.Unsound) or (
        isinstance(raw, dict) and any(name in raw for name in ("attributes", "properties", "geometry"))
    )


def _of(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _newest(items: Sequence[Item]) -> datetime | None:
    """The newest date a feature itself gives."""
    return max((each.observed_at for each in items if "undated" not in each.body), default=None)
