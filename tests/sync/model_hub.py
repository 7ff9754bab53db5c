"""A small faithful CouchDB in memory: revision trees, the feed, bulk reading and writing, notes, and what befalls hubs.

Faithful where replication can tell: measured on real servers, not on their manuals. `Traits` turn on what other servers
do otherwise. A backup is a copy of everything, notes among it; restoring one is what an operator does after a crash.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple
from urllib.parse import unquote

from sync.couch import Call, Reply

Validate = Callable[[str, Mapping[str, Any]], tuple[str, str] | None]
"""Error and reason of a document that is refused; None to take it."""


class Node(NamedTuple):
    """One revision of a tree. `body` is None where only its name is known."""

    parent: str
    deleted: bool = False
    body: Mapping[str, Any] | None = None


@dataclass
class Traits:
    """What one server does otherwise than another."""

    bulk_get: bool = True
    ancestry: bool = True
    """Whether `_bulk_get` tells `_revisions`."""
    pending: bool = True
    numbers: bool = False
    """Sequences are numbers, and one of another database means nothing: rows are lost in silence."""
    possible: bool = True
    silent: bool = False
    """A missing row of `_bulk_get` says nothing at all."""
    most_bytes: int = 8_000_000


def generation(rev: str) -> int:
    return int(rev.partition("-")[0])


def best(rev: str, node: Node) -> tuple[bool, int, str]:
    """By this CouchDB picks the winner."""
    return not node.deleted, generation(rev), rev.partition("-")[2]


class Tree:
    """The revisions of one document."""

    def __init__(self, nodes: dict[str, Node] | None = None) -> None:
        self.nodes = nodes or {}

    def copy(self) -> Tree:
        return Tree(dict(self.nodes))

    def add(self, path: list[str], body: Mapping[str, Any], deleted: bool, limit: int) -> bool:
        """Take a revision with its ancestry. False where it was known."""
        known = self.nodes.get(path[0])
        if known is not None and known.body is not None:
            return False
        for place, rev in enumerate(path):
            parent = path[place + 1] if place + 1 < len(path) else ""
            node = self.nodes.get(rev)
            if place == 0:
                self.nodes[rev] = Node(node.parent if node and node.parent else parent, deleted, body)
            elif node is None:
                self.nodes[rev] = Node(parent)
            elif not node.parent and parent:
                self.nodes[rev] = node._replace(parent=parent)
        self._stem(limit)
        return True

    def _stem(self, limit: int) -> None:
        if all(generation(rev) <= limit for rev in self.nodes):
            return
        kept = {rev for leaf in self.leaves() for rev in self.path(leaf)[:limit]}
        self.nodes = {
            rev: node if node.parent in kept else node._replace(parent="")
            for rev, node in self.nodes.items()
            if rev in kept
        }

    def leaves(self) -> list[str]:
        """Open ends, the winner first."""
        inner = {node.parent for node in self.nodes.values()}
        return sorted(
            (rev for rev in self.nodes if rev not in inner), key=lambda rev: best(rev, self.nodes[rev]), reverse=True
        )

    def path(self, rev: str) -> list[str]:
        found = []
        while rev in self.nodes:
            found.append(rev)
            rev = self.nodes[rev].parent
        return found


@dataclass
class Base:
    """One database."""

    instance: str
    docs: dict[str, Tree] = field(default_factory=dict)
    order: dict[str, int] = field(default_factory=dict)
    notes: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    seq: int = 0
    revs_limit: int = 1000
    validate: Validate | None = None

    def copy(self) -> Base:
        return replace(
            self,
            docs={doc: tree.copy() for doc, tree in self.docs.items()},
            order=dict(self.order),
            notes=dict(self.notes),
        )

    def take(self, doc: str, path: list[str], body: Mapping[str, Any], deleted: bool) -> None:
        tree = self.docs.setdefault(doc, Tree())
        if tree.add(path, body, deleted, self.revs_limit):
            self.seq += 1
            self.order.pop(doc, None)
            self.order[doc] = self.seq


class ModelHub:
    """One server with its databases."""

    def __init__(self, uuid: str = "a" * 32, traits: Traits | None = None) -> None:
        self.uuid = uuid
        self.traits = traits or Traits()
        self.bases: dict[str, Base] = {}
        self.calls: list[Call] = []
        self.nodes_short = False
        """Fewer nodes than wanted are up: writes are answered 202."""
        self.withheld: list[tuple[str, str, list[str], Mapping[str, Any], bool]] = []
        """Written on a node nobody else sees yet."""
        self._made = 0
        self.clock_s = 1_790_000_000

    # -- what befalls a hub -------------------------------------------------------------------------------------------

    def make(self, name: str) -> Base:
        """An empty database, whether there was one or not."""
        self._made += 1
        self.bases[name] = Base(str(self.clock_s + self._made))
        return self.bases[name]

    def backup(self) -> dict[str, Base]:
        return {name: base.copy() for name, base in self.bases.items()}

    def restore(self, backup: Mapping[str, Base]) -> None:
        self.bases = {name: base.copy() for name, base in backup.items()}

    def compact(self, name: str) -> None:
        """Bodies of what was replaced are gone."""
        for tree in self.bases[name].docs.values():
            leaves = set(tree.leaves())
            tree.nodes = {rev: node if rev in leaves else node._replace(body=None) for rev, node in tree.nodes.items()}

    def purge(self, name: str, doc: str) -> None:
        """Without a trace: no row tells of it."""
        base = self.bases[name]
        base.docs.pop(doc, None)
        base.order.pop(doc, None)

    def nodes_meet(self) -> None:
        """The nodes settle: what one alone had all have."""
        for name, doc, path, body, deleted in self.withheld:
            self.bases[name].take(doc, path, body, deleted)
        self.withheld = []

    # -- the protocol -------------------------------------------------------------------------------------------------

    def answer(self, call: Call) -> Reply:
        """What a server answers to one request."""
        self.calls.append(call)
        parts = [unquote(part) for part in call.path.split("/")[1:]]
        if parts == [""]:
            return _said(200, {"couchdb": "Welcome", "uuid": self.uuid, "version": "3.4.3"})
        base = self.bases.get(parts[0])
        if base is None:
            return _said(404, {"error": "not_found", "reason": "Database does not exist."})
        if len(parts) == 1:
            return self._described(parts[0], base)
        if parts[1] == "_local":
            return _noted(base, parts[2], call)
        handlers: dict[str, Callable[[str, Base, Call], Reply]] = {
            "_changes": self._changes,
            "_bulk_get": self._bulk_get,
            "_revs_diff": self._revs_diff,
            "_bulk_docs": self._bulk_docs,
            "_all_docs": self._all_docs,
        }
        handler = handlers.get(parts[1])
        return handler(parts[0], base, call) if handler else self._one(base, parts[1], call)

    def _described(self, name: str, base: Base) -> Reply:
        deleted = sum(tree.nodes[tree.leaves()[0]].deleted for tree in base.docs.values())
        body = {
            "db_name": name,
            "instance_start_time": base.instance,
            "doc_count": len(base.docs) - deleted,
            "doc_del_count": deleted,
            "update_seq": self._token(base, base.seq),
        }
        return _said(200, body)

    def _token(self, base: Base, seq: int) -> Any:
        return seq if self.traits.numbers else f"{seq}-g1AAAA{base.instance}"

    def _since(self, base: Base, text: str) -> int | None:
        head, _, tail = text.partition("-")
        if not head.isdigit():
            return None
        if self.traits.numbers or not tail or tail == f"g1AAAA{base.instance}":
            return int(head)
        return 0

    def _changes(self, name: str, base: Base, call: Call) -> Reply:
        since = self._since(base, call.query["since"])
        if since is None:
            return _said(400, {"error": "bad_request", "reason": "Malformed sequence supplied in 'since' parameter."})
        rows = [(seq, doc) for doc, seq in base.order.items() if seq > since]
        limit = int(call.query.get("limit", "1000000"))
        results = [self._row(base, doc, seq, call) for seq, doc in rows[:limit]]
        last = rows[: len(results)][-1][0] if results else max(since, 0)
        body: dict[str, Any] = {"results": results, "last_seq": self._token(base, last)}
        if self.traits.pending:
            body["pending"] = len(rows) - len(results)
        return _said(200, body)

    def _row(self, base: Base, doc: str, seq: int, call: Call) -> dict[str, Any]:
        tree = base.docs[doc]
        leaves = tree.leaves()
        row: dict[str, Any] = {"seq": self._token(base, seq), "id": doc, "changes": [{"rev": rev} for rev in leaves]}
        if tree.nodes[leaves[0]].deleted:
            row["deleted"] = True
        if call.query.get("include_docs") == "true":
            row["doc"] = _whole(doc, leaves[0], tree)
        return row

    def _bulk_get(self, name: str, base: Base, call: Call) -> Reply:
        if not self.traits.bulk_get:
            return _said(404, {"error": "not_found", "reason": "missing"})
        results = []
        for asked in call.body["docs"]:
            doc, rev = asked["id"], asked["rev"]
            tree = base.docs.get(doc)
            if tree is not None and (node := tree.nodes.get(rev)) is not None and node.body is not None:
                given: dict[str, Any] = {"ok": _whole(doc, rev, tree, revs=self.traits.ancestry)}
            elif self.traits.silent:
                given = {}
            else:
                given = {"error": {"id": doc, "rev": rev, "error": "not_found", "reason": "missing"}}
            results.append({"id": doc, "docs": [given]})
        return _said(200, {"results": results})

    def _one(self, base: Base, doc: str, call: Call) -> Reply:
        tree = base.docs.get(doc)
        if tree is None:
            return _said(404, {"error": "not_found", "reason": "missing"})
        rev = call.query.get("rev", tree.leaves()[0])
        node = tree.nodes.get(rev)
        if node is None or node.body is None or (node.deleted and "rev" not in call.query):
            return _said(404, {"error": "not_found", "reason": "missing"})
        return _said(200, _whole(doc, rev, tree, revs=call.query.get("revs") == "true"))

    def _revs_diff(self, name: str, base: Base, call: Call) -> Reply:
        found: dict[str, Any] = {}
        for doc, revs in call.body.items():
            tree = base.docs.get(doc) or Tree()
            missing = [rev for rev in revs if rev not in tree.nodes]
            if missing:
                found[doc] = {"missing": missing}
                if self.traits.possible and tree.nodes:
                    found[doc]["possible_ancestors"] = tree.leaves()
        return _said(200, found)

    def _bulk_docs(self, name: str, base: Base, call: Call) -> Reply:
        assert call.body["new_edits"] is False
        if len(json.dumps(call.body)) > self.traits.most_bytes:
            return _said(413, {"error": "too_large", "reason": "the request entity is too large"})
        refused = []
        for raw in call.body["docs"]:
            told = raw.get("_revisions", {"start": 1, "ids": [raw["_rev"].partition("-")[2]]})
            path = [f"{told['start'] - place}-{each}" for place, each in enumerate(told["ids"])]
            assert path[0] == raw["_rev"]
            body = {field: value for field, value in raw.items() if field[0] != "_" or field == "_attachments"}
            error = base.validate(raw["_id"], raw) if base.validate else None
            if error:
                refused.append({"id": raw["_id"], "rev": raw["_rev"], "error": error[0], "reason": error[1]})
            elif self.nodes_short:
                self.withheld.append((name, raw["_id"], path, body, raw.get("_deleted", False)))
            else:
                base.take(raw["_id"], path, body, raw.get("_deleted", False))
        return _said(202 if self.nodes_short else 201, refused)

    def _all_docs(self, name: str, base: Base, call: Call) -> Reply:
        start, end = (json.loads(call.query[each]) for each in ("startkey", "endkey"))
        rows = [{"id": doc, "key": doc} for doc in sorted(base.docs) if start <= doc <= end]
        return _said(200, {"total_rows": len(base.docs), "offset": 0, "rows": rows})


def _noted(base: Base, name: str, call: Call) -> Reply:
    kept = base.notes.get(name)
    if call.method == "GET":
        if kept is None:
            return _said(404, {"error": "not_found", "reason": "missing"})
        return _said(200, {**kept[1], "_id": f"_local/{name}", "_rev": f"0-{kept[0]}"})
    # A stale or missing `_rev` is taken without a word.
    given = int(str(call.body.get("_rev", "0-0")).partition("-")[2])
    body = {field: value for field, value in call.body.items() if field[0] != "_"}
    base.notes[name] = (given + 1, body)
    return _said(201, {"ok": True, "id": f"_local/{name}", "rev": f"0-{given + 1}"})


def _whole(doc: str, rev: str, tree: Tree, *, revs: bool = False) -> dict[str, Any]:
    node = tree.nodes[rev]
    body: dict[str, Any] = {"_id": doc, "_rev": rev, **(node.body or {})}
    if node.deleted:
        body["_deleted"] = True
    if revs:
        path = tree.path(rev)
        body["_revisions"] = {"start": generation(rev), "ids": [name.partition("-")[2] for name in path]}
    return body


def _said(status: int, body: Any) -> Reply:
    return Reply(status, body, 100, {})


def leaves_of(base: Base) -> dict[str, dict[str, tuple[bool, Mapping[str, Any] | None]]]:
    """All open ends of all documents, with what they say: what every store must come to hold."""
    return {
        doc: {rev: (tree.nodes[rev].deleted, tree.nodes[rev].body) for rev in tree.leaves()}
        for doc, tree in base.docs.items()
        if doc[0] != "_"
    }


def known_revs(base: Base) -> set[tuple[str, str]]:
    """Every revision it knows by name."""
    return {(doc, rev) for doc, tree in base.docs.items() for rev in tree.nodes}


def paths(calls: Iterable[Call]) -> list[str]:
    """Method and what was asked of each request: `GET _changes`, `GET /`."""
    parts = [(call, call.path.strip("/").split("/")) for call in calls]
    return [f"{call.method} {split[1] if len(split) > 1 else '/' + split[0]}" for call, split in parts]
