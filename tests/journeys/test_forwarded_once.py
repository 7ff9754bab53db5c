"""Kill -9 between the report and its answer: real processes, a real socket, and one report at the other application."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from bench.crash import EngineProcess, a_record
from console.commands import seal
from console.commands.forward import Forward
from console.core import notes
from console.core.clock import SystemClock
from console.core.forwarding import Forwarded, Post, new_reference
from console.core.records import Batch, ComplaintId
from console.store.files import Profile
from console.store.read import Read
from console.store.store import Store
from sync.centre.filing import Mood
from sync.centre.server import CentreServer
from tests.journeys.forward_program import a_pack
from tests.sync.centre.conftest import town

ROOT = Path(__file__).parents[2]
PROGRAM = (sys.executable, "-m", "tests.journeys.forward_program")
ONE = ComplaintId("uji:1")
PATIENCE_S = 60.0


class Slow(CentreServer):
    """A centre that keeps a report and holds its answer back until it is let go."""

    def __init__(self) -> None:
        super().__init__(0, town(), SystemClock())
        self.kept, self.let_go = threading.Event(), threading.Event()
        self._take = self.filed.take
        self.filed.take = self._slowly  # type: ignore[method-assign]

    def _slowly(self, body: bytes, services: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
        told = self._take(body, services)
        self.kept.set()
        self.let_go.wait(PATIENCE_S)
        return told


@pytest.fixture
def centre() -> Iterator[Slow]:
    server = Slow()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.let_go.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Profile:
    monkeypatch.chdir(ROOT)
    made = Profile.at(tmp_path / "profile")
    store = Store.open(made, SystemClock(), a_pack())
    store.take(Batch("uji", [a_record("uji", 1)], memo={"at": 1}))
    store.close()
    return made


def stands(profile: Profile) -> list[Forwarded]:
    read = Read.open(profile)
    try:
        return read.forwards_of(ONE)
    finally:
        read.close()


def until(engine: EngineProcess, profile: Profile, state: Post, report: str = "") -> Forwarded:
    """The report once it stands so; the engine tells whenever something changed."""
    while True:
        found = stands(profile)
        if found and found[0].state is state and (found[0].report or not report):
            return found[0]
        engine.said("changes")


def asked() -> bytes:
    chance = SystemClock().new_id()
    given = {"target": "pengaduan", "service": "003", "text": "Lubang dalam", "reference": new_reference(chance)}
    envelope = seal(Forward(ONE, **given, lat=-6.03, lon=106.03), SystemClock(), "Rani")
    return notes.line("do", **notes.envelope_values(envelope))


def test_killed_before_the_answer_it_is_found_and_not_sent_again(profile: Profile, centre: Slow) -> None:
    address = f"http://127.0.0.1:{centre.port}"
    first = EngineProcess(profile.folder, PROGRAM, (address,))
    try:
        first.said("hello")
        first.send(asked())
        assert centre.kept.wait(PATIENCE_S)
        assert stands(profile)[0].state is Post.BEGUN, "that is on the disk before a byte leaves"
    finally:
        first.kill()
    centre.let_go.set()
    second = EngineProcess(profile.folder, PROGRAM, (address,))
    try:
        second.said("hello")
        found = until(second, profile, Post.TAKEN, "number")
        assert found.report == "PRG-000001"
        assert len(centre.filed.kept) == 1
        second.end()
    finally:
        second.kill()


def test_a_server_that_loses_its_answer_got_it_once(profile: Profile, centre: Slow) -> None:
    centre.let_go.set()
    centre.filed.moods.append(Mood.LOST)
    engine = EngineProcess(profile.folder, PROGRAM, (f"http://127.0.0.1:{centre.port}",))
    try:
        engine.said("hello")
        engine.send(asked())
        found = until(engine, profile, Post.TAKEN, "number")
        assert found.report == "PRG-000001"
        assert len(centre.filed.kept) == 1
        engine.end()
    finally:
        engine.kill()
