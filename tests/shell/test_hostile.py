"""Forty texts made to be read as something else, in what stands around the panels: the title of a window, the strip,
its menus, the palette, notices, forms and pages; and what is dropped on a window goes nowhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QPlainTextEdit, QTextBrowser, QWidget
from pytestqt.qtbot import QtBot

from console.core.errors import DiskTrouble, Fault
from console.core.lifecycle import State
from console.core.records import QueueRow
from console.shell.menus import fill_menu
from console.shell.notices import Gravity, Notice, NoticeBar, of_error
from console.shell.shell import Shell
from console.shell.shots import take
from console.store.files import load_phrases
from tests.hostile import LINKS, PAYLOADS, cells, drop, said, wrong, wrongs
from tests.shell.conftest import FakeRead
from tests.tree import calls, imports, path_of, sources, words
from widgets.form import AskForm, FieldKind, FormField
from widgets.palette_popup import PalettePopup


@pytest.fixture
def open_shell(shell: Shell, qtbot: QtBot) -> Any:
    shell.complete.connect(shell.begin)
    with qtbot.waitSignal(shell.complete, timeout=20_000):
        shell.open()
    yield shell
    shell.desk.ticks.stop()


def test_a_window_its_strip_and_its_menus_say_a_citys_name_as_words(open_shell: Shell) -> None:
    """A pack is somebody else's too: the city's name stands in each title, its areas in menus and palette."""
    window, desk = open_shell.wall.windows[0], open_shell.desk
    menu = QMenu()
    for text in PAYLOADS.values():
        object.__setattr__(desk, "pack", replace(desk.pack, name=text))
        window.retranslate()
        fill_menu(menu, open_shell.actions, desk.phrases, open_shell.do)
        assert not [fault for place, each in said(menu) if (fault := wrong(place, each))]
        assert wrong("window title", window.windowTitle()) == ""
        assert "\n" not in window.windowTitle()
    assert wrongs(window) == []


def test_the_palette_says_what_it_found_as_words(open_shell: Shell, read: FakeRead, qtbot: QtBot) -> None:
    sound = [each.encode("utf-8", "replace").decode("utf-8") for each in PAYLOADS.values()]
    read.rows = [
        QueueRow(nth, f"laksa:{text}", State.NEW, text, text, text, text, text, 0, None, 0, text)
        for nth, text in enumerate(sound)
    ]
    open_shell.open_palette()
    popup = next(iter(open_shell._palettes.values()))
    popup.set_items([popup._item(row) for row in read.rows])
    popup.grab()
    assert popup.list.model().rowCount() >= 40
    assert [fault for place, text in cells(popup.list.model()) if (fault := wrong(place, text))] == []
    assert wrongs(popup) == []
    assert isinstance(popup, PalettePopup)


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_notice_says_it_as_words(name: str, qtbot: QtBot) -> None:
    text, phrases = PAYLOADS[name], load_phrases()
    bar = NoticeBar(phrases)
    qtbot.addWidget(bar)
    values = {"path": text, "fault": text, "reason": text}
    bar.show_notices(
        [
            Notice("a", Gravity.BUG, lambda _phrases: text),
            of_error(DiskTrouble("store.broken", **values)),
            of_error(Fault.at(text, "store.full", **values)),
        ]
    )
    bar.resize(600, 200)
    bar.grab()
    assert wrongs(bar) == []


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_form_and_a_refusal_say_it_as_words(name: str, qtbot: QtBot) -> None:
    text = PAYLOADS[name].encode("utf-8", "replace").decode("utf-8")
    fields = [
        FormField("line", text, hint=text, value=text),
        FormField("lines", text, FieldKind.LINES, hint=text, value=text),
        FormField("choice", text, FieldKind.CHOICE, choices=[(text, text), ("b", "b")], value=text),
        FormField("file", text, FieldKind.FILE, hint=text),
    ]
    form = AskForm(text, fields, load_phrases(), ok="OK", says=text)
    qtbot.addWidget(form)
    form.show_refusal(text)
    form.submit()
    form.grab()
    assert wrongs(form) == []


def test_a_page_over_a_window_has_no_picture_and_follows_no_link(open_shell: Shell) -> None:
    """The manual and the list of keys are Markdown; what a report of a bug holds is not read as such."""
    open_shell.offer()
    for text in PAYLOADS.values():
        open_shell.open_report(text)
        page = open_shell._page()
        assert wrongs(page) == []
    open_shell.open_report(PAYLOADS["image"])
    assert open_shell._page().text.toPlainText() == PAYLOADS["image"], "letter by letter"
    open_shell.open_manual()
    browser = open_shell._page().findChild(QTextBrowser)
    assert browser is not None
    browser.anchorClicked.emit(QUrl("file:///etc/passwd"))
    assert browser.source().isEmpty()


DROPPED = [
    [QUrl("file:///etc/passwd")],
    [QUrl(link) for link in LINKS],
]


@pytest.mark.parametrize("urls", DROPPED, ids=["file", "addresses"])
def test_what_is_dropped_on_any_part_of_a_window_goes_nowhere(
    open_shell: Shell, urls: list[QUrl], asked: list[Any]
) -> None:
    open_shell.open_palette()
    open_shell.open_manual()
    for window in open_shell.wall.windows:
        before = window.windowTitle()
        parts = [window, *window.findChildren(QWidget)]
        assert len(parts) > 10
        for widget in parts:
            drop(widget, urls)
        QApplication.processEvents()
        assert window.windowTitle() == before
        assert wrongs(window) == []
        assert all(browser.source().isEmpty() for browser in window.findChildren(QTextBrowser))
    assert asked == []


@pytest.mark.parametrize("kind", [QLineEdit, QPlainTextEdit])
def test_what_is_dropped_into_a_field_is_words(qtbot: QtBot, kind: type[QLineEdit] | type[QPlainTextEdit]) -> None:
    field = kind()
    qtbot.addWidget(field)
    drop(field, DROPPED[0])
    text = field.text() if isinstance(field, QLineEdit) else field.toPlainText()
    assert "<" not in text


def test_pictures_of_the_wall_have_names_of_our_own(open_shell: Shell, tmp_path: Path, qapp: QApplication) -> None:
    """Whatever city, monitor or complaint is called."""
    object.__setattr__(open_shell.desk, "pack", replace(open_shell.desk.pack, name=PAYLOADS["path"]))
    made = take(qapp.screens(), tmp_path / "shots")
    wanted = [*(f"monitor-{nth}.png" for nth in range(1, len(qapp.screens()) + 1)), "wall.png"]
    assert [path.name for path in made] == wanted
    assert sorted(each.name for each in tmp_path.rglob("*") if each.is_file()) == sorted(wanted)


def test_nothing_is_ever_opened_by_another_program() -> None:
    """No link is followed and no file handed on: there is no call in the whole program that could."""
    forbidden = {"QDesktopServices", "openUrl", "startfile", "webbrowser", "ShellExecute", "os.system", "xdg-open"}
    for module, tree in sources().items():
        named = {text for _, text in words(tree)} | {name for name, _ in imports(module, tree)}
        assert not {each for each in named if any(word in each for word in forbidden) and len(each) < 60}, module
    starters = {
        path_of(module).name
        for module, tree in sources().items()
        for called, _ in calls(tree)
        if called.rpartition(".")[2] in ("QProcess", "Popen", "startDetached", "execv", "spawnv", "popen")
        and not module.startswith("bench")
    }
    own = {"child.py", "reading.py"}
    assert starters <= own, "only engine, centre and the reading of answers are started, and by their own path"


def test_there_is_no_web_view() -> None:
    """No page, no script, no browser: nothing in the program could run one."""
    web = ("PySide6.QtWebEngineWidgets", "PySide6.QtWebEngineCore", "PySide6.QtWebChannel", "PySide6.QtQml")
    for module, tree in sources().items():
        assert not {name for name, _ in imports(module, tree) if name.startswith(web)}, module
