"""What the exchange with the centre says on every window: the strip, the question, the manual's pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from console.core.phrases import LANGUAGES
from console.core.places import complaints_place
from console.core.records import Changes, HubNote, HubQuestion, Kind, OutboxSummary
from console.models.news import LinkState
from console.shell.actions import Menu
from console.shell.notices import Gravity
from console.shell.offers import PAGES
from console.shell.shell import Shell
from tests.shell.conftest import FakeRead
from tests.town import NOW, collision, hub
from tests.tree import ROOT

MANUAL = ROOT / "resources" / "manual"
QUESTION = (HubQuestion("kendali-kota-shared", "commands.nobody"),)


@pytest.fixture
def open_shell(shell: Shell, qtbot: QtBot) -> Iterator[Shell]:
    shell.complete.connect(shell.begin)
    with qtbot.waitSignal(shell.complete, timeout=20_000):
        shell.open()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is shell.wall.windows[0])
    yield shell
    shell.desk.ticks.stop()


def tell(shell: Shell, *kinds: Kind) -> None:
    shell.desk.news.changed.emit(Changes(frozenset(kinds)))


def test_what_waits_is_said_in_the_strip(open_shell: Shell, read: FakeRead, qtbot: QtBot) -> None:
    read.waiting, read.colliding = OutboxSummary(17, None, 2), [collision(1), collision(2)]
    read.centre = hub(trouble="sync.hub.denied")
    open_shell.desk.news.link.emit(LinkState.ONLINE)
    tell(open_shell, Kind.OUTBOX)
    said = "Daring · 17 perubahan menunggu · 2 ditolak · 2 tabrakan · pusat meminta Anda masuk"
    qtbot.waitUntil(lambda: open_shell.wall.windows[0].strip.banner.text == said)


def test_clocks_apart_are_said_in_the_strip(open_shell: Shell, read: FakeRead, qtbot: QtBot) -> None:
    strip = open_shell.wall.windows[0].strip
    open_shell.desk.news.link.emit(LinkState.ONLINE)
    for seconds, said in ((-7200, "Daring · selisih jam 2 jam dengan pusat"), (30, "Daring")):
        read.centre = hub(clock_s=seconds)
        tell(open_shell, Kind.HUB)
        qtbot.waitUntil(lambda said=said: strip.banner.text == said)  # type: ignore[misc]


@pytest.mark.parametrize("width", [1920, 1280, 1024])
def test_the_city_gives_way_before_the_link_does(open_shell: Shell, read: FakeRead, qtbot: QtBot, width: int) -> None:
    read.waiting, read.colliding = OutboxSummary(1234, None, 17), [collision(n) for n in range(3)]
    tell(open_shell, Kind.OUTBOX)
    strip = open_shell.wall.windows[0].strip
    qtbot.waitUntil(lambda: "1.234" in strip.banner.text)
    strip.setFixedWidth(width)
    qtbot.waitUntil(lambda: strip.width() == width)
    words = strip.banner._words
    qtbot.waitUntil(lambda: words.width() >= words.sizeHint().width() or width < strip.banner.sizeHint().width())


def test_a_question_of_the_centre_is_a_notice_with_the_way_to_its_choices(
    open_shell: Shell, read: FakeRead, qtbot: QtBot
) -> None:
    read.centre = hub(questions=QUESTION)
    tell(open_shell, Kind.HUB)
    qtbot.waitUntil(lambda: any(notice.id == "hub" for notice in open_shell.notices.all()))
    (notice,) = [each for each in open_shell.notices.all() if each.id == "hub"]
    assert notice.told(open_shell.desk.phrases) == open_shell.desk.phrases.say("commands.nobody")
    assert notice.do is not None
    notice.do()
    shown = [slot.place.panel for window in open_shell.wall.windows for slot in window.content.slots()]
    assert "sources" in shown
    assert "pusat menunggu pilihan Anda" in open_shell.wall.windows[0].strip.banner.text


@pytest.mark.parametrize("key", ["wiped", "swapped", "remade", "deletions_there", "deletions_here"])
def test_the_notice_says_every_question_whole(open_shell: Shell, read: FakeRead, qtbot: QtBot, key: str) -> None:
    place = complaints_place(open_shell.desk.pack.id, "")
    values = {"database": place, **({"count": 30} if key.startswith("deletions") else {})}
    read.centre = hub(questions=(HubQuestion(place, f"sync.exchange.{key}", values),))
    tell(open_shell, Kind.HUB)
    qtbot.waitUntil(lambda: bool(open_shell.notices.all()))
    (notice,) = open_shell.notices.all()
    said = notice.told(open_shell.desk.phrases)
    assert said.startswith("Pengaduan tanpa wilayah: ")
    assert "—" not in said
    assert ("30" in said) is key.startswith("deletions")


def test_a_closed_notice_comes_again_with_another_question_only(
    open_shell: Shell, read: FakeRead, qtbot: QtBot
) -> None:
    read.centre = hub(questions=QUESTION)
    tell(open_shell, Kind.HUB)
    qtbot.waitUntil(lambda: bool(open_shell.notices.all()))
    open_shell.notices.drop("hub")
    open_shell.desk.sources.changed.emit()
    assert not open_shell.notices.all()
    read.centre = hub(questions=(*QUESTION, HubQuestion("other", "commands.nobody")))
    tell(open_shell, Kind.HUB)
    qtbot.waitUntil(lambda: bool(open_shell.notices.all()))
    read.centre = hub()
    tell(open_shell, Kind.HUB)
    qtbot.waitUntil(lambda: not open_shell.notices.all())


def test_a_centre_set_back_is_told_once_on_every_window(open_shell: Shell, read: FakeRead, qtbot: QtBot) -> None:
    place = complaints_place(open_shell.desk.pack.id, "")
    note = HubNote(NOW, "sync.happened.restored", {"given": 12}, (place,))
    other = HubNote(NOW, "sync.happened.mismatch", {"here": 1, "there": 2, "fetched": 0, "given": 0}, (place,))
    read.centre = hub(notes=(note, other))
    tell(open_shell, Kind.HUB)
    qtbot.waitUntil(lambda: bool(open_shell.notices.all()))
    (notice,) = open_shell.notices.all()
    assert notice.told(open_shell.desk.phrases).startswith("Pengaduan tanpa wilayah: pusat kembali ke salinan")
    assert notice.gravity is Gravity.NOTE
    read.centre = hub(notes=(replace(note, values={"given": 31}, places=(place, "p")), other))
    tell(open_shell, Kind.HUB)
    said = "2 tempat: pusat kembali ke salinan yang lebih lama. 31 dokumen"
    qtbot.waitUntil(lambda: notice.told(open_shell.desk.phrases).startswith(said))
    open_shell.notices.drop(notice.id)
    open_shell.desk.sources.changed.emit()
    assert not open_shell.notices.all()
    again = replace(note, at=NOW + timedelta(hours=1))
    read.centre = hub(notes=(again, note, other))
    tell(open_shell, Kind.HUB)
    qtbot.waitUntil(lambda: len(open_shell.notices.all()) == 1)
    read.centre = hub()
    tell(open_shell, Kind.HUB)
    qtbot.waitUntil(lambda: not open_shell.notices.all())


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_of_the_manual_opens_from_the_menu(open_shell: Shell, page: str, language: str) -> None:
    open_shell.desk.phrases.speak(language)
    assert open_shell.actions[f"manual.{page}"].menu is Menu.HELP
    open_shell.do(f"manual.{page}")
    shown = open_shell._pages[open_shell.here()]
    assert shown.isVisible()
    text = (MANUAL / language / f"{page}.md").read_text("utf-8")
    assert shown._title.text() == text.splitlines()[0].lstrip("# ")
    first = re.search(r"^##+ (.*)$", text, re.MULTILINE)
    assert first is not None
    assert first[1] in shown.text.toPlainText()


def test_every_page_is_written_in_every_language() -> None:
    written = [{path.name for path in (MANUAL / language).glob("*.md")} for language in LANGUAGES]
    assert written[0] == written[1]
    assert {f"{page}.md" for page in PAGES} <= written[0]
    for language in LANGUAGES:
        for path in (MANUAL / language).glob("*.md"):
            text = path.read_text("utf-8")
            assert text.startswith("# ")
            assert "](http" not in text, "the manual opens offline"
