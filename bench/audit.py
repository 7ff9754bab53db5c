"""The look through a whole ledger: every row read, its hash computed and compared, its link looked at, heads compared.

Rival: SHA-256 over the same rows without a database: one text a row in a plain file, each hashed and compared. It
knows no columns, no links and no heads, so it is the least that any look through these rows can take.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from bench.figures import Figure, figure
from bench.fresh import WORK, in_turn, pooled
from bench.sizes import Sizes
from console.core.clock import TurnedClock
from console.store import schema
from console.store.database import open_writer, transaction
from console.store.files import Profile, load_phrases
from console.store.ledger import COLUMNS, Ledger, LedgerRow
from console.store.ledger_check import pages
from console.store.ledger_terminal import Auditor

METRICS = {"audit.verify_1m": "s"}
_DEEDS = ("take", "verify", "note", "dispose", "reveal", "session.in", "close")
_TEXTS = "rows.txt"
_AT_ONCE = 20_000
_FORM = 1
"""Of what is made here: another number makes it anew."""


def made(rows: int) -> Path:
    """A profile whose ledger has so many rows, as an office of forty people leaves them, and the same rows as texts."""
    folder = WORK / f"audit-{rows}-{_FORM}-{len(schema.steps(schema.RECORDS))}"
    if (folder / _TEXTS).exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    profile = Profile.at(folder)
    from bench.pages import END

    clock = TurnedClock(END, seed=5)
    with closing(open_writer(profile.records, full=False)) as db:
        schema.climb(db, schema.RECORDS, profile.records)
        ledger = Ledger(db, clock)
        for start in range(0, rows, _AT_ONCE):
            with transaction(db):
                for number in range(start, min(rows, start + _AT_ONCE)):
                    clock.turn(7)
                    told = {"outcome": "taken", "command": f"{number:032x}", "fields": ["text", "opd"]}
                    ledger.add(
                        _DEEDS[number % len(_DEEDS)],
                        who=f"Petugas {number % 40}",
                        session=f"{number // 500:032x}",
                        subject=f"rekaan:{number % 90_000:08d}",
                        told=told,
                    )
            db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        part = folder / f"{_TEXTS}.part"
        with part.open("w", encoding="utf-8") as out:
            for page in pages(db):
                out.writelines(f"{_text(row)}\t{row.hash}\n" for row in map(LedgerRow._make, page))
        part.rename(folder / _TEXTS)
    return folder


def _text(row: LedgerRow) -> str:
    said = {name: value for name, value in row._asdict().items() if name != "hash"}
    assert set(said) | {"hash"} == set(COLUMNS.split(", "))
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def product(profile: str, rows: int) -> Mapping[str, Any]:
    """What `audit verify --json` does, from opening the file to the verdict."""
    out = io.StringIO()
    auditor = Auditor(Path(profile), load_phrases(), out, lambda _: None)
    start = time.perf_counter()
    code = auditor.verify(as_json=True)
    took = time.perf_counter() - start
    verdict = json.loads(out.getvalue())
    if code or verdict["rows"] != rows:
        return {"cannot": f"the ledger is not as it was made: {verdict}"[:200]}
    return {"took": [took]}


def rival(profile: str, rows: int) -> Mapping[str, Any]:
    """A hash a line."""
    start = time.perf_counter()
    count = 0
    with (Path(profile) / _TEXTS).open("rb") as lines:
        for line in lines:
            text, _, told = line.rstrip(b"\n").rpartition(b"\t")
            if hashlib.sha256(text).hexdigest().encode("ascii") != told:
                return {"cannot": f"line {count + 1} differs"}
            count += 1
    if count != rows:
        return {"cannot": f"{count} lines"}
    return {"took": [time.perf_counter() - start]}


SIDES = {"product": product, "rival": rival}


def measure(size: Sizes, _wanted: tuple[str, ...]) -> list[Figure]:
    """The figure of the whole look."""
    given = {"profile": str(made(size.rows)), "rows": size.rows}
    results = in_turn(__name__, {"rival": given, "product": given}, runs=size.runs)
    took = pooled(results["product"], "took")
    beside = pooled(results["rival"], "took")
    return [figure("audit.verify_1m", "s", took, rival="sha256 of each row, no database", rival_samples=beside)]
