"""Layers of Esri servers: how their pages are walked, what a feature becomes, and each way to be none."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from console.core.errors import BadAnswer
from console.core.items import Item, ItemKind
from console.core.pack import FeedEntry
from console.core.records import Batch
from console.store.files import load_phrases
from sync.feed import Answer, Ask
from sync.feeds.esri import Esri
from sync.feeds.esri import feed as feed_module
from sync.terminal import feed_try
from tests.cities import small_pack
from tests.feeds.esri.good import EDITED_MS, GEOJSON, GOOD, HOLE, LAYER, RING, feature, page, polygon
from tests.feeds.mutate import mutations

AT = datetime(2026, 11, 21, 3, 42, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
HOME = "https://peta.invalid/arcgis/rest/services/Banjir/FeatureServer/0"


def feed(address: str = HOME, **options: str) -> Esri:
    return Esri(FeedEntry("pos", "esri", {}, address, 60, 900, options=options), small_pack())


def decoded(body: bytes, memo: Any = None, tag: str = "", at: datetime = AT, **options: Any) -> Batch:
    return feed(**options).decode(Answer(body, "", "", at, HOME, tag=tag), memo or {})


def one(body: bytes, **options: Any) -> Item:
    batch = decoded(body, **options)
    assert batch.refused == [] and len(batch.items) == 1
    return batch.items[0]


def layer(**changes: Any) -> bytes:
    return json.dumps({name: value for name, value in {**LAYER, **changes}.items() if value is not ...}).encode()


def walk(answers: Callable[[Ask], bytes], memo: Any = None, most: int = 20, **options: str) -> list[tuple[Ask, Batch]]:
    """One visit."""
    source, memo = feed(**options), memo or {}
    done: list[tuple[Ask, Batch]] = []
    while len(done) < most:
        (ask,) = source.ask(memo, AT)
        batch = source.decode(Answer(answers(ask), "", "", AT, HOME, tag=ask.tag), memo)
        done.append((ask, batch))
        memo = json.loads(json.dumps(batch.memo))
        if not batch.more:
            return done
    raise AssertionError("it does not end")


def test_a_feature() -> None:
    memo = decoded(layer(), tag="layer").memo
    (item,) = decoded(page(feature(7, LAIN=" ", KODE="x")), memo, at=LATER).items
    assert (item.id, item.kind, item.title) == ("pos:7", ItemKind.FEATURE, "Pos 7")
    assert (item.lat, item.lon, item.area) == (-6.01, 106.03, "99.71.01.1001")
    assert item.observed_at == item.revised_at == datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
    assert item.body == {
        "layer": "Pos Pantau",
        "fields": {
            "OBJECTID": 7,
            "NAMA": "Pos 7",
            "STATUS": "Siaga",
            "EDITED": "2026-11-20T02:00:00+00:00",
            "KODE": "x",
        },
        "codes": {"STATUS": 2},
        "geometry": {"type": "Point", "coordinates": [106.03, -6.01]},
    }


def test_a_polygon_with_a_hole() -> None:
    item = one(page(polygon(3, RING, HOLE)))
    outer, hole = item.body["geometry"]["coordinates"]
    assert outer == RING[::-1] and hole == HOLE[::-1]
    assert item.area == "99.71.01.1001" and item.lon is not None and not 106.01 < item.lon < 106.02
    assert item.body["undated"] and item.observed_at == AT and item.revised_at is None


def test_of_mercator_and_of_no_place() -> None:
    metres = page(feature(1, 11800820.0, -669141.0), spatialReference={"wkid": 102100, "latestWkid": 3857})
    assert one(metres).lat == pytest.approx(-6.0, abs=0.01)
    assert one(page({**feature(1), "geometry": None})).lat is None
    assert one(page(feature(1, "NaN", "NaN"))).lat is None


def test_another_system_is_refused_by_name() -> None:
    with pytest.raises(BadAnswer) as caught:
        decoded(page(feature(1), spatialReference={"wkid": 32748}))
    assert (caught.value.says, caught.value.values["name"]) == ("sync.esri.system", "EPSG 32748")


def test_geojson() -> None:
    batch = decoded(GEOJSON)
    assert [each.native_id for each in batch.items] == ["1", "2"]
    assert [each.title for each in batch.items] == ["Satu", "Dua"]
    assert batch.items[0].body["geometry"]["coordinates"] == [RING[::-1], HOLE[::-1]] and batch.items[1].lat is None
    assert batch.whole and batch.fleeting and not batch.more


def test_what_the_pack_chooses() -> None:
    chosen = {"id_field": "KODE", "title_field": "JUDUL", "text_field": "ISI", "level_field": "AWAS", "time_field": "T"}
    item = one(page(feature(1, KODE="a-1", JUDUL="J", ISI="panjang", AWAS="Tinggi", T=EDITED_MS + 60_000)), **chosen)
    assert (item.native_id, item.title, item.text, item.level) == ("a-1", "J", "panjang", "Tinggi")
    assert item.observed_at == datetime(2026, 11, 20, 2, 1, tzinfo=UTC)


def test_a_title_is_found_or_made() -> None:
    assert one(page(feature(1))).title == "Pos 1"
    assert one(page(feature(1, NAMA=..., ALAMAT="Jl. A"))).title == "Jl. A"
    assert one(page(feature(1, NAMA=..., KET="x"))).title == "1"
    assert one(page(feature(1, KET="x"), displayFieldName="KET")).title == "x"


@pytest.mark.parametrize(("value", "known"), [(64579816.0, "64579816"), ("A1", "A1"), (5, "5")])
def test_ids(value: Any, known: str) -> None:
    assert one(page(feature(value))).native_id == known


def test_the_usual_field_of_ids() -> None:
    raw = json.loads(page(feature(..., fid=4)))
    del raw["objectIdFieldName"], raw["fields"]
    assert one(json.dumps(raw).encode()).native_id == "4"


@pytest.mark.parametrize(
    ("raw", "where", "says"),
    [
        (5, "features[1]", "sync.refused.record"),
        ({"attributes": 5}, "features[1].attributes", "sync.refused.kind"),
        (feature(...), "features[1].OBJECTID", "sync.refused.missing"),
        (feature(1.5), "features[1].OBJECTID", "sync.refused.id"),
        (feature("a\nb"), "features[1].OBJECTID", "sync.refused.id"),
        (feature(9, NAMA="lain"), "features[1].OBJECTID", "sync.refused.twice"),
        (feature(1, NAMA=[1]), "features[1].NAMA", "sync.refused.kind"),
        (feature(1, NAMA="x" * 16_000), "features[1]", "sync.refused.long"),
        (feature(1, -6.01, 106.03), "features[1].geometry", "sync.esri.place"),
        (feature(1, 500, 1), "features[1].geometry", "sync.esri.place"),
        ({**feature(1), "geometry": {"curveRings": []}}, "features[1].geometry", "sync.esri.curves"),
        (polygon(1, [[1, 1], [2, 2], [3, 3], [1, 1]]), "features[1].geometry", "sync.esri.flat"),
        (feature(1, T="kemarin"), "features[1].T", "sync.refused.time"),
        (feature(1, T=4e12), "features[1].T", "sync.refused.when"),
        (feature(1, LAIN=float("nan")), "features[1].attributes.LAIN", "sync.refused.number"),
    ],
)
def test_refused_by_name_beside_a_sound_one(raw: Any, where: str, says: str) -> None:
    batch = decoded(page(feature(9), raw), time_field="T")
    assert [each.native_id for each in batch.items] == ["9"]
    assert [(each.where, each.says) for each in batch.refused] == [(where, says)]


def test_the_same_told_twice_is_one() -> None:
    batch = decoded(page(feature(9), feature(9)))
    assert (batch.count, batch.refused) == (1, [])


def test_swapped_degrees_are_no_place() -> None:
    pack_box = decoded(page(feature(1), feature(2, -6.01, 80.0)))
    assert [each.native_id for each in pack_box.items] == ["1", "2"]  # it may lie elsewhere on Earth
    (refused,) = decoded(page(feature(1), feature(2, -6.01, 89.0), feature(3, -6.01, 106.0))).refused
    assert (refused.where, refused.says) == ("features[2].geometry", "sync.esri.place")


def test_a_shape_of_very_many_points_is_kept_coarser() -> None:
    ring = [[106 + n / 1e5, -6.0] for n in range(3000)] + [[106.03, -6.1], [106.0, -6.1]]
    item = one(page(polygon(1, ring)))
    assert item.body["digits"] < 7
    assert len(item.body["geometry"]["coordinates"][0]) <= 2_000


def server(count: int, **changes: Any) -> Callable[[Ask], bytes]:
    """A layer of so many features, by offset or by ids."""
    ids = [number * 3 for number in range(1, count + 1)]

    def answer(ask: Ask) -> bytes:
        if ask.url == HOME:
            return layer(**changes)
        if ask.params.get("returnIdsOnly"):
            return json.dumps({"objectIdFieldName": "OBJECTID", "objectIds": ids or None}).encode()
        where = ask.params["where"]
        if "AND" in where:
            low, high = where.partition("OBJECTID>=")[2].split(" AND OBJECTID<")
            last = int(high.lstrip("=")) + high.startswith("=")
            return page(*(feature(each) for each in ids if int(low) <= each < last))
        start, most = int(ask.params["resultOffset"]), int(ask.params["resultRecordCount"])
        rest = ids[start:]
        return page(*map(feature, rest[:most]), exceededTransferLimit=len(rest) > most)

    return answer


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_pages_by_offset(count: int) -> None:
    done = walk(server(count))
    assert [ask.tag for ask, _ in done][:2] == ["layer", "page 0"]
    asked = done[1][0]
    assert asked.url == f"{HOME}/query" and asked.params["outSR"] == "4326" and asked.params["where"] == "1=1"
    assert asked.params["resultRecordCount"] == "2" and asked.params["orderByFields"] == "OBJECTID"
    pages = [batch for _, batch in done[1:]]
    assert sum(batch.count for batch in pages) == count
    assert all(batch.whole for batch in pages) and [batch.more for batch in pages] == [
        *[True] * (len(pages) - 1),
        False,
    ]
    assert not done[0][1].whole
    assert feed().ask(pages[-1].memo, AT)[0].tag == "layer"


@pytest.mark.parametrize("count", [0, 1, 4, 5])
@pytest.mark.parametrize(
    "old", [{"currentVersion": 10.0}, {"advancedQueryCapabilities": {"supportsPagination": False}}]
)
def test_spans_of_ids_where_there_are_no_pages(count: int, old: dict[str, Any]) -> None:
    changes = {"advancedQueryCapabilities": ..., **old}
    done = walk(server(count, **changes))
    assert [ask.tag for ask, _ in done][:2] == ["layer", "ids"]
    seen = [item.native_id for _, batch in done for item in batch.items]
    assert seen == [str(number * 3) for number in range(1, count + 1)]
    assert done[-1][1].whole and not done[-1][1].more
    assert all(batch.count <= 2 for _, batch in done)
    assert done[-1][0].params.get("orderByFields") is None


def test_undated_features_count_from_the_first_visit() -> None:
    plain = {"editFieldsInfo": ...}
    answers = server(1, **plain)
    first = walk(answers)[-1][1]
    assert first.items[0].observed_at == AT and first.newest_at is None
    (ask,) = feed().ask(first.memo, LATER)
    begun = feed().decode(Answer(answers(ask), "", "", LATER, HOME, tag=ask.tag), first.memo)
    (ask,) = feed().ask(begun.memo, LATER)
    again = feed().decode(Answer(answers(ask), "", "", LATER, HOME, tag=ask.tag), begun.memo)
    assert again.items[0].observed_at == AT
    assert walk(server(1))[-1][1].newest_at == datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


def test_a_layer_that_says_it_did_not_change_is_not_read_again() -> None:
    answers = server(2, editingInfo={"lastEditDate": 5})
    first = walk(answers)
    assert first[-1][1].count == 0 and sum(batch.count for _, batch in first) == 2
    again = walk(answers, first[-1][1].memo)
    assert [ask.tag for ask, _ in again] == ["layer"] and not again[0][1].whole
    assert len(walk(server(2, editingInfo={"lastEditDate": 6}), first[-1][1].memo)) > 1


def test_a_server_that_gives_the_same_page_again() -> None:
    same = page(feature(1), feature(2), exceededTransferLimit=True)
    with pytest.raises(BadAnswer) as caught:
        walk(lambda ask: layer() if ask.tag == "layer" else same)
    assert caught.value.says == "sync.esri.stuck"


def test_a_span_that_is_not_given_whole() -> None:
    inner = server(5, currentVersion=10.0, advancedQueryCapabilities=...)

    def answer(ask: Ask) -> bytes:
        return page(feature(3), exceededTransferLimit=True) if ask.tag.startswith("cut") else inner(ask)

    with pytest.raises(BadAnswer) as caught:
        walk(answer)
    assert caught.value.says == "sync.esri.less"


def test_geojson_says_that_there_is_more_in_its_properties() -> None:
    raw = json.loads(GEOJSON)
    assert decoded(json.dumps({**raw, "properties": {"exceededTransferLimit": True}}).encode()).more
    assert feed(form="geojson").ask(decoded(layer(), tag="layer", form="geojson").memo, AT)[0].params["f"] == "geojson"


@pytest.mark.parametrize(
    ("address", "where", "url"),
    [
        (HOME, "1=1", HOME),
        (f"{HOME}/query?where=KODE%3D1&outFields=*&f=pjson&token=t", "KODE=1", HOME),
        (f"{HOME}/", "1=1", HOME),
    ],
)
def test_addresses(address: str, where: str, url: str) -> None:
    source = feed(address)
    (ask,) = source.ask({}, AT)
    assert (ask.url, ask.params["f"]) == (url, "json") and ("token" in ask.params) == ("token" in address)
    memo = source.decode(Answer(layer(), "", "", AT, HOME, tag="layer"), {}).memo
    assert source.ask(memo, AT)[0].params["where"] == where


def test_another_choice_begins_anew() -> None:
    memo = decoded(layer(), tag="layer").memo
    assert feed(where="STATUS=1").ask(memo, AT)[0].tag == "layer"
    assert feed(where="STATUS=1", page_size="1").ask(decoded(layer(), tag="layer", where="STATUS=1").memo, AT)[
        0
    ].params["where"] == ("STATUS=1")


@pytest.mark.parametrize(
    ("value", "tag", "says"),
    [
        ({"count": 5}, "", "sync.esri.count"),
        ({"objectIds": [1, 2]}, "", "sync.esri.ids"),
        ({"objectIds": ["a"]}, "ids", "sync.esri.shape"),
        ({"objectIds": [1] * 200_001}, "ids", "sync.bad.many"),
        (LAYER, "", "sync.esri.description"),
        ({**LAYER, "objectIdField": None, "fields": []}, "layer", "sync.esri.keyless"),
        ({**LAYER, "objectIdField": "1=1 OR x"}, "layer", "sync.esri.keyless"),
        ({"layers": [{"id": 0, "name": "Jalan"}, {"id": 1, "name": "Sungai"}]}, "layer", "sync.esri.service"),
        ({"error": {"code": 498, "message": "Invalid token.", "details": []}}, "layer", "sync.bad.error"),
        ({"error": 5}, "", "sync.bad.error"),
        ({"features": [1, 2]}, "", "sync.esri.shape"),
        ({"features": [{}] * 50_001}, "", "sync.bad.many"),
        ({}, "", "sync.esri.shape"),
        ([], "", "sync.esri.shape"),
    ],
)
def test_what_is_no_list_of_features_is_told(value: Any, tag: str, says: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        decoded(json.dumps(value).encode(), tag=tag)
    assert caught.value.says == says
    for language in ("id", "en"):
        assert not load_phrases(language).tell(caught.value).startswith("«")


def test_an_error_names_its_code_and_message() -> None:
    with pytest.raises(BadAnswer) as caught:
        decoded(b'{"error":{"code":400,"message":"Invalid query.","details":["no such field","Invalid query."]}}')
    assert (caught.value.values["code"], caught.value.values["reason"]) == ("400", "Invalid query; no such field")


def test_a_large_answer_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "MOST_MB", 0)
    with pytest.raises(BadAnswer) as caught:
        decoded(GOOD[0])
    assert caught.value.says == "sync.bad.big"


def test_an_address_is_tried_as_the_source_would_be_asked() -> None:
    class Wire:
        asked: list[Ask] = []  # noqa: RUF012 one test's

        def fetch(self, ask: Ask, **_: Any) -> Answer:
            self.asked.append(ask)
            return Answer(server(2)(ask), "application/json", "", AT, ask.url, tag=ask.tag, params=ask.params)

    out, err = io.StringIO(), io.StringIO()
    code = feed_try("esri", HOME, load_phrases("en"), out, err, wire=Wire())  # type: ignore[arg-type]
    assert (code, err.getvalue(), json.loads(out.getvalue())["records"]) == (0, "", 2)
    assert [each.tag for each in Wire.asked] == ["layer", "page 0"]


@pytest.mark.parametrize("number", range(3))
def test_spoilt_answers_are_batches_or_refused_by_name(number: int) -> None:
    for body in mutations(GOOD[number], 100, seed=number):
        try:
            batch = decoded(body)
        except BadAnswer:
            continue
        for item in batch.items:
            json.dumps(item.body, allow_nan=False)
    for body in mutations(layer(), 60, seed=number):
        try:
            batch = decoded(body, tag="layer")
        except BadAnswer:
            continue
        json.dumps(batch.memo)
        assert feed().ask(json.loads(json.dumps(batch.memo)), AT)


def test_the_recorded_layers(shared_data: Path) -> None:
    folder = shared_data / "esri"

    def read(name: str) -> Batch:
        return decoded((folder / name).read_bytes())

    columbia, cook, carson = (
        read(f"us-{name}.json")
        for name in ("mo-columbia/us-mo-columbia-0", "il-cook/page-partial", "ca-carson/us-ca-carson-0")
    )
    assert (columbia.count, columbia.refused, columbia.items[0].native_id) == (43, [], "64579816")
    assert [each.title for each in cook.items] == ["SYLVAN WOODS", "SIDE TRACKED"]
    # one of the six has the number of another and no place
    assert carson.count == 5 and [each.says for each in carson.refused] == ["sync.refused.twice"]
    body = (folder / "us-ca-carson/us-ca-carson-cache.geojson").read_bytes()
    with pytest.raises(BadAnswer) as caught:
        decoded(body)
    assert (caught.value.says, caught.value.values["line"]) == ("sync.bad.json", 104)
    same = {each.native_id: each for each in decoded(b"]".join(body.rstrip().rsplit(b",\n\n]", 1))).items}
    for each in carson.items:
        assert (each.lat, each.lon) == (same[each.native_id].lat, same[each.native_id].lon)
        assert each.body["fields"] == same[each.native_id].body["fields"]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("ca-carson/us-ca-carson-count-only", "count"),
        ("ca-carson/us-ca-carson-ids-only", "ids"),
        ("ca-carson/us-ca-carson-metadata", "description"),
        ("mi-kent/us-mi-kent-0", "system"),
        ("esri-test/us-esri-test-metadata", "description"),
    ],
)
def test_recorded_answers_without_features(shared_data: Path, name: str, says: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        decoded((shared_data / "esri" / f"us-{name}.json").read_bytes())
    assert caught.value.says == f"sync.esri.{says}"


@pytest.mark.parametrize(
    ("name", "key", "paged", "most"),
    [
        ("us-esri-test", "objectid", True, 1000),
        ("us-mi-kent", "OBJECTID", False, 1000),
        ("us-ca-carson", "OBJECTID", False, 0),
    ],
)
def test_recorded_descriptions(shared_data: Path, name: str, key: str, paged: bool, most: int) -> None:
    raw = (shared_data / "esri" / name / f"{name}-metadata.json").read_bytes()
    memo = decoded(raw, tag="layer").memo
    told = memo["layer"]
    assert (told["key"].lower(), memo["step"] == "page", told["most"] in (most, 0, 1000)) == (key.lower(), paged, True)
    if name == "us-esri-test":
        assert len(told["codes"]) >= 1
    assert len(json.dumps(memo)) < 60_000


def test_recorded_ids_are_cut_into_spans(shared_data: Path) -> None:
    folder = shared_data / "esri" / "us-mo-columbia"
    memo = decoded((folder / "us-mo-columbia-metadata.json").read_bytes(), tag="layer", page_size="20").memo
    cut = decoded((folder / "us-mo-columbia-ids-only.json").read_bytes(), memo, tag="ids", page_size="20")
    assert cut.memo["cuts"] == [64579816, 64579836, 64579856, 64579858]
