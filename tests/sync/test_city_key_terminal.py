"""`key make | open | show | status`: what a person reads, what is kept, and the code that is printed once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from console.core.errors import DiskTrouble, Refused
from console.core.phrases import LANGUAGES
from console.store.files import FileLock, Profile, load_phrases
from console.store.store import Store
from sync import city_key
from sync.city_key_terminal import LOST, KeyDesk
from tests.sync.test_bundle_terminal import Ring


class Desk:
    """One console's terminal."""

    def __init__(self, folder: Path, ring: Any = None, language: str = LANGUAGES[0]) -> None:
        self.profile = Profile.at(folder)
        self.ring = Ring() if ring is None else ring
        self.lines: list[str] = []
        self.desk = KeyDesk.at(folder, load_phrases(language), self.lines.append, self.ring)

    def says(self) -> str:
        said = "\n".join(self.lines)
        self.lines.clear()
        return said

    def code(self) -> str:
        """What was printed of the recovery code."""
        words = [re.sub(r"^\s+\d+", "", line) for line in self.lines if re.match(r"\s+\d+  ", line)]
        return " ".join(words)


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guesses at a code cost nothing here."""
    monkeypatch.setattr(city_key, "_KDF", {"kdf": "argon2id", "m": 64, "t": 1, "p": 4})


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "satu")


def test_at_first_there_is_none(desk: Desk) -> None:
    assert desk.desk.status() == LOST
    assert "belum punya kunci data" in desk.says()
    for job in (desk.desk.show, lambda: desk.desk.open(lambda: "x")):
        with pytest.raises(Refused, match="key_none"):
            job()


def test_it_is_made_once_and_its_code_printed_once(desk: Desk) -> None:
    assert desk.desk.make("Dewi") == 0
    code = desk.code()
    assert len(code.split()) == city_key.WORDS
    assert "keyring mesin ini" in desk.says()
    assert desk.desk.status() == 0
    told = desk.says()
    assert "Terbuka" in told and "oleh Dewi" in told
    assert desk.desk.show() == 0
    assert code not in told + desk.says()
    with pytest.raises(Refused, match="key_stands"):
        desk.desk.make("Dewi")
    for path in desk.profile.folder.rglob("*"):
        assert not path.is_file() or code.encode() not in path.read_bytes()


def test_nobody_makes_one_without_a_name_or_beside_an_engine(desk: Desk) -> None:
    with pytest.raises(Refused, match="nobody"):
        desk.desk.make("  ")
    lock = FileLock(desk.profile.engine_lock)
    assert lock.take()
    with pytest.raises(DiskTrouble, match="second_writer"):
        desk.desk.make("Dewi")
    lock.drop()


@pytest.fixture
def other(desk: Desk, tmp_path: Path) -> tuple[Desk, str]:
    """Another console that came to know the key, and the code."""
    desk.desk.make("Dewi")
    code = desk.code()
    two = Desk(tmp_path / "dua")
    (key,) = desk.desk._known()
    store = Store.open(two.profile, two.desk.clock, two.desk.pack)
    store.add_data_key(key)
    store.close()
    return two, code


def test_another_console_has_lost_it_until_it_is_opened_there(other: tuple[Desk, str]) -> None:
    two, code = other
    assert two.desk.status() == LOST
    assert "Kunci hilang" in two.says()
    with pytest.raises(Refused, match="code_form"):
        two.desk.open(lambda: "salah")
    assert two.desk.open(lambda: code) == 0
    assert code not in two.says()
    assert two.desk.status() == 0


def test_a_machine_without_a_keyring_says_so(other: tuple[Desk, str]) -> None:
    two, code = other
    two.ring.durable = False
    assert two.desk.open(lambda: code) == LOST
    assert "Kode pemulihan diminta di layar" in two.says()


def test_both_consoles_read_the_same_words_aloud(desk: Desk, other: tuple[Desk, str]) -> None:
    two, _ = other
    desk.says()
    desk.desk.show()
    two.desk.show()
    assert desk.says() == two.says()


def test_a_key_that_came_later_is_warned_of(desk: Desk) -> None:
    desk.desk.make("Dewi")
    desk.says()
    strange, _, _ = city_key.new_key(desk.desk.pack.id, "Entah", desk.desk.clock)
    store = Store.open(desk.profile, desk.desk.clock, desk.desk.pack)
    with store._written():
        store.documents.edit(strange.doc, strange.body(), parent="", place="")
    store.close()
    assert desk.desk.status() == 0
    told = desk.says()
    assert "Peringatan" in told and strange.fingerprint in told and "Entah" in told


def test_it_speaks_the_other_language(tmp_path: Path) -> None:
    desk = Desk(tmp_path, language="en")
    desk.desk.make("Dewi")
    assert "printed this once" in desk.says()
