"""One exchange from a terminal: what it says, and by which code it ends."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from console.core.clock import SystemClock
from console.core.errors import Away, DiskTrouble, Refused
from console.core.replica import NotTaken
from console.store.files import atomic_write, load_phrases
from sync import hub_terminal, once
from sync.hub_server import Server
from sync.once import sync_once
from sync.peering import Pushed
from sync.relay import Account, Relay
from sync.replicate import Replicator
from tests.cities import small_pack
from tests.sync.centres import Centre
from tests.sync.fault_proxy import FaultProxy
from tests.sync.posts import SECRET, USER, Post, recorded, serving
from tests.sync.test_files_posts import known
from tests.sync.test_files_restored import attach, holds

PHRASES = load_phrases()


class HastyClock(SystemClock):
    """Waits are over at once."""

    def wait(self, until: threading.Event, timeout_s: float) -> bool:
        return until.wait(min(timeout_s, 0.001))


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Post]:
    post = Post(tmp_path / "centre")
    yield post
    post.close()


@pytest.fixture(autouse=True)
def in_the_invented_city(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (hub_terminal, once):
        monkeypatch.setattr(module, "pack_of", lambda folder: small_pack())


def exchanged(folder: Path, url: str, secret: str = SECRET) -> tuple[int, dict[str, Any]]:
    said: list[str] = []
    code = sync_once(
        folder, Server(url, USER), lambda server: secret, PHRASES, said.append, as_json=True, clock=HastyClock()
    )
    [line] = said
    return code, json.loads(line)


def test_all_that_is_here_and_all_that_is_there(tmp_path: Path, centre: Post) -> None:
    one, two = Post(tmp_path / "one"), tmp_path / "two"
    name = recorded(one)
    one.close()
    with serving(centre) as url:
        code, outcome = exchanged(tmp_path / "one", url)
        assert (code, outcome["pushed"], outcome["pulled"], outcome["waiting"]) == (
            0,
            4,
            0,
            0,
        )  # three, and how far the ledger goes
        assert centre.store.read.complaint(name) is not None
        code, outcome = exchanged(two, url)
        assert (code, outcome["refused"], outcome["conflicts"]) == (0, 0, 0)
        assert outcome["pulled"] >= 3
        code, outcome = exchanged(two, url)
        assert (code, outcome["pushed"], outcome["pulled"]) == (0, 0, 0)
    again = Post(two)
    assert again.store.read.complaint(name) is not None
    again.close()


def test_nobody_there(tmp_path: Path, centre: Post) -> None:
    with serving(centre) as url:
        pass
    code, outcome = exchanged(tmp_path / "one", url)
    assert code == 3
    assert outcome["troubles"][""] == "sync.away.refused"


def test_a_bad_link_is_tried_again(tmp_path: Path, centre: Post) -> None:
    one = Post(tmp_path / "one")
    recorded(one)
    one.close()
    with serving(centre) as url:
        proxy = FaultProxy(int(url.rpartition(":")[2]))
        lost = iter([True, False, True])
        proxy.spoil = lambda _: "drop_after" if next(lost, False) else ""
        code, outcome = exchanged(tmp_path / "one", proxy.url)
        proxy.close()
    assert (code, outcome["pushed"], outcome["troubles"]) == (0, 4, {})


@pytest.mark.parametrize("secret", ["", "salah-salah-salah"])
def test_not_let_in(tmp_path: Path, centre: Post, secret: str) -> None:
    with serving(centre) as url:
        code, outcome = exchanged(tmp_path / "one", url, secret)
    assert code == 4
    assert len(outcome["troubles"]) == 1


def test_another_centre_is_a_question(tmp_path: Path, centre: Post) -> None:
    other = Post(tmp_path / "other")
    with ExitStack() as ending:
        ending.callback(other.close)
        url = ending.enter_context(serving(centre))
        second = ending.enter_context(serving(other))
        proxy = FaultProxy(int(url.rpartition(":")[2]))
        ending.callback(proxy.close)
        assert exchanged(tmp_path / "one", proxy.url)[0] == 0
        proxy.upstream = int(second.rpartition(":")[2])
        code, outcome = exchanged(tmp_path / "one", proxy.url)
    assert code == 5
    assert len(outcome["questions"]) == 4


def test_what_was_refused_before_still_waits_for_a_person(tmp_path: Path, centre: Post) -> None:
    one = Post(tmp_path / "one")
    recorded(one)
    shelf = one.shelf()
    [place] = one.waits()
    offered = shelf.offers(place, most=100, most_bytes=1 << 20)
    shelf.close()
    refused = [NotTaken(each.revision.doc, each.revision.rev, "sync.exchange.forbidden", {}) for each in offered]
    one.keeper.write(lambda store, _: (None, store.replica.settle(place, [], refused))).result(20)
    one.close()
    with serving(centre) as url:
        for _ in range(2):
            code, outcome = exchanged(tmp_path / "one", url)
            assert (code, outcome["refused"], outcome["waiting"], outcome["troubles"]) == (5, 1, 0, {})


def test_what_still_waits_is_not_all_exchanged(tmp_path: Path, centre: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sent, and the centre does not say yet that it holds it."""
    one = Post(tmp_path / "one")
    recorded(one)
    one.close()
    monkeypatch.setattr(Replicator, "push", lambda _: Pushed(doubted=2))
    with serving(centre) as url:
        code, outcome = exchanged(tmp_path / "one", url)
    assert (code, outcome["waiting"], outcome["troubles"]) == (3, 1, {})


def test_a_place_that_is_not_open_to_us_keeps_no_other_from_its_turn(tmp_path: Path, centre: Post) -> None:
    one = Post(tmp_path / "one")
    name = recorded(one)
    first, *others = (each.place for each in once.followed(small_pack(), ""))
    one.close()
    account = Account.made(USER, SECRET, writes=others)  # and none for files: there are none
    relay = Relay(
        centre.keeper, centre.shelf, centre.clock, profile=centre.profile, accounts=[account], places=[first, *others]
    )
    try:
        code, outcome = exchanged(tmp_path / "one", f"http://127.0.0.1:{relay.start()}")
    finally:
        relay.stop()
    assert (code, outcome["troubles"]) == (4, {first: "sync.denied"})
    assert centre.store.read.complaint(name) is not None and outcome["pushed"] == 2


def test_it_does_not_wait_once_more_after_the_last_try(
    tmp_path: Path, centre: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []
    waited: list[float] = []

    def away(_run: object, place: str, *, reads: bool) -> None:
        tried.append(place)
        raise Away("sync.away.server", retry_after_s=600)

    def wait(clock: SystemClock, until: threading.Event, timeout_s: float) -> bool:
        waited.append(timeout_s)
        return until.is_set()

    monkeypatch.setattr(once._Run, "_visit", away)
    monkeypatch.setattr(HastyClock, "wait", wait)
    with serving(centre) as url:
        code, _ = exchanged(tmp_path / "one", url)
    assert code == 3
    places = len(set(tried))
    assert len(tried) == places * once.TRIES
    assert len([each for each in waited if each >= 600]) == places * (once.TRIES - 1)


def test_photos_go_with_their_bytes_and_come(tmp_path: Path, centre: Post) -> None:
    one = Post(tmp_path / "one")
    known(one)
    file = attach(one, 1)
    one.close()
    with serving(centre) as url:
        code, outcome = exchanged(tmp_path / "one", url)
        assert (code, outcome["refused"], outcome["waiting"]) == (0, 0, 0)
        assert holds(centre, file) == 4
        assert exchanged(tmp_path / "two", url)[0] == 0
    two = Post(tmp_path / "two")
    assert holds(two, file) == 4
    two.close()


def test_a_centre_set_back_is_told(tmp_path: Path) -> None:
    folder, said = tmp_path / "one", list[str]()
    with ExitStack() as ending:
        centre = Centre(tmp_path / "behind", ending)
        assert exchanged(folder, centre.proxy.url)[0] == 0
        centre.copy(tmp_path / "copy")
        one = Post(folder)
        recorded(one)
        one.close()
        code, outcome = exchanged(folder, centre.proxy.url)
        assert (code, outcome["happened"]) == (0, [])
        for as_json in (True, False):
            centre.stop()
            centre.set_back(tmp_path / "copy")
            centre.start()
            if as_json:
                [happened] = exchanged(folder, centre.proxy.url)[1]["happened"]
                assert happened["says"] == "sync.happened.restored"
                assert happened["given"] >= 1
            else:
                sync_once(folder, Server(centre.proxy.url, USER), lambda _: SECRET, PHRASES, said.append)
    assert any("pusat kembali ke salinan yang lebih lama" in line and "—" not in line for line in said)


def test_a_sentence_instead_of_json(tmp_path: Path, centre: Post) -> None:
    said: list[str] = []
    with serving(centre) as url:
        assert sync_once(tmp_path / "one", Server(url, USER), lambda _: SECRET, PHRASES, said.append) == 0
    assert said[0].startswith(f"{url}: 0 diterima")


def test_what_cannot_begin_says_why(tmp_path: Path, centre: Post) -> None:
    with pytest.raises(Refused) as caught:
        sync_once(tmp_path / "one", None, lambda _: "", PHRASES, print)
    assert caught.value.says == "sync.once.no_hub"
    with pytest.raises(DiskTrouble):
        sync_once(centre.folder, Server("http://127.0.0.1:9"), lambda _: "", PHRASES, print)


def test_the_settings_name_the_server(tmp_path: Path, centre: Post) -> None:
    folder = tmp_path / "one"
    folder.mkdir()
    with serving(centre) as url:
        atomic_write(folder / "settings.toml", f'"hub.url" = "{url}/"\n"hub.user" = "{USER}"\n'.encode())
        asked: list[Server] = []

        def secret(server: Server) -> str:
            asked.append(server)
            return SECRET

        assert sync_once(folder, None, secret, PHRASES, print) == 0
    assert (asked[0].url, asked[0].user) == (url, USER)
