"""A centre's place of files in memory, and links to it that break wherever a test wants."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from console.core.clock import TurnedClock
from console.core.errors import Away, DiskTrouble
from console.core.records import FileRow
from console.core.replica import Checkpoint, Named, NotTaken, Offer, PlaceState
from console.store.attachments import FileShelf
from console.store.blobs import Blob
from console.store.shelf import Shelf
from console.store.store import Store
from sync.couch import Call, Reply
from sync.custody import Custody

Fault = Callable[[Call, "FileHub"], Reply | None]


@dataclass
class FileHub:
    """As CouchDB: revisions as they are given, one attachment each, parts by Range."""

    ranges: bool = True
    revs: dict[str, set[str]] = field(default_factory=dict)
    bytes: dict[str, bytes] = field(default_factory=dict)
    came: int = 0
    """Bytes of attachments taken, also those that were here."""
    went: int = 0
    most_request: int = 1 << 30
    refuses: str = ""
    """Documents beginning so are refused."""
    uuid: str = "u-1"
    instance: str = "1"
    notes: dict[str, dict[str, Any]] = field(default_factory=dict)

    def answer(self, call: Call) -> Reply:
        parts = [unquote(part) for part in call.path.strip("/").split("/")]
        if parts[1:] in ([], ["_local", parts[-1]]):
            return self._told(parts, call)
        if parts[-1] == "_revs_diff":
            missing = {
                doc: {"missing": [rev for rev in revs if rev not in self.revs.get(doc, ())]}
                for doc, revs in call.body.items()
            }
            return Reply(200, {doc: told for doc, told in missing.items() if told["missing"]})
        if parts[-1] == "_bulk_docs":
            return self._take(call.body)
        assert call.method == "GET" and parts[2] == "data", call
        return self._give(parts[1], call)

    def copy(self) -> FileHub:
        """As it is now: a backup."""
        return deepcopy(self)

    def _told(self, parts: list[str], call: Call) -> Reply:
        """Who it is, and notes of consoles."""
        if parts == [""]:
            return Reply(200, {"couchdb": "Welcome", "uuid": self.uuid, "version": "3.5.0"})
        if len(parts) == 1:
            return Reply(200, {"db_name": parts[0], "instance_start_time": self.instance})
        name, known = "/".join(parts[1:]), self.notes.get("/".join(parts[1:]))
        if call.method == "GET":
            return Reply(200, known) if known else Reply(404, {"error": "not_found"})
        if call.body.get("_rev") != (known or {}).get("_rev"):
            return Reply(409, {"error": "conflict"})
        rev = f"0-{len(self.notes) + int((known or {}).get('_rev', '0-0')[2:])}"
        self.notes[name] = {**call.body, "_id": name, "_rev": rev}
        return Reply(201, {"ok": True, "id": name, "rev": rev})

    def _take(self, body: Any) -> Reply:
        assert body["new_edits"] is False
        given = {each["_id"]: base64.b64decode(each["_attachments"]["data"]["data"]) for each in body["docs"]}
        if sum(map(len, given.values())) > self.most_request:
            return Reply(413, None)
        errors = []
        for each in body["docs"]:
            if self.refuses and each["_id"].startswith(self.refuses):
                errors.append({"id": each["_id"], "error": "forbidden", "reason": "no"})
                continue
            self.came += len(given[each["_id"]])
            self.bytes[each["_id"]] = given[each["_id"]]
            self.revs.setdefault(each["_id"], set()).add(each["_rev"])
        return Reply(201, errors)

    def _give(self, doc: str, call: Call) -> Reply:
        if doc not in self.bytes:
            return Reply(404, b'{"error":"not_found"}')
        data, asked = self.bytes[doc], call.headers.get("Range", "")
        if asked and self.ranges:
            first, last = (int(part) for part in asked.removeprefix("bytes=").split("-"))
            part = data[first : last + 1]
            self.went += len(part)
            if not part:
                return Reply(416, b"")
            heads = {"content-range": f"bytes {first}-{first + len(part) - 1}/{len(data)}"}
            return Reply(206, part, headers=heads)
        self.went += len(data)
        return Reply(200, data)


@dataclass
class Link:
    """A lane to the hub. It takes its time, and breaks at the calls named."""

    hub: FileHub
    clock: TurnedClock
    rate: float = 1e6
    """Bytes a second."""
    calls: list[Call] = field(default_factory=list)
    breaks_at: Callable[[int], str] = lambda _number: ""
    """"" for a call that goes well; "ask" or "answer" for what is lost of it."""
    fault: Fault | None = None

    def call(self, call: Call) -> Reply:
        self.calls.append(call)
        broken = self.breaks_at(len(self.calls))
        if broken == "ask":
            raise Away("sync.away.reset", source="hub")
        twisted = self.fault(call, self.hub) if self.fault else None
        reply = twisted or self.hub.answer(call)
        sent = len(reply.body) if isinstance(reply.body, bytes) else 0
        if call.path.endswith("_bulk_docs"):
            sent = sum(len(each["_attachments"]["data"]["data"]) for each in call.body["docs"])
        self.clock.turn(sent / self.rate)
        if sent / self.rate > call.deadline_s:
            raise Away("sync.away.time", source="hub")
        if broken == "answer":
            raise Away("sync.away.reset", source="hub")
        return reply


@dataclass
class Desk:
    """A store without its thread, as the exchange of files sees it."""

    store: Store
    place: str
    full: bool = False
    satisfied: bool = False
    changed: list[frozenset[str]] = field(default_factory=list)

    def _shelf(self) -> FileShelf:
        return FileShelf(self.store._db)

    def offers(self, most: int) -> Sequence[Offer]:
        return Shelf(self.store._db).offers(self.place, most=most, most_bytes=1 << 22)

    def waiting(self) -> int:
        return self._shelf().waiting_pieces()

    def since(self, number: int) -> tuple[Sequence[FileRow], int]:
        return self._shelf().since(number)

    def named(self, sha256: str) -> Sequence[FileRow]:
        return self._shelf().named(sha256)

    def lacking(self, names: Sequence[str]) -> Sequence[str]:
        return self._shelf().lacking(names)

    def came(self, blobs: Sequence[Blob], complaints: Iterable[str]) -> None:
        self.changed.append(self.store.pieces_came(blobs, complaints).ids)

    def lost(self, names: Sequence[str], complaints: Iterable[str]) -> None:
        self.changed.append(self.store.pieces_lost(names, complaints).ids)

    def settle(self, held: Sequence[Named], refused: Sequence[NotTaken], complaints: Iterable[str]) -> None:
        self.store.replica.settle(self.place, held, refused)
        self.changed.append(frozenset(complaints))

    def enough(self) -> bool:
        return self.satisfied

    def least_free(self) -> int:
        if self.full:
            raise DiskTrouble("store.little_room", free_mb=1, least_mb=500)
        return 0


@dataclass
class StoreLocal:
    """A store without its thread, as replication sees it: what there is to the place of files."""

    store: Store

    def _shelf(self) -> Shelf:
        return Shelf(self.store._db)

    def checkpoint(self, peer: str, place: str) -> Checkpoint | None:
        return self._shelf().checkpoint(peer, place)

    def remember(self, checkpoint: Checkpoint) -> None:
        self.store.replica.remember(checkpoint)

    def reoffer(self, place: str, above: int) -> int:
        return self.store.replica.reoffer(place, above)

    def state(self, place: str) -> PlaceState:
        return self._shelf().state(place)

    def local(self, place: str, name: str) -> tuple[str, Any] | None:
        return self._shelf().local(place, name)

    def put_local(self, place: str, name: str, body: dict[str, Any]) -> str:
        return self.store.replica.put_local(place, name, body)


def custody_of(store: Store, link: Link, clock: TurnedClock, place: str) -> Custody:
    """That of a console at a centre."""
    local: Any = StoreLocal(store)
    net: Any = link
    return Custody(net, lambda _: local, clock, place=place, shared=f"{place}-shared", console=lambda: store.console)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
