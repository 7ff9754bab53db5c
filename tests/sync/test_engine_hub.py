"""The engine with a centre: it finds it, tells of it, asks for a secret, and practises without it."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from console.commands.intake import Record, new_complaint_id
from console.core.clock import SystemClock
from console.core.records import HubState, Kind
from console.store.files import atomic_write
from console.store.read import Read
from sync.credentials import Credentials
from sync.wire import Limits, Wire
from tests.cities import ONE, small_pack
from tests.sync.posts import PACE, SECRET, USER, Post, serving
from tests.sync.stand_ins import a_city
from tests.sync.test_credentials import MemoryRing
from tests.sync.test_engine import Running


@pytest.fixture
def centre(tmp_path: Path, ending: ExitStack) -> Post:
    post = Post(tmp_path / "centre")
    ending.callback(post.close)
    return post


class Engine(Running):
    """An engine whose wire reaches this machine."""

    def __init__(self, folder: Path, ring: MemoryRing | None = None, **settings: str) -> None:
        folder.mkdir(exist_ok=True)
        lines = [f'"{name.replace("__", ".")}" = "{value}"' for name, value in settings.items()]
        atomic_write(folder / "settings.toml", "\n".join(lines).encode())
        clock = SystemClock()
        wire = Wire(clock, agent="t", limits=Limits(deadline_s=20, connect_s=5))
        given = {"credentials": Credentials(lambda: ring), "pace": PACE}
        super().__init__(folder, wire, pack=a_city(small_pack()), clock=clock, given=given)

    def hub(self) -> HubState:
        read = Read.open(self.profile)
        try:
            return read.hub() or HubState("", None)
        finally:
            read.close()

    def hub_stands(self, condition: Any) -> HubState:
        """Wait until the hub stands so."""
        while not condition(self.hub()):
            self.until("changes", lambda values: Kind.HUB in values["kinds"])
        return self.hub()

    def record(self) -> str:
        name = new_complaint_id(self.clock)
        receipt = self.receipt(self.do(Record(name, title="Lampu mati", channel="telepon", area=f"{ONE}.1001")))
        assert receipt.outcome == "taken"
        return name


def test_without_a_centre_it_says_so(tmp_path: Path) -> None:
    on = Engine(tmp_path / "p")
    on.hub_stands(lambda state: True)
    on.record()
    assert on.hub() == HubState("", None)
    assert on.hang_up() == 0


def test_the_embedded_centre_is_used_with_the_secret_of_this_run(tmp_path: Path, centre: Post) -> None:
    ring = MemoryRing()
    with serving(centre) as url:
        on = Engine(tmp_path / "p", ring)
        on.send("centre", address="", hub={"port": int(url.rpartition(":")[2]), "user": USER, "secret": SECRET})
        name = on.record()
        centre.waiting.until(lambda: centre.store.read.complaint(name) is not None)
        state = on.hub_stands(lambda state: state.places_done == state.places > 0)
        assert state.url == url
        assert on.hang_up() == 0
    assert ring.kept == {}
    assert SECRET not in (on.profile.folder / "engine.log").read_text("utf-8")


def test_a_secret_is_asked_for_and_then_kept(tmp_path: Path, centre: Post) -> None:
    ring = MemoryRing()
    with serving(centre) as url:
        on = Engine(tmp_path / "p", ring, hub__url=url, hub__user=USER)
        on.hub_stands(lambda state: state.trouble == "sync.hub.no_secret")
        on.send("sign_in", user=USER, secret="salah-salah-salah")
        on.hub_stands(lambda state: state.trouble == "sync.hub.denied")
        on.send("sign_in", user="", secret=SECRET)
        on.hub_stands(lambda state: state.trouble == "" and state.places_done == state.places)
        assert on.hang_up() == 0
        assert list(ring.kept.values()) == [SECRET]
        again = Engine(tmp_path / "p", ring, hub__url=url, hub__user=USER)
        again.hub_stands(lambda state: state.trouble == "" and state.last_good_at is not None)
        assert again.hang_up() == 0


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://10.1.2.3:5984", "sync.hub.clear"),
        ("ftp://hub.invalid", "sync.url.scheme"),
        ("https://sari:x@hub.invalid", "sync.url.login"),
    ],
)
def test_an_address_that_cannot_be_is_told_and_all_else_goes_on(tmp_path: Path, url: str, says: str) -> None:
    on = Engine(tmp_path / "p", hub__url=url, hub__user=USER)
    assert on.hub_stands(lambda state: state.trouble != "").trouble == says
    on.record()
    assert on.hang_up() == 0


def test_a_rehearsal_tells_what_worked_and_what_waited(tmp_path: Path, centre: Post) -> None:
    with serving(centre) as url:
        on = Engine(tmp_path / "p", hub__url=url, hub__user=USER)
        on.send("sign_in", user="", secret=SECRET)
        on.hub_stands(lambda state: state.places_done == state.places > 0)
        # Long enough that a busy machine looks while it is cut.
        on.send("rehearse", seconds=12)
        on.hub_stands(lambda state: state.trouble == "sync.cut")
        names = [on.record(), on.record()]
        on.send("rehearse", seconds=60)
        report = on.until("rehearsed")
        assert (report["deeds"], report["refused"], report["early"]) == (2, 0, False)
        assert report["waited"] >= 2
        assert (report["left"], report["sources"]) == (0, 1)
        assert report["sent_s"] is not None
        assert 12 <= report["seconds"] < 60
        assert all(centre.store.read.complaint(name) for name in names)
        assert on.hang_up() == 0


def test_a_rehearsal_ends_when_a_person_joins(tmp_path: Path) -> None:
    on = Engine(tmp_path / "p")
    on.send("rehearse", seconds=600)
    on.record()
    on.send("cut", cut=False)
    report = on.until("rehearsed")
    assert report["early"]
    assert report["deeds"] == 1
    assert on.hang_up() == 0
