"""Reports, floods and gauges of an invented city, and those of Jakarta in 2016 and 2017."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from console.core.errors import BadAnswer
from console.core.items import ItemKind
from console.core.pack import FeedEntry
from console.core.records import Batch
from sync.feed import Answer
from sync.feeds.petabencana import PetaBencana
from tests.cities import small_pack
from tests.feeds.mutate import mutations
from tests.feeds.petabencana.good import (
    FLOOD,
    GAUGE,
    GOOD,
    POINT,
    POLYGON,
    REPORT,
    RING,
    TOPO,
    feature,
    geojson,
)

AT = datetime(2026, 11, 21, 3, 42, tzinfo=UTC)


@cache
def feed(address: str = "https://peta.invalid/", zone: str = "", **options: str) -> PetaBencana:
    entry = FeedEntry("peta", "petabencana", {}, address, 300, 3600, zone=zone, options=options)
    return PetaBencana(entry, small_pack())


def decoded(body: bytes, address: str = "https://peta.invalid/", zone: str = "") -> Batch:
    return feed(address, zone).decode(Answer(body, "application/json", "", AT, address), {})


def test_a_report() -> None:
    batch = decoded(geojson(feature(REPORT, POINT)))
    (item,) = batch.items
    assert item.kind is ItemKind.REPORT and item.id == "peta:77"
    assert item.title == item.text == "Air setinggi lutut di Jalan Melati"
    assert (item.lat, item.lon, item.area) == (-6.01, 106.01, "99.71.01.1001")
    assert item.observed_at == datetime(2026, 11, 21, 1, 30, tzinfo=UTC) and not item.zone_assumed
    assert item.url == "https://peta.invalid/77" and item.body["image"] == "https://foto.invalid/77.jpg"
    assert (item.body["platform"], item.body["depth_cm"], item.body["extra"]) == ("qlue", 60.0, {"odd": "x"})
    assert batch.fleeting and not batch.whole


def test_a_report_without_id_words_or_zone() -> None:
    bare = feature(REPORT, POINT, pkey=..., text="", title=None, created_at="2026-11-21T08:30:00.25", disaster_type=...)
    (item,) = decoded(geojson(bare)).items
    assert item.title == "60 cm" and len(item.native_id) == 24
    assert item.observed_at == datetime(2026, 11, 21, 1, 30, 0, 250000, tzinfo=UTC) and item.zone_assumed
    assert decoded(geojson(bare), zone="Asia/Tokyo").items[0].observed_at.hour == 23


def test_a_flood_is_how_the_water_stands() -> None:
    other = {"type": "MultiPolygon", "coordinates": [[RING], [RING, RING]]}
    batch = decoded(geojson(feature(FLOOD, POLYGON), feature(FLOOD, other, area_id="6", state=None)))
    first, dry = batch.items
    assert first.kind is ItemKind.FLOOD and first.id == "peta:5" and first.title == "RW 01, TIMUR, Rekaan"
    assert (first.level, first.body["state"], first.body["depth_cm"]) == ("3", 3, [71, 150])
    assert first.area == "99.71.01.1001" and first.body["polygons"] == [[[tuple(each) for each in RING]]]
    assert dry.ends_at == dry.observed_at and dry.level == "" and len(dry.body["polygons"]) == 2
    assert batch.whole
    assert decoded(geojson(), "https://peta.invalid/floods").whole
    assert not decoded(geojson(), "https://peta.invalid/reports").whole
    assert not decoded(geojson(feature(FLOOD, POLYGON, state=..., max_state=4))).whole


def test_a_gauge_is_a_series() -> None:
    batch = decoded(geojson(feature(GAUGE, POINT)))
    (series,) = batch.series
    assert (series.id, series.title, series.unit, series.lat) == ("peta:TMA1", "Pintu Rekaan", "cm", -6.01)
    assert series.body == {"level": 3.0, "status": "SIAGA III"}
    assert [(each.at.hour, each.value) for each in batch.samples] == [(1, 110.0), (2, 160.0)]
    assert batch.newest_at == datetime(2026, 11, 21, 2, tzinfo=UTC) and not batch.whole


def test_topojson_is_laid_out() -> None:
    polygon, point = decoded(TOPO).items
    assert [[round(x, 6) for x in each] for each in polygon.body["polygons"][0][0]] == [
        *([106.0, -6.02], [106.02, -6.02], [106.02, -6.0], [106.0, -6.0], [106.0, -6.02]),
    ]
    assert (round(point.lat or 0, 6), round(point.lon or 0, 6)) == (-6.01, 106.01)


@pytest.mark.parametrize(
    ("raw", "where", "says"),
    [
        (feature(REPORT, POINT, created_at=None), "created_at", "sync.refused.missing"),
        (feature(REPORT, POINT, created_at="2026-12-01T00:00:00Z"), "created_at", "sync.refused.when"),
        (feature(REPORT, {"type": "Point", "coordinates": [-6.01, 106.01]}), "geometry", "sync.refused.swapped"),
        (feature(REPORT, {"type": "Point", "coordinates": []}), "geometry", "sync.topology.shape"),
        (feature(REPORT, "sini"), "geometry", "sync.refused.kind"),
        (feature(REPORT, POINT, text=["x"]), "text", "sync.refused.kind"),
        (
            feature(REPORT, POINT, report_data={"flood_depth": "dalam"}),
            "report_data.flood_depth",
            "sync.refused.number",
        ),
        (feature(REPORT, POINT, odd="x" * 17_000), "", "sync.refused.long"),
        (feature(REPORT, POINT, odd=float("nan")), "odd", "sync.refused.number"),
        (feature(FLOOD, POLYGON, state=5), "state", "sync.petabencana.state"),
        (feature(FLOOD, POLYGON, state=2.5), "state", "sync.petabencana.state"),
        (feature(FLOOD, POLYGON, area_id=..., geom_id=...), "area_id", "sync.refused.missing"),
        (feature(FLOOD, {"type": "Polygon", "coordinates": [RING[:3]]}), "geometry", "sync.topology.shape"),
        (feature(FLOOD, {"type": "Polygon", "coordinates": [RING[:4]]}), "geometry", "sync.topology.shape"),
        (feature(GAUGE, POINT, observations={}), None, ""),
        (feature(GAUGE, POINT, observations="x"), "observations", "sync.refused.kind"),
        (feature([1]), "", "sync.refused.record"),
        (5, "", "sync.refused.record"),
    ],
)
def test_a_bad_feature_costs_only_itself(raw: Any, where: str | None, says: str) -> None:
    batch = decoded(geojson(feature(REPORT, POINT, pkey="1"), raw))
    assert len(batch.items) == 1 and not batch.whole
    if where is not None:
        assert [(each.where, each.says) for each in batch.refused] == [(f"features[1].{where}".rstrip("."), says)]


def test_a_bad_value_of_a_gauge_costs_only_itself() -> None:
    good = GAUGE["observations"]
    bad = [{**good[0], "f2": None}, {**good[0], "f1": "tadi"}, {**good[0], "f2": "dalam"}, 7]
    batch = decoded(geojson(feature(GAUGE, POINT, observations=[*good, *bad])))
    assert len(batch.samples) == 2
    assert [(each.where, each.says) for each in batch.refused] == [
        ("features[0].observations[2].f2", "sync.refused.missing"),
        ("features[0].observations[3].f1", "sync.refused.time"),
        ("features[0].observations[4].f2", "sync.refused.number"),
        ("features[0].observations[5]", "sync.refused.record"),
    ]


def test_where_it_asks() -> None:
    (ask,) = feed(admin="ID-RK").ask({}, AT)
    assert ask.url == "https://peta.invalid/reports"
    assert ask.params == {"geoformat": "geojson", "format": "json", "timeperiod": "10800", "admin": "ID-RK"}
    (ask,) = feed("https://peta.invalid/floods/", admin="ID-RK").ask({}, AT)
    assert ask.url == "https://peta.invalid/floods" and "timeperiod" not in ask.params
    assert feed("https://peta.invalid/floodgauges").ask({}, AT)[0].url.endswith("/floodgauges")


def test_an_error_in_the_envelope_is_told() -> None:
    with pytest.raises(BadAnswer) as trouble:
        decoded(b'{"statusCode": 404, "message": "No reports found", "result": null}')
    assert trouble.value.values["code"] == "404" and trouble.value.values["reason"] == "No reports found"


@pytest.mark.parametrize("number", range(len(GOOD)))
def test_spoilt_answers_are_refused_by_name_or_read(number: int) -> None:
    for spoilt in mutations(GOOD[number], 60, seed=number):
        try:
            batch = decoded(spoilt)
        except BadAnswer as trouble:
            assert trouble.values["source"] == "peta"
        else:
            json.dumps([each.body for each in batch.items], allow_nan=False)


def test_what_the_documentation_shows(shared_data: Path) -> None:
    folder = shared_data / "petabencana"
    said: dict[str, tuple[int, int]] = {}
    bad: Counter[str] = Counter()
    for path in sorted(folder.glob("doc-*.json")):
        try:
            batch = decoded(path.read_bytes())
        except BadAnswer as trouble:
            bad[trouble.says] += 1
        else:
            said[path.stem] = (batch.count, len(batch.refused))
    assert said == {
        "doc-crowdsourced-reports-1": (1, 0),
        "doc-flooded-area-1": (1, 0),
        "doc-flooded-area-3": (1, 0),
        "doc-flooded-area-archive-1": (2, 0),
        "doc-floodgauges-1": (30, 0),
        "doc-stats-reportssummary-1": (1, 0),
    }
    assert bad == {"sync.petabencana.shape": 11, "sync.bad.error": 3}
    gauges = decoded((folder / "doc-floodgauges-1.json").read_bytes())
    assert [each.title for each in gauges.series] == ["Bendung Katulampa", "Pos Depok", "Waduk Pluit"]
    assert min(each.value for each in gauges.samples) == -175 and gauges.series[0].body["status"] == "SIAGA IV"
    assert (round(gauges.series[0].lat or 0, 4), round(gauges.series[0].lon or 0, 4)) == (-6.633, 106.8367)


def test_jakarta_in_february_2017(shared_data: Path) -> None:
    """1,057 and 78 reports, 3 and 69 flooded areas; times are UTC+7 and do not say so."""
    folder = shared_data / "petabencana"
    first = decoded((folder / "reports_2017-02-21.geojson").read_bytes(), zone="Asia/Jakarta")
    assert len(first.items) == 1057 and first.refused == []
    assert Counter(each.body["platform"] for each in first.items) == {"qlue": 810, "grasp": 214, "detik": 33}
    assert sum("depth_cm" in each.body for each in first.items) == 214
    assert first.items[0].observed_at == datetime(2017, 2, 20, 23, 34, 7, 672000, tzinfo=UTC)
    assert all(each.zone_assumed for each in first.items)
    second = decoded((folder / "reports_2017-02-22.geojson").read_bytes())
    assert len(second.items) == 78 and second.refused == []
    floods = decoded((folder / "jkt_floods_2017-02-22T050000.geojson").read_bytes())
    assert Counter(each.level for each in floods.items) == {"2": 59, "4": 6, "3": 4} and floods.whole
    assert sum(len(each.body["polygons"]) > 1 for each in floods.items) == 1
    early = decoded((folder / "jkt_floods_2017-02-20T170000.geojson").read_bytes())
    assert [each.level for each in early.items] == ["3"] * 3 and early.refused == []
