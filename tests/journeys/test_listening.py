"""Nobody can knock: screen and engine listen nowhere; the demo's centre and a relay that was asked for listen where it
is said, and nowhere else."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from console.commands import seal
from console.commands.triage import Verify
from console.core import notes
from console.core.clock import SystemClock
from console.core.records import ComplaintId
from console.shell.preferences import Preferences
from console.store.files import Profile
from sync.relay.accounts import Account
from sync.relay.own import keep_accounts
from tests.journeys.test_console import SOON_MS, Opened, opened, profile, recording
from tests.listeners import listening
from tests.tree import ROOT

__all__ = ["opened", "profile", "recording"]

pytestmark = pytest.mark.skipif(not Path("/proc/net/tcp").is_file(), reason="needs /proc/net")


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6, socket.AF_UNIX], ids=["v4", "v6", "local"])
def test_one_who_listens_is_found(family: socket.AddressFamily, tmp_path: Path) -> None:
    """Else nothing below would prove anything."""
    before = listening(os.getpid())
    place = {socket.AF_INET: ("127.0.0.1", 0), socket.AF_INET6: ("::1", 0), socket.AF_UNIX: str(tmp_path / "s")}[family]
    with socket.socket(family) as sock:
        try:
            sock.bind(place)
        except OSError:
            pytest.skip("this machine has none of that kind")
        assert listening(os.getpid()) == before, "bound is not yet listening"
        sock.listen()
        (found,) = listening(os.getpid()) - before
        assert found.startswith(("127.0.0.1:", "::1:", str(tmp_path)))


def test_screen_and_engine_listen_nowhere(opened: Opened, qtbot: QtBot) -> None:
    before = listening(os.getpid())
    station = opened(centre=False)
    qtbot.waitUntil(lambda: station.processes.engine.pid > 0, timeout=SOON_MS)
    heard: list[object] = []
    station.processes.engine.hello.connect(heard.append)
    qtbot.waitUntil(lambda: bool(heard) or station.processes.connection._hello_at is not None, timeout=SOON_MS)
    assert listening(os.getpid()) - before == set()


def test_the_demos_centre_listens_on_this_machine_alone(opened: Opened, qtbot: QtBot) -> None:
    before = listening(os.getpid())
    station = opened()
    qtbot.waitUntil(lambda: len(listening(os.getpid()) - before) >= 2, timeout=SOON_MS)
    found = listening(os.getpid()) - before
    assert all(place.startswith("127.0.0.1:") for place in found), found
    assert listening(station.processes.engine.pid) == set(), "it is the centre's process, not the engine"


def engine(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, str(ROOT / "main.py"), "engine", "--notes", "--profile", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def until(process: subprocess.Popen[bytes], *names: str) -> str:
    """Read what it says until one of those notes."""
    assert process.stdout is not None
    for line in process.stdout:
        name, _ = notes.parse(line)
        if name in names:
            return name
    raise AssertionError("it ended before")


MOST_ASKED = 5_000


@pytest.mark.parametrize("relay", [False, True], ids=["off", "on"])
def test_a_relay_listens_where_it_was_asked_to_and_only_then(relay: bool, tmp_path: Path) -> None:
    made = Profile.at(tmp_path / "p")
    if relay:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        settings = Preferences(made)
        settings.change("relay.port", port)
        settings.change("relay.address", "127.0.0.1")
        keep_accounts(made, [Account.made("posko", "s" * 40, reads=("*",), writes=())])
    process = engine(made.folder)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        # it hears commands before a relay has its key from the keyring: asked again until that is open
        for _ in range(MOST_ASKED):
            envelope = seal(Verify(ComplaintId("uji:1")), SystemClock(), "Rani")
            process.stdin.write(notes.line("do", **notes.envelope_values(envelope)))
            process.stdin.flush()
            until(process, "receipt")
            if not relay or listening(process.pid):
                break
        assert listening(process.pid) == ({f"127.0.0.1:{port}"} if relay else set())
    finally:
        process.stdin.close()
        process.stdout.read()
        process.wait(30)
        process.stdout.close()
