"""The hourly backup: made when due, told when it cannot be, given up at the end."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from console.core.clock import TurnedClock
from console.core.errors import DiskTrouble, Refused
from console.store import backup
from console.store.files import Profile
from console.store.store import Store
from sync.backups import AGAIN_AFTER_S, LOOK_EVERY_S, Backups
from sync.engine_log import EngineLog
from tests.cities import small_pack
from tests.sync.stand_ins import AT


class Bench:
    """Backups of an empty store."""

    def __init__(self, folder):
        self.clock = TurnedClock(AT)
        self.profile = Profile.at(folder)
        Store.open(self.profile, self.clock, small_pack()).close()
        self.told = []
        self.log = EngineLog(folder, self.clock)
        self.backups = Backups(self.profile, self.clock, 1, self.log, self.told.append)

    def later(self, seconds):
        self.clock.turn(seconds)
        self.backups.look()
        self.wait()

    def wait(self):
        if self.backups._thread is not None:
            self.backups._thread.join(20)

    def made(self):
        return len(backup.backups(self.profile))


@pytest.fixture
def on(tmp_path):
    return Bench(tmp_path)


def test_the_first_is_made_a_minute_after_the_start_and_then_every_hour(on, monkeypatch):
    gave = []
    monkeypatch.setattr("sync.backups.give_back", lambda: gave.append(1))
    on.backups.look()
    assert on.made() == 0
    on.later(LOOK_EVERY_S)
    assert (on.made(), on.told, gave) == (1, [None], [1])
    on.later(timedelta(minutes=30).total_seconds())
    assert on.made() == 1
    on.later(timedelta(minutes=31).total_seconds())
    assert on.made() == 2


def test_what_the_disk_said_is_told_and_it_is_tried_again_later(on, monkeypatch):
    tries = []

    def full(*_args, **_more):
        tries.append(1)
        raise DiskTrouble("store.full")

    monkeypatch.setattr(backup, "make", full)
    on.later(LOOK_EVERY_S)
    on.later(LOOK_EVERY_S)
    assert len(tries) == 1
    on.later(AGAIN_AFTER_S)
    assert len(tries) == 2
    assert [trouble.says for trouble in on.told] == ["store.full"] * 2


def test_one_is_made_at_a_time_and_given_up_at_the_end(on, monkeypatch):
    begun = threading.Event()

    def long(*_args, cancelled, **_more):
        begun.set()
        while not cancelled():
            begun.wait(0.01)
        raise Refused("store.backup.cancelled")

    monkeypatch.setattr(backup, "make", long)
    on.clock.turn(LOOK_EVERY_S)
    on.backups.look()
    first = on.backups._thread
    assert begun.wait(20)
    on.clock.turn(LOOK_EVERY_S)
    on.backups.look()
    assert on.backups._thread is first
    on.backups.stop()
    assert not first.is_alive()
    assert on.told == []
