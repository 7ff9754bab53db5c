"""The exchange of files on a real keeper."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from console.commands import open_envelope, seal
from console.commands.files import Attach
from console.core.clock import TurnedClock
from console.core.errors import DiskTrouble
from console.core.records import Changes, ComplaintId, Kind
from console.store.bring import bring
from console.store.files import Profile
from console.store.keeper import Keeper
from console.store.read import Read
from console.store.room import Room
from console.store.shelf import Shelf
from console.store.store import Store
from sync.custody import Custody
from sync.file_desk import KeeperDesk
from sync.files import Files
from sync.hub_local import HubLocal, Shelves
from tests.store.conftest import NOON, batch, invented_pack, said
from tests.sync.file_hub import FileHub, Link

ONE = "uji:000001"
PLACE = "kendali-contoh-files"


def test_a_photo_leaves_by_the_keeper_and_comes_back_when_it_is_lost(tmp_path: Path) -> None:
    clock = TurnedClock(NOON)
    profile = Profile.at(tmp_path / "profil")
    room = Room(profile.reserve, intake_bytes=0, reserve_bytes=0)
    store = Store.open(profile, clock, invented_pack(), room=room)
    heard: list[Changes] = []
    keeper = Keeper(store, heard.append)
    keeper.take(batch(said(1))).result()
    data = bytes(random.Random(3).choices(b"abc \n", k=150_000))
    brought = bring(store.blobs, data, "surat.txt")
    envelope = seal(Attach(ComplaintId(ONE), **brought.fields), clock, "Budi")
    keeper.do(envelope, open_envelope(envelope)).result()
    hub = FileHub()
    desk = KeeperDesk(keeper, profile, room, PLACE)
    shelves = Shelves(lambda: Shelf.open(profile))
    local = HubLocal(keeper, shelves)
    custody = Custody(
        Link(hub, clock), local.under, clock, place=PLACE, shared=f"{PLACE}-shared", console=lambda: store.console
    )
    files = Files(Link(hub, clock), Link(hub, clock), desk, store.blobs, clock, custody=custody, database=PLACE)
    while files.turn():
        pass
    read = Read.open(profile)
    [file] = read.files_of(ONE)
    assert not file.waiting
    assert any(Kind.FILE in changes.kinds and ONE in changes.ids for changes in heard)
    for name in file.pieces:
        store.blobs.drop(name)
    files.prefer(file.sha256)
    while files.turn():
        pass
    assert [store.blobs.has(name) for name in file.pieces] == [True] * len(file.pieces)
    room.intake_bytes = 1 << 60
    with pytest.raises(DiskTrouble, match=r"store\.little_room"):
        desk.least_free()
    desk.close()
    desk.close()
    shelves.close()
    read.close()
    keeper.close()
    store.close()
