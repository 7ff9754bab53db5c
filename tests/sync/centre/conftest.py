"""An invented city's centre, with a clock that is turned by hand."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from console.core.clock import TurnedClock
from console.store.files import resource
from sync.centre.query import Holding
from sync.centre.sentences import Sentences
from sync.centre.server import CentreServer
from sync.centre.town import Town
from tests.cities import small_pack

NOON = datetime(2026, 11, 21, 5, tzinfo=UTC)
"""Saturday noon there."""


def town(seed: int = 21, rate: int = 240, days: int = 5) -> Town:
    pack = small_pack()
    sentences = Sentences(resource("centre/complaints.toml"), pack)
    return Town(pack, seed, sentences, rate_per_day=rate, history_days=days)


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(NOON)


@pytest.fixture
def serve(clock: TurnedClock) -> Iterator[Callable[[Holding], CentreServer]]:
    """Starts a centre for a holding."""
    running: list[tuple[CentreServer, threading.Thread]] = []

    def start(holding: Holding, squeeze: bool = True) -> CentreServer:
        server = CentreServer(0, holding, clock, squeeze=squeeze)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        running.append((server, thread))
        return server

    yield start
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()
