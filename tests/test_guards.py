"""The guards of the suite are tests too: what they promise is tried here."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from PySide6.QtCore import qWarning


def test_the_network_is_out_of_reach(reached_outside: list[str]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        with pytest.raises(AssertionError, match="reached for the network"):
            wire.connect(("192.0.2.1", 9))
    with pytest.raises(AssertionError, match="reached for the network"):
        socket.getaddrinfo("example.invalid", 80)
    assert len(reached_outside) == 2
    reached_outside.clear()


def test_loopback_is_in_reach() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(server.getsockname(), timeout=5) as wire:
            assert wire.getpeername()[0] == "127.0.0.1"


def test_no_test_sees_the_home_folder() -> None:
    assert "kendali-test-home-" in str(Path.home())
    assert "kendali-test-home-" in os.environ["XDG_DATA_HOME"]


@pytest.mark.xfail(strict=True, reason="a complaint of Qt fails the test it happens in")
def test_a_complaint_of_qt_is_a_failure() -> None:
    qWarning(b"something is wrong")
