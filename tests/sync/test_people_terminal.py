"""`people ...` at a terminal: who is made, ended and given another secret, who may do it, and what is said."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from console.core.clock import SystemClock
from console.core.errors import DiskTrouble, Refused
from console.store.files import Profile, load_phrases
from console.store.people import Standing
from console.store.read import Read
from console.store.store import Store
from sync import people as people_file
from sync.chosen import pack_of
from sync.people_terminal import Counter

SECRET, OTHER, NEW = "hujan turun di genteng merah", "sepeda tua lewat jembatan bambu", "layang layang putus di sawah"
At = Callable[..., Counter]


class Talk:
    """A counter that is told secrets one after the other, and what it said."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: list[str] = []
        self.asked: list[str] = []

    def at(self, *secrets: str, language: str = "id") -> Counter:
        left = list(secrets)

        def ask(phrase: str) -> str:
            self.asked.append(phrase.rpartition(".")[2])
            return left.pop(0)

        return Counter(self.folder, load_phrases(language), self.said.append, ask)

    def standing(self) -> Standing:
        profile = Profile.at(self.folder)
        store = Store.open(profile, SystemClock(), pack_of(profile))
        try:
            return store.persons()
        finally:
            store.close()


@pytest.fixture
def talk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Talk:
    monkeypatch.setattr(people_file, "_proves", lambda secret, verifier: verifier == f"cheap:{secret}")
    monkeypatch.setattr(people_file, "_verifier_of", lambda secret: f"cheap:{secret}")
    return Talk(tmp_path / "profile")


def begun(talk: Talk) -> None:
    assert talk.at(SECRET, SECRET).first("kepala", "Ibu Kepala") == 0
    assert talk.at(SECRET, OTHER, OTHER).add("rani", "Rani", "operator", "kepala") == 0


def test_from_the_first_administrator_to_the_end_of_an_account(talk: Talk) -> None:
    begun(talk)
    assert talk.asked == ["ask_new", "ask_again", "ask_admin", "ask_new", "ask_again"]
    assert talk.at(OTHER, NEW, NEW).secret("rani", "") == 0
    assert talk.at(SECRET, OTHER, OTHER).secret("rani", "KEPALA") == 0
    assert talk.at(SECRET).end("rani", "kepala") == 0
    talk.said.clear()
    assert talk.at().listed() == talk.at(language="en").listed() == 0
    assert talk.said[0] == "Ibu Kepala\tkepala\tPengelola\tdapat masuk"
    assert talk.said[1].startswith("Rani\trani\tOperator\tdiakhiri ")
    assert talk.said[2] == "Ibu Kepala\tkepala\tAdministrator\tcan sign in"
    standing = talk.standing()
    assert standing.sessions and all(each.ended_at is not None for each in standing.sessions.values()), (
        "none stays open"
    )


def test_nobody_changes_another_without_proof(talk: Talk) -> None:
    begun(talk)
    before = talk.standing().people
    for counter, why in (
        (lambda: talk.at(NEW, NEW, NEW).add("budi", "Budi", "admin", "kepala"), "people.wrong"),
        (lambda: talk.at(OTHER, NEW, NEW).add("budi", "Budi", "admin", "rani"), "people.not_allowed"),
        (lambda: talk.at(OTHER).end("kepala", "rani"), "people.not_allowed"),
        (lambda: talk.at(OTHER, NEW, NEW).secret("kepala", "rani"), "people.not_allowed"),
        (lambda: talk.at(NEW, NEW, NEW).secret("rani", ""), "people.wrong"),
        (lambda: talk.at(SECRET).end("siapa", "kepala"), "people.unknown"),
        (lambda: talk.at(SECRET).end("kepala", "kepala"), "people.last_admin"),
        (lambda: talk.at(SECRET, SECRET).first("lain", "Lain"), "people.first_known"),
        (lambda: talk.at(OTHER, NEW, SECRET).secret("rani", ""), "people.terminal.differ"),
    ):
        with pytest.raises(Refused) as told:
            counter()
        assert told.value.says == why
    assert talk.standing().people == before


def test_while_the_console_runs_it_is_done_there(talk: Talk) -> None:
    profile = Profile.at(talk.folder)
    store = Store.open(profile, SystemClock(), pack_of(profile))
    try:
        with pytest.raises(Refused, match=r"terminal\.running"):
            talk.at(SECRET, SECRET).first("kepala", "Ibu Kepala")
        assert talk.asked == [], "and nobody types a secret for nothing"
        assert talk.at().listed() == 0
    finally:
        store.close()
    assert "people first" in talk.said[0]


def test_a_profile_without_a_store_has_no_list(talk: Talk) -> None:
    with pytest.raises(DiskTrouble, match="absent"):
        talk.at().listed()


def told_of(talk: Talk, *consoles: str) -> None:
    """Those consoles told how far their ledgers go."""
    profile = Profile.at(talk.folder)
    store = Store.open(profile, SystemClock(), pack_of(profile))
    for name in consoles:
        doc = f"ledger:{name}:7:{'0' * 16}"
        store.replica.edit("kendali-tangerang-shared", doc, {"type": "ledger_head", "console": name}, parent="")
    store.close()


def lost(talk: Talk, console: str) -> str:
    with closing(Read.open(Profile.at(talk.folder))) as read:
        return read.lost(console)


def test_an_administrator_says_that_a_console_is_lost_and_found(talk: Talk) -> None:
    begun(talk)
    one, other = "0a1b2c3d" * 4, "0a1b2c3f" * 4
    told_of(talk, one, other)
    assert talk.at(SECRET).lost("0A1B2C3D", "kepala") == 0
    assert one in talk.said[-1] and "«" not in talk.said[-1]
    assert lost(talk, one) and not lost(talk, other)
    assert talk.at(SECRET).lost("0a1b2c3d", "kepala", found=True) == 0
    assert not lost(talk, one)


@pytest.mark.parametrize(
    ("named", "says"), [("0a1b2c3", "no_console"), ("ffffffff", "no_console"), ("0a1b2c3d", "several")]
)
def test_a_name_that_is_not_one_consoles_is_refused(talk: Talk, named: str, says: str) -> None:
    begun(talk)
    told_of(talk, "0a1b2c3d" * 4, "0a1b2c3d" + "f" * 24)
    with pytest.raises(Refused, match=says):
        talk.at(SECRET).lost(named, "kepala")


def test_nobody_else_says_so(talk: Talk) -> None:
    begun(talk)
    told_of(talk, "0a1b2c3d" * 4)
    with pytest.raises(Refused, match="not_allowed"):
        talk.at(OTHER).lost("0a1b2c3d", "rani")
    with pytest.raises(Refused, match=r"people\.wrong"):
        talk.at(NEW).lost("0a1b2c3d", "kepala")
    assert not lost(talk, "0a1b2c3d" * 4)
