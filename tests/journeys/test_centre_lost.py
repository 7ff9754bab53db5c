"""The centre is killed and comes back, and the line is cut and joined: only the age of the data ever tells."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bench.crash import EngineProcess
from console.commands import seal
from console.commands.work import Note
from console.core import notes
from console.core.clock import SystemClock
from console.core.records import QueueFilter, SourceHealth
from console.store.files import Profile
from console.store.read import Read

ROOT = Path(__file__).parents[2]
SOURCE = "pengaduan"


class Room:
    """A centre and an engine, both real processes, and a reader on the profile."""

    def __init__(self, folder: Path) -> None:
        self.profile = Profile.at(folder)
        self.port = 0
        self.centre: subprocess.Popen[bytes] | None = None
        self.start_centre()
        program = (sys.executable, "-m", "tests.journeys.engine_program")
        self.engine = EngineProcess(folder, program, (f"http://127.0.0.1:{self.port}",))
        self.engine.said("hello")
        self.read = Read.open(self.profile)

    def start_centre(self) -> None:
        """On the port it had before, where it had one."""
        command = [sys.executable, "-m", "tests.journeys.centre_program", str(self.port), "40"]
        self.centre = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.port = int(notes.parse(self.centre.stdout.readline())[1]["port"])

    def kill_centre(self) -> None:
        self.centre.kill()
        self.centre.wait(20)
        for pipe in (self.centre.stdin, self.centre.stdout):
            pipe.close()

    def until(self, condition) -> SourceHealth:
        """Wait until the source stands so."""
        while True:
            health = next((each for each in self.read.sources() if each.id == SOURCE), None)
            if health is not None and condition(health):
                return health
            self.engine.said("changes")

    def ids(self) -> list[str]:
        span = self.read.span(QueueFilter())
        return [row.id for number in range((span.count + 127) // 128) for row in self.read.page(span, number)]

    def close(self) -> None:
        self.read.close()
        self.engine.end()
        self.kill_centre()


@pytest.fixture
def room(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    made = Room(tmp_path / "profile")
    yield made
    made.close()


def test_the_centre_is_killed_and_comes_back(room):
    first = room.until(lambda health: health.records_total > 0)
    complaint = room.ids()[0]
    room.kill_centre()
    room.engine.send(notes.line("now"))
    lost = room.until(lambda health: health.trouble == "away")
    assert lost.last_good_at >= first.last_good_at
    assert room.ids(), "what was there is still there"
    envelope = seal(Note(complaint, "Tetap bisa dicatat"), SystemClock(), "Rani")
    room.engine.send(notes.line("do", **notes.envelope_values(envelope)))
    assert room.engine.said("receipt")["outcome"] == "taken"
    room.start_centre()
    room.engine.send(notes.line("now"))
    back = room.until(lambda health: not health.trouble)
    assert back.lost_since is None
    assert back.last_good_at > lost.last_good_at
    held = room.ids()
    assert len(held) == len(set(held)) >= first.records_total
    assert room.read.complaint(complaint).pending == 1


def test_the_line_is_cut_and_joined(room):
    room.until(lambda health: health.records_total > 0)
    room.engine.send(notes.line("cut", cut=True))
    cut = room.until(lambda health: health.trouble == "cut")
    room.engine.send(notes.line("now"))
    room.engine.send(notes.line("cut", cut=False))
    joined = room.until(lambda health: not health.trouble and health.last_good_at > cut.last_good_at)
    assert joined.error == ""
