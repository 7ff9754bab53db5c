"""One connection by itself: what may be sent over it, and how long it is listened to."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import pytest

from console.core.clock import TurnedClock
from sync.relay.answer import Answer
from sync.relay.faults import Fault, Hangup
from sync.relay.request import Head
from sync.relay.stream import HEAD_S, PIECE_S, Stream
from sync.relay.waiting import BIG, Waiting


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


class Slow:
    """A socket over which a piece comes each second; nothing more is silence."""

    def __init__(self, clock: TurnedClock, pieces: Iterable[bytes]) -> None:
        self._clock = clock
        self._pieces = iter(pieces)
        self.patience_s = 0.0
        self.asked = 0

    def setsockopt(self, *_: int) -> None:
        """It needs none."""

    def settimeout(self, patience_s: float) -> None:
        self.patience_s = patience_s

    def recv(self, _: int) -> bytes:
        self.asked += 1
        self._clock.turn(1.0)
        piece = next(self._pieces, None)
        if piece is None:
            raise TimeoutError
        return piece


CHUNKED = Head("PUT", (), {}, {"transfer-encoding": "chunked"})


def test_a_body_in_chunks_is_as_slow_as_it_is_on_the_whole(clock: TurnedClock) -> None:
    chunk = b"1000\r\n" + b"x" * 4096 + b"\r\n"
    sock = Slow(clock, [*(chunk for _ in range(300)), b"0\r\n\r\n"])
    assert len(Stream(sock, clock).body(CHUNKED)) == 300 * 4096  # type: ignore[arg-type]
    thin = Slow(clock, [b"f0\r\n" + b"x" * 240 + b"\r\n" for _ in range(300)])
    with pytest.raises(Hangup):
        Stream(thin, clock).body(CHUNKED)  # type: ignore[arg-type]
    assert PIECE_S <= thin.asked <= PIECE_S + 2


def test_trailers_are_as_short_as_a_head(clock: TurnedClock) -> None:
    dripping = Slow(clock, [b"0\r\n", *(b"A: b\r\n" for _ in range(1000))])
    with pytest.raises(Hangup):
        Stream(dripping, clock).body(CHUNKED)  # type: ignore[arg-type]
    assert dripping.asked <= HEAD_S + 2
    flood = Slow(clock, [b"0\r\n", *(b"A: b\r\n" * 1000 for _ in range(1000))])
    with pytest.raises(Fault):
        Stream(flood, clock).body(CHUNKED)  # type: ignore[arg-type]
    assert flood.asked <= 8
    few = Slow(clock, [b"0\r\nA: b\r\n", b"C: d\r\n\r\n"])
    assert Stream(few, clock).body(CHUNKED) == b""  # type: ignore[arg-type]


def test_a_line_of_a_chunk_has_one_deadline(clock: TurnedClock) -> None:
    dripping = Slow(clock, [b"1\r\nx\r\n", b"1;", *(b"x" for _ in range(1000))])
    with pytest.raises((Hangup, Fault)):
        Stream(dripping, clock).body(CHUNKED)  # type: ignore[arg-type]
    assert dripping.asked <= PIECE_S + 2


def test_big_bodies_have_their_places_and_small_ones_need_none() -> None:
    waiting = Waiting(10 * BIG)
    with waiting.place() as one, waiting.place() as other:
        one(BIG)
        for size in (2, 5, 8):
            one(size * BIG)
        other(2 * BIG)
        with pytest.raises(Fault) as caught:
            other(3 * BIG)
        assert caught.value.status == 503
        with waiting.place() as small:
            small(BIG)
    with waiting.place() as again:
        again(10 * BIG)
