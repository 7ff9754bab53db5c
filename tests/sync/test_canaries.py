"""200 reporters, sealed at the screen's side, half of them for a key that another took the place of: nothing of them
is found in any file of a profile, nor in what travels.

The files are read byte by byte: store, write-ahead log, black box, backup, log; bundle and snapshot once taken
elsewhere; the relay's answers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from console import commands
from console.commands.intake import Record, new_complaint_id
from console.core.personal import sealed_among, sound_told
from console.core.records import QueueFilter
from console.core.replica import Checkpoint, Named, Session
from console.store import backup, snapshot
from console.store.adopt import adopt
from console.store.blackbox import BlackBox
from console.store.export import FORMATS, KINDS, export
from console.store.files import Profile
from console.store.read import Read
from console.store.sealing import sealed_all
from console.store.shelf import Shelf
from console.store.store import NOTHING, Store
from console.store.view import one_view
from sync import city_key
from sync.bundle.make import Wanted, make
from sync.bundle.take import Desk
from sync.centre.hub import city_places
from sync.city_key import CityKeys, new_key
from sync.credentials import Credentials
from sync.reveals import Reveals
from sync.seal import Identity
from tests.cities import ONE
from tests.sync.posts import SECRET, USER, Post, serving
from tests.sync.relay.conftest import Client, basic
from tests.sync.test_credentials import MemoryRing

REPORTERS = 200


def reporter(number: int) -> dict[str, str]:
    """Nobody there is: a name, numbers and a home that stand nowhere else."""
    return {
        "reporter_name": f"Zulkarnaen{number:03} Wiradikusuma{number:03}",
        "reporter_nik": f"367101120390{7000 + number:04}",
        "reporter_phone": f"08137755{number:04}",
        "reporter_home": f"Gang Kecapi Buntu {number:03}",
    }


STEMS = (b"zulkarnaen", b"wiradikusuma", b"3671011203907", b"08137755", b"kecapi buntu")
"""Stands in every one of them, and nowhere else: one that was cut or joined is found as well."""


def found(data: bytes) -> list[bytes]:
    """Stems that stand there, in one byte a letter or in two."""
    seen = data.lower()
    ways = (seen, seen.replace(b"\0", b""))
    return [stem for stem in STEMS if any(stem in way for way in ways)]


def leaks(folder: Path) -> dict[str, list[bytes]]:
    """What of them stands in which file below a folder."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return {path.name: hits for path in files if (hits := found(path.read_bytes()))}


class Told:
    """A post at which 200 people told of something, by the way the screen goes."""

    def __init__(self, folder: Path) -> None:
        self.post = post = Post(folder)
        self.ring = MemoryRing()
        self.keys = CityKeys(Credentials(lambda: self.ring))
        self.key, private, self.code = new_key(post.pack.id, "Dewi", post.clock)
        post.keeper.person(lambda store: (None, store.add_data_key(self.key))).result(20)
        self.keys.keep(self.key, private)
        self.box = BlackBox(post.profile.blackbox, post.clock)
        half = REPORTERS // 2
        self.names = [self.tell(number) for number in range(half)]
        older = self.key, private
        self.key, private, self.code = new_key(post.pack.id, "Dewi", post.clock, [older])
        post.keeper.person(lambda store: (None, store.change_data_key(self.key))).result(20)
        self.keys.keep(self.key, private)
        self.all = [self.key, older[0]]
        self.names += [self.tell(number) for number in range(half, REPORTERS)]

    def tell(self, number: int) -> str:
        """That person told of something: the complaint."""
        post, name = self.post, new_complaint_id(self.post.clock)
        sealed = sealed_all(sound_told(reporter(number)), self.key, name)
        command = Record(name, title=f"Jalan rusak {number}", channel="telepon", area=f"{ONE}.1001", **sealed)
        envelope = commands.seal(command, post.clock, "Rani")
        self.box.keep(envelope)
        receipt = post.keeper.do(envelope, commands.open_envelope(envelope, post.pack)).result(20)
        assert receipt.outcome == "taken", receipt
        return name

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


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    for number in (0, 57, REPORTERS - 1):
        told = reporter(number)
        (tmp_path / "nama").write_bytes(b"x" + told["reporter_name"].upper().encode() + b"y")
        (tmp_path / "nik").write_bytes(told["reporter_nik"].encode("utf-16-le"))
        (tmp_path / "hp").write_bytes(told["reporter_phone"].encode())
        (tmp_path / "rumah").write_bytes(told["reporter_home"].encode())
        assert {name: len(hits) for name, hits in leaks(tmp_path).items()} == {"nama": 2, "nik": 1, "hp": 1, "rumah": 1}


def test_no_file_of_the_profile_has_any_of_them(told: Told) -> None:
    post = told.post
    folder = post.profile.folder
    with closing(Read.open(post.profile)) as read, one_view(read._db):
        assert read._db.execute("SELECT count(*) FROM complaint").fetchone()[0] >= REPORTERS
        told.tell(REPORTERS)
        assert (folder / "records.db-wal").stat().st_size > 0  # while somebody reads what was written last lies there
        assert leaks(folder) == {}
    backup.make(post.profile, post.clock)
    answers: list[str] = []
    reveals = told.reveals(answers)
    for number in range(0, REPORTERS, 10):
        for field in reporter(number):
            wish = {
                "ask": "1",
                "complaint": told.names[number],
                "field": field,
                "reason": "menelepon pelapor",
                "by": "Rani",
            }
            reveals.do(wish)
    assert answers[:4] == list(reporter(0).values())
    assert len(answers) == 80
    assert {"backups", "blackbox"} <= {path.name for path in folder.iterdir()}
    assert leaks(folder) == {}


def test_no_search_finds_any_of_them(told: Told) -> None:
    with closing(Read.open(told.post.profile)) as read:
        assert read.span(QueueFilter(text="Jalan rusak 7")).count > 0
        for number in range(0, REPORTERS, 5):
            for value in reporter(number).values():
                assert read.span(QueueFilter(text=value)).count == 0, value


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("source", "item", "reading")])
@pytest.mark.parametrize("form", FORMATS)
def test_no_export_has_any_of_them_nor_their_seals(told: Told, tmp_path: Path, kind: str, form: str) -> None:
    path = tmp_path / "ekspor"
    with path.open("w", encoding="utf-8") as out:
        assert export(told.post.profile, kind, form, out) >= REPORTERS
    raw = path.read_bytes()
    assert found(raw) == []
    assert b"kendali-s1:" not in raw


def test_the_relay_hands_on_seals_and_nothing_else(told: Told) -> None:
    with serving(told.post) as url:
        client = Client(int(url.rpartition(":")[2]), signed=basic(USER, SECRET))
        names = city_places(told.post.pack)
        everything = json.dumps(
            [
                client.server("GET", f"/{place}/{what}", query={"include_docs": True}).body
                for place in names
                for what in ("_all_docs", "_changes")
            ]
        ).encode()
        client._connection.close()
    assert everything.count(b"kendali-s1:") >= 4 * REPORTERS
    assert found(everything) == []


def test_a_bundle_hands_on_seals_that_open_elsewhere(told: Told, tmp_path: Path) -> None:
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
        opened_there(told, other)
    finally:
        other.close()


def trust(profile: Profile, mine: Identity) -> None:
    from console.store.exchange import Contact, change

    contact = Contact(mine.public.text, mine.public.fingerprint, "posko", trusted=True)
    change(profile, lambda known: known.with_contact(contact))


def opened_there(told: Told, other: Post) -> None:
    """What one console sealed another opens, once it was given the key."""
    ring, answers = MemoryRing(), []

    def say(_note: str, **values: object) -> None:
        answers.append(values.get("value", values.get("says")))

    def ask(number: int) -> object:
        keys = CityKeys(Credentials(lambda: ring))
        reveals = Reveals(other.keeper, lambda: Read.open(other.profile), other.pack.id, keys, lambda _s, by: by, say)
        reveals.do(
            {"ask": "1", "complaint": told.names[number], "field": "reporter_nik", "reason": "menelepon", "by": "Budi"}
        )
        return answers[-1]

    with closing(Read.open(other.profile)) as read:
        assert read.data_keys(other.pack.id) == told.all
    assert ask(3) == ask(-3) == "personal.key_lost"
    CityKeys(Credentials(lambda: ring)).unlock(told.key, told.code)
    assert ask(-3) == reporter(REPORTERS - 3)["reporter_nik"]
    assert ask(3) == reporter(3)["reporter_nik"], "sealed for the key before"


def test_a_snapshot_that_is_adopted_has_seals_alone(told: Told, tmp_path: Path) -> None:
    """Last of all, for then the centre holds everything."""
    post = told.post
    path, third = tmp_path / "kota.potret", Profile.at(tmp_path / "third")
    post.keeper.write(lambda store, _: (hold_everything(store), NOTHING)).result(20)
    assert snapshot.make(post.profile, path, post.pack.id, post.clock).documents >= REPORTERS
    with path.open("rb") as stream:
        adopt(third, post.pack, post.clock, stream, trusted=lambda _: False)
    assert leaks(tmp_path) == {}
    with closing(Read.open(third)) as read:
        assert read.data_keys(post.pack.id) == told.all
        assert len(sealed_among(read.complaint(told.names[3]).extra)) == 4  # type: ignore[union-attr]


def hold_everything(store: Store) -> None:
    """The centre said that it holds everything, and how far it was read."""
    db = store.replica.tools.db
    store.replica.settle("", [Named(*row) for row in db.execute("SELECT doc, rev FROM outbox").fetchall()])
    for (place,) in db.execute("SELECT DISTINCT text FROM doc JOIN word ON word.id = place").fetchall():
        store.replica.remember(Checkpoint("hub", place, "uuid", "1", (Session("sesi", "7-abc", 1),)))
