"""The centre on top of the sources: state in words, what it costs, what it asks, signing in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from PySide6.QtWidgets import QLineEdit

from console.core.places import complaints_place
from console.core.records import HubNote, HubQuestion, Kind, Untaken
from console.panels.sources import SourceList
from tests.town import NOW, hub
from widgets.panel_frame import PanelState


@pytest.fixture
def panel(town, open_panel, qtbot):
    town.fill(2)
    town.handed["hub"] = hub()
    made = open_panel(SourceList)
    qtbot.waitUntil(lambda: made.hub.hub is not None and bool(made.rows))
    return made


def show(town, panel, qtbot, **more):
    """The centre stands so from now on."""
    wanted = hub(**more)
    town.hand(Kind.HUB, wanted)
    qtbot.waitUntil(lambda: panel.hub.hub == wanted)
    return panel.hub


def test_a_centre_in_good_health(panel):
    row = panel.hub
    assert row.name.text == "Pusat · pusat.rekaan.example"
    assert row.state.text() == "Segar"
    assert row.times.text() == "Terakhir baik 10.41 WIB · berikutnya 10.42 WIB"
    assert row.bytes.text() == "412 KB dari 5 MB dalam satu jam terakhir"
    assert not row.progress.isVisible()
    assert not row.why.isVisible()
    assert not row.questions


def test_one_that_is_listened_to_has_no_next_try(panel, town, qtbot):
    row = show(town, panel, qtbot, next_at=None)
    assert row.times.text() == "Terakhir baik 10.41 WIB · mendengarkan terus"


def test_no_limit_shows_no_budget(panel, town, qtbot):
    row = show(town, panel, qtbot, bytes_limit=0)
    assert row.bytes.text() == "412 KB dalam satu jam terakhir"
    assert not row.budget.isVisible()


def test_the_first_sync_tells_how_far_it_is(panel, town, qtbot):
    row = show(town, panel, qtbot, places_done=5)
    assert row.progress_words.text() == "Sinkronisasi pertama: 5 dari 14 tempat selesai"
    assert (row.progress.value(), row.progress.maximum()) == (5, 14)
    assert row.state.text() == "Sinkronisasi pertama"


def test_trouble_is_told_in_words(panel, town, qtbot):
    values = {"length": 5000, "most": 4000}
    row = show(town, panel, qtbot, trouble="commands.text_long", values=values)
    assert row.why.text() == "Teksnya 5.000 huruf, paling banyak 4.000. Ringkas dahulu."
    assert row.state.text() == "Tidak terjangkau"


def test_clocks_apart_are_told_and_go_away_with_it(panel, town, qtbot):
    row = show(town, panel, qtbot, clock_s=7200)
    assert row.clocks.isVisible()
    assert row.clocks.text().startswith("Jam pusat 2 jam lebih cepat")
    assert not show(town, panel, qtbot, clock_s=30).clocks.isVisible()


def happened(says, places=1, **values):
    """A note as the engine leaves it."""
    where = [complaints_place("rekaan", "99.71.01"), *(f"p{number}" for number in range(places - 1))]
    return HubNote(NOW, f"sync.happened.{says}", values, tuple(where))


@pytest.mark.parametrize(
    ("note", "said"),
    [
        (
            happened("restored", given=12),
            "Pengaduan Sukamaju: pusat kembali ke salinan yang lebih lama. 12 dokumen diberikan kembali dari sini; "
            "tidak ada yang hilang.",
        ),
        (
            happened("mismatch", 3, here=60, there=60, fetched=1, given=2),
            "3 tempat: isi di sini (60) dan di pusat (60) tidak sama. Dibandingkan satu per satu: 1 diambil, "
            "2 diberikan kembali.",
        ),
        (
            happened("went_back"),
            "Pengaduan Sukamaju: pusat tahu lebih banyak tentang konsol ini daripada konsol ini sendiri. Semua "
            "dibandingkan lagi.",
        ),
        (happened("quarantined", count=3), "Pengaduan Sukamaju: 3 dokumen pusat tidak dapat diambil."),
    ],
)
def test_what_happened_is_told_with_its_time(panel, town, qtbot, note, said):
    row = show(town, panel, qtbot, notes=(note, happened("went_back")))
    assert row.notes.isVisible()
    assert row.notes.text().splitlines()[0] == f"10.42 WIB · {said}"
    assert len(row.notes.text().splitlines()) == 2
    assert not show(town, panel, qtbot).notes.isVisible()


def test_what_could_not_be_taken_is_told_by_name_and_reason(panel, town, qtbot):
    place = complaints_place(town.pack.id, "99.71.01")
    bad = tuple(Untaken(place, f"case:{number}", "sync.exchange.field", {"field": "_x"}) for number in range(50))
    row = show(town, panel, qtbot, untaken=bad, untaken_count=60)
    lines = row.untaken.text().splitlines()
    assert lines[0].startswith("60 dokumen pusat tidak dapat diambil.")
    assert lines[1] == "Pengaduan Sukamaju · case:0: dokumen memuat ruas terlarang «_x»"
    assert len(lines) == 7
    assert lines[-1] == "dan 55 lagi"
    assert not show(town, panel, qtbot).untaken.isVisible()


def test_it_ages_without_any_news(panel, town):
    town.clock.turn(timedelta(minutes=20).total_seconds())
    town.desk.ticks.second.emit()
    assert panel.hub.state.text() == "Terlambat"


CHANGED = "sync.exchange.remade"
THERE, HERE = "sync.exchange.deletions_there", "sync.exchange.deletions_here"
WORDS = {
    CHANGED: ["Tunggu", "Kirim ulang dari konsol ini", "Anggap pusat baru"],
    THERE: ["Tunggu", "Pertahankan milik kita", "Biarkan terhapus di sini"],
    HERE: ["Tunggu", "Kirim penghapusan", "Batalkan penghapusan"],
}


def asked(place, says, count=30):
    """A question as the engine leaves it."""
    titles = tuple(f"Lampu padam {number}" for number in range(min(count, 50)))
    more = {} if says == CHANGED else {"count": count}
    return HubQuestion(place, says, {"database": place, **more}, () if says == CHANGED else titles, len(titles))


@pytest.mark.parametrize("says", [CHANGED, THERE, HERE])
def test_a_question_names_the_place_and_three_ways_on(panel, town, qtbot, says):
    place = complaints_place(town.pack.id, "99.71.01")
    row = show(town, panel, qtbot, questions=(asked(place, says),))
    question = row.questions[place]
    assert question.words.text().startswith("Pengaduan Sukamaju: ")
    assert "Pengaduan Sukamaju" in question.where.text()
    assert ("Pertukaran berhenti" in question.where.text()) is (says == CHANGED)
    assert [button.text() for button in question.buttons.values()] == WORDS[says]
    hints = [hint.text() for hint in question.hints.values()]
    assert len(set(hints)) == 3
    assert all(hints)


def test_a_mass_deletion_has_its_count_and_its_list(panel, town, qtbot):
    row = show(town, panel, qtbot, questions=(asked("p", THERE, 1234),))
    question = row.questions["p"]
    assert "sedikitnya 1.234 dokumen dihapus di pusat" in question.words.text()
    shown = question.list.text().splitlines()
    assert shown == [f"· Lampu padam {number}" for number in range(8)]
    question.whole.click()
    shown = question.list.text().splitlines()
    assert shown[:50] == [f"· Lampu padam {number}" for number in range(50)]
    assert shown[50:] == ["· dan 1.184 lagi"]
    row = show(town, panel, qtbot, questions=(asked("p", THERE, 3),))
    assert len(question.list.text().splitlines()) == 3
    assert not question.whole.isVisible()


def test_a_question_without_a_list_shows_none(panel, town, qtbot):
    question = show(town, panel, qtbot, questions=(asked("p", CHANGED),)).questions["p"]
    assert not question.list.isVisible()
    assert not question.whole.isVisible()


def test_a_question_that_becomes_another_one_changes_its_words(panel, town, qtbot):
    show(town, panel, qtbot, questions=(asked("p", THERE),))
    question = show(town, panel, qtbot, questions=(asked("p", CHANGED),)).questions["p"]
    assert [button.text() for button in question.buttons.values()] == WORDS[CHANGED]


@pytest.mark.parametrize("choice", ["wait", "resend", "new"])
def test_a_choice_goes_to_the_engine_and_is_said(panel, town, qtbot, choice):
    row = show(town, panel, qtbot, questions=(asked("p", THERE),))
    row.questions["p"].buttons[choice].click()
    assert town.told == [("hub", {"choice": choice, "place": "p"})]
    assert row.asked.text() == "Pilihan Anda diteruskan ke mesin sinkronisasi…"
    show(town, panel, qtbot)
    assert not row.questions
    assert not row.asked.isVisible()


def test_signing_in_hands_the_secret_to_the_engine_alone(panel, town, qtbot):
    row = show(town, panel, qtbot, trouble="sync.hub.denied", values={"source": "pusat", "user": "rani"})
    assert row.state.text() == "Ditolak"
    row.sign_in.click()
    assert row.form is not None
    row.form.editor("user").setText("rani")
    secret = row.form.editor("secret")
    assert isinstance(secret, QLineEdit)
    assert secret.echoMode() is QLineEdit.EchoMode.Password
    secret.setText("rahasia sekali")
    row.form.submit()
    assert town.told == [("sign_in", {"user": "rani", "secret": "rahasia sekali"})]
    assert row.form is None
    assert "rahasia" not in str(panel.keep())


def test_without_an_engine_the_form_stays_with_the_reason(panel, town):
    town.listening = False
    panel.hub.open_form()
    panel.hub.form.editor("user").setText("rani")
    panel.hub.form.editor("secret").setText("x")
    panel.hub.form.submit()
    assert panel.hub.form is not None
    assert panel.hub.form._refusal.text() == "Mesin sinkronisasi belum siap. Coba lagi sebentar."


def test_another_language_keeps_the_name_and_drops_the_secret(panel, town):
    panel.hub.open_form()
    panel.hub.form.editor("user").setText("rani")
    panel.hub.form.editor("secret").setText("rahasia")
    town.phrases.speak("en")
    assert panel.hub.form.values() == {"user": "rani", "secret": ""}
    assert panel.hub.name.text == "Centre · pusat.rekaan.example"


def test_none_is_set_up(panel, town, qtbot):
    row = show(town, panel, qtbot, url="", last_good_at=None)
    assert row.state.text() == "Belum diatur"
    assert "Belum ada pusat yang diatur" in row.why.text()
    assert not row.sign_in.isVisible()
    assert panel.frame.state is PanelState.READY


def test_nothing_known_of_one_takes_no_room(town, open_panel, qtbot):
    town.fill(2)
    panel = open_panel(SourceList)
    qtbot.waitUntil(lambda: bool(panel.rows))
    assert not panel.hub.isVisible()
