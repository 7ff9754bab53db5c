"""What came before there was a key is covered and sealed later: slice by slice, whole, and nothing of it stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from console.store import covering_turn
from console.store.rederive import rederive
from console.store.store import Store
from tests.store.conftest import batch, roomy, said
from tests.store.test_wholes import EXTRA, PHONE, TEXT, City, city

__all__ = ["city"]


def turn(city: City) -> list[str]:
    """All slices that are left."""
    found: list[str] = []
    while (some := city.store.cover_some()) is not None:
        found += some
    while city.store.forget_words():
        pass
    return found


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_without_a_key_all_stays_and_is_covered_when_there_is_one(city: City) -> None:
    city.take(extra=EXTRA)
    assert city.store.cover_some() is None
    assert city.hits(PHONE) == 1
    city.key()
    assert turn(city) == ["uji:000001"]
    assert city.row().text == "Lubang dalam, hubungi ••••23 segera"
    assert city.whole() == {"text": TEXT, "extra": EXTRA}
    assert (city.hits("lubang segera"), city.hits(PHONE)) == (1, 0)
    assert turn(city) == []


def test_nothing_of_it_is_left_in_any_file(city: City) -> None:
    city.store.take(batch(*(said(n, text=f"hubungi {PHONE[:-3]}{n:03}", extra=EXTRA) for n in range(300))))
    city.store.take(batch(*(said(n) for n in range(300, 400))))
    city.key()
    city.store.rest(urgent=lambda: False)
    assert PHONE[:-3].encode() in bytes_of(city.profile.folder)
    assert len(turn(city)) == 300
    city.store.rest(urgent=lambda: False)
    assert PHONE[:-3].encode() not in bytes_of(city.profile.folder)
    assert city.store._db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    city.store._db.execute("INSERT INTO search_64 (search_64) VALUES ('integrity-check')")


def test_it_goes_on_where_it_was_cut_off(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(covering_turn, "SLICE", 2)
    city.store.take(batch(*(said(n, text=TEXT) for n in range(5))))
    city.key()
    assert len(city.store.cover_some() or ()) == 2
    city.store.close()
    city.store = Store.open(city.profile, city.clock, city.pack, room=roomy(city.profile))
    assert len(turn(city)) == 3


def test_what_has_its_seal_keeps_it(city: City) -> None:
    """Rules that cover more came with a newer program."""
    city.key()
    first = city.take(title=f"hp {PHONE}")
    with city.store._written():
        city.store._db.execute("UPDATE complaint SET text = ?", (f"{first.text}, juga {PHONE}",))
        city.store._search.rebuild()
    assert turn(city) == ["uji:000001"]
    assert city.row().text == "Lubang dalam, hubungi ••••23 segera, juga ••••23"
    assert city.whole() == {"text": TEXT, "title": f"hp {PHONE}"}


def test_after_a_salvage_it_begins_anew(city: City) -> None:
    city.key()
    city.take()
    assert turn(city) == []
    with city.store._written():
        rederive(city.store._db)
        city.store._db.execute("UPDATE complaint SET text = ?, extra = ''", (TEXT,))
        city.store._search.rebuild()
    assert turn(city) == ["uji:000001"]
    assert city.whole() == {"text": TEXT}


def test_a_complaint_taken_down_keeps_its_seals_through_a_salvage(city: City) -> None:
    from tests.store.test_covering_record import record

    city.key()
    name = record(city, text=TEXT)
    before: Any = city.store.read.complaint(name)
    with city.store._written():
        city.store._db.execute("DELETE FROM complaint")
        rederive(city.store._db)
    after: Any = city.store.read.complaint(name)
    assert (after.text, after.extra) == (before.text, before.extra)
