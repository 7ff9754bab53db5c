"""What uses the link when nothing better does: photos and files. When such a turn is due, and what came of it.

Bookkeeping only; the caller holds its lock and owns the threads (sync/hub.py). One errand is run at a time.
"""

from __future__ import annotations

import math
from typing import Protocol


class Errand(Protocol):
    """Something besides documents."""

    def turn(self) -> bool:
        """Do a small portion. True where there is more."""
        ...

    @property
    def pause_s(self) -> float | None:
        """After a turn that left nothing: seconds until another is worth it, None until there is news."""
        ...


class Errands:
    """All errands of a hub, as one that is due or not."""

    def __init__(self) -> None:
        self.all: list[Errand] = []
        self.due = False
        self.busy = False
        self._not_before_s = 0.0
        self._again_s = math.inf

    def begins(self, now_s: float) -> bool:
        """Whether a turn is due now; then it has begun."""
        wanted = self.due or now_s >= self._again_s
        if not self.all or not wanted or self.busy or now_s < self._not_before_s:
            return False
        self.due, self.busy, self._again_s = False, True, math.inf
        return True

    def turn(self, now_s: float) -> bool:
        """A turn of each, without the lock. True where there is more. Raises what they raise."""
        more = False
        for each in self.all:
            more = each.turn() or more
        pauses = [each.pause_s for each in self.all]
        pause_s = min((pause for pause in pauses if pause is not None), default=None)
        self._again_s = math.inf if pause_s is None else now_s + pause_s
        return more

    def failed(self, now_s: float, pause_s: float) -> None:
        """The link did not carry them."""
        self._not_before_s = now_s + pause_s

    def wanted(self) -> None:
        """A person wants everything now."""
        self.due, self._not_before_s = True, 0.0

    def due_in_s(self, now_s: float) -> float:
        """Seconds until a turn becomes due; infinite where one is under way, due already or not in sight."""
        at_s = max(self._not_before_s, 0.0 if self.due else self._again_s)
        return at_s - now_s if self.all and not self.busy and at_s > now_s else math.inf
