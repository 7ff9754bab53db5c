"""What the exchange of files stands on: the store as it sees it, the pace of its link, and what is asked for later."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from console.core.clock import Clock
from console.core.records import FileRow
from console.core.replica import Named, NotTaken, Offer
from console.store.blobs import Blob

TURN_S = 8.0
"""About so long one portion takes on the link as it was measured."""
LEAST_PORTION, MOST_PORTION = 4 << 10, 1 << 20
_FIRST_RATE = 64 << 10
_SLOWEST = 400.0
"""Bytes a second below which a portion is given up."""
AGAIN_S, LONGEST_S = 2.0, 3600.0
"""A piece the centre has not (the deed may come before its photo), or has wrong, is asked for again after that, and
then less and less often."""


class FileDesk(Protocol):
    """The store, as far as it is needed here. What writes returns when it is on the disk."""

    def offers(self, most: int) -> Sequence[Offer]:
        """Documents of the place of files that the centre does not hold, the oldest first."""
        ...

    def waiting(self) -> int:
        """How many the centre does not hold, also those it would not take."""
        ...

    def since(self, number: int) -> tuple[Sequence[FileRow], int]:
        """Files heard of after a row of the history, and the last row looked at."""
        ...

    def named(self, sha256: str) -> Sequence[FileRow]:
        """Files of that content, wherever they are attached."""
        ...

    def lacking(self, names: Sequence[str]) -> Sequence[str]:
        """Those of the names whose bytes are not known to be here."""
        ...

    def came(self, blobs: Sequence[Blob], complaints: Iterable[str]) -> None:
        """These pieces lie on the disk now, and the centre holds them."""
        ...

    def lost(self, names: Sequence[str], complaints: Iterable[str]) -> None:
        """These are not on the disk, though they were known."""
        ...

    def settle(self, held: Sequence[Named], refused: Sequence[NotTaken], complaints: Iterable[str]) -> None:
        """What the centre said of what it was offered."""
        ...

    def enough(self) -> bool:
        """Whether so much is here already that only what people look at is fetched."""
        ...

    def least_free(self) -> int:
        """Bytes that must stay free on the disk. Raises `DiskTrouble` where nothing more is to be fetched."""
        ...


@dataclass(slots=True)
class Pace:
    """How fast the link was lately, and how much fits into one portion."""

    rate: float = _FIRST_RATE
    most: int = MOST_PORTION
    """Less where somebody on the way takes no more."""

    def took(self, size: int, seconds: float) -> None:
        """So many bytes took so long."""
        if size >= 512:
            self.rate = 0.6 * self.rate + 0.4 * size / max(seconds, 0.001)

    @property
    def portion(self) -> int:
        """Bytes for one request."""
        return int(min(self.most, max(LEAST_PORTION, self.rate * TURN_S)))

    def deadline_s(self, size: int) -> float:
        """How long a request of so many bytes may take."""
        return 15.0 + size / max(_SLOWEST, self.rate / 4)


@dataclass(slots=True)
class Later:
    """What is asked for again later."""

    clock: Clock
    _until: dict[str, tuple[float, float]] = field(default_factory=dict)

    def put(self, name: str) -> None:
        """Not before a while, each time a longer one."""
        pause = min(LONGEST_S, 2 * self._until[name][1]) if name in self._until else AGAIN_S
        self._until[name] = self.clock.monotonic_s() + pause, pause

    def drop(self, name: str) -> None:
        """It may be asked for at once."""
        self._until.pop(name, None)

    def due_s(self) -> float | None:
        """Seconds until the next is due, None for none."""
        now_s = self.clock.monotonic_s()
        left = [until - now_s for until, _ in self._until.values() if until > now_s]
        return min(left, default=None)

    def waits(self, name: str) -> bool:
        """Whether its time has not come."""
        return name in self._until and self._until[name][0] > self.clock.monotonic_s()
