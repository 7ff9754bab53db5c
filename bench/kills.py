"""Acknowledged commands lost in 200 kills of the engine at random points: see `bench/crash.py`, which kills."""

from __future__ import annotations

import dataclasses

from bench import crash
from bench.figures import Figure, figure
from bench.sizes import Sizes

METRICS = {"crash.lost_of_200": "count"}


def measure(size: Sizes, _wanted: tuple[str, ...]) -> list[Figure]:
    """One figure; the rest of what was counted must be nothing as well, or the figure says so."""
    told = crash.measure(size.kills)
    counted = figure("crash.lost_of_200", "count", [float(told["value"])])
    wrong = [name for name in ("twice", "missing", "out_of_order", "wrong_state", "outbox_off") if told[name]]
    return [dataclasses.replace(counted, n=int(told["n"]), why=f"also wrong: {', '.join(wrong)}" if wrong else None)]
