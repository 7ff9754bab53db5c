"""The warnings that hold: gravest first, what the chosen one says, and never "none" where nobody knows."""

from __future__ import annotations

from datetime import timedelta

import pytest

from console.core.items import Item, ItemKind
from console.core.records import Batch, Changes, Kind
from console.panels.warnings import WarningList
from tests.town import NOW
from widgets.panel_frame import PanelState


def alert(name: str, severity: str = "Severe", *, status: str = "Actual", **values: object) -> Item:
    info = {
        "language": "id",
        "severity": severity,
        "headline": f"Peringatan {name}",
        "description": "Air naik <b>cepat</b>",
    }
    body = {"status": status, "msgType": "Alert", "sender": "s", "identifier": name, "sent": "x", "infos": [info]}
    told = {"observed_at": NOW - timedelta(minutes=3), "ends_at": NOW + timedelta(hours=1), "body": body, **values}
    return Item(f"cap:{name}", "cap", ItemKind.ALERT, name, f"Peringatan {name}", "", **told)


def tell(town, *items: Item) -> None:
    town.store.take(Batch("cap", items=list(items), fleeting=True))
    town.desk.news.changed.emit(Changes(frozenset({Kind.ITEM})))


@pytest.fixture
def panel(town, open_panel):
    town.stand(id="cap", kind="cap", title="CAP kota")
    tell(town, alert("biasa", "Minor"), alert("gawat", "Extreme"))
    return open_panel(WarningList)


def test_the_gravest_stands_first_and_is_read_whole(panel):
    assert [row.item.native_id for row in panel.rows] == ["gawat", "biasa"]
    panel.list.table.go(0)
    assert panel.list.title.text() == "Peringatan gawat"
    assert "Air naik <b>cepat</b>" in panel.list.text.text()
    assert panel.counts() == "2 peringatan berlaku"


def test_what_is_over_by_the_clock_goes(panel, town, qtbot):
    town.clock.turn(3700)
    town.stand(id="cap", kind="cap", title="CAP kota", last_good_at=town.clock.now())
    tell(town)
    qtbot.waitUntil(lambda: "Tidak ada peringatan yang berlaku" in panel.frame.message.text)
    assert panel.frame.state is PanelState.EMPTY


def test_practice_is_no_warning(panel, town, qtbot):
    tell(town, alert("latihan", "Extreme", status="Exercise"), alert("baru", "Moderate"))
    qtbot.waitUntil(lambda: panel.rows is not None and len(panel.rows) == 3)
    assert "latihan" not in {row.item.native_id for row in panel.rows}


def test_none_is_said_only_by_who_answered_in_time(town, open_panel, qtbot):
    town.stand(id="cap", kind="cap", title="CAP kota", trouble="away", error="commands.nobody")
    panel = open_panel(WarningList)
    qtbot.waitUntil(lambda: "Tidak diketahui apakah" in panel.frame.message.text)
    assert "CAP kota" in panel.unheard.text()


def test_without_a_source_of_warnings_it_says_what_to_do(town, open_panel):
    panel = open_panel(WarningList)
    assert "Belum ada sumber peringatan" in panel.frame.message.text
