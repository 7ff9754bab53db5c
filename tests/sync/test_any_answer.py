"""Whatever a server answers, whole or with one odd value in a sound answer: it is understood, or an error by its name.

Anything else would count as our own bug, and the place it happened at would be left alone until the next start.
"""

from __future__ import annotations

import contextlib
import copy
import json
import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.core.clock import TurnedClock, millis
from console.core.errors import BadAnswer, ConsoleError
from console.core.replica import Named
from console.store.files import Profile
from console.store.room import Room
from console.store.store import Store
from sync import checkpoints, couch, provision
from sync.asking import Asking
from sync.bundle import form
from sync.canary import Canary
from sync.couch import Call, Reply
from sync.hub_wire import Account, HubWire
from sync.lanes import Budget, Lane, Lanes
from sync.message import Message, Response
from sync.news import News
from sync.peering import Pages
from sync.replies import fault_of, retry_after_s
from sync.seal import Identity
from sync.strict_json import Unsound, lenient, strict, to_text
from tests.cities import small_pack
from tests.store.conftest import NOON, invented_pack
from tests.sync.file_hub import StoreLocal

REV = "2-" + "a" * 32
SHARED = "kendali-contoh-shared"
ODD: list[Any] = [
    Unsound("number", "NaN"),
    [1, Unsound("number", "NaN")],
    {"a": Unsound("twice", "b")},
    "9" * 5000 + "-x",
    "²-x",
    "",
    -1,
    True,
    1e308,
    (1 << 63) - 1,
    [],
    [[]],
    {},
    None,
    "x" * 40_000,
]
odd = st.sampled_from(ODD)
anything = odd | st.recursive(
    st.none() | st.booleans() | st.integers(-99, 1 << 62) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
SOUND: list[Any] = [
    {"couchdb": "Welcome", "uuid": "u", "version": "3.5.0"},
    {"db_name": "p", "instance_start_time": "1", "doc_count": 3, "doc_del_count": 0},
    {"_id": "_local/x", "_rev": "0-1", "session": "3.x", "since": "5-x", "pushed": 4, "before": ["2.x"]},
    {"ok": True, "rev": "0-2"},
    {"rows": [{"id": "_design/x"}]},
    {"_id": "a", "_rev": REV, "_revisions": {"start": 2, "ids": ["a" * 32, "b" * 32]}, "count": 3, "at": 5},
    {
        "results": [{"seq": "5-x", "id": "a", "changes": [{"rev": REV}], "doc": {"_id": "a", "_rev": REV}}],
        "last_seq": "5-x",
        "pending": 0,
    },
    {"results": [{"id": "a", "docs": [{"ok": {"_id": "a", "_rev": REV}}, {"error": {"rev": REV, "error": "x"}}]}]},
    {"a": {"missing": [REV]}},
    [{"id": "a", "error": "forbidden", "reason": "no"}],
    {"results": [{"db_name": "p"}], "last_seq": "7"},
    {"userCtx": {"name": "a", "roles": ["_admin"]}},
    {"all_nodes": ["n"], "cluster_nodes": ["n"]},
    {"admins": {"names": [], "roles": ["_admin"]}, "members": {"names": [], "roles": ["x"]}},
]


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every part of a value, as what it is in and where."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for where, part in inside:
        yield value, where
        yield from places(part)


@st.composite
def answers(draw: st.DrawFn) -> Any:
    """Anything, or a sound answer with anything in one of its parts."""
    sound = copy.deepcopy(draw(st.sampled_from(SOUND)))
    found = list(places(sound))
    spot = draw(st.integers(-1, len(found) - 1))
    if spot < 0:
        return draw(anything)
    found[spot][0][found[spot][1]] = draw(anything)
    return sound


class Answering:
    """A net that says one thing to everything; a `_revs_diff` is answered soundly where that is wanted."""

    def __init__(self, body: Any, status: int) -> None:
        self._reply = Reply(status, body)

    def call(self, call: Call) -> Reply:
        return self._reply

    def ahead(self, call: Call) -> Callable[[], Reply]:
        return lambda: self._reply


def named_or_fine(job: Callable[[], object]) -> None:
    with contextlib.suppress(ConsoleError):
        job()


def wrong_ones(sounds: list[Any]) -> Iterator[Any]:
    """Every one with every odd value in each of its parts."""
    for sound in sounds:
        for number, _ in enumerate(places(sound)):
            for value in ODD:
                wrong = copy.deepcopy(sound)
                inside, where = list(places(wrong))[number]
                inside[where] = value
                yield wrong


@given(answers(), st.sampled_from([200, 201, 404, 409, 413]))
@settings(max_examples=200, deadline=None)
def test_every_question_to_a_database(body: Any, status: int) -> None:
    asked_everything(body, status)


def test_every_question_with_one_odd_value_in_its_answer() -> None:
    for body in wrong_ones(SOUND):
        asked_everything(body, 200)


def asked_everything(body: Any, status: int) -> None:
    clock = TurnedClock(NOON)
    net: Any = Answering(body, status)
    ask = Asking(net, clock, random.Random(1).random, "p", Pages())
    asked = [Named("a", REV)]
    for job in (
        ask.server,
        ask.describe,
        lambda: checkpoints.read_slot((ask.note("x") or ("", {}))[1]),
        lambda: ask.keep_note("x", {}, ""),
        ask.designs,
        lambda: ask.document("a"),
        ask.changes("0", 5, docs=True),
        lambda: ask.news("0", 5, docs=True, wait_s=1),
        lambda: ask.fetch(asked),
        lambda: ask.lacks(asked),
        lambda: couch.read_one(Reply(status, body), asked[0]),
        ask.send([], urgent=False),
        lambda: News._heard(Reply(status, body)),
        lambda: list(provision.prepare(net.call, net.call, small_pack(), "x")),
    ):
        named_or_fine(job)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    profile = Profile.at(tmp_path_factory.mktemp("any"))
    store = Store.open(profile, TurnedClock(NOON), invented_pack(), room=Room(profile.reserve, 0, 0))
    yield store
    store.close()


@given(answers(), anything)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_canary_of_any_server_beside_any_note(store: Store, body: Any, note: Any) -> None:
    """A console we serve may write notes under any name here, also under that of ours."""
    clock = TurnedClock(NOON)
    net, local = Answering(body, 200), Local(store, {"generation": note}, body)
    canary = Canary(Asking(net, clock, clock.chance, SHARED, Pages()), local, clock, SHARED, "k")
    named_or_fine(canary.went_back)
    named_or_fine(canary.count_up)


class Local(StoreLocal):
    """A store whose canary says that."""

    def __init__(self, store: Store, note: Any, said: Any) -> None:
        super().__init__(store)
        self.note = note
        self.said = said

    def local(self, place: str, name: str) -> tuple[str, Any] | None:
        return "0-1", self.note

    def put_local(self, place: str, name: str, body: dict[str, Any]) -> str:
        return json.dumps(body)

    def revision(self, place: str, doc: str, rev: str) -> Any:
        return couch.Revised(doc, (REV,), self.said if isinstance(self.said, dict) else {}, False)

    def edit(self, place: str, doc: str, body: dict[str, Any], *, parent: str, deleted: bool = False) -> str:
        assert json.loads(json.dumps(body)) == body and 0 < body["count"] <= 1 << 53
        return REV


def test_a_revision_of_no_form_is_no_canary_that_went_back(store: Store) -> None:
    clock = TurnedClock(NOON)
    for rev in ("9" * 5000 + "-x", "²-x", 7, None, "-"):
        net: Any = Answering({"_rev": rev}, 200)
        local: Any = Local(store, {"generation": 3}, {})
        canary = Canary(Asking(net, clock, clock.chance, SHARED, Pages()), local, clock, SHARED, "k")
        with pytest.raises(BadAnswer):
            canary.went_back()


@given(st.binary(max_size=40) | st.text(max_size=40).map(lambda text: text.encode("utf-16")), st.text(max_size=12))
@settings(max_examples=300, deadline=None)
def test_any_bytes_in_any_charset(raw: bytes, charset: str) -> None:
    for job in (lambda: strict(raw, charset), lambda: lenient(raw, charset), lambda: to_text(raw, charset, "")):
        named_or_fine(job)


@pytest.mark.parametrize("charset", ["undefined", "punycode", "idna", "raw_unicode_escape", "utf-7", "rot13", "hex"])
def test_a_charset_that_is_none_is_named_and_costs_nothing(charset: str) -> None:
    body = b'{"a": "' + b"x-" * 20_000 + b'"}'
    response = Response(
        200, {"content-type": f"application/json; charset={charset}"}, body, "http://127.0.0.1:9/", 0, len(body)
    )
    clock = TurnedClock(NOON)
    hub = HubWire(Said(response), "http://127.0.0.1:9", Account(), Lanes(clock, Budget(clock)))
    with pytest.raises(BadAnswer) as caught:
        hub.call(Call("GET", "/"), Lane.REST)
    assert caught.value.says == "sync.bad.charset"
    with pytest.raises(BadAnswer):
        to_text(body, charset, "")
    hub.end()


class Said:
    """A line that says one thing."""

    def __init__(self, response: Response) -> None:
        self._response = response

    def send(self, message: Message) -> Response:
        return self._response

    def close(self) -> None: ...

    def end(self) -> None: ...


@given(st.text(max_size=40), st.sampled_from([200, 204, 301, 401, 404, 429, 500]))
@settings(max_examples=300, deadline=None)
def test_any_waiting_time(told: str, status: int) -> None:
    wait_s = retry_after_s(told, NOON)
    assert wait_s is None or 1 <= wait_s <= 900
    fault_of(status, {"retry-after": told}, "x", NOON)


def test_any_manifest() -> None:
    key = Identity.new()
    expires_at = NOON + timedelta(days=1)
    manifest = form.Manifest(form.BUNDLE, "c", millis(NOON), expires_at, key.public, (), counts={"a": 1})
    raw, signature = form.written(manifest, key)
    assert form.read(raw, signature).counts == {"a": 1}
    for wrong in wrong_ones([json.loads(raw), {"place": "p", "revisions": [["a", [REV], False, {}]]}]):
        told = json.dumps(wrong, default=str).encode()
        named_or_fine(partial(form.read, told, b"x"))
        named_or_fine(partial(form.read_revisions, told, "x"))
