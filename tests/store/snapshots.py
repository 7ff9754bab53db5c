"""Two consoles of the invented city, for tests of what they hand on to each other."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from console.core.clock import TurnedClock
from console.core.lifecycle import State
from console.core.places import complaints_place
from console.core.replica import Checkpoint, Named, Session
from console.store import snapshot
from console.store.adopt import Adopted, adopt
from console.store.database import transaction
from console.store.files import Profile
from console.store.route import route
from console.store.store import Store
from tests.store.conftest import ask, batch, invented_pack, roomy, said

CITY = invented_pack().id
PLACE = complaints_place(CITY, "99.71.01")


@contextmanager
def opened(profile: Profile, clock: TurnedClock) -> Iterator[Store]:
    """The store of a profile for a while."""
    store = Store.open(profile, clock, invented_pack(), room=roomy(profile))
    try:
        yield store
    finally:
        store.close()


def work(store: Store, clock: TurnedClock, first: int, count: int = 4, by: str = "Budi") -> list[str]:
    """Complaints of the source, each verified and given to an office; their ids."""
    store.take(batch(*(said(number) for number in range(first, first + count)), memo={"cursor": first + count}))
    names = [said(number).id for number in range(first, first + count)]
    for name in names:
        clock.turn(60)
        store.apply(*ask(clock, name, by=by, fields={"state": State.VERIFIED}, text="diperiksa"))
        store.apply(*ask(clock, name, by=by, fields={"state": State.DISPOSED, "opd": "pu"}, text="diteruskan"))
    return names


def hold_all(store: Store, since: str = "7-abc") -> None:
    """The centre said that it holds everything, and how far it was read."""
    db = store.replica.tools.db
    with transaction(db):
        route(db, store.replica.tools.words, CITY)
    waiting = db.execute("SELECT doc, rev FROM outbox").fetchall()
    store.replica.settle("", [Named(*row) for row in waiting])
    places = db.execute("SELECT DISTINCT text FROM doc JOIN word ON word.id = place").fetchall()
    for (place,) in places:
        session = Session("sesi", since, 1)
        store.replica.remember(Checkpoint("hub", place, "uuid", "1", (session,)))


def made(profile: Profile, clock: TurnedClock, **given: Any) -> tuple[snapshot.Made, bytes]:
    """A snapshot of a profile, and its bytes."""
    found = snapshot.make(profile, profile.folder / "uji.potret", CITY, clock, **given)
    return found, found.path.read_bytes()


def adopted(profile: Profile, clock: TurnedClock, raw: bytes, *, sure: bool = True, **given: Any) -> Adopted:
    """Those bytes adopted into a profile."""
    return adopt(profile, invented_pack(), clock, io.BytesIO(raw), trusted=lambda _: sure, **given)


def outbox(db: sqlite3.Connection) -> list[tuple[Any, ...]]:
    """The outbox but for numbers."""
    names = "doc, rev, complaint, command, at, refused, told, tries, tried_at, next_at, withdrawn_at, via"
    return db.execute(f"SELECT {names} FROM outbox ORDER BY n").fetchall()


def leaves(db: sqlite3.Connection, where: str = "true") -> set[tuple[Any, ...]]:
    """Every open end with its body."""
    query = "SELECT id, generation, hash, rev.deleted, body FROM rev JOIN doc ON doc.n = rev.doc WHERE leaf = 1"
    return set(db.execute(f"{query} AND {where}").fetchall())


def rows(db: sqlite3.Connection) -> list[tuple[Any, ...]]:
    """What panels read of complaints, but for numbers of words."""
    query = (
        "SELECT complaint.id, state, opd.text, holder.text, duplicate_of, decided, due_at, title FROM complaint"
        " JOIN word AS opd ON opd.id = opd JOIN word AS holder ON holder.id = holder ORDER BY complaint.id"
    )
    return db.execute(query).fetchall()


def spoiled(raw: bytes, folder: Path, *statements: str, change: Any = None) -> bytes:
    """The snapshot with its database changed, and a head that is right about it: as a forger makes it."""
    from console.store import snapshot_file

    head = snapshot_file.read_head(raw[: snapshot_file.head_size(raw)])
    path = folder / "palsu.db"
    path.write_bytes(b"".join(snapshot_file.database(head, io.BytesIO(raw[snapshot_file.head_size(raw) :]))))
    if statements:
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            for statement in statements:
                db.execute(statement)
    data = path.read_bytes()
    return forged(change(data) if change else data, head.told)


def forged(data: bytes, told: Any) -> bytes:
    """A snapshot of any bytes."""
    import hashlib

    from console.store import snapshot_file

    packed = list(snapshot_file.packed(io.BytesIO(data)))
    about = {name: value for name, value in told.items() if name not in ("bytes", "pieces", "form", "version")}
    sizes = [(size, len(stored), hashlib.sha256(stored).hexdigest()) for size, stored in packed]
    return snapshot_file.head_bytes(about, sizes, snapshot.unsigned) + b"".join(stored for _, stored in packed)


def withdraw(store: Store, doc: str, at: int) -> None:
    """A person takes back what was not sent of a document."""
    tools = store.replica.tools
    with transaction(tools.db):
        tools.outbox.withdraw(doc, tools.documents.set_aside(doc), at)
