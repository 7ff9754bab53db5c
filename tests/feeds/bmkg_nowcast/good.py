"""Answers that are sound, for the tests that all kinds share."""

from __future__ import annotations

from typing import Any

from tests.feeds.cap.cases import alert, info
from tests.feeds.cap.good import worded

__all__ = ["GOOD", "KIND", "nowcast", "worded"]

KIND = "bmkg-nowcast"
WEST = "-6.001,106.001 -6.001,106.039 -6.039,106.039 -6.039,106.001 -6.001,106.001"
"""Around the centre of Sukamaju, lat first."""
EAST = "-6.001,106.041 -6.001,106.059 -6.059,106.059 -6.059,106.041 -6.001,106.041"
"""Around the centre of Mekarsari."""


def nowcast(places: str = "SUKAMAJU, JIPUT", *polygons: str, province: str = "Banten", **changes: Any) -> bytes:
    """A message as BMKG writes them."""
    words = (
        f"Hujan lebat disertai petir akan terjadi pada 21 November 2026, 10:10 WIB di sebagian wilayah {province},"
        f" khususnya di {places}.\n Kondisi ini berpotensi menimbulkan dampak berupa banjir lokal."
    )
    area = [{"areaDesc": province, "polygon": list(polygons or (WEST,))}]
    return alert(info(description=words, area=area, headline=f"Hujan Lebat disertai Petir di {province}", **changes))


GOOD = [nowcast(), nowcast("SUKAMAJU, MEKARSARI dan dapat meluas ke JIPUT, CADASARI", WEST, EAST)]
