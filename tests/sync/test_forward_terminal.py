"""`forward list, send, look` and `feed key`: a post without a window hands on, and a key lies in the keyring alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from console.core.clock import SystemClock, TurnedClock
from console.core.errors import Refused
from console.core.people_notes import PersonWish, Wish
from console.store import slips
from console.store.files import Profile, load_phrases
from console.store.own_feeds import add, checked
from console.store.store import Store
from sync.centre.filing import DEMO_KEY, Mood
from sync.centre.server import CentreServer
from sync.chosen import pack_of
from sync.credentials import Credentials
from sync.forward_terminal import REFUSED, WAITS, Forwarder
from sync.own_terminal import feed_key
from sync.people_terminal import hand_on
from sync.tokens import account
from sync.wire import Wire
from tests.store.conftest import batch, said
from tests.sync.centre.conftest import NOON, town
from tests.sync.conftest import LIMITS
from tests.sync.test_credentials import MemoryRing

PHRASES = load_phrases("id")
ONE = "uji:000001"
SECRET = "kata sandi yang panjang"


class Post:
    """A profile with one complaint and a target, and no window."""

    def __init__(self, folder: Path, server: CentreServer, clock: TurnedClock) -> None:
        self.folder, self.clock = folder, clock
        self.lines: list[str] = []
        profile = Profile.at(folder)
        values = {
            "id": "tujuan",
            "kind": "open311",
            "title": {"id": "Tujuan", "en": "Target"},
            "address": f"http://127.0.0.1:{server.port}/open311/v2",
            "cadence_s": 60.0,
            "stale_after_s": 600.0,
            "options": {"post": "yes"},
            "allow_private": True,
        }
        add(profile, checked(values))
        store = Store.open(profile, clock, pack_of(profile))
        store.take(batch(said(1)))
        store.close()
        self.credentials = Credentials(lambda: None)
        self.credentials.keep(str(values["address"]), account("tujuan"), DEMO_KEY)

    def at(self, login: str = "", secret: str = "") -> Forwarder:
        self.lines.clear()
        return Forwarder(
            self.folder,
            PHRASES,
            self.lines.append,
            lambda _asks: secret,
            login,
            "os:dina",
            self.clock,
            self.credentials,
            Wire(SystemClock(), agent="kendali-test", limits=LIMITS),
        )

    def send(self, login: str = "", secret: str = "", **more: Any) -> int:
        given = {"text": "", "attributes": (), "again": False, **more}
        return self.at(login, secret).send(ONE, "tujuan", "003", **given)


@pytest.fixture
def server() -> Iterator[CentreServer]:
    server = CentreServer(0, town(), TurnedClock(NOON))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def post(tmp_path: Path, server: CentreServer) -> Post:
    return Post(tmp_path / "pos", server, TurnedClock(NOON, seed=2))


def test_a_post_hands_on_lists_and_does_not_hand_on_twice(post: Post, server: CentreServer) -> None:
    assert post.send() == 0
    assert "nomor PRG-000001" in post.lines[0]
    assert "Jalan berlubang nomor 1" in str(server.filed.kept[0].row["description"])
    with pytest.raises(Refused, match="before"):
        post.send()
    assert post.send(again=True) == 0
    assert post.at().listed() == 0
    assert [line.split("\t")[:4] for line in post.lines] == [
        ["taken", "tujuan", number, ONE] for number in ("PRG-000002", "PRG-000001")
    ]
    assert post.at().look() == 0
    assert post.lines == ["Tidak ada penerusan yang menunggu."]


def test_what_is_not_sure_is_found_by_looking(post: Post, server: CentreServer) -> None:
    server.filed.moods.append(Mood.LOST)
    assert post.send() == REFUSED
    assert "Belum pasti" in post.lines[0]
    server.clock.turn(60)
    post.clock.turn(60)
    assert post.at().look() == 0
    assert "PRG-000001" in post.lines[0]
    assert len(server.filed.kept) == 1


def test_what_cannot_leave_waits_and_says_why(post: Post) -> None:
    post.credentials = Credentials(lambda: None)
    assert post.send() == WAITS
    assert "feed key tujuan" in post.lines[0]


def test_what_is_not_there_is_refused(post: Post) -> None:
    with pytest.raises(Refused, match="absent"):
        post.at().send("uji:9", "tujuan", "003", text="", attributes=(), again=False)
    with pytest.raises(Refused, match="no_target"):
        post.at().send(ONE, "lain", "003", text="", attributes=(), again=False)


def test_where_persons_are_known_whoever_hands_on_signs_in(post: Post) -> None:
    with hand_on(post.folder, post.clock) as hand:
        hand.ask(PersonWish("", Wish.FIRST, login="dewi", name="Dewi", secret=SECRET))
        hand.sign_out()
    with pytest.raises(Refused, match="no_account"):
        post.send()
    with pytest.raises(Refused):
        post.send("dewi", "salah sama sekali")


def test_a_key_is_kept_in_the_keyring_and_named_in_the_ledger_without_it(post: Post) -> None:
    drawer = MemoryRing()
    told: list[str] = []

    def key(source: str, secret: str, ring: Any = drawer) -> int:
        known = Credentials(lambda: ring)
        more: dict[str, Any] = {"who": "os:dina", "clock": post.clock, "credentials": known}
        return feed_key(post.folder, source, secret, told.append, PHRASES, **more)

    assert key("tujuan", "rahasia-sekali") == 0
    address = next(each.address for each in pack_of(Profile(post.folder)).feeds if each.id == "tujuan")
    assert Credentials(lambda: drawer).secret(address, account("tujuan")) == "rahasia-sekali"
    assert key("tujuan", "") == 0
    assert Credentials(lambda: drawer).secret(address, account("tujuan")) == ""
    with pytest.raises(Refused, match="no_target"):
        key("lain", "x")
    with pytest.raises(Refused, match="no_keyring"):
        key("tujuan", "x", None)
    assert "rahasia-sekali" not in "".join(told)
    assert len(slips.waiting(Profile(post.folder))) == 2
    for path in post.folder.rglob("*"):
        assert not path.is_file() or b"rahasia-sekali" not in path.read_bytes()
