"""The complaint queue as an item model: a million rows, of which a few pages are held.

Rows are counted by a `Span` and read in pages of 128 on the workers, as they are painted. The span stays as it
is until it is replaced on purpose, so that no row ever moves under the finger: what arrives meanwhile is
announced by `waiting`, and taken by `take_waiting`. What changes in rows that are held is read again in place.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer, Signal, Slot

from console.core.errors import ConsoleError
from console.core.records import Changes, Kind, QueueFilter, QueueRow
from console.core.safe_text import tip
from console.models.desk import Desk
from console.models.live import LiveQuery
from console.models.rows import Column, Line, Wording
from console.store.read import PAGE, Read, Span

HELD = 64
"""Pages kept in memory, the least recently used goes first."""
MOST_WANTED = 8
"""Pages that may wait to be read; a thumb that races past gives up the older ones."""
AHEAD_MS = 10
"""A page beside the one in sight is read that long after the view moved on to it: reading at once would take the
interpreter from the painting."""
SETTLED_MS = 120
"""The same after a leap: a thumb that is dragged leaps again and again, and what lies beside each landing is read for
nothing."""
AGES_S = 30
"""Seconds after which the ages on screen are told anew."""
FRESHEN_MS = 250
"""Rows on screen are read again at most that often."""
LINE_ROLE = int(Qt.ItemDataRole.UserRole) + 1
"""The whole `Line` of a row, or None while its page is on the way."""
EXTRA_ROLE = int(Qt.ItemDataRole.UserRole) + 40
"""What is drawn beside the text: the state, the used part of its time, the deeds that wait, the icon of a conflict."""
CONFLICT = "conflict"
"""The icon of a row with two versions that wait for a person."""
ON_ITS_WAY = "…"
"""Stands in the title's place while a page is read."""
_DISPLAY = int(Qt.ItemDataRole.DisplayRole)
_TIP, _SPOKEN = int(Qt.ItemDataRole.ToolTipRole), int(Qt.ItemDataRole.AccessibleTextRole)

_HELD_KINDS = frozenset({Kind.COMPLAINT, Kind.CONFLICT})
"""What changes rows that are held."""

Index = QModelIndex | QPersistentModelIndex
_TOP = QModelIndex()


@dataclass(slots=True)
class _Page:
    lines: list[Line]
    telling: int
    """Which telling its words are of: language and ages change under it."""
    stale: bool = False


@dataclass(frozen=True, slots=True)
class _Answer:
    """A span with what is needed to show it at once."""

    filter: QueueFilter
    span: Span
    top: list[Line]
    fresh: int
    """How many rows stand above what was the first row before."""
    kept: int | None
    """Where the selected complaint stands now."""


class QueueModel(QAbstractTableModel):
    """Rows of the queue under one filter."""

    counted = Signal(int, bool)
    """How many rows there are; true where there are more than are listed."""
    waiting = Signal(int)
    """So many new rows wait to be taken; 0 when none do."""
    busy = Signal(bool)
    """A changed filter is being answered; the rows are still those of the old one."""
    replaced = Signal(int)
    """The rows were replaced; the kept complaint now stands in this row (-1: it is not among them)."""
    failed = Signal(object)
    """A `ConsoleError`."""

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._wording = Wording.of(desk.pack, desk.phrases)
        self._filter = QueueFilter()
        self._span: Span | None = None
        self._spanned = QueueFilter()
        self._waiting: _Answer | None = None
        self._pages: OrderedDict[int, _Page] = OrderedDict()
        self._hot = -1
        self._wanted: OrderedDict[int, None] = OrderedDict()
        self._missed: set[int] = set()
        """Pages that were asked for a row they did not have yet: they are painted anew when they come."""
        self._telling = 0
        self._seconds = 0
        self.kept = ""
        """Complaint whose row is followed when the rows are replaced."""
        self.quiet: Callable[[], bool] = _never
        """Asked when new rows arrive: true where they may be taken at once."""
        self.live: LiveQuery[_Answer] = LiveQuery(
            desk, {Kind.COMPLAINT}, self._job, self._arrived, fail=self._failed, parent=self
        )
        """Set its `seen` as the table is shown and hidden."""
        self._ahead = QTimer(self)
        self._ahead.setSingleShot(True)
        self._ahead.timeout.connect(self._look_ahead)
        self._freshen = QTimer(self)
        self._freshen.setSingleShot(True)
        self._freshen.setInterval(FRESHEN_MS)
        self._freshen.timeout.connect(self._draw_stale)
        desk.news.changed.connect(self._on_changes)
        desk.ticks.second.connect(self._on_second)

    # what is asked

    @property
    def filter(self) -> QueueFilter:
        """What the rows are, or are about to be, narrowed to."""
        return self._filter

    def set_filter(self, narrowed: QueueFilter) -> None:
        """Narrow the rows. Those on screen stay until the new ones are there."""
        if narrowed == self._filter and self._span is not None:
            return
        self._filter = narrowed
        self.busy.emit(True)
        self.live.again()

    def reword(self) -> None:
        """The language has changed: word everything again."""
        self._wording = Wording.of(self._desk.pack, self._desk.phrases)
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(Column) - 1)
        self._tell_again()

    @property
    def has_waiting(self) -> bool:
        """True where newer rows wait to be taken."""
        return self._waiting is not None

    @property
    def capped(self) -> bool:
        """True where more is found than is listed."""
        return self._span is not None and self._span.capped

    def take_waiting(self) -> None:
        """Put the rows that wait on top."""
        if self._waiting is not None:
            self._replace(self._waiting)

    # what is shown

    def rowCount(self, parent: Index = _TOP) -> int:
        return 0 if parent.isValid() or self._span is None else self._span.count

    def columnCount(self, parent: Index = _TOP) -> int:
        return 0 if parent.isValid() else len(Column)

    def data(self, index: Index, role: int = _DISPLAY) -> Any:
        return self.value_at(index.row(), index.column(), int(role))

    def value_at(self, row: int, column: int, role: int) -> Any:
        """The same as `data` without an index: a page on screen is 300 of these."""
        line = self.line(row)
        if line is None:
            return ON_ITS_WAY if role == _DISPLAY and column == Column.TITLE and self.waits_for(row) else None
        if role == _DISPLAY:
            return line.cells[column]
        if role == EXTRA_ROLE:
            if column == Column.AGE:
                return line.clock
            if column == Column.TITLE:
                return CONFLICT if line.row.conflict else None
            return line.row.state if column == Column.STATE else line.row.pending
        if role == LINE_ROLE:
            return line
        if role == _TIP:
            return tip(self._whole(line, column)) or None
        return self._whole(line, column) or None if role == _SPOKEN else None

    def _whole(self, line: Line, column: int) -> str:
        """The text, and what the mark beside it means."""
        text = line.cells[column]
        return f"{text} · {self._wording.conflict}" if column == Column.TITLE and line.row.conflict else text

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == _DISPLAY:
            return self._desk.phrases.say(f"panels.queue.column.{Column(section).name.lower()}")
        return None

    def line(self, row: int) -> Line | None:
        """The row, or None while its page is on the way (asking sends for it)."""
        number, at = divmod(row, PAGE)
        page = self._pages.get(number)
        if page is None or page.stale:
            self._missed.add(number)
            self._want(number)
            if page is None:
                return None
        if page.telling != self._telling:
            rows = [line.row for line in page.lines]
            page.lines, page.telling = self._wording.lines(rows, self._desk.clock.now()), self._telling
        if number != self._hot:
            self._pages.move_to_end(number)
            self._at(number)
        return page.lines[at] if at < len(page.lines) else None

    def waits_for(self, row: int) -> bool:
        """True while the page of a row is on its way; a row that is gone from the store does not wait."""
        return row // PAGE not in self._pages

    def row_of(self, complaint: str) -> int | None:
        """Row of a complaint among those held."""
        for number, page in self._pages.items():
            for at, line in enumerate(page.lines):
                if line.row.id == complaint:
                    return number * PAGE + at
        return None

    # spans

    def _job(self) -> Callable[[Read], _Answer]:
        narrowed, wording, clock = self._filter, self._wording, self._desk.clock
        old = self._pages.get(0)
        above = old.lines[0].row.id if old and old.lines and self._spanned == narrowed else ""
        before = self._span.count if self._span is not None else 0
        kept = self.kept

        def read_span(read: Read) -> _Answer:
            span = read.span(narrowed)
            top = wording.lines(read.page(span, 0), clock.now()) if span.count else []
            fresh = read.row_of(span, above) if above else None
            if fresh is None:
                fresh = max(0, span.count - before)
            return _Answer(narrowed, span, top, fresh, read.row_of(span, kept) if kept else None)

        return read_span

    def _arrived(self, answer: _Answer) -> None:
        if answer.filter != self._filter:
            return
        same_question = self._span is not None and answer.filter == self._spanned
        if not same_question or self.quiet():
            self._replace(answer)
            return
        news = answer.fresh or answer.span.count != self.rowCount()
        self._waiting = answer if news else None
        self.waiting.emit(answer.fresh if news else 0)

    def _replace(self, answer: _Answer) -> None:
        self.beginResetModel()
        self._span, self._spanned, self._waiting = answer.span, answer.filter, None
        self._pages.clear()
        self._missed.clear()
        self._give_up_all()
        self._ahead.stop()
        self._hot = -1
        if answer.span.count:
            self._pages[0] = _Page(answer.top, self._telling)
        self.endResetModel()
        self.busy.emit(False)
        self.waiting.emit(0)
        self.counted.emit(answer.span.count, answer.span.capped)
        self.replaced.emit(-1 if answer.kept is None else answer.kept)

    def _failed(self, error: ConsoleError) -> None:
        self.busy.emit(False)
        self.failed.emit(error)

    # pages

    def _want(self, number: int, *, ahead: bool = False) -> None:
        """Send for a page, unless it is on its way."""
        span = self._span
        if number in self._wanted or span is None:
            return
        self._wanted[number] = None
        if len(self._wanted) > MOST_WANTED:
            self._give_up(next(iter(self._wanted)))
        wording, clock = self._wording, self._desk.clock
        held = self._pages.get(number)
        # Rows that are held keep their places, also those that have left the filter since.
        asked, at = (span, number) if held is None else (_just(held.lines), 0)

        def read_page(read: Read) -> list[Line]:
            rows: list[QueueRow] = read.page(asked, at)
            return wording.lines(rows, clock.now())

        def take(lines: list[Line]) -> None:
            self._take(span, number, lines, ahead)

        def fail(error: ConsoleError) -> None:
            self._wanted.pop(number, None)
            self._failed(error)

        self._desk.work.run(read_page, take, fail=fail, key=f"page{number}", owner=self, urgent=not ahead)

    def _take(self, span: Span, number: int, lines: list[Line], ahead: bool) -> None:
        self._wanted.pop(number, None)
        if span is not self._span:
            return
        self._pages[number] = _Page(lines, self._telling)
        self._pages.move_to_end(number)
        while len(self._pages) > HELD:
            self._pages.popitem(last=False)
        if number in self._missed:  # a table paints all it shows for any row that changed, be it in sight or not
            self._missed.discard(number)
            self._redraw(number * PAGE, number * PAGE + len(lines) - 1)
        if not ahead:
            self._at(number)
        elif not self._ahead.isActive():
            self._ahead.start(AHEAD_MS)  # the other side is next: two at once would take twice the interpreter

    def _at(self, number: int) -> None:
        """The view is at that page now: soon what lies beside it is sent for."""
        leap = self._hot < 0 or abs(number - self._hot) > 1  # other rows are a leap, too: somebody may be typing
        self._hot = number
        if leap:
            self._ahead.start(SETTLED_MS)
        elif not self._ahead.isActive():
            self._ahead.start(AHEAD_MS)

    def _look_ahead(self) -> None:
        """Send for a page beside the one in sight that is not there yet."""
        span, number = self._span, self._hot
        if span is None or number < 0:
            return
        last = (span.count - 1) // PAGE
        for near in (number + 1, number - 1):
            if 0 <= near <= last and near not in self._pages:
                self._want(near, ahead=True)
                return

    def _give_up(self, number: int) -> None:
        self._wanted.pop(number, None)
        self._missed.discard(number)
        self._desk.work.forget(self, f"page{number}")

    def _give_up_all(self) -> None:
        for number in list(self._wanted):
            self._give_up(number)

    def _redraw(self, first: int, last: int) -> None:
        if last >= first:
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(Column) - 1))

    # news

    @Slot(object)
    def _on_changes(self, changes: Changes) -> None:
        """Rows held may be out of date: those that are painted are read again soon, the others when they are."""
        if changes.kinds.isdisjoint(_HELD_KINDS):
            return
        for number, page in self._pages.items():
            if not changes.ids or any(line.row.id in changes.ids for line in page.lines):
                page.stale = True
                self._give_up(number)
        if not self._freshen.isActive():
            self._freshen.start()

    @Slot()
    def _draw_stale(self) -> None:
        for number, page in self._pages.items():
            if page.stale:
                self._redraw(number * PAGE, number * PAGE + len(page.lines) - 1)

    @Slot()
    def _on_second(self) -> None:
        self._seconds = (self._seconds + 1) % AGES_S
        if self._seconds == 0:
            self._tell_again()

    def _tell_again(self) -> None:
        """Words or ages have changed: each page is worded anew when it is next painted."""
        self._telling += 1
        self._redraw(0, self.rowCount() - 1)


def _just(lines: Sequence[Line]) -> Span:
    """A span of those rows and no others."""
    return Span(len(lines), rowids=array("q", [line.row.rowid for line in lines]))


def _never() -> bool:
    return False
