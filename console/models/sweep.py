"""Python's cyclic garbage is collected on the screen thread alone, while readers work beside it.

Automatic collection runs in whichever thread happens to allocate. A worker that sweeps up a forgotten widget
destroys it off the screen thread, and the process ends ("Timers cannot be stopped from another thread", then a
segmentation fault). So automatic collection is off while a `Sweeper` lives, and a timer does its work.
"""

from __future__ import annotations

import gc
from typing import ClassVar

from PySide6.QtCore import QObject, QTimer, Slot

EVERY_MS = 500


class Sweeper(QObject):
    """Collects by Python's own thresholds, youngest generation first. As many may live as there are pools."""

    _alive: ClassVar[int] = 0

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self.sweep)
        self._timer.start()
        Sweeper._alive += 1
        gc.disable()

    @Slot()
    def sweep(self) -> None:
        """Collect the oldest generation that is due, if any."""
        counts, thresholds = gc.get_count(), gc.get_threshold()
        for generation in (2, 1, 0):
            if counts[generation] > thresholds[generation] > 0:
                gc.collect(generation)
                return

    def close(self) -> None:
        """The last one gives the work back to Python."""
        if self._timer.isActive():
            self._timer.stop()
            Sweeper._alive -= 1
            if Sweeper._alive == 0:
                gc.enable()
