"""The base of all panels: which state is drawn over which, the age in the head, the footer, the menu."""

from __future__ import annotations

from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMenu

from console.core.errors import Away, BadAnswer, DiskTrouble
from console.core.records import Kind
from console.panels import found
from console.panels.panel import Panel, PanelFace
from console.panels.queue import Queue
from tests.town import NOW
from widgets.panel_frame import PanelState


class Plain(Panel):
    """A panel of nothing but its base."""

    face = PanelFace("plain", "panels.queue.title", "queue", frozenset({Kind.COMPLAINT}))

    def build(self, desk):
        self.asked = 0
        self.got = []
        self.query = self.live(self.ask, self.take)

    def ask(self):
        self.asked += 1
        return lambda read: read.total("", NOW)

    def take(self, total):
        self.got.append(total)
        self.show_ready()


@pytest.fixture
def panel(town, open_panel, qtbot):
    town.fill(6)
    made = open_panel(Plain)
    qtbot.waitUntil(lambda: made.frame.state is PanelState.READY and town.desk.sources.about().worst is not None)
    return made


def test_it_reads_only_while_it_is_seen(town, qtbot):
    panel = Plain(town.desk)
    assert panel.asked == 0
    panel.show()
    qtbot.waitUntil(lambda: len(panel.got) == 1)
    panel.hide()
    town.fill(3)
    assert panel.query.stale
    assert panel.asked == 1
    panel.show()
    qtbot.waitUntil(lambda: len(panel.got) == 2)
    panel.deleteLater()


def test_the_head_tells_the_age_and_its_whole_story(panel, town):
    assert panel.frame.age.text == "12 dtk"
    told = panel.frame.age.accessibleDescription()
    assert "Pengaduan rekaan: Segar" in told
    assert "Diterima 10.41 WIB" in told
    assert "Berikutnya 10.42 WIB" in told
    town.clock.turn(48)
    town.desk.ticks.second.emit()
    assert panel.frame.age.text == "1 mnt"


def test_lost_is_drawn_over_content_with_why_and_next_try(panel, town, qtbot):
    town.stand(trouble="away", error="commands.nobody", lost_since=NOW - timedelta(hours=2))
    qtbot.waitUntil(lambda: panel.frame.state is PanelState.LOST)
    told = panel.frame.accessibleDescription()
    assert "tidak terjangkau sejak 08.42 WIB" in told
    assert "isi nama operator" in told
    assert "dicoba lagi 10.42 WIB" in told
    town.stand()
    qtbot.waitUntil(lambda: panel.frame.state is PanelState.READY)


def test_a_long_title_leaves_room_for_why_and_next_try(panel, town, qtbot):
    title = "Pengaduan masyarakat dari kanal bersama seluruh kota dan kabupaten"
    town.stand(title=title, trouble="away", error="commands.nobody", lost_since=NOW - timedelta(hours=2))
    qtbot.waitUntil(lambda: panel.frame.state is PanelState.LOST)
    assert panel.frame.accessibleDescription().startswith("Pengaduan masyarakat dari kan… tidak terjangkau")
    town.stand(title=title, last_good_at=NOW - timedelta(hours=2))
    qtbot.waitUntil(lambda: panel.frame.state is PanelState.STALE)
    assert panel.frame.accessibleDescription().startswith("Pengaduan masyarakat dari kan… terlambat")


def test_silence_is_told_as_silence(panel, town, qtbot):
    town.stand(newest_at=NOW - timedelta(hours=2))
    qtbot.waitUntil(lambda: panel.frame.state is PanelState.STALE)
    assert "diam" in panel.frame.accessibleDescription()


@pytest.mark.parametrize(
    ("error", "remedy"),
    [(DiskTrouble("store.absent"), "diska"), (Away("commands.nobody"), "sambungan"), (BadAnswer("x.y"), "sendiri")],
)
def test_a_fault_says_what_where_and_the_remedy(panel, error, remedy):
    panel.show_fault(error)
    assert panel.frame.state is PanelState.FAULT
    assert "Antrean pengaduan" in panel.frame.message.text
    assert remedy in panel.frame.message.text


def test_a_fault_is_over_with_the_next_good_reading(panel, qtbot):
    panel.show_fault(DiskTrouble("store.absent"))
    panel.frame.message.action.click()
    qtbot.waitUntil(lambda: panel.frame.state is PanelState.READY)


def test_empty_and_loading(panel):
    panel.show_empty("Tidak ada", "Coba lain")
    assert panel.frame.state is PanelState.EMPTY
    panel.show_loading()
    assert panel.frame.state is PanelState.LOADING


def test_the_menu_reads_again_and_opens_the_manual(panel, qtbot):
    panel.frame.menu_asked.emit(panel.mapToGlobal(panel.rect().center()))
    actions = {action.text(): action for action in panel.findChildren(QMenu)[-1].actions()}
    with qtbot.waitSignal(panel.wants) as wants:
        actions["Buka halaman panduan"].trigger()
    assert wants.args == ["manual", "plain"]
    before = panel.asked
    actions["Baca lagi"].trigger()
    assert panel.asked == before + 1


def test_the_walk_finds_panels_and_not_their_base():
    assert Panel not in found().values()
    assert all(name == kind.face.id for name, kind in found().items())


@pytest.mark.parametrize("name", ["queue", "sources", "indicators", "situation_map", "exchange"])
def test_the_keyboard_goes_to_the_part_that_is_worked(name, town, open_panel, qtbot):
    town.fill(6)
    panel = open_panel(found()[name])
    qtbot.waitUntil(lambda: QApplication.activeWindow() is panel.window(), timeout=20_000)
    panel.setFocus()
    held = QApplication.focusWidget()
    assert panel.isAncestorOf(held)
    assert held.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_a_lost_bus_says_nothing_of_complaints(town, open_panel, qtbot):
    town.fill(3)
    town.stand()
    town.stand(id="bus", kind="gtfs-rt", title="Bus", licence="CC0 bus", trouble="away", error="commands.nobody")
    queue = open_panel(Queue)
    qtbot.waitUntil(lambda: len(town.desk.sources.rows) == 2 and queue.frame.state is PanelState.READY)
    assert "CC0 bus" not in queue.frame._source.text
