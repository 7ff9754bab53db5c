"""Chips, breadcrumb, figures, ticks and age bars."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from console.core.phrases import Phrases
from widgets.age_bar import AgeBar
from widgets.breadcrumb import Breadcrumb
from widgets.chip import Chip
from widgets.key_figure import Figure, KeyFigure
from widgets.marks import Severity
from widgets.tick_strip import Tick, TickStrip
from widgets.tokens import Tokens


def test_a_chip_turns_on_and_off(qtbot, dark: Tokens) -> None:
    chip = Chip("Terbuka & <b>lama</b>")
    qtbot.addWidget(chip)
    chip.show()
    off = chip.grab().toImage()
    QTest.mouseClick(chip, Qt.MouseButton.LeftButton, pos=QPoint(8, 8))
    assert chip.isChecked()
    assert chip.grab().toImage() != off
    assert chip.accessibleName() == "Terbuka & <b>lama</b>"
    assert chip.sizeHint().height() >= 24


def test_a_removable_chip_goes_by_its_cross_and_by_delete(qtbot, dark: Tokens) -> None:
    chip = Chip("Periuk", removable=True)
    qtbot.addWidget(chip)
    chip.resize(chip.sizeHint())
    chip.show()
    with qtbot.waitSignal(chip.removed):
        QTest.mouseClick(chip, Qt.MouseButton.LeftButton, pos=chip._cross().center().toPoint())
    with qtbot.waitSignal(chip.removed):
        QTest.keyClick(chip, Qt.Key.Key_Delete)
    with qtbot.assertNotEmitted(chip.removed), qtbot.waitSignal(chip.clicked):
        QTest.mouseClick(chip, Qt.MouseButton.LeftButton, pos=QPoint(6, 10))


def test_a_very_long_chip_gives_way(qtbot, dark: Tokens) -> None:
    chip = Chip("x" * 3000)
    qtbot.addWidget(chip)
    chip.resize(chip.sizeHint())
    chip.grab()
    assert chip.width() <= 220
    assert chip.toolTip()


def test_a_breadcrumb_leads_back_up(qtbot, dark: Tokens) -> None:
    path = Breadcrumb()
    qtbot.addWidget(path)
    path.set_path([("k", "Kota"), ("c", "<b>Kecamatan</b>"), ("l", "Kelurahan")])
    path.show()
    assert path.accessibleName() == "Kota › <b>Kecamatan</b> › Kelurahan"
    buttons = path.findChildren(QPushButton)
    assert len(buttons) == 2
    with qtbot.waitSignal(path.chosen) as chosen:
        buttons[1].click()
    assert chosen.args == ["c"]
    path.set_path([("k", "Kota")])
    assert [each for each in path.findChildren(QPushButton) if each.isVisible()] == []


def test_an_unknown_figure_is_a_dash_with_a_reason(qtbot, dark: Tokens) -> None:
    part = KeyFigure()
    qtbot.addWidget(part)
    part.show_figure(Figure("Respons", "", why="Sumber tidak memberi waktu."))
    assert part.accessibleName() == "Respons — Sumber tidak memberi waktu."
    assert "Sumber tidak memberi waktu." in part.toolTip()
    part.grab()


def test_the_same_figure_again_draws_nothing(qtbot, dark: Tokens, monkeypatch: pytest.MonkeyPatch) -> None:
    part = KeyFigure()
    qtbot.addWidget(part)
    drawn: list[None] = []
    monkeypatch.setattr(part, "updateGeometry", lambda: drawn.append(None))
    for number in ("12", "12", "13"):
        part.show_figure(Figure("Aduan", number, trend=[1.0, 2.0]))
    assert len(drawn) == 2


@pytest.mark.parametrize(
    "trend", [(), (1.0,), (3.0, 3.0), (0.0, 0.0, 0.0), (1.0, float("nan"), 5.0), (-4.0, 9.0), (1e300, 1.0)]
)
def test_any_trend_can_be_drawn(qtbot, tokens: Tokens, trend: tuple[float, ...]) -> None:
    part = KeyFigure()
    qtbot.addWidget(part)
    part.resize(320, 80)
    part.show_figure(Figure("Aduan", "1.204", "naik", trend=trend, target=2.0))
    part.grab()


def test_an_abnormal_figure_has_a_mark_and_a_calm_one_no_colour(qtbot, dark: Tokens) -> None:
    part = KeyFigure()
    qtbot.addWidget(part)
    part.resize(300, 80)

    def coloured(severity: Severity | None) -> int:
        part.show_figure(Figure("Terlambat", "57", trend=(1, 3, 2), target=2, severity=severity))
        image = part.grab().toImage()
        return sum(image.pixelColor(x, y).hsvSaturationF() > 0.25 for x in range(300) for y in range(image.height()))

    assert coloured(None) == 0
    assert coloured(Severity.SIAGA) > 50


def test_ticks_are_counted_in_words_and_differ_in_height(qtbot, said: Phrases, tokens: Tokens) -> None:
    strip = TickStrip(said)
    qtbot.addWidget(strip)
    strip.resize(160, 18)
    strip.set_ticks([])
    strip.grab()
    strip.set_ticks([Tick.NONE, Tick.GOOD, Tick.PARTLY, Tick.FAILED], ["a", "b", "c", "d"])
    assert strip.accessibleName() == "24 jam terakhir: 1 baik, 2 gagal, 1 tanpa data"
    image = strip.grab().toImage()
    ground = image.pixelColor(39, 0)
    tops = [
        next(y for y in range(18) if image.pixelColor(x, y) != ground) for x in (4, 44, 84, 124)
    ]  # the higher the worse
    assert tops == sorted(tops, reverse=True)
    assert len(set(tops)) == 4


def test_an_age_bar_turns_only_when_late(qtbot, dark: Tokens) -> None:
    bar = AgeBar()
    qtbot.addWidget(bar)
    bar.resize(80, 10)

    def coloured(part: float | None) -> bool:
        bar.show_part(part, "3 dari 5 hari")
        image = bar.grab().toImage()
        return any(image.pixelColor(x, y).hsvSaturationF() > 0.25 for x in range(80) for y in range(10))

    assert [coloured(part) for part in (None, -1.0, 0.0, 0.99, 1.0)] == [False] * 5
    assert coloured(1.01)
    assert bar.accessibleName() == "3 dari 5 hari"
