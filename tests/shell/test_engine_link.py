"""The screen's side of the engine, against small stand-ins for it that live, die and answer as told."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent

from console.core.clock import SystemClock
from console.core.command import Envelope, Outcome
from console.core.errors import DiskTrouble
from console.core.notes import EXIT_SECOND
from console.core.records import Changes, Kind
from console.shell.centre_link import CentreLink
from console.shell.child import LONGEST_PAUSE_S, Child, ChildState, pause_s
from console.shell.engine_link import EngineLink

AT = datetime(2026, 11, 21, tzinfo=UTC)

ENGINE = """
import json, os, sys
heard = open(sys.argv[1], "a", encoding="utf-8")
def say(**note):
    os.write(1, json.dumps(note).encode() + b"\\n")
say(note="hello", version=1)
for raw in sys.stdin.buffer:
    note = json.loads(raw)
    heard.write(raw.decode()); heard.flush()
    if note["note"] == "bye":
        break
    if note["note"] == "do" and note["by"] == "Killer" and not os.path.exists(sys.argv[1] + ".once"):
        open(sys.argv[1] + ".once", "w").close()
        os._exit(9)
    if note["note"] == "do" and note["by"] != "Mute":
        say(note="changes", kinds=["complaint"], ids=["laksa:1"], by=note["by"])
        say(note="receipt", command=note["id"], outcome="taken", complaint="laksa:1")
"""


class Box:
    """Keeps envelopes in memory; `full` refuses them as a full disk does."""

    def __init__(self) -> None:
        self.kept: list[Envelope] = []
        self.full = False

    def keep(self, envelope: Envelope) -> None:
        if self.full:
            raise DiskTrouble("store.full", path="blackbox")
        self.kept.append(envelope)


class Desk:
    """A link and what came out of it."""

    def __init__(self, qtbot, folder):
        self.qtbot = qtbot
        self.heard_path = folder / "heard.jsonl"
        script = folder / "engine.py"
        script.write_text(ENGINE, "utf-8")
        self.box = Box()
        self.link = EngineLink(sys.executable, [str(script), str(self.heard_path)], lambda: self.box, SystemClock())
        self.receipts, self.changes, self.troubles, self.states, self.hellos = [], [], [], [], []
        self.link.receipt.connect(self.receipts.append)
        self.link.changed.connect(self.changes.append)
        self.link.trouble.connect(self.troubles.append)
        self.link.state_changed.connect(self.states.append)
        self.link.hello.connect(self.hellos.append)

    def until(self, condition):
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=10_000)

    def up(self):
        self.link.start()
        self.until(lambda: self.hellos)

    def heard(self, note):
        if not self.heard_path.exists():
            return []
        notes = [json.loads(raw) for raw in self.heard_path.read_text("utf-8").splitlines()]
        return [each for each in notes if each["note"] == note]


def an_envelope(number: int, by: str = "Rani") -> Envelope:
    return Envelope(f"{number:032x}", "note", {"complaint": "laksa:1", "text": "x"}, by, AT)


@pytest.fixture
def desk(qtbot, tmp_path):
    made = Desk(qtbot, tmp_path)
    yield made
    made.link.stop()
    made.link.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_a_command_is_kept_sent_and_receipted(desk):
    desk.up()
    desk.link.do(an_envelope(1))
    assert desk.link.owed == 1
    desk.until(lambda: desk.receipts)
    assert desk.box.kept == [an_envelope(1)]
    assert desk.receipts[0].outcome is Outcome.TAKEN
    assert desk.changes == [Changes(frozenset({Kind.COMPLAINT}), frozenset({"laksa:1"}), "Rani")]
    assert desk.link.owed == 0


def test_what_was_asked_before_the_engine_is_up_goes_with_its_hello_in_order(desk):
    for number in range(5):
        desk.link.do(an_envelope(number))
    desk.up()
    desk.until(lambda: len(desk.receipts) == 5)
    assert [each.command for each in desk.receipts] == [an_envelope(number).id for number in range(5)]
    assert [each["id"] for each in desk.heard("do")] == [each.command for each in desk.receipts]


def test_an_engine_that_dies_is_started_again_and_hears_what_it_owes(desk):
    desk.up()
    desk.link.do(an_envelope(1, "Killer"))
    desk.until(lambda: desk.receipts)
    assert len(desk.hellos) == 2
    assert [each["id"] for each in desk.heard("do")] == [an_envelope(1).id] * 2
    assert len(desk.box.kept) == 1
    assert ChildState.WAITING in desk.states


def test_what_cannot_be_kept_is_refused_with_the_disks_words_and_not_sent(desk):
    desk.up()
    desk.box.full = True
    desk.link.do(an_envelope(1))
    desk.until(lambda: desk.receipts)
    refused = desk.receipts[0]
    assert (refused.outcome, refused.says, refused.complaint) == (Outcome.REFUSED, "store.full", "laksa:1")
    assert desk.heard("do") == []
    assert desk.link.owed == 0


def test_a_wish_for_the_line_holds_for_the_next_engine_too(desk):
    desk.link.cut(True)
    desk.link.centre("http://127.0.0.1:8")
    desk.up()
    desk.link.do(an_envelope(1, "Killer"))
    desk.until(lambda: desk.receipts)
    desk.link.ask_now("laksa")
    desk.until(lambda: desk.heard("now"))
    assert [each["cut"] for each in desk.heard("cut")] == [True, True]
    assert [each["address"] for each in desk.heard("centre")] == ["http://127.0.0.1:8"] * 2
    assert desk.heard("now") == [{"note": "now", "source": "laksa"}]


def test_it_ends_with_a_farewell(desk):
    desk.up()
    desk.link.stop()
    assert desk.heard("bye") == [{"note": "bye"}]
    assert desk.link.state is ChildState.STOPPED
    assert desk.link.pid == 0


def test_what_is_still_to_be_kept_is_kept_before_the_end(desk):
    desk.up()
    for number in range(50):
        desk.link.do(an_envelope(number, "Mute"))
    desk.link.stop()
    assert len(desk.box.kept) == 50


def test_a_line_that_is_no_note_is_told_and_the_next_is_heard(desk):
    desk.link._heard(b"Traceback (most recent call last):")
    desk.link._heard(b'{"note":"receipt","outcome":"taken"}')
    desk.link._heard(b'{"note":"of a newer engine","x":1}')
    desk.link._heard(b'{"note":"trouble","says":"engine.disk","values":{"free_mb":3}}')
    assert [each.says for each in desk.troubles] == ["core.note.form", "core.note.receipt", "engine.disk"]
    assert desk.troubles[-1].values == {"free_mb": 3}


def test_a_second_engine_is_told_and_not_tried_again(qtbot, tmp_path):
    arguments = ["-c", f"raise SystemExit({EXIT_SECOND})"]
    link = EngineLink(sys.executable, arguments, Box, SystemClock())
    told = []
    link.trouble.connect(told.append)
    link.start()
    qtbot.waitUntil(lambda: bool(told), timeout=10_000)
    assert told[0].says == "engine.second"
    assert link.state is ChildState.DOWN
    link.stop()


def test_a_program_that_is_not_there_is_tried_again_later(qtbot):
    child = Child("/nowhere/engine", [], SystemClock())
    codes = []
    child.ended.connect(codes.append)
    child.start()
    qtbot.waitUntil(lambda: bool(codes), timeout=10_000)
    assert codes[0] == -1
    assert child.state is ChildState.WAITING
    assert not child.write(b"x")
    child.stop()
    assert child.state is ChildState.STOPPED


def test_one_that_does_not_listen_is_ended_all_the_same(qtbot):
    child = Child(
        sys.executable, ["-c", "import threading; print('up', flush=True); threading.Event().wait()"], SystemClock()
    )
    lines = []
    child.line.connect(lines.append)
    child.start()
    qtbot.waitUntil(lambda: bool(lines), timeout=10_000)
    child.stop(within_s=0.1)
    assert child.pid == 0


def test_one_that_talks_without_end_is_ended(qtbot):
    program = "import os\nwhile True: os.write(1, b'x' * 65536)"
    child = Child(sys.executable, ["-c", program], SystemClock())
    codes = []
    child.ended.connect(codes.append)
    child.start()
    qtbot.waitUntil(lambda: bool(codes), timeout=20_000)
    assert codes[0] == -1
    child.stop()


def test_pauses_grow_to_half_a_minute_and_no_further():
    pauses = [pause_s(failures, lambda: 0.5) for failures in (1, 2, 5, 20, 10_000)]
    assert pauses == sorted(pauses)
    assert pauses[0] < 0.3
    assert pauses[-1] <= LONGEST_PAUSE_S


CENTRE = """
import os, sys
print("a library says something", flush=True)
print('{"note":"listening","port":4711,"hub":{"port":4712,"user":"a","secret":"b"}}', flush=True)
sys.stdin.read()
"""


def test_a_centre_says_where_it_listens_and_ends_when_its_input_closes(qtbot):
    link = CentreLink(sys.executable, ["-c", CENTRE], SystemClock())
    heard = []
    link.listening.connect(heard.append)
    link.start()
    qtbot.waitUntil(lambda: bool(heard), timeout=10_000)
    assert heard == ["http://127.0.0.1:4711"]
    assert link.address == heard[0]
    assert link.hub == {"port": 4712, "user": "a", "secret": "b"}
    link.stop()
    assert (link.address, link.hub, link.pid) == ("", {}, 0)


def test_a_centre_that_cannot_serve_what_it_was_given_says_so_and_is_not_started_again(qtbot, tmp_path):
    recording = tmp_path / "recording.json"
    recording.write_text("ini bukan rekaman", "utf-8")
    program = [
        str(Path(__file__).parents[2] / "main.py"),
        "centre",
        "--profile",
        str(tmp_path),
        "--replay",
        str(recording),
    ]
    link = CentreLink(sys.executable, program, SystemClock())
    told, states = [], []
    link.trouble.connect(told.append)
    link.state_changed.connect(states.append)
    link.start()
    qtbot.waitUntil(lambda: ChildState.DOWN in states, timeout=20_000)
    assert "recording.json" in str(told[0].values)
    link.stop()
