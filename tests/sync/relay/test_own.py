"""A console's own relay: off by default, over TLS with a key of its own, and what stands in its way is told."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from hashlib import sha256
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any

import pytest

from console.core.errors import Refused
from console.core.phrases import Phrases
from console.core.settings import declared, read_settings
from console.store.files import Profile, load_phrases, resource
from sync.credentials import Credentials
from sync.relay import terminal
from sync.relay.own import OwnRelay, accounts_of, city_places, key_of
from tests.sync.posts import Post
from tests.sync.relay.conftest import basic
from tests.sync.test_credentials import LockedRing, MemoryRing


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    post = Post(tmp_path / "p")
    yield post
    post.close()


@pytest.fixture
def phrases() -> Phrases:
    return load_phrases()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Told:
    """What the engine would have told."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, Any]] = []

    def tell(self, what: str, **values: Any) -> None:
        self.lines.append((what, values))

    def trouble(self, says: str, values: Any) -> None:
        self.lines.append((says, values))


def own(post: Post, told: Told, ring: MemoryRing | None, *, port: int, address: str = "127.0.0.1") -> OwnRelay:
    raw = f'"relay.port" = {port}\n"relay.address" = "{address}"\n'.encode()
    settings, faults = read_settings(declared(resource("settings.toml")), raw, "settings.toml")
    assert not faults
    return OwnRelay(
        post.profile,
        post.keeper,
        post.pack,
        settings,
        post.clock,
        credentials=Credentials(lambda: ring),
        console="konsol-1",
        tell=told.tell,
        trouble=told.trouble,
    )


def test_it_is_off_by_default(post: Post) -> None:
    told = Told()
    settings, _ = read_settings(declared(resource("settings.toml")), b"", "settings.toml")
    assert settings["relay.port"] == 0
    relay = own(post, told, None, port=0)
    relay.start()
    relay.stop()
    assert told.lines == []


def test_without_accounts_nobody_is_served(post: Post) -> None:
    told = Told()
    relay = own(post, told, None, port=free_port())
    relay.start()
    assert [says for says, _ in told.lines] == ["relay.no_accounts"]
    (post.profile.folder / "relay-accounts.json").write_bytes(b"{")
    relay.start()
    assert told.lines[-1][0] == "relay.accounts_unsound"
    relay.stop()


def test_accounts_are_made_listed_and_dropped(tmp_path: Path, phrases: Phrases) -> None:
    said: list[str] = []
    assert terminal.add(tmp_path, "pos-1", phrases, said.append, reads=["a*"], writes=[]) == 0
    assert terminal.add(tmp_path, "pos-2", phrases, said.append, reads=[], writes=[]) == 0
    with pytest.raises(Refused):
        terminal.add(tmp_path, "pos-1", phrases, said.append, reads=[], writes=[])
    first, second = accounts_of(Profile.at(tmp_path))
    assert not first.may_write("ab")
    assert second.may_write("anything")
    secret = next(word for word in said[1].split() if len(word.strip(".")) == 40).strip(".")
    assert second.knows(secret)
    assert secret.encode() not in (tmp_path / "relay-accounts.json").read_bytes()
    said.clear()
    terminal.listed(tmp_path, phrases, said.append)
    assert said[:2] == ["pos-1\tmembaca a*\tmenulis -", "pos-2\tmembaca -\tmenulis *"]
    terminal.drop(tmp_path, "pos-1", phrases, said.append)
    assert [each.name for each in accounts_of(Profile.at(tmp_path))] == ["pos-2"]
    with pytest.raises(Refused):
        terminal.drop(tmp_path, "pos-1", phrases, said.append)


@pytest.mark.parametrize(
    ("address", "told"),
    [("0.0.0.0", "porta 6985"), ("10.0.0.7", "https://10.0.0.7:6985"), ("fd00::7", "https://[fd00::7]:6985")],
)
def test_the_list_tells_address_and_fingerprint(tmp_path: Path, phrases: Phrases, address: str, told: str) -> None:
    said: list[str] = []
    terminal.listed(tmp_path, phrases, said.append)
    assert "settings set relay.port" in said[0]
    assert said[1] == phrases.say("relay.no_key")
    (tmp_path / "settings.toml").write_text(f'"relay.port" = 6985\n"relay.address" = "{address}"\n', "utf-8")
    ring = MemoryRing()
    key, lasting = key_of(tmp_path, Credentials(lambda: ring), "konsol")
    assert lasting
    said.clear()
    terminal.listed(tmp_path, phrases, said.append)
    assert told in said[0]
    assert key.fingerprint in said[1]
    (tmp_path / "relay-key.pem").write_bytes(b"rusak")
    terminal.listed(tmp_path, phrases, said.append)
    assert said[-1] == phrases.say("relay.no_key")


def test_it_serves_the_city_over_tls(post: Post, phrases: Phrases) -> None:
    said: list[str] = []
    terminal.add(post.profile.folder, "pos-1", phrases, said.append, reads=[], writes=[])
    secret = next(word for word in said[0].split() if len(word.strip(".")) == 40).strip(".")
    told, ring, port = Told(), MemoryRing(), free_port()
    relay = own(post, told, ring, port=port)
    relay.start()
    [(says, values)] = told.lines
    assert (says, values["port"]) == ("relay.on", port)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    connection = HTTPSConnection("127.0.0.1", port, timeout=10, context=context)
    for place in city_places(post.pack):
        connection.request("GET", f"/{place}", headers={"Authorization": basic("pos-1", secret)})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
    assert sha256(connection.sock.getpeercert(binary_form=True)).hexdigest() == values["state"]
    connection.close()
    relay.stop()
    relay.stop()


def test_the_key_stays_only_where_there_is_a_keyring(tmp_path: Path) -> None:
    ring = MemoryRing()
    first, lasting = key_of(tmp_path, Credentials(lambda: ring), "konsol-1")
    again, _ = key_of(tmp_path, Credentials(lambda: ring), "konsol-1")
    assert lasting
    assert first.fingerprint == again.fingerprint
    fresh, lasting = key_of(tmp_path, Credentials(lambda: None), "konsol-1")
    assert not lasting
    assert fresh.fingerprint != first.fingerprint


def test_a_port_that_is_taken_is_told(post: Post, phrases: Phrases) -> None:
    terminal.add(post.profile.folder, "pos-1", phrases, [].append, reads=[], writes=[])
    told = Told()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        relay = own(post, told, None, port=taken.getsockname()[1])
        relay.start()
    relay.stop()
    assert [says for says, _ in told.lines] == ["centre.port"]


@pytest.mark.parametrize("address", ["localhost", "", "10.0.0", "pos-1.example"])
def test_an_address_that_is_none_is_told_and_stops_nothing_else(post: Post, phrases: Phrases, address: str) -> None:
    terminal.add(post.profile.folder, "pos-1", phrases, [].append, reads=[], writes=[])
    told, before = Told(), post.keeper.on_changes
    relay = own(post, told, None, port=free_port(), address=address)
    relay.start()
    relay.stop()
    assert told.lines == [("relay.address_bad", {"address": address})]
    assert post.keeper.on_changes == before


def test_a_keyring_that_is_locked_today_opens_the_same_key_tomorrow(tmp_path: Path) -> None:
    ring = MemoryRing()
    first, _ = key_of(tmp_path, Credentials(lambda: ring), "konsol-1")
    locked = Credentials(LockedRing)
    for _ in range(2):
        other, lasting = key_of(tmp_path, locked, "konsol-1")
        assert not lasting
        assert other.fingerprint != first.fingerprint
    again, lasting = key_of(tmp_path, Credentials(lambda: ring), "konsol-1")
    assert (again.fingerprint, lasting) == (first.fingerprint, True)
    assert [each.name for each in tmp_path.iterdir()] == ["relay-key.pem"]
