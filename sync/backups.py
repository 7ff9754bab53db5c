"""The hourly backup, on a thread of its own beside the engine's work: it only reads, so it holds up nobody."""

from __future__ import annotations

import threading
from collections.abc import Callable

from console.core.clock import Clock
from console.core.errors import DiskTrouble, Refused
from console.store import backup
from console.store.files import Profile
from console.store.memory import give_back
from sync.engine_log import EngineLog

LOOK_EVERY_S = 60.0
AGAIN_AFTER_S = 900.0
"""After one that could not be made."""
END_WITHIN_S = 2.0


class Backups:
    """Makes a backup whenever the newest one is too old. `look` is for the engine's main thread."""

    def __init__(
        self,
        profile: Profile,
        clock: Clock,
        every_h: float,
        log: EngineLog,
        tell: Callable[[DiskTrouble | None], None],
    ) -> None:
        """`tell` hears, from the thread, what the disk said, and None once a backup was made."""
        self._profile = profile
        self._clock = clock
        self._every_h = every_h
        self._log = log
        self._tell = tell
        self._look_s = clock.monotonic_s() + LOOK_EVERY_S
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    def look(self) -> None:
        """Begin one where it is due. Cheap while it is not."""
        now_s = self._clock.monotonic_s()
        if now_s < self._look_s or (self._thread is not None and self._thread.is_alive()):
            return
        self._look_s = now_s + LOOK_EVERY_S
        if backup.backup_due(self._profile, self._clock, self._every_h):
            self._thread = threading.Thread(target=self._make, name="backup", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Give up the one being made: an incomplete one does not count and is swept away next time."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join(END_WITHIN_S)

    def _make(self) -> None:
        try:
            backup.make(self._profile, self._clock, cancelled=self._ending.is_set)
        except Refused as refusal:
            self._log.tell("engine.backup_not", fault=refusal.says)
        except DiskTrouble as trouble:
            self._look_s = self._clock.monotonic_s() + AGAIN_AFTER_S
            self._log.tell("engine.backup_not", fault=trouble.says)
            self._tell(trouble)
        else:
            self._log.tell("engine.backup")
            self._tell(None)
        finally:
            give_back()  # what reading all of it twice took
