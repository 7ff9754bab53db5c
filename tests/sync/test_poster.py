"""Reports leave once: by a real wire to the embedded centre in every mood, and what nobody knows is looked for."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from console.commands import open_envelope, seal
from console.commands.forward import YES, Forward, ForwardAgain
from console.core.clock import SystemClock, TurnedClock
from console.core.errors import DiskTrouble
from console.core.forwarding import Forwarded, Post, new_reference
from console.core.pack import CityPack, FeedEntry
from console.core.records import ComplaintId
from console.store.files import Profile
from console.store.keeper import Keeper
from console.store.read import Read
from console.store.store import NOTHING, Store
from sync.centre.filing import ASKING, BATCH, DEMO_KEY, Filed, Mood
from sync.centre.server import CentreServer
from sync.credentials import Credentials
from sync.engine_log import EngineLog
from sync.poster import LONGEST_S, Means, Poster
from sync.tokens import account
from sync.wire import Wire
from tests.cities import small_pack
from tests.store.conftest import batch, roomy, said
from tests.sync.centre.conftest import NOON, town
from tests.sync.conftest import LIMITS

ONE = ComplaintId("uji:000001")
PLACE = {"lat": -6.2, "lon": 106.6, "address": "Jl. Melati 1"}


class Bench:
    """A store, a poster on a real wire, and a centre to post to."""

    def __init__(self, folder: Path, server: CentreServer, clock: TurnedClock) -> None:
        self.clock, self.server = clock, server
        self.pack: CityPack = small_pack()
        self.profile = Profile.at(folder)
        self.store = Store.open(self.profile, clock, self.pack, room=roomy(self.profile), machine="m")
        self.store.take(batch(said(1)))
        self.read = Read.open(self.profile)
        self.keeper = Keeper(self.store)
        self.wire = Wire(SystemClock(), agent="kendali-test", limits=LIMITS)
        self.entry = FeedEntry(
            id="laksa",
            kind="open311",
            title={"id": "LAKSA"},
            address=f"http://127.0.0.1:{server.port}/open311/v2",
            cadence_s=60.0,
            stale_after_s=600.0,
            options={"post": "yes"},
            allow_private=True,
        )
        self.credentials = Credentials(lambda: None)
        self.credentials.keep(self.entry.address, account("laksa"), DEMO_KEY)
        self.log = EngineLog(folder, clock)
        self.poster = Poster(self._means())

    def _means(self) -> Means:
        find: Callable[[str], FeedEntry | None] = lambda name: self.entry if name == self.entry.id else None  # noqa: E731
        return Means(self.keeper, self.pack, self.wire, self.credentials, self.clock, self.log, find)

    @property
    def filed(self) -> Filed:
        return self.server.filed

    def hand_on(self, **more: Any) -> str:
        self.clock.turn(1)
        asked = {"target": "laksa", "target_name": "LAKSA", "service": "003", "text": "Lubang dalam", "again": YES}
        asked |= {"reference": new_reference(self.clock.new_id()), **PLACE, **more}
        envelope = seal(Forward(ONE, **asked), self.clock, "Rani")
        receipt = self.keeper.do(envelope, open_envelope(envelope, self.pack)).result(20)
        assert receipt.outcome == "taken", receipt
        return envelope.id

    def one(self, command: str) -> Forwarded:
        return next(each for each in self.read.forwards_of(ONE) if each.command == command)

    def turn(self, seconds: float = 0.0) -> float:
        self.clock.turn(seconds)
        return self.poster.turn()

    def write(self, job: Callable[[Store], Any]) -> Any:
        """On the keeper's thread, as everything is written."""
        return self.keeper.write(lambda store, _: (job(store), NOTHING)).result(20)

    def close(self) -> None:
        self.keeper.close()
        self.read.close()
        self.store.close()
        self.wire.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    clock = TurnedClock(NOON, seed=3)
    server = CentreServer(0, town(), clock)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    bench = Bench(tmp_path, server, clock)
    yield bench
    bench.close()
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_report_leaves_once_with_what_the_person_saw_and_nothing_else(bench: Bench) -> None:
    command = bench.hand_on()
    assert bench.turn() == LONGEST_S
    found = bench.one(command)
    assert (found.state, found.report) == (Post.TAKEN, "PRG-000001")
    [kept] = bench.filed.kept
    assert kept.row["description"] == f"Lubang dalam\n\nRef. {found.reference}"
    assert (kept.row["lat"], kept.row["long"], kept.row["address"]) == (-6.2, 106.6, "Jl. Melati 1")
    bench.turn(90_000)
    assert len(bench.filed.kept) == 1


@pytest.mark.parametrize("form", ["json", "xml"])
def test_both_forms_with_what_a_service_asks_for(bench: Bench, form: str) -> None:
    bench.entry = replace(bench.entry, options={"post": "yes", "format": form})
    lacking = bench.hand_on(service=ASKING)
    bench.turn()
    found = bench.one(lacking)
    assert (found.state, found.says) == (Post.REFUSED, "post.refused")
    assert "attribute tiang is required" in found.values["words"]
    whole = bench.hand_on(service=ASKING, attributes=("tiang=7", "jenis=led", "bahaya=pasar", "bahaya=pejalan"))
    bench.turn()
    assert bench.one(whole).state is Post.TAKEN


def test_a_token_is_asked_about_until_it_stands_for_a_number(bench: Bench) -> None:
    command = bench.hand_on(service=BATCH)
    bench.turn()
    assert (bench.one(command).state, bench.one(command).report) == (Post.TAKEN, "")
    bench.turn(12)
    assert bench.one(command).report == ""
    bench.turn(60)
    assert bench.one(command).report == "PRG-000001"


@pytest.mark.parametrize("mood", [Mood.LOST, Mood.TROUBLE, Mood.GARBLED])
def test_what_was_kept_without_a_word_is_found_by_its_reference(bench: Bench, mood: Mood) -> None:
    bench.filed.moods.append(mood)
    command = bench.hand_on()
    bench.turn()
    assert bench.one(command).state is Post.UNSURE
    assert len(bench.filed.kept) == 1
    bench.turn(60)
    assert (bench.one(command).state, bench.one(command).report) == (Post.TAKEN, "PRG-000001")
    assert len(bench.filed.kept) == 1


def test_what_was_not_kept_stays_unsure_until_a_person_sends_it_again(bench: Bench) -> None:
    bench.filed.moods.append(Mood.LOST_BEFORE)
    command = bench.hand_on()
    bench.turn()
    for _ in range(5):
        bench.turn(6 * 3600)
    found = bench.one(command)
    assert (found.state, bench.filed.kept) == (Post.UNSURE, [])
    assert found.looked_at == bench.clock.now()
    envelope = seal(ForwardAgain(ONE, forward=command), bench.clock, "Rani")
    bench.keeper.do(envelope, open_envelope(envelope, bench.pack)).result(20)
    bench.turn()
    assert (bench.one(command).state, len(bench.filed.kept)) == (Post.TAKEN, 1)


@pytest.mark.parametrize(
    ("mood", "says"), [(Mood.DENIED, "post.refused"), (Mood.REDIRECT, "post.redirect")], ids=["denied", "redirect"]
)
def test_a_no_rests_and_others_go_on(bench: Bench, mood: Mood, says: str) -> None:
    bench.filed.moods.append(mood)
    first, second = bench.hand_on(), bench.hand_on()
    bench.turn()
    assert (bench.one(first).state, bench.one(first).says) == (Post.REFUSED, says)
    assert bench.one(second).state is Post.TAKEN
    bench.turn(90_000)
    assert bench.one(first).state is Post.REFUSED
    assert len(bench.filed.kept) == 1


def test_a_server_that_is_busy_is_asked_when_it_said(bench: Bench) -> None:
    bench.filed.moods.append(Mood.BUSY)
    command = bench.hand_on()
    bench.turn()
    found = bench.one(command)
    assert (found.state, found.says) == (Post.WAITING, "post.busy")
    assert found.next_at is not None and (found.next_at - bench.clock.now()).total_seconds() == 120
    bench.turn(121)
    assert bench.one(command).state is Post.TAKEN


def test_nobody_there_means_that_nothing_was_sent(bench: Bench) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        there = bench.entry
        bench.entry = replace(there, address=f"http://127.0.0.1:{nobody.getsockname()[1]}/open311/v2")
        bench.credentials.keep(bench.entry.address, account("laksa"), DEMO_KEY)
        command = bench.hand_on()
        bench.turn()
        found = bench.one(command)
        assert (found.state, found.says, found.tries) == (Post.WAITING, "sync.away.refused", 1)
    bench.entry = there
    bench.turn(900)
    assert bench.one(command).state is Post.TAKEN


def test_while_the_connection_is_cut_nothing_is_begun(bench: Bench) -> None:
    bench.wire.cut = True
    command = bench.hand_on()
    assert bench.turn() == LONGEST_S
    assert (bench.one(command).state, bench.one(command).tries) == (Post.WAITING, 0)
    bench.wire.cut = False
    bench.turn()
    assert bench.one(command).state is Post.TAKEN


def test_without_a_key_or_a_target_it_waits_and_says_so(bench: Bench) -> None:
    bench.credentials.forget(bench.entry.address, account("laksa"))
    keyless, stray = bench.hand_on(), bench.hand_on(target="lain")
    bench.turn()
    assert (bench.one(keyless).state, bench.one(keyless).says) == (Post.WAITING, "post.no_key")
    assert (bench.one(stray).state, bench.one(stray).says) == (Post.WAITING, "post.no_target")
    assert bench.one(keyless).tries == 0
    bench.credentials.keep(bench.entry.address, account("laksa"), DEMO_KEY)
    bench.turn(61)
    assert bench.one(keyless).state is Post.TAKEN


@pytest.mark.parametrize(
    "changed", [{"options": {}}, {"allow_private": False}, {"kind": "ckan"}], ids=["unsaid", "bare", "kind"]
)
def test_only_a_source_that_says_so_takes_reports(bench: Bench, changed: dict[str, Any]) -> None:
    bench.entry = replace(bench.entry, **changed)
    command = bench.hand_on()
    bench.turn()
    assert (bench.one(command).says, bench.filed.kept) == ("post.no_target", [])


def test_a_discovery_that_names_another_host_gets_no_key(bench: Bench) -> None:
    bench.entry = replace(bench.entry, address=f"{bench.entry.address}/discovery.json")
    bench.credentials.keep(bench.entry.address, account("laksa"), DEMO_KEY)
    command = bench.hand_on()
    bench.turn()
    assert bench.one(command).says == "post.nowhere"
    for url, says in (("http://127.0.0.1:1/open311/v2", "post.elsewhere"), ("", "")):
        at = url or f"http://127.0.0.1:{bench.server.port}/open311/v2"
        memo = {"discovery": {"url": at, "at": 1, "formats": ["json"]}}
        bench.write(lambda store, memo=memo: store.take(batch(source="laksa", memo=memo)))
        bench.turn(61)
        assert bench.one(command).says == says
    assert bench.one(command).state is Post.TAKEN


def test_killed_between_begun_and_the_answer_it_is_found_at_the_next_start(bench: Bench) -> None:
    command = bench.hand_on()
    going = bench.write(lambda store: store.post(lambda posts: posts.begin(command)))
    assert going is not None
    bench.filed.take(
        f"api_key={DEMO_KEY}&service_code=003&address_string=x&description=Ref.+{going.reference}".encode(),
        town().services(),
    )
    bench.write(lambda store: store.post(lambda posts: posts.start(copied=False)))
    assert bench.one(command).state is Post.UNSURE
    bench.turn(1)
    assert bench.one(command).report == "PRG-000001"


def test_what_came_of_it_is_written_as_soon_as_the_disk_takes_it(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    command = bench.hand_on()
    monkeypatch.setattr(type(bench.store.postings), "taken", _full)
    with pytest.raises(DiskTrouble):
        bench.turn()
    assert (bench.one(command).state, len(bench.filed.kept)) == (Post.BEGUN, 1)
    other = bench.hand_on()
    with pytest.raises(DiskTrouble):
        bench.turn(60)
    assert (bench.one(other).state, len(bench.filed.kept)) == (Post.WAITING, 1), "what is owed comes first"
    monkeypatch.undo()
    bench.turn(60)
    assert {bench.one(each).state for each in (command, other)} == {Post.TAKEN}
    assert len(bench.filed.kept) == 2


def _full(*_: Any, **__: Any) -> bool:
    raise DiskTrouble("store.full", path="x")


def test_it_runs_on_a_thread_that_is_stirred_and_ends(bench: Bench) -> None:
    done = threading.Event()
    bench.keeper.on_changes = lambda changes: done.set() if changes.by == "forward" else None
    bench.poster._means = replace(bench.poster._means, clock=SystemClock())
    bench.poster.start()
    command = bench.hand_on()
    bench.poster.stir()
    for _ in range(200):
        done.wait(20)
        done.clear()
        if bench.one(command).state is Post.TAKEN:
            break
    assert bench.one(command).state is Post.TAKEN
    assert not bench.poster.stop()
