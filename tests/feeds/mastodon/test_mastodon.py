"""Posts of an invented server, and those a real one gave."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from console.core.errors import BadAnswer
from console.core.items import Item, ItemKind
from console.core.pack import FeedEntry
from console.core.records import Batch
from sync.feed import Answer
from sync.feeds.mastodon import MOST_KNOWN, Mastodon
from tests.cities import small_pack
from tests.feeds.mastodon.good import GOOD, as_json, post
from tests.feeds.mutate import mutations

AT = datetime(2026, 11, 21, 3, 42, tzinfo=UTC)


def feed(address: str = "https://tut.invalid/", **options: str) -> Mastodon:
    return Mastodon(FeedEntry("tut", "mastodon", {}, address, 60, 600, options=options), small_pack())


def decoded(body: bytes, memo: Mapping[str, Any] | None = None, tag: str = "") -> Batch:
    return feed().decode(Answer(body, "application/json", "", AT, "https://tut.invalid/", tag=tag), memo or {})


def one(**changes: Any) -> Item:
    batch = decoded(as_json(post(**changes)))
    assert batch.refused == []
    return batch.items[0]


def test_a_post() -> None:
    item = one()
    assert item.kind is ItemKind.POST and item.id == "tut:117020582177108552"
    assert item.text == "Jalan Melati tergenang & macet\n#banjir"
    assert item.title == "Jalan Melati tergenang & macet"
    assert item.url == "https://tut.invalid/@siti/117020582177108552"
    assert item.observed_at == datetime(2026, 11, 21, 2, 0, 0, 123000, tzinfo=UTC) and item.revised_at is None
    assert item.body["account"] == "siti" and item.body["tags"] == ["banjir"]
    assert item.body["media"] == [{"type": "image", "url": "https://tut.invalid/1.jpg", "description": "genangan"}]
    assert item.body["extra"] == {"odd": {"a": 1}}


def test_an_edited_post_says_when() -> None:
    item = one(edited_at="2026-11-21T02:30:00Z", spoiler_text="Gambar banjir")
    assert item.revised_at == datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
    assert item.title == item.body["warning"] == "Gambar banjir"


def test_a_boost_says_whose_words_it_passes_on() -> None:
    item = one(content="", reblog=post(9, url="https://lain.invalid/@budi/9", account={"acct": "budi@lain.invalid"}))
    assert item.native_id == "117020582177108552" and item.body["boosted"] == "https://lain.invalid/@budi/9"
    assert item.body["account"] == "budi@lain.invalid" and item.text.startswith("Jalan Melati")


@pytest.mark.parametrize(
    ("changes", "where", "says"),
    [
        ({"visibility": "private"}, "visibility", "sync.mastodon.hidden"),
        ({"visibility": ...}, "visibility", "sync.mastodon.hidden"),
        ({"reblog": post(visibility="direct")}, "visibility", "sync.mastodon.hidden"),
        ({"id": None}, "id", "sync.refused.missing"),
        ({"id": "x" * 201}, "id", "sync.refused.id"),
        ({"created_at": "kemarin"}, "created_at", "sync.refused.time"),
        ({"created_at": "2026-11-25T00:00:00Z"}, "created_at", "sync.refused.when"),
        ({"content": 7}, "content", "sync.refused.kind"),
        ({"content": "x" * 30_000}, "content", "sync.refused.long"),
        ({"account": "siti"}, "account", "sync.refused.kind"),
        ({"odd": "x" * 17_000}, "", "sync.refused.long"),
    ],
)
def test_a_bad_post_costs_only_itself(changes: dict[str, Any], where: str, says: str) -> None:
    batch = decoded(
        as_json(post(1), {**post(2), **post(**changes)} if ... not in changes.values() else post(**changes))
    )
    assert len(batch.items) == 1
    (refusal,) = batch.refused
    assert (refusal.where, refusal.says) == (f"statuses[1].{where}".rstrip("."), says)


def test_what_is_not_for_all_is_kept_nowhere() -> None:
    batch = decoded(as_json(post(visibility="direct", content="rahasia")))
    assert batch.items == [] and "rahasia" not in repr(batch.refused)


def test_where_it_asks() -> None:
    assert feed(tag="#banjir").ask({}, AT)[0].url == "https://tut.invalid/api/v1/timelines/tag/banjir"
    assert feed(account="7").ask({}, AT)[0].url == "https://tut.invalid/api/v1/accounts/7/statuses"
    assert feed().ask({}, AT)[0].params == {"limit": "40", "local": "true"}
    own = feed("https://tut.invalid/api/v1/timelines/list/3")
    assert own.ask({}, AT)[0].url == "https://tut.invalid/api/v1/timelines/list/3"
    assert own.ask({}, AT)[0].params == {"limit": "40"}


class Server:
    """A timeline as Mastodon answers of it: `max_id` older than, `min_id` the next newer ones, the newest first."""

    def __init__(self, count: int) -> None:
        self.posts = {n: post(n) for n in range(count)}
        self.asked = 0

    def answer(self, params: Mapping[str, str]) -> bytes:
        self.asked += 1
        rows = [each for _, each in sorted(self.posts.items(), reverse=True)]
        limit = int(params["limit"])
        if "max_id" in params:
            rows = [each for each in rows if int(each["id"]) < int(params["max_id"])]
        if "min_id" in params:
            rows = [each for each in rows if int(each["id"]) > int(params["min_id"])][-limit:]
        return as_json(*rows[:limit])


def visit(server: Server, memo: Mapping[str, Any]) -> tuple[dict[str, Item], Mapping[str, Any]]:
    """One visit as the engine makes it."""
    got: dict[str, Item] = {}
    more = True
    while more:
        before, more = memo, False
        for ask in feed().ask(memo, AT):
            batch = feed().decode(Answer(server.answer(ask.params), "", "", AT, ask.url, tag=ask.tag), memo)
            got.update({each.native_id: each for each in batch.items})
            memo, more = json.loads(json.dumps(batch.memo)), more or batch.more
        assert not more or memo != before
        assert server.asked < 50
    return got, memo


def test_history_then_news_edits_and_deletions() -> None:
    server = Server(130)
    got, memo = visit(server, {})
    for _ in range(5):
        more, memo = visit(server, memo)
        got.update(more)
    assert len(got) == 130 and len(memo["known"]) == MOST_KNOWN
    server.posts.update({n: post(n) for n in range(130, 230)})
    server.posts[229] = post(229, content="disunting", edited_at="2026-11-21T03:00:00Z")
    got, memo = visit(server, memo)
    assert len([each for each in got.values() if each.text == "disunting"]) == 1
    assert {int(each) - 117020582177108552 for each in got} >= set(range(130, 230))
    del server.posts[225]
    got, memo = visit(server, memo)
    (gone,) = (each for each in got.values() if each.body.get("deleted"))
    assert gone.native_id == post(225)["id"] and gone.text == gone.title == "" and gone.ends_at == gone.revised_at == AT
    got, memo = visit(server, memo)
    assert not any(each.body.get("deleted") for each in got.values())


def test_an_empty_page_deletes_nothing() -> None:
    server = Server(3)
    _, memo = visit(server, {})
    batch = decoded(b"[]", memo, "look")
    assert batch.items == [] and batch.memo["known"] == [list(each) for each in memo["known"]]


def test_the_last_of_a_short_timeline_can_be_deleted() -> None:
    server = Server(3)
    _, memo = visit(server, {})
    del server.posts[0]
    got, _ = visit(server, memo)
    assert [each.native_id for each in got.values() if each.body.get("deleted")] == [post(0)["id"]]


@pytest.mark.parametrize(
    "body", [b'{"error": "This method requires an authenticated user"}', b'[{"a": 1}]', b'{"id": "1"}', b"[]x"]
)
def test_what_is_no_timeline(body: bytes) -> None:
    with pytest.raises(BadAnswer):
        decoded(body)


def test_no_news_are_no_error() -> None:
    assert decoded(b"[]").count == 0


@pytest.mark.parametrize("number", range(len(GOOD)))
def test_spoilt_answers_are_refused_by_name_or_read(number: int) -> None:
    for spoilt in mutations(GOOD[number], 60, seed=number):
        try:
            batch = decoded(spoilt, tag="look")
        except BadAnswer as trouble:
            assert trouble.values["source"] == "tut"
        else:
            json.dumps(batch.memo)


def test_what_a_real_server_gave(shared_data: Path) -> None:
    """11 timelines and 3 posts by themselves: 59 posts in all, 39 different ones, none refused."""
    lists = single = 0
    items: list[Item] = []
    for path in sorted((shared_data / "mastodon").glob("*.json")):
        for exchange in json.loads(path.read_bytes()):
            where, body = exchange["path"], exchange["body"]
            listed = exchange["method"] == "GET" and ("/timelines/" in where or "/statuses?" in where)
            post_of = isinstance(body, dict) and "visibility" in body and exchange["method"] == "GET"
            if not (listed or post_of):
                continue
            batch = decoded(json.dumps(body).encode())
            assert batch.refused == [], where
            lists, single = lists + listed, single + post_of
            items += batch.items
    assert (lists, single, len(items), len({each.id for each in items})) == (11, 3, 59, 39)
    assert any(each.text == "#hoot (hashtag toot)" for each in items)
    assert sum(each.revised_at is not None for each in items) == 1


def test_the_pages_of_a_real_server(shared_data: Path) -> None:
    """Its `Link` header leads where our memo does."""
    exchanges = json.loads((shared_data / "mastodon" / "pagination_iterator.json").read_bytes())
    first = next(each for each in exchanges if "timelines/tag" in each["path"] and each["body"])
    batch = decoded(
        json.dumps(first["body"]).encode(),
        {"v": 1, "newest": "1", "oldest": "", "known": [], "back": 2, "more": False},
        "back",
    )
    link = next(iter(first["headers"][name] for name in first["headers"] if name.lower() == "link"))
    assert f"max_id={batch.memo['oldest']}>" in link
