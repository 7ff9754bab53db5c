"""The other interfaces of the embedded centre: read by the very feeds that read the real ones, on good days and bad."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from urllib.parse import urlencode, urlsplit

import pytest

from console.core.clock import millis
from console.core.errors import BadAnswer
from console.core.items import ItemKind
from console.core.pack import FeedEntry
from console.core.records import Batch
from console.store.files import resource
from sync.centre.interfaces import SLOT_MS, Interfaces, Mood, calm, drawn, mixed
from sync.centre.run import all_interfaces
from sync.centre.sentences import Sentences
from sync.centre.town import Town
from sync.feed import Answer, Memo
from sync.feeds import found
from tests.cities import ONE, small_pack

BASE = "http://127.0.0.1:9"
NOON = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
PATHS = {
    "cap": ["/bmkg/cap/index.xml"],
    "bmkg-nowcast": ["/bmkg/nowcast/id"],
    "bmkg-quake": ["/bmkg/autogempa.json", "/bmkg/gempadirasakan.json", "/bmkg/gempaterkini.json"],
    "bmkg-forecast": ["/bmkg/prakiraan-cuaca"],
    "gtfs": ["/bus/gtfs.zip"],
    "gtfs-rt": ["/bus/realtime.pb"],
    "press": ["/warta/rss"],
    "mastodon": ["/sosial"],
    "sensorthings": ["/sta/v1.1"],
    "ckan": ["/data"],
    "petabencana": ["/petabencana/floodgauges", "/petabencana/reports", "/petabencana/floods"],
    "esri": ["/data/layer"],
}
OPTIONS = {"bmkg-forecast": {"adm4": f"{ONE}.1001"}, "mastodon": {"tag": "kota"}}
EACH = [(kind, path) for kind, paths in PATHS.items() if kind in found() for path in paths]
each_one = pytest.mark.parametrize(("kind", "path"), EACH)


@cache
def town() -> Town:
    pack = small_pack()
    return Town(pack, 21, Sentences(resource("centre/complaints.toml"), pack))


def served(mood: Mood = Mood.CALM) -> Interfaces:
    return all_interfaces(small_pack(), 21, town(), lambda _prefix, _now: mood)


def read(centre: Interfaces, kind: str, path: str, now: datetime = NOON) -> Iterator[Batch]:
    """What the feed makes of it, ask after ask, as the engine would."""
    entry = FeedEntry(kind, kind, {}, BASE + path, 60, 600, options=OPTIONS.get(kind, {}), allow_private=True)
    feed = found()[kind](entry, small_pack())
    memo: Memo = {}
    for _ in range(12):
        more = False
        for ask in feed.ask(memo, now):
            url = urlsplit(ask.url)
            query = "&".join(each for each in (url.query, urlencode(dict(ask.params))) if each)
            answer = centre.answer(url.path, query, millis(now), BASE)
            assert answer is not None and answer.status == 200, ask.url
            form = answer.type.partition(";")[0]
            batch = feed.decode(Answer(answer.body, form, "utf-8", now, ask.url, tag=ask.tag, params=ask.params), memo)
            memo, more = batch.memo, more or batch.more
            yield batch
        if not more:
            return
    raise AssertionError(f"{kind} never ends")


def rainy(after: datetime = NOON) -> datetime:
    """Just after the worst of the first rainy evening."""
    for day in range(60):
        date = (after + timedelta(days=day)).date()
        hour, strength = town().rains(date)
        if strength > 0.6:
            return datetime(date.year, date.month, date.day, hour, tzinfo=small_pack().zone) + timedelta(hours=3)
    raise AssertionError("it never rains")


@each_one
def test_its_feed_reads_it_whole(kind: str, path: str) -> None:
    batches = list(read(served(), kind, path, rainy()))
    assert sum(batch.count for batch in batches) > 0
    assert [refusal.says for batch in batches for refusal in batch.refused] == []


@each_one
@pytest.mark.parametrize("mood", [Mood.LATE, Mood.DOUBLE, Mood.REORDERED, Mood.REVISED])
def test_a_bad_day_costs_no_record_its_form(kind: str, path: str, mood: Mood) -> None:
    ids = [item.id for batch in read(served(mood), kind, path, rainy()) for item in batch.items]
    calm_ids = {item.id for batch in read(served(), kind, path, rainy()) for item in batch.items}
    if mood in (Mood.DOUBLE, Mood.REORDERED):
        assert set(ids) == calm_ids


@each_one
def test_a_wrong_answer_is_refused_by_name(kind: str, path: str) -> None:
    for slot in range(4):
        with pytest.raises(BadAnswer):
            list(read(served(Mood.WRONG), kind, path, NOON + timedelta(milliseconds=SLOT_MS * slot)))


def test_what_is_gone_says_so() -> None:
    answer = served(Mood.GONE).answer("/warta/rss", "", millis(NOON), BASE)
    assert answer is not None and answer.status == 503


def test_the_same_instant_is_answered_the_same() -> None:
    for _, path in EACH:
        one, other = (all_interfaces(small_pack(), 21, town(), calm) for _ in range(2))
        assert one.answer(path, "", millis(NOON), BASE) == other.answer(path, "", millis(NOON), BASE)


def test_paths_of_nobody_are_left_to_others() -> None:
    centre = served()
    assert centre.answer("/rekaan-town-21/open311/v2/requests.json", "", millis(NOON), BASE) is None
    assert centre.answer("/", "", millis(NOON), BASE) is None
    assert centre.answer("/bmkg/lain", "", millis(NOON), BASE) is None
    assert centre.answer("/rekaan-town-21/warta/rss", "", millis(NOON), BASE) is not None


def test_a_rain_is_warned_of_updated_and_called_off() -> None:
    at = rainy()
    told = [item for batch in read(served(), "cap", "/bmkg/cap/index.xml", at) for item in batch.items]
    kinds = {item.body["msgType"] for item in told}
    assert {"Alert", "Update"} <= kinds
    later = [
        item for batch in read(served(), "cap", "/bmkg/cap/index.xml", at + timedelta(hours=4)) for item in batch.items
    ]
    assert "Cancel" in {item.body["msgType"] for item in later}
    assert {item.body["status"] for item in told} == {"Actual", "Exercise"}


def test_a_gauge_rises_after_the_rain() -> None:
    def highest(at: datetime) -> dict[str, float]:
        (batch, *_) = read(served(), "sensorthings", "/sta/v1.1", at)
        newest: dict[str, float] = {}
        for sample in sorted(batch.samples, key=lambda each: each.at):
            newest[sample.series] = sample.value
        return newest

    wet, before = highest(rainy()), highest(rainy() - timedelta(hours=4))
    assert any(wet[name] > before[name] + 20 for name in wet)


def test_buses_rest_at_night() -> None:
    night = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)
    assert sum(batch.count for batch in read(served(), "gtfs-rt", "/bus/realtime.pb", night)) == 0
    day = [item for batch in read(served(), "gtfs-rt", "/bus/realtime.pb") for item in batch.items]
    assert {item.kind for item in day} == {ItemKind.VEHICLE}


def test_moods_hang_on_the_seed_and_most_are_calm() -> None:
    mood = drawn(21)
    told = [mood("/bmkg", slot * SLOT_MS) for slot in range(600)]
    assert told == [drawn(21)("/bmkg", slot * SLOT_MS + 5) for slot in range(600)]
    assert 0.75 < told.count(Mood.CALM) / 600 < 0.95
    assert set(told) == set(Mood)


def test_mixing_loses_nothing() -> None:
    rows = list(range(20))
    assert mixed(rows, Mood.CALM, "a") == rows
    assert sorted(mixed(rows, Mood.REORDERED, "a")) == rows != mixed(rows, Mood.REORDERED, "a")
    assert set(mixed(rows, Mood.DOUBLE, "a")) == set(rows) and len(mixed(rows, Mood.DOUBLE, "a")) > 20
    assert mixed([], Mood.DOUBLE, "a") == []


@pytest.mark.parametrize("query", ["limit=x", "limit=", "min_id=abc", "limit=999999999999999999999", "max_id=-5"])
def test_odd_questions_are_answered_all_the_same(query: str) -> None:
    answer = served().answer("/sosial/api/v1/timelines/tag/kota", query, millis(NOON), BASE)
    assert answer is not None and isinstance(json.loads(answer.body), list)


def test_an_application_is_well_most_of_the_time_and_a_wrong_answer_is_no_health() -> None:
    entry = FeedEntry("app", "health", {}, f"{BASE}/data/app/perizinan", 60, 600, options={"contains": '"ok"'})
    source = found()["health"](entry, small_pack())

    def level(centre: Interfaces, hour: int) -> str:
        served = centre.answer("/data/app/perizinan", "", millis(NOON + timedelta(hours=hour)), BASE)
        assert served is not None
        return source.decode(Answer(served.body, "", "", NOON, entry.address, status=served.status), {}).items[0].level

    levels = [level(served(), hour) for hour in range(200)]
    assert 0 < levels.count("down") < 30
    portals = [level(served(Mood.WRONG), hour) for hour in range(0, 8, 2)]
    assert "down" in portals
