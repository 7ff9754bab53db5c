"""A console's own relay: on where its settings say so and somebody has an account, over TLS with the console's own key.

Accounts are made at a terminal (`main.py relay add NAME`) and are read when the engine starts. What is written here by
others waits in this console's outbox for the centre, as its own changes do.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from console.core.clock import Clock
from console.core.errors import BadSetting, DiskTrouble, Refused
from console.core.pack import CityPack, Level
from console.core.places import files_place, places_of
from console.core.settings import Settings
from console.store.files import Profile, atomic_write, read_bytes
from console.store.keeper import Keeper
from console.store.shelf import Shelf
from sync.credentials import Credentials
from sync.relay.accounts import Account, as_bytes, from_bytes
from sync.relay.relay import Relay

if TYPE_CHECKING:
    from sync.relay.tls import OwnKey

_FILE = "relay-accounts.json"
_KEY = "relay"
"""Under which name the keyring keeps what opens our key."""
Tell = Callable[..., object]


def city_places(pack: CityPack) -> tuple[str, ...]:
    """All databases of a city."""
    kecamatan = [code for code, area in pack.areas.items() if area.level is Level.KECAMATAN]
    return (*places_of(pack.id, kecamatan), files_place(pack.id))


def accounts_of(profile: Profile) -> list[Account]:
    """Who may use this console's relay; [] at first. An unsound list raises `BadSetting`."""
    path = profile.folder / _FILE
    raw = read_bytes(path)
    return [] if raw is None else from_bytes(raw, path.name)


def keep_accounts(profile: Profile, accounts: list[Account]) -> None:
    """Write the list. Raises `DiskTrouble`."""
    atomic_write(profile.folder / _FILE, as_bytes(accounts))


def key_of(folder: Path, credentials: Credentials, name: str) -> tuple[OwnKey, bool]:
    """The console's own key, and whether it is the same after a new start: only where there is a keyring."""
    # the library it stands on takes a while to load, and most consoles serve nobody
    from sync.relay.tls import own_key

    word = credentials.secret(_KEY, name)
    if not word:
        word = os.urandom(32).hex()
        if not credentials.keep(_KEY, name, word):
            # what only memory knows must not pass for the keyring's at the next asking
            credentials.forget(_KEY, name)
            word = ""
    return own_key(folder, word), bool(word)


class OwnRelay:
    """The relay of one engine. `start` does nothing where it is off."""

    def __init__(
        self,
        profile: Profile,
        keeper: Keeper,
        pack: CityPack,
        settings: Settings,
        clock: Clock,
        *,
        credentials: Credentials,
        console: str,
        tell: Tell,
        trouble: Tell,
    ) -> None:
        """`tell` hears of the start for the log, `trouble` of what kept it from starting, as a phrase with values."""
        self._profile = profile
        self._keeper = keeper
        self._pack = pack
        self._port = int(settings["relay.port"])
        self._address = str(settings["relay.address"]).strip()
        self._clock = clock
        self._credentials = credentials
        self._console = console
        self._tell = tell
        self._trouble = trouble
        self._relay: Relay | None = None

    def start(self) -> None:
        """Serve, where the settings say so. What stands in the way is told and stops nothing else."""
        if not self._port:
            return
        try:
            self._serve()
        except (BadSetting, DiskTrouble, Refused) as trouble:
            self._trouble(trouble.says, {name: str(value) for name, value in trouble.values.items()})

    def _serve(self) -> None:
        accounts = accounts_of(self._profile)
        if not accounts:
            raise Refused("relay.no_accounts")
        key, lasting = key_of(self._profile.folder, self._credentials, self._console)
        relay = Relay(
            self._keeper,
            lambda: Shelf.open(self._profile, any_thread=True),
            self._clock,
            profile=self._profile,
            accounts=accounts,
            places=city_places(self._pack),
            tls=key,
            address=self._address,
            port=self._port,
        )
        try:
            port = relay.start()
        except Refused:
            relay.stop()
            raise
        self._relay = relay
        self._tell("relay.on", port=port, state=key.fingerprint)
        if not lasting:
            self._trouble("relay.key_of_this_run", {"fingerprint": key.fingerprint})

    def stop(self) -> None:
        """End it, before the keeper ends."""
        relay, self._relay = self._relay, None
        if relay is None:
            return
        try:
            relay.stop()
        except DiskTrouble as trouble:
            self._tell("relay.not_remembered", why=trouble.says)
