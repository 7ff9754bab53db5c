"""A change as CouchDB's `new_edits=true` has it: above a leaf, or refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from console.core.errors import Refused
from console.core.replica import NotTaken, Revised
from console.store.arrivals import HIGHEST, looked_at
from console.store.documents import Documents, generation, name_rev


@dataclass(frozen=True, slots=True)
class Edit:
    """What is asked for. `parent` is "" for a new document."""

    doc: str
    body: Mapping[str, Any]
    parent: str = ""
    deleted: bool = False


def revised_of(documents: Documents, edit: Edit) -> Revised:
    """The revision an edit makes; one that is a leaf already was made by the same edit. Raises `Refused`:
    "store.rev_conflict" where its parent is no leaf, "store.not_taken.…" for what cannot be stored."""
    judged = looked_at(Revised(edit.doc, (edit.parent or "1-new",), edit.body, edit.deleted))
    if isinstance(judged, NotTaken):
        raise Refused(judged.says, **judged.values)
    parent = edit.parent or _grave(documents, edit.doc)
    rev = name_rev(parent, edit.body, edit.deleted)
    if generation(rev) > HIGHEST:
        raise Refused("store.not_taken.rev")
    revised = Revised(edit.doc, (rev, *documents.ancestry(edit.doc, parent)), edit.body, edit.deleted)
    known = documents.revision(edit.doc, rev)
    if edit.parent and known is not None and known.leaf:
        return revised
    leaf = documents.revision(edit.doc, parent) if parent else None
    taken = not parent and documents.winner(edit.doc) is not None
    if taken or (parent and (leaf is None or not leaf.leaf)):
        raise Refused("store.rev_conflict", doc=edit.doc)
    return revised


def _grave(documents: Documents, doc: str) -> str:
    """The tombstone on which a document begins again, "" where there is none."""
    winner = documents.winner(doc)
    return winner.rev if winner is not None and winner.deleted else ""
