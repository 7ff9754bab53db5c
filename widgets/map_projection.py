"""Web Mercator as the map needs it: the world is a square from 0 to 1, x east, y south. No Qt here.

float64 throughout: at zoom 22 one pixel is a billionth of the square and float64 still splits it a million times.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

TILE_PX = 256
MOST_LAT = 85.051128
"""Beyond this the square ends; latitudes are held to it."""
EARTH_M = 40_075_016.686
"""Length of the equator, metres."""
LEAST_ZOOM, MOST_ZOOM = 3.0, 20.0


def world(lon: Any, lat: Any) -> tuple[Floats, Floats]:
    """Degrees to the square. Arrays or numbers; NaN stays NaN."""
    lons, lats = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
    sine = np.sin(np.radians(np.clip(lats, -MOST_LAT, MOST_LAT)))
    return (lons + 180.0) / 360.0, 0.5 - np.arctanh(sine) / (2 * math.pi)


def degrees(x: Any, y: Any) -> tuple[Floats, Floats]:
    """The square back to degrees: (lon, lat)."""
    xs, ys = np.asarray(x, np.float64), np.asarray(y, np.float64)
    return xs * 360.0 - 180.0, np.degrees(np.arcsin(np.tanh((0.5 - ys) * 2 * math.pi)))


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of the square."""

    left: float
    top: float
    right: float
    bottom: float

    def __or__(self, other: Box) -> Box:
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )


MARGIN_PX = 96
"""How far a kept picture of the ground reaches beyond the window."""


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """Where one looks: the centre in the square, the zoom (256 px a world at 0, doubling), the size in px."""

    x: float
    y: float
    zoom: float
    width: int
    height: int

    @property
    def scale(self) -> float:
        """Pixels of the whole square's side."""
        return TILE_PX * math.exp2(self.zoom)

    def screen(self, x: Any, y: Any) -> tuple[Any, Any]:
        """From the square to pixels, numbers or arrays."""
        scale = self.scale
        return (x - self.x) * scale + self.width / 2, (y - self.y) * scale + self.height / 2

    def place(self, left: Any, top: Any) -> tuple[Any, Any]:
        """From pixels to the square."""
        scale = self.scale
        return (left - self.width / 2) / scale + self.x, (top - self.height / 2) / scale + self.y

    def moved(self, right_px: float, down_px: float) -> Viewpoint:
        """The view after the ground was pushed that many pixels."""
        scale = self.scale
        x, y = self.x - right_px / scale, self.y - down_px / scale
        return replace(self, x=min(1.0, max(0.0, x)), y=min(1.0, max(0.0, y)))

    def zoomed(self, by: float, left: float, top: float) -> Viewpoint:
        """Nearer (positive) or further; the place under (left, top) stays where it is."""
        zoom = min(MOST_ZOOM, max(LEAST_ZOOM, self.zoom + by))
        x, y = self.place(left, top)
        nearer = replace(self, zoom=zoom)
        scale = nearer.scale
        return replace(nearer, x=x - (left - self.width / 2) / scale, y=y - (top - self.height / 2) / scale)

    def sized(self, width: int, height: int) -> Viewpoint:
        """The same centre in another size."""
        return replace(self, width=width, height=height)

    def widened(self) -> Viewpoint:
        """The same ground with `MARGIN_PX` more on every side: what is drawn so is not drawn again at each pan."""
        return self.sized(self.width + 2 * MARGIN_PX, self.height + 2 * MARGIN_PX)

    def within(self, wide: Viewpoint) -> bool:
        """Whether a picture of `wide`, a view that was widened, shows all that is seen from here."""
        if wide.zoom != self.zoom or (wide.width, wide.height) != (
            self.width + 2 * MARGIN_PX,
            self.height + 2 * MARGIN_PX,
        ):
            return False
        left, top = self.screen(*wide.place(0, 0))
        return bool(-2 * MARGIN_PX <= left <= 0 and -2 * MARGIN_PX <= top <= 0)

    def fitted(self, box: Box, margin_px: float, below_px: float = 0.0) -> Viewpoint:
        """The view in which the whole box is seen, with a margin all round and `below_px` more kept free below."""
        below_px = min(below_px, self.height / 4)
        room_x = max(16.0, self.width - 2 * margin_px)
        room_y = max(16.0, self.height - 2 * margin_px - below_px)
        wide, high = max(box.right - box.left, 1e-9), max(box.bottom - box.top, 1e-9)
        zoom = math.log2(min(room_x / wide, room_y / high) / TILE_PX)
        held = min(MOST_ZOOM, max(LEAST_ZOOM, zoom))
        down = below_px / 2 / (TILE_PX * math.exp2(held))
        return replace(self, x=(box.left + box.right) / 2, y=(box.top + box.bottom) / 2 + down, zoom=held)

    @property
    def metres_px(self) -> float:
        """Metres of ground a pixel covers at the centre."""
        _, lat = degrees(self.x, self.y)
        return EARTH_M * math.cos(math.radians(float(lat))) / self.scale


def scale_bar(metres_px: float, most_px: float) -> tuple[int, float]:
    """A round length in metres (1, 2 or 5 times a power of ten) and its pixels, at most `most_px`."""
    most_m = max(1.0, metres_px * most_px)
    power = 10 ** math.floor(math.log10(most_m))
    step = next(times for times in (5, 2, 1) if times * power <= most_m)
    return int(step * power), step * power / metres_px
