"""The folder of files is looked after some time after the start, then daily, without holding up anybody."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from console.core.clock import TurnedClock
from console.core.errors import DiskTrouble
from console.store.attachments import FileShelf
from console.store.blobs import Blob
from console.store.files import Profile
from console.store.keeper import Keeper
from console.store.store import Store
from sync import tending
from sync.daily import EVERY_S
from sync.engine_log import EngineLog
from sync.tending import FIRST_S, Tending
from tests.store.conftest import NOON, invented_pack, roomy


class Bench:
    """A keeper and who looks after its files."""

    def __init__(self, folder: Path) -> None:
        self.clock = TurnedClock(NOON)
        self.profile = Profile.at(folder)
        self.store = Store.open(self.profile, self.clock, invented_pack(), room=roomy(self.profile))
        self.keeper = Keeper(self.store)
        self.log = EngineLog(folder, self.clock)
        self.tending = Tending(self.profile, self.keeper, self.clock, self.log)

    def later(self, seconds: float) -> None:
        self.clock.turn(seconds)
        self.tending.look()
        if self.tending._thread is not None:
            self.tending._thread.join(20)

    def known_lost(self) -> None:
        """A row without a file."""
        self.keeper.write(lambda store, _: (None, store.pieces_came([Blob.of(b"never kept")], []))).result()

    def known(self) -> int:
        shelf = FileShelf.open(self.profile)
        count = len(shelf.all_known())
        shelf.close()
        return count

    def told(self) -> list[str]:
        return (
            [json.loads(line)["what"] for line in self.log.path.read_text().splitlines()]
            if self.log.path.exists()
            else []
        )

    def end(self) -> None:
        self.tending.stop()
        self.keeper.close()
        self.store.close()


def test_what_is_gone_is_noticed_after_the_start_and_then_daily(tmp_path: Path) -> None:
    on = Bench(tmp_path)
    on.known_lost()
    on.later(FIRST_S - 1)
    assert on.known() == 1 and not on.told()
    on.later(2)
    assert on.known() == 0
    assert on.told() == ["engine.files"]
    on.later(EVERY_S - 10)
    on.known_lost()
    on.later(20)
    assert on.told() == ["engine.files"] * 2
    on.end()


def test_a_disk_that_cannot_be_read_is_logged_and_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on = Bench(tmp_path)

    def broken(*_args: object, **_named: object) -> None:
        raise DiskTrouble("store.broken_disk", reason="EIO")

    monkeypatch.setattr(tending, "care", broken)
    on.later(FIRST_S + 1)
    assert on.told() == ["engine.files_not"]
    on.end()


def test_an_engine_that_ends_first_is_no_trouble(tmp_path: Path) -> None:
    on = Bench(tmp_path)
    on.known_lost()
    on.keeper.close()
    on.later(FIRST_S + 1)
    assert on.told() == []
    on.end()
