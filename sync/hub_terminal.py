"""What is done at a terminal with a centre's server: `hub prepare`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from console.core.clock import Clock, SystemClock
from console.core.phrases import Phrases
from console.store.files import Profile, resource
from sync.chosen import pack_of
from sync.hub_server import Server
from sync.hub_wire import Account, HubWire
from sync.lanes import Budget, Lane, Lanes
from sync.provision import prepare
from sync.sockets import pin_of
from sync.wire import AGENT, Wire

RULES = "hub/validate.js"


def hub_prepare(
    folder: Path, server: Server, secret: Callable[[], str], phrases: Phrases, out: Callable[[str], object]
) -> int:
    """Make a server ready for the city of the profile's pack, saying each step. Raises `ConsoleError` where it ends
    before its end."""
    clock = SystemClock()
    wire = Wire(clock, agent=AGENT)
    ours = opened(wire, clock, server, secret)
    strange = opened(wire, clock, Server(server.url, pin=server.pin), str)
    counted = [0, 0]
    try:
        mine, theirs = ours.on(Lane.URGENT), strange.on(Lane.URGENT)
        for step in prepare(mine.call, theirs.call, pack_of(Profile(folder)), resource(RULES).decode("utf-8").strip()):
            out(phrases.say(step.says, **step.values))
            counted[step.changed] += 1
    finally:
        ours.end()
        strange.end()
        wire.close()
    out(phrases.say("sync.prepare.done", changed=counted[1], kept=counted[0]))
    return 0


def opened(wire: Wire, clock: Clock, server: Server, secret: Callable[[], str]) -> HubWire:
    """A wire to that server. Raises `Refused` or `BadAnswer` for an address that cannot be used."""
    lanes = Lanes(clock, Budget(clock))
    line = wire.line(allow_private=True, pin=pin_of(server.pin), count=lanes.budget.spend)
    return HubWire(line, server.url, Account(server.user, secret, server.way), lanes, clear=server.clear)
