"""The notes that travel between screen and engine: one JSON object per line, small, never data.

Screen to engine: `do` (a command already in the black box), `cut`, `now` (try a source now), `person`, `bye`.
Engine to screen: `hello`, `changes`, `receipt`, `person`, `session`, `trouble`, `bye`. Data itself travels through
SQLite. `person` alone may hold a secret (console/core/people_notes.py): it is written down nowhere.
A line that is not a sound note is refused by name; the pipe goes on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from console.core.command import Envelope, Outcome, Receipt
from console.core.errors import BadAnswer
from console.core.records import Changes, Kind

MOST_IDS = 200
"""A change that names more ids is sent without them: read all of the kind again."""
MOST_BYTES = 1 << 20
EXIT_SECOND = 3
"""Exit code of an engine that found another one on its profile."""
EXIT_USELESS = 4
"""Exit code of an engine for which trying again is useless: a store of a newer program, an unsound profile."""


def line(note: str, **values: Any) -> bytes:
    """One note as a line of UTF-8 JSON."""
    return json.dumps({"note": note, **values}, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def parse(raw: bytes) -> tuple[str, Mapping[str, Any]]:
    """Name and values of a note. Anything else raises `BadAnswer`."""
    if len(raw) > MOST_BYTES:
        raise BadAnswer("core.note.long", size=len(raw))
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError) as trouble:  # a ValueError too for a number of 5,000 digits
        raise BadAnswer("core.note.form") from trouble
    if not isinstance(value, dict) or not isinstance(value.get("note"), str):
        raise BadAnswer("core.note.form")
    return value.pop("note"), value


def changes_note(changes: Changes) -> bytes:
    """A `changes` note; ids only while they are few."""
    ids = sorted(changes.ids) if len(changes.ids) <= MOST_IDS else []
    return line("changes", kinds=sorted(changes.kinds), ids=ids, by=changes.by)


def read_changes(values: Mapping[str, Any]) -> Changes:
    """The `Changes` of a note; kinds we do not know are of a newer engine and are left out."""
    kinds = frozenset(Kind(name) for name in values.get("kinds", ()) if name in Kind._value2member_map_)
    return Changes(kinds, frozenset(values.get("ids", ())), str(values.get("by", "")))


def envelope_values(envelope: Envelope) -> dict[str, Any]:
    """An envelope as JSON values: what stands in the black box and travels in `do`."""
    return {
        "id": envelope.id,
        "kind": envelope.kind,
        "fields": dict(envelope.fields),
        "by": envelope.by,
        "at": envelope.at.isoformat(),
        **({"saw": envelope.saw} if envelope.saw else {}),
        **({"session": envelope.session} if envelope.session else {}),
    }


def read_envelope(values: Mapping[str, Any]) -> Envelope:
    """The envelope of those values. A missing or unsound one raises `BadAnswer`."""
    try:
        at = datetime.fromisoformat(values["at"])
        if at.tzinfo is None:
            raise ValueError("no zone")
        saw, session = str(values.get("saw", "")), str(values.get("session", ""))
        named = str(values["id"]), str(values["kind"]), dict(values["fields"]), str(values["by"])
        return Envelope(*named, at, saw, session)
    except (KeyError, TypeError, ValueError) as trouble:
        raise BadAnswer("core.note.envelope") from trouble


def receipt_note(receipt: Receipt) -> bytes:
    """A `receipt` note."""
    return line(
        "receipt",
        command=receipt.command,
        outcome=receipt.outcome,
        complaint=receipt.complaint,
        says=receipt.says,
        values=dict(receipt.values),
        again=receipt.again,
    )


def read_receipt(values: Mapping[str, Any]) -> Receipt:
    """The receipt of a note; an unsound one raises `BadAnswer`."""
    try:
        return Receipt(
            str(values["command"]),
            Outcome(values["outcome"]),
            str(values.get("complaint", "")),
            str(values.get("says", "")),
            dict(values.get("values", {})),
            bool(values.get("again", False)),
        )
    except (KeyError, TypeError, ValueError) as trouble:
        raise BadAnswer("core.note.receipt") from trouble
