"""Records as JSON, CSV or GeoJSON, row by row as they are read: a million rows need no more memory than one.

Works beside a running engine. Each row says which source it came from and when it was observed and received. Every
kind is a query and a list of columns; a format knows only rows. What is personal in what people said is covered, and
nothing that is sealed leaves here: an export is for everybody it may be handed to.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, TextIO

from console.core.clock import from_millis
from console.core.errors import DiskTrouble, Refused
from console.core.masking import masked, masked_deep
from console.core.safe_text import cell_safe, json_safe
from console.store import schema
from console.store.database import door, open_reader
from console.store.files import Profile
from console.store.tallies import names

FORMATS = ("json", "csv", "geojson")
_RISKY = re.compile(r"""(?:\A|(?<=[;\t\r\n]))(?=[\s"]*[=+\-@＝＋－＠])|\A(?=[\t\r\n])""")
"""Where a spreadsheet may find a formula to run; a quote put there says it is text. Where another separator than ours
is set (as in Indonesia: the semicolon), a spreadsheet begins a cell in the middle of ours, so there too."""
_WORD = "(SELECT text FROM word WHERE id = {})"
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Kind:
    """What one kind of records is made of: name in the export, SQL, and how its value is shown."""

    columns: tuple[tuple[str, str, str], ...]
    rows: str
    readings: bool = False

    @property
    def query(self) -> str:
        return f"SELECT {', '.join(sql for _, sql, _ in self.columns)} FROM {self.rows}"


def _word(name: str) -> tuple[str, str, str]:
    return name, _WORD.format(name), "text"


_KINDS: Mapping[str, _Kind] = {
    "complaint": _Kind(
        (
            ("id", "id", "text"),
            _word("source"),
            ("native_id", "native_id", "text"),
            ("native_state", "native_state", "text"),
            ("state", "state", "state"),
            ("title", "title", "said"),
            ("text", "text", "said"),
            _word("category"),
            ("agency", "agency", "text"),
            ("address", "address", "said"),
            ("lat", "lat", "number"),
            ("lon", "lon", "number"),
            _word("area"),
            _word("opd"),
            _word("holder"),
            ("duplicate_of", "duplicate_of", "text"),
            ("requested_at", "requested_at", "time"),
            ("updated_at", "updated_at", "time"),
            ("expected_at", "expected_at", "time"),
            ("zone_assumed", "zone_assumed", "flag"),
            ("media_url", "media_url", "text"),
            ("received_at", "received_at", "time"),
            ("touched_at", "touched_at", "time"),
            ("pending", "pending", "number"),
            ("extra", "extra", "json"),
        ),
        "complaint ORDER BY n",
    ),
    "event": _Kind(
        (
            ("id", "event.id", "text"),
            ("complaint", "event.complaint", "text"),
            ("source", "coalesce((SELECT text FROM word WHERE word.id = complaint.source), '')", "text"),
            ("deed", "deed", "text"),
            ("at", "at", "time"),
            ("received_at", "complaint.received_at", "time"),
            ("by", "by", "text"),
            ("text", "event.text", "said"),
            ("before", "before", "state"),
            ("after", "after", "state"),
            ("fields", "event.fields", "json"),
            ("command", "command", "text"),
            ("undoes", "undoes", "text"),
            ("lat", "lat", "number"),
            ("lon", "lon", "number"),
        ),
        "event LEFT JOIN complaint ON complaint.id = event.complaint ORDER BY event.n",
    ),
    "outbox": _Kind(
        (
            ("doc", "outbox.doc", "text"),
            ("rev", "outbox.rev", "text"),
            ("complaint", "outbox.complaint", "text"),
            ("source", "coalesce((SELECT text FROM word WHERE word.id = complaint.source), '')", "text"),
            ("command", "command", "text"),
            ("at", "at", "time"),
            ("received_at", "complaint.received_at", "time"),
            ("refused", "refused", "text"),
            ("tries", "tries", "number"),
            ("withdrawn_at", "withdrawn_at", "time"),
            ("via", "via", "text"),
            ("place", _WORD.format("outbox.place"), "text"),
            (
                "body",
                # what proves a secret is nobody's to read
                "(SELECT json_remove(body, '$.verifier') FROM rev JOIN doc ON doc.n = rev.doc WHERE doc.id = outbox.doc"
                " AND generation || '-' || hash = outbox.rev)",
                "json",
            ),
            ("lat", "lat", "number"),
            ("lon", "lon", "number"),
        ),
        "outbox LEFT JOIN complaint ON complaint.id = outbox.complaint ORDER BY outbox.n",
    ),
    "source": _Kind(
        (
            ("source", "id", "text"),
            *(
                (name, f"json_extract(health, '$.{name}')", kind)
                for name, kind in (
                    ("title", "text"),
                    ("kind", "text"),
                    ("last_good_at", "text"),
                    ("last_try_at", "text"),
                    ("newest_at", "text"),
                    ("lost_since", "text"),
                    ("records_last", "number"),
                    ("records_total", "number"),
                    ("refused_last", "number"),
                    ("error", "text"),
                    ("trouble", "text"),
                    ("licence", "text"),
                    ("cadence_s", "number"),
                    ("stale_after_s", "number"),
                )
            ),
            ("received_at", "at", "time"),
        ),
        "source ORDER BY id",
        readings=True,
    ),
    "item": _Kind(
        (
            *((name, name, "text") for name in ("id", "source", "kind", "native_id")),
            ("title", "title", "said"),
            ("text", "text", "said"),
            ("at", "observed_at", "time"),
            ("starts_at", "starts_at", "time"),
            ("ends_at", "ends_at", "time"),
            ("lat", "lat", "number"),
            ("lon", "lon", "number"),
            *((name, name, "text") for name in ("area", "level", "url")),
            ("zone_assumed", "zone_assumed", "flag"),
            ("revised_at", "revised_at", "time"),
            ("received_at", "received_at", "time"),
            ("gone_at", "gone_at", "time"),
            ("body", "body", "json"),
        ),
        "item ORDER BY n",
        readings=True,
    ),
    # As they were measured, as far as that is still kept.
    "reading": _Kind(
        (
            ("series", "series.id", "text"),
            *((name, name, "text") for name in ("source", "title", "property", "unit", "station", "area")),
            ("lat", "lat", "number"),
            ("lon", "lon", "number"),
            ("at", "at", "time"),
            ("value", "value", "number"),
            ("quality", "quality", "text"),
            ("received_at", "at + after_ms", "time"),
        ),
        "sample JOIN series ON series.n = sample.series ORDER BY sample.series, at",
        readings=True,
    ),
}
KINDS = tuple(_KINDS)


def export(profile: Profile, kind: str, form: str, out: TextIO) -> int:
    """Write all records of a kind; how many. Raises `Refused` for an unknown kind or format, `DiskTrouble`."""
    if kind not in _KINDS:
        raise Refused("store.export.kind", kind=kind, kinds=", ".join(KINDS))
    if form not in FORMATS:
        raise Refused("store.export.format", format=form, formats=", ".join(FORMATS))
    rows = _rows(profile, _KINDS[kind])
    if form == "csv":
        return _csv(rows, [(name, kind) for name, _, kind in _KINDS[kind].columns], out)
    return _geojson(rows, out) if form == "geojson" else _json(rows, out)


def _rows(profile: Profile, kind: _Kind) -> Iterator[Row]:
    path = profile.readings if kind.readings else profile.records
    name = schema.READINGS if kind.readings else schema.RECORDS
    with closing(open_reader(path)) as db, door(path):
        found = schema.judge(db, name, path)
        if found == 0:
            return
        if found < len(schema.steps(name)):
            raise DiskTrouble("store.older", path=str(path))
        for values in db.execute(kind.query):
            try:
                yield {name: _shown(value, form) for (name, _, form), value in zip(kind.columns, values, strict=True)}
            except (ValueError, OverflowError, TypeError) as error:
                raise DiskTrouble("store.broken", path=str(path), fault="value") from error


def _shown(value: Any, form: str) -> Any:
    if value is None:
        return None
    if form == "time":
        return from_millis(value).isoformat().replace("+00:00", "Z")
    if form == "state":
        return names(value).name.lower()
    if form == "flag":
        return bool(value)
    if form == "said":
        return masked(value)
    if form == "json":
        return masked_deep(json.loads(value)) if value else {}
    return value


def _json(rows: Iterator[Row], out: TextIO) -> int:
    return _array(rows, out, "[", "]\n")


def _geojson(rows: Iterator[Row], out: TextIO) -> int:
    """RFC 7946: longitude first, WGS84; what has no place is a feature without geometry."""
    return _array(map(_feature, rows), out, '{"type": "FeatureCollection", "features": [', "]}\n")


def _array(values: Iterator[Row], out: TextIO, head: str, tail: str) -> int:
    count = 0
    first = next(values, None)  # where the first cannot be read nothing is written yet
    out.write(head)
    while first is not None:
        out.write(f"{',' if count else ''}\n{json_safe(json.dumps(first, ensure_ascii=False, allow_nan=False))}")
        count += 1
        first = next(values, None)
    out.write(f"\n{tail}" if count else tail)
    return count


def _feature(row: Row) -> Row:
    place = None
    if row.get("lat") is not None and row.get("lon") is not None:
        place = {"type": "Point", "coordinates": [row["lon"], row["lat"]]}
    properties = {name: value for name, value in row.items() if name not in ("lat", "lon", "id")}
    feature = {"type": "Feature", "geometry": place, "properties": properties}
    return {**feature, "id": row["id"]} if "id" in row else feature


def _csv(rows: Iterator[Row], columns: Sequence[tuple[str, str]], out: TextIO) -> int:
    """RFC 4180, UTF-8 without a mark at its start. Numbers stay numbers; text that looks like a formula is quoted."""
    count = 0
    first = next(rows, None)
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(name for name, _ in columns)
    while first is not None:
        writer.writerow(_cell(first[name], kind) for name, kind in columns)
        count += 1
        first = next(rows, None)
    return count


def _cell(value: Any, kind: str) -> Any:
    if value is None:
        return ""
    if kind == "flag":
        return int(value)
    if kind == "number" and isinstance(value, int | float):
        return value
    return text_cell(json_safe(json.dumps(value, ensure_ascii=False)) if kind == "json" else str(value))


def text_cell(text: str) -> str:
    """Text as a cell of a table that is handed on: it is no formula and drives no terminal."""
    return _RISKY.sub("'", cell_safe(text))
