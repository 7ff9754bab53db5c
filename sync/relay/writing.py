"""Writes of a relay: handed to the keeper as one job, and told in the protocol's words when they are on the disk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import CancelledError
from dataclasses import replace
from itertools import islice
from typing import Any, TypeVar

from console.core.errors import Refused
from console.core.people import PERSON
from console.core.records import Changes
from console.core.replica import NotTaken, Page, Revised, Taken
from console.store.blobs import Blob
from console.store.data_key import DATA_KEY
from console.store.pause import Pause
from console.store.replica import Edit
from console.store.store import NOTHING, Store
from sync.relay.accounts import Account
from sync.relay.faults import Fault, conflict, forbidden, too_large
from sync.relay.host import Base

T = TypeVar("T")
SLICE = 250
"""Edits in one transaction."""
Job = Callable[[Store, Pause], tuple[T, Changes]]


def write(base: Base, job: Job[T]) -> T:
    """Do it on the keeper's thread, and wake who waits for news. Raises `DiskTrouble`."""
    try:
        done = base.keeper.write(job).result()
    except CancelledError:
        raise Fault(503, "service_unavailable", "The store is being closed.", {"Retry-After": "5"}) from None
    base.wakes.stir()
    return done


_ELSEWHERE = "elsewhere"
_STRANGE = {
    PERSON: "Persons are told to the centre, not to a relay.",
    DATA_KEY: "Data keys are told to the centre, not to a relay.",
    _ELSEWHERE: "The document lives in a db you are not allowed to write to.",
}
"""Who may sign in, and for whom personal data is sealed: that is not said by who is served here."""
_CENTRES = (PERSON, DATA_KEY)


def _why(doc: str) -> str:
    return next((head for head in _CENTRES if doc.startswith(head)), _ELSEWHERE)


def _strange(doc: str) -> Fault:
    return forbidden(_STRANGE[_why(doc)])


def strangers(base: Base, docs: Iterable[str], by: Account) -> set[str]:
    """Documents that live in another place of this store, where this account may not write; and persons, but at their
    home: who may sign in here is not said by who is served here."""
    asked = sorted(set(docs))
    persons = set() if base.held else {doc for doc in asked if doc.startswith(_CENTRES)}
    with base.shelves.one() as shelf:
        found = shelf.elsewhere(base.place, asked)
    return persons | {doc for doc, place in found.items() if not by.may_write(place)}


def edit_all(base: Base, edits: Sequence[Edit], blobs: Iterable[Blob] = (), *, by: Account) -> list[str | Fault]:
    """Changes each on the revision it names: of each the new revision's name, or why not."""
    strange = strangers(base, (each.doc for each in edits), by)
    ours = [each for each in edits if each.doc not in strange]
    told = iter(_edit_all(base, ours, blobs, by.name) if ours else ())
    return [_strange(each.doc) if each.doc in strange else next(told) for each in edits]


def _edit_all(base: Base, edits: Sequence[Edit], blobs: Iterable[Blob], by: str) -> list[str | Fault]:

    def job(store: Store, pause: Pause) -> tuple[list[str | Refused], Changes]:
        store.note_blobs(blobs)
        outcomes: list[str | Refused] = []
        changes = NOTHING
        rest = iter(edits)
        while some := list(islice(rest, SLICE)):
            if outcomes:
                pause.let_in()
            told, changed = store.replica.edit_all(base.place, some, held=base.held, by=by)
            outcomes += told
            changes = changed | changes if changes.kinds else changed
        return outcomes, changes

    return [fault_of(each.says) if isinstance(each, Refused) else each for each in write(base, job)]


def edit(base: Base, change: Edit, blobs: Iterable[Blob] = (), *, by: Account) -> str:
    """One change. Raises `Fault`: 409 where it stands on no open end."""
    [outcome] = edit_all(base, [change], blobs, by=by)
    if isinstance(outcome, Fault):
        raise outcome
    return outcome


def take(base: Base, revisions: Sequence[Revised], blobs: Iterable[Blob] = (), *, by: Account) -> Taken:
    """Revisions as they are named elsewhere."""
    strange = strangers(base, (each.doc for each in revisions), by)
    ours = [each for each in revisions if each.doc not in strange]

    def job(store: Store, pause: Pause) -> tuple[Taken, Changes]:
        store.note_blobs(blobs)
        return store.replica.take(Page(base.place, ours, None, base.held, by.name), pause)

    taken = write(base, job)
    refused = [NotTaken(each.doc, each.rev, _why(each.doc)) for each in revisions if each.doc in strange]
    return replace(taken, refused=(*refused, *taken.refused)) if refused else taken


def fault_of(says: str) -> Fault:
    """Why a store did not take a document, in the protocol's words."""
    match says:
        case each if each in _STRANGE:
            return forbidden(_STRANGE[each])
        case "store.rev_conflict":
            return conflict()
        case "store.not_taken.big":
            return too_large("document is larger than 8 MB")
        case "store.not_taken.id":
            return Fault(400, "illegal_docid", "This cannot be a document's id.")
        case "store.not_taken.rev":
            return Fault(400, "bad_request", "Invalid rev format")
        case "store.not_taken.content" | "store.not_taken.deep":
            return Fault(400, "bad_request", "The document cannot be stored as JSON.")
        case "store.not_taken.field":
            return Fault(400, "doc_validation", "Bad special document member.")
    return forbidden(says.rpartition(".")[2])


def not_taken(each: NotTaken) -> dict[str, Any]:
    """A row of an answer that says why a revision was not stored."""
    return {"id": each.doc, "rev": each.rev, **fault_of(each.says).told}


def put_local(base: Base, local: str, body: Mapping[str, Any]) -> str:
    """Keep a peer's note; its name."""
    return write(base, lambda store, _: (store.replica.put_local(base.place, local, body), NOTHING))


def drop_local(base: Base, local: str) -> None:
    """Forget a peer's note."""

    def job(store: Store, _: Pause) -> tuple[None, Changes]:
        store.replica.drop_local(base.place, local)
        return None, NOTHING

    write(base, job)
