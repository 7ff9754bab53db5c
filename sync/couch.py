"""The replication protocol of CouchDB as pure functions: what is asked, and what an answer means. No wire attached.

docs.couchdb.org, "Replication protocol". An answer comes from outside: whatever in it is not in its form is either a
`BadAnswer` with its place (then nothing of the answer counts) or, where it concerns one revision whose name is known,
a `NotTaken` for that one alone. Fields we do not know are kept. A sequence is opaque text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import quote

from console.core.errors import BadAnswer
from console.core.replica import Change, Named, NotTaken, Revised
from sync.strict_json import Unsound, faults

MOST_SEQ = 16_384
"""Characters of a sequence. A cluster of many shards makes long ones."""
MOST_PATH = 100_000
"""Names in one ancestry."""
REV = re.compile(r"[1-9][0-9]{0,6}-[!-+\--~]{1,100}")
"""Name of a revision. Not only 32 hex digits: a server keeps whatever name it was given."""
LONGEST_ID = 1000
_SHOWN = 200
_OURS = frozenset({"_id", "_rev", "_revisions", "_deleted"})
_TOLD = frozenset({"_conflicts", "_deleted_conflicts", "_local_seq", "_revs_info"})
"""What a server adds when it is asked to, and is no part of the document."""
_NESTED = (dict, list, Unsound)


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `path` is relative to the server and quoted already."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    """A JSON value, or None for no body."""
    deadline_s: float = 15.0
    accept: str = "application/json"
    urgent: bool = False
    """What an operator just did: goes before all else of a thin link."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Beside those every request has: `Range`."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer, its JSON decoded (an `Unsound` may stand in the place of a value)."""

    status: int
    body: Any
    size: int = 0
    """Bytes on the wire."""
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    """How long it was under way, without waiting for its turn; 0 where that is not told."""


class Server(NamedTuple):
    """Who answers. "" where it does not say."""

    uuid: str
    version: str


class Database(NamedTuple):
    """What a server says of one database."""

    instance: str
    """When it was made; "" where it does not say."""
    documents: int | None
    deleted: int | None


class Row(NamedTuple):
    """One row of a feed of changes with the body of its winner, where that was given and in its form."""

    change: Change
    rev: str
    """Name of the revision `body` belongs to; "" where there is none."""
    body: Mapping[str, Any]
    deleted: bool
    """Of that revision."""


@dataclass(frozen=True, slots=True)
class ChangesPage:
    """One page of a feed of changes."""

    rows: Sequence[Row]
    """Those of documents that are exchanged: what a server keeps for itself (`_design/…`) is left out."""
    count: int
    """Rows it had."""
    last: str
    pending: int | None
    """How many are left after it; None where the server does not say."""
    bad: Mapping[Named, NotTaken]
    """Revisions whose body came in no form."""
    misnamed: Sequence[NotTaken]
    """Revisions whose very name is none, by the start of it: they cannot be asked for."""


@dataclass(slots=True)
class Got:
    """What became of revisions asked for by name."""

    revisions: list[Revised] = field(default_factory=list)
    bare: list[Named] = field(default_factory=list)
    """Those the server gave without their ancestry, or not at all without saying why."""
    gone: list[Named] = field(default_factory=list)
    """Those it says it has not."""
    bad: list[NotTaken] = field(default_factory=list)


# -- what is asked ----------------------------------------------------------------------------------------------------


def _at(database: str, *parts: str) -> str:
    return "/".join(("", quote(database, safe=""), *parts))


def server() -> Call:
    """Who are you?"""
    return Call("GET", "/")


def database_of(database: str) -> Call:
    """What is this database?"""
    return Call("GET", _at(database))


def note(database: str, name: str) -> Call:
    """A note of ours that never travels on (`_local/<name>`)."""
    return Call("GET", _at(database, "_local", quote(name, safe="")))


def keep_note(database: str, name: str, body: Mapping[str, Any], rev: str) -> Call:
    """Keep it. `rev` is the one read last, "" for none."""
    return Call("PUT", _at(database, "_local", quote(name, safe="")), body={**body, **({"_rev": rev} if rev else {})})


def changes(database: str, since: str, limit: int, *, docs: bool, wait_s: float = 0.0) -> Call:
    """A page of the feed. With `wait_s` it is answered when there is news, or empty after about that time."""
    query = {"style": "all_docs", "since": since, "limit": str(limit), "seq_interval": str(limit)}
    if docs:
        query["include_docs"] = "true"
    if wait_s:
        # Some servers know no time-out here: then the deadline ends it.
        query |= {"feed": "longpoll", "timeout": str(int(wait_s * 1000))}
        return Call("GET", _at(database, "_changes"), query, deadline_s=wait_s + 10)
    return Call("GET", _at(database, "_changes"), query)


def bulk_get(database: str, asked: Iterable[Named]) -> Call:
    """Revisions by name, with their ancestry."""
    body = {"docs": [{"id": each.doc, "rev": each.rev} for each in asked]}
    return Call("POST", _at(database, "_bulk_get"), {"revs": "true"}, body)


def one(database: str, asked: Named) -> Call:
    """The same for one revision, for servers that know no better."""
    return Call("GET", _at(database, quote(asked.doc, safe="")), {"rev": asked.rev, "revs": "true"})


def document(database: str, doc: str) -> Call:
    """What a document says there now."""
    return Call("GET", _at(database, quote(doc, safe="")))


def revs_diff(database: str, asked: Mapping[str, Sequence[str]]) -> Call:
    """Which of these revisions do you not hold?"""
    return Call("POST", _at(database, "_revs_diff"), body={doc: list(revs) for doc, revs in asked.items()})


def bulk_docs(database: str, revisions: Iterable[Revised], *, urgent: bool = False) -> Call:
    """Take these revisions as they are named. Giving them twice changes nothing."""
    body = {"new_edits": False, "docs": [sent(each) for each in revisions]}
    return Call("POST", _at(database, "_bulk_docs"), body=body, urgent=urgent)


def sent(revision: Revised) -> dict[str, Any]:
    """A revision as it stands in a request."""
    start = int(revision.rev.partition("-")[0])
    ids = [name.partition("-")[2] for name in revision.path]
    own = {"_id": revision.doc, "_rev": revision.rev, "_revisions": {"start": start, "ids": ids}}
    return {**revision.body, **own, **({"_deleted": True} if revision.deleted else {})}


# -- what an answer means ---------------------------------------------------------------------------------------------


def read_server(reply: Reply) -> Server:
    """Who answered. Raises `BadAnswer` where it is no server of this protocol (a Wi-Fi portal says 200 to anything)."""
    body = _table(reply.body, "/")
    if not any(str(value).lower().startswith("welcome") for value in body.values()):
        raise _bad("couchdb")
    return Server(_text(body.get("uuid", "")), _text(body.get("version", "")))


def read_database(reply: Reply) -> Database:
    """What it said of a database. Raises `BadAnswer`."""
    body = _table(reply.body, "")
    if not isinstance(body.get("db_name"), str):
        raise _bad("db_name")
    instance = body.get("instance_start_time", "")
    made = _text(str(instance) if isinstance(instance, int) else instance)
    return Database("" if made == "0" else made, _count(body.get("doc_count")), _count(body.get("doc_del_count")))


def read_note(reply: Reply) -> tuple[str, Mapping[str, Any]] | None:
    """Name of its revision, and the note; None where there is none. Raises `BadAnswer`."""
    if reply.status == 404:
        return None
    body = _table(reply.body, "")
    rev = body.get("_rev")
    if not isinstance(rev, str) or not str(body.get("_id", "")).startswith("_local/"):
        raise _bad("_rev")
    return rev, {name: value for name, value in body.items() if name not in _OURS}


def read_kept(reply: Reply) -> str:
    """Name of the revision a note got. Raises `BadAnswer`."""
    body = _table(reply.body, "")
    if reply.status not in (200, 201, 202) or body.get("ok") is not True or not isinstance(body.get("rev"), str):
        raise _bad("rev")
    return str(body["rev"])


def read_changes(reply: Reply) -> ChangesPage:
    """A page of changes. Raises `BadAnswer` where a row's document or leaves have no name at all: such a page is not
    passed. A name or a body that is not in its form costs itself only."""
    body = _table(reply.body, "")
    found = _list(body.get("results"), "results")
    rows: list[Row] = []
    bad: dict[Named, NotTaken] = {}
    misnamed: list[NotTaken] = []
    for number, raw in enumerate(found):
        row = _row(raw, f"results[{number}]", bad, misnamed)
        if row is not None:
            rows.append(row)
    last, pending = _seq(body.get("last_seq"), "last_seq"), _count(body.get("pending"))
    return ChangesPage(rows, len(found), last, pending, bad, misnamed)


def _row(raw: Any, where: str, bad: dict[Named, NotTaken], misnamed: list[NotTaken]) -> Row | None:
    table = _table(raw, where)
    doc = _id(table.get("id"), f"{where}.id")
    if doc[0] == "_":
        return None
    named = [
        _id(_table(each, f"{where}.changes").get("rev"), f"{where}.changes[{place}]")
        for place, each in enumerate(_list(table.get("changes"), f"{where}.changes"))
    ]
    if not named:
        raise _bad(f"{where}.changes")
    if len(doc) > LONGEST_ID or "\0" in doc:
        misnamed += [NotTaken(doc[:_SHOWN], rev[:_SHOWN], "store.not_taken.id") for rev in named]
        return None
    leaves = tuple(rev for rev in named if REV.fullmatch(rev))
    misnamed += [NotTaken(doc, rev[:_SHOWN], "store.not_taken.rev") for rev in named if rev not in leaves]
    if not leaves:
        return None
    change = Change(doc, leaves, table.get("deleted") is True)
    given = table.get("doc")
    if not isinstance(given, dict):
        if isinstance(given, Unsound):
            named_bad = Named(doc, leaves[0])
            bad[named_bad] = NotTaken(*named_bad, f"sync.refused.{given.kind}", {"value": given.value})
        return Row(change, "", {}, False)
    rev = given.get("_rev")
    if given.get("_id") != doc or rev not in leaves:
        return Row(change, "", {}, False)  # it moved on meanwhile: asked for by name
    own = _body(doc, rev, given)
    if isinstance(own, NotTaken):
        bad[Named(doc, rev)] = own
        return Row(change, "", {}, False)
    return Row(change, rev, own, given.get("_deleted") is True)


def read_bulk_get(reply: Reply, asked: Sequence[Named]) -> Got:
    """What became of revisions asked for. One that the answer passes over in silence is `bare`. Raises `BadAnswer`."""
    got = Got()
    left = set(asked)
    for number, raw in enumerate(_list(_table(reply.body, "").get("results"), "results")):
        where = f"results[{number}]"
        table = _table(raw, where)
        doc = _id(table.get("id"), f"{where}.id")
        for given in _list(table.get("docs"), f"{where}.docs"):
            _sort(_table(given, f"{where}.docs"), doc, left, got)
    got.bare += [each for each in asked if each in left]
    return got


def _sort(given: Mapping[str, Any], doc: str, left: set[Named], got: Got) -> None:
    """Put one given revision where it belongs, if it was asked for and not given before."""
    body = given.get("ok")
    if isinstance(body, dict):
        named = Named(doc, str(body.get("_rev")))
        if named in left and body.get("_id") == doc:
            left.discard(named)
            _judge(named, body, got)
        return
    error = given.get("error")
    if isinstance(error, dict):
        named = Named(doc, str(error.get("rev")))
        if named in left:
            left.discard(named)
            if error.get("error") == "not_found":
                got.gone.append(named)
            else:
                reason = f"{error.get('error')}: {error.get('reason')}"[:200]
                got.bad.append(NotTaken(named.doc, named.rev, "sync.exchange.withheld", {"reason": reason}))


def read_one(reply: Reply, asked: Named) -> Got:
    """What became of one revision asked for alone. Raises `BadAnswer` for the answer to something else."""
    got = Got()
    if reply.status == 404:
        got.gone.append(asked)
        return got
    if isinstance(reply.body, Unsound):
        values = {"value": reply.body.value}
        got.bad.append(NotTaken(asked.doc, asked.rev, f"sync.refused.{reply.body.kind}", values))
        return got
    body = _table(reply.body, "")
    if body.get("_id") != asked.doc or body.get("_rev") != asked.rev:
        raise _bad("_rev")
    _judge(asked, body, got)
    return got


def _judge(named: Named, body: Mapping[str, Any], got: Got) -> None:
    own = _body(named.doc, named.rev, body)
    if isinstance(own, NotTaken):
        got.bad.append(own)
        return
    path = _path(named.rev, body.get("_revisions"))
    if path is None:
        got.bare.append(named)
    else:
        got.revisions.append(Revised(named.doc, path, own, body.get("_deleted") is True))


def _path(rev: str, told: Any) -> tuple[str, ...] | None:
    """An ancestry, newest first; None where it is not told or does not end in this revision."""
    if rev.startswith("1-"):
        return (rev,)
    if not isinstance(told, dict):
        return None
    start, ids = told.get("start"), told.get("ids")
    if not isinstance(start, int) or not isinstance(ids, list) or not 0 < len(ids) <= min(start, MOST_PATH):
        return None
    path = tuple(f"{start - place}-{each}" for place, each in enumerate(ids))
    return path if path[0] == rev and all(REV.fullmatch(name) for name in path) else None


def read_diff(reply: Reply, probe: Named) -> dict[str, frozenset[str]]:
    """Revisions the server does not hold, by document. `probe` is a revision nobody has, asked along: only an answer
    that names it is an answer to this request, computed by who was asked. Raises `BadAnswer`."""
    missing: dict[str, frozenset[str]] = {}
    for doc, raw in _table(reply.body, "").items():
        revs = _table(raw, doc[:80]).get("missing", [])
        missing[doc] = frozenset(_rev(each, doc[:80]) for each in _list(revs, doc[:80]))
    if missing.pop(probe.doc, frozenset()) != {probe.rev}:
        raise BadAnswer("sync.exchange.no_receipt")
    return missing


def read_bulk_docs(reply: Reply) -> dict[str, tuple[str, str]]:
    """Error and reason of each document that was not taken. Raises `BadAnswer`.

    No rows do not mean that all was taken: that is asked for (`revs_diff`)."""
    refused: dict[str, tuple[str, str]] = {}
    for number, raw in enumerate(_list(reply.body, "")):
        row = _table(raw, f"[{number}]")
        if "error" in row:
            refused[_id(row.get("id"), f"[{number}].id")] = (_text(row["error"]), _text(row.get("reason", "")))
    return refused


# -- the form of things -----------------------------------------------------------------------------------------------


def _body(doc: str, rev: str, raw: Mapping[str, Any]) -> dict[str, Any] | NotTaken:
    """The document alone, or why it cannot be taken."""
    body: dict[str, Any] = {}
    for name, value in raw.items():
        if name[:1] == "_" and name != "_attachments":
            if name in _OURS or name in _TOLD:
                continue
            return NotTaken(doc, rev, "sync.exchange.field", {"field": name[:80]})
        if isinstance(value, _NESTED) and value and (found := faults(value, name)):
            where, unsound = found[0]
            return NotTaken(doc, rev, f"sync.refused.{unsound.kind}", {"value": f"{where} {unsound.value}".strip()})
        body[name] = value
    return body


def _bad(where: str) -> BadAnswer:
    return BadAnswer("sync.exchange.form", where=where[:120])


def _table(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _bad(where)
    return value


def _list(value: Any, where: str) -> Sequence[Any]:
    if not isinstance(value, list):
        raise _bad(where)
    return value


def _text(value: Any) -> str:
    return value[:200] if isinstance(value, str) else ""


def _id(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value:
        raise _bad(where)
    return value


def _rev(value: Any, where: str) -> str:
    if not isinstance(value, str) or not REV.fullmatch(value):
        raise _bad(where)
    return value


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _seq(value: Any, where: str) -> str:
    """A sequence as opaque text. Old clusters send lists, simple servers numbers."""
    if value is None or faults([value], where):
        raise _bad(where)
    text = value if isinstance(value, str) else json.dumps(value)
    if not 0 < len(text) <= MOST_SEQ:
        raise _bad(where)
    return text
