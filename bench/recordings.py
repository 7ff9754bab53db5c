"""Answers of every kind of source, recorded ones made as large as can be measured: their rows under other names.

They lie beside the repository, where the tests have them too. What is larger than an answer of that kind may be becomes
several. JSON is written without blanks, so that none of the bytes are free.
"""

from __future__ import annotations

import csv
import io
import json
import random
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.figures import CannotMeasure
from bench.fresh import ROOT

DATA = ROOT.parent / "shared" / "data"
AT = datetime(2026, 11, 21, 3, 42, tzinfo=UTC)
"""When all of them were received: after everything they tell of."""
LEAST_BYTES = 2_000_000
PAGE_BYTES = 1 << 20
"""Of a page of an application, in which its promised words are looked for to the end."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Recording:
    """What a source of that kind answers."""

    bodies: Sequence[bytes]
    form: str = "application/json"
    name: str = "answer"
    """End of the address it came from."""
    tag: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    inflated: int = 0
    """Bytes of what the bodies unpack to, where they are archives."""

    @property
    def size(self) -> int:
        """Bytes a decoder has read when it is through: of an archive those of its files."""
        return self.inflated or sum(map(len, self.bodies))


def recording(kind: str) -> Recording:
    """That of a kind. Raises `CannotMeasure` where what it is made of is not on this machine."""
    try:
        made = _KINDS[kind]()
    except FileNotFoundError as trouble:
        raise CannotMeasure(f"recorded answers are not here: {trouble.filename}") from trouble
    if made.size < LEAST_BYTES:
        raise CannotMeasure(f"only {made.size} bytes of {kind}")
    return made


def _read(name: str) -> Any:
    return json.loads((DATA / name).read_bytes())


def _said(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _again(rows: Sequence[Row], count: int, change: Callable[[Row, int], Mapping[str, Any]]) -> list[Row]:
    """So many rows, each one of the recorded ones with some of its fields changed."""
    return [{**rows[n % len(rows)], **change(rows[n % len(rows)], n)} for n in range(count)]


def _open311() -> Recording:
    rows = _read("open311/sf-requests-500.json")
    return Recording([_said(_again(rows, 5_000, lambda _, n: {"service_request_id": str(900_000 + n)}))])


def _press() -> Recording:
    paper = (DATA / "feeds" / "antara-excerpt.xml").read_text("utf-8")
    head, _, rest = paper.partition("<item>")
    item, _, foot = rest.partition("</item>")
    words = item.partition(' border="0">')[2].partition("]]>")[0]
    title = item.partition("<title>")[2].partition("</title>")[0]
    told, chance = words.split(), random.Random(1)
    items = []
    for n in range(2_400):
        # other words in each, else they are taken for copies of one article
        text = " ".join(chance.sample(told, len(told)))
        short = text[:60].replace("&nbsp;", " ").replace("&", "")
        own = item.replace(words, f"{text} ").replace(title, f"{short} {n}").replace("2110802", str(n))
        items.append(f"<item>{own}</item>")
    return Recording([(head + "".join(items) + foot).encode()], "application/rss+xml", "rss.xml")


def _mastodon() -> Recording:
    said = _read("mastodon/pagination_iterator.json")
    rows = [post for each in said if isinstance(each["body"], list) for post in each["body"]]
    change = lambda _, n: {"id": str(117_020_582_000_000_000 + n)}  # noqa: E731
    return Recording([_said(_again(rows, 1_000, change))], name="api/v1/timelines/tag/kota")


def _sensorthings() -> Recording:
    thing = _read("sensorthings/frost-entitiesDefault.json")
    start, chance = datetime(2026, 11, 20, tzinfo=UTC), random.Random(2)

    def change(_: Row, n: int) -> Row:
        rows = [
            {"phenomenonTime": f"{start + timedelta(minutes=k):%Y-%m-%dT%H:%M:%SZ}", "result": chance.randrange(300)}
            for k in range(25)
        ]
        return {"@iot.id": n, "Observations": rows, "Thing": {**thing, "Datastreams": []}}

    streams = _again(thing["Datastreams"], 1_000, change)
    return Recording([_said({"value": streams})], name="v1.1/Datastreams")


def _cap(name: str) -> Recording:
    raw = (DATA / name).read_bytes()
    head, _, rest = raw.partition(b"<identifier>")
    bodies = [head + b"<identifier>" + str(n).encode() + rest for n in range(LEAST_BYTES // len(raw) + 1)]
    return Recording(bodies, "application/cap+xml", "message.xml", "https://bench.invalid/message.xml")


def _quake() -> Recording:
    (row,) = _read("bmkg/gempadirasakan-revision-2.json")["Infogempa"]["gempa"]
    start = datetime(2026, 1, 1, tzinfo=UTC)

    def page(number: int) -> bytes:
        times = [start + timedelta(hours=number, seconds=61 * n) for n in range(1_000)]
        rows = _again([row], 1_000, lambda _, n: {"DateTime": times[n].isoformat(), "Jam": f"{times[n]:%H:%M:%S} WIB"})
        return _said({"Infogempa": {"gempa": rows}})

    return Recording([page(number) for number in range(7)], name="gempadirasakan.json")


def _forecast() -> Recording:
    said = _read("bmkg/prakiraan-cuaca-31.71.01.1001-2026-10-08.json")
    (place,) = said["data"]
    slots = place["cuaca"][0]
    start = datetime(2026, 11, 21, tzinfo=UTC)

    def day(number: int) -> list[Row]:
        return _again(
            slots, 8, lambda _, n: {"datetime": f"{start + timedelta(days=number, hours=3 * n):%Y-%m-%dT%H:%M:%SZ}"}
        )

    def page(number: int) -> bytes:
        codes = [f"31.71.{number:02}.{1000 + n}" for n in range(80)]
        places = [{"lokasi": {**place["lokasi"], "adm4": code}, "cuaca": [day(n) for n in range(3)]} for code in codes]
        return _said({"lokasi": said["lokasi"], "data": places})

    return Recording([page(number) for number in range(3)], name="prakiraan-cuaca")


def _gtfs() -> Recording:
    raw = (DATA / "gtfs" / "transjakarta-2021.zip").read_bytes()
    with zipfile.ZipFile(io.BytesIO(raw)) as packed:
        size = sum(each.file_size for each in packed.infolist())
    return Recording([raw], "application/zip", "gtfs.zip", inflated=size)


def _gtfs_rt() -> Recording:
    raw = (DATA / "gtfs" / "rt-nyct-b_division.pb").read_bytes()
    return Recording([raw] * (LEAST_BYTES // len(raw) + 1), "application/x-protobuf", "realtime.pb")


def _health() -> Recording:
    words = b"<p>Layanan perizinan berjalan seperti biasa hari ini.</p>\n"
    page = b"<html><body>" + words * (PAGE_BYTES // len(words) - 1) + b"<i>siap</i>"
    return Recording([page] * 2, "text/html", "app", f"{int(AT.timestamp() * 1000)} ", {"contains": "siap"})


def _ckan() -> Recording:
    said = _read("ckan/datastore_search-ontario.json")
    rows = _again(said["result"]["records"], 13_000, lambda _, n: {"_id": n + 1, "total_individuals_3doses": str(n)})
    result = {**said["result"], "records": rows, "total": len(rows)}
    return Recording([_said({**said, "result": result})], tag="page 0", options={"resource_id": result["resource_id"]})


def _petabencana() -> Recording:
    said = _read("petabencana/reports_2017-02-21.geojson")

    def change(row: Row, n: int) -> Row:
        return {"properties": {**row["properties"], "pkey": str(n)}}

    return Recording([_said({**said, "features": _again(said["features"], 5_300, change)})], name="reports")


def _file() -> Recording:
    with (DATA / "teks" / "ulasan-tangerang-live.csv").open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream)
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([*header, "nomor"])
    writer.writerows([*rows[n % len(rows)], n] for n in range(22_000))
    options = {"map.id": "nomor", "map.at": "tanggal", "map.text": "teks"}
    return Recording([out.getvalue().encode()], "text/csv", "ulasan.csv", options=options)


def _esri() -> Recording:
    said = _read("esri/us-mo-columbia/us-mo-columbia-0.json")

    def change(row: Row, n: int) -> Row:
        return {"attributes": {**row["attributes"], "OBJECTID": n + 1}}

    return Recording([_said({**said, "features": _again(said["features"], 4_500, change)})], tag="page 0")


_KINDS: Mapping[str, Callable[[], Recording]] = {
    "open311": _open311,
    "press": _press,
    "mastodon": _mastodon,
    "sensorthings": _sensorthings,
    "cap": lambda: _cap("cap/google-canada_signed.cap"),
    "bmkg-nowcast": lambda: _cap("bmkg/cap-banten-2026-09-26.xml"),
    "bmkg-quake": _quake,
    "bmkg-forecast": _forecast,
    "gtfs": _gtfs,
    "gtfs-rt": _gtfs_rt,
    "health": _health,
    "ckan": _ckan,
    "petabencana": _petabencana,
    "file": _file,
    "esri": _esri,
}
KINDS = tuple(_KINDS)
"""Kinds that can be measured: all there are."""
