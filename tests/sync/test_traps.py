"""The traps others fell into, one by one (each test is named after what happened)."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest

from console.core.clock import TurnedClock
from console.core.errors import Away, ConsoleError
from console.core.replica import Page, Revised
from sync.couch import Call, Reply
from sync.schedule import Schedule as Turns
from tests.sync.model_hub import ModelHub, known_revs, leaves_of, paths
from tests.sync.model_world import NOON, PLACE, Console, Crash, quiet
from tests.sync.schedules import Schedule


@pytest.fixture
def hub() -> ModelHub:
    hub = ModelHub()
    hub.make(PLACE)
    return hub


def group(hub: ModelHub, count: int) -> list[Console]:
    consoles = [Console(f"konsol-{number}", hub, seed=number) for number in range(count)]
    for console in consoles:
        console.replicator.meet()
    return consoles


def once(kind: str, method: str, last: str) -> Callable[[Call], str | None]:
    """That fault at the first such request, and none after it."""
    left = [kind]

    def thrown(call: Call) -> str | None:
        return left.pop() if left and call.method == method and call.path.endswith(last) else None

    return thrown


# -- 1: who saw what --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(8))
def test_every_edit_is_current_overwritten_by_who_saw_it_or_a_named_conflict(seed: int) -> None:
    """Each edit names what it saw. After chaos every one is an open end, or below one whose author saw it."""
    schedule = Schedule(40_000 + seed, fault_share=0.3)
    schedule.run()
    for console in schedule.consoles:
        for doc in console.docs():
            open_ends = console.shelf.leaves(PLACE, doc)
            chains = {rev for leaf in open_ends for rev in leaf.path}
            assert {rev for name, rev in console.saved if name == doc} <= chains


# -- 3: lost answers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "twice", "garble", "crash_before", "crash_after"])
@pytest.mark.parametrize("last", ["_bulk_docs", "_revs_diff"])
@pytest.mark.parametrize("what", ["create", "update", "batch"])
def test_a_lost_answer_has_one_effect_and_makes_no_conflict(hub: ModelHub, kind: str, last: str, what: str) -> None:
    here, there = group(hub, 2)
    if what == "update":
        here.edit("x:1", {"v": 0})
        quiet([here, there])
    for number in range(30 if what == "batch" else 1):
        here.edit(f"x:{number + 1}", {"v": number + 1})
    here.net.dice = once(kind, "POST", last)
    try:
        here.replicator.push()
    except ConsoleError:
        assert here.waiting(), "what is in doubt stays in the outbox"
    except Crash:
        here.start()
    here.edit("x:1", {"v": "next"})
    quiet([here, there])
    assert here.leaves() == there.leaves() == leaves_of(hub.bases[PLACE])
    assert all(len(leaves) == 1 for leaves in here.leaves().values())
    assert here.saved == known_revs(hub.bases[PLACE])


@pytest.mark.parametrize("kind", ["drop_after", "crash_after"])
def test_a_lost_answer_to_a_note_at_the_hub(hub: ModelHub, kind: str) -> None:
    here, there = group(hub, 2)
    there.edit("x:1", {"v": 1})
    there.replicator.push()
    here.net.dice = once(kind, "PUT", "")
    with suppress(Away, Crash):
        here.replicator.pull()
    here.start()
    quiet([here, there])
    assert not [fact for fact in here.facts if type(fact).__name__ in ("HeldUp", "Restored", "WentBack")]
    assert here.leaves() == there.leaves()


# -- 4: a second edit while the first is in doubt ---------------------------------------------------------------------


def test_a_second_edit_on_one_in_doubt_overwrites_nobody_unseen(hub: ModelHub) -> None:
    here, there = group(hub, 2)
    here.edit("case:1", {"state": "new"})
    quiet([here, there])
    first = here.edit("case:1", {"state": "taken", "by": "a"})
    here.net.dice = once("drop_after", "POST", "_bulk_docs")
    with pytest.raises(Away):
        here.replicator.push()
    second = here.edit("case:1", {"state": "done", "by": "a"})
    there.edit("case:1", {"state": "refused", "by": "b"})
    quiet([there])
    quiet([here, there])
    ends = here.leaves()["case:1"]
    assert {body["by"] for _, body in ends.values()} == {"a", "b"}, "the other's word is a side of a named conflict"
    assert second in ends
    assert here.shelf.revision(PLACE, "case:1", second).path[1] == first  # type: ignore[union-attr]
    assert here.leaves() == there.leaves() == leaves_of(hub.bases[PLACE])


def test_a_second_edit_on_one_in_doubt_after_the_other_built_on_it(hub: ModelHub) -> None:
    here, there = group(hub, 2)
    first = here.edit("case:1", {"v": "a"})
    here.net.dice = once("drop_after", "POST", "_bulk_docs")
    with pytest.raises(Away):
        here.replicator.push()
    there.replicator.pull()
    there.edit("case:1", {"v": "b, who saw a"})
    there.replicator.push()
    here.replicator.pull()
    assert here.shelf.leaves(PLACE, "case:1")[0].body == {"v": "b, who saw a"}
    assert here.waiting() == 0, "somebody built on it: the hub has it"
    assert (("case:1", first)) in known_revs(hub.bases[PLACE])


def test_one_in_doubt_that_the_feed_names_is_held(hub: ModelHub) -> None:
    here, there = group(hub, 2)
    here.edit("case:1", {"v": "a"})
    here.net.dice = once("drop_after", "POST", "_bulk_docs")
    with pytest.raises(Away):
        here.replicator.push()
    assert here.waiting() == 1
    here.replicator.pull()
    assert here.waiting() == 0
    assert here.local.replica.tools.documents.set_aside("case:1") == [], "nobody can take back what the hub holds"
    quiet([here, there])
    assert here.leaves() == there.leaves() == leaves_of(hub.bases[PLACE])


# -- 6: compaction, purge, pruning while away -------------------------------------------------------------------------


def test_compacted_while_we_were_away(hub: ModelHub) -> None:
    here, there = group(hub, 2)
    here.edit("x:1", {"v": 0})
    quiet([here, there])
    for number in range(5):
        here.edit("x:1", {"v": number + 1})
        here.replicator.push()
    there.edit("x:1", {"w": "meanwhile"})
    hub.compact(PLACE)
    quiet([here, there])
    assert here.leaves() == there.leaves() == leaves_of(hub.bases[PLACE])
    assert here.saved | there.saved <= there.known()


def test_pruned_while_we_were_away(hub: ModelHub) -> None:
    """Our edit stands on a revision the hub forgot: both ends stay, nothing is invented, it comes to rest."""
    here, there = group(hub, 2)
    here.edit("x:1", {"v": 0})
    quiet([here, there])
    hub.bases[PLACE].revs_limit = 4
    there.edit("x:1", {"w": "meanwhile"})
    for number in range(12):
        here.edit("x:1", {"v": number + 1})
        here.replicator.push()
    assert quiet([here, there]) < 10
    ends = there.leaves()["x:1"]
    assert here.leaves() == there.leaves() == leaves_of(hub.bases[PLACE])
    assert [body for _, body in ends.values()] == [{"v": 12}, {"w": "meanwhile"}]


def test_pruned_history_is_never_offered_again(hub: ModelHub) -> None:
    """It would come back as a conflict of the document with its own past."""
    hub.bases[PLACE].revs_limit = 3
    here, there = group(hub, 2)
    for number in range(10):
        here.edit("x:1", {"v": number})
        here.replicator.push()
        there.replicator.pull()
    for console in (here, there):
        console.start()
    quiet([here, there])
    assert len(leaves_of(hub.bases[PLACE])["x:1"]) == 1
    sent = [each for call in hub.calls if call.path.endswith("_bulk_docs") for each in call.body["docs"]]
    assert len({each["_rev"] for each in sent}) == len(sent) == 10


def test_purged_while_we_were_away(hub: ModelHub) -> None:
    here, there = group(hub, 2)
    here.edit("x:1", {"v": 1})
    here.edit("x:2", {"v": 1})
    quiet([here, there])
    hub.purge(PLACE, "x:1")
    there.edit("x:1", {"v": 2})
    quiet([there, here])
    assert here.leaves() == there.leaves() == leaves_of(hub.bases[PLACE])
    assert here.leaves()["x:1"].keys() == there.leaves()["x:1"].keys()


# -- 7: old and new schemas -------------------------------------------------------------------------------------------


def test_fields_and_documents_of_a_newer_program_are_kept(hub: ModelHub) -> None:
    newer, older = group(hub, 2)
    body = {"state": 3, "priority": {"level": 2, "why": ["flood"]}, "schema": 9}
    newer.edit("case:1", body)
    newer.edit("roster:2031-01", {"unheard": "of"})
    quiet([newer, older])
    seen = older.shelf.revision(PLACE, "case:1", "")
    assert seen is not None
    older.edit("case:1", {**seen.body, "state": 4})
    quiet([newer, older])
    [(_, now)] = newer.leaves()["case:1"].values()
    assert now == {**body, "state": 4}
    assert older.leaves() == newer.leaves()


def test_an_old_outbox_is_sent_by_a_newer_program(hub: ModelHub) -> None:
    here, there = group(hub, 2)
    here.edit("case:1", {"old": "form"})
    here.start()
    here.replicator.push()
    there.replicator.pull()
    assert there.leaves() == here.leaves()


def test_the_cursor_never_passes_what_was_not_stored(hub: ModelHub) -> None:
    """Killed at each write of a page in turn."""
    here, there = group(hub, 2)
    for number in range(20):
        here.edit(f"x:{number:02}", {"v": number})
    here.replicator.push()
    for place in range(40):
        left = [place]

        def slip(left: list[int] = left) -> bool:
            left[0] -= 1
            return left[0] == -1

        there.slip = slip
        there.start()
        try:
            there.replicator.pull()
        except Crash:
            checkpoint = there.shelf.checkpoint("hub", PLACE)
            since = int(checkpoint.since.partition("-")[0]) if checkpoint else 0
            assert len(there.docs()) >= since
        there.slip = lambda: False
    there.start()
    quiet([there])
    assert there.leaves() == here.leaves()


# -- 9: eight consoles on one document --------------------------------------------------------------------------------


def test_eight_consoles_on_one_document_come_to_rest(hub: ModelHub) -> None:
    consoles = group(hub, 8)
    consoles[0].edit("x:1", {"said": []})
    quiet(consoles)
    hub.calls.clear()
    for number, console in enumerate(consoles):
        console.edit("x:1", {"said": [number]})
    rounds = 0
    while rounds < 12:
        rounds += 1
        for console in consoles:
            console.cycle()
            console.merge("x:1")
        if len({str(console.leaves()) for console in consoles}) == 1 and not any(map(Console.waiting, consoles)):
            break
    assert rounds <= 8, "no more rounds than consoles"
    assert len(hub.calls) <= 8 * rounds * 20
    [live] = [body for deleted, body in consoles[0].leaves()["x:1"].values() if not deleted]
    assert live["said"] == list(range(8)), "nobody's word is lost"
    hub.calls.clear()
    for console in consoles:
        console.cycle()
        console.cycle()
    assert set(paths(hub.calls)) <= {"GET _local", "GET _changes", f"GET /{PLACE}"}, "and then it is quiet"


def test_the_same_word_twice_is_not_sent_twice(hub: ModelHub) -> None:
    here, there = group(hub, 2)
    here.edit("x:1", {"v": 1})
    there.edit("x:1", {"v": 1})
    quiet([here, there])
    before = hub.bases[PLACE].seq
    assert before == 1
    quiet([here, there])
    assert hub.bases[PLACE].seq == before


# -- 10: a storm ------------------------------------------------------------------------------------------------------


def test_two_hundred_consoles_come_back_evenly_after_an_outage(hub: ModelHub) -> None:
    """The hub says 503 and to come back in 30 seconds. Each asks once per period, and not all at the same moment."""
    clock, rng = TurnedClock(NOON), random.Random(7)
    answer, arrivals = hub.answer, []

    def busy(call: Call) -> Reply:
        arrivals.append(clock.monotonic_s())
        raise Away("sync.away.server", retry_after_s=30.0, source="hub", status="503")

    consoles = [Console(f"konsol-{number}", hub, seed=number) for number in range(200)]
    turns = [Turns(30.0, rng.random, rng.random() * 30) for _ in consoles]
    hub.answer = busy  # type: ignore[method-assign]
    for second in range(300):
        if second == 270:
            hub.answer = lambda call: (arrivals.append(clock.monotonic_s()), answer(call))[1]  # type: ignore[method-assign]
        for turn, console in zip(turns, consoles, strict=True):
            if turn.due_in_s(clock.monotonic_s()) <= 0:
                try:
                    console.replicator.meet()
                    turn.good(clock.monotonic_s())
                except Away as away:
                    assert away.retry_after_s == 30.0, "what the hub asks for reaches who waits"
                    turn.failed(clock.monotonic_s(), away)
        clock.turn(1)
    during = [at for at in arrivals if at < 270]
    assert len(during) <= 200 * 10, "one request a period, not five"
    after = [sum(second <= at < second + 1 for at in arrivals) for second in range(270, 300)]
    assert max(after) <= 4 * 5 * 200 / 30


# -- 14: clocks -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("years", [-10, 10])
def test_a_clock_ten_years_off_changes_no_order_and_no_merge(years: int) -> None:
    def lived(jump: timedelta) -> tuple[object, set[tuple[str, str]]]:
        hub = ModelHub()
        hub.make(PLACE)
        here, there = group(hub, 2)
        here.clock.jump(NOON + jump)
        hub.clock_s -= 300 if jump else 0
        for number in range(4):
            here.edit("x:1", {"said": [number], "by": "a"})
            there.edit("x:1", {"said": [number], "by": "b"})
            quiet([here, there])
            here.merge("x:1")
        quiet([here, there])
        return here.leaves(), known_revs(hub.bases[PLACE])

    assert lived(timedelta(days=365 * years)) == lived(timedelta(0))


# -- a copied file, a bundle ------------------------------------------------------------------------------------------


def test_what_a_bundle_brought_is_sent_on_once(hub: ModelHub) -> None:
    here, there = group(hub, 2)
    brought = Revised("x:1", ("2-" + "b" * 32, "1-" + "a" * 32), {"v": "by hand"})
    for console in (here, there):
        console.local.replica.take(Page(PLACE, [brought], held=False, by="bundle"))
    quiet([here, there])
    assert here.leaves() == there.leaves() == leaves_of(hub.bases[PLACE])
    assert hub.bases[PLACE].seq == 1
