"""The rights of a person (UU 27/2022, articles 5 to 13): what is held of them is found, handed out, set right, erased,
and proved to be gone. At a terminal, on a store that nobody else writes, and at the wish of the screen beside an engine
that runs: the same deeds, by the keeper. Any thread but its own.

Each step is a row of the ledger with the number of the case, before anything is told; each sealed value that turns out
to be theirs, or is handed out, is a row of its own. What was looked for stands nowhere.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from console.core.clock import Clock, from_millis, millis
from console.core.covering import covered_words, words_of_deed
from console.core.erasure import FIELDS, RIGHTS, Erasure, is_item
from console.core.errors import Refused
from console.core.pack import CityPack
from console.core.people import Right, Session, may
from console.core.personal import (
    COVERED,
    DEED_WORDS,
    SEALED,
    WHOLE,
    sealed_among,
    sound_reporter,
    whole_among,
    whole_of_deed,
)
from console.core.records import Changes, Event
from console.store import backup, evidence, holdings
from console.store.erasing import APPLIED, ERASE
from console.store.evidence import Gone, Step
from console.store.files import Profile, drop_file
from console.store.holdings import Found, Wanted, kept_stores, look
from console.store.keeper import Keeper
from console.store.key_line import key_line
from console.store.pause import Pause
from console.store.read import Read
from console.store.sealing import open_value, seal_value, seal_whole
from console.store.store import Store
from console.store.swap import SIDES, aside
from sync.city_key import CityKeys

FIND, EXPORT, CORRECT, BACKUPS, PROOF = (f"rights.{name}" for name in ("find", "export", "correct", "backups", "proof"))
REVEAL = "reveal"
T = TypeVar("T")
MOST_AT_ONCE = 50
"""Complaints, and single deeds of one, that are erased together."""
SCRUB_WITHIN_S = 20.0
"""So long it is tried to clear what lies beside the tables while others read or wait; after it the engine goes on."""
SCRUB_PAUSE_S = 0.2


def unheeded(_share: float) -> None:
    """Nobody waits for it, and nobody calls it off."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Who does it, and for what."""

    by: str
    session: str
    case: str
    reveals: bool
    """Whether they may open what is sealed."""

    @property
    def why(self) -> str:
        """The reason in the ledger."""
        return RIGHTS + self.case

    def opens(self) -> None:
        """Raise `Refused` where what is sealed is not theirs to open."""
        if not self.reveals:
            raise Refused("personal.rights.no_reveal")


def asked_by(session: Session | None, name: str, case: str) -> Asked:
    """Who asks: by their sign-in, or by the name where nobody signs in. Raises `Refused`."""
    if session is None:
        if not name:
            raise Refused("commands.nobody")
        return Asked(name, "", case, reveals=True)
    return Asked(session.name, session.id, case, may(session.role, Right.REVEAL))


@dataclass(slots=True)
class Erased:
    """What an erasure came to."""

    complaints: list[str]
    looked_for: int = 0
    """Pieces of text of theirs that were looked for in the files afterwards."""
    left: dict[str, int] = field(default_factory=dict)
    """Files in which any of them was found all the same, and how many."""
    scrubbed: bool = True
    """Whether search, black box and logs are done; else the engine goes on with them."""
    backups: int = 0
    """Backups and old stores that still hold it."""
    removed: int = 0
    """Backups and old stores that were removed with it."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What was done about a case, and what is left where."""

    asked: Asked
    city: str
    console: str
    at: datetime
    steps: tuple[Step, ...]
    erased: tuple[Gone, ...]
    backups: tuple[str, ...]
    """Backups made before."""
    goes: datetime | None
    """When the last of them is gone by itself, at the soonest."""
    kept: tuple[str, ...]
    """Old stores that were put aside."""

    @property
    def hash(self) -> str:
        """Over the hashes of the rows, in order."""
        return hashlib.sha256("".join(each.hash for each in self.steps).encode("ascii")).hexdigest()


@dataclass(frozen=True)
class Desk:
    """Where the rights of a person are seen to."""

    profile: Profile
    keeper: Keeper
    pack: CityPack
    keys: CityKeys
    clock: Clock
    heed: Callable[[float], None] = unheeded
    """Told the share that is done. What it raises ends the deed: it is asked for the last time before anything is
    written that cannot be undone, and never after."""

    # the ledger

    def _write(self, job: Callable[[Store], Any]) -> Any:
        """Something written through the one who writes. On the disk on return."""
        return self.keeper.person(lambda store: (None, job(store) or Changes(frozenset()))).result()

    def _enter(self, deed: str, asked: Asked, subject: str = "", told: Mapping[str, Any] | None = None) -> None:
        self._write(
            lambda store: store.enter(
                deed, who=asked.by, session=asked.session, subject=subject, why=asked.why, told=told
            )
        )

    def _reveal(self, asked: Asked, complaint: str, name: str, deed: str = "") -> None:
        self._enter(REVEAL, asked, complaint, {"field": name, **({"deed": deed} if deed else {})})

    # sealed values

    def _opener(self, asked: Asked) -> Callable[[str, str, str], str]:
        """Opens what is sealed, as far as the city's key is to be had here; "" where it is not."""
        with closing(Read.open(self.profile)) as read:
            keys = read.data_keys(self.pack.id)

        def opened(sealed: str, complaint: str, name: str) -> str:
            if not asked.reveals:
                return ""
            try:
                return open_value(sealed, self.keys.ready(keys, sealed), complaint, name)
            except Refused:
                return ""

        return opened

    def unlock(self, asked: Asked, code: str) -> None:
        """Hold the city's key, by the recovery code. Raises `Refused`."""
        asked.opens()
        with closing(Read.open(self.profile)) as read:
            keys = read.data_keys(self.pack.id)
        if not keys:
            raise Refused("personal.no_key")
        self.keys.unlock(keys[0], code)

    # finding

    def find(self, asked: Asked, typed: str = "", complaint: str = "") -> Found:
        """Everything that is held about whom the words say, or of that complaint."""
        wanted = Wanted(complaint=complaint) if complaint else Wanted.of(typed)
        if wanted is None:
            raise Refused("personal.rights.too_short", least=holdings.LEAST)
        found = look(self.profile, self.clock, wanted, self._opener(asked), self.heed)
        kind = "item" if is_item(complaint) else "complaint" if complaint else "number" if wanted.digits else "words"
        told = {"by": kind, "compared": found.opened, "closed": found.closed, "hits": len(found.hits)}
        self._enter(FIND, asked, complaint, {**told, "complaints": len(found.complaints), "items": len(found.items)})
        if not complaint:
            for each in found.hits:
                if each.field:
                    self._reveal(asked, each.complaint, each.field, each.deed)
        return found

    def _scrubbed(self) -> bool:
        """Take what was erased out of what lies beside the tables; whether that is done. In steps between which
        operators are served."""
        until_s = self.clock.monotonic_s() + SCRUB_WITHIN_S
        never = threading.Event()

        def step(store: Store, pause: Pause) -> tuple[bool, Changes]:
            return store.scrub(pause.urgent), Changes(frozenset())

        while not self.keeper.write(step).result():
            if self.clock.monotonic_s() >= until_s or self.clock.wait(never, SCRUB_PAUSE_S):
                return False
        return True

    def _asked_of(self, ask: Callable[[Store], T]) -> T:
        """Something that the one who writes knows."""
        return self.keeper.person(lambda store: (ask(store), Changes(frozenset()))).result()

    # handing out

    def held(
        self, asked: Asked, complaints: Sequence[str], typed: str = "", found: Found | None = None
    ) -> dict[str, Any]:
        """All that is held about a person, as JSON values: of complaints they told of, of complaints and items that
        were named, everything; of others only where they are spoken of. `found` is what was found of them before,
        where nothing is `typed`. Each sealed value that is opened is a row of the ledger."""
        asked.opens()
        found = self.find(asked, typed) if typed else found
        named = list(dict.fromkeys([*complaints, *(found.told_by if found else ())]))
        told = evidence.items(self.profile, [*named, *(found.items if found else ())])
        own = [each for each in named if each not in told]
        if not named and not (found and found.hits):
            raise Refused("personal.rights.nothing")
        self._enter(EXPORT, asked, "", {"complaints": own[:MOST_AT_ONCE], "count": len(own)})
        opener = self._opener(asked)
        with closing(Read.open(self.profile)) as read:
            whole = []
            for number, each in enumerate(own):
                self.heed(number / len(own))
                whole.append(self._complaint(asked, read, each, opener))
        spoken = [
            {"complaint": name, "where": place, "times": count}
            for name, place, count, _ in (found.counted() if found else ())
            if name not in named and name not in told
        ]
        return {
            "case": asked.case,
            "city": self.pack.name,
            "console": self._asked_of(lambda store: store.console),
            "at": self.clock.now().isoformat(timespec="seconds"),
            "complaints": whole,
            "items": [
                {"id": mark, **{name: text for name, text in zip(_OF_ITEM, texts, strict=True) if text}}
                for mark, texts in told.items()
            ],
            "spoken_of": spoken,
        }

    def _complaint(self, asked: Asked, read: Read, name: str, opener: Callable[[str, str, str], str]) -> dict[str, Any]:
        found = read.complaint(name)
        if found is None:
            raise Refused("store.no_complaint", complaint=name)
        reporter = {}
        for each, sealed in sealed_among(found.extra).items():
            self._reveal(asked, name, each)
            reporter[each] = opener(sealed, name, each) or None
        shown = ("title", "text", "category", "agency", "address", "lat", "lon", "area", "opd", "media_url", "channel")
        told = {each: getattr(found, each) for each in shown if getattr(found, each, None) not in (None, "")}
        for each, sealed in whole_among(found.extra).items():
            self._reveal(asked, name, each)
            words = opener(sealed, name, each)
            told |= {each: words} if words else {}
        history = [self._event(asked, each, opener) for each in read.events_of(name)]
        files = [
            {
                "name": each.name,
                "type": str(each.type),
                "bytes": each.bytes,
                "at": each.at.isoformat(),
                "sha256": each.sha256,
                "pieces": list(each.pieces),
            }
            for each in read.files_of(name)
        ]
        return {
            "id": name,
            "state": found.state.name.lower(),
            "requested_at": found.requested_at.isoformat(),
            **told,
            "reporter": reporter,
            "history": history,
            "files": files,
        }

    def _event(self, asked: Asked, event: Event, opener: Callable[[str, str, str], str]) -> dict[str, Any]:
        """What the history tells of a deed, its words whole where they can be opened."""
        text, fields, sealed = event.text, dict(event.fields), whole_of_deed(event.fields)
        if sealed:
            self._reveal(asked, event.complaint, DEED_WORDS, event.id)
            text = opener(sealed, event.id, DEED_WORDS) or text
            fields[words_of_deed(event.deed, fields)] = text
        left = {*_WORKERS, *WHOLE.values(), ""}
        told = {name: value for name, value in fields.items() if name not in left and value != ""}
        return {"at": event.at.isoformat(), "deed": str(event.deed), "text": text, "fields": told}

    # setting right

    def correct(self, asked: Asked, complaint: str, name: str, typed: str) -> None:
        """Another value in the place of one that was wrong. Raises `Refused`."""
        asked.opens()
        if name not in SEALED and name not in COVERED:
            raise Refused("personal.rights.field_unknown", field=name, fields=", ".join((*SEALED, *COVERED)))
        value = sound_reporter(name, typed) if name in SEALED else " ".join(typed.split())
        if not value:
            raise Refused("personal.rights.no_value")

        def write(store: Store) -> Changes:
            told = {name: value}
            if name in COVERED:
                key = key_line(store.replica.tools.db, self.pack.id).current
                words, whole = covered_words(told)
                told = {**told, WHOLE[name]: ""}
                if key is not None and whole:
                    told = {**words, **seal_whole(whole, key.public, complaint)}
            else:
                keys = key_line(store.replica.tools.db, self.pack.id).all
                if not keys:
                    raise Refused("personal.no_key")
                told = {name: seal_value(value, keys[0].public, complaint, name)}
            return store.correct(complaint, told, who=asked.by, case=asked.case)

        self._write(write)
        self._scrubbed()

    # erasing

    def erase(
        self,
        asked: Asked,
        complaints: Sequence[str],
        *,
        fields: frozenset[str] = frozenset(FIELDS),
        history: bool = True,
        deeds: Sequence[str] = (),
        backups_now: bool = False,
    ) -> Erased:
        """Take it out of everything here, and tell the centre. Raises `Refused` for a complaint nobody heard of."""
        names = list(dict.fromkeys(complaints))
        if not names or len(names) > MOST_AT_ONCE or len(deeds) > MOST_AT_ONCE:
            raise Refused("personal.rights.many", most=MOST_AT_ONCE)
        told = evidence.items(self.profile, names)
        with closing(Read.open(self.profile)) as read:
            for name in names:
                if name not in told and (is_item(name) or read.complaint(name) is None):
                    raise Refused("store.no_complaint", complaint=name)
            traces = evidence.traces(self.profile, read, names, fields, None if history else deeds)
        before = [*backup.backups(self.profile), *kept_stores(self.profile)]
        at = from_millis(millis(self.clock.now()))
        of = evidence.deeds(self.profile, deeds)
        wished = [
            Erasure(name, frozenset(), True, frozenset(), at, asked.by, asked.case)
            if is_item(name)
            else Erasure(name, fields, history, _own(of, name), at, asked.by, asked.case)
            for name in names
        ]
        self.heed(1.0)
        self._write(lambda store: store.erase(wished))
        done = Erased(names, looked_for=len(traces))
        done.scrubbed = self._scrubbed()
        done.left = evidence.left(self.profile, traces)
        if backups_now:
            self._drop_backups(asked, before)
            done.removed = len(before)
        else:  # a new one may bear the name of one that is gone
            done.backups = sum(path.exists() for path in before)
        return done

    def _drop_backups(self, asked: Asked, gone: Sequence[Path]) -> None:
        """Remove every backup and every old store, and make a new backup of what is there now."""
        self._enter(BACKUPS, asked, "", {"removed": len(gone)})
        for path in gone:
            for side in SIDES:
                drop_file(aside(path, side))
        backup.make(self.profile, self.clock)

    # proving

    def proof(self, asked: Asked) -> Proof:
        """What the ledger tells of the case, and what is there now."""
        self._enter(PROOF, asked)
        steps = evidence.steps(self.profile, asked.why)
        names = dict.fromkeys(each.complaint for each in steps if each.deed in (ERASE, APPLIED))
        known, console = self._asked_of(lambda store: ([store.erasing.known[name] for name in names], store.console))
        erased = evidence.standing(self.profile, known)
        old = tuple(path.name for path in backup.backups(self.profile) if _before(path, steps))
        goes = holdings.last_goes(self.profile, backup.DAYS) if old else None
        kept = tuple(path.name for path in kept_stores(self.profile) if not path.name.endswith(SIDES[1:]))
        return Proof(asked, self.pack.name, console, self.clock.now(), steps, erased, old, goes, kept)


_OF_ITEM = ("title", "text", "url", "body")
_WORKERS = frozenset({"by", "holder", "seen_holder"})


def _own(deeds: Mapping[str, str], complaint: str) -> frozenset[str]:
    return frozenset(deed for deed, of in deeds.items() if of == complaint)


def _before(path: Path, steps: Sequence[Step]) -> bool:
    """Whether a backup was made before the last of it was erased. Their names tell the second, no more: what was made
    once all older ones were removed is told by that step."""
    erased = [each.at for each in steps if each.deed in (ERASE, APPLIED)]
    if not erased:
        return False
    removed = [each.at.replace(microsecond=0) for each in steps if each.deed == BACKUPS and each.at >= max(erased)]
    made = backup.made_at(path)
    return made is not None and made <= max(erased) and not (removed and made >= max(removed))
