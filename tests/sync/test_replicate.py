"""Reading and sending one place: what is asked, how often, and what ends where it belongs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import pytest

from console.core.errors import Away, BadAnswer, ConsoleError, DiskTrouble
from sync.couch import Call, Reply
from sync.peering import Doubted, NotSent, Pages, Passed, Quarantined
from sync.strict_json import Unsound
from tests.sync.model_hub import ModelHub, Traits, leaves_of, paths
from tests.sync.model_world import PLACE, Console, Crash, quiet


@pytest.fixture
def hub() -> ModelHub:
    hub = ModelHub()
    hub.make(PLACE)
    return hub


def met(name: str, hub: ModelHub, **more: int) -> Console:
    """A console that knows the hub already."""
    console = Console(name, hub, **more)
    console.replicator.meet()
    hub.calls.clear()
    return console


def asked(hub: ModelHub) -> list[str]:
    """What was asked since the last look."""
    found = paths(hub.calls)
    hub.calls.clear()
    return found


def test_what_one_makes_the_other_reads(hub: ModelHub) -> None:
    here, there = Console("a", hub), Console("b", hub)
    here.edit("x:1", {"v": 1})
    here.edit("x:1", {"v": 2})
    here.edit("x:2", {"w": [1.0, "ü", None]})
    assert here.replicator.push().held == 2, "a chain is sent once"
    assert there.replicator.pull().fresh == 2
    assert there.leaves() == here.leaves() == leaves_of(hub.bases[PLACE])
    assert there.known() == here.known()


def test_what_the_feed_named_counts_as_held_only_once_a_note_proves_which_hub_that_was(hub: ModelHub) -> None:
    """The answer to sending was lost, the feed told of it, a kill came before the note, and the hub went back to where
    only the note before stands: nobody else would give it back."""
    console = met("a", hub)
    before = hub.backup()
    console.edit("x:1", {"v": 1})
    console.net.dice = lambda call: "drop_after" if call.path.endswith("_bulk_docs") else None
    with pytest.raises(Away):
        console.replicator.push()
    console.net.dice = lambda call: "crash_before" if call.method == "PUT" else None
    with pytest.raises(Crash):
        console.replicator.pull()
    console.start()
    assert console.waiting(), "nothing has proved that it is held"
    hub.restore(before)
    quiet([console])
    assert leaves_of(hub.bases[PLACE]) == console.leaves() and not console.waiting()
    assert "x:1" in hub.bases[PLACE].docs


def test_a_note_left_by_sending_does_not_vouch_for_what_was_read_before_a_hub_went_back(hub: ModelHub) -> None:
    """Read, the note of it lost with the link; the hub went back to where our last note stands, went on with another
    console, and we send before we read: what the other made stands where we believe to have read."""
    console, other, third = met("a", hub), Console("b", hub), Console("c", hub)
    before = hub.backup()
    for number in range(3):
        other.edit(f"x:{number}", {"v": number})
    other.replicator.push()
    console.net.dice = lambda call: "drop_before" if call.method == "PUT" else None
    with pytest.raises(Away):
        console.replicator.pull()
    hub.restore(before)
    third.edit("x:8", {"v": 8})
    third.replicator.push()
    console.net.dice = lambda _: None
    console.edit("x:9", {"v": 9})
    console.replicator.push()
    console.replicator.pull()
    assert "x:8" in console.leaves()
    quiet([console, other, third])
    assert console.leaves() == other.leaves() == third.leaves() == leaves_of(hub.bases[PLACE])


def test_what_the_feed_named_is_held_with_the_note(hub: ModelHub) -> None:
    console = met("a", hub)
    console.edit("x:1", {"v": 1})
    console.net.dice = lambda call: "drop_after" if call.path.endswith("_bulk_docs") else None
    with pytest.raises(Away):
        console.replicator.push()
    console.net.dice = lambda _: None
    assert console.waiting()
    hub.calls.clear()
    console.replicator.pull()
    assert not console.waiting(), "the feed told of it"
    assert "POST _bulk_docs" not in asked(hub)


def test_an_empty_turn_is_two_requests(hub: ModelHub) -> None:
    console = met("a", hub)
    assert not console.replicator.poll(0)
    assert asked(hub) == ["GET _changes"], "the meeting has just looked who is there"
    assert not console.replicator.poll(0)
    assert asked(hub) == ["GET _local", "GET _changes"]
    assert console.replicator.push().held == 0
    assert asked(hub) == []
    assert console.replicator.pull().rows == 0
    assert asked(hub) == ["GET _local", "GET _changes"]


def test_over_many_empty_turns_it_stays_about_two(hub: ModelHub) -> None:
    console = met("a", hub)
    for _ in range(30):
        console.cycle()
    assert len(asked(hub)) <= 2 * 30 + 3, "each tenth turn counts"


def test_news_are_never_put_off_for_counting(hub: ModelHub) -> None:
    here, there = met("a", hub), met("b", hub)
    for number in range(25):
        here.edit("x:1", {"v": number})
        here.replicator.push()
        assert there.replicator.poll(0)
        there.replicator.pull()


def test_a_first_generation_needs_no_second_question(hub: ModelHub) -> None:
    here, there = met("a", hub), met("b", hub)
    for number in range(5):
        here.edit(f"deed:{number}", {"v": number})
    here.replicator.push()
    asked(hub)
    there.replicator.pull()
    assert "POST _bulk_get" not in asked(hub)


def test_a_child_of_what_we_hold_needs_none_either(hub: ModelHub) -> None:
    here, there = met("a", hub), met("b", hub)
    for number in range(3):
        here.edit("case:1", {"v": number})
        here.replicator.push()
        there.replicator.pull()
        assert "POST _bulk_get" not in asked(hub)
    assert there.known() == here.known()


def test_a_child_of_the_unknown_is_asked_for_with_its_ancestry(hub: ModelHub) -> None:
    here, there = met("a", hub), met("b", hub)
    here.edit("case:1", {"v": 1})
    here.edit("case:1", {"v": 2})
    here.replicator.push()
    asked(hub)
    there.replicator.pull()
    assert asked(hub).count("POST _bulk_get") == 1
    assert there.known() == here.known()


@pytest.mark.parametrize(
    "traits",
    [
        Traits(bulk_get=False),
        Traits(ancestry=False),
        Traits(pending=False, numbers=True, silent=True, possible=False),
    ],
)
def test_servers_that_know_less(traits: Traits) -> None:
    hub = ModelHub(traits=traits)
    hub.make(PLACE)
    here, there = met("a", hub), met("b", hub)
    for number in range(4):
        here.edit("x:1", {"v": number})
        there.edit("x:2", {"w": number})
    quiet([here, there])
    assert here.leaves() == there.leaves() == leaves_of(hub.bases[PLACE])
    assert here.known() == there.known()


def test_news_of_a_long_poll_are_the_first_page(hub: ModelHub) -> None:
    here, there = met("a", hub), met("b", hub)
    here.edit("x:1", {"v": 1})
    here.replicator.push()
    asked(hub)
    assert there.replicator.poll(30)
    assert there.replicator.pull().fresh == 1
    assert asked(hub) == ["GET _changes", "PUT _local", "GET _local"]


def test_a_long_poll_that_runs_out_is_no_fault(hub: ModelHub) -> None:
    console = met("a", hub)
    answer = hub.answer

    def silent(call: Call) -> Reply:
        if call.query.get("feed") == "longpoll":
            raise Away("sync.away.slow", source="hub", seconds=40)
        return answer(call)

    hub.answer = silent  # type: ignore[method-assign]
    assert not console.replicator.poll(30)
    assert not console.replicator.poll(0)


def test_any_other_fault_of_a_long_poll_is_one(hub: ModelHub) -> None:
    console = met("a", hub)
    console.net.dice = lambda _: "drop_after"
    with pytest.raises(Away):
        console.replicator.poll(30)


def test_both_sides_of_a_conflict_come(hub: ModelHub) -> None:
    here, there = met("a", hub), met("b", hub)
    here.edit("x:1", {"v": 0})
    quiet([here, there])
    here.edit("x:1", {"v": 1})
    there.edit("x:1", {"v": 2})
    quiet([here, there])
    assert len(here.leaves()["x:1"]) == 2
    assert here.leaves() == there.leaves() == leaves_of(hub.bases[PLACE])
    here.merge("x:1")
    there.merge("x:1")
    quiet([here, there])
    live = [rev for rev, (deleted, _) in here.leaves()["x:1"].items() if not deleted]
    assert len(live) == 1, "the same merge on two consoles is one revision"
    assert here.leaves() == there.leaves() == leaves_of(hub.bases[PLACE])


def test_our_own_words_are_not_read_back(hub: ModelHub) -> None:
    console = met("a", hub)
    for number in range(40):
        console.edit(f"x:{number}", {"v": number})
    console.replicator.push()
    hub.calls.clear()
    console.cycle()
    assert all("include_docs" not in call.query for call in hub.calls)
    assert "POST _bulk_get" not in asked(hub)


def test_after_our_own_words_those_of_others_still_come_in_one_question(hub: ModelHub) -> None:
    here, there = met("a", hub), met("b", hub)
    here.edit("x:1", {"v": 1})
    here.cycle()
    here.cycle()
    there.edit("x:2", {"v": 1})
    there.replicator.push()
    asked(hub)
    here.cycle()
    assert "x:2" in here.docs()
    assert "POST _bulk_get" not in asked(hub)


def test_a_page_is_asked_for_while_another_is_stored(hub: ModelHub) -> None:
    here, there = met("a", hub), met("b", hub)
    for number in range(30):
        here.edit(f"x:{number}", {"v": number})
    here.replicator.push()
    order: list[str] = []
    take, ahead = there.local.take, there.net.ahead
    there.local.take = lambda page: order.append("store") or take(page)  # type: ignore[method-assign]
    there.net.ahead = lambda call: order.append("ask") or ahead(call)  # type: ignore[method-assign]
    there.replicator.pull()
    assert order[:4] == ["ask", "store", "ask", "store"]


def test_a_visit_can_be_ended_after_a_page(hub: ModelHub) -> None:
    here, there = met("a", hub), met("b", hub)
    for number in range(30):
        here.edit(f"x:{number}", {"v": number})
    here.replicator.push()
    pulled = there.replicator.pull(lambda: True)
    assert pulled.more
    assert pulled.rows == 8
    assert there.replicator.pull().rows == 22


def test_notes_at_the_hub_are_rare(hub: ModelHub) -> None:
    here, there = met("a", hub), met("b", hub)
    for number in range(2500):
        here.edit(f"x:{number:04}", {"v": number})
    here.pages.MOST = there.pages.MOST = 500  # type: ignore[misc]
    here.pages.size = there.pages.size = 500
    here.replicator.push()
    asked(hub)
    there.replicator.pull()
    assert asked(hub).count("PUT _local") == 1, "on a quick link at the end"


def test_on_a_slow_link_notes_come_on_the_way(hub: ModelHub) -> None:
    here, there = met("a", hub), met("b", hub)
    for number in range(2500):
        here.edit(f"x:{number:04}", {"v": number})
    there.pages.MOST = there.pages.size = 500  # type: ignore[misc]
    here.replicator.push()
    asked(hub)

    def slow(_: Call) -> None:
        there.clock.turn(2)

    there.net.dice = slow
    there.replicator.pull()
    assert asked(hub).count("PUT _local") == 2, "after 1,500, and at the end"


def test_a_sequence_the_hub_does_not_know_is_read_over(hub: ModelHub) -> None:
    """A cluster that was cut anew, a server of another kind with the same notes: names are read from the beginning."""
    here, there = met("a", hub), met("b", hub)
    for number in range(20):
        here.edit(f"x:{number:02}", {"v": number})
    quiet([here, there])
    answer = hub.answer

    def forgetful(call: Call) -> Reply:
        old = call.path.endswith("_changes") and call.query["since"] != "0" and "new" not in call.query["since"]
        if old:
            return Reply(400, {"error": "bad_request", "reason": "Malformed sequence"}, 9)
        call = Call(
            call.method, call.path, {**call.query, "since": call.query.get("since", "").removesuffix("new")}, call.body
        )
        reply = answer(call)
        if call.path.endswith("_changes"):
            reply.body["last_seq"] = f"{reply.body['last_seq']}new"
        return reply

    hub.answer = forgetful  # type: ignore[method-assign]
    here.edit("x:new", {"v": 1})
    quiet([here, there])
    assert "x:new" in there.docs()
    there.cycle()
    assert not there.replicator.poll(0)


# -- receipts ---------------------------------------------------------------------------------------------------------


def test_nothing_leaves_the_outbox_before_the_hub_names_it(hub: ModelHub) -> None:
    console = met("a", hub)
    console.edit("x:1", {"v": 1})
    console.net.hub = portal = _Yes(hub)
    with pytest.raises(BadAnswer):
        console.replicator.push()
    assert portal.said
    assert console.waiting() == 1
    console.net.hub = hub
    console.replicator.push()
    assert console.waiting() == 0


class _Yes(ModelHub):
    """A portal that says yes to every POST: 201 and no rows, 200 and nothing missing."""

    def __init__(self, hub: ModelHub) -> None:
        super().__init__()
        self._hub = hub
        self.said = 0

    def answer(self, call: Call) -> Reply:
        if call.method != "POST":
            return self._hub.answer(call)
        self.said += 1
        return Reply(201, [], 2) if call.path.endswith("_bulk_docs") else Reply(200, {}, 2)


def test_202_is_no_receipt(hub: ModelHub) -> None:
    console = met("a", hub)
    console.edit("x:1", {"v": 1})
    hub.nodes_short = True
    assert console.replicator.push().held == 0
    assert console.waiting() == 1
    assert any(isinstance(fact, Doubted) for fact in console.facts)
    hub.nodes_short = False
    hub.nodes_meet()
    hub.calls.clear()
    console.clock.turn(5)
    assert console.replicator.push().held == 1
    assert "POST _bulk_docs" not in asked(hub), "it is asked about, not sent again"
    assert console.waiting() == 0


def test_202_and_the_node_is_gone_for_good(hub: ModelHub) -> None:
    console = met("a", hub)
    console.edit("x:1", {"v": 1})
    hub.nodes_short = True
    console.replicator.push()
    hub.withheld.clear()
    hub.nodes_short = False
    console.clock.turn(5)
    assert console.replicator.push().held == 1
    assert console.leaves() == leaves_of(hub.bases[PLACE])


def test_a_202_that_is_held_at_once_is_asked_about_later_all_the_same(hub: ModelHub) -> None:
    console = met("a", hub)
    console.edit("x:1", {"v": 1})
    answer = hub.answer
    hub.answer = lambda call: (  # type: ignore[method-assign]
        Reply(202, [], 2) if answer(call) and call.path.endswith("_bulk_docs") else answer(call)
    )
    assert console.replicator.push().held == 0
    hub.calls.clear()
    assert console.replicator.push().held == 0, "not before the nodes had their time"
    console.clock.turn(5)
    assert console.replicator.push().held == 1


# -- what is not taken ------------------------------------------------------------------------------------------------


def test_a_refused_document_stops_no_other(hub: ModelHub) -> None:
    console = met("a", hub)
    hub.bases[PLACE].validate = lambda doc, body: ("forbidden", "type needed") if "type" not in body else None
    console.edit("x:bad", {"v": 1})
    console.edit("x:good", {"type": "job"})
    pushed = console.replicator.push()
    assert (pushed.held, pushed.refused) == (1, 1)
    [fact] = [fact for fact in console.facts if isinstance(fact, NotSent)]
    assert [(each.doc, each.says, each.values["reason"]) for each in fact.refused] == [
        ("x:bad", "sync.exchange.forbidden", "type needed")
    ]
    assert console.waiting() == 0, "refused, not lost: it waits for a person"
    assert not console.replicator.push().refused


def test_a_document_too_large_is_found_by_halves(hub: ModelHub) -> None:
    console = met("a", hub)
    hub.traits.most_bytes = 5000
    for number in range(9):
        console.edit(f"x:{number}", {"text": "y" * (6000 if number == 4 else 400)})
    pushed = console.replicator.push()
    assert (pushed.held, pushed.refused) == (8, 1)
    [fact] = [fact for fact in console.facts if isinstance(fact, NotSent)]
    assert [(each.doc, each.says) for each in fact.refused] == [("x:4", "sync.exchange.too_large")]


def test_a_document_that_breaks_the_server_holds_up_the_others_only_for_a_while(hub: ModelHub) -> None:
    console = met("a", hub)
    for name in "abcde":
        console.edit(f"x:{name}", {"v": name})
    answer = hub.answer

    def broken(call: Call) -> Reply:
        if call.path.endswith("_bulk_docs") and any(each["_id"] == "x:c" for each in call.body["docs"]):
            raise Away("sync.away.server", source="hub", status="500")
        return answer(call)

    hub.answer = broken  # type: ignore[method-assign]
    for _ in range(3):
        with pytest.raises(Away):
            console.replicator.push()
    assert console.replicator.push().held == 4
    assert console.waiting() == 1
    console.edit("x:f", {"v": "f"})
    assert console.replicator.push().held == 1, "it is known by now, and goes last"
    assert console.waiting() == 1
    hub.answer = answer  # type: ignore[method-assign]
    assert console.replicator.push().held == 0, "it is not tried at once"
    assert console.replicator.push(forgiving=True).held == 1


def an_hour_of(console: Console, every_s: float = 3.0) -> None:
    """Somebody looks whether there is something to send, again and again."""
    for _ in range(int(3600 / every_s)):
        console.clock.turn(every_s)
        console.replicator.push(urgent=True)


def sent(hub: ModelHub) -> list[str]:
    """Documents that were sent, each time."""
    return [each["_id"] for call in hub.calls if call.path.endswith("_bulk_docs") for each in call.body["docs"]]


def test_what_a_hub_takes_and_does_not_keep_is_sent_ever_more_seldom(hub: ModelHub) -> None:
    console = met("a", hub)
    for name in "abc":
        console.edit(f"x:{name}", {"v": name})
    answer = hub.answer

    def forgetful(call: Call) -> Reply:
        if call.path.endswith("_bulk_docs") and any(each["_id"] != "x:new" for each in call.body["docs"]):
            hub.calls.append(call)
            return Reply(201, [], 2)
        return answer(call)

    hub.answer = forgetful  # type: ignore[method-assign]
    an_hour_of(console)
    assert 5 <= sent(hub).count("x:a") <= 13
    assert len(hub.calls) <= 13 * 5, "together, and nothing is asked in between"
    assert console.pages.size == 8
    console.edit("x:new", {"v": 1})
    pushed = console.replicator.push(urgent=True)
    assert (pushed.held, pushed.doubted) == (1, 3), "what is new goes at once"
    assert pushed.again_s is not None
    hub.answer = answer  # type: ignore[method-assign]
    console.clock.turn(pushed.again_s)
    pushed = console.replicator.push()
    assert (pushed.held, pushed.again_s) == (3, None)


def test_documents_that_break_a_server_take_turns_and_say_nothing_of_the_link(hub: ModelHub) -> None:
    console = met("a", hub)
    answer = hub.answer
    bad = [f"x:{number}" for number in range(5)]

    def broken(call: Call) -> Reply:
        if call.path.endswith("_bulk_docs") and any(each["_id"] in bad for each in call.body["docs"]):
            hub.calls.append(call)
            raise Away("sync.away.server", source="hub", status="500")
        return answer(call)

    hub.answer = broken  # type: ignore[method-assign]
    for name in bad:  # one after the other: two in a row would be the server
        console.edit(name, {"v": name})
        console.edit(f"{name} beside", {"v": name})
        for _ in range(3):
            with suppress(Away):
                console.replicator.push()
        assert console.replicator.push().held <= 2
    assert console.waiting() == 5
    upload, size = console.pages.upload_bytes, console.pages.size
    hub.calls.clear()
    an_hour_of(console)
    tries = [sent(hub).count(name) for name in bad]
    assert min(tries) >= 3, "each has its turn"
    assert max(tries) <= 13
    assert (console.pages.upload_bytes, console.pages.size) == (upload, size)


def test_deletions_that_wait_for_a_person_are_tried_by_nobody(hub: ModelHub) -> None:
    console = met("a", hub)
    for number in range(30):
        console.edit(f"x:{number}", {"v": number})
    console.replicator.push()
    for number in range(30):
        console.edit(f"x:{number}", {}, deleted=True)
    pushed = console.replicator.push()
    assert pushed.held_up
    assert pushed.again_s is None


def test_a_bad_document_of_the_hub_stops_no_other_and_is_asked_for_again(hub: ModelHub) -> None:
    here, there = met("a", hub), met("b", hub)
    here.edit("x:1", {"v": 1})
    here.edit("x:2", {"v": 2})
    here.edit("x:3", {"v": 3})
    here.replicator.push()
    tree = hub.bases[PLACE].docs["x:2"]
    [rev] = tree.nodes
    good = tree.nodes[rev]
    tree.nodes[rev] = good._replace(body={"v": Unsound("number", "NaN")})
    assert there.replicator.pull().refused == 1
    assert sorted(there.docs()) == ["x:1", "x:3"]
    [fact] = [fact for fact in there.facts if isinstance(fact, Quarantined)]
    assert [(each.doc, each.rev, each.says) for each in fact.refused] == [("x:2", rev, "sync.refused.number")]
    there.start()
    assert not there.replicator.poll(0), "the cursor has passed it"
    tree.nodes[rev] = good
    there.start()
    there.replicator.pull()
    assert there.leaves() == leaves_of(hub.bases[PLACE])


def refusing(console: Console, times: int) -> None:
    """The disk takes none of its notes, so many times."""
    whole, left = console.local.put_local, [times]

    def put_local(place: str, id: str, body: Mapping[str, Any]) -> str:  # noqa: A002
        if left[0] > 0:
            left[0] -= 1
            raise DiskTrouble("store.full", path="x")
        return whole(place, id, body)

    console.local.put_local = put_local  # type: ignore[method-assign]


@pytest.mark.parametrize("body", [{"v": Unsound("number", "NaN")}, {"v": "y" * 8_000_001}])
def test_the_cursor_passes_nothing_a_disk_in_trouble_did_not_keep_by_name(hub: ModelHub, body: dict[str, Any]) -> None:
    """Whether the wire found it bad or only the store did."""
    here, there = met("a", hub), met("b", hub)
    here.edit("x:1", {"v": 1})
    here.edit("x:2", {"v": 2})
    here.replicator.push()
    tree = hub.bases[PLACE].docs["x:2"]
    [rev] = tree.nodes
    good = tree.nodes[rev]
    tree.nodes[rev] = good._replace(body=body)
    refusing(there, 2)
    for _ in range(2):
        with pytest.raises(DiskTrouble):
            there.replicator.pull()
    there.replicator.pull()
    there.start()
    assert not there.replicator.poll(0), "by now it has passed it"
    tree.nodes[rev] = good
    there.start()
    there.replicator.pull()
    assert there.leaves() == leaves_of(hub.bases[PLACE])


def test_what_leaves_quarantine_stays_there_while_the_disk_says_no(hub: ModelHub) -> None:
    here, there = met("a", hub), met("b", hub)
    here.edit("x:1", {"v": 1})
    here.replicator.push()
    tree = hub.bases[PLACE].docs["x:1"]
    [rev] = tree.nodes
    good = tree.nodes[rev]
    tree.nodes[rev] = good._replace(body={"v": Unsound("number", "NaN")})
    there.replicator.pull()
    tree.nodes[rev] = good
    there.start()
    refusing(there, 1)
    with pytest.raises(DiskTrouble):
        there.replicator.pull()
    quarantine = there.replicator._taking.quarantine
    assert [each.doc for each in quarantine.named] == ["x:1"]
    there.replicator.meet()
    there.replicator.pull()
    assert not quarantine.named


def test_a_hub_that_sends_nothing_sound_is_not_passed(hub: ModelHub) -> None:
    here, there = met("a", hub), met("b", hub)
    for number in range(501):
        here.edit(f"x:{number:03}", {"v": number})
    here.replicator.push()
    for tree in hub.bases[PLACE].docs.values():
        tree.nodes = {rev: node._replace(body={"v": Unsound("number", "NaN")}) for rev, node in tree.nodes.items()}
    with pytest.raises(BadAnswer):
        there.replicator.pull()
    assert there.docs() == []


def test_a_page_without_sense_moves_nothing(hub: ModelHub) -> None:
    here, there = met("a", hub), met("b", hub)
    here.edit("x:1", {"v": 1})
    here.replicator.push()
    answer = hub.answer
    hub.answer = lambda call: (  # type: ignore[method-assign]
        Reply(200, {"results": [{"id": "x:1"}], "last_seq": "9-z"}) if "_changes" in call.path else answer(call)
    )
    with pytest.raises(BadAnswer):
        there.replicator.pull()
    hub.answer = answer  # type: ignore[method-assign]
    assert there.replicator.pull().fresh == 1


def test_the_same_page_for_ever_is_an_error(hub: ModelHub) -> None:
    here, there = met("a", hub), met("b", hub)
    here.edit("x:1", {"v": 1})
    here.replicator.push()
    answer = hub.answer

    def stuck(call: Call) -> Reply:
        reply = answer(call)
        if call.path.endswith("_changes"):
            reply.body["last_seq"] = call.query["since"]
            reply.body["pending"] = 5
        return reply

    hub.answer = stuck  # type: ignore[method-assign]
    with pytest.raises(BadAnswer):
        there.replicator.pull()


def test_what_was_replaced_meanwhile_is_read_as_it_is_now(hub: ModelHub) -> None:
    here, there = met("a", hub), met("b", hub)
    here.edit("x:1", {"v": 1})
    here.edit("x:1", {"v": 2})
    here.replicator.push()
    answer = hub.answer

    def late(call: Call) -> Reply:
        if call.path.endswith("_bulk_get"):
            hub.answer = answer  # type: ignore[method-assign]
            here.edit("x:1", {"v": 3})
            here.replicator.push()
            hub.compact(PLACE)
        return answer(call)

    hub.answer = late  # type: ignore[method-assign]
    there.replicator.pull()
    quiet([here, there])
    assert there.leaves() == leaves_of(hub.bases[PLACE])


def test_what_was_purged_meanwhile_is_passed(hub: ModelHub) -> None:
    here, there = met("a", hub), met("b", hub)
    here.edit("x:1", {"v": 1})
    here.edit("x:1", {"v": 2})
    here.edit("x:2", {"v": 1})
    here.replicator.push()
    answer = hub.answer

    def late(call: Call) -> Reply:
        if call.path.endswith("_bulk_get"):
            hub.purge(PLACE, "x:1")
        return answer(call)

    hub.answer = late  # type: ignore[method-assign]
    there.replicator.pull()
    assert there.docs() == ["x:2"]
    [fact] = [fact for fact in there.facts if isinstance(fact, Passed)]
    assert [each.doc for each in fact.named] == ["x:1"]
    assert there.leaves() == leaves_of(hub.bases[PLACE])


# -- sizes ------------------------------------------------------------------------------------------------------------


def test_pages_follow_the_link() -> None:
    pages = Pages(size=200)
    for _ in range(10):
        pages.took(pages.size, 0.05)
    assert pages.size == Pages.MOST
    assert not pages.slow
    # 1,200 bytes a second after 2 s of travel, 300 bytes a row
    for _ in range(20):
        pages.took(pages.size, 2 + pages.size * 300 / 1200)
    assert pages.size <= 10
    assert pages.slow


def test_sending_follows_the_link() -> None:
    pages = Pages()
    for _ in range(20):
        pages.sent(pages.upload_bytes, 2 + pages.upload_bytes / 1200)
    assert pages.upload_bytes == Pages.LEAST_BYTES
    for _ in range(20):
        pages.sent(pages.upload_bytes, 0.1)
    assert pages.upload_bytes == Pages.MOST_BYTES
    pages.broke()
    assert pages.upload_bytes == Pages.MOST_BYTES // 2


def test_a_small_page_says_nothing_about_a_large_one() -> None:
    pages = Pages(size=200)
    pages.took(3, 0.01)
    assert pages.size == 200


TOO_MUCH = [Away("sync.away.slow"), *(BadAnswer(f"sync.bad.{each}") for each in ("big", "bomb", "cut"))]


@pytest.mark.parametrize("trouble", TOO_MUCH, ids=lambda trouble: trouble.says)
@pytest.mark.parametrize("last", ["_changes", "_bulk_get"])
def test_what_does_not_come_whole_is_asked_for_in_less(hub: ModelHub, trouble: ConsoleError, last: str) -> None:
    """The link turned thin, or documents large, while we thought much of it: each reading opens with such a page."""
    here, there = met("a", hub), met("b", hub)
    for number in range(60):
        here.edit(f"x:{number:02}", {"v": number})
        here.edit(f"x:{number:02}", {"v": -number})
    here.replicator.push()
    there.pages.MOST = there.pages.size = 400  # type: ignore[misc]

    def thin(call: Call) -> None:
        asked = len(call.body["docs"]) if call.path.endswith("_bulk_get") else int(call.query.get("limit", 0))
        if call.path.endswith(last) and asked > 20:
            raise trouble

    there.net.dice = thin
    for _ in range(40):
        with suppress(Away, BadAnswer):
            there.cycle()
    assert there.leaves() == leaves_of(hub.bases[PLACE])


def test_a_look_for_news_says_how_quick_the_link_is(hub: ModelHub) -> None:
    here, there = met("a", hub), met("b", hub)
    for number in range(8):
        here.edit(f"x:{number}", {"v": number})
    here.replicator.push()
    there.pages.MOST = 400  # type: ignore[misc]
    assert there.replicator.poll(30)
    assert there.pages.size == 8, "how long news took to happen says nothing"
    assert there.replicator.poll(0)
    assert there.pages.size == 16


def test_who_waits_for_news_in_vain_asks_for_no_less(hub: ModelHub) -> None:
    there = met("b", hub)
    there.pages.MOST = there.pages.size = 400  # type: ignore[misc]

    def silent(call: Call) -> None:
        if call.query.get("feed"):
            raise Away("sync.away.slow")

    there.net.dice = silent
    assert not there.replicator.poll(30)
    assert there.pages.size == 400


def test_a_link_that_breaks_now_and_then_still_gets_on(hub: ModelHub) -> None:
    """Notes come as often as needed: else each try would begin where the last one did."""
    here, there = met("a", hub), met("b", hub)
    for number in range(400):
        here.edit(f"x:{number:03}", {"v": number})
    here.replicator.push()
    for _ in range(200):
        left = 6
        there.net.dice = _breaking(left)
        try:
            if there.replicator.poll(0):
                there.replicator.pull()
        except Away:
            continue
        if len(there.docs()) == 400:
            break
    assert len(there.docs()) == 400


def _breaking(after: int) -> Callable[[Call], str | None]:
    count = iter(range(10_000))
    return lambda _: "drop_before" if next(count) >= after else None
