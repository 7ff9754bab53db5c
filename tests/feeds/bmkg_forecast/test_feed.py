"""BMKG's forecasts: the slots of a kelurahan, many kelurahan in turn, and each way to be none."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from console.core.errors import Away, BadAnswer, Denied
from console.core.items import Item, ItemKind
from console.core.pack import FeedEntry
from console.core.records import Batch
from sync.feed import Answer, Ask, Memo
from sync.feeds.bmkg_forecast import A_MINUTE, MOST_PLACES, BmkgForecast
from tests.cities import small_pack
from tests.feeds.bmkg_forecast.good import GOOD, as_json, later, place, slot
from tests.feeds.mutate import mutations

AT = datetime(2026, 11, 21, 3, 42, tzinfo=UTC)
HOME = "https://api.bmkg.invalid/publik/prakiraan-cuaca"


def feed(cadence_s: float = 3600, **options: str) -> BmkgForecast:
    return BmkgForecast(FeedEntry("cuaca", "bmkg-forecast", {}, HOME, cadence_s, 7200, options=options), small_pack())


def decoded(body: bytes) -> Batch:
    return feed().decode(Answer(body, "", "", AT, HOME), {})


def one(*days: Any, **changes: Any) -> Item:
    batch = decoded(as_json(place(*days, **changes)))
    assert batch.refused == [] and len(batch.items) == 1
    return batch.items[0]


def test_a_sound_forecast() -> None:
    item = one()
    assert (item.id, item.kind, item.title) == ("cuaca:99.71.01.1001", ItemKind.FORECAST, "Sukamaju Timur, Sukamaju")
    assert item.observed_at == item.revised_at == datetime(2026, 11, 21, tzinfo=UTC)
    assert (item.starts_at, item.ends_at) == (
        datetime(2026, 11, 21, 6, tzinfo=UTC),
        datetime(2026, 11, 22, 6, tzinfo=UTC),
    )
    assert (item.lat, item.lon, item.area) == (-6.01, 106.02, "99.71.01.1001")
    assert [each["at"] for each in item.body["slots"]][:2] == ["2026-11-21T06:00:00+00:00", "2026-11-21T09:00:00+00:00"]
    assert item.body["slots"][0] == {
        "at": "2026-11-21T06:00:00+00:00",
        "weather": 95,
        "desc": "Hujan Petir",
        "desc_en": "Thunderstorm",
        "t": 27.0,
        "hu": 85.0,
        "tcc": 88.0,
        "tp": 4.2,
        "ws": 11.1,
        "wd_deg": 348.0,
        "wd": "NW",
        "wd_to": "SE",
        "local": "2026-11-21 13:00:00",
        "image": "https://api.bmkg.invalid/hujan petir-am.svg",
        "extra": {"time_index": "5-6"},
    }
    assert item.body["lokasi"]["kotkab"] == "Kota Rekaan"
    batch = decoded(GOOD[0])
    assert batch.fleeting and not batch.whole and batch.newest_at == item.observed_at


def test_slots_out_of_order_told_twice_or_without_days() -> None:
    item = one([later(3), slot(t=20)], [slot(t=21)])
    assert [each.get("t") for each in item.body["slots"]] == [21.0, 27.0]
    assert len(one(slot(), later(0)).body["slots"]) == 2
    bare = slot(datetime=..., analysis_date=...)
    item = one([bare])
    assert (item.starts_at, item.observed_at, item.revised_at) == (datetime(2026, 11, 21, 6, tzinfo=UTC), AT, None)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"weather": 777, "weather_desc": "Hujan Katak"}, (777, "Hujan Katak")),
        ({"weather": 777, "weather_desc": None}, (777, "777")),
        ({"weather": "61", "weather_desc": ""}, (61, "61")),
        ({"weather": "hujan", "weather_desc": ...}, (None, "hujan")),
        ({"weather": None, "weather_desc": None}, (None, None)),
    ],
)
def test_a_code_we_never_heard_of_is_its_own_text(changes: dict[str, Any], told: tuple[int | None, str | None]) -> None:
    (first,) = one([slot(**changes)]).body["slots"]
    assert (first.get("weather"), first.get("desc")) == told


def test_of_another_city_and_of_no_name() -> None:
    item = one(adm4="31.71.01.1001", desa=..., kecamatan=...)
    assert (item.title, item.area) == ("31.71.01.1001", "")
    assert one(desa=..., kecamatan=...).title == "Sukamaju Timur"


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"datetime": "besok"}, ".datetime", "sync.refused.time"),
        ({"datetime": None, "utc_datetime": None}, ".utc_datetime", "sync.refused.missing"),
        ({"datetime": "9999-12-31T23:00:00Z"}, ".datetime", "sync.refused.when"),
        ({"analysis_date": "2026-11-23T00:00:00"}, ".analysis_date", "sync.refused.when"),
        ({"t": "panas"}, ".t", "sync.refused.number"),
        ({"t": float("inf")}, ".t", "sync.refused.number"),
        ({"wd": {}}, ".wd", "sync.refused.kind"),
    ],
)
def test_a_bad_slot_costs_only_itself(changes: dict[str, Any], field: str, says: str) -> None:
    batch = decoded(as_json(place([slot(), later(0, **changes) if "datetime" not in changes else slot(**changes)])))
    assert [len(each.body["slots"]) for each in batch.items] == [1]
    assert [(each.where, each.says) for each in batch.refused] == [(f"data[0].cuaca[0][1]{field}", says)]


@pytest.mark.parametrize(
    ("bad", "where", "says"),
    [
        (place(adm4=...), ".lokasi.adm4", "sync.refused.missing"),
        (place(adm4="a\nb"), ".lokasi.adm4", "sync.refused.id"),
        (place(lat=106.02, lon=-6.01), ".lokasi.lat", "sync.refused.swapped"),
        (place(lat=None), ".lokasi.lat", "sync.refused.half"),
        (place(desa=[]), ".lokasi.desa", "sync.refused.kind"),
        (place(baru="x" * 16_000), "", "sync.refused.long"),
        ({"cuaca": []}, ".lokasi", "sync.refused.kind"),
        ({**place(), "cuaca": 5}, ".cuaca", "sync.refused.kind"),
        ({**place(), "cuaca": [[]]}, ".cuaca", "sync.bmkg.no_slots"),
        (place([later(n % 24, wd="x" * 19_000, image="y" * 19_000) for n in range(8)]), ".cuaca", "sync.refused.long"),
        ("x", "", "sync.refused.record"),
    ],
)
def test_a_bad_place_is_refused_by_name(bad: Any, where: str, says: str) -> None:
    batch = decoded(as_json(place([slot()], adm4="99.71.02.1001"), bad))
    assert (batch.count, batch.refused[-1].where, batch.refused[-1].says) == (1, f"data[1]{where}", says)


@pytest.mark.parametrize("value", [{}, {"data": {}}, {"data": []}, {"data": [{"a": 1}]}, {"statusCode": 404}])
def test_other_json_is_no_forecast(value: Any) -> None:
    with pytest.raises(BadAnswer) as caught:
        decoded(json.dumps(value).encode())
    assert caught.value.says == "sync.bmkg.forecast_shape"


def test_bounds() -> None:
    with pytest.raises(BadAnswer) as caught:
        decoded(as_json(*[{"cuaca": []}] * (MOST_PLACES + 1)))
    assert caught.value.says == "sync.bad.many"
    with pytest.raises(BadAnswer) as caught:
        decoded(b"[" + b"{}," * 350_000 + b"{}]")
    assert caught.value.says == "sync.bad.big"


def codes(source: BmkgForecast, memo: Memo) -> list[str]:
    return [ask.params["adm4"] for ask in source.ask(memo, AT)]


def test_the_address_as_it_stands_or_some_kelurahan_or_all() -> None:
    assert [(ask.url, dict(ask.params)) for ask in feed().ask({}, AT)] == [(HOME, {})]
    assert codes(feed(adm4="a, b a"), {}) == ["a", "b"]
    assert codes(feed(adm4="all"), {}) == [
        *("99.71.01.1001", "99.71.01.1002", "99.71.01.1003", "99.71.02.1001", "99.71.02.1002"),
    ]


def test_many_kelurahan_take_several_turns() -> None:
    every = [str(number) for number in range(2 * A_MINUTE + 10)]
    source = feed(adm4=" ".join(every))
    memo: Memo = {}
    seen = []
    for _ in range(3):
        for ask in source.ask(memo, AT):
            seen.append(ask.tag)
            memo = source.decode(Answer(GOOD[0], "", "", AT, HOME, tag=ask.tag), memo).memo
    assert seen[: len(every)] == every and len(seen) == 3 * A_MINUTE
    assert len(codes(feed(6, adm4=" ".join(every)), {})) == 5, "a quick source asks the less each turn"
    assert codes(feed(0.1, adm4="a b"), {"next": 3}) == ["b"]
    assert codes(source, {"next": "x"})[0] == codes(source, {"next": -1})[0] == "0"
    unchanged = source.decode(Answer(b"", "", "", AT, HOME, unchanged=True, tag="7"), {})
    assert unchanged.memo == {"next": 8}


def test_a_kelurahan_bmkg_does_not_know_costs_no_other() -> None:
    source = feed(adm4="a b c")
    gone = Away("sync.away.gone", source="x", status="404")
    for trouble in (gone, BadAnswer("sync.bmkg.forecast_shape", source="x")):
        batch = source.missed(Ask(HOME, tag="b"), trouble, {"next": 1})
        assert batch is not None and batch.memo == {"next": 2}
        assert [(each.says, each.values) for each in batch.refused] == [("sync.bmkg.lost", {"code": "b"})]
    slow = Away("sync.away.slow", source="x", seconds=15)
    assert source.missed(Ask(HOME, tag="b"), slow, {}) is None
    assert source.missed(Ask(HOME, tag="b"), Denied("sync.denied", source="x", status="403"), {}) is None
    assert feed().missed(Ask(HOME), gone, {}) is None
    assert feed(adm4="a").missed(Ask(HOME, tag="a"), gone, {}) is None


@pytest.mark.parametrize("number", range(2))
def test_spoilt_answers_are_batches_or_refused_by_name(number: int) -> None:
    for body in mutations(GOOD[number], 150, seed=number):
        try:
            batch = decoded(body)
        except BadAnswer:
            continue
        for item in batch.items:
            assert item.native_id and item.body["slots"]
            json.dumps(item.body, allow_nan=False)


def test_the_recorded_forecast(shared_data: Path) -> None:
    batch = decoded((shared_data / "bmkg" / "prakiraan-cuaca-31.71.01.1001-2026-10-08.json").read_bytes())
    (item,) = batch.items
    assert batch.refused == [] and (item.native_id, item.title) == ("31.71.01.1001", "Gambir")
    assert item.observed_at == datetime(2026, 10, 8, tzinfo=UTC)
    assert [(each["weather"], each["desc"], each["t"]) for each in item.body["slots"]] == [
        (2, "Cerah Berawan", 32.0),
        (0, "Cerah", 28.0),
    ]
    assert "vs" not in item.body["slots"][0]


def test_an_invented_variant_is_taken_as_far_as_it_goes(shared_data: Path) -> None:
    (item,) = decoded((shared_data / "bmkg" / "made-up-forecast_response.json").read_bytes()).items
    assert (item.title, len(item.body["slots"]), item.body["lokasi"]["deskel"]) == ("Wiradesa", 10, "Kadipaten")
    assert item.body["slots"][0]["desc"] == "3" and item.observed_at == AT
