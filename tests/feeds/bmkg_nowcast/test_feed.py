"""BMKG's warnings of the next hours: which kecamatan they are surely about, and the recorded ones."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from console.core.errors import BadAnswer
from console.core.items import Item
from console.core.pack import CityPack, FeedEntry
from console.core.pack_check import read_pack
from sync.feed import Answer
from sync.feeds.bmkg_nowcast import BmkgNowcast
from sync.feeds.cap.alert import rings
from tests.cities import small_files, small_pack
from tests.feeds.bmkg_nowcast.good import EAST, GOOD, WEST, nowcast
from tests.feeds.cap.cases import AT, rss
from tests.feeds.mutate import mutations

HOME = "https://www.bmkg.invalid/alerts/nowcast/id"


@cache
def in_banten() -> CityPack:
    """The invented city with codes of that province."""
    files = {name: raw.replace(b"99.71", b"36.99") for name, raw in small_files().items()}
    return read_pack(files, "rekaan", deep=False)


def feed(pack: CityPack | None = None) -> BmkgNowcast:
    return BmkgNowcast(FeedEntry("bmkg", "bmkg-nowcast", {}, HOME, 60, 300), pack or in_banten())


def one(body: bytes, pack: CityPack | None = None, at: datetime = AT) -> Item:
    batch = feed(pack).decode(Answer(body, "", "", at, HOME), {})
    assert batch.refused == [] and len(batch.items) == 1
    return batch.items[0]


def test_the_kecamatan_it_is_surely_about() -> None:
    item = one(nowcast())
    assert (item.area, item.level, item.title) == ("36.99.01", "Moderate", "Hujan Lebat disertai Petir di Banten")
    assert (item.body["places"], item.body["kecamatan"]) == (["SUKAMAJU", "JIPUT"], ["36.99.01"])
    both = one(nowcast("Suka Maju, MEKARSARI dan dapat meluas ke JIPUT, CADASARI", WEST, EAST))
    assert (both.area, both.body["kecamatan"]) == ("36.99", ["36.99.01", "36.99.02"])
    assert (both.body["places"], both.body["spreads"]) == (["Suka Maju", "MEKARSARI"], ["JIPUT", "CADASARI"])
    assert len(rings(both.body["infos"])) == 2, "never one ring"


@pytest.mark.parametrize(
    "body",
    [
        nowcast("JIPUT, CADASARI"),  # its shape, not its name
        nowcast("SUKAMAJU", EAST),  # its name, the shape of another
        nowcast("SUKAMAJU, MEKARSARI", province="Jawa Barat"),  # another province
        nowcast("SUKAMAJU", province="Negeri Lain"),
        nowcast("MEKARSARI JAYA"),
        nowcast("", WEST),
    ],
)
def test_what_is_not_sure_is_not_told(body: bytes) -> None:
    item = one(body)
    assert item.area == "" and "kecamatan" not in item.body


def test_a_city_of_no_known_province() -> None:
    assert one(nowcast(), small_pack()).area == ""


def test_a_long_row_of_blanks_costs_nothing() -> None:
    assert one(nowcast("A" + " " * 15_000 + "B")).body["places"] == ["A B"]


def test_fewer_than_sixty_requests_a_turn() -> None:
    source = feed()
    links = [f"{HOME}/{number}_alert.xml" for number in range(70)]
    batch = source.decode(Answer(rss(*links), "", "", AT, HOME), {})
    assert len(source.ask(batch.memo, AT)) == 50


@pytest.mark.parametrize("number", range(2))
def test_spoilt_answers_are_batches_or_refused_by_name(number: int) -> None:
    for body in mutations(GOOD[number], 80, seed=number):
        try:
            batch = feed().decode(Answer(body, "", "", AT, HOME), {})
        except BadAnswer:
            continue
        for item in batch.items:
            json.dumps(item.body, allow_nan=False)


def test_the_recorded_warning(shared_data: Path) -> None:
    raw = (shared_data / "bmkg" / "cap-banten-2026-09-26.xml").read_bytes()
    item = one(raw, at=datetime(2026, 9, 26, 8, tzinfo=UTC))
    assert item.native_id == "cuaca.ekstrem@bmkg.go.id,2.49.0.1.360.0.2026.09.26.09.36.002,2026-09-26T07:10:00+00:00"
    assert (item.title, item.level) == ("Hujan Lebat disertai Petir di Banten", "Moderate")
    assert item.starts_at == datetime(2026, 9, 26, 7, 40, tzinfo=UTC)
    assert item.ends_at == datetime(2026, 9, 26, 10, tzinfo=UTC)
    assert item.url == "https://nowcasting.bmkg.go.id/infografis/CBT/2026/09/26/infografis.jpg"
    assert len(rings(item.body["infos"])) == 10
    assert item.body["places"][:4] == ["BAROS", "CADASARI", "CIOMAS", "CURUG BITUNG"] and len(item.body["places"]) == 10
    assert item.body["infos"][0]["eventCode"] == [{"name": "OET:v1.2", "value": "OET-194"}]
    older = one((shared_data / "bmkg" / "mit-cap_banten.xml").read_bytes())
    assert len(rings(older.body["infos"])) == 2 and len(older.body["places"]) == 20


@pytest.mark.parametrize(("name", "count"), [("nowcast-rss-2026-09-25.xml", 2), ("mit-rss_active.xml", 3)])
def test_the_recorded_indexes(shared_data: Path, name: str, count: int) -> None:
    home = "https://www.bmkg.go.id/alerts/nowcast/id/rss.xml"
    source = BmkgNowcast(FeedEntry("bmkg", "bmkg-nowcast", {}, home, 60, 300), in_banten())
    batch = source.decode(Answer((shared_data / "bmkg" / name).read_bytes(), "", "", AT, home), {})
    asks = source.ask(batch.memo, AT)
    assert (len(asks), batch.refused) == (count, [])
    assert all(ask.url.startswith("https://www.bmkg.go.id/alerts/nowcast/id/C") for ask in asks)
    assert batch.newest_at is not None and batch.newest_at.year == 2026
