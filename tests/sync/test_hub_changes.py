"""Hubs that are wiped, swapped, made anew or restored (GOALS R16), and mass deletions (R17): nothing here is lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from console.core.errors import Away, DiskTrouble, Refused
from console.core.replica import Change
from sync import sanity
from sync.peering import HeldUp, Mismatch, Pages, Restored, WentBack
from sync.sanity import SHIFT_S
from tests.sync.model_hub import ModelHub, known_revs, leaves_of
from tests.sync.model_world import NOON, PLACE, Console, Crash, fresh_db, quiet

SHARED = "kendali-contoh-shared"


@pytest.fixture
def hub() -> ModelHub:
    hub = ModelHub()
    hub.make(PLACE)
    return hub


@pytest.fixture
def pair(hub: ModelHub) -> list[Console]:
    """Two consoles with ten documents in common."""
    consoles = [Console("a", hub, seed=1), Console("b", hub, seed=2)]
    for number in range(10):
        consoles[number % 2].edit(f"x:{number}", {"v": number})
    quiet(consoles)
    return consoles


def facts(console: Console, kind: type) -> list[object]:
    return [fact for fact in console.facts if isinstance(fact, kind)]


def wiped(hub: ModelHub) -> None:
    instance = hub.bases[PLACE].instance
    hub.make(PLACE).instance = instance


def made_anew(hub: ModelHub) -> None:
    hub.make(PLACE)


def made_anew_with_the_clock_a_day_back(hub: ModelHub) -> None:
    hub.clock_s -= 86_400
    hub.make(PLACE)


def swapped(hub: ModelHub) -> None:
    hub.uuid = "b" * 32
    base = hub.make(PLACE)
    other = Console("z", hub, seed=9)
    other.edit("z:1", {"v": "of the other hub"})
    other.replicator.push()
    assert base.docs


LOST = [
    (wiped, "sync.exchange.wiped"),
    (made_anew, "sync.exchange.remade"),
    (made_anew_with_the_clock_a_day_back, "sync.exchange.remade"),
    (swapped, "sync.exchange.swapped"),
]


@pytest.mark.parametrize(("loses", "says"), LOST)
def test_noticed_in_one_turn_and_nothing_deleted(
    hub: ModelHub, pair: list[Console], loses: Callable[[ModelHub], None], says: str
) -> None:
    console = pair[0]
    before, waiting = console.leaves(), console.edit("x:new", {"v": 1})
    loses(hub)
    console.cycle()
    assert console.replicator.held_up == says
    assert [fact.says for fact in console.facts if isinstance(fact, HeldUp)] == [says]
    assert {**before, "x:new": {waiting: (False, {"v": 1})}} == console.leaves()
    assert console.waiting() == 1
    for _ in range(3):
        console.cycle()
    assert len(facts(console, HeldUp)) == 1, "asked once"
    assert console.waiting() == 1


@pytest.mark.parametrize(("loses", "says"), LOST)
def test_the_question_outlives_the_process(
    hub: ModelHub, pair: list[Console], loses: Callable[[ModelHub], None], says: str
) -> None:
    loses(hub)
    pair[0].cycle()
    pair[0].start()
    assert pair[0].replicator.held_up == says


@pytest.mark.parametrize(("loses", "says"), LOST)
def test_sent_again_from_here(hub: ModelHub, pair: list[Console], loses: Callable[[ModelHub], None], says: str) -> None:
    before = pair[0].leaves()
    loses(hub)
    quiet(pair, answer="resend")
    there = leaves_of(hub.bases[PLACE])
    assert pair[0].leaves() == pair[1].leaves() == there
    assert before.items() <= there.items()


@pytest.mark.parametrize(("loses", "says"), LOST)
def test_taken_as_a_new_one(hub: ModelHub, pair: list[Console], loses: Callable[[ModelHub], None], says: str) -> None:
    before = pair[0].leaves()
    pair[0].edit("x:new", {"v": 1})
    loses(hub)
    quiet(pair, answer="new")
    there = leaves_of(hub.bases[PLACE])
    assert "x:new" in there
    assert "x:1" not in there, "old documents stay where they are"
    assert before.items() <= pair[0].leaves().items()
    for _ in range(25):
        pair[0].cycle()
    assert not facts(pair[0], Mismatch), "both sides differ on purpose"


@pytest.mark.parametrize(("loses", "says"), LOST)
def test_waiting_until_the_old_one_is_back(
    hub: ModelHub, pair: list[Console], loses: Callable[[ModelHub], None], says: str
) -> None:
    uuid, backup = hub.uuid, hub.backup()
    loses(hub)
    pair[0].edit("x:new", {"v": 1})
    pair[0].cycle()
    pair[0].replicator.choose("wait")
    hub.uuid = uuid
    hub.restore(backup)
    pair[0].cycle()
    assert pair[0].replicator.held_up == ""
    quiet(pair)
    assert pair[0].leaves() == pair[1].leaves() == leaves_of(hub.bases[PLACE])
    assert "x:new" in leaves_of(hub.bases[PLACE])


@pytest.mark.parametrize("newer", [False, True])
def test_an_older_copy_gets_back_what_it_lost(hub: ModelHub, pair: list[Console], newer: bool) -> None:
    backup = hub.backup()
    pair[0].edit("x:1", {"v": "lost"})
    pair[1].edit("x:lost", {"v": 1})
    quiet(pair)
    hub.restore(backup)
    if newer:
        other = Console("c", hub, seed=3)
        other.edit("x:newer", {"v": 1})
        other.edit("x:1", {"v": "else"})
        quiet([other])
    pair[0].cycle()
    assert len(facts(pair[0], Restored)) == 1, "noticed in one turn, without a question"
    assert not pair[0].replicator.held_up
    quiet(pair)
    there = leaves_of(hub.bases[PLACE])
    assert pair[0].leaves() == pair[1].leaves() == there
    assert pair[0].saved | pair[1].saved <= known_revs(hub.bases[PLACE])
    assert not newer or "x:newer" in there


def test_a_copy_given_back_by_one_who_only_read(hub: ModelHub, pair: list[Console]) -> None:
    """The console that wrote it is gone for good: the other one has it."""
    backup = hub.backup()
    pair[0].edit("x:lost", {"v": 1})
    quiet(pair)
    hub.restore(backup)
    quiet(pair[1:])
    assert "x:lost" in leaves_of(hub.bases[PLACE])


def test_a_hub_that_went_back_right_after_a_run_that_broke_off(hub: ModelHub, pair: list[Console]) -> None:
    """The cursor had moved, no note told of it, and the copy is newer than the last note: new rows get the numbers
    of those that were lost, and would be passed by."""
    here, there = pair
    there.edit("x:before", {"v": 1})
    there.replicator.push()
    backup = hub.backup()
    there.edit("x:after", {"v": 1})
    there.edit("x:after too", {"v": 1})
    there.replicator.push()
    here.net.dice = lambda call: "crash_before" if call.method == "PUT" else None
    with pytest.raises(Crash):
        here.replicator.pull()
    assert "x:after too" in here.docs()
    here.net.dice = lambda _: None
    hub.restore(backup)
    other = Console("c", hub, seed=3)
    other.edit("x:new", {"v": 1})
    other.edit("x:new too", {"v": 1})
    quiet([other])
    here.start()
    quiet([here], rounds=4)
    assert {"x:new", "x:new too"} <= set(here.docs())


def test_wiped_while_we_read(hub: ModelHub, pair: list[Console]) -> None:
    """No call fails when a database is deleted and made again: the note before tells."""
    for number in range(40):
        pair[1].edit(f"y:{number:02}", {"v": number})
    pair[1].replicator.push()
    answer, count = hub.answer, iter(range(1000))

    def gone(call):  # type: ignore[no-untyped-def]
        if call.path.endswith("_changes") and next(count) == 2:
            made_anew(hub)
        return answer(call)

    hub.answer = gone  # type: ignore[method-assign]
    with pytest.raises(Away):
        pair[0].replicator.pull()
    pair[0].cycle()
    assert pair[0].replicator.held_up == "sync.exchange.remade"
    quiet(pair)
    assert pair[0].leaves() == pair[1].leaves() == leaves_of(hub.bases[PLACE])
    assert "y:39" in pair[0].docs()


def test_a_database_that_is_not_there_is_waited_for(hub: ModelHub, pair: list[Console]) -> None:
    base = hub.bases.pop(PLACE)
    with pytest.raises(Away) as trouble:
        pair[0].cycle()
    assert trouble.value.says == "sync.exchange.absent"
    assert not pair[0].replicator.held_up
    hub.bases[PLACE] = base
    pair[0].cycle()
    assert not pair[0].replicator.held_up


def test_our_own_store_is_an_older_copy(hub: ModelHub, pair: list[Console]) -> None:
    copy = fresh_db()
    copy.deserialize(pair[0].db.serialize())
    pair[0].edit("x:0", {"v": "later"})
    quiet(pair)
    old = Console("a", hub, seed=11, db=copy)
    old.cycle()
    assert facts(old, WentBack)
    assert not old.replicator.held_up
    quiet([old, pair[1]])
    assert old.leaves() == pair[1].leaves() == leaves_of(hub.bases[PLACE])


def test_two_stores_in_one_name_lose_nothing(hub: ModelHub, pair: list[Console]) -> None:
    copy = fresh_db()
    copy.deserialize(pair[0].db.serialize())
    twin = Console("a", hub, seed=11, db=copy)
    for number in range(4):
        pair[0].edit(f"x:first {number}", {"v": number})
        twin.edit(f"x:second {number}", {"v": number})
        for console in (pair[0], twin):
            with suppress(Away):
                console.cycle()
    for _ in range(6):
        for console in (pair[0], twin):
            with suppress(Away):  # each finds the other's notes now and then, and looks anew
                console.cycle()
    saved = pair[0].saved | twin.saved
    assert saved <= pair[0].known()
    assert saved <= twin.known()
    assert saved <= known_revs(hub.bases[PLACE])


# -- canary -----------------------------------------------------------------------------------------------------------


def test_a_canary_counts_up_in_the_shared_place(hub: ModelHub) -> None:
    hub.make(SHARED)
    here, there = Console("a", hub, place=SHARED), Console("b", hub, place=SHARED)
    quiet([here, there])
    assert sorted(there.docs()) == ["canary:a", "canary:b"]
    for hours, count in ((1, 1), (5, 2)):
        here.clock.turn(hours * 3600)
        here.start()
        quiet([here])
        assert [body["count"] for _, body in leaves_of(hub.bases[SHARED])["canary:a"].values()] == [count]


def test_a_canary_tells_where_notes_do_not(hub: ModelHub) -> None:
    """A backup brought back by hand, document by document, beside notes that were left standing."""
    hub.make(SHARED)
    here = Console("a", hub, place=SHARED)
    quiet([here])
    backup = hub.backup()
    here.edit("x:lost", {"v": 1})
    here.clock.turn(7 * 3600)
    here.start()
    quiet([here])
    notes = hub.bases[SHARED].notes
    hub.restore(backup)
    hub.bases[SHARED].notes = notes
    there = Console("b", hub, place=SHARED)
    there.edit("x:new", {"v": 1})
    quiet([there])
    here.start()
    here.replicator.meet()
    assert facts(here, Restored)
    quiet([here])
    assert "x:lost" in leaves_of(hub.bases[SHARED])
    assert "x:new" in here.docs(), "what got the number of what was lost is read too"


def test_a_canary_the_hub_refuses_tells_nothing(hub: ModelHub) -> None:
    base = hub.make(SHARED)
    base.validate = lambda doc, _: ("forbidden", "no canaries here")
    here = Console("a", hub, place=SHARED)
    for _ in range(3):
        quiet([here])
        here.clock.turn(7 * 3600)
        here.start()
    assert not facts(here, Restored)


# -- mass deletions ---------------------------------------------------------------------------------------------------


@pytest.fixture
def many(hub: ModelHub) -> list[Console]:
    """Two consoles with sixty documents."""
    consoles = [Console("a", hub, seed=1), Console("b", hub, seed=2)]
    for number in range(60):
        consoles[0].edit(f"x:{number:02}", {"v": number})
    quiet(consoles)
    return consoles


def deleted_there(hub: ModelHub, many: list[Console], count: int) -> Console:
    """Deleted at the hub by somebody who asked nobody, spread over pages."""
    base = hub.bases[PLACE]
    for number in range(count):
        tree = base.docs[f"x:{number:02}"]
        winner = tree.leaves()[0]
        base.take(f"x:{number:02}", [f"2-{'e' * 32}", winner], {}, True)
        base.take(f"y:{number:02}", [f"1-{number:032x}"], {"v": number}, False)
    return many[1]


def live(console: Console) -> int:
    return console.local.state(PLACE).documents


def test_many_deletions_of_the_hub_stop_and_ask(hub: ModelHub, many: list[Console]) -> None:
    console = deleted_there(hub, many, 30)
    console.cycle()
    assert console.replicator.held_up == "sync.exchange.deletions_there"
    [asked] = [fact for fact in console.facts if isinstance(fact, HeldUp)]
    assert asked.docs
    assert asked.docs[0] == "x:00"
    told = console.replicator.asked
    assert told is not None
    assert told.says == "sync.exchange.deletions_there"
    assert told.values == asked.values == {"database": PLACE, "count": len(asked.docs)}
    assert [f"x:{title}" for title in told.titles] == list(asked.docs), "what has no title is told by its number"
    assert told.named == len(asked.docs)
    assert live(console) >= 57
    console.edit("x:59", {"v": "still sent"})
    console.cycle()
    assert not console.waiting(), "what is no deletion goes on"
    console.start()
    assert console.replicator.asked == told, "and is asked with the same list after a restart"
    console.cycle()
    assert console.replicator.held_up == "sync.exchange.deletions_there"
    assert console.replicator.asked == told
    assert live(console) >= 57


def test_the_deletions_count(hub: ModelHub, many: list[Console]) -> None:
    console = deleted_there(hub, many, 30)
    quiet([console], answer="new")
    assert not console.replicator.held_up
    assert live(console) == 60
    assert console.leaves() == leaves_of(hub.bases[PLACE])


def test_ours_stay(hub: ModelHub, many: list[Console]) -> None:
    console = deleted_there(hub, many, 30)
    quiet([console], answer="resend")
    assert live(console) == 90
    assert console.leaves() == leaves_of(hub.bases[PLACE])
    bodies = [body for leaves in leaves_of(hub.bases[PLACE]).values() for deleted, body in leaves.values()]
    assert {"v": 0} in bodies


def ending(console: Console, after: int, trouble: BaseException) -> None:
    """After so many edits of its own the next ends in that."""
    whole, left = console.local.edit, [after]

    def edit(*args: Any, **values: Any) -> str:
        left[0] -= 1
        if left[0] == -1:
            raise trouble
        return whole(*args, **values)

    console.local.edit = edit  # type: ignore[method-assign]


ENDS = [Crash(), CancelledError(), DiskTrouble("store.full", path="x"), Refused("store.rev_conflict")]


@pytest.mark.parametrize("trouble", ENDS, ids=lambda trouble: type(trouble).__name__)
@pytest.mark.parametrize("restarts", [True, False])
@pytest.mark.parametrize("size", [8, 80])
def test_ours_stay_whatever_ends_putting_them_back(
    hub: ModelHub, many: list[Console], trouble: BaseException, restarts: bool, size: int
) -> None:
    console = deleted_there(hub, many, 60)
    console.pages.MOST = console.pages.size = size  # type: ignore[misc]
    console.cycle()
    assert console.replicator.held_up == "sync.exchange.deletions_there"
    console.replicator.choose("resend")
    ending(console, 5, trouble)
    with suppress(type(trouble)):
        console.cycle()
    if restarts:
        console.start()
    for _ in range(3):
        console.clock.turn(5)
        console.cycle()
    assert not console.replicator.held_up, "it was answered"
    assert live(console) == 120
    assert console.leaves() == leaves_of(hub.bases[PLACE])


def test_a_word_that_keeps_documents_holds_for_one_reading(hub: ModelHub, many: list[Console]) -> None:
    console = deleted_there(hub, many, 30)
    quiet([console], answer="resend")
    assert live(console) == 90
    console.start()
    base = hub.bases[PLACE]
    for number in range(30):
        winner = base.docs[f"y:{number:02}"].leaves()[0]
        base.take(f"y:{number:02}", [f"2-{'f' * 32}", winner], {}, True)
    console.cycle()
    assert console.replicator.held_up == "sync.exchange.deletions_there", "these are others"


def test_what_somebody_made_of_it_meanwhile_is_not_overwritten(hub: ModelHub, many: list[Console]) -> None:
    """An operator who records on top of a deletion is quicker than we who put the document back."""
    console = deleted_there(hub, many, 30)
    console.cycle()
    console.replicator.choose("resend")
    whole = console.local.edit

    def edit(place: str, doc: str, body: Mapping[str, Any], **values: Any) -> str:
        if doc == "x:07":
            console.edit(doc, {"v": "by hand"})
        return whole(place, doc, body, **values)

    console.local.edit = edit  # type: ignore[method-assign]
    quiet([console], answer="resend")
    assert live(console) == 90
    assert [body for _, body in console.leaves()["x:07"].values()] == [{"v": "by hand"}]
    assert console.leaves() == leaves_of(hub.bases[PLACE])


@pytest.mark.parametrize(("count", "asks"), [(1, False), (3, False), (4, True), (21, True)])
def test_how_many_are_many(hub: ModelHub, many: list[Console], count: int, asks: bool) -> None:
    console = deleted_there(hub, many, count)
    for number in range(count):
        hub.purge(PLACE, f"y:{number:02}")
    console.cycle()
    assert bool(console.replicator.held_up) is asks


@pytest.mark.parametrize("answer", ["resend", "new"])
def test_many_deletions_of_ours_stop_and_ask(hub: ModelHub, many: list[Console], answer: str) -> None:
    console = many[0]
    for number in range(25):
        console.edit(f"x:{number:02}", {}, deleted=True)
    console.edit("x:59", {"v": "sent all the same"})
    console.cycle()
    assert console.replicator.held_up == "sync.exchange.deletions_here"
    deleted = [leaves for leaves in leaves_of(hub.bases[PLACE]).values() if all(gone for gone, _ in leaves.values())]
    assert not deleted
    assert {"v": "sent all the same"} in [body for _, body in leaves_of(hub.bases[PLACE])["x:59"].values()]
    told = console.replicator.asked
    assert told is not None
    assert (told.values["count"], len(told.titles)) == (25, 25)
    console.edit("x:30", {}, deleted=True)
    console.cycle()
    told = console.replicator.asked
    assert told is not None
    assert (told.values["count"], len(told.titles)) == (26, 26), "the list follows what is held back"
    console.edit("x:30", {"v": "back"})
    quiet([console], answer=answer)
    assert not console.replicator.held_up
    assert console.replicator.asked is None
    assert live(console) == (35 if answer == "resend" else 60)
    assert console.leaves() == leaves_of(hub.bases[PLACE])


@pytest.mark.parametrize("trouble", ENDS, ids=lambda trouble: type(trouble).__name__)
def test_deletions_taken_back_stay_so_whatever_ends_that(
    hub: ModelHub, many: list[Console], trouble: BaseException
) -> None:
    console = many[0]
    for number in range(25):
        console.edit(f"x:{number:02}", {}, deleted=True)
    console.cycle()
    console.replicator.choose("new")
    ending(console, 24, trouble)  # one alone is never asked about
    with suppress(type(trouble)):
        console.cycle()
    console.start()
    for _ in range(3):
        console.clock.turn(5)
        console.cycle()
    assert live(console) == 60 - isinstance(trouble, Refused), "who was quicker deleted it"
    assert console.leaves() == leaves_of(hub.bases[PLACE])


def test_a_word_nobody_needs_any_more_is_none(hub: ModelHub, many: list[Console]) -> None:
    console = many[0]
    for number in range(25):
        console.edit(f"x:{number:02}", {}, deleted=True)
    console.cycle()
    console.replicator.choose("new")
    for number in range(25):
        console.edit(f"x:{number:02}", {"v": "back"})
    console.cycle()
    console.cycle()
    console.start()
    console.edit("x:03", {}, deleted=True)
    console.cycle()
    assert live(console) == 59


def test_a_question_of_a_program_that_kept_no_list_is_asked_anew(hub: ModelHub, many: list[Console]) -> None:
    console = deleted_there(hub, many, 30)
    console.cycle()
    told = console.replicator.asked
    console.local.put_local(PLACE, "kendali-question-hub", {})
    console.start()
    assert not console.replicator.held_up
    console.cycle()
    assert console.replicator.asked == told


def test_a_question_nobody_needs_any_more_goes_away(hub: ModelHub, many: list[Console]) -> None:
    console = many[0]
    for number in range(25):
        console.edit(f"x:{number:02}", {}, deleted=True)
    console.cycle()
    assert console.replicator.held_up
    for number in range(25):
        console.edit(f"x:{number:02}", {"v": "back"})
    console.cycle()
    console.cycle()
    assert not console.replicator.held_up
    assert live(console) == 60


def test_the_end_of_a_conflict_is_no_deletion(hub: ModelHub, many: list[Console]) -> None:
    here, there = many
    for number in range(25):
        here.edit(f"x:{number:02}", {"v": "a"})
        there.edit(f"x:{number:02}", {"v": "b"})
    quiet(many)
    for number in range(25):
        here.merge(f"x:{number:02}")
    quiet(many)
    assert not facts(here, HeldUp)
    assert not facts(there, HeldUp)
    assert live(there) == 60


# -- counting ---------------------------------------------------------------------------------------------------------


def turns(console: Console, count: int) -> None:
    for _ in range(count):
        console.cycle()


def test_what_was_purged_is_given_back(hub: ModelHub, pair: list[Console]) -> None:
    hub.purge(PLACE, "x:3")
    turns(pair[0], 12)
    [fact] = [fact for fact in pair[0].facts if isinstance(fact, Mismatch)]
    assert fact.given_back
    quiet(pair)
    assert pair[0].leaves() == pair[1].leaves() == leaves_of(hub.bases[PLACE])


def test_what_is_lacking_here_is_fetched(hub: ModelHub, pair: list[Console]) -> None:
    console = pair[0]
    for table in ("outbox", "rev", "doc"):
        where = {"outbox": "doc = 'x:3'", "doc": "id = 'x:3'", "rev": "doc = (SELECT n FROM doc WHERE id = 'x:3')"}
        console.db.execute(f"DELETE FROM {table} WHERE {where[table]}")
    assert "x:3" not in console.docs()
    turns(console, 12)
    [fact] = [fact for fact in console.facts if isinstance(fact, Mismatch)]
    assert fact.fetched == 1
    assert console.leaves() == leaves_of(hub.bases[PLACE])


def test_a_flipped_row_is_found_by_comparing_all(hub: ModelHub, pair: list[Console]) -> None:
    """The counts are equal: only a comparison of the rows tells."""
    tree = hub.bases[PLACE].docs["x:3"]
    [rev] = tree.nodes
    tree.nodes["1-" + "f" * 32] = tree.nodes.pop(rev)
    fact = pair[0].replicator.compare()
    assert fact is not None
    assert (fact.here, fact.fetched) == (fact.there, 1)
    assert fact.given_back
    quiet(pair[:1])
    assert pair[0].leaves() == leaves_of(hub.bases[PLACE])


def flipped(hub: ModelHub, doc: str) -> None:
    """Another revision in the place of the one that was written: the counts stay as they are."""
    tree = hub.bases[PLACE].docs[doc]
    [rev] = tree.nodes
    tree.nodes["1-" + "f" * 32] = tree.nodes.pop(rev)


def test_a_comparison_gives_way_after_each_page_and_goes_on_there(
    hub: ModelHub, many: list[Console], monkeypatch: pytest.MonkeyPatch
) -> None:
    console = many[0]
    flipped(hub, "x:59")
    monkeypatch.setattr(Pages, "MOST", 20)
    monkeypatch.setattr(sanity, "_PIECE", 20)
    calls = [console.replicator.compare(lambda: True)]
    while calls[-1] is None and len(calls) < 40:
        calls.append(console.replicator.compare(lambda: True))
    fact = calls[-1]
    assert fact is not None
    assert len(calls) > 3
    assert (fact.fetched, bool(fact.given_back)) == (1, True)
    quiet([console])
    assert console.leaves() == leaves_of(hub.bases[PLACE])


def test_a_comparison_begins_anew_with_another_meeting(
    hub: ModelHub, many: list[Console], monkeypatch: pytest.MonkeyPatch
) -> None:
    console = many[0]
    monkeypatch.setattr(Pages, "MOST", 20)
    assert console.replicator.compare(lambda: True) is None
    flipped(hub, "x:00")  # in the part that is compared already
    console.replicator.meet()
    fact = console.replicator.compare()
    assert fact is not None
    assert fact.fetched == 1


def test_all_rows_are_compared_once_a_shift(hub: ModelHub, pair: list[Console]) -> None:
    console = pair[0]
    assert not console.replicator.compare_due, "the first shift begins now"
    console.clock.turn(SHIFT_S - 1)
    console.start()
    assert not console.replicator.compare_due
    console.clock.turn(2)
    assert console.replicator.compare_due
    console.replicator.compare(lambda: True)
    console.replicator.compare()
    assert not console.replicator.compare_due
    console.clock.jump(console.clock.now() - timedelta(days=365))
    assert console.replicator.compare_due, "a clock set back does not end it"
    console.replicator.compare()
    assert not console.replicator.compare_due
    assert not [fact for fact in facts(console, Mismatch) if fact.fetched or fact.given_back]


def test_where_both_differ_on_purpose_nothing_is_compared(hub: ModelHub, pair: list[Console]) -> None:
    console = pair[0]
    assert not console.replicator.compare_due
    console.clock.turn(SHIFT_S + 1)
    made_anew(hub)
    console.cycle()
    assert console.replicator.held_up
    assert not console.replicator.compare_due
    assert console.replicator.compare() is None
    console.replicator.choose("new")
    console.cycle()
    assert not console.replicator.held_up
    assert not console.replicator.compare_due


def test_design_documents_are_not_counted(hub: ModelHub, pair: list[Console]) -> None:
    hub.bases[PLACE].take("_design/kendali", ["1-" + "d" * 32], {"language": "javascript"}, False)
    turns(pair[0], 25)
    assert not facts(pair[0], Mismatch)
    assert "_design/kendali" not in pair[0].docs()


def test_a_difference_nothing_mends_is_looked_for_once(hub: ModelHub, pair: list[Console]) -> None:
    hub.bases[PLACE].validate = lambda doc, _: ("forbidden", "no") if doc == "x:no" else None
    pair[0].edit("x:no", {"v": 1})
    turns(pair[0], 45)
    assert len(facts(pair[0], Mismatch)) == 2, "once to give back, once to see that it did not help"


def test_the_clocks_of_both_mean_nothing(hub: ModelHub, pair: list[Console]) -> None:
    """Trap 14: ten years forward, ten years back, and a hub five minutes behind."""
    before = [pair[0].leaves(), pair[1].leaves()]
    pair[0].clock.jump(NOON + timedelta(days=3650))
    pair[1].clock.jump(NOON - timedelta(days=3650))
    hub.clock_s -= 300
    turns(pair[0], 2)
    turns(pair[1], 2)
    assert [pair[0].leaves(), pair[1].leaves()] == before
    pair[0].edit("x:1", {"v": "a"})
    pair[1].edit("x:1", {"v": "b"})
    quiet(pair)
    winner = pair[0].shelf.revision(PLACE, "x:1", "")
    assert winner is not None
    revs = sorted(pair[0].leaves()["x:1"])
    assert winner.rev == revs[-1], "by the names of revisions, not by any clock"
    assert pair[0].local.lacking(PLACE, [Change("x:1", tuple(revs))]) == []
