"""The tokens keep what the look promises: contrast, severities that can be told apart, calm greys."""

from __future__ import annotations

import itertools
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.widgets.sight import VISIONS, contrast, distance, seen
from widgets.tokens import CAP_HEIGHT, THEMES, Tokens, colours, load, read_tokens, scaled, wall_scale

SEVERITIES = ("awas", "siaga", "waspada", "info", "stale")
CALM = {"awas", "siaga", "waspada", "info", "state_in", "state_work", "state_done"}


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("ground", ["window", "panel", "raised", "hover", "selected"])
def test_text_can_be_read_on_every_ground(name: str, ground: str) -> None:
    tokens = load(name)
    assert contrast(tokens.text, getattr(tokens, ground)) >= 4.5


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("ground", ["window", "panel", "raised"])
def test_second_text_can_be_read_too(name: str, ground: str) -> None:
    tokens = load(name)
    assert contrast(tokens.second, getattr(tokens, ground)) >= 4.5


@pytest.mark.parametrize("name", THEMES)
def test_graphics_stand_out_from_the_panel(name: str) -> None:
    tokens = load(name)
    for graphic in (
        "edge",
        "faint",
        "focus",
        "chart",
        "chart_rest",
        "chart_target",
        "state_in",
        "state_done",
        "state_off",
    ):
        assert contrast(getattr(tokens, graphic), tokens.panel) >= 3, graphic
    assert contrast(tokens.state_work, tokens.panel) >= 3
    assert contrast(tokens.focus, tokens.selected) >= 3


@pytest.mark.parametrize("name", THEMES)
def test_names_on_the_map_can_be_read_over_their_halo(name: str) -> None:
    tokens = load(name)
    assert contrast(tokens.area_text, tokens.halo) >= 4.5
    assert contrast(tokens.point, tokens.point_edge) >= 3


@pytest.mark.parametrize("name", THEMES)
def test_the_letter_of_a_severity_can_be_read_and_its_edge_seen(name: str) -> None:
    tokens = load(name)
    for severity in SEVERITIES:
        fill = getattr(tokens, severity)
        assert contrast(tokens.on_severity, fill) >= 4.5, severity
        # On a light ground the fill alone cannot be seen: its dark edge is what stands out.
        assert max(contrast(fill, tokens.panel), contrast(tokens.severity_edge, tokens.panel)) >= 3, severity


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("name", THEMES)
def test_severities_can_be_told_apart_by_every_sight(name: str, vision: str) -> None:
    tokens = load(name)
    for one, other in itertools.combinations(SEVERITIES, 2):
        far = distance(seen(getattr(tokens, one), vision), seen(getattr(tokens, other), vision))
        assert far >= 10, (one, other, far)


@pytest.mark.parametrize("name", THEMES)
def test_all_but_severity_and_state_marks_is_grey(name: str) -> None:
    for token, code in colours(load(name)).items():
        if token not in CALM:
            parts = [int(code[at : at + 2], 16) for at in (1, 3, 5)]
            assert (max(parts) - min(parts)) / max(parts) <= 0.25, (token, code)


@pytest.mark.parametrize("name", THEMES)
def test_the_ramp_runs_one_way_in_five_to_seven_steps(name: str) -> None:
    tokens = load(name)
    assert 5 <= len(tokens.ramp) <= 7
    far = [contrast(step, "#000000") for step in tokens.ramp]
    assert far == sorted(far, reverse=not tokens.dark)


def test_sizes_are_those_of_a_desk() -> None:
    tokens = load("dark")
    assert (tokens.body, tokens.second_px, tokens.title, tokens.row, tokens.touch_row) == (13, 11, 16, 28, 44)
    assert 28 <= tokens.key <= 40


def test_an_unknown_theme_is_the_standard_one() -> None:
    assert load("no-such-theme").name == "dark"


def test_a_missing_colour_is_our_bug_and_raises() -> None:
    raw = files("resources").joinpath("theme", "dark.toml").read_text("utf-8").replace("focus =", "fokus =")
    with pytest.raises(TypeError):
        read_tokens(raw.encode())


@given(distance_m=st.floats(0.4, 15), pitch_mm=st.floats(0.1, 4))
def test_a_wall_is_never_smaller_than_its_minutes_of_arc(distance_m: float, pitch_mm: float) -> None:
    scale = wall_scale(distance_m, pitch_mm)
    tokens = load("dark")
    assert scale >= 1
    minute_px = 6.283 * distance_m * 1000 / 21_600 / pitch_mm
    assert tokens.body * CAP_HEIGHT * scale >= 20 * minute_px - 1e-6
    assert tokens.second_px * CAP_HEIGHT * scale >= 16 * minute_px - 1e-6


def test_the_measured_example_of_a_55_inch_wall() -> None:
    tokens = scaled(load("dark"), wall_scale(4, 0.634))
    assert tokens.body * CAP_HEIGHT >= 36  # 23.3 mm at 0.634 mm a pixel


def test_scaling_keeps_colours_and_is_made_once() -> None:
    tokens: Tokens = scaled(load("light"), 2.0)
    assert tokens.panel == load("light").panel
    assert tokens.px(10) == 20
    assert tokens is scaled(load("light"), 2.0)
