"""A source that is read with a token shows it to its own server alone; without one it is asked as anybody asks."""

from __future__ import annotations

from typing import Any

import pytest

from console.core.pack import FeedEntry
from sync.credentials import Credentials
from sync.feed import Ask
from sync.pull import Hands, Pull
from sync.tokens import account, signed, takes_key, takes_token
from tests.sync.stand_ins import Counting
from tests.sync.test_pull import Bench

HOME = "https://tut.example"


def source(address: str = HOME, *, kind: str = "mastodon", private: bool = False, **options: str) -> FeedEntry:
    return FeedEntry("tut", kind, {}, address, 60, 600, allow_private=private, options=options)


def knowing(token: str, address: str = HOME) -> Credentials:
    known = Credentials(lambda: None)
    known.keep(address, account("tut"), token)
    return known


def shown(entry: FeedEntry, url: str, known: Credentials) -> str:
    return signed(entry, Ask(url, headers={"X": "1"}), known).headers.get("Authorization", "")


def test_the_token_goes_to_the_sources_own_server_alone() -> None:
    known = knowing("abc-123")
    assert shown(source(token="yes"), f"{HOME}/api/v1/timelines/tag/banjir", known) == "Bearer abc-123"
    for url in ("https://lain.example/api", "http://tut.example/api", "https://tut.example:8443/api"):
        assert shown(source(token="yes"), url, known) == ""
    asked = Ask(f"{HOME}/x", headers={"X": "1"})
    assert signed(source(token="yes"), asked, known).headers == {"X": "1", "Authorization": "Bearer abc-123"}
    assert asked.headers == {"X": "1"}


def test_it_is_shown_by_no_other_source_and_never_in_the_clear() -> None:
    known = knowing("abc")
    assert shown(source(), f"{HOME}/x", known) == ""
    assert shown(source(kind="press", token="yes"), f"{HOME}/x", known) == ""
    plain = source("http://tut.example", token="yes")
    assert not takes_token(plain) and shown(plain, "http://tut.example/x", knowing("abc", "http://tut.example")) == ""
    assert takes_token(source("http://127.0.0.1:1", private=True, token="yes"))


@pytest.mark.parametrize("token", ["", "a\r\nX-Evil: 1", "a\nb", "kuncí", "\x00"])
def test_what_is_no_token_is_not_shown(token: str) -> None:
    assert shown(source(token="yes"), f"{HOME}/x", knowing(token)) == ""


def test_for_which_sources_a_key_may_be_given() -> None:
    assert takes_key(source(token="yes"))
    assert takes_key(source(kind="open311", post="yes"))
    assert not takes_key(source()) and not takes_key(source(kind="open311", token="yes"))


def test_every_ask_of_a_source_is_signed_on_its_way_and_nothing_of_it_is_kept(tmp_path: Any) -> None:
    on = Bench(tmp_path, {"ids": [1], "more": True}, {"ids": [2]})
    hands = Hands(on.wire, on.keeper, on.clock, on.log, on.gate, sign=lambda _, ask: signed(entry, ask, known))
    entry = source(on.pull.feed.entry.address, token="yes", private=True)
    known = knowing("rahasia-token", entry.address)
    pull = Pull(Counting(on.pull.feed.entry, None), hands, memo={})
    pull.visit()
    assert [ask.headers.get("Authorization") for ask in on.wire.asked] == ["Bearer rahasia-token"] * 2
    assert "rahasia" not in repr([each.memo for each in on.keeper.taken]) + repr(on.keeper.healths)
