"""`snapshot make | look | adopt`: plain sentences, and an exit code. Everything that cannot be raises, and says why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from console.core.errors import BadAnswer, Refused
from console.store import delegation, snapshot
from console.store.adopt import Adopted, Trust, adopt, judged
from console.store.exchange import look
from console.store.files import Profile, drop_file
from console.store.snapshot_file import Head
from sync.bundle.terminal import Counter, interruptible
from sync.given_file import reading
from sync.seal import PublicKey
from sync.snapshot_fetch import Fetch, Judge, part_of
from sync.sockets import pin_of
from sync.wire import AGENT, Wire

_MENDED_HERE = frozenset({snapshot.CANCELLED, "store.snapshot.unsigned", "sync.bundle.stranger"})
"""Refusals after which the same file may be taken after all, by what a person does here."""
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
    counter.enter("snapshot.made", subject=made.id, documents=made.documents, file=path.name)
    size_mb = made.bytes / (1 << 20)
    counter.say("store.snapshot.made", path=str(path), size_mb=size_mb, documents=made.documents, places=made.places)
    if made.left_out:
        counter.say("store.snapshot.left_out", count=made.left_out)
    if not made.places:
        counter.say("store.snapshot.no_places")
    counter.say("store.snapshot.signed" if signed else "store.snapshot.not_signed")
    return 0


def hand(counter: Counter, path: Path) -> int:
    """Make a delegation's snapshot of the profile's store. That one was made stands in the ledger first."""
    counter.enter("snapshot.handed", file=path.name)
    with interruptible(snapshot.CANCELLED):
        handed = delegation.make(counter.profile, path, counter.pack)
    _tell(counter, "store.delegation.made", handed)
    fine = sum(many for many, step in zip(handed.steps, delegation.STEPS, strict=True) if step.cell)
    counter.say("store.delegation.steps", fine=fine, coarse=handed.complaints - fine, least=delegation.LEAST)
    if handed.left_out:
        counter.say("store.delegation.left_out", count=handed.left_out, least=delegation.LEAST)
    return 0


def show(counter: Counter, path: Path, into: Path | None = None) -> int:
    """Look through a delegation's snapshot, and make a profile of it that only shows it."""
    if into is None:
        _tell(counter, "store.delegation.sound", delegation.look(path, counter.pack))
        return 0
    handed = delegation.open_in(path, into, counter.pack)
    _tell(counter, "store.delegation.opened", handed, folder=str(into))
    return 0


def _tell(counter: Counter, says: str, handed: delegation.Handed, **more: str) -> None:
    size_mb = handed.bytes / (1 << 20)
    counter.say(says, path=str(handed.path), size_mb=size_mb, count=handed.complaints, **more)


def take(counter: Counter, source: str, err: Callable[[str], object], *, unsigned: bool = False, pin: str = "") -> int:
    """Adopt the snapshot in a file or at an address."""
    profile = Profile.at(counter.folder)
    with interruptible(snapshot.CANCELLED):
        if not source.startswith(("http://", "https://")):
            adopted = _adopted(counter, Path(source), unsigned, err)
        else:
            part = part_of(profile, source)

            def judge(head: Head, to_come: int) -> None:
                with _dropped_if_useless(part):
                    judged(profile, counter.pack, head, _trust(counter, unsigned), to_come=to_come)

            _fetched(counter, Fetching(source, part, pin, judge), err)
            with _dropped_if_useless(part):
                adopted = _adopted(counter, part, unsigned, err)
            drop_file(part)
    counter.say("store.snapshot.adopted", documents=adopted.documents, complaints=adopted.complaints)
    if adopted.carried.unsent:
        counter.say("store.snapshot.carried", count=adopted.carried.unsent)
    if adopted.kept is not None:
        counter.say("store.restore.kept", kept=str(adopted.kept))
    return 0


@contextmanager
def _dropped_if_useless(part: Path) -> Iterator[None]:
    """What was fetched goes where no other try can adopt it: the next one asks for what the server has by then."""
    try:
        yield
    except BadAnswer:
        drop_file(part)
        raise
    except Refused as refusal:
        if refusal.says not in _MENDED_HERE:
            drop_file(part)
        raise


class Fetching(NamedTuple):
    """What is fetched from where."""

    url: str
    part: Path
    pin: str
    judge: Judge


def _fetched(counter: Counter, what: Fetching, err: Callable[[str], object]) -> None:
    wire = Wire(counter.clock, agent=AGENT)
    line = wire.line(allow_private=True, pin=pin_of(what.pin))
    try:
        err(counter.phrases.say("store.snapshot.fetching"))
        Fetch(what.url, what.part, line, counter.clock, judge=what.judge, progress=Steps(err)).run()
    finally:
        line.close()
        wire.close()


def _adopted(counter: Counter, path: Path, unsigned: bool, err: Callable[[str], object]) -> Adopted:
    profile = Profile.at(counter.folder)
    with reading(path) as stream:
        return adopt(
            profile,
            counter.pack,
            counter.clock,
            stream,
            trusted=_trust(counter, unsigned),
            progress=Steps(err),
            who=counter.who,
        )


def _trust(counter: Counter, unsigned: bool) -> Trust:
    return lambda head: trusted(counter.profile, head, counter.pack.id, unsigned=unsigned)


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
    raise Refused("sync.bundle.stranger", name="", who=key.fingerprint, words=" ".join(key.words), key=key.text)
