"""Three consoles, each behind a link that spoils 30 % of what passes, killed about every second: nothing is lost."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from console.commands.intake import Record, Take, new_complaint_id
from console.commands.triage import Verify
from console.commands.work import Note
from console.core.clock import SystemClock
from console.core.command import Command
from console.core.records import ComplaintId
from tests.cities import ONE, TWO
from tests.journeys.consoles import Console, leaves_of, pause
from tests.sync.fault_proxy import FaultProxy
from tests.sync.posts import SECRET, USER, Post, serving

AREAS = (f"{ONE}.1001", f"{ONE}.1003", f"{TWO}.1001", "")
QUIET_S = 150.0


def _wish(console: Console, ours: list[str], chance: random.Random) -> Command:
    """Something an operator may do now: new complaints, notes, and edits of what others edit too."""
    if not ours or chance.random() < 0.3:
        name = new_complaint_id(console.clock)
        ours.append(name)
        return Record(name, title=f"Aduan {len(ours)}", channel="telepon", area=chance.choice(AREAS))
    name = ComplaintId(chance.choice(ours))
    kind = chance.random()
    if kind < 0.5:
        return Note(name, text=f"Catatan {chance.random()}")
    return Verify(name) if kind < 0.75 else Take(name)


def _until(true: Callable[[], bool], seconds: float, says: Callable[[], object]) -> None:
    clock = SystemClock()
    end_s = clock.monotonic_s() + seconds
    while not true():
        assert clock.monotonic_s() < end_s, says()
        pause(random.Random(), 0.2, 0.2)


def _chaos(ending: ExitStack, folder: Path, seed: int, seconds: float, rate: float = 0.3) -> None:
    chance = random.Random(seed)
    centre = Post(folder / "centre")
    ending.callback(centre.close)
    port = int(ending.enter_context(serving(centre)).rpartition(":")[2])
    consoles: list[Console] = []
    proxies: list[FaultProxy] = []
    for number in range(3):
        proxy = FaultProxy(port, seed * 10 + number, rate)
        ending.callback(proxy.close)
        proxies.append(proxy)
        address = {"port": proxy.server_address[1], "user": USER, "secret": SECRET}
        console = Console(folder / f"console{number}", address)
        ending.callback(console.end)
        consoles.append(console)
        console.start()
    _until(lambda: all(each.up for each in consoles), 30, lambda: "an engine does not begin")
    ours: list[str] = []
    clock = SystemClock()
    end_s = clock.monotonic_s() + seconds
    kill_s = 0.0
    while clock.monotonic_s() < end_s:
        console = chance.choice(consoles)
        console.do(_wish(console, ours, chance), by=f"operator {consoles.index(console)}")
        pause(chance, 0.02, 0.1)
        if clock.monotonic_s() > kill_s:
            chance.choice(consoles).kill()
            kill_s = clock.monotonic_s() + chance.uniform(0.5, 1.5)
    for proxy in proxies:
        proxy.rate = 0.0
    _agree(consoles, centre)
    _nothing_lost(consoles, centre)
    assert sum(each.kills for each in consoles) >= seconds / 3
    assert all(sum(proxy.counts.values()) > proxy.counts["ok"] for proxy in proxies)


def _agree(consoles: list[Console], centre: Post) -> None:
    """After quiet all hold the same leaves, and nothing waits."""

    def equal() -> bool:
        there = centre.leaves()
        return all(each.waits() == 0 and each.leaves() == there for each in consoles)

    def differ() -> str:
        there = centre.leaves()
        return f"{[(each.waits(), len(each.leaves().items() ^ there.items())) for each in consoles]} of {len(there)}"

    for each in consoles:
        each.kill()  # what the black box holds and nobody answered for is done at the next start
    _until(lambda: all(each.up for each in consoles), 30, lambda: "an engine does not begin")
    _until(lambda: equal() and len(centre.leaves()) > 0, QUIET_S, differ)


def _nothing_lost(consoles: list[Console], centre: Post) -> None:
    """Whatever was taken stands in every store, as its deed."""
    taken = {command for each in consoles for command in each.taken}
    assert len(taken) > 20
    for leaves in [centre.leaves(), *(leaves_of(each.profile) for each in consoles)]:
        lost = {command for command in taken if f"deed:{command}" not in leaves}
        assert not lost
        # one create is one document, one command one deed
        assert all(len(revs) == 1 for doc, revs in leaves.items() if not doc.startswith("case:"))


def test_nothing_is_lost_in_half_a_minute(ending: ExitStack, tmp_path: Path) -> None:
    _chaos(ending, tmp_path, seed=1, seconds=30)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", [2, 3])
def test_nothing_is_lost_in_five_minutes(ending: ExitStack, tmp_path: Path, seed: int) -> None:
    _chaos(ending, tmp_path, seed=seed, seconds=300)
