"""What a benchmark reports: one figure with its spread, its rival's and the advantage."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


class CannotMeasure(Exception):
    """A benchmark that cannot be run here; the text says why."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the report. `value` is judged; `ratio` is the product's advantage, over 1 where it is better."""

    metric: str
    value: float | None
    unit: str
    n: int
    p50: float | None = None
    p95: float | None = None
    max: float | None = None
    rival: str | None = None
    rival_value: float | None = None
    ratio: float | None = None
    why: str | None = None

    def plain(self) -> dict[str, object]:
        """As JSON values; `why` only where there is one."""
        line = asdict(self)
        if self.why is None:
            del line["why"]
        return line


def quantile(samples: Sequence[float], share: float) -> float:
    """The smallest sample that at least `share` of the samples do not exceed (nearest rank)."""
    ordered = sorted(samples)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def median(samples: Sequence[float]) -> float:
    """The middle sample, or the mean of the two middle ones."""
    ordered = sorted(samples)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def figure(
    metric: str,
    unit: str,
    samples: Sequence[float],
    *,
    judged: float = 0.5,
    rival: str | None = None,
    rival_samples: Sequence[float] = (),
    own_samples: Sequence[float] = (),
    rate: bool = False,
) -> Figure:
    """A figure of all samples of all runs. `judged` is the quantile that becomes `value`. `rate`: more is better.

    Where the rival does only a part of what is judged, `own_samples` are the product's at that very part, and the
    advantage is of their medians.
    """

    def judge(values: Sequence[float]) -> float:
        return median(values) if judged == 0.5 else quantile(values, judged)

    if not samples:
        return Figure(metric, None, unit, 0, rival=rival, why="no sample was taken")
    value = judge(samples)
    beside = median if own_samples else judge
    rival_value = beside(rival_samples) if rival_samples else None
    own = beside(own_samples or samples)
    ratio = None
    if rival_value and own:
        ratio = own / rival_value if rate else rival_value / own
    return Figure(
        metric,
        value,
        unit,
        len(samples),
        median(samples),
        quantile(samples, 0.95),
        max(samples),
        rival,
        rival_value,
        ratio,
    )


def write(path: Path, figures: Sequence[Figure]) -> None:
    """The report as a JSON list."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([each.plain() for each in figures], indent=1) + "\n", "utf-8")


def told(figure: Figure) -> str:
    """One line for a person."""

    def number(value: float | None) -> str:
        return "-" if value is None else f"{value:,.2f}" if abs(value) < 1000 else f"{value:,.0f}"

    line = f"{figure.metric:28} {number(figure.value):>12} {figure.unit:6} n={figure.n:<6}"
    line += f" p50 {number(figure.p50)} p95 {number(figure.p95)} max {number(figure.max)}"
    if figure.rival:
        line += f" | {figure.rival}: {number(figure.rival_value)}"
    if figure.ratio is not None:
        line += f", {figure.ratio:.1f}x"
    return line + (f" | {figure.why}" if figure.why else "")
