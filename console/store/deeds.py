"""What an operator's command makes true, all of it in one transaction: the case's new revision, the deed as a
document of its own, both in the outbox, the history, the read model with its counts, and the command's outcome.

The caller holds the transaction and has asked whether the command was done before.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from console.core.clock import Clock, from_millis, millis
from console.core.command import Command, Envelope, Looking, Outcome, Patch, Receipt
from console.core.errors import Refused
from console.core.lifecycle import State
from console.core.places import complaints_place
from console.core.records import Case, Changes, ComplaintId, Kind, SourceComplaint
from console.store.database import plain
from console.store.documents import Documents
from console.store.fold import Fold
from console.store.intake import Intake
from console.store.outbox import Outbox
from console.store.tallies import Tallies, due_at, names
from console.store.words import Words

FIELDS = ("state", "opd", "holder", "duplicate_of")
"""What operators decide of a complaint."""
_BITS = {"state": 1, "opd": 2}
_ROW = (
    "n, state, opd, holder, duplicate_of, decided, area, requested_at, expected_at, native_state,"
    " their_state, their_opd"
)
_ASIDE = ("channel",)
"""Fields of a record made here that are no column of ours; they are kept in `extra`."""


@dataclass(slots=True)
class _Standing:
    """The row a deed changes."""

    n: int
    values: dict[str, Any]
    decided: int
    area: int
    requested_at: int
    expected_at: int | None
    native_state: str
    theirs: Mapping[str, Any]


class Deeds:
    """The hand that writes what operators do. One connection, one thread."""

    def __init__(
        self,
        db: sqlite3.Connection,
        words: Words,
        documents: Documents,
        intake: Intake,
        clock: Clock,
        *,
        fold: Fold,
        city: str,
    ) -> None:
        self._db = db
        self._words = words
        self._documents = documents
        self._intake = intake
        self._clock = clock
        self._outbox = Outbox(db)
        self._fold = fold
        self._city = city

    def again(self, command: str) -> Receipt | None:
        """What became of a command that was done or refused before."""
        row = self._db.execute(
            "SELECT outcome, complaint, says, told FROM outcome WHERE command = ?", (command,)
        ).fetchone()
        if row is None:
            # After a restore the centre may have given back what a command did, and who knew its outcome is gone.
            row = self._db.execute(
                "SELECT ?, complaint, '', '{}' FROM event WHERE command = ? AND command <> ''",
                (str(Outcome.TAKEN), command),
            ).fetchone()
        if row is None:
            return None
        return Receipt(command, Outcome(row[0]), row[1], row[2], json.loads(row[3]), again=True)

    def refuse(self, envelope: Envelope, complaint: str, refusal: Refused) -> Receipt:
        """Keep that it was refused, so that a repeat is refused in the same words."""
        told = json.loads(json.dumps(refusal.values, default=str))
        # What could not be opened may hold half of a surrogate pair, which no file of ours stores.
        name = complaint.encode("utf-8", "replace").decode("utf-8")
        return self._answer(Receipt(envelope.id, Outcome.REFUSED, name, refusal.says, told))

    def do(self, envelope: Envelope, command: Command, read: Looking) -> tuple[Receipt, Changes]:
        """Check it once more, then make it true. Raises `Refused`."""
        command.check(read)
        name = str(command.complaint)
        standing = self._standing(name)
        if standing is None:
            patch = command.patch(Case(ComplaintId(name), State.NEW))
            if patch.record is None:
                raise Refused("store.no_complaint", complaint=name)
            self._record(envelope, name, patch.record)
            self._deed(envelope, name, patch, {}, before=None, after=State.NEW)
        else:
            patch = command.patch(self._case(name, standing))
            if patch.record is not None:
                raise Refused("store.complaint_stands", complaint=name)
            if patch.retries:
                return self._again(envelope, name, patch.retries)
            self._change(envelope, name, standing, patch)
        receipt = self._answer(Receipt(envelope.id, Outcome.TAKEN, name))
        return receipt, Changes(frozenset({Kind.COMPLAINT, Kind.EVENT, Kind.OUTBOX}), frozenset({name}), envelope.by)

    def _standing(self, name: str) -> _Standing | None:
        row = self._db.execute(f"SELECT {_ROW} FROM complaint WHERE id = ?", (name,)).fetchone()
        if row is None:
            return None
        text = self._words.text
        values = {"state": row[1], "opd": text(row[2]), "holder": text(row[3]), "duplicate_of": row[4]}
        theirs = {"state": row[10], "opd": text(row[11])}
        return _Standing(row[0], values, row[5], row[6], row[7], row[8], row[9], theirs)

    def _case(self, name: str, standing: _Standing) -> Case:
        values = {**standing.values, "state": names(standing.values["state"])}
        return Case(ComplaintId(name), native_state=standing.native_state, **values)

    def _change(self, envelope: Envelope, name: str, standing: _Standing, patch: Patch) -> None:
        before = dict(standing.values)
        was: dict[str, Any] = {}
        if patch.withdraws:
            standing = self._taken_back(name, patch.withdraws, millis(envelope.at))
        decided = standing.decided
        if patch.undoes:
            fields, decided = self._restored(standing, patch.undoes)
        else:
            fields = {field: _plain(value) for field, value in patch.fields.items()}
            strange = fields.keys() - set(FIELDS)
            if strange:
                raise AssertionError(f"fields that are no case's: {sorted(strange)}")
            decided |= sum(_BITS.get(field, 0) for field in fields)
        if fields:
            was = {
                "fields": {field: before[field] for field in fields},
                "then": fields,
                "decided": standing.decided,
            }
            standing.values.update(fields)
            standing.decided = decided
            self._case_document(envelope, name, standing)
        # What was taken back is in the row and its counts already.
        state = standing.values["state"] if patch.withdraws else before["state"]
        self._row(standing, names(state), millis(envelope.at))
        states = names(before["state"]), names(standing.values["state"])
        self._deed(envelope, name, patch, was, before=states[0], after=states[1])

    def _taken_back(self, name: str, doc: str, at: int) -> _Standing:
        """The row as it stands without what the centre does not hold of a document."""
        revs = self._documents.set_aside(doc)
        if not revs:
            raise Refused("commands.withdraw.sent")
        self._outbox.withdraw(doc, revs, at)
        self._outbox.recount([name])
        self._fold.after([doc])
        standing = self._standing(name)
        assert standing is not None
        return standing

    def _again(self, envelope: Envelope, name: str, doc: str) -> tuple[Receipt, Changes]:
        """Offer to the centre once more what it refused of a document. Nothing for the history."""
        if not self._outbox.retry(doc):
            raise Refused("commands.retry.waits")
        receipt = self._answer(Receipt(envelope.id, Outcome.TAKEN, name))
        return receipt, Changes(frozenset({Kind.OUTBOX}), frozenset({name}), envelope.by)

    def _restored(self, standing: _Standing, command: str) -> tuple[dict[str, Any], int]:
        """What stood before the deed of that command. Refused where one of its fields moved since."""
        row = self._db.execute("SELECT was FROM event WHERE command = ? AND deed <> 'undo'", (command,)).fetchone()
        if row is None:
            raise Refused("store.undo_unknown", command=command)
        was = json.loads(row[0])
        if not was:
            return {}, standing.decided
        if any(standing.values[field] != value for field, value in was["then"].items()):
            raise Refused("store.undo_moved", command=command)
        back = dict(was["fields"])
        for field, bit in _BITS.items():
            if field in back and not was["decided"] & bit:
                back[field] = standing.theirs[field]
        return back, was["decided"]

    def _case_document(self, envelope: Envelope, name: str, standing: _Standing) -> None:
        body = {
            "type": "case",
            "complaint": name,
            "native_state": standing.native_state,
            **{
                field: value
                for field, value in standing.values.items()
                if field not in _BITS or standing.decided & _BITS[field]
            },
            "by": envelope.by,
            "at": _at(envelope),
        }
        self._send(f"case:{name}", body, name, envelope)

    def _row(self, standing: _Standing, before: State, touched_at: int) -> None:
        values = standing.values
        state = int(values["state"])
        self._db.execute(
            "UPDATE complaint SET state = ?, opd = ?, holder = ?, duplicate_of = ?, decided = ?, due_at = ?,"
            " touched_at = max(coalesce(touched_at, 0), ?), pending = pending + 1 WHERE n = ?",
            (
                state,
                self._words.numbers[values["opd"]],
                self._words.numbers[values["holder"]],
                values["duplicate_of"],
                standing.decided,
                due_at(state, standing.requested_at, standing.expected_at),
                touched_at,
                standing.n,
            ),
        )
        tallies = Tallies()
        tallies.add(standing.area, int(before), standing.requested_at, -1)
        tallies.add(standing.area, state, standing.requested_at)
        tallies.write(self._db)

    def _record(self, envelope: Envelope, name: str, record: Mapping[str, Any]) -> None:
        source, _, own = name.partition(":")
        aside = {key: record[key] for key in _ASIDE if record.get(key)}
        said = SourceComplaint(
            id=name,
            source=source,
            native_id=own,
            native_state="",
            state=State.NEW,
            title=str(record.get("title", "")),
            text=str(record.get("text", "")),
            category=str(record.get("category", "")),
            agency=str(record.get("agency", "")),
            address=str(record.get("address", "")),
            lat=record.get("lat"),
            lon=record.get("lon"),
            area=str(record.get("area", "")),
            requested_at=envelope.at,
            updated_at=None,
            expected_at=None,
            zone_assumed=False,
            media_url=str(record.get("media_url", "")),
            opd=str(record.get("opd", "")),
            extra=json.dumps(aside, ensure_ascii=False) if aside else "",
        )
        self._intake.record(said, millis(envelope.at))
        self._db.execute("UPDATE complaint SET pending = 1 WHERE id = ?", (name,))
        body = {"type": "complaint", "id": name, **record, "by": envelope.by, "at": _at(envelope)}
        self._send(f"complaint:{own}", body, name, envelope)

    def _deed(
        self,
        envelope: Envelope,
        name: str,
        patch: Patch,
        was: Mapping[str, Any],
        *,
        before: State | None,
        after: State,
    ) -> None:
        shown = {key: value for key, value in envelope.fields.items() if key != "complaint"}
        body = {
            "type": "deed",
            "complaint": name,
            "deed": envelope.kind,
            "by": envelope.by,
            "at": _at(envelope),
            "text": patch.text,
            "before": None if before is None else int(before),
            "after": int(after),
            "fields": shown,
            "undoes": patch.undoes,
        }
        self._send(f"deed:{envelope.id}", body, name, envelope)
        self._db.execute(
            "INSERT INTO event (id, complaint, deed, at, by, text, before, after, fields, was, command, undoes)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                f"deed:{envelope.id}",
                name,
                envelope.kind,
                millis(envelope.at),
                envelope.by,
                patch.text,
                body["before"],
                body["after"],
                json.dumps(shown, ensure_ascii=False),
                json.dumps(was, ensure_ascii=False),
                envelope.id,
                patch.undoes,
            ),
        )

    def _send(self, doc: str, body: Mapping[str, Any], name: str, envelope: Envelope) -> None:
        area = plain(
            self._db.execute(
                "SELECT word.text FROM complaint JOIN word ON word.id = complaint.area WHERE complaint.id = ?", (name,)
            ).fetchone()
        )
        rev = self._documents.edit(doc, body, place=complaints_place(self._city, area or ""))
        self._outbox.add(doc, rev, name, envelope.id, millis(envelope.at))

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


def _at(envelope: Envelope) -> str:
    """Its time as documents tell it: whole milliseconds, as the history keeps it, so that each can be made of the
    other."""
    return from_millis(millis(envelope.at)).isoformat()


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, State) else value
