"""`bundle key | trust | forget | contacts | make | take | receipt`: plain sentences, and an exit code.

0 is done, 1 is taken but not whole yet. Everything else raises, and says why in one sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from console.core.clock import Clock, SystemClock, from_millis
from console.core.errors import DiskTrouble, Refused
from console.core.pack import CityPack
from console.core.phrases import Phrases
from console.core.replica import NotTaken
from console.store.exchange import Contact, look
from console.store.files import Profile
from console.store.shelf import Shelf
from console.store.slips import hand_in
from console.store.store import Store
from sync.bundle import dealings
from sync.bundle.dealings import Said
from sync.bundle.make import Wanted, make
from sync.bundle.take import Desk, Incoming
from sync.chosen import pack_of
from sync.credentials import Credentials
from sync.keys import Ask, Keys, Secrets
from sync.seal import HEAD, PublicKey

NOT_WHOLE = 1
_WORDS_A_LINE = 5


@contextmanager
def interruptible(says: str) -> Iterator[None]:
    """Within it Ctrl+C is a cancel: everything is tidied up, and one sentence says so."""
    try:
        yield
    except KeyboardInterrupt:
        raise Refused(says) from None


@dataclass
class Counter:
    """Who serves at the terminal: one profile, its key and its contacts."""

    folder: Path
    phrases: Phrases
    out: Callable[[str], object]
    ask: Ask
    """Asks a person for the passphrase of the key file."""
    secrets: Secrets
    clock: Clock
    who: str = ""
    """Who stands at it, as the ledger tells it."""

    @classmethod
    def at(cls, folder: Path, phrases: Phrases, out: Callable[[str], object], ask: Ask, who: str = "") -> Counter:
        """With this machine's keyring and clock."""
        return cls(folder, phrases, out, ask, Credentials(), SystemClock(), who)

    @property
    def profile(self) -> Profile:
        """The profile, which must be there: nothing is made by asking."""
        if not self.folder.is_dir():
            raise Refused("store.no_profile", path=str(self.folder))
        return Profile.at(self.folder)

    @property
    def keys(self) -> Keys:
        """Its key pair."""
        return Keys(self.profile, self.secrets, self.ask)

    @property
    def pack(self) -> CityPack:
        """Its city."""
        return pack_of(Profile(self.folder))

    def say(self, key: str, **values: object) -> None:
        """One sentence."""
        self.out(self.phrases.say(key, **values))

    def enter(self, deed: str, subject: str = "", **told: object) -> None:
        """A row of the ledger, also beside a running engine."""
        hand_in(self.profile, self.clock, deed, who=self.who, subject=subject, told=told)

    def _say(self, said: Said) -> None:
        self.say(said.says, **said.values)

    def key(self, *, new: bool = False) -> int:
        """Print the public key with its words; make one where there is none, or where a new one is asked for."""
        keys = self.keys
        public = keys.public
        if public is None or new:
            public = keys.make()
            self.say("sync.bundle.key_in_file" if keys.in_file else "sync.bundle.key_in_ring")
        self.out(public.text)
        self._words(public)
        return 0

    def _words(self, key: PublicKey) -> None:
        self.say("sync.bundle.words")
        for start in range(0, len(key.words), _WORDS_A_LINE):
            self.out("  " + " ".join(key.words[start : start + _WORDS_A_LINE]))

    def trust(self, text: str, name: str) -> int:
        """Take bundles of that console from now on."""
        key = PublicKey.parse(text)
        self.enter("bundle.trust", subject=key.fingerprint)
        self._say(dealings.trust(self.profile, key, name))
        self._words(key)
        return 0

    def forget(self, whom: str) -> int:
        """Take nothing of that console any more, and forget which bundles came."""
        contact = self._contact(whom)
        self.enter("bundle.forget", subject=contact.fingerprint)
        self._say(dealings.forget(self.profile, contact))
        return 0

    def contacts(self) -> int:
        """One line for each console: name, whether it is trusted, numbers, key."""
        for each in look(self.profile).contacts:
            trusted = self.phrases.say("sync.bundle.is_trusted" if each.trusted else "sync.bundle.is_not_trusted")
            times = [
                from_millis(number).isoformat(timespec="seconds") if number else "-"
                for number in (each.sent, each.acknowledged, each.taken)
            ]
            self.out("\t".join((each.name or "-", trusted, *times, each.key)))
        return 0

    def _contact(self, whom: str) -> Contact:
        """A contact by its name or its key."""
        exchange = look(self.profile)
        found = exchange.named(whom)
        if found is None:
            found = exchange.contact(PublicKey.parse(whom).fingerprint) if whom.startswith(HEAD) else None
        if found is None:
            raise Refused("sync.bundle.no_contact", name=whom[:80])
        return found

    def key_of(self, whom: str) -> PublicKey:
        """The key of a console by its name, or itself."""
        return PublicKey.parse(whom if whom.startswith(HEAD) else self._contact(whom).key)

    def make(self, wanted: Wanted) -> int:
        """Make a bundle."""
        identity = self.keys.identity()
        with interruptible("sync.bundle.cancelled"), closing(Shelf.open(self.profile)) as shelf:
            made = make(self.profile, shelf, identity, wanted, self.clock)
        counts = {"documents": made.documents, "files": len(made.paths), "file": wanted.path.name}
        self.enter("bundle.make", subject=wanted.to.fingerprint, **counts)
        self._say(dealings.told_made(made, wanted))
        for each in made.paths:
            self.out(f"  {each}")
        self._words(wanted.to)
        return 0

    def take(self, paths: Sequence[Path], receipt: Path | None) -> int:
        """Take the files of a bundle; write a receipt once all of it is here."""
        desk = Desk(self.profile, self.keys.identity(), self.pack.id, self.clock)
        found: dict[str, Incoming] = {}
        places: dict[str, Path] = {}
        with interruptible("sync.bundle.cancelled"), self._store() as store:
            for path in paths:
                came = desk.take(path, lambda page: store.replica.take(page)[0], note=store.note_blobs)
                store.enter("bundle.take", who=self.who, told={"fresh": came.fresh, "file": path.name})
                found[came.id], places[came.id] = came, path
                self._told(came)
        whole = True
        for name, came in found.items():
            if came.missing:
                whole = False
                continue
            written = dealings.write_receipt(came, places[name], receipt)
            self.say("sync.bundle.receipt_written", path=str(written))
        return 0 if whole else NOT_WHOLE

    def _told(self, came: Incoming) -> None:
        first, *rest = dealings.told_came(self.profile, came)
        self._say(first)
        self._refused(came.refused)
        for said in rest:
            self._say(said)

    def _refused(self, refused: Sequence[NotTaken]) -> None:
        for each in refused:
            self.out(f"  {each.doc}: {self.phrases.say(each.says, **each.values)}")

    def receipt(self, path: Path) -> int:
        """Take a receipt that came back."""
        desk = Desk(self.profile, self.keys.identity(), self.pack.id, self.clock)
        with self._store() as store, closing(Shelf.open(self.profile)) as shelf:
            delivered = desk.settle(path, shelf, store.replica.remember)
            store.enter("bundle.receipt", who=self.who, subject=delivered.contact.fingerprint)
        self._say(dealings.told_delivered(delivered))
        self._refused(delivered.refused)
        return 0

    @contextmanager
    def _store(self) -> Iterator[Store]:
        """The store, where no engine has it."""
        try:
            store = Store.open(self.profile, self.clock, self.pack)
        except DiskTrouble as trouble:
            if trouble.says != "store.second_writer":
                raise
            raise Refused("sync.bundle.running", path=str(self.folder)) from trouble
        try:
            yield store
        finally:
            store.close()
