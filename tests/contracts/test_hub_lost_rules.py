"""What the centre's databases take of lost consoles: from administrators' consoles, under the console's name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.contracts.test_hub_rules import Ask, ask

__all__ = ["ask"]

LOST = {
    "_id": "console_lost:" + "a" * 32,
    "_rev": "1-a",
    "type": "console_lost",
    "console": "a" * 32,
    "by": "Dewi",
    "at": "2026-11-22T03:00:00+00:00",
    "found_at": None,
}


@pytest.mark.parametrize("role", ["kendali-admin", "kendali-hub", "_admin"])
def test_an_administrators_console_says_it_and_takes_it_back(ask: Ask, role: str) -> None:
    assert ask(LOST, "kendali-kota", role) == ""
    assert ask({**LOST, "_rev": "2-b", "found_at": LOST["at"]}, role, old=LOST) == ""


def test_no_other_console_does(ask: Ask) -> None:
    assert ask(LOST, "kendali-kota") == "a console is said lost at an administrator's console"
    assert ask({**LOST, "_rev": "2-b"}, "kendali-kota", old=LOST) != ""


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"_deleted": True}, "a console is found, not deleted"),
        ({"console": ""}, "console must be text"),
        ({"at": 7}, "at must be text"),
        ({"console": "b" * 32}, "a lost console is named by its name"),
    ],
)
def test_it_says_what_its_name_says(ask: Ask, changed: Mapping[str, Any], says: str) -> None:
    assert ask({**LOST, **changed}, "kendali-admin") == says


def test_it_lives_in_the_shared_database(ask: Ask) -> None:
    says = ask(LOST, "kendali-admin", db="kendali-kota-complaints-0")
    assert says == "that a console is lost lives in the shared database"
