"""What the centre's databases take of data keys: from administrators' consoles, once, and as they are named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.contracts.test_hub_rules import Ask, ask

__all__ = ["ask"]

KEY = {
    "_id": "datakey:kota:" + "a" * 32,
    "_rev": "1-a",
    "type": "datakey",
    "city": "kota",
    "fingerprint": "a" * 32,
    "public": "AAAA",
    "wrapped": {},
    "by": "Dewi",
    "at": "2026-11-22T03:00:00+00:00",
}


@pytest.mark.parametrize("role", ["kendali-admin", "kendali-hub", "_admin"])
def test_an_administrators_console_hands_one_out(ask: Ask, role: str) -> None:
    assert ask(KEY, "kendali-kota", role) == ""


def test_no_other_console_does(ask: Ask) -> None:
    assert ask(KEY, "kendali-kota") == "a data key comes from an administrator's console"
    assert ask(KEY, name="") == "sign in first"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"_rev": "2-b"}, "a data key is not changed"),
        ({"_deleted": True}, "a data key is not deleted"),
        ({"city": ""}, "city must be text"),
        ({"public": 7}, "public must be text"),
        ({"city": "lain"}, "a data key is named by city and fingerprint"),
        ({"fingerprint": "b"}, "a data key is named by city and fingerprint"),
    ],
)
def test_one_that_stands_stays_as_it_is(ask: Ask, changed: Mapping[str, Any], says: str) -> None:
    assert ask({**KEY, **changed}, "kendali-admin", old=KEY if "_rev" in changed else None) == says


def test_it_lives_in_the_shared_database(ask: Ask) -> None:
    assert ask(KEY, "kendali-admin", db="kendali-kota-complaints-0") == "a data key lives in the shared database"
