"""The engine as a real process: it ends with its screen, stands alone, lets no second one in, and works unplugged."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bench.crash import EngineProcess, a_record
from console.commands import seal
from console.commands.triage import Verify
from console.core import notes
from console.core.clock import SystemClock
from console.core.records import Batch, ComplaintId, SourceState, source_state
from console.store.blackbox import BlackBox
from console.store.files import Profile
from console.store.read import Read
from console.store.store import Store
from tests.cities import small_pack

ROOT = Path(__file__).parents[2]
PROGRAM = (sys.executable, "-m", "tests.journeys.engine_program")
NOBODY = "http://127.0.0.1:9"
"""The discard port: nobody listens there."""
ONE = ComplaintId("uji:1")


@pytest.fixture
def profile(tmp_path, monkeypatch):
    """A profile that holds one complaint from a better day."""
    monkeypatch.chdir(ROOT)
    made = Profile.at(tmp_path / "profile")
    store = Store.open(made, SystemClock(), small_pack())
    store.take(Batch("uji", [a_record("uji", 1)], memo={"at": 1}))
    store.close()
    return made


@pytest.fixture
def engines():
    """Starts engines; none of them outlives the test."""
    made: list[EngineProcess] = []

    def start(profile: Profile, *more: str) -> EngineProcess:
        made.append(EngineProcess(profile.folder, PROGRAM, more))
        return made[-1]

    yield start
    for engine in made:
        engine.kill()


def verify() -> tuple[str, bytes]:
    envelope = seal(Verify(ONE), SystemClock(), "Rani")
    return envelope.id, notes.line("do", **notes.envelope_values(envelope))


def test_unplugged_it_starts_works_and_says_that_the_source_is_lost(profile, engines):
    engine = engines(profile, NOBODY)
    engine.said("hello")
    command, line = verify()
    engine.send(line)
    assert engine.said("receipt")["command"] == command
    read = Read.open(profile)
    while not (sources := read.sources()) or not sources[0].trouble:
        engine.said("changes")
    assert source_state(sources[0], SystemClock().now()) is SourceState.LOST
    read.close()
    engine.end()
    assert engine.process.returncode == 0


def test_it_ends_when_its_screen_dies(profile, engines):
    """A killed screen says no farewell: the pipe ends, and so does the engine, with everything in order."""
    engine = engines(profile)
    engine.said("hello")
    command, line = verify()
    engine.send(line)
    engine.process.stdin.close()
    said = engine.rest()
    assert engine.process.wait(20) == 0
    assert ("receipt", command) in [(name, values.get("command")) for name, values in said]
    assert said[-1][0] == "bye"


def test_a_second_engine_is_let_in_only_after_the_first(profile, engines):
    first = engines(profile)
    first.said("hello")
    second = engines(profile)
    assert second.rest() == []
    assert second.process.wait(20) == notes.EXIT_SECOND
    first.kill()
    third = engines(profile)
    third.said("hello")


def test_without_a_screen_it_says_sentences_and_ends_on_a_signal(profile):
    engine = subprocess.Popen([*PROGRAM, str(profile.folder), "--headless"], stdout=subprocess.PIPE, text=True)
    assert engine.stdout is not None
    assert engine.stdout.readline().startswith("Mesin berjalan.")
    engine.send_signal(signal.SIGTERM)
    assert engine.stdout.read().splitlines()[-1] == "Mesin berhenti."
    assert engine.wait(20) == 0
    engine.stdout.close()


def test_what_no_engine_ever_heard_is_done_at_the_next_start_and_once(profile, engines):
    """The screen died between the black box and the pipe."""
    asked = seal(Verify(ONE), SystemClock(), "Rani")
    BlackBox(profile.blackbox, SystemClock()).keep(asked)
    engine = engines(profile)
    assert engine.said("hello")["replayed"] == 1
    assert engine.said("receipt")["command"] == asked.id
    engine.end()
    again = engines(profile)
    assert again.said("hello")["replayed"] == 0
    again.end()
