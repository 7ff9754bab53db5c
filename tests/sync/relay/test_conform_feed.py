"""What a CouchDB answers to who follows its feed, asked of the relay."""

from __future__ import annotations

import json
import threading
import zlib
from collections.abc import Callable
from http.client import HTTPConnection

import pytest

from console.core.clock import SystemClock
from sync.relay import feed
from tests.sync.relay.conftest import SIGNED, Client


def after(seconds: float, job: Callable[[], object]) -> threading.Timer:
    timer = threading.Timer(seconds, job)
    timer.start()
    return timer


def test_the_feed_in_pieces(db: Client) -> None:
    for n in range(5):
        db.put(f"k{n}", {})
    first = db.changes(limit=3)
    rest = db.changes(since=first["last_seq"])
    assert [row["id"] for row in first["results"] + rest["results"]] == [f"k{n}" for n in range(5)]
    assert (first["pending"], rest["pending"]) == (2, 0)
    assert isinstance(first["last_seq"], str)
    assert db.changes(since=first["results"][0]["seq"], limit=2)["pending"] == 2
    assert db.changes(since="now")["results"] == []
    assert [row["id"] for row in db.changes(descending=True, limit=1)["results"]] == ["k4"]
    assert db.call("GET", "").body["update_seq"] == rest["last_seq"]


def test_the_feed_lists_every_leaf_where_that_is_asked(db: Client) -> None:
    db.push({"_id": "a", "_rev": "1-" + "a" * 32}, {"_id": "a", "_rev": "1-" + "b" * 32})
    [row] = db.changes(style="all_docs")["results"]
    assert row["changes"] == [{"rev": "1-" + "b" * 32}, {"rev": "1-" + "a" * 32}]
    [row] = db.changes(include_docs=True, conflicts=True, revs=True)["results"]
    assert row["changes"] == [{"rev": "1-" + "b" * 32}]
    assert row["doc"]["_conflicts"] == ["1-" + "a" * 32]
    assert row["doc"]["_revisions"]["start"] == 1
    assert db.call("GET", "/_changes", query={"style": "odd"}).status == 400


def test_tombstones_keep_what_they_say(db: Client) -> None:
    rev = db.put("a", {"type": "job"})
    db.put("a", {"_rev": rev, "_deleted": True, "why": "x"})
    [row] = db.changes(include_docs=True)["results"]
    assert row["deleted"] is True
    assert row["doc"]["why"] == "x"
    assert row["doc"]["_deleted"] is True


def test_the_feed_of_some_documents(db: Client) -> None:
    for n in range(4):
        db.put(f"k{n}", {})
    found = db.call("POST", "/_changes", {"doc_ids": ["k1", "k3"]}, {"filter": "_doc_ids"}).body
    assert [row["id"] for row in found["results"]] == ["k1", "k3"]
    assert [row["id"] for row in db.changes(filter="_doc_ids", doc_ids=["k2"], limit=1)["results"]] == ["k2"]
    assert db.call("GET", "/_changes", query={"filter": "_doc_ids"}).status == 400


def test_the_feed_of_some_documents_in_pieces_misses_none(db: Client) -> None:
    for n in range(6):
        db.put(f"k{n}", {})
    wanted, told, since = ["k0", "k2", "k3", "k5"], [], "0"
    for left in (5, 3, 2, 0):
        found = db.call("POST", "/_changes", {"doc_ids": wanted}, {"filter": "_doc_ids", "limit": 1, "since": since})
        told += [row["id"] for row in found.body["results"]]
        since = found.body["last_seq"]
        assert found.body["pending"] == left
    assert told == wanted
    assert db.changes(filter="_doc_ids", doc_ids=wanted, since=since)["results"] == []


@pytest.mark.parametrize("only", [{}, {"filter": "_doc_ids", "doc_ids": [f"k{n}" for n in range(9)]}])
def test_the_feed_backwards_goes_to_its_beginning(
    db: Client, monkeypatch: pytest.MonkeyPatch, only: dict[str, object]
) -> None:
    monkeypatch.setattr(feed, "PIECE", 2)
    for n in range(7):
        db.put(f"k{n}", {})
    first = db.changes(limit=2)["last_seq"]

    def back(**query: object) -> tuple[str, int]:
        found = db.changes(descending=True, **only, **query)
        return "".join(row["id"][1:] for row in found["results"]), found["pending"]

    assert back() == ("6543210", 0)
    assert back(limit=5) == ("65432", 2)
    assert back(limit=7) == ("6543210", 0)
    assert back(since=first) == ("65432", 0)
    assert back(since=first, limit=3) == ("654", 2)
    assert back(since="now") == ("", 0)


def test_a_continuous_feed_backwards_tells_each_once(db: Client) -> None:
    for n in range(3):
        db.put(f"k{n}", {})
    connection = HTTPConnection("127.0.0.1", db.port, timeout=20)
    path = f"{db.db}/_changes?feed=continuous&timeout=1&descending=true"
    connection.request("GET", path, headers={"Authorization": SIGNED})
    lines = connection.getresponse().read().splitlines()
    connection.close()
    assert [json.loads(line).get("id") for line in lines] == ["k2", "k1", "k0", None]


def test_a_long_poll_ends_with_the_first_news(db: Client) -> None:
    writer = Client(db.port)
    since = db.changes()["last_seq"]
    began = SystemClock().monotonic_s()
    timer = after(0.2, lambda: writer.put("z", {}))
    found = db.changes(feed="longpoll", since=since)
    took_s = SystemClock().monotonic_s() - began
    timer.join()
    writer.close()
    assert [row["id"] for row in found["results"]] == ["z"]
    assert 0.15 < took_s < 2
    assert db.changes(feed="longpoll", since=since)["results"] == found["results"]


def test_a_long_poll_ends_empty_when_its_time_is_up(db: Client) -> None:
    db.put("a", {})
    since = db.changes()["last_seq"]
    began = SystemClock().monotonic_s()
    found = db.changes(feed="longpoll", since=since, timeout=300)
    assert 0.25 < SystemClock().monotonic_s() - began < 2
    assert found == {"results": [], "last_seq": since, "pending": 0}


def test_a_long_poll_for_some_documents_passes_the_others_over(db: Client) -> None:
    writer = Client(db.port)
    timers = [after(0.1, lambda: writer.put("no", {})), after(0.4, lambda: writer.put("yes", {}))]
    query = {"feed": "longpoll", "filter": "_doc_ids", "timeout": 5000}
    found = db.call("POST", "/_changes", {"doc_ids": ["yes"]}, query).body
    for timer in timers:
        timer.join()
    writer.close()
    assert [row["id"] for row in found["results"]] == ["yes"]


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_feed_that_waits_gives_signs_of_life(db: Client, encoding: str) -> None:
    connection = HTTPConnection("127.0.0.1", db.port, timeout=5)
    path = f"{db.db}/_changes?feed=longpoll&heartbeat=150&since=now"
    connection.request("GET", path, headers={"Authorization": SIGNED, "Accept-Encoding": encoding})
    answer = connection.getresponse()
    unpack = zlib.decompressobj(31) if encoding == "gzip" else None
    text = b""
    while text.count(b"\n") < 4:
        piece = answer.read1(1000)
        text += unpack.decompress(piece) if unpack else piece
    connection.close()
    assert text.strip() == b'{"results":['


def test_a_continuous_feed_line_by_line(db: Client) -> None:
    db.put("a", {})
    connection = HTTPConnection("127.0.0.1", db.port, timeout=5)
    path = f"{db.db}/_changes?feed=continuous&heartbeat=150&limit=2"
    connection.request("GET", path, headers={"Authorization": SIGNED})
    answer = connection.getresponse()
    lines = [answer.readline()]
    db.put("b", {})
    while b"last_seq" not in lines[-1]:
        lines.append(answer.readline())
    connection.close()
    assert [json.loads(line)["id"] for line in lines[:-1] if line.strip()] == ["a", "b"]
    query = {"feed": "continuous", "timeout": 100, "since": "now"}
    assert json.loads(db.call("GET", "/_changes", query=query).raw)["pending"] == 0


@pytest.mark.parametrize("since", ["garbage", "1-", "-1", "1-zz", "1e3", "[1]"])
def test_a_garbled_sequence_is_refused(db: Client, since: str) -> None:
    assert db.call("GET", "/_changes", query={"since": since}).status == 400


def test_a_sequence_of_another_database_begins_anew(db: Client) -> None:
    for n in range(20):
        db.put(f"k{n}", {})
    before, old = db.call("GET", "").body, db.changes()["last_seq"]
    db.call("DELETE", "")
    assert db.call("GET", "").status == 404
    db.call("PUT", "")
    for n in range(3):
        db.put(f"n{n}", {})
    assert len(db.changes(since=old)["results"]) == 3
    now = db.call("GET", "").body
    assert now["instance_start_time"] != before["instance_start_time"]
    future = f"999-{db.changes()['last_seq'].split('-')[1]}"
    assert len(db.changes(since=future)["results"]) == 3
