"""A console's store, served to others: off unless it is started, closed to who has no account."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from console.core.clock import Clock
from console.store.blobs import Blobs
from console.store.files import Profile
from console.store.keeper import Keeper
from console.store.shelf import Shelf
from sync.relay.accounts import Account
from sync.relay.guard import Guard
from sync.relay.host import OneStore
from sync.relay.identity import identity_of, remember
from sync.relay.routes import Routes
from sync.relay.server import Server

if TYPE_CHECKING:
    from sync.relay.tls import OwnKey

VERSION = "0.1.0"


class Relay:
    """One relay on one store. `start` tells its port; `stop` ends it and waits for its threads."""

    def __init__(
        self,
        keeper: Keeper,
        open_shelf: Callable[[], Shelf],
        clock: Clock,
        *,
        profile: Profile,
        accounts: Iterable[Account],
        places: Sequence[str],
        tls: OwnKey | None = None,
        address: str = "127.0.0.1",
        port: int = 0,
        held: bool = False,
    ) -> None:
        """`open_shelf` opens a reader that any thread may use, one at a time. `held`: what is written here is at its
        home and is not to be sent on. Without `tls` it answers this machine only. Raises `DiskTrouble`."""
        if tls is None:
            address = "127.0.0.1"
        self._profile = profile
        with_shelf = open_shelf()
        try:
            known = sum(with_shelf.heads(places).values())
        finally:
            with_shelf.close()
        self.identity = identity_of(profile, clock, known)
        """What peers know it by."""
        self._host = OneStore(
            keeper,
            open_shelf,
            clock,
            places=places,
            blobs=Blobs(profile.blobs),
            identity=self.identity,
            held=held,
        )
        guard = Guard(accounts, clock, secure=tls is not None)
        routes = Routes(self._host, guard, clock, VERSION)
        self._server = Server(routes, clock, address=address, port=port, tls=tls.context if tls else None)

    def start(self) -> int:
        """Serve; the port. One that is taken or may not be used raises `Refused`."""
        return self._server.start()

    def stop(self) -> None:
        """End every conversation. The store stays open. Raises `DiskTrouble` where its state cannot be kept."""
        self._host.wakes().end()
        self._server.stop()
        heads = self._host.wakes().heads()
        self._host.close()
        remember(self._profile, self.identity, sum(heads.values()))
