"""A host that makes a store of its own for each database: what asks a server questions makes and drops them freely."""

from __future__ import annotations

import shutil
import threading
from dataclasses import replace
from itertools import count
from pathlib import Path

from console.core.clock import Clock, SystemClock, millis
from console.store.files import Profile
from console.store.keeper import Keeper
from console.store.room import Room
from console.store.shelf import Shelf
from console.store.store import Store
from sync.relay.accounts import Account
from sync.relay.guard import Guard
from sync.relay.host import Base, OneStore
from sync.relay.identity import Identity
from sync.relay.routes import Routes
from sync.relay.server import Server
from sync.relay.wakes import Wakes
from tests.cities import small_pack

USER, SECRET = "console-1", "rahasia-rekaan-1"


class ManyStores:
    """Databases by name, each a store in a folder of its own."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.uuid = clock.new_id()
        self._folder = folder
        self._clock = clock
        self._count = count()
        self._lock = threading.Lock()
        self._stores: dict[str, tuple[Store, Keeper, OneStore]] = {}
        self._wakes = Wakes(self._heads, clock)

    def _heads(self) -> dict[str, int]:
        heads: dict[str, int] = {}
        for _, _, one in list(self._stores.values()):
            heads |= one.wakes().heads()
        return heads

    def find(self, name: str) -> Base | None:
        with self._lock:
            found = self._stores.get(name)
        return found[2].find(name) if found else None

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self._stores))

    def make(self, name: str) -> bool:
        with self._lock:
            profile = Profile.at(self._folder / str(next(self._count)))
            room = Room(profile.reserve, intake_bytes=0, reserve_bytes=0)
            store = Store.open(profile, self._clock, small_pack(), room=room)
            keeper = Keeper(store)
            instance = str(millis(self._clock.now()) * 1000 + next(self._count))
            one = OneStore(
                keeper,
                lambda: Shelf.open(profile, any_thread=True),
                self._clock,
                places=[name],
                blobs=store.blobs,
                identity=Identity(self.uuid, instance),
                held=True,
            )
            inner = one.wakes()
            stir = inner.stir

            def both() -> None:
                stir()
                self._wakes.stir()

            inner.stir = both  # type: ignore[method-assign]
            self._stores[name] = (store, keeper, one)
            return True

    def drop(self, name: str) -> bool:
        with self._lock:
            store, keeper, one = self._stores.pop(name)
        one.close()
        keeper.close()
        store.close()
        shutil.rmtree(store.profile.folder, ignore_errors=True)
        return True

    def store(self, name: str) -> tuple[Store, Keeper]:
        """What writes a database: to look behind the relay."""
        return self._stores[name][:2]

    def wakes(self) -> Wakes:
        return self._wakes

    def close(self) -> None:
        self._wakes.end()
        for name in self.names():
            self.drop(name)


class TestRelay:
    """A relay on loopback whose databases are made by whoever asks. One account may do all."""

    __test__ = False

    def __init__(self, folder: Path, *, clock: Clock | None = None, port: int = 0, most: int = 128) -> None:
        self.clock = clock or SystemClock()
        self.host = ManyStores(folder, self.clock)
        account = replace(Account.made(USER, SECRET), writes=("*",))
        routes = Routes(self.host, Guard([account], self.clock, secure=False), self.clock, "0.1.0")
        self.server = Server(routes, self.clock, port=port, most=most)
        self.port = self.server.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        for name in self.host.names():
            base = self.host.find(name)
            if base is not None:
                base.wakes.end()
        self.host.wakes().end()
        self.server.stop()
        self.host.close()
