"""What holds for every test: no screen, no home folder, no network but loopback, nothing left behind.

Complaints of Qt fail the test they happen in by `qt_log_level_fail` (pyproject.toml), warnings of Python by
`filterwarnings = error`.
"""

from __future__ import annotations

import atexit
import ipaddress
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import settings

# Before anything reads them: Qt, keyring, platform folders and every child process take these from the environment.
_HOME = Path(tempfile.mkdtemp(prefix="kendali-test-home-"))
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)
os.environ.update(
    {
        "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "HOME": str(_HOME),
        "USERPROFILE": str(_HOME),
        "APPDATA": str(_HOME / "roaming"),
        "LOCALAPPDATA": str(_HOME / "local"),
        "XDG_DATA_HOME": str(_HOME / "data"),
        "XDG_CONFIG_HOME": str(_HOME / "config"),
        "XDG_CACHE_HOME": str(_HOME / "cache"),
        "XDG_STATE_HOME": str(_HOME / "state"),
        "NO_PROXY": "*",
    }
)
for _name in ("DISPLAY", "WAYLAND_DISPLAY", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
    os.environ.pop(_name, None)

# The same chance on every machine; `make nightly` looks further, with a new seed each time.
settings.register_profile("quick", derandomize=True, database=None, deadline=None, max_examples=60)
settings.register_profile("nightly", database=None, deadline=None, max_examples=2000)
settings.load_profile("nightly" if os.environ.get("KENDALI_NIGHTLY") else "quick")

_outside: list[str] = []


def _inside(host: object) -> bool:
    """True for loopback, an unset host and a local socket's path."""
    if host in (None, "", b"", "localhost", b"localhost"):
        return True
    text = host.decode() if isinstance(host, bytes) else str(host)
    try:
        address = ipaddress.ip_address(text.split("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _watch(event: str, args: tuple[Any, ...]) -> None:
    """Audit hook: the one place that sees each connection and each look-up of a name, whoever makes it."""
    if event in ("socket.connect", "socket.sendto"):
        address = args[1]
        if not isinstance(address, tuple) or _inside(address[0]):
            return
    elif event == "socket.getaddrinfo":
        if _inside(args[0]):
            return
        address = args[:2]
    else:
        return
    _outside.append(f"{event} {address}")
    raise AssertionError(f"a test reached for the network: {event} {address}")


sys.addaudithook(_watch)


def _threads() -> set[threading.Thread]:
    """Threads that Python started. Those of Qt that once ran Python are seen as dummies, and end with their owner."""
    return {each for each in threading.enumerate() if not isinstance(each, threading._DummyThread)}


def _children() -> set[psutil.Process]:
    return set(psutil.Process().children(recursive=True))


def _told(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return f"process {process.pid}"


@pytest.fixture(autouse=True)
def _nothing_left_behind() -> Iterator[None]:
    """A thread or process that outlives its test, and an attempt to reach the network, fail that test."""
    threads, children = _threads(), _children()
    del _outside[:]
    yield
    until = time.monotonic() + 3
    for thread in _threads() - threads:
        thread.join(max(0.0, until - time.monotonic()))
    alive = [each.name for each in _threads() - threads if each.is_alive()]
    gone = _children() - children
    if gone:
        _, gone = psutil.wait_procs(gone, timeout=max(0.0, until - time.monotonic()))
        for process in gone:
            process.kill()
    left = [f"thread {name}" for name in alive] + [f"process {_told(each)}" for each in gone]
    assert not left, f"left behind: {left}"
    assert not _outside, f"reached for the network: {_outside}"


@pytest.fixture
def reached_outside() -> list[str]:
    """What the test tried to reach so far; the test of the guard itself empties it."""
    return _outside


@pytest.fixture
def ending(tmp_path: Path) -> Iterator[ExitStack]:
    """What is to end with the test. It asks for the folder, which has to outlive what runs in it."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def shared_data() -> Path:
    """The folder of recorded real answers; where it is absent the test is skipped."""
    folder = Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("recorded real answers are not on this machine")
    return folder
