"""Forty texts made to be read as something else, in every field a source, a person or another console fills, in every
place a panel draws, says or hands to a screen reader: all of them are words, and nothing is fetched, opened or run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QObject, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QWidget

from console import commands
from console.commands.files import Attach
from console.commands.work import Note
from console.core.errors import ConsoleError, Fault, Refused
from console.core.file_kinds import FileKind
from console.core.lifecycle import State
from console.core.pack import CityPack
from console.core.places import complaints_place
from console.core.records import (
    ComplaintId,
    FileRow,
    HubNote,
    HubQuestion,
    Kind,
    SourceComplaint,
    Untaken,
    Version,
    Waiting,
)
from console.core.replica import Page, Revised
from console.panels import found
from console.panels.complaint import ComplaintSheet
from console.panels.panel import Condition, Panel
from console.store.documents import name_rev
from console.store.exchange import Contact, change
from tests.cities import small_pack
from tests.hostile import LINKS, PAYLOADS, drop, said, wrongs
from tests.town import NOW, SOURCE, Town, collision, complaint, hub, waits
from widgets.file_tiles import FileTiles

PANELS = found()
NAMES = list(PAYLOADS)
PATIENCE_MS = 20_000
_LONGEST = 20_000
"""Of a text a source may send; a longer one is refused at the wire."""


class Led(QObject):
    """Counts where anybody was led to by another program."""

    def __init__(self) -> None:
        super().__init__()
        self.to: list[str] = []

    @Slot(QUrl)
    def take(self, url: QUrl) -> None:
        """Note it and go nowhere."""
        self.to.append(url.toString())


@pytest.fixture(autouse=True)
def led(qapp: QApplication) -> Iterator[Led]:
    """Nothing is opened by another program, whatever is drawn and pressed."""
    heard = Led()
    schemes = ("http", "https", "file", "mailto", "javascript", "data", "ftp", "smb", "tel", "ssh", "ms-msdt", "about")
    for scheme in schemes:
        QDesktopServices.setUrlHandler(scheme, heard, "take")
    yield heard
    for scheme in schemes:
        QDesktopServices.unsetUrlHandler(scheme)
    assert heard.to == []


def told(number: int, text: str) -> SourceComplaint:
    """A complaint whose every text is that one."""
    text = text[:_LONGEST].encode("utf-8", "replace").decode("utf-8")
    return complaint(
        number,
        native_id=text[:200],
        native_state=text,
        state=State.UNKNOWN,
        title=text,
        text=text,
        category=text,
        agency=text,
        address=text,
        area=text,
        media_url=text,
        opd=text,
        extra="{}",
    )


def ident(number: int) -> ComplaintId:
    return ComplaintId(f"{SOURCE}:{number:06d}")


def fill(town: Town) -> None:
    """All payloads at once: complaints, notes, who did it, what others did, a source, the exchange."""
    town.take(told(number, text) for number, text in enumerate(PAYLOADS.values()))
    for number, text in enumerate(PAYLOADS.values()):
        text = text[:2000].encode("utf-8", "replace").decode("utf-8")
        with suppress(Refused):  # what holds a control character is not even taken from our own people
            envelope = commands.seal(Note(ident(number), text=text), town.clock, text[:80])
            town.writer.apply(envelope, commands.open_envelope(envelope, town.pack))
    sound = [each.encode("utf-8", "replace").decode("utf-8") for each in PAYLOADS.values()]
    town.hand(Kind.OUTBOX, [waiting(number, text) for number, text in enumerate(sound)])
    town.hand(Kind.CONFLICT, [colliding(number, text) for number, text in enumerate(sound)])
    change(town.profile, lambda known: replace(known, contacts=tuple(contact(n, text) for n, text in enumerate(sound))))


def waiting(number: int, text: str) -> Any:
    more = {"says": "sync.not_taken.refused", "values": {"reason": text, "name": text, "fault": text, "error": text}}
    return waits(number, title=text, by=text, via=text, deeds=(text,), state=Waiting.REFUSED, **more)


def colliding(number: int, text: str) -> Any:
    usual = collision(number)
    fields = {"state": 4, "opd": text, "holder": text, "duplicate_of": text}
    versions = tuple(Version(each.rev, text, each.at, fields, each.held) for each in usual.versions)
    return replace(usual, title=text, versions=versions, base=fields, fields=("opd", "holder", "duplicate_of"))


def contact(number: int, text: str) -> Contact:
    return Contact(f"kendali1-{number}", f"{number:032x}", text, trusted=bool(number % 2))


def told_hub(text: str) -> Any:
    values = {"place": text, "name": text, "host": text, "error": text, "fault": text, "reason": text, "source": text}
    return hub(
        url=f"https://{text}/",
        trouble="sync.away.refused",
        values=values,
        questions=(HubQuestion(text, "sync.hub.deletions", values, (text, text), 2),),
        notes=(HubNote(NOW, "sync.away.refused", values, (text,)),),
        untaken=(Untaken(text, text, "sync.away.refused", values),),
        untaken_count=1,
    )


def settled(town: Town, qtbot: Any) -> None:
    qtbot.waitUntil(lambda: town.desk.work.waiting == 0, timeout=PATIENCE_MS)
    QApplication.processEvents()


@pytest.mark.parametrize("kind", PANELS.values(), ids=PANELS.keys())
def test_every_panel_says_them_as_words(kind: type[Panel], town: Town, open_panel: Any, qtbot: Any) -> None:
    fill(town)
    town.stand(title=PAYLOADS["turned"], licence=PAYLOADS["link"])
    panel = open_panel(kind)
    settled(town, qtbot)
    panel.grab()
    assert wrongs(panel) == []


@pytest.mark.parametrize("name", NAMES)
def test_the_page_of_a_complaint_says_it_as_words(name: str, town: Town, open_panel: Any, qtbot: Any) -> None:
    number = NAMES.index(name)
    fill(town)
    panel = open_panel(ComplaintSheet)
    panel.show_complaint(ident(number))
    qtbot.waitUntil(lambda: panel.sheet is not None and panel.sheet.complaint.id == ident(number), timeout=PATIENCE_MS)
    settled(town, qtbot)
    panel.grab()
    assert wrongs(panel) == []
    if name in ("bold", "sql", "format", "formula", "mnemonic", "markdown"):
        words = PAYLOADS[name].partition("\t")[0]
        assert any(words in text for place, text in said(panel) if place.endswith(".text")), "shown letter by letter"


@pytest.mark.parametrize("name", NAMES)
def test_what_a_source_and_a_centre_say_of_themselves_is_words(
    name: str, town: Town, open_panel: Any, qtbot: Any
) -> None:
    text = PAYLOADS[name].encode("utf-8", "replace").decode("utf-8")
    town.fill(3)
    values = {"source": text, "fault": text, "to": text, "kind": text}
    town.stand(title=text, licence=text, kind=text, error="sync.bad.redirect", error_values=values, trouble="away",
               lost_since=NOW)  # fmt: skip
    town.handed["hub"] = told_hub(text)
    for kind in (PANELS["sources"], PANELS["outbox"], PANELS["queue"]):
        panel = open_panel(kind)
        settled(town, qtbot)
        panel.grab()
        assert wrongs(panel) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_named_by_words(name: str, town: Town, open_panel: Any, qtbot: Any) -> None:
    text = PAYLOADS[name].encode("utf-8", "replace").decode("utf-8")
    town.fill(2)
    panel = open_panel(ComplaintSheet)
    panel.show_complaint(ident(1))
    qtbot.waitUntil(lambda: panel.sheet is not None, timeout=PATIENCE_MS)
    row = FileRow(1, ident(1), text, FileKind.TEXT, 5, "0" * 64, (), "", text, NOW, "c1")
    panel.files.show_files(panel.sheet.complaint, [row])
    panel.files.open_file("c1")
    panel.files.view.show_words(text)
    panel.grab()
    assert wrongs(panel) == []
    assert panel.findChild(FileTiles).tiles["c1"].toolTip()


def test_nobody_is_led_anywhere_by_pressing_what_is_written(town: Town, open_panel: Any, qtbot: Any, led: Led) -> None:
    """Thirty addresses, each written four ways and as the picture's address; every label is pressed and entered."""
    texts = [f"{link} <a href='{link}'>klik</a> [klik]({link})" for link in LINKS]
    town.take(complaint(n, title=text, text=text, address=text, media_url=text) for n, text in enumerate(texts))
    panel = open_panel(ComplaintSheet)
    for number in range(len(texts)):
        panel.show_complaint(ident(number))
        qtbot.waitUntil(
            lambda number=number: panel.sheet is not None and panel.sheet.complaint.id == ident(number),
            timeout=PATIENCE_MS,
        )
        settled(town, qtbot)
        for label in panel.findChildren(QLabel):
            press(label)
    assert led.to == []


def press(widget: QWidget) -> None:
    """By mouse over its whole width, and by the keys that follow a link."""
    for across in range(4, max(5, widget.width()), 40):
        QTest.mouseClick(
            widget,
            Qt.MouseButton.LeftButton,
            pos=widget.rect().center() + type(widget.pos())(across - widget.width() // 2, 0),
        )
    for key in (Qt.Key.Key_Tab, Qt.Key.Key_Return):
        QTest.keyClick(widget, key)


def test_what_another_console_did_comes_as_words(town: Town, open_panel: Any, qtbot: Any) -> None:
    """The same by the exchange: a case changed elsewhere, with a text in every place a text may stand."""
    town.fill(3)
    town.do(commands.found()["verify"](ident(1)))
    (case,) = [row for row in town.writer.read.outbox_rows() if row.doc.startswith("case:")]
    place = complaints_place(town.pack.id, "99.71.01.1002")
    from console.store.shelf import Shelf

    shelf = Shelf.open(town.profile)
    base = shelf.revision(place, case.doc, "")
    shelf.close()
    assert base is not None
    for text in PAYLOADS.values():
        sound = text[:2000].encode("utf-8", "replace").decode("utf-8")
        body = {**base.body, "opd": sound, "holder": sound, "by": sound}
        theirs = Revised(case.doc, (name_rev(base.rev, body), *base.path), body)
        town.desk.news.changed.emit(town.writer.replica.take(Page(place, [theirs]))[1])
    for name in ("complaint", "conflicts", "queue", "outbox"):
        town.desk.links.select_complaint(ident(1))
        panel = open_panel(PANELS[name])
        settled(town, qtbot)
        panel.grab()
        assert wrongs(panel) == []


def test_a_fault_with_such_values_is_said_as_words(town: Town) -> None:
    for text in PAYLOADS.values():
        for says in ("sync.bad.redirect", "pack.bad", "files.saved", "commands.nobody"):
            values = {"source": text, "to": text, "path": text, "where": text, "fault": text, "count": 1}
            for each in (ConsoleError(says, **values), Fault.at("x", says, **values)):
                told = town.phrases.tell(each)
                assert not set("\x1b\x9b\x00\x07\u202e\u2028") & set(told)


@pytest.mark.parametrize("kind", PANELS.values(), ids=PANELS.keys())
@pytest.mark.parametrize("what", ["file", "addresses"])
def test_what_is_dropped_on_a_panel_is_a_file_for_a_complaint_or_nothing(
    what: str, kind: type[Panel], town: Town, open_panel: Any, qtbot: Any
) -> None:
    """A file is looked at by its bytes and refused in words, an address is nothing; neither leads anywhere."""
    secret = town.profile.folder / "rahasia.html"
    secret.write_text("<script>alert(1)</script>")
    town.fill(4)
    town.desk.links.select_complaint(ident(1))
    panel = open_panel(kind)
    settled(town, qtbot)
    before = list(town.done)
    urls = (
        [QUrl.fromLocalFile(str(secret))] if what == "file" else [QUrl(link) for link in LINKS if "file:" not in link]
    )
    for widget in (panel, *panel.findChildren(QWidget)):
        drop(widget, urls)
    if isinstance(panel, ComplaintSheet):
        qtbot.waitUntil(lambda: not panel.files.under_way_on(ident(1)), timeout=PATIENCE_MS)
    settled(town, qtbot)
    assert [each for each in town.done if each not in before and not isinstance(each, Attach)] == []
    assert what == "file" or town.done == before
    assert wrongs(panel) == []


def renamed(texts: Sequence[str]) -> CityPack:
    """The invented city, its areas, offices, categories and sources called by those texts."""
    pack, names = small_pack(), cycle(texts)
    return replace(
        pack,
        name=next(names),
        areas={code: replace(area, name=next(names)) for code, area in pack.areas.items()},
        opds={code: replace(opd, name=next(names), short=next(names)) for code, opd in pack.opds.items()},
        categories={
            code: replace(each, name=dict.fromkeys(each.name, next(names))) for code, each in pack.categories.items()
        },
    )


@pytest.mark.parametrize("group", range(4))
@pytest.mark.parametrize("kind", PANELS.values(), ids=PANELS.keys())
def test_what_a_pack_calls_things_is_words(
    kind: type[Panel], group: int, tmp_path: Path, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names of areas, offices and categories are somebody else's too: in lists, menus, the map and the page."""
    texts = [each.encode("utf-8", "replace").decode("utf-8")[:3000] for each in list(PAYLOADS.values())[group::4]]
    monkeypatch.setattr("tests.town.small_pack", lambda: renamed(texts))
    town = Town(tmp_path / "pack")
    try:
        town.fill(30)
        town.desk.links.select_complaint(ident(1))
        panel = kind(town.desk)
        qtbot.addWidget(panel)
        panel.resize(1200, 700)
        panel.show()
        qtbot.waitUntil(lambda: panel.condition is not Condition.LOADING, timeout=PATIENCE_MS)
        settled(town, qtbot)
        panel.grab()
        menu = QMenu()
        panel.fill_menu(menu)
        assert wrongs(panel) == []
        assert wrongs(menu) == []
    finally:
        town.close()
