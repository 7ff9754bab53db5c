"""The tokens of the look: every colour and size of the console, read from `resources/theme/`. No Qt here.

Colours are `#RRGGBB`. Sizes are device independent pixels of a desk at 100 %; `scaled` makes those of a wall.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from importlib.resources import files
from typing import Any

THEMES = ("dark", "light")
CAP_HEIGHT = 0.745
"""Height of a capital of the interface's family, as a part of its pixel size (measured)."""


@dataclass(frozen=True, eq=False)
class Tokens:
    """One theme. Identity is equality: a theme is made once and compared often."""

    name: str
    dark: bool
    # ground and text
    window: str
    panel: str
    raised: str
    hover: str
    line: str
    edge: str
    text: str
    second: str
    faint: str
    focus: str
    selected: str
    skeleton: str
    # severity
    awas: str
    siaga: str
    waspada: str
    info: str
    stale: str
    on_severity: str
    severity_edge: str
    # state of a complaint: small marks beside the word, nothing else
    state_in: str
    state_work: str
    state_done: str
    state_off: str
    # map
    ground: str
    water: str
    area_line: str
    area_none: str
    area_text: str
    halo: str
    point: str
    point_done: str
    point_edge: str
    ramp: tuple[str, ...]
    # charts
    chart: str
    chart_rest: str
    chart_usual: str
    chart_target: str
    chart_grid: str
    # sizes, px
    body: int
    second_px: int
    title: int
    key: int
    row: int
    touch_row: int
    unit: int
    icon: int
    scale: float = 1.0
    """How many times a desk's sizes these are."""

    def px(self, desk_px: float) -> int:
        """A length of a desk in pixels of this scale, at least one."""
        return max(1, round(desk_px * self.scale))


_SIZES = ("body", "second_px", "title", "key", "row", "touch_row", "unit", "icon")


def read_tokens(raw: bytes) -> Tokens:
    """Tokens of a theme file. The file is ours: a missing or unknown name is a bug and raises."""
    table = tomllib.loads(raw.decode("utf-8"))
    sizes: dict[str, int] = dict(table["size"])
    sizes["second_px"] = sizes.pop("second")
    values: dict[str, Any] = {"name": table["name"], "dark": table["dark"], **table["colour"], **sizes}
    values["ramp"] = tuple(values["ramp"])
    return Tokens(**values)


@cache
def load(name: str) -> Tokens:
    """The tokens of a theme by name; an unknown name gives the standard one."""
    name = name if name in THEMES else THEMES[0]
    return read_tokens(files("resources").joinpath("theme", f"{name}.toml").read_bytes())


@cache
def scaled(tokens: Tokens, scale: float) -> Tokens:
    """The same theme with all sizes times `scale` (1.0 is a desk)."""
    sizes: Mapping[str, int] = {name: max(1, round(getattr(load(tokens.name), name) * scale)) for name in _SIZES}
    return replace(tokens, scale=scale, **sizes)  # type: ignore[arg-type]


def wall_scale(distance_m: float, pitch_mm: float) -> float:
    """How many times a desk's sizes a wall needs to be read at `distance_m`, its pixels `pitch_mm` apart.

    What must be read (body) gets 20 minutes of arc of capital height, the least text (second) 16; never under 1.
    """
    one_minute_px = 6.283 * distance_m * 1000 / 21_600 / pitch_mm
    desk = load(THEMES[0])
    needed = (20 * one_minute_px / (desk.body * CAP_HEIGHT), 16 * one_minute_px / (desk.second_px * CAP_HEIGHT))
    return max(1.0, *needed)


def colours(tokens: Tokens) -> dict[str, str]:
    """Every colour by name; the steps of the ramp are `ramp0`, `ramp1`, ..."""
    named = {each.name: getattr(tokens, each.name) for each in fields(tokens)}
    found = {name: value for name, value in named.items() if isinstance(value, str) and value.startswith("#")}
    return found | {f"ramp{step}": value for step, value in enumerate(tokens.ramp)}
