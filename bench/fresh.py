"""Runs one side of a benchmark in a process of its own, and sides in turn.

A side is a function of a benchmark's module, named in its `SIDES`; it takes JSON values by name and gives a
dictionary of them. `python -m bench.fresh MODULE SIDE JSON` is what the process runs.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

from bench.figures import CannotMeasure

ROOT = Path(__file__).parents[1]
WORK = ROOT / "build" / "bench"
MARK = "bench-result "
Side = Callable[..., Mapping[str, Any]]


def environment() -> dict[str, str]:
    """The environment of every side: no screen, and no sandbox of the web engine where we are root (it refuses)."""
    env = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    # an installed program has its bytecode; without it a start measures Python's compiler
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    env["QT_QPA_PLATFORM"] = env.get("BENCH_PLATFORM", "offscreen")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        env["QTWEBENGINE_DISABLE_SANDBOX"] = "1"
    env["PYTHONPATH"] = str(ROOT)
    env["QT_LOGGING_RULES"] = "*.debug=false;qt.webenginecontext.info=false"
    return env


def run(module: str, side: str, *, timeout_s: float = 900, **values: Any) -> dict[str, Any]:
    """What that side gave, from a fresh process. `started_at` (Unix seconds) is handed in where the side takes it."""
    env = environment() | {"BENCH_STARTED_AT": repr(time.time())}
    command = [sys.executable, "-m", "bench.fresh", module, side, json.dumps(values)]
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=timeout_s, check=False
        )
    except subprocess.TimeoutExpired as trouble:
        raise CannotMeasure(f"{side} did not end within {timeout_s:.0f} s") from trouble
    for line in reversed(done.stdout.splitlines()):
        if line.startswith(MARK):
            result: dict[str, Any] = json.loads(line.removeprefix(MARK))
            if "cannot" in result:
                raise CannotMeasure(f"{side}: {result['cannot']}")
            return result
    tail = " / ".join((done.stderr or done.stdout).strip().splitlines()[-4:])
    raise CannotMeasure(f"{side} ended with {done.returncode}: {tail}"[:600])


class Served:
    """A process that is asked by others while a side runs, for a `with` statement: it says its port in its first line
    and ends with its standard input."""

    def __init__(self, module: str, *arguments: str) -> None:
        self._command = [sys.executable, "-m", module, *arguments]

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            self._command, cwd=ROOT, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())
        return self

    def tell(self, line: str) -> None:
        """Hand it a line."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=20)


def started_at() -> float:
    """When this process was asked for, as Unix seconds: before the interpreter was loaded."""
    return float(os.environ["BENCH_STARTED_AT"])


def in_turn(
    module: str, sides: Mapping[str, Mapping[str, Any]], *, runs: int, warm: int = 1, timeout_s: float = 900
) -> dict[str, list[dict[str, Any]]]:
    """Each side `runs` times after `warm` runs that do not count, in turn, so that what disturbs one disturbs all."""
    gathered: dict[str, list[dict[str, Any]]] = {side: [] for side in sides}
    for turn in range(warm + runs):
        for side, values in sides.items():
            result = run(module, side, timeout_s=timeout_s, **values)
            if turn >= warm:
                gathered[side].append(result)
    return gathered


def pooled(results: list[dict[str, Any]], key: str) -> list[float]:
    """The samples of all runs together; a run gives one number or a list of them."""
    samples: list[float] = []
    for each in results:
        value = each[key]
        samples.extend(value if isinstance(value, list) else [value])
    return samples


def main(arguments: list[str]) -> int:
    """The process of one side."""
    module, side, values = arguments
    try:
        result: Mapping[str, Any] = importlib.import_module(module).SIDES[side](**json.loads(values))
    except (ImportError, CannotMeasure) as trouble:
        result = {"cannot": f"{type(trouble).__name__}: {trouble}"}
    print(MARK + json.dumps(result), flush=True)
    # Qt and Chromium are not taken down piece by piece: what was to be measured is measured.
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
