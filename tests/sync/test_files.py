"""Photos between two consoles and a centre: small ones first, cut anywhere, never twice, never the wrong bytes."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.commands import open_envelope, seal
from console.commands.files import Attach
from console.core.clock import TurnedClock
from console.core.errors import Away, DiskTrouble
from console.core.pieces import SMALL_PIECE, cut, joined, piece_document
from console.core.records import ComplaintId, FileRow
from console.store.bring import bring
from console.store.files import Profile
from console.store.room import Room
from console.store.store import Store
from sync.couch import Call, Reply
from sync.file_ground import AGAIN_S
from sync.files import Files
from tests.pictures import picture
from tests.store.conftest import NOON, batch, invented_pack, said
from tests.sync.file_hub import Desk, FileHub, Link, custody_of

ONE, TWO = "uji:000001", "uji:000002"
PLACE = "kendali-contoh-files"


def letter(size: int, seed: int = 0) -> bytes:
    """A text of about that size."""
    return bytes(random.Random(seed).choices(b"abcdefghij \n", k=size))


@dataclass
class Console:
    """One console with its exchange of files."""

    store: Store
    clock: TurnedClock
    desk: Desk
    thumbs: Link
    photos: Link
    notes: Link
    files: Files = field(init=False)

    def attach(self, data: bytes, complaint: str = ONE, thumb: bytes = b"") -> None:
        brought = bring(self.store.blobs, data, "surat.txt", thumb=lambda _judged: thumb)
        envelope = seal(Attach(ComplaintId(complaint), **brought.fields), self.clock, "Budi")
        receipt, _ = self.store.apply(envelope, open_envelope(envelope))
        assert not receipt.says, receipt

    def hear_of(self, other: Console) -> None:
        """The deeds of the other console have come."""
        rows = other.store._db.execute("SELECT * FROM event WHERE deed = 'attach' ORDER BY n").fetchall()
        marks = ", ".join("?" * (len(rows[0]) - 1))
        columns = "id, complaint, deed, at, by, text, before, after, fields, was, command, undoes"
        self.store._db.executemany(
            f"INSERT OR IGNORE INTO event ({columns}) VALUES ({marks})", [row[1:] for row in rows]
        )

    def quiet(self, most: int = 500) -> int:
        """Turns until nothing moves."""
        for number in range(most):
            if not self.files.turn():
                return number
        raise AssertionError("no end")

    def through(self, most: int = 500) -> int:
        """The same over a link that breaks: how often it did."""
        broken = 0
        for _ in range(most):
            try:
                if not self.files.turn():
                    return broken
            except Away:
                broken += 1
        raise AssertionError("no end")

    def again(self) -> None:
        """The engine was killed and begins anew: nothing but the disk is left."""
        custody = custody_of(self.store, self.notes, self.clock, PLACE)
        blobs = self.store.blobs
        self.files = Files(self.thumbs, self.photos, self.desk, blobs, self.clock, custody=custody, database=PLACE)

    def file(self, complaint: str = ONE) -> FileRow:
        [found] = self.store.read.files_of(complaint)
        return found

    def content(self, complaint: str = ONE) -> bytes | None:
        file = self.file(complaint)
        return joined((self.store.blobs.read(name) or b"" for name in file.pieces), file.sha256, file.bytes)


Made = Callable[..., Console]


@pytest.fixture
def hub() -> FileHub:
    return FileHub()


@pytest.fixture
def console(tmp_path: Path, hub: FileHub) -> Iterator[Made]:
    stores: list[Store] = []
    numbers = count()

    def make(rate: float = 1e6) -> Console:
        number = next(numbers)
        clock = TurnedClock(NOON, seed=number)
        profile = Profile.at(tmp_path / f"konsol-{number}")
        room = Room(profile.reserve, intake_bytes=0, reserve_bytes=0)
        store = Store.open(profile, clock, invented_pack(), room=room)
        store.take(batch(said(1), said(2)))
        stores.append(store)
        console = Console(store, clock, Desk(store, PLACE), *(Link(hub, clock, rate) for _ in range(3)))
        console.again()
        return console

    yield make
    for store in stores:
        store.close()


def test_a_photo_goes_from_one_console_to_another(console: Made, hub: FileHub) -> None:
    here, there = console(), console()
    data = letter(300_000)
    here.attach(data)
    here.quiet()
    assert not here.file().waiting
    there.hear_of(here)
    assert (there.file().here, there.file().whole) == (0, False)
    there.quiet()
    assert there.content() == data
    assert not there.file().waiting
    assert (hub.came, hub.went) == (len(data), len(data))
    assert {frozenset({ONE})} == set(here.desk.changed) == set(there.desk.changed)


def test_small_pictures_go_before_photos_both_ways(console: Made) -> None:
    here, there = console(), console()
    small = picture(16, 12)
    here.attach(picture(640, 480), thumb=small)
    here.attach(picture(600, 480), TWO, thumb=picture(16, 12, shade=9))
    here.quiet()
    first_photo = min(number for number, call in enumerate(here.photos.calls))
    assert len(here.thumbs.calls) == 3 and first_photo == 0
    there.hear_of(here)
    assert there.files.turn() and there.files.turn()
    assert there.file().thumb_here and there.file(TWO).thumb_here
    assert not there.photos.calls
    there.quiet()
    assert there.file().whole and there.file(TWO).whole


def test_two_consoles_with_the_same_photo_send_it_once(console: Made, hub: FileHub) -> None:
    here, there = console(), console()
    data = letter(200_000)
    here.attach(data)
    there.attach(data, TWO)
    here.quiet()
    sent = hub.came
    there.quiet()
    assert hub.came == sent == len(data)
    assert all(len(revs) == 1 for revs in hub.revs.values())
    assert not there.file(TWO).waiting
    there.hear_of(here)
    there.quiet()
    assert hub.went == 0
    assert there.content() == data


@pytest.mark.parametrize("lost", ["ask", "answer"])
def test_cut_at_every_call_it_goes_on_where_it_was(console: Made, hub: FileHub, lost: str) -> None:
    here, there = console(SMALL_PIECE / 16), console(SMALL_PIECE / 16)
    data = letter(5 * SMALL_PIECE + 1)
    for each in (here, there):
        each.photos.breaks_at = lambda number: lost if number % 4 == 1 else ""
        each.files.pace.rate = SMALL_PIECE / 16
    here.attach(data)
    assert here.through() >= 4
    there.hear_of(here)
    assert there.through() >= 4
    assert there.content() == data
    most = len(data) if lost == "ask" else 2 * len(data) + SMALL_PIECE
    assert hub.came <= most and hub.went <= most


def test_a_kill_after_every_turn_loses_no_piece_and_fetches_none_twice(console: Made, hub: FileHub) -> None:
    here, there = console(), console()
    data = letter(3 * SMALL_PIECE + 10)
    here.attach(data)
    while here.files.turn():
        here.again()
    there.hear_of(here)
    there.files.pace.rate = SMALL_PIECE / 40
    while there.files.turn():
        there.again()
        there.files.pace.rate = SMALL_PIECE / 40
    assert there.content() == data
    assert (hub.came, hub.went) == (len(data), len(data))


def test_a_kill_between_the_disk_and_the_database_fetches_nothing_twice(console: Made, hub: FileHub) -> None:
    here, there = console(), console()
    here.attach(letter(100_000))
    here.quiet()
    there.hear_of(here)
    for piece in cut(letter(100_000)):
        there.store.blobs.keep(piece)
    there.quiet()
    assert hub.went == 0 and there.file().whole


def test_a_link_so_slow_that_a_piece_takes_many_turns(console: Made, hub: FileHub) -> None:
    here, there = console(1200), console(1200)
    data = letter(2 * SMALL_PIECE)
    here.files.pace.rate = there.files.pace.rate = 1200
    here.attach(data)
    here.quiet()
    there.hear_of(here)
    began_s = there.clock.monotonic_s()
    turns = there.quiet()
    assert there.content() == data
    assert turns >= 12
    assert there.clock.monotonic_s() - began_s < 1.1 * len(data) / 1200
    assert hub.went == len(data)


def test_wrong_bytes_are_thrown_away_and_asked_for_anew(console: Made, hub: FileHub) -> None:
    here, there = console(), console()
    data = letter(100_000)
    here.attach(data)
    here.quiet()
    there.hear_of(here)
    lies = iter([b"x" * SMALL_PIECE, b"", b"<html>portal</html>"])

    def lie(call: Call, _hub: FileHub) -> Reply | None:
        told = next(lies, None)
        return None if told is None else Reply(200, told)

    there.photos.fault = lie
    there.quiet()
    assert not there.file().whole  # three times wrong: not now
    there.clock.turn(AGAIN_S + 1)
    there.quiet()
    assert there.content() == data


@pytest.mark.parametrize(
    "reply",
    [
        Reply(206, b"x" * 100, headers={"content-range": "bytes 50-149/65536"}),
        Reply(206, b"x" * 100),
        Reply(206, b"x" * 100_000, headers={"content-range": "bytes 0-99999/100000"}),
        Reply(416, b""),
        Reply(500, b"oops"),
        Reply(200, {"not": "bytes"}),
        Reply(304, b""),
    ],
    ids=["another part", "no place", "too long", "no such part", "odd status", "a table", "not changed"],
)
def test_an_answer_that_is_not_what_was_asked_for_never_gets_in(console: Made, reply: Reply) -> None:
    here, there = console(), console()
    here.attach(letter(SMALL_PIECE))
    here.quiet()
    there.hear_of(here)
    there.files.pace.rate = 1000
    there.photos.fault = lambda call, _hub: reply
    there.quiet()
    name = here.file().pieces[0]
    assert not there.store.blobs.has(name) and there.store.blobs.begun(name) == 0
    there.photos.fault = None
    there.clock.turn(AGAIN_S + 1)
    there.quiet()
    assert there.file().whole


def test_a_server_that_knows_no_ranges_sends_all(console: Made, hub: FileHub) -> None:
    here, there = console(), console()
    data = letter(SMALL_PIECE + 5)
    here.attach(data)
    here.quiet()
    hub.ranges = False
    there.hear_of(here)
    there.files.pace.rate = 1000
    there.quiet()
    assert there.content() == data


def test_what_the_centre_has_not_yet_is_asked_for_later_and_holds_up_no_other(console: Made, hub: FileHub) -> None:
    here, there = console(), console()
    here.attach(letter(1000, 1))
    here.attach(letter(1000, 2), TWO)
    here.quiet()
    missing = piece_document(here.file(TWO).pieces[0])
    kept = hub.bytes.pop(missing)
    there.hear_of(here)
    there.quiet()
    assert there.file().whole and not there.file(TWO).whole
    asked = len(there.photos.calls)
    assert there.quiet() == 0 and len(there.photos.calls) == asked
    hub.bytes[missing] = kept
    there.clock.turn(AGAIN_S + 1)
    there.quiet()
    assert there.file(TWO).whole


def test_a_full_disk_stops_fetching_and_nothing_else(console: Made) -> None:
    here, there = console(), console()
    here.attach(letter(1000))
    here.quiet()
    there.hear_of(here)
    there.desk.full = True
    there.attach(letter(1000, 5), TWO)
    assert there.files.turn()
    assert not there.file(TWO).waiting
    with pytest.raises(DiskTrouble, match=r"store\.little_room"):
        there.quiet()
    there.desk.full = False
    there.clock.turn(AGAIN_S + 1)
    there.quiet()
    assert there.file().whole


def test_no_room_in_the_end_costs_no_second_download(
    console: Made, hub: FileHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = console(), console()
    here.attach(letter(30_000))
    here.quiet()
    there.hear_of(here)
    with monkeypatch.context() as full:
        full.setattr("console.store.blobs.free_bytes", lambda _folder: 0)
        for _ in range(3):
            with pytest.raises(DiskTrouble, match=r"files\.room"):
                there.quiet()
            there.again()
    there.clock.turn(AGAIN_S + 1)
    there.quiet()
    assert there.content() == letter(30_000)
    assert hub.went == 30_000


def test_where_there_is_enough_only_what_is_looked_at_is_fetched(console: Made) -> None:
    here, there = console(), console()
    here.attach(letter(1000, 1))
    here.attach(picture(), TWO, thumb=picture(8, 8))
    here.quiet()
    there.hear_of(here)
    there.desk.satisfied = True
    there.quiet()
    assert there.file().here == there.file(TWO).here == 0
    assert there.file(TWO).thumb_here
    there.files.prefer(there.file().sha256)
    there.quiet()
    assert there.file().whole and not there.file(TWO).whole


def test_a_piece_the_centre_refuses_stays_and_holds_up_no_other(console: Made, hub: FileHub) -> None:
    here = console()
    here.attach(letter(1000, 1))
    hub.refuses = piece_document(here.file().pieces[0])
    here.attach(letter(1000, 2), TWO)
    here.quiet()
    assert here.file().waiting and not here.file(TWO).waiting
    told = here.store._db.execute("SELECT refused, told FROM outbox WHERE refused <> ''").fetchall()
    assert told == [("files.not_taken", '{"reason": "forbidden: no"}')]


def test_requests_shrink_until_they_fit(console: Made, hub: FileHub) -> None:
    here = console()
    hub.most_request = SMALL_PIECE + 1
    here.attach(letter(6 * SMALL_PIECE))
    here.quiet()
    assert not here.file().waiting


def test_a_proxy_that_takes_no_piece_at_all_is_told(console: Made, hub: FileHub) -> None:
    here = console()
    hub.most_request = 100
    here.attach(letter(2 * SMALL_PIECE))
    here.quiet()
    told = here.store._db.execute("SELECT DISTINCT refused FROM outbox WHERE doc LIKE 'piece:%'").fetchall()
    assert told == [("files.not_taken",)]


def test_an_answer_that_says_nothing_of_the_probe_is_no_receipt(console: Made) -> None:
    here = console()
    here.attach(letter(1000))
    here.photos.fault = lambda call, _hub: Reply(200, {}) if call.path.endswith("_revs_diff") else None
    with pytest.raises(Exception, match="no_receipt"):
        here.quiet()
    assert here.file().waiting


def test_bytes_that_are_gone_here_are_told_and_others_go(console: Made) -> None:
    here = console()
    here.attach(letter(1000, 1))
    here.attach(letter(1000, 2), TWO)
    here.store.blobs.drop(here.file().pieces[0])
    here.quiet()
    assert not here.file(TWO).waiting
    assert here.store._db.execute("SELECT refused FROM outbox WHERE refused <> ''").fetchall() == [
        ("files.bytes_gone",)
    ]


def test_who_looks_at_a_damaged_photo_gets_it_anew_and_first(console: Made) -> None:
    here, there = console(), console()
    for number, complaint in ((1, ONE), (2, TWO)):
        here.attach(letter(3 * SMALL_PIECE, number), complaint)
    here.quiet()
    there.hear_of(here)
    there.files.prefer(there.file().sha256)
    there.files.pace.rate = SMALL_PIECE / 8
    while not there.file().whole:
        there.files.turn()
    assert there.file(TWO).here == 0
    there.quiet()
    there.store.blobs.path(there.file().pieces[1]).write_bytes(b"damaged")
    assert there.content() is None
    there.files.prefer(there.file().sha256)
    there.quiet()
    assert there.content() == letter(3 * SMALL_PIECE, 1)


def test_a_relay_hands_on_what_it_was_brought(console: Made, hub: FileHub) -> None:
    """A piece a client brought waits here with its bytes, as one attached here does."""
    relay = console()
    blob = relay.store.blobs.keep(letter(500))
    relay.store.files.found(blob, "command-of-the-client")
    relay.quiet()
    assert hub.bytes[piece_document(blob.sha256)] == letter(500)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sizes=st.lists(st.sampled_from([1, SMALL_PIECE - 1, SMALL_PIECE, SMALL_PIECE + 1, 3 * SMALL_PIECE]), max_size=3),
    seed=st.integers(0, 1 << 16),
)
def test_any_faults_end_with_the_same_bytes_everywhere(
    console: Made, hub: FileHub, sizes: list[int], seed: int
) -> None:
    chance = random.Random(seed)
    here, there = console(), console()
    told = [(letter(size, number + 1), (ONE, TWO)[number % 2]) for number, size in enumerate(sizes)]
    for each in (here, there):
        for link in (each.thumbs, each.photos):
            link.breaks_at = lambda _number: chance.choice(["", "", "ask", "answer"])
        each.files.pace.rate = chance.choice([900, 20_000, 1e6])
    for data, complaint in told:
        here.attach(data, complaint)
    for each in (here, there):
        for _ in range(400):
            try:
                moved = each.files.turn()
            except Away:
                moved = True
            if chance.random() < 0.1:
                each.again()
            if not moved:
                break
        if each is here and told:
            there.hear_of(here)
    for complaint in (ONE, TWO):
        assert {(row.sha256, row.whole) for row in here.store.read.files_of(complaint)} == {
            (row.sha256, row.whole) for row in there.store.read.files_of(complaint)
        }
    for data, _ in told:
        for piece in cut(data):
            assert there.store.blobs.read(there.store.blobs.keep(piece).sha256) == piece
