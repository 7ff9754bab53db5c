"""Revision trees: the same set of revisions gives the same tree, in whatever order and however often it comes."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from console.store.documents import Documents, canonical, generation, name_rev
from tests.store.conftest import in_memory


@dataclass(frozen=True)
class Node:
    """A revision of an invented tree."""

    rev: str
    parent: str
    deleted: bool
    body: str


@st.composite
def trees(draw: st.DrawFn) -> list[Node]:
    """Nodes of one document: parents before children, several roots possible."""
    nodes: list[Node] = []
    for number in range(draw(st.integers(1, 9))):
        parent = draw(st.sampled_from([Node("", "", False, ""), *nodes]))
        deleted = draw(st.booleans())
        body = {"text": draw(st.text(max_size=3)), "number": number}
        rev = name_rev(parent.rev, body, deleted)
        nodes.append(Node(rev, parent.rev, deleted, canonical(body)))
    return nodes


def path_of(node: Node, nodes: list[Node], longest: int) -> list[str]:
    """Its ancestry, newest first, cut after some names as another console may cut it."""
    parents = {each.rev: each.parent for each in nodes}
    found = [node.rev]
    while parents[found[-1]] and len(found) < longest:
        found.append(parents[found[-1]])
    return found


def dump(db: sqlite3.Connection) -> Any:
    """Everything that is known, by name."""
    rows = db.execute(
        "SELECT doc.id, rev.generation || '-' || rev.hash, up.generation || '-' || up.hash, rev.leaf, rev.deleted,"
        " rev.body, doc.winner = rev.n, doc.deleted FROM rev JOIN doc ON doc.n = rev.doc"
        " LEFT JOIN rev AS up ON up.n = rev.parent"
    )
    return sorted(rows.fetchall(), key=str)


@settings(max_examples=40, deadline=None)
@given(trees(), st.data())
def test_any_order_and_any_repeat_give_one_tree(nodes: list[Node], data: st.DataObject) -> None:
    given_ones = [(node, path_of(node, nodes, data.draw(st.integers(1, 9)))) for node in nodes]
    # Without a whole path of some leaf the set itself would not tell all parents.
    given_ones += [(node, path_of(node, nodes, 99)) for node in nodes]
    found = []
    for order in (data.draw(st.permutations(given_ones)), data.draw(st.permutations([*given_ones, *given_ones]))):
        db = in_memory()
        documents = Documents(db)
        for node, path in order:
            documents.put("case:x", path, json.loads(node.body), deleted=node.deleted)
        found.append(dump(db))
        parents = {node.parent for node in nodes}
        leaves = [node for node in nodes if node.rev not in parents]
        best = max(leaves, key=lambda each: (not each.deleted, generation(each.rev), each.rev.partition("-")[2]))
        winner = documents.winner("case:x")
        assert winner is not None
        assert (winner.rev, winner.deleted, winner.leaf) == (best.rev, best.deleted, True)
        assert {each.rev for each in documents.leaves("case:x")} == {node.rev for node in leaves}
        assert documents.leaves("case:x")[0].rev == winner.rev
        db.close()
    assert found[0] == found[1]


def test_two_consoles_make_the_same_change_the_same_revision() -> None:
    assert name_rev("1-a", {"b": 1, "a": [True, "é"]}) == name_rev("1-a", {"a": [True, "é"], "b": 1})
    assert name_rev("1-a", {"a": 1}) != name_rev("1-b", {"a": 1})
    assert name_rev("1-a", {"a": 1}) != name_rev("1-a", {"a": 1}, deleted=True)
    assert generation(name_rev("9-x", {})) == 10


def test_edits_are_one_line() -> None:
    documents = Documents(in_memory())
    revs = [documents.edit("case:x", {"step": step}) for step in range(4)]
    assert documents.ancestry("case:x", revs[3]) == revs[::-1]
    assert [each.rev for each in documents.leaves("case:x")] == [revs[3]]
    first = documents.revision("case:x", revs[0])
    assert first is not None
    assert first.body == {"step": 0}


def test_a_second_leaf_is_a_conflict_with_both_bodies() -> None:
    documents = Documents(in_memory())
    base = documents.edit("case:x", {"state": 1})
    ours = documents.edit("case:x", {"state": 2})
    theirs = documents.edit("case:x", {"state": 3}, parent=base)
    leaves = documents.leaves("case:x")
    assert {each.rev for each in leaves} == {ours, theirs}
    assert all(each.body for each in leaves)
    assert leaves[0].rev == max(ours, theirs)


def test_deleted_loses_against_any_edit() -> None:
    documents = Documents(in_memory())
    base = documents.edit("case:x", {"state": 1})
    edit = documents.edit("case:x", {"state": 2}, parent=base)
    gone = documents.edit("case:x", {}, parent=base, deleted=True)
    documents.edit("case:x", {}, parent=gone, deleted=True)
    winner = documents.winner("case:x")
    assert winner is not None
    assert winner.rev == edit
    documents.edit("case:x", {}, deleted=True)
    winner = documents.winner("case:x")
    assert winner is not None
    assert winner.deleted


def test_known_already() -> None:
    documents = Documents(in_memory())
    assert documents.put("case:x", ["2-b", "1-a"], {"x": 1})
    assert not documents.put("case:x", ["2-b", "1-a"], {"x": 1})
    assert documents.put("case:x", ["1-a"], {"x": 0})
    assert documents.ancestry("case:x", "2-b") == ["2-b", "1-a"]
    assert documents.winner("case:absent") is None
    assert documents.revision("case:x", "9-z") is None
    assert documents.ancestry("case:x", "9-z") == []


def test_old_generations_are_dropped_and_the_tree_stays_sound() -> None:
    db = in_memory()
    documents = Documents(db, revs_limit=5)
    fork = [documents.edit("case:x", {"step": step}) for step in range(3)][2]
    for step in range(20):
        newest = documents.edit("case:x", {"step": 10 + step})
    assert len(documents.ancestry("case:x", newest)) == 5
    assert documents.revision("case:x", fork) is None
    late = documents.put("case:x", ["4-other", fork], {"late": True})
    assert late
    winner = documents.winner("case:x")
    assert winner is not None
    assert winner.rev == newest
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []
