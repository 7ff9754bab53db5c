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
from console.shell.layouts import How, Node, Place, Split

Panels = Mapping[str, type[Panel]]


class Slot(QWidget):
    """The place of one panel, empty until `fill`."""

    filled = Signal(object)
    """The panel that now stands here."""

    def __init__(self, place: Place, desk: Desk, panels: Panels) -> None:
        super().__init__()
        self.place = place
        self.panel: Panel | None = None
        self._desk = desk
        self._panels = panels
        self._trouble = False
        self._room = QVBoxLayout(self)
        self._room.setContentsMargins(0, 0, 0, 0)

    def fill(self) -> None:
        """Make the panel, once."""
        if self.panel is not None or self._trouble:
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
        self._room.addWidget(panel)
        panel.show()  # now, not a turn later: what is not shown cannot be given the keyboard
        self.setFocusProxy(panel)
        self.filled.emit(panel)

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
            return self._trouble
        return self.panel.condition is not Condition.LOADING

    def kept(self) -> Place:
        """The place with what its panel wants to find again."""
        return replace(self.place, given=self.panel.keep()) if self.panel is not None else self.place


class Content:
    """The widgets of one monitor's tree."""

    def __init__(self, node: Node, desk: Desk, panels: Panels, filled: Callable[[Panel], None]) -> None:
        self._desk = desk
        self._panels = panels
        self._filled = filled
        self._node = node
        self.widget = self._made(node)

    def slots(self) -> Iterator[Slot]:
        """All places, in reading order."""
        yield from _slots(self.widget)

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
