"""Layers on the map under the hand: switched, remembered, told with source and age, followed by the other panels."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from console.core.audience import Audience
from console.core.items import Item, ItemKind, Sample, Series
from console.core.people import Role
from console.core.records import Batch, Changes, Kind
from console.models.map_layers import Layer
from console.panels.measurements import MeasurementList
from console.panels.situation_map import SituationMap
from console.panels.warnings import WarningList
from tests.hostile import PAYLOADS, wrongs
from tests.town import NOW, Town

PATIENCE_MS = 20_000
BOX = [[106.0, -6.0], [106.05, -6.0], [106.05, -6.05], [106.0, -6.05], [106.0, -6.0]]


def alert(name: str, polygons: object = (BOX,), severity: str = "Severe", title: str = "") -> Item:
    told = {"polygons": list(polygons)} if isinstance(polygons, tuple) else {"polygons": polygons}
    info = {"language": "id", "severity": severity, "headline": title or f"Hujan {name}", "areas": [told]}
    body = {"status": "Actual", "msgType": "Alert", "sender": "s", "identifier": name, "sent": "x", "infos": [info]}
    ends = NOW + timedelta(hours=1)
    return Item(
        f"cap:{name}", "cap", ItemKind.ALERT, name, name, "", NOW - timedelta(minutes=3), ends_at=ends, body=body
    )


def bus(number: int, **more) -> Item:
    told = {"observed_at": NOW, "lat": -6.02, "lon": 106.03, "body": {"bearing": 90.0}, **more}
    return Item(f"bus:{number}", "bus", ItemKind.VEHICLE, str(number), f"B {number}", "", **told)


def report(number: int) -> Item:
    return Item(
        f"peta:{number}", "peta", ItemKind.REPORT, str(number), "Banjir 0812345678", "", NOW, lat=-6.0, lon=106.0
    )


def tell(town: Town, *items: Item, source: str = "cap", **more) -> None:
    town.writer.take(Batch(source, items=list(items), fleeting=True, **more))
    town.desk.news.changed.emit(Changes(frozenset({Kind.ITEM, Kind.READING})))


def keys(panel: SituationMap) -> set[str]:
    return {mark.key for each in panel.layers.found.values() for mark in each.marks}


def line(panel: SituationMap, layer: Layer):
    return next((each for each in panel.map._layers if each.name == panel.say(f"panels.layers.{layer}")), None)


@pytest.fixture
def panel(town, open_panel, qtbot):
    town.fill(20)
    town.stand(id="cap", kind="cap", title="CAP kota", licence="BMKG")
    tell(town, alert("gawat", severity="Extreme"), alert("biasa", severity="Minor"), bus(1), report(1))
    made = open_panel(SituationMap)
    qtbot.waitUntil(lambda: keys(made) == {"cap:gawat", "cap:biasa"}, timeout=PATIENCE_MS)
    return made


def test_warnings_lie_there_from_the_start_and_say_from_whom_and_when(panel):
    assert panel.layers.shown == {Layer.WARNINGS, Layer.FLOODS}
    told = line(panel, Layer.WARNINGS)
    assert told.told == "2 · CAP kota · 12 dtk"
    assert not told.doubtful
    assert line(panel, Layer.FLOODS) is None, "nobody tells any"
    assert panel.layers.button.text().startswith("Lapisan (2)")
    assert "BMKG" in panel.map._words.credit


def test_a_layer_is_switched_on_and_off_and_remembered(panel, town, open_panel, qtbot):
    menu = QMenu()
    panel.layers._fill(menu)
    assert [each.isChecked() for each in menu.actions()] == [True, True, False, False, False, False]
    menu.actions()[2].trigger()
    qtbot.waitUntil(lambda: "bus:1" in keys(panel), timeout=PATIENCE_MS)
    panel.layers.switch(Layer.WARNINGS)
    qtbot.waitUntil(lambda: keys(panel) == {"bus:1"}, timeout=PATIENCE_MS)
    assert line(panel, Layer.WARNINGS) is None
    kept = panel.keep()
    assert kept["layers"] == ["floods", "vehicles"]
    other = open_panel(SituationMap)
    other.restore(kept)
    qtbot.waitUntil(lambda: keys(other) == {"bus:1"}, timeout=PATIENCE_MS)
    other.restore({"layers": ["nichts", "gauges"]})
    assert other.layers.on == {Layer.GAUGES}


def test_a_silent_source_is_told_and_never_looks_live(panel, town, qtbot):
    panel.layers.switch(Layer.VEHICLES)
    town.stand(id="bus", kind="gtfs-rt", title="Bus", trouble="away", last_good_at=NOW - timedelta(hours=1))
    tell(town, bus(2))
    qtbot.waitUntil(lambda: (told := line(panel, Layer.VEHICLES)) is not None and told.doubtful, timeout=PATIENCE_MS)
    qtbot.waitUntil(
        lambda: {mark.doubtful for mark in panel.layers.found[Layer.VEHICLES].marks} == {True}, timeout=PATIENCE_MS
    )
    town.stand(id="cap", kind="cap", title="CAP kota", trouble="away")
    qtbot.waitUntil(lambda: line(panel, Layer.WARNINGS).doubtful, timeout=PATIENCE_MS)
    assert "CAP kota" in line(panel, Layer.WARNINGS).told


def test_what_is_chosen_on_the_map_is_chosen_in_the_list_of_warnings(panel, town, open_panel, qtbot):
    warnings = open_panel(WarningList)
    qtbot.waitUntil(lambda: bool(warnings.rows), timeout=PATIENCE_MS)
    panel.activateWindow()
    panel.map.setFocus()
    qtbot.waitUntil(lambda: (panel.map.grab(), panel.map.overlay.complete)[1], timeout=PATIENCE_MS)
    QTest.keyClick(panel.map, Qt.Key.Key_Space)
    assert town.desk.links.item == "cap:gawat"
    assert warnings.list.current == "cap:gawat"
    facts = panel.map._mark_facts["cap:gawat"]
    assert facts.title == "Hujan gawat"
    assert ("Tingkat", "Extreme") in facts.lines
    assert ("Umur", "3 mnt") in facts.lines
    assert ("Sumber", "CAP kota") in facts.lines
    assert "Hujan gawat" in panel.map.accessibleDescription()
    warnings.list._pick("cap:biasa")
    assert panel.map.selected_mark == "cap:biasa"


def test_a_gauge_tells_its_value_and_its_course_follows(panel, town, open_panel, qtbot):
    gauge = Series("air:1", "air", "1", "Air", "Tinggi air", "cm", "Pintu <b>", -6.0, 106.0)
    other = gauge._replace(id="air:0", native_id="0", station="Lain")
    samples = [Sample("air:1", NOW, 182.5), Sample("air:0", NOW - timedelta(days=3), 2.0)]
    tell(town, source="air", series=[other, gauge], samples=samples)
    panel.layers.switch(Layer.GAUGES)
    qtbot.waitUntil(lambda: {"air:0", "air:1"} <= keys(panel), timeout=PATIENCE_MS)
    texts = {mark.key: mark.text for mark in panel.layers.found[Layer.GAUGES].marks}
    assert texts == {"air:1": "182,5 cm", "air:0": town.phrases.say("panels.measurements.state.silent")}
    course = open_panel(MeasurementList)
    panel.map._choose_mark("air:1")
    qtbot.waitUntil(lambda: course.current == "air:1", timeout=PATIENCE_MS)
    assert panel.layers.facts(panel.layers.spot("air:1")).lines[0] == ("Tinggi air", "182,5 cm")


def test_what_citizens_told_others_is_for_who_has_signed_in(town, open_panel, qtbot, tmp_path):
    town = Town(tmp_path / "rumah", known=True)
    try:
        tell(town, report(1), source="peta")
        panel = SituationMap(town.desk)
        panel.layers.on = frozenset({Layer.REPORTS})
        panel.show()
        qtbot.waitUntil(lambda: town.desk.people.covered, timeout=PATIENCE_MS)
        assert Layer.REPORTS not in panel.layers.offered
        town.enter(Role.OPERATOR)
        qtbot.waitUntil(lambda: keys(panel) == {"peta:1"}, timeout=PATIENCE_MS)
        assert "0812345678" not in panel.layers.facts(panel.layers.spot("peta:1")).title
        town.enter(Role.GUEST, "Tamu")
        qtbot.waitUntil(lambda: keys(panel) == set(), timeout=PATIENCE_MS)
        panel.close()
        panel.deleteLater()
    finally:
        town.close()


def test_on_a_wall_lies_what_is_about_nobody(qtbot, tmp_path):
    town = Town(tmp_path / "dinding", audience=Audience.WALL)
    try:
        tell(town, alert("gawat"), bus(1), report(1))
        panel = SituationMap(town.desk)
        assert Layer.REPORTS not in panel.layers.offered
        panel.layers.on = frozenset(Layer)
        panel.show()
        qtbot.waitUntil(lambda: len(keys(panel)) == 2, timeout=PATIENCE_MS)
        assert {mark.form.name for each in panel.layers.found.values() for mark in each.marks} == {"WARNING", "VEHICLE"}
        panel.close()
        panel.deleteLater()
    finally:
        town.close()


def round_ring(count: int) -> list[list[float]]:
    turns = [2 * math.pi * n / (count - 1) for n in range(count)]
    return [[106.02 + 0.02 * math.cos(turn), -6.02 + 0.02 * math.sin(turn)] for turn in turns]


def test_hostile_shapes_are_drawn_safely_or_told_as_not_drawable(town, open_panel, qtbot):
    town.stand(id="cap", kind="cap", title="CAP kota")
    tell(
        town,
        alert("besar", (round_ring(100_000),)),
        alert("simpul", ([[106.0, -6.0], [106.05, -6.05], [106.05, -6.0], [106.0, -6.05], [106.0, -6.0]],)),
        alert("terbalik", ([[lat, lon] for lon, lat in BOX],)),
        alert("jauh", ([[lon - 150, lat + 60] for lon, lat in BOX],)),
        alert("bukan", ([["a", None]] * 5,)),
        alert("kosong", 7),
    )
    panel = open_panel(SituationMap)
    wanted = {"cap:besar", "cap:simpul", "cap:jauh"}
    qtbot.waitUntil(lambda: keys(panel) == wanted, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: (panel.map.grab(), panel.map.overlay.complete)[1], timeout=PATIENCE_MS)
    assert "3 tanpa tempat" in line(panel, Layer.WARNINGS).told
    assert ("Bentuk", "disederhanakan") in panel.layers.facts(panel.layers.spot("cap:besar")).lines


@pytest.mark.parametrize("payload", sorted(PAYLOADS))
def test_titles_from_outside_stay_words(town, open_panel, qtbot, payload):
    town.stand(id="cap", kind="cap", title="CAP kota")
    tell(town, alert("a", title=PAYLOADS[payload]))
    panel = open_panel(SituationMap)
    qtbot.waitUntil(lambda: keys(panel) == {"cap:a"}, timeout=PATIENCE_MS)
    panel.map._choose_mark("cap:a")
    panel.grab()
    assert wrongs(panel) == []
