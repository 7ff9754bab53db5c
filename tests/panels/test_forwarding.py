"""Handing on from the complaint's page: where to, what is asked, what exactly goes out; and how it stands."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QComboBox, QLineEdit, QPlainTextEdit, QPushButton

from console.commands.forward import Forward, ForwardDrop
from console.core.forwarding import Post
from console.core.pack import FeedEntry
from console.core.people import Role
from console.core.records import Batch, Changes, Kind
from console.models.desk import Desk
from console.panels.complaint import ComplaintSheet
from console.panels.outbox import Outbox
from console.panels.panel import Condition
from tests.town import complaint
from widgets.plain import Label

PATIENCE_MS = 30_000
ONE = "rekaan:000002"
MEMO = {
    "services": {
        "services": [
            ["001", "Jalan rusak", "", "", False, "realtime"],
            ["lampu", "Lampu padam", "", "", True, "realtime"],
            ["baru", "Layanan baru", "", "", True, "realtime"],
        ],
        "attributes": {
            "lampu": [
                ["tiang", "string", True, True, 1, "Nomor tiang", "", []],
                ["jumlah", "number", False, True, 2, "Berapa lampu", "", []],
                ["jenis", "singlevaluelist", True, True, 3, "Jenis", "", [["led", "LED"], ["m", "Merkuri"]]],
                ["bahaya", "multivaluelist", False, True, 4, "Terganggu", "", [["p", "Pejalan"], ["k", "Kendaraan"]]],
                ["catatan", "text", False, False, 5, "Hanya keterangan", "", []],
            ]
        },
        "todo": [],
        "at": 1,
    }
}


@pytest.fixture
def asked(town, open_panel, qtbot):
    """The page of a complaint whose city declares an application that takes reports."""
    entry = FeedEntry(
        "laksa", "open311", {"id": "LAKSA"}, "https://laksa.example/v2", 60.0, 600.0, options={"post": "yes"}
    )
    object.__setattr__(town.desk, "pack", replace(town.pack, feeds=(entry,)))
    town.fill(3)
    town.writer.take(Batch("laksa", memo=MEMO))
    town.take([complaint(2, text="Lubang dalam. Hubungi Pak Budi 0812-3456-7890.", title="Jalan rusak")])
    panel = open_panel(ComplaintSheet)
    panel.desk.links.select_complaint(ONE)
    qtbot.waitUntil(lambda: panel.sheet is not None and panel.sheet.complaint.id == ONE, timeout=PATIENCE_MS)
    return panel


def choose(panel, service):
    forwarding = panel.forwarding
    forwarding.start.click()
    box = forwarding.form.editor("service")
    assert isinstance(box, QComboBox)
    box.setCurrentIndex(box.findText(service))
    forwarding.form.submit()
    return forwarding


def buttons(widget):
    """Those in sight, by their words. What was just laid out comes into sight a turn of the loop later."""
    return {each.text(): each for each in widget.findChildren(QPushButton) if each.isVisibleTo(widget)}


def press(widget, name, qtbot):
    qtbot.waitUntil(lambda: name in buttons(widget), timeout=PATIENCE_MS)
    buttons(widget)[name].click()


def told(widget):
    return "\n".join(each.text() for each in widget.findChildren(Label))


def test_where_nothing_takes_reports_nothing_is_offered(town, open_panel, qtbot):
    town.fill(3)
    panel = open_panel(ComplaintSheet)
    panel.desk.links.select_complaint(ONE)
    qtbot.waitUntil(lambda: panel.sheet is not None, timeout=PATIENCE_MS)
    assert panel.forwarding.isHidden()


def test_it_goes_out_as_the_last_form_shows_it_and_nothing_of_who_told_it(asked, town, qtbot):
    forwarding = choose(asked, "LAKSA › Jalan rusak")
    words = forwarding.form.editor("text")
    assert isinstance(words, QPlainTextEdit)
    assert "0812" not in words.toPlainText() and "Lubang dalam" in words.toPlainText()
    words.setPlainText("Lubang dalam di depan pasar")
    forwarding.form.submit()
    shown = told(forwarding.form)
    assert "Lubang dalam di depan pasar" in shown and "Ref. KND-" in shown and "TIDAK dikirim" in shown
    assert not town.done, "nothing left yet"
    forwarding.form.ok.click()
    qtbot.waitUntil(lambda: bool(town.done), timeout=PATIENCE_MS)
    [command] = town.done
    assert isinstance(command, Forward)
    assert command.text == "Lubang dalam di depan pasar"
    assert command.reference in shown and command.address in shown
    assert (command.target, command.target_name, command.service, command.again) == ("laksa", "LAKSA", "001", "")
    qtbot.waitUntil(lambda: forwarding.form is None, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: "Menunggu dikirim ke LAKSA" in told(forwarding), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: "LAKSA" in asked.history.entries[0].what, timeout=PATIENCE_MS)


def test_what_a_service_asks_for_is_asked_and_looked_at(asked, town, qtbot):
    forwarding = choose(asked, "LAKSA › Lampu padam")
    form = forwarding.form
    form.submit()
    assert forwarding.form is form, "what is required lacks"
    editor = lambda code: form.editor(f"a\x1f{code}")  # noqa: E731
    assert isinstance(editor("tiang"), QLineEdit)
    editor("tiang").setText("TNG-7")
    editor("jumlah").setText("banyak")
    editor("jenis").setCurrentIndex(1)
    editor("bahaya\x1fk").setCurrentIndex(0)
    form.submit()
    assert forwarding.form is form and "angka" in told(form)
    editor("jumlah").setText("3")
    form.submit()
    assert "jenis: m" in told(forwarding.form)
    forwarding.form.ok.click()
    qtbot.waitUntil(lambda: bool(town.done), timeout=PATIENCE_MS)
    assert town.done[0].attributes == ("tiang=TNG-7", "jumlah=3", "jenis=m", "bahaya=k")


def test_a_service_whose_form_is_not_known_yet_says_so(asked):
    forwarding = choose(asked, "LAKSA › Layanan baru")
    assert "belum diketahui" in told(forwarding.form)


def hand_on(panel, town, qtbot):
    forwarding = choose(panel, "LAKSA › Jalan rusak")
    forwarding.form.submit()
    forwarding.form.ok.click()
    qtbot.waitUntil(lambda: bool(town.done), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: "Menunggu" in told(forwarding), timeout=PATIENCE_MS)
    return town.writer.read.forwards_of(ONE)[0].command


def came(town, job):
    town.writer.post(job)
    town.desk.news.changed.emit(Changes(frozenset({Kind.OUTBOX, Kind.EVENT}), frozenset({ONE}), "forward"))


def test_a_second_time_is_asked_for_by_name(asked, town, qtbot):
    hand_on(asked, town, qtbot)
    forwarding = choose(asked, "LAKSA › Jalan rusak")
    form = forwarding.form
    form.submit()
    assert forwarding.form is form
    form.editor("again").setCurrentIndex(0)
    form.submit()
    forwarding.form.ok.click()
    qtbot.waitUntil(lambda: len(town.done) == 2, timeout=PATIENCE_MS)
    assert town.done[1].again == "yes"


def test_what_is_unsure_says_so_and_a_person_may_send_it_again_told_that_it_may_stand_twice(asked, town, qtbot):
    command = hand_on(asked, town, qtbot)
    came(town, lambda posts: (posts.begin(command), posts.unsure(command, "post.unread", {})))
    forwarding = asked.forwarding
    qtbot.waitUntil(lambda: "Belum pasti apakah sampai" in told(forwarding), timeout=PATIENCE_MS)
    press(forwarding, "Kirim lagi…", qtbot)
    assert "DUA" in told(forwarding.form)
    forwarding.form.submit()
    qtbot.waitUntil(lambda: len(town.done) == 2, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: "Menunggu dikirim" in told(forwarding), timeout=PATIENCE_MS)
    came(town, lambda posts: (posts.begin(command), posts.taken(command, report="4711")))
    qtbot.waitUntil(lambda: "sebagai nomor 4711" in told(forwarding), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: "sebagai nomor 4711" in asked.history.entries[0].what, timeout=PATIENCE_MS)


def test_what_waits_is_taken_back_with_a_reason(asked, town, qtbot):
    hand_on(asked, town, qtbot)
    press(asked.forwarding, "Tarik…", qtbot)
    asked.forwarding.form.editor("reason").setPlainText("keliru")
    asked.forwarding.form.submit()
    qtbot.waitUntil(lambda: len(town.done) == 2, timeout=PATIENCE_MS)
    assert isinstance(town.done[1], ForwardDrop)
    assert town.writer.read.forwards_of(ONE)[0].state is Post.WITHDRAWN


def test_the_outbox_shows_what_is_not_finished_and_opens_its_complaint(asked, town, open_panel, qtbot):
    command = hand_on(asked, town, qtbot)
    panel = open_panel(Outbox)
    qtbot.waitUntil(lambda: panel.forwards.count == 1, timeout=PATIENCE_MS)
    assert "1 penerusan belum selesai" in panel.counted.text()
    assert panel.forwards.table.rows.rowCount() == 1
    wanted = []
    panel.wants.connect(lambda *what: wanted.append(what))
    panel.forwards.table.opened.emit(command)
    assert wanted == [("panel", "complaint")]
    came(town, lambda posts: (posts.begin(command), posts.taken(command, report="1")))
    qtbot.waitUntil(lambda: panel.forwards.count == 0, timeout=PATIENCE_MS)
    assert panel.condition is Condition.READY


def test_who_may_not_decide_sees_how_it_stands_and_no_button(asked, town, qtbot):
    hand_on(asked, town, qtbot)
    town.enter(Role.FIELD)
    forwarding = asked.forwarding
    qtbot.waitUntil(lambda: not forwarding.start.isVisibleTo(forwarding), timeout=PATIENCE_MS)
    assert "Menunggu dikirim" in told(forwarding)


def test_where_nobody_is_named_yet_the_name_is_asked_for_first(asked, town, qtbot, monkeypatch):
    names, wanted = [""], []
    monkeypatch.setattr(Desk, "operator", property(lambda _: names[0]))
    asked.wants.connect(lambda *what: wanted.append(what))
    forwarding = asked.forwarding
    forwarding.retranslate()
    assert forwarding.start.isVisibleTo(forwarding)
    forwarding.start.click()
    assert wanted == [("do", "operator")] and forwarding.form is None
    names[0] = "Sari"
    assert choose(asked, "LAKSA › Jalan rusak").form is not None


def test_what_waits_is_tried_and_not_looked_for(asked, town, qtbot):
    hand_on(asked, town, qtbot)
    qtbot.waitUntil(lambda: "Coba sekarang" in buttons(asked.forwarding), timeout=PATIENCE_MS)
    assert "Cari sekarang" not in buttons(asked.forwarding)


def test_the_memo_of_another_form_offers_nothing(asked, town, qtbot):
    assert json.dumps(MEMO)
    town.writer.take(Batch("laksa", memo={"services": {"services": "x"}}))
    town.desk.news.changed.emit(Changes(frozenset({Kind.COMPLAINT}), frozenset({ONE})))
    qtbot.waitUntil(lambda: not asked.forwarding.start.isVisibleTo(asked.forwarding), timeout=PATIENCE_MS)
    assert "belum diketahui" in asked.forwarding.hint.text()
