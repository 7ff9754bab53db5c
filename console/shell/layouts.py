"""Which panels stand on which monitor: one table for one to six monitors, and what a person made of it.

A monitor's content is a small tree: a place for one panel, or a split of parts beside, above or behind each
other. The tree is plain data, so that it can be kept in the settings and read back; what does not read back
soundly is told and the table's own content stands instead. At most five things are seen on a monitor at once; what
lies behind is a tab. The panel for bundles has no place at first: it is opened when it is needed.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from console.core.errors import Fault
from console.core.lifecycle import OPEN
from console.models.groups import GROUPS
from console.shell.screens import ScreenInfo

MOST_MONITORS = 6
_DEEPEST = 6


class How(StrEnum):
    """How the parts of a split stand to each other."""

    BESIDE = "beside"
    ABOVE = "above"
    BEHIND = "behind"  # tabs: one is seen


@dataclass(frozen=True, slots=True)
class Place:
    """A place for one panel. `given` is what the panel is handed to restore, `share` its part of the room."""

    panel: str
    share: int = 1
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Split:
    """Parts beside, above or behind each other; `share` is the split's own part of the room."""

    how: How
    parts: tuple[Node, ...]
    share: int = 1
    shown: int = 0
    """Of parts behind each other, the one in front."""


Node = Place | Split


@dataclass(frozen=True, slots=True)
class Monitor:
    """What stands on one monitor. `wall` None lets the monitor's own size decide how large the type is."""

    content: Node
    wall: bool | None = None
    group: str = GROUPS[0]
    """Whose selection its panels follow."""


def beside(*parts: Node, share: int = 1) -> Split:
    """Parts from left to right."""
    return Split(How.BESIDE, parts, share)


def above(*parts: Node, share: int = 1) -> Split:
    """Parts from top to bottom."""
    return Split(How.ABOVE, parts, share)


def behind(*parts: Node, share: int = 1) -> Split:
    """Parts as tabs, the first in front."""
    return Split(How.BEHIND, parts, share)


_LATE: Mapping[str, Any] = {"narrowing": {"states": sorted(state.name for state in OPEN), "age": "FORTNIGHT"}}
"""What is open and stands longer than the five days in which an answer is due."""
_CASE = behind(Place("complaint"), Place("conflicts"), share=7)
_NEWS = behind(Place("warnings"), Place("measurements"), Place("tidings"), share=2)
_EXCHANGE = behind(
    Place("warnings"), Place("sources"), Place("outbox"), Place("measurements"), Place("tidings"), share=2
)
_DESK = Monitor(beside(Place("queue", 12), _CASE))
_SECOND_DESK = replace(_DESK, group=GROUPS[1])
"""Another operator's: what the one selects does not move the other's windows."""
_MAP = Monitor(Place("situation_map"))
_FIGURES = Monitor(Place("indicators"))
_WATCH = Monitor(above(beside(_NEWS, behind(Place("sources"), Place("outbox")), share=2), Place("queue", 3, _LATE)))
_OVERVIEW = tuple(
    Place(panel)
    for panel in ("situation_map", "indicators", "warnings", "measurements", "tidings", "sources", "outbox")
)
"""What stands behind each other where there is one monitor for all."""
_LAPTOP = Monitor(
    beside(
        Place("queue", 11),
        behind(
            Place("complaint"),
            Place("conflicts"),
            *_OVERVIEW,
            share=9,
        ),
    )
)
_NARROW = Monitor(
    behind(
        Place("queue"),
        Place("complaint"),
        Place("conflicts"),
        *_OVERVIEW,
    )
)

LAYOUTS: Mapping[int, Sequence[Monitor]] = {
    1: (
        Monitor(
            beside(
                Place("queue", 11),
                above(
                    behind(Place("complaint"), Place("conflicts")),
                    behind(*_OVERVIEW),
                    share=9,
                ),
            )
        ),
    ),
    2: (_DESK, Monitor(beside(Place("situation_map", 3), above(Place("indicators", 3), _EXCHANGE, share=2)))),
    3: (_DESK, _MAP, Monitor(above(Place("indicators", 3), _EXCHANGE))),
    4: (_DESK, _MAP, _FIGURES, _WATCH),
    5: (_DESK, _MAP, _FIGURES, _WATCH, _SECOND_DESK),
    6: (
        _DESK,
        _MAP,
        _FIGURES,
        _WATCH,
        _SECOND_DESK,
        Monitor(beside(Place("situation_map", 3), Place("indicators", 2)), group=GROUPS[1]),
    ),
}
_LAPTOP_WIDTH, _NARROW_WIDTH = 1500, 1100


def usual(monitors: Sequence[ScreenInfo]) -> list[Monitor]:
    """The table's content for these monitors, in their order. More than six: the others stay free."""
    if len(monitors) == 1 and monitors[0].width < _LAPTOP_WIDTH:
        return [_NARROW if monitors[0].width < _NARROW_WIDTH else _LAPTOP]
    return list(LAYOUTS[min(max(1, len(monitors)), MOST_MONITORS)])


def seen(node: Node) -> int:
    """How many things of a tree are seen at once: of tabs, one."""
    if isinstance(node, Place):
        return 1
    return max(map(seen, node.parts)) if node.how is How.BEHIND else sum(map(seen, node.parts))


def places(node: Node) -> Iterator[Place]:
    """Every place of a tree, in reading order."""
    if isinstance(node, Place):
        yield node
        return
    for part in node.parts:
        yield from places(part)


def with_panel(node: Node, panel: str) -> Node:
    """The tree with one more panel: as a tab in front of the last place."""
    if isinstance(node, Place):
        return Split(How.BEHIND, (replace(node, share=1), Place(panel)), node.share, shown=1)
    if node.how is How.BEHIND:
        return replace(node, parts=(*node.parts, Place(panel)), shown=len(node.parts))
    return replace(node, parts=(*node.parts[:-1], with_panel(node.parts[-1], panel)))


def without_panel(node: Node, panel: str) -> Node | None:
    """The tree less a panel; a split of one part left is that part, and None is left where nothing is."""
    if isinstance(node, Place):
        return None if node.panel == panel else node
    left = tuple(part for part in (without_panel(each, panel) for each in node.parts) if part is not None)
    if len(left) > 1:
        return replace(node, parts=left, shown=min(node.shown, len(left) - 1))
    return replace(left[0], share=node.share) if left else None


def plain(monitor: Monitor) -> dict[str, Any]:
    """A monitor's content as values a settings file can hold."""
    kept: dict[str, Any] = {"content": _plain(monitor.content)}
    if monitor.wall is not None:
        kept["wall"] = monitor.wall
    if monitor.group != GROUPS[0]:
        kept["group"] = monitor.group
    return kept


def _plain(node: Node) -> dict[str, Any]:
    if isinstance(node, Place):
        return {"panel": node.panel, "share": node.share, "given": dict(node.given)}
    return {
        "how": node.how.value,
        "share": node.share,
        "shown": node.shown,
        "parts": [_plain(part) for part in node.parts],
    }


def read_monitor(raw: object, panels: Container[str], where: str) -> tuple[Monitor | None, list[Fault]]:
    """A kept monitor. A panel that is not there is left out and told; nothing sound at all gives None."""
    faults: list[Fault] = []
    if not isinstance(raw, Mapping):
        return None, [Fault.at(where, "shell.layout.form")]
    node = _read(raw.get("content"), panels, where, faults, 0)
    wall, group = raw.get("wall"), raw.get("group")
    if node is None:
        return None, faults
    followed = group if isinstance(group, str) and group in GROUPS else GROUPS[0]
    return Monitor(node, wall if isinstance(wall, bool) else None, followed), faults


def _read(raw: object, panels: Container[str], where: str, faults: list[Fault], depth: int) -> Node | None:
    if not isinstance(raw, Mapping) or depth > _DEEPEST:
        faults.append(Fault.at(where, "shell.layout.form"))
        return None
    share = _whole(raw.get("share"), 1, 100_000, 1)
    if "panel" in raw:
        if not isinstance(raw["panel"], str) or raw["panel"] not in panels:
            faults.append(Fault.at(where, "shell.layout.panel", panel=str(raw["panel"])))
            return None
        given = raw.get("given")
        return Place(raw["panel"], share, given if isinstance(given, Mapping) else {})
    parts = raw.get("parts")
    if raw.get("how") not in list(How) or not isinstance(parts, Sequence) or isinstance(parts, str):
        faults.append(Fault.at(where, "shell.layout.form"))
        return None
    read = tuple(part for part in (_read(each, panels, where, faults, depth + 1) for each in parts) if part)
    if len(read) <= 1:
        return replace(read[0], share=share) if read else None
    return Split(How(raw["how"]), read, share, _whole(raw.get("shown"), 0, len(read) - 1, 0))


def _whole(raw: object, least: int, most: int, usually: int) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int):
        return usually
    return min(max(raw, least), most)


def kept_for(layout: Mapping[str, Any], monitors: Sequence[ScreenInfo], info: ScreenInfo) -> object | None:
    """What was kept for a monitor while as many were there as now: a laptop on its own is another desk."""
    desk = layout.get(str(len(monitors)))
    if not isinstance(desk, Mapping):
        return None
    return next((desk[key] for key in info.keys if key in desk), None)


def planned(
    layout: Mapping[str, Any], monitors: Sequence[ScreenInfo], panels: Container[str]
) -> tuple[list[tuple[ScreenInfo, Monitor]], list[Fault]]:
    """Content for each monitor: what was kept for it where that is sound, the table's else."""
    plan: list[tuple[ScreenInfo, Monitor]] = []
    faults: list[Fault] = []
    for info, standing in zip(monitors, usual(monitors), strict=False):
        raw = kept_for(layout, monitors, info)
        read: Monitor | None = None
        if raw is not None:
            read, told = read_monitor(raw, panels, f"layout.{len(monitors)}.{info.keys[0]}")
            faults += told
        content = read or _known_only(standing, panels) or _known_only(_MAP, panels)
        if content is not None:
            plan.append((info, content))
    return plan, faults


def _known_only(monitor: Monitor, panels: Container[str]) -> Monitor | None:
    """The table's content less panels this build does not have."""
    node: Node | None = monitor.content
    for place in list(places(monitor.content)):
        if place.panel not in panels and node is not None:
            node = without_panel(node, place.panel)
    return replace(monitor, content=node) if node else None


def keeping(
    layout: Mapping[str, Any], monitors: Sequence[ScreenInfo], contents: Sequence[tuple[ScreenInfo, Monitor]]
) -> dict[str, Any]:
    """The layout table with these monitors' contents written in; other desks stay as they were."""
    desk = layout.get(str(len(monitors)))
    kept = dict(desk) if isinstance(desk, Mapping) else {}
    kept.update({info.keys[0]: plain(monitor) for info, monitor in contents})
    return {**layout, str(len(monitors)): kept}
