"""A whole timetable: what it comes to, when it is none, real ones, and spoilt ones."""

from __future__ import annotations

import io
import tracemalloc
from pathlib import Path

import pytest

from console.core.errors import BadAnswer
from console.store.files import load_phrases
from sync.feed import Feed
from sync.feeds.gtfs import calls, tables
from sync.terminal import feed_try
from tests.feeds.gtfs.cases import AT, FILES, answer, decoded, feed, files, table, with_rows, zipped
from tests.feeds.mutate import mutations


def bad(texts: dict[str, str], **values: object) -> str:
    """The phrase a timetable is refused by, which tells these values."""
    with pytest.raises(BadAnswer) as found:
        decoded(texts)
    assert values.items() <= found.value.values.items()
    return found.value.says


def test_a_whole_timetable() -> None:
    batch = decoded()
    assert batch.fleeting and not batch.refused
    one = batch.timetable
    assert one is not None
    assert (one.source, one.version, one.starts_on, one.ends_on) == ("angkutan", "2026-3", "20260101", "20271231")
    assert {each.name: len(each.rows) for each in one.tables} == {
        **{"agency": 1, "stops": 5, "routes": 2, "trips": 3, "calendar": 2, "calendar_dates": 2},
        **{"frequencies": 1, "shapes": 1, "stop_times": 10},
    }
    assert batch.count == 27


def test_the_same_bytes_are_no_second_timetable() -> None:
    first = feed().decode(answer(zipped(FILES), etag='"1"'), {})
    again = feed().decode(answer(zipped(FILES), etag='"2"'), first.memo)
    assert again.timetable is None and again.memo == {**first.memo, "etag": '"2"'}
    assert feed().decode(answer(zipped(with_rows("stops", "Z,Baru,-6.01,106.01,,,,"))), first.memo).timetable
    unchanged = feed().decode(answer(b"", unchanged=True), first.memo)
    assert unchanged.timetable is None and unchanged.memo == first.memo


def test_it_is_asked_for_whole_where_it_changed() -> None:
    (ask,) = feed().ask({"etag": '"1"'}, AT)
    assert (ask.url, ask.etag, ask.binary) == ("https://hub.invalid/gtfs.zip", '"1"', True)
    assert ask.deadline_s is not None and "zip" in ask.accept


@pytest.mark.parametrize("name", ["agency", "stops", "routes", "trips", "stop_times"])
def test_a_file_that_must_be_there(name: str) -> None:
    assert bad(files(**{name: None}), file=f"{name}.txt") == "sync.gtfs.lacks"
    header = FILES[f"{name}.txt"].partition("\n")[0]
    says = bad(files(**{name: header + "\n"}))
    assert says == "sync.gtfs.nothing"
    assert bad(files(**{name: "x,y\n1,2\n"}), file=f"{name}.txt") == "sync.gtfs.column"
    assert bad(files(**{name: ""}), file=f"{name}.txt") == "sync.gtfs.column"


@pytest.mark.parametrize("name", ["calendar_dates", "frequencies", "shapes", "feed_info"])
def test_a_file_that_may_be_missing(name: str) -> None:
    batch = decoded(files(**{name: None}))
    assert not batch.refused
    assert batch.timetable is not None
    if name == "feed_info":
        assert (batch.timetable.starts_on, batch.timetable.ends_on) == ("20260101", "20271231")
        assert len(batch.timetable.version) == 32


def test_no_calendar_at_all_is_told_and_the_lines_remain() -> None:
    batch = decoded(files(calendar=None, calendar_dates=None))
    assert [(each.where, each.says) for each in batch.refused] == [
        ("calendar.txt.service_id", "sync.gtfs.service"),
        ("calendar.txt.service_id", "sync.gtfs.service"),
    ]
    assert len(table(batch, "trips")) == 3


def test_files_may_lie_in_a_folder_and_begin_with_a_mark() -> None:
    inside = {f"gtfs 2026/{name}": "\ufeff" + text.replace("\n", "\r\n") for name, text in FILES.items()}
    inside["__MACOSX/gtfs 2026/._stops.txt"] = "x"
    assert decoded(inside).count == decoded().count


def test_what_is_no_utf8() -> None:
    texts: dict[str, str | bytes] = {
        **FILES,
        "routes.txt": FILES["routes.txt"].replace("Angkot", "Café").encode("cp1252"),
    }
    with pytest.raises(BadAnswer) as found:
        decoded(texts)
    assert found.value.says == "sync.gtfs.encoded" and found.value.values["file"] == "routes.txt"


def test_too_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "MOST_CALLS", 9)
    assert bad(FILES, file="stop_times.txt", most=9) == "sync.gtfs.rows"
    monkeypatch.setattr(tables, "MOST_STOPS", 4)
    assert bad(FILES, file="stops.txt", most=4) == "sync.gtfs.rows"


def test_refusals_are_told_one_by_one_only_while_there_are_few() -> None:
    batch = decoded(with_rows("stops", *(f"x{n},Jauh,-6.01,999,,,," for n in range(700))))
    assert len(batch.refused) == 501
    assert batch.refused[0].where == "stops.txt:7.stop_lon"
    assert batch.refused[-1].says == "sync.gtfs.more" and batch.refused[-1].values == {"count": 200}


@pytest.mark.parametrize("name", sorted(FILES))
def test_spoilt_files_are_refused_by_name_or_read(name: str) -> None:
    for seed, body in enumerate(mutations(FILES[name].encode(), 20, seed=len(name))):
        _eaten(feed(), zipped({**FILES, name: body}), seed)


def test_spoilt_archives_are_refused_by_name_or_read() -> None:
    for seed, body in enumerate(mutations(zipped(FILES), 60, seed=7)):
        _eaten(feed(), body, seed)


PHRASES = load_phrases("id")


def _eaten(one: Feed, body: bytes, seed: int) -> None:
    phrases = PHRASES
    try:
        batch = one.decode(answer(body), {})
    except BadAnswer as trouble:
        assert not phrases.tell(trouble).startswith("«"), seed
        return
    assert batch.timetable is not None
    for refusal in batch.refused:
        assert not phrases.say(refusal.says, **refusal.values).startswith("«"), (seed, refusal.says)


@pytest.mark.parametrize(
    ("name", "rows", "refused"),
    [
        (
            "google-sample-feed-1",
            {"agency": 1, "stops": 9, "routes": 5, "trips": 11, "calendar": 2, "calendar_dates": 1, "stop_times": 28}
            | {"frequencies": 11},
            0,
        ),
        (
            "bullrunner-gtfs",
            {"agency": 1, "stops": 125, "routes": 6, "trips": 15, "calendar": 3, "stop_times": 473}
            | {"frequencies": 15, "shapes": 6},
            0,
        ),
        (
            "transjakarta-2021",
            {
                "agency": 4,
                "stops": 5365,
                "routes": 155,
                "trips": 536,
                "calendar": 7,
                "stop_times": 12234,
                "shapes": 539,
            },
            501,
        ),
    ],
)
def test_real_timetables(name: str, rows: dict[str, int], refused: int, shared_data: Path) -> None:
    """Of the last, 38 trips are of lines it does not hold, 20 ids stand for several trips, and no call has a time."""
    batch = feed().decode(answer((shared_data / "gtfs" / f"{name}.zip").read_bytes()), {})
    assert batch.timetable is not None
    assert {each.name: len(each.rows) for each in batch.timetable.tables} == rows
    assert len(batch.refused) == refused


def test_trips_of_one_id_are_told_apart_in_a_real_timetable(shared_data: Path) -> None:
    batch = feed().decode(answer((shared_data / "gtfs" / "transjakarta-2021.zip").read_bytes()), {})
    trips = {row["trip_id"]: row for row in table(batch, "trips")}
    names = {row["stop_id"]: row["name"] for row in table(batch, "stops")}
    ends: dict[str, list[str]] = {}
    for row in table(batch, "stop_times"):
        ends.setdefault(row["trip_id"], []).append(names[row["stop_id"]])
    # names of their ends bear the order of the files out
    told = [(trips[trip]["headsign"].split(" - ")[0], ends[trip][0], ends[trip][-1]) for trip in _FIRST]
    assert told == [
        ("Pondok Labu", "Taman DDN", "Blok M, platform 3"),
        ("Stasiun Tanah Abang", "Tanah Abang 2", "Tanah Abang 2"),
        ("Meruya", "Meruya Taman Aries", told[2][2]),
    ]
    lines = {row["shape_id"] for row in table(batch, "shapes")}
    assert all(row["shape_id"] in lines for row in trips.values())


_FIRST = ("a-b", "a-b~2", "a-b~3")


def test_a_large_one_stays_within_its_bounds() -> None:
    trips = "".join(f"R1,HARIAN,t{n},Kebon Lama,0,\n" for n in range(4_000))
    times = "".join(
        f"t{n},{n % 20}:{k}0:00,{n % 20}:{k}0:00,{'T1' if k % 2 else 'B'},{k}\n" for n in range(4_000) for k in range(6)
    )
    texts = files(
        trips="route_id,service_id,trip_id,trip_headsign,direction_id,shape_id\n" + trips,
        stop_times="trip_id,arrival_time,departure_time,stop_id,stop_sequence\n" + times,
        frequencies=None,
    )
    body = zipped(texts)
    tracemalloc.start()
    batch = feed().decode(answer(body), {})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(table(batch, "stop_times")) == 24_000
    assert peak < 24_000 / calls.MOST_CALLS * (64 << 20) * 3


def test_feed_try(tmp_path: Path) -> None:
    """A file, and the folder it was unpacked to."""
    (tmp_path / "bus.zip").write_bytes(zipped(FILES))
    folder = tmp_path / "bus"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    said = []
    for source in (tmp_path / "bus.zip", folder):
        out, err = io.StringIO(), io.StringIO()
        assert feed_try("gtfs", str(source), load_phrases("id"), out, err) == 0, err.getvalue()
        said.append(out.getvalue())
    folder = tmp_path / "banyak"
    folder.mkdir()
    for name in ("a.zip", "b.zip", "catatan.md"):
        (folder / name).write_bytes(zipped(FILES) if name.endswith(".zip") else b"# x")
    out, err = io.StringIO(), io.StringIO()
    assert feed_try("gtfs", str(folder), load_phrases("id"), out, err) == 0, err.getvalue()
    assert '"records": 54' in out.getvalue() and '"where": "catatan.md"' in out.getvalue()
    assert all('"records": 27' in each and "Angkutan Rekaan" in each for each in said)
