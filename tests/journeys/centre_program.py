"""A small embedded centre of the invented city, as a process: PORT RATE_PER_DAY."""

from __future__ import annotations

import sys

from sync.centre.run import run_centre
from tests.cities import small_pack

if __name__ == "__main__":
    sys.exit(run_centre(int(sys.argv[1]), 7, rate_per_day=int(sys.argv[2]), history_days=2, pack=small_pack()))
