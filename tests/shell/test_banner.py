"""What the strip says of the city, by a real store: as time passes, and before anything was heard."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from console.shell.banner import Standing, Strip
from tests.town import NOW, Town, complaint, town

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


def test_before_anything_was_heard_nothing_is_counted(town: Town, standing: Standing, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: standing.said.city == "Belum ada data dari sumber", timeout=PATIENCE_MS)
    town.phrases.speak("en")
    standing.say_again()
    assert standing.said.city == "No data from any source yet"
    town.stand(last_good_at=None, lost_since=NOW, error="sync.away", trouble="away")
    qtbot.waitUntil(
        lambda: standing.said.city == "No data from any source yet · 1 source in trouble", timeout=PATIENCE_MS
    )
    town.stand()
    qtbot.waitUntil(lambda: standing.said.city.startswith("0 complaints open"), timeout=PATIENCE_MS)


def test_what_was_recorded_here_counts_though_nothing_was_heard(town: Town, standing: Standing, qtbot: QtBot) -> None:
    town.take([complaint(1)])
    qtbot.waitUntil(lambda: standing.said.city.startswith("1 pengaduan terbuka"), timeout=PATIENCE_MS)


def test_the_city_is_said_whole_where_the_link_leaves_room(town: Town, standing: Standing, qtbot: QtBot) -> None:
    town.take([complaint(number) for number in range(30)])
    town.stand(trouble="away", error="sync.away", lost_since=NOW)
    qtbot.waitUntil(lambda: standing.said.city.endswith("1 sumber terganggu"), timeout=PATIENCE_MS)
    strip = Strip(town.desk)
    qtbot.addWidget(strip)
    strip.dress()
    strip.show()
    strip.show_said(standing.said)
    # The city's own width is no part of the strip's: it is what gives way.
    strip.resize(strip.sizeHint().width() + strip._city.sizeHint().width() + 40, 40)
    qtbot.waitUntil(lambda: strip._city.width() >= strip._city.sizeHint().width(), timeout=PATIENCE_MS)
    assert strip.banner.width() >= strip.banner.sizeHint().width()
