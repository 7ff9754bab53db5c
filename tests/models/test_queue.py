"""Rows of the queue: pages as they are looked at, nothing moves unasked, what changes is read again in place."""

from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from console import commands
from console.core.lifecycle import Deed, State
from console.core.records import Changes, Kind, QueueFilter
from console.models import queue
from console.models.queue import CONFLICT, EXTRA_ROLE, HELD, LINE_ROLE, ON_ITS_WAY, QueueModel
from console.models.rows import Column
from console.store.read import PAGE
from tests.town import NOW, OPERATOR, complaint, meet


@pytest.fixture
def make(town, qtbot):
    made = []

    def model(count=300):
        town.fill(count)
        made.append(QueueModel(town.desk))
        made[-1].live.seen = True
        qtbot.waitUntil(lambda: made[-1].rowCount() == count)
        return made[-1]

    yield model
    for each in made:
        each.deleteLater()


def titles(model, rows):
    return [model.data(model.index(row, Column.TITLE)) for row in rows]


def wait_row(qtbot, model, row):
    qtbot.waitUntil(lambda: model.line(row) is not None)
    return model.line(row)


def test_it_counts_all_and_holds_the_first_page(make):
    model = make(300)
    assert model.columnCount() == len(Column)
    assert titles(model, [0, 1]) == ["Jalan berlubang di depan pasar nomor 0", "Lampu jalan padam nomor 1"]
    assert model.headerData(Column.TITLE, Qt.Orientation.Horizontal) == "Judul"


def test_it_is_a_sound_model(make):
    QAbstractItemModelTester(make(300), QAbstractItemModelTester.FailureReportingMode.Fatal)


def test_a_row_far_down_comes_when_it_is_looked_at(make, qtbot):
    model = make(1000)
    assert model.data(model.index(700, Column.TITLE)) == ON_ITS_WAY
    assert model.waits_for(700)
    with qtbot.waitSignal(model.dataChanged):
        pass
    assert titles(model, [700]) == ["Lampu jalan padam nomor 700"]
    assert model.data(model.index(700, 0), LINE_ROLE).row.id == "rekaan:000700"


def test_its_neighbours_come_along(make, qtbot):
    model = make(1000)
    wait_row(qtbot, model, 4 * PAGE)
    qtbot.waitUntil(lambda: not model.waits_for(3 * PAGE) and not model.waits_for(5 * PAGE))
    assert model.waits_for(7 * PAGE)


def test_a_thumb_that_leaps_on_reads_nothing_beside_where_it_was(make, qtbot, monkeypatch):
    monkeypatch.setattr(queue, "SETTLED_MS", 3_600_000)
    model = make(3000)
    model.line(0)
    for number in (4, 9, 14):
        wait_row(qtbot, model, number * PAGE)
        assert model._ahead.isActive() and model._ahead.interval() == 3_600_000
    model._ahead.start(0)
    qtbot.waitUntil(lambda: {13, 15} <= model._pages.keys())
    assert model._pages.keys().isdisjoint({3, 5, 8, 10})


def test_while_one_types_nothing_beside_is_read(make, qtbot, monkeypatch):
    monkeypatch.setattr(queue, "SETTLED_MS", 3_600_000)
    model = make(1000)
    for text in ("la", "lam", "lamp"):
        model.line(0)
        assert model._ahead.isActive() and model._ahead.interval() == 3_600_000
        with qtbot.waitSignal(model.replaced):
            model.set_filter(QueueFilter(text=text))
        assert not model._ahead.isActive()
    assert set(model._pages) == {0}


def test_pages_beside_come_one_after_the_other(make, qtbot, monkeypatch):
    model = make(1000)
    asked, send = [], model._want

    def want(number, *, ahead=False):
        if ahead:
            asked.append((number, list(model._wanted)))
        send(number, ahead=ahead)

    monkeypatch.setattr(model, "_want", want)
    wait_row(qtbot, model, 3 * PAGE)
    qtbot.waitUntil(lambda: {2, 4} <= model._pages.keys())
    assert asked == [(4, []), (2, [])]
    model.line(4 * PAGE)
    qtbot.waitUntil(lambda: 5 in model._pages)
    assert asked == [(4, []), (2, []), (5, [])]


@pytest.mark.parametrize(("looked_at", "painted"), [(False, [4]), (True, [4, 3])])
def test_what_comes_along_paints_nothing_unless_it_was_looked_at_meanwhile(
    make, qtbot, monkeypatch, looked_at, painted
):
    model = make(1000)
    drawn, send = [], model._want

    def want(number, *, ahead=False):
        send(number, ahead=ahead)
        if ahead and number == 3 and looked_at:
            assert model.line(3 * PAGE) is None

    monkeypatch.setattr(model, "_want", want)
    model.dataChanged.connect(lambda top, _last: drawn.append(top.row() // PAGE))
    wait_row(qtbot, model, 4 * PAGE)
    qtbot.waitUntil(lambda: not model.waits_for(3 * PAGE) and not model.waits_for(5 * PAGE))
    assert drawn == painted


def test_only_so_many_pages_are_held(make, qtbot, monkeypatch):
    monkeypatch.setattr(queue, "HELD", 3)
    model = make(1000)
    for number in range(8):
        wait_row(qtbot, model, number * PAGE)
    assert len(model._pages) == 3
    assert HELD == 64


def test_a_thumb_that_races_past_gives_up_what_it_left_behind(make, qtbot):
    model = make(2000)
    for number in range(1, 15):
        model.line(number * PAGE)
    assert len(model._wanted) <= queue.MOST_WANTED
    wait_row(qtbot, model, 14 * PAGE)


def test_another_filter_replaces_the_rows_when_they_are_there(make, qtbot):
    model = make(60)
    with qtbot.waitSignal(model.replaced):
        model.set_filter(QueueFilter(states=frozenset({State.DONE})))
        assert model.rowCount() == 60
    assert model.rowCount() == 10
    assert {model.line(row).row.state for row in range(10)} == {State.DONE}


def test_words_find_as_one_types(make, qtbot):
    model = make(60)
    for text in ("l", "la", "lam", "lamp"):
        model.set_filter(QueueFilter(text=text))
    qtbot.waitUntil(lambda: model.rowCount() == 20)
    assert all(title.startswith("Lampu") for title in titles(model, range(20)))


def test_new_rows_are_announced_and_do_not_move_those_on_screen(make, town, qtbot):
    model = make(60)
    model.quiet = lambda: False
    with qtbot.waitSignal(model.waiting) as waiting:
        town.take([complaint(1000 + extra, requested_at=NOW) for extra in range(3)])
    assert waiting.args == [3]
    assert model.has_waiting
    assert model.rowCount() == 60
    assert titles(model, [0]) == ["Jalan berlubang di depan pasar nomor 0"]
    model.take_waiting()
    assert model.rowCount() == 63
    assert not model.has_waiting
    assert model.line(3).row.id == "rekaan:000000"


def test_new_rows_come_by_themselves_where_the_hand_rests(make, town, qtbot):
    model = make(60)
    model.quiet = lambda: True
    town.take([complaint(1000, requested_at=NOW)])
    qtbot.waitUntil(lambda: model.rowCount() == 61)


def test_old_rows_that_came_late_are_announced_too(make, town, qtbot):
    model = make(60)
    with qtbot.waitSignal(model.waiting):
        town.take([complaint(1000, requested_at=NOW - timedelta(days=400))])
    assert model.has_waiting


def test_the_chosen_complaint_is_followed_when_the_rows_are_replaced(make, town, qtbot):
    model = make(60)
    model.kept = "rekaan:000030"
    with qtbot.waitSignal(model.waiting):
        town.take([complaint(1000 + extra, requested_at=NOW) for extra in range(3)])
    with qtbot.waitSignal(model.replaced) as replaced:
        model.take_waiting()
    assert replaced.args == [33]


def test_a_row_that_changed_is_read_again_in_its_place(make, town, qtbot):
    model = make(60)
    before = model.line(6).row
    assert before.state is State.NEW
    town.do(commands.make(Deed.VERIFY, town.writer.read.complaint(before.id), OPERATOR, town.pack))
    qtbot.waitUntil(lambda: model.line(6).row.state is State.VERIFIED)
    assert model.line(6).row.id == before.id
    assert model.line(6).row.pending == 1
    assert model.data(model.index(6, Column.PENDING)) == "menunggu"


def test_a_row_that_left_the_filter_keeps_its_place_till_the_rows_are_replaced(make, town, qtbot):
    model = make(60)
    with qtbot.waitSignal(model.replaced):
        model.set_filter(QueueFilter(states=frozenset({State.NEW})))
    before = [model.line(row).row.id for row in range(5)]
    town.do(commands.make(Deed.VERIFY, town.writer.read.complaint(before[2]), OPERATOR, town.pack))
    qtbot.waitUntil(lambda: model.line(2).row.state is State.VERIFIED)
    assert [model.line(row).row.id for row in range(5)] == before
    qtbot.waitUntil(lambda: model.has_waiting)


def test_ages_are_told_again_every_half_minute(make, town, qtbot):
    model = make(10)
    told = model.data(model.index(0, Column.AGE))
    town.clock.turn(3600)
    for _ in range(queue.AGES_S):
        town.desk.ticks.second.emit()
    assert told == "5 mnt"
    assert model.data(model.index(0, Column.AGE)) == "1 jam 5 mnt"


def test_another_language_words_the_rows_again(make, town):
    model = make(10)
    assert model.data(model.index(0, Column.STATE)) == "Baru"
    town.phrases.speak("en")
    model.reword()
    assert model.data(model.index(0, Column.STATE)) == "New"


def test_an_empty_store_has_no_rows_and_is_counted(town, qtbot):
    model = QueueModel(town.desk)
    with qtbot.waitSignal(model.counted) as counted:
        model.live.seen = True
    assert counted.args == [0, False]
    assert model.rowCount() == 0


def test_a_row_with_versions_that_wait_has_a_mark_and_says_so(town, make, qtbot):
    model = make(8)
    assert model.data(model.index(1, Column.TITLE), EXTRA_ROLE) is None
    meet(town)
    qtbot.waitUntil(lambda: model.line(1).row.conflict)
    assert model.data(model.index(1, Column.TITLE), EXTRA_ROLE) == CONFLICT
    told = "Lampu jalan padam nomor 1"
    assert model.data(model.index(1, Column.TITLE)) == told
    whole = f"{told} · dua versi menunggu keputusan"
    assert model.data(model.index(1, Column.TITLE), Qt.ItemDataRole.AccessibleTextRole) == whole
    assert model.data(model.index(1, Column.TITLE), Qt.ItemDataRole.ToolTipRole) == f"<qt>{whole}</qt>"
    assert model.data(model.index(2, Column.TITLE), Qt.ItemDataRole.AccessibleTextRole) == titles(model, [2])[0]


def test_news_of_conflicts_alone_are_read_too(town, make, qtbot):
    model = make(8)
    page = model._pages[0]
    town.desk.news.changed.emit(Changes(frozenset({Kind.CONFLICT}), frozenset({"rekaan:000001"})))
    assert page.stale
