"""`python -m bench [NAME...] [--json FILE]`: runs benchmarks and says what they gave."""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import os
import sys
import time
from pathlib import Path

from bench.figures import CannotMeasure, Figure, told, write
from bench.sizes import Sizes, sizes

MODULES = (
    "start",
    "table",
    "search",
    "map",
    "loop",
    "intake",
    "series",
    "feeds",
    "transit",
    "twenty",
    "alert",
    "memory",
    "command",
    "kills",
    "sync",
    "sync_far",
    "audit",
    "people",
)


def chosen(names: list[str]) -> list[tuple[str, tuple[str, ...]]]:
    """Modules with those of their metrics that were asked for; no names means all."""
    found = []
    for module in MODULES:
        metrics = tuple(importlib.import_module(f"bench.{module}").METRICS)
        wanted = tuple(each for each in metrics if not names or any(each.startswith(name) for name in names))
        if wanted:
            found.append((module, wanted))
    return found


def measured(module: str, wanted: tuple[str, ...], size: Sizes) -> list[Figure]:
    """The wanted figures of a module; what cannot be measured is null and says why."""
    made = importlib.import_module(f"bench.{module}")
    try:
        figures: list[Figure] = made.measure(size, wanted)
    except (CannotMeasure, ImportError) as trouble:
        units = made.METRICS
        return [Figure(name, None, units[name], 0, why=str(trouble)) for name in wanted]
    if size.small:
        figures = [dataclasses.replace(each, why=each.why or "small sizes: for development only") for each in figures]
    return [each for each in figures if each.metric in wanted]


def main() -> int:
    """Run what was asked for; the exit code is 1 where a figure could not be measured."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="a metric, or the beginning of one")
    parser.add_argument("--json", type=Path, help="file for the report")
    parser.add_argument("--list", action="store_true", help="only name the metrics")
    options = parser.parse_args()
    todo = chosen(options.names)
    if not todo:
        parser.error(f"no benchmark is called so: {options.names}")
    if options.list:
        print("\n".join(metric for _, metrics in todo for metric in metrics))
        return 0
    if hasattr(os, "getloadavg") and os.getloadavg()[0] > 0.7:
        print(f"this machine is busy (load {os.getloadavg()[0]:.1f}): times are upper bounds", file=sys.stderr)
    figures: list[Figure] = []
    for module, wanted in todo:
        start = time.monotonic()
        for each in measured(module, wanted, sizes()):
            figures.append(each)
            print(told(each), flush=True)
        print(f"  ({module}: {time.monotonic() - start:.0f} s)", file=sys.stderr, flush=True)
        if options.json:
            write(options.json, figures)
    return int(any(each.value is None for each in figures))


if __name__ == "__main__":
    sys.exit(main())
