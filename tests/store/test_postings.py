"""Reports handed on: "begun" is on the disk first, what nobody knows is unsure, and none is ever sent twice."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from console.commands import open_envelope, seal
from console.commands.forward import YES, Forward, ForwardAgain, ForwardDrop, ForwardLook
from console.commands.outbox import Withdraw
from console.core.clock import TurnedClock
from console.core.command import Command, Envelope, Outcome
from console.core.erasure import Erasure
from console.core.forwarding import Forwarded, Outgoing, Post, new_reference
from console.core.pack import CityPack
from console.core.records import ComplaintId, Kind, LedgerFilter
from console.core.replica import Page, Revised
from console.store import audit, backup
from console.store.files import Profile
from console.store.postings import DOUBT, MOST_LOOK_MS
from console.store.salvage import start_empty
from console.store.store import Store
from tests.store.conftest import batch, roomy, said

ONE = ComplaintId("uji:000001")


class Desk:
    """An operator and an engine at one store that may end and start again."""

    def __init__(self, profile: Profile, clock: TurnedClock, pack: CityPack, machine: str = "m1") -> None:
        self.profile, self.clock, self.pack, self.machine = profile, clock, pack, machine
        self.lines: list[Envelope] = []
        self.start()

    def start(self) -> None:
        self.store = Store.open(self.profile, self.clock, self.pack, room=roomy(self.profile), machine=self.machine)
        for envelope in self.lines:
            if not self.store.read.done(envelope.id):
                self.store.apply(envelope, open_envelope(envelope, self.pack))

    def restart(self, machine: str = "") -> None:
        self.store.close()
        self.machine = machine or self.machine
        self.start()

    def say(self, command: Command, by: str = "Rani") -> str:
        self.clock.turn(1)
        envelope = seal(command, self.clock, by)
        self.lines.append(envelope)
        receipt, changes = self.store.apply(envelope, open_envelope(envelope, self.pack))
        assert receipt.outcome is Outcome.TAKEN, receipt
        assert Kind.OUTBOX in changes.kinds
        return envelope.id

    def hand_on(self, number: int = 1, **more: Any) -> str:
        fields = {"target": "laksa", "target_name": "LAKSA", "service": "001", "service_name": "Jalan"}
        reference = new_reference(self.clock.new_id())
        asked = {**fields, "text": "Lubang dalam", "reference": reference, **more}
        return self.say(Forward(ComplaintId(f"uji:{number:06}"), **asked))

    def begin(self, command: str) -> Outgoing | None:
        return self.store.post(lambda posts: posts.begin(command))

    def one(self, command: str) -> Forwarded:
        return next(each for each in self.store.read.forwards_of(ONE) if each.command == command)

    def due(self) -> list[tuple[str, Post]]:
        return [(each.command, each.state) for each in self.store.postings.due()]


@pytest.fixture
def desk(profile: Profile, clock: TurnedClock, pack: CityPack) -> Iterator[Desk]:
    desk = Desk(profile, clock, pack)
    desk.store.take(batch(said(1), said(2)))
    yield desk
    desk.store.close()


def test_a_deed_waits_tells_who_sends_it_and_leaves_with_the_words_the_person_saw(desk: Desk) -> None:
    command = desk.hand_on(attributes=("ukuran=besar", "ukuran=dalam", "hari="), lat=-6.1, lon=106.7, address="Jl. A")
    found = desk.one(command)
    assert (found.state, found.here, found.by, found.target_name, found.title) == (
        *(Post.WAITING, True, "Rani", "LAKSA"),
        "Jalan berlubang nomor 1",
    )
    assert found.console == desk.store.console
    assert desk.due() == [(command, Post.WAITING)]
    going = desk.begin(command)
    assert going is not None
    assert going.attributes == {"ukuran": ("besar", "dalam"), "hari": ("",)}
    assert (going.lat, going.lon, going.address, going.service, going.by) == (-6.1, 106.7, "Jl. A", "001", "Rani")
    assert going.description == f"Lubang dalam\n\nRef. {found.reference}"
    assert desk.one(command).state is Post.BEGUN and desk.due() == []
    assert desk.begin(command) is None, "it left already"
    deed = desk.store.documents.winner(f"deed:{command}")
    assert deed is not None and deed.body is not None
    assert deed.body["fields"]["console"] == desk.store.console
    assert audit.outbox(desk.store._db) == []


def test_what_was_taken_stands_in_the_history_for_every_console(desk: Desk, clock: TurnedClock) -> None:
    command = desk.hand_on()
    desk.begin(command)
    assert desk.store.post(lambda posts: posts.taken(command, report="4711"))
    assert not desk.store.post(lambda posts: posts.taken(command, report="4712")), "a number is given once"
    found = desk.one(command)
    assert (found.state, found.report, found.next_at, found.done_at) == (Post.TAKEN, "4711", None, clock.now())
    *_, event = desk.store.read.events_of(ONE)
    assert (event.deed, event.by, event.fields["report"], event.fields["forward"]) == (
        *("forwarded", "Rani", "4711"),
        command,
    )
    assert event.before is event.after and event.pending
    assert audit.outbox(desk.store._db) == []
    rows = desk.store.read.ledger(LedgerFilter()).entries
    assert [each.deed for each in rows][:2] == ["forwarded", "forward"]
    assert desk.store.read.last_undoable("Rani") is None


def test_a_token_is_asked_about_until_the_number_is_known(desk: Desk, clock: TurnedClock) -> None:
    command = desk.hand_on()
    desk.begin(command)
    desk.store.post(lambda posts: posts.taken(command, token="tok"))
    for times in range(3):
        assert desk.due() == []
        clock.turn(3600)
        assert desk.due() == [(command, Post.TAKEN)], times
        desk.store.post(lambda posts: posts.looked(command, well=True))
    desk.store.post(lambda posts: posts.taken(command, report="8"))
    assert (desk.one(command).report, desk.one(command).token, desk.due()) == ("8", "tok", [])
    assert [each.deed for each in desk.store.read.events_of(ONE)] == ["forward", "forwarded", "forwarded"]


def test_a_refusal_rests_with_its_words_until_a_person_says_so(desk: Desk) -> None:
    command = desk.hand_on()
    desk.begin(command)
    desk.store.post(lambda posts: posts.refused(command, "post.refused", {"words": "api_key"}))
    found = desk.one(command)
    assert (found.state, found.says, found.values, desk.due()) == (
        Post.REFUSED,
        "post.refused",
        {"words": "api_key"},
        [],
    )
    desk.say(ForwardAgain(ONE, forward=command))
    assert desk.due() == [(command, Post.WAITING)]
    assert desk.begin(command) is not None


def test_what_was_never_sent_waits_ever_longer(desk: Desk, clock: TurnedClock) -> None:
    command = desk.hand_on()
    pauses = []
    for _ in range(12):
        assert desk.begin(command) is not None
        desk.store.post(lambda posts: posts.waits(command, "sync.away.refused", {}))
        later = desk.one(command).next_at
        assert later is not None
        pauses.append((later - clock.now()).total_seconds())
        assert desk.due() == []
        clock.turn(pauses[-1])
        assert desk.due() == [(command, Post.WAITING)]
    assert pauses[:3] == [5, 10, 20] and pauses[-1] == 900
    desk.begin(command)
    desk.store.post(lambda posts: posts.waits(command, "sync.away.busy", {}, 3000.0))
    later = desk.one(command).next_at
    assert later is not None and (later - clock.now()).total_seconds() == 3000


def test_a_clock_set_back_makes_nothing_wait_for_years(desk: Desk, clock: TurnedClock) -> None:
    command = desk.hand_on()
    desk.store._db.execute("UPDATE posting SET next_at = next_at + ?", (2 * MOST_LOOK_MS,))
    assert desk.due() == [(command, Post.WAITING)]


def test_killed_while_it_was_sent_it_is_unsure_and_looked_for(desk: Desk, clock: TurnedClock) -> None:
    command = desk.hand_on()
    desk.begin(command)
    desk.restart()
    found = desk.one(command)
    assert (found.state, found.says) == (Post.UNSURE, "post.killed")
    [due] = desk.store.postings.due()
    assert (due.command, due.state, due.since_ms) == (command, Post.UNSURE, round(clock.now().timestamp() * 1000))
    for _ in range(4):
        desk.store.post(lambda posts: posts.looked(command, well=True))
        assert desk.due() == []
        clock.turn(6 * 3600)
        assert desk.due() == [(command, Post.UNSURE)]
    assert desk.one(command).looked_at is not None
    desk.store.post(lambda posts: posts.taken(command, report="9"))
    assert desk.one(command).state is Post.TAKEN


def test_looking_in_vain_says_why_and_does_not_count_as_a_look(desk: Desk) -> None:
    command = desk.hand_on()
    desk.begin(command)
    desk.store.post(lambda posts: posts.unsure(command, "post.lost_answer", {}))
    desk.store.post(lambda posts: posts.looked(command, well=False, says="post.look_away", told={"a": 1}))
    found = desk.one(command)
    assert (found.says, found.values, found.looked_at) == ("post.look_away", {"a": 1}, None)
    assert next(iter(desk.store.read.ledger(LedgerFilter()).entries)).deed == "forward_unsure"


def test_a_person_takes_it_back_before_it_left_or_lets_it_rest(desk: Desk) -> None:
    first, second = desk.hand_on(), desk.hand_on(again=YES)
    desk.say(ForwardDrop(ONE, forward=first, reason="keliru"))
    assert desk.one(first).state is Post.WITHDRAWN and desk.begin(first) is None
    desk.begin(second)
    desk.store.post(lambda posts: posts.unsure(second, "x", {}))
    desk.say(ForwardDrop(ONE, forward=second, reason="sudah ada"))
    assert desk.due() == []
    assert not desk.store.post(lambda posts: posts.taken(second, report="1")), "a person let it rest"


def test_a_person_has_it_looked_for_now(desk: Desk) -> None:
    command = desk.hand_on()
    desk.begin(command)
    desk.store.post(lambda posts: posts.unsure(command, "x", {}))
    before = len(desk.store.read.events_of(ONE))
    assert desk.due() == []
    desk.say(ForwardLook(ONE, forward=command))
    assert desk.due() == [(command, Post.UNSURE)]
    assert len(desk.store.read.events_of(ONE)) == before


def test_in_a_copy_of_the_profile_all_that_waits_is_unsure_and_the_first_console_sends_it(
    desk: Desk, tmp_path: Path, clock: TurnedClock, pack: CityPack
) -> None:
    command = desk.hand_on()
    desk.store.close()
    shutil.copytree(desk.profile.folder, tmp_path / "salinan")
    desk.start()
    other = Desk(Profile.at(tmp_path / "salinan"), clock, pack, "m2")
    assert (other.one(command).state, other.one(command).says) == (Post.UNSURE, "post.doubt")
    assert other.begin(command) is None
    assert desk.begin(command) is not None
    other.store.close()


def test_after_a_restore_nothing_that_waits_leaves_by_itself(desk: Desk, clock: TurnedClock) -> None:
    waited = desk.hand_on()
    desk.store.close()
    path = backup.make(desk.profile, clock)
    desk.start()
    newer = desk.hand_on(2)
    for command in (waited, newer):
        assert desk.begin(command) is not None
        desk.store.post(lambda posts, command=command: posts.taken(command, report=command))
    desk.store.close()
    clock.turn(60)
    backup.restore(desk.profile, clock, path)
    desk.start()
    states = {each.command: (each.state, each.says) for each in desk.store.read.forwards()}
    assert states == {waited: (Post.UNSURE, "post.doubt"), newer: (Post.UNSURE, "post.doubt")}
    clock.turn(1)
    fresh = desk.hand_on(2, again=YES)
    assert desk.begin(fresh) is not None, "what is asked from now on leaves"


def test_sending_again_is_not_done_again_by_the_black_box(desk: Desk, clock: TurnedClock) -> None:
    command = desk.hand_on()
    desk.begin(command)
    desk.store.post(lambda posts: posts.refused(command, "x", {}))
    desk.store.close()
    path = backup.make(desk.profile, clock)
    desk.start()
    desk.say(ForwardAgain(ONE, forward=command))
    assert desk.begin(command) is not None
    desk.store.close()
    clock.turn(60)
    backup.restore(desk.profile, clock, path)
    desk.start()
    assert desk.one(command).state is Post.UNSURE and desk.begin(command) is None


def test_an_empty_start_doubts_what_the_black_box_brings(desk: Desk, clock: TurnedClock, pack: CityPack) -> None:
    desk.hand_on()
    desk.store.close()
    start_empty(desk.profile, clock)
    desk.lines = []
    desk.start()
    assert desk.store._db.execute("SELECT value FROM meta WHERE name = ?", (DOUBT,)).fetchone() is not None


def test_a_lost_row_is_found_again_by_the_history(desk: Desk) -> None:
    waiting, taken, refused, dropped = (desk.hand_on(again=YES) for _ in range(4))
    for command in (taken, refused):
        desk.begin(command)
    desk.store.post(lambda posts: posts.taken(taken, report="5"))
    desk.store.post(lambda posts: posts.refused(refused, "x", {}))
    desk.say(ForwardDrop(ONE, forward=dropped, reason="keliru"))
    desk.store._db.execute("DELETE FROM posting")
    desk.restart()
    states = {each.command: (each.state, each.report) for each in desk.store.read.forwards_of(ONE)}
    assert states == {
        waiting: (Post.UNSURE, ""),
        taken: (Post.TAKEN, "5"),
        refused: (Post.REFUSED, ""),
        dropped: (Post.WITHDRAWN, ""),
    }


def test_another_console_sees_that_it_waits_there_and_what_came_of_it(
    desk: Desk, tmp_path: Path, clock: TurnedClock, pack: CityPack
) -> None:
    command = desk.hand_on()
    other = Desk(Profile.at(tmp_path / "lain"), clock, pack, "m2")
    other.store.take(batch(said(1)))

    def exchange() -> None:
        rows = desk.store._db.execute(
            "SELECT doc.id, generation || '-' || hash, body FROM rev JOIN doc ON doc.n = rev.doc"
            " WHERE doc.id GLOB 'deed:*'"
        ).fetchall()
        revised = [Revised(doc, (rev,), json.loads(body), False) for doc, rev, body in rows]
        other.store.replica.take(Page("kendali-contoh-x", revised, held=True, by="hub"))

    exchange()
    [seen] = other.store.read.forwards_of(ONE)
    assert (seen.state, seen.here, seen.console) == (Post.WAITING, False, desk.store.console)
    assert other.due() == [] and other.begin(command) is None
    envelope = seal(Forward(ONE, target="laksa", service="1", text="x", reference=new_reference("9")), clock, "Budi")
    receipt, _ = other.store.apply(envelope, open_envelope(envelope, pack))
    assert (receipt.outcome, receipt.says) == (Outcome.REFUSED, "commands.forward.before")
    desk.begin(command)
    desk.store.post(lambda posts: posts.taken(command, report="77"))
    exchange()
    [seen] = other.store.read.forwards_of(ONE)
    assert (seen.state, seen.report, seen.here) == (Post.TAKEN, "77", False)
    other.restart()
    assert other.store.read.forwards() == [], "it is not ours to send"
    other.store.close()


def test_what_was_erased_is_not_sent(desk: Desk, clock: TurnedClock) -> None:
    command = desk.hand_on()
    clock.turn(1)
    desk.store.erase([Erasure(ONE, frozenset({"text"}), True, frozenset(), clock.now(), "Dewi", "HAK-1")])
    assert desk.begin(command) is None
    assert (desk.one(command).state, desk.one(command).says) == (Post.WITHDRAWN, "post.erased")
    desk.restart()
    assert desk.one(command).state is Post.WITHDRAWN


def test_what_was_sent_again_and_refused_may_still_stand_there_from_before(desk: Desk, clock: TurnedClock) -> None:
    command = desk.hand_on()
    desk.begin(command)
    desk.store.post(lambda posts: posts.unsure(command, "x", {}))
    desk.say(ForwardAgain(ONE, forward=command))
    desk.begin(command)
    desk.store.post(lambda posts: posts.refused(command, "post.refused", {"words": "api_key"}))
    assert (desk.one(command).state, desk.one(command).says) == (Post.UNSURE, "post.refused")
    clock.turn(60)
    assert desk.due() == [(command, Post.UNSURE)]


def test_a_start_reads_no_history_but_that_of_reports(desk: Desk) -> None:
    queries: list[str] = []
    desk.store._db.set_trace_callback(queries.append)
    desk.store.post(lambda posts: posts.start(copied=False))
    desk.store._db.set_trace_callback(None)
    [query] = [each for each in queries if "INDEXED BY event_forward" in each]
    plan = desk.store._db.execute(f"EXPLAIN QUERY PLAN {query}").fetchall()
    assert any("event_forward" in str(row) for row in plan), plan


def test_its_deed_is_not_withdrawn_from_the_exchange_alone(desk: Desk) -> None:
    command = desk.hand_on()
    envelope = seal(Withdraw(ONE, doc=f"deed:{command}", reason="keliru"), desk.clock, "Rani")
    receipt, _ = desk.store.apply(envelope, open_envelope(envelope, desk.pack))
    assert (receipt.outcome, receipt.says) == (Outcome.REFUSED, "commands.withdraw.forward")
