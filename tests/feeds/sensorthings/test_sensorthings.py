"""Measurements of an invented server, and the answers FROST documents."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from console.core.errors import Away, BadAnswer
from console.core.pack import FeedEntry
from console.core.records import Batch, Refusal
from sync.feed import Answer, Ask
from sync.feeds.sensorthings import MOST_FOLLOWED, SensorThings
from tests.cities import small_pack
from tests.feeds.mutate import mutations
from tests.feeds.sensorthings.good import GOOD, answer, observation, stream

AT = datetime(2026, 11, 21, 3, 42, tzinfo=UTC)
HUB = "https://hub.invalid/v1.1"


@cache
def feed(address: str = HUB, **options: str) -> SensorThings:
    return SensorThings(FeedEntry("tma", "sensorthings", {}, address, 60, 600, options=options), small_pack())


def decoded(body: bytes, memo: Mapping[str, Any] | None = None, tag: str = "first", url: str = HUB) -> Batch:
    return feed().decode(Answer(body, "application/json", "", AT, url, tag=tag), memo or {})


def refusal(*observations: Any) -> Refusal:
    """The only refusal of a datastream whose first value is sound."""
    batch = decoded(answer(stream(observation(0), *observations)))
    assert len(batch.samples) == 1
    (found,) = batch.refused
    return found


def test_a_datastream_is_a_series() -> None:
    batch = decoded(GOOD[0])
    (series,) = batch.series
    assert series.id == "tma:7" and series.title == "Tinggi muka air Pintu Rekaan"
    assert (series.property, series.unit, series.station) == ("Tinggi muka air", "cm", "Pintu Rekaan")
    assert (series.lat, series.lon, series.area) == (-6.01, 106.01, "99.71.01.1001")
    assert series.body["sensor"] == "Radar" and series.body["extra"] == {"properties": {"datum": "staf"}}
    assert [(each.series, each.value, each.at.minute) for each in batch.samples] == [
        ("tma:7", 120, 10),
        ("tma:7", 118.5, 0),
    ]
    assert batch.newest_at == datetime(2026, 11, 21, 2, 10, tzinfo=UTC) and batch.fleeting and not batch.more


def test_a_span_of_time_counts_at_its_end() -> None:
    span = "2026-11-21T01:00:00Z/2026-11-21T09:00:00+07:00"
    batch = decoded(answer(stream(observation(0, phenomenonTime=span))))
    assert batch.samples[0].at == datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
    assert batch.series[0].body["interval_s"] == 3600.0


def test_the_same_instant_told_again_replaces_the_value() -> None:
    batch = decoded(answer(stream(observation(0, 1), observation(0, 2), observation(1, 3, resultQuality="baik"))))
    assert [(each.value, each.quality) for each in batch.samples] == [(2.0, ""), (3.0, "baik")]


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"result": "120"}, "result", "sync.refused.number"),
        ({"result": True}, "result", "sync.refused.number"),
        ({"result": [1, 2]}, "result", "sync.refused.number"),
        ({"result": None}, "result", "sync.refused.missing"),
        ({"result": float("nan")}, "result", "sync.refused.number"),
        ({"result": 1 << 70}, "result", "sync.refused.integer"),
        ({"phenomenonTime": None}, "phenomenonTime", "sync.refused.missing"),
        ({"phenomenonTime": 7}, "phenomenonTime", "sync.refused.time"),
        ({"phenomenonTime": "tadi pagi"}, "phenomenonTime", "sync.refused.time"),
        ({"phenomenonTime": "2026-11-25T00:00:00Z"}, "phenomenonTime", "sync.refused.when"),
        ({"phenomenonTime": "2026-11-21T02:00:00Z/2026-11-21T01:00:00Z"}, "phenomenonTime", "sync.refused.when"),
    ],
)
def test_a_bad_value_costs_only_itself(changes: dict[str, Any], field: str, says: str) -> None:
    found = refusal(observation(5, **changes))
    assert (found.where, found.says) == (f"value[0].Observations[1].{field}", says)


@pytest.mark.parametrize(
    ("changes", "where", "says"),
    [
        ({"@iot.id": ..., "name": ...}, "@iot.id", "sync.refused.missing"),
        ({"unitOfMeasurement": "cm"}, "unitOfMeasurement", "sync.refused.kind"),
        ({"Observations": 5}, "Observations", "sync.refused.kind"),
        ({"odd": "x" * 17_000}, "", "sync.refused.long"),
        (
            {"Thing": {"Locations": [{"location": {"type": "Point", "coordinates": [-6.0, 106.0]}}]}},
            "lat",
            "sync.refused.swapped",
        ),
    ],
)
def test_a_bad_datastream_costs_only_itself(changes: dict[str, Any], where: str, says: str) -> None:
    batch = decoded(answer(stream(observation(0), **{"@iot.id": 1}), stream(observation(1), **changes)))
    assert len(batch.series) == len(batch.samples) == 1
    assert [(each.where, each.says) for each in batch.refused] == [(f"value[1].{where}".rstrip("."), says)]


def test_where_it_asks() -> None:
    (ask,) = feed(latest="5", filter="name eq 'x'").ask({}, AT)
    assert ask.url == HUB + "/Datastreams"
    assert ask.params["$expand"].endswith("Observations($orderby=phenomenonTime desc;$top=5)")
    assert ask.params["$filter"] == "name eq 'x'" and ask.params["$top"] == "100"
    (own,) = feed(HUB + "/Datastreams(7)/Observations?$top=9").ask({}, AT)
    assert own.url.endswith("$top=9") and not own.params


def test_next_pages_are_followed_on_the_same_server_only() -> None:
    batch = decoded(
        answer(stream(observation(0)), **{"@iot.nextLink": "Datastreams?$skip=100"}), url=HUB + "/Datastreams"
    )
    assert batch.more and batch.refused == []
    (ask,) = feed().ask(batch.memo, AT)
    assert ask.url == HUB + "/Datastreams?$skip=100"
    done = decoded(answer(), batch.memo, ask.tag)
    assert not done.more and done.memo["links"] == [] and done.memo["last"] == {"7": 1795226400000}
    for link in (
        "http://lain.invalid/",
        "https://hub.invalid:444/x",
        "http://hub.invalid/x",
        "//lain.invalid/x",
        7,
        "https://[x",
    ):
        elsewhere = decoded(answer(stream(observation(0)), **{"@iot.nextLink": link}))
        assert not elsewhere.more and [each.says for each in elsewhere.refused] == ["sync.sensorthings.elsewhere"]


def test_a_gap_is_closed_from_older_pages() -> None:
    memo = decoded(answer(stream(observation(0)))).memo
    link = {"Observations@iot.nextLink": HUB + "/Datastreams(7)/Observations?$skip=2"}
    assert not decoded(answer(stream(observation(5), observation(0), **link)), memo).more
    batch = decoded(answer(stream(observation(50), observation(40), **link)), memo)
    assert batch.more and batch.memo["last"] == memo["last"]
    (ask,) = feed().ask(batch.memo, AT)
    older = answer(observation(30), observation(20), **{"@iot.nextLink": HUB + "/Datastreams(7)/Observations?$skip=4"})
    second = decoded(older, batch.memo, ask.tag, ask.url)
    assert second.more and {each.series for each in second.samples} == {"tma:7"}
    third = decoded(answer(observation(10), observation(0)), second.memo, feed().ask(second.memo, AT)[0].tag)
    assert not third.more and third.memo["last"] == {"7": 1795226400000 + 50 * 60_000}


def test_pages_without_end_are_left() -> None:
    memo: Mapping[str, Any] = {}
    tag, count, more = "first", 0, True
    while more:
        body = answer(stream(observation(0)), **{"@iot.nextLink": f"{HUB}/Datastreams?$skip={count}"})
        batch = decoded(body, memo, tag)
        memo, more, count = batch.memo, batch.more, count + 1
        tag = feed().ask(memo, AT)[0].tag
    assert count == MOST_FOLLOWED + 1 and tag == "first"


def test_a_page_that_is_gone_is_given_up() -> None:
    memo = decoded(answer(stream(observation(0)), **{"@iot.nextLink": HUB + "/Datastreams?$skip=100"})).memo
    (ask,) = feed().ask(memo, AT)
    assert feed().missed(ask, Away("sync.away.server"), memo) is None
    batch = feed().missed(ask, Away("sync.away.gone"), memo)
    assert batch is not None and batch.memo["links"] == [] and batch.memo["last"]
    assert feed().missed(Ask(HUB, tag="first"), Away("sync.away.gone"), memo) is None


def test_observations_by_themselves_need_their_datastream() -> None:
    alone = answer(observation(0))
    assert [each.says for each in decoded(alone).refused] == ["sync.refused.missing"]
    assert decoded(alone, url=HUB + "/Datastreams('a 1')/Observations").samples[0].series == "tma:a 1"
    batch = decoded(answer(observation(0, Datastream=stream())))
    assert batch.samples[0].series == batch.series[0].id == "tma:7"
    assert decoded(answer(observation(0, Datastream={"@iot.id": "x"}))).samples[0].series == "tma:x"


@pytest.mark.parametrize("number", range(len(GOOD)))
def test_spoilt_answers_are_refused_by_name_or_read(number: int) -> None:
    for spoilt in mutations(GOOD[number], 60, seed=number):
        try:
            batch = decoded(spoilt)
        except BadAnswer as trouble:
            assert trouble.values["source"] == "tma"
        else:
            json.dumps(batch.memo)


def test_what_frost_documents(shared_data: Path) -> None:
    """A Thing as it is sent to be made: 2 datastreams, 4 values; an expanded one: 2 datastreams without values; two
    Things that say nothing of datastreams."""
    folder = shared_data / "sensorthings"
    made = decoded((folder / "frost-entitiesDefault.json").read_bytes())
    assert [(each.title, each.property, each.unit) for each in made.series] == [
        ("datastream name 1", "Luminous Flux", "lm"),
        ("datastream name 2", "Tempretaure", "C"),
    ]
    assert [each.value for each in made.samples] == [3, 4, 5, 6] and made.refused == []
    assert (made.series[0].lat, made.series[0].lon, made.series[0].station) == (51.05, -117.05, "thing name 1")
    assert made.samples[0].at == datetime(2015, 3, 3, tzinfo=UTC)
    expanded = decoded((folder / "frost-expanding-1.json").read_bytes())
    assert [(each.native_id, each.title, each.station) for each in expanded.series] == [
        ("19", "Temperature measurement", "camping lantern"),
        ("21", "Humidity measurement", "camping lantern"),
    ]
    things = decoded((folder / "frost-tailoring-responses-0.json").read_bytes())
    assert [each.says for each in things.refused] == ["sync.refused.missing"] * 2 and not things.series
