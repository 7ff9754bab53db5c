"""Words of a row: every cell said once, the clock that runs while somebody has to act."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.clock import millis
from console.core.lifecycle import OPEN, State
from console.core.records import QueueRow
from console.models.rows import Column, Wording, used_up
from tests.cities import small_pack
from tests.town import NOW, phrases

NOW_MS = millis(NOW)
DAY_MS = 86_400_000


def row(**more) -> QueueRow:
    made = QueueRow(
        7,
        "rekaan:000007",
        State.NEW,
        "Jalan rusak",
        "99.71.01.1002",
        "PU",
        "jalan-rusak",
        "",
        NOW_MS - DAY_MS,
        None,
        0,
        "",
    )
    return made._replace(**more)


@pytest.fixture(scope="module")
def wording():
    return Wording.of(small_pack(), phrases())


def test_every_cell_is_said(wording):
    line = wording.line(row(holder="Rani", pending=2), NOW_MS)
    assert line.cells[Column.STATE] == "Baru"
    assert line.cells[Column.ID] == "000007"
    assert line.cells[Column.AREA] == "Sukamaju, Sukamaju"
    assert line.cells[Column.OPD] == "PU"
    assert line.cells[Column.CATEGORY] == "Jalan rusak"
    assert line.cells[Column.AGE] == "1 hr"
    assert line.cells[Column.HOLDER] == "Rani"
    assert line.cells[Column.PENDING] == "menunggu"
    assert len(line.cells) == len(Column)


def test_a_state_we_do_not_know_is_shown_in_the_sources_own_word(wording):
    assert wording.line(row(state=State.UNKNOWN, native_state="eskalasi"), NOW_MS).cells[Column.STATE] == "eskalasi"
    assert wording.line(row(state=State.UNKNOWN), NOW_MS).cells[Column.STATE] == "Tidak dikenal"


def test_codes_that_are_not_of_this_city_stay_as_they_are(wording):
    cells = wording.line(row(area="31.71.01.1001", opd="XYZ", category="lain"), NOW_MS).cells
    assert (cells[Column.AREA], cells[Column.OPD], cells[Column.CATEGORY]) == ("31.71.01.1001", "XYZ", "lain")


def test_without_a_title_the_category_speaks(wording):
    assert wording.line(row(title=""), NOW_MS).cells[Column.TITLE] == "Jalan rusak"


def test_the_clock_is_the_sources_where_it_gave_one():
    assert used_up(row(expected_at_ms=NOW_MS), NOW_MS) == pytest.approx(1.0)
    assert used_up(row(expected_at_ms=NOW_MS + DAY_MS), NOW_MS) == pytest.approx(0.5)
    assert used_up(row(), NOW_MS) == pytest.approx(0.2)


def test_a_promise_before_the_asking_is_late():
    assert used_up(row(expected_at_ms=NOW_MS - 2 * DAY_MS), NOW_MS) > 1


def test_no_clock_runs_for_what_is_closed(wording):
    line = wording.line(row(state=State.DONE, requested_at_ms=NOW_MS - 90 * DAY_MS), NOW_MS)
    assert line.clock == -1
    assert not line.late


def test_late_is_past_its_time(wording):
    assert wording.line(row(requested_at_ms=NOW_MS - 6 * DAY_MS), NOW_MS).late
    assert not wording.line(row(requested_at_ms=NOW_MS - 4 * DAY_MS), NOW_MS).late


@given(st.sampled_from(State), st.integers(-(10**12), 10**13), st.none() | st.integers(-(10**12), 10**13))
def test_any_times_give_a_clock_that_can_be_drawn(state, requested_ms, expected_ms):
    clock = used_up(row(state=state, requested_at_ms=requested_ms, expected_at_ms=expected_ms), NOW_MS)
    assert clock == -1 if state not in OPEN else clock >= 0


def test_another_language_has_other_words():
    english = Wording.of(small_pack(), phrases("en"))
    cells = english.lines([row()], NOW + timedelta(hours=1))[0].cells
    assert cells[Column.STATE] == "New"
    assert cells[Column.CATEGORY] == "Damaged road"
