"""`key make | rotate | recovery | open | show | status`: the city's data keys at a terminal, in plain sentences.

What is personal is never asked or shown here. A recovery code is printed once, on standard output alone, and before
anything is written: a key whose code nobody read must not be sealed for. Where persons are known, who makes or changes
a key proves to be an administrator.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from console.core.clock import Clock, SystemClock
from console.core.errors import DiskTrouble, Refused
from console.core.pack import CityPack
from console.core.people import Right
from console.core.phrases import Phrases
from console.core.records import Changes
from console.store import slips
from console.store.data_key import DataKey
from console.store.files import Profile
from console.store.key_line import KeyLine
from console.store.read import Read
from console.store.store import Store
from sync.chosen import pack_of
from sync.city_key import CityKeys, new_key, read_aloud, recoded, unwrapped_any
from sync.credentials import Credentials
from sync.keys import Secrets
from sync.people_terminal import AskSecret, Hand, hand_on

LOST = 1
_WORDS_A_LINE = 5
Line = Callable[[str], object]


Ask = Callable[[], str]


def nobody(_asks: str = "") -> str:
    """Where nobody can be asked."""
    raise Refused("people.terminal.no_terminal")


@dataclass(frozen=True, slots=True)
class By:
    """Who does it: the login of an administrator, or a name while nobody is known here."""

    name: str = ""
    login: str = ""


@dataclass(frozen=True)
class KeyDesk:
    """One run of `key`."""

    profile: Profile
    pack: CityPack
    phrases: Phrases
    out: Line
    keys: CityKeys
    clock: Clock
    secret: AskSecret = nobody
    """Asks for a person's password, in the words of a phrase."""
    code: Ask = nobody
    """Asks for a recovery code."""
    who: str = ""
    """Who stands in the ledger for opening a key: nobody signs in for that."""

    @classmethod
    def at(
        cls,
        folder: Path,
        phrases: Phrases,
        out: Line,
        secrets: Secrets | None = None,
        *,
        secret: AskSecret = nobody,
        code: Ask = nobody,
        who: str = "",
    ) -> KeyDesk:
        """On the profile of that folder, with the machine's keyring."""
        profile, keys = Profile.at(folder), CityKeys(secrets or Credentials())
        return cls(profile, pack_of(profile), phrases, out, keys, SystemClock(), secret, code, who)

    def make(self, by: By | str) -> int:
        """Make the city's first key; the engine must not run. Raises `Refused` where there is one."""
        with self._hand() as hand:
            name, session = self._who(hand, by)
            if self._line().current is not None:
                raise Refused("personal.key_stands")
            key, private, code = new_key(self.pack.id, name, self.clock)
            self._say("made", fingerprint=key.fingerprint)
            self._print(key, code)
            self._write(hand, lambda store: store.add_data_key(key, session=session))
            self._hold(key, private)
        return 0

    def rotate(self, by: By | str) -> int:
        """A new key takes the place of the one that is sealed for; the engine must not run. What was sealed before is
        opened as before. Raises `Refused` where the one before cannot be had."""
        with self._hand() as hand:
            name, session = self._who(hand, by)
            line = self._line()
            current, private = self._own(line)
            before = [(key, self.keys.private(key, line.all)) for key in line.all[1:]]
            held = [(current, private), *((key, half) for key, half in before if half)]
            key, private, code = new_key(self.pack.id, name, self.clock, held)
            self._say("rotated", fingerprint=key.fingerprint, before=current.fingerprint)
            self._print(key, code)
            self._write(hand, lambda store: store.change_data_key(key, session=session))
            self._hold(key, private)
        self._say("rotated_next")
        return 0

    def recovery(self, by: By | str) -> int:
        """Another recovery code of the key that is sealed for; the engine must not run. The one before ends."""
        with self._hand() as hand:
            name, session = self._who(hand, by)
            key, private = self._own(self._line())
            said, code = recoded(key, private, name, self.clock)
            self._say("recoded", fingerprint=key.fingerprint)
            self._print(key, code)
            self._write(hand, lambda store: store.add_recovery_code(said, session=session))
        self._say("recoded_next")
        return 0

    def open(self, code: Ask) -> int:
        """Hold the private half at this console from now on; the ledger tells it first. 1 where there is no keyring to
        hold it in."""
        line = self._line()
        if line.current is None:
            raise Refused("personal.key_none")
        key, private = unwrapped_any(line.all, code())
        slips.hand_in(self.profile, self.clock, "data_key_open", who=self.who, subject=key.fingerprint)
        kept = self.keys.keep(key, private)
        self._say("opened", fingerprint=key.fingerprint)
        if key is not line.current:
            self._say("opened_other", fingerprint=line.current.fingerprint)
        self._say("kept" if kept else "not_kept")
        return 0 if kept else LOST

    def show(self) -> int:
        """What everybody may know of the key: fingerprint and words to compare over the telephone."""
        line = self._line()
        if line.current is None:
            raise Refused("personal.key_none")
        self._tell(line.current)
        return 0

    def status(self) -> int:
        """Whether this console can seal and open, and how old each key is; 1 where it cannot open all."""
        line = self._line()
        self._say("city", city=self.pack.name)
        if line.current is None:
            self._say("state_none")
            return LOST
        self._tell(line.current)
        self._say("age", days=self._days(line.current))
        if line.current.code_at is not None:
            self._say("code_since", at=self._moment(line.current.code_at))
        for other in line.strange:
            self._say("other", fingerprint=other.fingerprint, at=self._moment(other.at), by=other.by)
        held = bool(self.keys.private(line.current))
        lost = 0
        for older in line.older:
            has = bool(self.keys.private(older, line.all))
            lost += not has
            at = self._moment(older.at)
            what = "older_open" if has else "older_lost"
            self._say(what, fingerprint=older.fingerprint, at=at, by=older.by, days=self._days(older))
        self._say("state_open" if held else "state_lost")
        return 0 if held and not lost else LOST

    def _hand(self) -> AbstractContextManager[Hand]:
        """The store for a moment; two consoles never write one, and a running one would seal for the key before."""
        return hand_on(self.profile.folder, self.clock, running="personal.key.running")

    def _who(self, hand: Hand, by: By | str) -> tuple[str, str]:
        """Name and sign-in of who does it. Raises `Refused`."""
        by = By(by) if isinstance(by, str) else by
        if not hand.claimed:
            if not by.name.strip():
                raise Refused("commands.nobody")
            return by.name.strip(), ""
        if not by.login:
            raise Refused("personal.key_as")
        hand.sign_in(by.login, self.secret("people.terminal.ask_admin"))
        session = hand.may(Right.SETTINGS)
        return session.name, session.id

    def _own(self, line: KeyLine) -> tuple[DataKey, bytes]:
        """The key that is sealed for with its private half, by its code where that is lost here. Raises `Refused`."""
        key = line.current
        if key is None:
            raise Refused("personal.key_none")
        if not key.signs:
            raise Refused("personal.key_unsigned")
        private = self.keys.private(key)
        if not private:
            self.keys.unlock(key, self.code())
            private = self.keys.private(key)
        return key, private

    def _print(self, key: DataKey, code: str) -> None:
        self._say("words", words=" ".join(read_aloud(key.fingerprint)))
        self._say("code_once")
        words = code.split()
        for start in range(0, len(words), _WORDS_A_LINE):
            self.out(f"  {start + 1:2}  {' '.join(words[start : start + _WORDS_A_LINE])}")

    def _write(self, hand: Hand, write: Callable[[Store], Changes]) -> None:
        """It stands on the disk on return. Where it does not, the code that was printed is said to open nothing."""
        try:
            hand.keeper.person(lambda store: (None, write(store))).result()
        except (DiskTrouble, Refused):
            self._say("code_void")
            raise

    def _hold(self, key: DataKey, private: bytes) -> None:
        kept = self.keys.durable and self.keys.keep(key, private)
        self._say("kept" if kept else "not_kept")

    def _line(self) -> KeyLine:
        try:
            with closing(Read.open(self.profile)) as read:
                return read.key_line(self.pack.id)
        except DiskTrouble as trouble:
            if trouble.says == "store.absent":
                return KeyLine()
            raise

    def _days(self, key: DataKey) -> int:
        return max(0, (self.clock.now() - key.at).days)

    def _tell(self, key: DataKey) -> None:
        self._say("fingerprint", fingerprint=key.fingerprint)
        self._say("words", words=" ".join(read_aloud(key.fingerprint)))
        self._say("since", at=self._moment(key.at), by=key.by)

    def _moment(self, at: datetime) -> str:
        return self.phrases.moment(at, self.pack.zone, self.pack.zone_label, self.clock.now())

    def _say(self, what: str, **values: object) -> None:
        self.out(self.phrases.say(f"personal.key.{what}", **values))
