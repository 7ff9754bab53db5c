"""Bundles at the wish of the screen: one errand at a time in a thread of its own, told by notes step by step.

    {"id", "do": key | words | trust | forget | make | take | receipt | cancel, ...}  ─►  {"id", "state", ...}

Reading goes by a shelf of its own, writing through the keeper, so that neither screen nor sync ever waits for a bundle.
What a person must decide (a stranger's words, a passphrase) comes back as a refusal with what it is about.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console.core.clock import Clock
from console.core.errors import BadAnswer, ConsoleError, Refused
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

_STEP = 0.01
"""A share of the whole that is worth a note."""
_END_WITHIN_S = 5.0
_MOST_TEXT = 4000
_ENTERED = frozenset({"make", "take", "receipt", "trust", "forget"})
"""What the ledger tells of."""

Told = Mapping[str, Any]


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

    def __init__(self, ground: Ground, tell: Callable[[dict[str, Any]], None]) -> None:
        self._ground = ground
        self._tell = tell
        self._lock = threading.Lock()
        self._cancel = threading.Event()
        self._thread: threading.Thread | None = None
        self._id = ""
        """Of the errand under way, "" where there is none."""
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
        """Begin an errand, or cancel the one under way."""
        name, what = _text(told, "id"), _text(told, "do")
        if what == "cancel":
            self._cancel.set()
            return
        work = self._works.get(what)
        if work is None or not name:
            return  # a wish of another edition
        if what == "words":
            self._run(name, work, told)  # nothing to wait for, and no reason to wait for another
            return
        with self._lock:
            if self._id:
                self._tell({"id": name, **_refusal(Refused("sync.bundle.busy"))})
                return
            self._cancel.clear()
            self._id = name
            self._thread = threading.Thread(target=self._run, args=(name, work, dict(told)), name=THREAD, daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """The engine ends: what is under way stops after its part."""
        self._cancel.set()
        thread = self._thread
        if thread is not None:
            thread.join(_END_WITHIN_S)

    def _run(self, name: str, work: Callable[[Told], dict[str, Any]], told: Told) -> None:
        self._tell({"id": name, "state": "running", "part": None})
        try:
            last = {"state": "done", **work(told)}
            self._enter(told, last)
        except ConsoleError as error:
            last = _refusal(error)
        except Exception:
            # An error of our own: whoever waits for it is told, and the log has it.
            self._end(name, _refusal(Refused("engine.bug_command")))
            raise
        self._end(name, last)

    def _enter(self, told: Told, done: Mapping[str, Any]) -> None:
        """What was handed out, taken or trusted stands in the ledger before it is said to be done."""
        what = _text(told, "do")
        if what not in _ENTERED:
            return
        values = done.get("values")
        numbers = {name: each for name, each in (values or {}).items() if isinstance(each, int)}
        subject = _text(told, "to") or (_text(told, "key").strip() if what == "trust" else "")
        file = {"file": Path(_text(told, "path")).name} if _text(told, "path") else {}

        def enter(store: Store, _pause: Pause) -> tuple[None, Changes]:
            asker = {"who": _text(told, "by"), "session": _text(told, "session")}
            return None, store.enter(f"bundle.{what}", subject=subject, told={**numbers, **file}, **asker)

        self._ground.keeper.write(enter).result()

    def _end(self, name: str, last: dict[str, Any]) -> None:
        if self._id == name:
            self._id = ""  # before it is told: who hears of the end may ask for the next at once
        self._tell({"id": name, **last})

    def _progress(self) -> Callable[[float], None]:
        name, said = self._id, [0.0]

        def heard(part: float) -> None:
            if part - said[0] >= _STEP or part >= 1.0:
                said[0] = part
                self._tell({"id": name, "state": "running", "part": round(part, 3)})

        return heard

    # whose keys

    def _keys(self, told: Told) -> Keys:
        return Keys(self._ground.profile, self._ground.secrets, lambda: _text(told, "passphrase"))

    def _key(self, told: Told) -> dict[str, Any]:
        """The console's own key, made where there is none."""
        keys = self._keys(told)
        return _shown(keys.public or keys.make())

    def _words(self, told: Told) -> dict[str, Any]:
        """The words of another's key, to be compared by telephone."""
        return _shown(PublicKey.parse(_text(told, "key").strip()))

    def _trust(self, told: Told) -> dict[str, Any]:
        """Somebody compared the words: bundles of that console are taken from now on."""
        key = PublicKey.parse(_text(told, "key").strip())
        said = dealings.trust(self._ground.profile, key, _text(told, "name").strip())
        return {**said._asdict(), "key": key.text}

    def _forget(self, told: Told) -> dict[str, Any]:
        return dealings.forget(self._ground.profile, self._contact(_text(told, "to")))._asdict()

    def _contact(self, fingerprint: str) -> Contact:
        found = look(self._ground.profile).contact(fingerprint)
        if found is None:
            raise Refused("sync.bundle.no_contact", name=fingerprint[:80])
        return found

    # bundles

    def _make(self, told: Told) -> dict[str, Any]:
        ground, contact = self._ground, self._contact(_text(told, "to"))
        wanted = Wanted(
            PublicKey.parse(contact.key),
            Path(_text(told, "path")),
            ground.city,
            _text(told, "name"),
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
                progress=self._progress(),
                cancelled=self._cancel.is_set,
            )
        return {**dealings.told_made(made, wanted)._asdict(), "paths": [str(path) for path in made.paths]}

    def _desk(self, told: Told) -> Desk:
        ground = self._ground
        return Desk(ground.profile, self._keys(told).identity(), ground.city, ground.clock)

    def _take(self, told: Told) -> dict[str, Any]:
        path = Path(_text(told, "path"))
        came = self._desk(told).take(
            path, self._put, note=self._note, progress=self._progress(), cancelled=self._cancel.is_set
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
            delivered = self._desk(told).settle(Path(_text(told, "path")), shelf, self._remember)
        return {**dealings.told_delivered(delivered)._asdict(), "refused": len(delivered.refused)}


def _refusal(error: ConsoleError) -> dict[str, Any]:
    values = {key: value for key, value in error.values.items() if isinstance(value, str | int | float)}
    return {"state": "refused", "says": error.says, "values": values}


def _shown(key: PublicKey) -> dict[str, Any]:
    return {"key": key.text, "fingerprint": key.fingerprint, "words": list(key.words)}


def _text(told: Told, name: str) -> str:
    value = told.get(name, "")
    if not isinstance(value, str) or len(value) > _MOST_TEXT or "\0" in value:
        raise BadAnswer("core.note.form")
    return value
