"""The black box: what was kept is there, whatever is torn, foreign or old beside it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.core.clock import TurnedClock
from console.core.command import Envelope
from console.core.errors import DiskTrouble
from console.store import blackbox
from console.store.blackbox import KEPT_DAYS, BlackBox
from tests.store.conftest import NOON


def envelope(clock: TurnedClock, text: str = "x") -> Envelope:
    """An envelope with a text of its own."""
    return Envelope(clock.new_id(), "note", {"complaint": "uji:1", "text": text}, "Budi", clock.now())


def test_kept_is_there_in_order(tmp_path: Path, clock: TurnedClock) -> None:
    box = BlackBox(tmp_path / "kotak", clock)
    assert list(box.lines()) == []
    kept = [envelope(clock, f"baris {number}\nkedua \u2028 é \ud800") for number in range(5)]
    for each in kept:
        box.keep(each)
        clock.turn(30_000)
    assert list(BlackBox(tmp_path / "kotak", clock).lines()) == kept
    assert len(list((tmp_path / "kotak").iterdir())) == 2


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 400), st.binary(max_size=40))
def test_a_line_cut_anywhere_costs_only_itself(cut: int, rubbish: bytes) -> None:
    import tempfile

    clock = TurnedClock(NOON)
    with tempfile.TemporaryDirectory() as folder:
        box = BlackBox(Path(folder), clock)
        first, torn, last = envelope(clock), envelope(clock), envelope(clock)
        box.keep(first)
        size = (path := next(Path(folder).iterdir())).stat().st_size
        box.keep(torn)
        raw = path.read_bytes()
        cut = min(size + cut, len(raw))
        path.write_bytes(raw[:cut] + rubbish.replace(b"\n", b""))
        box.keep(last)
        found = list(box.lines())
        assert found[0] == first
        assert found[-1] == last
        assert {each.id for each in found} <= {first.id, torn.id, last.id}


def test_foreign_lines_are_passed_over(tmp_path: Path, clock: TurnedClock) -> None:
    box = BlackBox(tmp_path, clock)
    kept = envelope(clock)
    box.keep(kept)
    (path,) = tmp_path.iterdir()
    foreign = [b"", b"[]", b"3", b'{"id": 1}', b"\xff\xfe", b'{"at": "kemarin"}', b"[" * 100_000, b"nul\0"]
    foreign.append(b'{"n": ' + b"9" * 5000 + b"}")
    path.write_bytes(b"\n".join(foreign) + b"\n" + path.read_bytes())
    (tmp_path / "catatan.txt").write_bytes(path.read_bytes())
    assert list(box.lines()) == [kept]


def test_old_days_go_but_a_clock_that_jumps_empties_nothing(tmp_path: Path, clock: TurnedClock) -> None:
    box = BlackBox(tmp_path, clock)
    for _ in range(KEPT_DAYS + 5):
        box.keep(envelope(clock))
        clock.turn(86_400)
    days = sorted(path.stem for path in tmp_path.iterdir())
    assert len(days) == KEPT_DAYS
    clock.turn(86_400 * 3650)
    box.keep(envelope(clock))
    assert len(list(tmp_path.iterdir())) == KEPT_DAYS
    assert sorted(path.stem for path in tmp_path.iterdir())[0] == days[1]


def test_a_clock_set_back_costs_no_deed(tmp_path: Path, clock: TurnedClock) -> None:
    box = BlackBox(tmp_path, clock)
    for _ in range(KEPT_DAYS + 1):
        box.keep(envelope(clock))
        clock.turn(86_400)
    ahead = {path.name for path in tmp_path.iterdir()}
    kept = []
    clock.jump(clock.now() - timedelta(days=365))
    for _ in range(KEPT_DAYS):
        kept.append(envelope(clock))
        box.keep(kept[-1])
        clock.turn(86_400)
    assert list(box.lines())[:KEPT_DAYS] == kept
    box.keep(envelope(clock))
    assert len(list(tmp_path.iterdir())) == 2 * KEPT_DAYS
    assert ahead < {path.name for path in tmp_path.iterdir()}


def test_what_is_on_the_disk_is_kept_though_an_old_file_stays(
    tmp_path: Path, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(path: Path) -> None:
        raise DiskTrouble("store.read_only")

    monkeypatch.setattr(blackbox, "drop_file", fail)
    box = BlackBox(tmp_path, clock)
    for _ in range(KEPT_DAYS + 2):
        box.keep(envelope(clock))
        clock.turn(86_400)
    assert len(list(box.lines())) == len(list(tmp_path.iterdir())) == KEPT_DAYS + 2


def test_an_unreadable_file_is_passed_over(tmp_path: Path, clock: TurnedClock) -> None:
    box = BlackBox(tmp_path, clock)
    kept = envelope(clock)
    box.keep(kept)
    (tmp_path / "2026-01-01.jsonl").mkdir()
    assert list(box.lines()) == [kept]


def test_not_on_the_disk_is_not_kept(tmp_path: Path, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DiskTrouble):
        BlackBox(tmp_path / "file", clock).keep(envelope(clock))

    def fail(path: Path, data: bytes) -> None:
        raise DiskTrouble("store.full")

    monkeypatch.setattr(blackbox, "append_durable", fail)
    with pytest.raises(DiskTrouble, match="full"):
        BlackBox(tmp_path, clock).keep(envelope(clock))
