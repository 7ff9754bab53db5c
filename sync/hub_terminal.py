"""What is done at a terminal with a centre's server: `hub prepare`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from console.core.clock import Clock, SystemClock
from console.core.errors import BadPack
from console.core.pack import CityPack
from console.core.phrases import Phrases
from console.core.settings import Settings, declared, read_settings
from console.store.files import Profile, read_bytes, resource
from console.store.packs import load
from sync.hub_wire import Account, HubWire
from sync.lanes import Budget, Lane, Lanes
from sync.provision import prepare
from sync.sockets import pin_of
from sync.wire import Wire

AGENT = "Kendali/0.1"
RULES = "hub/validate.js"


@dataclass(frozen=True, slots=True)
class Server:
    """A centre's server as it was named at the terminal."""

    url: str
    user: str = ""
    secret: Callable[[], str] = str
    way: str = "cookie"
    pin: str = ""
    clear: bool = False


def hub_prepare(folder: Path, server: Server, phrases: Phrases, out: Callable[[str], object]) -> int:
    """Make a server ready for the city of the profile's pack, saying each step. Raises `ConsoleError` where it ends
    before its end."""
    clock = SystemClock()
    wire = Wire(clock, agent=AGENT)
    ours = opened(wire, clock, server)
    strange = opened(wire, clock, Server(server.url, pin=server.pin))
    counted = [0, 0]
    try:
        mine, theirs = ours.on(Lane.URGENT), strange.on(Lane.URGENT)
        for step in prepare(mine.call, theirs.call, pack_of(folder), resource(RULES).decode("utf-8").strip()):
            out(phrases.say(step.says, **step.values))
            counted[step.changed] += 1
    finally:
        ours.end()
        strange.end()
        wire.close()
    out(phrases.say("sync.prepare.done", changed=counted[1], kept=counted[0]))
    return 0


def opened(wire: Wire, clock: Clock, server: Server) -> HubWire:
    """A wire to that server. Raises `Refused` or `BadAnswer` for an address that cannot be used."""
    lanes = Lanes(clock, Budget(clock))
    line = wire.line(allow_private=True, pin=pin_of(server.pin), count=lanes.budget.spend)
    return HubWire(line, server.url, Account(server.user, server.secret, server.way), lanes, clear=server.clear)


def settings_of(folder: Path) -> Settings:
    """The settings of a profile; unsound ones are told by the screen, here the sound ones hold."""
    profile = Profile(folder)
    known = declared(resource("settings.toml"))
    return read_settings(known, read_bytes(profile.settings) or b"", profile.settings.name)[0]


def pack_of(folder: Path) -> CityPack:
    """The pack of a profile's settings. An unsound one raises `BadPack`."""
    settings = settings_of(folder)
    try:
        return load(Profile(folder), settings["pack"])
    except BadPack:
        if settings["pack"] == settings.known["pack"].default:
            raise
        return load(None, settings.known["pack"].default)
