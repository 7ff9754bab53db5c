"""`feed add|drop|own`: a source of one's own from the terminal."""

from __future__ import annotations

from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from console.core.clock import TurnedClock
from console.core.errors import Refused
from console.store import slips
from console.store.files import Profile, load_phrases
from sync.own_terminal import feed_add, feed_drop, feed_own

PHRASES = load_phrases("id")
CLOCK = TurnedClock(datetime(2026, 11, 22, tzinfo=UTC))


class Terminal:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lines: list[str] = []

    def add(self, **given: object) -> int:
        usual = {"id": "warga", "kind": "open311", "address": "https://x.invalid/v2", "title": "", "cadence": 300.0}
        more = {"stale": None, "licence": "", "option": []}
        names = Namespace(**{**usual, **more, **given})
        return feed_add(self.folder, names, self.lines.append, PHRASES, who="os:dina", clock=CLOCK)

    def own(self) -> int:
        self.lines.clear()
        return feed_own(self.folder, self.lines.append, PHRASES)


@pytest.fixture
def at(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path / "p")


def test_added_listed_dropped(at: Terminal) -> None:
    assert at.add(option=["format=xml", "page_size = 50"]) == 0
    assert "warga" in at.lines[0]
    assert (at.own(), at.lines) == (0, ["warga\topen311\thttps://x.invalid/v2"])
    assert feed_drop(at.folder, "warga", at.lines.append, PHRASES, who="os:dina", clock=CLOCK) == 0
    assert (at.own(), at.lines) == (0, [])
    assert len(slips.waiting(Profile(at.folder))) == 2


def test_what_is_typed_wrongly_is_told_line_by_line(at: Terminal) -> None:
    assert at.add(address="gopher://x", cadence=0.0) == 2
    assert len(at.lines) >= 2 and not any(line.startswith("«") for line in at.lines)
    with pytest.raises(Refused, match="kind"):
        at.add(kind="tidak-ada")
    with pytest.raises(Refused, match="option"):
        at.add(option=["tanpa"])
    with pytest.raises(Refused, match="taken"):
        at.add(id="laksa")
    assert at.own() == 0 and at.lines == []


def test_a_file_with_faults_is_listed_and_told(at: Terminal) -> None:
    at.add()
    path = Profile(at.folder).sources
    path.write_bytes(path.read_bytes() + b"x = 1\n")
    assert at.own() == 2
    assert len(at.lines) == 2
