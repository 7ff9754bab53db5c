"""Offering again and taking back, judged by what waits."""

from __future__ import annotations

from dataclasses import replace

import pytest

from console.commands.outbox import Retry, Withdraw
from console.core.errors import Refused
from console.core.lifecycle import State
from console.core.people import Right
from console.core.records import Case, ComplaintId, OutboxRow, Waiting
from tests.commands.conftest import AT

ONE, TWO = ComplaintId("laksa:1"), ComplaintId("laksa:2")
CASE = f"case:{ONE}"
ROW = OutboxRow(CASE, "1-a", ONE, "Jalan berlubang", ("verify",), "Budi", AT, 1, Waiting.WAITING)


@pytest.fixture
def waiting(world, monkeypatch):
    """What waits of any document; rows can be exchanged."""
    world.put(1, State.VERIFIED)
    world.put(2, State.NEW)
    rows = [ROW]
    monkeypatch.setattr(world, "outbox_of", lambda doc: [row for row in rows if row.doc == doc])
    return rows


def refusal(world, command) -> str:
    with pytest.raises(Refused) as told:
        command.check(world)
    return told.value.says


def test_only_what_was_refused_is_offered_again(world, waiting):
    assert refusal(world, Retry(ONE, CASE)) == "commands.retry.waits"
    waiting[0] = replace(ROW, state=Waiting.REFUSED, says="sync.forbidden")
    Retry(ONE, CASE).check(world)
    assert Retry(ONE, CASE).patch(Case(ONE, State.NEW)).retries == CASE


@pytest.mark.parametrize("command", [Retry(ONE, "case:absent"), Retry(ONE), Retry(TWO, CASE)])
def test_what_does_not_wait_cannot_be_offered(command, world, waiting):
    assert refusal(world, command) == "commands.retry.sent"


def test_what_waits_is_taken_back_with_a_reason(world, waiting):
    command = Withdraw(ONE, CASE, "  salah orang ")
    command.check(world)
    patch = command.patch(Case(ONE, State.VERIFIED))
    assert (patch.withdraws, patch.text, dict(patch.fields)) == (CASE, "salah orang", {})
    assert refusal(world, Withdraw(ONE, CASE, " ")) == "commands.reason_lacks"
    assert refusal(world, Withdraw(TWO, CASE, "salah")) == "commands.withdraw.sent"


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (replace(ROW, state=Waiting.WITHDRAWN), "commands.withdraw.sent"),
        (replace(ROW, via="posko"), "commands.withdraw.brought"),
        (replace(ROW, doc="complaint:1"), "commands.withdraw.record"),
    ],
)
def test_what_is_not_ours_or_not_here_stays(row, says, world, waiting):
    waiting[0] = row
    assert refusal(world, Withdraw(ONE, row.doc, "salah")) == says


def test_a_refused_change_can_be_taken_back_too(world, waiting):
    waiting[:] = [replace(ROW, state=Waiting.WITHDRAWN), replace(ROW, state=Waiting.REFUSED)]
    Withdraw(ONE, CASE, "ditolak pusat").check(world)


def test_what_is_about_no_complaint_is_offered_again_by_who_sees_to_the_exchange(world, waiting):
    doc = "person:1"
    waiting[0] = replace(ROW, doc=doc, complaint=ComplaintId(""), state=Waiting.REFUSED, says="sync.forbidden")
    command = Retry(ComplaintId(""), doc)
    command.check(world)
    assert command.patch(Case(ComplaintId(""), State.NEW)).retries == doc
    assert (command.right, Retry(ONE, CASE).right) == (Right.EXCHANGE, Right.DECIDE)
    assert refusal(world, Withdraw(ComplaintId(""), doc, "salah")) == "commands.absent"
    waiting[0] = replace(waiting[0], state=Waiting.WAITING)
    assert refusal(world, command) == "commands.retry.waits"
