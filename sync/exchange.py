"""The exchange with a centre as the engine runs it: which server, as whom, and what a person says to it.

The server is that of the settings; where none is set up, the one the embedded centre offers, whose secret comes by a
pipe and is kept nowhere. Secrets are in the keyring or in memory (sync/credentials.py). Used by the engine's threads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from console.core.clock import Clock
from console.core.errors import BadAnswer, ConsoleError, DiskTrouble, Refused
from console.core.pack import CityPack
from console.core.places import complaints_place, files_place, places_of, shared_place
from console.core.records import Changes, HubNote, HubState, Kind
from console.core.settings import Settings
from console.store.files import Profile
from console.store.keeper import Keeper
from console.store.read import Read
from console.store.room import Room
from console.store.shelf import Shelf
from sync.credentials import Credentials
from sync.custody import Custody
from sync.engine_log import EngineLog
from sync.file_desk import KeeperDesk
from sync.files import Files
from sync.ground import Follow, Gate, Ground
from sync.hub import END_WITHIN_S, Hub
from sync.hub_server import Server
from sync.hub_wire import Account, HubWire
from sync.lanes import Budget, Lane, Lanes
from sync.peering import Fact, Local
from sync.provision import kecamatan_of
from sync.sockets import pin_of
from sync.visits import Pace
from sync.wire import Line

_WAKING = frozenset({Kind.OUTBOX, Kind.EVENT})
FILES_EVERY_S = 60.0
"""What a centre did not have is asked for again."""


class Lining(Protocol):
    """The wire, as far as it is needed here."""

    def line(self, *, allow_private: bool = False, pin: str = "", count: Callable[[int], object] | None = None) -> Line:
        """A conversation with one server."""
        ...


@dataclass(frozen=True, slots=True)
class Means:
    """What an exchange uses of the engine."""

    profile: Profile
    console: str
    """Our name towards others."""
    pack: CityPack
    keeper: Keeper
    wire: Lining
    gate: Gate
    clock: Clock
    log: EngineLog
    pace: Pace | None = None
    room: Room | None = None


def followed(pack: CityPack, codes: str) -> list[Follow]:
    """What a console reads: the whole city, or the kecamatan of the setting `hub.follow` and what concerns all."""
    known = kecamatan_of(pack)
    chosen = [code.strip() for code in codes.split(",") if code.strip()]
    shared = shared_place(pack.id)
    if not chosen:
        places = [place for place in places_of(pack.id, known) if place != shared]
        return [Follow(shared, Lane.ALERT), *(Follow(place, Lane.REST) for place in places)]
    return [Follow(shared, Lane.ALERT), *(Follow(complaints_place(pack.id, code), Lane.AREA) for code in chosen)]


def open_hub(means: Means, server: Server, settings: Settings, secret: Callable[[], str]) -> tuple[Hub, Photos]:
    """A hub that is not started yet, with its exchange of files. Raises `Refused` or `BadAnswer` for an address or pin
    that cannot be used."""
    lanes = Lanes(means.clock, Budget(means.clock, settings["hub.bytes_per_hour"]))
    line = means.wire.line(allow_private=True, pin=pin_of(server.pin), count=lanes.budget.spend)
    account = Account(server.user, secret, server.way)
    wire = HubWire(line, server.url, account, lanes, clear=server.clear)
    ground = Ground(
        means.keeper,
        lambda: Shelf.open(means.profile, any_thread=True),
        means.clock,
        means.log,
        means.gate,
    )

    def heard(fact: Fact) -> None:
        if photos.files.heard(fact):
            hub.errands_due()

    hub = Hub(
        wire,
        ground,
        url=server.url,
        console=means.console,
        follow=followed(means.pack, settings["hub.follow"]),
        pace=means.pace,
        apart=(files_place(means.pack.id),),
        told=heard,
        notes=_notes(means.profile, server.url),
    )
    room = means.room or Room(means.profile.reserve)
    desk = KeeperDesk(means.keeper, means.profile, room, files_place(means.pack.id), clock=means.clock)
    photos = Photos.on(wire, desk, hub.local.under, means.pack, means.clock, console=lambda: hub.name.console)
    hub.add_errand(photos.files)
    return hub, photos


def _notes(profile: Profile, url: str) -> tuple[HubNote, ...]:
    """What happened with that server before this start."""
    try:
        read = Read.open(profile)
    except DiskTrouble:
        return ()
    try:
        found = read.hub()
    finally:
        read.close()
    return found.notes if found is not None and found.url == url else ()


@dataclass(frozen=True, slots=True)
class Photos:
    """The exchange of files with one server, and what it reads with."""

    files: Files
    desk: KeeperDesk

    @classmethod
    def on(
        cls,
        wire: HubWire,
        desk: KeeperDesk,
        under: Callable[[str], Local],
        pack: CityPack,
        clock: Clock,
        *,
        console: Callable[[], str],
    ) -> Photos:
        """That of a wire. `console` tells our name, which may change, `under` gives our store for who has that name."""
        place = files_place(pack.id)
        thumbs, photos = wire.on(Lane.THUMBNAIL), wire.on(Lane.PHOTO)
        custody = Custody(
            wire.on(Lane.THUMBNAIL), under, clock, place=place, shared=shared_place(pack.id), console=console
        )
        return cls(Files(thumbs, photos, desk, desk.blobs, clock, custody=custody, database=place), desk)


class Exchange:
    """The one hub of an engine, if there is any."""

    def __init__(self, means: Means, settings: Settings, credentials: Credentials) -> None:
        self._means = means
        self._settings = settings
        self._credentials = credentials
        self._lock = threading.RLock()
        self._server = Server.of(settings)
        self._set_up = bool(self._server.url)
        self._cut = False
        self._ended = False
        self.hub: Hub | None = None
        self._photos: Photos | None = None
        self._files_s = means.clock.monotonic_s()

    def start(self) -> None:
        """Begin with the server of the settings, if there is one."""
        if self._set_up:
            self._begin()
        else:
            self._keep(HubState("", None))

    def embedded(self, url: str, user: str, secret: str) -> None:
        """Where the embedded centre serves now, with the secret it made for this start."""
        with self._lock:
            if self._set_up or self._ended or not url:
                return
            self._end()
            self._server = Server(url, user)
            self._credentials.keep(url, user, secret, durably=False)
            self._begin()

    def sign_in(self, user: str, secret: str) -> bool:
        """A person gives the secret, and perhaps another name. False where it is remembered until the end of this run
        only: the machine has no keyring."""
        with self._lock:
            if not self._server.url or not secret or self._ended:
                return True
            renamed = bool(user) and user != self._server.user
            if renamed:
                self._server = replace(self._server, user=user)
            kept = self._credentials.keep(self._server.url, self._server.user, secret)
            self._means.log.tell("engine.secret_kept" if kept else "engine.secret_memory")
            if renamed or self.hub is None:
                self._end()
                self._begin()
            elif self.hub is not None:
                self.hub.signed_in()
            return kept

    def cut(self, cut: bool) -> None:
        """The connection is cut on purpose, or whole again."""
        self._cut = cut
        if self.hub is not None:
            self.hub.cut(cut)

    def now(self) -> None:
        """A person wants it at once."""
        if self.hub is not None:
            self.hub.now()

    def woke(self) -> None:
        """The machine slept."""
        if self.hub is not None:
            self.hub.woke()

    def stir(self) -> None:
        """Look again whether anything may be done: the disk may take something."""
        if self.hub is not None:
            self.hub.stir()

    def tick(self) -> None:
        """A second passed: numbers on screen follow."""
        hub = self.hub
        if hub is None:
            return
        hub.say()
        now_s = self._means.clock.monotonic_s()
        if now_s - self._files_s >= FILES_EVERY_S:
            self._files_s = now_s
            hub.errands_due()

    def fetch_file(self, sha256: str) -> None:
        """Somebody looks at a file that is not here, or is damaged."""
        photos, hub = self._photos, self.hub
        if photos is not None and hub is not None:
            photos.files.prefer(sha256)
            hub.errands_due()

    def choose(self, choice: str, place: str) -> None:
        """A person's answer to a question."""
        if self.hub is not None:
            self.hub.choose(choice, place)

    def changed(self, changes: Changes) -> None:
        """Something was written."""
        if self.hub is not None and changes.kinds & _WAKING:
            self.hub.changed(changes)

    def stop(self) -> list[str]:
        """End, bounded; names of threads that still hang."""
        self._ended = True
        got = self._lock.acquire(timeout=END_WITHIN_S)  # a keyring may be asking a person
        try:
            return self._end()
        finally:
            if got:
                self._lock.release()

    def _begin(self) -> None:
        if self._ended:
            return
        server = self._server
        try:
            self.hub, self._photos = open_hub(
                self._means, server, self._settings, lambda: self._credentials.secret(server.url, server.user)
            )
        except (Refused, BadAnswer) as trouble:
            self._cannot(trouble)
            return
        self.hub.cut(self._cut)
        self.hub.start()

    def _cannot(self, trouble: ConsoleError) -> None:
        self._means.log.tell("engine.hub_not", why=trouble.says)
        values = {name: str(value)[:200] for name, value in trouble.values.items()}
        self._keep(HubState(self._server.url, None, trouble.says, values))

    def _keep(self, state: HubState) -> None:
        self._means.keeper.write(lambda store, _: (None, store.hub(state)))

    def _end(self) -> list[str]:
        hub, self.hub = self.hub, None
        photos, self._photos = self._photos, None
        hanging = hub.stop() if hub is not None else []
        if photos is not None and not hanging:
            photos.desk.close()
        return hanging
