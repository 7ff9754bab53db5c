"""A history in words."""

from datetime import timedelta

from console.core.lifecycle import Deed, State
from console.core.records import Event
from console.models.timeline import entries
from tests.cities import small_pack
from tests.town import NOW, phrases


def told(**more):
    values = {
        "id": "1",
        "complaint": "rekaan:1",
        "deed": str(Deed.DISPOSE),
        "at": NOW - timedelta(hours=2),
        "by": "Rani",
        "text": "Sesuai tugas.",
        "before": State.VERIFIED,
        "after": State.DISPOSED,
        "fields": {"opd": "PU", "state": 4},
    }
    return entries([Event(**(values | more))], small_pack(), phrases(), NOW)[0]


def test_a_deed_says_what_it_changed():
    entry = told()
    assert entry.what == "Disposisi · PU · Terverifikasi → Didisposisikan"
    assert (entry.at, entry.by, entry.text) == ("08.42 WIB", "Rani", "Sesuai tugas.")
    assert entry.state is State.DISPOSED


def test_a_note_changes_no_state():
    entry = told(deed=str(Deed.NOTE), before=State.NEW, after=State.NEW, fields={})
    assert entry.what == "Catatan"
    assert entry.state is None


def test_a_change_of_the_source_says_so():
    assert told(deed="source", before=None, after=State.NEW, fields={}).what == "Perubahan dari sumber · Baru"


def test_an_older_day_is_told_with_its_date():
    assert told(at=NOW - timedelta(days=3)).at == "Rab 18 Nov 2026 10.42 WIB"


def test_a_deed_of_a_newer_program_keeps_its_own_word():
    assert told(deed="teleport", before=None, after=None, fields={"opd": 7}).what == "teleport"


def test_what_waits_and_what_was_taken_back_is_marked():
    assert told(pending=True).pending
    assert told(undone=True).undone
