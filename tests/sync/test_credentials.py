"""Secrets live in the machine's keyring or in memory, and nowhere else."""

from __future__ import annotations

import threading
from pathlib import Path

import keyring
import pytest
from keyring.backends.chainer import ChainerBackend
from keyring.backends.fail import Keyring as FailRing
from keyring.backends.null import Keyring as NullRing
from keyring.errors import KeyringLocked

from sync.credentials import SERVICE, Credentials, system_ring, trusted

HUB = "https://hub.invalid:6984"


class MemoryRing:
    """A keyring that keeps what it is given."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


class LockedRing(MemoryRing):
    """One that nobody opens; its complaint tells too much."""

    asked = 0

    def get_password(self, service: str, username: str) -> str | None:
        LockedRing.asked += 1
        raise KeyringLocked("rahasia")

    set_password = get_password  # type: ignore[assignment]


class ForgetfulRing(MemoryRing):
    """Takes everything and keeps nothing."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Gone."""


class PlaintextKeyring(MemoryRing):
    """Named as the library's own that writes plain text."""


def test_what_is_kept_is_there_after_a_new_start() -> None:
    ring = MemoryRing()
    assert Credentials(lambda: ring).keep(HUB, "posko", "rahasia")
    again = Credentials(lambda: ring)
    assert again.durable
    assert again.secret(HUB + "/", "posko") == "rahasia"
    assert again.secret(HUB, "lain") == ""
    assert again.secret("https://other.invalid", "posko") == ""
    assert ring.kept == {(SERVICE, f"posko@{HUB}"): "rahasia"}


def test_a_secret_may_be_for_this_run_alone() -> None:
    ring = MemoryRing()
    known = Credentials(lambda: ring)
    assert not known.keep(HUB, "posko", "rahasia", durably=False)
    assert known.secret(HUB, "posko") == "rahasia"
    assert not ring.kept


@pytest.mark.parametrize("ring", [NullRing(), FailRing(), PlaintextKeyring(), None, LockedRing(), ForgetfulRing()])
def test_without_a_keyring_worth_the_name_it_is_memory(ring: MemoryRing | None) -> None:
    known = Credentials(lambda: ring)
    assert not known.keep(HUB, "posko", "rahasia")
    assert known.secret(HUB, "posko") == "rahasia"
    assert Credentials(lambda: ring).secret(HUB, "posko") == ""


def test_a_keyring_that_fails_is_not_asked_again() -> None:
    LockedRing.asked = 0
    known = Credentials(LockedRing)
    for _ in range(3):
        assert known.secret(HUB, "posko") == ""
    assert LockedRing.asked == 1
    assert not known.durable


def test_one_that_is_silent_holds_up_nobody_for_long() -> None:
    silent = threading.Event()

    class SilentRing(MemoryRing):
        def get_password(self, service: str, username: str) -> str | None:
            silent.wait(10)
            return "late"

    known = Credentials(SilentRing, patience_s=0.05)
    assert known.secret(HUB, "posko") == ""
    assert not known.durable
    silent.set()


def test_which_backends_are_trusted() -> None:
    assert not trusted(NullRing())
    assert not trusted(FailRing())
    assert not trusted(PlaintextKeyring())
    alternative = type("EncryptedKeyring", (), {"__module__": "keyrings.alt.file"})
    assert not trusted(alternative())
    assert trusted(MemoryRing())


def test_a_chain_is_as_good_as_its_first_trusted_link(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = type("PlaintextKeyring", (), {"__module__": "keyrings.alt.file"})()
    good = MemoryRing()
    chain = ChainerBackend()
    monkeypatch.setattr(ChainerBackend, "backends", [plain, good])
    monkeypatch.setattr(keyring, "get_keyring", lambda: chain)
    assert system_ring() is good
    monkeypatch.setattr(ChainerBackend, "backends", [plain])
    assert system_ring() is None


def test_nothing_is_written_to_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    known = Credentials(lambda: NullRing())
    known.keep(HUB, "posko", "rahasia")
    assert not list(tmp_path.rglob("*"))
