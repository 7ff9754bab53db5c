"""Facts that need no window: due dates by channel and day, what the calendar does not know, the other language."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from console.core.lifecycle import State
from console.core.pack import SlaPolicy
from console.core.records import Complaint, ComplaintId
from console.panels.facts import Teller
from tests.cities import small_pack
from tests.town import NOW, phrases


def made(**more) -> Complaint:
    return replace(
        Complaint(
            id=ComplaintId("rekaan:1"), source="rekaan", native_id="1", native_state="masuk", state=State.NEW,
            title="Jalan", text="", category="jalan-rusak", agency="", address="", lat=None, lon=None, area="",
            opd="", holder="", duplicate_of="", requested_at=NOW, updated_at=None, expected_at=None,
            zone_assumed=False, media_url="", received_at=NOW, touched_at=None, pending=0,
        ),
        **more,
    )  # fmt: skip


def facts(complaint, *, now: datetime = NOW, language="id", pack=None):
    teller = Teller(pack or small_pack(), phrases(language), now, {"rekaan": "Pengaduan rekaan"})
    return {fact.label: fact for fact in teller.facts(complaint)}


def test_what_is_not_given_is_a_dash_where_one_looks_for_it():
    found = facts(made())
    assert found["Alamat"].value == "—"
    assert found["OPD"].value == "—"
    assert "Lampiran" not in found
    assert "Lintang, bujur" not in found
    assert "Ganda dari" not in found


def test_codes_of_another_city_stay_codes():
    found = facts(made(area="31.71.01.1001", opd="XYZ", category="lain", source="lain"))
    assert found["Wilayah"].value == "31.71.01.1001"
    assert (found["OPD"].value, found["Kategori"].value, found["Sumber"].value) == ("XYZ", "lain", "lain")


@pytest.mark.parametrize(
    ("agency", "note"), [("PU", ""), ("pu", ""), ("", ""), ("Dinas Perhubungan", "Dinas Perhubungan")]
)
def test_the_sources_own_word_for_the_office_is_said_where_it_is_another(agency, note):
    fact = facts(made(opd="PU", agency=agency))["OPD"]
    assert (fact.value, fact.note) == ("PU", note)


def test_a_duplicate_names_the_other():
    assert facts(made(state=State.DUPLICATE, duplicate_of="rekaan:77"))["Ganda dari"].value == "77"


def test_a_promise_ahead_says_what_is_left():
    fact = facts(made(expected_at=NOW + timedelta(hours=5)))["Dijanjikan sumber"]
    assert (fact.note, fact.late) == ("sisa 5 jam", False)


def test_what_is_closed_is_never_late():
    old = made(state=State.DONE, requested_at=NOW - timedelta(days=90), expected_at=NOW - timedelta(days=80))
    assert not any(fact.late for fact in facts(old).values())


@pytest.mark.parametrize(("source", "days"), [("rekaan", 3), ("khusus", 9)])
def test_the_clock_is_that_of_the_channel(source, days):
    pack = small_pack()
    own = SlaPolicy("khusus", "verify", 9, date(2020, 1, 1))
    fact = facts(made(source=source), pack=replace(pack, sla=(*pack.sla, own)))["Tenggat verifikasi"]
    assert fact.note == f"{days} hari kerja"


def test_a_clock_that_did_not_hold_that_day_is_not_told():
    pack = small_pack()
    past = replace(pack, sla=(SlaPolicy("pengaduan", "verify", 3, date(2020, 1, 1), date(2020, 12, 31)),))
    assert "Tenggat verifikasi" not in facts(made(), pack=past)
    assert not [label for label in facts(made(), pack=replace(pack, sla=())) if label.startswith("Tenggat")]


def test_beyond_the_calendar_it_is_said_to_be_a_guess():
    at = datetime.fromisoformat("2027-12-31T02:00:00+00:00")
    fact = facts(made(requested_at=at, received_at=at), now=at)["Tenggat jawaban pertama"]
    assert "perkiraan" in fact.note


def test_in_english():
    found = facts(made(), language="en")
    assert found["Filed"].value == "10:42 WIB"
    assert found["Category"].value == "Damaged road"
