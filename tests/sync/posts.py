"""Posts for tests of the exchange: a store with its keeper and, where wanted, a relay on it or a hub to one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from console.commands import open_envelope, seal
from console.commands.intake import Record, new_complaint_id
from console.core.clock import Clock, SystemClock
from console.core.command import Command, Receipt
from console.core.records import Changes, HubState
from console.core.settings import Settings, declared
from console.store.files import Profile, resource
from console.store.keeper import Keeper
from console.store.room import Room
from console.store.shelf import Shelf
from console.store.store import Store
from sync.centre.hub import city_places
from sync.engine_log import EngineLog
from sync.exchange import Means, Photos, open_hub
from sync.hub import Hub
from sync.hub_server import Server
from sync.peering import Fact
from sync.pull import Gate
from sync.relay import Account, Relay
from sync.relay.tls import OwnKey
from sync.visits import Pace
from sync.wire import Limits, Wire
from tests.cities import ONE, small_pack

USER, SECRET = "posko", "rahasia-yang-panjang"
PACE = Pace(round_s=5.0, blind_round_s=0.3, poll_s=5.0, first_s=0.02, most_s=0.3, doubt_s=0.1)
PATIENCE_S = 20.0


class ShiftedClock(SystemClock):
    """The time of a machine whose clock is wrong."""

    def __init__(self, ahead_s: float) -> None:
        super().__init__()
        self.ahead_s = ahead_s

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self.ahead_s)


class Waiting:
    """Waits for something to become true, woken by what changes."""

    def __init__(self) -> None:
        self._wake = threading.Condition()

    def stir(self) -> None:
        with self._wake:
            self._wake.notify_all()

    def until(self, true: Callable[[], bool], seconds: float = PATIENCE_S) -> None:
        clock = SystemClock()
        end_s = clock.monotonic_s() + seconds
        with self._wake:
            while not true():
                left_s = end_s - clock.monotonic_s()
                assert left_s > 0, "it did not come to be"
                self._wake.wait(min(left_s, 0.05))


@dataclass
class Post:
    """A store on a folder, with its keeper."""

    folder: Path
    clock: Clock = field(default_factory=SystemClock)
    hub: Hub | None = None
    photos: Photos | None = None
    facts: list[Fact] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.pack = small_pack()
        self.profile = Profile.at(self.folder)
        room = Room(self.profile.reserve, reserve_bytes=0)
        self.store = Store.open(self.profile, self.clock, self.pack, room=room)
        self.waiting = Waiting()
        self.keeper = Keeper(self.store, self._changed)
        self.gate = Gate(lambda trouble: None, lambda: None)
        self.log = EngineLog(self.profile.folder, self.clock)
        self.wire = Wire(self.clock, agent="kendali-test", limits=Limits(deadline_s=20, connect_s=5))

    def _changed(self, changes: Changes) -> None:
        if self.hub is not None:
            self.hub.changed(changes)
        self.waiting.stir()

    def shelf(self) -> Shelf:
        return Shelf.open(self.profile, any_thread=True)

    def do(self, command: Command, by: str = "Sari") -> Receipt:
        envelope = seal(command, self.clock, by)
        receipt = self.keeper.do(envelope, open_envelope(envelope, self.pack)).result(10)
        assert receipt.outcome == "taken", receipt
        return receipt

    def begin(
        self,
        url: str,
        *,
        pace: Pace = PACE,
        secret: Callable[[], str] = lambda: SECRET,
        settings: Mapping[str, Any] | None = None,
        pin: str = "",
    ) -> Hub:
        """Start a hub to that server."""
        chosen = Settings(declared(resource("settings.toml")), settings)
        means = Means(
            self.profile,
            self.store.console,
            self.pack,
            self.keeper,
            self.wire,
            self.gate,
            self.clock,
            self.log,
            pace,
        )
        self.hub, self.photos = open_hub(means, Server(url, USER, pin=pin), chosen, secret)
        self.hub.start()
        return self.hub

    def state(self) -> HubState:
        return self.store.read.hub() or HubState("", None)

    def leaves(self) -> dict[str, tuple[str, ...]]:
        """All documents with all their leaves."""
        shelf = self.shelf()
        try:
            return {
                change.doc: change.leaves
                for place in shelf.places()
                for change in shelf.changes(place, 0, 100_000).rows
                if not change.doc.startswith("canary:")
            }
        finally:
            shelf.close()

    def waits(self) -> list[str]:
        shelf = self.shelf()
        try:
            return shelf.waiting_places()
        finally:
            shelf.close()

    def end_hub(self) -> None:
        if self.hub is not None:
            hub, self.hub = self.hub, None
            assert hub.stop() == []
        if self.photos is not None:
            self.photos.desk.close()
            self.photos = None

    def close(self) -> None:
        self.wire.cut = True
        self.end_hub()
        self.keeper.close()
        self.wire.close()
        self.store.close()


def recorded(post: Post, title: str = "Jalan rusak", area: str = f"{ONE}.1001") -> str:
    """The id of a complaint just recorded there."""
    name = new_complaint_id(post.clock)
    post.do(Record(name, title=title, channel="telepon", area=area))
    return name


@contextmanager
def serving(post: Post, *, port: int = 0, tls: OwnKey | None = None) -> Iterator[str]:
    """A relay on a post's store; its address."""
    places = city_places(post.pack)
    relay = Relay(
        post.keeper,
        post.shelf,
        post.clock,
        profile=post.profile,
        accounts=[Account.made(USER, SECRET, writes=places)],
        places=places,
        port=port,
        tls=tls,
        held=True,
    )
    try:
        yield f"http{'s' if tls else ''}://127.0.0.1:{relay.start()}"
    finally:
        relay.stop()
