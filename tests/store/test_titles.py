"""What people call the documents of an exchange, also after they were deleted."""

from __future__ import annotations

from console.core.lifecycle import State
from console.core.records import ComplaintId
from console.core.replica import Page, Revised
from tests.store.conftest import said
from tests.store.peers import Console

ONE = ComplaintId("uji:000001")


def test_a_case_is_called_as_its_complaint() -> None:
    console = Console(1)
    console.intake.take([said(1)])
    console.decide(ONE, state=State.VERIFIED)
    docs = [row[0] for row in console.db.execute("SELECT id FROM doc")]
    assert f"case:{ONE}" in docs
    assert console.shelf.titles(docs) == ["Jalan berlubang nomor 1"], "and each title stands there once"


def test_what_was_deleted_is_called_as_it_last_was() -> None:
    console = Console(1)
    first = Revised("complaint:7", ("1-" + "a" * 32,), {"type": "complaint", "title": "Banjir di pasar"})
    gone = Revised("complaint:7", ("2-" + "b" * 32, "1-" + "a" * 32), {}, True)
    console.replica.take(Page("p", [first, gone]))
    assert console.shelf.titles(["complaint:7"]) == ["Banjir di pasar"]


def test_without_a_title_the_number_stands_there() -> None:
    console = Console(1)
    body = {"type": "deed", "complaint": "uji:000009"}
    console.replica.take(
        Page("p", [Revised("deed:x", ("1-" + "a" * 32,), body), Revised("odd", ("1-" + "c" * 32,), {})])
    )
    assert console.shelf.titles(["deed:x", "case:uji:000008", "odd", "absent"]) == ["000009", "000008", "odd", "absent"]
