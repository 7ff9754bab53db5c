"""The writer is killed at any moment: what it acknowledged is there, once, and the rest is whole or absent."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from console.core.clock import TurnedClock
from console.core.records import QueueFilter
from console.store.check import quick_check
from console.store.files import Profile
from console.store.store import Store
from tests.store.conftest import NOON, invented_pack, recounted, roomy, tallied
from tests.store.test_deeds import agree

ROUNDS = 20

WRITER = """
import sys
from pathlib import Path
from console.core.clock import SystemClock
from console.core.lifecycle import State
from console.store.files import Profile
from console.store.store import Store
from tests.store.conftest import ask, batch, invented_pack, roomy, said

profile = Profile.at(Path(sys.argv[1]))
clock = SystemClock()
store = Store.open(profile, clock, invented_pack(), room=roomy(profile))
print("open", flush=True)
first = store.read.memo("uji").get("cursor", 0)
for number in range(first, first + 100_000):
    records = [said(number * 20 + place) for place in range(20)]
    store.take(batch(*records, memo={"cursor": number + 1}))
    print("took", number, flush=True)
    envelope, command = ask(clock, records[0].id, fields={"state": State.VERIFIED}, text="x")
    store.apply(envelope, command)
    print("did", envelope.id, flush=True)
"""


@pytest.mark.nightly
def test_killed_at_any_moment(tmp_path: Path) -> None:
    chance = random.Random(5)
    profile = Profile.at(tmp_path / "profil")
    acknowledged: list[str] = []
    for _ in range(ROUNDS):
        acknowledged += _write_and_kill(profile.folder, chance.randrange(1, 60))
        store = Store.open(profile, TurnedClock(NOON), invented_pack(), room=roomy(profile))
        assert store.notices == []
        assert quick_check(store._db) == []
        assert [each for each in acknowledged if not store.read.done(each)] == []
        assert store.read.span(QueueFilter()).count >= 20 * int(store.read.memo("uji").get("cursor", 0))
        assert tallied(store._db) == recounted(store._db)
        agree(store._db, store.documents)
        store.close()
    assert len(acknowledged) > ROUNDS


def _write_and_kill(folder: Path, lines: int) -> list[str]:
    """Ids of the commands the writer acknowledged before it was killed after so many lines."""
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(folder)], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    heard = [writer.stdout.readline() for _ in range(lines)]
    writer.kill()
    heard += writer.stdout.readlines()
    writer.stdout.close()
    writer.wait()
    return [line.split()[1] for line in heard if line.startswith("did ") and line.endswith("\n")]
