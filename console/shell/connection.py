"""How this console stands to the centre, put together from the engine, the switch and the sources; told as news."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QObject

from console.core.records import SourceState, source_state
from console.models.desk import Desk
from console.models.news import LinkState
from console.shell.child import ChildState
from console.shell.engine_link import EngineLink

_ANSWERING = frozenset({SourceState.FRESH, SourceState.AGEING, SourceState.SILENT})
_GONE = frozenset({SourceState.LOST, SourceState.DENIED, SourceState.SHAPE_CHANGED})
PATIENCE_S = 6.0
"""So long after its start an engine may be without any word of a source before this counts as offline."""


class Connection(QObject):
    """Says `LinkState` as news whenever it changes."""

    def __init__(self, desk: Desk, engine: EngineLink, cut: bool, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._engine = engine
        self._cut = cut
        self._hello_at: datetime | None = None
        """Since when an engine runs: what sources told before is of another day."""
        self.state = LinkState.STARTING
        engine.cut(cut)
        engine.hello.connect(self._on_hello)
        engine.state_changed.connect(lambda _state: self._look())
        desk.sources.changed.connect(self._look)
        desk.ticks.second.connect(self._look)
        self._look()

    @property
    def cut(self) -> bool:
        """Whether the connection is cut on purpose."""
        return self._cut

    @cut.setter
    def cut(self, cut: bool) -> None:
        self._cut = cut
        self._engine.cut(cut)
        if not cut:
            self._engine.ask_now()
        self._look()

    def _on_hello(self, _values: object) -> None:
        self._hello_at = self._desk.clock.now()
        self._look()

    def _look(self) -> None:
        state = self._stands()
        if state is not self.state:
            self.state = state
            self._desk.news.link.emit(state)

    def _stands(self) -> LinkState:
        if self._cut:
            return LinkState.CUT
        if self._engine.state in (ChildState.WAITING, ChildState.DOWN):
            return LinkState.OFFLINE
        if self._engine.state is not ChildState.RUNNING or self._hello_at is None:
            return LinkState.STARTING
        return self._by_sources(self._hello_at, self._desk.clock.now())

    def _by_sources(self, since: datetime, now: datetime) -> LinkState:
        """Online with one source that answers; offline where all that were tried are gone, or none was for long."""
        tried = [
            source_state(each, now)
            for each in self._desk.sources.rows
            if max(each.last_good_at or since, each.last_try_at or since) > since
        ]
        if any(state in _ANSWERING for state in tried):
            return LinkState.ONLINE
        patient = (now - since).total_seconds() < PATIENCE_S
        return LinkState.STARTING if patient and not any(state in _GONE for state in tried) else LinkState.OFFLINE
