"""What the console has to tell: in words, the worst first, never in the way."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from console.core.errors import DiskTrouble, Fault, Refused
from console.shell.notices import Gravity, Notice, NoticeBar, Notices, of_error
from console.store.files import load_phrases
from widgets import theme


def note(name: str, gravity: Gravity = Gravity.NOTE) -> Notice:
    return Notice(name, gravity, lambda _phrases: f"about {name}")


def test_the_worst_stands_first_and_one_id_stands_once(qapp: QApplication) -> None:
    notices = Notices()
    for each in (note("a"), note("full", Gravity.DISK), note("no", Gravity.REFUSED), note("a")):
        notices.add(each)
    assert [each.id for each in notices.all()] == ["full", "no", "a"]
    notices.drop("full")
    notices.drop("full")
    assert [each.id for each in notices.all()] == ["no", "a"]


def test_errors_become_notices_with_their_sentence() -> None:
    phrases = load_phrases()
    assert of_error(DiskTrouble("store.full", path="/x")).gravity is Gravity.DISK
    assert of_error(Refused("shell.deed.none_selected")).told(phrases) == "Pilih dahulu satu pengaduan."
    told = of_error(Fault.at("settings.toml tema", "shell.layout.form")).told(phrases)
    assert told.startswith("settings.toml tema: Susunan")


def test_the_bar_takes_no_room_when_there_is_nothing(qtbot: QtBot) -> None:
    bar = NoticeBar(load_phrases())
    qtbot.addWidget(bar)
    bar.show_notices([])
    assert bar.isHidden()


def test_the_bar_says_the_first_few_and_counts_the_rest(qtbot: QtBot) -> None:
    bar = NoticeBar(load_phrases())
    qtbot.addWidget(bar)
    bar.show_notices([note(str(nth)) for nth in range(5)])
    assert bar.lines == ["about 0", "about 1", "about 2", "2 pemberitahuan lagi"]
    bar.show_notices([note("only")])
    assert bar.lines == ["about only"]


def test_the_bar_speaks_anew_and_its_buttons_work(qtbot: QtBot) -> None:
    phrases = load_phrases()
    bar = NoticeBar(phrases)
    qtbot.addWidget(bar)
    pressed: list[str] = []
    told = Notice(
        "bug", Gravity.BUG, lambda words: words.say("shell.crash.told"), "shell.crash.show", lambda: pressed.append("x")
    )
    bar.show_notices([told])
    phrases.speak("en")
    bar.retranslate()
    assert bar.lines == ["The program has a fault. Your work is saved; the report can be copied for those who mend it."]
    button = next(each for each in bar.findChildren(QPushButton) if each.text() == "Show the report")
    button.click()
    assert pressed == ["x"]


def test_the_bar_takes_the_sizes_of_its_window(qtbot: QtBot) -> None:
    bar = NoticeBar(load_phrases())
    qtbot.addWidget(bar)
    bar.show_notices([note(str(nth)) for nth in range(5)])
    bar.show()
    for scale in (2.5, 1.0):
        theme.dress(bar, theme.scaled(theme.load("dark"), scale))
        QApplication.processEvents()
        closes = [each for each in bar.findChildren(QToolButton) if each.isVisible()]
        assert len(closes) == 3
        assert all(each.minimumWidth() == round(24 * scale) for each in closes)
        assert bar.lines[0] == "about 0"
