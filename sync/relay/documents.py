"""One document: read, changed, deleted; and its attachments."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from console.core.replica import Named, Revised
from console.store.blobs import Blob
from console.store.replica import Edit
from console.store.shelf import Shelf
from sync.relay.accounts import Account
from sync.relay.answer import PIECE, Answer, dumped
from sync.relay.enclosed import OCTETS, enclose, keep, kind_of, stub, stubs_of
from sync.relay.faults import Fault, bad, conflict, missing
from sync.relay.host import Base
from sync.relay.multipart import mixed, parts, related
from sync.relay.papers import Paper, check_id, check_size, paper
from sync.relay.request import Request, decoded
from sync.relay.told import MOST_AT_ONCE, Allowance, Told, Wanted, content, rev_of, told_of
from sync.relay.writing import edit, fault_of, take

_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


def read(base: Base, doc: str, request: Request) -> Answer:
    """GET a document: its winner, one revision, or its open ends."""
    check_id(doc)
    if "open_revs" in request.head.query:
        return _open_revs(base, doc, request)
    told = told_of(request)
    rev = request.head.query.get("rev", "")
    with base.shelves.one() as shelf:
        found = _found(base, shelf, doc, rev_of(rev) if rev else "", latest=request.flag("latest"))
        tag = f'"{found.rev}"'
        if not rev and request.head.get("if-none-match") == tag:
            return Answer(304, b"", {"ETag": tag})
        shown = told.one(base, shelf, found, Allowance())
        if told.attachments and stubs_of(found.body) and _prefers(request, "multipart/related"):
            return related(shown, {"ETag": tag})
    return Answer.of(shown, ETag=tag)


def _prefers(request: Request, kind: str) -> bool:
    accept = request.head.get("accept")
    return kind in accept and not accept.startswith("application/json")


def _found(base: Base, shelf: Shelf, doc: str, rev: str, *, latest: bool = False) -> Revised:
    if rev and latest:
        above = _above(shelf.tips(base.place, doc), rev)
        rev = above[0].rev if above else rev
    found = shelf.revision(base.place, doc, rev)
    if found is None:
        raise missing()
    if found.deleted and not rev:
        raise missing("deleted")
    return found


def _above(leaves: list[Revised], rev: str) -> list[Revised]:
    """Open ends that come of that revision."""
    return [each for each in leaves if rev in each.path]


def _open_revs(base: Base, doc: str, request: Request) -> Answer:
    told = told_of(request)
    said = request.head.query["open_revs"]
    with base.shelves.one() as shelf:
        tips = shelf.tips(base.place, doc)
    if said == "all":
        if not tips:
            raise missing()
        revs = [each.rev for each in tips]
    else:
        asked = decoded(said.encode())
        if not isinstance(asked, list) or not all(isinstance(each, str) for each in asked):
            raise bad("open_revs is `all` or a list of revisions")
        revs = []
        for rev in map(rev_of, asked):
            above = _above(tips, rev) if request.flag("latest") else []
            revs += [each.rev for each in above] or [rev]
    pieces = told.pieces(base, [Wanted(Named(doc, rev), {"missing": rev}) for rev in revs])
    if _prefers(request, "multipart/mixed"):
        return mixed(pieces)
    return Answer.flowing(_listed(b"[", ([b'{"ok":' + t + b"}" if here else t for here, t in p] for p in pieces), b"]"))


def _listed(start: bytes, pieces: Iterable[Sequence[bytes]], end: bytes) -> Iterator[bytes]:
    """Rows of JSON between a start and an end."""
    for rows in pieces:
        if rows:
            yield start + b",".join(rows)
            start = b","
    yield (b"" if start == b"," else start) + end + b"\n"


def change(base: Base, doc: str, request: Request, by: Account) -> Answer:
    """PUT a document, as a new revision or, with `new_edits=false`, as the one it is named."""
    check_id(doc)
    raw, following = _given(request)
    new_edits = request.flag("new_edits", True)
    given = paper(raw, doc=doc)
    check_size(given.body, len(request.body))
    if not new_edits:
        return _as_named(base, given, following, by)
    parent = _parent(request, given.rev)
    rev = put(base, given, parent, following, by)
    return Answer.of({"ok": True, "id": doc, "rev": rev}, 201, ETag=f'"{rev}"')


def _given(request: Request) -> tuple[Mapping[str, Any], Mapping[str, bytes]]:
    kind = request.head.get("content-type")
    if kind.lower().startswith("multipart/related"):
        text, following = parts(request.body, kind)
        return Request(request.head, text).object(), following
    return request.object(), {}


def _parent(request: Request, rev: str) -> str:
    """The revision a change stands on: named in the body, the query or `If-Match`, and nowhere differently."""
    named = {rev, request.head.query.get("rev", ""), request.head.get("if-match").strip('"')} - {""}
    if len(named) > 1:
        raise bad("Document rev from request body and query string have different values")
    return rev_of(named.pop()) if named else ""


def put(base: Base, given: Paper, parent: str, following: Mapping[str, bytes], by: Account) -> str:
    """A new revision; its name."""
    if given.attachments:
        with base.shelves.one() as shelf:
            before = before_of(base, shelf, given.id, [parent], by)
        enclosed = enclose(given, _generation(parent) + 1, before, base.blobs, following)
        return edit(base, Edit(given.id, enclosed.body, parent, given.deleted), enclosed.blobs, by=by)
    return edit(base, Edit(given.id, given.body, parent, given.deleted), by=by)


def _generation(rev: str) -> int:
    return int(rev.partition("-")[0]) if rev else 0


def before_of(base: Base, shelf: Shelf, doc: str, path: Sequence[str], by: Account) -> dict[str, Any]:
    """The attachments of the revisions a new one comes of, the nearest first: where the document lives, if this one
    may read there."""
    home = shelf.elsewhere(base.place, [doc]).get(doc, base.place)
    if not by.may_read(home):
        return {}
    absent = {"", *shelf.missing(home, {doc: path}).get(doc, ([], []))[0]}
    held = (shelf.revision(home, doc, rev) for rev in path if rev not in absent)
    before: dict[str, Any] = {}
    for found in islice((each for each in held if each is not None), _MOST_BEFORE):
        before = {**stubs_of(found.body), **before}
    return before


_MOST_BEFORE = 20


def revised(base: Base, given: Paper, following: Mapping[str, bytes], by: Account) -> tuple[Revised, tuple[Blob, ...]]:
    """A document as the revision it is named, with the bytes it brought."""
    if not given.path:
        raise bad("Document revision is missing")
    if given.attachments:
        with base.shelves.one() as shelf:
            before = before_of(base, shelf, given.id, given.path, by)
        enclosed = enclose(given, _generation(given.path[0]), before, base.blobs, following)
        return Revised(given.id, given.path, enclosed.body, given.deleted), enclosed.blobs
    return Revised(given.id, given.path, given.body, given.deleted), ()


def _as_named(base: Base, given: Paper, following: Mapping[str, bytes], by: Account) -> Answer:
    one, blobs = revised(base, given, following, by)
    taken = take(base, [one], blobs, by=by)
    for each in taken.refused:
        raise fault_of(each.says)
    return Answer.of({"ok": True, "id": one.doc, "rev": one.rev}, 201)


def delete(base: Base, doc: str, request: Request, by: Account) -> Answer:
    """DELETE a document: a tombstone without fields."""
    check_id(doc)
    parent = _parent(request, "")
    with base.shelves.one() as shelf:
        winner = shelf.revision(base.place, doc, "")
    if winner is None:
        raise missing()
    if not parent:
        raise conflict()
    rev = edit(base, Edit(doc, {}, parent, True), by=by)
    return Answer.of({"ok": True, "id": doc, "rev": rev}, ETag=f'"{rev}"')


def read_attachment(base: Base, doc: str, name: str, request: Request) -> Answer:
    """GET an attachment, or a range of it."""
    check_id(doc)
    rev = request.head.query.get("rev", "")
    with base.shelves.one() as shelf:
        found = _found(base, shelf, doc, rev_of(rev) if rev else "")
        one = stubs_of(found.body).get(name, {})
        data = content(base, shelf, one)
    if data is None:
        raise missing("Document is missing attachment")
    tag = f'"{one["digest"].removeprefix("md5-")}"'
    if request.head.get("if-none-match") == tag:
        return Answer(304, b"", {"ETag": tag})
    headers = {
        "Content-Type": kind_of(one.get("content_type")),
        "ETag": tag,
        "Accept-Ranges": "bytes",
        # bytes of others are never a page of ours
        "Content-Disposition": "attachment",
        "X-Content-Type-Options": "nosniff",
    }
    return _ranged(data, request, tag, headers)


def _ranged(data: bytes, request: Request, tag: str, headers: dict[str, str]) -> Answer:
    asked = _RANGE.fullmatch(request.head.get("range").replace(" ", ""))
    if not asked or (not asked[1] and not asked[2]) or request.head.get("if-range") not in ("", tag):
        return Answer(200, data, headers, squeeze=False)
    size = len(data)
    start = int(asked[1]) if asked[1] else max(0, size - int(asked[2]))
    end = min(int(asked[2]), size - 1) if asked[1] and asked[2] else size - 1
    if start > end:
        raise Fault(
            416, "requested_range_not_satisfiable", "The range is not in it", {"Content-Range": f"bytes */{size}"}
        )
    told = {**headers, "Content-Range": f"bytes {start}-{end}/{size}"}
    return Answer(206, data[start : end + 1], told, squeeze=False)


def change_attachment(base: Base, doc: str, name: str, request: Request, by: Account) -> Answer:
    """PUT or DELETE one attachment: a new revision of its document, the rest of it unchanged."""
    check_id(doc)
    if not name or name.startswith("_"):
        raise bad("Attachment name must not start with an underscore")
    parent = _parent(request, "")
    with base.shelves.one() as shelf:
        winner = shelf.revision(base.place, doc, "")
        stands = shelf.revision(base.place, doc, parent) if parent else None
    if (parent and stands is None) or (not parent and winner is not None and not winner.deleted):
        raise conflict()
    body = dict(stands.body) if stands else {}
    stubs = dict(stubs_of(body))
    body.pop("_attachments", None)
    blobs: tuple[Blob, ...] = ()
    if request.method == "DELETE":
        if stubs.pop(name, None) is None:
            raise missing("Document is missing attachment")
    else:
        blobs = (keep(base.blobs, request.body),)
        kind = request.head.get("content-type") or OCTETS
        stubs[name] = stub(blobs[0], kind, _generation(parent) + 1)
    if stubs:
        body["_attachments"] = stubs
    rev = edit(base, Edit(doc, body, parent), blobs, by=by)
    status = 200 if request.method == "DELETE" else 201
    return Answer.of({"ok": True, "id": doc, "rev": rev}, status, ETag=f'"{rev}"')


def read_local(base: Base, local: str) -> Answer:
    """GET a note of a peer."""
    with base.shelves.one() as shelf:
        found = shelf.local(base.place, local)
    if found is None:
        raise missing()
    return Answer.of({"_id": f"_local/{local}", "_rev": found[0], **found[1]})


def all_docs(base: Base, request: Request) -> Answer:
    """`_all_docs`: documents by id, from key to key, or those of a list."""
    given = request.table() if request.method == "POST" and request.body.strip() else {}
    keys = given.get("keys", request.value("keys"))
    told = told_of(request) if request.flag("include_docs") else None
    if keys is not None and (not isinstance(keys, list) or not all(isinstance(each, str) for each in keys)):
        raise bad("`keys` member must be an array of ids.")
    with base.shelves.one() as shelf:
        total = shelf.state(base.place).documents
        named = _range(base, shelf, request, given) if keys is None else []
    rows: Iterable[list[bytes]]
    if keys is not None:
        rows = _by_id(base, keys, told, every=True)
    elif told is not None:
        rows = _by_id(base, [each.doc for each in named], told, every=False)
    else:
        rows = [[dumped({"id": doc, "key": doc, "value": {"rev": rev}}) for doc, rev in named]]
    return Answer.flowing(_listed(b'{"total_rows":%d,"offset":0,"rows":[' % total, rows, b"]}"))


MOST_ROWS = 20_000
"""Of one `_all_docs`: who wants more asks on from the last key."""


def _range(base: Base, shelf: Shelf, request: Request, given: Mapping[str, Any]) -> list[Named]:
    return shelf.documents(
        base.place,
        _key(request, given, "startkey", "start_key", "key"),
        _key(request, given, "endkey", "end_key", "key"),
        request.whole("limit", MOST_ROWS, MOST_ROWS),
        skip=request.whole("skip", 0, 1 << 40),
        descending=request.flag("descending"),
        inclusive_end=request.flag("inclusive_end", True),
    )


def _key(request: Request, given: Mapping[str, Any], *names: str) -> str:
    for name in names:
        found = given.get(name, request.value(name))
        if found is not None:
            return found if isinstance(found, str) else json.dumps(found)
    return ""


def _by_id(base: Base, keys: Sequence[str], told: Told | None, *, every: bool) -> Iterator[list[bytes]]:
    """Rows of documents as they are now, a piece at a time; with `every` also of those that are not here."""
    allowance = Allowance()
    at = 0
    while at < len(keys):
        asked = [Named(each, "") for each in keys[at : at + MOST_AT_ONCE]]
        with base.shelves.one() as shelf:
            if told is not None:
                found = told.first(base, shelf, asked, allowance)
            else:
                found = [(each, b"") for each in shelf.revisions(base.place, asked, most_bytes=PIECE)]
        yield [
            _row(key, each, text if told is not None else None)
            for (key, _), (each, text) in zip(asked, found, strict=False)
            if every or (each is not None and not each.deleted)
        ]
        at += len(found)


def _row(key: str, found: Revised | None, doc: bytes | None) -> bytes:
    if found is None:
        return dumped({"key": key, "error": "not_found"})
    value: dict[str, Any] = {"rev": found.rev}
    if found.deleted:
        value["deleted"] = True
    row = dumped({"id": found.doc, "key": key, "value": value})
    return row if doc is None else row[:-1] + b',"doc":' + (b"null" if found.deleted else doc) + b"}"
