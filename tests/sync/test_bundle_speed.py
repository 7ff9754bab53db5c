"""What was promised in seconds: half a gigabyte proved, a million documents adopted. Long runs: `make nightly`."""

from __future__ import annotations

import hashlib
import json
import os
import random
import time
from itertools import chain
from pathlib import Path

import pytest

from console.core.clock import SystemClock, TurnedClock, from_millis, millis
from console.core.pieces import MOST_PIECE
from console.core.replica import Page, Revised
from console.store import schema, snapshot
from console.store.adopt import adopt
from console.store.blobs import Blob, Blobs
from console.store.database import open_writer, transaction
from console.store.documents import canonical, name_rev
from console.store.exchange import Contact, change
from console.store.files import Profile
from console.store.store import Store
from sync import archive, seal
from sync.bundle import form
from sync.bundle.form import Manifest, Part
from sync.bundle.take import Desk
from sync.seal import Identity
from tests.store.conftest import NOON, invented_pack, roomy

SENDER, MINE = Identity(b"s" * 32), Identity(b"m" * 32)
CITY = invented_pack().id
PLACE = f"kendali-{CITY}-complaints-99-71-01"
VERIFY_S, ADOPT_S, TIMES = 5.0, 10.0, 10.0
DOCUMENTS, SAMPLE = 1_000_000, 20_000


def big_bundle(path: Path, size: int) -> None:
    """A sound bundle of so many bytes of photos."""
    key, now = seal.new_key(), millis(NOON)
    body = form.pieces_part([os.urandom(MOST_PIECE) for _ in range(16)])
    boxes = {
        name: b"".join(seal.sealed(key, name, [body])) for name in (f"file-{n:04}" for n in range(size // len(body)))
    }
    parts = tuple(Part(name, len(box), hashlib.sha256(box).hexdigest(), 1) for name, box in boxes.items())
    manifest = Manifest(
        form.BUNDLE,
        CITY,
        now,
        from_millis(now + 86_400_000),
        SENDER.public,
        (MINE.public.fingerprint,),
        slots=(seal.slot_for(key, MINE.public),),
        parts=parts,
    )
    told, signature = form.written(manifest, SENDER)
    with path.open("wb") as stream:
        archive.write(stream, chain([(form.MANIFEST, told), (form.SIGNATURE, signature)], boxes.items()))


@pytest.mark.nightly
def test_half_a_gigabyte_is_proved_and_opened_in_five_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "besar.kiriman"
    big_bundle(path, 495 << 20)
    assert path.stat().st_size > 480 << 20
    profile = Profile.at(tmp_path / "profil")
    contact = Contact(SENDER.public.text, SENDER.public.fingerprint, trusted=True)
    change(profile, lambda exchange: exchange.with_contact(contact))
    # What is measured is the proof, not the disk below the photos.
    kept = Blob("0" * 64, "", 0)
    monkeypatch.setattr(Blobs, "keep", lambda self, data: kept)
    began, used = time.perf_counter(), time.process_time()
    came = Desk(profile, MINE, CITY, TurnedClock(NOON)).take(
        path, lambda page: pytest.fail("no revisions"), note=lambda _: None
    )
    wall_s, cpu_s = time.perf_counter() - began, time.process_time() - used
    print(f"500 MB: {wall_s:.2f} s, of which {cpu_s:.2f} s on the processor")
    assert came.receipt and cpu_s < VERIFY_S


def document(number: int, chance: random.Random) -> Revised:
    """A deed of about 390 bytes with all that goes with it."""
    text = f"Petugas sudah ke lokasi, pekerjaan dijadwalkan hari ke-{number % 30}; warga sekitar sudah diberi tahu"
    body = {
        "type": "deed",
        "complaint": f"uji:{number // 3:06}",
        "deed": "note",
        "by": f"Operator {number % 40}",
        "at": "2026-03-02T05:00:00+00:00",
        "text": text,
        "before": 1,
        "after": 1,
        "fields": {"text": text},
        "undoes": "",
    }
    name = f"deed:{0x019300000000 + number * 7:012x}7{chance.getrandbits(76):019x}"
    return Revised(name, (name_rev("", body),), body)


def filled(path: Path, count: int) -> None:
    """A store's file with so many documents the centre holds, written straight into its tables: as sync leaves it."""
    chance = random.Random(1)
    db = open_writer(path, full=False)
    schema.climb(db, schema.RECORDS, path)
    event = "id, complaint, deed, at, by, text, before, after, fields, was, command, undoes"
    for start in range(0, count, 50_000):
        docs, revs, events = [], [], []
        for number in range(start, start + 50_000):
            said = document(number, chance)
            body, n = said.body, number + 1
            docs.append((n, said.doc, n, n))
            revs.append((n, n, said.rev.partition("-")[2], canonical(body)))
            shown = json.dumps(body["fields"])
            row = (body["complaint"], "note", 1772427600000 + number, body["by"], body["text"], 1, 1, shown, "{}")
            events.append((said.doc, *row, said.doc.removeprefix("deed:"), ""))
        with transaction(db):
            db.execute("INSERT OR IGNORE INTO word VALUES (1, ?)", (PLACE,))
            db.executemany("INSERT INTO doc (n, id, winner, place, seq) VALUES (?, ?, ?, 1, ?)", docs)
            insert = (
                "INSERT INTO rev (n, doc, generation, hash, leaf, deleted, body, held) VALUES (?, ?, 1, ?, 1, 0, ?, 1)"
            )
            db.executemany(insert, revs)
            db.executemany(f"INSERT INTO event ({event}) VALUES ({','.join('?' * 12)})", events)
    with transaction(db):
        db.execute("INSERT INTO peer VALUES ('hub', ?, 'u', '1', ?, '', 0)", (PLACE, json.dumps([["1.a", "9-x", 1]])))
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    db.close()


def taken_s(profile: Profile, count: int) -> float:
    """Seconds on the processor to store so many documents page by page: what a pull costs at the very least."""
    chance = random.Random(2)
    pages = [[document(number, chance) for number in range(n, n + 1000)] for n in range(0, count, 1000)]
    store = Store.open(profile, TurnedClock(NOON), invented_pack(), room=roomy(profile))
    used = time.process_time()
    for page in pages:
        store.replica.take(Page(PLACE, page))
    used = time.process_time() - used
    store.close()
    return used


@pytest.mark.nightly
def test_a_million_documents_are_adopted_in_ten_seconds(tmp_path: Path) -> None:
    clock = SystemClock()
    maker = Profile.at(tmp_path / "asal")
    filled(maker.records, DOCUMENTS)
    path = tmp_path / "kota.potret"
    made = snapshot.make(maker, path, CITY, clock)
    assert (made.documents, made.places) == (DOCUMENTS, 1)
    told = [f"{made.bytes >> 20} MB, {made.bytes / DOCUMENTS:.0f} bytes a document"]
    spent = {}
    for sure in (True, False):
        began, used = time.perf_counter(), time.process_time()
        with path.open("rb") as stream:
            found = adopt(Profile(tmp_path / str(sure)), invented_pack(), clock, stream, trusted=lambda _, s=sure: s)
        wall_s, spent[sure] = time.perf_counter() - began, time.process_time() - used
        assert found.documents == DOCUMENTS
        told.append(f"{'signed' if sure else 'by a stranger'}: {wall_s:.1f} s, {spent[sure]:.1f} s on the processor")
    each_s = taken_s(Profile.at(tmp_path / "tarik"), SAMPLE) / SAMPLE
    told.append(f"storing alone would take {each_s * DOCUMENTS:.0f} s, parsing and the wire not counted")
    print("; ".join(told))
    assert spent[True] < ADOPT_S
    assert each_s * DOCUMENTS > TIMES / 2 * spent[True]
