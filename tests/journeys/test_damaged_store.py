"""The store is damaged when the engine starts: it opens all the same, tells it, and what operators did is all there."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench.crash import EngineProcess, a_record
from console.commands import open_envelope, seal
from console.commands.work import Note
from console.core import notes
from console.core.clock import SystemClock
from console.core.records import Batch, ComplaintId
from console.store.blackbox import BlackBox
from console.store.files import Profile
from console.store.read import Read
from console.store.store import Store
from tests.cities import small_pack

ROOT = Path(__file__).parents[2]
ONE = ComplaintId("uji:1")
PAGE = 8192


@pytest.fixture
def profile(tmp_path, monkeypatch):
    """Some hundred complaints, and twenty notes on one of them."""
    monkeypatch.chdir(ROOT)
    clock, made = SystemClock(), Profile.at(tmp_path / "profile")
    store, box = Store.open(made, clock, small_pack()), BlackBox(made.blackbox, clock)
    store.take(Batch("uji", [a_record("uji", number) for number in range(500)], memo={"at": 1}))
    for number in range(20):
        envelope = seal(Note(ONE, f"Catatan {number}"), clock, "Rani")
        box.keep(envelope)
        store.apply(envelope, open_envelope(envelope))
    store.close()
    return made


@pytest.mark.parametrize("where", ["root", "middle", "tail", "header"])
def test_it_is_salvaged_told_and_nothing_an_operator_did_is_lost(profile, where):
    spoil(profile, where)
    engine = EngineProcess(profile.folder, (sys.executable, "-m", "tests.journeys.engine_program"))
    try:
        hello = engine.said("hello")
        assert hello["notices"], "a damage that nobody is told of"
        envelope = seal(Note(ONE, "Sesudahnya"), SystemClock(), "Rani")
        engine.send(notes.line("do", **notes.envelope_values(envelope)))
        while engine.said("receipt")["command"] != envelope.id:
            pass
        assert list(profile.folder.glob("records.db.rusak-*"))
        read = Read.open(profile)
        if read.complaint(ONE) is not None:
            texts = [event.text for event in read.events_of(ONE) if event.deed == "note"]
            assert sorted(texts) == sorted([*(f"Catatan {number}" for number in range(20)), "Sesudahnya"])
        read.close()
    finally:
        engine.kill()


def spoil(profile: Profile, where: str) -> None:
    """Damage the file as a dying disk does, and leave it as after a crash."""
    size = profile.records.stat().st_size // PAGE
    at = {"header": 0, "root": PAGE, "middle": size // 2 * PAGE, "tail": (size - 2) * PAGE}[where]
    with profile.records.open("r+b") as stream:
        stream.seek(at)
        stream.write(b"\xa5" * PAGE)
    profile.suspect.write_bytes(b"")
