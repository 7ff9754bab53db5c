"""A person is found, handed a copy, corrected, erased and given the proof, by notes, beside an engine that is a process
of its own; and it is killed amid erasing."""

from __future__ import annotations

import json
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bench.crash import EngineProcess
from console import commands
from console.commands.files import Attach
from console.commands.intake import Record, new_complaint_id
from console.commands.work import Note
from console.core import notes
from console.core.clock import SystemClock
from console.core.command import Command
from console.core.erasure import item_mark
from console.core.items import Item, ItemKind
from console.core.personal import sound_told
from console.core.records import Batch, ComplaintId, Refusal
from console.store.blackbox import BlackBox
from console.store.bring import bring, no_thumb
from console.store.database import open_reader
from console.store.deed_words import sealed_deed
from console.store.erasing import DUE
from console.store.files import Profile
from console.store.sealing import sealed_all
from console.store.store import Store
from sync.city_key import new_key
from tests.cities import small_pack

ROOT = Path(__file__).parents[2]
PROGRAM = (sys.executable, "-m", "tests.journeys.engine_program")
NOBODY = "http://127.0.0.1:9"
CASE = "HAK/2026-7"
WHO = {"reporter_name": "Kanarizul Wiradikusuma", "reporter_phone": "0813-7755-0192"}
STEMS = (b"kanarizul", b"wiradikusuma", b"77550192", b"7755 0192", b"7755-0192")
POST = Item(
    "w:9", "w", ItemKind.POST, "9", "Gelap", "kata Kanarizul tadi", SystemClock().now(), body={"by": "@kanarizul"}
)
PATIENCE_S = 60.0


class City:
    """A profile that knows of a person in every place, and engines on it."""

    def __init__(self, folder: Path) -> None:
        self.clock, self.pack, self.profile = SystemClock(), small_pack(), Profile.at(folder)
        self.box = BlackBox(self.profile.blackbox, self.clock)
        self.made: list[EngineProcess] = []
        self._asked = 0
        store = Store.open(self.profile, self.clock, self.pack)
        try:
            key, _, self.code = new_key(self.pack.id, "Dewi", self.clock)
            store.add_data_key(key)
            self.own, self.else_ = new_complaint_id(self.clock), new_complaint_id(self.clock)
            sealed = sealed_all(sound_told(WHO), key, self.own)
            story = "Saya Kanarizul Wiradikusuma, HP 0813 7755 0192, lampu mati"
            self._do(
                store, Record(self.own, title="Lampu mati", text=story, channel="telepon", address="Jl. 1", **sealed)
            )
            self._do(store, Record(self.else_, title="Got mampet", channel="telepon", address="Jl. 2"))
            self._do(store, Note(ComplaintId(self.else_), "ditanyakan Pak Kanarizul"))
            brought = bring(store.blobs, b"surat Kanarizul", "surat kanarizul.txt", thumb=no_thumb)
            self._do(store, Attach(ComplaintId(self.own), **brought.fields))
            bad = [Refusal("item 3", "feed.unsound", {}, '{"oleh": "Kanarizul"}')]
            store.take(Batch("w", items=[POST], refused=bad, fleeting=True))
        finally:
            store.close()

    def _do(self, store: Store, command: Command) -> None:
        envelope = sealed_deed(commands.seal(command, self.clock, "Rani"), store._intake.key)
        self.box.keep(envelope)
        receipt, _ = store.apply(envelope, commands.open_envelope(envelope, self.pack))
        assert receipt.outcome == "taken", receipt

    def engine(self) -> EngineProcess:
        self.made.append(EngineProcess(self.profile.folder, PROGRAM, (NOBODY,)))
        self.made[-1].said("hello")
        return self.made[-1]

    def begin(self, engine: EngineProcess, do: str, **more: Any) -> str:
        self._asked += 1
        name = f"h{self._asked}"
        engine.send(notes.line("rights", id=name, do=do, case=CASE, by="Dewi", **more))
        return name

    def ask(self, engine: EngineProcess, do: str, **more: Any) -> dict[str, Any]:
        name = self.begin(engine, do, **more)
        while True:
            told = engine.said("rights")
            if told["id"] == name and told["state"] != "running":
                return told

    def find(self, engine: EngineProcess) -> tuple[str, dict[str, Any]]:
        told = self.ask(engine, "find", typed="kanarizul")
        assert told["state"] == "done", told
        return told["id"], told

    def left(self) -> dict[str, list[bytes]]:
        """Files in which anything of them stands."""
        hits = {}
        for path in self.profile.folder.rglob("*"):
            raw = path.read_bytes().lower() if path.is_file() else b""
            seen = [stem for stem in STEMS if stem in raw or stem in raw.replace(b"\0", b"")]
            if seen:
                hits[str(path.relative_to(self.profile.folder))] = seen
        return hits

    def until_scrubbed(self) -> None:
        """Wait until the engine has cleared what lies beside the tables, by itself."""
        until_s = self.clock.monotonic_s() + PATIENCE_S
        while self._due():
            assert self.clock.monotonic_s() < until_s, "never cleared"
            self.clock.wait(threading.Event(), 0.05)

    def _due(self) -> bool:
        with closing(open_reader(self.profile.records)) as db:
            try:
                return db.execute("SELECT 1 FROM meta WHERE name = ?", (DUE,)).fetchone() is not None
            except sqlite3.OperationalError:
                return True

    def erased(self) -> int:
        """Rows of the ledger that tell of an erasure."""
        with closing(open_reader(self.profile.records)) as db:
            return int(db.execute("SELECT count(*) FROM ledger WHERE deed = 'rights.delete'").fetchone()[0])


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[City]:
    monkeypatch.chdir(ROOT)
    made = City(tmp_path / "profil")
    yield made
    for engine in made.made:
        engine.kill()


def test_found_corrected_handed_out_erased_and_proved(city: City, tmp_path: Path) -> None:
    engine, mark = city.engine(), item_mark(POST.id)
    assert city.find(engine)[1]["closed"] == 4  # two told of themselves, one set of words, a note
    assert city.ask(engine, "unlock", code=city.code)["state"] == "done"
    of, told = city.find(engine)
    assert told["told_by"] == [city.own] and {mark, city.own, city.else_} <= {row["complaint"] for row in told["found"]}
    right = city.ask(engine, "correct", complaint=city.own, field="reporter_phone", value="0813 7755 0192")
    assert right["state"] == "done"
    out, page = tmp_path / "salinan", tmp_path / "bukti.html"
    assert city.ask(engine, "export", of=of, names=[city.own], path=str(out))["state"] == "done"
    [own] = json.loads((out / "data.json").read_text())["complaints"]
    assert own["reporter"]["reporter_name"] == WHO["reporter_name"] and own["files"][0]["file"]
    words = city.ask(engine, "erase", of=of, names=[city.else_], scope="words")
    gone = city.ask(engine, "erase", of=of, names=[city.own, mark], scope="all", backups=True)
    assert (words["left"], gone["left"], gone["scrubbed"], gone["backups"]) == ({}, {}, True, 0)
    assert city.find(engine)[1]["hits"] == 0
    proof = city.ask(engine, "proof", path=str(page), language="en")
    assert proof["values"]["hash"] in page.read_text() and not any(stem in page.read_bytes().lower() for stem in STEMS)
    engine.end()
    assert engine.process.returncode == 0
    assert city.left() == {}


def _at_once(_city: City, _engine: EngineProcess, _name: str) -> None:
    """Before it can have begun, or hardly."""


def _begun(_city: City, engine: EngineProcess, name: str) -> None:
    while engine.said("rights")["id"] != name:
        pass


def _written(city: City, _engine: EngineProcess, _name: str) -> None:
    """Its transaction stands: what lies beside the tables is being cleared."""
    until_s = city.clock.monotonic_s() + PATIENCE_S
    while not city.erased():
        assert city.clock.monotonic_s() < until_s


@pytest.mark.parametrize("moment", [_at_once, _begun, _written])
def test_killed_amid_erasing_it_is_whole_or_not_begun_and_goes_on(
    city: City, moment: Callable[[City, EngineProcess, str], None]
) -> None:
    engine, mark = city.engine(), item_mark(POST.id)
    of, _ = city.find(engine)
    moment(city, engine, city.begin(engine, "erase", of=of, names=[city.own, mark], scope="all"))
    engine.kill()
    done = city.erased()
    assert done in (0, 2), "all of it in one transaction, or nothing"
    again = city.engine()
    assert city.ask(again, "unlock", code=city.code)["state"] == "done", "the note of the other is sealed"
    if done:
        city.until_scrubbed()  # by itself, with nobody asking again
        found = {row["complaint"] for row in city.find(again)[1]["found"]}
        assert found == {city.else_}, "what was not asked for stays"
    else:
        of, told = city.find(again)
        assert {city.own, mark} <= {row["complaint"] for row in told["found"]}
        assert city.ask(again, "erase", of=of, names=[city.own, mark], scope="all")["left"] == {}
    of, _ = city.find(again)
    assert city.ask(again, "erase", of=of, names=[city.else_], scope="words", backups=True)["left"] == {}
    again.end()
    assert city.left() == {}
