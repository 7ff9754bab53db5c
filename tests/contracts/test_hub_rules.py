"""What the centre's databases take (resources/hub/validate.js), asked of the script itself in an engine for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from PySide6.QtQml import QJSEngine

from console.core.erasure import Erasure, redacted
from console.core.personal import DEED_WHOLE
from console.store.files import resource
from sync.hub_terminal import RULES

ID = "0" * 32
PERSON = {
    "_id": f"person:{ID}",
    "_rev": "1-a",
    "type": "person",
    "id": ID,
    "login": "rani",
    "name": "Rani",
    "role": "operator",
    "verifier": "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA",
    "secret_at": "2026-11-22T03:00:00+00:00",
    "ended_at": None,
    "by": "Ibu Kepala",
    "at": "2026-11-22T03:00:00+00:00",
}
Ask = Callable[..., str]


@pytest.fixture
def ask(qapp: object) -> Ask:
    """Why a document is not taken, "" where it is."""
    engine = QJSEngine()

    def asked(
        doc: Mapping[str, Any], *roles: str, name: str = "konsol", old: Any = None, db: str = "kendali-x-shared"
    ) -> str:
        context = {"name": name, "roles": list(roles), "db": db}
        given = ", ".join(json.dumps(each) for each in (doc, old, context, {}))
        script = resource(RULES).decode("utf-8").strip()
        caught = "catch (e) { return e.forbidden || String(e); }"
        found = engine.evaluate(f"(function () {{ try {{ ({script})({given}); return ''; }} {caught} }})()")
        return found.toString()

    return asked


@pytest.mark.parametrize("role", ["kendali-admin", "kendali-hub", "_admin"])
def test_an_administrators_console_changes_persons(ask: Ask, role: str) -> None:
    assert ask(PERSON, "kendali-kota", role) == ""
    assert ask({**PERSON, "_rev": "7-b", "role": "admin"}, role, old=PERSON) == ""


@pytest.mark.parametrize(
    "roles", [(), ("kendali-kota",), ("kendali-kota-01", "kendali-kota"), ("kendali-administrator",)]
)
def test_no_other_console_does_also_not_for_the_first_time(ask: Ask, roles: tuple[str, ...]) -> None:
    assert ask(PERSON, *roles) == "persons are changed at an administrator's console"
    assert ask({**PERSON, "_rev": "2-b"}, *roles, old=PERSON) == "persons are changed at an administrator's console"
    assert ask({**PERSON, "_deleted": True}, *roles, old=PERSON)
    assert ask(PERSON, *roles, name="") == "sign in first"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"type": "case"}, "a person is named by its id"),
        ({"id": "1" * 32}, "a person is named by its id"),
        ({"login": ""}, "login must be text"),
        ({"name": 3}, "name must be text"),
        ({"role": None}, "role must be text"),
        ({"verifier": "hujan turun di genteng"}, "a secret is proved by argon2id alone"),
        ({"verifier": ""}, "verifier must be text"),
        ({"secret": "hujan turun di genteng"}, "a secret is told to nobody"),
        ({"at": None}, "at must be text"),
    ],
)
def test_what_is_no_person_is_refused(ask: Ask, changed: Mapping[str, Any], says: str) -> None:
    assert ask({**PERSON, **changed}, "kendali-admin") == says


def test_persons_live_in_the_shared_database_and_are_not_deleted(ask: Ask) -> None:
    assert ask(PERSON, "kendali-admin", db="kendali-x-complaints-0") == "persons live in the shared database"
    tombstone = {"_id": PERSON["_id"], "_rev": "2-b", "_deleted": True}
    assert ask(tombstone, "kendali-admin", old=PERSON) == "persons are ended, not deleted"
    assert ask({**tombstone, "type": "person", "id": ID}, "kendali-admin", old=PERSON) == "", "the end of a version"


def test_the_other_rules_stand(ask: Ask) -> None:
    deed = {"_id": "deed:1", "_rev": "1-a", "type": "deed", "complaint": "x:1", "deed": "note", "at": "now"}
    assert ask(deed, "kendali-kota") == ""
    assert ask({**deed, "_rev": "2-a"}, "kendali-kota", old=deed) == "history is not changed"
    assert (
        ask({"_id": "case:x:1", "_rev": "1-a", "complaint": "x:2"}, "kendali-kota")
        == "a case is named by its complaint"
    )
    assert ask({**deed, "author": "lain"}, "kendali-kota") == "author must be who sends it"


DEED = {
    **{"_id": "deed:1", "_rev": "1-a", "type": "deed", "complaint": "x:1", "deed": "note", "at": "now"},
    **{"text": "kata orang", "fields": {"text": "kata orang"}, "by": "Rani", "before": 1},
}
TOLD = {
    **{"_id": "complaint:1", "_rev": "1-a", "type": "complaint", "id": "x:1", "at": "now", "title": "Got"},
    **{"text": "cerita", "lat": -6.2, "reporter_name": "kendali-s1:a"},
}


def test_a_seal_beside_the_words_of_a_deed_is_let_in_and_goes_with_them(ask: Ask) -> None:
    """No rule looks into the fields of a deed, and who erases those erases it, also with a program that is older."""
    sealed = {**DEED, "text": "hp ••••90", "fields": {"text": "hp ••••90", DEED_WHOLE: "kendali-s1:" + "A" * 160}}
    assert ask(sealed, "kendali-kota") == ""
    erasure = Erasure("x:1", frozenset(), True, frozenset(), datetime(2026, 11, 22, tzinfo=UTC), "Dewi", "HAK-1")
    less = redacted(sealed, erasure)
    assert less is not None
    assert "kendali-s1:" not in json.dumps(less)
    assert ask({**less, "_rev": "2-b"}, "kendali-kota", old=sealed) == ""


def test_words_a_person_had_erased_may_go_from_the_history_and_nothing_else(ask: Ask) -> None:
    less = {**DEED, "_rev": "2-b", "text": "", "fields": {}, "erased": ["fields", "text"]}
    assert ask(less, "kendali-kota", old=DEED) == ""
    gone = {name: value for name, value in TOLD.items() if name not in ("lat", "reporter_name")}
    gone |= {"_rev": "2-b", "title": "", "erased": ["lat", "reporter_name", "title"]}
    assert ask(gone, "kendali-kota", old=TOLD) == ""
    for wrong in (
        {"erased": []},
        {"erased": "text"},
        {"erased": ["text"], "fields": {}},
        {"text": "kata lain"},
        {"by": "Lain"},
        {"erased": ["by", "fields", "text"], "by": "Lain"},
        {"more": 1},
    ):
        assert ask({**less, **wrong}, "kendali-kota", old=DEED) == "history is not changed", wrong
    assert ask({**less, "_deleted": True}, "kendali-kota", old=DEED) == "history is not deleted"
    assert ask({**less, "_id": "ledger:a:1"}, "kendali-admin", old=DEED) == "history is not changed"


def test_what_was_wrong_of_a_person_is_set_right_at_an_administrators_console(ask: Ask) -> None:
    right = {**TOLD, "_rev": "2-b", "reporter_name": "kendali-s1:b", "corrected": ["reporter_name"]}
    assert ask(right, "kendali-kota", "kendali-admin", old=TOLD) == ""
    assert ask(right, "kendali-kota", old=TOLD) == "history is not changed"
    assert ask({**right, "title": "lain"}, "kendali-admin", old=TOLD) == "history is not changed"
    assert ask({**right, "reporter_name": 3}, "kendali-admin", old=TOLD) == "history is not changed"


def test_an_erasure_comes_from_an_administrators_console_and_stands(ask: Ask) -> None:
    one = {
        **{"_id": "erasure:x:1", "_rev": "1-a", "type": "erasure", "complaint": "x:1", "fields": ["text"]},
        **{"history": True, "deeds": [], "at": "now", "by": "Dewi", "case": "HAK-1"},
    }
    assert ask(one, "kendali-kota", "kendali-admin") == ""
    assert ask(one, "kendali-kota") == "an erasure comes from an administrator's console"
    assert ask({**one, "_rev": "2-b", "fields": ["text", "title"]}, "kendali-hub", old=one) == ""
    assert ask({**one, "_rev": "2-b", "fields": ["title"]}, "kendali-hub", old=one) == "an erasure is not taken back"
    assert ask({**one, "_deleted": True}, "kendali-admin", old=one) == "an erasure is not deleted"
    assert ask({**one, "complaint": "x:2"}, "kendali-admin") == "an erasure is named by its complaint"
    assert ask({**one, "fields": "text"}, "kendali-admin") == "fields must be a list"
