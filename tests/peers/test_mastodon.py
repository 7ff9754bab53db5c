"""Our feed reads a server of others: what was posted, edited and deleted there, and nothing that is not for all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from console.core.clock import TurnedClock
from console.core.items import Item
from console.core.pack import FeedEntry
from sync.feeds.mastodon import PAGE, Mastodon
from sync.wire import Wire
from tests.cities import small_pack
from tests.peers.mastodon import MastodonServer


@pytest.fixture(scope="module")
def running() -> Iterator[MastodonServer]:
    with MastodonServer() as server:
        yield server


@pytest.fixture
def server(running: MastodonServer) -> MastodonServer:
    running.ask("POST", "/api/v1/_mock/reset")
    return running


class Reader:
    """What the engine does with the source: asks until nothing more is there, and keeps the memo."""

    def __init__(self, server: MastodonServer, **options: str) -> None:
        entry = FeedEntry("tut", "mastodon", {}, server.url, 60, 600, allow_private=True, options=options)
        self.feed = Mastodon(entry, small_pack())
        self.server = server
        self.memo: Mapping[str, Any] = {}
        self.refused = 0

    def visit(self) -> list[Item]:
        found: list[Item] = []
        more = True
        clock = TurnedClock(self.server.now, seed=1)
        wire = Wire(clock, agent="kendali-test")
        try:
            while more:
                more = False
                for ask in self.feed.ask(self.memo, clock.now()):
                    answer = wire.fetch(ask, allow_private=self.feed.entry.allow_private)
                    batch = self.feed.decode(answer, self.memo)
                    self.memo, more = batch.memo, more or batch.more
                    self.refused += len(batch.refused)
                    found += batch.items
        finally:
            wire.close()
        return found


def test_posts_under_a_tag_with_their_words(server: MastodonServer) -> None:
    first = server.post("Jalan Melati tergenang <b>40 cm</b> & macet #banjir", language="id")
    server.post("Pasar pagi ramai #pasar")
    reader = Reader(server, tag="banjir")
    (item,) = reader.visit()
    assert item.native_id == first
    assert item.text == "Jalan Melati tergenang <b>40 cm</b> & macet #banjir"
    assert item.body["tags"] == ["banjir"] and item.body["language"] == "id"
    assert item.url.startswith("http")
    assert reader.visit() in ([], [item])


def test_more_than_a_page_and_then_the_news_alone(server: MastodonServer) -> None:
    first = [server.post(f"Kabar {number} #banjir") for number in range(PAGE + 5)]
    reader = Reader(server, tag="banjir")
    newest, before = reader.visit(), reader.visit()  # what was there before the newest page comes with the next visit
    assert [each.native_id for each in newest] == first[: -PAGE - 1 : -1]
    assert {each.native_id for each in before} == set(first[:5])
    news = [server.post(f"Kabar baru {number} #banjir") for number in range(PAGE + 3)]
    assert set(news) <= {each.native_id for each in reader.visit()} <= set(news) | set(first)


def test_an_edit_and_a_deletion_are_told(server: MastodonServer) -> None:
    kept, gone, newest = (server.post(f"Pintu air {number} #banjir") for number in range(3))
    reader = Reader(server, tag="banjir")
    assert len(reader.visit()) == 3
    server.ask("PUT", f"/api/v1/statuses/{kept}", status="Pintu air sudah ditutup #banjir")
    server.ask("DELETE", f"/api/v1/statuses/{gone}")
    told = {each.native_id: each for each in reader.visit()}
    assert told[kept].text == "Pintu air sudah ditutup #banjir" and told[kept].revised_at is not None
    assert told[gone].body == {"deleted": True} and told[gone].text == ""
    assert "deleted" not in told.get(newest, told[kept]).body


def test_what_is_not_for_all_is_not_taken(server: MastodonServer) -> None:
    server.post("hanya pengikut", visibility="private")
    seen = server.post("untuk semua", visibility="unlisted")
    account = str(server.ask("GET", "/api/v1/accounts/verify_credentials")["id"])
    reader = Reader(server, account=account)
    assert [each.native_id for each in reader.visit()] == [seen]
