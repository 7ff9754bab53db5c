"""The road of a deed: what is offered, checked before it is sent, refused in words, taken back."""

from dataclasses import replace

import pytest

from console import commands
from console.core.command import Outcome, Receipt
from console.core.errors import DiskTrouble, Refused
from console.core.lifecycle import Deed, State
from console.core.records import QueueFilter
from console.models.complaint import read_sheet
from console.models.deeds import Doing, as_drawn, offers, undoable
from tests.town import NOW, OPERATOR, complaint

PATIENCE_MS = 30_000


@pytest.fixture
def read(town):
    town.fill(12)
    return town.writer.read


@pytest.fixture
def doing(town):
    made = Doing(town.desk)
    yield made
    made.deleteLater()


def possible(read, town, complaint):
    found = read.complaint(complaint)
    return {offer.deed for offer in offers(read, found, OPERATOR, town.pack) if offer.why is None}


def test_only_what_can_follow_is_offered(read, town):
    assert possible(read, town, "rekaan:000000") == {Deed.TAKE, Deed.VERIFY, Deed.NOTE, Deed.ATTACH, Deed.DUPLICATE}
    assert possible(read, town, "rekaan:000005") == {Deed.NOTE, Deed.ATTACH, Deed.REOPEN}


def test_what_is_not_offered_says_why(read, town):
    found = read.complaint("rekaan:000005")
    whys = [offer.why for offer in offers(read, found, OPERATOR, town.pack) if offer.why is not None]
    assert whys
    assert all("«" not in town.phrases.tell(why) for why in whys)


def test_a_deed_is_done_and_settled(read, town, doing, qtbot):
    with qtbot.waitSignal(doing.settled) as settled:
        doing.ask(Deed.VERIFY, read.complaint("rekaan:000000"))
    assert settled.args[0].outcome is Outcome.TAKEN
    assert read.complaint("rekaan:000000").state is State.VERIFIED
    assert doing.under_way == 0


def test_it_is_under_way_until_the_receipt(read, town, doing, qtbot):
    with qtbot.waitSignal(doing.sent):
        doing.ask_by_id(Deed.VERIFY, "rekaan:000001")
    assert doing.under_way == 1
    qtbot.waitUntil(lambda: doing.under_way == 0)


def test_what_the_check_refuses_is_never_sent(read, town, doing, qtbot):
    with qtbot.waitSignal(doing.refused) as refused:
        doing.ask(Deed.CLOSE, read.complaint("rekaan:000004"), {"evidence": "ya"})
    assert refused.args[0].says == "commands.close.evidence_lacks"
    assert town.done == []


def test_a_world_that_moved_since_is_noticed(read, town, doing, qtbot):
    seen = read.complaint("rekaan:000000")
    with qtbot.waitSignal(doing.settled):
        doing.ask(Deed.VERIFY, seen)
    with qtbot.waitSignal(doing.refused) as refused:
        doing.ask(Deed.VERIFY, seen)
    assert "Baru saja diverifikasi oleh Rani" in town.phrases.tell(refused.args[0])


def test_a_complaint_that_is_gone_is_refused(read, doing, qtbot):
    with qtbot.waitSignal(doing.refused) as refused:
        doing.ask_by_id(Deed.VERIFY, "rekaan:unheard-of")
    assert refused.args[0].says == "commands.absent"


def test_a_black_box_that_cannot_be_written_is_said_where_it_was_asked(read, town, doing, qtbot, monkeypatch):
    def full(_command):
        raise DiskTrouble("store.full")

    object.__setattr__(town.desk, "do", full)
    with qtbot.waitSignal(doing.refused) as refused:
        doing.ask(Deed.VERIFY, read.complaint("rekaan:000000"))
    assert refused.args[0].says == "store.full"
    assert doing.under_way == 0


def test_a_refusal_of_the_writer_comes_back_too(read, town, doing, qtbot):
    with qtbot.waitSignal(doing.sent) as sent:
        doing.ask(Deed.VERIFY, read.complaint("rekaan:000000"))
    with qtbot.waitSignal(doing.refused) as refused:
        town.desk.news.receipt.emit(Receipt(sent.args[0], Outcome.REFUSED, says="commands.absent"))
    assert isinstance(refused.args[0], Refused)


def test_what_became_of_a_deed_is_told_with_where_it_was_asked(read, town, doing, qtbot):
    town.answer = Outcome.REFUSED
    told = []
    doing.settled.connect(lambda _receipt, asked: told.append(asked))
    with qtbot.waitSignal(doing.refused, timeout=PATIENCE_MS) as refused:
        doing.ask(Deed.NOTE, read.complaint("rekaan:000001"), {"text": "Sudah dicek."}, form=7)
    assert told == [refused.args[1]]
    assert (told[0].complaint, told[0].form) == ("rekaan:000001", 7)


def test_two_of_the_same_are_told_apart(read, town, doing, qtbot):
    found = read.complaint("rekaan:000001")
    notes = [commands.make(Deed.NOTE, found, OPERATOR, town.pack, text="Sudah dicek.") for _ in range(2)]
    one, other = [doing.send(note) for note in notes]
    assert one != other
    assert doing.under_way == 2
    qtbot.waitUntil(lambda: doing.under_way == 0, timeout=PATIENCE_MS)


def test_it_is_under_way_as_soon_as_it_is_asked_and_on_its_complaint_alone(read, town, doing, qtbot):
    with town.readers_busy(), qtbot.waitSignal(doing.stirred, timeout=PATIENCE_MS):
        doing.ask_by_id(Deed.VERIFY, "rekaan:000000")
    assert doing.under_way_on("rekaan:000000")
    assert not doing.under_way_on("rekaan:000001")
    qtbot.waitUntil(lambda: not doing.under_way, timeout=PATIENCE_MS)


def test_the_receipts_of_others_are_not_ours(town, doing, qtbot):
    with qtbot.assertNotEmitted(doing.settled):
        town.desk.news.receipt.emit(Receipt("another", Outcome.TAKEN))


def test_ones_own_last_deed_can_be_taken_back_once(read, town, doing, qtbot):
    with qtbot.waitSignal(doing.settled):
        doing.ask(Deed.VERIFY, read.complaint("rekaan:000000"))
    sheet = read_sheet("rekaan:000000", OPERATOR, town.pack)(read)
    assert sheet.undo.deed == Deed.VERIFY
    assert undoable(read.events_of("rekaan:000000"), "Budi") is None
    with qtbot.waitSignal(doing.settled):
        doing.undo(sheet.complaint, sheet.undo)
    assert read.complaint("rekaan:000000").state is State.NEW
    again = read_sheet("rekaan:000000", OPERATOR, town.pack)(read)
    assert again.undo is None
    assert [event.deed for event in again.events][:2] == [Deed.UNDO, Deed.VERIFY]


def test_no_sheet_of_what_is_not_there(read, town):
    assert read_sheet("rekaan:unheard-of", OPERATOR, town.pack)(read) is None


def test_a_row_that_moved_since_it_was_drawn_is_noticed(town, doing, qtbot):
    town.take([complaint(1)])
    read = town.writer.read
    (drawn,) = [row for row in read.page(read.span(QueueFilter()), 0) if row.id == "rekaan:000001"]
    town.take([complaint(1, state=State.VERIFIED, native_state="terverifikasi", updated_at=NOW)])
    with qtbot.waitSignal(doing.refused) as refused:
        doing.ask_by_id(Deed.VERIFY, "rekaan:000001", drawn)
    assert refused.args[0].says == "commands.moved.VERIFIED"
    assert not town.done


def test_a_row_as_it_still_stands_tells_the_version_that_was_seen(town):
    town.take([complaint(1)])
    read = town.writer.read
    (drawn,) = read.page(read.span(QueueFilter()), 0)
    seen = read.complaint("rekaan:000001")
    assert seen is not None
    assert as_drawn(seen, drawn) is seen
    assert as_drawn(seen, None) is seen
    other = as_drawn(replace(seen, rev="3-abc"), drawn._replace(holder="Sari"))
    assert (other.holder, other.rev) == ("Sari", "")
