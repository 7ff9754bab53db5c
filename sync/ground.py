"""What a hub stands on: the parts of the engine it uses, and the places it follows. Values and protocols only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from console.core.clock import Clock
from console.core.errors import DiskTrouble
from console.store.keeper import Keeper
from console.store.shelf import Shelf
from sync.engine_log import EngineLog
from sync.lanes import Lane


class Gate(Protocol):
    """Whether the disk takes anything now."""

    @property
    def is_open(self) -> bool:
        """Whether intake goes on."""
        ...

    def shut(self, trouble: DiskTrouble) -> None:
        """The disk took nothing."""
        ...

    def taken(self) -> None:
        """It took something."""
        ...


@dataclass(frozen=True, slots=True)
class Follow:
    """A place to be read, and how important it is."""

    place: str
    lane: Lane = Lane.REST


@dataclass(frozen=True, slots=True)
class Ground:
    """What a hub stands on: everything of the engine that it uses."""

    keeper: Keeper
    open_shelf: Callable[[], Shelf]
    clock: Clock
    log: EngineLog
    gate: Gate
