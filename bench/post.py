"""A console's store with its keeper and its wire, as the benchmarks of sync need it; documents; and a served centre.

`python -m bench.post FOLDER` serves the store in a folder as the embedded centre does: says its port, user and secret,
and ends when its input closes.
"""

from __future__ import annotations

import json
import random
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.fresh import WORK
from bench.pages import city
from console.core.clock import SystemClock, TurnedClock
from console.core.places import complaints_place
from console.core.replica import Page, Revised
from console.store.arrivals import canonical
from console.store.documents import name_rev
from console.store.files import Profile
from console.store.keeper import Keeper
from console.store.room import Room
from console.store.shelf import Shelf
from console.store.store import Store
from sync.centre.hub import city_places
from sync.hub_local import HubLocal, Shelves
from sync.hub_wire import Account, HubWire
from sync.lanes import Budget, Lane, Lanes
from sync.peering import Pages
from sync.relay import Account as Served
from sync.relay import Relay
from sync.replicate import Replicator
from sync.wire import Wire

PLACE = complaints_place(city().id, "")
_VERSION = 1
_WORDS = ("petugas", "lapangan", "lampu", "jalan", "saluran", "warga", "kelurahan", "besok", "selesai", "alat", "dinas")


def documents(count: int) -> Path:
    """A file with so many documents of people's deeds, about 390 bytes each, one a line, with `_id` and `_rev`."""
    path = WORK / f"deeds-{count}-v{_VERSION}.jsonl"
    if path.exists():
        return path
    WORK.mkdir(parents=True, exist_ok=True)
    chance, clock = random.Random(7), TurnedClock(SystemClock().now(), seed=7)
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8") as out:
        for number in range(count):
            clock.turn(0.4)
            body = {
                "type": "deed",
                "complaint": f"rekaan:{number % 50_000:08}",
                "deed": "note",
                "by": f"Operator {number % 40}",
                "at": clock.now().isoformat(timespec="milliseconds"),
                "text": " ".join(chance.choices(_WORDS, k=chance.randint(8, 22))),
                "before": 4,
                "after": 4,
                "fields": {},
                "undoes": "",
            }
            line = {"_id": f"deed:{clock.new_id()}", "_rev": name_rev("", body), **body}
            out.write(canonical(line) + "\n")
    part.replace(path)
    return path


def revised(path: Path) -> Iterator[list[Revised]]:
    """The documents of a file, a thousand at a time."""
    some: list[Revised] = []
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            body = json.loads(line)
            some.append(Revised(body.pop("_id"), (body.pop("_rev"),), body))
            if len(some) == 1000:
                yield some
                some = []
    if some:
        yield some


class _FixedPages(Pages):
    """Pages as a thin link has them, on a link that is not thin."""

    def took(self, rows: int, seconds: float) -> None:
        """Whatever it took."""


class Post:
    """A store in a folder, made anew unless `kept`."""

    def __init__(self, name: str, *, kept: bool = False) -> None:
        folder = WORK / name
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)
        self.clock = SystemClock()
        self.profile = Profile.at(folder)
        room = Room(self.profile.reserve, intake_bytes=0, reserve_bytes=0)
        self.store = Store.open(self.profile, self.clock, city(), room=room)
        self.keeper = Keeper(self.store)
        self.wire = Wire(self.clock, agent="kendali-bench")
        self.shelves = Shelves(lambda: Shelf.open(self.profile, any_thread=True))
        self.hub: HubWire | None = None

    def fill(self, path: Path, *, held: bool) -> None:
        """Store documents as if a hub (`held`) or a bundle had brought them."""
        for some in revised(path):
            HubLocal(self.keeper, self.shelves).take(Page(PLACE, some, held=held))

    def replicator(
        self, url: str, database: str, *, user: str = "", secret: str = "", size: int = 200, fixed: bool = False
    ) -> Replicator:
        """What exchanges one place with a server; `fixed` keeps the size of a page."""
        lanes = Lanes(self.clock, Budget(self.clock))
        line = self.wire.line(allow_private=True, count=lanes.budget.spend)
        self.hub = HubWire(line, url, Account(user, lambda: secret), lanes)
        return Replicator(
            self.hub.on(Lane.REST),
            HubLocal(self.keeper, self.shelves),
            self.clock,
            self.clock.chance,
            place=PLACE,
            database=database,
            console=self.store.console,
            told=lambda _fact: None,
            page=_FixedPages(size) if fixed else Pages(size),
        )

    def count(self) -> int:
        """Documents of the place."""
        return self.shelves.mine().state(PLACE).documents

    def close(self) -> None:
        """End everything."""
        if self.hub is not None:
            self.hub.end()
        self.wire.cut = True
        self.keeper.close()
        self.shelves.close()
        self.wire.close()
        self.store.close()


def serve(folder: Path) -> None:
    """Serve until the input closes."""
    pack, clock = city(), SystemClock()
    profile = Profile.at(folder)
    store = Store.open(profile, clock, pack, room=Room(profile.reserve, intake_bytes=0, reserve_bytes=0))
    keeper = Keeper(store)
    places = city_places(pack)
    relay = Relay(
        keeper,
        lambda: Shelf.open(profile, any_thread=True),
        clock,
        profile=profile,
        accounts=[Served.made("bench", "rahasia-bench", writes=places)],
        places=places,
        held=True,
    )
    print(json.dumps({"port": relay.start(), "user": "bench", "secret": "rahasia-bench"}), flush=True)
    sys.stdin.read()
    relay.stop()
    keeper.close()
    store.close()


def main(arguments: Sequence[str]) -> None:
    """The served process."""
    serve(Path(arguments[0]))


if __name__ == "__main__":
    main(sys.argv[1:])
