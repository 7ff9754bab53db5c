"""Answers that are made while they are sent: the same as if they were whole, in memory that does not grow with them."""

from __future__ import annotations

import base64
import gzip
import json
import socket
import tracemalloc
from typing import Any
from urllib.parse import urlencode

import pytest

from sync.relay import answer, documents, told
from tests.sync.relay.conftest import SIGNED, Client, chain, named

Asked = tuple[str, str, Any, dict[str, Any], dict[str, str]]
PARTS = {"Accept": "multipart/mixed"}
DOCS = [f"k{n}" for n in range(30)]
EACH = [{"id": doc} for doc in DOCS]
NAMED = [{"id": doc, "rev": f"1-{chain(1, doc)[0]}"} for doc in DOCS]
ODD: list[Any] = [7, {"id": "k1", "rev": "x"}, {"id": "none"}, {"id": "k1", "rev": "9-" + "a" * 32}]
QUESTIONS: dict[str, Asked] = {
    "named": ("POST", "/_bulk_get", {"docs": NAMED}, {"revs": True, "attachments": True}, {}),
    "all open ends": ("POST", "/_bulk_get", {"docs": [*EACH, *ODD, *EACH]}, {"conflicts": True}, {}),
    "odd alone": ("POST", "/_bulk_get", {"docs": ODD}, {}, {}),
    "none": ("POST", "/_bulk_get", {"docs": []}, {}, {}),
    "the latest": ("POST", "/_bulk_get", {"docs": NAMED + ODD}, {"latest": True}, {}),
    "in parts": ("POST", "/_bulk_get", {"docs": NAMED + ODD}, {}, PARTS),
    "no part": ("POST", "/_bulk_get", {"docs": []}, {}, PARTS),
    "open": ("GET", "/conflict", None, {"open_revs": "all"}, {}),
    "open and lost": ("GET", "/conflict", None, {"open_revs": ["1-" + "a" * 32, "1-" + chain(1, "9")[0]]}, {}),
    "open in parts": ("GET", "/conflict", None, {"open_revs": "all"}, PARTS),
    "open none": ("GET", "/conflict", None, {"open_revs": []}, {}),
    "by id": ("GET", "/_all_docs", None, {"include_docs": True}, {}),
    "names": ("GET", "/_all_docs", None, {}, {}),
    "by keys": ("POST", "/_all_docs", {"keys": [*DOCS, "none", "gone"]}, {"include_docs": True}, {}),
    "by keys alone": ("POST", "/_all_docs", {"keys": [*DOCS, "none", "gone"]}, {}, {}),
    "no key": ("POST", "/_all_docs", {"keys": []}, {}, {}),
    "feed": ("GET", "/_changes", None, {"include_docs": True, "attachments": True}, {}),
    "feed with a limit": ("GET", "/_changes", None, {"include_docs": True, "limit": 25}, {}),
    "feed backwards": ("GET", "/_changes", None, {"include_docs": True, "descending": True}, {}),
    "feed of some": ("POST", "/_changes", {"doc_ids": DOCS[3:20]}, {"include_docs": True, "limit": 9}, {}),
}


def small(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    for each in (answer, documents, told):
        monkeypatch.setattr(each, "PIECE", size)
    monkeypatch.setattr(told, "MOST_AT_ONCE", 7)
    monkeypatch.setattr(documents, "MOST_AT_ONCE", 7)


def filled(db: Client) -> None:
    attached = {"f": {"data": base64.b64encode(b"x" * 300).decode()}}
    db.push(*(named(doc, chain(1, doc), p="x" * 40 * n, _attachments=attached) for n, doc in enumerate(DOCS)))
    db.push(*(named("conflict", chain(1, str(n)), p="x" * 500) for n in range(20)))
    rev = db.put("gone", {})
    db.call("DELETE", "/gone", query={"rev": rev})


def asked(db: Client, question: Asked) -> tuple[int, Any, str]:
    """Status, content and kind of an answer; its parts without their boundary."""
    method, path, body, query, headers = question
    found = db.call(method, path, body, query, **headers)
    kind, _, mark = found.headers["Content-Type"].partition('boundary="')
    content = found.raw.split(b"--" + mark.rstrip('"').encode()) if mark else json.loads(found.raw)
    return found.status, content, kind


@pytest.mark.parametrize("size", [1, 2000])
def test_pieces_are_what_the_whole_is(db: Client, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    filled(db)
    whole = {name: asked(db, each) for name, each in QUESTIONS.items()}
    assert len(whole["named"][1]["results"]) == len(whole["feed"][1]["results"]) - 2 == len(DOCS)
    assert len(whole["open"][1]) == 20
    small(monkeypatch, size)
    for name, each in QUESTIONS.items():
        assert asked(db, each) == whole[name], name
    lengths = [db.call(*each[:4]).headers.get("Content-Length") for each in (QUESTIONS["none"], QUESTIONS["named"])]
    # what is short is whole, also for who knows no chunks
    assert lengths == [None if size == 1 else "15", None]


def test_one_bound_for_all_attachments_of_an_answer(db: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(db)
    monkeypatch.setattr(told, "MOST_INLINE", 1000)
    query = {"attachments": True}
    for found in (
        db.call("POST", "/_bulk_get", {"docs": EACH}, query).body["results"],
        db.call("POST", "/_bulk_get", {"docs": NAMED}, query).body["results"],
    ):
        docs = [row["docs"][0]["ok"] for row in found]
        assert sum("data" in doc["_attachments"]["f"] for doc in docs) == 3
    rows = db.call("GET", "/_all_docs", query={"include_docs": True, **query}).body["rows"]
    assert sum("data" in row["doc"].get("_attachments", {}).get("f", {}) for row in rows) == 3


ONE = 1 << 20
TIMES = 30
MUCH: list[Asked] = [
    ("POST", "/_bulk_get", {"docs": [{"id": "a"}] * TIMES}, {}, {}),
    ("POST", "/_bulk_get", {"docs": [{"id": "a", "rev": "1-" + "a" * 32}] * TIMES}, {}, {}),
    ("POST", "/_bulk_get", {"docs": [{"id": "many"}] * 2}, {}, PARTS),
    ("GET", "/many", None, {"open_revs": "all"}, {}),
    ("GET", "/a", None, {"open_revs": ["1-" + "a" * 32] * TIMES}, {}),
    ("POST", "/_all_docs", {"keys": ["a"] * TIMES}, {"include_docs": True}, {}),
    ("GET", "/_all_docs", None, {"include_docs": True}, {}),
    ("GET", "/_changes", None, {"include_docs": True, "conflicts": True}, {}),
]


def test_much_is_told_in_little_memory(db: Client) -> None:
    db.push(named("a", ["a" * 32], p="x" * ONE))
    for n in range(TIMES // 2):
        db.push(named(f"b{n}", ["a" * 32], p="x" * ONE), named("many", [f"{n:032}"], p="x" * ONE))
    for method, path, body, query, headers in MUCH:
        raw = b"" if body is None else json.dumps(body).encode()
        told = urlencode({name: each if isinstance(each, str) else json.dumps(each) for name, each in query.items()})
        head = f"{method} {db.db}{path}?{told} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {SIGNED}\r\n"
        for name, value in {**headers, "Content-Type": "application/json", "Content-Length": len(raw)}.items():
            head += f"{name}: {value}\r\n"
        with socket.create_connection(("127.0.0.1", db.port), 60) as sock:
            tracemalloc.start()
            try:
                sock.sendall(f"{head}Connection: close\r\n\r\n".encode() + raw)
                size = 0
                while piece := sock.recv(1 << 16):
                    size += len(piece)
                _, peak = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
        assert size > TIMES // 2 * ONE, path
        assert peak < 12 * ONE, path


def test_what_is_squeezed_flows_too(db: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(db)
    whole = db.call("POST", "/_bulk_get", {"docs": NAMED}).raw
    small(monkeypatch, 2000)
    found = db.call("POST", "/_bulk_get", {"docs": NAMED}, Accept_Encoding="gzip")
    assert gzip.decompress(found.raw) == whole
