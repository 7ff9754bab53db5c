"""Small marks: never colour alone, one look per meaning."""

from __future__ import annotations

import itertools

import pytest
from PySide6.QtGui import QImage, QPixmap

from console.core.lifecycle import State
from console.core.records import SourceState
from widgets import marks
from widgets.age_label import AgeLabel
from widgets.marks import Severity
from widgets.severity_mark import SeverityMark
from widgets.state_mark import StateMark
from widgets.tokens import Tokens


def grey(drawn: QPixmap) -> QImage:
    return drawn.toImage().convertToFormat(QImage.Format.Format_Alpha8)


def test_each_severity_has_a_shape_of_its_own(tokens: Tokens) -> None:
    shapes = {severity: grey(marks.severity_pixmap(tokens, severity, 24)) for severity in Severity}
    for one, other in itertools.combinations(Severity, 2):
        assert shapes[one] != shapes[other]
    assert len(set(marks.LETTERS.values())) == len(Severity)


def test_each_standing_of_a_source_has_a_glyph_of_its_own(tokens: Tokens) -> None:
    told = [SourceState.FRESH, SourceState.AGEING, SourceState.STALE, SourceState.SILENT, SourceState.LOST]
    drawn = [grey(marks.source_pixmap(tokens, state, 16)) for state in (*told, SourceState.CUT, SourceState.NEVER)]
    for one, other in itertools.combinations(drawn, 2):
        assert one != other


def test_the_road_of_a_complaint_fills_its_ring(tokens: Tokens) -> None:
    def ink(state: State) -> int:
        image = marks.state_pixmap(tokens, state, 28).toImage()
        return sum(image.pixelColor(x, y).alpha() > 128 for x in range(28) for y in range(28))

    road = (State.NEW, State.VERIFIED, State.DISPOSED, State.IN_PROGRESS, State.DONE)
    inks = [ink(state) for state in road]
    assert inks == sorted(inks)


def test_closed_by_a_machine_is_not_drawn_as_done(tokens: Tokens) -> None:
    assert marks.state_colour(tokens, State.CLOSED_BY_SYSTEM) != marks.state_colour(tokens, State.DONE)


@pytest.mark.parametrize("state", list(State))
def test_every_state_has_a_mark(tokens: Tokens, state: State) -> None:
    assert not marks.state_pixmap(tokens, state, 14, 1.5).isNull()


def test_a_state_without_a_word_shows_a_dash(qtbot, dark: Tokens) -> None:
    mark = StateMark()
    qtbot.addWidget(mark)
    mark.show_state(State.UNKNOWN, "")
    assert mark.word == "—"
    mark.show_state(State.NEW, "<i>Baru</i>", pending=True)
    assert mark.accessibleName() == "<i>Baru</i>"
    mark.grab()


def test_a_sources_own_word_of_any_length_gives_way(qtbot, dark: Tokens) -> None:
    mark = StateMark()
    qtbot.addWidget(mark)
    mark.show_state(State.UNKNOWN, "masuk" * 60)
    assert mark.minimumSizeHint().width() <= 120
    mark.resize(mark.minimumSizeHint())
    mark.grab()
    assert "masukmasuk" in mark.toolTip()
    assert mark.word == "masuk" * 60
    mark.show_state(State.UNKNOWN, "masuk")
    mark.resize(mark.sizeHint())
    mark.grab()
    assert mark.toolTip() == ""


def test_a_pending_state_looks_pending(qtbot, dark: Tokens) -> None:
    mark = StateMark()
    qtbot.addWidget(mark)
    mark.show_state(State.NEW, "Baru")
    mark.resize(mark.sizeHint())
    before = mark.grab().toImage()
    mark.show_state(State.NEW, "Baru", pending=True)
    assert mark.grab().toImage() != before


def test_a_severity_is_told_by_word(qtbot, dark: Tokens) -> None:
    mark = SeverityMark()
    qtbot.addWidget(mark)
    mark.show_severity(Severity.SIAGA, "Banjir: Siaga")
    assert mark.accessibleName() == "Banjir: Siaga"
    assert mark.sizeHint().height() >= 20


def test_stale_and_lost_ages_are_hatched_and_fresh_ones_calm(qtbot, tokens: Tokens) -> None:
    label = AgeLabel()
    qtbot.addWidget(label)
    seen = {}
    for state in SourceState:
        label.show_age(state, "12 mnt", "Sumber: contoh\nBerikutnya: 10.42")
        label.resize(label.sizeHint())
        image = label.grab().toImage()
        seen[state] = sum(
            image.pixelColor(x, y).hsvSaturationF() > 0.25 for x in range(image.width()) for y in range(image.height())
        )
        assert label.accessibleDescription().startswith("Sumber")
    assert seen[SourceState.FRESH] == seen[SourceState.AGEING] == seen[SourceState.STALE] == seen[SourceState.CUT] == 0
    assert seen[SourceState.LOST] > 0
    assert label.toolTip().startswith("<qt>Sumber: contoh<br/>")


def test_an_age_that_is_not_known_is_a_dash(qtbot, dark: Tokens) -> None:
    label = AgeLabel()
    qtbot.addWidget(label)
    label.show_age(SourceState.NEVER, "")
    assert label.text == "—"
