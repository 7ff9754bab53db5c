"""The ledger in words, and the way through its pages."""

from datetime import timedelta

import pytest

from console.core.clock import millis
from console.core.errors import Fault
from console.core.records import LedgerEntry, LedgerState
from console.models.ledger import LedgerAsked, LedgerWording, When
from tests.cities import small_pack
from tests.town import NOW, phrases


@pytest.fixture
def wording() -> LedgerWording:
    return LedgerWording(small_pack(), phrases(), NOW)


def entry(**more) -> LedgerEntry:
    values = {"n": 1200, "at": NOW, "who": "Sari", "session": "", "deed": "verify", "subject": "rekaan:000003"}
    values |= {"why": "", "told": {}, "hub_at": None, "prev": "a" * 64, "hash": "b" * 64, "fits": True}
    return LedgerEntry(**{**values, **more})


def state(**more) -> LedgerState:
    values = {"last": 12, "at": NOW, "hash": "b" * 64, "looked": 12, "breaks": (), "anchored": 0, "anchored_at": None}
    return LedgerState(**{**values, **more})


def test_a_row_is_told_by_the_words_of_its_deed(wording):
    line = wording.line(entry())
    assert (line.key, line.number, line.at, line.who) == ("1200", "1.200", "10.42 WIB", "Sari")
    assert (line.deed, line.about) == (phrases().say("commands.verify.title"), "rekaan:000003")
    assert wording.deed("storage.restored") == "Memulihkan basis data dari cadangan"
    assert wording.deed("of.tomorrow") == "of.tomorrow"
    assert wording.line(entry(who="")).who == "(konsol sendiri)"


def test_a_refusal_says_why(wording):
    refused = entry(told={"outcome": "refused"}, why="store.undo_moved")
    assert "Tidak bisa dibatalkan" in wording.line(refused).about
    assert wording.why(entry(told={"outcome": "refused"}, why="no such key")) == "no such key"
    assert wording.why(entry(deed="reveal", why="store.undo_moved")) == "store.undo_moved"


def test_all_a_row_says_is_there(wording):
    found = dict(wording.facts(entry(hub_at=NOW - timedelta(minutes=1), session="s1", told={"field": "nik"})))
    assert found["Waktu pusat"] == "10.41 WIB" and found["Sesi"] == "s1"
    assert found["Keterangan"] == '{"field": "nik"}' and found["Sidik"] == f"{'b' * 12}… ← {'a' * 12}…"
    assert "Alasan" not in found


def test_how_the_chain_stands(wording):
    sound, broken = wording.standing(state())
    assert sound.startswith("Utuh: 12 baris") and "belum menjamin" in sound and not broken
    sound, broken = wording.standing(state(anchored=9, anchored_at=NOW))
    assert "Pusat menjamin sampai baris 9 (10.42 WIB)" in sound
    breaks = (
        Fault.at("ledger 4", "store.ledger.cut", n=4, last=3, head=9, since=millis(NOW), count=6),
        Fault.at("ledger 5", "store.ledger.altered", n=5),
    )
    sound, broken = wording.standing(state(breaks=breaks))
    assert not sound and broken.startswith("RUSAK. Rantai berakhir di baris 3") and "10.42 WIB" in broken
    assert "1 kerusakan lagi" in broken
    assert wording.standing(state(last=0)) == ("", "")
    odd = Fault.at("ledger 4", "store.ledger.cut", n=4, last=3, head=9, since=1 << 80, count=6)
    assert str(1 << 80) in wording.fault(odd)


def test_pages_lead_back_the_way_they_came():
    first = LedgerAsked(who="Sari")
    second = first.older_than(900)
    third = second.older_than(800)
    assert (third.before, third.newer) == (800, (None, 900))
    assert third.one_newer == second and second.one_newer == first and first.one_newer == first
    assert third.newest == first and first.narrowed and not LedgerAsked().narrowed


def test_a_span_of_time_begins_before_now():
    assert LedgerAsked(when=When.WEEK).filter(NOW).since == NOW - timedelta(days=7)
    assert LedgerAsked().filter(NOW).since is None


def test_a_person_stands_there_by_name_where_one_is_known():
    wording = LedgerWording(small_pack(), phrases(), NOW, {"p1": "Rani Putri"})
    assert wording.line(entry(subject="person:p1")).about == "Rani Putri"
    assert dict(wording.facts(entry(subject="person:p1")))["Tentang"] == "Rani Putri"
    assert wording.line(entry(subject="person:p2")).about == "person:p2"
    assert wording.line(entry(subject="rekaan:p1")).about == "rekaan:p1"
