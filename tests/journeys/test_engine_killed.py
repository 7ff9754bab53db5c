"""Kill -9 in the middle of 200 commands: nothing acknowledged is lost, nothing is done twice, the order holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import crash

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.nightly) for seed in range(2, 8))])
def test_killed_in_the_middle_of_many_commands(tmp_path, monkeypatch, seed):
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(crash, "EARLY", 0.0)
    count = crash.killed(tmp_path / "profile", 6, seed, in_a_run=200)
    assert count.kills == 6
    assert len(count.asked) >= 200
    assert count.sound, count


def test_killed_while_it_starts(tmp_path, monkeypatch):
    """Also in the middle of doing what the one before left."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(crash, "EARLY", 0.7)
    count = crash.killed(tmp_path / "profile", 5, 3, in_a_run=40)
    assert count.sound, count


@pytest.mark.nightly
def test_two_hundred_kills():
    figures = crash.measure(200, seed=7)
    assert (figures["value"], figures["twice"], figures["missing"]) == (0, 0, 0)
