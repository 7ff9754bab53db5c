"""What live trips say of departures, and which vehicles may be ghosts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from console.core.items import Item, ItemKind
from console.core.transit import Departure, doubt, with_updates

AT = datetime(2026, 11, 21, 3, 42, tzinfo=UTC)
SOON = AT + timedelta(minutes=10)
SOON_S = int(SOON.timestamp())


def departure(trip: str = "t1", minutes: int = 10, run: str = "", number: int = 20) -> Departure:
    return Departure(
        *(AT + timedelta(minutes=minutes), "R1", "1", "Kebon Lama", trip, "20261121", run, "B", number, "", ""),
        about=False,
        every_s=0,
    )


def trip(
    *calls: tuple[Any, ...], id_: str = "t1", ago_s: int = 30, start: str = "", date: str = "20261121", **body: Any
) -> Item:
    of = {"trip_id": id_, "start_date": date, "start_time": start, "relationship": body.pop("relationship", "")}
    kept = {"trip": {name: value for name, value in of.items() if value}, "calls": calls, **body}
    return Item("bus:trip/x", "bus", ItemKind.TRIP, "trip/x", "R1", "", AT - timedelta(seconds=ago_s), body=kept)


def call(
    number: int | None,
    stop: str = "",
    arrival: tuple[int | None, int | None] = (None, None),
    leaves: tuple[int | None, int | None] = (None, None),
    relation: str = "SCHEDULED",
) -> tuple[Any, ...]:
    return (number, stop, *arrival, *leaves, relation)


def late_s(*items: Item, **asked: Any) -> float | None:
    """By how much a departure is expected later than planned; None where nothing is known."""
    (told,) = with_updates([departure(**asked)], items, AT)
    return None if told.expected_at is None else (told.expected_at - told.at).total_seconds()


@pytest.mark.parametrize(
    ("name", "calls", "expected"),
    [
        ("its own time", [call(20, "B", leaves=(SOON_S + 90, None))], 90),
        ("its own delay", [call(20, "B", leaves=(None, -30))], -30),
        ("arrival where no departure is told", [call(20, "B", arrival=(SOON_S + 40, None))], 40),
        ("delay of arrival", [call(20, "B", arrival=(None, 50))], 50),
        ("by its stop where numbers are missing", [call(None, "B", leaves=(None, 70))], 70),
        ("another stop without number", [call(None, "C", leaves=(None, 70))], None),
        ("the stop before", [call(5, "A", leaves=(None, 60))], 60),
        ("the nearest before", [call(5, "A", leaves=(None, 60)), call(15, "A", arrival=(None, 10))], 10),
        ("a stop after says nothing", [call(30, "C", leaves=(None, 60))], None),
        ("no data from here on", [call(5, "A", leaves=(None, 60)), call(20, "B", relation="NO_DATA")], None),
        ("no data before", [call(5, "A", leaves=(None, 60), relation="NO_DATA")], None),
        ("a time that is none", [call(20, "B", leaves=(1 << 60, 5))], 5),
        ("nothing", [], None),
    ],
)
def test_how_late(name: str, calls: list[tuple[Any, ...]], expected: float | None) -> None:
    assert late_s(trip(*calls)) == expected


def test_a_delay_of_the_whole_trip() -> None:
    assert late_s(trip(delay=120)) == 120
    assert late_s(trip(call(20, "B"), delay=120)) == 120
    assert late_s(trip(call(20, "B", leaves=(None, 30)), delay=120)) == 30


def test_what_does_not_happen() -> None:
    assert with_updates([departure()], [trip(relationship="CANCELED")], AT)[0].state == "CANCELED"
    assert with_updates([departure()], [trip(relationship="DELETED")], AT)[0].state == "CANCELED"
    assert with_updates([departure()], [trip(call(20, "B", relation="SKIPPED"))], AT)[0].state == "SKIPPED"
    assert with_updates([departure()], [trip(call(10, "A", relation="SKIPPED"))], AT)[0].state == ""


def test_only_what_is_fresh_and_of_that_day_and_run() -> None:
    told = call(20, "B", leaves=(None, 60))
    assert late_s(trip(told, ago_s=301)) is None
    assert late_s(trip(told, ago_s=-301)) is None
    assert late_s(trip(told, id_="t2")) is None
    assert late_s(trip(told, date="20261120")) is None
    assert late_s(trip(told, date="")) == 60
    assert late_s(trip(told, start="06:00:00")) == 60
    assert late_s(trip(told, start="06:00:00"), run="06:10:00") is None
    assert late_s(trip(told, start="06:10:00"), run="06:10:00") == 60
    assert late_s(trip(told, start="06:10:00", date=""), run="06:10:00") == 60
    assert late_s(trip(told)._replace(kind=ItemKind.VEHICLE)) is None


def test_they_come_in_the_order_in_which_they_happen() -> None:
    found = with_updates([departure("a", 10), departure("b", 12)], [trip(id_="a", delay=300)], AT)
    assert [each.trip_id for each in found] == ["b", "a"]


def vehicle(ago_s: int = 20, **of: str) -> Item:
    body = {"trip": of}
    return Item("bus:v", "bus", ItemKind.VEHICLE, "v", "Bus", "", AT - timedelta(seconds=ago_s), body=body)


def test_ghosts() -> None:
    routes = {"t1": "R1"}
    assert doubt(vehicle(), AT, routes) == ""
    assert doubt(vehicle(ago_s=300), AT, routes) == ""
    assert doubt(vehicle(ago_s=301), AT, routes) == "old"
    assert doubt(vehicle(ago_s=-301), AT, routes) == "old"
    assert doubt(vehicle(trip_id="t1"), AT, routes) == doubt(vehicle(trip_id="t1", route_id="R1"), AT, routes) == ""
    assert doubt(vehicle(trip_id="t9"), AT, routes) == "trip"
    assert doubt(vehicle(trip_id="t1", route_id="R2"), AT, routes) == "route"
    assert doubt(vehicle(trip_id="t9"), AT, {}) == ""
    assert doubt(vehicle(trip_id="t9", relationship="ADDED"), AT, routes) == ""
