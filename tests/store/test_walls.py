"""For who only looks nothing about a person leaves SQLite: every row a reader was ever handed is looked through."""

from __future__ import annotations

import inspect
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console import commands
from console.commands.intake import Take
from console.commands.work import Note
from console.core.audience import CELL_DEG, GRID_M, Audience, on_grid, width_of
from console.core.clock import TurnedClock
from console.core.errors import Refused
from console.core.geometry import metres_per_degree
from console.core.items import Item, ItemKind, Sample, Series
from console.core.lifecycle import State
from console.core.records import Batch, ComplaintId, HubQuestion, HubState, LedgerFilter, QueueFilter, Refusal
from console.store import walls
from console.store.exchange import Contact, Exchange, change
from console.store.files import Profile
from console.store.read import Read
from console.store.read_readings import ReadReadings
from console.store.store import Store
from tests.store.conftest import KELURAHAN, NOON, roomy, said
from tests.town import health

NARROW = [each for each in Audience if each.narrow]
MARK = "kenari"
"""Stands in every planted value, and nowhere else."""
EXACT = (-6.203517, 106.611739)
COUNT = 40


def planted(number: int) -> Any:
    """A complaint with something about a person in every field a source can fill."""
    return said(
        number,
        id=f"uji:{MARK}{number}",
        native_id=f"{MARK}-nomor-{number}",
        native_state=f"{MARK}-status",
        title=f"{MARK} judul {number}",
        text=f"{MARK} nama saya Zulkarnaen NIK 3671011203907{number:03}",
        agency=f"{MARK} dinas",
        address=f"Gang {MARK} {number}",
        media_url=f"https://uji.example/{MARK}.jpg",
        extra=json.dumps({"nama": f"{MARK} nama"}),
        lat=EXACT[0] + number * 0.0011,
        lon=EXACT[1] + number * 0.0007,
        state=State.NEW if number % 3 else State.DONE,
        requested_at=NOON - timedelta(hours=number, minutes=17, seconds=43),
    )


def tidings() -> list[Item]:
    """A public warning, one for a few, a quake, a flood and a vehicle, with a mark in all that a person may write."""
    info = {"language": "id", "event": "Hujan", "urgency": "u", "severity": "Severe", "certainty": "c"}
    info |= {"headline": "Hujan lebat", "contact": MARK, "description": MARK, "instruction": MARK, "web": MARK}
    area = {"areaDesc": "Kota", "polygons": [[[106, -6], [107, -6], [107, -7], [106, -6]]], "altitude": MARK}
    body = {"status": "Actual", "msgType": "Alert", "sender": "s", "identifier": "1", "sent": "x", "note": MARK}
    body |= {"infos": [{**info, "areas": [area, MARK], "extra": {"a": MARK}}], "addresses": MARK, "extra": {"b": MARK}}
    alert = Item("uji:1", "uji", ItemKind.ALERT, "1", MARK, MARK, NOON, ends_at=NOON + timedelta(days=1), body=body)
    sent = "2026-11-21T10:00:00+07:00"
    first = {**body, "identifier": "9", "sent": sent}
    over = {**first, "identifier": "10", "msgType": "Cancel", "scope": "Private", "references": [f"s,9,{sent}"]}
    few = {**body, "scope": "Restricted", "identifier": MARK}
    bus = {"bearing": 90.0, "vehicle": {"plate": MARK}, "trip": {"route_id": "K1", "extra": MARK}, "stop_id": MARK}
    quake = Item("uji:2", "uji", ItemKind.QUAKE, "2", "M 4,7", MARK, NOON, lat=-6.0, lon=106.0, body={"extra": MARK})
    flood = Item("uji:3", "uji", ItemKind.FLOOD, "3", "Periuk", MARK, NOON, url=MARK, body={"state": 2, "extra": MARK})
    return [
        alert,
        alert._replace(id=f"uji:{MARK}-2", native_id=f"{MARK}-2", body=few),
        alert._replace(id="uji:9", native_id="9", body=first),
        alert._replace(id="uji:10", native_id="10", body=over, observed_at=NOON + timedelta(seconds=1)),
        quake,
        flood,
        Item(f"uji:vehicle/{MARK}", "uji", ItemKind.VEHICLE, MARK, MARK, "", NOON, lat=-6.0, lon=106.0, body=bus),
        Item(f"uji:{MARK}-3", "uji", ItemKind.ARTICLE, MARK, MARK, MARK, NOON, body={"severity": MARK}),
    ]


@pytest.fixture
def profile(tmp_path: Path, pack: Any) -> Iterator[Profile]:
    """A day's work with a mark in everything that is about somebody."""
    clock, made = TurnedClock(NOON, seed=3), Profile.at(tmp_path)
    store = Store.open(made, clock, pack, room=roomy(made))
    refusal = Refusal("requests[3]", "feeds.bad", raw=f"{MARK} mentah")
    store.take(Batch("uji", [planted(number) for number in range(COUNT)], refused=[refusal], memo={"c": MARK}))
    store.keep_bad_answer("uji", MARK.encode(), "sync.bad.json")
    told = Item(f"uji:{MARK}", "uji", ItemKind.REPORT, MARK, f"{MARK} judul", f"{MARK} kata", NOON)
    gauge = Series("uji:air", "uji", "air", "Pintu air", "Tinggi air", "cm", "Pintu", -6.2, 106.6, body={"x": MARK})
    samples = [Sample(gauge.id, NOON, 1.5, MARK)]
    items = [told, *tidings()]
    store.take(Batch("uji", items=items, series=[gauge], samples=samples, memo={"c": MARK}, fleeting=True))
    clock.turn(23 * 60 + 41)
    for number in (1, 2, 4):
        for command in (Take(ComplaintId(f"uji:{MARK}{number}")), Note(ComplaintId(f"uji:{MARK}{number}"), MARK)):
            envelope = commands.seal(command, clock, f"{MARK} Rani")
            receipt, _ = store.apply(envelope, commands.open_envelope(envelope, pack))
            assert receipt.outcome == "taken", receipt
    store.enter("reveal", who=f"{MARK} Rani", subject=f"uji:{MARK}1", why=MARK)
    store.health(health(id="uji", newest_at=NOON - timedelta(minutes=17, seconds=43)))
    store.hub(
        HubState(
            "https://pusat.example",
            NOON,
            questions=(HubQuestion("kota", "sync.question.deleted", {}, (f"{MARK} judul 1",), 1),),
        )
    )
    change(made, lambda known: known.with_contact(Contact(MARK, MARK, MARK)))
    yield made
    store.close()


def spied(read: Read, seen: list[tuple[Any, ...]]) -> Read:
    """The reader, every row of which is noted as SQLite hands it over."""

    def note(_cursor: sqlite3.Cursor, row: tuple[Any, ...]) -> tuple[Any, ...]:
        seen.append(row)
        return row

    read._db.row_factory = note
    second = read._second()
    if second is not None:
        second.row_factory = note
    return read


def everything(read: Read) -> dict[str, Any]:
    """All a panel could ask, and what it was answered."""
    name, every = f"uji:{MARK}1", QueueFilter()
    span = read.span(every)
    return {
        "span": span.count,
        "page": read.page(span, 0),
        "search": read.span(QueueFilter(text=MARK)).count,
        "row_of": read.row_of(span, name),
        "complaint": read.complaint(name),
        "id_of": read.id_of(1),
        "events_of": read.events_of(name),
        "files_of": read.files_of(name),
        "spare_pieces": read.spare_pieces(),
        "data_keys": read.data_keys("contoh"),
        "key_line": read.key_line("contoh"),
        "closed": read.closed(),
        "contact_at": read.contact_at(),
        "seen_at": read.seen_at(),
        "lost": read.lost(MARK),
        "consoles": read.consoles(),
        "bad_answer": read.bad_answer("uji", 1000),
        "items": read.items(),
        "item": read.item(f"uji:{MARK}"),
        "item_counts": read.item_counts(),
        "alerts": read.alerts(NOON),
        "series": read.series(),
        "latest": read.latest(NOON),
        "window": read.window(f"uji:{MARK}", NOON - timedelta(days=1), NOON),
        "stops": read.stops(MARK),
        "routes_of": read.routes_of("uji", ["a"]),
        "departures": read.departures(f"uji:{MARK}", NOON),
        "last_undoable": read.last_undoable(f"{MARK} Rani"),
        "area_counts": read.area_counts("99.71", NOON),
        "total": read.total("", NOON),
        "points": read.points(every),
        "points_of": read.points(QueueFilter(area="99.71.01", since=NOON - timedelta(days=1))),
        "points_text": read.points(QueueFilter(text=MARK)),
        "points_holder": read.points(QueueFilter(holder=f"{MARK} Rani")),
        "arrivals": read.arrivals(NOON - timedelta(hours=48), NOON),
        "arrivals_area": read.arrivals(NOON - timedelta(hours=48), NOON, "99.71.01"),
        "by_state": read.by_state(),
        "handled": read.handled(NOON - timedelta(days=1)),
        "handled_area": read.handled(NOON - timedelta(days=1), "99.71.01"),
        "followed_since": read.followed_since(),
        "ages": read.ages(NOON),
        "ages_area": read.ages(NOON, "99.71.01"),
        "open_by_kecamatan": read.open_by_kecamatan(),
        "conflicts": read.conflicts(),
        "conflict": read.conflict(f"case:{name}"),
        "outbox": read.outbox(),
        "outbox_rows": read.outbox_rows(),
        "outbox_of": read.outbox_of(f"case:{name}"),
        "forwards": read.forwards(),
        "forwards_of": read.forwards_of(name),
        "people": read.people(),
        "people_known": read.people_known(),
        "guard": read.guard(),
        "ledger": read.ledger(LedgerFilter()),
        "ledger_names": read.ledger_names(),
        "ledger_state": read.ledger_state(),
        "reveals": read.reveals(NOON - timedelta(days=7)),
        "newest_received_at": read.newest_received_at(),
        "memo": read.memo("uji"),
        "done": read.done("x"),
        "exchange": read.exchange(),
        "sources": read.sources(),
        "hub": read.hub(),
        "refused": read.refused("uji"),
        "store_notices": read.store_notices(),
    }


def test_all_that_can_be_asked_is_asked_here() -> None:
    methods = {
        name
        for name, value in {**vars(ReadReadings), **vars(Read)}.items()
        if inspect.isfunction(value) and not name.startswith("_") and name not in ("open", "close", "narrow")
    }
    asked = set(inspect.getsource(everything).split("read.")) and {
        part.partition("(")[0] for part in inspect.getsource(everything).split("read.")[1:]
    }
    assert methods <= asked, "a new question: is it for everybody?"


@pytest.mark.parametrize("audience", NARROW)
def test_no_row_has_anything_about_a_person(profile: Profile, audience: Audience) -> None:
    seen: list[tuple[Any, ...]] = []
    with closing(Read.open(profile, audience=audience)) as read:
        told = everything(spied(read, seen))
    assert len(seen) > 50, "the spy sees what is read"
    assert MARK not in repr(seen)
    assert MARK not in repr(told)
    assert "Zulkarnaen" not in repr(seen)


def test_the_spy_sees_what_those_who_work_are_told(profile: Profile) -> None:
    seen: list[tuple[Any, ...]] = []
    with closing(Read.open(profile)) as read:
        told = everything(spied(read, seen))
    assert repr(seen).count(MARK) > 20
    assert told["complaint"].title == f"{MARK} judul 1"
    assert told["page"] and told["people"] == [] and told["ledger"].entries and told["hub"].questions


def test_what_is_left_are_the_same_numbers(profile: Profile) -> None:
    with closing(Read.open(profile)) as worker, closing(Read.open(profile, audience=Audience.PUBLIC)) as public:
        ours, theirs = everything(worker), everything(public)
    same = "area_counts total arrivals arrivals_area by_state handled handled_area ages ages_area open_by_kecamatan"
    for name in (*same.split(), "followed_since", "people_known", "newest_received_at"):
        assert theirs[name] == ours[name], name
    assert theirs["total"].open > 0 and theirs["by_state"] and sum(count for _, count in theirs["arrivals"]) > 0
    assert theirs["outbox"].waiting == ours["outbox"].waiting > 0
    assert theirs["hub"] == replace(ours["hub"], questions=())
    assert len(theirs["points"].lon) == len(ours["points"].lon) == COUNT
    assert 0 < len(theirs["points_of"].lon) == len(ours["points_of"].lon) < COUNT
    assert len(theirs["points_text"].lon) == len(theirs["points_holder"].lon) == 0
    assert theirs["exchange"] == Exchange()


def test_places_are_cells_and_times_are_hours(profile: Profile) -> None:
    seen: list[tuple[Any, ...]] = []
    with closing(Read.open(profile)) as worker:
        exact = worker.points(QueueFilter())
        times = {row[0] for row in worker._db.execute("SELECT requested_at FROM complaint UNION SELECT at FROM event")}
    with closing(Read.open(profile, audience=Audience.WALL)) as read:
        told = everything(spied(read, seen))
    cells = {on_grid(lat, lon) for lat, lon in zip(exact.lat, exact.lon, strict=True)}
    points = told["points"]
    assert {(lat, lon) for lat, lon in zip(points.lat, points.lon, strict=True)} == cells
    assert list(points.rowid) == list(range(COUNT))
    values = {value for row in seen for value in row}
    assert not values & set(exact.lat) and not values & set(exact.lon)
    assert [row for row in seen if set(row) & times] == []
    assert told["sources"][0].newest_at == NOON - timedelta(hours=1)
    assert told["outbox"].oldest_at.minute == told["outbox"].oldest_at.second == 0


@pytest.mark.parametrize("audience", NARROW)
def test_warnings_and_gauges_are_for_everybody(profile: Profile, audience: Audience) -> None:
    with closing(Read.open(profile, audience=audience)) as read:
        (alert,) = read.alerts(NOON)
        told = {row.item.kind: row.item for row in read.items()}
        (gauge,) = read.latest(NOON)
        assert read.items(text="Hujan") == []
        assert read.items((ItemKind.REPORT, ItemKind.ARTICLE)) == []
    assert alert.item.body["infos"][0]["headline"] == "Hujan lebat"
    assert alert.item.body["infos"][0]["areas"][0]["polygons"][0][0] == [106, -6]
    assert told.keys() == {ItemKind.ALERT, ItemKind.QUAKE, ItemKind.FLOOD, ItemKind.VEHICLE}
    assert told[ItemKind.VEHICLE].title == "K1"
    assert told[ItemKind.VEHICLE].body == {"bearing": 90.0, "trip": {"route_id": "K1"}}
    assert told[ItemKind.FLOOD].body == {"state": 2}
    assert (gauge.value, gauge.series.station) == (1.5, "Pintu")


def test_one_for_a_few_that_calls_a_warning_off_is_heeded_all_the_same(profile: Profile) -> None:
    with closing(Read.open(profile)) as worker, closing(Read.open(profile, audience=Audience.WALL)) as read:
        assert [row.item.id for row in read.alerts(NOON)] == ["uji:1"]
        assert {row.item.native_id for row in read.items((ItemKind.ALERT,))} == {"1", "9"}
        assert {row.item.native_id for row in worker.items((ItemKind.ALERT,))} == {"1", f"{MARK}-2", "9", "10"}


@given(st.floats(-85, 85), st.floats(-180, 180))
def test_a_cell_is_wide_enough_and_holds_the_place(lat: float, lon: float) -> None:
    middle = on_grid(lat, lon)
    width = width_of(middle[0])
    assert abs(middle[0] - lat) <= CELL_DEG / 2 + 1e-9
    assert abs(middle[1] - lon) <= width / 2 + 1e-9
    wide, tall = metres_per_degree(middle[0])
    assert min(tall * CELL_DEG, wide * width) >= GRID_M * 0.999
    assert on_grid(*middle) == pytest.approx(middle)


FORBIDDEN = [
    *(f"SELECT {name} FROM complaint" for name in ("id", "title", "text", "address", "agency", "media_url", "extra")),
    *(f"SELECT {name} FROM complaint" for name in ("native_id", "holder", "lat", "lon", "duplicate_of", "*")),
    "SELECT count(*) FROM complaint WHERE title = 'x'",
    "SELECT n FROM complaint ORDER BY address",
    "SELECT lat FROM (SELECT * FROM complaint)",
    "WITH inner_one AS (SELECT lat, lon FROM complaint) SELECT * FROM inner_one",
    "SELECT body FROM rev",
    "SELECT id FROM doc",
    "SELECT text FROM event",
    "SELECT by FROM event",
    "SELECT at FROM event",
    "SELECT name FROM person",
    "SELECT count(*) FROM person",
    "SELECT who FROM ledger",
    "SELECT text FROM word",
    "SELECT memo FROM memo",
    "SELECT told FROM outbox",
    "SELECT rowid FROM search_64 WHERE search_64 MATCH 'a'",
    "SELECT told FROM outcome",
    "SELECT body FROM local_doc",
    "PRAGMA query_only = OFF",
    "PRAGMA table_info(complaint)",
    "ATTACH 'x.db' AS other",
    "CREATE TEMP VIEW mine AS SELECT title FROM main.complaint",
    "DROP VIEW open_point",
    "INSERT INTO meta VALUES ('a', 'b')",
]


@pytest.mark.parametrize("sql", FORBIDDEN)
def test_sqlite_itself_refuses_the_rest(profile: Profile, sql: str) -> None:
    with closing(Read.open(profile, audience=Audience.GUEST)) as read:
        with pytest.raises(sqlite3.DatabaseError, match=r"prohibited|not authorized|no such|vtable"):
            read._db.execute(sql).fetchall()


def test_photos_are_not_for_them(profile: Profile) -> None:
    with closing(Read.open(profile, audience=Audience.VISIT)) as read, pytest.raises(Refused, match=r"store\.walled"):
        _ = read.blobs
    with closing(Read.open(profile)) as read:
        assert read.blobs is not None


@pytest.mark.parametrize(
    "table", ["source", "hub", "refused", "bad_answer", "item", "item_search", "item_refers", "series", "sample"]
)
def test_the_file_of_readings_is_behind_the_wall_too(profile: Profile, table: str) -> None:
    with closing(Read.open(profile, audience=Audience.PUBLIC)) as read:
        second = read._second()
        assert second is not None
        with pytest.raises(sqlite3.DatabaseError, match=r"prohibited|vtable"):
            second.execute(f"SELECT * FROM {table}").fetchall()


def test_a_word_of_an_area_that_comes_later_is_known(profile: Profile, pack: Any) -> None:
    with closing(Read.open(profile, audience=Audience.WALL)) as read:
        assert {count.area for count in read.area_counts("99.71.01", NOON)} <= set(KELURAHAN)
        names = set(read._words.numbers)
    assert names <= {*KELURAHAN, ""}


def test_who_works_has_no_wall(profile: Profile) -> None:
    assert not Audience.WORK.narrow
    walls.refuse_narrow(Audience.WORK)
    with closing(Read.open(profile)) as read:
        assert read._db.execute("SELECT title FROM complaint").fetchone()
