"""Looking after the folder of files once after the start and then daily, on a thread of its own beside the engine."""

from __future__ import annotations

from concurrent.futures import CancelledError

from console.core.clock import Clock
from console.core.errors import DiskTrouble
from console.store.attachments import FileShelf
from console.store.blackbox import BlackBox
from console.store.blob_care import Cared, care
from console.store.blobs import Blobs
from console.store.files import Profile
from console.store.keeper import Keeper
from sync.daily import Daily
from sync.engine_log import EngineLog

FIRST_S = 120.0
"""After the start: windows and sources come first."""
_AT_ONCE = 200


class Tending(Daily):
    """One engine's. What is given up at its end is begun anew next time."""

    def __init__(self, profile: Profile, keeper: Keeper, clock: Clock, log: EngineLog) -> None:
        super().__init__("files", self.tend, clock, FIRST_S)
        self._profile = profile
        self._keeper = keeper
        self._log = log

    def tend(self) -> None:
        """Do it now."""
        try:
            shelf = FileShelf.open(self._profile)
            try:
                box = BlackBox(self._profile.blackbox, self._clock).lines()
                blobs = Blobs(self._profile.blobs)
                self._keep(care(blobs, shelf, box, self._clock.now(), ending=self.ending))
            finally:
                shelf.close()
        except DiskTrouble as trouble:
            self._log.tell("engine.files_not", fault=trouble.says)
        except CancelledError:
            return  # the keeper ended first

    def _keep(self, cared: Cared) -> None:
        for start in range(0, max(len(cared.found), len(cared.lost)), _AT_ONCE):
            found, lost = (each[start : start + _AT_ONCE] for each in (cared.found, cared.lost))
            self._keeper.write(lambda store, _, f=found, g=lost: (None, store.pieces_found(f, g))).result()  # type: ignore[misc]
        if cared.found or cared.lost or cared.dropped:
            self._log.tell("engine.files", found=len(cared.found), lost=len(cared.lost), dropped=cared.dropped)
