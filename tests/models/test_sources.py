"""How the sources stand: the worst speaks for all, ageing is told by itself, trouble is tried again."""

from datetime import timedelta

import pytest

from console.core.items import MOVING, WARNING
from console.core.records import Changes, Kind, SourceState
from console.models.sources import EVERY, SLICES, Tries
from tests.town import NOW, SOURCE, Town, health


@pytest.fixture
def sources(town, qtbot):
    town.stand()
    qtbot.waitUntil(lambda: len(town.desk.sources.rows) == 1)
    return town.desk.sources


def test_the_worst_speaks_for_all(sources, town, qtbot):
    assert sources.about().state is SourceState.FRESH
    town.stand(id="lain", title="Sumber lain", trouble="away", last_good_at=NOW - timedelta(hours=2))
    qtbot.waitUntil(lambda: len(sources.rows) == 2)
    assert sources.about().worst.id == "lain"
    assert sources.about().lost
    assert sources.about().newest_good_at == NOW - timedelta(hours=2)


def test_ageing_is_told_without_any_news(sources, town, qtbot):
    town.clock.turn(130)
    with qtbot.waitSignal(sources.changed):
        town.desk.ticks.second.emit()
    assert sources.about().state is SourceState.AGEING
    town.clock.turn(900)
    with qtbot.waitSignal(sources.changed):
        town.desk.ticks.second.emit()
    assert sources.about().stale


def test_a_second_that_changes_nothing_is_no_news(sources, town, qtbot):
    with qtbot.assertNotEmitted(sources.changed):
        town.desk.ticks.second.emit()


def test_news_in_a_burst_are_read_once(sources, town, qtbot):
    before = town.desk.work._count
    for _ in range(50):
        town.desk.news.changed.emit(Changes(frozenset({Kind.SOURCE})))
    qtbot.waitUntil(lambda: town.desk.work._count > before)
    assert town.desk.work._count == before + 1


def test_deeds_that_wait_are_counted(sources, town, qtbot):
    town.desk.news.changed.emit(Changes(frozenset({Kind.OUTBOX})))
    qtbot.waitUntil(lambda: town.desk.work.waiting == 0)
    assert sources.outbox.waiting == 0


def test_tries_are_remembered_by_the_quarter_of_an_hour(sources, town, qtbot):
    assert len(sources.tries(SOURCE)) == SLICES
    assert sources.tries(SOURCE)[-1] is Tries.GOOD
    town.stand(trouble="away")
    qtbot.waitUntil(lambda: sources.about().lost)
    assert sources.tries(SOURCE)[-1] is Tries.PARTLY
    town.clock.turn(900)
    assert sources.tries(SOURCE)[-1] is Tries.NONE
    assert sources.tries(SOURCE)[-2] is Tries.PARTLY
    assert sources.tries("unheard-of") == [Tries.NONE] * SLICES


def test_a_store_that_is_not_there_is_tried_again(tmp_path, qtbot):
    town = Town(tmp_path, store=False)
    try:
        qtbot.waitUntil(lambda: town.desk.sources.error is not None)
        assert town.desk.sources.error.says == "store.absent"
        assert not town.desk.sources.known
        before = town.desk.work._count
        for _ in range(3):
            town.desk.ticks.second.emit()
        assert town.desk.work._count > before
    finally:
        town.close()


def test_no_source_at_all_is_said_to_be_so(town, qtbot):
    qtbot.waitUntil(lambda: town.desk.sources.known)
    assert town.desk.sources.about().state is SourceState.NEVER
    assert town.desk.sources.about().worst is None
    assert health().title


def test_each_panel_hears_of_its_own_sources_alone(town, qtbot):
    town.stand()
    town.stand(id="bus", kind="gtfs-rt", title="Bus", trouble="away", error="commands.nobody")
    sources = town.desk.sources
    qtbot.waitUntil(lambda: len(sources.rows) == 2)
    assert not sources.about().lost and [each.id for each in sources.about().rows] == [SOURCE]
    assert sources.about(MOVING).lost and sources.about(EVERY).lost
    assert sources.about(WARNING).state is SourceState.NEVER and not sources.about(WARNING).heard


def test_a_source_of_the_pack_is_called_as_the_language_has_it(sources, town, qtbot):
    entry = town.pack.feeds[0]
    own = sources.rows[0].title
    town.stand(id=entry.id, title="dari toko")
    qtbot.waitUntil(lambda: {each.title for each in sources.rows} == {own, entry.title["id"]})
    with qtbot.waitSignal(sources.changed):
        town.phrases.speak("en")
    assert {each.title for each in sources.rows} == {own, entry.title["en"]}
