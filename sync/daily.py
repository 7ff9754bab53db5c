"""A job beside the engine's work: some time after the start and then daily, on a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable

from console.core.clock import Clock

EVERY_S = 86_400.0
END_WITHIN_S = 2.0


class Daily:
    """One job. `look` is for the engine's main thread; the job asks `ending` whether it is to give up."""

    def __init__(
        self, name: str, job: Callable[[], None], clock: Clock, first_s: float, every_s: float = EVERY_S
    ) -> None:
        """`name` is that of the thread; the first turn comes `first_s` after this, the others `every_s` apart."""
        self._every_s = every_s
        self._name = name
        self._job = job
        self._clock = clock
        self._due_s = clock.monotonic_s() + first_s
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    def ending(self) -> bool:
        """Whether the engine ends."""
        return self._ending.is_set()

    def look(self) -> None:
        """Begin where it is due. Cheap while it is not."""
        now_s = self._clock.monotonic_s()
        if now_s < self._due_s or (self._thread is not None and self._thread.is_alive()):
            return
        self._due_s = now_s + self._every_s
        self._thread = threading.Thread(target=self._job, name=self._name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Let it give up: the next turn begins anew."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join(END_WITHIN_S)
