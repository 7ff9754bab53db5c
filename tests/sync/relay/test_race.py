"""What a server of this protocol promises while many write at once: no document missed by who follows, no revision
accepted twice, and a push that comes again changes nothing."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.sync.relay.conftest import Client, chain, named

WRITERS, FOLLOWERS = 4, 2


def write(port: int, seed: int, count: int) -> set[tuple[str, str]]:
    """Single and bulk writes; every revision that was acknowledged."""
    client, dice = Client(port), random.Random(seed)
    acked: set[tuple[str, str]] = set()
    done = 0
    while done < count:
        docs = [{"_id": f"w{seed}-{done + n:06}", "p": "x" * 300} for n in range(dice.choice([1, 1, 5, 20, 100]))]
        if len(docs) == 1:
            acked.add((docs[0]["_id"], client.put(docs[0]["_id"], docs[0])))
        else:
            rows = client.call("POST", "/_bulk_docs", {"docs": docs}).body
            acked |= {(row["id"], row["rev"]) for row in rows}
        done += len(docs)
    client.close()
    return acked


def follow(port: int, seed: int, ended: threading.Event) -> list[tuple[str, str]]:
    """Pages by long poll from the last sequence on, the connection dropped now and then, until all is told."""
    client, dice = Client(port), random.Random(seed)
    seen: list[tuple[str, str]] = []
    since = "0"
    while True:
        last = ended.is_set()
        query = {"feed": "longpoll", "since": since, "limit": 200, "timeout": 300, "include_docs": True}
        found = client.changes(**query)
        seen += [(row["id"], row["changes"][0]["rev"]) for row in found["results"]]
        since = found["last_seq"]
        if dice.random() < 0.1:
            client.close()
            client = Client(port)
        if last and not found["results"]:
            client.close()
            return seen


def writers_and_followers(db: Client, count: int) -> None:
    ended = threading.Event()
    with ThreadPoolExecutor(WRITERS + FOLLOWERS) as pool:
        followers = [pool.submit(follow, db.port, 100 + n, ended) for n in range(FOLLOWERS)]
        writers = [pool.submit(write, db.port, n, count) for n in range(WRITERS)]
        acked = set.union(*(each.result() for each in writers))
        ended.set()
        for each in followers:
            seen = each.result()
            assert not acked - set(seen)
            assert not set(seen) - acked
            assert len(seen) == len(set(seen))


def pairs_on_one_revision(db: Client, count: int) -> None:
    clients = [Client(db.port) for _ in range(2)]
    start = threading.Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        for n in range(count):
            rev = db.put(f"pair{n}", {"v": 0})

            def go(which: int, doc: str = f"/pair{n}", rev: str = rev) -> int:
                start.wait()
                return clients[which].call("PUT", doc, {"v": which + 1, "_rev": rev}).status

            assert sorted(pool.map(go, (0, 1))) == [201, 409]
    for client in clients:
        client.close()
    for row in db.changes(style="all_docs")["results"]:
        assert len(row["changes"]) == 1


def the_same_push_again(db: Client, count: int) -> None:
    docs = [named(f"idem{n}", chain(2, str(n)), v=n) for n in range(count)]
    assert db.push(*docs).body == []
    before = db.call("GET", "").body["update_seq"]

    def again(_: int) -> list[object]:
        client = Client(db.port)
        told: list[object] = client.push(*docs).body
        client.close()
        return told

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(again, range(4))) == [[]] * 4
    assert db.call("GET", "").body["update_seq"] == before
    assert all(len(row["changes"]) == 1 for row in db.changes(style="all_docs")["results"])


PROMISES = [(writers_and_followers, 60, 2000), (pairs_on_one_revision, 15, 200), (the_same_push_again, 50, 500)]


@pytest.mark.parametrize(("promise", "count", "_"), PROMISES)
def test_promises_hold(db: Client, promise: Callable[[Client, int], None], count: int, _: int) -> None:
    promise(db, count)


@pytest.mark.nightly
@pytest.mark.parametrize(("promise", "_", "count"), PROMISES)
def test_promises_hold_for_many(db: Client, promise: Callable[[Client, int], None], _: int, count: int) -> None:
    promise(db, count)
