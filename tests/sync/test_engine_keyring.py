"""A keyring that is silent holds up nobody: who waits for it waits alone."""

from __future__ import annotations

import threading

from console.store.files import Profile
from sync.credentials import Credentials
from sync.relay.accounts import Account
from sync.relay.own import keep_accounts
from tests.sync.relay.test_own import free_port
from tests.sync.stand_ins import TalkWire
from tests.sync.test_credentials import MemoryRing
from tests.sync.test_engine import EMPTY, Running
from tests.sync.test_engine_people import Desk


class SilentRing(MemoryRing):
    """Answers when it is let to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.answered = threading.Event(), threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        self.asked.set()
        self.answered.wait(60)
        return None


def test_persons_sign_in_while_a_relay_waits_for_its_key(tmp_path):
    profile, ring = Profile.at(tmp_path / "profile"), SilentRing()
    keep_accounts(profile, [Account.made("posko", "hujan turun di genteng")])
    settings = f'"relay.port" = {free_port()}\n"relay.address" = "127.0.0.1"\n'
    (profile.folder / "settings.toml").write_text(settings, "utf-8")
    given = {"credentials": Credentials(lambda: ring, patience_s=60)}
    on = Running(profile.folder, TalkWire({"ids": [1]}, EMPTY), given=given)
    assert ring.asked.wait(20)
    Desk(on).first()
    assert not ring.answered.is_set()
    ring.answered.set()
    on.engine.stop()
    on.ended()
