"""Whatever a peer says in a document's name and body: it is stored or refused by itself, and the store works on.

A console's store folds documents of known kinds into what operators see; the relay is where anything can come in.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.core.replica import Page, Revised
from console.store.blobs import Blob
from tests.store.conftest import batch, said
from tests.sync.relay.conftest import Client
from tests.sync.relay.many_stores import TestRelay

PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**62), 2**62),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(["uji:000001", "2026-03-02T05:00:00+00:00", "2026-03-02T05:00:00", "verify", "note", "Sari", "pu"]),
)
VALUES = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["state", "opd", "a"]), inner, max_size=2)
    ),
    max_leaves=6,
)
_FIELDS = """
    type complaint id state opd holder duplicate_of native_state at by deed text fields before after command undoes was
    title area lat lon requested_at category source channel digest length pieces
"""
_IDS = """
    case:uji:000001 case:uji:000002 case: case:x deed:1 deed:0193 deed: complaint:1 complaint: piece:1 file:1 canary:1
    note:1 : case:case: deed:uji:000001
"""
FIELDS, IDS = st.sampled_from(_FIELDS.split()), st.sampled_from(_IDS.split())
REVS = st.sampled_from([(f"1-{'a' * 32}",), (f"1-{'b' * 32}",), (f"2-{'c' * 32}", f"1-{'a' * 32}"), (f"2-{'d' * 32}",)])
DOCUMENTS = st.builds(
    lambda doc, path, body, deleted: {
        **body,
        "_id": doc,
        "_rev": path[0],
        "_revisions": {"start": int(path[0][0]), "ids": [each[2:] for each in path]},
        "_deleted": deleted,
    },
    IDS,
    REVS,
    st.dictionaries(FIELDS, VALUES, max_size=12),
    st.booleans(),
)


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    relay = TestRelay(tmp_path_factory.mktemp("unsound"))
    client = Client(relay.port, "kendali-rekaan-complaints-0")
    client.call("PUT", "")
    _, keeper = relay.host.store("kendali-rekaan-complaints-0")
    keeper.take(batch(said(1), said(2))).result()
    yield client
    client.close()
    relay.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(DOCUMENTS, min_size=1, max_size=6))
def test_any_document_is_stored_or_refused_by_itself(console: Client, documents: list[Any]) -> None:
    sound = {"_id": "note:sound", "_rev": f"1-{'e' * 32}", "v": 1}
    found = console.push(*documents, sound)
    assert found.status == 201
    assert console.call("GET", "/note:sound").body["v"] == 1
    edits = [{name: value for name, value in each.items() if name not in ("_rev", "_revisions")} for each in documents]
    assert console.call("POST", "/_bulk_docs", {"docs": edits}).status == 201


DATA = b"isi rekaan"
DIGEST = Blob.of(DATA).digest
STUB = {"content_type": "text/plain", "digest": DIGEST, "length": len(DATA), "revpos": 1, "stub": True}
ODD_STUBS = {
    "revpos": {**STUB, "revpos": "x"},
    "length": {**STUB, "length": "x"},
    "length below 0": {**STUB, "length": -(1 << 40)},
    "length beyond all": {**STUB, "length": 10**30},
    "no length": {**STUB, "length": [1]},
    "digest": {**STUB, "digest": 7},
    "content type": {**STUB, "content_type": "text/html\r\nX-Evil: 1"},
    "no content type": {**STUB, "content_type": {"a": 1}},
    "data": {**STUB, "digest": "md5-none", "data": 7},
    "empty": {},
    "no stub": 7,
}


@pytest.mark.parametrize("odd", ODD_STUBS.values(), ids=ODD_STUBS.keys())
def test_attachments_of_a_document_that_a_centre_brought(tmp_path: Path, odd: Any) -> None:
    """What a centre or a bundle brings is stored as it came: here it is told, and nothing of it stops a follower."""
    relay = TestRelay(tmp_path)
    client = Client(relay.port)
    client.call("PUT", "")
    store, keeper = relay.host.store("db")
    store.note_blobs([store.blobs.keep(DATA)])
    bodies = {"a": {"_attachments": {"f": odd, "g": STUB}}, "b": {"_attachments": [odd]}}
    page = Page("db", [Revised(doc, ("1-" + "a" * 32,), body) for doc, body in bodies.items()])
    keeper.write(lambda store, pause: store.replica.take(page, pause)).result()
    every = {"attachments": True, "atts_since": ["1-" + "b" * 32]}
    asked = {"docs": [{"id": "a", "rev": "1-" + "a" * 32}, {"id": "b"}]}
    results = client.call("POST", "/_bulk_get", asked, every).body["results"]
    docs = [row["docs"][0]["ok"] for row in results]
    if isinstance(odd, dict):
        assert base64.b64decode(docs[0]["_attachments"]["g"]["data"]) == DATA
    assert docs[1]["_attachments"] == [odd]
    assert len(client.changes(include_docs=True, attachments=True)["results"]) == 2
    for path in ("/a/f", "/a/g", "/b/f"):
        found = client.call("GET", path)
        assert found.status in (200, 404)
        assert "X-Evil" not in found.headers
    parts = client.call("GET", "/a", query=every, Accept="multipart/related")
    assert parts.status == 200
    assert b"\r\nX-Evil" not in parts.raw
    edited = client.call("PUT", "/a/h", b"x", {"rev": "1-" + "a" * 32})
    assert edited.status == 201
    client.close()
    relay.close()


def test_no_thread_ended_by_a_bug(tmp_path: Path) -> None:
    """The sieve above would be blind if a bug of the store were answered as if it were none."""
    bugs: list[Any] = []
    before, threading.excepthook = threading.excepthook, bugs.append
    relay = TestRelay(tmp_path)
    client = Client(relay.port)
    client.call("PUT", "")
    store, _ = relay.host.store("db")
    store.replica.take = lambda *_: 1 / 0  # type: ignore[method-assign, assignment]
    with pytest.raises(ConnectionError):
        client.push({"_id": "a", "_rev": "1-" + "a" * 32})
    client.close()
    # that conversation alone
    client = Client(relay.port)
    assert client.call("GET", "").status == 200
    client.close()
    relay.close()
    threading.excepthook = before
    assert [each.exc_type for each in bugs] == [ZeroDivisionError]
