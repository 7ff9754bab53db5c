"""A snapshot from an address: what is kept of it after a refusal, and what is asked before it is fetched."""

from __future__ import annotations

import json
import random
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from console.core.audience import SETTING, Audience
from console.core.clock import TurnedClock
from console.core.errors import BadAnswer, ConsoleError, DiskTrouble, Refused
from console.store import adopt, slips, snapshot_file
from console.store.files import FileLock, Profile
from console.store.read import Read
from sync import seal
from sync.chosen import settings_of
from sync.snapshot_fetch import FIRST_BYTES, part_of
from sync.snapshot_terminal import hand, make, show, take
from tests.store.conftest import NOON
from tests.store.snapshots import forged, spoiled, work
from tests.sync.test_bundle_terminal import Desk
from tests.sync.test_snapshot_fetch import Link

URL = "http://uji/kota.potret"


class Server(Link):
    """A link that is closed in the end."""

    def close(self) -> None:
        pass


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guesses at a passphrase cost nothing here."""
    monkeypatch.setattr(seal, "_SCRYPT_N", 1 << 8)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    """What every wire reaches, whatever the address."""
    link = Server(b"", TurnedClock(NOON))

    class Wire:
        def __init__(self, *_: object, **__: object) -> None:
            pass

        def line(self, **_: object) -> Server:
            return link

        def close(self) -> None:
            pass

    monkeypatch.setattr("sync.snapshot_terminal.Wire", Wire)
    return link


@pytest.fixture
def sound(tmp_path: Path) -> bytes:
    """A sound snapshot, signed by nobody."""
    clock = TurnedClock(NOON, seed=7)
    desk = Desk(tmp_path / "asal", clock)
    store = desk.store()
    work(store, clock, 0, 3)
    store.close()
    make(desk.counter, tmp_path / "kota.potret", desk.aside.append)
    return (tmp_path / "kota.potret").read_bytes()


@pytest.fixture
def new(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "baru", TurnedClock(NOON, seed=8))


def taken(desk: Desk, *, unsigned: bool = True) -> int:
    return take(desk.counter, URL, desk.aside.append, unsigned=unsigned)


def part(desk: Desk) -> Path:
    return part_of(desk.profile, URL)


def told(raw: bytes) -> dict[str, Any]:
    return dict(snapshot_file.read_head(raw[: snapshot_file.head_size(raw)]).told)


def test_after_a_refusal_the_file_that_was_mended_there_is_fetched(
    server: Server, sound: bytes, new: Desk, tmp_path: Path
) -> None:
    wrong: dict[str, bytes] = {
        "newer": spoiled(sound, tmp_path, "PRAGMA user_version = 99"),
        "database": spoiled(sound, tmp_path, "CREATE VIEW v AS SELECT 1"),
        "city": forged(b"x" * 9000, {**told(sound), "city": "lain"}),
    }
    for says, server.data in wrong.items():
        with pytest.raises(ConsoleError, match=says):
            taken(new)
        assert not part(new).exists(), says
    server.data = sound
    assert taken(new) == 0
    assert not part(new).exists()


def test_nothing_but_the_head_is_fetched_of_what_would_be_refused(
    server: Server, sound: bytes, new: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    big = random.Random(1).randbytes(2 * snapshot_file.RAW_BYTES)
    server.data = forged(big, {**told(sound), "city": "lain"})
    with pytest.raises(Refused, match="city"):
        taken(new)
    server.data = forged(big, told(sound))
    with pytest.raises(Refused, match="unsigned"):
        taken(new, unsigned=False)
    assert server.asked == [(0, FIRST_BYTES - 1)] * 2
    assert part(new).stat().st_size == FIRST_BYTES, "with --unsigned it goes on"
    monkeypatch.setattr(adopt, "free_bytes", lambda _folder: adopt.SPARE_BYTES + len(big))
    with pytest.raises(DiskTrouble, match="room"):
        taken(new)
    assert part(new).stat().st_size == FIRST_BYTES, "and when there is room"


def test_what_the_person_mends_here_costs_no_second_fetch(server: Server, sound: bytes, new: Desk) -> None:
    server.data = sound
    lock = FileLock(new.profile.engine_lock)
    assert lock.take()
    with pytest.raises(DiskTrouble, match="running"):
        taken(new)
    lock.drop()
    assert part(new).read_bytes() == sound
    del server.asked[:]
    assert taken(new) == 0
    assert len(server.asked) == 1 and server.asked[0][1] < 1 << 10


def test_a_whole_file_of_long_ago_is_not_adopted_as_new(server: Server, sound: bytes, new: Desk) -> None:
    part(new).write_bytes(forged(b"x" * 9000, {**told(sound), "id": "lama"}))
    server.data = sound
    assert taken(new) == 0


def test_a_page_of_a_portal_leaves_nothing(server: Server, new: Desk) -> None:
    server.data = b"<html>" * 100
    with pytest.raises(BadAnswer, match="foreign"):
        taken(new)
    assert not part(new).exists()


def test_a_delegation_is_handed_a_file_and_looks_at_it_in_a_profile_of_its_own(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "asal", TurnedClock(NOON, seed=7))
    store = desk.store()
    work(store, desk.clock, 0, 9)
    store.close()
    path, there = tmp_path / "kota.kunjungan", tmp_path / "tamu"
    assert hand(desk.counter, path) == 0
    said = desk.says()
    assert str(path) in said and "kisi 250 m" in said
    assert [json.loads(each.read_text("utf-8"))["deed"] for each in slips.waiting(desk.profile)] == ["snapshot.handed"]
    assert show(desk.counter, path) == 0
    assert "utuh" in desk.says()
    assert show(desk.counter, path, there) == 0
    assert str(there) in desk.says()
    with closing(Read.open(Profile(there), audience=Audience(settings_of(Profile(there))[SETTING]))) as read:
        assert read.audience is Audience.VISIT
        assert sum(read.by_state().values()) > 0
    with pytest.raises(Refused, match="not_empty"):
        show(desk.counter, path, there)
    (tmp_path / "lain").write_bytes(path.read_bytes()[:-8192])
    with pytest.raises(ConsoleError):
        show(desk.counter, tmp_path / "lain", tmp_path / "lagi")
    assert not (tmp_path / "lagi").exists(), "nothing is made of what is not sound"
