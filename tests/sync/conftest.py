"""A misbehaving server and an impatient wire; a centre, and a post beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from console.core.clock import SystemClock
from sync.wire import Limits, Wire
from tests.sync.centres import Centre
from tests.sync.faults import FaultServer
from tests.sync.posts import Post

LIMITS = Limits(deadline_s=20, connect_s=10, resolve_s=10, body_bytes=1 << 20, inflated_bytes=1 << 20)
"""Patient, so that a busy machine fails no test; what has to run out of time gets `HASTE_S`."""
HASTE_S = 0.3


@pytest.fixture
def faults() -> Iterator[FaultServer]:
    server = FaultServer()
    yield server
    server.close()


@pytest.fixture
def wire() -> Iterator[Wire]:
    wire = Wire(SystemClock(), agent="kendali-test", limits=LIMITS)
    yield wire
    wire.close()


@pytest.fixture
def centre(tmp_path: Path, ending: ExitStack) -> Centre:
    return Centre(tmp_path / "centre", ending)


@pytest.fixture
def one(tmp_path: Path, ending: ExitStack) -> Post:
    post = Post(tmp_path / "one")
    ending.callback(post.close)
    return post
