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


CODE = {
    "_id": f"{KEY['_id']}:7",
    "_rev": "1-a",
    "type": "datacode",
    "city": "kota",
    "fingerprint": "a" * 32,
    "number": "7",
    "wrapped": {},
    "signature": "AAAA",
    "by": "Dewi",
    "at": "2026-11-22T03:00:00+00:00",
}


def test_another_recovery_code_comes_from_an_administrators_console_once(ask: Ask) -> None:
    assert ask(CODE, "kendali-kota", "kendali-admin") == ""
    assert ask(CODE, "kendali-kota") == "a data key comes from an administrator's console"
    assert ask({**CODE, "_rev": "2-b"}, "kendali-admin", old=CODE) == "a data key is not changed"
    assert ask({**CODE, "_deleted": True}, "kendali-admin") == "a data key is not deleted"
    assert ask(CODE, "kendali-admin", db="kendali-kota-complaints-0") == "a data key lives in the shared database"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"number": ""}, "number must be text"),
        ({"signature": 7}, "signature must be text"),
        ({"number": "8"}, "a recovery code is named by its key and a number"),
        ({"fingerprint": "b"}, "a recovery code is named by its key and a number"),
        ({"type": "datakey"}, "public must be text"),
    ],
)
def test_a_recovery_code_is_what_its_name_says(ask: Ask, changed: Mapping[str, Any], says: str) -> None:
    assert ask({**CODE, **changed}, "kendali-admin") == says
