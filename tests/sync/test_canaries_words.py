"""200 persons named in the middle of words, told by a source or taken down, and all of them once more in what operators
wrote in notes, reasons and evidence: nothing of them is found in any file of a profile, in no index, nor in what
travels; opened they are whole.

A quarter of those sources told of came before the city had a key, and were covered when there was one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from console import commands
from console.commands.intake import Record, new_complaint_id
from console.commands.triage import Dispose, Verify
from console.commands.work import Close, Note, Reopen, Start
from console.core.command import Command
from console.core.covering import covered_words
from console.core.personal import whole_of_deed
from console.core.records import ComplaintId, QueueFilter
from console.store import backup, delegation, snapshot
from console.store.adopt import adopt
from console.store.blackbox import BlackBox
from console.store.deed_words import sealed_deed
from console.store.export import FORMATS, export
from console.store.files import Profile
from console.store.read import Read
from console.store.sealing import seal_whole
from console.store.shelf import Shelf
from console.store.store import NOTHING
from console.store.view import one_view
from sync import city_key
from sync.bundle.make import Wanted, make
from sync.bundle.take import Desk
from sync.centre.hub import city_places
from sync.city_key import CityKeys, new_key
from sync.covering import Covering
from sync.credentials import Credentials
from sync.reveals import Reveals
from sync.seal import Identity
from tests.cities import ONE
from tests.store.conftest import batch, said
from tests.sync.posts import SECRET, USER, Post, serving
from tests.sync.relay.conftest import Client, basic
from tests.sync.test_canaries import found, hold_everything, leaks, trust
from tests.sync.test_credentials import MemoryRing

PERSONS = 200
OLD, SOURCE = range(50), range(50, 125)
"""Told by a source while there was no key, and after; the others were taken down."""
STEMS = ("Zulkarnaen", "Wiradikusuma", "3671011203907", "08137755")


def words(number: int) -> dict[str, str]:
    """What somebody told, with somebody in the middle of it."""
    own = "".join("abcdefghij"[int(each)] for each in f"{number:03}")
    name = f"Zulkarnaen{own} Wiradikusuma{own}"
    return {
        "title": f"Jalan rusak di depan rumah Ibu {name}",
        "text": f"Lubang dalam. NIK 367101120390{7000 + number:04}, hubungi 08137755{number:04} malam hari",
        "address": f"Jl. Melati, a.n. {name}",
    }


def extra(number: int) -> str:
    return json.dumps({"phone": f"08137755{number:04}", "catatan": "pelapor: zulkarnaen wiradikusuma"})


def written(number: int) -> str:
    """What an operator wrote, with the same person in it."""
    told = words(number)
    return f"Ditanyakan: {told['title']}; {told['text']}"


class Told:
    """A post at which 200 people were spoken of."""

    def __init__(self, folder: Path) -> None:
        self.post = post = Post(folder)
        ring = MemoryRing()
        self.keys = CityKeys(Credentials(lambda: ring))
        self.box = BlackBox(post.profile.blackbox, post.clock)
        self.take(OLD)
        self.key, private, self.code = new_key(post.pack.id, "Dewi", post.clock)
        post.keeper.person(lambda store: (None, store.add_data_key(self.key))).result(20)
        self.keys.keep(self.key, private)
        Covering(post.keeper, post.clock, post.log).cover()
        post.store.rest(urgent=lambda: False)
        self.take(SOURCE)
        self.names = {number: f"uji:{number:06}" for number in (*OLD, *SOURCE)}
        self.names |= {number: self.tell(number) for number in range(SOURCE.stop, PERSONS)}
        self.deeds = {number: self.write(number) for number in range(PERSONS)}

    def take(self, numbers: range) -> None:
        told = [said(n, **words(n), extra=extra(n), area=f"{ONE}.1001") for n in numbers]
        self.post.keeper.take(batch(*told)).result(20)

    def tell(self, number: int) -> str:
        """Taken down by the way the screen goes."""
        name = new_complaint_id(self.post.clock)
        covered, whole = covered_words(words(number))
        sealed = seal_whole(whole, self.key.public, name)
        self.do(Record(name, channel="telepon", area=f"{ONE}.1001", **covered, **sealed))  # type: ignore[arg-type]
        return name

    def write(self, number: int) -> tuple[str, ...]:
        """What is written in the course of a case: a note, or reasons and evidence; the documents of it."""
        complaint, text = ComplaintId(self.names[number]), written(number)
        if number % 4:
            return (self.do(Note(complaint, text)),)
        office = next(iter(self.post.pack.opds))
        self.do(Verify(complaint))
        disposed = self.do(Dispose(complaint, office, text))
        self.do(Start(complaint))
        return disposed, self.do(Close(complaint, text)), self.do(Reopen(complaint, text))

    def do(self, command: Command) -> str:
        """By the way the screen goes; its document."""
        post = self.post
        envelope = sealed_deed(commands.seal(command, post.clock, "Rani"), lambda: self.key)
        self.box.keep(envelope)
        receipt = post.keeper.do(envelope, commands.open_envelope(envelope, post.pack)).result(20)
        assert receipt.outcome == "taken", receipt
        return f"deed:{envelope.id}"

    def reveals(self, into: list[str]) -> Reveals:
        post = self.post

        def say(_note: str, **values: object) -> None:
            into.append(str(values.get("value", values)))

        return Reveals(post.keeper, lambda: Read.open(post.profile), post.pack.id, self.keys, lambda _s, by: by, say)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(city_key, "_KDF", {"kdf": "argon2id", "m": 64, "t": 1, "p": 4})  # guesses at a code cost nothing
        made = Told(tmp_path_factory.mktemp("told") / "post")
        yield made
        made.post.close()
        assert leaks(made.post.profile.folder) == {}  # nor after its end


def test_no_file_of_the_profile_has_any_of_them_and_opened_they_are_whole(told: Told) -> None:
    post = told.post
    folder = post.profile.folder
    with closing(Read.open(post.profile)) as read, one_view(read._db):
        assert read._db.execute("SELECT count(*) FROM complaint").fetchone()[0] == PERSONS
        told.take(range(50, 60))  # once more: nothing is written
        told.names[PERSONS] = told.tell(PERSONS)
        assert (folder / "records.db-wal").stat().st_size > 0
        assert leaks(folder) == {}
    backup.make(post.profile, post.clock)
    answers: list[str] = []
    reveals = told.reveals(answers)
    for number in range(0, PERSONS, 7):
        for field in words(number):
            wish = {"ask": "1", "complaint": told.names[number], "field": field, "reason": "menelepon", "by": "Rani"}
            reveals.do(wish)
        assert answers[-3:] == [*words(number).values()], number
    for number in range(0, PERSONS, 6):
        for deed in told.deeds[number]:
            asked = {"ask": "1", "complaint": told.names[number], "deed": deed, "field": "text"}
            reveals.do({**asked, "reason": "menelepon", "by": "Rani"})
            assert answers[-1] == written(number), (number, deed)
    assert {"backups", "blackbox"} <= {path.name for path in folder.iterdir()}
    assert leaks(folder) == {}


def test_no_search_and_no_index_finds_any_of_them(told: Told) -> None:
    with closing(Read.open(told.post.profile)) as read:
        assert read.span(QueueFilter(text="jalan rusak rumah ibu malam")).count >= PERSONS
        for stem in STEMS:
            for length in (4, len(stem)):
                assert read.span(QueueFilter(text=stem[:length])).count == 0, stem
        volumes = read._db.execute("SELECT name FROM sqlite_schema WHERE sql LIKE '%fts5%'").fetchall()
        assert volumes
        for (name,) in volumes:
            for stem in STEMS:
                query = f"SELECT count(*) FROM {name} WHERE {name} MATCH ?"
                assert read._db.execute(query, (f'"{stem[:5].lower()}"*',)).fetchone() == (0,), (name, stem)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("kind", ["complaint", "event", "outbox"])
def test_no_export_has_any_of_them_nor_their_seals(told: Told, tmp_path: Path, kind: str, form: str) -> None:
    path = tmp_path / "ekspor"
    with path.open("w", encoding="utf-8") as out:
        assert export(told.post.profile, kind, form, out) >= PERSONS
    raw = path.read_bytes()
    assert found(raw) == []
    assert b"kendali-s1:" not in raw


def test_the_relay_hands_on_seals_and_nothing_else(told: Told) -> None:
    with serving(told.post) as url:
        client = Client(int(url.rpartition(":")[2]), signed=basic(USER, SECRET))
        everything = json.dumps(
            [
                client.server("GET", f"/{place}/{what}", query={"include_docs": True}).body
                for place in city_places(told.post.pack)
                for what in ("_all_docs", "_changes")
            ]
        ).encode()
        client._connection.close()
    deeds = sum(map(len, told.deeds.values()))
    assert everything.count(b"kendali-s1:") >= 3 * (PERSONS - SOURCE.stop) + deeds
    assert found(everything) == []


def test_a_bundle_hands_on_seals(told: Told, tmp_path: Path) -> None:
    post = told.post
    mine, theirs = Identity(b"a" * 32), Identity(b"b" * 32)
    path = tmp_path / "kirim.kiriman"
    with closing(Shelf.open(post.profile)) as shelf:
        make(post.profile, shelf, mine, Wanted(theirs.public, path, post.pack.id, "posko"), post.clock)
    assert found(path.read_bytes()) == []
    other = Post(tmp_path / "other")
    try:
        trust(other.profile, mine)
        desk = Desk(other.profile, theirs, post.pack.id, post.clock)
        put = lambda page: other.keeper.write(lambda store, _: store.replica.take(page)).result(20)  # noqa: E731
        desk.take(path, put, note=lambda _blobs: None)
        assert leaks(other.profile.folder) == {}
        extra = other.store.read.complaint(told.names[SOURCE.stop]).extra  # type: ignore[union-attr,arg-type]
        assert extra.count("kendali-s1:") == 3
        history = other.store.read.events_of(told.names[SOURCE.stop])
        assert [each.id for each in history if whole_of_deed(each.fields)] == [*told.deeds[SOURCE.stop]]
    finally:
        other.close()


def test_a_delegation_is_handed_none_of_it(told: Told, tmp_path: Path) -> None:
    path = tmp_path / "kunjungan.db"
    delegation.make(told.post.profile, path, told.post.pack)
    assert found(path.read_bytes()) == []
    assert b"kendali-s1:" not in path.read_bytes()


def test_a_snapshot_that_is_adopted_has_seals_alone(told: Told, tmp_path: Path) -> None:
    """Last of all, for then the centre holds everything."""
    post = told.post
    path, third = tmp_path / "kota.potret", Profile.at(tmp_path / "third")
    post.keeper.write(lambda store, _: (hold_everything(store), NOTHING)).result(20)
    assert snapshot.make(post.profile, path, post.pack.id, post.clock).complaints >= PERSONS
    with path.open("rb") as stream:
        adopt(third, post.pack, post.clock, stream, trusted=lambda _: False)
    assert leaks(tmp_path) == {}
    with closing(Read.open(third)) as read:
        for number in (3, 70, 150):
            assert read.complaint(told.names[number]).extra.count("kendali-s1:") >= 3  # type: ignore[union-attr,arg-type]
            history = read.events_of(told.names[number])
            assert [each.id for each in history if whole_of_deed(each.fields)] == [*told.deeds[number]]
