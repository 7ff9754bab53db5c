"""Bundles at the wish of the screen, between two real stores: a key, trust, make, take, receipt, cancel, busy."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from console.commands import open_envelope, seal
from console.commands.files import Attach
from console.commands.triage import Verify
from console.core.clock import TurnedClock
from console.core.records import Batch, Changes, ComplaintId, Kind
from console.store.bring import bring
from console.store.exchange import look
from console.store.files import Profile
from console.store.keeper import Keeper
from console.store.read import Read
from console.store.store import Store
from sync.bundle.errands import Errands, Ground
from tests.cities import small_pack
from tests.pictures import picture
from tests.town import complaint

WITHIN_S = 20.0


class Ring:
    """A keyring in memory."""

    durable = True

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def secret(self, server: str, user: str) -> str:
        return self.kept.get((server, user), "")

    def keep(self, server: str, user: str, secret: str, *, durably: bool = True) -> bool:
        self.kept[server, user] = secret
        return durably


class Console:
    """A store with its keeper, and who runs errands on it."""

    def __init__(self, folder: Path, clock: TurnedClock) -> None:
        self.profile = Profile.at(folder)
        self.clock = clock
        pack = small_pack()
        self.store = Store.open(self.profile, clock, pack)
        self.keeper = Keeper(self.store)
        self.notes: list[dict[str, Any]] = []
        self._ended = threading.Event()
        self.errands = Errands(Ground(self.profile, pack.id, clock, self.keeper, Ring()), self._hear)
        self.keeper.take(Batch("rekaan", [complaint(number) for number in range(4)])).result(WITHIN_S)

    def _hear(self, note: dict[str, Any]) -> None:
        self.notes.append(note)
        if note["state"] != "running":
            self._ended.set()

    def ask(self, **wish: Any) -> dict[str, Any]:
        """Run one errand to its end; the last note of it."""
        self._ended.clear()
        self.errands.do({"id": self.clock.new_id(), **wish})
        assert self._ended.wait(WITHIN_S)
        return self.notes[-1]

    def verify(self, number: int) -> None:
        command = Verify(ComplaintId(f"rekaan:{number:06d}"))
        envelope = seal(command, self.clock, "Rani")
        self.keeper.do(envelope, open_envelope(envelope, small_pack())).result(WITHIN_S)

    def close(self) -> None:
        self.errands.stop()
        self.keeper.close()
        self.store.close()


@pytest.fixture
def consoles(tmp_path: Path) -> Iterator[Callable[[str], Console]]:
    made: list[Console] = []

    def make(name: str) -> Console:
        clock = TurnedClock(datetime(2026, 11, 21, 3, 42, tzinfo=UTC), seed=len(made) + 1)
        made.append(Console(tmp_path / name, clock))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_from_two_strangers_to_a_receipt(consoles: Callable[[str], Console], tmp_path: Path) -> None:
    here, there = consoles("here"), consoles("there")
    ours, theirs = here.ask(do="key"), there.ask(do="key")
    assert len(ours["words"]) > 5
    assert there.ask(do="words", key=ours["key"])["words"] == ours["words"]
    assert here.ask(do="trust", key=theirs["key"], name="Posko")["says"] == "sync.bundle.trusted"
    here.verify(0)
    path = tmp_path / "stik.kiriman"
    made = here.ask(do="make", to=theirs["fingerprint"], path=str(path), name="Ruang kendali")
    assert made["says"] == "sync.bundle.made"
    assert made["paths"] == [str(path)]
    stranger = there.ask(do="take", path=str(path))
    assert (stranger["state"], stranger["says"]) == ("refused", "sync.bundle.stranger")
    assert stranger["values"]["words"].split() == ours["words"]
    there.ask(do="trust", key=stranger["values"]["key"], name=stranger["values"]["name"])
    taken = there.ask(do="take", path=str(path))
    assert taken["says"] == "sync.bundle.taken"
    assert taken["values"]["fresh"] >= 2
    again = there.ask(do="take", path=str(path))
    assert again["says"] == "sync.bundle.again"
    told = here.ask(do="receipt", path=taken["receipt"])
    assert told["says"] == "sync.bundle.delivered"
    (contact,) = look(here.profile).contacts
    assert contact.acknowledged == contact.sent
    nothing = here.ask(do="make", to=theirs["fingerprint"], path=str(path))
    assert nothing["says"] == "sync.bundle.nothing"


def test_pieces_of_photos_are_known_at_once(consoles: Callable[[str], Console], tmp_path: Path) -> None:
    here, there = consoles("here"), consoles("there")
    ours, theirs = here.ask(do="key"), there.ask(do="key")
    here.ask(do="trust", key=theirs["key"], name="Posko")
    there.ask(do="trust", key=ours["key"], name="Ruang kendali")
    command = Attach(ComplaintId("rekaan:000000"), **bring(here.store.blobs, picture(300, 200), "lubang.jpg").fields)
    envelope = seal(command, here.clock, "Rani")
    here.keeper.do(envelope, open_envelope(envelope, small_pack())).result(WITHIN_S)
    here.ask(do="make", to=theirs["fingerprint"], path=str(tmp_path / "foto.kiriman"))
    told = threading.Event()

    def hear(changes: Changes) -> None:
        if Kind.FILE in changes.kinds:
            told.set()

    there.keeper.on_changes = hear
    there.ask(do="take", path=str(tmp_path / "foto.kiriman"))
    with closing(Read.open(there.profile)) as read:
        [file] = read.files_of("rekaan:000000")
    assert file.whole
    assert told.wait(WITHIN_S)


def test_progress_is_told_between_beginning_and_end(consoles: Callable[[str], Console], tmp_path: Path) -> None:
    here, there = consoles("here"), consoles("there")
    here.ask(do="key")
    theirs = there.ask(do="key")
    here.ask(do="trust", key=theirs["key"], name="Posko")
    here.verify(0)
    here.notes.clear()
    here.ask(do="make", to=theirs["fingerprint"], path=str(tmp_path / "a.kiriman"))
    parts = [note["part"] for note in here.notes if note["state"] == "running"]
    assert parts[0] is None
    assert parts[1:] == sorted(parts[1:])
    assert parts[-1] == 1.0


def test_what_is_no_bundle_is_refused_in_words(consoles: Callable[[str], Console], tmp_path: Path) -> None:
    here = consoles("here")
    here.ask(do="key")
    path = tmp_path / "bukan.kiriman"
    path.write_bytes(b"rubbish")
    refused = here.ask(do="take", path=str(path))
    assert (refused["state"], refused["says"]) == ("refused", "sync.bundle.foreign")
    assert here.ask(do="forget", to="nobody")["says"] == "sync.bundle.no_contact"
    assert here.ask(do="words", key="rubbish")["says"] == "sync.bundle.key_form"
    assert here.ask(do="take", path=str(tmp_path / "absent.kiriman"))["state"] == "refused"


def test_a_wish_of_another_edition_is_passed_over(consoles: Callable[[str], Console]) -> None:
    here = consoles("here")
    here.errands.do({"id": "1", "do": "teleport"})
    here.errands.do({"do": "key"})
    assert not here.notes


def test_a_bug_in_an_errand_is_told_and_ends_that_errand_alone(
    consoles: Callable[[str], Console], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = consoles("here")
    heard: list[tuple[type[BaseException], str]] = []
    logged = threading.Event()

    def hook(told: threading.ExceptHookArgs) -> None:
        heard.append((told.exc_type, told.thread.name if told.thread else ""))
        logged.set()

    def broken(_told: object) -> dict[str, Any]:
        raise ZeroDivisionError

    monkeypatch.setattr(threading, "excepthook", hook)
    here.errands._works = {**here.errands._works, "key": broken}
    note = here.ask(do="key")
    assert (note["state"], note["says"]) == ("refused", "engine.bug_command")
    assert logged.wait(WITHIN_S), "and it is in the log, as a bug"
    assert heard == [(ZeroDivisionError, "bundle")]
    assert here.ask(do="forget", to="nobody")["says"] == "sync.bundle.no_contact"


def test_who_hears_of_the_end_may_ask_for_the_next_at_once(consoles: Callable[[str], Console]) -> None:
    here = consoles("here")
    notes: list[dict[str, Any]] = []
    both = threading.Event()

    def hear(note: dict[str, Any]) -> None:
        notes.append(note)
        if note["state"] != "running" and note["id"] == "1":
            here.errands.do({"id": "2", "do": "forget", "to": "nobody"})
        elif note["state"] != "running":
            both.set()

    here.errands._running._tell = hear
    here.errands.do({"id": "1", "do": "key"})
    assert both.wait(WITHIN_S)
    assert notes[-1]["says"] == "sync.bundle.no_contact"


def test_only_one_at_a_time(consoles: Callable[[str], Console], tmp_path: Path) -> None:
    here = consoles("here")
    blocked, go_on = threading.Event(), threading.Event()

    def slow(_told: object) -> dict[str, Any]:
        blocked.set()
        go_on.wait(WITHIN_S)
        return {}

    here.errands._works = {**here.errands._works, "key": slow}
    here.errands.do({"id": "1", "do": "key"})
    assert blocked.wait(WITHIN_S)
    here.errands.do({"id": "2", "do": "take", "path": str(tmp_path)})
    assert here.notes[-1] == {"id": "2", "state": "refused", "says": "sync.bundle.busy", "values": {}}
    assert here.ask(do="words", key="rubbish")["says"] == "sync.bundle.key_form", "words wait for nothing"
    here.errands.do({"id": "1", "do": "cancel"})
    assert here.errands._running.called_off()
    go_on.set()
