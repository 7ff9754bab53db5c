"""What stands on one monitor, as widgets: the layout's tree made of splitters, tabs and panels, and read back.

A panel is made when its turn comes, so that the first window shows before the last panel exists. One panel that
fails to build leaves its place with the reason, is reported as a bug, and does not stop the others.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QSplitter, QTabWidget, QVBoxLayout, QWidget

from console.models.desk import Desk
from console.panels.panel import Condition, Panel
from console.shell.catalogue import Catalogue
from console.shell.cover import Cover, Covering
from console.shell.layouts import How, Node, Place, Split

Panels = Mapping[str, type[Panel]]


def _nothing() -> None:
    """Stands for who uncovers where nothing is ever covered."""


class Slot(QWidget):
    """The place of one panel, empty until `fill`."""

    filled = Signal(object)
    """The panel that now stands here."""
    uncover_asked = Signal()
    """Somebody wants to see what is covered here."""

    def __init__(self, place: Place, desk: Desk, panels: Panels) -> None:
        super().__init__()
        self.place = place
        self.panel: Panel | None = None
        self._desk = desk
        self._panels = panels
        self._trouble = False
        self._covering: Covering | None = None
        self._cover: Cover | None = None
        self._room = QVBoxLayout(self)
        self._room.setContentsMargins(0, 0, 0, 0)

    def fill(self) -> None:
        """Make the panel, once, where it opens for who is here."""
        if self.panel is not None or self._trouble:
            return
        if self.closed:
            self._close()
            return
        kind = self._panels[self.place.panel]
        try:
            panel = kind(self._desk)
            panel.restore(self.place.given)
        except Exception:  # noqa: BLE001 - shown in place, and reported whole as any bug
            self._trouble = True
            label = QLabel(self._desk.phrases.say("shell.panel.broken", panel=self.title), wordWrap=True)
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            self._room.addWidget(label)
            sys.excepthook(*sys.exc_info())
            return
        self.panel = panel
        panel.hide()  # a layout would show it, be it covered or not
        self._room.addWidget(panel)
        self._show()
        self.filled.emit(panel)

    def cover(self, covering: Covering | None) -> None:
        """Show these words in place of a panel that is personal, which is hidden and so neither painted, heard, nor
        given a key; None gives it back as it was."""
        self._covering = covering
        if self.closed:
            self._close()
        elif self.panel is not None:
            self._show()
        elif self._cover is not None and self.isVisible():
            self.fill()  # it did not open for who was here before

    @property
    def closed(self) -> bool:
        """Whether the panel of this place does not open for who is here: then it is not made."""
        audience = self._desk.people.audience
        return audience.narrow and audience not in self._panels[self.place.panel].face.audiences

    def _close(self) -> None:
        """Take the panel away with all it has read; its place says why."""
        if self.panel is not None:
            self.place, panel = self.kept(), self.panel
            self.panel = None
            self._room.removeWidget(panel)
            panel.hide()
            panel.deleteLater()
        say = self._desk.phrases.say
        self._cover_up(Covering(say("shell.people.closed.says"), say("shell.people.closed.hint")))

    @property
    def covered(self) -> bool:
        """Whether the panel that stands here is not to be seen."""
        return self.panel is not None and self._covering is not None and self.panel.face.personal

    def _show(self) -> None:
        """The panel or its cover, now and not a turn later: what is not shown cannot be given the keyboard."""
        panel, covering = self.panel, self._covering
        if panel is None:
            return
        if covering is None or not panel.face.personal:
            if self._cover is not None:
                self._cover.hide()
            panel.show()
            self.setFocusProxy(panel)
            return
        panel.hide()
        self._cover_up(covering)

    def _cover_up(self, covering: Covering) -> None:
        if self._cover is None:
            self._cover = Cover(self._desk.phrases)
            self._cover.asked.connect(self.uncover_asked)
            self._room.addWidget(self._cover)
        self._cover.tell(covering)
        self.setFocusProxy(self._cover)
        self._cover.show()

    @property
    def title(self) -> str:
        """Name of the panel in the language now spoken."""
        panels, name = self._panels, self.place.panel
        # A tab must not import what stands behind it: that comes when it is first shown.
        key = panels.title(name) if isinstance(panels, Catalogue) else panels[name].face.title
        return self._desk.phrases.say(key)

    @property
    def settled(self) -> bool:
        """True once there is something to look at, be it a fault."""
        if self.panel is None:
            return self._trouble or self.closed
        if self.covered:
            return self._covering is None or self._covering.known
        return self.panel.condition is not Condition.LOADING

    def kept(self) -> Place:
        """The place with what its panel wants to find again."""
        return replace(self.place, given=self.panel.keep()) if self.panel is not None else self.place


class Content:
    """The widgets of one monitor's tree."""

    def __init__(
        self,
        node: Node,
        desk: Desk,
        panels: Panels,
        filled: Callable[[Panel], None],
        uncover: Callable[[], None] = _nothing,
    ) -> None:
        """`filled` hears of each panel that is made, `uncover` that somebody wants to see what is covered."""
        self._desk = desk
        self._panels = panels
        self._filled, self._uncover = filled, uncover
        self._node = node
        self.widget = self._made(node)

    def slots(self) -> Iterator[Slot]:
        """All places, in reading order."""
        yield from _slots(self.widget)

    def cover(self, covering: Covering | None) -> None:
        """Cover what is personal, also what is made only later; None uncovers."""
        for slot in self.slots():
            slot.cover(covering)

    def show_panel(self, panel: str) -> Slot | None:
        """Bring a panel of this monitor to the front; None where it has no place here."""
        slot = next((each for each in self.slots() if each.place.panel == panel), None)
        if slot is None:
            return None
        below: QWidget = slot
        above = slot.parentWidget()
        while above is not None and below is not self.widget:
            if isinstance(above, QTabWidget):
                above.setCurrentIndex(above.indexOf(below))
            if not isinstance(above.parentWidget(), QTabWidget):  # a tab's page sits in a stack inside its tabs
                below = above
            above = above.parentWidget()
        slot.fill()
        return slot

    def retranslate(self) -> None:
        """Say the tabs again."""
        tabs = self.widget.findChildren(QTabWidget)
        if isinstance(self.widget, QTabWidget):
            tabs.append(self.widget)
        for each in tabs:
            for index in range(each.count()):
                each.setTabText(index, _name(each.widget(index)))

    def kept(self) -> Node:
        """The tree as it stands now: shares as dragged, tabs as chosen, panels with what they keep."""
        return self._read(self.widget, self._node)

    def _made(self, node: Node) -> QWidget:
        if isinstance(node, Place):
            slot = Slot(node, self._desk, self._panels)
            slot.filled.connect(self._filled)
            slot.uncover_asked.connect(self._uncover)
            return slot
        return self._tabs(node) if node.how is How.BEHIND else self._splitter(node)

    def _splitter(self, node: Split) -> QSplitter:
        upright = Qt.Orientation.Vertical if node.how is How.ABOVE else Qt.Orientation.Horizontal
        splitter = QSplitter(upright)
        splitter.setChildrenCollapsible(False)
        for index, part in enumerate(node.parts):
            splitter.addWidget(self._made(part))
            splitter.setStretchFactor(index, part.share)
        splitter.setSizes([part.share * 100 for part in node.parts])
        return splitter

    def _tabs(self, node: Split) -> QTabWidget:
        tabs = QTabWidget()
        tabs.setDocumentMode(True)
        for part in node.parts:
            widget = self._made(part)
            tabs.addTab(widget, _name(widget))
        tabs.setCurrentIndex(node.shown)
        tabs.currentChanged.connect(lambda index: _fill_all(tabs.widget(index)))
        return tabs

    def _read(self, widget: QWidget | None, node: Node) -> Node:
        if isinstance(widget, Slot):
            return replace(widget.kept(), share=node.share)
        if isinstance(node, Split) and isinstance(widget, QSplitter):
            sizes = widget.sizes() if sum(widget.sizes()) else [part.share for part in node.parts]
            parts = tuple(
                replace(self._read(widget.widget(index), part), share=max(1, sizes[index]))
                for index, part in enumerate(node.parts)
            )
            return replace(node, parts=parts)
        if isinstance(node, Split) and isinstance(widget, QTabWidget):
            parts = tuple(self._read(widget.widget(index), part) for index, part in enumerate(node.parts))
            return replace(node, parts=parts, shown=max(0, widget.currentIndex()))
        return node


def _slots(widget: QWidget | None) -> Iterator[Slot]:
    """In reading order, which `findChildren` does not keep."""
    if isinstance(widget, Slot):
        yield widget
    elif isinstance(widget, QSplitter | QTabWidget):
        for index in range(widget.count()):
            yield from _slots(widget.widget(index))


def _name(widget: QWidget | None) -> str:
    return " · ".join(slot.title for slot in _slots(widget))


def _fill_all(widget: QWidget | None) -> None:
    for slot in _slots(widget):
        if slot.isVisible():
            slot.fill()
