"""What the strip says of the city, by a real store: as time passes, and before anything was heard."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from console.shell.banner import Standing
from tests.town import Town, town

__all__ = ["town"]

PATIENCE_MS = 20_000


@pytest.fixture
def standing(town: Town) -> Standing:
    made = Standing(town.desk, town.desk.news)
    made.begin()
    return made


def test_counts_follow_the_time_without_news(town: Town, standing: Standing, qtbot: QtBot) -> None:
    town.fill(60)
    qtbot.waitUntil(lambda: "24 masuk 24 jam ini" in standing.said.city, timeout=PATIENCE_MS)
    town.clock.turn(12 * 3600)
    town.desk.ticks.second.emit()
    qtbot.waitUntil(lambda: "12 masuk 24 jam ini" in standing.said.city, timeout=PATIENCE_MS)
