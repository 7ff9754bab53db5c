"""Calls of trips at stops: times past midnight, gaps, doubles, and ids that stand for several trips."""

from __future__ import annotations

from console.core.transit import ABOUT, LAST, NO_DROP_OFF, NO_PICKUP
from tests.feeds.gtfs.cases import FILES, Files, decoded, files, table, with_rows

HEADER = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
TRIPS = "route_id,service_id,trip_id,trip_headsign,direction_id,shape_id\n"


def calls(texts: Files = FILES) -> dict[str, list[tuple[int, str, int | None, int | None, int]]]:
    """Number, stop, arrival, departure and flags of each call, by trip."""
    found: dict[str, list[tuple[int, str, int | None, int | None, int]]] = {}
    for row in table(decoded(texts), "stop_times"):
        values = tuple(row[name] for name in ("number", "stop_id", "arrive_s", "depart_s", "flags"))
        found.setdefault(row["trip_id"], []).append(values)  # type: ignore[arg-type]
    return found


def refused(*rows: str) -> list[tuple[str, str]]:
    return [(each.where, each.says) for each in decoded(with_rows("stop_times", *rows)).refused]


def test_gaps_in_numbers_stay_and_gaps_in_times_are_filled_evenly() -> None:
    assert calls()["R1-pagi"] == [
        (1, "T1", 21_600, 21_600, 0),
        (5, "007", 22_220, 22_220, ABOUT),
        (7, "K", 22_840, 22_840, ABOUT),
        (9, "B", 23_400, 23_460, LAST),
    ]


def test_times_past_midnight_and_with_one_digit() -> None:
    assert [each[2] for each in calls()["R1-malam"]] == [85_800, 88_200, 90_300]
    assert calls()["R2-keliling"][1] == (2, "K", 18_600, 18_600, NO_PICKUP)


def test_a_trip_without_times_keeps_its_calls() -> None:
    untimed = HEADER + "R1-pagi,,,T1,1\nR1-pagi,,,B,2\n"
    assert calls(files(stop_times=untimed))["R1-pagi"] == [(1, "T1", None, None, 0), (2, "B", None, None, LAST)]


def test_what_lies_before_the_first_time_stays_unknown() -> None:
    late = HEADER + "R1-pagi,,,T1,1\nR1-pagi,6:00:00,,007,2\nR1-pagi,,,K,3\nR1-pagi,,6:10:00,B,4\n"
    assert [each[2:4] for each in calls(files(stop_times=late))["R1-pagi"]] == [
        *((None, None), (21_600, 21_600), (21_900, 21_900), (22_200, 22_200)),
    ]


def test_no_pickup_no_drop_off_and_no_promise() -> None:
    header = HEADER.strip() + ",drop_off_type,pickup_type,timepoint\n"
    text = (
        header
        + "R1-pagi,6:00:00,6:00:00,T1,1,1,0,1\nR1-pagi,6:01:00,6:01:00,K,2,0,1,0\nR1-pagi,6:02:00,6:02:00,B,3,,,\n"
    )
    assert [each[4] for each in calls(files(stop_times=text))["R1-pagi"]] == [NO_DROP_OFF, NO_PICKUP | ABOUT, LAST]


def test_rows_that_are_refused() -> None:
    assert refused("R9,6:00:00,6:00:00,T1,1,0") == [("stop_times.txt:12.trip_id", "sync.gtfs.unknown")]
    assert refused("R1-pagi,6:40:00,6:40:00,X,11,0") == [("stop_times.txt:12.stop_id", "sync.gtfs.unknown")]
    assert refused("R1-pagi,6:40,6:40:00,B,11,0") == [("stop_times.txt:12.arrival_time", "sync.refused.time")]
    assert refused("R1-pagi,6:60:00,6:40:00,B,11,0") == [("stop_times.txt:12.arrival_time", "sync.refused.time")]
    assert refused("R1-pagi,999:00:00,999:00:00,B,11,0") == [("stop_times.txt:12.arrival_time", "sync.refused.when")]
    assert refused("R1-pagi,6:41:00,6:40:00,B,11,0") == [("stop_times.txt:12.departure_time", "sync.gtfs.backwards")]
    assert refused("R1-pagi,6:40:00,6:40:00,B,-1,0") == [("stop_times.txt:12.stop_sequence", "sync.refused.number")]
    assert refused("R1-pagi,6:40:00,6:40:00,B,,0") == [("stop_times.txt:12.stop_sequence", "sync.refused.missing")]
    assert refused("R1-pagi,6:40:00,6:40:00,K,9,0") == [("stop_times.txt.stop_sequence", "sync.refused.twice")]
    assert refused("R1-pagi,6:20:00,6:20:00,K,10,0") == [("stop_times.txt.stop_sequence", "sync.gtfs.backwards")]


def test_blanks_around_ids_are_none_of_them() -> None:
    assert calls(with_rows("stop_times", "R1-pagi ,6:40:00,6:40:00, B ,11,0"))["R1-pagi"][-1][:2] == (11, "B")


def shared(times: str, trips: int = 2, shapes: str | None = None) -> Files:
    """Trips of one id on two lines, one after the other, with these calls."""
    rows = "".join(f"R{n % 2 + 1},HARIAN,a-b,ke {n},0,S\n" for n in range(trips))
    points = "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\n" + (shapes or "")
    return files(trips=TRIPS + rows, stop_times=HEADER + times, shapes=points, frequencies=None)


TWO_RUNS = "a-b,,,T1,1\na-b,,,K,2\na-b,,,007,1\na-b,,,B,2\n"


def test_as_many_runs_as_trips_of_one_id_belong_to_them_in_order() -> None:
    texts = shared(TWO_RUNS, shapes="S,-6,106,1\nS,-6.01,106,2\nS,-6.02,106,1\nS,-6.03,106,2\n")
    found = calls(texts)
    assert {trip: [each[1] for each in of] for trip, of in found.items()} == {"a-b": ["T1", "K"], "a-b~2": ["007", "B"]}
    batch = decoded(texts)
    assert [(row["trip_id"], row["route_id"], row["shape_id"]) for row in table(batch, "trips")] == [
        *(("a-b", "R1", "S"), ("a-b~2", "R2", "S a-b~2")),
    ]
    assert [row["line"] for row in table(batch, "shapes")] == [
        *("[[106.00000,-6.00000],[106.00000,-6.01000]]", "[[106.00000,-6.02000],[106.00000,-6.03000]]"),
    ]
    assert [(each.says, each.values) for each in batch.refused] == [("sync.gtfs.runs", {"value": "a-b", "count": 2})]


def test_where_runs_and_trips_differ_nobody_knows_whose_they_are() -> None:
    batch = decoded(with_other(shared(TWO_RUNS, trips=3)))
    assert [each["trip_id"] for each in table(batch, "stop_times")] == ["lain"]
    assert [each.says for each in batch.refused] == ["sync.gtfs.twins"]
    assert batch.refused[0].values == {"value": "a-b", "count": 3, "runs": 2}


def with_other(texts: Files) -> Files:
    """With one trip of its own beside."""
    return texts | {
        "trips.txt": texts["trips.txt"] + "R1,HARIAN,lain,,0,\n",
        "stop_times.txt": texts["stop_times.txt"] + "lain,,,T1,1\n",
    }


def test_a_trip_that_stands_twice_is_taken_once() -> None:
    batch = decoded(shared("a-b,,,T1,1\na-b,,,K,2\n"))
    assert [each["trip_id"] for each in table(batch, "trips")] == ["a-b"]
    assert len(table(batch, "stop_times")) == 2
    assert [each.says for each in batch.refused] == ["sync.refused.twice"]


def test_a_refused_trip_keeps_its_place_among_those_of_its_id() -> None:
    texts = shared(TWO_RUNS)
    texts["trips.txt"] = texts["trips.txt"].replace("R1,HARIAN", "R9,HARIAN", 1)
    batch = decoded(texts)
    assert [(row["trip_id"], row["route_id"]) for row in table(batch, "trips")] == [("a-b~2", "R2")]
    assert [row["stop_id"] for row in table(batch, "stop_times")] == ["007", "B"]


def test_points_that_only_stand_in_another_order_are_one_line() -> None:
    texts = shared(TWO_RUNS, shapes="S,-6,106,1\nS,-6.01,106,3\nS,-6.02,106,2\n")
    assert len(table(decoded(texts), "shapes")) == 1
