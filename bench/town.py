"""The embedded centre in a process of its own, always well, which tells a warning when it is asked to.

`python -m bench.town` prints its port and serves until its standard input closes; each line of it is the name of a
warning, which the centre's CAP index tells from then on. `declared` gives a profile twenty sources of it.
"""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from bench.fresh import ROOT, WORK, Served
from bench.pages import city
from console.core.clock import SystemClock, millis
from console.store import packs
from console.store.files import Profile, resource
from sync.centre import buses
from sync.centre import run as centre
from sync.centre.interfaces import HOUR_MS, calm
from sync.centre.sentences import Sentences
from sync.centre.sky import Message, Sky
from sync.centre.town import Town

SEED = 21
SOURCES = 20
_MORE = """
[gempa-terkini]
kind = "bmkg-quake"
title = { id = "Gempa M 5", en = "Earthquakes M 5" }
address = "embedded:/bmkg/gempaterkini.json"
cadence_s = 60
stale_after_s = 600
licence = "Data peragaan."

[gempa-terbaru]
kind = "bmkg-quake"
title = { id = "Gempa terbaru", en = "The newest earthquake" }
address = "embedded:/bmkg/autogempa.json"
cadence_s = 60
stale_after_s = 600
licence = "Data peragaan."

[pintu-air]
kind = "petabencana"
title = { id = "Pintu air", en = "Flood gauges" }
address = "embedded:/petabencana/floodgauges"
cadence_s = 120
stale_after_s = 1800
licence = "Data peragaan."

[aplikasi-pajak]
kind = "health"
title = { id = "Aplikasi pajak", en = "Application for taxes" }
address = "embedded:/data/app/pajak"
cadence_s = 60
stale_after_s = 300
licence = "Data peragaan."
"""
"""Four beside the sixteen of the pack that ships, of kinds and cadences as they are there."""


class Telling(Sky):
    """The weather agency, which also tells what it is asked to."""

    asked: ClassVar[list[Message]] = []

    def _messages(self, now: int) -> Iterator[Message]:
        yield from reversed(Telling.asked)
        yield from super()._messages(now)


def serve() -> None:
    """Print the port, serve, tell what is asked for, end with standard input."""
    pack, clock = city(), SystemClock()
    made: Any = centre
    made.Sky = Telling
    timetable: Any = buses
    timetable._FIRST_H, timetable._LAST_H = 0, 24  # else what is measured would hang on the hour
    town = Town(pack, SEED, Sentences(resource("centre/complaints.toml"), pack))
    server = centre.open_centre(0, town, clock, interfaces=centre.all_interfaces(pack, SEED, town, calm))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.port, flush=True)
    for line in sys.stdin:
        now = millis(clock.now())
        Telling.asked.append(Message(line.strip(), now, "Alert", "Severe", now + HOUR_MS, "", pack.name))
    server.shutdown()


def declared(name: str) -> Path:
    """An empty profile whose pack declares twenty sources, all of the embedded centre."""
    folder, place = WORK / name, WORK / f"{name}-pack"
    for each in (folder, place):
        shutil.rmtree(each, ignore_errors=True)
    shutil.copytree(ROOT / "resources" / "packs" / city().id, place)
    with (place / "feeds.toml").open("a", encoding="utf-8") as feeds:
        feeds.write(_MORE)
    packs.add(Profile.at(folder), place)
    return folder


class Centre(Served):
    """The process; what it is told is a warning of that name to publish."""

    def __init__(self) -> None:
        super().__init__("bench.town")

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"


if __name__ == "__main__":
    serve()
