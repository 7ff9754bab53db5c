"""How much is measured. The reported sizes are the full ones; BENCH_SMALL=1 is for working on a benchmark."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes of a run of benchmarks."""

    rows: int = 1_000_000
    points: int = 100_000
    first_points: int = 10_000
    runs: int = 5
    kills: int = 200
    intake_pages: int = 200
    """Pages of 1,000 records for the rate of intake; the loop's benchmark takes all rows."""
    small: bool = False


SMALL = Sizes(rows=20_000, points=10_000, first_points=1_000, runs=2, kills=4, intake_pages=10, small=True)


def sizes() -> Sizes:
    """The sizes in force."""
    return SMALL if os.environ.get("BENCH_SMALL") else Sizes()
