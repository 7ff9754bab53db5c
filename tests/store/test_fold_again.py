"""What a salvage would make of a sound store that met others: the same store."""

from __future__ import annotations

import json
from typing import Any

from console.commands.conflicts import Settle
from console.core.lifecycle import State
from console.core.records import ComplaintId
from console.store.database import transaction
from console.store.rederive import rederive
from tests.store.conftest import said
from tests.store.peers import Centre, Console, quiet

ONE = ComplaintId("uji:000001")


def told(console: Console) -> tuple[Any, ...]:
    """Everything that is kept of what people did."""
    waiting = console.db.execute(
        "SELECT doc, rev, complaint, command, withdrawn_at IS NULL FROM outbox ORDER BY doc, rev"
    ).fetchall()
    history = [(*row[:8], json.loads(row[8]), json.loads(row[9]), *row[10:]) for row in console.history()]
    conflicts = [(each.doc, each.fields, each.versions) for each in console.read.conflicts()]
    return console.leaves(), console.rows(), waiting, history, conflicts


def test_a_store_that_merged_settled_and_took_back_follows_from_its_documents() -> None:
    centre, here, there = Centre(), Console(1), Console(2)
    for each in (here, there):
        each.intake.take([said(1), said(2), said(3)])
    here.decide(ONE, state=State.VERIFIED)
    there.decide(ONE, by="Sari", holder="Sari")
    quiet(centre, here, there)
    for office, each in (("pu", here), ("lh", there)):
        each.decide(ONE, by=office, opd=office)
        each.decide("uji:000002", by=office, opd=office)
    quiet(centre, here, there)
    for number in (1, 2):
        found = here.read.conflict(f"case:uji:{number:06}")
        assert found is not None
        leaves = tuple(version.rev for version in found.versions)
        command = here.do(Settle(found.complaint, doc=found.doc, leaves=leaves, opd="lh"), by="Rina")
    here.undo("uji:000002", command, by="Rina")
    quiet(centre, here, there)
    here.decide("uji:000003", holder="Budi")
    for each in (here, there):
        before = told(each)
        with transaction(each.db):
            rederive(each.db)
        assert told(each) == before
