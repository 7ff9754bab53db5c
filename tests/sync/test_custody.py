"""Whether the centre still keeps the pieces it was given: looked at before anything moves, and again behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from console.core.clock import TurnedClock
from console.core.errors import Away
from console.core.pieces import SMALL_PIECE
from console.core.replica import Checkpoint
from console.store.files import Profile
from console.store.room import Room
from console.store.store import Store
from sync.couch import Call, Reply
from sync.custody import LOOK_S
from sync.meeting import SWAPPED, WIPED
from sync.peering import PEER, HeldUp, Restored, Stored
from tests.store.conftest import NOON, batch, invented_pack, said
from tests.sync.file_hub import Desk, FileHub, Link
from tests.sync.test_files import ONE, PLACE, TWO, Console, letter

Made = Callable[[], Console]


@pytest.fixture
def hub() -> FileHub:
    return FileHub()


@pytest.fixture
def console(tmp_path: Path, hub: FileHub) -> Iterator[Made]:
    stores: list[Store] = []
    numbers = count()

    def make() -> Console:
        clock = TurnedClock(NOON)
        profile = Profile.at(tmp_path / f"konsol-{next(numbers)}")
        store = Store.open(profile, clock, invented_pack(), room=Room(profile.reserve, 0, 0))
        store.take(batch(said(1), said(2)))
        stores.append(store)
        made = Console(store, clock, Desk(store, PLACE), *(Link(hub, clock) for _ in range(3)))
        made.again()
        return made

    yield make
    for store in stores:
        store.close()


def at(console: Console, hub: FileHub) -> None:
    """Another centre answers now."""
    for link in (console.thumbs, console.photos, console.notes):
        link.hub = hub


def look(console: Console) -> None:
    console.clock.turn(LOOK_S + 1)
    console.quiet()


def spare(console: Console) -> int:
    return len(console.store.read.spare_pieces())


def test_a_server_that_swaps_in_the_middle_is_no_receipt(console: Made, hub: FileHub) -> None:
    """The bytes went there, and it says that it holds them: the note behind them does not stand beside ours."""
    here, stranger = console(), FileHub(uuid="u-2")
    here.attach(letter(1000))
    here.quiet()
    here.attach(letter(1000, 2), TWO)

    def swap(call: Call, _hub: FileHub) -> Reply | None:
        if call.path.endswith("_bulk_docs"):
            at(here, stranger)
            return stranger.answer(call)
        return None

    here.photos.fault = swap
    with pytest.raises(Away):
        here.quiet()
    here.photos.fault = None
    assert stranger.came == 1000 and here.file(TWO).waiting
    here.quiet()
    assert here.files.question == SWAPPED and here.file(TWO).waiting


def test_one_that_went_back_is_given_what_it_lost_and_asked_of_nothing_else(console: Made, hub: FileHub) -> None:
    here = console()
    here.attach(letter(5 * SMALL_PIECE, 1))
    here.quiet()
    here.attach(letter(1000, 2), TWO)
    here.quiet()
    old = hub.copy()
    here.attach(letter(2 * SMALL_PIECE, 3), TWO)
    here.quiet()
    at(here, old)
    before = old.came, len(here.photos.calls)
    look(here)
    assert old.bytes == hub.bytes and old.came - before[0] == 2 * SMALL_PIECE
    asked = [call for call in here.photos.calls[before[1] :] if call.path.endswith("_revs_diff")]
    assert {doc for call in asked for doc in call.body if doc.startswith("piece:")} == set(list(hub.bytes)[6:])
    assert not any(each.waiting for each in here.store.read.files_of(TWO)) and spare(here) == 8


def test_an_emptied_one_is_a_question_and_nothing_here_may_be_let_go(console: Made) -> None:
    here, emptied = console(), FileHub()
    here.attach(letter(1000))
    here.quiet()
    assert spare(here) == 1
    at(here, emptied)
    look(here)
    assert here.files.question == WIPED and spare(here) == 0
    here.again()
    here.files.choose("wait")
    look(here)
    assert here.files.question == WIPED and emptied.came == 0  # also after a new start
    here.files.choose("resend")
    here.quiet()
    assert here.files.question == "" and emptied.came == 1000 and spare(here) == 1


def test_an_answer_for_documents_gives_back_their_photos(console: Made, hub: FileHub) -> None:
    """Only the databases of documents were lost: the place of files asks nothing, and is looked through."""
    here = console()
    here.attach(letter(1000))
    here.quiet()
    [lost] = hub.bytes
    del hub.revs[lost]
    here.files.choose("resend")
    here.quiet()
    assert lost in hub.revs and not here.file().waiting


def test_what_the_old_one_held_stays_here_for_good_where_a_new_one_counts(console: Made) -> None:
    here, new = console(), FileHub(uuid="u-2")
    here.attach(letter(1000))
    here.quiet()
    at(here, new)
    here.files.choose("new")
    here.quiet()
    assert new.came == 0 and here.files.question == "" and spare(here) == 0
    here.attach(letter(1000, 2), TWO)
    here.quiet()
    assert new.came == 1000 and spare(here) == 1
    here.files.choose("resend")
    here.quiet()
    assert new.came == 2000 and spare(here) == 2


def test_a_place_that_never_met_knows_the_server_of_the_documents(console: Made, hub: FileHub) -> None:
    here = console()
    here.store.replica.remember(Checkpoint(PEER, f"{PLACE}-shared", "u-0"))
    here.attach(letter(1000))
    here.quiet()
    assert here.files.question == SWAPPED and hub.came == 0


def test_it_gets_to_know_it_also_after_a_first_meeting_that_broke(console: Made, hub: FileHub) -> None:
    here = console()
    here.notes.breaks_at = lambda number: "ask" if number == 1 else ""
    here.attach(letter(1000))
    with pytest.raises(Away):
        here.quiet()
    here.store.replica.remember(Checkpoint(PEER, f"{PLACE}-shared", "u-0"))
    here.quiet()
    assert here.files.question == SWAPPED and hub.came == 0


def test_news_of_other_places_are_worth_a_look(console: Made, hub: FileHub) -> None:
    here = console()
    here.attach(letter(1000))
    here.quiet()
    [lost] = hub.bytes
    del hub.revs[lost]
    asked = len(here.notes.calls)
    here.quiet()
    assert len(here.notes.calls) == asked  # nothing to do, and nothing was heard
    assert not here.files.heard(Stored("p", 1, 1, 0, 1))
    assert here.files.heard(HeldUp("p", SWAPPED))
    here.quiet()
    assert len(here.notes.calls) == asked + 1 and lost not in hub.revs
    assert here.files.heard(Restored("p", 1, "0"))
    here.quiet()
    assert lost in hub.revs


def test_many_portions_share_one_note(console: Made, hub: FileHub) -> None:
    here = console()
    here.files.pace.most = SMALL_PIECE
    here.attach(letter(20 * SMALL_PIECE))
    here.quiet()
    assert sum(call.path.endswith("_bulk_docs") for call in here.photos.calls) == 20
    assert sum(call.method == "PUT" for call in here.notes.calls) <= 3
    assert not here.file(ONE).waiting
