"""Windows of a link group follow the same selection; what belongs to no window follows the window in use."""

from __future__ import annotations

import pytest

from console.models.groups import GROUPS, Groups, Here, after
from console.models.news import LinkGroup
from tests.town import Town


class Heard:
    """What a group told."""

    def __init__(self, group: LinkGroup) -> None:
        self.areas: list[str] = []
        self.complaints: list[str] = []
        self.deeds: list[tuple[str, str]] = []
        group.area_changed.connect(self.areas.append)
        group.complaint_changed.connect(self.complaints.append)
        group.deed_asked.connect(lambda complaint, deed: self.deeds.append((complaint, deed)))


def test_here_selects_in_the_group_in_use_and_no_other() -> None:
    first, second = LinkGroup(), LinkGroup()
    here = Here(first)
    here.select_area("36.71.01")
    here.select_complaint("laksa:1")
    assert (first.area, first.complaint) == (here.area, here.complaint) == ("36.71.01", "laksa:1")
    assert (second.area, second.complaint) == ("", "")


def test_another_group_in_use_tells_its_own_selection() -> None:
    first, second = LinkGroup(), LinkGroup()
    first.select_complaint("laksa:1")
    second.select_complaint("laksa:2")
    second.select_area("36.71.02")
    here = Here(first)
    heard = Heard(here)
    here.follow(second)
    assert (heard.complaints, heard.areas) == (["laksa:2"], ["36.71.02"])
    first.select_complaint("laksa:3")
    assert here.complaint == "laksa:2"
    here.follow(first)
    assert (here.complaint, here.area) == ("laksa:3", "")


def test_the_same_group_again_is_no_news() -> None:
    first = LinkGroup()
    here = Here(first)
    heard = Heard(here)
    here.follow(first)
    first.select_area("36.71.01")
    first.select_area("36.71.01")
    assert heard.areas == ["36.71.01"]


def test_a_deed_is_asked_once_and_only_in_the_group_in_use() -> None:
    first, second = LinkGroup(), LinkGroup()
    here = Here(first)
    heard = Heard(first), Heard(second)
    here.deed_asked.emit("laksa:1", "note")
    here.follow(second)
    here.deed_asked.emit("laksa:2", "close")
    assert [each.deeds for each in heard] == [[("laksa:1", "note")], [("laksa:2", "close")]]


def test_each_letter_has_one_desk_and_all_share_the_rest(town: Town) -> None:
    desk = town.desk
    groups = Groups(desk)
    assert groups.of("A") is desk
    assert groups.of("B") is groups.of("B")
    assert groups.of("B").links is not desk.links
    assert groups.of("B").work is desk.work
    assert groups.of("nonsense") is desk
    groups.use("B")
    groups.here.links.select_complaint("laksa:9")
    assert (groups.of("B").links.complaint, desk.links.complaint) == ("laksa:9", "")


@pytest.mark.parametrize(("letter", "follows"), [("A", "B"), (GROUPS[-1], "A"), ("?", "A")])
def test_the_letters_go_round(letter: str, follows: str) -> None:
    assert after(letter) == follows
