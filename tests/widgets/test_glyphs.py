"""A glyph alone: a square that shows how something stands."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from console.core.records import SourceState
from widgets import theme
from widgets.glyphs import Glyph, SeverityMark, SourceMark
from widgets.marks import BROKEN, Severity


def picture(qtbot: QtBot, mark: Glyph) -> bytes:
    qtbot.addWidget(mark)
    mark.resize(mark.sizeHint())
    image = mark.grab().toImage()  # held: its bits go with it
    return bytes(image.constBits())


def test_a_square_as_the_theme_says(qtbot: QtBot) -> None:
    for mark in (SourceMark(), SeverityMark(Severity.SIAGA)):
        qtbot.addWidget(mark)
        assert mark.sizeHint().width() == mark.sizeHint().height() == theme.of(mark).px(16)


def test_each_state_has_a_glyph_of_its_own_and_what_is_broken_has_one(qtbot: QtBot) -> None:
    drawn = {}
    mark = SourceMark()
    for state in SourceState:
        mark.show_state(state)
        drawn[state] = picture(qtbot, mark)
    assert len({drawn[state] for state in BROKEN}) == 1
    assert len(set(drawn.values())) == len(SourceState) - len(BROKEN) + 1


def test_each_severity_has_a_glyph_of_its_own(qtbot: QtBot) -> None:
    assert len({picture(qtbot, SeverityMark(each)) for each in Severity}) == len(Severity)


def test_a_kind_must_say_what_stands_in_it(qtbot: QtBot) -> None:
    bare = Glyph()
    qtbot.addWidget(bare)
    with pytest.raises(NotImplementedError):
        bare.drawn(theme.of(bare), 16, 1.0)
