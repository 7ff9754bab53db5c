"""The exchange as the engine runs it: real stores, a real relay between them, and everything that can go wrong."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from console.commands.work import Note
from console.core.errors import Away, DiskTrouble
from console.core.places import complaints_place
from console.core.records import Changes
from console.core.replica import NotTaken, Page
from console.store.replica import Replica
from console.store.store import Store
from sync.asking import Asking, Taken
from sync.hub import Hub
from sync.lanes import Lane
from sync.peering import Mismatch
from sync.relay.tls import own_key
from sync.replicate import Replicator
from sync.sanity import SHIFT_S
from sync.visiting import NAMESAKE
from sync.visits import Visit, Work
from tests.cities import ONE, TWO
from tests.sync.fault_proxy import FaultProxy
from tests.sync.posts import PACE, SECRET, Post, ShiftedClock, recorded, serving

PostMaking = Callable[[str], Post]


@pytest.fixture
def making(tmp_path: Path, ending: ExitStack) -> PostMaking:
    def make(name: str) -> Post:
        post = Post(tmp_path / name)
        ending.callback(post.close)
        return post

    return make


def test_what_one_post_records_another_has(making: PostMaking, ending: ExitStack) -> None:
    centre, one, two = making("centre"), making("one"), making("two")
    url = ending.enter_context(serving(centre))
    before = [recorded(one, f"Sebelum {number}") for number in range(3)]
    one.begin(url)
    two.begin(url)
    two.waiting.until(lambda: all(two.store.read.complaint(name) for name in before))
    after = recorded(one, area=f"{TWO}.1001")
    two.waiting.until(lambda: two.store.read.complaint(after) is not None)
    two.do(Note(after, text="Sudah dilihat"))
    one.waiting.until(lambda: len(one.store.read.events_of(after)) == 2)
    one.waiting.until(lambda: not one.waits() and not two.waits())
    assert one.leaves() == two.leaves() == centre.leaves()
    assert one.store.read.complaint(after).pending == 0


@pytest.fixture
def proxying(ending: ExitStack) -> Callable[..., FaultProxy]:
    def make(url: str, **values: Any) -> FaultProxy:
        proxy = FaultProxy(int(url.rpartition(":")[2]), **values)
        ending.callback(proxy.close)
        return proxy

    return make


Proxying = Callable[..., FaultProxy]


def test_a_server_that_cannot_tell_of_all_is_watched_place_by_place(
    making: PostMaking, ending: ExitStack, proxying: Proxying
) -> None:
    centre, one, two = making("centre"), making("one"), making("two")
    url = ending.enter_context(serving(centre))
    proxy = proxying(url, spoil=lambda path: "s403" if path == "/_db_updates" else "")
    one.begin(url)
    hub = two.begin(proxy.url, pace=replace(PACE, blind_round_s=60.0))
    two.waiting.until(lambda: any("feed=longpoll" in line and "_changes" in line for line in proxy.asked))
    name = recorded(one)
    two.waiting.until(lambda: two.store.read.complaint(name) is not None)
    assert two.state().trouble == ""
    assert hub.visits.blind is False


def test_it_stands_on_the_screen(making: PostMaking, ending: ExitStack) -> None:
    centre, one = making("centre"), making("one")
    url = ending.enter_context(serving(centre))
    recorded(one)
    one.begin(url, settings={"hub.bytes_per_hour": 50_000_000})

    def stands() -> bool:
        state = one.state()
        return state.places_done == state.places == 4 and state.trouble == ""

    one.waiting.until(stands)
    state = one.state()
    assert (state.url, state.bytes_limit, state.questions) == (url, 50_000_000, ())
    assert state.last_good_at is not None
    assert state.bytes_hour > 1000


def test_a_post_of_one_kecamatan_reads_its_own_and_sends_all(making: PostMaking, ending: ExitStack) -> None:
    centre, one, two = making("centre"), making("one"), making("two")
    url = ending.enter_context(serving(centre))
    ours, theirs = recorded(one), recorded(one, area=f"{TWO}.1001")
    one.begin(url)
    hub = two.begin(url, settings={"hub.follow": f" {ONE} "})
    assert [each.place for each in hub.visits.all.values()] == [
        "kendali-rekaan-shared",
        complaints_place("rekaan", ONE),
    ]
    sent = recorded(two, area=f"{TWO}.1002")
    two.waiting.until(lambda: two.store.read.complaint(ours) is not None)
    one.waiting.until(lambda: one.store.read.complaint(sent) is not None)
    assert two.store.read.complaint(theirs) is None


def test_cut_and_joined(making: PostMaking, ending: ExitStack) -> None:
    centre, one = making("centre"), making("one")
    url = ending.enter_context(serving(centre))
    hub = one.begin(url)
    one.waiting.until(lambda: hub.settled())
    one.wire.cut = True
    hub.cut(True)
    name = recorded(one)
    one.waiting.until(lambda: one.state().trouble == "sync.cut")
    assert one.waits()
    one.wire.cut = False
    hub.cut(False)
    one.waiting.until(lambda: centre.store.read.complaint(name) is not None)
    one.waiting.until(lambda: one.state().trouble == "")


def test_a_server_that_is_away_is_found_again(making: PostMaking, ending: ExitStack, proxying: Proxying) -> None:
    centre, one = making("centre"), making("one")
    url = ending.enter_context(serving(centre))
    proxy = proxying(url)
    proxy.spoil = lambda _: "drop_before"
    hub = one.begin(proxy.url)
    name = recorded(one)
    one.waiting.until(lambda: hub.visits.backoff.failures > 1)
    one.waiting.until(lambda: one.state().trouble == "sync.away.reset")
    proxy.spoil = lambda _: ""
    one.waiting.until(lambda: centre.store.read.complaint(name) is not None)
    one.waiting.until(lambda: one.state().trouble == "")


def test_a_server_that_asks_for_a_pause_gets_it(making: PostMaking, ending: ExitStack, proxying: Proxying) -> None:
    centre, one = making("centre"), making("one")
    url = ending.enter_context(serving(centre))
    proxy = proxying(url, spoil=lambda _: "s503")
    hub = one.begin(proxy.url)
    recorded(one)
    one.waiting.until(lambda: hub.visits.backoff.failures > 0)
    asked = len(proxy.asked)
    # one request that was under way for each worker, then silence until the pause is over
    one.waiting.until(lambda: one.state().next_at is not None)
    assert len(proxy.asked) <= max(asked, 6)
    proxy.spoil = lambda _: ""
    one.waiting.until(lambda: not one.waits())


def test_a_bad_place_harms_itself_alone(making: PostMaking, ending: ExitStack, proxying: Proxying) -> None:
    centre, one, two = making("centre"), making("one"), making("two")
    url = ending.enter_context(serving(centre))
    bad = complaints_place("rekaan", TWO)
    proxy = proxying(url, spoil=lambda path: "s500" if bad in path else "")
    one.begin(url)
    hub = two.begin(proxy.url)
    stuck = recorded(two, area=f"{TWO}.1001")
    for number in range(3):
        name = recorded(one, f"Jalan {number}")
        two.waiting.until(lambda name=name: two.store.read.complaint(name) is not None)  # type: ignore[misc]
    assert hub.visits.all[bad].trouble is not None
    assert two.state().trouble == "sync.away.server"
    proxy.spoil = lambda _: ""
    one.waiting.until(lambda: one.store.read.complaint(stuck) is not None)


def test_a_wrong_secret_asks_for_sign_in_once(making: PostMaking, ending: ExitStack, proxying: Proxying) -> None:
    centre, one = making("centre"), making("one")
    url = ending.enter_context(serving(centre))
    proxy = proxying(url)
    secret = ["salah"]
    hub = one.begin(proxy.url, secret=lambda: secret[0])
    name = recorded(one)
    one.waiting.until(lambda: one.state().trouble == "sync.hub.denied")
    assert hub.idle
    secret[0] = SECRET
    hub.signed_in()
    one.waiting.until(lambda: centre.store.read.complaint(name) is not None)


def test_without_a_secret_nothing_is_asked(making: PostMaking, ending: ExitStack, proxying: Proxying) -> None:
    centre, one = making("centre"), making("one")
    proxy = proxying(ending.enter_context(serving(centre)))
    one.begin(proxy.url, secret=lambda: "")
    one.waiting.until(lambda: one.state().trouble == "sync.hub.no_secret")
    assert proxy.asked == []


def test_a_bug_at_one_place_is_told_and_the_others_go_on(
    making: PostMaking, ending: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    centre, one, two = making("centre"), making("one"), making("two")
    url = ending.enter_context(serving(centre))
    whole = Replicator.poll
    bad = complaints_place("rekaan", TWO)

    def poll(self: Replicator, wait_s: float) -> bool:
        if self.place == bad:
            raise KeyError(bad)
        return whole(self, wait_s)

    monkeypatch.setattr(Replicator, "poll", poll)
    hub = one.begin(url)
    two.begin(url)
    name = recorded(one)
    two.waiting.until(lambda: two.store.read.complaint(name) is not None)
    one.waiting.until(lambda: hub.visits.all[bad].broken)
    assert '"what":"engine.bug"' in one.log.path.read_text("utf-8")


def test_a_disk_that_takes_nothing_holds_it(
    making: PostMaking, ending: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    centre, one, two = making("centre"), making("one"), making("two")
    url = ending.enter_context(serving(centre))
    whole = Replica.take
    full = threading.Event()
    full.set()

    def take(self: Replica, *args: Any) -> Any:
        if full.is_set() and self is two.store.replica:
            raise DiskTrouble("store.full", path="x")
        return whole(self, *args)

    monkeypatch.setattr(Replica, "take", take)
    name = recorded(one)
    one.begin(url)
    one.waiting.until(lambda: not one.waits())
    hub = two.begin(url)
    two.waiting.until(lambda: not two.gate.is_open)
    full.clear()

    def taken() -> bool:
        two.gate.reopen()  # as the engine does every now and then
        hub.stir()
        return two.store.read.complaint(name) is not None

    two.waiting.until(taken)


@pytest.mark.parametrize("answer", ["resend", "new"])
def test_another_server_is_a_question_to_a_person(
    making: PostMaking, ending: ExitStack, proxying: Proxying, answer: str
) -> None:
    centre, other, one = making("centre"), making("other"), making("one")
    url, second = ending.enter_context(serving(centre)), ending.enter_context(serving(other))
    proxy = proxying(url)
    hub = one.begin(proxy.url)
    sent = recorded(one)
    one.waiting.until(lambda: not one.waits() and hub.settled())
    proxy.upstream = int(second.rpartition(":")[2])
    later = recorded(one)
    one.waiting.until(lambda: bool(one.state().questions))
    asked = one.state().questions[0]
    assert asked.says.startswith("sync.exchange.")
    assert asked.values == {"database": asked.place}
    assert other.leaves() == {}
    hub.now()
    one.waiting.until(lambda: len(one.state().questions) == 4)
    hub.choose(answer, "")
    one.waiting.until(lambda: other.store.read.complaint(later) is not None)
    one.waiting.until(lambda: not one.state().questions and not one.waits())
    assert (other.store.read.complaint(sent) is not None) is (answer == "resend")
    assert one.store.read.complaint(sent) is not None


def test_a_namesake_is_noticed_and_avoided(making: PostMaking, ending: ExitStack) -> None:
    centre, one = making("centre"), making("one")
    url = ending.enter_context(serving(centre))
    hub = one.begin(url)
    one.waiting.until(hub.settled)
    before = one.store.console
    for _ in range(NAMESAKE):
        hub.name.went_back(before)
    name = recorded(one)
    one.waiting.until(lambda: centre.store.read.complaint(name) is not None)
    assert one.store.console == hub.name.console != before
    one.waiting.until(hub.settled)
    assert one.state().questions == ()


def test_who_is_under_way_while_we_take_another_name_keeps_nothing_under_the_old_one(
    making: PostMaking, ending: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the next one under the new name would find notes the hub never heard of, and take it for wiped."""
    centre, one = making("centre"), making("one")
    url = ending.enter_context(serving(centre))
    hub = one.begin(url)
    one.waiting.until(hub.settled)
    other, whole = complaints_place("rekaan", TWO), Replicator.poll
    inside, go_on, left = threading.Event(), threading.Event(), []

    def poll(self: Replicator, wait_s: float) -> bool:
        if self.place == other and not left:
            left.append(self)
            inside.set()
            go_on.wait(20)
            self._meeting.mark()
        return whole(self, wait_s)

    monkeypatch.setattr(Replicator, "poll", poll)
    hub.news([other])
    one.waiting.until(inside.is_set)
    before = one.store.console
    for _ in range(NAMESAKE):
        hub.name.went_back(before)
    name = recorded(one)
    one.waiting.until(lambda: centre.store.read.complaint(name) is not None)
    assert one.store.console != before
    go_on.set()
    hub.now()
    one.waiting.until(lambda: hub.visits.all[other].console == one.store.console and hub.settled())
    assert one.state().questions == ()
    assert one.state().trouble == ""


@pytest.mark.parametrize("fault", ["half_open", "drop_before"])
def test_the_end_comes_within_seconds(making: PostMaking, ending: ExitStack, proxying: Proxying, fault: str) -> None:
    centre, one = making("centre"), making("one")
    proxy = proxying(ending.enter_context(serving(centre)), spoil=lambda _: fault)
    hub = one.begin(proxy.url, pace=replace(PACE, poll_s=60.0))
    recorded(one)
    one.waiting.until(lambda: len(proxy.asked) > 0)
    one.wire.cut = True
    assert hub.stop() == []


def test_errands_go_when_nothing_better_does(making: PostMaking, ending: ExitStack) -> None:
    centre, one = making("centre"), making("one")
    url = ending.enter_context(serving(centre))
    turns: list[int] = []

    class Errand:
        pause_s, place, question = None, "p", ""

        def choose(self, choice: str) -> None:
            pass

        def turn(self) -> bool:
            turns.append(len(turns))
            one.waiting.stir()
            return len(turns) < 3

    hub = one.begin(url)
    hub.add_errand(Errand())
    one.waiting.until(lambda: len(turns) >= 3)  # at least: what is recorded meanwhile makes a turn due as well
    before = len(turns)
    hub.errands_due()
    one.waiting.until(lambda: len(turns) > before)


def test_what_a_server_takes_and_does_not_keep_waits_for_its_time_or_a_person(
    making: PostMaking, ending: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    centre, one = making("centre"), making("one")
    url = ending.enter_context(serving(centre))
    hub = one.begin(url, pace=replace(PACE, doubt_s=600.0))
    one.waiting.until(hub.settled)
    with monkeypatch.context() as patched:
        patched.setattr(Asking, "send", lambda self, revisions, **_: lambda: Taken(201, {}))
        lost = recorded(one)
        visit = hub.visits.all[complaints_place("rekaan", ONE)]
        one.waiting.until(lambda: visit.send_s < math.inf and not visit.busy)
        due_s = visit.send_s
        assert due_s > one.clock.monotonic_s() + 500
        hub.look_outbox()
        one.waiting.until(lambda: not hub._look_outbox and not visit.sends and not visit.busy)
        assert visit.send_s == pytest.approx(due_s, abs=5), "a look at the outbox changes nothing"
    kept = recorded(one, area=f"{ONE}.1002")
    one.waiting.until(lambda: centre.store.read.complaint(kept) is not None)
    assert centre.store.read.complaint(lost) is None
    hub.now()
    one.waiting.until(lambda: centre.store.read.complaint(lost) is not None)
    one.waiting.until(hub.settled)


def test_a_bug_in_an_errand_is_told_and_all_threads_go_on(making: PostMaking, ending: ExitStack) -> None:
    centre, one = making("centre"), making("one")
    url = ending.enter_context(serving(centre))
    turns: list[int] = []

    class Errand:
        pause_s, place, question = None, "p", ""

        def choose(self, choice: str) -> None:
            pass

        def turn(self) -> bool:
            turns.append(len(turns))
            one.waiting.stir()
            if len(turns) < 5:
                raise ValueError
            return False

    hub = one.begin(url)
    hub.add_errand(Errand())
    for count in range(4):
        one.waiting.until(lambda count=count: len(turns) > count and not hub._errands.busy)  # type: ignore[misc]
        assert all(thread.is_alive() for thread in hub._threads)
        name = recorded(one)
        one.waiting.until(lambda name=name: centre.store.read.complaint(name) is not None)  # type: ignore[misc]
        if count == 3:
            one.waiting.until(lambda: one.state().trouble == "engine.bug_errand")
        hub.now()  # a person wants it at once
    one.waiting.until(lambda: len(turns) >= 5 and one.state().trouble == "")
    assert '"what":"engine.bug"' in one.log.path.read_text("utf-8")


class Guarded(dict[str, Visit]):
    """Looked through by who holds the lock alone."""

    def __init__(self, hub: Hub) -> None:
        super().__init__(hub.visits.all)
        self._hub = hub

    def values(self) -> Any:
        assert self._hub.wake._is_owned()  # type: ignore[attr-defined]
        return super().values()


def test_places_are_looked_through_under_the_lock(
    making: PostMaking, ending: ExitStack, proxying: Proxying, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is sent somewhere new adds a place at any moment."""
    centre, one, two = making("centre"), making("one"), making("two")
    url = ending.enter_context(serving(centre))
    proxy = proxying(url, spoil=lambda path: "s403" if path == "/_db_updates" else "")
    start = Hub.start
    monkeypatch.setattr(Hub, "start", lambda hub: (setattr(hub.visits, "all", Guarded(hub)), start(hub))[1])
    one.begin(url)
    hub = two.begin(proxy.url, pace=replace(PACE, blind_round_s=60.0))
    two.waiting.until(lambda: any("feed=longpoll" in line and "_changes" in line for line in proxy.asked))
    name = recorded(one)
    two.waiting.until(lambda: two.store.read.complaint(name) is not None)
    two.waiting.until(hub.settled)
    assert not two.log.path.exists() or '"what":"engine.bug"' not in two.log.path.read_text("utf-8")


def test_over_tls_with_the_key_that_was_handed_over(making: PostMaking, ending: ExitStack, tmp_path: Path) -> None:
    centre, one, two = making("centre"), making("one"), making("two")
    key = own_key(tmp_path)
    url = ending.enter_context(serving(centre, tls=key))
    one.begin(url, pin=key.fingerprint.upper())
    two.begin(url, pin="0" * 64)
    name = recorded(one)
    one.waiting.until(lambda: centre.store.read.complaint(name) is not None)
    two.waiting.until(lambda: two.state().trouble == "sync.tls.pin")
    assert two.store.read.complaint(name) is None


def test_a_look_for_what_is_to_be_sent_is_no_word_of_the_server(making: PostMaking) -> None:
    """Nothing to send is no request: that neither ends a pause nor counts as an answer."""
    one = making("one")
    hub = one.begin("http://127.0.0.1:9")
    one.waiting.until(lambda: hub.visits.backoff.failures > 0)
    hub.halt()
    assert hub.stop() == []
    failures = hub.visits.backoff.failures
    visit = hub.visits.add("kendali-rekaan-lain", Lane.REST, follows=False)
    visit.trouble = Away("sync.away.refused")
    hub._visited(visit, Work.SEND)
    hub._shelves.close()
    assert hub.visits.backoff.failures == failures and one.state().last_good_at is None
    assert visit.trouble is None  # what was to be sent there was taken back


@pytest.mark.parametrize("ahead_s", [7200, -7200, 30])
def test_a_centre_with_another_time_of_day_is_told(tmp_path: Path, ending: ExitStack, ahead_s: int) -> None:
    centre, one = Post(tmp_path / "centre", ShiftedClock(ahead_s)), Post(tmp_path / "one")
    for post in (centre, one):
        ending.callback(post.close)
    url = ending.enter_context(serving(centre))
    hub = one.begin(url)

    def told() -> int:
        hub.say()  # as the engine does every second
        return one.state().clock_s

    one.waiting.until(lambda: abs(told() - ahead_s) <= 5)
    name = recorded(one)
    one.waiting.until(lambda: centre.store.read.complaint(name) is not None)


def test_a_row_that_was_flipped_is_found_within_a_shift_and_told(tmp_path: Path, ending: ExitStack) -> None:
    """Both sides count the same: only the comparison tells."""
    clock = ShiftedClock(0)
    centre, one = Post(tmp_path / "centre"), Post(tmp_path / "one", clock)
    for post in (centre, one):
        ending.callback(post.close)
    hub = one.begin(ending.enter_context(serving(centre)))
    names = [recorded(one, f"Aduan {number}") for number in range(3)]
    one.waiting.until(lambda: hub.settled() and not one.waits())
    before = one.leaves()
    doc = next(each for each in before if each.startswith("complaint:"))

    def flip(store: Store, _: object) -> tuple[None, Changes]:
        made = store._db.execute(
            "UPDATE rev SET hash = ? WHERE doc = (SELECT n FROM doc WHERE id = ?)", ("f" * 32, doc)
        ).rowcount
        assert made == 1
        return None, Changes(frozenset())

    centre.keeper.write(flip).result(20)
    hub.now()
    one.waiting.until(hub.settled)
    assert one.leaves() == before, "the counts are equal"
    clock.ahead_s += SHIFT_S + 60
    hub.now()
    one.waiting.until(lambda: any(each.says == "sync.happened.mismatch" for each in one.state().notes))
    one.waiting.until(lambda: hub.settled() and not one.waits() and one.leaves() == centre.leaves())
    assert f"1-{'f' * 32}" in str(one.leaves()[doc])
    assert all(one.store.read.complaint(name) is not None for name in names)
    [line] = [each for each in one.log.path.read_text("utf-8").splitlines() if "engine.hub_mismatch" in each]
    assert '"fetched":1' in line


def test_comparing_gives_way_to_an_operator_and_then_goes_on(
    tmp_path: Path, ending: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = ShiftedClock(0)
    centre, one = Post(tmp_path / "centre"), Post(tmp_path / "one", clock)
    for post in (centre, one):
        ending.callback(post.close)
    hub = one.begin(ending.enter_context(serving(centre)))
    recorded(one)
    one.waiting.until(lambda: hub.settled() and not one.waits())
    whole, lanes, ends = Replicator.compare, list[Lane](), list[bool]()

    def compare(self: Replicator, halt: Callable[[], bool] = lambda: False) -> Mismatch | None:
        if self.place != complaints_place("rekaan", ONE):
            return whole(self, halt)
        visit = hub.visits.all[self.place]
        assert visit.exchange is not None
        lanes.append(visit.exchange[1].lane)
        if not ends:
            visit.sends = True  # an operator did something meanwhile
        ends.append(halt())
        return None if ends[-1] else whole(self, halt)

    monkeypatch.setattr(Replicator, "compare", compare)
    clock.ahead_s += SHIFT_S + 60
    hub.now()
    one.waiting.until(lambda: len(ends) >= 2 and not ends[-1])
    one.waiting.until(hub.settled)
    assert ends[0]
    assert set(lanes) == {Lane.HISTORY}


def test_what_cannot_be_taken_is_told_by_name_and_in_the_log(
    making: PostMaking, ending: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    centre, one, two = making("centre"), making("one"), making("two")
    url = ending.enter_context(serving(centre))
    whole = Replica.take

    def take(self: Replica, page: Page, *more: Any) -> Any:
        if self is not two.store.replica:
            return whole(self, page, *more)
        bad = [each for each in page.revisions if each.body.get("title") == "Rusak"]
        rest = [each for each in page.revisions if each not in bad]
        taken, changes = whole(self, replace(page, revisions=rest), *more)
        refused = [NotTaken(each.doc, each.rev, "sync.exchange.no_body") for each in bad]
        return replace(taken, refused=[*taken.refused, *refused]), changes

    monkeypatch.setattr(Replica, "take", take)
    bad, good = recorded(one, "Rusak"), recorded(one, "Utuh")
    one.begin(url)
    one.waiting.until(lambda: not one.waits())
    hub = two.begin(url)
    two.waiting.until(lambda: two.state().untaken_count == 1)
    two.waiting.until(hub.settled)
    [told] = two.state().untaken
    assert (told.place, told.says) == (complaints_place("rekaan", ONE), "sync.exchange.no_body")
    assert bad.partition(":")[2] in told.doc
    assert two.store.read.complaint(good) is not None
    assert two.store.read.complaint(bad) is None
    assert '"what":"engine.hub_untaken"' in two.log.path.read_text("utf-8")
    assert [each.says for each in two.state().notes] == ["sync.happened.quarantined"]
