"""What sources tell, narrowed by kind, time and words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from PySide6.QtWidgets import QMenu

from console.core.items import Item, ItemKind
from console.core.records import Batch, Changes, Kind
from console.models.items import Span
from console.panels.tidings import PAGE, Asked, TidingList
from tests.town import NOW


def told(n: int, kind: ItemKind = ItemKind.QUAKE, **values: object) -> Item:
    at = NOW - timedelta(minutes=n)
    return Item(f"x:{kind}-{n}", "x", kind, f"{kind}-{n}", f"Kabar {n}", "Kedalaman 10 km", at)._replace(**values)


def tell(town, *items: Item) -> None:
    town.store.take(Batch("x", items=list(items), fleeting=True))
    town.desk.news.changed.emit(Changes(frozenset({Kind.ITEM})))


@pytest.fixture
def panel(town, open_panel):
    town.stand(id="x", kind="bmkg-quake", title="Gempa BMKG")
    old = told(3, ItemKind.ARTICLE, observed_at=NOW - timedelta(days=30))
    tell(town, told(1), told(2, ItemKind.ARTICLE, title="Pintu air ditutup"), old)
    return open_panel(TidingList)


def shown(panel) -> list[str]:
    return [row.item.title for row in panel.list.rows.values()]


def test_the_newest_of_a_week_first(panel):
    assert shown(panel) == ["Kabar 1", "Pintu air ditutup"]
    assert panel.counts() == "2 kabar" and not panel.more.isVisible()


def test_narrowed_by_kind_span_and_words(panel, qtbot):
    panel.ask(Asked(ItemKind.ARTICLE, Span.ALL))
    qtbot.waitUntil(lambda: shown(panel) == ["Pintu air ditutup", "Kabar 3"])
    assert panel.kind.text().startswith("Berita (2)") and panel.kind.isChecked()
    panel.search.setText("pintu")
    qtbot.waitUntil(lambda: shown(panel) == ["Pintu air ditutup"])
    panel.search.setText("tidak ada yang begini")
    qtbot.waitUntil(lambda: panel.none.isVisible())


def test_the_menus_offer_what_there_is(panel, qtbot):
    kinds, spans = QMenu(panel), QMenu(panel)
    panel._fill_kinds(kinds)
    panel._fill_spans(spans)
    assert [each.text() for each in kinds.actions()] == ["Semua jenis", "Gempa (1)", "Berita (2)"]
    kinds.actions()[2].trigger()
    spans.actions()[2].trigger()
    assert panel.asked == Asked(ItemKind.ARTICLE, Span.ALL)


def test_more_than_a_page_is_asked_for_by_hand(panel, town, qtbot):
    tell(town, *(told(n, ItemKind.POST) for n in range(10, 10 + PAGE)))
    qtbot.waitUntil(lambda: panel.more.isVisible() and len(panel.list.rows) == PAGE)
    panel.more.click()
    qtbot.waitUntil(lambda: len(panel.list.rows) == PAGE + 2)


def test_the_one_chosen_stays_when_others_come(panel, town, qtbot):
    panel.list.table.go(1)
    assert panel.list.title.text() == "Pintu air ditutup"
    tell(town, told(0))
    qtbot.waitUntil(lambda: len(panel.list.rows) == 3)
    assert panel.list.title.text() == "Pintu air ditutup"


def test_a_narrow_panel_puts_the_sheet_below(panel):
    panel.resize(600, 700)
    assert panel.list._both.direction() is panel.list._both.Direction.TopToBottom
    panel.resize(1300, 700)
    assert panel.list._both.direction() is panel.list._both.Direction.LeftToRight


def test_what_was_asked_is_as_it_was(panel, town, open_panel):
    panel.ask(Asked(ItemKind.QUAKE, Span.DAY))
    kept = panel.keep()
    again = open_panel(TidingList)
    again.restore(kept)
    assert again.asked == Asked(ItemKind.QUAKE, Span.DAY)
    again.restore({"kind": "lain", "span": 5})
    assert again.asked == Asked(None, Span.WEEK)
