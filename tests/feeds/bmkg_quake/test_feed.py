"""BMKG's earthquakes: what is taken, which two are one, and each way to be none."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from console.core.errors import BadAnswer
from console.core.items import Item, ItemKind
from console.core.pack import FeedEntry
from console.core.records import Batch
from sync.feed import Answer
from sync.feeds.bmkg_quake import MOST_QUAKES, BmkgQuake
from tests.cities import small_pack
from tests.feeds.bmkg_quake.good import GOOD, as_json, quake
from tests.feeds.mutate import mutations

AT = datetime(2026, 11, 21, 3, 42, tzinfo=UTC)
HOME = "https://data.bmkg.invalid/DataMKG/TEWS/autogempa.json"
FEED = BmkgQuake(FeedEntry("gempa", "bmkg-quake", {}, HOME, 60, 900), small_pack())


def decoded(body: bytes, **changes: Any) -> Batch:
    return FEED.decode(Answer(body, "", "", AT, HOME, **changes), {})


def one(**changes: Any) -> Item:
    batch = decoded(as_json(quake(**changes)))
    assert batch.refused == [] and len(batch.items) == 1
    return batch.items[0]


def test_a_sound_quake() -> None:
    item = one(baru={"a": 1})
    assert (item.id, item.kind) == ("gempa:20261121T020521Z", ItemKind.QUAKE)
    assert item.title == "M 5.2, Pusat gempa berada di laut 20 km utara Rekaan"
    assert item.text == "Tidak berpotensi tsunami\nIII Rekaan, II - III Sukamaju"
    assert item.observed_at == datetime(2026, 11, 21, 2, 5, 21, tzinfo=UTC)
    assert (item.lat, item.lon, item.level, item.area) == (-6.89, 109.12, "5.2", "")
    assert item.url == "https://data.bmkg.invalid/DataMKG/TEWS/20261121090521.mmi.jpg"
    assert item.body == {
        "magnitude": 5.2,
        "depth_km": 10.0,
        "depth": "10 km",
        "place": "Pusat gempa berada di laut 20 km utara Rekaan",
        "potential": "Tidak berpotensi tsunami",
        "tsunami": False,
        "felt": "III Rekaan, II - III Sukamaju",
        "felt_at": [{"mmi": "III", "place": "Rekaan"}, {"mmi": "II - III", "place": "Sukamaju"}],
        "shakemap": item.url,
        "told_at": "21 Nov 2026 09:05:21 WIB",
        "extra": {"baru": {"a": 1}},
    }


def test_one_object_or_a_list() -> None:
    assert decoded(GOOD[0]).count == 1
    several = decoded(GOOD[1])
    assert (several.count, several.whole, several.fleeting, several.newest_at) == (3, False, True, None)
    assert decoded(as_json([])).count == 0


def test_what_may_be_missing() -> None:
    item = one(Potensi=..., Dirasakan=..., Shakemap=..., Kedalaman=..., Wilayah=..., Tanggal=..., Jam=...)
    assert (item.title, item.text, item.url) == ("M 5.2", "", "")
    assert item.body == {"magnitude": 5.2}


@pytest.mark.parametrize(
    ("potential", "told"),
    [
        ("Tidak berpotensi tsunami", False),
        ("Gempa ini TIDAK BERPOTENSI TSUNAMI", False),
        ("Berpotensi tsunami, jangan tunda: yang tidak di pantai tetap di sana", True),
        ("Gempa ini dirasakan untuk diteruskan pada masyarakat", None),
    ],
)
def test_what_is_said_of_a_tsunami(potential: str, told: bool | None) -> None:
    assert one(Potensi=potential).body.get("tsunami") is told


@pytest.mark.parametrize(
    ("depth", "km"),
    [("10 km", 10.0), ("8,5 Km", 8.5), ("12km", 12.0), ("dangkal", None), ("1" * 5000, None), (10, None)],
)
def test_depths(depth: Any, km: float | None) -> None:
    body = one(Kedalaman=depth).body
    assert (body.get("depth_km"), body["depth"]) == (km, str(depth))


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"Coordinates": ...}, (-6.89, 109.12)),
        ({"Coordinates": "", "Lintang": "1.5 LU", "Bujur": "98,2 BB"}, (1.5, -98.2)),
        ({"Lintang": ..., "Bujur": "?"}, (-6.89, 109.12)),
        ({"Coordinates": ..., "Lintang": ..., "Bujur": ...}, (None, None)),
        ({"Coordinates": "-6.95,109.12"}, (-6.95, 109.12)),
    ],
)
def test_places(changes: dict[str, Any], place: tuple[float | None, float | None]) -> None:
    item = one(**changes)
    assert (item.lat, item.lon) == place


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"DateTime": ...}, ".DateTime", "sync.refused.missing"),
        ({"DateTime": "21 Nov 2026"}, ".DateTime", "sync.refused.time"),
        ({"DateTime": "2026-11-23T02:05:21+00:00"}, ".DateTime", "sync.refused.when"),
        ({"Coordinates": "109.12,-6.89"}, ".Coordinates", "sync.refused.swapped"),
        ({"Coordinates": "6.89,109.12"}, ".Coordinates", "sync.bmkg.differs"),
        ({"Coordinates": "-6.89 109.12"}, ".Coordinates", "sync.refused.degrees"),
        ({"Coordinates": "-6.89,"}, ".Coordinates", "sync.refused.half"),
        ({"Coordinates": "-96.89,309.12"}, ".Coordinates", "sync.refused.place"),
        ({"Magnitude": ...}, ".Magnitude", "sync.refused.missing"),
        ({"Magnitude": "kuat"}, ".Magnitude", "sync.refused.number"),
        ({"Magnitude": "52"}, ".Magnitude", "sync.refused.number"),
        ({"Magnitude": float("nan")}, ".Magnitude", "sync.refused.number"),
        ({"Wilayah": ["a"]}, ".Wilayah", "sync.refused.kind"),
        ({"baru": "x" * 16_001}, "", "sync.refused.long"),
    ],
)
def test_refused_by_name_beside_a_sound_one(changes: dict[str, Any], field: str, says: str) -> None:
    batch = decoded(as_json([quake(DateTime="2026-11-20T00:00:00Z"), quake(**changes)]))
    assert batch.count == 1
    assert [(each.where, each.says) for each in batch.refused] == [(f"gempa[1]{field}", says)]


@pytest.mark.parametrize("picture", ["../x.jpg", "http://a.invalid/x.jpg", "a b.jpg", "//a/x", ".jpg", "x" * 200, ""])
def test_a_picture_is_a_plain_name_beside_the_list(picture: str) -> None:
    assert one(Shakemap=picture).url == ""


def test_of_a_file_there_is_no_picture_to_go_to() -> None:
    batch = FEED.decode(Answer(GOOD[0], "", "", AT, "/tmp/autogempa.json"), {})
    assert batch.items[0].url == ""


def test_a_revision_takes_the_place_of_what_was_told() -> None:
    moved = one(Magnitude="5.4", Coordinates="-6.93,109.08", Dirasakan="IV Rekaan")
    assert moved.id == one().id and moved.level == "5.4"
    within = decoded(as_json([quake(), quake(Magnitude="5.4")]))
    assert [each.level for each in within.items] == ["5.4"]


def test_two_of_one_second_far_apart_are_two() -> None:
    far = quake(Coordinates="-1.0,120.0", Lintang="1.0 LS", Bujur="120.0 BT")
    batch = decoded(as_json([quake(), far]))
    assert [each.native_id for each in batch.items] == ["20261121T020521Z", "20261121T020521Z/-1.0,120.0"]
    placeless = quake(Coordinates=..., Lintang=..., Bujur=...)
    assert decoded(as_json([quake(), placeless])).count == 1


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        {"Infogempa": []},
        {"Infogempa": {"gempa": 5}},
        {"Infogempa": {"gempa": [{"a": 1}]}},
        {"Infogempa": {"gempa": {}}},
    ],
)
def test_other_json_is_no_list_of_quakes(value: Any) -> None:
    with pytest.raises(BadAnswer) as caught:
        decoded(json.dumps(value).encode())
    assert caught.value.says == "sync.bmkg.quake_shape"


def test_bounds() -> None:
    with pytest.raises(BadAnswer) as caught:
        decoded(as_json([quake()] * (MOST_QUAKES + 1)))
    assert caught.value.says == "sync.bad.many"
    with pytest.raises(BadAnswer) as caught:
        decoded(b"[" + b"{}," * 350_000 + b"{}]")
    assert caught.value.says == "sync.bad.big"


def test_the_list_is_asked_for_by_its_etag() -> None:
    batch = decoded(GOOD[0], etag='"e"')
    (ask,) = FEED.ask(batch.memo, AT)
    assert (ask.url, ask.etag) == (HOME, '"e"')
    unchanged = FEED.decode(Answer(b"", "", "", AT, HOME, unchanged=True), batch.memo)
    assert (unchanged.memo, unchanged.count) == (batch.memo, 0)
    assert FEED.ask({"etag": 5}, AT)[0].etag == ""


@pytest.mark.parametrize("number", range(2))
def test_spoilt_answers_are_batches_or_refused_by_name(number: int) -> None:
    for body in mutations(GOOD[number], 150, seed=number):
        try:
            batch = decoded(body)
        except BadAnswer:
            continue
        for item in batch.items:
            assert item.native_id and item.observed_at <= AT + timedelta(days=1)
            json.dumps(item.body, allow_nan=False)


def test_the_recorded_quakes(shared_data: Path) -> None:
    def read(name: str) -> list[Item]:
        batch = decoded((shared_data / "bmkg" / name).read_bytes())
        assert batch.refused == []
        return list(batch.items)

    (newest,) = read("autogempa-2026-09-25.json")
    assert newest.observed_at == datetime(2026, 9, 25, 13, 47, 30, tzinfo=UTC)
    assert (newest.lat, newest.lon, newest.level, newest.body["depth_km"]) == (-7.04, 105.22, "4.7", 10.0)
    assert len(newest.body["felt_at"]) == 7 and newest.body["felt_at"][5] == {"mmi": "II - III", "place": "Anyer"}
    assert newest.url.endswith("/20260925204730.mmi.jpg") and "tsunami" not in newest.body
    (first,), (second,) = read("gempadirasakan-revision-1.json"), read("gempadirasakan-revision-2.json")
    assert first.id == second.id == "gempa:20261002T004654Z"
    assert [len(each.body["felt_at"]) for each in (first, second)] == [1, 3]
    assert [len(read(f"made-up-{name}.json")) for name in ("autogempa", "gempadirasakan", "gempaterkini")] == [1, 2, 2]
