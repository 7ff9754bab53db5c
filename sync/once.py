"""One exchange with a centre from a terminal or a timer: all that is here is sent, all that is there is read, and told.

Place after place, without threads of its own. What goes wrong at one place does not keep the others from their turn; a
server out of reach is tried some times with pauses. The exit code says what came of it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from console.core.clock import Clock, SystemClock
from console.core.errors import Away, BadAnswer, ConsoleError, Denied, DiskTrouble, Refused
from console.core.phrases import Phrases
from console.core.places import files_place, shared_place
from console.core.records import Conflict, HubNote
from console.store.files import Profile, make_folder
from console.store.keeper import Keeper
from console.store.read import Read
from console.store.shelf import Shelf
from console.store.store import Store
from sync.backoff import Backoff
from sync.chosen import pack_of, settings_of
from sync.exchange import Photos, followed
from sync.file_desk import KeeperDesk
from sync.happened import note_of, with_note
from sync.hub_local import HubLocal, Shelves
from sync.hub_server import Server
from sync.hub_wire import Account, HubWire
from sync.lanes import Budget, Lane, Lanes
from sync.peering import Fact, Pages
from sync.replicate import Replicator
from sync.sockets import pin_of
from sync.wire import AGENT, Wire

EXIT_CLEAN, EXIT_AWAY, EXIT_DENIED, EXIT_PERSON = 0, 3, 4, 5
"""All exchanged; out of reach, or changes still wait; not let in, if only at one place; a person has to decide
something (a conflict, a question, a refusal)."""
TRIES = 5
"""At each place, before the server counts as out of reach."""
VISITS = 3
"""Of one place in a run: sending may bring something to read, and reading something to send."""
MOST_LISTED = 10_000


@dataclass(slots=True)
class Outcome:
    """What an exchange came to."""

    hub: str
    pulled: int = 0
    """Revisions that were news here."""
    pushed: int = 0
    """Revisions the centre holds now by this."""
    merged: int = 0
    """Documents of which two versions were made one, by rule."""
    refused: int = 0
    """Revisions one side would not take, and changes refused earlier that wait for a person."""
    conflicts: int = 0
    """Documents that wait for a person."""
    waiting: int = 0
    """Changes that still wait to be sent."""
    questions: list[str] = field(default_factory=list)
    """Places where a person has to choose before anything goes on."""
    happened: list[dict[str, Any]] = field(default_factory=list)
    """What else people should know of: phrase key, values and places."""
    troubles: dict[str, str] = field(default_factory=dict)
    """Places that could not be exchanged, with the phrase key of why; "" for the server as a whole."""
    bytes: int = 0
    seconds: float = 0.0
    exit: int = EXIT_CLEAN


def sync_once(
    folder: Path,
    server: Server | None,
    secret: Callable[[Server], str],
    phrases: Phrases,
    out: Callable[[str], object],
    *,
    as_json: bool = False,
    clock: Clock | None = None,
) -> int:
    """Exchange with that server, or with the one of the settings; the exit code. Raises `ConsoleError` where it
    cannot even begin: no server, no store, an engine that runs already."""
    clock = clock or SystemClock()
    settings = settings_of(Profile(folder))
    server = server or Server.of(settings)
    if not server.url:
        raise Refused("sync.once.no_hub")
    profile = Profile.at(folder)
    make_folder(profile.logs)
    pack = pack_of(profile)
    store = Store.open(profile, clock, pack)
    with suppress(DiskTrouble):  # what follows meets the same disk, and says so
        store.take_slips()
        store.witness()  # what the exchange before this one brought
        store.tell_head(shared_place(pack.id))
    keeper = Keeper(store)
    wire = Wire(clock, agent=AGENT)
    budget = Budget(clock, settings["hub.bytes_per_hour"])
    shelves = Shelves(lambda: Shelf.open(profile))
    try:
        line = wire.line(allow_private=True, pin=pin_of(server.pin), count=budget.spend)
        account = Account(server.user, lambda: secret(server), server.way)
        hub = HubWire(line, server.url, account, Lanes(clock, budget), clear=server.clear)
        local = HubLocal(keeper, shelves)
        desk = KeeperDesk(keeper, profile, store.room, files_place(pack.id), clock=clock)
        photos = Photos.on(hub, desk, local.under, pack, clock, console=lambda: store.console)
        run = _Run(hub, local, clock, store.console, Outcome(server.url))
        try:
            run.all([each.place for each in followed(pack, settings["hub.follow"])], photos, profile)
        finally:
            hub.end()
            desk.close()
        outcome = run.outcome
        outcome.bytes = budget.hour
    finally:
        shelves.close()
        keeper.close()
        wire.close()
        store.close()
    _say(outcome, run.met, phrases, out, as_json)
    return outcome.exit


class _Run:
    """One exchange under way."""

    def __init__(self, hub: HubWire, local: HubLocal, clock: Clock, console: str, outcome: Outcome) -> None:
        self.outcome = outcome
        self.met: dict[str, ConsoleError] = {}
        """What each trouble was, to be told in words."""
        self.notes: tuple[HubNote, ...] = ()
        self._hub = hub
        self._local = local
        self._clock = clock
        self._console = console
        self._pages = Pages()
        self._never = threading.Event()
        self._over = False
        """Whether nobody is there, or the server does not know us: then no other place is tried."""

    def all(self, places: list[str], photos: Photos, profile: Profile) -> None:
        """Every place, then what is left, then photos and files."""
        begin_s = self._clock.monotonic_s()
        before = _merged(profile)
        files = photos.files.place
        more = [place for place in self._local.waiting_places() if place not in places and place != files]
        for place in places:
            self._patiently(place, lambda at=place: self._visit(at, reads=True))  # type: ignore[misc]
        for place in more:
            self._patiently(place, lambda at=place: self._visit(at, reads=False))  # type: ignore[misc]
        self._patiently(files, lambda: self._files(photos))
        self._count(profile, before)
        self.outcome.seconds = round(self._clock.monotonic_s() - begin_s, 3)

    def _patiently(self, place: str, visit: Callable[[], None]) -> None:
        """A place, tried again where the server is out of reach. One that is not open to us is left out."""
        if self._over:
            return
        backoff = Backoff(self._clock.chance)
        for left in reversed(range(TRIES)):
            try:
                visit()
                return
            except (Away, BadAnswer, Refused) as caught:
                trouble: ConsoleError = caught
                if not left or caught.says in ("sync.exchange.absent", "sync.hub.clear"):
                    break
                asked_s = caught.retry_after_s if isinstance(caught, Away) else None
                backoff.failed(self._clock.monotonic_s(), asked_s)
                self._clock.wait(self._never, backoff.due_in_s(self._clock.monotonic_s()))
            except Denied as denied:
                self._note(place, denied, EXIT_DENIED)
                self._over = denied.says != "sync.denied"
                return
        self._note(place, trouble, EXIT_AWAY)
        if trouble.says.startswith(("sync.away.refused", "sync.away.connect", "sync.away.name", "sync.tls.")):
            self._note("", trouble, EXIT_AWAY)
            self._over = True

    def _note(self, place: str, trouble: ConsoleError, code: int) -> None:
        self.outcome.exit = max(self.outcome.exit, code)
        self.outcome.troubles[place] = trouble.says
        self.met[place] = trouble

    def _heard(self, fact: Fact) -> None:
        note = note_of(fact, self._clock.now())
        if note is not None:
            self.notes = with_note(self.notes, note)

    def _visit(self, place: str, *, reads: bool) -> None:
        replicator = Replicator(
            self._hub.on(Lane.REST),
            self._local,
            self._clock,
            self._clock.chance,
            place=place,
            database=place,
            console=self._console,
            told=self._heard,
            page=self._pages,
        )
        outcome = self.outcome
        for _ in range(VISITS):
            pushed = replicator.push()
            outcome.pushed += pushed.held
            outcome.refused += pushed.refused
            more = reads and replicator.poll(0)
            while more:
                pulled = replicator.pull()
                outcome.pulled += pulled.fresh
                outcome.refused += pulled.refused
                more = pulled.more
            if replicator.held_up:
                outcome.questions.append(place)
                return
            if place not in self._local.waiting_places():
                return

    def _files(self, photos: Photos) -> None:
        """Their pieces go with their bytes, portion by portion. That a centre has no place for them, or none open to
        us, is no trouble while we have none to give."""
        try:
            while photos.files.turn():
                pass
        except (Away, Denied) as trouble:
            if trouble.says not in ("sync.exchange.absent", "sync.denied") or photos.desk.waiting():
                raise
        except DiskTrouble as full:
            self._note(photos.files.place, full, EXIT_AWAY)
        if photos.files.question and not self.outcome.questions:
            self.outcome.questions.append(photos.files.place)

    def _count(self, profile: Profile, before: set[str]) -> None:
        outcome = self.outcome
        read = Read.open(profile)
        try:
            waiting: list[Conflict] = read.conflicts(MOST_LISTED)
            outcome.conflicts = len(waiting)
            outbox = read.outbox()
            outcome.waiting = outbox.waiting
            outcome.refused = max(outcome.refused, outbox.refused)  # also what was refused in an earlier run
        finally:
            read.close()
        outcome.happened = [{"says": each.says, "places": list(each.places), **each.values} for each in self.notes]
        outcome.merged = len(_merged(profile) - before)
        if outcome.exit == EXIT_CLEAN and (outcome.conflicts or outcome.questions or outcome.refused):
            outcome.exit = EXIT_PERSON
        elif outcome.exit == EXIT_CLEAN and outcome.waiting:
            outcome.exit = EXIT_AWAY


def _merged(profile: Profile) -> set[str]:
    """Revisions made here by rule, of two versions, that the centre may not hold yet."""
    read = Read.open(profile)
    try:
        return {f"{row.doc} {row.rev}" for row in read.outbox_rows(MOST_LISTED) if "" in row.deeds}
    finally:
        read.close()


def _say(
    outcome: Outcome,
    met: Mapping[str, ConsoleError],
    phrases: Phrases,
    out: Callable[[str], object],
    as_json: bool,
) -> None:
    if as_json:
        out(json.dumps(asdict(outcome), ensure_ascii=False))
        return
    values: dict[str, Any] = asdict(outcome)
    out(phrases.say("sync.once.done", **values))
    for place, trouble in met.items():
        if place and "" in met:
            continue  # said once, of the server
        out(phrases.say("sync.once.trouble", place=place or outcome.hub, why=phrases.tell(trouble)))
    for each in outcome.happened:
        values = {name: value for name, value in each.items() if name not in ("says", "places")}
        out(phrases.say(each["says"], **values, where=", ".join(each["places"])))
    for place in outcome.questions:
        out(phrases.say("sync.once.question", place=place))
