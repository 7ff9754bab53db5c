"""What taking a page costs: documents, revisions, history and feed, beside the least that storing them could cost."""

from __future__ import annotations

import hashlib
import random
import time
from contextlib import closing
from datetime import timedelta

import pytest

from console.core.clock import TurnedClock, uuid7
from console.core.pack import CityPack
from console.core.replica import Page, Revised
from console.store.database import open_writer, transaction
from console.store.documents import canonical
from console.store.files import Profile
from console.store.store import Store
from tests.store.conftest import NOON, roomy

PLACE = "kendali-contoh-complaints-99-71-01"
COUNT, PAGE = 100_000, 1000
MOST_TIMES = 5
"""So many times the work of one bare table with one unique index."""


def deeds() -> list[Revised]:
    """Deeds of other consoles, about 390 bytes each, named by their time."""
    dice = random.Random(1)
    found = []
    for number in range(COUNT):
        body = {
            "type": "deed",
            "complaint": f"uji:{number % 5000:06}",
            "deed": "note",
            "by": "Budi Santoso",
            "at": "2026-03-02T05:00:00.123000+00:00",
            "text": "Lubang sudah dilihat petugas di lapangan, menunggu bahan tambalan dari gudang dinas, kira-kira"
            " dua hari kerja; warga sudah diberi tahu lewat RT setempat.",
            "before": 1,
            "after": 2,
            "fields": {"text": "dilihat"},
            "undoes": "",
        }
        name = uuid7(NOON + timedelta(seconds=number), dice.getrandbits(80))
        found.append(Revised(f"deed:{name}", (f"1-{hashlib.md5(str(number).encode()).hexdigest()}",), body))
    return found


@pytest.mark.nightly
def test_a_page_costs_little_more_than_storing_it_at_all(profile: Profile, clock: TurnedClock, pack: CityPack) -> None:
    sent = deeds()
    with closing(open_writer(profile.folder / "bare.db")) as db:
        db.execute("CREATE TABLE bare (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL)")
        begun = time.process_time()
        for start in range(0, COUNT, PAGE):
            with transaction(db):
                rows = ((each.doc, canonical(each.body)) for each in sent[start : start + PAGE])
                db.executemany("INSERT INTO bare (id, body) VALUES (?, ?)", rows)
        floor_s = time.process_time() - begun
    store = Store.open(profile, clock, pack, room=roomy(profile))
    begun = time.process_time()
    for start in range(0, COUNT, PAGE):
        store.replica.take(Page(PLACE, sent[start : start + PAGE]))
        store.rest()
    took_s = time.process_time() - begun
    assert len(store.read.events_of("uji:000001")) == COUNT // 5000
    store.close()
    assert took_s <= MOST_TIMES * floor_s, (took_s / COUNT * 1e6, floor_s / COUNT * 1e6)
