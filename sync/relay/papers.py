"""Documents as they travel: the fields with an underscore taken out of what came, and put into what goes.

Nothing here reads or writes a store. What cannot be a document raises `Fault`, with CouchDB's words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sync.relay.answer import dumped
from sync.relay.faults import Fault, bad, forbidden, too_large
from sync.relay.request import MOST_DOCUMENT

REV = re.compile(r"[1-9][0-9]{0,8}-[0-9A-Za-z]{1,64}")
"""A revision's name. Ours and CouchDB's end in 32 hexadecimal digits; others are let live."""
LONGEST_ID = 512
_TOLD = frozenset({"_conflicts", "_deleted_conflicts", "_local_seq", "_revs_info"})
"""What an answer may hold and what means nothing when it comes back."""
_HASH = re.compile(r"[0-9A-Za-z]{1,64}")


@dataclass(frozen=True, slots=True)
class Paper:
    """A document that came: its fields, and what the underscored ones said."""

    id: str
    body: Mapping[str, Any]
    rev: str = ""
    path: tuple[str, ...] = ()
    """The ancestry it brought along, newest first; only `rev` where it brought none."""
    deleted: bool = False
    attachments: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def paper(raw: Mapping[str, Any], *, doc: str = "") -> Paper:
    """What came as a document. `doc` is the id its path gave."""
    told = raw.get("_id", doc)
    if not isinstance(told, str) or not told:
        raise bad("Document id must be a string that is not empty")
    if doc and told != doc:
        raise bad("Document id must match id in the URL")
    check_id(told)
    body = {}
    for name, value in raw.items():
        if not name.startswith("_"):
            body[name] = value
        elif name not in _KNOWN and name not in _TOLD:
            raise Fault(400, "doc_validation", f"Bad special document member: {name[:80]}")
    rev = raw.get("_rev", "")
    if rev and (not isinstance(rev, str) or not REV.fullmatch(rev)):
        raise bad("Invalid rev format")
    deleted = raw.get("_deleted", False)
    if not isinstance(deleted, bool):
        raise bad("_deleted must be a boolean")
    return Paper(told, body, rev, _path(raw.get("_revisions"), rev), deleted, _attachments(raw.get("_attachments")))


_KNOWN = frozenset({"_id", "_rev", "_revisions", "_deleted", "_attachments"})


def check_id(doc: str) -> None:
    """Whether this can be an ordinary document's id."""
    if doc.startswith("_design/"):
        raise forbidden("Design documents are not kept by a relay.")
    if doc.startswith("_"):
        raise Fault(400, "illegal_docid", "Only reserved document ids may start with underscore.")
    if len(doc.encode("utf-8", "replace")) > LONGEST_ID:
        raise Fault(400, "illegal_docid", "Document id is too long")


def _path(revisions: Any, rev: str) -> tuple[str, ...]:
    if revisions is None:
        return (rev,) if rev else ()
    match revisions:
        case {"start": int(start), "ids": [*ids]} if all(
            isinstance(each, str) and _HASH.fullmatch(each) for each in ids
        ):
            if not ids or start < len(ids):
                raise bad("_revisions counts below 1")
            path = tuple(f"{start - at}-{each}" for at, each in enumerate(ids))
            if rev and path[0] != rev:
                raise bad("_rev and _revisions disagree")
            return path
    raise bad("_revisions is malformed")


def _attachments(given: Any) -> Mapping[str, Mapping[str, Any]]:
    if given is None:
        return {}
    if not isinstance(given, dict) or not all(isinstance(each, dict) for each in given.values()):
        raise bad("_attachments must be an object of objects")
    for name in given:
        if not name or name.startswith("_"):
            raise bad("Attachment name must not be empty, nor start with an underscore")
    return given


def check_size(body: Mapping[str, Any], whole: int) -> None:
    """413 for a document over the limit. `whole` is the size of what it came in: below that nothing is counted."""
    if whole > MOST_DOCUMENT and len(dumped(body)) > MOST_DOCUMENT:
        raise too_large("document is larger than 8 MB")


def revisions(path: Sequence[str]) -> dict[str, Any]:
    """`_revisions` of an ancestry. Where a generation is left out, it ends there."""
    start = int(path[0].partition("-")[0])
    ids = []
    for at, each in enumerate(path):
        head, _, tail = each.partition("-")
        if int(head) != start - at:
            break
        ids.append(tail)
    return {"start": start, "ids": ids}
