"""The heads of ledgers the centre itself holds, asked of it now: what no file of this machine can change.

Read with the account of the settings and the secret in the keyring; nothing is written at either side.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from console.core.clock import Clock, SystemClock
from console.core.errors import Away, BadAnswer, Refused
from console.core.places import shared_place
from console.store.files import Profile
from console.store.ledger_heads import HEAD, Head, of_documents
from sync.chosen import pack_of, settings_of
from sync.couch import Call, Reply
from sync.credentials import Credentials
from sync.hub_server import Server
from sync.hub_wire import Account, HubWire
from sync.lanes import Budget, Lane, Lanes
from sync.sockets import pin_of
from sync.wire import AGENT, Wire

MANY = 500


def anchored(folder: Path, *, clock: Clock | None = None, credentials: Credentials | None = None) -> list[Head]:
    """All heads in the centre's shared place. Raises `Refused` where none is set up, else what a wire raises."""
    clock = clock or SystemClock()
    profile = Profile(Path(folder).absolute())
    settings = settings_of(profile)
    server = Server.of(settings)
    if not server.url:
        raise Refused("sync.once.no_hub")
    known = credentials or Credentials()
    wire = Wire(clock, agent=AGENT)
    budget = Budget(clock, 0)
    account = Account(server.user, lambda: known.secret(server.url, server.user), server.way)
    line = wire.line(allow_private=True, pin=pin_of(server.pin), count=budget.spend)
    hub = HubWire(line, server.url, account, Lanes(clock, budget), clear=server.clear)
    try:
        return read_all(lambda call: hub.call(call, Lane.URGENT), shared_place(pack_of(profile).id))
    finally:
        hub.end()
        wire.close()


def read_all(call: Callable[[Call], Reply], database: str) -> list[Head]:
    """The heads of a database, page by page."""
    found: list[tuple[str, Mapping[str, Any]]] = []
    start = HEAD
    while True:
        rows = _rows(call(_asked(database, start)), database)
        found += rows
        if len(rows) < MANY:
            return of_documents(found)
        start = f"{rows[-1][0]}\x00"


def _asked(database: str, start: str) -> Call:
    end = f"{HEAD[:-1]};"
    query = {"startkey": json.dumps(start), "endkey": json.dumps(end), "limit": str(MANY), "include_docs": "true"}
    return Call("GET", f"/{database}/_all_docs", query)


def _rows(reply: Reply, database: str) -> list[tuple[str, Mapping[str, Any]]]:
    """Name and content of each row."""
    if reply.status == 404:
        raise Away("sync.exchange.absent", database=database)
    if reply.status != 200:
        raise Away("sync.exchange.status", database=database, status=str(reply.status))
    rows = reply.body.get("rows") if isinstance(reply.body, dict) else None
    if not isinstance(rows, list):
        raise BadAnswer("sync.exchange.form", where="rows")
    return [(str(row["id"]), row["doc"]) for row in rows if isinstance(row, dict) and isinstance(row.get("doc"), dict)]
