"""What came before there was a key is covered while the engine runs, whenever the key comes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.core.errors import DiskTrouble
from console.store.files import load_phrases
from console.store.keeper import Keeper
from console.store.store import Store
from sync.covering import AGAIN_S, FIRST_S, Covering
from sync.engine_log import EngineLog
from tests.store.conftest import batch, said
from tests.store.test_wholes import PHONE, TEXT, City


class Turns:
    """A city whose engine covers."""

    def __init__(self, folder: Path) -> None:
        self.city = City(folder)
        self.keeper = Keeper(self.city.store)
        self.log = EngineLog(folder, self.city.clock)
        self.covering = Covering(self.keeper, self.city.clock, self.log)

    def later(self, seconds: float) -> None:
        self.city.clock.turn(seconds)
        self.covering.look()
        if self.covering._thread is not None:
            self.covering._thread.join(20)

    def told(self) -> list[str]:
        path = self.log.path
        return [json.loads(line)["what"] for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture
def turns(tmp_path: Path) -> Iterator[Turns]:
    made = Turns(tmp_path)
    made.city.store.take(batch(*(said(n, text=TEXT) for n in range(1, 4))))
    yield made
    made.covering.stop()
    made.keeper.close()
    made.city.store.close()


def test_it_waits_for_the_key_and_is_done_soon_after(turns: Turns) -> None:
    turns.later(FIRST_S)
    assert turns.city.row().text == TEXT
    turns.city.key()
    turns.later(AGAIN_S - 1)
    assert turns.city.row().text == TEXT
    turns.later(1)
    assert turns.city.row().text == "Lubang dalam, hubungi ••••23 segera"
    assert turns.city.whole() == {"text": TEXT}
    assert turns.city.hits(PHONE) == 0
    turns.later(AGAIN_S)
    assert turns.told() == ["engine.covering"]


def test_a_disk_that_takes_nothing_is_told_and_tried_again(turns: Turns, monkeypatch: pytest.MonkeyPatch) -> None:
    turns.city.key()

    def full(_store: Store) -> None:
        raise DiskTrouble("store.full", path="x")

    with monkeypatch.context() as patch:
        patch.setattr(Store, "cover_some", full)
        turns.later(FIRST_S)
    turns.later(AGAIN_S)
    assert turns.told() == ["engine.covering_not", "engine.covering"]
    for language in ("id", "en"):
        for name in turns.told():
            assert load_phrases(language).say(name, fault="x", complaints=3) != name


def test_it_gives_up_when_the_engine_ends(turns: Turns) -> None:
    turns.city.key()
    turns.covering.stop()
    turns.covering.cover()
    assert turns.city.row().text == TEXT
    turns.keeper.close()
    turns.covering.cover()
    assert turns.told() == []
