"""Room on the disk: sources stop early, operators last.

A reserve file is given back to the disk when it is full, so that what is typed can still be saved.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from console.core.errors import DiskTrouble
from console.store.files import disk_trouble, drop_file, writing

MB = 1 << 20
OPENING_BYTES = 4 * MB
"""What SQLite takes for its own before a file can even be read."""


@dataclass(slots=True)
class Room:
    """How much room there must be."""

    reserve: Path
    intake_bytes: int = 500 * MB
    """Below this nothing more is taken from sources."""
    reserve_bytes: int = 32 * MB

    def ask_intake(self, folder: Path) -> None:
        """Raise `DiskTrouble` where there is too little room to take more from sources."""
        free = free_bytes(folder)
        if free < self.intake_bytes:
            raise DiskTrouble("store.little_room", free_mb=free // MB, least_mb=self.intake_bytes // MB)

    def make_way(self) -> None:
        """Give the reserve back where the disk is so full that nothing could be opened."""
        if free_bytes(self.reserve.parent) < OPENING_BYTES:
            self.release()

    def keep(self) -> None:
        """Make the reserve where it is not, while there is room enough."""
        if self.reserve.exists() or self.reserve_bytes == 0:
            return
        if free_bytes(self.reserve.parent) < self.intake_bytes + self.reserve_bytes:
            return
        with writing(self.reserve) as stream:
            for _ in range(self.reserve_bytes // MB):
                stream.write(b"\0" * MB)

    def release(self) -> bool:
        """Give the reserve back to the disk. False where there was none."""
        if not self.reserve.exists():
            return False
        drop_file(self.reserve)
        return True


def free_bytes(folder: Path) -> int:
    """Bytes left on the disk of a folder."""
    try:
        return shutil.disk_usage(folder).free
    except OSError as error:
        raise disk_trouble(error, folder) from error
