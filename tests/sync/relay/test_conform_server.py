"""What a CouchDB says of itself, asked of the relay; and 501 to all that a relay does not offer."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from tests.sync.relay.conftest import Client

NIL = "a" * 32


def test_the_server_names_itself_and_stays_the_same(db: Client) -> None:
    first, second = db.server("GET", "/").body, db.server("GET", "/").body
    assert first == second
    assert first["couchdb"] == "Welcome"
    assert len(first["uuid"]) == 32


def test_databases_are_made_once(db: Client) -> None:
    assert db.call("PUT", "").status == 412
    assert db.server("PUT", "/Kota").status == 400
    assert db.server("GET", "/absent").status == 404
    assert db.call("POST", "", {}).status in (403, 405)
    about = db.call("GET", "").body
    assert about["db_name"] == "db"
    assert about["instance_start_time"].isdigit()


def test_news_of_all_databases_in_one_wait(db: Client) -> None:
    first = db.server("GET", "/_db_updates").body
    db.put("a", {})
    second = db.server("GET", "/_db_updates", query={"since": first["last_seq"], "feed": "longpoll"}).body
    assert [row["db_name"] for row in second["results"]] == ["db"]
    assert second["results"][0]["seq"] == db.changes()["last_seq"]
    idle = db.server("GET", "/_db_updates", query={"since": second["last_seq"], "feed": "longpoll", "timeout": 50}).body
    assert idle == {"results": [], "last_seq": second["last_seq"]}
    assert db.server("GET", "/_db_updates", query={"since": "odd"}).status == 400
    assert len(db.server("GET", "/_db_updates", query={"since": "5-abc"}).body["results"]) == 1


def test_gzip_both_ways(db: Client) -> None:
    body = gzip.compress(json.dumps({"docs": [{"_id": f"k{n}", "p": "x" * 300} for n in range(200)]}).encode())
    put = db.call("POST", "/_bulk_docs", body, Content_Type="application/json", Content_Encoding="gzip")
    assert put.status == 201
    found = db.call("GET", "/_changes", query={"include_docs": True}, Accept_Encoding="gzip")
    assert found.headers["Content-Encoding"] == "gzip"
    assert len(json.loads(gzip.decompress(found.raw))["results"]) == 200
    assert len(found.raw) < 20_000
    assert "Content-Encoding" not in db.call("GET", "/_changes", Accept_Encoding="gzip;q=0").headers


NOT_OFFERED = [
    ("POST", "/_missing_revs", {"a": ["1-" + NIL]}, {}),
    ("GET", "/_local_docs", None, {}),
    ("POST", "/_changes", {"selector": {}}, {"filter": "_selector"}),
    ("GET", "/_changes", None, {"filter": "f/odd"}),
    ("GET", "/_changes", None, {"filter": "_view", "view": "f/v"}),
    ("GET", "/_changes", None, {"feed": "eventsource"}),
    ("POST", "/_find", {"selector": {}}, {}),
    ("POST", "/_index", {}, {}),
    ("PUT", "/_design/v", {"views": {}}, {}),
    ("GET", "/_design/v/_view/t", None, {}),
    ("PUT", "/_revs_limit", b"5", {}),
    ("POST", "/_purge", {}, {}),
    ("POST", "/_compact", {}, {}),
    ("GET", "/_security", None, {}),
]


@pytest.mark.parametrize(("method", "path", "body", "query"), NOT_OFFERED)
def test_what_is_not_offered_says_so(db: Client, method: str, path: str, body: Any, query: Any) -> None:
    found = db.call(method, path, body, query)
    assert (found.status, found.body["error"]) == (501, "not_implemented")


@pytest.mark.parametrize("path", ["/_users/org.couchdb.user:x", "/_all_dbs", "/_replicate", "/_node/_local/_config"])
def test_what_a_server_may_have_besides(db: Client, path: str) -> None:
    assert db.server("GET", path).status == 501


def test_commits_are_always_full(db: Client) -> None:
    found = db.call("POST", "/_ensure_full_commit", {})
    assert (found.status, found.body["ok"]) == (201, True)
