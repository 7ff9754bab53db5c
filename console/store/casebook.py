"""New revisions of cases, as operators' deeds make them: an edit above what was seen, one version chosen out of
several, and that choice taken back.

An edit whose operator saw another version than the present one makes a second open end: who calls folds afterwards,
and it is merged or waits for a person. The caller holds the transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from console.core.clock import from_millis, millis
from console.core.command import Envelope
from console.core.errors import Refused
from console.core.merge import Mark, Policy, merge_all
from console.core.records import CASE_POLICIES, UNTOUCHED
from console.store.cases import BITS, CASE, sound
from console.store.documents import Documents, name_rev
from console.store.histories import FIELDS
from console.store.lineage import NOTHING_DONE, Lineage, names_merged, order, unsaid
from console.store.outbox import Outbox


@dataclass(frozen=True, slots=True)
class Edit:
    """What a deed changes of a case."""

    fields: Mapping[str, Any]
    undecided: frozenset[str] = frozenset()
    """Those of them of which the source's word holds again."""
    holding: Mapping[str, Any] = field(default_factory=dict)
    """What a version must say for the edit to be made above it: a taking back needs what it takes back."""


@dataclass(frozen=True, slots=True)
class About:
    """The complaint a case is about, as its row says."""

    name: str
    values: Mapping[str, Any]
    """`FIELDS` as they stand."""
    decided: int
    """Bits of what is ours."""
    native_state: str
    place: str

    @property
    def doc(self) -> str:
        """The case's document."""
        return f"{CASE}{self.name}"


class Casebook:
    """The hand that writes cases. One connection, one thread."""

    def __init__(self, db: sqlite3.Connection, documents: Documents, outbox: Outbox) -> None:
        self._db = db
        self._documents = documents
        self._outbox = outbox

    def edit(self, envelope: Envelope, about: About, edit: Edit) -> None:
        """A new revision above what the operator saw."""
        parent, base = self._seen(envelope, about.doc, edit.holding)
        if base is None or not sound(base):
            strange = {name: value for name, value in (base or {}).items() if name not in FIELDS}
            ours = [name for name in FIELDS if name not in BITS or about.decided & BITS[name]]
            base = {**strange, **{name: about.values[name] for name in ours}}
        before = unsaid(base, {*edit.fields, *edit.undecided})
        body = {name: value for name, value in {**before, **edit.fields}.items() if name not in edit.undecided}
        self._write(envelope, about, body, parent)

    def _seen(self, envelope: Envelope, doc: str, holding: Mapping[str, Any]) -> tuple[str, Mapping[str, Any] | None]:
        """The revision to write above, with what it says; None where it says nothing."""
        winner = self._documents.winner(doc)
        if winner is None:
            return "", None
        newest = winner.rev, None if winner.deleted else winner.body
        saw = envelope.saw
        if not saw or saw == winner.rev or winner.deleted:
            return newest
        line = Lineage(self._db, doc)
        seen = NOTHING_DONE if saw == UNTOUCHED else line.content(saw)
        if seen is None or any(seen.get(name) != value for name, value in holding.items()):
            return newest
        since = line.since(saw, winner.rev)
        # What one wrote oneself one has seen, though it was not drawn yet.
        if since is not None and all(_own(body, envelope.by, seen) for body in since):
            return newest
        return "" if saw == UNTOUCHED else saw, seen

    def settle(self, envelope: Envelope, about: About, seen: Sequence[str], edit: Edit, rest: str) -> list[str]:
        """One version in the place of those `seen`, `rest` being the one whose word holds where the choice says
        nothing and no rule does. Their names, the winner first. Refused where others stand there by now."""
        line = Lineage(self._db, about.doc)
        names = [leaf.rev for leaf in line.leaves]
        if len(names) < 2 or set(names) != set(seen):
            raise Refused("commands.settle.moved")
        body = settled(line, edit.fields, rest)
        if body is None:
            raise Refused("commands.settle.lacks")
        body = self._signed(envelope, about, unsaid(line.made(body), edit.fields))
        self._send(envelope, about, body, names[0])
        for rev in names[1:]:
            self._send(envelope, about, tombstone(about.name), rev, deleted=True)
        return names

    def reopen(self, envelope: Envelope, about: About, names: Sequence[str]) -> None:
        """The versions that stood there before one was chosen stand there again, for another choice."""
        found = [self._documents.revision(about.doc, rev) for rev in names]
        bodies = [None if each is None else each.body for each in found]
        winner = self._documents.winner(about.doc)
        if winner is None or winner.deleted or any(body is None for body in bodies):
            raise Refused("store.undo_moved")
        others = [
            self._send(envelope, about, body or {}, name_rev(rev, tombstone(about.name), True))
            for rev, body in zip(names[1:], bodies[1:], strict=True)
        ]
        first = self._write(envelope, about, bodies[0] or {}, winner.rev)
        if any(order(first) < order(other) for other in others):
            self._write(envelope, about, bodies[0] or {}, first)  # it won before, and does again

    def _write(self, envelope: Envelope, about: About, body: Mapping[str, Any], parent: str) -> str:
        return self._send(envelope, about, self._signed(envelope, about, body), parent)

    @staticmethod
    def _signed(envelope: Envelope, about: About, body: Mapping[str, Any]) -> dict[str, Any]:
        return {
            **body,
            "type": "case",
            "complaint": about.name,
            "native_state": about.native_state,
            "by": envelope.by,
            "at": told_at(envelope),
        }

    def _send(
        self, envelope: Envelope, about: About, body: Mapping[str, Any], parent: str, *, deleted: bool = False
    ) -> str:
        rev = self._documents.edit(about.doc, body, parent=parent, deleted=deleted, place=about.place)
        self._outbox.add(about.doc, rev, about.name, envelope.id, millis(envelope.at))
        return rev


def settled(line: Lineage, fields: Mapping[str, Any], rest: str) -> dict[str, Any] | None:
    """What the open ends come to where a person chose `fields` and, for the others, the version `rest`; None where
    something is still open."""
    whole = next((leaf.body for leaf in line.leaves if leaf.rev == rest), None)

    def chosen(value: Any) -> Policy:
        return lambda _base, _values: value

    policies = dict(CASE_POLICIES)
    if whole is not None:
        for name in open_fields(line):
            policies[name] = chosen(whole.get(name, Mark.ABSENT))
    told = {name: _meant(line, name, value) for name, value in fields.items()}
    policies.update({name: chosen(value) for name, value in told.items()})
    body = merge_all([leaf.body for leaf in line.leaves], line.base_of, line.base, policies).body
    if body is None:
        return None
    return {name: value for name, value in {**body, **told}.items() if value is not Mark.ABSENT}


def _meant(line: Lineage, name: str, value: Any) -> Any:
    """What a chosen value is in a document: that of a version which leaves a field to the source is no value."""
    said = any(leaf.body.get(name, Mark.ABSENT) == value for leaf in line.leaves)
    return Mark.ABSENT if name in BITS and not said else value


def open_fields(line: Lineage) -> tuple[str, ...]:
    """What of a case no rule settles."""
    return merge_all([leaf.body for leaf in line.leaves], line.base_of, line.base, CASE_POLICIES).open


def tombstone(complaint: str) -> dict[str, Any]:
    """What the end of a version says that another took the place of. It is the same wherever it is made."""
    return {"type": "case", "complaint": complaint}


def told_at(envelope: Envelope) -> str:
    """Its time as documents tell it: whole milliseconds, as the history keeps it, so that each can be made of the
    other."""
    return from_millis(millis(envelope.at)).isoformat()


def _own(body: Mapping[str, Any] | None, by: str, seen: Mapping[str, Any]) -> bool:
    return body is not None and body.get("by") == by and set(names_merged(body)) == set(names_merged(seen))
