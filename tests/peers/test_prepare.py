"""`hub prepare` on a server that is not ours, as far as that one goes: express-pouchdb keeps no membership of nodes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.core.clock import SystemClock
from console.core.errors import Refused
from console.store.files import load_phrases
from sync import hub_terminal
from sync.couch import Call
from sync.hub_server import Server
from sync.hub_terminal import hub_prepare, opened
from sync.lanes import Lane
from sync.message import Message
from sync.provision import databases
from sync.wire import Wire
from tests.cities import small_pack
from tests.peers.node import express_pouchdb

ADMIN, SECRET = "kepala", "sandi-pusat"


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(hub_terminal, "pack_of", lambda folder: small_pack())
    server, url = express_pouchdb(tmp_path / "express")
    yield url
    server.close()


def test_a_server_open_to_all_is_no_centre(url: str, tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        hub_prepare(tmp_path, Server(url), str, load_phrases(), print)
    assert caught.value.says == "sync.prepare.open"


def test_a_server_with_an_admin_becomes_one(url: str, tmp_path: Path) -> None:
    wire = Wire(SystemClock(), agent="kendali-test")
    heads = {"Content-Type": "application/json"}
    made = wire.line(allow_private=True).send(
        Message("PUT", f"{url}/_config/admins/{ADMIN}", headers=heads, body=json.dumps(SECRET).encode())
    )
    assert made.status == 200
    server = Server(url, ADMIN)
    said: list[str] = []
    try:
        hub_prepare(tmp_path, server, lambda: SECRET, load_phrases(), said.append)
    except Refused as refused:
        # it keeps who may read, and does not hold to it: that is said, after all else was done
        assert refused.says == "sync.prepare.open"
    admin = opened(wire, SystemClock(), server, lambda: SECRET)
    for name in databases(small_pack()):
        assert admin.call(Call("GET", f"/{name}"), Lane.URGENT).status == 200
        design = admin.call(Call("GET", f"/{name}/_design/kendali"), Lane.URGENT)
        assert "history is not deleted" in design.body["validate_doc_update"]
    place = sorted(databases(small_pack()))[0]
    deed = {"_id": "deed:1", "type": "deed", "complaint": "o:1", "deed": "note", "at": "2026-03-01T00:00:00Z"}
    bad = {"docs": [deed, {"_id": "deed:2", "type": "deed"}]}
    rows = admin.call(Call("POST", f"/{place}/_bulk_docs", body=bad), Lane.URGENT).body
    assert {row["id"]: row.get("error") for row in rows} == {"deed:1": None, "deed:2": "forbidden"}
    admin.end()
    wire.close()
