"""Too long without its centre, or said to be lost, a console closes itself; contact or code open it."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from console.core.clock import TurnedClock
from console.core.errors import Refused
from console.core.records import HubState
from console.store.closed import LOST, OFFLINE, Closed
from console.store.files import Profile, load_phrases
from console.store.keeper import Keeper
from console.store.people import Hand
from console.store.read import Read
from console.store.store import Store
from sync import city_key
from sync.city_key import SERVER, CityKeys, new_key
from sync.city_key_terminal import KeyDesk
from sync.credentials import Credentials
from sync.engine_log import EngineLog
from sync.offline import LOOK_EVERY_S, Offline, Stands, Verdict, judged
from tests.cities import small_pack
from tests.store.conftest import NOON, roomy
from tests.sync.posts import Post, Waiting, recorded, serving
from tests.sync.test_credentials import MemoryRing

DAY = timedelta(days=1)
STANDS = Stands(None, False, NOON, None, True, False, None, ())


def at(days: float) -> datetime:
    return NOON + days * DAY


@pytest.mark.parametrize(
    ("changed", "now", "days", "verdict"),
    [
        ({}, 6.9, 7, Verdict()),
        ({}, 7.1, 7, Verdict(close=OFFLINE)),
        ({}, 4000, 0, Verdict()),
        ({"good_at": at(7)}, 7.1, 7, Verdict(noted=at(7))),
        ({"good_at": at(0.01)}, 0.02, 7, Verdict()),  # written down but once an hour
        ({"good_at": at(0.01)}, 7.005, 7, Verdict()),  # and judged by the newest all the same
        ({"contact_at": None}, 400, 7, Verdict(noted=at(400))),  # counted from here on
        ({"contact_at": None, "centre": False}, 400, 7, Verdict()),  # who has no centre lacks none
        ({"seen_at": at(9)}, 1, 7, Verdict(close=OFFLINE)),  # the clock was set back
        # the clock had been years ahead as the centre answered, and is right now
        ({"contact_at": at(900), "good_at": at(1), "fresh": True}, 1, 7, Verdict(noted=at(1))),
        ({"closed": Closed(OFFLINE, at(900)), "good_at": at(9), "fresh": True}, 9, 7, Verdict(open=True, noted=at(9))),
        ({"closed": Closed(OFFLINE, at(8))}, 9, 7, Verdict()),
        ({"closed": Closed(OFFLINE, at(8)), "good_at": at(9)}, 9, 7, Verdict(open=True, noted=at(9))),
        ({"closed": Closed(OFFLINE, at(8)), "good_at": at(1)}, 9, 7, Verdict(noted=at(1))),
        ({"lost": True}, 0, 0, Verdict(close=LOST)),
        ({"lost": True, "closed": Closed(OFFLINE, at(0)), "good_at": at(0)}, 0, 0, Verdict(close=LOST)),
        ({"lost": True, "closed": Closed(LOST, at(0)), "good_at": at(0.01)}, 1, 0, Verdict()),  # contact opens none
    ],
)
def test_what_follows_from_how_it_stands(changed: dict[str, Any], now: float, days: int, verdict: Verdict) -> None:
    assert judged(replace(STANDS, **changed), at(now), days) == verdict


class Alone:
    """A console with its key, and the part of its engine that closes it."""

    def __init__(self, folder: Path, days: int = 7) -> None:
        self.clock = TurnedClock(NOON, seed=4)
        self.profile = Profile.at(folder)
        self.pack = small_pack()
        self.store = Store.open(self.profile, self.clock, self.pack, room=roomy(self.profile))
        self.key, private, self.code = new_key(self.pack.id, "Dewi", self.clock)
        self.store.add_data_key(self.key)
        self.ring = MemoryRing()
        self.credentials = Credentials(lambda: self.ring)
        assert CityKeys(self.credentials).keep(self.key, private)
        self.keeper = Keeper(self.store)
        self.log = EngineLog(folder, self.clock)
        self.offline = Offline(
            self.profile,
            self.keeper,
            self.clock,
            self.log,
            self.credentials,
            city=self.pack.id,
            console=lambda: self.store.console,
            days=days,
        )

    def answered(self) -> None:
        """The centre did."""
        self.keeper.write(lambda store, _: (None, store.hub(HubState("https://pusat.id", self.clock.now())))).result(20)
        self.later(LOOK_EVERY_S / 86_400)

    def later(self, days: float) -> None:
        self.clock.turn(days * 86_400)
        self.offline.look()

    @property
    def closed(self) -> Closed | None:
        with closing(Read.open(self.profile)) as read:
            return read.closed()

    @property
    def holds_key(self) -> bool:
        return bool(Credentials(lambda: self.ring).secret(SERVER, self.key.fingerprint)) or bool(
            CityKeys(self.credentials).private(self.key)
        )

    def told(self) -> list[str]:
        return [json.loads(line)["what"] for line in self.log.path.read_text().splitlines()]

    def end(self) -> None:
        self.keeper.close()
        self.store.close()


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(city_key, "_KDF", {"kdf": "argon2id", "m": 64, "t": 1, "p": 4})


@pytest.fixture
def alone(tmp_path: Path, ending: ExitStack) -> Alone:
    made = Alone(tmp_path / "satu")
    ending.callback(made.end)
    return made


def test_it_closes_after_so_many_days_lets_go_of_the_key_and_opens_by_contact(alone: Alone) -> None:
    alone.answered()
    alone.later(6.9)
    assert alone.closed is None and alone.holds_key
    alone.later(0.2)
    assert alone.closed is not None and alone.closed.why == OFFLINE
    Waiting().until(lambda: not alone.holds_key)
    assert alone.told() == ["engine.closed"]
    alone.later(30)
    assert alone.closed is not None
    alone.answered()
    assert alone.closed is None and alone.told()[-1] == "engine.opened"
    assert not alone.holds_key  # that comes back by the code alone


def test_a_clock_that_was_far_ahead_closes_nothing_for_ever(alone: Alone) -> None:
    alone.answered()
    alone.later(3)
    alone.clock.jump(alone.clock.now() + 900 * DAY)
    alone.later(0.1)
    assert alone.closed is not None
    alone.clock.jump(alone.clock.now() - 900 * DAY)
    alone.later(0.1)
    assert alone.closed is not None
    alone.answered()
    for _ in range(6):
        assert alone.closed is None
        alone.later(1)


def test_a_clock_that_is_set_back_makes_nothing_younger(alone: Alone) -> None:
    alone.answered()
    for _ in range(6):
        alone.later(1)
    alone.clock.jump(alone.clock.now() - 5 * DAY)
    alone.offline._days = 5  # as if the six days had been too long
    alone.later(0.1)
    assert alone.closed is not None


def test_the_recovery_code_opens_it_without_any_centre(alone: Alone) -> None:
    alone.answered()
    alone.later(8)
    Waiting().until(lambda: not alone.holds_key)
    keys, said = CityKeys(alone.credentials), list[str]()
    desk = KeyDesk(alone.profile, alone.pack, load_phrases("id"), said.append, keys, alone.clock, "os:dewi")
    with pytest.raises(Refused, match=r"closed\.running"):
        desk.open(lambda: alone.code)
    alone.end()
    with pytest.raises(Refused):
        desk.open(lambda: city_key.new_code())
    assert alone.closed is not None
    assert desk.open(lambda: alone.code) == 0
    assert alone.closed is None and alone.holds_key
    alone.store = Store.open(alone.profile, alone.clock, alone.pack, room=roomy(alone.profile))
    alone.keeper = alone.offline._keeper = Keeper(alone.store)
    alone.later(1)
    assert alone.closed is None  # counted anew
    alone.later(7)
    assert alone.closed is not None


def test_one_that_is_lost_is_not_opened_by_contact_and_nobody_stays_signed_in(alone: Alone) -> None:
    console = alone.store.console
    alone.keeper.person(lambda store: (None, store.tell_lost(console, who="Dewi"))).result(20)
    alone.offline.stir()
    alone.later(0)
    assert alone.closed is not None and alone.closed.why == LOST
    alone.answered()
    assert alone.closed is not None
    alone.keeper.person(lambda store: (None, store.tell_lost(console, who="Dewi", found=True))).result(20)
    alone.answered()
    assert alone.closed is None


Making = Callable[[str], Post]


@pytest.fixture
def making(tmp_path: Path, ending: ExitStack) -> Making:
    def make(name: str) -> Post:
        post = Post(tmp_path / name)
        ending.callback(post.close)
        return post

    return make


def test_a_lost_laptop_sends_what_waits_and_closes_at_its_next_contact(making: Making, ending: ExitStack) -> None:
    centre, laptop = making("pusat"), making("laptop")
    key, private, _ = new_key(laptop.pack.id, "Dewi", laptop.clock)
    for post in (centre, laptop):
        post.keeper.person(lambda store: (None, store.add_data_key(key))).result(20)
    ring = MemoryRing()
    credentials = Credentials(lambda: ring)
    CityKeys(credentials).keep(key, private)
    mine = recorded(laptop, title="Belum terkirim")
    who = laptop.store.console
    centre.keeper.person(lambda store: (None, store.tell_lost(who, who="Dewi"))).result(20)
    offline = Offline(
        laptop.profile,
        laptop.keeper,
        laptop.clock,
        laptop.log,
        credentials,
        city=laptop.pack.id,
        console=lambda: laptop.store.console,
        days=0,
    )
    laptop.begin(ending.enter_context(serving(centre)))

    def closed() -> bool:
        offline.stir()
        offline.look()
        with closing(Read.open(laptop.profile)) as read:
            found = read.closed()
        return found is not None and found.why == LOST

    Waiting().until(closed)

    def arrived() -> bool:
        with closing(Read.open(centre.profile)) as read, closing(Read.open(laptop.profile)) as ours:
            found = read.complaint(mine)
            return found is not None and found.title == "Belum terkirim" and ours.outbox().waiting == 0

    Waiting().until(arrived)
    with closing(Read.open(laptop.profile)) as read:
        bare = read.complaint(mine)
        assert bare is not None and bare.title == ""
    Waiting().until(lambda: not ring.kept)


def test_sign_ins_of_a_lost_console_end(alone: Alone) -> None:
    from console.core.people import Person, Role

    who = Person(alone.clock.new_id(), "kepala", "Ibu Kepala", Role.ADMIN)

    def begin(store: Store) -> tuple[None, Any]:
        from console.store.store import NOTHING

        store.person(lambda people: people.first(who, "$argon2id$v=19$x"))
        store.person(lambda people: people.open("sesi", who.id))
        return None, NOTHING

    alone.keeper.person(begin).result(20)
    console = alone.store.console
    hand = Hand(who.name, "sesi")
    alone.keeper.person(lambda store: (None, store.tell_lost(console, who=hand.name, session="sesi"))).result(20)
    alone.offline.stir()
    alone.later(0)
    session = alone.store.persons().sessions["sesi"]
    assert session.ended_at is not None and session.why == "people.ended.console"
