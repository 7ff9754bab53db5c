"""The harness of the benchmarks reports in the agreed form and flatters nobody."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.__main__ import chosen, measured
from bench.figures import CannotMeasure, Figure, figure, median, quantile, told, write
from bench.sizes import SMALL, Sizes, sizes
from tests.tree import ROOT

FIELDS = {"metric", "value", "unit", "n", "p50", "p95", "max", "rival", "rival_value", "ratio"}


def test_a_quantile_is_a_sample_that_was_taken() -> None:
    samples = [float(number) for number in range(1, 101)]
    assert quantile(samples, 0.95) == 95
    assert quantile(samples, 1.0) == 100
    assert quantile([7.0], 0.5) == 7
    assert median([1.0, 9.0]) == 5


def test_a_time_is_better_when_it_is_shorter() -> None:
    made = figure("a.b", "ms", [10.0, 10.0], rival="other", rival_samples=[50.0])
    assert (made.value, made.rival_value, made.ratio) == (10, 50, 5)


def test_a_rate_is_better_when_it_is_higher() -> None:
    made = figure("a.b", "1/s", [30.0], rival="other", rival_samples=[60.0], rate=True)
    assert made.ratio == 0.5


def test_a_part_is_compared_with_that_part() -> None:
    made = figure("a.b", "ms", [1.0, 9.0], judged=0.95, rival="other", rival_samples=[80.0], own_samples=[4.0])
    assert (made.value, made.rival_value, made.ratio) == (9, 80, 20)


def test_without_a_rival_there_is_no_ratio() -> None:
    made = figure("a.b", "ms", [3.0])
    assert made.ratio is None
    assert set(made.plain()) == FIELDS


def test_without_a_sample_the_figure_says_why() -> None:
    made = figure("a.b", "ms", [])
    assert made.value is None
    assert made.plain()["why"]


def test_the_report_is_a_list_of_figures(tmp_path: Path) -> None:
    write(
        tmp_path / "deep" / "report.json", [Figure("a.b", None, "ms", 0, why="no screen"), figure("c.d", "MB", [1.5])]
    )
    first, second = json.loads((tmp_path / "deep" / "report.json").read_text("utf-8"))
    assert set(first) == FIELDS | {"why"}
    assert set(second) == FIELDS
    assert second["value"] == 1.5
    assert "no screen" in told(Figure("a.b", None, "ms", 0, why="no screen"))


def test_names_choose_metrics_by_their_beginning() -> None:
    names = {metric for _, metrics in chosen([]) for metric in metrics}
    assert {
        *("start.first_data", "start.offline_extra", "table.jump_1m_p95", "table.scroll_1m_p95", "search.type_1m_p95"),
        *(
            "map.frame_100k",
            "map.first_paint_10k",
            "map.drill_1m_p95",
            "map.layers_frame",
            "loop.intake_p99",
            "loop.intake_max",
        ),
        *("intake.records_per_s", "memory.screen_mb", "command.ack_p95", "crash.lost_of_200"),
        *("feeds.open311.mb_per_s", "feeds.gtfs_load_s", "feeds.departures_p95_ms"),
    } <= names
    assert chosen(["table.jump"]) == [("table", ("table.jump_1m_p95",))]
    assert chosen(["nothing"]) == []


def test_what_cannot_be_measured_is_null_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    import bench.map

    def fail(_size: Sizes, _wanted: tuple[str, ...]) -> list[Figure]:
        raise CannotMeasure("npm is not here")

    monkeypatch.setattr(bench.map, "measure", fail)
    (made,) = measured("map", ("map.frame_100k",), SMALL)
    assert (made.value, made.unit, made.why) == (None, "ms", "npm is not here")


def test_small_sizes_are_never_taken_for_the_named_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    import bench.map

    monkeypatch.setattr(bench.map, "measure", lambda size, wanted: [figure("map.frame_100k", "ms", [1.0])])
    assert measured("map", ("map.frame_100k",), SMALL)[0].why
    assert measured("map", ("map.frame_100k",), Sizes())[0].why is None
    monkeypatch.setenv("BENCH_SMALL", "1")
    assert sizes() is SMALL
    monkeypatch.delenv("BENCH_SMALL")
    assert (sizes().rows, sizes().points, sizes().kills) == (1_000_000, 100_000, 200)
    assert sizes().runs >= 5


@pytest.mark.nightly
@pytest.mark.parametrize(
    "name",
    [
        "table.jump",
        "search",
        "map.drill",
        "intake",
        "memory",
        "crash",
        "feeds.health",
        "feeds.gtfs_load",
        "feeds.alert",
    ],
)
def test_the_benchmarks_themselves_still_run(name: str, tmp_path: Path) -> None:
    """In small: only that each finds its way through the product and reports in form."""
    file = tmp_path / "report.json"
    env = {**os.environ, "BENCH_SMALL": "1"}
    command = [sys.executable, "-m", "bench", name, "--json", str(file)]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    report = json.loads(file.read_text("utf-8"))
    assert done.returncode == 0, report
    assert all(set(each) >= FIELDS and each["value"] is not None for each in report)
