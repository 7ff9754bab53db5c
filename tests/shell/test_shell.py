"""All windows together: everything by key and palette, every word in the other language, themes, bugs, deeds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QMenu, QWidget
from pytestqt.qtbot import QtBot

from console.commands import found
from console.core.clock import TurnedClock
from console.core.command import Command, Outcome, Receipt
from console.core.errors import DiskTrouble, Fault, Refused
from console.core.lifecycle import Deed, State
from console.core.records import Changes, Complaint, ComplaintId, Kind, QueueRow
from console.models.desk import Desk
from console.models.news import LinkState
from console.shell.actions import Menu
from console.shell.layouts import places
from console.shell.menus import fill_menu, palette_items
from console.shell.preferences import Preferences
from console.shell.shell import Shell
from console.shell.windows import Window
from tests.shell.conftest import AT, FakeRead
from widgets import theme


@pytest.fixture
def open_shell(shell: Shell, qtbot: QtBot) -> Iterator[Shell]:
    shell.complete.connect(shell.begin)
    with qtbot.waitSignal(shell.complete, timeout=20_000):
        shell.open()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is shell.wall.windows[0])
    yield shell
    shell.desk.ticks.stop()


def complaint(state: State = State.NEW) -> Complaint:
    return Complaint(
        id=ComplaintId("laksa:7"), source="laksa", native_id="7", native_state="masuk", state=state,
        title="Jalan rusak",
        text="", category="", agency="", address="", lat=None, lon=None, area="", opd="", holder="", duplicate_of="",
        requested_at=AT, updated_at=None, expected_at=None, zone_assumed=False, media_url="", received_at=AT,
        touched_at=None, pending=0,
    )  # fmt: skip


def choose(shell: Shell, read: FakeRead, qtbot: QtBot, state: State = State.NEW) -> None:
    read.complaints["laksa:7"] = complaint(state)
    shell.desk.links.select_complaint("laksa:7")
    qtbot.waitUntil(lambda: shell.deeds.sheet is not None)


def words(root: QWidget) -> set[str]:
    """Every word a person can see or hear in a window."""
    seen: set[str] = set()
    for widget in root.findChildren(QWidget):
        if not widget.isVisible():
            continue
        seen.add(widget.accessibleName())
        seen.add(widget.toolTip())
        if isinstance(widget, QLabel | QAbstractButton):
            seen.add(widget.text())
        if isinstance(widget, QLineEdit):
            seen.add(widget.placeholderText())
        seen.add(getattr(widget, "text", "") if isinstance(getattr(widget, "text", ""), str) else "")
    return {each for each in seen if each}


def test_no_two_actions_share_an_id_or_a_key(shell: Shell) -> None:
    shell.offer()
    keys = [QKeySequence(action.key).toString() for action in shell.actions if action.key]
    assert len(keys) == len(set(keys))
    assert all(keys)
    with pytest.raises(ValueError, match="palette"):
        shell.actions.add([shell.actions["palette"]])


def test_every_action_is_in_the_palette_and_all_but_the_areas_in_the_menu(open_shell: Shell) -> None:
    ids = {action.id for action in open_shell.actions if action.offered()}
    assert {item.key for item in palette_items(open_shell.actions, open_shell.desk.phrases)} == ids
    menu = QMenu()
    fill_menu(menu, open_shell.actions, open_shell.desk.phrases, open_shell.do)
    entries = [entry for part in menu.actions() for entry in part.menu().actions()]  # type: ignore[union-attr]
    wanted = [action for action in open_shell.actions if action.menu is not Menu.AREAS and action.offered()]
    assert len(entries) == len(wanted)


def test_every_command_is_an_action(shell: Shell) -> None:
    shell.offer()
    shell.offer()
    asked = {f"deed.{deed}" for deed in Deed if not found()[deed].face.elsewhere}
    offered = {action.id for action in shell.actions if action.id.startswith("deed.")}
    assert asked == offered


def test_every_action_speaks_both_languages(shell: Shell) -> None:
    shell.offer()
    phrases = shell.desk.phrases
    for language in ("id", "en"):
        phrases.speak(language)
        for action in shell.actions:
            assert "«" not in action.says(phrases)
            assert action.more is None or "«" not in action.more(phrases)


def test_the_palette_opens_by_key_and_does_what_is_chosen(open_shell: Shell, qtbot: QtBot) -> None:
    window = open_shell.wall.windows[0]
    qtbot.waitUntil(window.isActiveWindow)
    QTest.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    popup = open_shell._palettes[window]
    assert popup.isVisible()
    QTest.keyClicks(popup.field, "tema terang")
    QTest.keyClick(popup.field, Qt.Key.Key_Return)
    assert open_shell.preferences["theme"] == "light"
    assert theme.of(window).name == "light"


def test_the_language_changes_every_visible_word(open_shell: Shell, qtbot: QtBot) -> None:
    open_shell.do("palette")
    open_shell.do("keys")
    before = [words(window) for window in open_shell.wall.windows]
    open_shell.do("set.language.en")
    for window, old in zip(open_shell.wall.windows, before, strict=True):
        same = words(window) & old
        allowed = {open_shell.desk.pack.name, "Menu", "Menu (F10)"}
        left = {each for each in same - allowed if any(letter.isalpha() for letter in each)}
        assert not left
        assert "«" not in "".join(words(window))


def test_the_keys_page_names_every_key(open_shell: Shell) -> None:
    open_shell.do("keys")
    text = open_shell._pages[open_shell.here()].text.toPlainText()
    for action in open_shell.actions:
        if action.key:
            assert action.says(open_shell.desk.phrases) in text
    assert "Ctrl+K" in text


def test_f1_opens_the_page_of_the_panel_that_has_the_keyboard(open_shell: Shell) -> None:
    window = open_shell.wall.windows[0]
    open_shell.open_panel("conflicts")
    QTest.keyClick(window, Qt.Key.Key_F1)
    page = open_shell._pages[window]
    assert page._manual == "conflicts"
    assert page._title.text() == "Tabrakan"
    QTest.keyClick(page.text, Qt.Key.Key_F1)
    assert page._manual == "keys"
    page.close_it()
    window.body.setFocus()
    QTest.keyClick(window, Qt.Key.Key_F1)
    assert page._manual == "keys"
    page.close_it()
    open_shell.open_panel("conflicts")
    QTest.keyClick(window, Qt.Key.Key_F1, Qt.KeyboardModifier.ShiftModifier)
    assert page._manual == "keys"


def test_a_manual_page_that_is_not_written_gives_the_keys(open_shell: Shell) -> None:
    panel: Any = next(open_shell.wall.windows[0].content.slots()).panel
    panel.wants.emit("manual", "unwritten")
    assert open_shell._pages[open_shell.wall.windows[0]].isVisible()


def test_a_panel_comes_to_the_front_wherever_it_stands(open_shell: Shell, qtbot: QtBot) -> None:
    open_shell.do("panel.indicators")
    qtbot.waitUntil(lambda: QApplication.activeWindow() is open_shell.wall.windows[2])


def test_a_panel_that_stands_nowhere_becomes_a_tab_here(
    desk: Desk, preferences: Preferences, open_shell: Shell, qtbot: QtBot
) -> None:
    window = open_shell.wall.windows[2]
    window.put(open_shell.wall.windows[1].monitor)
    standing = [place.panel for each in open_shell.wall.windows for place in places(each.kept().content)]
    assert "indicators" not in standing
    open_shell.do("panel.indicators")
    assert "indicators" in [place.panel for place in places(open_shell.here().kept().content)]
    open_shell.do("usual")
    assert [place.panel for place in places(window.kept().content)] == ["indicators"]


def test_letters_of_deeds_reach_the_shell_where_no_panel_takes_them(
    open_shell: Shell, read: FakeRead, asked: list[Command], qtbot: QtBot
) -> None:
    open_shell.preferences.change("operator", "Sari")
    choose(open_shell, read, qtbot)
    QTest.keyClick(open_shell.wall.windows[1], Qt.Key.Key_A)
    qtbot.waitUntil(lambda: len(asked) == 1)
    assert asked[0].face.deed is Deed.TAKE


def test_what_cannot_be_is_said_and_not_asked(
    open_shell: Shell, read: FakeRead, asked: list[Command], qtbot: QtBot
) -> None:
    open_shell.do("deed.verify")
    assert open_shell.notices.all()[0].told(open_shell.desk.phrases) == "Pilih dahulu satu pengaduan."
    choose(open_shell, read, qtbot, State.DONE)
    open_shell.preferences.change("operator", "Sari")
    open_shell.desk.news.changed.emit(Changes(frozenset({Kind.COMPLAINT})))
    qtbot.waitUntil(lambda: open_shell.deeds.why_not(Deed.VERIFY) is not None)
    open_shell.do("deed.verify")
    assert not asked
    assert open_shell.notices.all()


def test_a_deed_without_a_name_asks_for_it_first(
    open_shell: Shell, read: FakeRead, asked: list[Command], qtbot: QtBot
) -> None:
    choose(open_shell, read, qtbot)
    open_shell.do("deed.take")
    form = open_shell._forms[open_shell.here()].form
    assert form is not None
    field: Any = form.editor("operator")
    field.setText("   ")
    form.submit()
    assert not asked
    field.setText("Sari")
    form.submit()
    qtbot.waitUntil(lambda: len(asked) == 1)
    assert open_shell.preferences["operator"] == "Sari"
    assert not open_shell._forms[open_shell.here()].isVisible()


def test_a_deed_that_asks_is_opened_in_the_complaints_panel(open_shell: Shell, read: FakeRead, qtbot: QtBot) -> None:
    open_shell.preferences.change("operator", "Sari")
    choose(open_shell, read, qtbot)
    with qtbot.waitSignal(open_shell.desk.links.deed_asked) as told:
        open_shell.do("deed.note")
    assert told.args == ["laksa:7", "note"]


def test_a_new_complaint_is_recorded_by_form_and_then_selected(
    open_shell: Shell, asked: list[Command], qtbot: QtBot
) -> None:
    open_shell.preferences.change("operator", "Sari")
    open_shell.do("deed.record")
    form = open_shell._forms[open_shell.here()].form
    assert form is not None
    form.submit()
    assert not asked
    channel: Any = form.editor("channel")
    channel.setCurrentIndex(channel.findData("telepon"))
    for name, text in (("title", "Pohon tumbang"), ("address", "Jl. Rekaan 1")):
        field: Any = form.editor(name)
        field.setText(text)
    open_shell.do("set.language.en")
    form = open_shell._forms[open_shell.here()].form
    assert form is not None
    assert form.value("title") == "Pohon tumbang"
    form.submit()
    assert asked[0].face.deed is Deed.RECORD
    assert open_shell.desk.links.complaint == asked[0].complaint


def test_a_refusal_in_the_write_is_told(open_shell: Shell, read: FakeRead, asked: list[Command], qtbot: QtBot) -> None:
    open_shell.preferences.change("operator", "Sari")
    choose(open_shell, read, qtbot)
    open_shell.do("deed.take")
    qtbot.waitUntil(lambda: len(asked) == 1)
    receipt = Receipt("c1", Outcome.REFUSED, "laksa:7", "commands.take.taken", {"who": "Budi"})
    open_shell.desk.news.receipt.emit(receipt)
    assert "Budi" in open_shell.notices.all()[0].told(open_shell.desk.phrases)


def test_the_switch_is_asked_by_key_button_and_palette(open_shell: Shell, qtbot: QtBot) -> None:
    for press in (
        lambda: open_shell.do("cut"),
        lambda: open_shell.wall.windows[1].strip.banner.action_asked.emit(),
    ):
        with qtbot.waitSignal(open_shell.cut_asked):
            press()


def test_a_window_that_is_closed_ends_the_whole_console(open_shell: Shell, qtbot: QtBot) -> None:
    with qtbot.waitSignal(open_shell.ending):
        open_shell.wall.windows[2].close()
    assert open_shell.wall.windows[2].isVisible()


def test_a_panel_that_breaks_leaves_its_place_and_is_reported(
    shell: Shell, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = type("Broken", (shell.wall.panels["indicators"],), {"build": lambda self, desk: 1 / 0})
    shell.wall.panels = {**shell.wall.panels, "indicators": broken}  # type: ignore[dict-item]
    reported: list[type[BaseException]] = []
    monkeypatch.setattr("sys.excepthook", lambda kind, _error, _trace: reported.append(kind))
    with qtbot.waitSignal(shell.complete, timeout=20_000):
        shell.open()
    assert reported == [ZeroDivisionError]
    assert shell.settled()
    assert any("tidak dapat dibuka" in label.text() for label in shell.wall.windows[2].findChildren(QLabel))


def test_every_control_has_a_name_and_can_be_reached(open_shell: Shell) -> None:
    for window in open_shell.wall.windows:
        for widget in window.strip.findChildren(QAbstractButton):
            assert widget.accessibleName() or widget.text()
            assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_the_wall_type_of_one_window_turns(open_shell: Shell) -> None:
    window = open_shell.here()
    assert theme.of(window).scale == 1.0
    open_shell.do("wall_type")
    assert theme.of(window).scale == 1.5
    open_shell.keep_layout()
    kept = open_shell.preferences["layout"]["4"][window.home.keys[0]]
    assert kept["wall"] is True


def test_the_strip_says_how_it_stands(open_shell: Shell, read: FakeRead, clock: TurnedClock, qtbot: QtBot) -> None:
    strip = open_shell.wall.windows[0].strip
    qtbot.waitUntil(lambda: "12 pengaduan terbuka" in open_shell.standing.said.city)
    assert open_shell.standing.said.city == "12 pengaduan terbuka · 3 lewat batas · 5 masuk 24 jam ini"
    assert open_shell.standing.said.time == "Sab 21 Nov 2026 10.42 WIB"
    open_shell.desk.news.link.emit(LinkState.ONLINE)
    assert strip.banner.text == "Daring"
    clock.turn(timedelta(minutes=5).total_seconds())
    open_shell.desk.news.link.emit(LinkState.OFFLINE)
    assert strip.banner.text == "Luring sejak 10.47"
    open_shell.desk.news.link.emit(LinkState.CUT)
    assert strip.banner.text == "Sambungan diputuskan sejak 10.47"
    assert open_shell.standing.said.switch == "Sambungkan lagi"


def test_the_areas_are_in_the_palette(open_shell: Shell) -> None:
    open_shell.do("area.99.71.02")
    assert open_shell.desk.links.area == "99.71.02"
    open_shell.do("area.")
    assert open_shell.desk.links.area == ""


def test_keys_are_listened_to_once_a_window(open_shell: Shell) -> None:
    for window in open_shell.wall.windows:
        keys = [each.key().toString() for each in window.findChildren(QShortcut) if each.parent() is window]
        assert len(keys) == len(set(keys))


def test_what_the_store_has_to_tell_is_told(shell: Shell, read: FakeRead, qtbot: QtBot) -> None:
    read.notices = [Fault.at("records.db", "shell.layout.form")]
    shell.begin()
    qtbot.waitUntil(lambda: bool(shell.notices.all()))
    assert shell.notices.all()[0].told(shell.desk.phrases).startswith("records.db: ")
    shell.desk.ticks.stop()


def test_the_palette_finds_complaints_by_number(open_shell: Shell, read: FakeRead, qtbot: QtBot) -> None:
    read.rows = [QueueRow(1, "laksa:61122-7", State.NEW, "Jalan rusak", "99.71.01", "", "", "", 0, None, 0, "masuk")]
    open_shell.do("palette")
    popup = open_shell._palettes[open_shell.here()]
    QTest.keyClicks(popup.field, "61122")
    qtbot.waitUntil(lambda: popup.shown == ["complaint:laksa:61122-7"])
    QTest.keyClick(popup.field, Qt.Key.Key_Return)
    assert open_shell.desk.links.complaint == "laksa:61122-7"
    open_shell.do("palette")
    QTest.keyClicks(popup.field, "xy")
    assert not [key for key in popup.shown if key.startswith("complaint:")]


def in_group_b(shell: Shell, nth: int, qtbot: QtBot) -> Window:
    """That window, in use, in a group of its own."""
    window = shell.wall.windows[nth]
    window.activateWindow()
    qtbot.waitUntil(lambda: shell.here() is window)
    shell.do("group")
    assert window.monitor.group == "B"
    return window


def test_a_window_of_another_group_does_not_follow(open_shell: Shell, read: FakeRead, qtbot: QtBot) -> None:
    second = in_group_b(open_shell, 3, qtbot)
    assert "Kelompok B" in words(second)
    assert "Kelompok A" not in words(open_shell.wall.windows[0])
    read.complaints["laksa:7"] = complaint()
    open_shell.desk.links.select_complaint("laksa:7")
    assert open_shell.groups.of("B").links.complaint == "laksa:7"
    assert open_shell.groups.of("A").links.complaint == ""
    open_shell.wall.windows[0].activateWindow()
    qtbot.waitUntil(lambda: open_shell.here() is open_shell.wall.windows[0])
    assert open_shell.desk.links.complaint == ""
    assert open_shell.deeds.sheet is None


def test_a_panel_of_another_group_is_not_brought_to_the_front(open_shell: Shell, qtbot: QtBot) -> None:
    second = in_group_b(open_shell, 3, qtbot)
    open_shell.open_panel("complaint")
    assert "complaint" in {place.panel for place in places(second.kept().content)}
    assert second.monitor.group == "B"


def test_the_group_of_a_window_is_kept(open_shell: Shell, qtbot: QtBot) -> None:
    in_group_b(open_shell, 3, qtbot)
    open_shell.keep_layout()
    kept = open_shell.preferences["layout"]["4"]
    assert [each.get("group", "A") for each in kept.values()] == ["A", "A", "A", "B"]
    open_shell.use_usual()
    assert {window.monitor.group for window in open_shell.wall.windows} == {"A"}


def test_a_refusal_a_panel_has_no_place_for_is_told_with_its_complaint(open_shell: Shell) -> None:
    panel = next(slot.panel for slot in open_shell.wall.windows[0].content.slots() if slot.panel is not None)
    for number in (7, 8):
        panel.deed_told.emit(Refused("commands.take.own"), f"laksa:{number}")
    panel.deed_told.emit(DiskTrouble("store.full"), "laksa:9")
    told = [notice.told(open_shell.desk.phrases) for notice in open_shell.notices.all()]
    assert told[1:] == [f"Pengaduan {number}: Pengaduan ini sudah Anda pegang." for number in (7, 8)]
    assert "laksa" not in told[0]
    open_shell.desk.phrases.speak("en")
    assert open_shell.notices.all()[1].told(open_shell.desk.phrases).startswith("Complaint 7: ")
    panel.deed_told.emit(None, "laksa:7")
    assert [notice.told(open_shell.desk.phrases)[:11] for notice in open_shell.notices.all()] == ["Complaint 8"]


def test_nothing_is_done_to_the_complaint_before_while_the_next_is_read(
    open_shell: Shell, read: FakeRead, asked: list[Command], qtbot: QtBot
) -> None:
    open_shell.preferences.change("operator", "Sari")
    choose(open_shell, read, qtbot)
    open_shell.desk.links.select_complaint("laksa:8")
    open_shell.do("deed.take")
    assert not asked
    assert "belum terbaca" in open_shell.notices.all()[0].told(open_shell.desk.phrases)
