"""One connection by itself: what may be sent over it, and how long it is listened to."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from console.core.clock import TurnedClock
from sync.relay.answer import Answer
from sync.relay.stream import Stream


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(datetime(2026, 11, 21, tzinfo=UTC))


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    near = socket.create_server(("127.0.0.1", 0))
    far = socket.create_connection(near.getsockname(), 10)
    ours, _ = near.accept()
    near.close()
    yield ours, far
    ours.close()
    far.close()


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\0b"])
def test_a_header_is_one_header(ends: tuple[socket.socket, socket.socket], clock: TurnedClock, value: str) -> None:
    ours, far = ends
    with pytest.raises(ValueError, match="header"):
        Stream(ours, clock).answer(Answer(200, b"", {"X": value}), None, keep=False)
    ours.close()
    assert far.recv(100) == b""
