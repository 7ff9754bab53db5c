"""The outbox in words: each reason, each next try, one line a deed, counts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from console.core.records import HubQuestion, Waiting
from console.models.outbox import OutboxWording, gathered, summary
from tests.cities import small_pack
from tests.town import NOW, hub, phrases, waits

REFUSED, WITHDRAWN = Waiting.REFUSED, Waiting.WITHDRAWN


def wording(language: str = "id", **more) -> OutboxWording:
    return OutboxWording(small_pack(), phrases(language), NOW, **{"hub": hub(), **more})


def test_a_change_in_words():
    item = wording().item(waits(1, deeds=("verify", "dispose", "dispose"), changes=3, tries=2, tried_at=NOW))
    assert item.what == "Verifikasi, Disposisi · 3 perubahan"
    assert item.title == "Lampu jalan padam nomor 1"
    assert item.age == "1 jam 7 mnt"
    assert item.tried == "sudah 2 kali dicoba, terakhir 10.42 WIB"


def test_a_merge_and_a_deed_of_another_edition_have_words_too():
    assert wording().item(waits(1, deeds=("",))).what == "Gabungan otomatis"
    assert wording("en").item(waits(1, deeds=("teleport",))).what == "Merged by rule"


def test_one_without_a_title_is_known_by_its_number():
    assert wording().item(waits(1, title="")).title == "000001"
    assert wording().item(waits(1, title="", complaint="")).title == "case:rekaan:000001"


def test_a_person_is_an_account_and_a_name():
    row = waits(1, doc="person:1", complaint="", title="Rani", deeds=("",), changes=2)
    assert (wording().item(row).what, wording().item(row).title) == ("Akun orang · 2 perubahan", "Rani")
    assert wording("en").item(waits(1, doc="person:1", complaint="", deeds=("",))).what == "Account of a person"


@pytest.mark.parametrize(
    ("more", "why", "following"),
    [
        ({}, "Menunggu giliran dikirim.", "10.42 WIB"),
        ({"cut": True}, "Sambungan diputuskan dengan sengaja di konsol ini.", "begitu disambungkan lagi"),
        ({"hub": None}, "Pusat belum diatur. Perubahan aman tersimpan di sini.", "begitu pusat diatur"),
        ({"hub": hub(url="")}, "Pusat belum diatur. Perubahan aman tersimpan di sini.", "begitu pusat diatur"),
        ({"hub": hub(next_at=NOW - timedelta(seconds=1))}, "Menunggu giliran dikirim.", "sebentar lagi"),
        (
            {"hub": hub(questions=(HubQuestion("p", "commands.nobody"),))},
            "Pertukaran berhenti sampai Anda memilih di panel Sumber data.",
            "setelah Anda memilih",
        ),
        (
            {"hub": hub(questions=(HubQuestion("p", "sync.exchange.deletions_here", {"count": 30}),))},
            "Menunggu giliran dikirim. Penghapusan menunggu pilihan Anda di panel Sumber data.",
            "10.42 WIB",
        ),
    ],
)
def test_why_it_waits_and_when_it_is_tried(more, why, following):
    item = wording(**more).item(waits(1))
    assert (item.why, item.next_try) == (why, following)


def test_trouble_of_the_centre_is_told_with_its_values():
    troubled = hub(trouble="commands.text_long", values={"length": 5000, "most": 4000})
    assert wording(hub=troubled).standing() == "Teksnya 5.000 huruf, paling banyak 4.000. Ringkas dahulu."


def test_what_was_refused_says_why_and_waits_for_a_person():
    told = wording().item(waits(1, state=REFUSED, says="commands.text_long", values={"length": 9, "most": 4}))
    assert told.why == "Teksnya 9 huruf, paling banyak 4. Ringkas dahulu."
    assert told.next_try == "bila Anda meminta"
    assert wording().item(waits(1, state=REFUSED)).why == "Pusat menolaknya tanpa menyebut sebab."


def test_what_was_taken_back_is_never_sent():
    assert wording().item(waits(1, state=WITHDRAWN)).next_try == "tidak dikirim"


def entry(number: int, deed: str = "verify", **more):
    return waits(number, doc=f"deed:{number}-{deed}", deeds=(deed,), **more)


def test_a_deed_and_its_entry_in_the_history_are_one_line():
    case, note = waits(1, deeds=("verify", "dispose")), entry(1, "note")
    found = gathered([case, entry(1), entry(1, "dispose"), note, waits(2), entry(3)])
    assert [(row.doc, len(docs)) for row, docs in found] == [
        ("deed:3-verify", 1),
        ("case:rekaan:000002", 1),
        ("case:rekaan:000001", 3),
        ("deed:1-note", 1),
    ]


def test_what_another_brought_and_what_was_refused_stay_lines_of_their_own():
    apart = [waits(1), entry(1, via="Posko"), entry(1, state=REFUSED)]
    assert len(gathered(apart)) == 3


def test_of_one_document_some_may_wait_while_some_was_taken_back():
    items = wording().items([waits(1), waits(1, state=WITHDRAWN)])
    assert len({item.key for some in items.values() for item in some}) == 2


def test_counts_by_state():
    items = wording().items([waits(1), waits(30), waits(3, state=REFUSED), waits(4, state=WITHDRAWN)])
    assert summary(items, phrases()) == (
        "2 menunggu dikirim · terlama 1 hr 6 jam · 1 ditolak pusat · 1 ditarik kembali"
    )
    assert summary(wording().items([]), phrases()) == ""
