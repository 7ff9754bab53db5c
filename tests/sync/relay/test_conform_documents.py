"""What a CouchDB answers to a peer about documents, asked of the relay."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from sync.relay import routes
from tests.sync.relay.conftest import Client, chain, named

NIL = "a" * 32
PNG = {"content_type": "image/png", "data": base64.b64encode(b"x" * 5000).decode()}


def test_documents_are_put_read_and_deleted_and_stale_revisions_refused(db: Client) -> None:
    first = db.put("a", {"x": 1})
    second = db.put("a", {"x": 2, "_rev": first})
    assert db.call("PUT", "/a", {"x": 3, "_rev": first}).status == 409
    assert db.call("PUT", "/a", {"x": 3}).body["error"] == "conflict"
    assert db.call("DELETE", "/a", query={"rev": first}).status == 409
    assert db.call("DELETE", "/a", query={"rev": second}).status == 200
    gone = db.call("GET", "/a")
    assert (gone.status, gone.body) == (404, {"error": "not_found", "reason": "deleted"})
    assert db.call("GET", "/never").body["reason"] == "missing"
    assert db.call("DELETE", "/never").status == 404
    assert db.put("a", {"again": True}).startswith("4-")


def test_etag_and_conditions(db: Client) -> None:
    rev = db.put("a", {"x": 1})
    assert db.call("GET", "/a").headers["ETag"] == f'"{rev}"'
    assert db.call("GET", "/a", If_None_Match=f'"{rev}"').status == 304
    assert db.call("PUT", "/a", {"x": 2}, If_Match=rev).status == 201
    assert db.call("PUT", "/a", {"x": 3, "_rev": rev}, query={"rev": "9-" + NIL}).status == 400
    head = db.call("HEAD", "/a")
    assert (head.status, head.raw) == (200, b"")


def test_the_id_is_no_part_of_a_revisions_name(db: Client) -> None:
    assert db.put("a", {"x": 1}) == db.put("b", {"x": 1})


def test_bulk_edits_tell_each_row_in_its_place(db: Client) -> None:
    db.put("a", {})
    found = db.call("POST", "/_bulk_docs", {"docs": [{"_id": "a"}, {"_id": "b"}, {"v": 1}, 7, {"_id": "_x"}]})
    assert found.status == 201
    assert [row.get("error") for row in found.body] == ["conflict", None, None, "bad_request", "illegal_docid"]
    assert len(found.body[2]["id"]) == 32
    found = db.call("POST", "/_bulk_docs", {"docs": [{"_id": "c", "v": 1}, {"_id": "c", "v": 2}]})
    assert ["error" in row for row in found.body] == [False, True]


def test_named_revisions_make_a_conflict_with_the_larger_as_winner(db: Client) -> None:
    left, right = chain(3, "p"), chain(3, "q")
    right[-1] = left[-1]
    assert db.push(named("a", left, v=1), named("a", right, v=2)).body == []
    found = db.call("GET", "/a", query={"conflicts": True, "revs": True}).body
    assert found["_rev"] == "3-" + max(left[0], right[0])
    assert found["_conflicts"] == ["3-" + min(left[0], right[0])]
    assert found["_revisions"]["start"] == len(found["_revisions"]["ids"]) == 3


def test_named_revisions_twice_change_nothing(db: Client) -> None:
    doc = named("a", chain(3), v=1)
    db.push(doc)
    before = db.call("GET", "").body
    assert db.push(doc).body == []
    assert db.call("GET", "").body == before
    assert len(db.call("GET", "/a", query={"open_revs": "all"}).body) == 1


@pytest.mark.parametrize(
    "doc",
    [
        {"_id": "a", "_rev": "nonsense"},
        {"_id": "a"},
        {"_id": "a", "_rev": "1-a", "_revisions": {"start": 1, "ids": ["zz"]}},
        {"_id": "a", "_rev": "2-" + NIL, "_revisions": {"start": 1, "ids": [NIL, NIL]}},
        {"_id": "a", "_rev": "1-" + NIL, "_revisions": []},
        {"_id": "_design/x", "_rev": "1-" + NIL},
        {"_id": "a", "_rev": "1-" + NIL, "_mine": 1},
        {"_id": "x" * 2000, "_rev": "1-" + NIL},
    ],
)
def test_one_bad_named_revision_stops_no_other(db: Client, doc: Any) -> None:
    found = db.push(doc, named("b", chain(1)))
    assert found.status == 201
    assert len(found.body) == 1
    assert {"error", "reason"} <= set(found.body[0])
    assert db.call("GET", "/b").status == 200
    assert db.call("GET", "").body["doc_count"] == 1


def test_open_ends_as_json_and_in_parts(db: Client) -> None:
    rev = db.put("a", {})
    assert db.call("GET", "/a", query={"open_revs": "all"}).body == [{"ok": {"_id": "a", "_rev": rev}}]
    lost = db.call("GET", "/a", query={"open_revs": [rev, "2-" + NIL]}).body
    assert lost[1] == {"missing": "2-" + NIL}
    parts = db.call("GET", "/a", query={"open_revs": "all"}, Accept="multipart/mixed")
    assert parts.headers["Content-Type"].startswith("multipart/mixed")
    assert rev.encode() in parts.raw


def test_old_bodies_what_is_kept_of_them_and_the_latest_of_a_line(db: Client) -> None:
    first = db.put("a", {"v": 1})
    second = db.put("a", {"v": 2, "_rev": first})
    assert db.call("GET", "/a", query={"rev": first}).body["v"] == 1
    info = db.call("GET", "/a", query={"revs_info": True}).body["_revs_info"]
    assert info == [{"rev": second, "status": "available"}, {"rev": first, "status": "available"}]
    assert db.call("GET", "/a", query={"rev": first, "latest": True}).body["_rev"] == second
    assert db.call("GET", "/a", query={"rev": "1-" + NIL}).status == 404
    assert db.call("GET", "/a", query={"rev": "no"}).status == 400


def test_which_revisions_are_missing(db: Client) -> None:
    rev = db.put("a", {})
    found = db.call("POST", "/_revs_diff", {"a": [rev, "2-" + "f" * 32], "zz": ["1-" + NIL], "b": []}).body
    assert found == {
        "a": {"missing": ["2-" + "f" * 32], "possible_ancestors": [rev]},
        "zz": {"missing": ["1-" + NIL]},
    }


def test_bulk_get_with_ancestry_and_attachments_and_what_is_missing(db: Client) -> None:
    rev = db.put("a", {"_attachments": {"f": PNG}})
    db.push(named("c", chain(1, "p")), named("c", chain(1, "q")))
    asked = [{"id": "a", "rev": rev}, {"id": "no", "rev": "1-" + NIL}, {"id": "c"}, {"id": "a", "rev": "x"}, {}]
    query = {"revs": True, "attachments": True}
    rows = db.call("POST", "/_bulk_get", {"docs": asked}, query).body["results"]
    whole = rows[0]["docs"][0]["ok"]
    assert whole["_revisions"] == {"start": 1, "ids": [rev[2:]]}
    assert whole["_attachments"]["f"]["data"] == PNG["data"]
    assert rows[1]["docs"] == [
        {"error": {"id": "no", "rev": "1-" + NIL, "error": "not_found", "reason": "missing"}},
    ]
    assert len(rows[2]["docs"]) == 2
    assert ["error" in row["docs"][0] for row in rows] == [False, True, False, True, True]
    parts = db.call("POST", "/_bulk_get", {"docs": asked[:1]}, Accept="multipart/mixed")
    assert parts.headers["Content-Type"].startswith("multipart/mixed")


def test_bulk_get_of_the_latest_of_a_line(db: Client) -> None:
    first = db.put("a", {"v": 1})
    second = db.put("a", {"v": 2, "_rev": first})
    rows = db.call("POST", "/_bulk_get", {"docs": [{"id": "a", "rev": first}]}, {"latest": True}).body["results"]
    assert rows[0]["docs"][0]["ok"]["_rev"] == second


def test_notes_of_peers_never_travel_on(db: Client) -> None:
    assert db.call("GET", "/_local/cp").status == 404
    assert db.call("PUT", "/_local/cp", {"s": 1}).body == {"ok": True, "id": "_local/cp", "rev": "0-1"}
    assert db.call("GET", "/_local/cp").body == {"_id": "_local/cp", "_rev": "0-1", "s": 1}
    # the last to write holds, as with CouchDB
    assert db.call("PUT", "/_local/cp", {"s": 2, "_rev": "0-9", "_id": "_local/cp"}).body["rev"] == "0-2"
    assert db.call("GET", "/_local%2Fcp").body["s"] == 2
    assert db.changes()["results"] == []
    assert db.call("GET", "").body["doc_count"] == 0
    assert db.call("PUT", "/_local/cp", {"s": "x" * 70_000}).status == 413
    assert db.call("DELETE", "/_local/cp").status == 200
    assert db.call("DELETE", "/_local/cp").status == 404


def test_notes_of_peers_are_not_without_number(db: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "MOST_LOCALS", 2)
    assert [db.call("PUT", f"/_local/{n}", {"n": n}).status for n in range(3)] == [201, 201, 403]
    assert db.call("PUT", "/_local/1", {"n": 2}).status == 201


def test_all_docs_by_keys_and_from_key_to_key(db: Client) -> None:
    for n in range(4):
        db.put(f"k{n}", {"n": n})
    gone = db.call("DELETE", "/k2", query={"rev": db.call("GET", "/k2").body["_rev"]}).body["rev"]
    asked = {"keys": ["k1", "k2", "none"]}
    rows = db.call("POST", "/_all_docs", asked, {"include_docs": True}).body["rows"]
    assert rows[0]["doc"]["n"] == 1
    assert rows[1] == {"id": "k2", "key": "k2", "value": {"rev": gone, "deleted": True}, "doc": None}
    assert rows[2] == {"key": "none", "error": "not_found"}
    found = db.call("GET", "/_all_docs", query={"startkey": '"k1"', "endkey": '"k3"'}).body
    assert [row["id"] for row in found["rows"]] == ["k1", "k3"]
    assert found["total_rows"] == 3
    back = db.call("GET", "/_all_docs", query={"descending": True, "limit": 1}).body["rows"]
    assert [row["id"] for row in back] == ["k3"]


@pytest.mark.parametrize("doc", ["a/b", "a b", "ä€", "a+b", "job:1", "a?b", "a%b", "日本", "😀"])
def test_odd_ids(db: Client, doc: str) -> None:
    db.put(doc, {"v": 1})
    assert db.changes()["results"][0]["id"] == doc
    assert db.call("POST", "/_all_docs", {"keys": [doc]}).body["rows"][0]["id"] == doc


def test_numbers_and_texts_come_back_as_they_were(db: Client) -> None:
    body = {"f": 1.0, "i": 2**53 + 1, "z": "a\0b", "e": "😀", "small": 1e-9, "n": None, "t": [True, {"": 0}]}
    db.put("a", body)
    found = db.call("GET", "/a")
    assert {name: found.body[name] for name in body} == body
    assert b'"f":1.0' in found.raw


def test_fields_that_are_the_servers_own_are_refused(db: Client) -> None:
    assert db.call("PUT", "/a", {"_mine": 1}).body["error"] == "doc_validation"
    assert db.call("PUT", "/_a", {}).status == 501
    assert db.call("PUT", "/a", [1]).status == 400
    assert db.call("PUT", "/a", b"{").status == 400
    assert db.call("PUT", "/a", {"_id": "b"}).status == 400
    assert db.call("POST", "/_bulk_docs", b'{"docs":[]}', Content_Type="text/plain").status == 415
    assert db.call("POST", "/_bulk_docs", {"dogs": []}).status == 400


def test_a_document_over_8_mb(db: Client) -> None:
    assert db.call("PUT", "/big", {"p": "x" * 9_000_000}).status == 413
    assert db.call("POST", "/_bulk_docs", {"docs": [{"p": "x" * 9_000_000}]}).status == 413
