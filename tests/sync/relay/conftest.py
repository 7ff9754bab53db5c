"""A relay whose databases anybody with the account may make, and a client that asks it."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import pytest

from tests.sync.relay.many_stores import SECRET, USER, TestRelay


def basic(name: str, secret: str) -> str:
    """Credentials as a header."""
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()


SIGNED = basic(USER, SECRET)


class Reply(NamedTuple):
    """What came back."""

    status: int
    body: Any
    headers: dict[str, str]
    raw: bytes


class Client:
    """One database of a relay, asked over a connection that is kept."""

    def __init__(self, port: int, db: str = "db", signed: str = SIGNED) -> None:
        self._signed = signed
        self.port = port
        self.db = f"/{db}"
        self._connection = HTTPConnection("127.0.0.1", port, timeout=20)

    def server(
        self, method: str, path: str, body: Any = None, query: dict[str, Any] | None = None, **headers: str
    ) -> Reply:
        """A request to the server. A body that is no bytes is sent as JSON; headers are given with `_` for `-`."""
        told = {"Authorization": self._signed, **{name.replace("_", "-"): each for name, each in headers.items()}}
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            told.setdefault("Content-Type", "application/json")
        if query:
            path += "?" + urlencode({name: _shown(each) for name, each in query.items()})
        self._connection.request(method, path, body, {k: v for k, v in told.items() if v})
        answer = self._connection.getresponse()
        raw = answer.read()
        kind = answer.headers.get("Content-Type", "")
        plain = raw and "Content-Encoding" not in answer.headers and kind == "application/json"
        return Reply(answer.status, json.loads(raw) if plain else None, dict(answer.headers), raw)

    def call(
        self, method: str, path: str, body: Any = None, query: dict[str, Any] | None = None, **headers: str
    ) -> Reply:
        """A request to the database."""
        return self.server(method, self.db + path, body, query, **headers)

    def put(self, doc: str, body: Any, **query: Any) -> str:
        """A document; the name of its new revision."""
        found = self.call("PUT", "/" + quote(doc, safe=""), body, query)
        assert found.status == 201, found
        return str(found.body["rev"])

    def push(self, *docs: Any) -> Reply:
        """Revisions as they are named elsewhere."""
        return self.call("POST", "/_bulk_docs", {"docs": docs, "new_edits": False})

    def changes(self, **query: Any) -> Any:
        """The feed."""
        found = self.call("GET", "/_changes", query=query)
        assert found.status == 200, found
        return found.body

    def close(self) -> None:
        self._connection.close()


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def chain(length: int, tag: str = "x") -> list[str]:
    """Hashes of a line of revisions, newest first."""
    return [hashlib.md5(f"{tag}{n}".encode()).hexdigest() for n in range(length, 0, -1)]


def named(doc: str, hashes: list[str], **body: Any) -> dict[str, Any]:
    """A document with that ancestry."""
    return {
        "_id": doc,
        "_rev": f"{len(hashes)}-{hashes[0]}",
        "_revisions": {"start": len(hashes), "ids": hashes},
        **body,
    }


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestRelay]:
    relay = TestRelay(tmp_path_factory.mktemp("relay"))
    yield relay
    relay.close()


@pytest.fixture
def db(relay: TestRelay, tmp_path: Path) -> Iterator[Client]:
    client = Client(relay.port)
    assert client.call("PUT", "").status == 201
    yield client
    client.call("DELETE", "")
    client.close()
