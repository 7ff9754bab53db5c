"""The screen's link and a real engine: killed again and again under an operator's hands, each command gets its word."""

from __future__ import annotations

import os
import random
import signal
import sys
from pathlib import Path

from bench.crash import a_record
from console.commands import seal
from console.commands.work import Note
from console.core.clock import SystemClock
from console.core.records import Batch, ComplaintId
from console.shell.engine_link import EngineLink
from console.store.blackbox import BlackBox
from console.store.files import Profile
from console.store.read import Read
from console.store.store import Store
from tests.cities import small_pack

ROOT = Path(__file__).parents[2]
ONE = ComplaintId("uji:1")
COMMANDS = 60


def test_every_command_is_receipted_whatever_dies(qtbot, tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    chance, clock = random.Random(4), SystemClock()
    profile = Profile.at(tmp_path / "profile")
    store = Store.open(profile, clock, small_pack())
    store.take(Batch("uji", [a_record("uji", 1)], memo={"at": 1}))
    store.close()
    arguments = ["-m", "tests.journeys.engine_program", str(profile.folder)]
    link = EngineLink(sys.executable, arguments, lambda: BlackBox(profile.blackbox, clock), clock)
    receipts, hellos = {}, []
    link.receipt.connect(lambda receipt: receipts.setdefault(receipt.command, []).append(receipt))
    link.hello.connect(hellos.append)
    link.start()
    asked = [seal(Note(ONE, f"Catatan {number}"), clock, "Rani") for number in range(COMMANDS)]
    deaths = set(chance.sample(range(COMMANDS), 2))
    for number, envelope in enumerate(asked):
        link.do(envelope)
        if number in deaths and link.pid:
            qtbot.waitUntil(lambda: bool(hellos), timeout=20_000)
            os.kill(link.pid, signal.SIGKILL)
            hellos.clear()
    qtbot.waitUntil(lambda: len(receipts) == COMMANDS, timeout=30_000)
    link.stop()
    assert all(told[0].outcome == "taken" for told in receipts.values())
    assert link.owed == 0
    read = Read.open(profile)
    assert [event.command for event in read.events_of(ONE)] == [envelope.id for envelope in asked]
    read.close()
