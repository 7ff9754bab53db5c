"""How long nobody has touched the console: no key, no button, no wheel on any of its windows."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from console.core.clock import Clock
from console.models.news import Ticks


class Idle(QObject):
    """Says once that it has been long enough, and again only after somebody was there."""

    long = Signal()

    def __init__(self, clock: Clock, ticks: Ticks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._clock = clock
        self.after_s = 0.0
        """So long is long enough; 0 for never."""
        self.stir()
        ticks.second.connect(self.look)

    @Slot()
    def stir(self) -> None:
        """Somebody is there."""
        self._since_s, self._since = self._clock.monotonic_s(), self._clock.now()

    @property
    def idle_s(self) -> float:
        """Since when nobody was. A machine that slept counts as one that nobody touched: its steady clock stands
        still meanwhile, the wall's does not."""
        slept_s = (self._clock.now() - self._since).total_seconds()
        return max(self._clock.monotonic_s() - self._since_s, slept_s)

    @Slot()
    def look(self) -> None:
        """Look whether it has been long enough."""
        if self.after_s > 0 and self.idle_s >= self.after_s:
            self.stir()
            self.long.emit()
