"""PouchDB, which knows nothing of us, replicates both ways with our relay over real HTTP: equal leaves on both ends."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests

from tests.peers.node import Node, pouch
from tests.sync.relay.many_stores import SECRET, USER, TestRelay

DB = "kendali-rekaan-complaints-0"
PICTURE = bytes(range(256)) * 40


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[TestRelay]:
    relay = TestRelay(tmp_path)
    yield relay
    relay.close()


@pytest.fixture
def peer() -> Iterator[Node]:
    with pouch() as node:
        yield node


class Ours:
    """Our relay, asked by plain requests."""

    def __init__(self, relay: TestRelay) -> None:
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.auth = (USER, SECRET)
        self.url = f"{relay.url}/{DB}"
        self.call("PUT", "")

    def call(self, method: str, path: str, **more: Any) -> Any:
        answer = self._session.request(method, self.url + path, timeout=20, **more)
        assert answer.ok, (method, path, answer.status_code, answer.text)
        return answer.json()

    def dump(self) -> dict[str, Any]:
        """Every leaf of every document, with ancestry and attachments."""
        found = {}
        for row in self.call("GET", "/_changes", params={"style": "all_docs"})["results"]:
            doc = "/" + quote(row["id"], safe="")
            ask = {"revs": "true", "attachments": "true"}
            head = {"Accept": "application/json"}
            leaves = {
                each["rev"]: self.call("GET", doc, params={**ask, "rev": each["rev"]}, headers=head)
                for each in row["changes"]
            }
            winner = row["changes"][0]["rev"]
            found[row["id"]] = {"winner": winner, "deleted": row.get("deleted", False), "leaves": leaves}
        return found

    def close(self) -> None:
        self._session.close()


@pytest.fixture
def ours(relay: TestRelay) -> Iterator[Ours]:
    ours = Ours(relay)
    yield ours
    ours.close()


def there(ours: Ours) -> dict[str, Any]:
    return {"url": ours.url, "user": USER, "secret": SECRET}


def told(dump: dict[str, Any]) -> dict[str, Any]:
    """What has to be equal on both ends: everything but where in history an attachment was added, in which
    PouchDB and CouchDB themselves differ."""
    for entry in dump.values():
        for leaf in entry["leaves"].values():
            for each in leaf.get("_attachments", {}).values():
                each.pop("revpos", None)
                assert base64.b64decode(each["data"])
                each.pop("length", None)
    return dump


def both(peer: Node, ours: Ours) -> dict[str, Any]:
    """Replicate both ways, twice, and see that there is nothing left to tell; the state of both."""
    for _ in range(2):
        assert peer.ask(replicate="to", **there(ours))["ok"]
        assert peer.ask(replicate="from", **there(ours))["ok"]
    assert peer.ask(replicate="to", **there(ours))["docs_written"] == 0
    assert peer.ask(replicate="from", **there(ours))["docs_written"] == 0
    left, right = told(peer.ask(dump=True)), told(ours.dump())
    assert left == right
    return left


def chain(rev: str, *older: str) -> dict[str, Any]:
    """A named revision with its ancestry, for a write with `new_edits=false`."""
    start = int(rev.split("-", maxsplit=1)[0])
    return {"_rev": rev, "_revisions": {"start": start, "ids": [each.split("-")[1] for each in (rev, *older)]}}


def test_documents_go_both_ways(peer: Node, ours: Ours) -> None:
    peer.ask(call="bulkDocs", args=[[{"_id": f"deed:{n:03}", "n": n, "text": "ä€日本😀\u0000"} for n in range(250)]])
    ours.call("POST", "/_bulk_docs", json={"docs": [{"_id": f"case:{n:03}", "n": n / 4} for n in range(250)]})
    found = both(peer, ours)
    assert len(found) == 500
    peer_doc = peer.ask(call="get", args=["deed:000"])
    peer.ask(call="put", args=[{**peer_doc, "n": "changed"}])
    ours.call("PUT", "/case:000", json={"n": "changed too", "_rev": found["case:000"]["winner"]})
    found = both(peer, ours)
    assert [
        len(next(iter(found[doc]["leaves"].values()))["_revisions"]["ids"]) for doc in ("deed:000", "case:000")
    ] == [
        2,
        2,
    ]


def test_conflicts_stand_on_both_ends_with_one_winner(peer: Node, ours: Ours) -> None:
    base = ours.call("PUT", "/case:1", json={"state": 1})["rev"]
    both(peer, ours)
    peer.ask(call="put", args=[{"_id": "case:1", "_rev": base, "state": 2}])
    ours.call("PUT", "/case:1", json={"_rev": base, "state": 3})
    found = both(peer, ours)["case:1"]
    assert len(found["leaves"]) == 2
    assert found["winner"] == max(found["leaves"])
    # settled there, it is settled here
    loser = min(found["leaves"])
    peer.ask(call="remove", args=["case:1", loser])
    found = both(peer, ours)["case:1"]
    assert [leaf.get("_deleted", False) for leaf in found["leaves"].values()].count(True) == 1


def test_deletions_and_what_came_back_after_one(peer: Node, ours: Ours) -> None:
    first = ours.call("PUT", "/a", json={"v": 1})["rev"]
    peer.ask(call="put", args=[{"_id": "b", "v": 1}])
    both(peer, ours)
    gone = ours.call("PUT", "/a", json={"_rev": first, "_deleted": True, "why": "twice"})["rev"]
    peer.ask(call="remove", args=[peer.ask(call="get", args=["b"])])
    found = both(peer, ours)
    assert found["a"]["deleted"]
    assert found["b"]["deleted"]
    assert found["a"]["leaves"][gone]["why"] == "twice"
    peer.ask(call="put", args=[{"_id": "a", "v": 2}])
    ours.call("PUT", "/b", json={"v": 2})
    found = both(peer, ours)
    assert not found["a"]["deleted"]
    assert not found["b"]["deleted"]


def test_an_edit_beats_a_deletion_on_both_ends(peer: Node, ours: Ours) -> None:
    base = ours.call("PUT", "/a", json={"v": 1})["rev"]
    both(peer, ours)
    peer.ask(call="put", args=[{"_id": "a", "_rev": base, "_deleted": True}])
    edited = ours.call("PUT", "/a", json={"_rev": base, "v": 2})["rev"]
    assert both(peer, ours)["a"]["winner"] == edited


def test_attachments_are_equal_on_both_ends(peer: Node, ours: Ours) -> None:
    data = base64.b64encode(PICTURE).decode()
    peer.ask(
        call="put",
        args=[{"_id": "theirs", "_attachments": {"foto 1.png": {"content_type": "image/png", "data": data}}}],
    )
    text = base64.b64encode("catatan ä".encode()).decode()
    ours.call("PUT", "/ours", json={"_attachments": {"a/b.txt": {"content_type": "text/plain", "data": text}}})
    found = both(peer, ours)
    stub = ours.call("GET", "/theirs")
    ours.call("PUT", "/theirs", json={**stub, "v": 2})
    peer_doc = peer.ask(call="get", args=["ours"])
    peer.ask(call="put", args=[{**peer_doc, "v": 2}])
    found = both(peer, ours)
    [theirs], [mine] = (list(found[doc]["leaves"].values()) for doc in ("theirs", "ours"))
    assert base64.b64decode(theirs["_attachments"]["foto 1.png"]["data"]) == PICTURE
    assert base64.b64decode(mine["_attachments"]["a/b.txt"]["data"]) == "catatan ä".encode()


def test_old_branches_that_meet_only_by_their_names(peer: Node, ours: Ours) -> None:
    """Revisions named elsewhere, deeper than one generation, some of them known here only as ancestors."""
    one, two, three = (f"{n}-{str(n) * 32}" for n in (1, 2, 3))
    left, right = f"4-{'a' * 32}", f"4-{'b' * 32}"
    docs = [{"_id": "case:x", **chain(left, three, two, one), "side": "left"}]
    ours.call("POST", "/_bulk_docs", json={"docs": docs, "new_edits": False})
    peer.ask(
        call="bulkDocs",
        args=[[{"_id": "case:x", **chain(right, three, two, one), "side": "right"}], {"new_edits": False}],
    )
    found = both(peer, ours)["case:x"]
    assert set(found["leaves"]) == {left, right}
    assert found["winner"] == right


def test_a_live_follower_hears_within_a_second(peer: Node, ours: Ours, relay: TestRelay) -> None:
    peer.ask(follow=there(ours))
    ours.call("PUT", "/a", json={"v": 1})
    began = relay.clock.monotonic_s()
    while "a" not in peer.ask(dump=True):
        assert relay.clock.monotonic_s() - began < 5
    heard_s = relay.clock.monotonic_s() - began
    peer.ask(unfollow=True)
    assert heard_s < 2


def test_a_wrong_secret_is_told_as_such(peer: Node, ours: Ours) -> None:
    told = peer.tell(replicate="to", url=ours.url, user=USER, secret="bukan rahasia itu")
    assert told["error"]["status"] == 401
