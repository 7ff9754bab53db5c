"""Many documents in one request: which are missing, their bodies, their storing. One bad row never stops the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from console.core.clock import Clock
from console.core.replica import Named, Revised
from console.store.blobs import Blob
from console.store.replica import Edit
from console.store.shelf import Shelf
from sync.relay.accounts import Account
from sync.relay.answer import Answer, dumped
from sync.relay.documents import _above, _generation, before_of, revised
from sync.relay.enclosed import enclose
from sync.relay.faults import Fault, bad
from sync.relay.host import Base
from sync.relay.multipart import mixed
from sync.relay.papers import REV, Paper, check_size, paper
from sync.relay.request import Request
from sync.relay.told import Row, Wanted, told_of
from sync.relay.writing import edit_all, not_taken, take

MOST_ROWS = 100_000
"""Documents in one request."""


def revs_diff(base: Base, request: Request, by: Account) -> Answer:
    """Of each document the revisions that are not here."""
    asked = request.table()
    for doc, revs in asked.items():
        if not isinstance(revs, list) or not all(isinstance(each, str) for each in revs):
            raise bad(f"Revisions of {doc[:80]} are no list")
    with base.shelves.one() as shelf:
        # of what lives where this one may not read nothing is told
        hidden = {doc for doc, place in shelf.elsewhere(base.place, list(asked)).items() if not by.may_read(place)}
        found = shelf.missing(base.place, {doc: revs for doc, revs in asked.items() if doc not in hidden})
    found |= {doc: (asked[doc], []) for doc in hidden}
    rows: dict[str, Any] = {}
    for doc, (absent, ancestors) in found.items():
        rows[doc] = {"missing": absent}
        if ancestors:
            rows[doc]["possible_ancestors"] = ancestors
    return Answer.of(rows)


def bulk_get(base: Base, request: Request) -> Answer:
    """Documents by id and revision; all open ends where no revision is named."""
    asked = _docs(request)
    latest = request.flag("latest")
    told = told_of(request)
    with base.shelves.one() as shelf:
        rows = [_row(base, shelf, each, latest) for each in asked]
    pieces = told.pieces(base, [each for _, wanted in rows for each in wanted])
    if request.head.get("accept").startswith("multipart/mixed"):
        return mixed(pieces)
    return Answer.flowing(_results(rows, pieces))


def _results(rows: Sequence[tuple[str, Sequence[Wanted]]], pieces: Iterator[list[Row]]) -> Iterator[bytes]:
    """The rows as one object of JSON."""
    before = b'{"results":['
    found = chain.from_iterable(pieces)
    for doc, wanted in rows:
        before += b'{"id":' + dumped(doc) + b',"docs":['
        for here, text in islice(found, len(wanted)):
            yield before + (b'{"ok":' + text + b"}" if here else text)
            before = b","
        yield b"]}"
    yield (before if not rows else b"") + b"]}\n"


def _is_rev(rev: Any) -> bool:
    return isinstance(rev, str) and REV.fullmatch(rev) is not None


def _row(base: Base, shelf: Shelf, row: Any, latest: bool) -> tuple[str, list[Wanted]]:
    """The id of a row, and the revisions it asks for: always one at least."""
    doc = row.get("id") if isinstance(row, dict) else None
    if not isinstance(doc, str):
        return "", [Wanted(None, {"error": {"id": "", "rev": None, **bad("id is missing").told}})]
    rev = row.get("rev")
    if rev is not None and not _is_rev(rev):
        return doc, [Wanted(None, {"error": {"id": doc, "rev": str(rev), **bad("Invalid rev format").told}})]
    lost = {"error": {"id": doc, "rev": rev or "undefined", "error": "not_found", "reason": "missing"}}
    if rev is not None and not latest:
        return doc, [Wanted(Named(doc, rev), lost)]
    tips = shelf.tips(base.place, doc)
    found = [each.rev for each in (tips if rev is None else _above(tips, rev))]
    if not found:
        return doc, [Wanted(None if rev is None else Named(doc, rev), lost)]
    return doc, [Wanted(Named(doc, each), lost) for each in found]


def _docs(request: Request) -> list[Any]:
    docs = request.table().get("docs")
    if not isinstance(docs, list):
        raise bad("POST body must include `docs` parameter.")
    if len(docs) > MOST_ROWS:
        raise Fault(413, "too_large", "Too many documents in one request.")
    return docs


def bulk_docs(base: Base, request: Request, clock: Clock, by: Account) -> Answer:
    """Store many: as new revisions, or with `new_edits=false` as the revisions they are named."""
    docs = _docs(request)
    new_edits = request.table().get("new_edits", True) if b"new_edits" in request.body else True
    if not isinstance(new_edits, bool):
        raise bad("new_edits must be a boolean")
    papers: list[Paper | Fault] = []
    for each in docs:
        try:
            if not isinstance(each, dict):
                raise bad("Document must be a JSON object")
            given = {"_id": clock.new_id(), **each} if new_edits else each
            one = paper(given)
            check_size(one.body, len(request.body))
            papers.append(one)
        except Fault as fault:
            if fault.status == 413:
                raise
            papers.append(fault)
    if new_edits:
        return Answer.of(_edited(base, docs, papers, by), 201)
    return Answer.of(_taken(base, docs, papers, by), 201)


def _id(raw: Any) -> str:
    found = raw.get("_id", "") if isinstance(raw, dict) else ""
    return found if isinstance(found, str) else ""


def _edited(base: Base, docs: Sequence[Any], papers: Sequence[Paper | Fault], by: Account) -> list[dict[str, Any]]:
    outcomes: dict[int, Mapping[str, Any]] = {}
    edits: list[tuple[int, Edit]] = []
    blobs: list[Blob] = []
    for at, given in enumerate(papers):
        try:
            if isinstance(given, Fault):
                raise given
            body: Mapping[str, Any] = given.body
            if given.attachments:
                with base.shelves.one() as shelf:
                    before = before_of(base, shelf, given.id, [given.rev], by)
                enclosed = enclose(given, _generation(given.rev) + 1, before, base.blobs)
                body = enclosed.body
                blobs += enclosed.blobs
            edits.append((at, Edit(given.id, body, given.rev, given.deleted)))
        except Fault as fault:
            outcomes[at] = {"id": _id(docs[at]), **fault.told}
    told = edit_all(base, [each for _, each in edits], blobs, by=by)
    for (at, each), outcome in zip(edits, told, strict=True):
        right = {"ok": True, "id": each.doc, "rev": outcome}
        outcomes[at] = {"id": each.doc, **outcome.told} if isinstance(outcome, Fault) else right
    return [dict(outcomes[at]) for at in range(len(papers))]


def _taken(base: Base, docs: Sequence[Any], papers: Sequence[Paper | Fault], by: Account) -> list[dict[str, Any]]:
    """Only what failed is told."""
    failed: list[dict[str, Any]] = []
    arrived: list[Revised] = []
    blobs: list[Blob] = []
    for at, given in enumerate(papers):
        try:
            if isinstance(given, Fault):
                raise given
            one, brought = revised(base, given, {}, by)
            arrived.append(one)
            blobs += brought
        except Fault as fault:
            failed.append({"id": _id(docs[at]), **fault.told})
    taken = take(base, arrived, blobs, by=by)
    return failed + [not_taken(each) for each in taken.refused]
