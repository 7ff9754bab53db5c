"""Which request means what: the paths of the protocol, who may take them, and what is not offered.

GET /                          who we are                POST /db/_revs_diff      which revisions are missing
GET POST DELETE /_session      signing in by a cookie    POST /db/_bulk_docs      many at once
GET /_db_updates               news of all databases     POST /db/_bulk_get       many at once
GET PUT DELETE /db             one database              GET POST /db/_all_docs   by id
GET POST /db/_changes          its feed                  /db/_local/id            notes of peers
/db/doc, /db/doc/attachment    GET PUT DELETE            everything else          501
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qsl

from console.core.clock import Clock
from sync.relay import bulk, documents, feed
from sync.relay.accounts import Account
from sync.relay.answer import Answer
from sync.relay.faults import Fault, bad, forbidden, missing, not_offered
from sync.relay.guard import Guard
from sync.relay.host import Base, Host
from sync.relay.papers import paper
from sync.relay.request import Head, Request
from sync.relay.writing import drop_local, put_local

_NAME = re.compile(r"[a-z][a-z0-9_$()+/-]{0,200}")
MOST_LOCAL = 64 << 10
MOST_LOCALS = 2_000
"""Notes of peers in one database: who may only read may leave some, and must not fill the disk."""
MOST_SESSION = 8 << 10
_READING = frozenset({"_changes", "_bulk_get", "_revs_diff", "_all_docs"})
"""What is asked by POST and changes nothing."""
Gone = Callable[[], bool]


class Routes:
    """Answers requests for the databases of a host."""

    def __init__(self, host: Host, guard: Guard, clock: Clock, version: str) -> None:
        self._host = host
        self._guard = guard
        self._clock = clock
        self._version = version

    def admit(self, head: Head, peer: str) -> Account | None:
        """Who asks, before a byte of the body is read. Nobody raises `Fault` 401 where one must be somebody."""
        account = self._guard.who(head, peer) if head.path != ("_session",) or head.method == "GET" else None
        if account is None and head.path != ("_session",):
            asks = {"WWW-Authenticate": 'Basic realm="kendali"'}
            raise Fault(401, "unauthorized", "You are not authorized to access this db.", asks)
        if head.path == ("_session",):
            _check_plain(head)
        return account

    def renewed(self, head: Head, account: Account | None) -> str:
        """A fresh cookie where the one that was sent is more than half spent, else ""."""
        return self._guard.renewed(head, account) if account is not None else ""

    def answer(self, request: Request, account: Account | None, gone: Gone) -> Answer:
        """The answer. Raises `Fault`, `DiskTrouble`."""
        path = request.head.path
        if path == ("_session",):
            return self._session(request, account)
        assert account is not None
        if not path:
            _allow(request, "GET")
            return Answer.of(
                {
                    "couchdb": "Welcome",
                    "version": self._version,
                    "uuid": self._host.uuid,
                    "features": [],
                    "vendor": {"name": "Kendali"},
                }
            )
        if path == ("_db_updates",):
            _allow(request, "GET")
            names = [each for each in self._host.names() if account.may_read(each)]
            return feed.updates(self._host, names, request, self._clock, gone)
        if path[0].startswith("_"):
            raise not_offered(f"/{path[0][:40]}")
        return self._database(request, account, gone)

    def _session(self, request: Request, account: Account | None) -> Answer:
        match request.method:
            case "GET":
                told: dict[str, object] = {"name": account.name if account else None, "roles": []}
                return Answer.of(
                    {"ok": True, "userCtx": told, "info": {"authentication_handlers": ["cookie", "default"]}}
                )
            case "POST":
                name, secret = _credentials(request)
                known = self._guard.sign_in(name, secret, request.peer)
                return Answer.of({"ok": True, "name": known.name, "roles": []}, Set_Cookie=self._guard.cookie(known))
            case "DELETE":
                return Answer.of({"ok": True}, Set_Cookie=self._guard.ended())
        raise _not_so(request)

    def _database(self, request: Request, account: Account, gone: Gone) -> Answer:
        name, *rest = request.head.path
        if not _NAME.fullmatch(name):
            raise Fault(400, "illegal_database_name", f"Name: '{name[:80]}'.")
        if not rest and request.method in ("PUT", "DELETE"):
            return self._keep(name, request, account)
        if not account.may_read(name):
            raise forbidden("You are not allowed to access this db.")
        base = self._host.find(name)
        if base is None:
            raise missing("Database does not exist.")
        writes = request.method in ("PUT", "DELETE") or (
            request.method == "POST" and rest[:1] and rest[0] not in _READING
        )
        # a reader may leave a note how far it has read
        if writes and rest[0] not in ("_local", "_ensure_full_commit") and not account.may_write(name):
            raise forbidden("You are not allowed to write to this db.")
        if not rest:
            _allow(request, "GET")
            return _about(base)
        if rest[0].startswith("_"):
            return self._special(base, rest, request, account, gone)
        doc, name = rest[0], "/".join(rest[1:])
        if name:
            return _attachment(base, doc, name, request, account)
        return _document(base, doc, request, account)

    def _keep(self, name: str, request: Request, account: Account) -> Answer:
        """Make a database, or let one go."""
        if not account.may_write(name):
            raise forbidden("You are not allowed to make or drop this db.")
        there = self._host.find(name) is not None
        if request.method == "PUT":
            if there:
                raise Fault(412, "file_exists", "The database could not be created, the file already exists.")
            if not self._host.make(name):
                raise forbidden("A relay serves the databases it has.")
            return Answer.of({"ok": True}, 201)
        if not there:
            raise missing("Database does not exist.")
        if not self._host.drop(name):
            raise forbidden("A relay drops no database.")
        return Answer.of({"ok": True})

    def _special(self, base: Base, rest: list[str], request: Request, account: Account, gone: Gone) -> Answer:
        match rest:
            case ["_changes"]:
                _allow(request, "GET", "POST")
                return feed.changes(base, request, self._clock, gone)
            case ["_revs_diff"]:
                _allow(request, "POST")
                return bulk.revs_diff(base, request, account)
            case ["_bulk_get"]:
                _allow(request, "POST")
                return bulk.bulk_get(base, request)
            case ["_bulk_docs"]:
                _allow(request, "POST")
                return bulk.bulk_docs(base, request, self._clock, account)
            case ["_all_docs"]:
                _allow(request, "GET", "POST")
                return documents.all_docs(base, request)
            case ["_ensure_full_commit"]:
                _allow(request, "POST")
                return Answer.of({"ok": True, "instance_start_time": base.instance}, 201)
            case ["_local", *local] if local:
                return _local(base, "/".join(local), request)
        if rest[0].startswith("_local/"):
            return _local(base, rest[0].removeprefix("_local/"), request)
        raise not_offered(f"/db/{rest[0][:40]}")


def _check_plain(head: Head) -> None:
    """Of who has not signed yet only little is read, and that without working on it."""
    if head.get("transfer-encoding"):
        raise Fault(411, "length_required", "Content-Length is needed here")
    if head.get("content-encoding"):
        raise Fault(415, "bad_ctype", "No Content-Encoding is taken here")
    if int(head.get("content-length") or 0) > MOST_SESSION:
        raise Fault(413, "too_large", "The request entity is too large.")


def _about(base: Base) -> Answer:
    with base.shelves.one() as shelf:
        state = shelf.state(base.place)
    return Answer.of(
        {
            "db_name": base.place,
            "doc_count": state.documents,
            "doc_del_count": state.deleted,
            "update_seq": feed.seq(base, state.seq),
            "instance_start_time": base.instance,
            "purge_seq": "0",
            "compact_running": False,
            "sizes": {},
            "props": {},
            "cluster": {"q": 1, "n": 1, "w": 1, "r": 1},
        }
    )


def _document(base: Base, doc: str, request: Request, by: Account) -> Answer:
    match request.method:
        case "GET":
            return documents.read(base, doc, request)
        case "PUT":
            return documents.change(base, doc, request, by)
        case "DELETE":
            return documents.delete(base, doc, request, by)
    raise _not_so(request)


def _attachment(base: Base, doc: str, name: str, request: Request, by: Account) -> Answer:
    _allow(request, "GET", "PUT", "DELETE")
    if request.method == "GET":
        return documents.read_attachment(base, doc, name, request)
    return documents.change_attachment(base, doc, name, request, by)


def _local(base: Base, local: str, request: Request) -> Answer:
    match request.method:
        case "GET":
            return documents.read_local(base, local)
        case "PUT":
            if len(request.body) > MOST_LOCAL:
                raise Fault(413, "document_too_large", "A note of a peer is at most 64 KB")
            with base.shelves.one() as shelf:
                if shelf.local(base.place, local) is None and shelf.locals(base.place) >= MOST_LOCALS:
                    raise forbidden("There are too many notes of peers.")
            given = paper({**request.object(), "_id": "local", "_rev": ""})
            rev = put_local(base, local, given.body)
            return Answer.of({"ok": True, "id": f"_local/{local}", "rev": rev}, 201)
        case "DELETE":
            documents.read_local(base, local)
            drop_local(base, local)
            return Answer.of({"ok": True, "id": f"_local/{local}", "rev": "0-0"})
    raise _not_so(request)


def _credentials(request: Request) -> tuple[str, str]:
    kind = request.head.get("content-type").partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        given: dict[str, object] = dict(parse_qsl(request.body.decode("utf-8", "replace"), max_num_fields=16))
    else:
        given = request.table()
    name, secret = given.get("name", given.get("username")), given.get("password")
    if not isinstance(name, str) or not isinstance(secret, str):
        raise bad("name and password are needed")
    return name, secret


def _allow(request: Request, *methods: str) -> None:
    if request.method not in methods:
        raise _not_so(request)


def _not_so(request: Request) -> Fault:
    return Fault(405, "method_not_allowed", f"{request.method} is not known here")
