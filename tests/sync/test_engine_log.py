"""The engine's log: bounded, structured, and silent about people."""

from __future__ import annotations

import json

import pytest

from console.core.clock import TurnedClock
from sync import engine_log
from sync.engine_log import EngineLog
from tests.hostile import PAYLOADS
from tests.sync.stand_ins import AT


def lines(log):
    return [json.loads(raw) for raw in log.path.read_text("utf-8").splitlines()]


@pytest.fixture
def log(tmp_path):
    return EngineLog(tmp_path, TurnedClock(AT))


def test_a_line_says_when_what_and_values(log):
    log.tell("engine.taken", source="laksa", records=5)
    assert lines(log) == [
        {"at": "2026-11-21T03:00:00.000+00:00", "what": "engine.taken", "source": "laksa", "records": 5}
    ]


def test_what_people_wrote_and_who_they_are_never_gets_in(log):
    log.tell("engine.taken", source="laksa", by="Rani", text="Rumah Pak Budi", values={"who": "Budi"})
    assert lines(log)[0].keys() == {"at", "what", "source"}
    log.tell("engine.lost", why="x" * 5000)
    assert len(lines(log)[1]["why"]) == engine_log.LONGEST_VALUE


def test_a_bug_is_told_by_kind_and_place_without_its_words(log):
    try:
        raise ValueError("Rumah Pak Budi")
    except ValueError as bug:
        log.bug(bug, "keeper")
    line = lines(log)[0]
    assert (line["bug"], line["thread"]) == ("ValueError", "keeper")
    assert line["where"][0].startswith("test_engine_log.py:")
    assert "Budi" not in log.path.read_text("utf-8")


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_line_is_one_line_whatever_stands_in_it(log, name):
    """Nobody writes a second line into it, nor drives the terminal of who reads it."""
    log.tell(PAYLOADS[name], **dict.fromkeys(sorted(engine_log.CODES), PAYLOADS[name]))
    log.tell("engine.bye")
    raw = log.path.read_text("utf-8")
    assert len(raw.splitlines()) == 2
    assert not set(raw) & {chr(code) for code in (*range(0x20), *range(0x7F, 0xA0)) if code != 0x0A}
    assert not set(raw) & set("\u202e\u2066\u2028\u2029")
    assert lines(log)[1]["what"] == "engine.bye"


def test_it_turns_over_and_stays_bounded(log, monkeypatch):
    monkeypatch.setattr(engine_log, "MOST_BYTES", 2000)
    for number in range(500):
        log.tell("engine.taken", records=number)
    files = sorted(log.path.parent.iterdir())
    assert len(files) <= engine_log.FILES
    assert all(file.stat().st_size < 2200 for file in files)
    newest = log.path if log.path.exists() else log.path.with_name("engine.log.1")
    assert json.loads(newest.read_text("utf-8").splitlines()[-1])["records"] == 499


def test_all_files_together_stay_under_fifty_megabytes():
    assert engine_log.MOST_BYTES * engine_log.FILES <= 50_000_000


def test_a_log_that_cannot_be_written_stops_nobody(tmp_path):
    (tmp_path / "engine.log").mkdir()
    log = EngineLog(tmp_path, TurnedClock(AT))
    log.tell("engine.bye")
    assert log.dropped == 1


def test_a_terminal_hears_it_too(tmp_path):
    heard = []
    log = EngineLog(tmp_path, TurnedClock(AT), lambda what, values: heard.append((what, values)))
    log.tell("engine.lost", source="laksa", by="Rani")
    log.bug(ZeroDivisionError(), "source laksa")
    assert heard == [
        ("engine.lost", {"source": "laksa"}),
        ("engine.bug", {"bug": "ZeroDivisionError", "thread": "source laksa"}),
    ]


@pytest.mark.nightly
def test_a_million_lines_fit(log):
    for number in range(1_000_000):
        log.tell("engine.taken", source="laksa", records=number, refused=0)
    assert sum(file.stat().st_size for file in log.path.parent.iterdir()) <= 50_000_000
