"""Starts a centre, says where it listens, and serves until its input closes."""

from __future__ import annotations

import contextlib
import sys
import threading
import zlib
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

from console.core import notes
from console.core.clock import Clock, SystemClock, millis
from console.core.errors import BadPack, DiskTrouble, Refused, code_of
from console.core.pack import CityPack
from console.core.settings import declared
from console.store import packs
from console.store.files import Profile, read_bytes, resource
from sync.centre.bulk import Bulk
from sync.centre.buses import Buses
from sync.centre.hub import serving_hub
from sync.centre.interfaces import Interfaces, Moods, drawn
from sync.centre.query import DAY_MS, Holding
from sync.centre.replay import Replay, read_recording
from sync.centre.sentences import Sentences
from sync.centre.server import CentreServer
from sync.centre.sky import Sky
from sync.centre.town import Town
from sync.centre.voices import Registers, Voices
from sync.centre.water import PetaBencana, SensorThings, Water
from sync.chosen import pack_of

_MOST_DAYS = 400
"""A town keeps its drawn days in memory."""


def run_centre(
    port: int = 0,
    seed: int = 21,
    replay: Path | None = None,
    pace: float = 1.0,
    *,
    rate_per_day: int = 1200,
    history_days: int = 30,
    bulk: int = 0,
    profile: Path | None = None,
    pack: CityPack | None = None,
    clock: Clock | None = None,
    stdin: BinaryIO | None = None,
    stdout: BinaryIO | None = None,
) -> int:
    """Serve until `stdin` closes. Returns the exit code.

    The first line on `stdout` is the note `listening` with the port and a word for what it serves: as the first
    part of the path that word tells a reader whether this is what it has followed. Its `hub` is where the city's
    databases are served, with the account of this run; where their store cannot be had a `trouble` comes instead.
    The city is that of the profile's settings, else the shipped one. `bulk` serves that many records for measuring,
    and no databases. A port that is taken raises `Refused`, a recording that cannot be played `BadAnswer`.
    """
    clock = clock or SystemClock()
    pack = pack or _pack_of(profile)
    now = millis(clock.now())
    holding: Holding
    serves = f"{pack.id}-{bulk or 'town'}-{seed}"
    interfaces: Interfaces | None = None
    if replay is not None:
        holding = Replay(read_recording(replay, pack.zone), now, pace, pack.zone)
        serves = f"{pack.id}-replay-{zlib.crc32(read_bytes(replay) or b''):08x}"
    else:
        sentences = Sentences(resource("centre/complaints.toml"), pack)
        town = Town(pack, seed, sentences, rate_per_day=rate_per_day, history_days=min(history_days, _MOST_DAYS))
        # a whole day, so that a centre that starts again the same day holds the same records
        holding = Bulk(town, bulk, now // DAY_MS * DAY_MS, history_days) if bulk else town
        interfaces = None if bulk else all_interfaces(pack, seed, town)
    out = stdout or sys.stdout.buffer
    with open_centre(port, holding, clock, squeeze=not bulk, interfaces=interfaces) as server, ExitStack() as ending:
        serving = threading.Thread(target=server.serve_forever, name="centre", daemon=True)
        serving.start()
        hub = {} if bulk else _hub(ending, profile, pack, clock, out)
        out.write(notes.line("listening", port=server.port, serves=serves, **hub))
        out.flush()
        try:
            while (stdin or sys.stdin.buffer).read(4096):
                pass
        except KeyboardInterrupt:
            pass
        server.shutdown()
        serving.join()
    return 0


def all_interfaces(pack: CityPack, seed: int, town: Town, moods: Moods | None = None) -> Interfaces:
    """Every interface beside that of complaints, with the moods of the seed unless others are given."""
    water = Water(pack, seed, town)
    sources = (
        SensorThings(water),
        PetaBencana(water, pack),
        Sky(pack, seed, town),
        Buses(pack, seed),
        Voices(pack, seed),
        Voices(pack, seed + 1, "/sosial"),
        Registers(pack, seed),
    )
    return Interfaces(sources, moods or drawn(seed))


def open_centre(
    port: int, holding: Holding, clock: Clock, *, squeeze: bool = True, interfaces: Interfaces | None = None
) -> CentreServer:
    """A server that is bound and listens. A port that is taken or may not be used raises `Refused`."""
    try:
        return CentreServer(port, holding, clock, squeeze=squeeze, interfaces=interfaces)
    except (OSError, OverflowError) as trouble:
        raise Refused("centre.port", port=str(port), fault=code_of(trouble)) from trouble


def _hub(ending: ExitStack, folder: Path | None, pack: CityPack, clock: Clock, out: BinaryIO) -> Mapping[str, Any]:
    """The city's databases, served until `ending`; {} where their store cannot be had: complaints are served all
    the same."""
    try:
        return {"hub": ending.enter_context(serving_hub(folder, pack, clock))}
    except (DiskTrouble, Refused) as trouble:
        values = {name: str(value) for name, value in trouble.values.items()}
        out.write(notes.line("trouble", says=trouble.says, values=values))
        return {}


def _pack_of(folder: Path | None) -> CityPack:
    """The pack of a profile's settings, the shipped one where there is none or it is unsound: the console that
    started this centre tells of that."""
    if folder is not None:
        with contextlib.suppress(BadPack):
            return pack_of(Profile(folder))
    return packs.load(None, declared(resource("settings.toml"))["pack"].default)
