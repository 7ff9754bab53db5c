"""Whatever a server answers to what is sent, the change waits on unless it is surely there (GOALS R18).

Each misbehaviour that feeds have met takes the place of the answer to a delivery, and to the question for its receipt.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from console.commands.intake import Record, new_complaint_id
from sync.hub import Hub
from tests.cities import ONE
from tests.sync.fault_proxy import FaultProxy
from tests.sync.faults import FaultServer
from tests.sync.posts import Post, serving


@dataclass
class World:
    """A console, its centre, and what stands between."""

    one: Post
    centre: Post
    hub: Hub
    proxy: FaultProxy
    faults: FaultServer

    def busy(self) -> bool:
        return any(visit.busy for visit in self.hub.visits.all.values())

    def pending(self, name: str) -> int:
        found = self.one.store.read.complaint(name)
        return -1 if found is None else found.pending

    def record(self) -> str:
        name = new_complaint_id(self.one.clock)
        self.one.do(Record(name, title="Jalan rusak", channel="telepon", area=f"{ONE}.1001"))
        return name


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with ExitStack() as ending:
        centre, one = Post(tmp_path / "centre"), Post(tmp_path / "one")
        ending.callback(centre.close)
        ending.callback(one.close)
        faults = FaultServer()
        ending.callback(faults.close)
        url = ending.enter_context(serving(centre))
        proxy = FaultProxy(int(url.rpartition(":")[2]))
        ending.callback(proxy.close)
        hub = one.begin(proxy.url)
        one.waiting.until(hub.settled)
        yield World(one, centre, hub, proxy, faults)


BIDS_WAIT = "503date"
"""Its Retry-After is honoured whatever a person asks, for a quarter of an hour at most."""
NAMES = [name for name in FaultServer.names() if name != BIDS_WAIT]
AT_ONCE = 7
PARTS = [NAMES[start : start + AT_ONCE] for start in range(0, len(NAMES), AT_ONCE)]


@pytest.mark.parametrize("step", ["_revs_diff", "_bulk_docs"])
@pytest.mark.parametrize(
    "names", [NAMES[start : start + AT_ONCE] for start in range(0, len(NAMES), AT_ONCE)], ids=" ".join
)
def test_a_change_waits_until_it_is_surely_there(world: World, names: list[str], step: str) -> None:
    for name in names:
        sent = answered_with(world, name, step)
        world.proxy.spoil = lambda _: ""
        world.hub.signed_in()  # also where it took an answer for a refusal to let us in
        world.one.waiting.until(lambda sent=sent: world.pending(sent) == 0 and not world.one.waits())
        assert world.centre.store.read.complaint(sent) is not None, name
        assert world.one.state().questions == (), name


@pytest.mark.parametrize("step", ["_revs_diff", "_bulk_docs"])
def test_a_server_that_bids_us_wait_is_left_alone(world: World, step: str) -> None:
    answered_with(world, BIDS_WAIT, step)
    # the long poll for news may have been on its way when the server bade us wait
    asked = [each for each in world.proxy.asked if "_db_updates" not in each]
    world.hub.now()
    world.one.waiting.until(lambda: world.one.state().trouble == "sync.away.held")
    assert [each for each in world.proxy.asked if "_db_updates" not in each] == asked


def answered_with(world: World, name: str, step: str) -> str:
    """What was recorded meanwhile, and waits now."""
    one, centre, proxy, faults = world.one, world.centre, world.proxy, world.faults
    one.waiting.until(lambda: world.hub.settled() and not one.waits())
    faults.released.clear()
    proxy.instead, before = (faults.port, name), proxy.instead_done
    proxy.counts.clear()
    proxy.spoil = lambda path: "instead" if path.endswith(step) else ""
    sent = world.record()
    one.waiting.until(lambda: proxy.counts["instead"] > 0)
    faults.released.set()  # what hangs comes to an end
    one.waiting.until(lambda: proxy.instead_done > before and not world.busy())
    here, there = one.store.read.complaint(sent), centre.store.read.complaint(sent)
    assert here is not None, name
    assert here.pending == 1, name
    # the question comes after the delivery, as its receipt
    assert (there is not None) is (step == "_revs_diff"), name
    assert one.waits() != [], name
    assert one.store.read.outbox().refused == 0, name
    return sent
