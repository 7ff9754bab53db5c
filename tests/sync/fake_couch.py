"""What `hub prepare` needs of a CouchDB 3: admin, sessions, databases with their security, design documents."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from urllib.parse import unquote

from tests.sync.talk_server import Heard, Said

ADMIN, PASSWORD = "kepala", "sandi-pusat"


class FakeCouch:
    """`answer` is what a `TalkServer` says. Counts what was changed."""

    def __init__(self, *, version: str = "3.4.3", nodes: tuple[int, int] = (1, 1), party: bool = False) -> None:
        self.version = version
        self.nodes = nodes
        """How many are there, of how many."""
        self.party = party
        """No admin was made: everybody is one."""
        self.roles = ["_admin"]
        self.databases: dict[str, dict[str, dict[str, Any]]] = {}
        self.security: dict[str, Any] = {}
        self.writes: list[str] = []

    def answer(self, heard: Heard) -> Said:
        if heard.path == "/":
            return Said({"couchdb": "Welcome", "version": self.version, "uuid": "u1"})
        if heard.path == "/_session":
            return self._session(heard)
        if not self.party and heard.headers.get("cookie") != "AuthSession=good":
            return Said({"error": "unauthorized", "reason": "You are not authorized to access this db."}, 401)
        if heard.path == "/_membership":
            here, wanted = ([f"n{number}" for number in range(count)] for count in self.nodes)
            return Said({"all_nodes": here, "cluster_nodes": wanted})
        name, _, rest = heard.path.removeprefix("/").partition("/")
        return self._security(heard, name) if rest == "_security" else self._stored(heard, name, unquote(rest))

    def _session(self, heard: Heard) -> Said:
        if heard.method == "POST":
            if heard.body != {"name": ADMIN, "password": PASSWORD}:
                return Said({"error": "unauthorized"}, 401)
            return Said({"ok": True}, headers={"Set-Cookie": "AuthSession=good; Path=/; HttpOnly"})
        return Said({"ok": True, "userCtx": {"name": ADMIN, "roles": self.roles}})

    def _security(self, heard: Heard, name: str) -> Said:
        if heard.method == "PUT":
            self.writes.append(heard.path)
            self.security[name] = heard.body
            return Said({"ok": True})
        return Said(self.security.get(name, {"members": {"roles": ["_admin"]}, "admins": {"roles": ["_admin"]}}))

    def _stored(self, heard: Heard, name: str, doc: str) -> Said:
        there = self.databases.get(name)
        if heard.method == "PUT":
            self.writes.append(heard.path)
        if not doc:
            if heard.method == "PUT":
                self.databases.setdefault(name, {})
                return Said({"ok": True}, 201 if there is None else 412)
            return Said({"db_name": name}) if there is not None else Said({"error": "not_found"}, 404)
        if there is None:
            return Said({"error": "not_found"}, 404)
        known = there.get(doc)
        if heard.method == "GET":
            return Said(known) if known is not None else Said({"error": "not_found"}, 404)
        if (known or {}).get("_rev") != heard.body.get("_rev"):
            return Said({"error": "conflict"}, 409)
        rev = hashlib.md5(json.dumps(heard.body).encode(), usedforsecurity=False).hexdigest()
        there[doc] = {**heard.body, "_rev": f"1-{rev}"}
        return Said({"ok": True, "rev": there[doc]["_rev"]}, 201)
