"""`key make | open | show | status`: the city's data key at a terminal, in plain sentences.

What is personal is never asked or shown here. `make` prints the recovery code once, on standard output alone.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from console.core.clock import Clock, SystemClock
from console.core.errors import DiskTrouble, Refused
from console.core.pack import CityPack
from console.core.phrases import Phrases
from console.store.data_key import DataKey
from console.store.files import Profile
from console.store.read import Read
from console.store.store import Store
from sync.chosen import pack_of
from sync.city_key import CityKeys, new_key, read_aloud
from sync.credentials import Credentials
from sync.keys import Secrets

LOST = 1
_WORDS_A_LINE = 5
Line = Callable[[str], object]


@dataclass(frozen=True)
class KeyDesk:
    """One run of `key`."""

    profile: Profile
    pack: CityPack
    phrases: Phrases
    out: Line
    keys: CityKeys
    clock: Clock
    who: str = ""
    """Who stands in the ledger for what is opened."""

    @classmethod
    def at(cls, folder: Path, phrases: Phrases, out: Line, secrets: Secrets | None = None, *, who: str = "") -> KeyDesk:
        """On the profile of that folder, with the machine's keyring."""
        profile = Profile.at(folder)
        return cls(profile, pack_of(profile), phrases, out, CityKeys(secrets or Credentials()), SystemClock(), who)

    def make(self, by: str) -> int:
        """Make the city's key; the engine must not run. Raises `Refused` where there is one."""
        if not by.strip():
            raise Refused("commands.nobody")
        with closing(Store.open(self.profile, self.clock, self.pack)) as store:
            key, private, code = new_key(self.pack.id, by.strip(), self.clock)
            store.add_data_key(key)
            kept = self.keys.durable and self.keys.keep(key, private)
        self._say("made", fingerprint=key.fingerprint)
        self._say("words", words=" ".join(read_aloud(key.fingerprint)))
        self._say("code_once")
        words = code.split()
        for start in range(0, len(words), _WORDS_A_LINE):
            self.out(f"  {start + 1:2}  {' '.join(words[start : start + _WORDS_A_LINE])}")
        self._say("kept" if kept else "not_kept")
        return 0

    def open(self, code: Callable[[], str]) -> int:
        """Hold the private half at this console from now on; 1 where it has no keyring to hold it in."""
        key = self._key()
        with closing(Read.open(self.profile)) as read:
            closed = read.closed()
        if closed is not None:
            return self._open_up(key, code)
        kept = self.keys.unlock(key, code())
        self._say("opened", fingerprint=key.fingerprint)
        self._say("kept" if kept else "not_kept")
        return 0 if kept else LOST

    def _open_up(self, key: DataKey, code: Callable[[], str]) -> int:
        """The code opens a console that closed itself too; while it runs it would close again."""
        try:
            store = Store.open(self.profile, self.clock, self.pack)
        except DiskTrouble as trouble:
            if trouble.says == "store.second_writer":
                raise Refused("closed.running") from trouble
            raise
        with closing(store):
            kept = self.keys.unlock(key, code())
            store.open_up("code", who=self.who, overrule=True)
        self._say("opened", fingerprint=key.fingerprint)
        self._say("opened_up")
        self._say("kept" if kept else "not_kept")
        return 0 if kept else LOST

    def show(self) -> int:
        """What everybody may know of the key: fingerprint and words to compare over the telephone."""
        self._tell(self._key())
        return 0

    def status(self) -> int:
        """Whether this console can seal and open; 1 where it cannot open."""
        keys = self._known()
        self._say("city", city=self.pack.name)
        if not keys:
            self._say("state_none")
            return LOST
        self._tell(keys[0])
        for other in keys[1:]:
            self._say("other", fingerprint=other.fingerprint, at=self._moment(other), by=other.by)
        held = bool(self.keys.private(keys[0]))
        self._say("state_open" if held else "state_lost")
        return 0 if held else LOST

    def _known(self) -> list[DataKey]:
        try:
            with closing(Read.open(self.profile)) as read:
                return read.data_keys(self.pack.id)
        except DiskTrouble as trouble:
            if trouble.says == "store.absent":
                return []
            raise

    def _key(self) -> DataKey:
        keys = self._known()
        if not keys:
            raise Refused("personal.key_none")
        return keys[0]

    def _tell(self, key: DataKey) -> None:
        self._say("fingerprint", fingerprint=key.fingerprint)
        self._say("words", words=" ".join(read_aloud(key.fingerprint)))
        self._say("since", at=self._moment(key), by=key.by)

    def _moment(self, key: DataKey) -> str:
        return self.phrases.moment(key.at, self.pack.zone, self.pack.zone_label, self.clock.now())

    def _say(self, what: str, **values: object) -> None:
        self.out(self.phrases.say(f"personal.key.{what}", **values))
