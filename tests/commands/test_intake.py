"""Recording a complaint, and taking one."""

from __future__ import annotations

import pytest

from console.commands import make
from console.commands.intake import Channel, Record, Take, new_complaint_id
from console.core.errors import Refused
from console.core.lifecycle import Deed, State
from console.core.records import Case, ComplaintId
from tests.cities import small_pack


def a_record(world, **fields):
    values = {"title": "Lampu mati", "channel": Channel.PHONE, "address": "Jl. Mawar 3", "pack": world.pack, **fields}
    return Record(values.pop("complaint", new_complaint_id(world.clock)), **values)


def test_a_told_complaint_is_recorded_as_new(world):
    record = a_record(world, title="  Lampu mati ", category="jalan", lat=-6.17, lon=106.64)
    world.run(record)
    patch = record.patch(Case(record.complaint, State.NEW))
    assert patch.fields == {"state": State.NEW}
    assert patch.record["title"] == "Lampu mati"
    assert (patch.record["lat"], patch.record["lon"], patch.record["channel"]) == (-6.17, 106.64, "telepon")


def test_a_point_says_which_kelurahan_unless_one_was_chosen(world):
    pack = small_pack()
    inside = a_record(world, lat=-6.01, lon=106.01, pack=pack)
    outside = a_record(world, lat=-6.05, lon=106.01, pack=pack)
    chosen = a_record(world, lat=-6.01, lon=106.01, area="99.71.02.1001", pack=pack)
    areas = [each.patch(Case(each.complaint, State.NEW)).record["area"] for each in (inside, outside, chosen)]
    assert areas == ["99.71.01.1001", "", "99.71.02.1001"]


def test_ids_made_here_sort_by_time(world):
    first = new_complaint_id(world.clock)
    world.clock.turn(1)
    assert first < new_complaint_id(world.clock)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"complaint": ComplaintId("konsol:1")}, "id_form"),
        ({"complaint": ComplaintId("Rani:" + "0" * 32)}, "id_form"),
        ({"title": "  "}, "title_lacks"),
        ({"title": "x" * 201}, "text_long"),
        ({"text": "x" * 4001}, "text_long"),
        ({"channel": "merpati"}, "channel_unknown"),
        ({"category": "naga"}, "category_unknown"),
        ({"area": "11.11"}, "area_unknown"),
        ({"lat": -6.0}, "place_half"),
        ({"lat": 106.64, "lon": -6.17}, "place_impossible"),
        ({"lat": float("nan"), "lon": 1.0}, "place_impossible"),
        ({"address": " "}, "place_lacks"),
    ],
)
def test_an_unsound_record_is_refused(world, fields, why):
    with pytest.raises(Refused, match=why):
        a_record(world, **fields).check(world)


def test_any_one_kind_of_place_will_do(world):
    a_record(world, address="", area="99.01").check(world)
    a_record(world, address="", lat=0.0, lon=0.0).check(world)


def test_the_same_id_is_not_recorded_twice(world):
    record = a_record(world)
    world.run(record)
    with pytest.raises(Refused, match="exists"):
        record.check(world)


def test_taking_puts_the_asking_name_on_it(world):
    world.run(Take(world.put(1)), "Rani")
    assert world.complaint("laksa:1").holder == "Rani"


def test_two_who_take_at_once_are_told_who_was_first(world):
    seen = world.complaints[world.put(1)]
    world.run(make(Deed.TAKE, seen, "Rani"), "Rani")
    with pytest.raises(Refused, match=r"take\.taken") as told:
        world.run(make(Deed.TAKE, seen, "Budi"), "Budi")
    assert told.value.values == {"who": "Rani"}


def test_taking_over_is_possible_for_who_saw_the_holder(world):
    seen = world.complaints[world.put(1, holder="Rani")]
    world.run(make(Deed.TAKE, seen, "Budi"), "Budi")
    assert world.complaint("laksa:1").holder == "Budi"


def test_one_let_go_in_between_is_looked_at_again(world):
    world.put(1)
    with pytest.raises(Refused, match=r"take\.released"):
        world.run(Take(ComplaintId("laksa:1"), seen_holder="Budi"))


def test_ones_own_is_not_taken_again(world):
    with pytest.raises(Refused, match=r"take\.own"):
        world.run(Take(world.put(1, holder="Rani"), seen_holder="Rani"))


def test_a_finished_one_is_not_taken(world):
    with pytest.raises(Refused, match=r"stands\.DONE"):
        world.run(Take(world.put(1, State.DONE)))
