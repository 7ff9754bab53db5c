"""The embedded centre's database server: a store of its own, served by the relay to the consoles of this machine.

It has one account, whose secret is made anew at each start and leaves this process by the note `listening` alone.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from console.core.clock import Clock
from console.core.pack import CityPack
from console.store.files import Profile
from console.store.keeper import Keeper
from console.store.room import Room
from console.store.shelf import Shelf
from console.store.store import Store
from sync.relay import Account, Relay
from sync.relay.own import city_places

__all__ = ["city_places", "serving_hub"]

USER = "console"
_FOLDER = "centre"


@contextmanager
def serving_hub(folder: Path | None, pack: CityPack, clock: Clock) -> Iterator[Mapping[str, Any]]:
    """Serve a centre's databases during the block: their port, and the account that may use them. They lie in a
    folder of the profile, or where there is none in a temporary one. Raises `DiskTrouble`, `Refused`."""
    with ExitStack() as ending:
        if folder is None:
            folder = Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="kendali-centre-")))
        profile = Profile.at(folder / _FOLDER)
        # no reserve: nobody types here, and a console beside it has one
        store = Store.open(profile, clock, pack, room=Room(profile.reserve, reserve_bytes=0))
        ending.callback(store.close)
        keeper = Keeper(store)
        ending.callback(keeper.close)
        secret = os.urandom(24).hex()
        places = city_places(pack)
        relay = Relay(
            keeper,
            lambda: Shelf.open(profile, any_thread=True),
            clock,
            profile=profile,
            accounts=[Account.made(USER, secret, writes=places)],
            places=places,
            held=True,
        )
        port = relay.start()
        ending.callback(relay.stop)
        yield {"port": port, "user": USER, "secret": secret}
