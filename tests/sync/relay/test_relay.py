"""A console's own store, served: rights by place, news of every writer, one birth for one file."""

from __future__ import annotations

import base64
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import Any

import pytest

from console.core.clock import Clock, SystemClock, TurnedClock
from console.core.errors import Refused
from console.core.records import Changes
from console.core.replica import Page, Revised
from console.store.files import Profile
from console.store.keeper import Keeper
from console.store.room import Room
from console.store.shelf import Shelf
from console.store.store import Store
from sync.relay import Account, Relay
from sync.relay.identity import identity_of, remember
from sync.relay.tls import own_key
from tests.cities import small_pack
from tests.sync.relay.conftest import Client, basic, chain, named
from tests.sync.relay.many_stores import SECRET, USER

ONE, TWO, HIDDEN = "kendali-rekaan-complaints-01", "kendali-rekaan-complaints-02", "kendali-rekaan-shared"
SECOND = Account.made("second", SECRET, writes=[TWO])
READER = Account.made("reader", SECRET, reads=[ONE])


@dataclass
class Served:
    store: Store
    keeper: Keeper
    relay: Relay
    port: int
    heard: list[Changes]

    def close(self) -> None:
        self.relay.stop()
        self.keeper.close()
        self.store.close()


def serve(
    profile: Profile, clock: Clock | None = None, *, held: bool = False, tls: Any = None, port: int = 0
) -> Served:
    clock = clock or SystemClock()
    store = Store.open(profile, clock, small_pack(), room=Room(profile.reserve, intake_bytes=0, reserve_bytes=0))
    heard: list[Changes] = []
    keeper = Keeper(store, heard.append)
    relay = Relay(
        keeper,
        lambda: Shelf.open(profile, any_thread=True),
        clock,
        profile=profile,
        accounts=[Account.made(USER, SECRET, writes=[ONE, TWO]), READER, SECOND],
        places=[ONE, TWO, HIDDEN],
        tls=tls,
        port=port,
        held=held,
    )
    try:
        return Served(store, keeper, relay, relay.start(), heard)
    except Refused:
        relay.stop()
        keeper.close()
        store.close()
        raise


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    served = serve(Profile.at(tmp_path))
    yield served
    served.close()


@pytest.fixture
def ask(served: Served) -> Iterator[Callable[[str], Client]]:
    clients: list[Client] = []

    def one(place: str) -> Client:
        clients.append(Client(served.port, place))
        return clients[-1]

    yield one
    for each in clients:
        each.close()


def test_every_answer_tells_the_time_here(tmp_path: Path) -> None:
    served = serve(Profile.at(tmp_path), TurnedClock(datetime(2026, 11, 21, 3, 42, 10, tzinfo=UTC)))
    client = Client(served.port, ONE)
    try:
        for path in ("", "/absent"):
            assert client.call("GET", path).headers["Date"] == "Sat, 21 Nov 2026 03:42:10 GMT"
    finally:
        client.close()
        served.close()


def test_rights_are_those_of_the_place(ask: Callable[[str], Client]) -> None:
    writer, two, hidden, absent = ask(ONE), ask(TWO), ask(HIDDEN), ask("kendali-rekaan-complaints-09")
    assert hidden.call("GET", "").status == 403
    assert absent.call("GET", "").status == 403
    assert absent.call("PUT", "").status == 403
    assert writer.call("PUT", "").status == 412
    assert writer.call("DELETE", "").status == 403
    rev = writer.put("a", {"v": 1})
    reader = {"Authorization": basic("reader", SECRET)}
    assert writer.call("GET", "/a", **reader).status == 200
    assert writer.call("GET", "/_changes", **reader).status == 200
    assert writer.call("POST", "/_revs_diff", {}, **reader).status == 200
    assert writer.call("POST", "/_bulk_get", {"docs": []}, **reader).status == 200
    # how far it has read it may write down
    assert writer.call("PUT", "/_local/cp", {"s": 1}, **reader).status == 201
    for method, path, body in (
        ("PUT", "/b", {}),
        ("DELETE", f"/a?rev={rev}", None),
        ("POST", "/_bulk_docs", {"docs": []}),
        ("PUT", "/a/f.txt", b"x"),
    ):
        assert writer.call(method, path, body, **reader).status == 403
    assert two.call("GET", "", **reader).status == 403
    names = [row["db_name"] for row in two.server("GET", "/_db_updates").body["results"]]
    assert names == [ONE]


def test_nobody_is_served_without_an_account(served: Served) -> None:
    connection = HTTPConnection("127.0.0.1", served.port, timeout=10)
    for path in ("/", f"/{ONE}", "/_db_updates", "/_users"):
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 401
    connection.close()


def test_a_document_is_seen_in_its_own_place_alone(ask: Callable[[str], Client]) -> None:
    one, two = ask(ONE), ask(TWO)
    rev = one.put("case:1", {"v": 1})
    assert two.call("GET", "/case:1").status == 404
    assert two.changes()["results"] == []
    # who may write both joins the tree where it stands
    assert two.push(named("case:1", ["b" * 32, rev[2:]], v=2)).body == []
    assert one.call("GET", "/case:1").body["v"] == 2
    assert two.changes()["results"] == []


def test_rights_hold_where_a_document_lives(ask: Callable[[str], Client]) -> None:
    one, two = ask(ONE), ask(TWO)
    rev = one.put("case:1", {"v": 1})
    other = {"Authorization": basic("second", SECRET)}
    docs = [named("case:1", ["b" * 32, rev[2:]], v=2), named("case:2", ["b" * 32], v=2)]
    found = two.call("POST", "/_bulk_docs", {"docs": docs, "new_edits": False}, **other).body
    assert [(row["id"], row["error"]) for row in found] == [("case:1", "forbidden")]
    assert two.call("GET", "/case:2", **other).status == 200
    found = two.call("POST", "/_bulk_docs", {"docs": [{"_id": "case:1", "_rev": rev}, {"_id": "case:3"}]}, **other).body
    assert ["error" in row for row in found] == [True, False]
    assert two.call("PUT", "/case:1", {"v": 3, "_rev": rev}, **other).status == 403
    assert two.call("PUT", "/case:1/f", b"x", **other).status == 403
    assert one.call("GET", "/case:1").body["v"] == 1
    # nor is it told what stands there
    asked = {"case:1": [rev, "2-" + "c" * 32]}
    assert two.call("POST", "/_revs_diff", asked, **other).body == {"case:1": {"missing": asked["case:1"]}}


def test_bytes_are_not_had_by_naming_them(ask: Callable[[str], Client]) -> None:
    one, two = ask(ONE), ask(TWO)
    one.call("PUT", "/a/f", b"rahasia rekaan", Content_Type="text/plain")
    stub = one.call("GET", "/a").body["_attachments"]["f"]
    other = {"Authorization": basic("second", SECRET)}
    mine = {"_id": "mine", "_attachments": {"f": stub}}
    found = two.call("PUT", "/mine", mine, **other)
    assert (found.status, found.body["error"]) == (412, "missing_stub")
    found = two.call("POST", "/_bulk_docs", {"docs": [mine]}, **other)
    assert found.body[0]["error"] == "missing_stub"
    # nor by a document of another that he may not read
    for doc in (named("mine", ["b" * 32], _attachments={"f": stub}), named("a", ["b" * 32], _attachments={"f": stub})):
        found = two.call("POST", "/_bulk_docs", {"docs": [doc], "new_edits": False}, **other)
        assert found.body[0]["error"] == "missing_stub"
    assert two.call("GET", "/mine/f", **other).status == 404


def test_a_stub_is_good_for_what_its_document_held_before(ask: Callable[[str], Client]) -> None:
    one, two = ask(ONE), ask(TWO)
    line = chain(60)
    data = base64.b64encode(b"isi").decode()
    assert one.push(named("a", line[-3:], _attachments={"f": {"data": data}})).body == []
    stub = one.call("GET", "/a").body["_attachments"]["f"]
    # also where much happened elsewhere in between, and told by who may write in both places
    assert one.push(named("a", line[1:], _attachments={"f": stub})).body == []
    assert two.push(named("a", line, _attachments={"f": stub})).body == []
    assert one.call("GET", "/a/f").raw == b"isi"
    assert one.call("GET", "/a").body["_rev"].startswith("60-")


@pytest.mark.parametrize("held", [False, True])
def test_what_comes_to_a_console_is_to_be_sent_on_and_at_the_centre_it_is_home(tmp_path: Path, held: bool) -> None:
    served = serve(Profile.at(tmp_path), held=held)
    client = Client(served.port, ONE)
    client.push(named("deed:1", ["a" * 32], complaint="x:1"))
    client.put("deed:2", {"complaint": "x:2"})
    shelf = Shelf.open(served.store.profile, any_thread=True)
    offers = shelf.offers(ONE, most=10, most_bytes=10_000)
    assert [each.revision.doc for each in offers] == ([] if held else ["deed:1", "deed:2"])
    shelf.close()
    client.close()
    served.close()


def test_a_long_poll_hears_of_what_others_write(served: Served, ask: Callable[[str], Client]) -> None:
    """The relay listens to the keeper and takes its news from nobody."""
    client = ask(ONE)

    def pull(store: Store, pause: Any) -> Any:
        page = Page(ONE, [Revised("case:1", ("1-" + "a" * 32,), {"complaint": "x:1", "v": 1})])
        return store.replica.take(page, pause)

    timer = threading.Timer(0.1, lambda: served.keeper.write(pull))
    timer.start()
    found = client.server("GET", "/_db_updates", query={"feed": "longpoll"}).body
    timer.join()
    assert [row["db_name"] for row in found["results"]] == [ONE]
    assert [row["id"] for row in client.changes(since="0")["results"]] == ["case:1"]
    client.push(named("deed:1", ["a" * 32], complaint="x:1"))
    assert served.heard, "who listened before listens still"
    before = served.keeper.on_changes
    served.relay.stop()
    assert served.keeper.on_changes != before
    served.relay._server.stop()


def test_one_birth_for_one_file(tmp_path: Path) -> None:
    clock = TurnedClock(datetime(2026, 11, 21, tzinfo=UTC))
    profile = Profile.at(tmp_path)
    profile.records.write_bytes(b"one")
    first = identity_of(profile, clock, 5)
    clock.turn(60)
    assert identity_of(profile, clock, 5) == first
    assert identity_of(profile, clock, 9) == first
    # another file in its place
    other = tmp_path / "other"
    other.write_bytes(b"two")
    other.replace(profile.records)
    second = identity_of(profile, clock, 9)
    assert (second.uuid, second.instance != first.instance) == (first.uuid, True)
    # the same file, which knows less than was told to peers
    clock.turn(60)
    third = identity_of(profile, clock, 8)
    assert third.instance != second.instance
    remember(profile, third, 20)
    assert identity_of(profile, clock, 19) != third
    (tmp_path / "relay-identity.json").write_bytes(b"[")
    assert identity_of(profile, clock, 19).uuid != first.uuid


def test_it_is_the_same_to_its_peers_after_a_restart(tmp_path: Path) -> None:
    told = []
    since = "0"
    for _ in range(2):
        served = serve(Profile.at(tmp_path))
        client = Client(served.port, ONE)
        about = client.call("GET", "").body
        told.append((client.server("GET", "/").body["uuid"], about["instance_start_time"]))
        assert client.changes(since=since)["results"] == []
        client.put(f"k{len(told)}", {})
        since = client.changes()["last_seq"]
        client.close()
        served.close()
    assert told[0] == told[1]


def test_over_tls_with_a_key_that_is_pinned(tmp_path: Path) -> None:
    key = own_key(tmp_path, "kata sandi rekaan")
    assert own_key(tmp_path, "kata sandi rekaan").fingerprint == key.fingerprint
    assert b"ENCRYPTED" in (tmp_path / "relay-key.pem").read_bytes()
    served = serve(Profile.at(tmp_path / "profile"), tls=key)
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    connection = HTTPSConnection("127.0.0.1", served.port, timeout=10, context=trusting)
    connection.request("GET", f"/{ONE}", headers={"Authorization": basic(USER, SECRET)})
    answer = connection.getresponse()
    assert answer.status == 200
    answer.read()
    seen = connection.sock.getpeercert(binary_form=True)
    assert sha256(seen).hexdigest() == key.fingerprint
    connection.request(
        "GET", f"/{ONE}/_changes?feed=longpoll&timeout=100&since=now", headers={"Authorization": basic(USER, SECRET)}
    )
    assert connection.getresponse().read().endswith(b"}\n")
    connection.close()
    with socket.create_connection(("127.0.0.1", served.port), 10) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        with suppress(ConnectionResetError):
            assert not plain.recv(100).startswith(b"HTTP")
    served.close()


def test_a_key_without_a_passphrase_lives_as_long_as_the_run(tmp_path: Path) -> None:
    assert own_key(tmp_path).fingerprint != own_key(tmp_path).fingerprint
    assert list(tmp_path.iterdir()) == []


def test_a_key_that_does_not_open_is_kept_beside(tmp_path: Path) -> None:
    first = own_key(tmp_path, "kata sandi rekaan").fingerprint
    kept = (tmp_path / "relay-key.pem").read_bytes()
    assert own_key(tmp_path, "kata sandi lain").fingerprint != first
    [beside] = [each for each in tmp_path.iterdir() if each.name != "relay-key.pem"]
    assert beside.read_bytes() == kept
    beside.replace(tmp_path / "relay-key.pem")
    assert own_key(tmp_path, "kata sandi rekaan").fingerprint == first


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(Refused) as caught:
            serve(Profile.at(tmp_path), port=taken.getsockname()[1])
    assert caught.value.says == "centre.port"


def test_sessions_by_cookie(served: Served, ask: Callable[[str], Client]) -> None:
    client = ask(ONE)
    form = {"name": USER, "password": SECRET}
    signed = client.server("POST", "/_session", form, Authorization="")
    assert signed.body == {"ok": True, "name": USER, "roles": []}
    cookie = signed.headers["Set-Cookie"].partition(";")[0]
    told = client.server("GET", "/_session", Authorization="", Cookie=cookie).body
    assert told["userCtx"]["name"] == USER
    assert client.call("GET", "", Authorization="", Cookie=cookie).status == 200
    assert client.server("GET", "/_session", Authorization="").body["userCtx"]["name"] is None
    raw = f"name={USER}&password={SECRET}".encode()
    kind = {"Content_Type": "application/x-www-form-urlencoded", "Authorization": ""}
    assert client.server("POST", "/_session", raw, **kind).status == 200
    assert client.server("POST", "/_session", {**form, "password": "salah"}, Authorization="").status == 401
    assert client.server("POST", "/_session", {"name": 7}, Authorization="").status == 400
    assert "Max-Age=0" in client.server("DELETE", "/_session").headers["Set-Cookie"]
    assert client.server("PATCH", "/_session").status == 405


@pytest.mark.parametrize("held", [False, True])
def test_who_is_served_makes_no_persons_but_at_the_centre_itself(tmp_path: Path, held: bool) -> None:
    served = serve(Profile.at(tmp_path), held=held)
    client = Client(served.port, ONE)
    body = {"type": "person", "id": "0" * 32, "role": "admin"}
    refused = [
        client.call("PUT", "/person:0", body).body,
        client.call("POST", "/_bulk_docs", {"docs": [{"_id": "person:1", **body}]}).body[0],
        *client.push(named("person:2", ["a" * 32], **body), named("deed:1", ["a" * 32], complaint="x:1")).body,
    ]
    told = [each for each in refused if "error" in each]
    if held:
        assert not told
    else:
        assert [each["error"] for each in told] == ["forbidden"] * 3
        assert {each["reason"] for each in told} == {"Persons are told to the centre, not to a relay."}
    shelf = Shelf.open(served.store.profile, any_thread=True)
    assert {row.doc for row in shelf.changes(ONE, 0, 10).rows} == {"deed:1", *(f"person:{n}" for n in range(3) if held)}
    shelf.close()
    client.close()
    served.close()


@pytest.mark.parametrize("held", [False, True])
def test_who_is_served_hands_out_no_data_key_but_at_the_centre_itself(tmp_path: Path, held: bool) -> None:
    served = serve(Profile.at(tmp_path), held=held)
    client = Client(served.port, ONE)
    body = {"type": "datakey", "city": "x", "public": "AAAA"}
    answers = [
        client.call("PUT", "/datakey:x:0", body).body,
        *client.push(named("datakey:x:1", ["a" * 32], **body), named("deed:1", ["a" * 32], complaint="x:1")).body,
    ]
    told = [each["reason"] for each in answers if "error" in each]
    assert told == ([] if held else ["Data keys are told to the centre, not to a relay."] * 2)
    client.close()
    served.close()
