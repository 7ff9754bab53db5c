"""A timetable of Kota Rekaan, spoilt or not: files as CSV, packed as a zip."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from console.core.items import Table
from console.core.pack import FeedEntry
from console.core.records import Batch
from sync.feed import Answer
from sync.feeds.gtfs import Gtfs
from tests.cities import small_pack

AT = datetime(2026, 11, 21, 3, 42, tzinfo=UTC)
Files = dict[str, str]

FILES: Files = {
    "agency.txt": "agency_id,agency_name,agency_url,agency_timezone,agency_lang\n"
    "AR,Angkutan Rekaan,https://angkutan.invalid,Asia/Jakarta,id\n",
    "stops.txt": (
        "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,platform_code,zone_id\n"
        "T,Terminal Sukamaju,-6.01,106.01,1,,,A\n"
        "T1,Terminal Sukamaju jalur 1,-6.0101,106.0101,0,T,1,A\n"
        "007,Pasar Mekarsari,-6.03,106.03,,,,\n"
        'K,"Kantor ""Kota"", depan",-6.02,106.05,,,,\n'
        "B,Kebon Lama,-6.05,106.04,,,,\n"
    ),
    "routes.txt": (
        "route_id,agency_id,route_short_name,route_long_name,route_type,route_color,route_text_color\n"
        "R1,AR,1,Sukamaju - Kebon Lama,3,d02027,FFFFFF\n"
        "R2,AR,A2,Angkot Mekarsari,3,,\n"
    ),
    "trips.txt": (
        "route_id,service_id,trip_id,trip_headsign,direction_id,shape_id\n"
        "R1,KERJA,R1-pagi,Kebon Lama,0,S1\n"
        "R1,KERJA,R1-malam,Kebon Lama,0,S1\n"
        "R2,HARIAN,R2-keliling,Keliling,,\n"
    ),
    "stop_times.txt": (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type\n"
        "R1-pagi,06:00:00,06:00:00,T1,1,0\n"
        "R1-pagi,,,007,5,0\n"
        "R1-pagi,,,K,7,0\n"
        "R1-pagi,06:30:00,06:31:00,B,9,0\n"
        "R1-malam, 23:50:00,23:50:00,T1,1,0\n"
        "R1-malam,24:30:00,24:30:00,007,2,0\n"
        "R1-malam,25:05:00,25:05:00,B,3,0\n"
        "R2-keliling,05:00:00,05:00:00,007,1,0\n"
        "R2-keliling,5:10:00,5:10:00,K,2,1\n"
        "R2-keliling,05:20:00,05:20:00,007,3,0\n"
    ),
    "calendar.txt": (
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
        "KERJA,1,1,1,1,1,0,0,20260101,20271231\n"
        "HARIAN,1,1,1,1,1,1,1,20260101,20271231\n"
    ),
    "calendar_dates.txt": "service_id,date,exception_type\nKERJA,20261225,2\nKERJA,20261121,1\n",
    "frequencies.txt": "trip_id,start_time,end_time,headway_secs\nR2-keliling,05:00:00,22:00:00,600\n",
    "shapes.txt": (
        "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\n"
        "S1,-6.03,106.03,20\nS1,-6.01,106.01,10\nS1,-6.05,106.04,30\n"
    ),
    "feed_info.txt": (
        "feed_publisher_name,feed_version,feed_start_date,feed_end_date\nDishub Rekaan,2026-3,20260101,20271231\n"
    ),
}


def files(**changes: str | None) -> Files:
    """The sound files with some changed by their name without ".txt"; None takes one away."""
    named = {**FILES, **{f"{name}.txt": text for name, text in changes.items()}}
    return {name: text for name, text in named.items() if text is not None}


def with_rows(file: str, *rows: str) -> Files:
    """The sound files, with rows added at the end of one."""
    return files(**{file: FILES[f"{file}.txt"] + "".join(f"{row}\n" for row in rows)})


def zipped(texts: Mapping[str, str | bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    """As an archive, always the same for the same files."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", how) as packed:
        for name, text in texts.items():
            packed.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), text, how)
    return raw.getvalue()


def feed() -> Gtfs:
    """Of the invented city."""
    return Gtfs(FeedEntry("angkutan", "gtfs", {}, "https://hub.invalid/gtfs.zip", 86_400, 200_000), small_pack())


def answer(body: bytes, etag: str = "", unchanged: bool = False) -> Answer:
    return Answer(body, "application/zip", "", AT, "https://hub.invalid/gtfs.zip", etag, unchanged)


def decoded(texts: Mapping[str, str | bytes] = FILES) -> Batch:
    return feed().decode(answer(zipped(texts)), {})


def table(batch: Batch, name: str) -> list[dict[str, Any]]:
    """The rows of a table by their columns' names, none where there is no such table."""
    assert batch.timetable is not None
    found: list[Table] = [each for each in batch.timetable.tables if each.name == name]
    return [dict(zip(each.columns, row, strict=True)) for each in found for row in each.rows]


def as_csv(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Any texts as CSV that says them."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return text.getvalue()
