"""For whom a profile is: those who work with it, or others who look, and what that means for places and times.

Who only looks is never handed what is about a person: not hidden from them, not read at all (console/store/walls.py).
Places are the middle of a cell of the grid, times the beginning of their hour. Pure; knows no table.
"""

from __future__ import annotations

from enum import StrEnum
from math import cos, radians

SETTING = "profile.audience"
"""The setting that says it."""


class Audience(StrEnum):
    """Who looks at a profile. The values stand in settings files."""

    WORK = "kerja"
    WALL = "dinding"
    PUBLIC = "publik"
    VISIT = "kunjungan"
    GUEST = "tamu"

    @property
    def narrow(self) -> bool:
        """Whether nothing about a person is for them."""
        return self is not Audience.WORK


EVERYBODY = frozenset(Audience)
WORKERS = frozenset({Audience.WORK})

GRID_M = 250
"""Least width of a cell, metres."""
CELL_DEG = GRID_M / 110_574
"""Height of a cell in degrees of latitude, where a degree is shortest: at the equator."""
LEAST_COS = 0.05
"""Near a pole a cell is not made wider than this allows."""


def width_of(lat: float) -> float:
    """Width of a cell at that latitude, degrees of longitude."""
    return CELL_DEG / max(LEAST_COS, cos(radians(lat)))


def on_grid(lat: float, lon: float) -> tuple[float, float]:
    """The middle of the cell in which a place lies, WGS84 degrees."""
    middle = (int((lat + 90) / CELL_DEG) + 0.5) * CELL_DEG - 90
    width = width_of(middle)
    return middle, (int((lon + 180) / width) + 0.5) * width - 180
