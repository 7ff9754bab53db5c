"""A place for every document: those made before there were places, and those of which a damaged file lost it."""

from __future__ import annotations

import sqlite3

from console.core.people import PERSON
from console.core.pieces import piece_of
from console.core.places import complaints_place, files_place, shared_place
from console.store.data_key import DATA_KEY
from console.store.words import Words

_COMPLAINTS = (
    "SELECT doc.n, doc.id, coalesce(area.text, '') FROM doc LEFT JOIN rev ON rev.n = (SELECT max(n) FROM rev WHERE"
    " rev.doc = doc.n AND body IS NOT NULL) LEFT JOIN complaint ON complaint.id ="
    " coalesce(json_extract(body, '$.complaint'), json_extract(body, '$.id')) LEFT JOIN word AS area"
    " ON area.id = complaint.area WHERE doc.place = 0 ORDER BY doc.n"
)


_SHARED = (PERSON, DATA_KEY, "canary:", "ledger:")
"""Documents that concern the whole city begin so."""


def _place_of(city: str, doc: str, area: str) -> str:
    if doc.startswith(_SHARED):
        return shared_place(city)
    return files_place(city) if piece_of(doc) else complaints_place(city, area)


def route(db: sqlite3.Connection, words: Words, city: str) -> int:
    """Give each document without a place that of its complaint's kecamatan, of the files or of the whole city, and a
    number in its feed of changes. How many. The caller holds the transaction."""
    rows = db.execute(_COMPLAINTS).fetchall()
    if not rows:
        return 0
    numbers = [words.numbers[_place_of(city, doc, area)] for _, doc, area in rows]
    last = {
        number: db.execute("SELECT coalesce(max(seq), 0) FROM doc WHERE place = ?", (number,)).fetchone()[0]
        for number in set(numbers)
    }
    placed = []
    for (doc, _, _), number in zip(rows, numbers, strict=True):
        last[number] += 1
        placed.append((number, last[number], doc))
    db.executemany("UPDATE doc SET place = ?, seq = ? WHERE n = ?", placed)
    db.execute(
        "UPDATE outbox SET place = (SELECT place FROM doc WHERE doc.id = outbox.doc) WHERE place = 0"
        " AND doc IN (SELECT id FROM doc)"
    )
    return len(rows)
