"""Our replicator with servers over real HTTP: express-pouchdb, which shares no line with us, and our own relay."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests

from sync.hub_local import HubLocal, Shelves
from sync.hub_wire import Account, HubWire
from sync.lanes import Budget, Lane, Lanes
from sync.replicate import Pages, Replicator
from tests.peers.node import express_pouchdb
from tests.sync.posts import Post
from tests.sync.relay.many_stores import SECRET, USER, TestRelay

PLACE = "kendali-rekaan-complaints-0"


class There:
    """A server's database, asked by plain requests."""

    def __init__(self, url: str, user: str = "") -> None:
        self.url, self.user = url, user
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.auth = (USER, SECRET) if user else None
        self.call("PUT", "")

    def call(self, method: str, path: str, **more: Any) -> Any:
        answer = self._session.request(method, f"{self.url}/{PLACE}{path}", timeout=20, **more)
        assert answer.ok, (method, path, answer.status_code, answer.text)
        return answer.json()

    def put(self, doc: str, body: Any) -> str:
        return str(self.call("PUT", "/" + quote(doc, safe=""), json=body)["rev"])

    def trees(self) -> dict[str, Any]:
        """Of each document the winner, and its leaves with ancestry and content."""
        found = {}
        for row in self.call("GET", "/_changes", params={"style": "all_docs"})["results"]:
            doc = "/" + quote(row["id"], safe="")
            leaves = {}
            for each in row["changes"]:
                leaf = self.call("GET", doc, params={"rev": each["rev"], "revs": "true"})
                ids = leaf.pop("_revisions")["ids"]
                own = {name: value for name, value in leaf.items() if not name.startswith("_")}
                leaves[each["rev"]] = (ids, leaf.get("_deleted", False), own)
            alive = [rev for rev, (_, deleted, _) in leaves.items() if not deleted]
            winner = self.call("GET", doc)["_rev"] if alive else max(leaves, key=_rank)
            found[row["id"]] = (winner, leaves)
        return found

    def close(self) -> None:
        self._session.close()


def _rank(rev: str) -> tuple[int, str]:
    head, _, tail = rev.partition("-")
    return int(head), tail


class Here:
    """A console's store, and its replicator."""

    def __init__(self, folder: Path, there: There, ending: ExitStack) -> None:
        self.post = Post(folder)
        ending.callback(self.post.close)
        shelves = Shelves(self.post.shelf)
        ending.callback(shelves.close)
        clock = self.post.clock
        line = self.post.wire.line(allow_private=True)
        account = Account(there.user, lambda: SECRET) if there.user else Account()
        wire = HubWire(line, there.url, account, Lanes(clock, Budget(clock)))
        ending.callback(wire.end)
        self.local = HubLocal(self.post.keeper, shelves)
        self.facts: list[Any] = []
        self.replicator = Replicator(
            wire.on(Lane.AREA),
            self.local,
            clock,
            clock.chance,
            place=PLACE,
            database=PLACE,
            console=self.post.store.console,
            told=self.facts.append,
            page=Pages(size=50),
        )

    def put(self, doc: str, body: Any, parent: str = "", *, deleted: bool = False) -> str:
        return self.local.edit(PLACE, doc, body, parent=parent, deleted=deleted)

    def exchange(self) -> tuple[int, int]:
        """Meet, read, send, read; how many came and how many went."""
        self.replicator.meet()
        assert not self.replicator.held_up, self.facts
        pulled = self.replicator.pull()
        pushed = self.replicator.push()
        assert not self.replicator.held_up, self.facts
        self.replicator.pull()
        return pulled.fresh, pushed.held

    def trees(self) -> dict[str, Any]:
        shelf = self.post.shelf()
        found = {}
        for change in shelf.changes(PLACE, 0, 10_000).rows:
            leaves = {}
            for each in shelf.leaves(PLACE, change.doc):
                ids = [rev.partition("-")[2] for rev in each.path]
                leaves[each.rev] = (ids, each.deleted, dict(each.body))
            found[change.doc] = (change.leaves[0], leaves)
        shelf.close()
        return found


@pytest.fixture(params=["express-pouchdb", "relay"])
def there(request: pytest.FixtureRequest, tmp_path: Path, ending: ExitStack) -> There:
    if request.param == "relay":
        relay = TestRelay(tmp_path / "there")
        ending.callback(relay.close)
        there = There(relay.url, USER)
    else:
        node, url = express_pouchdb(tmp_path / "there")
        ending.callback(node.close)
        there = There(url)
    ending.callback(there.close)
    return there


@pytest.fixture
def console(tmp_path: Path, there: There, ending: ExitStack) -> Callable[[str], Here]:
    return lambda name: Here(tmp_path / name, there, ending)


def test_documents_conflicts_and_deletions_are_equal_on_both_ends(there: There, console: Callable[[str], Here]) -> None:
    here = console("a")
    for n in range(120):
        there.put(f"theirs:{n:03}", {"n": n, "text": "ä😀"})
    ours = {n: here.put(f"ours:{n:03}", {"n": n, "text": "日本"}) for n in range(120)}
    assert here.exchange() >= (120, 120)
    theirs = {doc: winner for doc, (winner, _) in there.trees().items()}
    # edits on both ends of different documents, of the same one, and a deletion on each
    for n in range(0, 10):
        there.put(f"ours:{n:03}", {"_rev": ours[n], "n": "there"})
        here.put(f"theirs:{n:03}", {"n": "here"}, theirs[f"theirs:{n:03}"])
    there.put("ours:050", {"_rev": ours[50], "side": "there"})
    here.put("ours:050", {"side": "here"}, ours[50])
    there.put("ours:060", {"_rev": ours[60], "_deleted": True})
    here.put("theirs:060", {}, theirs["theirs:060"], deleted=True)
    there.put("ours:070", {"_rev": ours[70], "_deleted": True})
    here.put("ours:070", {"kept": True}, ours[70])
    here.exchange()
    found = there.trees()
    assert here.trees() == found
    assert len(found["ours:050"][1]) == 2
    assert found["ours:060"][1][found["ours:060"][0]][1]
    assert found["ours:070"][1][found["ours:070"][0]][2] == {"kept": True}
    # nothing is left to tell
    assert here.exchange()[1] == 0
    assert there.trees() == found


def test_two_consoles_meet_through_it(there: There, console: Callable[[str], Here]) -> None:
    one, two = console("a"), console("b")
    rev = one.put("note:1", {"v": 1})
    one.exchange()
    two.exchange()
    one.put("note:1", {"v": 2}, rev)
    two.put("note:1", {"v": 3}, rev)
    two.put("note:2", {"v": 1})
    for each in (one, two, one, two):
        each.exchange()
    assert one.trees() == two.trees() == there.trees()
    assert len(one.trees()["note:1"][1]) == 2
