"""The panel for bundles: asked of the engine and followed, decided by a person where it must be, told plainly."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QFileDialog, QPlainTextEdit

from console.core.clock import millis
from console.panels.exchange import Exchange
from console.store.exchange import Begun, Contact, change
from tests.town import NOW

WORDS = ["air", "batu", "cincin", "daun", "emas", "fajar", "gula"]
POST = Contact("kendali1-abc", "f" * 32, "Posko Periuk", True, sent=millis(NOW), acknowledged=0, taken=0)


@pytest.fixture
def panel(town, open_panel, qtbot):
    town.fill(3)
    change(town.profile, lambda known: known.with_contact(POST).__class__("kendali1-own", (POST,)))
    made = open_panel(Exchange)
    qtbot.waitUntil(lambda: made.table.rows.rowCount() == 1)
    return made


def say(town, **more) -> None:
    """The engine tells of the errand that was asked last."""
    note, asked = town.told[-1]
    assert note == "bundle"
    town.desk.news.told.emit("bundle", {"id": asked["id"], **more})


def asked(town) -> dict:
    return {name: value for name, value in town.told[-1][1].items() if name != "id"}


def test_the_own_words_are_asked_for_and_shown(panel, town):
    assert asked(town) == {"do": "words", "key": "kendali1-own"}
    say(town, state="done", key="kendali1-own", words=WORDS)
    assert panel.words.text() == "air  batu  cincin  daun  emas\nfajar  gula"
    assert not panel.new_key.isVisible()


def test_a_console_without_a_key_can_make_one(town, open_panel, qtbot):
    town.fill(3)
    panel = open_panel(Exchange)
    assert panel.new_key.isVisible()
    assert panel.nobody.isVisible()
    panel.new_key.click()
    assert asked(town) == {"do": "key"}
    say(town, state="done", key="kendali1-new", words=WORDS)
    qtbot.waitUntil(lambda: "fajar" in panel.words.text())


def test_the_list_tells_what_was_made_and_what_arrived(panel, town, qtbot):
    row = panel.table.rows.rows[0]
    assert [cell.text for cell in row.cells] == ["Posko Periuk", "10.42 WIB", "belum ada tanda terima", "—"]
    assert row.cells[0].second == "dipercaya"
    done = Contact(**{**{name: getattr(POST, name) for name in POST.__slots__}, "acknowledged": POST.sent,
                      "begun": {"x": Begun(7)}})  # fmt: skip
    change(town.profile, lambda known: known.with_contact(done))
    panel._query.again()
    qtbot.waitUntil(lambda: panel.table.rows.rows[0].cells[2].text == "sudah diterima")
    assert panel.table.rows.rows[0].cells[3].text == "1 kiriman belum lengkap"


def test_making_one_asks_where_and_follows_the_engine(panel, town):
    chosen = []
    panel.pick = lambda write, name, then: (chosen.append((write, name)), then("/media/stik/a.kiriman"))
    assert not panel.make.isEnabled()
    panel.table.go(0)
    assert panel.make.text() == "Buat kiriman untuk Posko Periuk…"
    panel.make.click()
    assert chosen == [(True, "kiriman-posko-periuk-2026-11-21.kiriman")]
    assert asked(town) == {"do": "make", "to": POST.fingerprint, "path": "/media/stik/a.kiriman", "name": "Rani"}
    assert panel.under_way.text() == "Membuat kiriman…"
    assert not panel.take.isEnabled()
    say(town, state="running", part=0.4)
    assert panel.progress.value() == 400
    values = {"documents": 1234, "size_mb": 2.51, "days": 30}
    say(town, state="done", says="sync.bundle.made", values=values, paths=["/media/stik/a.kiriman"])
    assert panel.outcome.text() == (
        "Kiriman berisi 1.234 dokumen (2,5 MB), berlaku 30 hari. Berkasnya:\n/media/stik/a.kiriman"
    )
    assert not panel.progress.isVisible()
    assert panel.take.isEnabled()


def test_it_can_be_cancelled(panel, town):
    panel.table.go(0)
    panel.pick = lambda _write, _name, then: then("/a.kiriman")
    panel.make.click()
    errand = town.told[-1][1]["id"]
    panel.cancel.click()
    assert town.told[-1] == ("bundle", {"id": errand, "do": "cancel"})
    town.desk.news.told.emit("bundle", {"id": errand, "state": "refused", "says": "sync.bundle.cancelled"})
    assert "Dibatalkan" in panel.outcome.text()


def test_an_engine_that_stopped_amid_it_is_told_and_the_buttons_are_back(panel, town):
    panel._take_file("/b.kiriman")
    town.desk.news.told.emit("hello", {})
    assert panel.outcome.text().startswith("Mesin sinkronisasi berhenti di tengah pekerjaan")
    assert panel.take.isEnabled() and not panel.progress.isVisible()


def test_a_stranger_is_decided_by_his_words_and_then_it_goes_on(panel, town):
    panel.pick = lambda _write, _name, then: then("/media/stik/b.kiriman")
    panel.take.click()
    assert asked(town) == {"do": "take", "path": "/media/stik/b.kiriman"}
    values = {"name": "Posko Asing", "words": " ".join(WORDS), "key": "kendali1-xyz"}
    say(town, state="refused", says="sync.bundle.stranger", values=values)
    assert panel.trust.isVisible()
    assert panel.trust.no.hasFocus()
    assert panel.trust.words.text() == "air  batu  cincin  daun  emas\nfajar  gula"
    panel.trust.yes.click()
    assert asked(town) == {"do": "trust", "key": "kendali1-xyz", "name": "Posko Asing"}
    say(town, state="done", says="sync.bundle.trusted", values={"name": "Posko Asing"}, key="kendali1-xyz")
    assert asked(town) == {"do": "take", "path": "/media/stik/b.kiriman"}


def test_words_that_are_not_the_same_take_nothing(panel, town):
    panel._take_file("/b.kiriman")
    say(town, state="refused", says="sync.bundle.stranger", values={"words": "a b", "key": "k", "name": "x"})
    before = len(town.told)
    panel.trust.no.click()
    assert panel.outcome.text() == "Tidak dipercaya. Tidak ada yang diambil."
    assert len(town.told) == before


def test_a_passphrase_is_asked_for_and_a_wrong_one_said(panel, town):
    panel._take_file("/b.kiriman")
    say(town, state="refused", says="sync.bundle.passphrase", values={})
    assert panel.form is not None
    panel.form.editor("passphrase").setText("salah sama sekali")
    panel.form.submit()
    assert asked(town) == {"do": "take", "path": "/b.kiriman", "passphrase": "salah sama sekali"}
    say(town, state="refused", says="sync.bundle.passphrase", values={})
    assert panel.form is not None
    assert panel.form._refusal.text() == town.phrases.say("sync.bundle.passphrase")


def test_a_receipt_is_known_by_its_name_or_by_what_the_engine_finds(panel, town):
    panel._take_file("/media/stik/a.terima")
    assert asked(town)["do"] == "receipt"
    say(town, state="done", says="sync.bundle.delivered", values={"name": "Posko", "made": "x", "fresh": 3})
    panel._take_file("/media/stik/tanpa-nama.bin")
    say(town, state="refused", says="sync.bundle.is_receipt", values={})
    assert asked(town) == {"do": "receipt", "path": "/media/stik/tanpa-nama.bin"}


def test_taking_says_where_the_receipt_lies(panel, town):
    panel._take_file("/b.kiriman")
    values = {"name": "Posko", "fresh": 12, "conflicts": 1}
    say(town, state="done", says="sync.bundle.taken", values=values, receipt="/media/stik/b.terima")
    assert panel.outcome.text().splitlines()[-1] == (
        "Tanda terima ditulis: /media/stik/b.terima. Bawa kembali ke pengirim."
    )


def test_another_console_is_added_after_its_words_were_compared(panel, town):
    panel.add.click()
    assert panel.form is not None
    panel.form.editor("name").setText("Posko Neglasari")
    lines = panel.form.editor("key")
    assert isinstance(lines, QPlainTextEdit)
    lines.setPlainText("kendali1-new")
    panel.form.submit()
    assert asked(town) == {"do": "words", "key": "kendali1-new", "called": "Posko Neglasari"}
    say(town, state="done", key="kendali1-new", words=WORDS)
    assert panel.trust.name.text() == "Posko Neglasari"
    panel.trust.yes.click()
    assert asked(town) == {"do": "trust", "key": "kendali1-new", "name": "Posko Neglasari"}


def test_without_an_engine_it_is_said_and_nothing_hangs(panel, town):
    town.listening = False
    panel._take_file("/b.kiriman")
    assert panel.outcome.text() == "Mesin sinkronisasi belum siap. Coba lagi sebentar."
    assert not panel.progress.isVisible()


def test_no_sentence_here_sends_a_person_to_a_terminal(panel, town):
    for says in ("stranger", "not_for_us", "nothing", "too_much", "no_key", "key_lost"):
        panel._take_file("/b.kiriman")
        say(town, state="refused", says=f"sync.bundle.{says}", values={"most_mb": 500, "words": "a", "key": "k"})
        assert "main.py" not in panel.outcome.text()
        panel.trust.hide()


def test_notes_of_others_and_unsound_ones_do_no_harm(panel, town):
    panel._take_file("/b.kiriman")
    for told in ({}, {"id": "x", "state": "done"}, {"id": town.told[-1][1]["id"], "state": "perhaps"}):
        town.desk.news.told.emit("bundle", told)
    say(town, state="done", says="", values="none", words=7)
    assert not panel.outcome.isVisible()


def test_the_dialog_speaks_our_language(panel, town):
    got = []
    panel.table.go(0)
    panel.make.click()
    (dialog,) = panel.findChildren(QFileDialog)
    assert dialog.labelText(QFileDialog.DialogLabel.Accept) == "Buat"
    assert dialog.labelText(QFileDialog.DialogLabel.Reject) == "Batal"
    dialog.filesSelected.connect(got.append)
    dialog.close()
    assert not got


def test_another_language_takes_nothing_that_was_typed(panel, town):
    panel.add.click()
    panel.form.editor("name").setText("Posko Karawaci")
    panel.form.editor("key").setPlainText("kendali1-xyz")
    town.phrases.speak("en")
    assert panel.form.accessibleName() == "Add another console"
    assert panel.form.values() == {"name": "Posko Karawaci", "key": "kendali1-xyz"}
    assert panel.form.isAncestorOf(panel.window().focusWidget())
    panel.form.submit()
    assert asked(town) == {"do": "words", "key": "kendali1-xyz", "called": "Posko Karawaci"}
    town.phrases.speak("id")
    assert panel.form is None


def test_a_wrong_passphrase_is_said_in_the_other_language_too(panel, town):
    panel._take_file("/b.kiriman")
    say(town, state="refused", says="sync.bundle.passphrase", values={})
    panel.form.editor("passphrase").setText("salah sama sekali")
    panel.form.submit()
    say(town, state="refused", says="sync.bundle.passphrase", values={})
    town.phrases.speak("en")
    assert panel.form._refusal.text() == town.phrases.say("sync.bundle.passphrase")


def test_the_button_says_copied_for_a_while(panel, qtbot):
    usual = panel.copy_key.text()
    panel._copied.setInterval(1)
    panel.copy_key.click()
    assert panel.copy_key.text() == "Tersalin"
    qtbot.waitUntil(lambda: panel.copy_key.text() == usual, timeout=20_000)
