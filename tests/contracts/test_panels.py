"""What every panel promises, held over every panel found: five states, any size, both languages and themes, by
keyboard and by ear, kept and restored, and silent while nobody looks."""

from __future__ import annotations

import ast
import inspect
import json
import re
from datetime import timedelta

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QWidget

from console.core.items import Item, ItemKind, Sample, Series
from console.core.lifecycle import Deed
from console.core.phrases import LANGUAGES
from console.core.records import Batch, Waiting
from console.models.people import Stand
from console.models.sources import EVERY
from console.panels import found
from console.panels.panel import Condition, Panel
from tests.store.timetables import timetable, trip
from tests.town import NOW, Town, collision, hub, person, phrases, waits
from tests.tree import ROOT
from widgets import theme
from widgets.bar_rows import BarRows
from widgets.key_figure import KeyFigure
from widgets.panel_frame import PanelState
from widgets.plain import Elided

PANELS = found()
PATIENCE_MS = 20_000
LANGUAGE_FREE = re.compile(r"[\W\d_]*")
every_panel = pytest.mark.parametrize("kind", PANELS.values(), ids=PANELS.keys())


@pytest.fixture(autouse=True)
def dressed(qapp):
    """The program's own look, as on a desk."""
    if theme.of(None) is not theme.load("dark") or not qapp.styleSheet():
        theme.apply(qapp, theme.load("dark"))


@pytest.fixture
def show(town, qtbot):
    """Makes a panel of a kind, shows it, and waits till it has something to say."""
    made = []

    def make(kind: type[Panel], *, settled=True, at: Town = town, size=(1000, 700)) -> Panel:
        panel = kind(at.desk)
        made.append(panel)
        panel.resize(*size)
        panel.show()
        if settled:
            qtbot.waitUntil(lambda: panel.condition is not Condition.LOADING, timeout=PATIENCE_MS)
            qtbot.waitUntil(lambda: at.desk.work.waiting == 0, timeout=PATIENCE_MS)
            qtbot.waitUntil(lambda: at.desk.people.stand is Stand.DEMO, timeout=PATIENCE_MS)
        return panel

    yield make
    for panel in made:
        if shiboken6.isValid(panel):
            panel.close()
            panel.deleteLater()


def texts(panel: QWidget) -> set[str]:
    """Everything a person can read on it."""
    said: set[str] = set()
    for each in panel.findChildren(QWidget):
        if isinstance(each, QLabel | QAbstractButton):
            said.add(each.text())
        elif isinstance(each, Elided):
            said.add(each.text)
        elif isinstance(each, QLineEdit):
            said.add(each.placeholderText())
        elif isinstance(each, KeyFigure):
            said |= {each.figure.label, each.figure.change}
        elif isinstance(each, BarRows):
            said |= {row.label for row in each.rows}
        said |= {each.accessibleName(), each.accessibleDescription(), each.toolTip()}
    return {text for text in said if text and not LANGUAGE_FREE.fullmatch(text)}


def sentences(language: str) -> set[str]:
    """All sentences of a language."""
    said = phrases(language)
    return {said.say(key) for key in said.keys(language)}


def tidings() -> Batch:
    """A warning that holds, a quake and an article."""
    info = {"language": "id", "severity": "Severe", "headline": "Air 250 cm"}
    told = {"status": "Actual", "msgType": "Alert", "sender": "s", "identifier": "1", "sent": "x", "infos": [info]}
    warning = Item(
        "cap:1", "cap", ItemKind.ALERT, "1", "Air 250 cm", "", NOW, ends_at=NOW + timedelta(hours=6), body=told
    )
    quake = Item("cap:2", "cap", ItemKind.QUAKE, "2", "M 4,7", "", NOW, level="4.7", lat=-6.5, lon=106.5)
    article = Item("cap:3", "cap", ItemKind.ARTICLE, "3", "07:30", "12", NOW)
    gauge = Series("cap:air", "cap", "air", "250", "12", "34", "56")
    samples = [Sample("cap:air", NOW - timedelta(minutes=10 * n), 200.0 + n) for n in range(5)]
    return Batch("cap", items=[warning, quake, article], series=[gauge], samples=samples, fleeting=True)


def its_kind(panel: type[Panel]) -> str:
    """A kind of source that what it shows comes from."""
    kinds = panel.face.sources
    return "open311" if kinds is None or kinds is EVERY else min(kinds)


def fill(town: Town) -> None:
    town.fill(40)
    if town.store is not None:
        town.store.take(tidings())
        buses = timetable(trip("a", "A 23:50", "B 23:55"))
        town.store.take(Batch(buses.source, timetable=buses, fleeting=True))
    town.handed.update(outbox=[waits(1), waits(2, state=Waiting.REFUSED)], conflicts=[collision(3)], hub=hub())
    town.handed.update(person=[person(0), person(1), person(2, ended_at=NOW)])
    town.desk.links.select_complaint("rekaan:000003")


def test_the_house_has_its_panels():
    assert {"queue", "complaint", "situation_map", "indicators", "sources", "outbox", "conflicts"} <= PANELS.keys()


@every_panel
def test_its_face_is_whole(kind):
    face = kind.face
    assert face.id.isidentifier()
    assert (ROOT / "resources/icons" / f"{face.icon}.svg").is_file()
    assert all(face.title in phrases().keys(language) for language in LANGUAGES)
    assert face.title == f"panels.{face.id}.title", "a tab says it before the panel is imported"
    assert face.shows
    assert all(isinstance(deed, Deed) for deed in face.commands)


@every_panel
def test_it_opens_no_door_of_its_own(kind):
    """No SQL, no network, no time, no files: a panel has its desk."""
    tree = ast.parse(inspect.getsource(inspect.getmodule(kind)))
    met = {
        name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in (each.name for each in node.names)
    }
    met |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not {name.partition(".")[0] for name in met} & {"sqlite3", "requests", "time", "random", "os", "pathlib"}
    assert not any(name.startswith("sync") for name in met)


@every_panel
def test_an_empty_store_is_told_and_not_blank(kind, show, town):
    panel = show(kind)
    assert panel.frame.state is not PanelState.LOADING
    assert texts(panel)


@every_panel
def test_a_full_store_is_shown(kind, show, town, qtbot):
    fill(town)
    town.stand(kind=its_kind(kind))
    panel = show(kind)
    qtbot.waitUntil(lambda: panel.frame.state is PanelState.READY, timeout=PATIENCE_MS)
    assert panel.condition is Condition.READY
    qtbot.waitUntil(lambda: panel.frame.age.text == "12 dtk", timeout=PATIENCE_MS)


@every_panel
def test_a_stale_source_is_told_over_content_that_stays(kind, show, town, qtbot):
    fill(town)
    panel = show(kind)
    town.stand(kind=its_kind(kind), last_good_at=NOW - timedelta(hours=3))
    qtbot.waitUntil(lambda: panel.sources.stale and panel.sources.worst is not None, timeout=PATIENCE_MS)
    assert panel.condition is Condition.READY
    assert any("Terlambat" in text or "terlambat" in text for text in texts(panel))
    assert panel.frame.age.text == "3 jam"


@every_panel
def test_a_lost_source_is_told_with_its_why_over_content_that_stays(kind, show, town, qtbot):
    fill(town)
    panel = show(kind)
    town.stand(kind=its_kind(kind), trouble="away", error="commands.nobody", lost_since=NOW - timedelta(hours=1))
    qtbot.waitUntil(lambda: panel.sources.lost, timeout=PATIENCE_MS)
    assert panel.condition is Condition.READY
    why = town.phrases.say("commands.nobody")
    assert any(why in text for text in texts(panel))


@every_panel
def test_a_store_that_is_not_there_yet_is_a_fault_with_a_remedy(kind, show, tmp_path, qtbot):
    town = Town(tmp_path / "none", store=False)
    try:
        town.desk.links.select_complaint("rekaan:000003")
        panel = show(kind, at=town)
        assert panel.condition is Condition.FAULT
        assert town.phrases.say("panels.remedy.disk") in panel.frame.message.text
        assert "«" not in panel.frame.message.text
    finally:
        town.close()


@every_panel
@pytest.mark.parametrize("size", [(240, 160), (3840, 2160)], ids=["tiny", "huge"])
def test_any_size_is_painted(kind, show, town, size):
    fill(town)
    panel = show(kind, size=size)
    assert panel.minimumSizeHint().width() <= 480
    drawn = panel.grab().toImage()
    assert not drawn.isNull()
    assert drawn.width() >= size[0]


@every_panel
@pytest.mark.parametrize("name", ["dark", "light"])
def test_both_themes_dress_it_while_it_is_seen(kind, show, town, qapp, name):
    fill(town)
    panel = show(kind)
    theme.apply(qapp, theme.load(name))
    drawn = panel.grab().toImage()
    assert (drawn.pixelColor(5, 8).lightness() > 128) is (name == "light")


@every_panel
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_there(kind, show, town, language):
    town.phrases.speak(language)
    fill(town)
    panel = show(kind)
    assert not [text for text in texts(panel) if "«" in text or "panels." in text]


@every_panel
def test_no_english_is_left_on_an_indonesian_screen(kind, show, town, qtbot):
    """Also not after a change of language to and fro."""
    fill(town)
    panel = show(kind)
    qtbot.waitUntil(lambda: bool(town.desk.sources.rows) and town.desk.sources.hub is not None, timeout=PATIENCE_MS)
    # What is still being read would be told only later, and nothing would ever be as it was before.
    settled = lambda: panel.condition is not Condition.LOADING and town.desk.work.waiting == 0  # noqa: E731
    qtbot.waitUntil(settled, timeout=PATIENCE_MS)
    before = texts(panel)
    town.phrases.speak("en")
    qtbot.waitUntil(lambda: town.desk.work.waiting == 0, timeout=PATIENCE_MS)
    english = texts(panel)
    assert before - english
    town.phrases.speak("id")
    other = show(kind)  # has never spoken another, and has read what came to be known meanwhile
    qtbot.waitUntil(lambda: texts(panel) in (before, texts(other)), timeout=PATIENCE_MS)
    assert not before & (sentences("en") - sentences("id"))


@every_panel
def test_what_the_keyboard_reaches_has_a_name(kind, show, town):
    fill(town)
    panel = show(kind)
    nameless = [
        each
        for each in panel.findChildren(QWidget)
        if each.isVisible() and each.focusPolicy() & Qt.FocusPolicy.TabFocus and not named(each)
    ]
    assert not nameless


def named(widget: QWidget) -> bool:
    """A scroll area only lends its focus to what it holds."""
    return bool(widget.accessibleName() or (isinstance(widget, QAbstractButton) and widget.text()))


@every_panel
def test_what_is_pressed_is_large_enough(kind, show, town):
    fill(town)
    panel = show(kind)
    small = [
        (each, each.size())
        for each in panel.findChildren(QAbstractButton)
        if each.isVisible() and each.isEnabled() and each.accessibleName() and min(each.width(), each.height()) < 24
    ]
    assert not small


@every_panel
def test_it_keeps_and_is_restored(kind, show, town):
    fill(town)
    kept = json.loads(json.dumps(show(kind).keep()))
    again = show(kind)
    again.restore(kept)
    assert json.loads(json.dumps(again.keep())) == kept


@every_panel
@pytest.mark.parametrize("kept", [{}, {"narrowing": 7, "widths": [1], "focus": 3, "complaint": None, "points": "x"}])
def test_what_was_kept_by_another_edition_does_no_harm(kind, show, town, kept):
    fill(town)
    panel = show(kind)
    panel.restore(kept)
    assert panel.condition is not Condition.FAULT


@every_panel
def test_nothing_is_read_for_a_panel_that_is_not_seen(kind, show, town, qtbot):
    fill(town)
    panel = show(kind)
    panel.hide()
    asked = town.desk.work._count
    on_their_way = set(town.desk.work._receivers)
    for _ in range(3):
        town.take([])
        town.desk.news.changed.emit(town.take([]))
    shared = (town.desk.sources, town.desk.city_key, town.desk.people)
    receivers = town.desk.work._receivers.items()
    own = [each for number, each in receivers if number not in on_their_way and each.owner not in shared]
    assert town.desk.work._count == asked
    assert not own


@every_panel
def test_it_may_be_closed_in_the_middle_of_everything(kind, show, town, qtbot):
    fill(town)
    panel = show(kind, settled=False)
    shiboken6.delete(panel)
    town.phrases.speak("en")
    town.stand(trouble="away")
    town.desk.links.select_area("99.71.01")
    town.desk.links.select_complaint("rekaan:000004")
    town.desk.ticks.second.emit()
    qtbot.waitUntil(lambda: town.desk.work.waiting == 0, timeout=PATIENCE_MS)
    QApplication.processEvents()
