"""Everything else that sources tell: quakes, forecasts, articles, posts, vehicles; narrowed by kind, time and words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from console.core.items import TELLING, ItemKind, ItemRow
from console.core.records import Kind, SourceState, source_state
from console.models.desk import Desk
from console.models.items import SPANS, ItemWording, Span
from console.panels import standing
from console.panels.panel import Panel, PanelFace
from console.panels.tiding_parts import HEADINGS, ItemDesk
from console.store.read import Read
from widgets.menu_button import MenuButton
from widgets.plain import Label, one_line
from widgets.search_field import SearchField
from widgets.theme import Role

PAGE = 100
MOST = 1000
"""Rows that are held; who wants older ones narrows."""
_AGES_S = 30
_TYPED_MS = 120
_MOST_UNWELL = 400


@dataclass(frozen=True, slots=True)
class Asked:
    """What is shown. `kind` None: of every kind."""

    kind: ItemKind | None = None
    span: Span = Span.WEEK
    text: str = ""
    limit: int = PAGE


class _Found(NamedTuple):
    asked: Asked
    rows: Sequence[ItemRow]
    counts: Mapping[ItemKind, int]


class TidingList(Panel):
    """What sources told, the newest first. People's words stand in it: it is covered with what is personal."""

    face = PanelFace("tidings", "panels.tidings.title", "note", frozenset({Kind.ITEM}), sources=TELLING)

    def build(self, desk: Desk) -> None:
        self.asked = Asked()
        self.found: _Found | None = None
        self.kind, self.span = MenuButton(self._fill_kinds), MenuButton(self._fill_spans)
        self.search, self.more = SearchField(), QPushButton()
        self.none = Label("", Role.SECOND, wrap=True)
        self.none.setContentsMargins(16, 8, 16, 8)
        self.none.hide()
        self.unwell = Label("", Role.SECOND, wrap=True)
        self.unwell.setContentsMargins(16, 4, 16, 4)
        self.unwell.hide()
        self.list = ItemDesk()
        self._typed = QTimer(self)
        self._typed.setSingleShot(True)
        self._typed.setInterval(_TYPED_MS)
        self._typed.timeout.connect(lambda: self.ask(replace(self.asked, text=self.search.text().strip(), limit=PAGE)))
        self._lay_out()
        self.search.textChanged.connect(lambda _text: self._typed.start())
        self.more.clicked.connect(lambda: self.ask(replace(self.asked, limit=min(MOST, self.asked.limit + PAGE))))
        desk.sources.changed.connect(self._word)
        self.list.picked.connect(desk.links.select_item)
        desk.links.item_changed.connect(self.list.choose)
        self._query = self.live(self._ask, self._take, every_s=1.0, at_least_every_s=_AGES_S)
        self.setFocusProxy(self.list)

    def _lay_out(self) -> None:
        row = QWidget()
        beside = QHBoxLayout(row)
        beside.setContentsMargins(12, 6, 12, 6)
        beside.addWidget(self.kind)
        beside.addWidget(self.span)
        beside.addWidget(self.search, 1)
        column = QVBoxLayout(self.content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part in (row, self.unwell, self.none):
            column.addWidget(part)
        column.addWidget(self.list, 1)
        column.addWidget(self.more)

    def ask(self, asked: Asked) -> None:
        """Show that; the same again is no news."""
        if asked != self.asked:
            self.asked = asked
            self._word_chips()
            self._query.again()

    def _ask(self) -> Callable[[Read], _Found]:
        asked, now = self.asked, self.desk.clock.now()
        span = SPANS.get(asked.span)
        since = None if span is None else now - span
        kinds = () if asked.kind is None else (asked.kind,)
        return lambda read: _Found(
            asked, read.items(kinds, since=since, text=asked.text, limit=asked.limit + 1), read.item_counts()
        )

    def _take(self, found: _Found) -> None:
        if found.asked == self.asked:  # else another question is on its way
            self.found = found
            self._word()

    def _word(self) -> None:
        found, desk = self.found, self.desk
        if found is None:
            return
        rows = found.rows[: found.asked.limit]
        titles = {each.id: each.title for each in desk.sources.rows}
        self.list.show_rows(rows, ItemWording(desk.pack, desk.phrases, desk.clock.now(), titles))
        self.more.setVisible(len(found.rows) > len(rows) and found.asked.limit < MOST)
        self._word_chips()
        if not rows and not found.counts:
            self.show_empty(self.say("panels.tidings.empty"), self.say("panels.tidings.empty_hint"))
            return
        self.none.setVisible(not rows)
        self.show_ready()

    def _draw(self) -> None:
        """A dozen sources tell here: one that is lost is named above the list, and no strip lies over the others."""
        super()._draw()
        frame = self.frame
        if self.found is not None and frame.state in (frame.state.STALE, frame.state.LOST):
            frame.show_ready()
        now, desk = self.desk.clock.now(), self.desk
        told = []
        for each in self.sources.rows:
            state = source_state(each, now)
            if state not in (SourceState.FRESH, SourceState.AGEING, SourceState.NEVER):
                why = standing.why(desk, each) or self.say(f"panels.source.{state}")
                told.append(f"{each.title}: {why}")
        self.unwell.setText(one_line(" · ".join(told), _MOST_UNWELL))
        self.unwell.setVisible(bool(told))

    def _word_chips(self) -> None:
        asked, counts = self.asked, self.found.counts if self.found is not None else {}
        kind = self.say("panels.tidings.every_kind") if asked.kind is None else self._kind_said(asked.kind, counts)
        for chip, name, said, narrows in (
            (self.kind, "kind", kind, asked.kind is not None),
            (self.span, "span", self.say(f"panels.tidings.span.{asked.span}"), asked.span is not Span.ALL),
        ):
            chip.tell(self.say(f"panels.tidings.by_{name}"), said, narrows)

    def _kind_said(self, kind: ItemKind, counts: Mapping[ItemKind, int]) -> str:
        return f"{self.say(f'panels.tidings.kind.{kind}')} ({self.desk.phrases.show(counts.get(kind, 0))})"

    def _fill_kinds(self, menu: QMenu) -> None:
        counts = self.found.counts if self.found is not None else {}
        menu.addAction(self.say("panels.tidings.every_kind"), lambda: self._choose_kind(None))
        for kind in ItemKind:
            if kind in counts:
                menu.addAction(one_line(self._kind_said(kind, counts)), partial(self._choose_kind, kind))

    def _choose_kind(self, kind: ItemKind | None) -> None:
        self.ask(replace(self.asked, kind=kind, limit=PAGE))

    def _fill_spans(self, menu: QMenu) -> None:
        for span in Span:
            menu.addAction(self.say(f"panels.tidings.span.{span}"), partial(self._choose_span, span))

    def _choose_span(self, span: Span) -> None:
        self.ask(replace(self.asked, span=span, limit=PAGE))

    def counts(self) -> str:
        return self.say("panels.tidings.count", count=len(self.list.rows)) if self.list.rows else ""

    def retranslate(self) -> None:
        headings = [self.say(f"panels.tidings.column.{name}") if name else "" for name in HEADINGS]
        self.list.name(headings, self.say(self.face.title), self.say("panels.tidings.choose"))
        self.search.setPlaceholderText(self.say("panels.tidings.search"))
        self.search.setAccessibleName(self.say("panels.tidings.search"))
        self.none.setText(self.say("panels.tidings.none"))
        self.more.setText(self.say("panels.tidings.older"))
        self._word_chips()
        self._word()

    def keep(self) -> dict[str, Any]:
        return {"kind": str(self.asked.kind or ""), "span": str(self.asked.span)}

    def restore(self, kept: Mapping[str, Any]) -> None:
        kind, span = str(kept.get("kind", "")), str(kept.get("span", ""))
        self.ask(
            replace(
                self.asked,
                kind=ItemKind(kind) if kind in ItemKind._value2member_map_ else None,
                span=Span(span) if span in Span._value2member_map_ else Span.WEEK,
            )
        )
