"""Whatever a peer says in a document's name and body: it is stored or refused by itself, and the store works on.

A console's store folds documents of known kinds into what operators see; the relay is where anything can come in.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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
