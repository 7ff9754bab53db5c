"""The layout table, and what a person made of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.models.groups import GROUPS
from console.shell.layouts import (
    LAYOUTS,
    MOST_MONITORS,
    How,
    Monitor,
    Node,
    Place,
    Split,
    above,
    behind,
    beside,
    keeping,
    places,
    plain,
    planned,
    read_monitor,
    seen,
    usual,
    with_panel,
    without_panel,
)
from console.shell.screens import ScreenInfo

PANELS = frozenset(
    {"queue", "complaint", "situation_map", "indicators", "sources", "outbox", "conflicts"}
    | {"warnings", "tidings", "measurements"}
)


def monitors(count: int, serial: str = "S") -> list[ScreenInfo]:
    return [
        ScreenInfo(f"M{n}", f"{serial}{n}" if serial else "", "", 1920 * n, 0, 1920, 1080, 1.0) for n in range(count)
    ]


def test_every_number_of_monitors_has_content_of_at_most_five_things() -> None:
    assert sorted(LAYOUTS) == list(range(1, MOST_MONITORS + 1))
    for count, row in LAYOUTS.items():
        assert len(row) == count
        for monitor in row:
            assert 1 <= seen(monitor.content) <= 5
            assert {place.panel for place in places(monitor.content)} <= PANELS


def test_every_wall_has_all_panels_of_every_day() -> None:
    for row in LAYOUTS.values():
        assert {place.panel for monitor in row for place in places(monitor.content)} == PANELS


def test_a_laptop_has_the_queue_and_tabs_beside_it() -> None:
    (monitor,) = usual([ScreenInfo("eDP-1", "", "", 0, 0, 1366, 768, 1.0)])
    assert isinstance(monitor.content, Split)
    assert [part.how for part in monitor.content.parts if isinstance(part, Split)] == [How.BEHIND]


def test_a_narrow_screen_gets_tabs_alone() -> None:
    small = ScreenInfo("eDP-1", "", "", 0, 0, 1024, 768, 1.0)
    (monitor,) = usual([small])
    assert isinstance(monitor.content, Split)
    assert monitor.content.how is How.BEHIND


def test_more_monitors_than_the_table_knows_leaves_some_free() -> None:
    plan, faults = planned({}, monitors(8), PANELS)
    assert len(plan) == MOST_MONITORS
    assert not faults


_NODES: Any = st.recursive(
    st.builds(Place, st.sampled_from(sorted(PANELS)), st.integers(1, 20), st.dictionaries(st.text(), st.integers())),
    lambda inner: st.builds(
        lambda how, parts, share: Split(how, tuple(parts), share),
        st.sampled_from(list(How)),
        st.lists(inner, min_size=2, max_size=3),
        st.integers(1, 20),
    ),
    max_leaves=5,
)


@given(_NODES, st.sampled_from([None, True, False]), st.sampled_from(GROUPS))
def test_what_is_kept_reads_back(node: Node, wall: bool | None, group: str) -> None:
    monitor = Monitor(node, wall, group)
    assert read_monitor(plain(monitor), PANELS, "here") == (monitor, [])


_NAMES = ["content", "how", "parts", "panel", "share", "given", "group", "wall"]
_JUNK: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["content", "how", "parts", "panel", "share", "given", "group", "wall"]), inner, max_size=4
        )
    ),
    max_leaves=10,
)


@given(_JUNK)
def test_garbage_is_told_or_read_and_never_raises(junk: object) -> None:
    monitor, faults = read_monitor(junk, PANELS, "here")
    assert monitor is not None or faults


@pytest.mark.parametrize("raw", ["Z", "", 3, None, ["A"]])
def test_an_unknown_group_is_the_first(raw: object) -> None:
    monitor, _ = read_monitor({**plain(Monitor(Place("queue"))), "group": raw}, PANELS, "here")
    assert monitor == Monitor(Place("queue"))


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6])
def test_a_second_operators_desk_has_a_group_of_its_own(count: int) -> None:
    plan, _ = planned({}, monitors(count), PANELS)
    sheets = [each.group for _, each in plan if "complaint" in {place.panel for place in places(each.content)}]
    assert sheets == ["A", "B"][: len(sheets)]


def test_a_panel_that_is_gone_is_left_out_and_told() -> None:
    raw = plain(Monitor(beside(Place("queue"), above(Place("cameras"), Place("sources")))))
    monitor, faults = read_monitor(raw, PANELS, "here")
    assert monitor is not None
    assert [place.panel for place in places(monitor.content)] == ["queue", "sources"]
    assert [fault.says for fault in faults] == ["shell.layout.panel"]


def test_a_build_without_a_panel_still_has_content() -> None:
    plan, _ = planned({}, monitors(4), frozenset({"queue"}))
    assert [place.panel for _, monitor in plan for place in places(monitor.content)] == ["queue", "queue"]


def test_the_desk_of_four_and_the_laptop_are_kept_apart() -> None:
    wall, laptop = monitors(4), monitors(1)
    mine = Monitor(behind(Place("queue"), Place("sources")))
    kept = keeping({}, wall, [(wall[0], mine)])
    kept = keeping(kept, laptop, [(laptop[0], Monitor(Place("complaint")))])
    assert planned(kept, wall, PANELS)[0][0][1] == mine
    assert planned(kept, laptop, PANELS)[0][0][1] == Monitor(Place("complaint"))


def test_a_monitor_is_known_by_its_serial_wherever_it_hangs() -> None:
    before = monitors(2)
    mine = Monitor(Place("sources"))
    kept = keeping({}, before, [(before[1], mine)])
    moved = [before[0], ScreenInfo("other name", "S1", "", -1920, 300, 2560, 1440, 2.0)]
    assert planned(kept, moved, PANELS)[0][1][1] == mine


def test_without_a_serial_name_and_then_place_tell() -> None:
    before = monitors(2, serial="")
    kept = keeping({}, before, [(before[1], Monitor(Place("sources")))])
    moved = [before[0], ScreenInfo("M1", "", "", 0, 1080, 1920, 1080, 1.0)]
    assert planned(kept, moved, PANELS)[0][1][1] == Monitor(Place("sources"))


def test_an_unsound_entry_gives_way_to_the_table() -> None:
    wall = monitors(4)
    plan, faults = planned({"4": {"serial:S1": {"content": 3}}}, wall, PANELS)
    assert plan[1][1] == LAYOUTS[4][1]
    assert faults


def test_a_panel_comes_as_a_tab_in_front_and_goes_again() -> None:
    node = beside(Place("queue", 3), Place("complaint", 2))
    more = with_panel(node, "sources")
    assert [place.panel for place in places(more)] == ["queue", "complaint", "sources"]
    tabs = more.parts[-1] if isinstance(more, Split) else None
    assert isinstance(tabs, Split)
    assert (tabs.how, tabs.shown, tabs.share) == (How.BEHIND, 1, 2)
    assert without_panel(without_panel(more, "sources") or more, "complaint") == Place("queue", 1)
    assert without_panel(Place("queue"), "queue") is None
