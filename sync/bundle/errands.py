"""Bundles at the wish of the screen: one errand at a time in a thread of its own, told by notes step by step.

    {"id", "do": key | words | trust | forget | make | take | receipt | cancel, ...}  ─►  {"id", "state", ...}

Reading goes by a shelf of its own, writing through the keeper, so that neither screen nor sync ever waits for a bundle.
What a person must decide (a stranger's words, a passphrase) comes back as a refusal with what it is about.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from console.core.clock import Clock
from console.core.errors import Refused
from console.core.records import Changes, Kind
from console.core.replica import Checkpoint, Page, Taken
from console.store.blobs import Blob
from console.store.exchange import Contact, look
from console.store.files import Profile
from console.store.keeper import Keeper
from console.store.pause import Pause
from console.store.shelf import Shelf
from console.store.store import Store
from sync.bundle import THREAD, dealings
from sync.bundle.make import Wanted, make
from sync.bundle.take import Desk
from sync.keys import Keys, Secrets
from sync.seal import PublicKey
from sync.wishes import OneAtATime, Tell, Told, name_in, text_in

_ENTERED = frozenset({"make", "take", "receipt", "trust", "forget"})
"""What the ledger tells of."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What errands stand on."""

    profile: Profile
    city: str
    clock: Clock
    keeper: Keeper
    secrets: Secrets


class Errands:
    """Runs them. `do` and `stop` from any thread."""

    def __init__(self, ground: Ground, tell: Tell) -> None:
        self._ground = ground
        self._running = OneAtATime(tell, THREAD, "sync.bundle.busy")
        self._works: Mapping[str, Callable[[Told], dict[str, Any]]] = {
            "key": self._key,
            "words": self._words,
            "trust": self._trust,
            "forget": self._forget,
            "make": self._make,
            "take": self._take,
            "receipt": self._receipt,
        }

    def do(self, told: Told) -> None:
        """Begin an errand, or call off the one under way."""
        name, what = name_in(told, "id"), name_in(told, "do")
        if what == "cancel":
            self._running.call_off(name)
        elif what not in self._works or not name:
            pass  # a wish of another edition
        elif what == "words":
            self._running.run(name, partial(self._work, what, told))  # nothing to wait for, and for nothing else
        else:
            self._running.begin(name, partial(self._work, what, dict(told)))

    def stop(self) -> None:
        """The engine ends: what is under way stops after its part."""
        self._running.stop()

    def _work(self, what: str, told: Told) -> Mapping[str, Any]:
        done = self._works[what](told)
        self._enter(told, done)
        return done

    def _enter(self, told: Told, done: Mapping[str, Any]) -> None:
        """What was handed out, taken or trusted stands in the ledger before it is said to be done."""
        what = text_in(told, "do")
        if what not in _ENTERED:
            return
        values = done.get("values")
        numbers = {name: each for name, each in (values or {}).items() if isinstance(each, int)}
        subject = text_in(told, "to") or (text_in(told, "key").strip() if what == "trust" else "")
        file = {"file": Path(text_in(told, "path")).name} if text_in(told, "path") else {}

        def enter(store: Store, _pause: Pause) -> tuple[None, Changes]:
            asker = {"who": text_in(told, "by"), "session": text_in(told, "session")}
            return None, store.enter(f"bundle.{what}", subject=subject, told={**numbers, **file}, **asker)

        self._ground.keeper.write(enter).result()

    # whose keys

    def _keys(self, told: Told) -> Keys:
        return Keys(self._ground.profile, self._ground.secrets, lambda: text_in(told, "passphrase"))

    def _key(self, told: Told) -> dict[str, Any]:
        """The console's own key, made where there is none."""
        keys = self._keys(told)
        return _shown(keys.public or keys.make())

    def _words(self, told: Told) -> dict[str, Any]:
        """The words of another's key, to be compared by telephone."""
        return _shown(PublicKey.parse(text_in(told, "key").strip()))

    def _trust(self, told: Told) -> dict[str, Any]:
        """Somebody compared the words: bundles of that console are taken from now on."""
        key = PublicKey.parse(text_in(told, "key").strip())
        said = dealings.trust(self._ground.profile, key, text_in(told, "name").strip())
        return {**said._asdict(), "key": key.text}

    def _forget(self, told: Told) -> dict[str, Any]:
        return dealings.forget(self._ground.profile, self._contact(text_in(told, "to")))._asdict()

    def _contact(self, fingerprint: str) -> Contact:
        found = look(self._ground.profile).contact(fingerprint)
        if found is None:
            raise Refused("sync.bundle.no_contact", name=fingerprint[:80])
        return found

    # bundles

    def _make(self, told: Told) -> dict[str, Any]:
        ground, contact = self._ground, self._contact(text_in(told, "to"))
        wanted = Wanted(
            PublicKey.parse(contact.key),
            Path(text_in(told, "path")),
            ground.city,
            text_in(told, "name"),
            told.get("whole") is True,
        )
        identity = self._keys(told).identity()
        with closing(Shelf.open(ground.profile)) as shelf:
            made = make(
                ground.profile,
                shelf,
                identity,
                wanted,
                ground.clock,
                progress=self._running.progress(),
                cancelled=self._running.called_off,
            )
        return {**dealings.told_made(made, wanted)._asdict(), "paths": [str(path) for path in made.paths]}

    def _desk(self, told: Told) -> Desk:
        ground = self._ground
        return Desk(ground.profile, self._keys(told).identity(), ground.city, ground.clock)

    def _take(self, told: Told) -> dict[str, Any]:
        path = Path(text_in(told, "path"))
        came = self._desk(told).take(
            path, self._put, note=self._note, progress=self._running.progress(), cancelled=self._running.called_off
        )
        receipt = dealings.write_receipt(came, path)
        return {
            **dealings.told_came(self._ground.profile, came)[-1]._asdict(),
            "conflicts": came.conflicts,
            "refused": len(came.refused),
            "receipt": str(receipt or ""),
        }

    def _put(self, page: Page) -> Taken:
        return self._ground.keeper.write(lambda store, pause: store.replica.take(page, pause)).result()

    def _note(self, blobs: Sequence[Blob]) -> None:
        def note(store: Store, _pause: Pause) -> tuple[None, Changes]:
            store.note_blobs(blobs)
            return None, Changes(frozenset({Kind.FILE}))

        self._ground.keeper.write(note).result()

    def _remember(self, checkpoint: Checkpoint) -> None:
        self._ground.keeper.write(lambda store, _pause: (None, store.replica.remember(checkpoint))).result()

    def _receipt(self, told: Told) -> dict[str, Any]:
        with closing(Shelf.open(self._ground.profile)) as shelf:
            delivered = self._desk(told).settle(Path(text_in(told, "path")), shelf, self._remember)
        return {**dealings.told_delivered(delivered)._asdict(), "refused": len(delivered.refused)}


def _shown(key: PublicKey) -> dict[str, Any]:
    return {"key": key.text, "fingerprint": key.fingerprint, "words": list(key.words)}
