"""The engine whole, on a real store, with a wire that says what it is told: notes in, notes out."""

from __future__ import annotations

import io
import os
import queue
import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from console.commands import seal
from console.commands.triage import Verify
from console.commands.work import Note, Start
from console.core import notes
from console.core.clock import SystemClock
from console.core.lifecycle import State
from console.core.records import ComplaintId, Kind
from console.store import check
from console.store.blackbox import BlackBox
from console.store.files import Profile, atomic_write
from console.store.read import Read
from console.store.room import Room
from console.store.store import Store
from sync import engine as engine_file
from sync import start as start_file
from sync.chosen import settings_of
from sync.credentials import Credentials
from sync.engine import EXIT_BUG, Engine, Given
from sync.engine_log import EngineLog
from sync.inlet import lines_of
from sync.outlet import Outlet
from sync.start import EXIT_DISK, run_engine, start
from tests.cities import small_pack
from tests.sync.stand_ins import Counting, TalkWire, a_city, an_entry

ONE = ComplaintId("laksa:1")
EMPTY = {"ids": []}


class Running:
    """An engine in a thread, and both ends of its pipes."""

    def __init__(self, folder, wire, *entries, pack=None, room=None, clock=None, centre="", given=None):
        self.profile = Profile.at(folder)
        self.clock = clock or SystemClock()
        self.wire = wire
        self.pack = pack or a_city(small_pack(), *(entries or (an_entry(),)))
        out, into = os.pipe()
        self._into = io.FileIO(into, "w")
        heard, said = os.pipe()
        self._said = io.FileIO(said, "w")
        self.outlet = Outlet(self._said, self.clock)
        self.stdin = io.FileIO(out, "r")
        more = {"credentials": Credentials(lambda: None), "kinds": {"counting": Counting}, **(given or {})}
        given = Given(self.clock, self.stdin, self.outlet, self.pack, centre, wire=wire, **more)
        log = EngineLog(folder, self.clock)
        store = Store.open(self.profile, self.clock, self.pack, room=room)
        self.engine = Engine(store, self.pack, settings_of(self.profile), log, given)
        self.notes = queue.SimpleQueue()
        self.code = None
        self._heard = io.FileIO(heard, "r")
        self._threads = [threading.Thread(target=self._run), threading.Thread(target=self._listen)]
        for thread in self._threads:
            thread.start()

    def _run(self):
        with start_file._hook(self.engine):
            self.code = self.engine.run()
        self.outlet.close()
        self._said.close()

    def _listen(self):
        for line in lines_of(self._heard):
            self.notes.put(notes.parse(line))
        self.notes.put(None)

    def send(self, note, **values):
        self._into.write(notes.line(note, **values))

    def raw(self, line):
        self._into.write(line)

    def do(self, command, by="Rani"):
        envelope = seal(command, self.clock, by)
        self.send("do", **notes.envelope_values(envelope))
        return envelope.id

    def until(self, wanted, condition=lambda values: True):
        while (heard := self.notes.get(timeout=60)) is not None:
            if heard[0] == wanted and condition(heard[1]):
                return heard[1]
        raise AssertionError(f"ended before {wanted}")

    def receipt(self, command):
        return notes.read_receipt(self.until("receipt", lambda values: values["command"] == command))

    def taken(self, source="laksa"):
        return self.until("changes", lambda values: Kind.COMPLAINT in values["kinds"])

    def stands(self, condition, source="laksa"):
        """Wait until the source stands so."""
        read = Read.open(self.profile)
        try:
            while not any(each.id == source and condition(each) for each in read.sources()):
                self.until("changes")
        finally:
            read.close()

    def hang_up(self):
        self._into.close()
        return self.ended()

    def ended(self):
        self._threads[0].join(20)
        self._threads[1].join(20)
        for stream in (self._into, self._heard, self.stdin):
            stream.close()
        return self.code


@pytest.fixture
def running(tmp_path):
    made = []

    def make(wire, *entries, **more):
        made.append(Running(tmp_path / "profile", wire, *entries, **more))
        return made[-1]

    yield make
    for each in made:
        if each.code is None:
            each.engine.stop()
            each.ended()


def test_from_hello_to_bye(running):
    on = running(TalkWire({"ids": [1]}, EMPTY))
    assert on.until("hello")["pack"] == "rekaan"
    on.taken()
    receipt = on.receipt(on.do(Verify(ONE)))
    assert (receipt.outcome, receipt.complaint) == ("taken", ONE)
    on.send("bye")
    on.until("bye")
    assert on.ended() == 0
    read = Read.open(on.profile)
    assert read.complaint(ONE).state is State.VERIFIED
    assert read.sources()[0].records_total == 1
    read.close()


def test_it_ends_in_order_when_the_screen_hangs_up(running):
    on = running(TalkWire(EMPTY))
    on.until("hello")
    assert on.hang_up() == 0
    again = Store.open(on.profile, on.clock, on.pack)
    again.close()
    assert again.notices == []


def test_a_refusal_has_a_receipt_with_its_words(running):
    on = running(TalkWire({"ids": [1]}, EMPTY))
    on.taken()
    receipt = on.receipt(on.do(Start(ONE)))
    assert (receipt.outcome, receipt.says) == ("refused", "commands.stands.NEW")


def test_what_stands_in_the_black_box_is_done_once_at_the_start(running, tmp_path):
    first = running(TalkWire({"ids": [1]}, EMPTY))
    first.taken()
    box = BlackBox(first.profile.blackbox, first.clock)
    done, left = (seal(Note(ONE, text), first.clock, "Rani") for text in ("satu", "dua"))
    for envelope in (done, left):
        box.keep(envelope)
    first.send("do", **notes.envelope_values(done))
    first.until("receipt")
    first.hang_up()
    again = running(TalkWire(EMPTY))
    told = again.until("receipt")
    assert told["command"] == left.id
    again.hang_up()
    read = Read.open(again.profile)
    assert [event.text for event in read.events_of(ONE)] == ["satu", "dua"]
    read.close()


def test_a_note_that_is_none_is_passed_over(running):
    on = running(TalkWire({"ids": [1]}, EMPTY))
    on.taken()
    for line in (b"\xff\n", b"[]\n", b"{\n", b'{"note":"of a newer screen"}\n', b'{"note":"do","id":"x"}\n'):
        on.raw(line)
    assert on.receipt(on.do(Verify(ONE))).outcome == "taken"


def test_a_line_without_end_does_not_fill_the_memory():
    stream = io.BytesIO(b"x" * (3 * notes.MOST_BYTES) + b'\n{"note":"bye"}\n')
    lines = list(lines_of(stream))
    assert len(lines[0]) <= notes.MOST_BYTES + (1 << 16) + 1
    assert lines[1] == b'{"note":"bye"}'


def test_cut_and_joined(running):
    wire = TalkWire(EMPTY)
    on = running(wire, an_entry(cadence_s=3600))
    on.stands(lambda health: health.last_good_at)
    wire.said = [{"ids": [1]}, EMPTY]
    on.send("cut", cut=True)
    on.stands(lambda health: health.trouble == "cut")
    assert wire.cut
    on.send("now")
    on.send("cut", cut=False)
    on.taken()
    assert len(wire.asked) == 2


def test_asked_for_it_is_tried_at_once(running):
    wire = TalkWire(EMPTY)
    on = running(wire, an_entry(cadence_s=3600))
    on.stands(lambda health: health.last_good_at)
    wire.said = [{"ids": [5]}, EMPTY]
    on.send("now", source="laksa")
    assert "laksa:5" in on.taken()["ids"]


def test_a_source_of_the_embedded_centre_waits_for_its_address(running):
    wire = TalkWire({"ids": [1]}, EMPTY)
    on = running(wire, replace(an_entry(), address="embedded:"))
    on.stands(lambda health: health.title == "LAKSA" and health.last_try_at is None)
    assert wire.asked == []
    on.send("centre", address="http://127.0.0.1:4711")
    on.taken()
    assert wire.asked[0].url == "http://127.0.0.1:4711/open311/v2"
    wire.said = [{"ids": [2]}, EMPTY]
    on.send("centre", address="http://127.0.0.1:4712")
    on.taken()
    assert "http://127.0.0.1:4712/open311/v2" in {ask.url for ask in wire.asked}


def test_one_that_hangs_delays_nobody_else(running):
    wire = TalkWire(EMPTY)
    held = threading.Event()
    fetch = wire.fetch

    def fetch_or_hang(ask, **more):
        if "hang" in ask.url:
            held.wait(20)
        return fetch(ask, **more)

    wire.fetch = fetch_or_hang
    wire.said = [{"ids": [1]}, EMPTY]
    hanging = replace(an_entry("hang"), address="http://hang.invalid/")
    on = running(wire, hanging, an_entry("laksa"))
    assert "laksa:1" in on.taken()["ids"]
    assert on.receipt(on.do(Verify(ONE))).outcome == "taken"
    held.set()


def test_our_bug_in_one_feed_stops_that_feed_and_is_told(running):
    wire = TalkWire(EMPTY)
    fetch = wire.fetch

    def fetch_bug(ask, **more):
        answer = fetch(ask, **more)
        return replace(answer, body=b'{"bug": true}') if "bug" in ask.url else answer

    wire.fetch = fetch_bug
    wire.said = [{"ids": [1]}]
    on = running(wire, replace(an_entry("keliru"), address="http://bug.invalid/"), an_entry("laksa"))
    trouble = on.until("trouble")
    assert (trouble["says"], trouble["values"]) == ("engine.bug_source", {"source": "keliru"})
    assert on.receipt(on.do(Note(ONE, "x"))).command
    assert on.hang_up() == 0


def test_a_clean_end_on_a_full_disk_says_bye(running, monkeypatch):
    on = running(TalkWire({"ids": [1]}, EMPTY))
    on.taken()

    def full(db):
        pages = db.execute("PRAGMA page_count").fetchone()[0]
        db.execute(f"PRAGMA max_page_count = {pages}")
        db.execute("INSERT INTO meta VALUES ('x', zeroblob(99999))")

    monkeypatch.setattr(check, "mark_clean", full)
    on.send("bye")
    on.until("bye")
    assert on.ended() == 0


def test_a_bug_in_a_conversation_of_the_relay_ends_that_one_alone(running):
    on = running(TalkWire(EMPTY))
    on.until("hello")
    on.engine.bug(ZeroDivisionError(), "relay 127.0.0.1")
    on.engine.bug(ZeroDivisionError(), "bundle")  # an errand, whose asker was told
    assert on.receipt(on.do(Note(ONE, "x"))).command
    assert on.hang_up() == 0


def test_any_other_bug_ends_the_engine_in_order(running):
    on = running(TalkWire(EMPTY))
    on.until("hello")
    on.engine.bug(ZeroDivisionError(), "keeper")
    on.until("bye")
    assert on.ended() == EXIT_BUG


def test_too_little_room_stops_intake_and_no_operator(running, tmp_path, monkeypatch):
    monkeypatch.setattr(engine_file, "TICK_S", 0.01)
    room = Room(tmp_path / "reserve.bin", intake_bytes=0, reserve_bytes=0)
    on = running(TalkWire({"ids": [1]}, {"ids": [2]}), an_entry(cadence_s=1.0), room=room)
    on.taken()
    room.intake_bytes = 1 << 60
    trouble = on.until("trouble")
    assert (trouble["says"], trouble.get("gone", False)) == ("store.little_room", False)
    assert on.receipt(on.do(Verify(ONE))).outcome == "taken"
    room.intake_bytes = 0
    assert on.until("trouble")["gone"] is True


def test_a_machine_that_slept_asks_all_sources_again(running, monkeypatch):
    monkeypatch.setattr(engine_file, "TICK_S", 0.01)

    class Waking(SystemClock):
        ahead = timedelta(0)

        def now(self):
            return super().now() + self.ahead

        def chance(self):
            return 0.0

    clock = Waking()
    wire = TalkWire(EMPTY)
    on = running(wire, an_entry(cadence_s=3600), clock=clock)
    on.stands(lambda health: health.last_good_at)
    wire.said = [{"ids": [1]}, EMPTY]
    clock.ahead = timedelta(hours=8)
    assert "laksa:1" in on.taken()["ids"]


def test_a_feed_nobody_knows_is_logged_and_the_rest_runs(running):
    on = running(TalkWire({"ids": [1]}, EMPTY), an_entry("aneh", kind="telepati"), an_entry("laksa"))
    assert "laksa:1" in on.taken()["ids"]
    on.stands(lambda health: (health.trouble, health.error) == ("shape", "engine.feed_unknown"), "aneh")
    assert "engine.feed_unknown" in (on.profile.folder / "engine.log").read_text("utf-8")


def test_a_second_engine_is_refused_by_its_exit_code(running):
    on = running(TalkWire(EMPTY))
    on.until("hello")
    out = io.BytesIO()
    assert run_engine(on.profile.folder, io.BytesIO(), out, pack=on.pack) == notes.EXIT_SECOND
    assert out.getvalue() == b""


def test_a_profile_that_cannot_be_is_told_on_the_pipe(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    out = io.BytesIO()
    assert run_engine(tmp_path / "file", io.BytesIO(), out, pack=small_pack()) == EXIT_DISK
    assert notes.parse(out.getvalue())[0] == "trouble"


def test_an_unsound_pack_falls_back_to_the_usual_one(tmp_path):
    profile = Profile.at(tmp_path)
    atomic_write(profile.settings, b'pack = "atlantis"\n"sync.cut" = true\n')
    heard = []
    given = Given(SystemClock(), io.BytesIO(), echo=lambda what, values: heard.append((what, values)))
    assert start(tmp_path, given) == 0
    assert [what for what, _ in heard] == ["engine.pack_bad", "engine.hello", "engine.bye"]
    assert heard[1][1]["state"] == "tangerang"
    assert given.cut is True
