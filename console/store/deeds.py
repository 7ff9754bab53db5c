"""What an operator's command makes true, all of it in one transaction: the case's new revision, the deed as a
document of its own, both in the outbox, the history, the read model with its counts, the command's outcome, and its
row in the ledger. A command that was refused has an outcome and a row, too.

An edit is made above the version the operator saw. Where another stands there by now it makes a second open end, which
is merged in the same transaction, or waits for a person: nothing is overwritten unseen. The caller holds the
transaction and has asked whether the command was done before.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from console.core.clock import Clock, millis
from console.core.command import Command, Envelope, Looking, Outcome, Patch, Posting, Receipt
from console.core.covering import covered_words, words_of_deed
from console.core.errors import Refused
from console.core.lifecycle import Deed, State
from console.core.masking import masked
from console.core.personal import COVERED, SEALED, WHOLE, whole_of_deed
from console.core.places import complaints_place
from console.core.records import Case, Changes, ComplaintId, Kind
from console.store.attachments import Attachments
from console.store.casebook import About, Casebook, Edit, told_at
from console.store.cases import BITS
from console.store.database import plain
from console.store.deed_words import sealed_deed
from console.store.fold import Fold
from console.store.histories import COMPLAINT, DEED, FIELDS, EventRow, add_event, is_was, said_by, was_text
from console.store.ledger import Ledger
from console.store.postings import Postings
from console.store.tallies import names
from console.store.words import Words

_ROW = "n, state, opd, holder, duplicate_of, decided, area, native_state, their_state, their_opd"
_KINDS = frozenset({Kind.COMPLAINT, Kind.EVENT, Kind.OUTBOX, Kind.LEDGER})
_MOST_FIELDS, _MOST_NAME = 20, 40
"""Of what a command asked for: so many names of fields stand in the ledger, and so much of each."""


@dataclass(slots=True)
class _Standing:
    """The row a deed changes."""

    n: int
    about: About
    theirs: Mapping[str, Any]

    @property
    def case(self) -> Case:
        """What commands know of it."""
        values = {**self.about.values, "state": names(self.about.values["state"])}
        return Case(ComplaintId(self.about.name), native_state=self.about.native_state, **values)


class Deeds:
    """The hand that writes what operators do. One connection, one thread."""

    def __init__(
        self,
        db: sqlite3.Connection,
        words: Words,
        fold: Fold,
        clock: Clock,
        *,
        city: str,
        files: Attachments | None = None,
        ledger: Ledger | None = None,
        postings: Postings | None = None,
    ) -> None:
        self._db = db
        self._ledger = ledger or Ledger(db, clock)
        self._postings = postings or Postings(db, fold.documents, fold.outbox, self._ledger, clock, console="")
        self._words = words
        self._files = files
        self._fold = fold
        self._documents = fold.documents
        self._outbox = fold.outbox
        self._book = Casebook(db, fold.documents, fold.outbox)
        self._clock = clock
        self._city = city

    def again(self, command: str) -> Receipt | None:
        """What became of a command that was done or refused before. One whose deed came back from the centre, to a
        store that is younger than it, was done."""
        row = self._db.execute(
            "SELECT outcome, complaint, says, told FROM outcome WHERE command = ?1 UNION ALL"
            " SELECT ?2, complaint, '', '{}' FROM event WHERE command = ?1 AND command <> '' LIMIT 1",
            (command, str(Outcome.TAKEN)),
        ).fetchone()
        if row is None:
            return None
        return Receipt(command, Outcome(row[0]), row[1], row[2], json.loads(row[3]), again=True)

    def refuse(self, envelope: Envelope, complaint: str, refusal: Refused) -> Receipt:
        """Keep that it was refused, so that a repeat is refused in the same words."""
        told = json.loads(json.dumps(refusal.values, default=str))
        # What could not be opened may hold half of a surrogate pair, which no file of ours stores.
        name = complaint.encode("utf-8", "replace").decode("utf-8")
        self._enter(envelope, name, Outcome.REFUSED, refusal.says)
        return self._answer(Receipt(envelope.id, Outcome.REFUSED, name, refusal.says, told))

    def do(self, envelope: Envelope, command: Command, read: Looking) -> tuple[Receipt, Changes]:
        """Check it once more, then make it true. Raises `Refused`."""
        command.check(read)
        name = str(command.complaint)
        standing = self._standing(name)
        kinds = _KINDS
        if standing is None:
            patch = command.patch(Case(ComplaintId(name), State.NEW))
            if patch.retries:
                return self._offer_again(envelope, name, patch.retries)
            if patch.record is None:
                raise Refused("store.no_complaint", complaint=name)
            self._record(envelope, name, patch)
        else:
            patch = command.patch(standing.case)
            if patch.record is not None:
                raise Refused("store.complaint_stands", complaint=name)
            if patch.retries:
                return self._offer_again(envelope, name, patch.retries)
            if patch.posting is not None and patch.posting.does == Deed.FORWARD_LOOK:
                return self._look(envelope, name, patch.posting)
            if self._change(envelope, standing, patch):
                kinds |= {Kind.CONFLICT}
        if patch.pieces and self._files is not None:
            self._files.attach(patch.pieces, envelope)
            kinds |= {Kind.FILE}
        self._enter(envelope, name, Outcome.TAKEN)
        receipt = self._answer(Receipt(envelope.id, Outcome.TAKEN, name))
        return receipt, Changes(kinds, frozenset({name}), envelope.by)

    def _standing(self, name: str) -> _Standing | None:
        row = self._db.execute(f"SELECT {_ROW} FROM complaint WHERE id = ?", (name,)).fetchone()
        if row is None:
            return None
        text = self._words.text
        values = {"state": row[1], "opd": text(row[2]), "holder": text(row[3]), "duplicate_of": row[4]}
        theirs = {"state": row[8], "opd": text(row[9])}
        place = complaints_place(self._city, text(row[6]))
        return _Standing(row[0], About(name, values, row[5], row[7], place), theirs)

    def _change(self, envelope: Envelope, standing: _Standing, patch: Patch) -> bool:
        """True where a conflict may have come or gone."""
        about = standing.about
        was, moved = self._written(envelope, standing, patch)
        folded = self._fold.after(moved)
        before = names(about.values["state"])
        after = names(was["then"]["state"]) if "state" in was.get("then", ()) else before
        if patch.withdraws or patch.settles:  # then stands what the centre, or the source, says
            after = names(plain(self._db.execute("SELECT state FROM complaint WHERE n = ?", (standing.n,)).fetchone()))
        self._deed(envelope, about.name, patch, was, before=before, after=after, place=about.place)
        if patch.posting is not None:
            self._postings.do(envelope, about.name, patch.posting)
        self._db.execute(
            "UPDATE complaint SET touched_at = max(coalesce(touched_at, 0), ?) WHERE n = ?",
            (millis(envelope.at), standing.n),
        )
        self._outbox.recount([about.name])
        return Kind.CONFLICT in folded.changes.kinds

    def _written(self, envelope: Envelope, standing: _Standing, patch: Patch) -> tuple[dict[str, Any], list[str]]:
        """What the deed changed, for the history, and the documents whose trees moved."""
        about = standing.about
        if patch.withdraws:
            revs = self._documents.set_aside(patch.withdraws)
            if not revs:
                raise Refused("commands.withdraw.sent")
            self._outbox.withdraw(patch.withdraws, revs, millis(envelope.at))
            return {}, [patch.withdraws]
        if patch.settles:
            edit = Edit({name: _plain(value) for name, value in patch.fields.items()})
            leaves = self._book.settle(envelope, about, patch.settles, edit, patch.rest)
            return {**self._chosen(about), "leaves": leaves}, [about.doc]
        if patch.undoes:
            return self._take_back(envelope, standing, patch.undoes)
        return self._edit(envelope, about, Edit({name: _plain(value) for name, value in patch.fields.items()}))

    def _offer_again(self, envelope: Envelope, name: str, doc: str) -> tuple[Receipt, Changes]:
        """Offer to the centre once more what it refused of a document. Nothing for the history."""
        if not self._outbox.retry(doc):
            raise Refused("commands.retry.waits")
        self._enter(envelope, name, Outcome.TAKEN)
        receipt = self._answer(Receipt(envelope.id, Outcome.TAKEN, name))
        return receipt, Changes(frozenset({Kind.OUTBOX, Kind.LEDGER}), frozenset({name}), envelope.by)

    def _look(self, envelope: Envelope, name: str, asked: Posting) -> tuple[Receipt, Changes]:
        """Look now for a report that was handed on. Nothing for the history."""
        self._postings.do(envelope, name, asked)
        self._enter(envelope, name, Outcome.TAKEN)
        receipt = self._answer(Receipt(envelope.id, Outcome.TAKEN, name))
        return receipt, Changes(frozenset({Kind.OUTBOX, Kind.LEDGER}), frozenset({name}), envelope.by)

    def _edit(self, envelope: Envelope, about: About, edit: Edit) -> tuple[dict[str, Any], list[str]]:
        strange = edit.fields.keys() - set(FIELDS)
        if strange:
            raise AssertionError(f"fields that are no case's: {sorted(strange)}")
        if not edit.fields:
            return {}, []
        self._book.edit(envelope, about, edit)
        before = {name: about.values[name] for name in edit.fields}
        return {"fields": before, "then": dict(edit.fields), "decided": about.decided}, [about.doc]

    def _take_back(self, envelope: Envelope, standing: _Standing, command: str) -> tuple[dict[str, Any], list[str]]:
        """What stood before the deed of that command. Refused where one of its fields moved since."""
        about = standing.about
        row = self._db.execute("SELECT was FROM event WHERE command = ? AND deed <> 'undo'", (command,)).fetchone()
        if row is None:
            raise Refused("store.undo_unknown", command=command)
        was = json.loads(row[0])
        if not is_was(was):
            return {}, []
        if any(about.values[name] != value for name, value in was["then"].items()):
            raise Refused("store.undo_moved", command=command)
        if was.get("leaves"):
            self._book.reopen(envelope, about, was["leaves"])
            return {"fields": was["then"], "then": was["fields"], "decided": about.decided}, [about.doc]
        undecided = {name for name, bit in BITS.items() if name in was["fields"] and not was["decided"] & bit}
        back = {**was["fields"], **{name: standing.theirs[name] for name in undecided}}
        return self._edit(envelope, about, Edit(back, frozenset(undecided), was["then"]))

    def _chosen(self, about: About) -> dict[str, Any]:
        """What a choice between versions changed: all a case says, since each version says all of it."""
        winner = self._documents.winner(about.doc)
        body = (winner.body if winner else None) or {}
        then = {name: body[name] for name in FIELDS if name in body}
        return {"fields": {name: about.values[name] for name in then}, "then": then, "decided": about.decided}

    def _record(self, envelope: Envelope, name: str, patch: Patch) -> None:
        record = self._covered(name, patch.record or {})
        at = millis(envelope.at)
        self._fold.intake.record(said_by(name, at, record), at)
        place = complaints_place(self._city, str(record.get("area", "")))
        body = {"type": "complaint", "id": name, **record, "by": envelope.by, "at": told_at(envelope)}
        self._send(f"{COMPLAINT}{name.partition(':')[2]}", body, name, envelope, place)
        self._deed(envelope, name, patch, {}, before=None, after=State.NEW, place=place)
        self._outbox.recount([name])

    def _covered(self, name: str, record: Mapping[str, Any]) -> Mapping[str, Any]:
        """What was told, with what is personal in its words covered and the whole of them sealed. The screen did so
        already; a line of the black box may be older than that, or than the city's key."""
        words = {field: record[field] for field in COVERED if record.get(field) and not record.get(WHOLE[field])}
        told, whole = covered_words(words)
        key = self._fold.intake.key() if whole else None
        if key is None:
            return record
        from console.store.sealing import seal_whole  # 30 ms that a start need not wait for

        return {**record, **told, **seal_whole(whole, key.public, name)}

    def _deed(
        self,
        envelope: Envelope,
        name: str,
        patch: Patch,
        was: Mapping[str, Any],
        *,
        before: State | None,
        after: State,
        place: str,
    ) -> None:
        envelope = sealed_deed(envelope, self._fold.intake.key)
        # Who told it is sealed in the complaint's own document, and nowhere else.
        shown = {key: value for key, value in envelope.fields.items() if key != "complaint" and key not in SEALED}
        text = patch.text
        if patch.record is not None:
            # Its words stand in the complaint's own document; here they say no more than there is covered.
            shown = {key: value for key, value in shown.items() if key not in WHOLE.values()}
            shown |= {key: masked(value) for key, value in shown.items() if key in COVERED and isinstance(value, str)}
        elif whole_of_deed(shown):
            text = str(shown[words_of_deed(envelope.kind, shown)]).strip()
        shown |= self._postings.marks(patch.posting)
        body = {
            "type": "deed",
            "complaint": name,
            "deed": envelope.kind,
            "by": envelope.by,
            "at": told_at(envelope),
            "text": text,
            "before": None if before is None else int(before),
            "after": int(after),
            "fields": shown,
            "undoes": patch.undoes,
            **({"was": was} if was else {}),
        }
        self._send(f"{DEED}{envelope.id}", body, name, envelope, place)
        add_event(
            self._db,
            EventRow(
                f"{DEED}{envelope.id}",
                name,
                envelope.kind,
                millis(envelope.at),
                envelope.by,
                text,
                None if before is None else int(before),
                int(after),
                json.dumps(shown, ensure_ascii=False, sort_keys=True),
                was_text(was),
                envelope.id,
                patch.undoes,
            ),
        )

    def _send(self, doc: str, body: Mapping[str, Any], name: str, envelope: Envelope, place: str) -> None:
        rev = self._documents.edit(doc, body, parent="", place=place)
        self._outbox.add(doc, rev, name, envelope.id, millis(envelope.at))

    def _enter(self, envelope: Envelope, name: str, outcome: Outcome, says: str = "") -> None:
        """A row of the ledger: who asked for what, and what became of it. Of its fields only the names."""
        asked = sorted(str(key)[:_MOST_NAME] for key, value in envelope.fields.items() if value and key != "complaint")
        self._ledger.add(
            envelope.kind,
            who=envelope.by,
            session=envelope.session,
            subject=name,
            why=says,
            told={"outcome": str(outcome), "command": envelope.id, "fields": asked[:_MOST_FIELDS]},
        )

    def _answer(self, receipt: Receipt) -> Receipt:
        self._db.execute(
            "INSERT INTO outcome VALUES (?, ?, ?, ?, ?, ?)",
            (
                receipt.command,
                str(receipt.outcome),
                receipt.complaint,
                receipt.says,
                json.dumps(dict(receipt.values)),
                millis(self._clock.now()),
            ),
        )
        return receipt


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, State) else value
