"""`key make | rotate | recovery | open | show | status`: what a person reads, what is kept, and codes printed once."""

from __future__ import annotations

import json
import re
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from console.core.errors import DiskTrouble, Refused
from console.core.phrases import LANGUAGES
from console.core.places import shared_place
from console.core.replica import Page, Revised
from console.store.data_key import DataKey
from console.store.files import FileLock, Profile, load_phrases
from console.store.read import Read
from console.store.sealing import open_value, seal_value
from console.store.store import Store
from sync import city_key
from sync import people as people_file
from sync.city_key import CityKeys
from sync.city_key_terminal import LOST, By, KeyDesk
from sync.people_terminal import Counter
from tests.sync.test_bundle_terminal import Ring


class Desk:
    """One console's terminal."""

    def __init__(self, folder: Path, ring: Any = None, language: str = LANGUAGES[0]) -> None:
        self.profile = Profile.at(folder)
        self.ring = Ring() if ring is None else ring
        self.lines: list[str] = []
        self.typed: list[str] = []
        """What is typed when something is asked for: a password or a code, one after the other."""
        phrases = load_phrases(language)
        self.desk = KeyDesk.at(
            folder,
            phrases,
            self.lines.append,
            self.ring,
            secret=lambda _: self.typed.pop(0),
            code=self.typed_code,
            who="os:uji",
        )

    def typed_code(self) -> str:
        return self.typed.pop(0)

    def again(self) -> None:
        """A new start of the program, with the same keyring."""
        self.desk = replace(self.desk, keys=CityKeys(self.ring))

    def known(self) -> list[DataKey]:
        return self.desk._line().all

    def hears(self, other: Desk) -> None:
        """All that the other console knows of keys comes here by the exchange, in its order."""
        with closing(Store.open(self.profile, self.desk.clock, self.desk.pack)) as store:
            for rev in other.documents():
                store.replica.take(Page(shared_place(self.desk.pack.id), [rev]))

    def documents(self) -> list[Revised]:
        with closing(Read.open(self.profile)) as read:
            rows = read._db.execute(
                "SELECT id, generation || '-' || hash, body FROM rev JOIN doc ON doc.n = rev.doc"
                " WHERE id LIKE 'datakey:%' ORDER BY rev.n"
            ).fetchall()
        return [Revised(doc, (rev,), json.loads(body)) for doc, rev, body in rows]

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
    for job in (desk.desk.make, desk.desk.rotate, desk.desk.recovery):
        with pytest.raises(Refused, match=r"key\.running"):
            job("Dewi")
    assert desk.lines == [], "no code was printed for nothing"
    lock.drop()


@pytest.fixture
def other(desk: Desk, tmp_path: Path) -> tuple[Desk, str]:
    """Another console that came to know the key, and the code."""
    desk.desk.make("Dewi")
    code = desk.code()
    two = Desk(tmp_path / "dua")
    key = desk.desk._line().current
    assert key is not None
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


def test_who_opened_it_stands_in_the_ledger_before_it_is_held(other: tuple[Desk, str]) -> None:
    two, code = other
    with pytest.raises(Refused, match="code_wrong"):
        two.desk.open(city_key.new_code)
    two.ring.keep = lambda *_, **__: 1 / 0  # the console ends here
    with pytest.raises(ZeroDivisionError):
        two.desk.open(lambda: code)
    with closing(Store.open(two.profile, two.desk.clock, two.desk.pack)) as store:
        store.take_slips()
        rows = store.replica.tools.db.execute("SELECT deed, who, subject FROM ledger WHERE who = 'os:uji'").fetchall()
    assert rows == [("data_key_open", "os:uji", two.known()[0].fingerprint)]


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


ID = "konsol:" + "0" * 32
NAME = "reporter_name"


def printed(desk: Desk) -> str:
    """The code that was printed, read once."""
    code = desk.code()
    desk.lines.clear()
    assert len(code.split()) == city_key.WORDS
    return code


def test_another_key_takes_its_place_and_the_older_still_opens(desk: Desk) -> None:
    desk.desk.make("Dewi")
    first = printed(desk)
    (old,) = desk.known()
    sealed = seal_value("Siti Aminah", old.public, ID, NAME)
    assert desk.desk.rotate("Rani") == 0
    second = printed(desk)
    new, before = desk.known()
    assert before == old and second != first
    after = seal_value("Joko", new.public, ID, NAME)
    desk.again()
    for value, text in ((sealed, "Siti Aminah"), (after, "Joko")):
        assert open_value(value, desk.desk.keys.ready(desk.known(), value), ID, NAME) == text
    assert desk.desk.status() == 0
    told = desk.says()
    assert new.fingerprint in told and old.fingerprint in told and "oleh Rani" in told
    assert "umur: 0 hari" in told and "konsol ini dapat membuka segelnya" in told
    for path in desk.profile.folder.rglob("*"):
        raw = path.read_bytes() if path.is_file() else b""
        assert first.encode() not in raw and second.encode() not in raw


def test_another_console_seals_for_the_new_one_at_once_and_opens_all_by_the_new_code(
    desk: Desk, tmp_path: Path
) -> None:
    desk.desk.make("Dewi")
    first = printed(desk)
    two = Desk(tmp_path / "dua")
    two.hears(desk)
    assert two.desk.open(lambda: first) == 0
    old = seal_value("Siti", two.known()[0].public, ID, NAME)
    desk.desk.rotate("Dewi")
    second = printed(desk)
    two.hears(desk)
    assert two.known() == desk.known()
    new = seal_value("Joko", two.known()[0].public, ID, NAME)
    two.again()
    keys = two.desk.keys
    assert open_value(old, keys.ready(two.known(), old), ID, NAME) == "Siti", "what it holds opens as before"
    with pytest.raises(Refused, match="key_lost"):
        keys.ready(two.known(), new)
    with pytest.raises(Refused, match="code_wrong"):
        keys.ready(two.known(), new, first)
    two.says()
    assert two.desk.status() == LOST
    assert "Kunci hilang" in two.says()
    third = Desk(tmp_path / "tiga")
    third.hears(desk)
    assert third.desk.open(lambda: second) == 0
    third.again()
    assert open_value(old, third.desk.keys.ready(third.known(), old), ID, NAME) == "Siti"
    assert open_value(new, third.desk.keys.ready(third.known(), new), ID, NAME) == "Joko"
    assert third.desk.status() == 0


def test_the_older_code_opens_the_older_key_alone(desk: Desk, tmp_path: Path) -> None:
    desk.desk.make("Dewi")
    first = printed(desk)
    desk.desk.rotate("Dewi")
    two = Desk(tmp_path / "dua")
    two.hears(desk)
    assert two.desk.open(lambda: first) == 0
    assert f"memakai kunci lain ({two.known()[0].fingerprint})" in two.says()
    assert two.desk.status() == LOST
    with pytest.raises(Refused, match="code_wrong"):
        two.desk.open(city_key.new_code)


def test_a_key_that_is_lost_here_is_changed_by_its_code(desk: Desk, tmp_path: Path) -> None:
    desk.desk.make("Dewi")
    first = printed(desk)
    two = Desk(tmp_path / "dua")
    two.hears(desk)
    two.typed = [city_key.new_code()]
    with pytest.raises(Refused, match="code_wrong"):
        two.desk.rotate("Rani")
    assert two.lines == [] and len(two.known()) == 1
    two.typed = [first]
    assert two.desk.rotate("Rani") == 0
    desk.hears(two)
    assert desk.known()[0] == two.known()[0]


def test_two_that_changed_it_at_a_time_agree_once_one_follows_both(desk: Desk, tmp_path: Path) -> None:
    desk.desk.make("Dewi")
    first = printed(desk)
    two = Desk(tmp_path / "dua")
    two.hears(desk)
    two.typed = [first]
    two.desk.rotate("Rani")
    theirs = printed(two)
    desk.desk.rotate("Dewi")
    desk.says()
    desk.hears(two)
    two.hears(desk)
    assert desk.known()[0] != two.known()[0]
    desk.desk.status()
    assert "Peringatan" in desk.says()
    assert desk.desk.open(lambda: theirs) == 0
    desk.desk.rotate("Dewi")
    two.hears(desk)
    assert desk.known()[0] == two.known()[0]
    desk.says()
    assert desk.desk.status() == 0
    assert "Peringatan" not in desk.says()


def test_another_recovery_code_ends_the_one_before(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="key_none"):
        desk.desk.recovery("Dewi")
    desk.desk.make("Dewi")
    first = printed(desk)
    desk.desk.recovery("Rani")
    second = printed(desk)
    two = Desk(tmp_path / "dua")
    two.hears(desk)
    with pytest.raises(Refused, match="code_ended"):
        two.desk.open(lambda: first)
    assert two.desk.open(lambda: second) == 0
    two.says()
    assert two.desk.status() == 0
    assert "kode pemulihan: diperbarui" in two.says()
    two.desk.rotate("Dewi")
    assert two.known()[1].code_at is not None, "the older key keeps its newest code"
    two.desk.recovery("Dewi")
    two.says()
    assert two.desk.status() == 0
    assert "Peringatan" not in two.says()
    two.desk.rotate("Dewi")
    assert [key.fingerprint for key in two.known()[1:]] == [
        two.known()[1].fingerprint,
        *(k.fingerprint for k in desk.known()),
    ]


def test_nothing_follows_a_key_that_cannot_sign(desk: Desk) -> None:
    key, _, _ = city_key.new_key(desk.desk.pack.id, "Dewi", desk.desk.clock)
    old = replace(key, signs=b"", fingerprint=key.mark)
    with closing(Store.open(desk.profile, desk.desk.clock, desk.desk.pack)) as store:
        store.add_data_key(old)
    for job in (desk.desk.rotate, desk.desk.recovery):
        with pytest.raises(Refused, match="key_unsigned"):
            job("Dewi")


def test_a_code_that_could_not_be_kept_is_said_to_be_void(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise DiskTrouble("store.full", path="x")

    monkeypatch.setattr(Store, "add_data_key", full)
    with pytest.raises(DiskTrouble):
        desk.desk.make("Dewi")
    assert "kode di atas tidak membuka apa pun" in desk.says()
    assert not desk.known() and not desk.ring.kept


SECRET, OTHER = "hujan turun di genteng merah", "sepeda tua lewat jembatan bambu"


@pytest.fixture
def claimed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A console that knows its persons."""
    monkeypatch.setattr(people_file, "_proves", lambda secret, verifier: verifier == f"cheap:{secret}")
    monkeypatch.setattr(people_file, "_verifier_of", lambda secret: f"cheap:{secret}")
    typed = [SECRET, SECRET, SECRET, OTHER, OTHER]
    counter = Counter(desk.profile.folder, load_phrases("id"), lambda _: None, lambda _: typed.pop(0))
    counter.first("kepala", "Ibu Kepala")
    counter.add("rani", "Rani", "supervisor", "kepala")
    return desk


@pytest.mark.parametrize("job", ["make", "rotate", "recovery"])
def test_where_persons_are_known_an_administrator_proves_to_be_one(claimed: Desk, job: str) -> None:
    desk = claimed
    if job != "make":
        desk.typed = [SECRET]
        desk.desk.make(By(login="kepala"))
        desk.says()
    before = desk.known()
    do = getattr(desk.desk, job)
    with pytest.raises(Refused, match="key_as"):
        do("Ibu Kepala")
    desk.typed = [OTHER]
    with pytest.raises(Refused, match=r"people\.wrong"):
        do(By(login="kepala"))
    desk.typed = [OTHER]
    with pytest.raises(Refused, match="not_allowed"):
        do(By(login="rani"))
    desk.typed = [SECRET]
    with pytest.raises(Refused, match=r"people\.wrong"):
        do(By(login="entah"))
    assert (desk.lines, desk.known()) == ([], before)
    desk.typed = [SECRET]
    assert do(By(name="Orang lain", login="kepala")) == 0
    with closing(Read.open(desk.profile)) as read:
        rows = read._db.execute("SELECT who, session FROM ledger WHERE deed LIKE 'data_key%' ORDER BY n").fetchall()
        open_ones = read._db.execute("SELECT count(*) FROM session WHERE ended_at IS NULL").fetchone()
    assert rows[-1][0] == "Ibu Kepala" and rows[-1][1]
    assert open_ones == (0,)
