"""`snapshot make | adopt`: plain sentences, and an exit code. Everything that cannot be raises, and says why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from console.core.errors import Refused
from console.store import snapshot
from console.store.adopt import Adopted, adopt
from console.store.exchange import look
from console.store.files import Profile, disk_trouble, drop_file
from console.store.snapshot_file import Head
from sync.bundle.terminal import Counter, interruptible
from sync.seal import PublicKey
from sync.snapshot_fetch import Fetch, part_of
from sync.sockets import pin_of
from sync.wire import AGENT, Wire

_STEP = 0.1


def comment(city: str) -> str:
    """What a snapshot's signature says in the open."""
    return f"snapshot channel={city}"


@dataclass(slots=True)
class Steps:
    """Tells a share now and then, never twice the same."""

    say: Callable[[str], object]
    _told: float = 0.0

    def __call__(self, share: float) -> None:
        if share >= self._told + _STEP or (share >= 1.0 > self._told):
            self._told = share
            self.say(f"{share:.0%}")


def make(counter: Counter, path: Path, err: Callable[[str], object]) -> int:
    """Make a snapshot of the profile's store, signed where this console has a key."""
    keys = counter.keys
    pack = counter.pack
    signed = keys.public is not None
    identity = keys.identity() if signed else None

    def sign(manifest: bytes) -> str:
        return identity.sign(manifest, comment(pack.id)) if identity else ""

    by = identity.public.text if identity else ""
    with interruptible(snapshot.CANCELLED):
        made = snapshot.make(counter.profile, path, pack.id, counter.clock, by=by, sign=sign, progress=Steps(err))
    size_mb = made.bytes / (1 << 20)
    counter.say("store.snapshot.made", path=str(path), size_mb=size_mb, documents=made.documents, places=made.places)
    if made.left_out:
        counter.say("store.snapshot.left_out", count=made.left_out)
    if not made.places:
        counter.say("store.snapshot.no_places")
    counter.say("store.snapshot.signed" if signed else "store.snapshot.not_signed")
    return 0


def take(counter: Counter, source: str, err: Callable[[str], object], *, unsigned: bool = False, pin: str = "") -> int:
    """Adopt the snapshot in a file or at an address."""
    profile = Profile.at(counter.folder)
    with interruptible(snapshot.CANCELLED):
        if not source.startswith(("http://", "https://")):
            adopted = _adopted(counter, Path(source), unsigned, err)
        else:
            path = _fetched(counter, profile, source, pin, err)
            adopted = _adopted(counter, path, unsigned, err)
            drop_file(path)
    counter.say("store.snapshot.adopted", documents=adopted.documents, complaints=adopted.complaints)
    if adopted.carried.unsent:
        counter.say("store.snapshot.carried", count=adopted.carried.unsent)
    if adopted.kept is not None:
        counter.say("store.restore.kept", kept=str(adopted.kept))
    return 0


def _fetched(counter: Counter, profile: Profile, url: str, pin: str, err: Callable[[str], object]) -> Path:
    wire = Wire(counter.clock, agent=AGENT)
    line = wire.line(allow_private=True, pin=pin_of(pin))
    try:
        err(counter.phrases.say("store.snapshot.fetching"))
        return Fetch(url, part_of(profile, url), line, counter.clock, progress=Steps(err)).run()
    finally:
        line.close()
        wire.close()


def _adopted(counter: Counter, path: Path, unsigned: bool, err: Callable[[str], object]) -> Adopted:
    profile = Profile.at(counter.folder)
    try:
        stream: BinaryIO = path.open("rb")
    except OSError as error:
        raise disk_trouble(error, path) from error
    with stream:
        return adopt(
            profile,
            counter.pack,
            counter.clock,
            stream,
            trusted=lambda head: trusted(profile, head, counter.pack.id, unsigned=unsigned),
            progress=Steps(err),
        )


def trusted(profile: Profile, head: Head, city: str, *, unsigned: bool) -> bool:
    """Whether somebody we trust signed it. Raises `Refused` where nobody did, unless that is accepted: then all its
    values are looked at as well; `BadAnswer` where the signature does not fit."""
    key = PublicKey.parse(str(head.told.get("by"))) if head.signature else None
    if key is not None and key.verify(head.manifest, head.signature) == comment(city):
        exchange = look(profile)
        contact = exchange.contact(key.fingerprint)
        if key.text == exchange.mine or (contact is not None and contact.trusted):
            return True
    if unsigned:
        return False
    if key is None:
        raise Refused("store.snapshot.unsigned")
    raise Refused("sync.bundle.stranger", name="", words=" ".join(key.words), key=key.text)
